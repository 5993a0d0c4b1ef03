//! Which servers are let in, asked and told.

use serde_json::json;
use tintype_model::{Page, Visibility};
use tintype_service::{
    Policy, Resolver as _,
    ctx::FederationMode,
    domains::{self, DomainOptions, DomainRule, Severity},
};
use tintype_testkit::peer::{Reply, SignOptions};

use crate::{
    given::{Stage, draft, posts, told},
    shown::{get, unsigned},
};

const NOT_ADMITTED: &str = "this server does not federate with yours";

/// Everything that a refused server may try comes to nothing, and it is never called.
async fn is_refused(stage: &Stage) {
    let Stage { here, peer, alice, bob } = stage;
    let post = here.post(alice, draft(&format!("hi @{}", bob.handle()), Visibility::Public)).await;
    let before = peer.count(|_| true);
    for inbox in [here.url("/inbox"), format!("{}/inbox", alice.uri)] {
        let answer = peer.deliver(bob, &inbox, &peer.like(bob, &post.uri), &SignOptions::default()).await;
        assert_eq!((answer.status, &answer.json()["error"]), (403, &json!(NOT_ADMITTED)), "{inbox}");
    }
    let farewell = peer.activity(bob, "Delete", &json!(bob.id));
    assert_eq!(peer.tell(bob, &alice.uri, &farewell).await.status, 403);
    for url in [&alice.uri, &post.uri, &format!("{}/outbox", alice.uri)] {
        assert_eq!(get(peer, bob, url).await.status, 403, "{url}");
    }
    let note = peer.note(bob, "<p>x</p>");
    assert_eq!(here.federation.object(note["id"].as_str().unwrap()).await.unwrap(), None);
    assert_eq!(here.federation.object(&bob.id).await.unwrap(), None);
    assert_eq!(here.federation.account(&bob.handle().parse().unwrap()).await.unwrap(), None);
    assert!(here.federation.file(&peer.url("/picture.jpg"), 1000).await.is_err());
    here.work().await;
    assert_eq!(peer.count(|_| true), before, "nobody is called");
    assert_eq!(here.status_of(&post.uri).await.unwrap().favourites_count, 0);
}

#[tokio::test]
async fn blocked_servers_are_not_let_in_asked_or_told() {
    // Never heard of, and known as a follower.
    for known in [false, true] {
        let stage = Stage::set().await;
        let Stage { here, peer, alice, bob } = &stage;
        if known {
            here.followed_by(alice, peer, bob).await;
        }
        domains::block(&here.ctx, &bob.domain, DomainOptions::default()).await.unwrap();
        here.work().await;
        is_refused(&stage).await;
        // Others are as before.
        let dora = peer.actor_at("other.localhost", "dora");
        assert_eq!(peer.tell(&dora, &alice.uri, &peer.follow(&dora, &alice.uri)).await.status, 202);
        assert!(domains::remove(&here.ctx, &bob.domain).await.unwrap());
        assert_eq!(peer.tell(bob, &alice.uri, &peer.follow(bob, &alice.uri)).await.status, 202);
    }
}

#[tokio::test]
async fn no_redirect_leads_to_a_server_that_is_shut_out() {
    let Stage { here, peer, .. } = Stage::set().await;
    let eve = peer.actor_at("evil.localhost", "eve");
    domains::block(&here.ctx, &eve.domain, DomainOptions::default()).await.unwrap();
    let target = peer.note(&eve, "<p>x</p>")["id"].clone();
    for path in ["/moved", "/picture.jpg", "/.well-known/webfinger"] {
        peer.serve(&peer.url(path), Reply::redirect(target.as_str().unwrap()));
    }
    assert_eq!(here.federation.object(&peer.url("/moved")).await.unwrap(), None);
    assert_eq!(
        here.federation.account(&format!("eve@{}", peer.domain()).parse().unwrap()).await.unwrap(),
        None
    );
    assert!(here.federation.file(&peer.url("/picture.jpg"), 1000).await.is_err());
    assert_eq!(peer.count(|request| request.host == eve.domain), 0, "nobody is called there");
}

#[tokio::test]
async fn what_waits_for_a_server_that_is_shut_out_is_given_up() {
    let Stage { here, peer, alice, .. } = Stage::set().await;
    let bob = peer.actor_at("sub.far.localhost", "bob");
    here.followed_by(&alice, &peer, &bob).await;
    peer.script(|request| (request.method == "POST").then(|| Reply::status(503)));
    here.post(&alice, draft("mine", Visibility::Public)).await;
    here.work().await;
    let pending = here.ctx.store.read().await.unwrap().next_delivery_at(&bob.domain).await.unwrap();
    assert!(pending.is_some());
    // The rule is about the domain above: what is below it goes with it.
    let rule = DomainRule {
        domain: peer.domain_of("far.localhost"),
        severity: Severity::Block,
        reject_media: false,
        reject_reports: false,
        public_comment: None,
        private_comment: None,
        created_at: here.ctx.now(),
    };
    let mut tx = here.ctx.store.begin().await.unwrap();
    tx.put_domain_rule(&rule).await.unwrap();
    tx.commit().await.unwrap();
    here.work().await;
    let mut reader = here.ctx.store.read().await.unwrap();
    assert_eq!(reader.next_delivery_at(&bob.domain).await.unwrap(), None);
    let dead = reader.dead_deliveries(&Page::newest(10)).await.unwrap();
    let [dead] = dead.as_slice() else { panic!("{} are dead", dead.len()) };
    assert_eq!(dead.last_error.as_deref(), Some("this instance does not federate with that server"));
}

#[tokio::test]
async fn newcomers_of_limited_servers_are_silenced() {
    let Stage { here, peer, alice, bob } = Stage::set().await;
    domains::limit(&here.ctx, &bob.domain, DomainOptions::default()).await.unwrap();
    let dora = peer.actor_at("other.localhost", "dora");
    for actor in [&bob, &dora] {
        assert_eq!(peer.tell(actor, &alice.uri, &peer.follow(actor, &alice.uri)).await.status, 202);
    }
    assert!(here.account_of(&bob.id).await.unwrap().silenced_at.is_some());
    assert!(here.account_of(&dora.id).await.unwrap().silenced_at.is_none());
}

#[tokio::test]
async fn pictures_of_servers_may_be_left_out() {
    let Stage { here, peer, alice, mut bob } = Stage::set().await;
    bob.document["icon"] = json!({"type": "Image", "mediaType": "image/png", "url": peer.url("/bob.png")});
    peer.publish_actor(&bob);
    let options = DomainOptions { reject_media: true, ..DomainOptions::default() };
    domains::limit(&here.ctx, &bob.domain, options).await.unwrap();
    let known = here.befriend(&alice, &peer, &bob).await;
    assert_eq!(known.avatar_remote_url, None);
    let mut note = peer.note(&bob, "<p>x</p>");
    note["attachment"] =
        json!([{"type": "Document", "mediaType": "image/png", "url": peer.url("/1.png"), "name": null}]);
    assert_eq!(peer.tell(&bob, &alice.uri, &peer.create(&bob, &note)).await.status, 202);
    let row = here.status_of(note["id"].as_str().unwrap()).await.unwrap();
    assert!(here.ctx.store.read().await.unwrap().media_of(&[row.id]).await.unwrap().is_empty());
}

#[tokio::test]
async fn with_a_list_of_the_allowed_all_others_are_refused() {
    let policy = Policy { federation: FederationMode::Allowlist, ..Policy::default() };
    let stage = Stage::set_with(policy).await;
    let before = posts(&stage.peer).len();
    {
        // Files lie anywhere, so that only a block keeps them out.
        let Stage { here, peer, .. } = &stage;
        peer.serve(&peer.url("/picture.jpg"), Reply::bytes(200, "image/jpeg", vec![1, 2, 3]));
        assert_eq!(here.federation.file(&peer.url("/picture.jpg"), 1000).await.unwrap().len(), 3);
    }
    let Stage { here, peer, alice, bob } = &stage;
    let post = here.post(alice, draft("mine", Visibility::Public)).await;
    assert_eq!(peer.tell(bob, &alice.uri, &peer.like(bob, &post.uri)).await.status, 403);
    assert_eq!(get(peer, bob, &alice.uri).await.status, 403);
    assert_eq!(here.federation.object(&bob.id).await.unwrap(), None);
    assert_eq!(posts(peer).len(), before);
    domains::allow(&here.ctx, &bob.domain, DomainOptions::default()).await.unwrap();
    here.followed_by(alice, peer, bob).await;
    assert_eq!(told(peer, "Accept").len(), 1);
    assert_eq!(get(peer, bob, &post.uri).await.status, 200);
}

#[tokio::test]
async fn an_instance_that_federates_with_nobody_has_no_door() {
    let policy = Policy { federation: FederationMode::Off, ..Policy::default() };
    let Stage { here, peer, alice, bob } = Stage::set_with(policy).await;
    let post = here.post(&alice, draft(&format!("hi @{}", bob.handle()), Visibility::Public)).await;
    for inbox in [here.url("/inbox"), format!("{}/inbox", alice.uri)] {
        let answer = peer.deliver(&bob, &inbox, &peer.like(&bob, &post.uri), &SignOptions::default()).await;
        assert_eq!((answer.status, &answer.json()["error"]), (403, &json!(NOT_ADMITTED)));
    }
    let finger = here.url(&format!("/.well-known/webfinger?resource=acct:alice@{}", here.ctx.site.domain));
    for url in [&alice.uri, &post.uri, &here.url("/actor"), &finger, &format!("{}/outbox", alice.uri)] {
        assert_eq!(get(&peer, &bob, url).await.status, 404, "{url}");
        assert_eq!(unsigned(&peer, &bob, url).await.status, 404, "{url}");
    }
    // What client apps and browsers ask.
    for path in ["/.well-known/nodeinfo", "/nodeinfo/2.0", "/.well-known/host-meta"] {
        assert_eq!(unsigned(&peer, &bob, &here.url(path)).await.status, 200, "{path}");
    }
    let page = SignOptions { content_type: "text/html", ..SignOptions::unsigned() };
    assert_eq!(peer.fetch(&bob, &alice.uri, &page).await.status, 302);
    assert_eq!(here.federation.object(&bob.id).await.unwrap(), None);
    here.work().await;
    assert_eq!(peer.count(|_| true), 0, "nobody is called");
    assert!(here.jobs().await.is_empty());
}
