//! Threats of the category `upload`.

use super::raw::crc32;
use super::stage::Stage;
use super::{memory, raw};
use crate::scenarios::{ask, eventually, id, items, text};
use std::collections::BTreeMap;
use std::path::Path;
use tintype_testkit::client::multipart::{Form, Part};
use tintype_testkit::peer::Reply;
use tintype_testkit::{Answer, Client, Instance, pictures};

const NOT_ACCEPTED: [u16; 2] = [415, 422];

/// What stands in the folder of an instance, but for database and logs: path and length.
fn files(instance: &Instance) -> BTreeMap<String, u64> {
    fn walk(folder: &Path, found: &mut BTreeMap<String, u64>) {
        for entry in std::fs::read_dir(folder).expect("a folder").flatten() {
            let path = entry.path();
            if path.is_dir() {
                walk(&path, found);
            } else if !path.to_string_lossy().contains("tintype.db")
                && path.extension().is_none_or(|end| end != "log")
            {
                found.insert(path.display().to_string(), entry.metadata().map_or(0, |data| data.len()));
            }
        }
    }
    let mut found = BTreeMap::new();
    walk(instance.folder(), &mut found);
    found
}

async fn upload(who: &Client, name: &str, kind: &str, bytes: Vec<u8>) -> Answer {
    let part = Part::bytes(bytes).file_name(name.to_owned()).mime_str(kind).expect("a type");
    let form = Form::new().part("file", part);
    who.request("POST".parse().unwrap(), "/api/v2/media").multipart(form).send().await
}

/// What is wrong with the headers of a served file: it must be a picture that nobody takes for anything else.
fn faults_of(served: &Answer) -> Vec<String> {
    let header = |name: &str| served.header(name).unwrap_or_default().to_owned();
    let kind = header("content-type");
    let policy = header("content-security-policy");
    let mut faults = Vec::new();
    if served.status != 200 || !["image/jpeg", "image/png"].contains(&kind.as_str()) {
        faults.push(format!("served with {} as {kind:?}", served.status));
    }
    if header("x-content-type-options") != "nosniff" {
        faults.push("no nosniff".to_owned());
    }
    if !policy.contains("default-src 'none'") || !policy.contains("sandbox") {
        faults.push(format!("policy {policy:?}"));
    }
    faults
}

/// An actor, as a file.
fn actor_document(stage: &Stage) -> Vec<u8> {
    stage.bob.document.to_string().replace("remote.localhost", "alpha.example").into_bytes()
}

#[tokio::test]
async fn t005_uploads_are_pictures_whatever_they_are_called() {
    let stage = Stage::set().await;
    let before = files(&stage.alpha);
    let document = actor_document(&stage);
    let mut variants = stage.variants();
    for (name, kind) in [
        ("actor.json", "application/activity+json"),
        ("actor.jpg", "application/activity+json"),
        ("actor.jpg", "image/jpeg"),
        ("actor.png", "application/ld+json"),
        ("actor", "application/octet-stream"),
        ("actor.txt", "text/plain"),
        ("actor.html", "text/html"),
    ] {
        let send = upload(&stage.alice, name, kind, document.clone());
        variants.check(&format!("a document as {name}, {kind}"), &NOT_ACCEPTED, &[], send).await;
    }
    variants
        .check("a document as an avatar", &NOT_ACCEPTED, &[], async {
            let part =
                Part::bytes(document.clone()).file_name("a.json").mime_str("application/ld+json").unwrap();
            let form = Form::new().part("avatar", part);
            let path = "/api/v1/accounts/update_credentials";
            stage.alice.request("PATCH".parse().unwrap(), path).multipart(form).send().await
        })
        .await;
    assert_eq!(files(&stage.alpha), before, "no file is kept of what was refused");

    // A real picture that claims to be a document is the picture, whatever is asked for and however.
    for (name, kind) in [
        ("actor.json", "application/activity+json"),
        ("x.html", "text/html"),
        ("x", "application/ld+json; profile=\"https://www.w3.org/ns/activitystreams\""),
    ] {
        let mut picture = pictures::jpeg(40, 30, 5);
        picture.extend_from_slice(&document);
        let shown = upload(&stage.alice, name, kind, picture).await.ok();
        let url = text(&shown, "/url");
        assert!(!url.contains("json") && !url.contains("html"), "{url}");
        for (target, accept) in [
            (url.to_owned(), "application/activity+json"),
            (url.to_owned(), "text/html"),
            (format!("{url}?format=json"), "application/ld+json"),
        ] {
            let request = stage.alice.anonymous().request("GET".parse().unwrap(), &target);
            let served = request.header("accept", accept).send().await;
            let mut faults = faults_of(&served);
            if served.text().contains("publicKeyPem") {
                faults.push("what was hidden in it is served".to_owned());
            }
            variants.judge(&format!("{target} as {accept}"), &faults);
        }
        for suffix in [".json", ".html", "/activity", "%00.json"] {
            let served = ask(&stage.alpha.client(), &format!("{url}{suffix}")).await;
            variants.judge(&format!("…{suffix}"), &expected(&served, &[400, 404]));
        }
    }
    variants.done();
}

fn expected(answer: &Answer, allowed: &[u16]) -> Vec<String> {
    if allowed.contains(&answer.status) { Vec::new() } else { vec![format!("{answer:?}")] }
}

#[tokio::test]
async fn t021_names_and_protocols_lead_nowhere() {
    let stage = Stage::set().await;
    let folder = stage.alpha.folder().display().to_string();
    std::fs::write(stage.alpha.folder().join("secret.txt"), "the secret of the folder").unwrap();
    let canary = stage.canary.url("/x");
    let before = files(&stage.alpha);
    let playlist = format!("#EXTM3U\n#EXT-X-MEDIA-SEQUENCE:0\n#EXTINF:10.0,\n{canary}\n#EXT-X-ENDLIST\n");
    let crafted: Vec<(&str, &str, String)> = vec![
        ("x.mp4", "video/mp4", playlist.clone()),
        ("x.jpg", "image/jpeg", playlist),
        ("x.jpg", "image/jpeg", format!("concat:file://{folder}/secret.txt|file:///etc/passwd")),
        ("x.txt", "image/png", format!("ffconcat version 1.0\nfile 'file://{folder}/secret.txt'\n")),
        ("x.mvg", "image/x-mvg", format!("push graphic-context\nimage over 0,0 0,0 'url({canary})'\n")),
        ("x.msl", "image/png", format!("<image><read filename=\"{folder}/secret.txt\"/></image>")),
        (
            "x.svg",
            "image/svg+xml",
            format!("<svg xmlns:x='u'><image x:href='{canary}' href='{canary}'/></svg>"),
        ),
        ("x.eps", "image/jpeg", "%!PS\n(%pipe%id) (w) file closefile\n".to_owned()),
        ("http:x.jpg", "image/jpeg", format!("<!DOCTYPE x [<!ENTITY e SYSTEM '{canary}'>]><x>&e;</x>")),
        ("x.mp4", "video/mp4", format!("\0\0\0\x18ftypisom\0\0\0\0\0\0\0\x40dref{canary}")),
    ];
    let mut variants = stage.variants();
    for (name, kind, content) in crafted {
        let what: String = content.chars().take(30).collect();
        let send = upload(&stage.alice, name, kind, content.into_bytes());
        variants.check(&format!("{name}: {what:?}"), &NOT_ACCEPTED, &[], send).await;
    }
    assert_eq!(files(&stage.alpha), before, "nothing is left of what was refused");

    for name in [
        "../../../escaped.jpg",
        "..\\..\\escaped.jpg",
        "/tmp/escaped.jpg",
        "%2e%2e%2fescaped.jpg",
        "file:///tmp/escaped.jpg",
        "|id>escaped.jpg",
        "$(id).jpg",
        "-escaped.jpg",
    ] {
        let answer = upload(&stage.alice, name, "image/jpeg", pictures::jpeg(30, 20, 7)).await;
        let shown = answer.ok();
        let mut faults = Vec::new();
        if shown.to_string().contains("escaped") {
            faults.push(format!("the name is used: {shown}"));
        }
        variants.judge(name, &faults);
    }
    let media = format!("{folder}/media/");
    let outside: Vec<_> = files(&stage.alpha)
        .into_keys()
        .filter(|path| !before.contains_key(path) && !path.starts_with(&media))
        .collect();
    assert!(outside.is_empty(), "{outside:?}");
    for place in ["/tmp/escaped.jpg", "escaped.jpg"] {
        assert!(!stage.alpha.folder().join(place).exists(), "{place}");
    }
    stage.assert_untouched().await;
    variants.done();
}

/// A chunk of a PNG.
pub fn png_chunk(kind: [u8; 4], data: &[u8]) -> Vec<u8> {
    let named = [kind.as_slice(), data].concat();
    let length = u32::try_from(data.len()).unwrap();
    [&length.to_be_bytes()[..], &named, &crc32(&named).to_be_bytes()].concat()
}

/// A PNG that says it is so large, with these chunks.
fn png(width: u32, height: u32, chunks: &[Vec<u8>]) -> Vec<u8> {
    let header = [&width.to_be_bytes()[..], &height.to_be_bytes(), &[8, 6, 0, 0, 0]].concat();
    let mut bytes = b"\x89PNG\r\n\x1A\n".to_vec();
    bytes.extend(png_chunk(*b"IHDR", &header));
    bytes.extend(chunks.concat());
    bytes.extend(png_chunk(*b"IEND", &[]));
    bytes
}

/// Zeroes in zlib's clothes (RFC 1950), without its checksum.
fn zlib_of_zeroes(bytes: usize) -> Vec<u8> {
    let gzip = raw::gzip_of_zeroes(bytes);
    [&[0x78, 0x9C][..], &gzip[10..gzip.len() - 8]].concat()
}

/// A GIF with this screen and these many frames of such a size, each of one colour.
fn gif(screen: u16, frames: usize, side: u16) -> Vec<u8> {
    let (screen, side) = (screen.to_le_bytes(), side.to_le_bytes());
    let mut bytes = [b"GIF89a", &screen[..], &screen, &[0x80, 0, 0, 0, 0, 0, 255, 255, 255]].concat();
    for _ in 0..frames {
        bytes.extend([0x21, 0xF9, 4, 0, 1, 0, 0, 0]);
        bytes.extend([&[0x2C, 0, 0, 0, 0][..], &side, &side, &[0, 2, 2, 0x44, 1, 0]].concat());
    }
    bytes.push(0x3B);
    bytes
}

#[tokio::test]
async fn t069_floods_of_pixels_are_seen_in_the_header() {
    let stage = Stage::set().await;
    // What an ordinary picture costs, so that only what comes on top is counted.
    stage.alice.upload(pictures::jpeg(1200, 900, 1), "ordinary").await;
    let (before, kept) = (memory::peak(&stage.alpha), files(&stage.alpha));
    let idat = |bytes| png_chunk(*b"IDAT", &zlib_of_zeroes(bytes));
    let mut huge_jpeg = pictures::jpeg(64, 48, 1);
    let sof = huge_jpeg.windows(2).position(|two| two == [0xFF, 0xC0]).expect("a baseline JPEG");
    huge_jpeg[sof + 5..sof + 9].copy_from_slice(&[0xFF, 0xDC, 0xFF, 0xDC]);
    let vp8x =
        [b"RIFF\x16\0\0\0WEBPVP8X\x0A\0\0\0".as_slice(), &[0x10, 0, 0, 0], &[0xFE, 0xFF, 0, 0xFE, 0xFF, 0]]
            .concat();
    let heif = |brand: [u8; 4]| [b"\0\0\0\x18ftyp", &brand[..], b"\0\0\0\0mif1", &[0xFF; 4000]].concat();
    let name = [b"bomb\0\0".as_slice(), &zlib_of_zeroes(200 << 20)].concat();
    let floods: Vec<(&str, Vec<u8>)> = vec![
        ("a PNG of 60,000 × 60,000", png(60_000, 60_000, &[idat(1 << 20)])),
        ("a PNG of 2³¹ × 2³¹", png(0x7FFF_FFFF, 0x7FFF_FFFF, &[idat(1 << 20)])),
        ("a PNG of 1,000,000 × 1", png(1_000_000, 1, &[idat(4 << 20)])),
        ("a PNG of 0 × 0", png(0, 0, &[idat(100)])),
        ("a PNG that promises more than it holds", png(5_000, 5_000, &[idat(1_000)])),
        ("a small PNG with a flood in its colour profile", png(60, 60, &[png_chunk(*b"iCCP", &name)])),
        ("a JPEG of 65,500 × 65,500", huge_jpeg),
        ("a WebP of 65,535 × 65,535", vp8x),
        ("a GIF with a screen of 65,535 × 65,535", gif(65_535, 1, 65_535)),
        ("a HEIC", heif(*b"heic")),
        ("an AVIF", heif(*b"avif")),
        ("eight hours of silence", [b"\0\0\0\x18ftypisom\0\0\x02\0isomiso2", &[0; 40_000][..]].concat()),
    ];
    let mut variants = stage.variants();
    for (name, bytes) in floods {
        let send = upload(&stage.alice, "photo", "image/png", bytes);
        variants.check(name, &NOT_ACCEPTED, &[], send).await;
    }
    assert_eq!(files(&stage.alpha), kept, "no file is left behind");

    // Of an animation only the first picture is looked at, so that frames cost nothing: what comes out is a still.
    let still = |served: &Answer| {
        let mut faults = faults_of(served);
        if served.body.len() > 20_000 || served.body.starts_with(b"GIF") {
            faults.push(format!("{} bytes", served.body.len()));
        }
        faults
    };
    for (name, bytes) in [("a GIF of 10,000 frames", gif(64, 10_000, 64)), ("a GIF of one", gif(64, 1, 64))] {
        let answer = upload(&stage.alice, "a.gif", "image/gif", bytes).await;
        let faults = if answer.status == 200 {
            still(&ask(&stage.alpha.client(), text(&answer.json(), "/url")).await)
        } else {
            expected(&answer, &NOT_ACCEPTED)
        };
        variants.judge(name, &faults);
    }
    let grown = memory::peak(&stage.alpha).saturating_sub(before);
    assert!(grown < 160 << 10, "{grown} KiB more");
    stage.alice.upload(pictures::jpeg(120, 90, 2), "still served").await;
    variants.done();
}

#[tokio::test]
async fn t091_markup_is_never_served_from_our_origin() {
    let stage = Stage::set().await;
    let before = files(&stage.alpha);
    let script = "<script>alert(document.domain)</script>";
    let markup: Vec<(&str, &str, String)> = vec![
        ("x.svg", "image/svg+xml", format!("<svg xmlns='http://www.w3.org/2000/svg'>{script}</svg>")),
        ("x.jpg", "image/jpeg", format!("<?xml version='1.0'?><svg onload='alert(1)'>{script}</svg>")),
        ("x.html", "text/html", format!("<!DOCTYPE html>{script}")),
        ("x.png", "image/png", format!("<!DOCTYPE html>{script}")),
        ("x.xml", "application/xml", format!("<?xml-stylesheet href='x.xsl'?><x>{script}</x>")),
        (
            "x.xhtml",
            "application/xhtml+xml",
            format!("<html xmlns='http://www.w3.org/1999/xhtml'>{script}</html>"),
        ),
        (
            "x.pdf",
            "application/pdf",
            "%PDF-1.7\n1 0 obj<</OpenAction<</S/JavaScript/JS(app.alert(1))>>>>".to_owned(),
        ),
        ("x.js", "text/javascript", "alert(1)".to_owned()),
        ("x.swf", "application/x-shockwave-flash", "FWS\x06".to_owned()),
    ];
    let mut variants = stage.variants();
    for (name, kind, content) in &markup {
        let send = upload(&stage.alice, name, kind, content.clone().into_bytes());
        variants.check(&format!("{name} as {kind}"), &NOT_ACCEPTED, &[], send).await;
    }
    assert_eq!(files(&stage.alpha), before);

    // The same as a picture of a remote post: fetched when somebody looks, never passed on.
    for (number, (name, _, content)) in markup.iter().enumerate() {
        let file = stage.peer.url(&format!("/files/{number}"));
        for kind in ["image/jpeg", "image/svg+xml", "text/html"] {
            let bytes = content.clone().into_bytes();
            stage.peer.serve(&file, Reply::bytes(200, kind, bytes).header("content-disposition", "inline"));
            let mut note = stage.peer.note(&stage.bob, "<p>look</p>");
            note["attachment"] =
                serde_json::json!([{"type": "Document", "mediaType": "image/jpeg", "url": file}]);
            stage.peer.publish(id(&note), &note);
            let answer = stage.tell(&stage.bob, &stage.peer.create(&stage.bob, &note)).await;
            assert_eq!(answer.status, 202, "{answer:?}");
            let post = stage.alice.sees_at_home(id(&note)).await;
            let attachments = items(&post["media_attachments"]);
            let [attachment] = attachments else { panic!("one picture: {post}") };
            let mut faults = Vec::new();
            for key in ["/url", "/preview_url"] {
                let Some(url) = attachment.pointer(key).and_then(|url| url.as_str()) else { continue };
                let served = ask(&stage.alpha.client(), url).await;
                if served.status < 400 || served.text().contains("alert(") {
                    faults.push(format!("{key}: {served:?}"));
                }
                if served.header("x-content-type-options") != Some("nosniff") {
                    faults.push("no nosniff".to_owned());
                }
                if !served.header("content-security-policy").is_some_and(|csp| csp.contains("sandbox")) {
                    faults.push("no sandbox".to_owned());
                }
            }
            variants.judge(&format!("a remote {name} as {kind}"), &faults);
        }
    }
    // What is served of a real picture with a tail of HTML is redrawn.
    let mut tail = pictures::jpeg(40, 30, 4);
    tail.extend_from_slice(script.as_bytes());
    let shown = upload(&stage.alice, "x.html", "text/html", tail).await.ok();
    let served = ask(&stage.alpha.client(), text(&shown, "/url")).await;
    let mut faults = faults_of(&served);
    if served.text().contains("script") {
        faults.push("the tail is served".to_owned());
    }
    variants.judge("a picture with a tail", &faults);
    eventually("the instance to live", async || ask(&stage.alpha.client(), "/health").await.status == 200)
        .await;
    variants.done();
}
