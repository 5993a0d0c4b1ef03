//! The door inwards: `POST /inbox` and `POST /users/{name}/inbox`.
//!
//! In this order, so that nothing expensive is done for somebody who has not shown anything yet: a free hand, the size,
//! JSON, the activity, whether its server is admitted, cheap checks of the signature, the key, the signature itself, signer
//! is actor, authority. What somebody else than its actor brings goes another way (`forwarded.rs`). A 202 says that the activity is committed, applied or kept.

use std::{net::SocketAddr, time::Duration};

use axum::{
    body::{Body, Bytes, to_bytes},
    extract::{ConnectInfo, OriginalUri, Path, Request, State},
    response::{IntoResponse, Response},
};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use http::{Extensions, HeaderMap, HeaderValue, Method, StatusCode, Uri, header};
use tintype_model::handle::registrable;
use tintype_service::{domains::Admission, throttle::source};
use tintype_store::accounts::Account;
use tokio::time::timeout;

use crate::{
    Federation,
    admission::NOT_ADMITTED,
    federation::each_minute,
    forwarded::Vouched,
    keys::KeyError,
    limits,
    receive::{Accepted, host_of},
    rejection::Rejection,
    signatures::{Incoming, SignatureError, Unverified, Window},
    wire::{self, IncomingActivity, Verb, same_origin},
};

/// How long a request waits for a free hand.
const PATIENCE: Duration = Duration::from_secs(5);
/// How long a body may take.
const BODY_TIME: Duration = Duration::from_secs(15);

/// `POST /inbox`
#[tracing::instrument(name = "inbox", skip_all, fields(activity.id, activity.actor))]
pub(crate) async fn shared(
    State(federation): State<Federation>,
    OriginalUri(uri): OriginalUri,
    request: Request,
) -> Response {
    answer(Box::pin(federation.take(&uri, request)).await)
}

/// `POST /users/{name}/inbox`
#[tracing::instrument(name = "inbox", skip_all, fields(activity.id, activity.actor))]
pub(crate) async fn personal(
    State(federation): State<Federation>,
    OriginalUri(uri): OriginalUri,
    Path(name): Path<String>,
    request: Request,
) -> Response {
    // The activity itself says whom it is for; the inbox has to be somebody's.
    match federation.local_even_suspended(&name).await {
        Ok(_) => answer(Box::pin(federation.take(&uri, request)).await),
        Err(rejection) => rejection.into_response(),
    }
}

fn answer(outcome: Result<(), Rejection>) -> Response {
    match outcome {
        Ok(()) => StatusCode::ACCEPTED.into_response(),
        Err(rejection) => {
            tracing::debug!(?rejection, "refused");
            rejection.into_response()
        }
    }
}

impl Federation {
    async fn take(&self, uri: &Uri, request: Request) -> Result<(), Rejection> {
        let busy = Rejection::Unavailable("too many requests at once");
        let Ok(Ok(_slot)) = timeout(PATIENCE, self.0.inbox_slots.acquire()).await else { return Err(busy) };
        let (head, body) = request.into_parts();
        let source = source_of(&head.extensions);
        let headers = with_host(head.headers, uri);
        let body = read(&headers, body).await?;
        let mut activity = wire::parse_activity(&body)?;
        let signature = self.unverified(&Method::POST, uri, &headers, Some(&body));
        if let Ok(signature) = &signature
            && !activity.named
        {
            activity.id.set_fragment(Some(&name_of(&activity, signature)));
        }
        let span = tracing::Span::current();
        span.record("activity.id", activity.id.as_str()).record("activity.actor", activity.actor.as_str());
        if self.0.ctx.site.owns(activity.actor.as_str()) {
            return Err(Rejection::Forbidden("the actor is one of ours"));
        }
        if !same_origin(&activity.id, &activity.actor) {
            return Err(Rejection::Forbidden("the activity is on another server than its actor"));
        }
        self.let_in(&activity.actor).await?;
        let signature = signature?;
        if !same_origin(signature.key_id(), &activity.actor) {
            // Nobody's key is fetched for what can't be believed anyway.
            if !self.may_be_passed_on(&activity, &body, signature.key_id()).await? {
                return Err(Rejection::Unauthorized(
                    "the signature's key is on another server than the actor",
                ));
            }
            self.let_in(signature.key_id()).await?;
        }
        if self.is_farewell_of_a_stranger(&activity).await? {
            return Ok(());
        }
        let signer = self.who_signed(&signature, &source).await?;
        self.one_more(&signer)?;
        if signer.uri != activity.actor.as_str() {
            return self.take_forwarded(&activity, &body, &signer).await;
        }
        if signer.deleted_at.is_some() && is_farewell(&activity) {
            return Ok(());
        }
        self.may_speak(&signer, &activity).await?;
        match self.accept(&activity, &body, &signer).await? {
            Accepted::Yes => {
                self.heard_from(&signer).await;
                Ok(self.compare_followers(&signer, &headers).await?)
            }
            Accepted::No(why) => Err(Rejection::Forbidden(why)),
        }
    }

    /// Counts what a domain brings, under whatever names.
    fn one_more(&self, bearer: &Account) -> Result<(), KeyError> {
        let domain = host_of(bearer);
        let brought = format!("brought {}", registrable(&domain));
        self.count(&[(brought, each_minute(limits::get().activities_per_minute))], "too much at once")
    }

    /// An activity that somebody else than its actor brings.
    async fn take_forwarded(
        &self,
        activity: &IncomingActivity,
        body: &[u8],
        bearer: &Account,
    ) -> Result<(), Rejection> {
        self.active(bearer).await?;
        let actor = match self.vouched(activity, body, bearer).await? {
            Vouched::Actor(actor) => actor,
            Vouched::Kept => return Ok(()),
            Vouched::No => return Err(Rejection::Unauthorized("the signature is not the actor's")),
        };
        self.may_speak(&actor, activity).await?;
        match self.accept(activity, body, &actor).await? {
            Accepted::Yes => Ok(()),
            Accepted::No(why) => Err(Rejection::Forbidden(why)),
        }
    }

    /// A Delete of an actor that was never seen here. There is nothing to delete, and its key is gone already: nothing is
    /// fetched for it.
    async fn is_farewell_of_a_stranger(&self, activity: &IncomingActivity) -> Result<bool, Rejection> {
        if !is_farewell(activity) {
            return Ok(false);
        }
        let known = self.0.ctx.store.read().await?.account_by_uri(activity.actor.as_str()).await?;
        Ok(known.is_none())
    }

    /// Whether who signed may say this here. A suspended actor may still say that it isn't any more, or that it goes.
    async fn may_speak(&self, signer: &Account, activity: &IncomingActivity) -> Result<(), Rejection> {
        if is_about_itself(activity) { self.domain_admitted(signer).await } else { self.active(signer).await }
    }

    /// Whether who signed may do anything here: neither they nor the domain of their handle is shut out.
    async fn active(&self, signer: &Account) -> Result<(), Rejection> {
        if !signer.is_active() {
            return Err(Rejection::Forbidden("the actor is suspended"));
        }
        self.domain_admitted(signer).await
    }

    async fn domain_admitted(&self, signer: &Account) -> Result<(), Rejection> {
        if let Some(domain) = &signer.domain
            && self.admission_of(domain).await? == Admission::Refused
        {
            return Err(Rejection::Forbidden(NOT_ADMITTED));
        }
        Ok(())
    }

    /// The cheap part of checking a signature.
    fn unverified(
        &self,
        method: &Method,
        uri: &Uri,
        headers: &HeaderMap,
        body: Option<&[u8]>,
    ) -> Result<Unverified, SignatureError> {
        let hosts: Vec<&str> = self.0.hosts.iter().map(String::as_str).collect();
        Unverified::parse(&Incoming {
            method,
            scheme: self.0.ctx.site.base.split_once("://").map_or("https", |(scheme, _)| scheme),
            path_and_query: uri.path_and_query().map_or("/", |target| target.as_str()),
            headers,
            body,
            hosts: &hosts,
            now: self.0.ctx.now(),
            window: Window::default(),
        })
    }

    /// Who asks. `None`: nobody says who they are. A signature that is there has to be right.
    pub(crate) async fn asker(
        &self,
        method: &Method,
        uri: &Uri,
        headers: HeaderMap,
        source: &str,
    ) -> Result<Option<Account>, Rejection> {
        let headers = with_host(headers, uri);
        // HEAD is asked for with a GET's signature by nobody: each is signed as it is.
        let signature = match self.unverified(method, uri, &headers, None) {
            Err(SignatureError::Missing) => return Ok(None),
            other => other?,
        };
        self.let_in(signature.key_id()).await?;
        let signer = self.who_signed(&signature, source).await?;
        self.active(&signer).await?;
        Ok(Some(signer))
    }
}

/// Where a request comes from, as a name to count it under.
pub(crate) fn source_of(extensions: &Extensions) -> String {
    extensions.get::<ConnectInfo<SocketAddr>>().map_or_else(String::new, |peer| source(peer.0.ip()))
}

/// Whether an actor deletes itself.
fn is_farewell(activity: &IncomingActivity) -> bool {
    matches!(&activity.verb, Verb::Delete { object } if *object == activity.actor)
}

/// Whether an actor says what it is now, or that it is no more.
fn is_about_itself(activity: &IncomingActivity) -> bool {
    is_farewell(activity)
        || matches!(&activity.verb, Verb::Update(object) if object.id() == Some(&activity.actor))
}

/// A name for an activity without one, by which the same request is known again: it has the same signature, however its
/// headers are written.
fn name_of(activity: &IncomingActivity, signature: &Unverified) -> String {
    let digest = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, signature.bytes());
    let kind = activity.id.fragment().unwrap_or_default();
    format!("{kind}/{}", URL_SAFE_NO_PAD.encode(digest))
}

/// Over HTTP/2 the host is in the request's URI.
fn with_host(mut headers: HeaderMap, uri: &Uri) -> HeaderMap {
    if !headers.contains_key(header::HOST)
        && let Some(authority) = uri.authority()
        && let Ok(host) = HeaderValue::from_str(authority.as_str())
    {
        headers.insert(header::HOST, host);
    }
    headers
}

/// The body, if it calls itself JSON and is not too large: by its own word, or when it has come that far.
async fn read(headers: &HeaderMap, body: Body) -> Result<Bytes, Rejection> {
    let length =
        headers.get(header::CONTENT_LENGTH).and_then(|value| value.to_str().ok()?.parse::<u64>().ok());
    if length.is_some_and(|length| length > limits::get().body_bytes as u64) {
        return Err(Rejection::TooLarge);
    }
    let kind = headers.get(header::CONTENT_TYPE).map(|value| value.as_bytes().to_ascii_lowercase());
    if kind.is_some_and(|kind| !kind.windows(4).any(|part| part == b"json")) {
        return Err(Rejection::MediaType);
    }
    match timeout(BODY_TIME, to_bytes(body, limits::get().body_bytes)).await {
        Err(_) => Err(Rejection::TooSlow),
        Ok(Ok(bytes)) => Ok(bytes),
        Ok(Err(error)) => {
            let mut cause: Option<&(dyn std::error::Error + 'static)> = Some(&error);
            while let Some(error) = cause {
                if error.to_string().contains("length limit") {
                    return Err(Rejection::TooLarge);
                }
                cause = error.source();
            }
            Err(Rejection::Malformed("the body could not be read"))
        }
    }
}
