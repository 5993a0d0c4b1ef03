//! What the tests of this crate share: an app whose tokens are named after what they open.

use std::sync::Arc;

use async_trait::async_trait;
use axum::{body::to_bytes, http::header, response::Response};
use serde_json::Value;
use tintype_model::{AccountId, AppId, Role, Site, TokenId};

use crate::{
    ApiError, App, Grant,
    auth::{Grants, Person},
    error::{LoginFault, TokenFault},
};

struct Named;

#[async_trait]
impl Grants for Named {
    async fn grant(&self, token: &str) -> Result<Grant, ApiError> {
        let person = |account, role, barred| Some(Person { account: AccountId(account), role, barred });
        let alice = |barred| person(1, Role::Member, barred);
        let (scopes, person) = match token {
            "app" => ("read write", None),
            "read" | "write" | "profile" => (token, alice(None)),
            "unconfirmed" => ("read write", alice(Some(LoginFault::Unconfirmed))),
            "disabled" => ("read write", alice(Some(LoginFault::Disabled))),
            "admin-of-nothing" => ("admin:write", alice(None)),
            "owner" => ("read write admin:write", person(2, Role::Owner, None)),
            "revoked" => return Err(ApiError::Token(TokenFault::Revoked)),
            _ => return Err(ApiError::Token(TokenFault::Invalid)),
        };
        Ok(Grant { token: TokenId(9), app: AppId(7), scopes: scopes.parse().unwrap(), person })
    }
}

/// An app on `https://photos.example` that takes uploads of 2 MiB.
pub fn app() -> App {
    let site = Site {
        domain: "photos.example".to_owned(),
        base: "https://photos.example".to_owned(),
        title: "Photos".to_owned(),
    };
    App { site: Arc::new(site), grants: Arc::new(Named), upload_limit: 2 << 20 }
}

/// Status and JSON of an answer; whatever has a body must be JSON.
pub async fn body_of(response: Response) -> (u16, Value) {
    let status = response.status().as_u16();
    let kind = response.headers().get(header::CONTENT_TYPE).cloned();
    let bytes = to_bytes(response.into_body(), 10_000_000).await.unwrap();
    if bytes.is_empty() {
        return (status, Value::Null);
    }
    assert_eq!(kind.unwrap(), "application/json");
    (status, serde_json::from_slice(&bytes).unwrap())
}
