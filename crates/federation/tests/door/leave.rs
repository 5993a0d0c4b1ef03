//! Likes, comments and boosts that need leave: ours of others', and others' of ours, in `GoToSocial`'s words.

use serde_json::{Value, json};
use tintype_model::{AccountId, Page, StatusId, Visibility};
use tintype_service::{
    Found, Resolver as _, favourites, reblogs,
    statuses::{self, Draft},
};
use tintype_store::accounts::Account;
use tintype_testkit::{Peer, peer::Actor};

use crate::{
    given::{Here, Stage, draft, list, posts, told, with},
    shown::get,
};

const ANYONE: &str = "https://www.w3.org/ns/activitystreams#Public";

/// A post of bob's with a policy, known here.
async fn restricted(here: &Here, peer: &Peer, bob: &Actor, policy: Value) -> (String, StatusId) {
    let note = with(peer.note(bob, "<p>ask me</p>"), "interactionPolicy", policy);
    let id = note["id"].as_str().unwrap().to_owned();
    peer.publish(&id, &note);
    match here.federation.object(&id).await.unwrap() {
        Some(Found::Status(found)) => (id, found),
        other => panic!("{other:?}"),
    }
}

async fn comment(here: &Here, who: &Account, on: StatusId) -> tintype_service::views::StatusView {
    here.post(who, Draft { in_reply_to: Some(on), ..draft("may I?", Visibility::Public) }).await
}

async fn sees(here: &Here, viewer: Option<AccountId>, id: StatusId) -> bool {
    statuses::get(&here.ctx, viewer, id).await.is_ok()
}

#[tokio::test]
async fn what_needs_leave_waits_for_it() {
    let Stage { here, peer, alice, bob } = Stage::set().await;
    let dora = here.person("dora").await;
    let fan = peer.actor_at("fan.localhost", "fan");
    here.followed_by(&alice, &peer, &fan).await;
    let ask = json!({"manualApproval": [ANYONE]});
    let policy = json!({"canLike": ask, "canReply": ask, "canAnnounce": ask});
    let (uri, id) = restricted(&here, &peer, &bob, policy).await;

    favourites::favourite(&here.ctx, alice.id, id).await.unwrap();
    let reply = comment(&here, &alice, id).await;
    let boost = reblogs::reblog(&here.ctx, alice.id, id, None).await.unwrap();
    let before = posts(&peer).len();
    here.work().await;
    let mut asked: Vec<Value> =
        posts(&peer).split_off(before).iter().map(tintype_testkit::peer::Received::json).collect();
    asked.sort_by_key(|a| a["type"].as_str().unwrap().to_owned());
    let kinds: Vec<_> = asked.iter().map(|a| a["type"].as_str().unwrap()).collect();
    assert_eq!(kinds, ["AnnounceRequest", "LikeRequest", "ReplyRequest"]);
    for request in &asked {
        assert_eq!((&request["object"], list(&request["to"])), (&json!(uri), vec![bob.id.as_str()]));
    }
    assert_eq!(asked[1]["instrument"]["type"], "Like");
    assert_eq!(
        (&asked[2]["instrument"]["id"], &asked[0]["instrument"]["id"]),
        (&json!(reply.uri), &json!(boost.uri))
    );
    assert!(posts(&peer).iter().all(|r| r.host != fan.domain || r.is("Accept")), "nobody else hears of it");

    // Until then it is alice's alone.
    let counts = async || {
        let row = statuses::get(&here.ctx, Some(alice.id), id).await.unwrap();
        (row.favourites_count, row.replies_count, row.reblogs_count)
    };
    let mine = statuses::get(&here.ctx, Some(alice.id), id).await.unwrap().viewer.unwrap();
    assert!(mine.favourited && mine.reblogged);
    assert_eq!(counts().await, (0, 0, 0));
    for held in [reply.id, boost.id] {
        assert!(sees(&here, Some(alice.id), held).await);
        assert!(!sees(&here, Some(dora.id), held).await && !sees(&here, None, held).await);
    }
    let likers = favourites::favourited_by(&here.ctx, Some(dora.id), id, &Page::newest(9)).await.unwrap();
    assert!(likers.items.is_empty());
    assert_eq!(get(&peer, &fan, &reply.uri).await.status, 404);

    // Only the author answers.
    let eve = peer.actor_at("evil.localhost", "eve");
    let accept = |by: &Actor, request: &Value| {
        let brief = with(request.clone(), "instrument", request["instrument"]["id"].clone());
        let stamp = format!("{}/authorizations/{}", by.id, request["type"].as_str().unwrap().len());
        with(peer.activity(by, "Accept", &brief), "result", json!(stamp))
    };
    assert_eq!(peer.tell(&eve, &alice.uri, &accept(&eve, &asked[2])).await.status, 403);
    assert_eq!(counts().await, (0, 0, 0));
    for request in &asked {
        for _ in 0..2 {
            assert_eq!(peer.tell(&bob, &alice.uri, &accept(&bob, request)).await.status, 202);
        }
    }
    here.work().await;
    assert_eq!(counts().await, (1, 1, 1));
    assert!(sees(&here, Some(dora.id), reply.id).await && sees(&here, None, boost.id).await);
    let create = told(&peer, "Create").into_iter().find(|r| r.host == fan.domain).unwrap().json();
    let stamp = format!("{}/authorizations/{}", bob.id, "ReplyRequest".len());
    assert_eq!(
        (&create["object"]["replyAuthorization"], &create["object"]["approvedBy"]),
        (&json!(stamp), &json!(stamp))
    );
    let announce = told(&peer, "Announce").into_iter().find(|r| r.host == fan.domain).unwrap().json();
    assert!(announce["announceAuthorization"].as_str().unwrap().starts_with(&bob.id));
    // Taken back, it is alice's alone again.
    let delete = peer.activity(&bob, "Delete", &json!(stamp));
    assert_eq!(peer.tell(&bob, &alice.uri, &delete).await.status, 202);
    assert!(sees(&here, Some(alice.id), reply.id).await && !sees(&here, Some(dora.id), reply.id).await);
    assert_eq!(counts().await, (1, 0, 1));
}

/// Before there were requests, the activity itself was the question, and its own id was answered.
#[tokio::test]
async fn the_older_words_are_spoken_too() {
    let Stage { here, peer, alice, bob } = Stage::set().await;
    let fan = peer.actor_at("fan.localhost", "fan");
    here.followed_by(&alice, &peer, &fan).await;
    let ask = json!({"always": [bob.id], "approvalRequired": ANYONE});
    let (_, id) = restricted(&here, &peer, &bob, json!({"canReply": ask, "canAnnounce": ask})).await;
    let reply = comment(&here, &alice, id).await;
    let boost = reblogs::reblog(&here.ctx, alice.id, id, None).await.unwrap();
    here.work().await;
    for kind in ["Create", "Announce"] {
        let hosts: Vec<_> = told(&peer, kind).into_iter().map(|r| r.host).collect();
        assert_eq!(hosts, [bob.domain.as_str()], "{kind}");
    }
    let accept = peer.activity(&bob, "Accept", &json!(reply.uri));
    assert_eq!(peer.tell(&bob, &alice.uri, &accept).await.status, 202);
    let reject = peer.activity(&bob, "Reject", &json!({"type": "Announce", "id": boost.uri}));
    assert_eq!(peer.tell(&bob, &alice.uri, &reject).await.status, 202);
    here.work().await;
    let create = told(&peer, "Create").into_iter().find(|r| r.host == fan.domain).unwrap().json();
    assert_eq!(create["object"]["approvedBy"], accept["id"]);
    assert!(!sees(&here, Some(alice.id), boost.id).await, "the boost is gone");
    assert!(told(&peer, "Announce").iter().all(|r| r.host == bob.domain));

    // Who may not at all is told so at once.
    let nobody = json!({"automaticApproval": [bob.id]});
    let (_, shut) = restricted(&here, &peer, &bob, json!({"canLike": nobody, "canReply": nobody})).await;
    assert!(favourites::favourite(&here.ctx, alice.id, shut).await.is_err());
    let no = Draft { in_reply_to: Some(shut), ..draft("no", Visibility::Public) };
    assert!(statuses::publish(&here.ctx, &here.federation, alice.id, None, no).await.is_err());
    assert!(reblogs::reblog(&here.ctx, alice.id, shut, None).await.is_ok(), "of boosts it says nothing");
}

#[tokio::test]
async fn others_who_ask_are_answered() {
    let Stage { here, peer, alice, bob } = Stage::set().await;
    let post = here.post(&alice, draft("like me", Visibility::Public)).await;
    let private = here.post(&alice, draft("few", Visibility::Private)).await;
    let document = get(&peer, &bob, &post.uri).await.ok();
    let policy = &document["interactionPolicy"];
    for key in ["canLike", "canReply", "canAnnounce", "canQuote"] {
        assert_eq!(policy[key]["automaticApproval"], json!([ANYONE]), "{key}");
    }
    assert_eq!(
        (&document["capabilities"]["like"], &document["commentsEnabled"]),
        (&json!(ANYONE), &json!(true))
    );
    let note = with(peer.note(&bob, "<p>hi</p>"), "inReplyTo", json!(post.uri));
    let (like, boost) = (peer.like(&bob, &post.uri), peer.announce(&bob, &post.uri));
    for (kind, instrument, leave) in [
        ("LikeRequest", &like, "LikeAuthorization"),
        ("ReplyRequest", &note, "ReplyAuthorization"),
        ("AnnounceRequest", &boost, "AnnounceAuthorization"),
    ] {
        let request = with(peer.activity(&bob, kind, &json!(post.uri)), "instrument", instrument.clone());
        assert_eq!(peer.tell(&bob, &alice.uri, &request).await.status, 202);
        here.work().await;
        let accept = told(&peer, "Accept").pop().unwrap().json();
        assert_eq!((&accept["object"]["type"], &accept["object"]["id"]), (&json!(kind), &request["id"]));
        let found = get(&peer, &bob, accept["result"].as_str().unwrap()).await.ok();
        assert_eq!(
            [&found["type"], &found["interactingObject"], &found["interactionTarget"]],
            [&json!(leave), &instrument["id"], &json!(post.uri)]
        );
    }
    let row = here.status_of(&post.uri).await.unwrap();
    assert_eq!((row.favourites_count, row.replies_count, row.reblogs_count), (1, 1, 1));
    for (path, count) in [("likes", 1), ("shares", 1), ("replies", 1)] {
        let url = format!("{}/{path}", post.uri);
        assert_eq!(get(&peer, &bob, &url).await.ok()["totalItems"], count, "{path}");
        assert_eq!(get(&peer, &bob, &post.uri).await.ok()[path]["totalItems"], count, "{path}");
    }
    let page = get(&peer, &bob, &format!("{}/replies?page=true", post.uri)).await.ok();
    assert_eq!(list(&page["items"]), [note["id"].as_str().unwrap()]);
    // What can't be seen can't be liked, and somebody else's like isn't asked for.
    let unseen = with(
        peer.activity(&bob, "LikeRequest", &json!(private.uri)),
        "instrument",
        peer.like(&bob, &private.uri),
    );
    assert_eq!(peer.tell(&bob, &alice.uri, &unseen).await.status, 202);
    here.work().await;
    assert_eq!(told(&peer, "Reject").pop().unwrap().json()["object"]["id"], unseen["id"]);
    assert_eq!(here.status_of(&private.uri).await.unwrap().favourites_count, 0);
    for path in ["likes", "shares"] {
        assert_eq!(get(&peer, &bob, &format!("{}/{path}", private.uri)).await.status, 404);
    }
    let carol = peer.actor("carol");
    let foreign = with(
        peer.activity(&bob, "LikeRequest", &json!(post.uri)),
        "instrument",
        peer.like(&carol, &post.uri),
    );
    assert_eq!(peer.tell(&bob, &alice.uri, &foreign).await.status, 403);
}
