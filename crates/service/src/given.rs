//! What the tests of this crate begin with: an instance in a folder of its own, with a clock that they turn.

use std::{
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
    time::Duration,
};

use tempfile::TempDir;
use tintype_media::{MediaStore, Studio};
use tintype_model::{AccountId, Clock, IdGen, Millis, Role, Site};
use tintype_store::{Options, Store};

use crate::{
    Ctx, Events, Policy, ctx::PasswordWork, registration, registration::NewPerson, throttle::Throttle,
};

/// A clock that stands still until it is turned.
#[derive(Debug)]
pub struct Hands(AtomicI64);

impl Hands {
    pub fn turn(&self, by: Duration) {
        self.0.fetch_add(i64::try_from(by.as_millis()).unwrap(), Ordering::Relaxed);
    }
}

impl Clock for Hands {
    fn now(&self) -> Millis {
        Millis(self.0.load(Ordering::Relaxed))
    }
}

/// `photos.example` on an empty SQLite database; everything is gone when the folder is dropped.
pub async fn instance() -> (Ctx, TempDir) {
    let (ctx, _, dir) = instance_with_clock().await;
    (ctx, dir)
}

/// As [`instance`], with the hands of its clock.
pub async fn instance_with_clock() -> (Ctx, Arc<Hands>, TempDir) {
    let dir = tempfile::tempdir().unwrap();
    let url = format!("sqlite://{}", dir.path().join("tintype.db").display());
    let hands = Arc::new(Hands(AtomicI64::new(1_780_000_000_000)));
    let clock: Arc<dyn Clock> = hands.clone();
    let site = Site {
        domain: "photos.example".to_owned(),
        base: "https://photos.example".to_owned(),
        title: "Photos".to_owned(),
    };
    let ctx = Ctx {
        store: Store::open(&Options::new(url)).await.unwrap(),
        media: MediaStore::local(&dir.path().join("media"), [7; 32]).unwrap(),
        studio: Studio::new(tintype_media::Limits::default()),
        ids: IdGen::new(clock.clone()),
        clock,
        site: Arc::new(site),
        policy: Arc::new(Policy::default()),
        events: Events::default(),
        passwords: PasswordWork::default(),
        strangers: Throttle::default(),
    };
    (ctx, hands, dir)
}

/// Somebody who fills in the form properly. The password is `correct horse`.
pub fn newcomer(username: &str) -> NewPerson {
    NewPerson {
        username: username.to_owned(),
        email: format!("{username}@mail.example"),
        password: "correct horse".to_owned(),
        agreement: true,
        ..NewPerson::default()
    }
}

/// A member of the instance.
pub async fn member(ctx: &Ctx, username: &str) -> AccountId {
    registration::admit(ctx, newcomer(username), Role::Member).await.unwrap()
}
