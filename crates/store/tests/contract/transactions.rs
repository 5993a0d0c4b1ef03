//! Opening, reading, writing, and hearing of what others have written.

use std::time::Duration;

use sqlx::{Connection as _, Executor as _, PgConnection};
use tintype_model::{JobId, Millis};
use tintype_store::{Error, Options, Store, jobs::NewJob};
use tokio::{sync::Notify, time::timeout};

use crate::{
    database::TestStore,
    given::{a_status, an_account},
};

contract!(
    nothing_is_there_before_the_commit,
    nothing_is_left_of_what_was_undone,
    a_transaction_reads_its_own_writes,
    a_task_holds_one_transaction,
    an_error_leaves_no_transaction_behind,
    tasks_take_turns_and_lose_nothing,
    one_can_read_while_somebody_writes,
    who_has_time_reads_the_same,
    opening_again_finds_everything,
    a_closed_store_gives_errors,
    work_of_another_process_rings_the_bell,
    the_dialect_is_known,
);

async fn known(store: &Store, name: &str) -> bool {
    store.read().await.unwrap().account_by_key(name).await.unwrap().is_some()
}

async fn nothing_is_there_before_the_commit(db: TestStore) {
    let mut tx = db.begin().await.unwrap();
    assert!(tx.insert_account(&an_account(db.id(), "alice")).await.unwrap());
    assert!(!known(&db, "alice").await);
    tx.commit().await.unwrap();
    assert!(known(&db, "alice").await);
}

/// On PostgreSQL a reader who is waited for is cut off after five seconds by a lock; one that nobody waits for outlasts it.
async fn who_has_time_reads_the_same(db: TestStore) {
    let alice = db.account("alice").await;
    for _ in 0..2 {
        let mut reader = db.read_unhurried().await.unwrap();
        assert_eq!(reader.account(alice.id).await.unwrap().map(|a| a.id), Some(alice.id));
    }
    if db.url().starts_with("sqlite") {
        return;
    }
    let mut keeper = PgConnection::connect(db.url()).await.unwrap();
    let mut lock = keeper.begin().await.unwrap();
    lock.execute("LOCK TABLE accounts IN ACCESS EXCLUSIVE MODE").await.unwrap();
    let mut unhurried = db.read_unhurried().await.unwrap();
    let (mut patient, mut hurried) = (Box::pin(unhurried.account(alice.id)), db.read().await.unwrap());
    assert!(futures::poll!(&mut patient).is_pending());
    assert!(matches!(hurried.account(alice.id).await, Err(Error::Busy)));
    lock.rollback().await.unwrap();
    assert_eq!(patient.await.unwrap().map(|a| a.id), Some(alice.id));
}

async fn nothing_is_left_of_what_was_undone(db: TestStore) {
    let mut tx = db.begin().await.unwrap();
    assert!(tx.insert_account(&an_account(db.id(), "rolled.back")).await.unwrap());
    tx.rollback().await.unwrap();
    let mut tx = db.begin().await.unwrap();
    assert!(tx.insert_account(&an_account(db.id(), "dropped")).await.unwrap());
    drop(tx);
    // A task that is given up in the middle.
    let (store, row) = (db.clone(), an_account(db.id(), "aborted"));
    let (told, written) = tokio::sync::oneshot::channel();
    let task = tokio::spawn(async move {
        let mut tx = store.begin().await.unwrap();
        assert!(tx.insert_account(&row).await.unwrap());
        told.send(()).unwrap();
        std::future::pending::<()>().await;
        tx.commit().await.unwrap();
    });
    written.await.unwrap();
    task.abort();
    assert!(task.await.unwrap_err().is_cancelled());
    let mut tx = db.begin().await.unwrap();
    assert!(tx.insert_account(&an_account(db.id(), "committed")).await.unwrap(), "the writer is free again");
    tx.commit().await.unwrap();
    for (name, there) in [("rolled.back", false), ("dropped", false), ("aborted", false), ("committed", true)]
    {
        assert_eq!(known(&db, name).await, there, "{name}");
    }
}

async fn a_transaction_reads_its_own_writes(db: TestStore) {
    let mut tx = db.begin().await.unwrap();
    let alice = an_account(db.id(), "alice");
    assert!(tx.insert_account(&alice).await.unwrap());
    assert_eq!(tx.read().account(alice.id).await.unwrap(), Some(alice.clone()));
    let post = a_status(db.id(), &alice);
    assert!(tx.insert_status(&post).await.unwrap());
    assert_eq!(tx.read().visible_status(None, post.id).await.unwrap(), Some(post));
    tx.rollback().await.unwrap();
    assert!(!known(&db, "alice").await);
}

async fn a_task_holds_one_transaction(db: TestStore) {
    let store = db.clone();
    tokio::spawn(async move {
        let tx = store.begin().await.unwrap();
        for _ in 0..2 {
            let nested = store.begin().await;
            assert!(matches!(nested, Err(Error::Nested)), "{nested:?}");
        }
        let nested = store.clone().begin().await;
        assert!(matches!(nested, Err(Error::Nested)), "of a clone too: {nested:?}");
        store.read().await.unwrap();
        drop(tx);
        store.begin().await.unwrap().commit().await.unwrap();
        store.begin().await.unwrap().rollback().await.unwrap();
        store.begin().await.unwrap();
        store.begin().await.unwrap();
    })
    .await
    .unwrap();
}

async fn an_error_leaves_no_transaction_behind(db: TestStore) {
    let store = db.clone();
    let orphan = a_status(db.id(), &an_account(db.id(), "nobody"));
    tokio::spawn(async move {
        let insert = async || -> Result<(), Error> {
            let mut tx = store.begin().await?;
            tx.insert_status(&orphan).await?;
            tx.commit().await
        };
        for _ in 0..3 {
            let refused = insert().await;
            assert!(matches!(refused, Err(Error::Missing)), "{refused:?}");
        }
    })
    .await
    .unwrap();
}

async fn tasks_take_turns_and_lose_nothing(db: TestStore) {
    const TASKS: i64 = 12;
    let alice = db.account("alice").await;
    let tasks: Vec<_> = (0..TASKS)
        .map(|_| {
            let (store, id) = (db.clone(), alice.id);
            tokio::spawn(async move {
                let mut tx = store.begin().await.unwrap();
                tx.count_account(id, 1, 0, 0, None).await.unwrap();
                tokio::task::yield_now().await;
                tx.count_account(id, 0, 1, 0, None).await.unwrap();
                tx.commit().await.unwrap();
            })
        })
        .collect();
    for task in tasks {
        task.await.unwrap();
    }
    assert_eq!(db.counts_of(&alice).await, (TASKS, TASKS, 0));
}

async fn one_can_read_while_somebody_writes(db: TestStore) {
    let alice = db.account("alice").await;
    let mut tx = db.begin().await.unwrap();
    tx.count_account(alice.id, 1, 0, 0, None).await.unwrap();
    assert_eq!(db.counts_of(&alice).await, (0, 0, 0), "what was committed");
    tx.commit().await.unwrap();
    assert_eq!(db.counts_of(&alice).await, (1, 0, 0));
}

async fn opening_again_finds_everything(db: TestStore) {
    db.account("alice").await;
    let options = Options { durable_to_power_loss: true, connections: 1, ..Options::new(db.url()) };
    let other = Store::open(&options).await.unwrap();
    assert!(known(&other, "alice").await);
    let mut tx = other.begin().await.unwrap();
    assert!(tx.insert_account(&an_account(db.id(), "bob")).await.unwrap());
    tx.commit().await.unwrap();
    other.close().await;
    assert!(known(&db, "bob").await, "the first one goes on");
}

async fn a_closed_store_gives_errors(db: TestStore) {
    let other = Store::open(&Options::new(db.url())).await.unwrap();
    other.close().await;
    let (read, write) = (other.read().await, other.begin().await);
    assert!(matches!(read, Err(Error::Database(_))), "{read:?}");
    assert!(matches!(write, Err(Error::Database(_))), "{write:?}");
}

async fn work_of_another_process_rings_the_bell(db: TestStore) {
    async fn ring(bell: &Notify) {
        timeout(Duration::from_secs(30), bell.notified()).await.expect("the bell rings");
    }
    let other = Store::open(&Options::new(db.url())).await.unwrap();
    let bell = db.wakers().bell("q");
    let store = db.clone();
    let watching = tokio::spawn(async move { store.watch().await });
    ring(&bell).await; // at first, for whatever came before

    let job = NewJob {
        queue: "q",
        lane: "l".to_owned(),
        name: "n".to_owned(),
        payload: serde_json::json!({}),
        run_at: Millis(0),
    };
    let mut tx = other.begin().await.unwrap();
    tx.enqueue(JobId(1), &job, Millis(0)).await.unwrap();
    assert!(timeout(Duration::ZERO, bell.notified()).await.is_err(), "not before the commit");
    tx.commit().await.unwrap();
    ring(&bell).await;
    watching.abort();
    assert!(watching.await.unwrap_err().is_cancelled(), "it watches until it is dropped");
    other.close().await;
}

async fn the_dialect_is_known(db: TestStore) {
    let scheme = db.url().split_once("://").map(|(scheme, _)| scheme);
    match format!("{:?}", db.dialect()).as_str() {
        "Sqlite" => assert_eq!(scheme, Some("sqlite")),
        "Postgres" => assert!(scheme.is_some_and(|s| s.starts_with("postgres"))),
        other => panic!("{other}"),
    }
}

#[tokio::test]
async fn the_folder_of_a_file_is_made() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("not/yet/there.db");
    let store = Store::open(&Options::new(format!("sqlite://{}?mode=rwc", path.display()))).await.unwrap();
    store.close().await;
    assert!(path.is_file());
}

#[tokio::test]
async fn what_is_no_database_is_an_error() {
    let dir = tempfile::tempdir().unwrap();
    let folder = Store::open(&Options::new(format!("sqlite://{}", dir.path().display()))).await;
    assert!(matches!(folder, Err(Error::Database(_))), "{folder:?}");
    let nonsense = Store::open(&Options::new("nonsense")).await;
    assert!(nonsense.is_err(), "{nonsense:?}");
}

#[tokio::test]
async fn only_an_empty_database_or_the_named_instances_is_emptied() {
    let db = TestStore::postgres().await;
    let mut tx = db.begin().await.unwrap();
    tx.set_setting("domain", "demo.localhost:1").await.unwrap();
    tx.commit().await.unwrap();
    db.account("alice").await;

    let refused = Store::empty_postgres(db.url(), "other.example").await;
    assert!(matches!(refused, Err(Error::Value(_))), "{refused:?}");
    assert!(known(&db, "alice").await, "nothing happened");

    // Emptied, and empty already.
    for _ in 0..2 {
        Store::empty_postgres(db.url(), "demo.localhost").await.unwrap();
    }
    let fresh = Store::open(&Options::new(db.url())).await.unwrap();
    assert!(!known(&fresh, "alice").await);
    fresh.close().await;

    let nonsense = Store::empty_postgres("nonsense", "demo.localhost").await;
    assert!(nonsense.is_err(), "{nonsense:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn many_begin_on_a_new_file_at_once() {
    let dir = tempfile::tempdir().unwrap();
    let url = format!("sqlite://{}", dir.path().join("new.db").display());
    let opening = (0..6).map(|_| {
        let url = url.clone();
        tokio::spawn(async move { Store::open(&Options::new(url)).await.map(drop) })
    });
    for opened in opening.collect::<Vec<_>>() {
        opened.await.unwrap().unwrap();
    }
    let file = std::fs::metadata(dir.path().join("new.db")).unwrap();
    // People's keys are in it.
    #[cfg(unix)]
    assert_eq!(std::os::unix::fs::PermissionsExt::mode(&file.permissions()) & 0o777, 0o600);
}
