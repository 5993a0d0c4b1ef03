//! Actors: people, and the instance.

use axum::{
    extract::{Path, State},
    response::Response,
};
use http::StatusCode;

use super::{Ask, Asker, document, plain_name, to_page};
use crate::{Federation, compose, rejection::Rejection};

/// `GET /actor`: the instance itself. Open to all, or two servers that both want signatures could never begin.
pub(super) async fn instance(State(federation): State<Federation>) -> Result<Response, Rejection> {
    let actor = compose::actor(federation.ctx(), &federation.0.instance)?;
    document(StatusCode::OK, &actor.document())
}

/// `GET /users/{name}`: the whole of it for those who sign, otherwise what is needed to check signatures. Whom it blocks
/// may know it too; and that it is suspended, its document says.
pub(super) async fn person(
    State(federation): State<Federation>,
    Path(name): Path<String>,
    ask: Ask,
) -> Result<Response, Rejection> {
    let ctx = federation.ctx();
    if ask.wants_page() {
        return to_page(&ctx.site.profile_page(plain_name(&name)?));
    }
    let asker = federation.any_asker(&ask).await?;
    let account = federation.local_even_suspended(&name).await?;
    match asker {
        Asker::Nobody if federation.0.settings.authorized_fetch => {
            document(StatusCode::OK, &compose::stub(ctx, &account)?.document())
        }
        _ => document(StatusCode::OK, &compose::actor(ctx, &account)?.document()),
    }
}
