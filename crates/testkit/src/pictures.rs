//! Small real pictures, drawn in memory.

use image::{ImageFormat, Rgb, RgbImage};
use std::io::Cursor;

/// A JPEG with a gradient and a few bars; another `seed` is another picture.
pub fn jpeg(width: u32, height: u32, seed: u8) -> Vec<u8> {
    encode(&draw(width, height, seed), ImageFormat::Jpeg)
}

/// The same as a PNG.
pub fn png(width: u32, height: u32, seed: u8) -> Vec<u8> {
    encode(&draw(width, height, seed), ImageFormat::Png)
}

/// What a phone adds to a photo.
#[derive(Debug, Clone, Copy, Default)]
pub struct Exif {
    /// 1 (upright) to 8; 6 is a phone held upright, to be turned by 90° clockwise.
    pub orientation: u16,
    /// Latitude and longitude in degrees, north and east positive.
    pub gps: Option<(f64, f64)>,
}

/// A JPEG with an EXIF block. `width` and `height` are those of the stored pixels, before the orientation is applied.
pub fn jpeg_with_exif(width: u32, height: u32, seed: u8, exif: Exif) -> Vec<u8> {
    let plain = jpeg(width, height, seed);
    let block = exif_block(exif);
    let length = u16::try_from(block.len() + 2).unwrap_or(u16::MAX);
    let (start, rest) = plain.split_at(2); // the SOI marker
    [start, &[0xFF, 0xE1], &length.to_be_bytes(), &block, rest].concat()
}

fn draw(width: u32, height: u32, seed: u8) -> RgbImage {
    let shade = |at: u32, of: u32| u8::try_from(at * 255 / of.max(1)).unwrap_or(u8::MAX);
    RgbImage::from_fn(width, height, |x, y| {
        let bar = (x / 8 + y / 16) % 5 == u32::from(seed % 5);
        let blue = if bar { seed } else { seed.wrapping_mul(37).wrapping_add(90) };
        Rgb([shade(x, width), shade(y, height), blue])
    })
}

fn encode(picture: &RgbImage, format: ImageFormat) -> Vec<u8> {
    let mut bytes = Cursor::new(Vec::new());
    picture.write_to(&mut bytes, format).unwrap_or_else(|error| panic!("drawing: {error}"));
    bytes.into_inner()
}

/// The payload of an APP1 segment: big-endian TIFF with IFD0 and, for GPS, its sub-IFD (EXIF 2.32 §4.6).
fn exif_block(exif: Exif) -> Vec<u8> {
    const SHORT: u16 = 3;
    const LONG: u16 = 4;
    const ASCII: u16 = 2;
    const RATIONAL: u16 = 5;
    let entry = |tag: u16, kind: u16, count: u32, value: [u8; 4]| {
        [&tag.to_be_bytes()[..], &kind.to_be_bytes(), &count.to_be_bytes(), &value].concat()
    };
    let [high, low] = exif.orientation.to_be_bytes();
    let mut ifd0 = vec![entry(0x0112, SHORT, 1, [high, low, 0, 0])];
    let gps_at: u32 = 8 + 2 + 2 * 12 + 4;
    if exif.gps.is_some() {
        ifd0.push(entry(0x8825, LONG, 1, gps_at.to_be_bytes()));
    }
    let mut tiff = b"Exif\0\0MM\0\x2A\0\0\0\x08".to_vec();
    let write = |tiff: &mut Vec<u8>, entries: &[Vec<u8>]| {
        tiff.extend(u16::try_from(entries.len()).unwrap_or_default().to_be_bytes());
        tiff.extend(entries.concat());
        tiff.extend([0; 4]); // no next IFD
    };
    write(&mut tiff, &ifd0);
    if let Some((latitude, longitude)) = exif.gps {
        let values_at = gps_at + 2 + 4 * 12 + 4;
        let north = if latitude < 0.0 { b'S' } else { b'N' };
        let east = if longitude < 0.0 { b'W' } else { b'E' };
        let entries = [
            entry(1, ASCII, 2, [north, 0, 0, 0]),
            entry(2, RATIONAL, 3, values_at.to_be_bytes()),
            entry(3, ASCII, 2, [east, 0, 0, 0]),
            entry(4, RATIONAL, 3, (values_at + 24).to_be_bytes()),
        ];
        write(&mut tiff, &entries);
        for angle in [latitude.abs(), longitude.abs()] {
            let (degrees, minutes) = (angle.trunc(), angle.fract() * 60.0);
            let seconds = minutes.fract() * 60.0;
            for (value, of) in [(degrees, 1_u32), (minutes.trunc(), 1), ((seconds * 100.0).round(), 100)] {
                tiff.extend((value as u32).to_be_bytes());
                tiff.extend(of.to_be_bytes());
            }
        }
    }
    tiff
}

#[cfg(test)]
mod tests {
    use super::*;
    use image::{DynamicImage, ImageDecoder, ImageReader};

    #[test]
    fn pictures_are_real() {
        for bytes in [jpeg(40, 30, 1), png(40, 30, 1)] {
            let picture = image::load_from_memory(&bytes).unwrap();
            assert_eq!((picture.width(), picture.height()), (40, 30));
        }
        assert_ne!(jpeg(40, 30, 1), jpeg(40, 30, 2));
    }

    #[test]
    fn exif_is_read_by_others() {
        let exif = Exif { orientation: 6, gps: Some((52.5163, -13.3777)) };
        let bytes = jpeg_with_exif(40, 30, 1, exif);
        let reader = ImageReader::new(Cursor::new(&bytes)).with_guessed_format().unwrap();
        let mut decoder = reader.into_decoder().unwrap();
        let orientation = decoder.orientation().unwrap();
        assert_eq!(orientation.to_exif(), 6);
        let block = decoder.exif_metadata().unwrap().expect("a block");
        assert!(block.windows(4).any(|four| four == 52_u32.to_be_bytes()), "degrees of latitude");
        let mut picture = DynamicImage::from_decoder(decoder).unwrap();
        picture.apply_orientation(orientation);
        assert_eq!((picture.width(), picture.height()), (30, 40));
    }
}
