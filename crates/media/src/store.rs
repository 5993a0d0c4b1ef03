//! Where files lie.

use std::{fmt, path::Path, sync::Arc};

use aws_lc_rs::{digest, hmac};
use bytes::Bytes;
use futures::TryStreamExt as _;
use object_store::{ObjectStore, ObjectStoreExt as _, local::LocalFileSystem};

use crate::{Error, FileKey};

/// Bytes of the name that are kept of the HMAC: 160 bits.
const KEY_BYTES: usize = 20;

/// Files by [`FileKey`], on the local disk (later in S3, behind the same calls). Cheap to clone.
#[derive(Clone)]
pub struct MediaStore {
    files: Arc<dyn ObjectStore>,
    secret: Arc<hmac::Key>,
}

/// One line of [`MediaStore::list`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredFile {
    /// Its name.
    pub key: FileKey,
    /// When it was last put, in milliseconds since 1970 UTC, by the store's own clock.
    pub modified: i64,
    /// Size in bytes.
    pub size: u64,
}

impl MediaStore {
    /// A store in the folder `root`, which is made if missing. `secret` is the instance's media secret; names depend
    /// on it, so it must stay the same.
    ///
    /// Blocks on the disk for a moment: call it at start.
    pub fn local(root: &Path, secret: [u8; 32]) -> Result<Self, Error> {
        std::fs::create_dir_all(root).map_err(Error::Folder)?;
        // The row that names a file is committed after `put` returns, so the file must not be lost before the row.
        let files = LocalFileSystem::new_with_prefix(root)?.with_fsync(true);
        Ok(Self { files: Arc::new(files), secret: Arc::new(hmac::Key::new(hmac::HMAC_SHA256, &secret)) })
    }

    /// The name for these bytes: HMAC-SHA256 of their SHA-256 under the instance's secret, cut to 160 bits.
    ///
    /// The same bytes have the same name, so they are kept once; without the secret nobody can tell from a picture
    /// they own whether, or where, we have it.
    pub fn key_for(&self, bytes: &[u8], extension: &str) -> FileKey {
        let content = digest::digest(&digest::SHA256, bytes);
        let tag = hmac::sign(&self.secret, content.as_ref());
        let tag = tag.as_ref();
        FileKey::from_digest(tag.get(..KEY_BYTES).unwrap_or(tag), extension)
    }

    /// Keeps `bytes` under `key`: whole or not at all, and on disk when this returns.
    ///
    /// Repeating it does no harm and makes the file young again, so that an orphan sweep with a grace period doesn't
    /// take a file that is about to be named by a second row.
    pub async fn put(&self, key: &FileKey, bytes: Bytes) -> Result<(), Error> {
        self.files.put(&path(key.as_str())?, bytes.into()).await?;
        Ok(())
    }

    /// The bytes under `key`, or `None`.
    pub async fn get(&self, key: &FileKey) -> Result<Option<Bytes>, Error> {
        match self.files.get(&path(key.as_str())?).await {
            Ok(found) => Ok(Some(found.bytes().await?)),
            Err(object_store::Error::NotFound { .. }) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    /// Forgets the file; one that isn't there is fine.
    ///
    /// Equal pictures share one file, so ask first whether another row still names it.
    pub async fn delete(&self, key: &FileKey) -> Result<(), Error> {
        match self.files.delete(&path(key.as_str())?).await {
            Ok(()) | Err(object_store::Error::NotFound { .. }) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }

    /// What lies under the folder `prefix` (whole segments: `"3f"`, `"3f/a0"`; `""` is everything), in no order.
    /// Files we could not have named are left out.
    ///
    /// The answer is one list in memory: sweeps go through the 256 folders `00` … `ff` one by one.
    pub async fn list(&self, prefix: &str) -> Result<Vec<StoredFile>, Error> {
        let folder = if prefix.is_empty() { None } else { Some(path(FileKey::parse(prefix)?.as_str())?) };
        let mut found = self.files.list(folder.as_ref());
        let mut files = Vec::new();
        while let Some(meta) = found.try_next().await? {
            if let Ok(key) = FileKey::parse(meta.location.as_ref()) {
                files.push(StoredFile {
                    key,
                    modified: meta.last_modified.timestamp_millis(),
                    size: meta.size,
                });
            }
        }
        Ok(files)
    }
}

/// Keys are a subset of object paths, so this keeps every character.
fn path(key: &str) -> Result<object_store::path::Path, Error> {
    object_store::path::Path::parse(key).map_err(|_| Error::BadKey)
}

impl fmt::Debug for MediaStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "MediaStore({})", self.files)
    }
}

#[cfg(test)]
mod tests;
