//! Threats of the category `dos`: texts and lists that are far too long.

use super::raw;
use super::stage::{Stage, fault};
use super::strain::{MIB, SILENCE, SOON, found_nothing, search};
use crate::scenarios::items;
use serde_json::{Value, json};
use std::time::Instant;
use tintype_testkit::peer::{Actor, Reply};

#[tokio::test]
async fn t064_long_properties_are_cut() {
    let stage = Stage::set().await;
    let mut variants = stage.variants();
    let long = "ä".repeat(200_000);
    let mut actor = stage.peer.actor_at("long.localhost", "long");
    actor.document["name"] = json!(long);
    stage.peer.publish_actor(&actor);
    let follow =
        async |actor: &Actor| stage.tell(actor, &stage.peer.follow(actor, &stage.alice.actor())).await;
    let bounded = |value: &Value, most: usize| {
        fault(value.to_string().len() > most, || format!("{} bytes", value.to_string().len()))
    };
    for (number, (name, change)) in [
        ("a name", json!({"name": long})),
        ("a biography", json!({"summary": format!("<p>{long}</p>")})),
        ("a biography of tags", json!({"summary": "<b>".repeat(100_000)})),
        ("fields", json!({"attachment": (0..5_000).map(|n| json!({"type": "PropertyValue", "name": format!("n{n}"), "value": "v".repeat(50)})).collect::<Vec<_>>()})),
        ("a long field", json!({"attachment": [{"type": "PropertyValue", "name": long, "value": long}]})),
        ("other names", json!({"alsoKnownAs": (0..20_000).map(|n| format!("https://x.example/{n}")).collect::<Vec<_>>()})),
        ("emoji", json!({"tag": (0..3_000).map(|n| json!({"type": "Emoji", "name": format!(":e{n}:"), "icon": {"type": "Image", "url": "https://x.example/e.png"}})).collect::<Vec<_>>()})),
        ("a short code", json!({"tag": [{"type": "Emoji", "name": format!(":{}:", "a".repeat(300_000)), "icon": {"type": "Image", "url": "https://x.example/e.png"}}]})),
        ("an address", json!({"url": format!("https://x.example/{}", "x".repeat(300_000))})),
        ("a picture's address", json!({"icon": {"type": "Image", "url": format!("https://x.example/{}", "x".repeat(300_000))}})),
        ("keys", json!({"publicKey": (0..2_000).map(|_| json!({"id": "https://x.example/k", "owner": "https://x.example/", "publicKeyPem": "x"})).collect::<Vec<_>>()})),
    ]
    .into_iter()
    .enumerate()
    {
        let mut actor = stage.peer.actor_at(&format!("w{number}.localhost"), "wordy");
        actor.document.as_object_mut().unwrap().extend(change.as_object().unwrap().clone());
        stage.peer.publish_actor(&actor);
        let answer = follow(&actor).await;
        let mut faults = fault(![202, 400, 401, 403, 422].contains(&answer.status), || format!("{answer:?}"));
        if answer.status == 202 {
            let shown = stage.alice.find_account(&actor.handle()).await;
            faults.extend(bounded(&shown["display_name"], 2_060));
            // 20 KiB are read; what was left open in them is closed again.
            faults.extend(bounded(&shown["note"], 64 << 10));
            faults.extend(bounded(&shown["url"], 3_000));
            faults.extend(bounded(&shown["avatar"], 3_000));
            faults.extend(fault(items(&shown["fields"]).len() > 50, || format!("{} fields", items(&shown["fields"]).len())));
            faults.extend(bounded(&shown, 512 << 10));
        }
        variants.judge(name, &faults);
    }
    for (name, change) in [
        ("a text", json!({"content": format!("<p>{long}</p>")})),
        ("a warning", json!({"summary": long})),
        (
            "an alt text",
            json!({"attachment": [{"type": "Document", "mediaType": "image/jpeg", "url": "https://x.example/x.jpg", "name": long}]}),
        ),
        (
            "attachments",
            json!({"attachment": (0..5_000).map(|n| json!({"type": "Document", "mediaType": "image/jpeg", "url": format!("https://x.example/{n}.jpg")})).collect::<Vec<_>>()}),
        ),
        ("a hashtag", json!({"tag": [{"type": "Hashtag", "name": format!("#{}", "a".repeat(300_000))}]})),
        (
            "a short code",
            json!({"tag": [{"type": "Emoji", "name": format!(":{}:", "a".repeat(300_000)), "icon": {"type": "Image", "url": "https://x.example/e.png"}}]}),
        ),
        (
            "options",
            json!({"type": "Question", "oneOf": (0..8_000).map(|n| json!({"type": "Note", "name": format!("option {n}")})).collect::<Vec<_>>(), "endTime": "2099-01-01T00:00:00Z"}),
        ),
        (
            "an option",
            json!({"type": "Question", "oneOf": [{"type": "Note", "name": long}, {"type": "Note", "name": "b"}]}),
        ),
        (
            "languages",
            json!({"contentMap": (0..10_000).map(|n| (format!("l{n}"), json!("x"))).collect::<serde_json::Map<_, _>>()}),
        ),
        ("a language", json!({"contentMap": {"x".repeat(300_000): "x"}})),
        ("a conversation", json!({"conversation": "x".repeat(300_000), "context": "x".repeat(300_000)})),
        ("an address", json!({"url": format!("https://x.example/{}", "x".repeat(300_000))})),
        (
            "a blurhash",
            json!({"attachment": [{"type": "Document", "mediaType": "image/jpeg", "url": "https://x.example/x.jpg", "blurhash": "L".repeat(300_000), "width": 1e300, "height": -5, "focalPoint": [1e308, -1e308]}]}),
        ),
    ] {
        let mut note = stage.peer.note(&stage.bob, "<p>x</p>");
        note.as_object_mut().unwrap().extend(change.as_object().unwrap().clone());
        let answer = stage.tell(&stage.bob, &stage.peer.create(&stage.bob, &note)).await;
        let mut faults = fault(![202, 400, 413, 422].contains(&answer.status), || format!("{answer:?}"));
        stage.settled().await;
        if let Some(seen) = stage.alice.home().await.into_iter().find(|post| post["uri"] == note["id"]) {
            faults.extend(bounded(&seen["content"], 140 << 10));
            faults.extend(bounded(&seen["spoiler_text"], 11 << 10));
            faults.extend(fault(
                items(&seen["media_attachments"]).len() > 16 || items(&seen["tags"]).len() > 64,
                || "too many".into(),
            ));
            for media in items(&seen["media_attachments"]) {
                faults.extend(bounded(media, 24 << 10));
            }
            faults.extend(
                seen["poll"]["options"]
                    .as_array()
                    .and_then(|options| (options.len() > 500).then(|| format!("{} options", options.len()))),
            );
            faults.extend(bounded(&seen, 512 << 10));
        }
        variants.judge(name, &faults);
    }
    variants.done();
    stage.is_alive().await;
}

#[tokio::test]
async fn t067_long_texts_take_linear_time() {
    let stage = Stage::set().await;
    let mut variants = stage.variants();
    let fill = |part: &str, bytes: usize| part.repeat(bytes / part.len());
    let parts = [
        "<link ",
        "<a ",
        "<a href=",
        "<a href=\"x",
        "< ",
        "<<",
        "@",
        "@a",
        "@a@",
        "a@b.",
        "@a@a.",
        "#",
        "#a#",
        "##",
        "http://",
        "https://a",
        "http://a.",
        "a.a.",
        "(",
        "((http://a(",
        ")",
        "\\",
        "&amp",
        "&#x",
        ":a",
        ":a:b",
        "-",
        "_",
        " ",
        "\t\n",
        "'\"",
        "ſ",
        "İ",
        "𝕳",
        "👩\u{200d}",
        "a\u{301}",
        "<!-",
        "<![",
        "</",
        "<p/><p",
        "=\"",
        "\"'\"'",
    ];
    for part in parts {
        let began = Instant::now();
        // Remote: as large as a body may be. Local: as large as parameters may be, and a search.
        let note = stage.peer.note(&stage.bob, &fill(part, 300 << 10));
        let create = stage.peer.create(&stage.bob, &note);
        let answer = if create.to_string().len() < MIB {
            tokio::time::timeout(SOON, stage.tell(&stage.bob, &create)).await.expect("in time").status
        } else {
            202
        };
        variants.judge(
            &format!("received {part:?}"),
            &fault(![202, 400].contains(&answer), || answer.to_string()),
        );
        for body in [
            json!({"status": fill(part, 4_900)}),
            json!({"status": fill(part, 200 << 10)}),
            json!({"status": "x", "spoiler_text": fill(part, 200 << 10)}),
        ] {
            let answer = tokio::time::timeout(
                SOON,
                stage
                    .alice
                    .request("POST".parse().unwrap(), "/api/v1/statuses")
                    .unchecked()
                    .json(&body)
                    .send(),
            )
            .await
            .expect("in time");
            variants.judge(
                &format!("posted {part:?}"),
                &fault(![200, 413, 422].contains(&answer.status), || format!("{answer:?}")),
            );
        }
        let query = fill(part, 6 << 10);
        let answer = tokio::time::timeout(
            SOON,
            stage
                .alice
                .request("GET".parse().unwrap(), "/api/v2/search")
                .unchecked()
                .query(&[("q", query.as_str())])
                .send(),
        )
        .await
        .expect("in time");
        variants.judge(&format!("searched {part:?}"), &fault(answer.status >= 500, || format!("{answer:?}")));
        // A page to look for links in.
        let url = stage.peer.url(&format!("/pages/{}", part.escape_unicode().to_string().len()));
        stage.peer.serve(&url, Reply::bytes(200, "text/html", fill(part, 900 << 10)));
        variants.judge(&format!("a page of {part:?}"), &found_nothing(&search(&stage, &url).await));
        // And headers.
        let request = format!(
            "GET /users/alice HTTP/1.1\r\nhost: {}\r\nsignature: {}\r\naccept: {}\r\nconnection: close\r\n\r\n",
            stage.alpha.domain(),
            fill("a=\"b\",", 6 << 10),
            fill("a/b;q=", 6 << 10)
        );
        let answer = raw::exchange(&stage.alpha, request.as_bytes(), SILENCE).await;
        variants.judge("headers", &fault(answer.status == 0 || answer.status >= 500, || answer.text.clone()));
        println!("{part:?}: {:?}", began.elapsed());
        assert!(began.elapsed() < 2 * SOON, "{part:?}: {:?}", began.elapsed());
    }
    variants.done();
    stage.is_alive().await;
}
