//! From bytes to pixels, with every check that can be made before a decoder runs.

use std::io::Cursor;

use image::{DynamicImage, ImageDecoder, ImageError, ImageFormat, ImageReader, metadata::Orientation};

use crate::{Error, Limits, jpeg, sniff::sniff, webp};

/// What a decoder may allocate for a file's headers (colour profile, text chunks), before its size is known.
const HEADER_ALLOC: u64 = 32 * 1024 * 1024;

/// A picture as it lies in its file: not yet turned upright, in the colours of its profile.
pub(crate) struct Decoded {
    pub image: DynamicImage,
    /// How the camera was held: what must be done to show it upright.
    pub orientation: Orientation,
    /// The embedded ICC profile, if any.
    pub profile: Option<Vec<u8>>,
}

/// Decodes a JPEG, PNG, WebP or GIF. Of an animation only the first picture is looked at.
///
/// May panic inside a decoder on bytes made to break it: the caller runs it where a panic is caught.
pub(crate) fn decode(bytes: &[u8], limits: &Limits) -> Result<Decoded, Error> {
    limits.check_bytes(bytes.len())?;
    let format = sniff(bytes)?;
    match format {
        // The decoder reads on to the pixels before it tells the size, and a flood should be named as one.
        ImageFormat::Png => limits.check_pixels(png_size(bytes).ok_or(Error::Broken)?)?,
        ImageFormat::WebP => webp::each_size(bytes, |size| limits.check_pixels(size))?,
        ImageFormat::Jpeg if !jpeg::is_complete(bytes) => return Err(Error::Broken),
        _ => {}
    }

    let mut reader = ImageReader::with_format(Cursor::new(bytes), format);
    reader.limits(alloc(HEADER_ALLOC));
    let mut decoder = reader.into_decoder().map_err(|error| refusal(&error))?;
    let size = decoder.dimensions();
    limits.check_pixels(size)?;

    let mut bound = alloc(limits.max_alloc());
    bound
        .reserve(decoder.total_bytes())
        .and_then(|()| decoder.set_limits(bound))
        .map_err(|_| limits.too_many_pixels(size))?;

    // Without these the picture still shows, so damage in them alone is no reason to refuse it.
    let orientation = decoder.orientation().unwrap_or(Orientation::NoTransforms);
    let profile = decoder.icc_profile().unwrap_or(None);
    let image = DynamicImage::from_decoder(decoder).map_err(|error| match error {
        ImageError::Limits(_) => limits.too_many_pixels(size),
        other => refusal(&other),
    })?;
    Ok(Decoded { image, orientation, profile })
}

fn alloc(bytes: u64) -> image::Limits {
    let mut limits = image::Limits::no_limits();
    limits.max_alloc = Some(bytes);
    limits
}

fn refusal(error: &ImageError) -> Error {
    tracing::debug!(%error, "a picture could not be decoded");
    match error {
        ImageError::Unsupported(_) => Error::Unsupported("This variant of the format"),
        _ => Error::Broken,
    }
}

/// Width and height out of the IHDR chunk, which the specification puts first and at a fixed place
/// (<https://www.w3.org/TR/png-3/#11IHDR>).
fn png_size(bytes: &[u8]) -> Option<(u32, u32)> {
    let word = |at: usize| bytes.get(at..)?.first_chunk::<4>().copied();
    (word(12)? == *b"IHDR").then_some(())?;
    Some((u32::from_be_bytes(word(16)?), u32::from_be_bytes(word(20)?)))
}
