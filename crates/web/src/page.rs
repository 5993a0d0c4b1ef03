//! Making responses of templates, and of what went wrong.

use askama::Template;
use axum::{
    http::{HeaderValue, StatusCode, header},
    response::{Html, IntoResponse, Response},
};
use tintype_service::Error;

use crate::guard;

/// A page with a status.
pub fn page(status: StatusCode, template: &impl Template) -> Response {
    match template.render() {
        Ok(html) => (status, Html(html)).into_response(),
        Err(error) => {
            tracing::error!(%error, "a page could not be rendered");
            StatusCode::INTERNAL_SERVER_ERROR.into_response()
        }
    }
}

/// A redirect that a browser follows with GET, whatever it came with. Never cached.
pub fn see_other(to: &str) -> Response {
    let Ok(location) = HeaderValue::try_from(to) else {
        return Refusal::bad_request("The address to go on to can’t be used.").into_response();
    };
    let mut response = StatusCode::SEE_OTHER.into_response();
    response.headers_mut().insert(header::LOCATION, location);
    private(response)
}

/// A response that no cache may keep: it shows somebody's own things, or a secret.
pub fn private(mut response: Response) -> Response {
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("private, no-store"));
    response
}

/// The page for what isn't there, whatever the path, on a site with this base URL.
pub fn not_found(base: &str) -> Response {
    hardened(Refusal::not_found(), base)
}

/// The page for who asks too often, on a site with this base URL.
pub fn too_often(base: &str) -> Response {
    hardened(Refusal::from(Error::TooMany), base)
}

fn hardened(refusal: Refusal, base: &str) -> Response {
    let mut response = refusal.into_response();
    guard::harden(response.headers_mut(), "/", base);
    response
}

#[derive(Template)]
#[template(path = "error.html")]
struct ErrorPage<'a> {
    title: &'a str,
    text: &'a str,
}

/// An error as a page.
#[derive(Debug)]
pub struct Refusal {
    status: StatusCode,
    title: &'static str,
    text: String,
}

impl Refusal {
    fn new(status: StatusCode, title: &'static str, text: impl Into<String>) -> Self {
        Self { status, title, text: text.into() }
    }

    /// 404, the same for what is missing and for what isn't for everyone.
    pub fn not_found() -> Self {
        Self::new(
            StatusCode::NOT_FOUND,
            "Nothing here",
            "There is no such page, or it isn’t for everyone to see.",
        )
    }

    /// 400.
    pub fn bad_request(text: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "That didn’t work", text)
    }

    /// 403 for a form that isn't known to be ours.
    pub fn forged() -> Self {
        let text = "This form is too old, or was not sent from here. Please go back, load the page anew and try again.";
        Self::new(StatusCode::FORBIDDEN, "Form refused", text)
    }

    /// 413.
    pub fn too_large() -> Self {
        Self::new(StatusCode::PAYLOAD_TOO_LARGE, "Too much", "The form is larger than forms are.")
    }
}

impl From<Error> for Refusal {
    fn from(error: Error) -> Self {
        match error {
            Error::NotFound | Error::Gone => Self::not_found(),
            Error::Forbidden(text) | Error::Unauthorized(text) => {
                Self::new(StatusCode::FORBIDDEN, "Not allowed", text)
            }
            Error::Invalid(invalid) => {
                Self::new(StatusCode::UNPROCESSABLE_ENTITY, "That didn’t work", invalid.message)
            }
            Error::TooMany => {
                let text = "That was too often in a short time. Please wait some minutes.";
                Self::new(StatusCode::TOO_MANY_REQUESTS, "Too often", text)
            }
            Error::Unavailable | Error::Remote(_) => {
                let text = "This can’t be served right now. Please try again in a moment.";
                Self::new(StatusCode::SERVICE_UNAVAILABLE, "Busy", text)
            }
            Error::Internal(what) => {
                tracing::error!(what, "a page failed");
                let text = "Something went wrong on our side.";
                Self::new(StatusCode::INTERNAL_SERVER_ERROR, "Our fault", text)
            }
        }
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let mut response = page(self.status, &ErrorPage { title: self.title, text: &self.text });
        if self.status == StatusCode::SERVICE_UNAVAILABLE {
            response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from_static("5"));
        }
        private(response)
    }
}
