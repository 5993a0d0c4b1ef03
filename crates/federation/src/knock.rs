//! Signing what goes out, and knocking twice: servers differ in the kind of signature they take. Each is asked with the kind
//! that it is known to take, or the older one; where that is refused, once with the other, and what works is remembered.

use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
};

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

/// By host.
type Kinds = HashMap<String, SignatureKind>;

/// Signs what goes out, hop by hop: each host gets the kind that it takes.
struct Signer<'a> {
    federation: &'a Federation,
    key: &'a SigningKey,
    /// What the first knock was signed with; now it is the other kind's turn.
    refused: Kinds,
    /// What this one is signed with. What is known may change meanwhile: others knock there, too.
    used: Mutex<Kinds>,
}

impl<'a> Signer<'a> {
    fn new(federation: &'a Federation, key: &'a SigningKey, refused: Kinds) -> Self {
        Self { federation, key, refused, used: Mutex::default() }
    }

    fn used(self) -> Kinds {
        self.used.into_inner().unwrap_or_else(PoisonError::into_inner)
    }
}

#[async_trait]
impl Sign for Signer<'_> {
    async fn sign(&self, method: &Method, url: &Url, body: &[u8]) -> Result<HeaderMap, String> {
        // A redirect may lead to a server that isn't asked.
        if *method == Method::GET {
            Hops { federation: self.federation, wanted: Wanted::Documents }.sign(method, url, body).await?;
        }
        let host = domain_of(url).unwrap_or_default();
        let kind = match self.refused.get(&host) {
            Some(refused) => other(*refused),
            None => self.federation.signature_for(url).await,
        };
        self.used.lock().unwrap_or_else(PoisonError::into_inner).insert(host, kind);
        let body = (*method == Method::POST).then_some(body);
        let now = self.federation.ctx().now();
        sign_request(self.key, kind, method, url, body, now).map_err(|error| error.to_string())
    }
}

impl Federation {
    /// Sends a request, signed; and once more, signed in the other way, if it is refused.
    pub(crate) async fn knock(&self, key: &SigningKey, request: Request<'_>) -> Result<Response, NetError> {
        let once = Signer::new(self, key, Kinds::default());
        let first = self.0.net.send(request.clone().signed_by(&once)).await?;
        if !is_refusal(first.status) {
            return Ok(first);
        }
        let twice = Signer::new(self, key, once.used());
        match self.0.net.send(request.signed_by(&twice)).await {
            Ok(second) if !is_refusal(second.status) => {
                let host = domain_of(&second.url).filter(|_| second.status.is_success());
                if let Some((host, kind)) = host.and_then(|host| twice.used().remove_entry(&host)) {
                    self.remember_signature(host, kind).await;
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

    /// Remembers what a host took. Not being able to is no reason to fail: it will be found out again.
    async fn remember_signature(&self, host: String, kind: SignatureKind) {
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
