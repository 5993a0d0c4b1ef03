//! Pictures for the tests, made on the spot: a red and a blue half, and files made to be refused.

use std::io::Cursor;

use bytes::Bytes;
use image::{DynamicImage, Frame, ImageFormat, Rgb, RgbImage, Rgba, RgbaImage, codecs::gif::GifEncoder};

pub const RED: [u8; 3] = [220, 30, 30];
pub const BLUE: [u8; 3] = [30, 30, 220];

/// Left half red, right half blue.
pub fn halves(width: u32, height: u32) -> DynamicImage {
    RgbImage::from_fn(width, height, |x, _| Rgb(if x < width / 2 { RED } else { BLUE })).into()
}

/// Left half red, right half fully transparent.
pub fn window(width: u32, height: u32) -> DynamicImage {
    RgbaImage::from_fn(width, height, |x, _| Rgba(if x < width / 2 { [220, 30, 30, 255] } else { [0; 4] }))
        .into()
}

pub fn file(image: &DynamicImage, format: ImageFormat) -> Bytes {
    let mut bytes = Vec::new();
    image.write_to(&mut Cursor::new(&mut bytes), format).unwrap();
    bytes.into()
}

/// A baseline JPEG carrying these application segments (number, content).
pub fn jpeg_with(image: &DynamicImage, segments: &[(u8, &[u8])]) -> Bytes {
    let mut bytes = Vec::new();
    let mut encoder = jpeg_encoder::Encoder::new(&mut bytes, 90);
    for (number, content) in segments {
        encoder.add_app_segment(*number, content).unwrap();
    }
    let pixels = image.to_rgb8();
    let (width, height) = (pixels.width() as u16, pixels.height() as u16);
    encoder.encode(&pixels, width, height, jpeg_encoder::ColorType::Rgb).unwrap();
    bytes.into()
}

/// 12.3456 seconds, one of the numbers of the place in [`exif`]; nothing else in a file looks like it.
pub const SECONDS: [u8; 8] = [0x40, 0xE2, 0x01, 0x00, 0x10, 0x27, 0x00, 0x00];

/// The content of an APP1 segment with an orientation and a GPS position, laid out by hand (Exif 2.32, 4.6).
pub fn exif(orientation: u16) -> Vec<u8> {
    let mut tiff: Vec<u8> = Vec::new();
    tiff.extend(b"II\x2A\x00");
    tiff.extend(8_u32.to_le_bytes());
    let entry = |tag: u16, kind: u16, count: u32, value: u32| {
        let mut entry = Vec::new();
        entry.extend(tag.to_le_bytes());
        entry.extend(kind.to_le_bytes());
        entry.extend(count.to_le_bytes());
        entry.extend(value.to_le_bytes());
        entry
    };
    // First directory, at 8: two entries, its end is at 8 + 2 + 24 + 4 = 38.
    tiff.extend(2_u16.to_le_bytes());
    tiff.extend(entry(0x0112, 3, 1, u32::from(orientation)));
    tiff.extend(entry(0x8825, 4, 1, 38));
    tiff.extend(0_u32.to_le_bytes());
    // GPS directory, at 38: two entries, its end is at 68, where the three rationals of the latitude lie.
    tiff.extend(2_u16.to_le_bytes());
    tiff.extend(entry(0x0001, 2, 2, u32::from(b'N')));
    tiff.extend(entry(0x0002, 5, 3, 68));
    tiff.extend(0_u32.to_le_bytes());
    for number in [52_u32, 1, 31, 1] {
        tiff.extend(number.to_le_bytes());
    }
    tiff.extend(SECONDS);
    [b"Exif\0\0".as_slice(), &tiff].concat()
}

/// Two frames of one second: red, then blue.
pub fn animation() -> Bytes {
    let mut bytes = Vec::new();
    let mut encoder = GifEncoder::new(&mut bytes);
    for [red, green, blue] in [RED, BLUE] {
        encoder.encode_frame(Frame::new(RgbaImage::from_pixel(8, 8, Rgba([red, green, blue, 255])))).unwrap();
    }
    drop(encoder);
    bytes.into()
}

/// A few bytes that claim to be 60,000 × 60,000 pixels (16,383 × 16,383 for WebP, which hardly knows more).
pub fn flood(format: ImageFormat) -> Bytes {
    let mut bytes = file(&halves(8, 8), format).to_vec();
    let side = 60_000_u16;
    match format {
        ImageFormat::Png => {
            bytes[16..20].copy_from_slice(&u32::from(side).to_be_bytes());
            bytes[20..24].copy_from_slice(&u32::from(side).to_be_bytes());
        }
        ImageFormat::Gif => {
            bytes[6..8].copy_from_slice(&side.to_le_bytes());
            bytes[8..10].copy_from_slice(&side.to_le_bytes());
        }
        ImageFormat::Jpeg => {
            let frame = bytes.windows(2).position(|pair| pair == [0xFF, 0xC0]).unwrap();
            bytes[frame + 5..frame + 7].copy_from_slice(&side.to_be_bytes());
            bytes[frame + 7..frame + 9].copy_from_slice(&side.to_be_bytes());
        }
        ImageFormat::WebP => {
            assert_eq!(&bytes[12..16], b"VP8L");
            bytes[21..25].copy_from_slice(&(0x3FFE_u32 << 14 | 0x3FFE).to_le_bytes());
        }
        other => panic!("no flood of {other:?}"),
    }
    bytes.into()
}

/// A WebP whose canvas is one pixel, around a picture that claims to be 16,383 × 16,383.
pub fn nested_flood() -> Bytes {
    let inner = flood(ImageFormat::WebP);
    let canvas = b"VP8X\x0A\0\0\0\0\0\0\0\0\0\0\0\0\0";
    let size = (inner.len() + canvas.len() - 8) as u32;
    [b"RIFF".as_slice(), &size.to_le_bytes(), b"WEBP", canvas, &inner[12..]].concat().into()
}
