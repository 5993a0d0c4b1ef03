//! Reports: told to others by the instance, and taken from them.

use serde_json::{Value, json};
use tintype_model::{Page, Visibility};
use tintype_service::{
    domains::{self, DomainOptions},
    reports::{self, NewReport, ReportView},
};
use tintype_testkit::peer::{SignOptions, verify};

use crate::given::{Here, Stage, draft, list, posts, told, with};

async fn all(here: &Here) -> Vec<ReportView> {
    reports::list(&here.ctx, false, &Page::newest(100)).await.unwrap()
}

#[tokio::test]
async fn a_report_is_told_by_the_instance() {
    let Stage { here, peer, alice, bob } = Stage::set().await;
    let known = here.befriend(&alice, &peer, &bob).await;
    let note = peer.note(&bob, "<p>spam</p>");
    assert_eq!(peer.tell(&bob, &alice.uri, &peer.create(&bob, &note)).await.status, 202);
    let status = here.status_of(note["id"].as_str().unwrap()).await.unwrap();
    let before = posts(&peer).len();
    for forward in [false, true] {
        let new = NewReport {
            account: Some(known.id),
            statuses: vec![status.id],
            comment: "spam".to_owned(),
            forward,
            ..NewReport::default()
        };
        reports::create(&here.ctx, alice.id, new).await.unwrap();
        here.work().await;
    }
    assert_eq!(posts(&peer).len(), before + 1);
    let flag = told(&peer, "Flag").pop().unwrap();
    let instance = here.account_of(&here.url("/actor")).await.unwrap();
    verify(&flag, instance.public_key_pem.as_deref().unwrap()).unwrap();
    let body = flag.json();
    assert_eq!((&body["actor"], &body["content"]), (&json!(instance.uri), &json!("spam")));
    assert_eq!(list(&body["object"]), [bob.id.as_str(), status.uri.as_str()]);
    assert_eq!(list(&body["to"]), [bob.id.as_str()]);
    assert_eq!(format!("http://{}{}", flag.host, flag.path), bob.inbox);
    let said = String::from_utf8_lossy(&flag.body).into_owned() + &format!("{:?}", flag.headers);
    assert!(!said.contains("alice") || !said.contains("users/alice"), "nobody learns by whom: {said}");
}

#[tokio::test]
async fn reports_are_taken_in_every_form() {
    let Stage { here, peer, alice, bob } = Stage::set().await;
    let carl = here.person("carl").await;
    let server = peer.actor_at("far.localhost", "instance");
    let hers = here.post(&alice, draft("one", Visibility::Public)).await;
    let his = here.post(&carl, draft("two", Visibility::Public)).await;
    let page = hers.url.clone();
    let flag = |object: Value, content: &str| {
        with(peer.activity(&server, "Flag", &object), "content", json!(content))
    };
    let note = peer.note(&bob, "<p>x</p>")["id"].clone();
    let cases = [
        ("an actor", flag(json!(alice.uri), "bad"), Some(0)),
        ("a list", flag(json!([alice.uri, hers.uri]), "bad"), Some(1)),
        (
            "others among them",
            flag(json!([bob.id, his.uri, alice.uri, hers.uri, note, 7, null]), "bad"),
            Some(1),
        ),
        ("a post alone", flag(json!(hers.uri), "bad"), Some(1)),
        ("posts in the comment", flag(json!(alice.uri), &format!("Look: {}. And {page}", his.uri)), Some(1)),
        ("all in the comment", flag(json!([bob.id]), &format!("<p>({page})</p>")), Some(1)),
        (
            "objects",
            flag(json!([{"type": "Person", "id": alice.uri}, {"type": "Note", "id": hers.uri}]), "bad"),
            Some(1),
        ),
        ("nobody of ours", flag(json!([bob.id, note]), "bad"), None),
        ("nobody at all", flag(json!(here.url("/users/nobody")), "bad"), None),
        ("the instance", flag(json!(here.url("/actor")), "bad"), None),
    ];
    for (case, activity, expected) in cases {
        let before = all(&here).await.len();
        assert_eq!(
            peer.deliver(&server, &here.url("/inbox"), &activity, &SignOptions::default()).await.status,
            202,
            "{case}"
        );
        let after = all(&here).await;
        assert_eq!(after.len() - before, usize::from(expected.is_some()), "{case}");
        if let Some(statuses) = expected {
            let report = &after[0];
            assert_eq!((report.target.id, report.by.uri.as_str()), (alice.id, server.id.as_str()), "{case}");
            assert_eq!(report.statuses.len(), statuses, "{case}: only hers");
            assert!(report.statuses.iter().all(|status| status.id == hers.id), "{case}");
        }
    }
    here.work().await;
    assert_eq!(peer.count(|r| r.path.contains("/statuses/")), 0, "nothing is fetched for it");
}

#[tokio::test]
async fn reports_that_nobody_wants_have_no_effect() {
    let Stage { here, peer, alice, bob } = Stage::set().await;
    let flag = || peer.activity(&bob, "Flag", &json!(alice.uri));
    let options = DomainOptions { reject_reports: true, ..DomainOptions::default() };
    domains::allow(&here.ctx, "remote.localhost", options).await.unwrap();
    assert_eq!(peer.tell(&bob, &alice.uri, &flag()).await.status, 202);
    assert!(all(&here).await.is_empty());
    domains::remove(&here.ctx, "remote.localhost").await.unwrap();
    let eve = peer.actor_at("evil.localhost", "eve");
    let forged = with(peer.activity(&eve, "Flag", &json!(alice.uri)), "actor", json!(bob.id));
    assert!([401, 403].contains(&peer.tell(&eve, &alice.uri, &forged).await.status));
    assert!(all(&here).await.is_empty());
    let said = flag();
    for _ in 0..2 {
        assert_eq!(peer.tell(&bob, &alice.uri, &said).await.status, 202);
    }
    assert_eq!(all(&here).await.len(), 1, "once");
}
