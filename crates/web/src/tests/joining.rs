//! Coming in, and being kept out.

use axum::http::StatusCode;
use tintype_model::Page;
use tintype_service::{moderation, registration, users};

use super::browser::{Answer, Browser, Instance, PASSWORD};

const BOB: [(&str, &str); 4] =
    [("username", "bob"), ("email", "bob@mail.example"), ("password", PASSWORD), ("agreement", "1")];

async fn attempt(browser: &mut Browser, name: &str) -> Answer {
    let form = browser.get("/auth/sign_in").await;
    browser.submit("/auth/sign_in", &form, &[("username", name), ("password", PASSWORD)]).await
}

#[tokio::test]
async fn who_asks_to_join_says_why_and_waits() {
    let instance = Instance::with_approval().await;
    let ctx = &instance.app.ctx;
    let mut browser = instance.browser();
    assert!(browser.get("/").await.body.contains("/auth/sign_up"), "asking is possible");
    let form = browser.get("/auth/sign_up").await;
    assert!(form.body.contains("<textarea id=\"reason\" name=\"reason\""), "{}", form.body);

    let with_reason = |reason| BOB.iter().copied().chain([("reason", reason)]).collect::<Vec<_>>();
    let long = format!("</textarea>{}", "x".repeat(2000));
    let refused = browser.submit("/auth/sign_up", &form, &with_reason(&long)).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(refused.body.contains("&#60;/textarea&#62;xxx"), "kept and escaped");
    assert_eq!(refused.body.matches("</textarea>").count(), 1);

    let done = browser.submit("/auth/sign_up", &form, &with_reason("I love light")).await;
    assert_eq!((done.status, done.location()), (StatusCode::SEE_OTHER, "/auth/waiting"), "{}", done.body);
    assert_eq!(browser.session(), None);
    let page = browser.get("/auth/waiting").await;
    assert_eq!(page.status, StatusCode::OK);
    assert!(page.body.contains("Your request waits for approval"));
    let pending = registration::pending(ctx, &Page::newest(10)).await.unwrap().items;
    assert_eq!(pending.len(), 1);
    assert_eq!(pending[0].reason.as_deref(), Some("I love light"));

    let refused = attempt(&mut browser, "bob").await;
    assert_eq!(refused.status, StatusCode::FORBIDDEN);
    assert!(refused.body.contains("Your request to join waits for approval"), "{}", refused.body);
    registration::approve(ctx, pending[0].account.id).await.unwrap();
    assert_eq!(attempt(&mut browser, "bob").await.status, StatusCode::SEE_OTHER);
    assert!(browser.session().is_some());
}

#[tokio::test]
async fn where_nobody_decides_nobody_is_asked_why() {
    let instance = Instance::new().await;
    let mut browser = instance.browser();
    assert!(!browser.get("/auth/sign_up").await.body.contains("<textarea"));
    assert_eq!(browser.get("/auth/waiting").await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn closed_registrations_say_so() {
    let instance = Instance::closed().await;
    let mut browser = instance.browser();
    let page = browser.get("/auth/sign_up").await;
    assert_eq!(page.status, StatusCode::FORBIDDEN);
    assert!(page.body.contains("<h1>Registrations are closed</h1>") && !page.body.contains("<form"));
    let form = browser.get("/auth/sign_in").await;
    let refused = browser.submit("/auth/sign_up", &form, &BOB).await;
    assert_eq!(refused.status, StatusCode::FORBIDDEN);
    assert!(refused.body.contains("<h1>Registrations are closed</h1>"));
}

#[tokio::test]
async fn who_is_locked_out_learns_it_by_the_right_password_alone() {
    let instance = Instance::new().await;
    let ctx = &instance.app.ctx;
    let (dora, emil) = (instance.person("dora").await, instance.person("emil").await);
    users::set_disabled(ctx, dora, true).await.unwrap();
    moderation::suspend(ctx, emil).await.unwrap();
    let mut browser = instance.browser();
    for name in ["dora", "emil"] {
        let refused = attempt(&mut browser, name).await;
        assert_eq!(refused.status, StatusCode::FORBIDDEN);
        assert!(refused.body.contains("This account is suspended or was disabled"), "{}", refused.body);
        let form = browser.get("/auth/sign_in").await;
        let wrong = browser.submit("/auth/sign_in", &form, &[("username", name), ("password", "x")]).await;
        assert_eq!(wrong.status, StatusCode::UNAUTHORIZED);
        assert!(!wrong.body.contains("suspended"));
    }
    assert_eq!(browser.session(), None);
}
