//! Names of stored files.

use std::{fmt, str::FromStr};

use crate::Error;

/// Name of a stored file, e.g. `3f/a0/91c4….jpg`: lower-case segments of `[a-z0-9._-]` joined by `/`. Only the last one
/// has dots, so that nothing is ever looked for below a file.
///
/// A value of this type can't leave the store's root: no segment is empty or begins with a dot, there is no `..`, no
/// backslash, no percent sign. Routes build it only by [`FileKey::parse`]; a name that fails is a 404.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FileKey(String);

impl FileKey {
    /// Longest name accepted, in bytes.
    const MAX_LEN: usize = 200;

    /// Checks a name that came from a URL, a row or a listing. Never decodes or repairs: what isn't a key is
    /// [`Error::BadKey`].
    pub fn parse(text: &str) -> Result<Self, Error> {
        let folders = text.rsplit_once('/').map_or("", |(folders, _)| folders);
        let well_formed = text.len() <= Self::MAX_LEN
            && !text.contains("..")
            && !folders.contains('.')
            && text.split('/').all(is_segment);
        if well_formed { Ok(Self(text.to_owned())) } else { Err(Error::BadKey) }
    }

    /// For a file named by `digest` (at least 128 bits that nobody can guess). Two levels of folders, 256 each, keep
    /// listings short. Whatever in `extension` doesn't belong into a key is left out.
    pub(crate) fn from_digest(digest: &[u8], extension: &str) -> Self {
        use fmt::Write as _;
        let mut name = String::with_capacity(digest.len() * 2 + 8);
        for (index, byte) in digest.iter().enumerate() {
            if index == 1 || index == 2 {
                name.push('/');
            }
            // Writing to a String can't fail.
            let _ = write!(name, "{byte:02x}");
        }
        let extension: String = extension
            .chars()
            .map(|c| c.to_ascii_lowercase())
            .filter(|c| c.is_ascii_lowercase() || c.is_ascii_digit())
            .take(8)
            .collect();
        if !extension.is_empty() {
            name.push('.');
            name.push_str(&extension);
        }
        Self(name)
    }

    /// The name, as it stands in a URL or a row. Needs no escaping.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The type to serve the file with, by its ending, which we chose ourselves. What we never write is plain bytes:
    /// no stored file can be served as a page, a script or an ActivityPub object.
    pub fn content_type(&self) -> &'static str {
        match self.0.rsplit_once('.').map(|(_, extension)| extension) {
            Some("jpg") => "image/jpeg",
            Some("png") => "image/png",
            // Of other servers; see `recording`.
            Some("mp4") => "video/mp4",
            Some("webm") => "video/webm",
            Some("mov") => "video/quicktime",
            Some("mp3") => "audio/mpeg",
            Some("m4a") => "audio/mp4",
            Some("ogg") => "audio/ogg",
            Some("flac") => "audio/flac",
            Some("wav") => "audio/wav",
            _ => "application/octet-stream",
        }
    }
}

fn is_segment(segment: &str) -> bool {
    let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit();
    segment.starts_with(plain) && segment.chars().all(|c| plain(c) || matches!(c, '.' | '_' | '-'))
}

impl fmt::Display for FileKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl AsRef<str> for FileKey {
    fn as_ref(&self) -> &str {
        &self.0
    }
}

impl FromStr for FileKey {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        Self::parse(text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_plain_names_are_keys() {
        for good in ["3f/a0/91c4.jpg", "a", "remote/12345.png", "a-b_c/d.e"] {
            assert_eq!(FileKey::parse(good).unwrap().as_str(), good);
        }
        let long = "a".repeat(FileKey::MAX_LEN + 1);
        for bad in [
            "",
            "/",
            "/etc/passwd",
            "..",
            "../tintype.db",
            "a/../b",
            "a/./b",
            "a//b",
            "a/",
            "a..b",
            ".hidden",
            "a/.hidden",
            "-rf",
            "a.jpg/b",
            "A.jpg",
            "a b",
            "a\\..\\b",
            "a%2e%2e/b",
            "a\0.jpg",
            "a.jpg#1",
            "a:b",
            "file:a",
            "ä.jpg",
            &long,
        ] {
            assert!(matches!(FileKey::parse(bad), Err(Error::BadKey)), "{bad:?}");
        }
    }

    #[test]
    fn digests_become_sharded_keys() {
        let digest = [0x00, 0x0f, 0xff, 0xa1];
        for (extension, expected) in [
            ("jpg", "00/0f/ffa1.jpg"),
            (".PNG", "00/0f/ffa1.png"),
            ("../../x", "00/0f/ffa1.x"),
            ("", "00/0f/ffa1"),
        ] {
            let key = FileKey::from_digest(&digest, extension);
            assert_eq!(key.as_str(), expected);
            assert_eq!(FileKey::parse(key.as_str()).unwrap(), key);
        }
    }

    #[test]
    fn served_types_are_pictures_or_plain_bytes() {
        for (name, expected) in [
            ("a/b.jpg", "image/jpeg"),
            ("a/b.png", "image/png"),
            ("a/b.html", "application/octet-stream"),
            ("a/b.json", "application/octet-stream"),
            ("a/b.svg", "application/octet-stream"),
            ("jpg", "application/octet-stream"),
        ] {
            assert_eq!(FileKey::parse(name).unwrap().content_type(), expected, "{name}");
        }
    }
}
