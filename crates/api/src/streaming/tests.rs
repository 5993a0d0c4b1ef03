use std::{collections::HashSet, sync::Arc};

use tintype_model::{AccountId, AppId, Role, StatusId, TokenId};

use super::{channel::Refused, *};
use crate::{ApiError, Caller, auth::Bearer};

fn caller(account: i64, scopes: &str) -> Caller {
    Caller {
        account: AccountId(account),
        role: Role::Member,
        token: TokenId(account),
        app: AppId(1),
        scopes: scopes.parse().unwrap(),
    }
}

fn token(text: &str) -> Bearer {
    Bearer(text.to_owned())
}

fn payload(text: &str) -> Arc<str> {
    text.into()
}

#[test]
fn channels_have_names_and_scopes() {
    let table = [
        ("user", None, "read", Ok(&["user"][..])),
        ("user", None, "read:notifications", Err(Refused::Scope)),
        ("user:notification", None, "read:notifications", Ok(&["user:notification"])),
        ("user:notification", None, "read:statuses", Err(Refused::Scope)),
        ("public", None, "read:statuses", Ok(&["public"])),
        ("public:local", None, "read", Ok(&["public:local"])),
        ("public:remote:media", None, "read", Ok(&["public:remote:media"])),
        ("public:media", None, "write", Err(Refused::Scope)),
        ("hashtag", Some("#Cats"), "read", Ok(&["hashtag", "Cats"])),
        ("hashtag:local", Some("cats"), "read", Ok(&["hashtag:local", "cats"])),
        ("hashtag", Some(" "), "read", Err(Refused::NoTag)),
        ("hashtag", None, "read", Err(Refused::NoTag)),
        ("user:media", None, "read", Err(Refused::Unknown)),
        ("list", None, "read", Err(Refused::Unknown)),
        ("", None, "read", Err(Refused::Unknown)),
    ];
    for (name, tag, scopes, wanted) in table {
        let found = Channel::open(name, tag, &scopes.parse().unwrap()).map(|channel| channel.name());
        assert_eq!(
            found,
            wanted.map(|names| names.iter().map(|n| (*n).to_owned()).collect()),
            "{name} {tag:?}"
        );
    }
}

#[tokio::test]
async fn news_is_told_once_and_only_where_it_belongs() {
    let hub = Hub::default();
    let public = Channel::Public { local: None, media: false };
    let mut alice = hub.open(&caller(1, "read"), token("a")).unwrap();
    let mut bob = hub.open(&caller(2, "read"), token("b")).unwrap();
    for stream in [&alice, &bob] {
        stream.subscribe(Channel::User);
        stream.subscribe(Channel::User);
        stream.subscribe(public.clone());
    }
    let home = HashSet::from([Channel::User]);
    let status = StatusId(7);
    for _ in 0..2 {
        hub.status(AccountId(1), &home, status, "update", &payload("{}"));
    }
    hub.status(AccountId(1), &home, status, "status.update", &payload("{}"));
    hub.notification(AccountId(1), &payload("{}"));
    hub.delete(status, |_, _| false);
    hub.delete(StatusId(8), |viewer, channel| viewer == AccountId(2) && *channel == public);
    hub.close();
    let mut told = Vec::new();
    while let Some(message) = alice.next().await {
        assert_eq!(message.channel, Channel::User);
        told.push(message.event);
    }
    assert_eq!(told, ["update", "status.update", "notification", "delete"]);
    let message = bob.next().await.unwrap();
    assert_eq!((message.channel, message.event, &*message.payload), (public, "delete", "8"));
    assert_eq!(bob.next().await, None, "nothing of what was Alice's");
    let late = hub.open(&caller(1, "read"), token("a")).unwrap_err();
    assert_eq!(late, ApiError::Temporary, "the server is stopping");
}

#[tokio::test]
async fn streams_end_with_their_token_their_reader_and_a_slow_reader() {
    let hub = Hub::default();
    let mut revoked = hub.open(&caller(1, "read"), token("a")).unwrap();
    let kept = hub.open(&caller(1, "read"), token("b")).unwrap();
    assert_eq!(hub.bearers(Some(AccountId(1))).len(), 2);
    hub.end(&token("a"));
    assert_eq!(revoked.next().await, None);
    assert_eq!(hub.len(), 1);
    drop(kept);
    assert!(hub.is_empty());
    let mut slow = hub.open(&caller(2, "read"), token("c")).unwrap();
    slow.subscribe(Channel::Notifications);
    let mut sent = 0;
    while !hub.is_empty() {
        hub.notification(AccountId(2), &payload("{}"));
        sent += 1;
        assert!(sent < 10_000, "a slow reader is dropped");
    }
    for _ in 1..sent {
        assert!(slow.next().await.is_some());
    }
    assert_eq!(slow.next().await, None);
}

#[test]
fn nobody_has_all_the_streams() {
    let hub = Hub::default();
    let open = || hub.open(&caller(1, "read"), token("a"));
    let many: Vec<_> = std::iter::from_fn(|| open().ok()).take(1000).collect();
    assert_eq!(many.len(), 32);
    assert_eq!(open().unwrap_err(), ApiError::TooMany { retry_after: None });
    hub.open(&caller(2, "read"), token("b")).unwrap();
    drop(many);
    open().unwrap();
}
