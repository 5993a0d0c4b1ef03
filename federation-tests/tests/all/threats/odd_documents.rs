//! Threats of the category `dos`: documents and markup that are deep, odd or broken.

use super::stage::{Stage, TAKEN, fault};
use super::strain::{SOON, found_nothing, search};
use crate::scenarios::{ask, id};
use serde_json::{Value, json};
use std::time::Instant;
use tintype_testkit::peer::{Reply, SignOptions};

#[tokio::test]
async fn t065_deep_and_odd_json_is_cheap() {
    let stage = Stage::set().await;
    let mut variants = stage.variants();
    let like = stage.peer.like(&stage.bob, &stage.alice.actor()).to_string();
    let with = |more: &str| format!("{},{more}}}", &like[..like.len() - 1]);
    let deep = |open: &str, close: &str, inner: &str| {
        format!("{}{inner}{}", open.repeat(50_000), close.repeat(50_000))
    };
    let contexts: Vec<String> =
        (0..15_000).map(|number| format!("\"https://c{number}.example/ns\"")).collect();
    let remote = stage.canary.url("/context");
    let malformed: &[u16] = &[400];
    let harmless: &[u16] = &[202, 400, 401, 403, 404, 422];
    let bodies: Vec<(&str, String, &[u16])> = vec![
        ("50,000 arrays", deep("[", "]", ""), malformed),
        ("50,000 arrays in a field", with(&format!("\"x\":{}", deep("[", "]", "1"))), malformed),
        ("50,000 objects", deep("{\"a\":", "}", "1"), malformed),
        ("unclosed arrays", "[".repeat(500_000), malformed),
        ("unclosed objects", "{\"a\":".repeat(100_000), malformed),
        ("15,000 contexts", with(&format!("\"@context\":[{}]", contexts.join(","))), harmless),
        (
            "a context to fetch",
            with(&format!("\"@context\":[\"{remote}\",{{\"@import\":\"{remote}\"}}]")),
            harmless,
        ),
        (
            "contexts in contexts",
            with(&format!(
                "\"@context\":{}",
                (0..30).fold("1".to_owned(), |inner, _| format!("{{\"@context\":[{inner},\"{remote}\"]}}"))
            )),
            harmless,
        ),
        ("a large number", with("\"n\":1e999999"), harmless),
        ("a number of 100,000 digits", with(&format!("\"n\":{}", "9".repeat(100_000))), harmless),
        ("numbers for texts", like.replace("\"Like\"", "123456789012345678901234567890"), malformed),
        (
            "100,000 keys",
            with(&(0..60_000).map(|number| format!("\"k{number}\":0")).collect::<Vec<_>>().join(",")),
            harmless,
        ),
        ("half a surrogate", with("\"x\":\"\\ud800\""), harmless),
        ("NUL", with("\"x\":\"\\u0000\""), harmless),
        ("not UTF-8", with("\"x\":\"REPLACE\""), malformed),
        ("a BOM", format!("\u{feff}{like}"), malformed),
        ("two documents", format!("{like}{like}"), malformed),
        ("a comment", format!("/* x */{like}"), malformed),
        ("nothing", String::new(), malformed),
        ("null", "null".to_owned(), malformed),
    ];
    for (name, body, allowed) in bodies {
        let bytes = if name == "not UTF-8" {
            body.replace("REPLACE", "\u{1}")
                .into_bytes()
                .into_iter()
                .map(|byte| if byte == 1 { 0xFF } else { byte })
                .collect()
        } else {
            body.into_bytes()
        };
        let began = Instant::now();
        let inbox = stage.inbox();
        let options = SignOptions::default();
        let send = async {
            stage
                .peer
                .try_deliver_bytes(&stage.bob, &inbox, bytes.clone(), &options)
                .await
                .expect("an answer")
        };
        variants
            .check(name, allowed, TAKEN, async { tokio::time::timeout(SOON, send).await.expect("in time") })
            .await;
        assert!(began.elapsed() < 2 * SOON);
        // The API reads with the same care.
        for path in ["/api/v1/statuses", "/api/v1/apps", "/oauth/token"] {
            let answer = tokio::time::timeout(
                SOON,
                stage
                    .alice
                    .request("POST".parse().unwrap(), path)
                    .unchecked()
                    .body("application/json", bytes.clone())
                    .send(),
            )
            .await
            .expect("in time");
            variants.judge(
                &format!("{name} to {path}"),
                &fault(![400, 401, 413, 415, 422].contains(&answer.status), || format!("{answer:?}")),
            );
        }
    }
    // Nested parameters, and very many of them.
    for (name, body) in [
        ("nested", format!("a{}=1", "[b]".repeat(20_000))),
        ("many", "a[]=1&".repeat(100_000)),
        ("deep and many", "a[b][c][d][e]=1&".repeat(30_000)),
    ] {
        for path in ["/api/v1/statuses", "/api/v1/apps"] {
            let answer = tokio::time::timeout(
                SOON,
                stage
                    .alice
                    .request("POST".parse().unwrap(), path)
                    .unchecked()
                    .body("application/x-www-form-urlencoded", body.clone().into_bytes())
                    .send(),
            )
            .await
            .expect("in time");
            variants.judge(
                &format!("{name} to {path}"),
                &fault(![400, 413, 422].contains(&answer.status), || format!("{answer:?}")),
            );
        }
    }
    // A key that is there twice means one thing to all: the actor who is checked is the actor who acts.
    for twice in [
        format!("{{\"actor\":\"{}\",{}", stage.mallory.id, &like[1..]),
        format!("{},\"actor\":\"{}\"}}", &like[..like.len() - 1], stage.mallory.id),
    ] {
        let before = stage.rows(TAKEN).await;
        let answer = stage
            .peer
            .try_deliver_bytes(&stage.bob, &stage.inbox(), twice.into_bytes(), &SignOptions::default())
            .await
            .unwrap();
        stage.settled().await;
        let mut faults = fault(![202, 400, 401, 403, 404].contains(&answer.status), || format!("{answer:?}"));
        faults.extend(tintype_testkit::rows::differences(&before, &stage.rows(TAKEN).await));
        variants.judge("a key that is there twice", &faults);
    }
    // The same as a document that we ask for.
    for (name, body) in [
        ("deep", deep("[", "]", "")),
        ("deep inside", format!("{{\"id\":\"x\",\"x\":{}}}", deep("{\"a\":", "}", "1"))),
    ] {
        let url = stage.peer.url(&format!("/deep/{}", name.len()));
        stage.peer.serve(&url, Reply::bytes(200, "application/activity+json", body));
        variants.judge(&format!("fetched: {name}"), &found_nothing(&search(&stage, &url).await));
    }
    stage.assert_untouched().await;
    variants.done();
    stage.is_alive().await;
}

#[tokio::test]
async fn t066_one_bad_post_breaks_no_list() {
    let stage = Stage::set().await;
    let mut variants = stage.variants();
    let texts = [
        "<b>".repeat(30_000),
        "<p><blockquote>".repeat(8_000),
        "<ul><li>".repeat(8_000),
        format!("{}x", "<span class=\"mention\">".repeat(4_000)),
        "<math><mrow><annotation-xml><math></math>".repeat(500),
        "<math alttext=\"\u{fffd}\"><semantics></math>".to_owned(),
        "<table><tr><td><table>".repeat(3_000),
        "<svg><foreignObject><p><svg>".repeat(2_000),
        "<![CDATA[".repeat(5_000),
        "<!--".repeat(10_000),
        "&#x110000;&#0;&#xD800;&#99999999999999;&amp".repeat(500),
        "&".repeat(50_000),
        "</p>".repeat(20_000),
        "<a href=\"http://[\">x</a><a href=\"http://a:99999/\">x</a><a href=\"http://\u{0}/\">x</a>"
            .to_owned(),
        "\u{202e}\u{fdfd}\u{0}\u{feff}\u{ffff}".repeat(2_000),
        format!("e{}", "\u{301}".repeat(50_000)),
        "<plaintext>x".to_owned(),
        "<template><template>".repeat(3_000),
        "<select><option>".repeat(3_000),
        "<frameset><frame>".to_owned(),
        String::new(),
    ];
    for (number, html) in texts.iter().enumerate() {
        let post = stage.alice.say(&format!("post {number}")).await;
        for in_reply_to in [Value::Null, post["uri"].clone()] {
            let mut note = stage.peer.note(&stage.bob, html);
            note["inReplyTo"] = in_reply_to;
            note["summary"] = json!(html.chars().take(5_000).collect::<String>());
            note["tag"] = json!([{"type": "Mention", "href": stage.alice.actor(), "name": "@alice"}]);
            stage.peer.publish(id(&note), &note);
            let answer = stage.tell(&stage.bob, &stage.peer.create(&stage.bob, &note)).await;
            variants.judge(
                &format!("post {number}"),
                &fault(![202, 400, 422].contains(&answer.status), || format!("{answer:?}")),
            );
        }
        let mut actor = stage.peer.actor_at(&format!("b{number}.localhost"), "bad");
        actor.document["summary"] = json!(html.chars().take(15_000).collect::<String>());
        stage.peer.publish_actor(&actor);
        let answer = stage.tell(&actor, &stage.peer.follow(&actor, &stage.alice.actor())).await;
        variants.judge(&format!("an actor {number}"), &fault(answer.status >= 500, || format!("{answer:?}")));
        stage.settled().await;
        // Everybody who would come across it still sees everything.
        for path in [
            "/api/v1/timelines/home?limit=40",
            "/api/v1/notifications?limit=80",
            "/api/v1/timelines/public?limit=40",
            &format!("/api/v1/statuses/{}/context", id(&post)),
            &format!("/api/v1/accounts/{}/followers", stage.alice.id),
        ] {
            let answer = tokio::time::timeout(SOON, stage.alice.request("GET".parse().unwrap(), path).send())
                .await
                .expect("in time");
            variants
                .judge(&format!("{number}: {path}"), &fault(answer.status != 200, || format!("{answer:?}")));
        }
        for path in ["/@alice", &format!("/@alice/{}", id(&post)), "/"] {
            let answer = tokio::time::timeout(SOON, ask(&stage.alpha.client(), path)).await.expect("in time");
            let whole = answer.text().trim_end().ends_with("</html>");
            variants.judge(
                &format!("{number}: {path}"),
                &fault(answer.status != 200 || !whole, || format!("{}", answer.status)),
            );
        }
    }
    variants.done();
    assert!(!stage.alpha.log().contains("panicked"), "{}", stage.alpha.log());
}
