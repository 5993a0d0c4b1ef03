//! What people see and change of their own.

use axum::http::{StatusCode, header};
use tintype_service::{Error, moves, oauth, sessions};

use super::browser::{Answer, Browser, Instance, PASSWORD};

const NEW: &str = "battery staple";

async fn change(browser: &mut Browser, current: &str, new: &str) -> Answer {
    let page = browser.get("/settings").await;
    let fields = [("current_password", current), ("password", new)];
    browser.submit("/settings/password", &page, &fields).await
}

#[tokio::test]
async fn settings_are_for_those_who_are_signed_in() {
    let instance = Instance::new().await;
    instance.person("alice").await;
    let mut browser = instance.browser();
    let sent = browser.get("/settings").await;
    assert_eq!(sent.location(), "/auth/sign_in?return_to=%2Fsettings");
    assert!(!browser.get("/").await.body.contains("href=\"/settings\""));
    let form = browser.get("/auth/sign_in").await;
    for path in [
        "/settings/password",
        "/settings/sessions/1",
        "/settings/apps/1",
        "/settings/aliases",
        "/settings/aliases/remove",
    ] {
        let sent = browser.submit(path, &form, &[]).await;
        assert_eq!(sent.location(), "/auth/sign_in?return_to=%2Fsettings", "{path}");
    }
    browser.sign_in("alice").await;
    assert!(browser.get("/").await.body.contains("href=\"/settings\""));
    let page = browser.get("/settings").await;
    assert_eq!(page.status, StatusCode::OK);
    assert_eq!(page.headers[header::CACHE_CONTROL], "private, no-store");
}

#[tokio::test]
async fn naming_accounts_elsewhere() {
    let instance = Instance::new().await;
    let ctx = &instance.app.ctx;
    let alice = instance.person("alice").await;
    let mut browser = instance.browser();
    browser.sign_in("alice").await;
    let page = browser.get("/settings").await;
    for unknown in ["nobody@far.example", "", "<b>"] {
        let wrong = browser.submit("/settings/aliases", &page, &[("alias", unknown)]).await;
        assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY, "{unknown}");
        assert!(
            wrong.body.contains("id=\"alias-wrong\" role=\"alert\">There is nobody called "),
            "{}",
            wrong.body
        );
        assert!(!wrong.body.contains("<b>,"), "{}", wrong.body);
    }
    let uri = "https://far.example/users/alice";
    let mut tx = ctx.store.begin().await.unwrap();
    tx.insert_alias(alice, uri).await.unwrap();
    tx.commit().await.unwrap();
    let page = browser.get("/settings").await;
    assert!(page.body.contains(uri), "{}", page.body);
    let gone = browser.submit("/settings/aliases/remove", &page, &[("alias", uri)]).await;
    assert_eq!((gone.status, gone.location()), (StatusCode::SEE_OTHER, "/settings?done=alias_removed"));
    assert!(moves::aliases(ctx, alice).await.unwrap().is_empty());
}

#[tokio::test]
async fn changing_the_password() {
    let instance = Instance::new().await;
    let ctx = &instance.app.ctx;
    let alice = instance.person("alice").await;
    let elsewhere = sessions::start(ctx, alice, "elsewhere").await.unwrap();
    let token = oauth::issue(ctx, alice, "read".parse().unwrap(), "Tester").await.unwrap();
    let mut browser = instance.browser();
    browser.sign_in("alice").await;

    let wrong = change(&mut browser, "wrong horse", NEW).await;
    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(wrong.body.contains("id=\"current-wrong\">Current password is invalid<"), "{}", wrong.body);
    let short = change(&mut browser, PASSWORD, "short").await;
    assert_eq!(short.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(short.body.contains("role=\"alert\">Password is too short"), "{}", short.body);
    assert!(sessions::who(ctx, &elsewhere.0).await.unwrap().is_some(), "nothing has happened yet");

    let done = change(&mut browser, PASSWORD, NEW).await;
    assert_eq!((done.status, done.location()), (StatusCode::SEE_OTHER, "/settings?done=password"));
    let to = done.location().to_owned();
    assert!(browser.get(&to).await.body.contains("Your password has been changed."), "still signed in here");
    assert_eq!(sessions::who(ctx, &elsewhere.0).await.unwrap(), None);
    assert!(oauth::authenticate(ctx, &token).await.is_ok(), "apps stay");

    let mut other = instance.browser();
    let form = other.get("/auth/sign_in").await;
    for (password, status) in [(PASSWORD, StatusCode::UNAUTHORIZED), (NEW, StatusCode::SEE_OTHER)] {
        let fields = [("username", "alice"), ("password", password)];
        assert_eq!(other.submit("/auth/sign_in", &form, &fields).await.status, status);
    }
}

#[tokio::test]
async fn guessing_the_current_password_ends_in_429() {
    let instance = Instance::new().await;
    instance.person("alice").await;
    let mut browser = instance.browser();
    browser.sign_in("alice").await;
    let mut last = change(&mut browser, "guess", NEW).await;
    for _ in 0..10 {
        assert_eq!(last.status, StatusCode::UNPROCESSABLE_ENTITY);
        last = change(&mut browser, "guess", NEW).await;
    }
    assert_eq!(last.status, StatusCode::TOO_MANY_REQUESTS);
    assert!(last.body.contains("Too many attempts"));
    assert_eq!(change(&mut browser, PASSWORD, NEW).await.status, StatusCode::TOO_MANY_REQUESTS);
}

#[tokio::test]
async fn sessions_are_listed_and_ended() {
    let instance = Instance::new().await;
    let ctx = &instance.app.ctx;
    let (alice, ben) = (instance.person("alice").await, instance.person("ben").await);
    let phone = sessions::start(ctx, alice, "Pocket <Browser>").await.unwrap();
    let phone_id = sessions::who(ctx, &phone.0).await.unwrap().unwrap().session;
    let bens = sessions::start(ctx, ben, "Ben's").await.unwrap();
    let bens_id = sessions::who(ctx, &bens.0).await.unwrap().unwrap().session;
    let mut browser = instance.browser();
    browser.sign_in("alice").await;
    let page = browser.get("/settings").await;
    assert!(page.body.contains("Pocket &#60;Browser&#62;") && !page.body.contains("Ben"));
    let here = sessions::who(ctx, &browser.session().unwrap()).await.unwrap().unwrap().session;
    let (before, after) = page.body.split_once("This browser").unwrap();
    assert!(after.contains(&format!("/settings/sessions/{here}")), "the newest is first, and this one");
    assert!(!before.contains("/settings/sessions/") && !after.contains("This browser"));

    let path = format!("/settings/sessions/{phone_id}");
    let forged = browser.post(&path, &[("form_token", "x")], &[]).await;
    assert_eq!(forged.status, StatusCode::FORBIDDEN);
    for path in [format!("/settings/sessions/{bens_id}"), "/settings/sessions/x".to_owned()] {
        assert_eq!(browser.submit(&path, &page, &[]).await.status, StatusCode::NOT_FOUND);
    }
    assert!(sessions::who(ctx, &phone.0).await.unwrap().is_some());
    assert!(sessions::who(ctx, &bens.0).await.unwrap().is_some());
    assert_eq!(browser.submit(&path, &page, &[]).await.location(), "/settings?done=session");
    assert_eq!(sessions::who(ctx, &phone.0).await.unwrap(), None);
    assert!(!browser.get("/settings").await.body.contains("Pocket"));

    let token = browser.session().unwrap();
    let out = browser.submit(&format!("/settings/sessions/{here}"), &page, &[]).await;
    assert_eq!((out.location(), browser.session()), ("/", None));
    assert_eq!(sessions::who(ctx, &token).await.unwrap(), None);
}

#[tokio::test]
async fn apps_are_listed_and_revoked() {
    let instance = Instance::new().await;
    let ctx = &instance.app.ctx;
    let (alice, ben) = (instance.person("alice").await, instance.person("ben").await);
    let new = oauth::NewApp {
        name: "Light <Box>".to_owned(),
        redirect_uris: vec![oauth::OOB.to_owned()],
        scopes: "read write:media".parse().unwrap(),
        website: Some("https://lightbox.example/".to_owned()),
    };
    let app = oauth::register_app(ctx, new).await.unwrap().app;
    let mine = oauth::issue_for(ctx, app.id, alice, app.scopes.clone()).await.unwrap().access_token;
    let bens = oauth::issue(ctx, ben, "read".parse().unwrap(), "Ben's own").await.unwrap();
    let id = async |who| oauth::authorized(ctx, who).await.unwrap()[0].token;
    let (mine_id, bens_id) = (id(alice).await, id(ben).await);

    let mut browser = instance.browser();
    browser.sign_in("alice").await;
    let page = browser.get("/settings").await;
    for part in [
        "Light &#60;Box&#62;",
        "href=\"https://lightbox.example/\"",
        "see everything that you see here",
        "change your media",
    ] {
        assert!(page.body.contains(part), "{part} in {}", page.body);
    }
    assert!(!page.body.contains("own</bdi>"));

    let path = format!("/settings/apps/{mine_id}");
    assert_eq!(browser.post(&path, &[("form_token", "x")], &[]).await.status, StatusCode::FORBIDDEN);
    let others = browser.submit(&format!("/settings/apps/{bens_id}"), &page, &[]).await;
    assert_eq!(others.status, StatusCode::NOT_FOUND);
    assert!(oauth::authenticate(ctx, &mine).await.is_ok() && oauth::authenticate(ctx, &bens).await.is_ok());
    assert_eq!(browser.submit(&path, &page, &[]).await.location(), "/settings?done=app");
    assert!(matches!(oauth::authenticate(ctx, &mine).await, Err(Error::Unauthorized(_))));
    assert!(oauth::authenticate(ctx, &bens).await.is_ok());
    assert!(!browser.get("/settings").await.body.contains("Light"));
}
