//! The files of pictures as those who run the instance look at them: how many, and whether they are what they were.

use tintype_media::FileKey;

use crate::{Ctx, Result};

/// Keys that are asked for at once.
const BATCH: usize = 200;

/// What lies in the media store.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Usage {
    /// Files of any kind.
    pub files: u64,
    /// What they take together.
    pub bytes: u64,
    /// Files that no row names (any more, or yet): an upkeep job removes them after a day.
    pub unnamed_files: u64,
    pub unnamed_bytes: u64,
}

/// What is wrong with the media store.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Verification {
    /// Files that rows name.
    pub checked: u64,
    /// Named, but not there.
    pub missing: Vec<String>,
    /// There, but not with the bytes they were stored with.
    pub damaged: Vec<String>,
}

/// Counts the files, folder by folder.
pub async fn usage(ctx: &Ctx) -> Result<Usage> {
    let mut usage = Usage::default();
    for folder in 0..=255_u8 {
        let files = ctx.media.list(&format!("{folder:02x}")).await?;
        for some in files.chunks(BATCH) {
            let names: Vec<String> = some.iter().map(|file| file.key.to_string()).collect();
            let known = ctx.store.read().await?.known_files(&names).await?;
            for file in some {
                usage.files += 1;
                usage.bytes += file.size;
                if !known.iter().any(|name| name == file.key.as_str()) {
                    usage.unnamed_files += 1;
                    usage.unnamed_bytes += file.size;
                }
            }
        }
    }
    Ok(usage)
}

/// Reads every file that a row names. A file's name is made of its bytes, so damage shows.
pub async fn verify(ctx: &Ctx) -> Result<Verification> {
    let mut found = Verification::default();
    let mut after = String::new();
    loop {
        let names = ctx.store.read().await?.files_after(&after, 200).await?;
        let Some(last) = names.last() else { return Ok(found) };
        after.clone_from(last);
        for name in names {
            found.checked += 1;
            // A name that we could not have given is no name of a file that we have.
            let Ok(key) = FileKey::parse(&name) else {
                found.missing.push(name);
                continue;
            };
            match ctx.media.get(&key).await? {
                None => found.missing.push(name),
                Some(bytes) => {
                    let extension = name.rsplit_once('.').map_or("", |(_, extension)| extension);
                    if ctx.media.key_for(&bytes, extension) != key {
                        found.damaged.push(name);
                    }
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;

    use super::*;
    use crate::given::{instance, member};

    #[tokio::test]
    async fn missing_and_damaged_files_are_found() {
        let (ctx, dir) = instance().await;
        let alice = member(&ctx, "alice").await;
        let mut keys = Vec::new();
        for (name, bytes) in [("whole", "one"), ("missing", "two"), ("damaged", "three")] {
            let key = ctx.media.key_for(bytes.as_bytes(), "jpg");
            ctx.media.put(&key, Bytes::from_static(bytes.as_bytes())).await.unwrap();
            let url = format!("https://far.example/{name}");
            let mut tx = ctx.store.begin().await.unwrap();
            let row = tintype_store::media::Media {
                id: ctx.ids.next(),
                account_id: alice,
                status_id: None,
                position: 0,
                kind: "image".to_owned(),
                file_key: Some(key.to_string()),
                small_key: None,
                content_type: "image/jpeg".to_owned(),
                remote_url: Some(url),
                width: None,
                height: None,
                small_width: None,
                small_height: None,
                blurhash: None,
                description: None,
                focus_x: None,
                focus_y: None,
                created_at: ctx.now(),
            };
            tx.insert_media(&row).await.unwrap();
            tx.commit().await.unwrap();
            keys.push(key);
        }
        let stray = ctx.media.key_for(b"nobody's", "jpg");
        ctx.media.put(&stray, Bytes::from_static(b"nobody's")).await.unwrap();
        let usage = usage(&ctx).await.unwrap();
        assert_eq!((usage.files, usage.bytes), (4, 3 + 3 + 5 + 8));
        assert_eq!((usage.unnamed_files, usage.unnamed_bytes), (1, 8));

        ctx.media.delete(&keys[1]).await.unwrap();
        std::fs::write(dir.path().join("media").join(keys[2].as_str()), "other").unwrap();
        let found = verify(&ctx).await.unwrap();
        assert_eq!(found.checked, 3);
        assert_eq!(found.missing, [keys[1].to_string()]);
        assert_eq!(found.damaged, [keys[2].to_string()]);
    }
}
