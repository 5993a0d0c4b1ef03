//! Uploads, and the files that they become.

use axum::{
    body::{Body, to_bytes},
    http::{Request, header},
};
use serde_json::{Value, json};
use tintype_testkit::pictures::{self, Exif};
use tower::ServiceExt;

use super::{Answer, Given, Sent, Somebody, given, id_of};

async fn upload(
    given: &Given,
    who: &Somebody,
    path: &str,
    texts: &[(&'static str, &str)],
    file: Vec<u8>,
) -> Answer {
    let texts = texts.iter().map(|(name, value)| (*name, (*value).to_owned())).collect();
    given.ask(&who.token, "POST", path, Sent::Parts(texts, vec![("file", file)])).await
}

async fn fetch(given: &Given, path: &str) -> axum::response::Response {
    let request = Request::get(path).body(Body::empty()).unwrap();
    given.router.clone().oneshot(request).await.unwrap()
}

fn path_of(url: &Value) -> &str {
    url.as_str().unwrap().strip_prefix("https://photos.example").unwrap()
}

#[tokio::test]
async fn a_picture_is_uploaded_described_and_served() {
    let given = given().await;
    let (alice, bob) = (given.member("alice").await, given.member("bob").await);
    for path in ["/api/v2/media", "/api/v1/media"] {
        let photo = pictures::jpeg_with_exif(1200, 900, 7, Exif { orientation: 6, gps: Some((48.1, 11.5)) });
        let texts = [("description", "A sea"), ("focus", "0.5,-0.25")];
        let media = upload(&given, &alice, path, &texts, photo).await.ok();
        assert_eq!((&media["type"], &media["description"]), (&json!("image"), &json!("A sea")));
        assert_eq!(
            (&media["meta"]["original"]["width"], &media["meta"]["original"]["height"]),
            (&json!(900), &json!(1200))
        );
        assert_eq!(media["meta"]["original"]["size"], "900x1200");
        assert_eq!(media["meta"]["focus"], json!({ "x": 0.5, "y": -0.25 }));
        assert!(media["blurhash"].is_string() && media["remote_url"].is_null());

        let own = format!("/api/v1/media/{}", id_of(&media));
        assert_eq!(given.get(&bob.token, &own).await.error().0, 404, "others' uploads aren't there");
        let changed =
            given.ask(&alice.token, "PUT", &own, Sent::Json(json!({ "description": "A lake" }))).await.ok();
        assert_eq!(
            (&changed["description"], &changed["meta"]["focus"]["x"]),
            (&json!("A lake"), &json!(0.5))
        );

        let none = Sent::Json(json!({ "description": "" }));
        let cleared = given.ask(&alice.token, "PUT", &own, none).await.ok();
        assert_eq!(cleared["description"], json!(null), "an empty text clears");
        let lake = Sent::Form("description=A+lake");
        given.ask(&alice.token, "PUT", &own, lake).await.ok();

        for url in [&media["url"], &media["preview_url"]] {
            let response = fetch(&given, path_of(url)).await;
            assert_eq!(response.status(), 200, "{url}");
            let headers = response.headers();
            assert_eq!(headers[header::CONTENT_TYPE], "image/jpeg");
            assert_eq!(headers[header::X_CONTENT_TYPE_OPTIONS], "nosniff");
            assert_eq!(headers[header::CONTENT_SECURITY_POLICY], "default-src 'none'; sandbox");
            assert_eq!(headers[header::CACHE_CONTROL], "public, max-age=31536000, immutable");
            assert_eq!(headers[header::ACCESS_CONTROL_ALLOW_ORIGIN], "*");
            let bytes = to_bytes(response.into_body(), 10_000_000).await.unwrap();
            assert!(bytes.starts_with(b"\xff\xd8\xff") && !bytes.windows(4).any(|w| w == b"Exif"));
        }
        let status = given.publish(&alice, json!({ "media_ids": [id_of(&media)] })).await;
        assert_eq!(status["media_attachments"][0]["description"], "A lake");
        assert_eq!(given.get(&alice.token, &own).await.error().0, 404, "posted, it is the post's");
    }
}

#[tokio::test]
async fn only_pictures_are_taken() {
    let given = given().await;
    let alice = given.member("alice").await;
    let not =
        "Validation failed: This file is not a picture we can read. Please send a JPEG, PNG, WebP or GIF.";
    for path in ["/api/v2/media", "/api/v1/media"] {
        for bytes in [b"<!DOCTYPE html><script>".to_vec(), b"GIF88a".to_vec()] {
            assert_eq!(upload(&given, &alice, path, &[], bytes).await.error(), (422, not));
        }
        let large = vec![0xff; (2 << 20) + 1];
        assert_eq!(upload(&given, &alice, path, &[], large).await.status, 422);
        let larger = vec![0xff; 4 << 20];
        assert_eq!(
            upload(&given, &alice, path, &[], larger).await.error(),
            (413, "The request body is too large")
        );
        let none = given.ask(&alice.token, "POST", path, Sent::Json(json!({ "description": "x" }))).await;
        assert_eq!(none.error(), (422, "Validation failed: File can't be blank"));
    }
    let long = "x".repeat(1501);
    let texts = [("description", &*long)];
    assert_eq!(upload(&given, &alice, "/api/v2/media", &texts, pictures::jpeg(8, 8, 1)).await.status, 422);
}

#[tokio::test]
async fn what_is_no_file_is_not_found() {
    let given = given().await;
    let alice = given.member("alice").await;
    let media = given.upload(&alice).await;
    let local = format!("/media/remote/{}", id_of(&media));
    let avatar = format!("/media/avatars/{}", alice.id);
    for path in [
        "/media/00/00/00.jpg",
        "/media/../tintype.db",
        "/media/%2e%2e/tintype.db",
        "/media/..%2ftintype.db",
        "/media/remote/9",
        "/media/remote/x",
        "/media/avatars/9",
        "/media/headers/9",
        &local,
        &avatar,
    ] {
        let response = fetch(&given, path).await;
        assert_eq!(response.status(), 404, "{path}");
        assert_eq!(response.headers()[header::X_CONTENT_TYPE_OPTIONS], "nosniff", "{path}");
        assert!(!response.headers().contains_key(header::CACHE_CONTROL), "{path}");
    }
}
