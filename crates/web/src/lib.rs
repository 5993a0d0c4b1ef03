//! The door for people in a browser: server-rendered pages, which work without JavaScript.
//!
//! Owns HTML, cookies and what protects forms. It must never decide a rule of its own (that is `service`), never put
//! anything into a page that isn't escaped or sanitised, never redirect to where a stranger says, and never show a
//! signed-out page what isn't for everyone. Start reading at [`router`], then `visitor.rs` and `form.rs`: who is there, and
//! what is believed of what they send.

mod assets;
mod auth;
mod authorize;
mod form;
mod guard;
mod landing;
mod negotiate;
mod notice;
mod page;
mod person_form;
mod posts;
mod profiles;
mod return_path;
mod settings;
mod setup;
mod statuses;
mod tags;
mod tiles;
mod visitor;

#[cfg(test)]
mod tests;

use std::sync::Arc;

use axum::{
    Router, middleware,
    routing::{get, post},
};
use tintype_service::{Ctx, Resolver};

pub use page::{not_found, too_often};

/// The state of this door. Cheap to clone: one per request.
#[derive(Clone)]
pub struct App {
    /// The surroundings of the use cases.
    pub ctx: Ctx,
    /// Who asks other servers.
    pub resolver: Arc<dyn Resolver>,
}

/// Every page, without a fallback: for what nobody answers there is [`not_found`].
pub fn router(app: App) -> Router {
    Router::new()
        .route("/", get(landing::show))
        .route("/about", get(landing::about))
        .route("/@{name}", get(profiles::show))
        .route("/@{name}/{id}", get(statuses::show))
        .route("/tags/{name}", get(tags::show))
        .route("/auth/sign_in", get(auth::sign_in_form).post(auth::sign_in))
        .route("/auth/sign_out", post(auth::sign_out))
        .route("/auth/sign_up", get(auth::sign_up_form).post(auth::sign_up))
        .route("/auth/waiting", get(auth::waiting))
        .route("/settings", get(settings::show))
        .route("/settings/password", post(settings::change_password))
        .route("/settings/sessions/{id}", post(settings::end))
        .route("/settings/apps/{id}", post(settings::revoke))
        .route("/settings/aliases", post(settings::add_alias))
        .route("/settings/aliases/remove", post(settings::remove_alias))
        .route("/setup", get(setup::form).post(setup::claim))
        .route("/oauth/authorize", get(authorize::ask).post(authorize::decide))
        .route("/oauth/authorize/", get(authorize::ask).post(authorize::decide))
        .route("/assets/{name}", get(assets::serve))
        .route("/favicon.ico", get(assets::icon))
        .layer(middleware::from_fn_with_state(app.clone(), guard::headers))
        .with_state(app)
}
