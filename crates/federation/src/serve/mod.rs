//! What we show to other servers: actors, statuses, collections, and how to find them.
//!
//! Whatever depends on who asks says so to caches, whatever nobody may see isn't there (404), and what was there says that
//! it is gone (410). The same rules hold for every way to ask: there is one route per thing and no suffix.

mod actors;
mod collections;
mod discovery;
mod leaves;
mod objects;

use std::str::FromStr;

use axum::{
    Router,
    body::Body,
    middleware::from_fn_with_state,
    response::{IntoResponse, Response},
    routing::{get, post},
};
use http::{HeaderMap, HeaderValue, Method, StatusCode, Uri, header};
use serde::Serialize;
use tintype_service::accounts;
use tintype_store::accounts::{Account, AccountKind};

use crate::{
    Federation, admission, followers,
    inbox::{self, source_of},
    rejection::Rejection,
    signatures::ACTIVITY_JSON,
};

/// Every route of this door. What kind of server this is, client apps ask too: that is told even where there is no
/// federation.
pub fn router(federation: Federation) -> Router {
    let shut_when_off = from_fn_with_state(federation.clone(), admission::shut_when_off);
    let discovery = Router::new()
        .route("/.well-known/host-meta", get(discovery::host_meta))
        .route("/.well-known/nodeinfo", get(discovery::nodeinfo_index))
        .route("/nodeinfo/2.0", get(discovery::nodeinfo_2_0))
        .route("/nodeinfo/2.1", get(discovery::nodeinfo_2_1));
    Router::new()
        .route("/inbox", post(inbox::shared))
        .route("/actor", get(actors::instance))
        .route("/users/{name}", get(actors::person))
        .route("/users/{name}/inbox", post(inbox::personal))
        .route("/users/{name}/outbox", get(collections::outbox))
        .route("/users/{name}/followers", get(collections::followers))
        .route("/users/{name}/followers_synchronization", get(followers::served))
        .route("/users/{name}/following", get(collections::following))
        .route("/users/{name}/collections/featured", get(collections::featured))
        .route("/users/{name}/collections/tags", get(collections::featured_tags))
        .route("/users/{name}/statuses/{id}", get(objects::status))
        .route("/users/{name}/statuses/{id}/activity", get(objects::activity))
        .route("/users/{name}/statuses/{id}/replies", get(objects::replies))
        .route("/users/{name}/statuses/{id}/likes", get(leaves::likes))
        .route("/users/{name}/statuses/{id}/shares", get(leaves::shares))
        .route("/users/{name}/quote_authorizations/{id}", get(leaves::quote))
        .route("/users/{name}/authorizations/{id}", get(leaves::interaction))
        .route("/users/{name}/follows/{id}", get(objects::follow))
        .route("/users/{name}/likes/{id}", get(objects::like))
        .route("/emojis/{id}", get(objects::emoji))
        .route("/.well-known/webfinger", get(discovery::webfinger))
        .route_layer(shut_when_off)
        .merge(discovery)
        .with_state(federation)
}

/// A request, as far as showing things is concerned.
#[derive(Debug)]
pub(crate) struct Ask {
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    source: String,
}

impl<S: Send + Sync> axum::extract::FromRequestParts<S> for Ask {
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(parts: &mut http::request::Parts, _: &S) -> Result<Self, Self::Rejection> {
        // The URI as it was sent, before any router took something off it: that is what was signed.
        let uri = parts
            .extensions
            .get::<axum::extract::OriginalUri>()
            .map_or_else(|| parts.uri.clone(), |uri| uri.0.clone());
        let source = source_of(&parts.extensions);
        Ok(Self { method: parts.method.clone(), uri, headers: parts.headers.clone(), source })
    }
}

impl Ask {
    /// A value of the query; percent-decoded.
    fn query(&self, name: &str) -> Option<String> {
        let query = self.uri.query()?;
        url::form_urlencoded::parse(query.as_bytes())
            .find(|(key, _)| key == name)
            .map(|(_, value)| value.into_owned())
    }

    /// Whether a page for people is wanted rather than a document.
    fn wants_page(&self) -> bool {
        wants_page(&self.headers)
    }
}

/// Whether HTML is asked for, and ActivityPub is not.
pub(crate) fn wants_page(headers: &HeaderMap) -> bool {
    let mut html = false;
    for line in headers.get_all(header::ACCEPT) {
        let Ok(line) = line.to_str() else { continue };
        for part in line.split(',') {
            let kind = part.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
            match kind.as_str() {
                "application/activity+json" | "application/ld+json" => return false,
                "text/html" | "application/xhtml+xml" => html = true,
                _ => {}
            }
        }
    }
    html
}

/// Who asks, once that matters.
pub(crate) enum Asker {
    /// Somebody who signed.
    Signed(Box<Account>),
    /// Nobody in particular.
    Nobody,
}

impl Asker {
    pub fn account(&self) -> Option<&Account> {
        match self {
            Self::Signed(account) => Some(account),
            Self::Nobody => None,
        }
    }
}

impl Federation {
    /// Who asks for an object. With authorized fetch it has to be somebody.
    async fn known_asker(&self, ask: &Ask) -> Result<Asker, Rejection> {
        match self.any_asker(ask).await? {
            Asker::Nobody if self.0.settings.authorized_fetch => {
                Err(Rejection::Unauthorized("the request is not signed"))
            }
            asker => Ok(asker),
        }
    }

    /// Who asks, if they say so.
    async fn any_asker(&self, ask: &Ask) -> Result<Asker, Rejection> {
        let signer = self.asker(&ask.method, &ask.uri, ask.headers.clone(), &ask.source).await?;
        Ok(signer.map_or(Asker::Nobody, |account| Asker::Signed(Box::new(account))))
    }

    /// Who asks for something that belongs to somebody here, and whose it is. For whom its owner blocks there is nothing.
    pub(crate) async fn open(&self, ask: &Ask, name: &str) -> Result<(Asker, Account), Rejection> {
        let asker = self.known_asker(ask).await?;
        let account = self.local(name).await?;
        if self.shuts_out(&account, asker.account()).await? {
            Err(Rejection::NotFound)
        } else {
            Ok((asker, account))
        }
    }

    /// Whether whoever asks gets to see nothing of an account, because it blocks them or their server.
    async fn shuts_out(&self, account: &Account, asker: Option<&Account>) -> Result<bool, Rejection> {
        let Some(asker) = asker else { return Ok(false) };
        let standings = self.0.ctx.store.read().await?.standings(account.id, &[asker.id]).await?;
        Ok(standings.iter().any(|standing| standing.blocking || standing.domain_blocking))
    }

    /// The local account of a name. What belongs to a suspended one isn't there.
    async fn local(&self, name: &str) -> Result<Account, Rejection> {
        let account = self.local_even_suspended(name).await?;
        if account.suspended_at.is_some() { Err(Rejection::NotFound) } else { Ok(account) }
    }

    /// The local account of a name, where being suspended makes no difference.
    pub(crate) async fn local_even_suspended(&self, name: &str) -> Result<Account, Rejection> {
        let mut reader = self.0.ctx.store.read().await?;
        let account = reader.account_by_key(&name.to_lowercase()).await?;
        let account =
            account.filter(|a| a.local && a.kind != AccountKind::Application && !name.contains('@'));
        match account {
            Some(account) if account.deleted_at.is_some() => Err(Rejection::Gone),
            Some(account) if !accounts::waits(&mut reader, &account).await? => Ok(account),
            _ => Err(Rejection::NotFound),
        }
    }
}

/// An ActivityPub document.
pub(crate) fn document<T: Serialize>(status: StatusCode, document: &T) -> Result<Response, Rejection> {
    let bytes = serde_json::to_vec(document).map_err(crate::Error::from)?;
    let mut response = Response::new(Body::from(bytes));
    *response.status_mut() = status;
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(ACTIVITY_JSON));
    mark_private(response.headers_mut());
    Ok(response)
}

/// Tells caches that the answer is for whoever asked.
pub(crate) fn mark_private(headers: &mut HeaderMap) {
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("private, no-store"));
    headers.insert(header::VARY, HeaderValue::from_static("Accept, Signature, Authorization, Cookie"));
}

/// Sends people to the page.
fn to_page(page: &str) -> Result<Response, Rejection> {
    let location = HeaderValue::from_str(page).map_err(|_| Rejection::NotFound)?;
    let mut response = StatusCode::FOUND.into_response();
    response.headers_mut().insert(header::LOCATION, location);
    mark_private(response.headers_mut());
    Ok(response)
}

/// A number in a path.
fn number<T: FromStr>(text: &str) -> Result<T, Rejection> {
    text.parse().map_err(|_| Rejection::NotFound)
}

/// A name that may stand in a URL of ours.
fn plain_name(name: &str) -> Result<&str, Rejection> {
    let plain = !name.is_empty()
        && name.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-' | b'.'));
    if plain { Ok(name) } else { Err(Rejection::NotFound) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ask(accept: &[&str]) -> Ask {
        let mut headers = HeaderMap::new();
        for line in accept {
            headers.append(header::ACCEPT, HeaderValue::from_str(line).unwrap());
        }
        let uri = Uri::from_static("/users/alice?page=true&max_id=7");
        Ask { method: Method::GET, uri, headers, source: String::new() }
    }

    #[test]
    fn pages_are_for_those_who_ask_for_html() {
        for (accept, page) in [
            (&["text/html,application/xhtml+xml,*/*;q=0.8"][..], true),
            (&["application/activity+json, application/ld+json"], false),
            (&["text/html;q=0.5, application/activity+json"], false),
            (&[r#"text/html, application/ld+json; profile="https://www.w3.org/ns/activitystreams""#], false),
            (&["text/html", "application/activity+json"], false),
            (&["application/json"], false),
            (&["*/*"], false),
            (&[], false),
        ] {
            assert_eq!(ask(accept).wants_page(), page, "{accept:?}");
        }
        assert_eq!(ask(&[]).query("max_id").as_deref(), Some("7"));
        assert_eq!(ask(&[]).query("id"), None);
    }
}
