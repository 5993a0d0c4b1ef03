//! A domain that is blocked is shut out at every door, however it is spelled and whoever speaks of it.

use serde_json::{Value, json};
use tintype_model::Visibility;
use tintype_service::{
    Resolver as _,
    domains::{self, DomainOptions},
};
use tintype_testkit::{
    Peer,
    peer::{Actor, Reply, SignOptions},
};

use crate::{
    given::{Here, Stage, draft, with},
    shown::get,
};

/// Servers whose handles are of another domain than their actors: the actor's server confirms, and so does the domain.
fn split(peer: &Peer, actor: &Actor, domain: &str) {
    let subject = format!("acct:{}@{domain}", actor.username);
    let jrd = json!({
        "subject": subject,
        "links": [{"rel": "self", "type": "application/activity+json", "href": actor.id}],
    });
    for (host, name) in
        [(actor.domain.as_str(), actor.handle()), (domain, subject["acct:".len()..].to_owned())]
    {
        let url = format!("http://{host}/.well-known/webfinger?resource=acct:{name}");
        peer.serve(&url, Reply::json(200, "application/jrd+json", &jrd));
    }
}

fn id(document: &Value) -> &str {
    document["id"].as_str().unwrap()
}

async fn told(here: &Here, peer: &Peer, actor: &Actor, activity: &Value, options: &SignOptions) -> u16 {
    let status = peer.deliver(actor, &here.url("/inbox"), activity, options).await.status;
    here.work().await;
    status
}

#[tokio::test]
async fn t035_a_blocked_domain_is_shut_out_at_every_door() {
    let Stage { here, peer, alice, bob: dora } = Stage::set().await;
    here.befriend(&alice, &peer, &dora).await;
    here.followed_by(&alice, &peer, &dora).await;
    // Without the port, in capitals, with the root's dot: it is the same.
    domains::block(&here.ctx, "Bad.Localhost.", DomainOptions::default()).await.unwrap();
    let plain = SignOptions::default();
    for host in ["bad.localhost", "sub.bad.localhost"] {
        let bob = peer.actor_at(host, "bob");
        let note = peer.note(&bob, "<p>x</p>");
        let post = here.post(&alice, draft("mine", Visibility::Public)).await;
        here.work().await;
        let asked = || peer.count(|r| r.host.contains("bad.localhost"));

        // Whoever comes.
        for activity in [peer.follow(&bob, &alice.uri), peer.like(&bob, &post.uri), peer.create(&bob, &note)]
        {
            assert_eq!(told(&here, &peer, &bob, &activity, &plain).await, 403, "{host}: inbox");
        }
        assert_eq!(get(&peer, &bob, &alice.uri).await.status, 403, "{host}: a signed GET");
        let key = SignOptions { key_id: Some(bob.key_id.clone()), ..SignOptions::default() };
        let liked = peer.like(&dora, &post.uri);
        assert!([401, 403].contains(&told(&here, &peer, &dora, &liked, &key).await), "{host}: keyId");

        // Whoever speaks of it.
        let hers = peer.note(&dora, "<p>y</p>");
        let theirs = with(hers.clone(), "id", note["id"].clone());
        assert_eq!(
            told(&here, &peer, &dora, &peer.create(&dora, &theirs), &plain).await,
            403,
            "{host}: object"
        );
        let forged = with(hers.clone(), "attributedTo", json!(bob.id));
        assert_eq!(
            told(&here, &peer, &dora, &peer.create(&dora, &forged), &plain).await,
            403,
            "{host}: attributedTo"
        );
        assert_eq!(told(&here, &peer, &dora, &peer.announce(&dora, id(&note)), &plain).await, 202);
        assert!(here.status_of(id(&note)).await.is_none(), "{host}: a boost by others");
        let answer = with(peer.note(&dora, "<p>z</p>"), "inReplyTo", note["id"].clone());
        assert_eq!(told(&here, &peer, &dora, &peer.create(&dora, &answer), &plain).await, 202);
        assert!(here.status_of(id(&answer)).await.is_some(), "hers is hers");
        let quoting = with(peer.note(&dora, "<p>q</p>"), "quote", note["id"].clone());
        assert_eq!(told(&here, &peer, &dora, &peer.create(&dora, &quoting), &plain).await, 202);
        assert!(here.status_of(id(&note)).await.is_none(), "{host}: what is answered or quoted");

        // Whatever is looked for.
        let resolver = &here.federation;
        assert_eq!(
            resolver.account(&bob.handle().parse().unwrap()).await.unwrap(),
            None,
            "{host}: WebFinger"
        );
        for url in [id(&note), &bob.id] {
            assert_eq!(resolver.object(url).await.unwrap(), None, "{host}: search");
        }
        let leads = peer.url(&format!("/leads/{host}"));
        peer.serve(&leads, Reply::redirect(id(&note)));
        assert_eq!(resolver.object(&leads).await.unwrap(), None, "{host}: a redirect");
        assert!(here.status_of(id(&note)).await.is_none());
        let picture = format!("http://{}/picture.jpg", bob.domain);
        assert!(resolver.file(&picture, 1000).await.is_err(), "{host}: media");

        // Whatever goes out.
        let said = format!("hello @{} and @{}", bob.handle(), dora.handle());
        here.post(&alice, draft(&said, Visibility::Public)).await;
        here.work().await;
        let before_redirect =
            peer.count(|r| r.host.contains("bad.localhost") && !r.path.contains("/statuses/"));
        assert_eq!(before_redirect, 0, "{host}: nobody is called");
        assert!(asked() <= 2, "{host}: but where a redirect leads: {}", asked());

        // Whoever has two names.
        let by_host = peer.actor_at(host, "carl");
        split(&peer, &by_host, &peer.domain_of("nice.localhost"));
        let nice = format!("carl@{}", peer.domain_of("nice.localhost"));
        assert_eq!(
            resolver.account(&nice.parse().unwrap()).await.unwrap(),
            None,
            "{host}: the actor's server"
        );
        let by_handle = peer.actor_at("nice.localhost", &format!("eve{}", host.len()));
        split(&peer, &by_handle, &peer.domain_of(host));
        assert_eq!(resolver.object(&by_handle.id).await.unwrap(), None, "{host}: the handle's domain");
        assert!(
            [403, 401, 503].contains(
                &told(&here, &peer, &by_handle, &peer.follow(&by_handle, &alice.uri), &plain).await
            )
        );
        assert!(here.account_of(&by_handle.id).await.is_none());
    }
}

#[tokio::test]
async fn who_has_two_names_is_hidden_by_a_rule_about_either() {
    for by_host in [true, false] {
        let Stage { here, peer, alice, .. } = Stage::set().await;
        let carl = peer.actor_at("social.localhost", "carl");
        let domain = peer.domain_of("nice.localhost");
        split(&peer, &carl, &domain);
        here.followed_by(&alice, &peer, &carl).await;
        let known = here.account_of(&carl.id).await.unwrap();
        assert_eq!(
            (known.domain.as_deref(), known.actor_host()),
            (Some(domain.as_str()), Some(carl.domain.clone()))
        );
        let rule = if by_host { "social.localhost" } else { "nice.localhost" };
        domains::block(&here.ctx, rule, DomainOptions::default()).await.unwrap();
        let row = here.account_of(&carl.id).await.unwrap();
        assert!(row.suspended_at.is_some(), "{rule}");
        let follows = here.ctx.store.read().await.unwrap().follow_between(known.id, alice.id).await.unwrap();
        assert_eq!(follows, None, "{rule}");
        assert_eq!(peer.tell(&carl, &alice.uri, &peer.follow(&carl, &alice.uri)).await.status, 403, "{rule}");
        assert_eq!(get(&peer, &carl, &alice.uri).await.status, 403, "{rule}");
        // A rule about the other name is no reason to let it in.
        let other = if by_host { "nice.localhost" } else { "social.localhost" };
        domains::allow(&here.ctx, other, DomainOptions::default()).await.unwrap();
        assert!(here.account_of(&carl.id).await.unwrap().suspended_at.is_some(), "{rule}");
        domains::remove(&here.ctx, other).await.unwrap();
        domains::remove(&here.ctx, rule).await.unwrap();
        assert!(here.account_of(&carl.id).await.unwrap().suspended_at.is_none(), "{rule}");
    }
}
