//! Writing: statuses, pictures, favourites, reblogs.

use crate::scenarios::{ask, each, has, id, is_gone, items, text, uri};
use serde_json::{Value, json};
use tintype_testkit::client::multipart::{Form, Part};
use tintype_testkit::pictures::{self, Exif};
use tintype_testkit::{Client, Instance};

pub async fn statuses_are_posted_and_deleted(instance: &Instance) {
    let paul = instance.person("paul").await;
    let posted = paul
        .post_status(json!({
            "status": "Hello @paul and @nobody, see #Plates: https://example.org/one?two=3&four",
            "spoiler_text": "greetings", "language": "en", "visibility": "unlisted",
        }))
        .await;
    assert_eq!(text(&posted, "/uri"), format!("{}/statuses/{}", paul.actor(), id(&posted)));
    assert_eq!(text(&posted, "/url"), instance.url(&format!("/@paul/{}", id(&posted))));
    assert_eq!(text(&posted, "/account/acct"), "paul");
    assert_eq!(each(items(&posted["mentions"]), "/acct"), ["paul"]);
    assert_eq!(posted["sensitive"], true, "a content warning hides");
    for (key, value) in [
        ("visibility", json!("unlisted")),
        ("spoiler_text", json!("greetings")),
        ("language", json!("en")),
        ("favourited", json!(false)),
        ("reblogged", json!(false)),
        ("replies_count", json!(0)),
        ("edited_at", Value::Null),
    ] {
        assert_eq!(posted[key], value, "{key}");
    }
    assert!(
        text(&posted, "/content").contains("href=\"https://example.org/one?two=3&amp;four\""),
        "{posted}"
    );
    assert_eq!(paul.status(id(&posted)).await, posted, "read again, it is the same");
    let anonymous = paul.anonymous().status(id(&posted)).await;
    assert!(anonymous.get("favourited").is_none(), "only for people who are signed in");

    let server = paul.get("/api/v2/instance").await;
    let most = server.pointer("/configuration/statuses/max_characters").and_then(Value::as_u64).unwrap();
    let most = usize::try_from(most).unwrap();
    for (body, why) in [
        (json!({"status": ""}), "nothing"),
        (json!({"status": "  \n "}), "blank"),
        (json!({}), "nothing at all"),
        (json!({"status": "x".repeat(most + 1)}), "too long"),
        (json!({"status": "x", "visibility": "secret"}), "an unknown visibility"),
        (json!({"status": "x", "media_ids": ["1"]}), "somebody else's picture"),
    ] {
        let answer = paul.request("POST".parse().unwrap(), "/api/v1/statuses").json(&body).send().await;
        assert_eq!(answer.status, 422, "{why}: {answer:?}");
    }
    let answer = json!({"status": "x", "in_reply_to_id": "1"});
    let answer = paul.request("POST".parse().unwrap(), "/api/v1/statuses").json(&answer).send().await;
    assert_eq!(answer.status, 404, "{answer:?}");
    // Links count 23 characters, however long they are.
    let long = format!("{} https://example.org/{}", "x".repeat(most - 24), "y".repeat(200));
    paul.say(&long).await;

    let eve = instance.person("evelyn").await;
    let path = format!("/api/v1/statuses/{}", id(&posted));
    assert_eq!(eve.request("DELETE".parse().unwrap(), &path).send().await.status, 404, "not hers");
    let deleted = paul.delete_status(id(&posted)).await;
    assert_eq!(deleted["text"], "Hello @paul and @nobody, see #Plates: https://example.org/one?two=3&four");
    is_gone(&paul, id(&posted)).await;
    assert_eq!(paul.request("DELETE".parse().unwrap(), &path).send().await.status, 404);
}

async fn upload(client: &Client, path: &str, file: Vec<u8>, more: &[(&'static str, &'static str)]) -> Value {
    let file = Part::bytes(file).file_name("picture").mime_str("application/octet-stream").unwrap();
    let form = more.iter().fold(Form::new(), |form, (name, value)| form.text(*name, *value));
    client.post_multipart(path, form.part("file", file)).await
}

pub async fn pictures_are_uploaded(instance: &Instance) {
    let pia = instance.person("pia").await;
    let exif = Exif { orientation: 8, gps: Some((-33.86, 151.21)) };
    let photo = pictures::jpeg_with_exif(400, 240, 3, exif);
    let first =
        upload(&pia, "/api/v2/media", photo, &[("description", "a bay"), ("focus", "-0.5,0.25")]).await;
    assert_eq!((&first["type"], &first["description"]), (&json!("image"), &json!("a bay")));
    assert_eq!(first["meta"]["original"]["width"], 240, "turned upright: {first}");
    assert_eq!(first["meta"]["original"]["height"], 400);
    assert_eq!(first["meta"]["focus"], json!({"x": -0.5, "y": 0.25}));
    assert_eq!(first["remote_url"], Value::Null);
    for key in ["/url", "/preview_url"] {
        let url = text(&first, key);
        assert!(url.starts_with(&instance.url("/media/")), "{url}");
        let answer = ask(&instance.client(), url).await;
        assert_eq!((answer.status, answer.header("content-type")), (200, Some("image/jpeg")), "{url}");
        assert_eq!(answer.header("access-control-allow-origin"), Some("*"), "{url}");
        assert_eq!(answer.header("x-content-type-options"), Some("nosniff"), "{url}");
        assert!(!answer.body.windows(4).any(|four| four == b"Exif"), "{url} has EXIF");
    }

    // What the sender calls it does not matter, what it is does. The old path serves Elk.
    let second = upload(&pia, "/api/v1/media", pictures::png(60, 40, 4), &[]).await;
    assert_eq!((&second["type"], &second["description"]), (&json!("image"), &Value::Null));
    let path = format!("/api/v1/media/{}", id(&second));
    let described = pia.put(&path, json!({"description": "a tile", "focus": "0.0,1.0"})).await;
    assert_eq!(described["description"], "a tile");
    assert_eq!(pia.get(&path).await["meta"]["focus"], json!({"x": 0.0, "y": 1.0}));

    // Not anybody else's, to look at, describe or post.
    let pete = instance.person("pete").await;
    assert_eq!(ask(&pete, &path).await.status, 404);
    let stolen = json!({"status": "mine", "media_ids": [id(&second)]});
    let stolen = pete.request("POST".parse().unwrap(), "/api/v1/statuses").json(&stolen).send().await;
    assert_eq!(stolen.status, 422);

    // A picture needs no words. In the order of the post, not of the upload.
    let post = json!({"media_ids": [id(&second), id(&first)], "sensitive": true});
    let post = pia.post_status(post).await;
    assert_eq!(each(items(&post["media_attachments"]), "/id"), [id(&second), id(&first)]);
    assert_eq!((text(&post, "/content"), &post["sensitive"]), ("", &json!(true)));
    // Now they belong to the post.
    assert_eq!(ask(&pia, &path).await.status, 404);
    let twice = json!({"status": "again", "media_ids": [id(&first)]});
    let twice = pia.request("POST".parse().unwrap(), "/api/v1/statuses").json(&twice).send().await;
    assert_eq!(twice.status, 422);
    // Deleted with their post they are free again: delete and redraft.
    let deleted = pia.delete_status(id(&post)).await;
    assert_eq!(items(&deleted["media_attachments"]).len(), 2);
    let again = pia.post_status(json!({"status": "redrafted", "media_ids": [id(&first)]})).await;
    assert_eq!(text(&again, "/media_attachments/0/description"), "a bay");

    let mut five = Vec::new();
    for seed in 0..5 {
        five.push(pia.upload(pictures::jpeg(16, 16, seed), "one of five").await["id"].clone());
    }
    let limit = instance.client().get("/api/v2/instance").await;
    let most = limit["configuration"]["statuses"]["max_media_attachments"].as_u64().unwrap();
    let request = pia.request("POST".parse().unwrap(), "/api/v1/statuses");
    let answer = request.json(&json!({"status": "many", "media_ids": five})).send().await;
    assert_eq!(answer.status, if most < 5 { 422 } else { 200 }, "{answer:?}");
}

pub async fn a_picture_that_is_none_is_refused(instance: &Instance) {
    let rob = instance.person("rob").await;
    let half = pictures::jpeg(200, 200, 1);
    let half = half[..half.len() / 2].to_vec();
    let cases: [(&str, Vec<u8>); 5] = [
        ("text", b"This is not a picture.".to_vec()),
        ("HTML", b"<!doctype html><script>alert(1)</script>".to_vec()),
        ("SVG", b"<svg xmlns=\"http://www.w3.org/2000/svg\"/>".to_vec()),
        ("nothing", Vec::new()),
        ("half a JPEG's head", half[..20].to_vec()),
    ];
    for (what, bytes) in cases {
        let file = Part::bytes(bytes).file_name("photo.jpg").mime_str("image/jpeg").unwrap();
        let request = rob.request("POST".parse().unwrap(), "/api/v2/media");
        let answer = request.multipart(Form::new().part("file", file)).send().await;
        let error = answer.expect(422);
        assert!(!text(&error, "/error").is_empty(), "{what}");
    }
    for (body, status) in [(Form::new().text("description", "no file"), 422), (Form::new(), 422)] {
        let answer = rob.request("POST".parse().unwrap(), "/api/v2/media").multipart(body).send().await;
        assert!(answer.status == status || answer.status == 400, "{answer:?}");
    }
}

pub async fn favourites_and_reblogs_are_marked(instance: &Instance) {
    let (fay, gus) = (instance.person("fay").await, instance.person("gus").await);
    let post = fay.say("mark me").await;
    for (on, off, flag, count, list) in [
        ("favourite", "unfavourite", "favourited", "favourites_count", "favourited_by"),
        ("reblog", "unreblog", "reblogged", "reblogs_count", "reblogged_by"),
    ] {
        let act =
            async |verb: &str| gus.post(&format!("/api/v1/statuses/{}/{verb}", id(&post)), json!({})).await;
        let first = act(on).await;
        let second = act(on).await;
        assert_eq!(first["id"], second["id"], "{on}");
        let now = gus.status(id(&post)).await;
        assert_eq!((&now[flag], &now[count]), (&json!(true), &json!(1)), "{on}");
        assert_eq!(fay.status(id(&post)).await[flag], false, "{on}");
        let by = fay.get(&format!("/api/v1/statuses/{}/{list}", id(&post))).await;
        assert_eq!(each(items(&by), "/acct"), ["gus"], "{on}");
        for _ in 0..2 {
            let undone = act(off).await;
            assert_eq!(
                (undone["id"].as_str(), &undone[flag], &undone[count]),
                (Some(id(&post)), &json!(false), &json!(0))
            );
        }
    }
    // Followers-only posts are boosted by their author alone, direct ones by nobody.
    let private = fay.post_status(json!({"status": "for followers", "visibility": "private"})).await;
    gus.follow("fay").await;
    let reblog = format!("/api/v1/statuses/{}/reblog", id(&private));
    let refused = gus.request("POST".parse().unwrap(), &reblog).send().await;
    assert!([403, 404, 422].contains(&refused.status), "{refused:?}");
    assert_eq!(fay.reblog(id(&private)).await["visibility"], "private");
    let direct = fay.post_status(json!({"status": "@gus psst", "visibility": "direct"})).await;
    let reblog = format!("/api/v1/statuses/{}/reblog", id(&direct));
    let refused = fay.request("POST".parse().unwrap(), &reblog).send().await;
    assert!([403, 404, 422].contains(&refused.status), "{refused:?}");
    assert!(has(&fay.home().await, uri(&private)));
}
