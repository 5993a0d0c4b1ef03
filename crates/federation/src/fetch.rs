//! Asking other servers for documents, and believing of the answer no more than its origin may say.

use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
    time::Duration,
};

use bytes::Bytes;
use http::{HeaderValue, StatusCode, header};
use tintype_model::handle::registrable;
use tintype_net::{Budget, Error as NetError, Request, Response};
use tokio::time::{Instant, timeout_at};
use url::Url;

use crate::{
    Federation,
    admission::{Hops, NOT_ASKED, Wanted},
    federation::each_minute,
    limits,
    wire::{self, Bearcap, Jrd, Object, is_activity_json, same_origin},
};

const ACCEPT: &str =
    r#"application/activity+json, application/ld+json; profile="https://www.w3.org/ns/activitystreams""#;

/// Why nothing was fetched. Cloned to everybody who waited for the same thing.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum FetchError {
    /// Its server says that it isn't there.
    #[error("not there: {0}")]
    Gone(&'static str),
    /// Its server does not show it to us, or does not know yet who we are.
    #[error("not shown to us: {0}")]
    Refused(&'static str),
    /// What is there is nothing that we could believe or use; asking again would not change that.
    #[error("not usable: {0}")]
    Unfit(&'static str),
    /// Its server could not be asked. It may be later.
    #[error("not reachable: {0}")]
    Later(String),
}

/// Why nothing was fetched: it was enough for one activity. Something else may still ask for the same.
const TOO_MANY: &str = "too many fetches for one thing";
/// Why nothing was fetched: what was there is no ActivityPub.
const ANOTHER_TYPE: &str = "not served as ActivityPub";
/// Why something isn't there: its server says that it never will be again.
pub(crate) const GONE: &str = "410";
/// The same: what is left is a tombstone.
pub(crate) const DELETED: &str = "deleted";

impl FetchError {
    pub fn is_later(&self) -> bool {
        matches!(self, Self::Later(_))
    }

    /// Whether asking again soon would not change it: it is no matter of the circumstances, of our own rules, or of a server
    /// that is looked after at the moment and shows a page that says so.
    pub fn lasts(&self) -> bool {
        match self {
            Self::Gone(why) => [GONE, DELETED].contains(why),
            Self::Unfit(why) => ![TOO_MANY, NOT_ASKED, ANOTHER_TYPE].contains(why),
            Self::Refused(_) | Self::Later(_) => false,
        }
    }
}

impl From<NetError> for FetchError {
    fn from(error: NetError) -> Self {
        match error {
            NetError::Budget => Self::Unfit(TOO_MANY),
            NetError::TooLarge { .. } => Self::Unfit("the document is too large"),
            NetError::TooManyRedirects { .. } | NetError::Redirect { .. } => {
                Self::Unfit("a redirect that is not followed")
            }
            // By what signs or stops a request at each hop.
            NetError::Sign(why) if why == NOT_ASKED => Self::Unfit(NOT_ASKED),
            error if error.is_permanent() => Self::Unfit("this address is not called"),
            error => Self::Later(error.to_string()),
        }
    }
}

impl From<tintype_store::Error> for FetchError {
    fn from(error: tintype_store::Error) -> Self {
        Self::Later(error.to_string())
    }
}

impl From<crate::Error> for FetchError {
    fn from(error: crate::Error) -> Self {
        Self::Later(error.to_string())
    }
}

impl From<tintype_service::Error> for FetchError {
    fn from(error: tintype_service::Error) -> Self {
        Self::Later(error.to_string())
    }
}

/// Everything fetched on behalf of one thing: it shares a budget, a deadline, and WebFinger answers.
pub(crate) struct Errand {
    budget: Budget,
    /// Under which name it is counted what its documents cost a domain.
    purse: &'static str,
    deadline: Instant,
    fingers: Mutex<HashMap<String, Result<Jrd, FetchError>>>,
}

impl Errand {
    /// For a person or a sender who waits.
    pub fn while_waiting() -> Self {
        Self::new(Duration::from_secs(8))
    }

    /// For somebody who waits, and has shown nothing yet: it may not use up what others may ask.
    pub fn for_key() -> Self {
        Self { purse: "asked for keys", ..Self::while_waiting() }
    }

    /// For a job.
    pub fn in_background() -> Self {
        Self::new(Duration::from_mins(1))
    }

    /// For a post that a relay points to, which nobody here asked for.
    pub fn for_relay() -> Self {
        Self { budget: Budget::new(limits::get().fetches_per_relayed), ..Self::new(Duration::from_secs(15)) }
    }

    fn new(patience: Duration) -> Self {
        Self {
            budget: Budget::new(limits::get().fetches_per_activity),
            purse: "asked",
            deadline: Instant::now() + patience,
            fingers: Mutex::default(),
        }
    }

    fn finger(&self, handle: &str) -> Option<Result<Jrd, FetchError>> {
        self.fingers.lock().unwrap_or_else(PoisonError::into_inner).get(handle).cloned()
    }
}

/// A document as it was served, nothing about it believed yet.
pub(crate) struct Document {
    /// Where it came from in the end.
    pub url: Url,
    pub body: Bytes,
}

impl Federation {
    /// A document of another server, signed for by the instance's own actor. Only ActivityPub's media types count: what a
    /// server keeps for its users as text or JSON is not its own word.
    pub(crate) async fn document(&self, url: &Url, errand: &Errand) -> Result<Document, FetchError> {
        self.document_opened(url, None, errand).await
    }

    /// The thing behind a bearer capability. Its token goes to that origin alone, and over nothing but what `net` allows.
    pub(crate) async fn fetch_opened(&self, cap: &Bearcap, errand: &Errand) -> Result<Object, FetchError> {
        let document = self.document_opened(&cap.url, Some(&cap.token), errand).await?;
        if !same_origin(&document.url, &cap.url) {
            return Err(FetchError::Unfit("a redirect to another server"));
        }
        wire::parse_object(&document.body).map_err(|error| FetchError::Unfit(error.reason()))
    }

    async fn document_opened(
        &self,
        url: &Url,
        token: Option<&str>,
        errand: &Errand,
    ) -> Result<Document, FetchError> {
        if self.0.ctx.site.owns(url.as_str()) {
            return Err(FetchError::Unfit("our own URLs are not fetched"));
        }
        self.let_out(url).await?;
        self.spend(url, errand)?;
        let mut request = Request::get(url.clone()).accept(ACCEPT).max_body(limits::get().body_bytes);
        if let Some(token) = token {
            let mut bearer = HeaderValue::from_str(&format!("Bearer {token}"))
                .map_err(|_| FetchError::Unfit("the token is malformed"))?;
            bearer.set_sensitive(true);
            request = request.header(header::AUTHORIZATION, bearer);
        }
        let response = answered(errand, self.knock(&self.0.instance_key, request)).await?;
        if self.0.ctx.site.owns(response.url.as_str()) {
            return Err(FetchError::Unfit("a redirect to ourselves"));
        }
        if !same_origin(&response.url, url) {
            self.let_out(&response.url).await?;
        }
        if !response.header(header::CONTENT_TYPE).is_some_and(is_activity_json) {
            return Err(FetchError::Unfit(ANOTHER_TYPE));
        }
        Ok(Document { url: response.url, body: response.body })
    }

    /// Takes one fetch out of the budgets of the errand and of the domain that is asked.
    fn spend(&self, url: &Url, errand: &Errand) -> Result<(), FetchError> {
        errand.budget.take()?;
        let name = format!("{} {}", errand.purse, registrable(url.host_str().unwrap_or_default()));
        if self.0.counts.take(self.0.ctx.now(), &[(name, each_minute(limits::get().fetches_per_domain))]) {
            Ok(())
        } else {
            Err(FetchError::Later("its domain was asked too much already".to_owned()))
        }
    }

    /// The object of a URL, under the id that its own server gives it. A document that names another id is dropped and
    /// that id is asked instead, once.
    pub(crate) async fn fetch(&self, url: &Url, errand: &Errand) -> Result<Object, FetchError> {
        let mut wanted = url.clone();
        wanted.set_fragment(None);
        for _ in 0..2 {
            let document = self.document(&wanted, errand).await?;
            let object =
                wire::parse_object(&document.body).map_err(|error| FetchError::Unfit(error.reason()))?;
            let id = object.id().ok_or(FetchError::Unfit("the document has no id"))?.clone();
            if self.0.ctx.site.owns(id.as_str()) {
                return Err(FetchError::Unfit("the document claims one of our ids"));
            }
            // The redirect's target speaks for the id, and the id is what was asked for.
            if id == wanted && same_origin(&id, &document.url) {
                return Ok(object);
            }
            wanted = id;
            wanted.set_fragment(None);
        }
        Err(FetchError::Unfit("the document's id is not its URL"))
    }

    /// What the server of `domain` says about `user@domain`. Not signed: everybody may ask.
    pub(crate) async fn finger(&self, user: &str, domain: &str, errand: &Errand) -> Result<Jrd, FetchError> {
        let handle = format!("{}@{domain}", user.to_lowercase());
        if let Some(known) = errand.finger(&handle) {
            return known;
        }
        let answer = self.ask_finger(user, domain, errand).await;
        errand.fingers.lock().unwrap_or_else(PoisonError::into_inner).insert(handle, answer.clone());
        answer
    }

    async fn ask_finger(&self, user: &str, domain: &str, errand: &Errand) -> Result<Jrd, FetchError> {
        if domain == self.0.ctx.site.domain {
            return Err(FetchError::Unfit("our own handles are not looked up"));
        }
        let base = format!("{}://{domain}/.well-known/webfinger", self.scheme_for(domain));
        let mut url = Url::parse(&base).map_err(|_| FetchError::Unfit("not a domain"))?;
        self.let_out(&url).await?;
        url.query_pairs_mut().append_pair("resource", &format!("acct:{user}@{domain}"));
        self.spend(&url, errand)?;
        let hops = Hops { federation: self, wanted: Wanted::Documents };
        let request = Request::get(url)
            .accept("application/jrd+json, application/json")
            .max_body(limits::get().body_bytes)
            .signed_by(&hops);
        let response = answered(errand, self.0.net.send(request)).await?;
        Jrd::parse(&response.body).map_err(|error| FetchError::Unfit(error.reason()))
    }

    /// https, except between instances that run on one machine for trying things out.
    fn scheme_for(&self, domain: &str) -> &'static str {
        let host = domain.rsplit_once(':').map_or(domain, |(host, port)| {
            if port.bytes().all(|b| b.is_ascii_digit()) { host } else { domain }
        });
        let bare = host.trim_matches(['[', ']']);
        let loopback = bare == "localhost"
            || bare.ends_with(".localhost")
            || bare.parse::<std::net::IpAddr>().is_ok_and(|ip| ip.is_loopback());
        if loopback && self.0.ctx.site.base.starts_with("http://") { "http" } else { "https" }
    }
}

/// An answer that came in time, and what its status says.
async fn answered(
    errand: &Errand,
    asked: impl Future<Output = Result<Response, NetError>>,
) -> Result<Response, FetchError> {
    let answer = timeout_at(errand.deadline, asked).await;
    let response = answer.map_err(|_| FetchError::Later("it took too long".to_owned()))??;
    match response.status {
        status if status.is_success() => Ok(response),
        StatusCode::NOT_FOUND => Err(FetchError::Gone("404")),
        StatusCode::GONE => Err(FetchError::Gone(GONE)),
        StatusCode::REQUEST_TIMEOUT | StatusCode::TOO_MANY_REQUESTS => {
            Err(FetchError::Later(format!("status {}", response.status.as_u16())))
        }
        status if status.is_server_error() => Err(FetchError::Later(format!("status {}", status.as_u16()))),
        _ => Err(FetchError::Refused("its server refuses")),
    }
}
