//! What is shown, and to whom.

use serde_json::Value;
use tintype_model::Visibility;
use tintype_service::{
    Found, Resolver as _,
    accounts::{self, ProfileChange},
    statuses,
    statuses::Draft,
};
use tintype_testkit::{
    Answer, Client, Peer,
    peer::{Actor, SignOptions},
};

use crate::given::{Here, Stage};

pub async fn get(peer: &Peer, actor: &Actor, url: &str) -> Answer {
    peer.fetch(actor, url, &SignOptions::default()).await
}

pub async fn unsigned(peer: &Peer, actor: &Actor, url: &str) -> Answer {
    peer.fetch(actor, url, &SignOptions::unsigned()).await
}

#[tokio::test]
async fn people_are_found() {
    let Stage { here, peer, alice, bob } = Stage::set().await;
    let finger = |resource: &str| here.url(&format!("/.well-known/webfinger?resource={resource}"));
    for resource in [format!("acct:alice@{}", here.ctx.site.domain), alice.uri.clone(), alice.url.clone()] {
        let answer = unsigned(&peer, &bob, &finger(&resource)).await;
        let jrd = answer.ok();
        assert_eq!(jrd["subject"], format!("acct:alice@{}", here.ctx.site.domain));
        assert_eq!(answer.header("access-control-allow-origin"), Some("*"));
    }
    for (resource, status) in [
        ("acct:nobody@".to_owned() + &here.ctx.site.domain, 404),
        ("acct:alice@evil.example".to_owned(), 404),
        ("@@".to_owned(), 400),
    ] {
        assert_eq!(unsigned(&peer, &bob, &finger(&resource)).await.status, status, "{resource}");
    }
    assert_eq!(unsigned(&peer, &bob, &here.url("/.well-known/webfinger")).await.status, 400);
    assert!(unsigned(&peer, &bob, &here.url("/.well-known/host-meta")).await.text().contains("webfinger"));
    let index = unsigned(&peer, &bob, &here.url("/.well-known/nodeinfo")).await.ok();
    for link in index["links"].as_array().unwrap() {
        let info = unsigned(&peer, &bob, link["href"].as_str().unwrap()).await.ok();
        assert_eq!(
            (&info["software"]["name"], &info["usage"]["users"]["total"]),
            (&"tintype".into(), &1.into())
        );
    }
    let instance = unsigned(&peer, &bob, &here.url("/actor")).await.ok();
    assert_eq!((&instance["type"], &instance["id"]), (&"Application".into(), &here.url("/actor").into()));
}

/// T044, T075
#[tokio::test]
async fn actors_are_whole_for_those_who_sign() {
    let Stage { here: _here, peer, alice, bob } = Stage::set().await;
    let stub = unsigned(&peer, &bob, &alice.uri).await;
    assert_eq!(stub.header("content-type"), Some("application/activity+json"));
    assert_eq!(stub.header("cache-control"), Some("private, no-store"));
    assert!(stub.header("vary").unwrap().contains("Signature"));
    assert_eq!(
        (stub.ok()["publicKey"]["owner"].as_str(), stub.ok().get("outbox")),
        (Some(alice.uri.as_str()), None)
    );
    let whole = get(&peer, &bob, &alice.uri).await.ok();
    assert_eq!(whole["followers"], format!("{}/followers", alice.uri));
    let wrong = SignOptions { wrong_key: true, ..SignOptions::default() };
    assert_eq!(peer.fetch(&bob, &alice.uri, &wrong).await.status, 401);
    assert_eq!(unsigned(&peer, &bob, &format!("{}.json", alice.uri)).await.status, 404);
    let page = SignOptions { content_type: "text/html", ..SignOptions::unsigned() };
    let page = peer.fetch(&bob, &alice.uri, &page).await;
    assert_eq!((page.status, page.header("location")), (302, Some(alice.url.as_str())));
}

/// T019, T096
#[tokio::test]
async fn statuses_are_shown_to_those_they_are_for() {
    let (here, peer) = (Here::open().await, Peer::start().await);
    let (alice, bob, eve) =
        (here.person("alice").await, peer.actor("bob"), peer.actor_at("evil.localhost", "eve"));
    let follow = peer.follow(&bob, &alice.uri);
    assert_eq!(peer.tell(&bob, &alice.uri, &follow).await.status, 202);
    let post = async |visibility, text: &str| {
        here.post(&alice, Draft { text: text.to_owned(), visibility: Some(visibility), ..Draft::default() })
            .await
            .uri
    };
    let public = post(Visibility::Public, "public").await;
    let private = post(Visibility::Private, "private").await;
    let direct = post(Visibility::Direct, &format!("@{} direct", bob.handle())).await;
    let nobody = post(Visibility::Direct, "to nobody").await;
    for (uri, for_bob, for_eve) in
        [(&public, 200, 200), (&private, 200, 404), (&direct, 200, 404), (&nobody, 404, 404)]
    {
        for suffix in ["", "/activity", "/replies"] {
            let url = format!("{uri}{suffix}");
            assert_eq!(get(&peer, &bob, &url).await.status, for_bob, "{url}");
            assert_eq!(get(&peer, &eve, &url).await.status, for_eve, "{url}");
            assert_eq!(unsigned(&peer, &eve, &url).await.status, 401, "{url}");
        }
    }
    let outbox = format!("{}/outbox", alice.uri);
    assert_eq!(unsigned(&peer, &eve, &outbox).await.status, 401);
    let page = get(&peer, &bob, &format!("{outbox}?page=true")).await.ok();
    let listed: Vec<&Value> =
        page["orderedItems"].as_array().unwrap().iter().map(|a| &a["object"]["id"]).collect();
    assert_eq!(listed, [&Value::from(public.as_str())]);
    let followers = get(&peer, &eve, &format!("{}/followers?page=true", alice.uri)).await.ok();
    assert_eq!(followers["orderedItems"], serde_json::json!([bob.id]));
    let id = here.status_of(&public).await.unwrap().id;
    statuses::delete(&here.ctx, alice.id, id).await.unwrap();
    assert_eq!(get(&peer, &bob, &public).await.expect(410)["type"], "Tombstone");
    let _ = Client::new;
}

#[tokio::test]
async fn who_follows_may_be_hidden() {
    let Stage { here, peer, alice, bob } = Stage::set().await;
    here.followed_by(&alice, &peer, &bob).await;
    let pages = ["followers", "followers?page=true", "following", "following?page=true"];
    for (hidden, listed) in [(false, 2), (true, 0)] {
        let change = ProfileChange { hide_collections: Some(hidden), ..ProfileChange::default() };
        accounts::update_profile(&here.ctx, alice.id, change).await.unwrap();
        let mut open = 0;
        for path in pages {
            let shown = get(&peer, &bob, &format!("{}/{path}", alice.uri)).await.ok();
            open += usize::from(shown.get("first").is_some());
            assert_eq!(shown.get("orderedItems").is_some(), !hidden && path.ends_with("true"), "{path}");
            if hidden {
                assert_eq!(shown["totalItems"], i32::from(path.starts_with("followers")), "{path}");
            }
        }
        assert_eq!(open, listed);
    }
}

#[tokio::test]
async fn two_instances_that_want_signatures_see_each_other() {
    let (alpha, beta) = (Here::open().await, Here::open_at("beta.localhost").await);
    let alice = alpha.person("alice").await;
    let post = alpha
        .post(
            &alice,
            Draft { text: "hello".to_owned(), visibility: Some(Visibility::Public), ..Draft::default() },
        )
        .await;
    let handle = format!("alice@{}", alpha.ctx.site.domain).parse().unwrap();
    let there = beta.federation.account(&handle).await.unwrap().unwrap();
    assert_eq!(beta.account(there).await.followers_url, Some(format!("{}/followers", alice.uri)));
    let Some(Found::Status(found)) = beta.federation.object(&post.uri).await.unwrap() else {
        panic!("not found")
    };
    let found = beta.ctx.store.read().await.unwrap().status(found).await.unwrap().unwrap();
    assert_eq!((found.account_id, found.content.as_str()), (there, "<p>hello</p>"));
}
