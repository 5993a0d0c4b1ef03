//! The budget of the page for new accounts. The pages know of no budgets, and the door for apps, which has them, of no pages.

use axum::{
    extract::{Request, State},
    http::Method,
    middleware::Next,
    response::Response,
};
use tintype_api::{
    App,
    limits::{Asking, address},
    route::RateClass,
};

/// Counts attempts to sign up by the page, by address.
pub async fn counted(State(api): State<App>, request: Request, next: Next) -> Response {
    if request.method() == Method::POST && request.uri().path() == "/auth/sign_up" {
        let asking = Asking { grant: None, address: address(&request), pages: false };
        let budget = api.limits.count(api.ctx.now(), RateClass::SignUpPage, asking).await;
        if budget.is_some_and(|budget| !budget.admits()) {
            return tintype_web::too_often(&api.ctx.site.base);
        }
    }
    next.run(request).await
}
