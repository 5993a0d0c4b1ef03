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
    let mut actor = compose::actor(federation.ctx(), &federation.0.instance)?;
    actor.assertion_method = federation.assertion_method(&federation.0.instance).await?;
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
            let mut stub = compose::stub(ctx, &account)?;
            stub.assertion_method = federation.assertion_method(&account).await?;
            document(StatusCode::OK, &stub.document())
        }
        _ => {
            let mut reader = ctx.store.read().await?;
            let mut actor = compose::actor_with_emojis(ctx, &mut reader, &account).await?;
            drop(reader);
            actor.assertion_method = federation.assertion_method(&account).await?;
            document(StatusCode::OK, &actor.document())
        }
    }
}
