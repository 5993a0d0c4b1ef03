//! Forms that come in, and what is believed of them (threats: forged requests from other sites).

use axum::{
    body::{Body, to_bytes},
    extract::{FromRequest, FromRequestParts, Request},
    http::{HeaderMap, HeaderValue, Uri, header},
};
use tintype_model::Site;
use url::form_urlencoded;

use crate::{
    App,
    page::Refusal,
    visitor::{Visitor, is_local},
};

/// Bytes of a form.
const LARGEST: usize = 64 * 1024;

/// Named values, of a form or a query string.
#[derive(Debug, Clone, Default)]
pub struct Fields(Vec<(String, String)>);

impl Fields {
    /// Reads `a=b&c=d`.
    pub fn parse(bytes: &[u8]) -> Self {
        Self(form_urlencoded::parse(bytes).into_owned().collect())
    }

    /// The fields of a query string.
    pub fn of_query(uri: &Uri) -> Self {
        Self::parse(uri.query().unwrap_or_default().as_bytes())
    }

    /// The first value of a name.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(n, _)| n == name).map(|(_, value)| value.as_str())
    }

    /// The first value of a name; empty if there is none.
    pub fn text(&self, name: &str) -> String {
        self.get(name).unwrap_or_default().to_owned()
    }

    /// The first value of a name, if it isn't empty.
    pub fn filled(&self, name: &str) -> Option<String> {
        self.get(name).filter(|value| !value.is_empty()).map(str::to_owned)
    }

    /// Whether a name comes more than once.
    pub fn repeats(&self, name: &str) -> bool {
        self.0.iter().filter(|(n, _)| n == name).count() > 1
    }
}

/// A form that was made for this very visitor.
///
/// It is refused with 403 when the browser says that it was sent from another site, and when it doesn't carry the
/// visitor's form token.
#[derive(Debug)]
pub struct Posted {
    /// Who sent it.
    pub visitor: Visitor,
    /// What it says.
    pub fields: Fields,
}

impl FromRequest<App> for Posted {
    type Rejection = Refusal;

    async fn from_request(request: Request<Body>, app: &App) -> Result<Self, Refusal> {
        let (mut parts, body) = request.into_parts();
        if !is_ours(&parts.headers, &app.ctx.site) {
            return Err(Refusal::forged());
        }
        let visitor = Visitor::from_request_parts(&mut parts, app).await?;
        let bytes = to_bytes(body, LARGEST).await.map_err(|_| Refusal::too_large())?;
        let fields = Fields::parse(&bytes);
        if !visitor.owns_form(fields.get("form_token").unwrap_or_default()) {
            return Err(Refusal::forged());
        }
        Ok(Self { visitor, fields })
    }
}

/// Whether the browser says that one of our own pages sends this. One that says nothing is not refused here: the token
/// decides then.
fn is_ours(headers: &HeaderMap, site: &Site) -> bool {
    let same_site = headers.get("sec-fetch-site").is_none_or(|v| v == "same-origin" || v == "none");
    same_site
        && headers.get(header::ORIGIN).is_none_or(|origin| is_our_origin(origin.as_bytes(), headers, site))
}

fn is_our_origin(origin: &[u8], headers: &HeaderMap, site: &Site) -> bool {
    if origin == site.base.as_bytes() {
        return true;
    }
    // A local instance has several names for this machine: whichever the browser came by.
    let host = headers.get(header::HOST).map(HeaderValue::as_bytes);
    is_local(site) && origin.strip_prefix(b"http://").is_some_and(|named| Some(named) == host)
}
