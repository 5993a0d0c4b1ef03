//! Threats of the category `privacy`: the addresses of private pictures, and what pictures say besides what they show.

use super::stage::{Stage, fault};
use super::upload::png_chunk;
use crate::scenarios::{ask, eventually, id, text};
use serde_json::json;
use std::time::{Duration, SystemTime};
use tintype_testkit::client::multipart::{Form, Part};
use tintype_testkit::pictures::{self, Exif};

#[tokio::test]
async fn t077_private_pictures_have_addresses_nobody_guesses() {
    let stage = Stage::set().await;
    let alice = &stage.alice;
    let alpha = &stage.alpha;
    let sam = alpha.person("sam").await;
    let picture = alice.upload(pictures::jpeg(60, 40, 9), "mine").await;
    let post = alice
        .post_status(json!({"status": "to Bob", "visibility": "direct", "media_ids": [id(&picture)]}))
        .await;
    let url = text(&post, "/media_attachments/0/url").to_owned();
    let preview = text(&post, "/media_attachments/0/preview_url").to_owned();
    let mut variants = stage.variants();
    for url in [&url, &preview] {
        let key = url.split_once("/media/").expect("our own").1;
        let digits =
            key.split('.').next().unwrap_or_default().chars().filter(char::is_ascii_hexdigit).count();
        variants.judge(key, &fault(digits * 4 < 128, || format!("{} bits", digits * 4)));
        // Neither the id nor what a stranger knows of the file makes the address.
        variants.judge("by its id", &fault(key.contains(id(&picture)), || key.to_owned()));
    }
    // No folder is listed, and near names are nobody's.
    let key = url.split_once("/media/").expect("our own").1.to_owned();
    let parts: Vec<&str> = key.split('/').collect();
    for path in [
        "/media".to_owned(),
        "/media/".to_owned(),
        format!("/media/{}", parts[0]),
        format!("/media/{}/", parts[0]),
        format!("/media/{}/{}", parts[0], parts[1]),
        format!("/media/{}/{}/", parts[0], parts[1]),
        format!("/media/{}", key.to_uppercase()),
        format!("/media/{}", parts[2]),
        format!("/media/remote/{}/{}", id(&picture), "0".repeat(32)),
        format!("/media/{}", id(&picture)),
    ] {
        let answer = alpha.client().request("GET".parse().unwrap(), &path).unchecked().send().await;
        variants.judge(
            &path,
            &fault(answer.status != 404 || answer.text().contains(parts[2]), || format!("{answer:?}")),
        );
    }
    // The same picture of somebody else's, posted by themselves, gives away nothing but what they have.
    let other = sam.upload(pictures::jpeg(60, 41, 9), "theirs").await;
    variants.judge("another picture", &fault(other["url"] == url.as_str(), || "the same address".into()));
    stage.settled().await;
    for (who, body) in [
        ("in a post", json!({"status": "look", "media_ids": [id(&picture)]})),
        ("as text", json!({"status": "look", "media_ids": id(&picture)})),
    ] {
        let request = sam.request("POST".parse().unwrap(), "/api/v1/statuses").unchecked().json(&body);
        variants.check(&format!("another's picture {who}"), &[400, 404, 422], &[], request.send()).await;
    }
    // A deleted post takes its files along, with the next sweep after a day.
    let client = alpha.client();
    assert_eq!(ask(&client, &url).await.status, 200);
    alice.delete_status(id(&post)).await;
    let path = alpha.folder().join("media").join(&key);
    let small = alpha.folder().join("media").join(preview.split_once("/media/").expect("our own").1);
    let age = SystemTime::UNIX_EPOCH.elapsed().unwrap().saturating_sub(Duration::from_hours(48));
    let two_days_ago = SystemTime::UNIX_EPOCH + age;
    for file in [&path, &small] {
        std::fs::File::options().write(true).open(file).unwrap().set_modified(two_days_ago).unwrap();
    }
    a_day_later(alpha.database_url()).await;
    eventually("the files are swept", async || {
        ask(&client, &url).await.status == 404 && ask(&client, &preview).await.status == 404
    })
    .await;
    assert!(!path.exists() && !small.exists());
    variants.done();
}

/// Lets a day pass for free pictures, and has the next round of upkeep begin.
async fn a_day_later(url: &str) {
    use sqlx::{Connection as _, Executor as _};
    let mut database = sqlx::SqliteConnection::connect(url).await.unwrap();
    database.execute("UPDATE media_attachments SET created_at = created_at - 172800000").await.unwrap();
    database.execute("UPDATE jobs SET run_at = 0, attempts = 0 WHERE queue = 'upkeep'").await.unwrap();
}

/// A PNG with an EXIF block, a text and XMP.
fn told_png() -> Vec<u8> {
    let plain = pictures::png(60, 40, 3);
    let jpeg = pictures::jpeg_with_exif(60, 40, 3, Exif { orientation: 1, gps: Some((52.5, 13.4)) });
    let tiff =
        jpeg.windows(4).position(|four| four == b"MM\0\x2A").map(|at| jpeg[at..at + 300].to_vec()).unwrap();
    let (head, rest) = plain.split_at(33); // the signature and IHDR
    let chunks = [
        png_chunk(*b"eXIf", &tiff),
        png_chunk(*b"tEXt", b"Author\0zyq the author"),
        png_chunk(*b"iTXt", b"XML:com.adobe.xmp\0\0\0\0\0<x:xmpmeta>zyq exif:GPSLatitude</x:xmpmeta>"),
        png_chunk(*b"tIME", &[7, 0xEA, 1, 1, 1, 1, 1]),
    ];
    [head, &chunks.concat(), rest].concat()
}

/// A JPEG with everything that cameras and editors write: EXIF with a place, XMP, IPTC, a comment, a tail.
fn told_jpeg() -> Vec<u8> {
    let exif = pictures::jpeg_with_exif(60, 40, 3, Exif { orientation: 6, gps: Some((52.5163, 13.3777)) });
    let (start, rest) = exif.split_at(2);
    let segment = |marker: u8, data: &[u8]| {
        [&[0xFF, marker][..], &u16::try_from(data.len() + 2).unwrap().to_be_bytes(), data].concat()
    };
    let xmp = segment(0xE1, b"http://ns.adobe.com/xap/1.0/\0<x:xmpmeta>zyq <exif:GPSLatitude>52,31N</exif:GPSLatitude></x:xmpmeta>");
    let iptc = segment(0xED, b"Photoshop 3.0\x008BIM\x04\x04\0\0\0\0\0\x10\x1C\x02\x50\0\x0Bzyq author!");
    let comment = segment(0xFE, b"zyq serial number 1234567");
    [start, &xmp, &iptc, &comment, rest, b"zyq after the end"].concat()
}

#[tokio::test]
async fn t078_pictures_say_nothing_but_what_they_show() {
    let stage = Stage::set().await;
    let alice = &stage.alice;
    let mut webp = b"RIFF\0\0\0\0WEBPVP8X\x0A\0\0\0\x0C\0\0\0\x3B\0\0\x27\0\0".to_vec();
    webp.extend(b"EXIF\x08\0\0\0zyq GPS!XMP \x08\0\0\0zyq GPS!");
    let mut variants = stage.variants();
    let traces: [&[u8]; 9] =
        [b"zyq", b"Exif", b"GPS", b"xmpmeta", b"Photoshop", b"8BIM", b"eXIf", b"tEXt", b"iTXt"];
    for (name, kind, bytes, size) in [
        ("a JPEG held upright", "image/jpeg", told_jpeg(), (40, 60)),
        ("a PNG", "image/png", told_png(), (60, 40)),
        ("a WebP of nothing else", "image/webp", webp, (0, 0)),
    ] {
        for place in ["media", "avatar", "header"] {
            let part = Part::bytes(bytes.clone()).file_name("IMG_zyq.jpg").mime_str(kind).unwrap();
            let urls: Vec<String> = if place == "media" {
                let answer = alice
                    .request("POST".parse().unwrap(), "/api/v2/media")
                    .multipart(Form::new().part("file", part))
                    .send()
                    .await;
                if size == (0, 0) {
                    variants.judge(name, &fault(answer.status != 422, || format!("{answer:?}")));
                    continue;
                }
                let made = answer.ok();
                let original = &made["meta"]["original"];
                variants.judge(
                    &format!("{name}: turned"),
                    &fault(original["width"] != size.0 || original["height"] != size.1, || made.to_string()),
                );
                variants.judge(
                    &format!("{name}: told"),
                    &fault(made.to_string().contains("zyq"), || made.to_string()),
                );
                vec![text(&made, "/url").to_owned(), text(&made, "/preview_url").to_owned()]
            } else {
                let form = Form::new().part(place, part);
                let answer = alice
                    .request("PATCH".parse().unwrap(), "/api/v1/accounts/update_credentials")
                    .multipart(form)
                    .send()
                    .await;
                if size == (0, 0) {
                    variants.judge(name, &fault(answer.status != 422, || format!("{answer:?}")));
                    continue;
                }
                vec![text(&answer.ok(), &format!("/{place}")).to_owned()]
            };
            for url in urls {
                let served = ask(&stage.alpha.client(), &url).await;
                let found: Vec<String> = traces
                    .iter()
                    .filter(|trace| served.body.windows(trace.len()).any(|part| part == **trace))
                    .map(|trace| trace.escape_ascii().to_string())
                    .collect();
                variants.judge(
                    &format!("{name}, {place}: {url}"),
                    &fault(served.status != 200 || !found.is_empty(), || {
                        format!("{} {found:?}", served.status)
                    }),
                );
                // No other version can be had.
                for end in ["?original=1", "?size=original", ".orig", "/original"] {
                    let other = ask(&stage.alpha.client(), &format!("{url}{end}")).await;
                    let found = other.body.windows(3).any(|part| part == b"zyq");
                    variants.judge(
                        &format!("{url}{end}"),
                        &fault(found || other.status >= 500, || format!("{}", other.status)),
                    );
                }
            }
        }
    }
    // What lies on the disk is what is served: the original isn't kept.
    let mut folders = vec![stage.alpha.folder().join("media")];
    let mut files = 0;
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap().flatten() {
            if entry.path().is_dir() {
                folders.push(entry.path());
            } else {
                files += 1;
                let bytes = std::fs::read(entry.path()).unwrap();
                variants.judge(
                    &entry.path().display().to_string(),
                    &fault(bytes.windows(3).any(|part| part == b"zyq"), || "kept".into()),
                );
            }
        }
    }
    assert!(files >= 3, "{files}");
    variants.done();
}
