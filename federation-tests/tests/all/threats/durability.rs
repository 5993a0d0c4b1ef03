//! Threats of the category `durability`.

use super::stage::Stage;
use crate::scenarios::{ask, eventually, id};
use futures::StreamExt as _;
use serde_json::json;
use sqlx::{AssertSqlSafe, Connection as _, Executor as _, PgConnection, SqliteConnection};
use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;
use tintype_testkit::client::multipart::{Form, Part};
use tintype_testkit::peer::{Reply, SignOptions};
use tintype_testkit::{Database, Instance, pictures, wait};

const DATABASES: [Database; 2] = [Database::Sqlite, Database::Postgres];

#[tokio::test]
async fn t032_what_was_acknowledged_survives_a_kill() {
    for (database, after) in DATABASES.into_iter().zip([7, 23]) {
        let stage = Stage::with(database, |builder| builder).await;
        let activities: Vec<_> = (0..40)
            .map(|number| {
                let note = stage.peer.note(&stage.bob, &format!("<p>post {number}</p>"));
                let create = stage.peer.create(&stage.bob, &note);
                (note["id"].as_str().unwrap().to_owned(), create)
            })
            .collect();
        // The process dies as soon as this many were acknowledged, with others in flight.
        let seen = AtomicUsize::new(0);
        let deliveries = futures::stream::iter(&activities).map(|(uri, create)| {
            let (stage, seen) = (&stage, &seen);
            async move {
                let inbox = stage.alpha.url("/inbox");
                let answer =
                    stage.peer.try_deliver(&stage.bob, &inbox, create, &SignOptions::default()).await;
                let taken = answer.is_ok_and(|answer| answer.status == 202);
                if taken && seen.fetch_add(1, Ordering::SeqCst) + 1 == after {
                    stage.alpha.kill9();
                }
                taken.then(|| uri.clone())
            }
        });
        let acknowledged: BTreeSet<String> =
            deliveries.buffer_unordered(8).filter_map(std::future::ready).collect().await;
        assert!(acknowledged.len() >= after && acknowledged.len() < 40, "{}", acknowledged.len());
        stage.alpha.start().await;
        for uri in &acknowledged {
            stage.alice.sees_at_home(uri).await;
        }
        // What was not is sent again by its server, and nothing is there twice.
        for (_, create) in &activities {
            assert_eq!(stage.tell(&stage.bob, create).await.status, 202);
        }
        stage.settled().await;
        let home = stage.alice.all("/api/v1/timelines/home?limit=40").await;
        let uris: BTreeSet<&str> = home.iter().filter_map(|post| post["uri"].as_str()).collect();
        assert_eq!((home.len(), uris.len()), (40, 40), "each once");
    }
}

#[tokio::test]
async fn t034_what_waits_to_be_sent_survives_every_end() {
    for database in DATABASES {
        let stage =
            Stage::with(database, |builder| builder.config("federation.first_retry_seconds", "1")).await;
        let open = Arc::new(AtomicBool::new(false));
        let shut = Arc::clone(&open);
        stage.peer.script(move |request| {
            (request.method == "POST" && !shut.load(Ordering::SeqCst)).then(|| Reply::status(503))
        });
        let mut posts = Vec::new();
        for number in 0..5 {
            posts.push(stage.alice.say(&format!("post {number}")).await);
        }
        let arrived = |post: &serde_json::Value| {
            let uri = post["uri"].clone();
            stage.peer.count(move |request| request.is("Create") && request.json()["object"]["id"] == uri)
        };
        wait::until("every post to be tried", wait::PATIENCE, async || {
            posts.iter().all(|post| arrived(post) > 0).then_some(())
        })
        .await;
        // Killed in the middle of a wait, then stopped in order in the middle of the next.
        stage.alpha.kill9();
        assert!(stage.alpha.count("deliveries").await >= 5, "each is a row");
        stage.alpha.start().await;
        stage.alpha.stop().await;
        assert!(stage.alpha.count("deliveries").await >= 5, "still");
        open.store(true, Ordering::SeqCst);
        let before = stage.peer.received().len();
        stage.alpha.start().await;
        wait::until("every post to arrive", Duration::from_mins(1), async || {
            (stage.alpha.count("deliveries").await == 0).then_some(())
        })
        .await;
        for post in &posts {
            let uri = post["uri"].clone();
            // To the shared inboxes of two hosts, once each.
            let late: Vec<_> = stage
                .peer
                .received()
                .into_iter()
                .skip(before)
                .filter(|request| request.is("Create") && request.json()["object"]["id"] == uri)
                .collect();
            let hosts: BTreeSet<&str> = late.iter().map(|request| request.host.as_str()).collect();
            assert_eq!((late.len(), hosts.len()), (2, 2), "{late:#?}");
        }
    }
}

async fn upload(stage: &Stage, seed: u8) -> tintype_testkit::Answer {
    let part = Part::bytes(pictures::jpeg(40, 30, seed)).file_name("x.jpg").mime_str("image/jpeg").unwrap();
    stage
        .alice
        .request("POST".parse().unwrap(), "/api/v2/media")
        .multipart(Form::new().part("file", part))
        .send()
        .await
}

#[tokio::test]
async fn t098_a_store_that_takes_nothing_is_said_so() {
    // A database that can't be written to, as when its disk is full: SQLite's is held by somebody else's transaction,
    // PostgreSQL's is read-only.
    for database in DATABASES {
        let stage = Stage::with(database, |builder| builder).await;
        let post = stage.alice.say("before").await;
        stage.settled().await;
        let url = stage.alpha.database_url().to_owned();
        let mut holder = None;
        match database {
            Database::Sqlite => {
                let mut connection = SqliteConnection::connect(&url).await.unwrap();
                connection.execute("BEGIN IMMEDIATE").await.unwrap();
                holder = Some(connection);
            }
            Database::Postgres => read_only(&url, true).await,
        }
        let note = stage.peer.note(&stage.bob, "<p>meanwhile</p>");
        let create = stage.peer.create(&stage.bob, &note);
        let (said, told, uploaded) = futures::join!(
            stage
                .alice
                .request("POST".parse().unwrap(), "/api/v1/statuses")
                .json(&json!({"status": "meanwhile"}))
                .send(),
            stage.tell(&stage.bob, &create),
            upload(&stage, 1),
        );
        for (what, answer) in [("a post", said), ("an activity", told), ("a picture", uploaded)] {
            assert_eq!(answer.status, 503, "{database:?}, {what}: {answer:?}");
            assert!(answer.header("retry-after").is_some(), "{database:?}, {what}: {answer:?}");
        }
        // Reading goes on.
        for path in [
            format!("/api/v1/statuses/{}", id(&post)),
            "/api/v1/timelines/home".into(),
            "/api/v2/instance".into(),
            "/@alice".into(),
        ] {
            let answer = stage.alice.request("GET".parse().unwrap(), &path).unchecked().send().await;
            assert_eq!(answer.status, 200, "{database:?} {answer:?}");
        }
        match holder {
            Some(mut connection) => drop(connection.execute("ROLLBACK").await.unwrap()),
            None => read_only(&url, false).await,
        }
        // It recovers by itself, and takes what comes again.
        eventually("writes go on", async || {
            stage.tell(&stage.bob, &create).await.status == 202
                && stage
                    .alice
                    .request("POST".parse().unwrap(), "/api/v1/statuses")
                    .json(&json!({"status": "afterwards"}))
                    .send()
                    .await
                    .status
                    == 200
        })
        .await;
        stage.alice.sees_at_home(id(&note)).await;
        assert_eq!(upload(&stage, 1).await.status, 200);
        stage.is_alive().await;
    }

    // A media folder that takes nothing: a file stands in its place.
    let stage = Stage::set().await;
    let kept = stage.alice.upload(pictures::jpeg(40, 30, 7), "kept").await;
    let (folder, aside) = (stage.alpha.folder().join("media"), stage.alpha.folder().join("aside"));
    std::fs::rename(&folder, &aside).unwrap();
    std::fs::write(&folder, "no folder").unwrap();
    let before = stage.rows(&[]).await;
    let answer = upload(&stage, 2).await;
    assert!((500..600).contains(&answer.status), "{answer:?}");
    assert_eq!(stage.rows(&[]).await, before, "no row of a picture that isn't there");
    let lost = ask(&stage.alpha.client(), kept["url"].as_str().unwrap()).await;
    assert!([404, 500, 503].contains(&lost.status), "{lost:?}");
    stage.is_alive().await;
    std::fs::remove_file(&folder).unwrap();
    std::fs::rename(&aside, &folder).unwrap();
    assert_eq!(upload(&stage, 2).await.status, 200, "without a restart");
    assert_eq!(ask(&stage.alpha.client(), kept["url"].as_str().unwrap()).await.status, 200);
    // A single file that is lost is not there; everything else is.
    let key = kept["url"].as_str().unwrap().split_once("/media/").unwrap().1;
    std::fs::remove_file(folder.join(key)).unwrap();
    assert_eq!(ask(&stage.alpha.client(), kept["url"].as_str().unwrap()).await.status, 404);
    let post =
        stage.alice.post_status(json!({"status": "with a lost picture", "media_ids": [id(&kept)]})).await;
    assert_eq!(stage.alice.status(id(&post)).await["id"], post["id"]);
}

/// Makes a PostgreSQL database read-only, or writable again, for every connection.
async fn read_only(url: &str, on: bool) {
    let mut connection = PgConnection::connect(url).await.unwrap();
    let name = url.rsplit('/').next().unwrap().split('?').next().unwrap();
    let set = format!("ALTER DATABASE \"{name}\" SET default_transaction_read_only = {on}");
    let mut writer = connection.begin().await.unwrap();
    writer.execute("SET TRANSACTION READ WRITE").await.unwrap();
    writer.execute(AssertSqlSafe(set)).await.unwrap();
    writer.commit().await.unwrap();
    connection
        .execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()")
        .await
        .unwrap();
}

#[tokio::test]
async fn t100_migrations_are_whole_and_understood() {
    for database in DATABASES {
        // An instance whose database is taken away: its command line makes a new one.
        let alpha = Instance::builder("alpha").database(database).start().await;
        alpha.stop().await;
        let empty = async || match database {
            Database::Sqlite => {
                for end in ["", "-wal", "-shm"] {
                    let _ = std::fs::remove_file(alpha.folder().join(format!("tintype.db{end}")));
                }
            }
            Database::Postgres => {
                let mut connection = PgConnection::connect(alpha.database_url()).await.unwrap();
                connection.execute("DROP SCHEMA public CASCADE; CREATE SCHEMA public").await.unwrap();
            }
        };
        // Killed while it migrates, at whatever moment; then it goes on or begins anew.
        for moment in [5_u64, 20, 40, 80, 160] {
            empty().await;
            let killed = tokio::time::timeout(
                Duration::from_millis(moment),
                alpha.try_cli(&["account", "list", "--json"]),
            )
            .await;
            println!("{database:?}: killed after {moment} ms: {}", killed.is_err());
            assert_eq!(alpha.cli(&["account", "list", "--json"]).await.as_array().map(Vec::len), Some(0));
        }
        // Several at once.
        empty().await;
        let lists =
            futures::future::join_all((0..4).map(|_| alpha.try_cli(&["account", "list", "--json"]))).await;
        for output in lists {
            assert!(output.status.success(), "{database:?}: {}", String::from_utf8_lossy(&output.stderr));
        }
        alpha.start().await;
        let alice = alpha.person("alice").await;
        alice.say("hello").await;
        alpha.stop().await;

        // A database of a later version, and one whose last step was changed: refused, with a word about it.
        let change = async |statement: String| match database {
            Database::Sqlite => drop(
                SqliteConnection::connect(alpha.database_url())
                    .await
                    .unwrap()
                    .execute(AssertSqlSafe(statement))
                    .await
                    .unwrap(),
            ),
            Database::Postgres => drop(
                PgConnection::connect(alpha.database_url())
                    .await
                    .unwrap()
                    .execute(AssertSqlSafe(statement))
                    .await
                    .unwrap(),
            ),
        };
        let columns = "version, description, installed_on, success, checksum, execution_time";
        let later = format!(
            "INSERT INTO _sqlx_migrations ({columns}) SELECT version + 9000, 'of tomorrow', installed_on, success, checksum, execution_time FROM _sqlx_migrations ORDER BY version LIMIT 1"
        );
        change(later).await;
        let before = alpha.rows(&["jobs"]).await;
        for command in [&["account", "list", "--json"][..], &["serve"]] {
            let output = tokio::time::timeout(wait::PATIENCE, alpha.try_cli(command)).await.expect("it ends");
            let words = String::from_utf8_lossy(&output.stderr).into_owned();
            assert!(!output.status.success(), "{database:?} {command:?}");
            assert!(
                words.contains("900") || words.to_lowercase().contains("newer") || words.contains("migrat"),
                "{words}"
            );
        }
        assert_eq!(alpha.rows(&["jobs"]).await, before, "an old program touches nothing");
        change("DELETE FROM _sqlx_migrations WHERE version > 9000".to_owned()).await;
        alpha.start().await;
        assert_eq!(alice.home().await.len(), 1);
    }
}
