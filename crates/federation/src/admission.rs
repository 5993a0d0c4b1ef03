//! Which servers this one has to do with: asked before anything comes in, is fetched, or goes out.

use async_trait::async_trait;
use axum::{
    extract::{Request, State},
    middleware::Next,
    response::{IntoResponse, Response},
};
use http::{HeaderMap, Method};
use tintype_model::handle::domain_of;
use tintype_net::Sign;
use tintype_service::{
    ctx::FederationMode,
    domains::{self, Admission, Severity},
};
use tintype_store::accounts::Account;
use url::Url;

use crate::{Federation, Result, fetch::FetchError, rejection::Rejection};

/// What those hear who are not admitted.
pub(crate) const NOT_ADMITTED: &str = "this server does not federate with yours";
/// Why nothing of theirs is fetched, and nothing goes to them.
pub(crate) const NOT_ASKED: &str = "this instance does not federate with that server";

impl Federation {
    /// How the server of a URL stands.
    pub(crate) async fn admission(&self, url: &Url) -> Result<Admission> {
        match domain_of(url) {
            Some(domain) => self.admission_of(&domain).await,
            None => Ok(Admission::Refused),
        }
    }

    /// How a domain stands, with its port if it has one.
    pub(crate) async fn admission_of(&self, domain: &str) -> Result<Admission> {
        Ok(domains::admits(&self.0.ctx, domain).await?)
    }

    /// Refuses a request of a server that is not admitted.
    pub(crate) async fn let_in(&self, url: &Url) -> Result<(), Rejection> {
        match self.admission(url).await? {
            Admission::Refused => Err(Rejection::Forbidden(NOT_ADMITTED)),
            Admission::Open | Admission::Limited => Ok(()),
        }
    }

    /// Refuses to ask a server that is not admitted.
    pub(crate) async fn let_out(&self, url: &Url) -> Result<(), FetchError> {
        match self.admission(url).await? {
            Admission::Refused => Err(FetchError::Unfit(NOT_ASKED)),
            Admission::Open | Admission::Limited => Ok(()),
        }
    }

    /// Whether files may be fetched from there. They often lie on hosts of their own, which no list of allowed servers
    /// names: only a block counts.
    pub(crate) async fn serves_files(&self, url: &Url) -> Result<bool> {
        if self.0.ctx.policy.federation == FederationMode::Off {
            return Ok(false);
        }
        let Some(domain) = domain_of(url) else { return Ok(false) };
        let rule = self.0.ctx.store.read().await?.domain_rule(&domain).await?;
        Ok(rule.is_none_or(|rule| rule.severity != Severity::Block))
    }

    /// Whether pictures of somebody are left out: by a rule about the domain of their handle, or about the server of their
    /// actor.
    pub(crate) async fn rejects_media(&self, account: &Account) -> Result<bool> {
        let mut reader = self.0.ctx.store.read().await?;
        for name in account.domain.clone().into_iter().chain(account.actor_host()) {
            if reader.domain_rule(&name).await?.is_some_and(|rule| rule.reject_media) {
                return Ok(true);
            }
        }
        Ok(false)
    }
}

/// Whose errand goes from server to server by redirects.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Wanted {
    Documents,
    Files,
}

/// Stands at every hop of a request that is not signed, and ends it where there is a server that isn't asked.
pub(crate) struct Hops<'a> {
    pub federation: &'a Federation,
    pub wanted: Wanted,
}

#[async_trait]
impl Sign for Hops<'_> {
    async fn sign(&self, _: &Method, url: &Url, _: &[u8]) -> std::result::Result<HeaderMap, String> {
        let asked = match self.wanted {
            Wanted::Documents => self.federation.admission(url).await.map(|it| it != Admission::Refused),
            Wanted::Files => self.federation.serves_files(url).await,
        };
        match asked {
            Ok(true) => Ok(HeaderMap::new()),
            Ok(false) => Err(NOT_ASKED.to_owned()),
            Err(error) => Err(error.to_string()),
        }
    }
}

/// Shuts the door of an instance that federates with nobody: no inbox is open and nothing is there. People who ask for a
/// page are still sent to it.
pub(crate) async fn shut_when_off(
    State(federation): State<Federation>,
    request: Request,
    next: Next,
) -> Response {
    let off = federation.0.ctx.policy.federation == FederationMode::Off;
    if !off || crate::serve::wants_page(request.headers()) {
        next.run(request).await
    } else if request.method() == Method::POST {
        Rejection::Forbidden(NOT_ADMITTED).into_response()
    } else {
        Rejection::NotFound.into_response()
    }
}
