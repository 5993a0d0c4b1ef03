use std::sync::Arc;
use std::time::Duration;

use tintype_net::{Client, Error, Limits, Request, Settings};
use tokio::sync::Semaphore;
use url::Url;

use crate::peer::{Answer, Peer};
use crate::{get, settings};

#[tokio::test]
async fn a_slow_host_keeps_nobody_else_waiting() {
    let signal = Arc::new(Semaphore::new(0));
    let when = signal.clone();
    let slow = Peer::at("127.0.0.2:0", move |_| Answer::When(when.clone())).await;
    let quick = Peer::saying("quick").await;
    let allow = [slow.addr, quick.addr].map(|peer| peer.to_string().parse().unwrap()).into();
    // Room for two at a host and three altogether, so four for the slow one must not use it up.
    let limits = Limits { per_host: 2, total: 3, ..settings().limits };
    let client = Client::new(Settings { allow, limits, ..settings() }).unwrap();

    let mut waiting = tokio::task::JoinSet::new();
    for _ in 0..4 {
        let (client, url) = (client.clone(), slow.url("/"));
        waiting.spawn(async move { get(&client, &url).await.map(|response| response.body) });
    }
    while slow.seen().len() < 2 {
        tokio::task::yield_now().await;
    }
    for _ in 0..3 {
        assert_eq!(get(&client, &quick.url("/")).await.unwrap().body, "quick");
    }
    assert_eq!(slow.seen().len(), 2, "two at a time");

    // A wait that outlasts the deadline is our fault, not the host's.
    let impatient = Request::get(Url::parse(&slow.url("/")).unwrap()).deadline(Duration::from_millis(50));
    assert!(matches!(client.send(impatient).await, Err(Error::Busy { .. })));

    signal.add_permits(4);
    while let Some(body) = waiting.join_next().await {
        assert_eq!(body.unwrap().unwrap(), "at last");
    }
    assert_eq!(slow.seen().len(), 4);
}
