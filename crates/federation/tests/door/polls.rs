//! Polls and votes, both ways.

use serde_json::{Value, json};
use tintype_model::{Millis, Visibility};
use tintype_service::{
    polls::{self, PollDraft, PollView},
    statuses::{self, Draft},
    views::StatusView,
};
use tintype_store::accounts::Account;
use tintype_testkit::{Peer, peer::Actor};

use crate::given::{Here, Stage, draft, list, posts, told, with};

const PUBLIC: &str = "https://www.w3.org/ns/activitystreams#Public";

async fn ask(here: &Here, by: &Account, visibility: Visibility, multiple: bool) -> StatusView {
    let poll = PollDraft {
        options: vec!["Film".to_owned(), "Plate".to_owned()],
        expires_in: 3600,
        multiple,
        hide_totals: false,
    };
    here.post(by, Draft { poll: Some(poll), ..draft("with what?", visibility) }).await
}

/// A vote in Mastodon's words.
fn a_vote(peer: &Peer, by: &Actor, of: &str, choice: &str) -> Value {
    let id = peer.url(&format!("/users/{}/votes/{choice}", by.username));
    json!({"id": id, "type": "Note", "name": choice, "attributedTo": by.id, "to": "x", "inReplyTo": of})
}

/// The votes of each option, and how many voted.
async fn numbers(here: &Here, by: &Account, of: &StatusView) -> (Vec<i64>, Option<i64>) {
    let poll = statuses::get(&here.ctx, Some(by.id), of.id).await.unwrap().poll.unwrap();
    (counts(&poll), poll.voters_count)
}

fn counts(poll: &PollView) -> Vec<i64> {
    poll.options.iter().map(|option| option.votes_count.unwrap()).collect()
}

#[tokio::test]
async fn a_poll_is_asked_counted_and_ended() {
    let Stage { here, peer, alice, bob } = Stage::set().await;
    let dora = peer.actor_at("follower.localhost", "dora");
    here.followed_by(&alice, &peer, &dora).await;
    let post = ask(&here, &alice, Visibility::Public, false).await;
    here.work().await;
    let create = told(&peer, "Create").pop().unwrap().json();
    let question = &create["object"];
    let option = |name: &str, votes: i64| json!({"type": "Note", "name": name, "replies": {"type": "Collection", "totalItems": votes}});
    assert_eq!(question["type"], "Question");
    assert_eq!(question["oneOf"], json!([option("Film", 0), option("Plate", 0)]));
    assert_eq!(
        (&question["votersCount"], question.get("closed"), question.get("anyOf")),
        (&json!(0), None, None)
    );
    let end = question["endTime"].as_str().and_then(Millis::parse_rfc3339);
    assert_eq!(end, post.poll.as_ref().unwrap().expires_at);
    assert_eq!((question.get("updated"), list(&question["to"])), (None, vec![PUBLIC]));

    let vote = peer.create(&bob, &a_vote(&peer, &bob, &post.uri, "Plate"));
    for _ in 0..2 {
        assert_eq!(peer.tell(&bob, &alice.uri, &vote).await.status, 202);
    }
    assert_eq!(numbers(&here, &alice, &post).await, (vec![0, 1], Some(1)));
    here.work().await;
    let updates = told(&peer, "Update");
    let mut hosts: Vec<&str> = updates.iter().map(|update| update.host.as_str()).collect();
    hosts.sort_unstable();
    let mut all = [bob.domain.as_str(), dora.domain.as_str()];
    all.sort_unstable();
    assert_eq!(hosts, all, "followers, and who voted");
    let question = &updates[0].json()["object"];
    assert_eq!(question["oneOf"], json!([option("Film", 0), option("Plate", 1)]));
    assert_eq!((&question["votersCount"], question.get("updated")), (&json!(1), None), "no new version");

    let mut tx = here.ctx.store.begin().await.unwrap();
    let poll = tx.lock_poll_of(post.id).await.unwrap().unwrap();
    let over = tintype_store::polls::Poll { expires_at: Some(here.ctx.now()), ..poll };
    tx.update_poll(&over).await.unwrap();
    tx.commit().await.unwrap();
    let late = peer.actor("late");
    let vote = peer.create(&late, &a_vote(&peer, &late, &post.uri, "Film"));
    assert_eq!(peer.tell(&late, &alice.uri, &vote).await.status, 202);
    assert_eq!(polls::end_expired(&here.ctx).await.unwrap(), 1);
    here.work().await;
    let last = told(&peer, "Update");
    assert_eq!(last.len(), 4);
    let question = &last[3].json()["object"];
    assert_eq!(question["closed"].as_str().and_then(Millis::parse_rfc3339), over.expires_at);
    assert_eq!(question["votersCount"], 1, "too late is too late");
}

/// T109
#[tokio::test]
async fn votes_are_their_voters_own() {
    let Stage { here, peer, alice, bob } = Stage::set().await;
    let eve = peer.actor_at("evil.localhost", "eve");
    let post = ask(&here, &alice, Visibility::Public, true).await;
    let private = ask(&here, &alice, Visibility::Private, true).await;
    // In another's name, under another's id, where she sees nothing, for nothing.
    let forged = peer.create(&eve, &a_vote(&peer, &bob, &post.uri, "Film"));
    assert_eq!(peer.tell(&eve, &alice.uri, &forged).await.status, 403);
    let own = |of: &str, choice: &str| {
        let id = format!("{}/votes/{}", eve.id, choice.len());
        with(with(a_vote(&peer, &eve, of, choice), "id", json!(id)), "attributedTo", json!(eve.id))
    };
    let named = with(own(&post.uri, "Film"), "attributedTo", json!(bob.id));
    assert_eq!(peer.tell(&eve, &alice.uri, &peer.create(&eve, &named)).await.status, 403);
    for nothing in
        [own(&private.uri, "Film"), own(&post.uri, "Glass"), own(&here.url("/users/alice"), "Film")]
    {
        assert_eq!(peer.tell(&eve, &alice.uri, &peer.create(&eve, &nothing)).await.status, 202);
    }
    for of in [&post, &private] {
        assert_eq!(numbers(&here, &alice, of).await, (vec![0, 0], Some(0)));
    }
    // Several at once, as GoToSocial says it; what is no vote among them makes them none.
    let both = json!([a_vote(&peer, &bob, &post.uri, "Film"), a_vote(&peer, &bob, &post.uri, "Plate")]);
    let mixed = json!([a_vote(&peer, &bob, &post.uri, "Film"), peer.note(&bob, "<p>x</p>")]);
    assert_eq!(peer.tell(&bob, &alice.uri, &peer.activity(&bob, "Create", &mixed)).await.status, 202);
    assert_eq!(numbers(&here, &alice, &post).await.1, Some(0));
    assert_eq!(peer.tell(&bob, &alice.uri, &peer.activity(&bob, "Create", &both)).await.status, 202);
    assert_eq!(numbers(&here, &alice, &post).await, (vec![1, 1], Some(1)));
    let thread = statuses::context(&here.ctx, Some(alice.id), post.id).await.unwrap();
    assert_eq!(thread.descendants.len(), 0, "no vote is a comment");
}

#[tokio::test]
async fn a_vote_is_told_to_its_author_alone() {
    let Stage { here, peer, alice, bob } = Stage::set().await;
    here.befriend(&alice, &peer, &bob).await;
    let options = |a: u64, b: u64| {
        json!([{"type": "Note", "name": "tea", "replies": {"type": "Collection", "totalItems": a}},
               {"type": "Note", "name": "coffee", "replies": {"type": "Collection", "totalItems": b}}])
    };
    let mut question = with(peer.note(&bob, "<p>?</p>"), "anyOf", options(3, 1));
    question["type"] = "Question".into();
    question["votersCount"] = 3.into();
    assert_eq!(peer.tell(&bob, &alice.uri, &peer.create(&bob, &question)).await.status, 202);
    let uri = question["id"].as_str().unwrap();
    let post = here.status_of(uri).await.unwrap();
    let poll = statuses::get(&here.ctx, Some(alice.id), post.id).await.unwrap().poll.unwrap();
    assert_eq!((counts(&poll), poll.expires_at, poll.expired), (vec![3, 1], None, false), "it never ends");
    let before = posts(&peer).len();
    polls::vote(&here.ctx, alice.id, poll.id, &[1, 0]).await.unwrap();
    here.work().await;
    let sent = posts(&peer).split_off(before);
    let mut names = Vec::new();
    for request in &sent {
        let create = request.json();
        let vote = &create["object"];
        assert_eq!((&create["type"], &vote["type"]), (&json!("Create"), &json!("Note")));
        assert_eq!((list(&create["to"]), list(&vote["to"])), (vec![bob.id.as_str()], vec![bob.id.as_str()]));
        assert_eq!((create.get("cc"), vote.get("content"), vote.get("cc")), (None, None, None));
        assert_eq!((&vote["inReplyTo"], &vote["attributedTo"]), (&json!(uri), &json!(alice.uri)));
        names.push(vote["name"].as_str().unwrap().to_owned());
    }
    names.sort();
    assert_eq!(names, ["coffee", "tea"], "one for each choice");

    // Old numbers are asked for again when somebody looks, once in a while.
    peer.publish(uri, &with(question.clone(), "anyOf", options(10, 9)));
    let mut tx = here.ctx.store.begin().await.unwrap();
    let row = tx.lock_poll_of(post.id).await.unwrap().unwrap();
    tx.update_poll(&tintype_store::polls::Poll { fetched_at: Millis(0), ..row }).await.unwrap();
    tx.commit().await.unwrap();
    let asked = || peer.count(|r| r.method == "GET" && uri.ends_with(&r.path));
    for who in [None, Some(alice.id), Some(alice.id)] {
        let seen = polls::get(&here.ctx, &here.federation, who, poll.id).await.unwrap();
        assert_eq!(counts(&seen), if who.is_some() { vec![10, 9] } else { vec![4, 2] });
    }
    assert_eq!(asked(), 1);
}
