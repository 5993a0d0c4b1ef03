//! The way in: connections, and how long and how many of them may keep us waiting.
//!
//! `axum::serve` has no clock: a client that never finishes a request's head would be listened to for ever.

use std::{
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use axum::{Router, extract::ConnectInfo, http::Request};
use hyper_util::{
    rt::{TokioExecutor, TokioIo, TokioTimer},
    server::conn::auto::Builder,
    service::TowerToHyperService,
};
use tokio::{
    net::{TcpListener, TcpStream},
    sync::{Semaphore, watch},
    time::sleep,
};
use tower::ServiceExt as _;

/// For the head of a request, and for a connection that has nothing to say.
const HEAD: Duration = Duration::from_secs(30);
/// Of a request's head: its lines together.
const HEAD_BYTES: usize = 64 * 1024;
/// After an error of accepting, which is mostly that too much is open.
const PAUSE: Duration = Duration::from_millis(200);

/// Serves until `stop` says so, then until every connection has finished what it began.
pub async fn serve(listener: TcpListener, router: Router, stop: watch::Receiver<bool>) {
    serve_within(listener, router, stop, HEAD).await;
}

/// As [`serve`], with this much time for a head.
async fn serve_within(
    listener: TcpListener,
    router: Router,
    mut stop: watch::Receiver<bool>,
    head: Duration,
) {
    let most = connections();
    let slots = Arc::new(Semaphore::new(most));
    loop {
        let next = async {
            // The semaphore is never closed.
            let slot = slots.clone().acquire_owned().await.ok();
            (slot, listener.accept().await)
        };
        let (slot, accepted) = tokio::select! {
            _ = stop.wait_for(|stop| *stop) => break,
            next = next => next,
        };
        match accepted {
            Ok((stream, peer)) => {
                let connection = listen(stream, peer, router.clone(), stop.clone(), head);
                tokio::spawn(async move {
                    connection.await;
                    drop(slot);
                });
            }
            Err(error) => {
                tracing::debug!(%error, "a connection could not be accepted");
                sleep(PAUSE).await;
            }
        }
    }
    let all = u32::try_from(most).unwrap_or(u32::MAX);
    drop(slots.acquire_many(all).await);
}

/// How many connections there may be at once; more wait to be accepted. Of the files that the process may open, a quarter
/// is left for everything else.
fn connections() -> usize {
    let limits = std::fs::read_to_string("/proc/self/limits").unwrap_or_default();
    let soft = limits.lines().find_map(|line| line.strip_prefix("Max open files")?.split_whitespace().next());
    // A word instead of a number says that there is no limit.
    let files = soft.map_or(1024, |soft| soft.parse().unwrap_or(usize::MAX));
    (files / 4 * 3).clamp(64, 16_384)
}

/// One connection, until its end.
async fn listen(
    stream: TcpStream,
    peer: SocketAddr,
    router: Router,
    mut stop: watch::Receiver<bool>,
    head: Duration,
) {
    // Answers are written whole; waiting to fill a packet only delays them.
    let _ = stream.set_nodelay(true);
    let asked = Arc::new(AtomicBool::new(false));
    let begun = asked.clone();
    let service = router.map_request(move |mut request: Request<_>| {
        begun.store(true, Ordering::Relaxed);
        request.extensions_mut().insert(ConnectInfo(peer));
        request
    });
    let service = TowerToHyperService::new(service);
    let mut builder = Builder::new(TokioExecutor::new());
    builder.http1().timer(TokioTimer::new()).header_read_timeout(head).max_buf_size(HEAD_BYTES);
    builder.http2().timer(TokioTimer::new()).keep_alive_interval(head).keep_alive_timeout(head);
    builder.http2().max_concurrent_streams(128).enable_connect_protocol();
    let connection = builder.serve_connection_with_upgrades(TokioIo::new(stream), service);
    let mut connection = std::pin::pin!(connection);
    let mut silence = std::pin::pin!(sleep(head));
    let (mut listening, mut stopping) = (true, false);
    loop {
        tokio::select! {
            // Whatever broke it, it is the client's.
            _ = connection.as_mut() => return,
            // Which version is spoken is read without a clock: this one is for those who never say.
            () = silence.as_mut(), if listening => {
                if !asked.load(Ordering::Relaxed) {
                    return;
                }
                listening = false;
            }
            _ = stop.wait_for(|stop| *stop), if !stopping => {
                connection.as_mut().graceful_shutdown();
                stopping = true;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use axum::routing;
    use tokio::{
        io::{AsyncReadExt, AsyncWriteExt},
        time::timeout,
    };

    use super::*;

    /// A server that says who asks, its address, and what stops it.
    async fn server() -> (SocketAddr, watch::Sender<bool>, tokio::task::JoinHandle<()>) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let who = async |ConnectInfo(peer): ConnectInfo<SocketAddr>| peer.to_string();
        let router = Router::new().route("/", routing::get(who));
        let (stop, stopped) = watch::channel(false);
        let head = Duration::from_millis(300);
        (address, stop, tokio::spawn(serve_within(listener, router, stopped, head)))
    }

    /// What comes back until the connection ends.
    async fn answer(stream: &mut TcpStream) -> String {
        let mut bytes = Vec::new();
        let read = timeout(Duration::from_secs(20), stream.read_to_end(&mut bytes)).await;
        assert!(read.is_ok(), "the connection stays open: {}", bytes.escape_ascii());
        String::from_utf8_lossy(&bytes).into_owned()
    }

    #[tokio::test]
    async fn nobody_is_waited_for_forever() {
        let (address, _stop, _server) = server().await;
        let flood = format!("GET / HTTP/1.1\r\nx: {}\r\n\r\n", "x".repeat(2 * HEAD_BYTES));
        for (said, status) in [
            ("", ""),
            ("G", ""),
            ("PRI * HTTP/2.0\r\n", ""),
            ("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", ""),
            ("GET / HTTP/1.1\r\nhost: x\r\n", ""),
            (&flood, "HTTP/1.1 431 "),
        ] {
            let mut stream = TcpStream::connect(address).await.unwrap();
            stream.write_all(said.as_bytes()).await.unwrap();
            let answer = answer(&mut stream).await;
            assert!(answer.starts_with(status), "{answer}");
        }
        // One that asks is answered, told where it comes from, and then forgotten as well.
        let mut stream = TcpStream::connect(address).await.unwrap();
        stream.write_all(b"GET / HTTP/1.1\r\nhost: x\r\n\r\n").await.unwrap();
        let answer = answer(&mut stream).await;
        let own = stream.local_addr().unwrap().to_string();
        assert!(answer.starts_with("HTTP/1.1 200 ") && answer.ends_with(&own), "{answer}");
    }

    #[tokio::test]
    async fn a_stop_waits_for_what_was_begun_and_no_longer() {
        let (address, stop, server) = server().await;
        let mut idle = TcpStream::connect(address).await.unwrap();
        idle.write_all(b"GET / HTTP/1.1\r\nhost: x\r\n\r\n").await.unwrap();
        let mut part = [0; 16];
        idle.read_exact(&mut part).await.unwrap();
        stop.send(true).unwrap();
        timeout(Duration::from_secs(20), server).await.expect("it ends").unwrap();
        assert!(TcpStream::connect(address).await.is_err(), "nobody listens any more");
    }
}
