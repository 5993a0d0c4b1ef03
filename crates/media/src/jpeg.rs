//! Whether a JPEG is all there.

/// True when the file's own end marker is reached by walking its segments.
///
/// The decoder fills what is missing from a shortened file with grey and calls it a success, which would publish half
/// a photo. Markers and their lengths are those of ITU-T T.81, annex B. Bytes after the end marker (other pictures of
/// a multi-picture file, say) don't matter: nothing of them is kept.
pub(crate) fn is_complete(bytes: &[u8]) -> bool {
    let mut rest = bytes;
    loop {
        // Between segments lies the coded data of a scan, in which 0xFF is followed by 0 or a restart marker.
        let Some(at) = rest.windows(2).position(|pair| matches!(pair, [0xFF, code] if begins_segment(*code)))
        else {
            return false;
        };
        rest = rest.get(at + 1..).unwrap_or_default();
        match rest {
            [END, ..] => return true,
            [START, after @ ..] => rest = after,
            [_, high, low, ..] => {
                let length = usize::from(u16::from_be_bytes([*high, *low]));
                rest = rest.get(1 + length..).unwrap_or_default();
            }
            _ => return false,
        }
    }
}

const START: u8 = 0xD8;
const END: u8 = 0xD9;

fn begins_segment(code: u8) -> bool {
    // 0: stuffing; 1 and 0xD0 to 0xD7: markers without a length; 0xFF: fill byte before a marker.
    !matches!(code, 0x00 | 0x01 | 0xD0..=0xD7 | 0xFF)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_end_marker_must_be_reached() {
        for (bytes, expected) in [
            (
                b"\xFF\xD8\xFF\xE0\x00\x04ab\xFF\xDA\x00\x02data\xFF\x00data\xFF\xD0data\xFF\xD9".as_slice(),
                true,
            ),
            (b"\xFF\xD8\xFF\xDA\x00\x02data\xFF\xFF\xD9", true),
            (b"\xFF\xD8\xFF\xDA\x00\x02data\xFF\xD9trailing", true),
            (b"\xFF\xD8\xFF\xDA\x00\x02data", false),
            (b"\xFF\xD8\xFF\xDA\x00\x02data\xFF", false),
            // An end marker inside a segment (of a thumbnail, say) is not the picture's.
            (b"\xFF\xD8\xFF\xE1\x00\x06ab\xFF\xD9", false),
            (b"\xFF\xD8\xFF\xE1\x00\x06ab\xFF\xD9\xFF\xDA\x00\x02data", false),
            (b"\xFF\xD8\xFF\xE1\xFF\xFFab\xFF\xD9", false),
            (b"\xFF\xD8\xFF\xE1\x00", false),
            (b"\xFF\xD8\xFF\xE1\x00\x00\xFF\xD9", true),
            (b"", false),
        ] {
            assert_eq!(is_complete(bytes), expected, "{}", bytes.escape_ascii());
        }
    }
}
