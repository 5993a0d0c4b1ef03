//! People who follow, unfollow, block and unblock each other all at once: nobody follows across a block afterwards, the
//! counters are what the rows say, and no two of them wait for each other.
#![cfg(test)]

use std::sync::Arc;

use futures::future::join_all;
use tempfile::TempDir;
use tintype_media::{MediaStore, Studio};
use tintype_model::{AccountId, Clock, IdGen, Role, Site, SystemClock};
use tintype_service::{
    Ctx, Error, Events, Policy, blocks,
    ctx::PasswordWork,
    follows::{self, FollowOptions},
    registration::{self, NewPerson},
    throttle::Throttle,
};
use tintype_store::{Options, Store, follows::FollowState};
use tintype_testkit::postgres::TestDatabase;

/// Turns of each hand.
const TURNS: usize = 60;
/// Hands that act at once.
const HANDS: usize = 8;

async fn instance(url: &str, folder: &TempDir) -> Ctx {
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    let site = Site {
        domain: "photos.example".to_owned(),
        base: "https://photos.example".to_owned(),
        title: "Photos".to_owned(),
    };
    Ctx {
        store: Store::open(&Options::new(url)).await.unwrap(),
        media: MediaStore::local(&folder.path().join("media"), [7; 32]).unwrap(),
        studio: Studio::new(tintype_media::Limits::default()),
        ids: IdGen::new(clock.clone()),
        clock,
        site: Arc::new(site),
        policy: Arc::new(Policy::default()),
        events: Events::default(),
        passwords: PasswordWork::default(),
        strangers: Throttle::default(),
    }
}

/// One hand: every turn is somebody's, towards somebody. Refusals are part of it.
async fn play(ctx: Ctx, people: Vec<AccountId>, hand: usize) {
    for turn in 0..TURNS {
        let dice = (turn * 31 + hand * 17) ^ (turn >> 2) ^ (hand << 3);
        let who = people[dice % people.len()];
        let whom = people[(dice / 3 + turn) % people.len()];
        if who == whom {
            continue;
        }
        let outcome = match (dice / 5 + hand) % 6 {
            0..=2 => follows::follow(&ctx, who, whom, FollowOptions::default()).await,
            3 => blocks::block(&ctx, who, whom).await,
            4 => blocks::unblock(&ctx, who, whom).await,
            _ => follows::unfollow(&ctx, who, whom).await,
        };
        assert!(matches!(outcome, Ok(_) | Err(Error::Forbidden(_))), "{outcome:?}");
    }
}

async fn turns(url: &str) {
    let folder = tempfile::tempdir().unwrap();
    let ctx = instance(url, &folder).await;
    let mut people = Vec::new();
    for name in ["anna", "ben", "cleo"] {
        let person = NewPerson {
            username: name.to_owned(),
            email: format!("{name}@mail.example"),
            password: "correct horse".to_owned(),
            agreement: true,
            ..NewPerson::default()
        };
        people.push(registration::create(&ctx, person, Role::Member).await.unwrap().id);
    }
    let hands = (0..HANDS).map(|hand| tokio::spawn(play(ctx.clone(), people.clone(), hand)));
    for hand in join_all(hands).await {
        hand.unwrap();
    }
    let mut reader = ctx.store.read().await.unwrap();
    let (mut follows, mut blocks) = (0, 0);
    for who in &people {
        let rows = reader.follows_of_account(*who, 100).await.unwrap();
        let accepted = rows.iter().filter(|row| row.state == FollowState::Accepted);
        let out = accepted.clone().filter(|row| row.follower_id == *who).count();
        let account = reader.account(*who).await.unwrap().unwrap();
        let counted = (account.following_count, account.followers_count);
        let real = (i64::try_from(out).unwrap(), i64::try_from(accepted.count() - out).unwrap());
        assert_eq!(counted, real, "{}", account.username);
        for whom in people.iter().filter(|whom| *whom != who) {
            let blocked = reader.block_between(*who, *whom).await.unwrap().is_some();
            let row = reader.follow_between(*who, *whom).await.unwrap();
            let back = reader.follow_between(*whom, *who).await.unwrap();
            assert!(!blocked || (row.is_none() && back.is_none()), "{who} {whom}");
            (follows, blocks) = (follows + usize::from(row.is_some()), blocks + usize::from(blocked));
        }
    }
    assert!(follows + blocks > 0, "something happened");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn on_sqlite() {
    let folder = tempfile::tempdir().unwrap();
    turns(&format!("sqlite://{}", folder.path().join("test.db").display())).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn on_postgres() {
    let database = TestDatabase::create().await;
    turns(database.url()).await;
}
