//! Servers behind TLS, with good certificates and bad ones.

use bytes::Bytes;
use rustls::ServerConfig;
use rustls::crypto::aws_lc_rs;
use rustls::pki_types::PrivateKeyDer;
use std::net::Ipv4Addr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use tokio_rustls::TlsAcceptor;

/// What is wrong with a certificate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Flaw {
    /// Nothing.
    None,
    /// By nobody but itself.
    SelfSigned,
    /// By an authority that nobody trusts.
    UnknownAuthority,
    /// For another host.
    OtherHost,
    /// Over since years.
    Expired,
    /// Not begun yet.
    Early,
}

/// An authority for certificates. [`Authority::pem`] is what who trusts it is given.
pub struct Authority {
    issuer: rcgen::CertifiedIssuer<'static, rcgen::KeyPair>,
}

impl Authority {
    pub fn new() -> Self {
        let mut parameters = parameters("authority.localhost");
        parameters.is_ca = rcgen::IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
        let issuer = rcgen::CertifiedIssuer::self_signed(parameters, key());
        Self { issuer: issuer.unwrap_or_else(|error| panic!("authority: {error}")) }
    }

    pub fn pem(&self) -> String {
        self.issuer.pem()
    }
}

impl Default for Authority {
    fn default() -> Self {
        Self::new()
    }
}

/// Answers every request on 127.0.0.1 with one document. Stops when dropped.
pub struct TlsServer {
    port: u16,
    served: Arc<AtomicUsize>,
    task: JoinHandle<()>,
}

impl TlsServer {
    /// For this host name, with a certificate by the authority, or with a flaw. `document` is told the port.
    ///
    /// # Panics
    /// When it can't be started.
    pub async fn start(
        host: &str,
        authority: &Authority,
        flaw: Flaw,
        document: impl FnOnce(u16) -> Bytes,
    ) -> Self {
        let listener =
            TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap_or_else(|e| panic!("TLS: {e}"));
        let port = listener.local_addr().unwrap_or_else(|error| panic!("TLS: {error}")).port();
        let acceptor = TlsAcceptor::from(Arc::new(config(host, authority, flaw)));
        let body = document(port);
        let served = Arc::new(AtomicUsize::new(0));
        let counter = Arc::clone(&served);
        let task = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let (acceptor, body, counter) = (acceptor.clone(), body.clone(), Arc::clone(&counter));
                tokio::spawn(async move {
                    let Ok(mut stream) = acceptor.accept(stream).await else { return };
                    let mut request = vec![0; 16 << 10];
                    if !stream.read(&mut request).await.is_ok_and(|read| read > 0) {
                        return;
                    }
                    counter.fetch_add(1, Ordering::SeqCst);
                    let head = format!(
                        "HTTP/1.1 200 OK\r\ncontent-type: application/activity+json\r\ncontent-length: {}\r\nconnection: close\r\n\r\n",
                        body.len()
                    );
                    // Who asked may have gone; that is no matter of ours.
                    let _ = stream.write_all(&[head.as_bytes(), &body].concat()).await;
                    let _ = stream.shutdown().await;
                });
            }
        });
        Self { port, served, task }
    }

    pub fn port(&self) -> u16 {
        self.port
    }

    /// Requests that came through: somebody took the certificate for good.
    pub fn served(&self) -> usize {
        self.served.load(Ordering::SeqCst)
    }
}

impl Drop for TlsServer {
    fn drop(&mut self) {
        self.task.abort();
    }
}

fn key() -> rcgen::KeyPair {
    rcgen::KeyPair::generate().unwrap_or_else(|error| panic!("key: {error}"))
}

fn parameters(host: &str) -> rcgen::CertificateParams {
    rcgen::CertificateParams::new([host.to_owned()]).unwrap_or_else(|error| panic!("{host}: {error}"))
}

fn config(host: &str, authority: &Authority, flaw: Flaw) -> ServerConfig {
    let mut parameters = parameters(if flaw == Flaw::OtherHost { "other.localhost" } else { host });
    match flaw {
        Flaw::Expired => {
            parameters.not_before = rcgen::date_time_ymd(2001, 1, 1);
            parameters.not_after = rcgen::date_time_ymd(2002, 1, 1);
        }
        Flaw::Early => {
            parameters.not_before = rcgen::date_time_ymd(2090, 1, 1);
            parameters.not_after = rcgen::date_time_ymd(2091, 1, 1);
        }
        _ => {}
    }
    let own = key();
    let made = match flaw {
        Flaw::SelfSigned => parameters.self_signed(&own),
        Flaw::UnknownAuthority => parameters.signed_by(&own, &Authority::new().issuer),
        _ => parameters.signed_by(&own, &authority.issuer),
    };
    let certificate = made.unwrap_or_else(|error| panic!("certificate: {error}"));
    let own = PrivateKeyDer::try_from(own.serialize_der()).unwrap_or_else(|error| panic!("key: {error}"));
    let config = ServerConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
        .with_safe_default_protocol_versions()
        .and_then(|config| {
            config.with_no_client_auth().with_single_cert(vec![certificate.der().clone()], own)
        });
    config.unwrap_or_else(|error| panic!("TLS: {error}"))
}
