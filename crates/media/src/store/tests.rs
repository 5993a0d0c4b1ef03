use tempfile::TempDir;

use super::*;

fn store(secret: u8) -> (TempDir, MediaStore) {
    let folder = TempDir::new().unwrap();
    // A folder that doesn't exist yet, as on a first start.
    let store = MediaStore::local(&folder.path().join("data/media"), [secret; 32]).unwrap();
    (folder, store)
}

#[test]
fn names_depend_on_content_and_secret_only() {
    let (_a, one) = store(1);
    let (_b, same) = store(1);
    let (_c, other) = store(2);
    let name = one.key_for(b"picture", "jpg");

    assert_eq!(name, same.key_for(b"picture", "jpg"));
    assert_ne!(name, one.key_for(b"picture.", "jpg"));
    assert_ne!(name, other.key_for(b"picture", "jpg"));

    // 160 bits in hex, two folders, the ending.
    assert_eq!(name.as_str().len(), 40 + 2 + 4);
    assert_eq!(name.as_str().as_bytes()[2], b'/');
    assert_eq!(name.as_str().as_bytes()[5], b'/');
    assert_eq!(FileKey::parse(name.as_str()).unwrap(), name);
}

/// The first 160 bits of HMAC-SHA256(key = 32 × 0x01, message = SHA-256("picture")), computed with Python's hmac and
/// hashlib. Names live in databases: they must never change.
#[test]
fn names_are_stable() {
    let (_folder, store) = store(1);
    assert_eq!(store.key_for(b"picture", "jpg").as_str(), "d7/a3/71aa2ddf0ef31cabafe2004a310bdba7ea88.jpg");
}

#[tokio::test]
async fn files_come_back_until_deleted() {
    let (_folder, store) = store(1);
    let key = store.key_for(b"one", "jpg");
    assert_eq!(store.get(&key).await.unwrap(), None);

    for _ in 0..2 {
        store.put(&key, Bytes::from_static(b"one")).await.unwrap();
        assert_eq!(store.get(&key).await.unwrap().as_deref(), Some(b"one".as_slice()));
    }
    for _ in 0..2 {
        store.delete(&key).await.unwrap();
        assert_eq!(store.get(&key).await.unwrap(), None);
    }
}

#[tokio::test]
async fn a_folder_is_not_a_file() {
    let (_folder, store) = store(1);
    store.put(&FileKey::parse("ab/cd/ef.jpg").unwrap(), Bytes::from_static(b"x")).await.unwrap();
    assert_eq!(store.get(&FileKey::parse("ab/cd").unwrap()).await.unwrap(), None);
}

#[tokio::test]
async fn listing_goes_by_folder_and_skips_what_is_not_ours() {
    let (folder, store) = store(1);
    for name in ["ab/cd/1.jpg", "ab/ef/22.jpg", "cd/ab/3.jpg"] {
        store.put(&FileKey::parse(name).unwrap(), Bytes::from(name)).await.unwrap();
    }
    std::fs::write(folder.path().join("data/media/ab/README.TXT"), "not ours").unwrap();

    for (prefix, expected) in [
        ("", vec!["ab/cd/1.jpg", "ab/ef/22.jpg", "cd/ab/3.jpg"]),
        ("ab", vec!["ab/cd/1.jpg", "ab/ef/22.jpg"]),
        ("ab/cd", vec!["ab/cd/1.jpg"]),
        ("ff", vec![]),
    ] {
        let mut files = store.list(prefix).await.unwrap();
        files.sort_by(|a, b| a.key.cmp(&b.key));
        let names: Vec<_> = files.iter().map(|file| file.key.as_str()).collect();
        assert_eq!(names, expected, "{prefix:?}");
        assert!(files.iter().all(|file| file.size == file.key.as_str().len() as u64 && file.modified > 0));
    }
    assert!(matches!(store.list("../..").await, Err(Error::BadKey)));
}

#[tokio::test]
async fn putting_again_makes_a_file_young() {
    let (folder, store) = store(1);
    let key = FileKey::parse("ab/cd/1.jpg").unwrap();
    store.put(&key, Bytes::from_static(b"x")).await.unwrap();
    let on_disk =
        std::fs::File::options().write(true).open(folder.path().join("data/media/ab/cd/1.jpg")).unwrap();
    on_disk.set_modified(std::time::UNIX_EPOCH + std::time::Duration::from_secs(1)).unwrap();
    assert_eq!(store.list("ab").await.unwrap()[0].modified, 1_000);

    store.put(&key, Bytes::from_static(b"x")).await.unwrap();
    assert!(store.list("ab").await.unwrap()[0].modified > 1_000);
}

#[test]
fn the_secret_is_not_printed() {
    let (_folder, store) = store(0x5a);
    let text = format!("{store:?}");
    assert!(text.starts_with("MediaStore(") && !text.contains("90, 90") && !text.contains("5a5a"), "{text}");
}
