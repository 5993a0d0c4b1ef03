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

/// The ending of a film or a sound that browsers play, by its first bytes; `None` for everything else. Nothing in it is read
/// any further: it is kept and served as it is.
pub fn recording(bytes: &[u8]) -> Option<&'static str> {
    match bytes {
        [_, _, _, _, b'f', b't', b'y', b'p', brand @ ..] => match brand.first_chunk::<4>()? {
            b"isom" | b"iso2" | b"iso4" | b"iso5" | b"iso6" | b"mp41" | b"mp42" | b"avc1" | b"dash"
            | b"M4V " | b"M4VH" | b"MSNV" => Some("mp4"),
            b"M4A " | b"M4B " => Some("m4a"),
            b"qt  " => Some("mov"),
            _ => None,
        },
        // Matroska as well, which says further down which of both it is; players look there.
        [0x1A, 0x45, 0xDF, 0xA3, ..] => Some("webm"),
        [b'O', b'g', b'g', b'S', ..] => Some("ogg"),
        [b'I', b'D', b'3', ..] | [0xFF, 0xFB | 0xF3 | 0xF2, ..] => Some("mp3"),
        [b'f', b'L', b'a', b'C', ..] => Some("flac"),
        [b'R', b'I', b'F', b'F', _, _, _, _, b'W', b'A', b'V', b'E', ..] => Some("wav"),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn recordings_are_known_by_their_first_bytes() {
        for (bytes, expected) in [
            (b"\0\0\0\x18ftypisom\0\0".as_slice(), Some("mp4")),
            (b"\0\0\0\x18ftypM4A \0\0", Some("m4a")),
            (b"\0\0\0\x18ftypqt  \0\0", Some("mov")),
            (b"\x1A\x45\xDF\xA3\x9F", Some("webm")),
            (b"OggS\0", Some("ogg")),
            (b"ID3\x04", Some("mp3")),
            (b"\xFF\xFB\x90", Some("mp3")),
            (b"fLaC", Some("flac")),
            (b"RIFF\0\0\0\0WAVE", Some("wav")),
            (b"RIFF\0\0\0\0WEBP", None),
            (b"\0\0\0\x18ftypheic", None),
            (b"\xFF\xD8\xFF\xE0", None),
            (b"<html>", None),
            (b"<svg>", None),
            (b"", None),
        ] {
            assert_eq!(recording(bytes), expected, "{bytes:?}");
        }
    }

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
