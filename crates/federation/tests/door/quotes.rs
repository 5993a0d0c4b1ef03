//! Quotes, with leave and without.

use serde_json::{Value, json};
use tintype_model::{AccountId, QuotePolicy, StatusId, Visibility};
use tintype_service::{
    Found, Resolver as _, blocks, notifications,
    notifications::{NotificationFilter, NotificationKind},
    policies, quotes,
    statuses::{self, Draft},
    views::{QuoteView, Quoted, StatusView},
};
use tintype_testkit::{
    Peer,
    peer::{Actor, Reply},
};

use crate::{
    given::{Here, Stage, draft, list, posts, told, with},
    shown::{get, unsigned},
};

async fn seen(here: &Here, viewer: AccountId, id: StatusId) -> StatusView {
    statuses::get(&here.ctx, Some(viewer), id).await.unwrap()
}

async fn quote_of(here: &Here, viewer: AccountId, uri: &str) -> Option<QuoteView> {
    let row = here.status_of(uri).await.unwrap();
    seen(here, viewer, row.id).await.quote
}

async fn state(here: &Here, viewer: AccountId, uri: &str) -> &'static str {
    quote_of(here, viewer, uri).await.map_or("none", |quote| quote.state)
}

async fn found(here: &Here, uri: &str) -> StatusId {
    match here.federation.object(uri).await.unwrap() {
        Some(Found::Status(id)) => id,
        other => panic!("{uri}: {other:?}"),
    }
}

async fn told_of(here: &Here, who: AccountId, kind: NotificationKind) -> usize {
    let filter = NotificationFilter { kinds: vec![kind], ..NotificationFilter::default() };
    let page = tintype_model::Page::newest(20);
    notifications::list(&here.ctx, who, &filter, &page).await.unwrap().len()
}

fn quoting(text: &str, quoted: StatusId) -> Draft {
    Draft { quote: Some(quoted), ..draft(text, Visibility::Public) }
}

#[tokio::test]
async fn a_quote_is_asked_for_allowed_and_taken_back() {
    let (alpha, beta) = (Here::open().await, Here::open_at("beta.localhost").await);
    let (alice, bob) = (alpha.person("alice").await, beta.person("bob").await);
    let post = alpha.post(&alice, draft("quote me", Visibility::Public)).await;
    let there = found(&beta, &post.uri).await;
    assert_eq!(seen(&beta, bob.id, there).await.quote_approval.current_user, "automatic");
    let quote = beta.post(&bob, quoting("so true", there)).await;
    assert_eq!(quote.quote.as_ref().unwrap().state, "pending");
    assert!(quote.content.starts_with("<p class=\"quote-inline\">RE: <a href="), "{}", quote.content);
    beta.work().await; // asks, and publishes
    alpha.work().await; // answers
    beta.work().await; // reads what allows it, and says so
    alpha.work().await;
    let shown = quote_of(&beta, bob.id, &quote.uri).await.unwrap();
    assert_eq!(shown.state, "accepted");
    let Some(Quoted::Status(inner)) = shown.quoted else { panic!("nothing is shown") };
    assert_eq!((inner.uri.as_str(), inner.quotes_count), (post.uri.as_str(), 1));
    assert_eq!(state(&alpha, alice.id, &quote.uri).await, "accepted");
    assert_eq!(seen(&alpha, alice.id, post.id).await.quotes_count, 1);
    assert_eq!(told_of(&alpha, alice.id, NotificationKind::Quote).await, 1);
    let listed = quotes::list(&alpha.ctx, alice.id, post.id, &tintype_model::Page::newest(9)).await.unwrap();
    assert_eq!(listed.iter().map(|s| s.uri.as_str()).collect::<Vec<_>>(), [quote.uri.as_str()]);

    let here = alpha.status_of(&quote.uri).await.unwrap();
    let taken = quotes::revoke(&alpha.ctx, alice.id, post.id, here.id).await.unwrap();
    assert_eq!(taken.quote.unwrap().state, "revoked");
    alpha.work().await;
    assert_eq!(state(&beta, bob.id, &quote.uri).await, "revoked");
    beta.work().await;
    alpha.work().await;
    assert_eq!(state(&alpha, alice.id, &quote.uri).await, "revoked", "an old copy doesn't bring it back");
    assert_eq!(told_of(&alpha, alice.id, NotificationKind::Quote).await, 0);
}

#[tokio::test]
async fn who_may_quote_is_the_authors_choice() {
    let (alpha, beta) = (Here::open().await, Here::open_at("beta.localhost").await);
    let (alice, bob) = (alpha.person("alice").await, beta.person("bob").await);
    let dora = alpha.person("dora").await;
    policies::set_default_quote_policy(&alpha.ctx, alice.id, QuotePolicy::Nobody).await.unwrap();
    let post = alpha.post(&alice, draft("mine", Visibility::Public)).await;
    assert!(seen(&alpha, dora.id, post.id).await.quote_approval.automatic.is_empty());
    let there = found(&beta, &post.uri).await;
    let refused = async |here: &Here, who: AccountId, quoted| {
        let draft = quoting("no", quoted);
        statuses::publish(&here.ctx, &here.federation, who, None, draft).await.is_err()
    };
    assert!(refused(&beta, bob.id, there).await && refused(&alpha, dora.id, post.id).await);
    let own = alpha.post(&alice, quoting("my own words", post.id)).await;
    assert_eq!(own.quote.unwrap().state, "accepted");
    // Direct posts nobody quotes, followers-only ones their author, for the same people.
    let direct = alpha.post(&alice, draft("psst", Visibility::Direct)).await;
    assert!(refused(&alpha, alice.id, direct.id).await);
    let private = alpha.post(&alice, draft("few", Visibility::Private)).await;
    let again = alpha.post(&alice, quoting("to few", private.id)).await;
    assert_eq!(again.visibility, Visibility::Private);
    assert!(refused(&alpha, dora.id, private.id).await);
    policies::set_quote_policy(&alpha.ctx, alice.id, post.id, QuotePolicy::Public).await.unwrap();
    let hers = alpha.post(&dora, quoting("now I may", post.id)).await;
    assert_eq!(hers.quote.unwrap().state, "accepted");
    // What is gone is gone; what one may not see is not shown.
    statuses::delete(&alpha.ctx, alice.id, post.id).await.unwrap();
    let gone = seen(&alpha, dora.id, hers.id).await.quote.unwrap();
    assert_eq!((gone.state, gone.quoted), ("deleted", None));
}

/// A public note of `by` that quotes something.
fn a_quote(peer: &Peer, by: &Actor, key: &str, quoted: &str) -> Value {
    let note = with(peer.note(by, "<p>look</p>"), key, json!(quoted));
    peer.publish(note["id"].as_str().unwrap(), &note);
    note
}

/// T108
#[tokio::test]
async fn forged_leave_shows_nothing() {
    let Stage { here, peer, alice, bob } = Stage::set().await;
    let eve = peer.actor_at("evil.localhost", "eve");
    here.befriend(&alice, &peer, &bob).await;
    here.befriend(&alice, &peer, &eve).await;
    let mine = here.post(&alice, draft("mine", Visibility::Public)).await;
    let his = peer.note(&bob, "<p>his</p>");
    let his_id = his["id"].as_str().unwrap();
    // Stamps: eve's own, one of bob's that names another post, and one that names the right ones in the wrong order.
    let stamp = |at: &Actor, by: &str, with: &str, of: &str| {
        let id = format!("{}/stamps/{}", at.id, with.len() + of.len());
        let stamp = json!({"@context": "https://www.w3.org/ns/activitystreams", "type": "QuoteAuthorization",
            "id": id, "attributedTo": by, "interactingObject": with, "interactionTarget": of});
        peer.publish(&id, &stamp);
        id
    };
    for (quoted, said) in [
        (mine.uri.as_str(), None),
        (mine.uri.as_str(), Some(stamp(&eve, &alice.uri, "https://x.example/1", &mine.uri))),
        (mine.uri.as_str(), Some(here.ctx.site.quote_authorization("alice", mine.id))),
        (his_id, None),
        (his_id, Some(stamp(&eve, &bob.id, "https://x.example/22", his_id))),
        (his_id, Some(stamp(&bob, &bob.id, "https://x.example/333", his_id))),
    ] {
        let mut note = a_quote(&peer, &eve, "quote", quoted);
        if let Some(said) = &said {
            note = with(note, "quoteAuthorization", json!(said));
        }
        assert_eq!(peer.tell(&eve, &alice.uri, &peer.create(&eve, &note)).await.status, 202);
        here.work().await;
        let shown = quote_of(&here, alice.id, note["id"].as_str().unwrap()).await.unwrap();
        assert_eq!((shown.state, shown.quoted), ("pending", None), "{quoted} {said:?}");
    }
    assert_eq!(seen(&here, alice.id, mine.id).await.quotes_count, 0);
    assert_eq!(told_of(&here, alice.id, NotificationKind::Quote).await, 0);
    // With the right stamp it is shown, once; what it quotes was fetched, once.
    let note = a_quote(&peer, &eve, "quote", his_id);
    let id = note["id"].as_str().unwrap();
    let said = stamp(&bob, &bob.id, id, his_id);
    let note = with(note.clone(), "quoteAuthorization", json!(said));
    assert_eq!(peer.tell(&eve, &alice.uri, &peer.create(&eve, &note)).await.status, 202);
    here.work().await;
    assert_eq!(state(&here, alice.id, id).await, "accepted");
    assert_eq!(peer.count(|r| r.method == "GET" && his_id.ends_with(&r.path)), 1);
    // Its author takes it back; a stranger can't.
    for (by, expected) in [(&eve, "accepted"), (&bob, "revoked")] {
        let delete = peer.activity(by, "Delete", &json!(said));
        peer.tell(by, &alice.uri, &delete).await;
        here.work().await;
        assert_eq!(state(&here, alice.id, id).await, expected);
    }
}

/// T059, T108
#[tokio::test]
async fn rings_boosts_and_other_spellings() {
    let Stage { here, peer, alice, bob } = Stage::set().await;
    here.befriend(&alice, &peer, &bob).await;
    let mine = here.post(&alice, draft("mine", Visibility::Public)).await;
    for key in ["quoteUrl", "quoteUri", "_misskey_quote"] {
        let note = a_quote(&peer, &bob, key, &mine.uri);
        assert_eq!(peer.tell(&bob, &alice.uri, &peer.create(&bob, &note)).await.status, 202);
        assert_eq!(state(&here, alice.id, note["id"].as_str().unwrap()).await, "pending", "{key}");
    }
    // Two that quote each other, and one that quotes itself: who quotes themselves may.
    let (one, two) = (peer.note(&bob, "<p>1</p>"), peer.note(&bob, "<p>2</p>"));
    let id = |note: &Value| note["id"].as_str().unwrap().to_owned();
    let one = with(one.clone(), "quote", json!(id(&two)));
    let two = with(two.clone(), "quote", json!(id(&one)));
    let own = peer.note(&bob, "<p>3</p>");
    let own = with(own.clone(), "quote", json!(id(&own)));
    for note in [&one, &two, &own] {
        peer.publish(&id(note), note);
        assert_eq!(peer.tell(&bob, &alice.uri, &peer.create(&bob, note)).await.status, 202);
        here.work().await;
    }
    let shown = quote_of(&here, alice.id, &id(&one)).await.unwrap();
    let Some(Quoted::Status(inner)) = shown.quoted else { panic!("nothing is shown") };
    let inner = inner.quote.unwrap();
    assert!(inner.shallow && matches!(inner.quoted, Some(Quoted::Id(_))), "{inner:?}");
    assert_eq!(state(&here, alice.id, &id(&own)).await, "none");
    assert!(posts(&peer).iter().all(|r| !r.is("QuoteRequest")));
    // A boost is nothing to quote.
    let boost = peer.announce(&bob, &mine.uri);
    peer.tell(&bob, &alice.uri, &boost).await;
    let note = a_quote(&peer, &bob, "quote", boost["id"].as_str().unwrap());
    assert_eq!(peer.tell(&bob, &alice.uri, &peer.create(&bob, &note)).await.status, 202);
    here.work().await;
    assert_ne!(state(&here, alice.id, &id(&note)).await, "accepted");
}

fn request(peer: &Peer, by: &Actor, object: &str, note: &Value) -> Value {
    let mut request = peer.activity(by, "QuoteRequest", &json!(object));
    let mut instrument = note.clone();
    instrument.as_object_mut().unwrap().remove("@context");
    request["instrument"] = instrument;
    request
}

#[tokio::test]
async fn requests_are_answered() {
    let Stage { here, peer, alice, bob } = Stage::set().await;
    let eve = peer.actor_at("evil.localhost", "eve");
    let post = here.post(&alice, draft("mine", Visibility::Public)).await;
    let private = here.post(&alice, draft("few", Visibility::Private)).await;
    let direct = here.post(&alice, draft("one", Visibility::Direct)).await;
    let note = a_quote(&peer, &bob, "quote", &post.uri);
    let asked = request(&peer, &bob, &post.uri, &note);
    for _ in 0..2 {
        assert_eq!(peer.tell(&bob, &alice.uri, &asked).await.status, 202);
        here.work().await;
    }
    let accept = told(&peer, "Accept").pop().unwrap().json();
    assert_eq!(told(&peer, "Accept").len(), 1);
    assert_eq!(accept["object"]["type"], "QuoteRequest");
    assert_eq!((&accept["object"]["id"], &accept["object"]["instrument"]), (&asked["id"], &note["id"]));
    let stamp = accept["result"].as_str().unwrap();
    assert!(stamp.starts_with(&format!("{}/quote_authorizations/", alice.uri)), "{stamp}");
    let shown = get(&peer, &eve, stamp).await.ok();
    assert_eq!(
        [&shown["type"], &shown["attributedTo"], &shown["interactingObject"], &shown["interactionTarget"]],
        [&json!("QuoteAuthorization"), &json!(alice.uri), &note["id"], &json!(post.uri)]
    );
    assert_eq!(unsigned(&peer, &eve, stamp).await.status, 401);
    assert_eq!(state(&here, alice.id, note["id"].as_str().unwrap()).await, "accepted");
    assert_eq!(told_of(&here, alice.id, NotificationKind::Quote).await, 1);
    // The same post, sent to everybody with its stamp, is believed without asking anybody.
    let sent = with(note.clone(), "quoteAuthorization", json!(stamp));
    assert_eq!(peer.tell(&bob, &alice.uri, &peer.create(&bob, &sent)).await.status, 202);
    assert_eq!(state(&here, alice.id, note["id"].as_str().unwrap()).await, "accepted");

    // No: what can't be seen, what isn't there, and what doesn't quote what it says; to a stranger they look the same.
    let missing = format!("{}/statuses/1", alice.uri);
    let other = peer.note(&eve, "<p>no quote</p>");
    for (object, note) in [
        (private.uri.as_str(), a_quote(&peer, &eve, "quote", &private.uri)),
        (direct.uri.as_str(), a_quote(&peer, &eve, "quote", &direct.uri)),
        (missing.as_str(), a_quote(&peer, &eve, "quote", &missing)),
        (post.uri.as_str(), other),
    ] {
        let before = told(&peer, "Reject").len();
        let asked = request(&peer, &eve, object, &note);
        assert_eq!(peer.tell(&eve, &alice.uri, &asked).await.status, 202);
        here.work().await;
        let reject = told(&peer, "Reject").split_off(before).pop().unwrap().json();
        assert_eq!((&reject["object"]["id"], reject.get("result")), (&asked["id"], None), "{object}");
    }
    // Nor who is blocked.
    let id = here.account_of(&eve.id).await.unwrap().id;
    blocks::block(&here.ctx, alice.id, id).await.unwrap();
    here.work().await;
    let note = a_quote(&peer, &eve, "quote", &post.uri);
    let asked = request(&peer, &eve, &post.uri, &note);
    assert_eq!(peer.tell(&eve, &alice.uri, &asked).await.status, 202);
    here.work().await;
    assert_eq!(told(&peer, "Reject").pop().unwrap().json()["object"]["id"], asked["id"]);
    assert!(here.status_of(note["id"].as_str().unwrap()).await.is_none());
}

/// That a post which few may see is no quote any more, is told to its author alone.
#[tokio::test]
async fn the_end_of_a_private_quote_is_private() {
    let Stage { here, peer, alice, bob } = Stage::set().await;
    let eve = peer.actor_at("evil.localhost", "eve");
    for fan in [&bob, &eve] {
        here.followed_by(&alice, &peer, fan).await;
    }
    let everybody = "https://www.w3.org/ns/activitystreams#Public";
    for (open, hears) in [(true, vec!["evil", "remote"]), (false, vec!["remote"])] {
        let post = here.post(&alice, draft("mine", Visibility::Public)).await;
        let tag = json!([{"type": "Mention", "href": alice.uri, "name": "@alice"}]);
        let to = if open { everybody } else { bob.followers.as_str() };
        let note = with(a_quote(&peer, &bob, "quote", &post.uri), "to", json!([to]));
        let note = with(with(note, "cc", json!([alice.uri])), "tag", tag);
        peer.publish(note["id"].as_str().unwrap(), &note);
        assert_eq!(peer.tell(&bob, &alice.uri, &request(&peer, &bob, &post.uri, &note)).await.status, 202);
        here.work().await;
        let row = here.status_of(note["id"].as_str().unwrap()).await.unwrap();
        assert_eq!(row.visibility.is_open(), open);
        let before = told(&peer, "Delete").len();
        quotes::revoke(&here.ctx, alice.id, post.id, row.id).await.unwrap();
        here.work().await;
        let deletes = told(&peer, "Delete").split_off(before);
        let mut hosts: Vec<&str> =
            deletes.iter().map(|delete| delete.host.split('.').next().unwrap()).collect();
        hosts.sort_unstable();
        assert_eq!(hosts, hears);
        let body = deletes[0].json();
        assert_eq!(body["to"].to_string().contains(everybody), open, "{body}");
        assert!(body.to_string().contains(&bob.id), "{body}");
    }
}

/// An Accept counts with a stamp that names both, on the quoted author's own server.
#[tokio::test]
async fn answers_are_looked_after() {
    let Stage { here, peer, alice, bob } = Stage::set().await;
    let anyone = "https://www.w3.org/ns/activitystreams#Public";
    let his = with(
        peer.note(&bob, "<p>his</p>"),
        "interactionPolicy",
        json!({"canQuote": {"automaticApproval": [anyone]}}),
    );
    peer.publish(his["id"].as_str().unwrap(), &his);
    let there = found(&here, his["id"].as_str().unwrap()).await;
    let mine = here.post(&alice, quoting("so true", there)).await;
    here.work().await;
    let asked = told(&peer, "QuoteRequest").pop().unwrap().json();
    assert_eq!((&asked["object"], &asked["instrument"]["id"]), (&his["id"], &json!(mine.uri)));
    assert_eq!(asked["instrument"]["quote"], his["id"]);
    assert_eq!(list(&asked["to"]), [bob.id.as_str()]);
    let good = json!({"@context": "https://www.w3.org/ns/activitystreams", "type": "QuoteAuthorization",
        "id": format!("{}/stamps/good", bob.id), "attributedTo": bob.id, "interactingObject": mine.uri,
        "interactionTarget": his["id"]});
    let bad = with(
        with(good.clone(), "id", json!(format!("{}/stamps/bad", bob.id))),
        "interactionTarget",
        json!(bob.id),
    );
    for stamp in [&good, &bad] {
        peer.publish(stamp["id"].as_str().unwrap(), stamp);
    }
    let answer = |by: &Actor, kind: &str, result: Option<&str>| {
        let mut answer = peer.activity(
            by,
            kind,
            &json!({"type": "QuoteRequest", "id": asked["id"],
            "actor": alice.uri, "object": his["id"], "instrument": mine.uri}),
        );
        if let Some(result) = result {
            answer["result"] = json!(result);
        }
        answer
    };
    let eve = peer.actor_at("evil.localhost", "eve");
    let good = good["id"].as_str().unwrap();
    for (by, result, status) in [
        (&eve, Some(good), 403),
        (&bob, None, 403),
        (&bob, Some("http://evil.localhost/stamps/1"), 403),
        (&bob, bad["id"].as_str(), 202),
    ] {
        assert_eq!(
            peer.tell(by, &alice.uri, &answer(by, "Accept", result)).await.status,
            status,
            "{result:?}"
        );
        here.work().await;
        assert_eq!(state(&here, alice.id, &mine.uri).await, "pending", "{result:?}");
    }
    for (kind, result, expected) in
        [("Reject", None, "rejected"), ("Accept", Some(good), "accepted"), ("Reject", None, "revoked")]
    {
        assert_eq!(peer.tell(&bob, &alice.uri, &answer(&bob, kind, result)).await.status, 202);
        here.work().await;
        assert_eq!(state(&here, alice.id, &mine.uri).await, expected);
    }
    let updates = told(&peer, "Update");
    let stamps: Vec<_> = updates.iter().map(|u| u.json()["object"]["quoteAuthorization"].clone()).collect();
    assert!(stamps.contains(&json!(good)), "{stamps:?}");
}

/// A bearer capability is opened at its own server, with its token, which goes nowhere else.
#[tokio::test]
async fn bearcaps_are_opened() {
    let Stage { here, peer, alice, bob } = Stage::set().await;
    here.befriend(&alice, &peer, &bob).await;
    let note = peer.note(&bob, "<p>behind a door</p>");
    let id = note["id"].as_str().unwrap().to_owned();
    let (path, body) = (url::Url::parse(&id).unwrap().path().to_owned(), note.clone());
    peer.withdraw(&id);
    peer.script(move |request| {
        if request.path != path || request.method != "GET" {
            return None;
        }
        let opened = request.header("authorization") == Some("Bearer s3same-key");
        Some(if opened { Reply::json(200, "application/activity+json", &body) } else { Reply::status(403) })
    });
    let object = |url: &str, token: &str| json!(format!("bear:?t={token}&u={url}"));
    for (object, known) in [
        (object(&id, "wrong"), false),
        (object(&format!("http://evil.localhost:{}/1", peer.port()), "s3same-key"), false),
        (object(&id, "s3same-key"), true),
    ] {
        peer.tell(&bob, &alice.uri, &peer.activity(&bob, "Create", &object)).await;
        here.work().await;
        assert_eq!(here.status_of(&id).await.is_some(), known, "{object}");
    }
    assert_eq!(peer.count(|r| r.host.starts_with("evil") && r.method == "GET" && r.path == "/1"), 0);
}
