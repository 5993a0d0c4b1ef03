//! The little smear of colour that clients show until the picture has come (<https://blurha.sh>).

use image::DynamicImage;

use crate::{Error, resize};

/// Side of the picture the hash is computed from: it keeps at most four waves per axis, more pixels add nothing.
const SIDE: u32 = 32;

/// The hash of an upright sRGB picture; what is transparent counts as white, the page it most likely lies on.
pub(crate) fn of(image: &DynamicImage) -> Result<String, Error> {
    let size = (image.width(), image.height());
    let mut pixels = resize::resize(image, resize::within_side(size, SIDE))?.into_rgba8();
    for pixel in pixels.pixels_mut() {
        let [red, green, blue, alpha] = pixel.0;
        let over_white = |channel: u8| {
            let (channel, alpha) = (u32::from(channel), u32::from(alpha));
            ((channel * alpha + 255 * (255 - alpha)) / 255) as u8
        };
        pixel.0 = [over_white(red), over_white(green), over_white(blue), 255];
    }
    let (x, y) = components(size);
    ::blurhash::encode(x, y, pixels.width(), pixels.height(), pixels.as_raw()).map_err(|error| {
        tracing::warn!(%error, "no blurhash for a picture");
        Error::Broken
    })
}

/// More detail along the longer side.
fn components((width, height): (u32, u32)) -> (u32, u32) {
    match width.cmp(&height) {
        std::cmp::Ordering::Greater => (4, 3),
        std::cmp::Ordering::Equal => (4, 4),
        std::cmp::Ordering::Less => (3, 4),
    }
}
