//! How much work and memory one picture may cost.

use crate::Error;

/// Bounds on what is taken in, and sizes of what comes out. All can be set; [`Limits::default`] suits a small machine.
#[derive(Clone, Debug)]
pub struct Limits {
    /// Largest file accepted, in bytes. 16 MiB, as Mastodon's `image_size_limit`.
    pub max_bytes: usize,
    /// Largest width × height accepted, as Mastodon's `image_matrix_limit`: 33,177,600 (7680×4320).
    pub max_pixels: u64,
    /// Longest side accepted, in pixels. 16,384: enough for a phone's panorama and the most that WebP can hold;
    /// anything longer is a thread rather than a picture.
    pub max_dimension: u32,
    /// How many pictures are worked on at once; the others wait their turn. As many as there are cores. Each may take
    /// about 8 bytes per source pixel while it is decoded.
    pub parallel: usize,
    /// Longest side of [`Picture::original`](crate::Picture::original), in pixels: 2,048.
    pub rendition_max: u32,
    /// Largest width × height of [`Picture::small`](crate::Picture::small): 230,400 (640×360, as Mastodon's).
    pub thumb_pixels: u64,
    /// Side of an avatar's square, in pixels: 400.
    pub avatar_side: u32,
    /// Quality of the JPEGs we write, 1 to 100: 85.
    pub jpeg_quality: u8,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            max_bytes: 16 * 1024 * 1024,
            max_pixels: 33_177_600,
            max_dimension: 16_384,
            parallel: std::thread::available_parallelism().map_or(1, usize::from),
            rendition_max: 2_048,
            thumb_pixels: 230_400,
            avatar_side: 400,
            jpeg_quality: 85,
        }
    }
}

impl Limits {
    pub(crate) fn check_bytes(&self, bytes: usize) -> Result<(), Error> {
        if bytes > self.max_bytes { Err(Error::TooLarge { bytes, max: self.max_bytes }) } else { Ok(()) }
    }

    pub(crate) fn check_pixels(&self, (width, height): (u32, u32)) -> Result<(), Error> {
        if width == 0 || height == 0 {
            return Err(Error::Broken);
        }
        let pixels = u64::from(width) * u64::from(height);
        if pixels > self.max_pixels || width.max(height) > self.max_dimension {
            return Err(self.too_many_pixels((width, height)));
        }
        Ok(())
    }

    pub(crate) fn too_many_pixels(&self, (width, height): (u32, u32)) -> Error {
        Error::TooManyPixels { width, height, max_pixels: self.max_pixels, max_dimension: self.max_dimension }
    }

    /// What a decoder may allocate: four channels of 16 bits for each pixel allowed.
    pub(crate) fn max_alloc(&self) -> u64 {
        self.max_pixels.saturating_mul(8)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pixels_are_bounded_by_area_and_by_side() {
        let limits = Limits { max_pixels: 1_000, max_dimension: 100, ..Limits::default() };
        for (size, accepted) in [
            ((10, 100), true),
            ((100, 10), true),
            ((11, 100), false),
            ((101, 1), false),
            ((1, 101), false),
            ((u32::MAX, u32::MAX), false),
        ] {
            let result = limits.check_pixels(size);
            assert_eq!(result.is_ok(), accepted, "{size:?}");
            assert!(accepted || matches!(result, Err(Error::TooManyPixels { .. })), "{size:?}");
        }
        assert!(matches!(limits.check_pixels((0, 5)), Err(Error::Broken)));
    }
}
