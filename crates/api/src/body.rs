//! What comes in. Clients send the same parameters as JSON, as a form, as multipart or in the query string, with
//! brackets in several styles (<https://docs.joinmastodon.org/client/intro/#parameters>); all of it becomes one tree
//! of values, and the tree becomes a form struct made of the types of [`crate::lenient`].

mod multipart;
mod tree;

use axum::{
    body::to_bytes,
    extract::{FromRequest, FromRequestParts, Request},
    http::{HeaderMap, header, request::Parts},
};
use bytes::Bytes;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

pub use tree::decode;

use crate::{ApiError, OAuthError};

/// The most bytes of parameters, whatever their encoding.
pub const MAX_PARAMETERS: usize = 1 << 20;

/// A request's parameters: its query string, overridden by its body. Files are read past. No body at all is an empty
/// form, so it serves `DELETE` and bare `POST` as well.
#[derive(Debug, Clone, Copy, Default)]
pub struct AnyBody<T>(pub T);

/// As [`AnyBody`], for routes that take files: these are kept aside, by the name of their field.
///
/// The whole request may be as long as the router's `DefaultBodyLimit` says.
#[derive(Debug)]
pub struct AnyUpload<T> {
    /// The text fields.
    pub form: T,
    /// The files.
    pub files: Uploads,
}

/// As [`AnyBody`], refused in OAuth's shape.
#[derive(Debug, Clone, Copy, Default)]
pub struct OAuthBody<T>(pub T);

/// The parameters of the query string alone, for `GET`.
#[derive(Debug, Clone, Copy, Default)]
pub struct AnyQuery<T>(pub T);

/// One uploaded file, as the client described it: neither name nor type is to be believed.
#[derive(Debug, Clone)]
pub struct Upload {
    /// The name of its field, such as `file` or `avatar`.
    pub field: String,
    /// The name it had on the client's side.
    pub file_name: Option<String>,
    /// The type that the client claims.
    pub content_type: Option<String>,
    /// Its bytes.
    pub bytes: Bytes,
}

/// The files of a request.
#[derive(Debug, Default)]
pub struct Uploads(Vec<Upload>);

impl Uploads {
    /// Takes the (first) file of this field out.
    pub fn take(&mut self, field: &str) -> Option<Upload> {
        let at = self.0.iter().position(|file| file.field == field)?;
        Some(self.0.swap_remove(at))
    }

    /// As [`Uploads::take`], or the 400 of a missing parameter.
    pub fn need(&mut self, field: &'static str) -> Result<Upload, ApiError> {
        self.take(field).ok_or(ApiError::MissingParam(field))
    }
}

impl<T: DeserializeOwned, S: Send + Sync> FromRequest<S> for AnyBody<T> {
    type Rejection = ApiError;

    async fn from_request(request: Request, state: &S) -> Result<Self, ApiError> {
        let (tree, _) = read(request, state, multipart::Files::Skip).await?;
        Ok(Self(shape(tree)?))
    }
}

impl<T: DeserializeOwned, S: Send + Sync> FromRequest<S> for AnyUpload<T> {
    type Rejection = ApiError;

    async fn from_request(request: Request, state: &S) -> Result<Self, ApiError> {
        let (tree, files) = read(request, state, multipart::Files::Keep).await?;
        Ok(Self { form: shape(tree)?, files: Uploads(files) })
    }
}

impl<T: DeserializeOwned, S: Send + Sync> FromRequest<S> for OAuthBody<T> {
    type Rejection = OAuthError;

    async fn from_request(request: Request, state: &S) -> Result<Self, OAuthError> {
        let AnyBody(form) = AnyBody::from_request(request, state).await?;
        Ok(Self(form))
    }
}

impl<T: DeserializeOwned, S: Send + Sync> FromRequestParts<S> for AnyQuery<T> {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, ApiError> {
        Ok(Self(shape(query(parts)?)?))
    }
}

/// The tree of a query string.
fn query(parts: &Parts) -> Result<Map<String, Value>, ApiError> {
    let mut tree = tree::Tree::default();
    tree.read_urlencoded(parts.uri.query().unwrap_or_default().as_bytes())?;
    Ok(tree.done())
}

/// A tree → a form.
fn shape<T: DeserializeOwned>(tree: Map<String, Value>) -> Result<T, ApiError> {
    serde_json::from_value(Value::Object(tree))
        .map_err(|error| ApiError::BadRequest(format!("A parameter has the wrong form: {error}")))
}

enum Encoding {
    Json,
    Form,
    Multipart,
    Unnamed,
}

fn encoding(headers: &HeaderMap) -> Result<Encoding, ApiError> {
    let coded = headers
        .get_all(header::CONTENT_ENCODING)
        .iter()
        .any(|coding| !coding.as_bytes().eq_ignore_ascii_case(b"identity"));
    if coded {
        return Err(ApiError::Unsupported("Request bodies are read without a content encoding"));
    }
    let Some(claimed) = headers.get(header::CONTENT_TYPE) else { return Ok(Encoding::Unnamed) };
    let claimed = String::from_utf8_lossy(claimed.as_bytes()).to_ascii_lowercase();
    let essence = claimed.split(';').next().unwrap_or_default().trim();
    Ok(match essence {
        "application/json" | "text/json" => Encoding::Json,
        json if json.starts_with("application/") && json.ends_with("+json") => Encoding::Json,
        "application/x-www-form-urlencoded" => Encoding::Form,
        "multipart/form-data" => Encoding::Multipart,
        "" => Encoding::Unnamed,
        _ => {
            return Err(ApiError::Unsupported(
                "Parameters are read from JSON, x-www-form-urlencoded and multipart/form-data",
            ));
        }
    })
}

async fn read<S: Send + Sync>(
    request: Request,
    state: &S,
    files: multipart::Files,
) -> Result<(Map<String, Value>, Vec<Upload>), ApiError> {
    let (parts, body) = request.into_parts();
    let mut all = query(&parts)?;
    let encoding = encoding(&parts.headers);
    if matches!(encoding, Ok(Encoding::Multipart)) {
        let (tree, uploads) = multipart::read(Request::from_parts(parts, body), state, files).await?;
        all.extend(tree);
        return Ok((all, uploads));
    }
    let bytes = to_bytes(body, MAX_PARAMETERS).await.map_err(|error| broken_off(&error))?;
    if bytes.is_empty() {
        // An empty body is no parameters, whatever type it claims to be of.
        return Ok((all, Vec::new()));
    }
    all.extend(match encoding? {
        Encoding::Json => tree::from_json(&bytes)?,
        Encoding::Unnamed if bytes.trim_ascii_start().starts_with(b"{") => tree::from_json(&bytes)?,
        _ => {
            let mut tree = tree::Tree::default();
            tree.read_urlencoded(&bytes)?;
            tree.done()
        }
    });
    Ok((all, Vec::new()))
}

/// A body that couldn't be read to its end: too long, or the client went away.
pub(crate) fn broken_off(error: &axum::Error) -> ApiError {
    let mut cause: Option<&(dyn std::error::Error + 'static)> = Some(error);
    while let Some(this) = cause {
        // The limiter's error type lives in a crate behind axum's back; its text is its name.
        if this.to_string().contains("length limit exceeded") {
            return ApiError::TooLarge;
        }
        cause = this.source();
    }
    ApiError::BadRequest("The request body ended too early".to_owned())
}

#[cfg(test)]
mod tests;
