//! Sizes, and getting there. Nothing is ever made larger than it came.

use fast_image_resize::{ResizeOptions, Resizer};
use image::DynamicImage;

use crate::Error;

/// The size with the same proportions whose longest side is at most `side`.
pub(crate) fn within_side((width, height): (u32, u32), side: u32) -> (u32, u32) {
    let longest = width.max(height);
    if longest <= side {
        return (width, height);
    }
    scaled((width, height), f64::from(side) / f64::from(longest), f64::round)
}

/// The size with the same proportions that has at most `pixels` pixels.
pub(crate) fn within_pixels((width, height): (u32, u32), pixels: u64) -> (u32, u32) {
    let have = u64::from(width) * u64::from(height);
    if have <= pixels {
        return (width, height);
    }
    // Rounded down: rounding to the nearest may pass the bound by a row.
    scaled((width, height), (pixels as f64 / have as f64).sqrt(), f64::floor)
}

fn scaled((width, height): (u32, u32), factor: f64, round: fn(f64) -> f64) -> (u32, u32) {
    let scale = |side: u32| (round(f64::from(side) * factor) as u32).max(1);
    (scale(width), scale(height))
}

/// The whole picture at `size` (Lanczos with three lobes; transparent pixels don't bleed their colour).
pub(crate) fn resize(image: &DynamicImage, size: (u32, u32)) -> Result<DynamicImage, Error> {
    resample(image, size, &ResizeOptions::new())
}

/// The middle square of the picture, at most `side` wide.
pub(crate) fn square(image: &DynamicImage, side: u32) -> Result<DynamicImage, Error> {
    let side = side.min(image.width()).min(image.height());
    resample(image, (side, side), &ResizeOptions::new().fit_into_destination(None))
}

fn resample(
    image: &DynamicImage,
    (width, height): (u32, u32),
    options: &ResizeOptions,
) -> Result<DynamicImage, Error> {
    let mut target = DynamicImage::new(width, height, image.color());
    Resizer::new().resize(image, &mut target, options).map_err(|error| {
        tracing::warn!(%error, "a picture could not be resized");
        Error::Broken
    })?;
    Ok(target)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_longest_side_is_bounded() {
        for (size, expected) in [
            ((100, 50), (100, 50)),
            ((2048, 2048), (2048, 2048)),
            ((4096, 2048), (2048, 1024)),
            ((2000, 8000), (512, 2048)),
            ((16384, 1), (2048, 1)),
            ((4032, 3024), (2048, 1536)),
        ] {
            assert_eq!(within_side(size, 2048), expected, "{size:?}");
        }
    }

    #[test]
    fn the_area_is_bounded() {
        for (size, expected) in [
            ((640, 360), (640, 360)),
            ((100, 100), (100, 100)),
            ((1280, 720), (640, 360)),
            ((1, 2048), (1, 2048)),
            ((2048, 1536), (554, 415)),
        ] {
            assert_eq!(within_pixels(size, 230_400), expected, "{size:?}");
        }
        for width in (1..4096).step_by(37) {
            for height in (1..4096).step_by(41) {
                let (w, h) = within_pixels((width, height), 230_400);
                assert!(u64::from(w) * u64::from(h) <= 230_400 && w > 0 && h > 0, "{width}×{height}");
                assert!(w <= width && h <= height, "{width}×{height}");
            }
        }
    }
}
