//! What a row of the route table is, and how rows become a router.

use std::{collections::BTreeMap, sync::Arc};

use axum::{
    Router,
    extract::DefaultBodyLimit,
    handler::Handler,
    middleware,
    routing::{MethodFilter, MethodRouter, any, on},
};
use tintype_model::Role;

use crate::{
    ApiError, App,
    auth::{self, Gate},
    body::MAX_PARAMETERS,
    cors, request_id,
};

/// The documented method of a route.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Verb {
    /// Serves `HEAD` as well.
    Get,
    /// Makes, or acts.
    Post,
    /// Updates; serves `PATCH` as well, because clients mix the two up.
    Put,
    /// Updates; serves `PUT` as well.
    Patch,
    /// Removes.
    Delete,
}

impl Verb {
    /// As it stands in a request line.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Post => "POST",
            Self::Put => "PUT",
            Self::Patch => "PATCH",
            Self::Delete => "DELETE",
        }
    }

    fn filter(self) -> MethodFilter {
        match self {
            Self::Get => MethodFilter::GET,
            Self::Post => MethodFilter::POST,
            Self::Put | Self::Patch => MethodFilter::PUT.or(MethodFilter::PATCH),
            Self::Delete => MethodFilter::DELETE,
        }
    }
}

/// Whom a route lets in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Auth {
    /// Everyone; tokens aren't looked at.
    Public,
    /// Any valid token, an app's own or a person's.
    App,
    /// A person's token.
    User,
    /// Everyone; a token, if there is one, must be valid, and a person's makes a [`crate::Caller`].
    OptionalUser,
}

/// Which budget a request is counted against.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum RateClass {
    /// Most of them.
    General,
    /// Lists that are paged through.
    Paging,
    /// Uploads.
    Upload,
    /// Deletions and taken-back boosts.
    Removal,
    /// New accounts.
    SignUp,
    /// New accounts by the page, where people see at once what they have to correct.
    SignUpPage,
    /// Apps, tokens.
    OAuth,
}

/// One row of the route table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Row {
    /// The documented method.
    pub verb: Verb,
    /// The path, with `{id}` for an id. Served with a trailing slash as well.
    pub path: &'static str,
    /// Whom it lets in.
    pub auth: Auth,
    /// The token needs any one of these; none named, any token will do.
    pub scopes: &'static [&'static str],
    /// The least role of the caller.
    pub role: Option<Role>,
    /// Its budget.
    pub rate: RateClass,
    /// What it answers with, by the name of the entity in Mastodon's documentation; `[Status]` is a list.
    pub entity: &'static str,
}

/// A row and what serves it.
#[derive(Clone)]
pub struct Route {
    /// The row.
    pub row: Row,
    handler: MethodRouter<App>,
}

macro_rules! verbs {
    ($($name:ident $verb:ident),+) => { $(
        #[doc = concat!("The beginning of a `", stringify!($verb), "` row; [`Row::by`] ends it.")]
        pub const fn $name(
            path: &'static str,
            auth: Auth,
            scopes: &'static [&'static str],
            entity: &'static str,
        ) -> Row {
            Row { verb: Verb::$verb, path, auth, scopes, role: None, rate: RateClass::General, entity }
        }
    )+ };
}

verbs!(get Get, post Post, put Put, patch Patch, delete Delete);

impl Row {
    /// Counts it against another budget than [`RateClass::General`].
    #[must_use]
    pub const fn rate(mut self, rate: RateClass) -> Self {
        self.rate = rate;
        self
    }

    /// Asks for a role as well.
    #[must_use]
    pub const fn role(mut self, least: Role) -> Self {
        self.role = Some(least);
        self
    }

    /// Names the handler: any axum handler on the state [`App`].
    pub fn by<H, T>(self, handler: H) -> Route
    where
        H: Handler<T, App>,
        T: 'static,
    {
        Route { row: self, handler: on(self.verb.filter(), handler) }
    }
}

/// The router of these routes: each behind its gate, with and without a trailing slash, and JSON 404 for the rest of
/// `/api`.
///
/// # Panics
/// When two rows claim the same method of the same path: a mistake in the table, found by the first test that runs.
pub fn build(app: &App, routes: Vec<Route>) -> Router {
    let mut paths: BTreeMap<&'static str, MethodRouter<App>> = BTreeMap::new();
    for Route { row, handler } in routes {
        let gate = Arc::new(Gate { app: app.clone(), row });
        let guarded = handler.route_layer(middleware::from_fn_with_state(gate, auth::enforce));
        let methods = paths.remove(row.path).unwrap_or_default();
        paths.insert(row.path, methods.merge(guarded));
    }
    let mut router = Router::new();
    for (path, methods) in paths {
        let methods = methods.fallback(async || ApiError::Method);
        router = router.route(path, methods.clone()).route(&format!("{path}/"), methods);
    }
    let unknown = || any(async || ApiError::NotFound);
    router
        .route("/api", unknown())
        .route("/api/", unknown())
        .route("/api/{*rest}", unknown())
        .layer(DefaultBodyLimit::max(app.upload_limit.saturating_add(MAX_PARAMETERS)))
        .layer(cors::layer())
        .layer(middleware::from_fn(request_id::name))
        .with_state(app.clone())
}
