//! The door for client apps: the Mastodon REST API and OAuth 2, as version 4.6 of Mastodon speaks them.
//!
//! Owns the routes, the shapes of requests and answers, and the mapping of errors. A handler takes its input apart,
//! calls one use case and renders what comes back. It must never hold a rule that needs state, run SQL, open a
//! connection, or decide about authentication: the route table states who may call what and one layer enforces it.
//!
//! Start reading at [`routes`], the one table that everything served here stands in; then [`auth`] for who gets in,
//! [`body`] for what comes in, [`v1::statuses`] for a handler, [`entities`] for what goes out and [`error`] for what
//! goes wrong. [`files`] serves pictures, beside the API.

pub mod app;
pub mod auth;
pub mod body;
pub mod cors;
pub mod entities;
pub mod error;
pub mod files;
pub mod idempotency;
pub mod lenient;
pub mod limits;
pub mod oauth;
pub mod oauth_error;
pub mod paging;
pub mod path;
pub mod request_id;
pub mod route;
pub mod routes;
pub mod streaming;
pub mod v1;
pub mod v2;

pub use app::App;
pub use auth::{Caller, Grant};
pub use body::{AnyBody, AnyQuery, AnyUpload, Upload};
pub use error::ApiError;
pub use oauth_error::OAuthError;
pub use paging::{Paged, Paging};
pub use path::PathId;
pub use routes::{router, table};

#[cfg(test)]
mod tests;
