//! Two instances, the people on them, and everything that travels between them.
//!
//! A scenario is an `async fn(Pair)`, written once against the client API. [`scenarios!`] runs it twice: from an
//! instance on SQLite to one on PostgreSQL, and the other way round. What an activity does is checked where it was
//! sent from *and* where it arrived. [`table`] says which activity is shown by which scenario.
//!
//! `federation-tests/docker/run` runs the same scenarios between two containers, which all of them share: so a scenario
//! asks people for their names instead of repeating them, and looks for its own posts among others'.

mod blocks;
mod comments;
mod edits;
mod emojis;
mod favourites;
mod finding;
mod follows;
mod moderation;
mod moves;
mod pins;
mod polls;
mod posts;
mod profiles;
mod quotes;
mod reading;
mod reblogs;
mod reports;
mod table;
mod visibility;

use serde_json::Value;
use tintype_testkit::{Answer, Client, Database, Instance, Network, Person, wait};

/// Two separately configured instances with one person each.
pub struct Pair {
    pub home: Instance,
    pub far: Instance,
    /// Lives at home.
    pub alice: Person,
    /// Lives far away.
    pub bob: Person,
}

impl Pair {
    pub async fn start(home: Database, far: Database) -> Self {
        let (home, far) = if let Some(network) = Network::given() {
            (network.instance(home), network.instance(far))
        } else {
            futures::join!(
                Instance::builder("home").database(home).start(),
                Instance::builder("far").database(far).start(),
            )
        };
        let (alice, bob) = futures::join!(home.person("alice"), far.person("bob"));
        Self { home, far, alice, bob }
    }
}

/// Two tests for each scenario, and their names for the table.
macro_rules! scenarios {
    ($($name:ident),+ $(,)?) => {
        /// The scenarios of this file.
        pub const NAMES: &[&str] = &[$(stringify!($name)),+];

        mod sqlite_to_postgres {
            use crate::scenarios::Pair;
            use tintype_testkit::Database::{Postgres, Sqlite};
            $(
                #[tokio::test]
                async fn $name() {
                    super::$name(Pair::start(Sqlite, Postgres).await).await;
                }
            )+
        }

        mod postgres_to_sqlite {
            use crate::scenarios::Pair;
            use tintype_testkit::Database::{Postgres, Sqlite};
            $(
                #[tokio::test]
                async fn $name() {
                    super::$name(Pair::start(Postgres, Sqlite).await).await;
                }
            )+
        }
    };
}

/// Two tests for each `async fn(Instance)`: one on each database.
macro_rules! on_both {
    ($($name:ident),+ $(,)?) => {
        mod sqlite {
            $(
                #[tokio::test]
                async fn $name() {
                    super::$name($crate::scenarios::instance(tintype_testkit::Database::Sqlite).await).await;
                }
            )+
        }

        mod postgres {
            $(
                #[tokio::test]
                async fn $name() {
                    super::$name($crate::scenarios::instance(tintype_testkit::Database::Postgres).await).await;
                }
            )+
        }
    };
}

pub(crate) use {on_both, scenarios};

/// One instance, for [`on_both!`].
pub async fn instance(database: Database) -> Instance {
    Instance::builder("alpha").database(database).start().await
}

/// The text at a JSON pointer.
#[track_caller]
pub fn text<'a>(value: &'a Value, pointer: &str) -> &'a str {
    match value.pointer(pointer).and_then(Value::as_str) {
        Some(text) => text,
        None => panic!("no text at {pointer}: {value}"),
    }
}

/// The `id` of an entity.
#[track_caller]
pub fn id(entity: &Value) -> &str {
    text(entity, "/id")
}

/// The `uri` of a status or account.
#[track_caller]
pub fn uri(entity: &Value) -> &str {
    text(entity, "/uri")
}

/// One key of each entity of a list.
#[track_caller]
pub fn each<'a>(list: &'a [Value], pointer: &str) -> Vec<&'a str> {
    list.iter().map(|entity| text(entity, pointer)).collect()
}

/// The items of a JSON array.
#[track_caller]
pub fn items(value: &Value) -> &[Value] {
    match value.as_array() {
        Some(items) => items,
        None => panic!("no list: {value}"),
    }
}

/// GET, whatever comes of it.
pub async fn ask(who: &Client, path: &str) -> Answer {
    who.request("GET".parse().unwrap(), path).send().await
}

/// Waits until a probe of the client API says yes.
pub async fn eventually(what: &str, probe: impl AsyncFn() -> bool) {
    wait::until(what, wait::PATIENCE, async || probe().await.then_some(())).await;
}

/// `follower` follows `target`, and both sides know it.
pub async fn follows(follower: &Person, target: &Person) {
    let there = follower.find_account(&target.handle()).await;
    follower.follow(&target.handle()).await;
    eventually(&format!("{} follows {}", follower.handle(), target.handle()), async || {
        follower.relationship(id(&there)).await["following"] == true
    })
    .await;
    target.sees_notification("follow", &seen_by(target, follower)).await;
}

/// What `viewer`'s instance calls `whom`: `alice`, or `alice@home.localhost:PORT`.
pub fn seen_by(viewer: &Person, whom: &Person) -> String {
    if viewer.domain == whom.domain { whom.username.clone() } else { whom.handle() }
}

/// Waits until a status is gone for this reader: 404.
pub async fn is_gone(reader: &Client, status: &str) {
    eventually(&format!("status {status} is gone on {}", reader.base()), async || {
        ask(reader, &format!("/api/v1/statuses/{status}")).await.status == 404
    })
    .await;
}

/// Whether a status is in a list, itself or boosted.
pub fn has(list: &[Value], uri: &str) -> bool {
    list.iter().any(|entry| entry["uri"] == uri || entry["reblog"]["uri"] == uri)
}

/// What a reader sees of HTML, and where its links lead. The receiving side adds attributes of its own.
pub fn shown(html: &str) -> String {
    let mut shown = String::new();
    for (index, part) in html.split('<').enumerate() {
        let (tag, text) = if index == 0 { ("", part) } else { part.split_once('>').unwrap_or((part, "")) };
        let link = tag.split_once("href=\"").and_then(|(_, rest)| rest.split('"').next());
        match (tag, link) {
            (_, Some(link)) => shown.extend(["[", link, "] "]),
            ("br" | "/p", None) => shown.push('\n'),
            _ => {}
        }
        shown.push_str(text);
    }
    shown
}

#[test]
fn html_is_shown() {
    let html = "<p>a &lt;b&gt;<br>see <a class=\"x\" href=\"http://x.localhost/1\"><span>it</span></a></p>";
    assert_eq!(shown(html), "a &lt;b&gt;\nsee [http://x.localhost/1] it\n");
}

/// The accounts of a list.
#[track_caller]
pub fn accts(list: &[Value]) -> Vec<&str> {
    each(list, "/acct")
}
