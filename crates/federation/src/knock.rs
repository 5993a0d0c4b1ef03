//! Signing what goes out, and knocking twice: servers differ in the kind of signature they take. Each is asked with the kind
//! that it is known to take, or the older one; where that is refused, once with the other, and what works is remembered.

use async_trait::async_trait;
use http::{HeaderMap, Method, StatusCode};
use tintype_model::handle::domain_of;
use tintype_net::{Error as NetError, Request, Response, Sign};
use url::Url;

use crate::{
    Federation,
    admission::{Hops, Wanted},
    signatures::{SignatureKind, SigningKey, sign_request},
};

/// What is tried first where nothing is known. Everybody takes it but the newest and strictest.
const FIRST: SignatureKind = SignatureKind::Cavage;

/// Signs what goes out, hop by hop: each host gets the kind that it takes.
struct Signer<'a> {
    federation: &'a Federation,
    key: &'a SigningKey,
    /// Whether it is the other kind's turn.
    again: bool,
}

#[async_trait]
impl Sign for Signer<'_> {
    async fn sign(&self, method: &Method, url: &Url, body: &[u8]) -> Result<HeaderMap, String> {
        // A redirect may lead to a server that isn't asked.
        if *method == Method::GET {
            Hops { federation: self.federation, wanted: Wanted::Documents }.sign(method, url, body).await?;
        }
        let known = self.federation.signature_for(url).await;
        let kind = if self.again { other(known) } else { known };
        let body = (*method == Method::POST).then_some(body);
        let now = self.federation.ctx().now();
        sign_request(self.key, kind, method, url, body, now).map_err(|error| error.to_string())
    }
}

impl Federation {
    /// Sends a request, signed; and once more, signed in the other way, if it is refused.
    pub(crate) async fn knock(&self, key: &SigningKey, request: Request<'_>) -> Result<Response, NetError> {
        let once = Signer { federation: self, key, again: false };
        let first = self.0.net.send(request.clone().signed_by(&once)).await?;
        if !is_refusal(first.status) {
            return Ok(first);
        }
        let twice = Signer { again: true, ..once };
        match self.0.net.send(request.signed_by(&twice)).await {
            Ok(second) if !is_refusal(second.status) => {
                if second.status.is_success() {
                    self.remember_signature(&second.url).await;
                }
                Ok(second)
            }
            // It was not the signature.
            _ => Ok(first),
        }
    }

    /// The kind that a URL's host takes, as far as is known.
    async fn signature_for(&self, url: &Url) -> SignatureKind {
        let Some(host) = domain_of(url) else { return FIRST };
        let ask = async {
            let known = match self.0.ctx.store.read().await {
                Ok(mut reader) => reader.host(&host).await,
                Err(error) => Err(error),
            };
            known.ok().flatten().and_then(|known| known.signature).unwrap_or(FIRST)
        };
        self.0.signature_kinds.get_with(host.clone(), Box::pin(ask)).await
    }

    /// Remembers that a host took the other kind. Not being able to is no reason to fail: it will be found out again.
    async fn remember_signature(&self, url: &Url) {
        let Some(host) = domain_of(url) else { return };
        let kind = other(self.signature_for(url).await);
        let written = async {
            let mut tx = self.0.ctx.store.begin().await?;
            tx.host_takes(&host, kind, self.0.ctx.now()).await?;
            tx.commit().await
        };
        match written.await {
            Ok(()) => self.0.signature_kinds.insert(host, kind).await,
            Err(error) => tracing::debug!(%error, host, "what signature it takes is not remembered"),
        }
    }
}

fn other(kind: SignatureKind) -> SignatureKind {
    match kind {
        SignatureKind::Cavage => SignatureKind::Rfc9421,
        SignatureKind::Rfc9421 => SignatureKind::Cavage,
    }
}

/// What servers say that can't read a signature. Some take it for a malformed request.
fn is_refusal(status: StatusCode) -> bool {
    matches!(status, StatusCode::BAD_REQUEST | StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN)
}
