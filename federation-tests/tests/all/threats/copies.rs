//! Threats of the category `dos`: our copies of pictures from elsewhere, which are no proxy for anything else.

use super::stage::{Stage, fault};
use super::strain::{SOON, asked};
use crate::scenarios::{ask, eventually, id, text};
use serde_json::{Value, json};
use std::time::Duration;
use tintype_testkit::peer::Reply;

#[tokio::test]
async fn t107_our_copies_are_of_known_pictures_alone() {
    let stage = Stage::set().await;
    let mut variants = stage.variants();
    let client = stage.alpha.client();
    // Anything else than a picture that we were told of has no address here.
    let canary = stage.canary.url("/x.jpg");
    let encoded: String = url::form_urlencoded::byte_serialize(canary.as_bytes()).collect();
    for path in [
        format!("/media/remote?url={encoded}"),
        format!("/media/remote/{encoded}"),
        format!("/media/remote/1/{encoded}"),
        format!("/media/remote/1/x?url={encoded}"),
        format!("/proxy?url={encoded}"),
        format!("/proxy/{encoded}"),
        format!("/media/{encoded}"),
        format!("/media_proxy/{encoded}"),
        format!("/media/avatars/{encoded}"),
        "/media/remote/1/00000000000000000000000000000000".to_owned(),
        "/media/avatars/1".to_owned(),
        format!("/url?url={encoded}"),
        format!("/api/v1/preview?url={encoded}"),
    ] {
        let answer = client.request("GET".parse().unwrap(), &path).unchecked().send().await;
        variants.judge(&path, &fault(![400, 404, 422].contains(&answer.status), || format!("{answer:?}")));
    }
    // A picture that lies with ourselves, or leads back to us, is not fetched: not once, and not round and round.
    let own = stage.alice.upload(tintype_testkit::pictures::jpeg(40, 30, 1), "own").await;
    let back = stage.peer.url("/back.jpg");
    let first = stage.peer.url("/first.jpg");
    stage.peer.serve(&first, Reply::redirect(&back));
    stage.peer.serve(&back, Reply::redirect(&first));
    let mut urls = vec![
        text(&own, "/url").to_owned(),
        stage.alpha.url("/media/avatars/1"),
        stage.alpha.url("/media/remote/1/00000000000000000000000000000000"),
        stage.alpha.url("/health"),
        stage.alpha.url("/api/v2/instance"),
        format!("http://127.0.0.1:{}/health", stage.alpha.port()),
        format!("http://alpha.example.:{}/health", stage.alpha.port()),
        canary,
        first,
    ];
    let log_before = stage.alpha.log().len();
    for _ in 0..2 {
        let mut last = None;
        for url in &urls {
            let mut note = stage.peer.note(&stage.bob, "<p>look</p>");
            note["attachment"] = json!([{"type": "Document", "mediaType": "image/jpeg", "url": url}]);
            let answer = stage.tell(&stage.bob, &stage.peer.create(&stage.bob, &note)).await;
            assert_eq!(answer.status, 202, "{answer:?}");
            let seen = stage.alice.sees_at_home(id(&note)).await;
            let Some(shown) = seen.pointer("/media_attachments/0/url").and_then(Value::as_str) else {
                continue;
            };
            let served = tokio::time::timeout(SOON, ask(&client, shown)).await.expect("in time");
            variants.judge(
                &format!("{url} by {shown}"),
                &fault(served.status < 400, || format!("{}", served.status)),
            );
            last = Some(shown.to_owned());
        }
        // The next round: a picture whose address is that of our copy of a picture whose address is ours.
        urls = last.into_iter().collect();
    }
    assert!(stage.alpha.log().len() - log_before < 200_000, "no storm in the log");
    // One that is real is fetched once, however many look at once.
    let file = stage.peer.url("/real.jpg");
    stage.peer.serve(
        &file,
        Reply::bytes(200, "image/jpeg", tintype_testkit::pictures::jpeg(60, 40, 2))
            .after(Duration::from_millis(300)),
    );
    let mut note = stage.peer.note(&stage.bob, "<p>look</p>");
    note["attachment"] = json!([{"type": "Document", "mediaType": "image/jpeg", "url": file}]);
    stage.tell(&stage.bob, &stage.peer.create(&stage.bob, &note)).await;
    let seen = stage.alice.sees_at_home(id(&note)).await;
    let shown = text(&seen, "/media_attachments/0/url").to_owned();
    let crowd = futures::future::join_all((0..20).map(|_| ask(&client, &shown))).await;
    variants.judge(
        "a crowd",
        &fault(crowd.iter().any(|answer| ![200, 503].contains(&answer.status)), || {
            format!("{:?}", crowd.iter().map(|answer| answer.status).collect::<Vec<_>>())
        }),
    );
    let fetches = asked(&stage, |request| request.path == "/real.jpg");
    variants.judge("fetches for a crowd", &fault(fetches > 20, || format!("{fetches}")));
    eventually("our copy is there", async || ask(&client, &shown).await.status == 200).await;
    let fetches = asked(&stage, |request| request.path == "/real.jpg");
    for _ in 0..5 {
        assert_eq!(ask(&client, &shown).await.status, 200);
    }
    variants.judge(
        "fetches afterwards",
        &fault(asked(&stage, |request| request.path == "/real.jpg") != fetches, || "again".into()),
    );
    // Its address is nobody's to guess: another mark, or another number, is no picture.
    let (base, mark) =
        shown.split_once('?').map_or(shown.as_str(), |(base, _)| base).rsplit_once('/').unwrap();
    for other in [
        format!("{base}/{}", "0".repeat(mark.len())),
        format!("{base}/"),
        base.to_owned(),
        format!("{base}/{}x", &mark[..mark.len() - 1]),
    ] {
        let answer = ask(&client, &other).await;
        variants.judge(&other, &fault(answer.status != 404, || format!("{answer:?}")));
    }
    stage.assert_untouched().await;
    variants.done();
}
