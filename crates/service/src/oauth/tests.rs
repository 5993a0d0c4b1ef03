use std::time::Duration;

use tempfile::TempDir;
use tintype_model::{AccountId, Scopes, secret};

use super::*;
use crate::{
    Ctx, Error,
    given::{instance_with_clock, member},
};

const CALLBACK: &str = "https://app.example/cb";
const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";

struct Stage {
    ctx: Ctx,
    alice: AccountId,
    registered: RegisteredApp,
    _dir: TempDir,
}

impl Stage {
    async fn new() -> Self {
        let (ctx, _, dir) = instance_with_clock().await;
        let alice = member(&ctx, "alice").await;
        let registered = register_app(&ctx, new_app(&[CALLBACK, OOB], "read write")).await.unwrap();
        Self { ctx, alice, registered, _dir: dir }
    }

    fn ask(&self) -> AuthorizationRequest {
        AuthorizationRequest {
            client_id: self.registered.app.client_id.clone(),
            redirect_uri: CALLBACK.to_owned(),
            response_type: "code".to_owned(),
            scope: Some("read write:statuses".to_owned()),
            state: Some("a b".to_owned()),
            code_challenge: Some(secret::fingerprint(VERIFIER)),
            code_challenge_method: Some("S256".to_owned()),
        }
    }

    async fn code(&self, request: &AuthorizationRequest) -> String {
        let consent = check_authorization(&self.ctx, request).await.unwrap();
        grant(&self.ctx, self.alice, &consent).await.unwrap()
    }

    fn token_request(&self, code: &str) -> TokenRequest {
        TokenRequest {
            grant_type: "authorization_code".to_owned(),
            client_id: self.registered.app.client_id.clone(),
            client_secret: Some(self.registered.client_secret.clone()),
            code: Some(code.to_owned()),
            redirect_uri: Some(CALLBACK.to_owned()),
            code_verifier: Some(VERIFIER.to_owned()),
            scope: None,
        }
    }

    async fn refusal(&self, request: &TokenRequest) -> (&'static str, u16) {
        let refused = exchange(&self.ctx, request).await.err().expect("no token");
        (refused.error, refused.status)
    }
}

fn new_app(redirects: &[&str], scopes: &str) -> NewApp {
    NewApp {
        name: "Tester".to_owned(),
        redirect_uris: redirects.iter().map(|&r| r.to_owned()).collect(),
        scopes: scopes.parse().unwrap(),
        website: None,
    }
}

#[tokio::test]
async fn from_consent_to_a_token_and_back() {
    let s = Stage::new().await;
    let consent = check_authorization(&s.ctx, &s.ask()).await.unwrap();
    let code = grant(&s.ctx, s.alice, &consent).await.unwrap();
    assert_eq!(consent.accepted(&code), Some(format!("{CALLBACK}?code={code}&state=a+b")));
    assert!(consent.denied().unwrap().starts_with(&format!("{CALLBACK}?error=access_denied&")));

    let issued = exchange(&s.ctx, &s.token_request(&code)).await.unwrap();
    assert_eq!(issued.scopes.to_string(), "read write:statuses");
    let caller = authenticate(&s.ctx, &issued.access_token).await.unwrap();
    assert_eq!((caller.account, caller.app), (Some(s.alice), s.registered.app.id));
    assert!(caller.scopes.allow("write:statuses") && !caller.scopes.allow("write:media"));

    let (id, right) = (&s.registered.app.client_id, &s.registered.client_secret);
    let refused = revoke(&s.ctx, id, Some("wrong"), &issued.access_token).await.unwrap_err();
    assert_eq!((refused.error, refused.status), ("unauthorized_client", 403));
    let other = register_app(&s.ctx, new_app(&[CALLBACK], "read")).await.unwrap();
    let refused =
        revoke(&s.ctx, &other.app.client_id, Some(&other.client_secret), &issued.access_token).await;
    assert_eq!(refused.unwrap_err().error, "unauthorized_client");
    for _ in 0..2 {
        revoke(&s.ctx, id, Some(right), &issued.access_token).await.unwrap();
    }
    revoke(&s.ctx, id, Some(right), "unknown").await.unwrap();
    let refused = authenticate(&s.ctx, &issued.access_token).await.unwrap_err();
    assert!(matches!(refused, Error::Unauthorized("The access token was revoked")));
    let refused = authenticate(&s.ctx, "nonsense").await.unwrap_err();
    assert!(matches!(refused, Error::Unauthorized("The access token is invalid")));
}

#[tokio::test]
async fn a_code_that_comes_twice_takes_its_tokens_away() {
    let s = Stage::new().await;
    let code = s.code(&s.ask()).await;
    let issued = exchange(&s.ctx, &s.token_request(&code)).await.unwrap();
    assert_eq!(s.refusal(&s.token_request(&code)).await, ("invalid_grant", 400));
    assert!(authenticate(&s.ctx, &issued.access_token).await.is_err());

    let code = s.code(&s.ask()).await;
    let both = [s.token_request(&code), s.token_request(&code)].map(|request| {
        let ctx = s.ctx.clone();
        tokio::spawn(async move { exchange(&ctx, &request).await })
    });
    let given =
        futures::future::join_all(both).await.into_iter().filter(|r| r.as_ref().unwrap().is_ok()).count();
    assert_eq!(given, 1, "one of two at once");
}

#[tokio::test]
async fn a_code_opens_nothing_for_anybody_else() {
    let s = Stage::new().await;
    let other = register_app(&s.ctx, new_app(&[CALLBACK], "read write")).await.unwrap();
    let code = s.code(&s.ask()).await;
    let with = |change: &dyn Fn(&mut TokenRequest)| {
        let mut request = s.token_request(&code);
        change(&mut request);
        request
    };
    let table: [(TokenRequest, (&str, u16)); 11] = [
        (with(&|r| r.client_secret = Some("wrong".into())), ("invalid_client", 401)),
        (with(&|r| r.client_secret = None), ("invalid_client", 401)),
        (with(&|r| r.client_id = "nobody".into()), ("invalid_client", 401)),
        (
            with(&|r| {
                r.client_id.clone_from(&other.app.client_id);
                r.client_secret = Some(other.client_secret.clone());
            }),
            ("invalid_grant", 400),
        ),
        (with(&|r| r.redirect_uri = Some(format!("{CALLBACK}/x"))), ("invalid_grant", 400)),
        (with(&|r| r.redirect_uri = None), ("invalid_grant", 400)),
        (with(&|r| r.code_verifier = None), ("invalid_grant", 400)),
        (with(&|r| r.code_verifier = Some("wrong".into())), ("invalid_grant", 400)),
        (with(&|r| r.code = None), ("invalid_request", 400)),
        (with(&|r| r.grant_type = "password".into()), ("unsupported_grant_type", 400)),
        (with(&|r| r.grant_type = String::new()), ("invalid_request", 400)),
    ];
    for (request, refusal) in table {
        assert_eq!(s.refusal(&request).await, refusal);
    }
    exchange(&s.ctx, &s.token_request(&code)).await.expect("no attempt used it up");

    let plain = AuthorizationRequest { code_challenge: None, code_challenge_method: None, ..s.ask() };
    let code = s.code(&plain).await;
    assert_eq!(
        s.refusal(&s.token_request(&code)).await,
        ("invalid_grant", 400),
        "a verifier without a challenge"
    );
    exchange(&s.ctx, &TokenRequest { code_verifier: None, ..s.token_request(&code) }).await.unwrap();
}

#[tokio::test]
async fn codes_grow_old() {
    let (ctx, clock, dir) = instance_with_clock().await;
    let alice = member(&ctx, "alice").await;
    let registered = register_app(&ctx, new_app(&[CALLBACK], "read write")).await.unwrap();
    let s = Stage { ctx, alice, registered, _dir: dir };
    let code = s.code(&s.ask()).await;
    clock.turn(Duration::from_mins(10));
    assert_eq!(s.refusal(&s.token_request(&code)).await, ("invalid_grant", 400));
    clock.turn(Duration::from_hours(25));
    tidy(&s.ctx).await.unwrap();
    let mut tx = s.ctx.store.begin().await.unwrap();
    assert_eq!(tx.oauth_code(&secret::fingerprint(&code)).await.unwrap(), None);
}

#[tokio::test]
async fn only_what_is_certain_to_be_the_apps_is_redirected_to() {
    let s = Stage::new().await;
    let with = |change: &dyn Fn(&mut AuthorizationRequest)| {
        let mut request = s.ask();
        change(&mut request);
        request
    };
    let unsent = [
        with(&|r| r.client_id = "nobody".into()),
        with(&|r| r.redirect_uri = String::new()),
        with(&|r| r.redirect_uri = format!("{CALLBACK}/")),
        with(&|r| r.redirect_uri = format!("{CALLBACK}?x=1")),
        with(&|r| r.redirect_uri = format!("{CALLBACK}#x")),
        with(&|r| r.redirect_uri = "https://app.example:444/cb".into()),
        with(&|r| r.redirect_uri = "https://x@app.example/cb".into()),
        with(&|r| r.redirect_uri = "http://app.example/cb".into()),
        with(&|r| r.redirect_uri = "javascript:alert(1)".into()),
        with(&|r| r.redirect_uri = format!("{CALLBACK}\n{OOB}")),
    ];
    for request in unsent {
        let refused = check_authorization(&s.ctx, &request).await.unwrap_err();
        assert_eq!(refused.redirect, None, "{}", request.redirect_uri);
    }
    let challenge = Some(secret::fingerprint(VERIFIER));
    let sent = [
        (with(&|r| r.response_type = "token".into()), "unsupported_response_type"),
        (with(&|r| r.scope = Some("read push".into())), "invalid_scope"),
        (with(&|r| r.scope = Some("everything".into())), "invalid_scope"),
        (with(&|r| r.code_challenge_method = Some("plain".into())), "invalid_request"),
        (with(&|r| r.code_challenge_method = None), "invalid_request"),
        (with(&|r| r.code_challenge = None), "invalid_request"),
        (with(&|r| r.code_challenge = challenge.as_ref().map(|c| format!("{c}="))), "invalid_request"),
    ];
    for (request, error) in sent {
        let refused = check_authorization(&s.ctx, &request).await.unwrap_err();
        assert_eq!(refused.error, error);
        let redirect = refused.redirect.unwrap();
        assert!(redirect.starts_with(&format!("{CALLBACK}?error={error}&")), "{redirect}");
        assert!(redirect.ends_with("&state=a+b"), "{redirect}");
    }
    let oob = with(&|r| r.redirect_uri = OOB.into());
    let consent = check_authorization(&s.ctx, &oob).await.unwrap();
    assert_eq!((consent.accepted("x"), consent.denied()), (None, None));
}

#[tokio::test]
async fn apps_are_checked_when_they_register() {
    let (ctx, _, _dir) = instance_with_clock().await;
    let several = new_app(&["https://a.example/1 https://a.example/2\napp://x", OOB, "app://x"], "read");
    let registered = register_app(&ctx, several).await.unwrap();
    assert_eq!(registered.app.redirect_uris, ["https://a.example/1", "https://a.example/2", "app://x", OOB]);
    assert_eq!(app(&ctx, registered.app.id).await.unwrap(), registered.app);
    let bad = [
        new_app(&[], "read"),
        new_app(&[" \n"], "read"),
        new_app(&["javascript:alert(1)"], "read"),
        new_app(&[OOB, "data:text/html,x"], "read"),
        NewApp { name: " ".into(), ..new_app(&[OOB], "read") },
        NewApp { name: "x".repeat(61), ..new_app(&[OOB], "read") },
        NewApp { website: Some("javascript:alert(1)".into()), ..new_app(&[OOB], "read") },
    ];
    for new in bad {
        assert!(matches!(register_app(&ctx, new.clone()).await, Err(Error::Invalid(_))), "{new:?}");
    }
}

#[tokio::test]
async fn an_apps_own_token_is_nobodys() {
    let s = Stage::new().await;
    let ask = |scope: Option<&str>| TokenRequest {
        grant_type: "client_credentials".to_owned(),
        code: None,
        scope: scope.map(str::to_owned),
        ..s.token_request("")
    };
    let issued = exchange(&s.ctx, &ask(None)).await.unwrap();
    assert_eq!(issued.scopes, Scopes::read());
    let caller = authenticate(&s.ctx, &issued.access_token).await.unwrap();
    assert_eq!((caller.account, caller.role), (None, None));
    assert_eq!(s.refusal(&ask(Some("push"))).await, ("invalid_scope", 400));
}

#[tokio::test]
async fn use_is_noted_by_the_hour_and_locked_out_people_are_told() {
    let (ctx, clock, _dir) = instance_with_clock().await;
    let alice = member(&ctx, "alice").await;
    let token = issue(&ctx, alice, "read".parse().unwrap(), "test").await.unwrap();
    let used = async || {
        let mut reader = ctx.store.read().await.unwrap();
        let token = reader.presented_token(&secret::fingerprint(&token)).await.unwrap().unwrap();
        (token.last_used_at, reader.user(alice).await.unwrap().unwrap().last_active_at)
    };
    let first = used().await;
    clock.turn(Duration::from_mins(59));
    authenticate(&ctx, &token).await.unwrap();
    assert_eq!(used().await, first);
    clock.turn(Duration::from_mins(1));
    authenticate(&ctx, &token).await.unwrap();
    assert_eq!(used().await, (ctx.now(), ctx.now()));

    let mut tx = ctx.store.begin().await.unwrap();
    tx.set_disabled(alice, true).await.unwrap();
    tx.commit().await.unwrap();
    assert!(matches!(
        authenticate(&ctx, &token).await,
        Err(Error::Forbidden("Your login is currently disabled"))
    ));
}

#[tokio::test]
async fn people_see_which_apps_they_let_in_and_turn_them_out() {
    let s = Stage::new().await;
    let ben = member(&s.ctx, "ben").await;
    let token = issue(&s.ctx, s.alice, "read".parse().unwrap(), "One").await.unwrap();
    let other = issue(&s.ctx, s.alice, "read write".parse().unwrap(), "Two").await.unwrap();
    let apps = authorized(&s.ctx, s.alice).await.unwrap();
    let named: Vec<_> = apps.iter().map(|app| (app.app.as_str(), app.scopes.to_string())).collect();
    assert_eq!(named, [("Two", "read write".to_owned()), ("One", "read".to_owned())]);
    assert!(matches!(revoke_own(&s.ctx, ben, apps[1].token).await, Err(Error::NotFound)), "not one's own");
    revoke_own(&s.ctx, s.alice, apps[1].token).await.unwrap();
    assert!(matches!(revoke_own(&s.ctx, s.alice, apps[1].token).await, Err(Error::NotFound)));
    assert!(authenticate(&s.ctx, &token).await.is_err());
    assert!(authenticate(&s.ctx, &other).await.is_ok());
    assert_eq!(authorized(&s.ctx, s.alice).await.unwrap().len(), 1);
}

#[tokio::test]
async fn a_code_is_worth_nothing_to_who_was_locked_out_since() {
    let s = Stage::new().await;
    let code = s.code(&s.ask()).await;
    crate::users::set_disabled(&s.ctx, s.alice, true).await.unwrap();
    let consent = check_authorization(&s.ctx, &s.ask()).await.unwrap();
    assert!(matches!(grant(&s.ctx, s.alice, &consent).await, Err(Error::Forbidden(_))));
    assert_eq!(s.refusal(&s.token_request(&code)).await, ("access_denied", 403));
    crate::users::set_disabled(&s.ctx, s.alice, false).await.unwrap();
    exchange(&s.ctx, &s.token_request(&code)).await.expect("it wasn't used up");
}
