//! The database goes away for a while and comes back.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex},
    time::Duration,
};

use futures::FutureExt;
use tintype_store::{Options, Store};
use tintype_testkit::wait;
use tintype_worker::queues::Outcome;
use tokio::{
    net::{TcpListener, TcpStream},
    sync::watch,
};

use crate::place::{Place, runtime, start, work};

/// Between the store and the server; connections live as long as the line is up.
async fn line(server: String) -> (u16, watch::Sender<bool>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let (switch, up) = watch::channel(true);
    tokio::spawn(async move {
        loop {
            let (mut near, _) = listener.accept().await.unwrap();
            let (mut up, server) = (up.clone(), server.clone());
            tokio::spawn(async move {
                if !*up.borrow() {
                    return;
                }
                let mut far = TcpStream::connect(server).await.unwrap();
                tokio::select! {
                    _ = tokio::io::copy_bidirectional(&mut near, &mut far) => {}
                    _ = up.wait_for(|up| !up) => {}
                }
            });
        }
    });
    (port, switch)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_is_lost_and_no_worker_ends() {
    let place = Place::postgres().await;
    let mut url = url::Url::parse(&place.url()).unwrap();
    let server = format!("{}:{}", url.host_str().unwrap(), url.port().unwrap_or(5432));
    let (port, switch) = line(server).await;
    url.set_host(Some("127.0.0.1")).unwrap();
    url.set_port(Some(port)).unwrap();
    let store = Store::open(&Options::new(url)).await.unwrap();

    let runs: Arc<Mutex<BTreeMap<String, usize>>> = Arc::default();
    let seen = runs.clone();
    let running = start(runtime(&store, Duration::from_secs(2)).queue(work(8), move |job| {
        let seen = seen.clone();
        async move {
            tokio::time::sleep(Duration::from_millis(5)).await;
            *seen.lock().unwrap().entry(job.name).or_default() += 1;
            Outcome::Done
        }
        .boxed()
    }));
    place.enqueue_many((0..300).map(|n| (n.to_string(), n.to_string())).collect()).await;
    wait::until("some to be done", wait::PATIENCE, async || (place.open_jobs().await < 250).then_some(()))
        .await;
    switch.send(false).unwrap();
    let before = place.open_jobs().await;
    assert!(before > 20, "{before} are left: too few to see anything");
    // Whatever was claimed has run by then, and can't be acknowledged.
    let mut ran = 0;
    wait::until("the runs to dry up", wait::PATIENCE, async || {
        let now = runs.lock().unwrap().len();
        (std::mem::replace(&mut ran, now) == now).then_some(())
    })
    .await;
    switch.send(true).unwrap();
    place.all_done().await;
    running.stop().await;
    let runs = runs.lock().unwrap();
    assert_eq!(runs.len(), 300);
    // Only what was claimed by a commit whose answer was lost may have run twice: at most the hands that
    // there are.
    assert!(runs.values().sum::<usize>() <= 308, "{runs:?}");
}
