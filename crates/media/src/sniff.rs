//! What a file is, by its first bytes. Names and declared types are never asked.

use image::ImageFormat;

use crate::Error;

/// The types of picture that can be sent to us, for `supported_mime_types` of the instance's configuration.
pub const SUPPORTED_TYPES: [&str; 4] = ["image/jpeg", "image/png", "image/gif", "image/webp"];

/// The decoder for these bytes.
///
/// Kinds of picture that people really send but we don't decode are named in the error, so that they know what to do;
/// anything else, SVG and HTML among it, is simply not a picture.
pub(crate) fn sniff(bytes: &[u8]) -> Result<ImageFormat, Error> {
    match bytes {
        [0xFF, 0xD8, 0xFF, ..] => Ok(ImageFormat::Jpeg),
        [0x89, b'P', b'N', b'G', b'\r', b'\n', 0x1A, b'\n', ..] => Ok(ImageFormat::Png),
        [b'G', b'I', b'F', b'8', b'7' | b'9', b'a', ..] => Ok(ImageFormat::Gif),
        [b'R', b'I', b'F', b'F', _, _, _, _, b'W', b'E', b'B', b'P', ..] => Ok(ImageFormat::WebP),
        [_, _, _, _, b'f', b't', b'y', b'p', brand @ ..] => match brand.first_chunk::<4>() {
            Some(b"heic" | b"heix" | b"hevc" | b"heim" | b"heis" | b"mif1" | b"msf1") => {
                Err(Error::Unsupported("HEIC"))
            }
            Some(b"avif" | b"avis") => Err(Error::Unsupported("AVIF")),
            _ => Err(Error::NotAnImage),
        },
        [b'I', b'I', 0x2A, 0x00, ..] | [b'M', b'M', 0x00, 0x2A, ..] => Err(Error::Unsupported("TIFF")),
        [0xFF, 0x0A, ..] | [0, 0, 0, 0x0C, b'J', b'X', b'L', b' ', ..] => Err(Error::Unsupported("JPEG XL")),
        // The two reserved words are zero in every bitmap; "BM" alone begins too many texts.
        [b'B', b'M', _, _, _, _, 0, 0, 0, 0, ..] => Err(Error::Unsupported("BMP")),
        _ => Err(Error::NotAnImage),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn content_decides() {
        for (bytes, expected) in [
            (b"\xFF\xD8\xFF\xE0rest".as_slice(), Ok(ImageFormat::Jpeg)),
            (b"\x89PNG\r\n\x1A\nrest", Ok(ImageFormat::Png)),
            (b"GIF87a", Ok(ImageFormat::Gif)),
            (b"GIF89a", Ok(ImageFormat::Gif)),
            (b"RIFF\0\0\0\0WEBPVP8 ", Ok(ImageFormat::WebP)),
            (b"\0\0\0\x18ftypheic\0\0", Err("HEIC")),
            (b"\0\0\0\x18ftypmif1\0\0", Err("HEIC")),
            (b"\0\0\0\x18ftypavif\0\0", Err("AVIF")),
            (b"II*\0\x08\0\0\0", Err("TIFF")),
            (b"MM\0*\0\0\0\x08", Err("TIFF")),
            (b"\0\0\0\x0CJXL \r\n", Err("JPEG XL")),
            (b"BM\x36\0\0\0\0\0\0\0\x36", Err("BMP")),
            (b"", Err("")),
            (b"\xFF\xD8", Err("")),
            (b"\x89PNG", Err("")),
            (b"GIF88a", Err("")),
            (b"RIFF\0\0\0\0WAVE", Err("")),
            (b"\0\0\0\x18ftypisom\0\0", Err("")),
            (b"\0\0\0\x18ftyp", Err("")),
            (b"BMW is a car", Err("")),
            (b"<svg xmlns='http://www.w3.org/2000/svg'/>", Err("")),
            (b"<!DOCTYPE html>", Err("")),
            (b"%PDF-1.7", Err("")),
            (b" \xFF\xD8\xFF", Err("")),
        ] {
            let found = match sniff(bytes) {
                Ok(format) => Ok(format),
                Err(Error::Unsupported(name)) => Err(name),
                Err(Error::NotAnImage) => Err(""),
                Err(other) => panic!("{other}"),
            };
            assert_eq!(found, expected, "{}", bytes.escape_ascii());
        }
    }
}
