use std::path::PathBuf;
use std::sync::Arc;
use std::sync::Mutex;
use std::time::Duration;

use rustls::ServerConfig;
use rustls::crypto::aws_lc_rs;
use rustls::pki_types::PrivateKeyDer;
use tintype_net::{Client, Error, Settings};
use tokio::net::TcpListener;
use tokio::task::JoinSet;
use tokio_rustls::TlsAcceptor;

use crate::peer::{Answer, Peer, ok, redirect, serve};
use crate::{failure, get, settings};

/// A TLS peer for `localhost`, and the file with its certificate.
async fn tls_peer(answer: impl Fn(&str) -> Answer + Send + Sync + 'static) -> (u16, PathBuf, JoinSet<()>) {
    let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    let key = PrivateKeyDer::try_from(made.signing_key.serialize_der()).unwrap();
    let config = ServerConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![made.cert.der().clone()], key)
        .unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let file = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("net-ca-{port}.pem"));
    std::fs::write(&file, made.cert.pem()).unwrap();
    let acceptor = TlsAcceptor::from(Arc::new(config));
    let mut tasks = JoinSet::new();
    tasks.spawn(async move {
        let record = Mutex::default();
        loop {
            let (stream, _) = listener.accept().await.unwrap();
            if let Ok(stream) = acceptor.accept(stream).await {
                serve(stream, &record, &|seen: &crate::peer::Seen| answer(seen.path())).await;
            }
        }
    });
    (port, file, tasks)
}

fn client(port: u16, ca_file: Option<PathBuf>, more: &[String]) -> Client {
    let mut allow = vec![format!("127.0.0.1/32:{port}").parse().unwrap()];
    allow.extend(more.iter().map(|rule| rule.parse::<tintype_net::AllowRule>().unwrap()));
    Client::new(Settings { allow, ca_file, ..settings() }).unwrap()
}

#[tokio::test]
async fn certificates_are_checked() {
    let (port, file, _tasks) = tls_peer(|_| Answer::Last(ok("secret"))).await;
    let url = format!("https://localhost:{port}/");
    let stranger = failure(&client(port, None, &[]), &url).await;
    assert!(matches!(stranger, Error::Tls { .. }), "{stranger:?}");
    let trusting = client(port, Some(file.clone()), &[]);
    assert_eq!(get(&trusting, &url).await.unwrap().body, "secret");
    // The right root and the wrong name.
    let misnamed = failure(&trusting, &format!("https://other.localhost:{port}/")).await;
    assert!(matches!(misnamed, Error::Tls { .. }), "{misnamed:?}");
    std::fs::remove_file(file).unwrap();
}

#[tokio::test]
async fn a_redirect_never_leaves_tls() {
    let canary = Peer::canary().await;
    let target = canary.url("/");
    let (port, file, _tasks) = tls_peer(move |_| redirect(302, &target)).await;
    let client = client(port, Some(file.clone()), &[canary.addr.to_string()]);
    let error = failure(&client, &format!("https://localhost:{port}/")).await;
    assert!(matches!(error, Error::Redirect { .. }), "{error:?}");
    assert_eq!(canary.connections(), 0);
    std::fs::remove_file(file).unwrap();
}

#[tokio::test]
async fn a_handshake_that_hangs_ends_at_the_connect_limit() {
    // Takes connections (the kernel does) and never says a word.
    let silent = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let addr = silent.local_addr().unwrap();
    let mut settings = settings();
    settings.limits.connect = Duration::from_millis(200);
    settings.limits.deadline = Duration::from_mins(1);
    let allow = vec![addr.to_string().parse().unwrap()];
    let client = Client::new(Settings { allow, ..settings }).unwrap();
    let error = failure(&client, &format!("https://{addr}/")).await;
    assert!(matches!(error, Error::Timeout { .. }), "{error:?}");
}

#[tokio::test]
async fn nobody_there_is_a_connect_error() {
    let addr = {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        listener.local_addr().unwrap()
    };
    let client = client(addr.port(), None, &[]);
    for scheme in ["http", "https"] {
        let error = failure(&client, &format!("{scheme}://{addr}/")).await;
        assert!(matches!(error, Error::Connect { .. }), "{error:?}");
        assert!(!error.to_string().contains("://"), "{error}");
    }
}
