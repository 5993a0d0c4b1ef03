//! Results of deliveries to many hosts share transactions: what ails one of them does not ail the others.

use std::collections::BTreeMap;

use futures::future::join_all;
use sqlx::{Connection, Executor, SqliteConnection};
use tintype_testkit::{Instance, Peer, peer::Actor, wait};

const HOSTS: usize = 80;

#[tokio::test(flavor = "multi_thread")]
async fn what_ails_one_result_does_not_ail_the_others() {
    let instance = Instance::builder("home").start().await;
    let author = instance.person("alice").await;
    let peer = Peer::start().await;
    let fans = (0..HOSTS).map(|number| peer.actor_at(&format!("h{number}.localhost"), "fan"));
    let fans: Vec<Actor> = fans.collect();
    let target = author.actor();
    for few in fans.chunks(8) {
        let told =
            few.iter().map(async |fan| peer.tell(fan, &target, &peer.follow(fan, &target)).await.status);
        assert!(join_all(told).await.iter().all(|status| *status == 202));
    }
    let delivered = async |but: usize| {
        wait::until("the deliveries", wait::PATIENCE, async || {
            (instance.count("deliveries").await == but && peer.received().len() >= HOSTS).then_some(())
        })
        .await;
    };
    delivered(0).await;

    let mut database = SqliteConnection::connect(instance.database_url()).await.unwrap();
    database.execute("PRAGMA busy_timeout = 5000").await.unwrap();
    let refuse = "CREATE TRIGGER refuse BEFORE UPDATE ON hosts WHEN NEW.host LIKE 'h7.localhost%' \
         BEGIN SELECT RAISE(ABORT, 'not this one'); END";
    database.execute(refuse).await.unwrap();
    author.say("hello").await;
    delivered(1).await;
    let mut times: BTreeMap<String, usize> = BTreeMap::new();
    for request in peer.received().iter().filter(|request| request.is("Create")) {
        *times.entry(request.host.clone()).or_default() += 1;
    }
    assert_eq!(times.len(), HOSTS, "everybody was told");
    let twice: Vec<_> =
        times.iter().filter(|(host, times)| **times > 1 && !host.starts_with("h7.")).collect();
    assert!(twice.is_empty(), "told again, as if their results had not been written down: {twice:?}");

    // Once it can be written down, it is.
    database.execute("DROP TRIGGER refuse").await.unwrap();
    delivered(0).await;
}
