//! The sizes a WebP declares: one for its canvas, and one more in each picture inside.

/// Calls `see` with width and height of the canvas, of every frame and of every coded picture, until it fails.
///
/// The decoder allocates for the inner picture by that picture's own header and compares the two only afterwards, so
/// a canvas of one pixel could hold a flood. The layout is that of RFC 9649. Damage ends the walk without an error:
/// telling it is the decoder's work.
pub(crate) fn each_size<E>(bytes: &[u8], mut see: impl FnMut((u32, u32)) -> Result<(), E>) -> Result<(), E> {
    const RIFF_HEADER: usize = 12;
    walk(bytes.get(RIFF_HEADER..).unwrap_or_default(), false, &mut see)
}

fn walk<E>(
    mut chunks: &[u8],
    in_frame: bool,
    see: &mut impl FnMut((u32, u32)) -> Result<(), E>,
) -> Result<(), E> {
    while let [a, b, c, d, s0, s1, s2, s3, rest @ ..] = chunks {
        let size = u32::from_le_bytes([*s0, *s1, *s2, *s3]) as usize;
        let content = rest.get(..size).unwrap_or(rest);
        match (&[*a, *b, *c, *d], content) {
            (b"VP8X", [_, _, _, _, w0, w1, w2, h0, h1, h2, ..]) => {
                see((word24(*w0, *w1, *w2) + 1, word24(*h0, *h1, *h2) + 1))?;
            }
            (b"VP8 ", [_, _, _, _, _, _, w0, w1, h0, h1, ..]) => {
                let side = |low, high| u32::from(u16::from_le_bytes([low, high]) & 0x3FFF);
                see((side(*w0, *w1), side(*h0, *h1)))?;
            }
            (b"VP8L", [_, b0, b1, b2, b3, ..]) => {
                let bits = u32::from_le_bytes([*b0, *b1, *b2, *b3]);
                see(((bits & 0x3FFF) + 1, ((bits >> 14) & 0x3FFF) + 1))?;
            }
            (b"ANMF", [_, _, _, _, _, _, w0, w1, w2, h0, h1, h2, _, _, _, _, frame @ ..]) if !in_frame => {
                see((word24(*w0, *w1, *w2) + 1, word24(*h0, *h1, *h2) + 1))?;
                walk(frame, true, see)?;
            }
            _ => {}
        }
        chunks = rest.get(size.saturating_add(size % 2)..).unwrap_or_default();
    }
    Ok(())
}

fn word24(low: u8, middle: u8, high: u8) -> u32 {
    u32::from_le_bytes([low, middle, high, 0])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chunk(name: &[u8], content: &[u8]) -> Vec<u8> {
        let mut chunk = [name, &(content.len() as u32).to_le_bytes(), content].concat();
        chunk.resize(chunk.len().next_multiple_of(2), 0);
        chunk
    }

    fn riff(chunks: &[Vec<u8>]) -> Vec<u8> {
        [b"RIFF\0\0\0\0WEBP".to_vec(), chunks.concat()].concat()
    }

    fn sizes(bytes: &[u8]) -> Vec<(u32, u32)> {
        let mut sizes = Vec::new();
        let Ok(()) = each_size(bytes, |size| {
            sizes.push(size);
            Ok::<(), std::convert::Infallible>(())
        });
        sizes
    }

    #[test]
    fn every_size_is_seen() {
        let canvas = chunk(b"VP8X", &[0, 0, 0, 0, 9, 0, 0, 4, 0, 0]);
        let lossy = chunk(b"VP8 ", b"\x00\x00\x00\x9D\x01\x2A\xFF\x3F\xFE\x7Frest");
        let lossless = chunk(b"VP8L", b"\x2F\xFE\xBF\xFF\x0F.");
        let odd = chunk(b"EXIF", b"odd");
        let frame = |inner: &[u8]| chunk(b"ANMF", &[b"\0\0\0\0\0\0\x01\0\0\x02\0\0\0\0\0\0", inner].concat());
        for (bytes, expected) in [
            (riff(std::slice::from_ref(&lossy)), vec![(0x3FFF, 0x3FFE)]),
            (riff(std::slice::from_ref(&lossless)), vec![(0x3FFF, 0x3FFF)]),
            (riff(&[canvas.clone(), odd.clone(), lossy.clone()]), vec![(10, 5), (0x3FFF, 0x3FFE)]),
            (
                riff(&[canvas.clone(), frame(&odd), frame(&lossless)]),
                vec![(10, 5), (2, 3), (2, 3), (0x3FFF, 0x3FFF)],
            ),
            // Frames in frames don't make the walk go deep.
            (riff(&[frame(&[odd, frame(&lossless)].concat())]), vec![(2, 3)]),
            (riff(&[canvas])[..20].to_vec(), vec![]),
            (b"RIFF".to_vec(), vec![]),
        ] {
            assert_eq!(sizes(&bytes), expected, "{}", bytes.escape_ascii());
        }
    }

    #[test]
    fn the_walk_ends_at_the_first_refusal() {
        let lossy = chunk(b"VP8 ", b"\x00\x00\x00\x9D\x01\x2A\x01\x00\x01\x00");
        let mut seen = 0;
        let refused = each_size(&riff(&[lossy.clone(), lossy]), |_| {
            seen += 1;
            Err("enough")
        });
        assert_eq!((refused, seen), (Err("enough"), 1));
    }
}
