//! Threats of the category `idempotency`.

use std::sync::Arc;

use futures::future::join_all;
use serde_json::{Value, json};
use sqlx::{Connection, Executor, SqliteConnection};
use tintype_testkit::peer::{Actor, Key, SignOptions};
use tintype_testkit::{Database, rows, wait};

use super::stage::Stage;

fn id(entity: &Value) -> &str {
    entity["id"].as_str().expect("an id")
}

#[tokio::test(flavor = "multi_thread")]
async fn t033_taken_and_done_are_one() {
    let stage = Stage::set().await;
    let Stage { alpha, peer, bob, alice, .. } = &stage;
    let note = peer.note(bob, "<p>hello</p>");
    let unknown = peer.note(&stage.mallory, "<p>has to be fetched</p>");
    let activities = [peer.create(bob, &note), peer.announce(bob, id(&unknown))];

    // Somebody else writes for longer than the instance waits: nothing can be stored, so nothing may be acknowledged.
    let mut database = SqliteConnection::connect(alpha.database_url()).await.unwrap();
    database.execute("PRAGMA busy_timeout = 5000").await.unwrap();
    let before = stage.rows(&[]).await;
    database.execute("BEGIN IMMEDIATE").await.unwrap();
    let answers = join_all(activities.iter().map(|activity| stage.tell(bob, activity))).await;
    for answer in &answers {
        assert_eq!(answer.status, 503, "{answer:?}");
        assert!(answer.header("retry-after").is_some(), "{answer:?}");
    }
    database.execute("ROLLBACK").await.unwrap();
    assert_eq!(rows::differences(&before, &stage.rows(&[]).await), [] as [&str; 0], "neither taken nor done");

    // So the next try is no duplicate.
    for activity in &activities {
        assert_eq!(stage.tell(bob, activity).await.status, 202, "{activity}");
    }
    alice.sees_at_home(id(&note)).await;
    alice.sees_at_home(id(&unknown)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn t033_killed_between_taken_and_done() {
    let stage = Stage::set().await;
    let Stage { alpha, peer, bob, alice, .. } = &stage;
    for round in 0..4 {
        let notes: Vec<Value> =
            (0..24).map(|number| peer.note(bob, &format!("<p>{round}/{number}</p>"))).collect();
        let creates: Vec<Value> = notes.iter().map(|note| peer.create(bob, note)).collect();
        let (options, inbox) = (SignOptions::default(), stage.inbox());
        let told = creates.iter().enumerate().map(async |(number, create)| {
            if number == 3 + 5 * round {
                alpha.kill9();
            }
            peer.try_deliver(bob, &inbox, create, &options).await.is_ok_and(|answer| answer.status < 300)
        });
        let taken = join_all(told).await;
        assert!(alpha.pid().is_none());
        alpha.start().await;
        // What was acknowledged is there; the rest is taken when it is sent again; nothing is there twice.
        for (note, _) in notes.iter().zip(&taken).filter(|(_, taken)| **taken) {
            alice.sees_at_home(id(note)).await;
        }
        for create in &creates {
            assert_eq!(stage.tell(bob, create).await.status, 202);
        }
        for note in &notes {
            alice.sees_at_home(id(note)).await;
        }
        let home = alice.home().await;
        for note in &notes {
            assert_eq!(home.iter().filter(|entry| entry["uri"] == note["id"]).count(), 1, "{note}");
        }
    }
}

async fn many_copies(database: Database) {
    let stage = Stage::with(database, |builder| builder).await;
    let Stage { alpha, peer, bob, trudy, alice, .. } = &stage;
    let mut people = vec![alice.clone()];
    for name in ["carol", "dora", "emma"] {
        people.push(alpha.person(name).await);
    }
    let mut inboxes: Vec<String> = people.iter().map(|person| format!("{}/inbox", person.actor())).collect();
    inboxes.push(alpha.url("/inbox"));
    let post = alice.say("a post").await;
    let uri = post["uri"].as_str().unwrap();

    let mut note = peer.note(bob, "<p>hello everybody</p>");
    let tag = |person: &tintype_testkit::Person| json!({"type": "Mention", "href": person.actor(), "name": format!("@{}", person.handle())});
    note["tag"] = people.iter().map(tag).collect();
    note["cc"] = people.iter().map(|person| json!(person.actor())).collect();
    let create = peer.create(bob, &note);
    // The same post under another activity.
    let again = peer.create(bob, &note);
    let (like, boost) = (peer.like(bob, uri), peer.announce(bob, uri));
    let newcomer = peer.actor_with_key("new.localhost", "newcomer", Arc::new(Key::generate()));
    let follow = peer.follow(&newcomer, &alice.actor());
    let same_follow = peer.follow(&newcomer, &alice.actor());
    let unknown = peer.note(trudy, "<p>to be fetched</p>");
    let other_boost = peer.announce(bob, id(&unknown));

    let all: [(&Actor, &Value); 7] = [
        (bob, &create),
        (bob, &again),
        (bob, &like),
        (bob, &boost),
        (&newcomer, &follow),
        (&newcomer, &same_follow),
        (bob, &other_boost),
    ];
    let options = SignOptions::default();
    let mut sent = Vec::new();
    for _ in 0..4 {
        for inbox in &inboxes {
            sent.extend(all.iter().map(|(signer, activity)| peer.deliver(signer, inbox, activity, &options)));
        }
    }
    let answers = join_all(sent).await;
    assert!(answers.iter().all(|answer| answer.status == 202), "{answers:?}");
    stage.settled().await;

    for person in &people {
        let told = person.notifications().await;
        let of = |kind: &str| told.iter().filter(|told| told["type"] == kind).count();
        assert_eq!(of("mention"), 1, "{}", person.username);
        let mine = usize::from(person.id == alice.id);
        assert_eq!((of("favourite"), of("reblog")), (mine, mine), "{}", person.username);
    }
    let home = alice.home().await;
    assert_eq!(home.iter().filter(|entry| entry["uri"] == note["id"]).count(), 1);
    assert_eq!(home.iter().filter(|entry| entry["reblog"]["uri"] == unknown["id"]).count(), 1);
    let post = alice.status(id(&post)).await;
    assert_eq!((&post["favourites_count"], &post["reblogs_count"]), (&json!(1), &json!(1)));
    let me = alice.account(&alice.id).await;
    assert_eq!(me["followers_count"], 4, "Bob, Trudy, Mallory and the newcomer");

    // Hours later, and after a restart, it is still the same.
    let before = stage.rows(&[]).await;
    alpha.restart().await;
    for (signer, activity) in all {
        assert_eq!(stage.tell(signer, activity).await.status, 202);
    }
    let mut last = Vec::new();
    let same = wait::try_until(wait::PATIENCE, async || {
        let now = stage.rows(&[]).await;
        // An Accept is said again; that is all.
        let same = ["statuses", "home_entries", "notifications", "favourites", "follows", "mentions"];
        last = rows::differences(&before, &now);
        last.retain(|line| same.iter().any(|table| line.starts_with(table)));
        last.is_empty().then_some(())
    })
    .await;
    assert!(same.is_some(), "{last:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn t041_many_copies_of_one_activity() {
    many_copies(Database::Sqlite).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn t041_many_copies_on_postgres() {
    many_copies(Database::Postgres).await;
}
