//! From pixels to the bytes that we keep and serve.

use std::fmt;

use bytes::Bytes;
use image::{
    DynamicImage, ImageEncoder as _,
    codecs::png::{CompressionType, FilterType, PngEncoder},
};

use crate::{Error, Limits};

/// A finished file: encoded by us, holding pixels and nothing else.
#[derive(Clone, PartialEq, Eq)]
pub struct Rendition {
    /// The file.
    pub bytes: Bytes,
    /// `image/jpeg` or `image/png`.
    pub content_type: &'static str,
    /// `jpg` or `png`, for [`MediaStore::key_for`](crate::MediaStore::key_for).
    pub extension: &'static str,
    /// In pixels, upright.
    pub width: u32,
    /// In pixels, upright.
    pub height: u32,
}

impl fmt::Debug for Rendition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { bytes, content_type, width, height, .. } = self;
        write!(f, "Rendition({content_type}, {width}×{height}, {} bytes)", bytes.len())
    }
}

/// Brings any picture to 8 bits per channel: grey, RGB, or RGBA where something really is transparent.
pub(crate) fn simplify(image: DynamicImage) -> DynamicImage {
    match image {
        DynamicImage::ImageLuma8(_) | DynamicImage::ImageRgb8(_) => image,
        DynamicImage::ImageLuma16(_) => image.into_luma8().into(),
        other if other.color().has_alpha() => {
            let pixels = other.into_rgba8();
            if pixels.pixels().all(|pixel| pixel.0[3] == u8::MAX) {
                DynamicImage::ImageRgba8(pixels).into_rgb8().into()
            } else {
                pixels.into()
            }
        }
        other => other.into_rgb8().into(),
    }
}

/// A progressive JPEG, or a PNG for a picture with transparent parts. `image` must have been through [`simplify`].
///
/// Both are written without any metadata: no EXIF, XMP, ICC profile or text.
pub(crate) fn encode(image: &DynamicImage, limits: &Limits) -> Result<Rendition, Error> {
    let (width, height) = (image.width(), image.height());
    let (bytes, content_type, extension) = match image {
        DynamicImage::ImageLuma8(pixels) => {
            (jpeg(pixels, (width, height), jpeg_encoder::ColorType::Luma, limits)?, "image/jpeg", "jpg")
        }
        DynamicImage::ImageRgb8(pixels) => {
            (jpeg(pixels, (width, height), jpeg_encoder::ColorType::Rgb, limits)?, "image/jpeg", "jpg")
        }
        _ => (png(image)?, "image/png", "png"),
    };
    Ok(Rendition { bytes: bytes.into(), content_type, extension, width, height })
}

fn jpeg(
    pixels: &[u8],
    (width, height): (u32, u32),
    color: jpeg_encoder::ColorType,
    limits: &Limits,
) -> Result<Vec<u8>, Error> {
    let (Ok(width), Ok(height)) = (u16::try_from(width), u16::try_from(height)) else {
        return Err(limits.too_many_pixels((width, height)));
    };
    let mut bytes = Vec::new();
    let mut encoder = jpeg_encoder::Encoder::new(&mut bytes, limits.jpeg_quality);
    encoder.set_progressive(true);
    encoder.set_optimized_huffman_tables(true);
    encoder.encode(pixels, width, height, color).map_err(|error| {
        tracing::warn!(%error, "a JPEG could not be written");
        Error::Broken
    })?;
    Ok(bytes)
}

fn png(image: &DynamicImage) -> Result<Vec<u8>, Error> {
    let mut bytes = Vec::new();
    PngEncoder::new_with_quality(&mut bytes, CompressionType::Default, FilterType::Adaptive)
        .write_image(image.as_bytes(), image.width(), image.height(), image.color().into())
        .map_err(|error| {
            tracing::warn!(%error, "a PNG could not be written");
            Error::Broken
        })?;
    Ok(bytes)
}
