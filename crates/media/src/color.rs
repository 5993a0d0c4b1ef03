//! Everything we serve is sRGB: the profile goes with the rest of the metadata, so its effect must be in the pixels.

use image::{DynamicImage, RgbImage, RgbaImage};
use moxcms::{ColorProfile, DataColorSpace, Layout, TransformOptions};

/// Pixels of the source's profile (phones write Display P3) as sRGB. `image` holds 8 bits per channel.
///
/// Grey and CMYK profiles are ignored, as is one that can't be read: those pixels are taken for sRGB. PNG's older
/// `gAMA` and `cHRM` chunks are ignored too.
pub(crate) fn to_srgb(image: DynamicImage, profile: Option<&[u8]>) -> DynamicImage {
    match profile.and_then(|profile| convert(&image, profile)) {
        Some(converted) => converted,
        None => image,
    }
}

fn convert(image: &DynamicImage, profile: &[u8]) -> Option<DynamicImage> {
    let source = ColorProfile::new_from_slice(profile).ok()?;
    if source.color_space != DataColorSpace::Rgb {
        return None;
    }
    let (width, height) = (image.width(), image.height());
    match image {
        DynamicImage::ImageRgb8(pixels) => {
            let converted = transform(&source, Layout::Rgb, pixels.as_raw())?;
            RgbImage::from_raw(width, height, converted).map(DynamicImage::from)
        }
        DynamicImage::ImageRgba8(pixels) => {
            let converted = transform(&source, Layout::Rgba, pixels.as_raw())?;
            RgbaImage::from_raw(width, height, converted).map(DynamicImage::from)
        }
        _ => None,
    }
}

fn transform(source: &ColorProfile, layout: Layout, pixels: &[u8]) -> Option<Vec<u8>> {
    let target = ColorProfile::new_srgb();
    let transform =
        source.create_transform_8bit(layout, &target, layout, TransformOptions::default()).ok()?;
    let mut converted = vec![0; pixels.len()];
    transform.transform(pixels, &mut converted).ok()?;
    Some(converted)
}
