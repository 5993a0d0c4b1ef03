//! What profiles and posts say of themselves.

use axum::http::{StatusCode, header};
use tintype_model::{AccountId, Visibility};
use tintype_service::{
    accounts::{self, ProfileChange},
    edits, media, moderation, pins,
    statuses::{self, Draft},
    views::StatusView,
};

use super::browser::Instance;

async fn post(instance: &Instance, by: AccountId, text: &str, picture: Option<&str>) -> StatusView {
    let ctx = &instance.app.ctx;
    let mut draft = Draft { text: text.to_owned(), ..Draft::default() };
    if let Some(alt) = picture {
        let bytes = bytes::Bytes::from_static(include_bytes!("../../assets/avatar.png"));
        draft.media.push(media::upload(ctx, by, bytes, Some(alt.to_owned()), None).await.unwrap().id);
    }
    statuses::publish(ctx, &*instance.app.resolver, by, None, draft).await.unwrap()
}

#[tokio::test]
async fn pinned_posts_come_first() {
    let instance = Instance::new().await;
    let ctx = &instance.app.ctx;
    let alice = instance.person("alice").await;
    let mut browser = instance.browser();
    let old = post(&instance, alice, "old", Some("the old one")).await;
    let words = post(&instance, alice, "nothing but words", None).await;
    let draft = Draft { text: "secret".into(), visibility: Some(Visibility::Private), ..Draft::default() };
    let hidden = statuses::publish(ctx, &*instance.app.resolver, alice, None, draft).await.unwrap();
    let new = post(&instance, alice, "new", Some("the new one")).await;
    assert!(!browser.get("/@alice").await.body.contains(">Pinned<"));
    for id in [old.id, words.id, hidden.id] {
        pins::pin(ctx, alice, id).await.unwrap();
    }
    browser.sign_in("alice").await;
    let page = browser.get("/@alice").await;
    let (pinned, rest) =
        page.body.split_once(">Pinned</h2>").unwrap().1.split_once("<h2>Pictures</h2>").unwrap();
    assert!(pinned.contains("alt=\"the old one\"") && pinned.contains("nothing but words"), "{pinned}");
    assert!(!pinned.contains("the new one") && rest.contains("the new one"));
    assert!(!page.body.contains("secret"), "not even to its author: the page is for everyone");
    let older = browser.get(&format!("/@alice?max_id={}", new.id)).await;
    assert!(
        older.body.contains("the old one") && !older.body.contains(">Pinned<"),
        "on the first page alone"
    );
}

#[tokio::test]
async fn profiles_show_header_fields_and_bots() {
    let instance = Instance::new().await;
    let ctx = &instance.app.ctx;
    let alice = instance.person("alice").await;
    let mut browser = instance.browser();
    let plain = browser.get("/@alice").await;
    assert!(plain.body.contains("/assets/header.png"));
    assert!(!plain.body.contains("Automated") && !plain.body.contains("Verified"));

    let field = |name: &str, value: &str| (name.to_owned(), value.to_owned());
    let change = ProfileChange {
        header: Some(bytes::Bytes::from_static(include_bytes!("../../assets/avatar.png"))),
        bot: Some(true),
        fields: Some(vec![field("Site", "https://alice.example/"), field("<b>", "<script>")]),
        ..ProfileChange::default()
    };
    let header = accounts::update_profile(ctx, alice, change).await.unwrap().header;
    let page = browser.get("/@alice").await;
    assert!(page.body.contains(&format!("class=\"cover\" src=\"{header}\"")) && header.contains("/media/"));
    assert!(page.body.contains(">Automated<"));
    assert!(page.body.contains("<dt>Site</dt>") && page.body.contains("href=\"https://alice.example/\""));
    assert!(page.body.contains("<dt>&#60;b&#62;</dt>") && !page.body.contains("<script"));
    assert!(!page.body.contains("Verified"));

    let mut tx = ctx.store.begin().await.unwrap();
    let mut row = tx.read().account(alice).await.unwrap().unwrap();
    row.fields =
        r#"[{"name":"Site","value":"x","verified_at":1767323045006},{"name":"b","value":"y"}]"#.into();
    tx.update_account(&row).await.unwrap();
    tx.commit().await.unwrap();
    let page = browser.get("/@alice").await;
    assert_eq!(page.body.matches("Verified").count(), 1);
    let (_, verified) = page.body.split_once("<dt>Site</dt>").unwrap();
    let (verified, other) = verified.split_once("<dt>b</dt>").unwrap();
    assert!(verified.contains("Verified <time datetime=\"2026-01-02T03:04:05.006Z\">2026-01-02</time>"));
    assert!(!other.contains("Verified"));
}

#[tokio::test]
async fn the_suspended_and_the_deleted_are_gone() {
    let instance = Instance::new().await;
    let ctx = &instance.app.ctx;
    let (dora, emil) = (instance.person("dora").await, instance.person("emil").await);
    let shown = instance.person("frida").await;
    let change = ProfileChange { note: Some("a life in light".into()), ..ProfileChange::default() };
    accounts::update_profile(ctx, dora, change).await.unwrap();
    let sent = post(&instance, dora, "hello", Some("a picture")).await;
    moderation::suspend(ctx, dora).await.unwrap();
    moderation::delete(ctx, emil).await.unwrap();
    moderation::silence(ctx, shown).await.unwrap();
    let mut browser = instance.browser();
    for (path, title) in [("/@dora", "This account is suspended"), ("/@emil", "This account was deleted")] {
        let page = browser.get(path).await;
        assert_eq!(page.status, StatusCode::GONE, "{path}");
        assert!(page.body.contains(&format!("<h1>{title}</h1>")), "{}", page.body);
        assert!(!page.body.contains("a picture") && !page.body.contains("a life in light"));
        assert!(page.headers[header::VARY].to_str().unwrap().contains("Accept"));
    }
    assert_eq!(browser.get(&format!("/@dora/{}", sent.id)).await.status, StatusCode::NOT_FOUND);
    assert_eq!(browser.get("/@frida").await.status, StatusCode::OK, "silenced people keep their page");
    moderation::unsuspend(ctx, dora).await.unwrap();
    assert!(browser.get("/@dora").await.body.contains("a life in light"));
}

#[tokio::test]
async fn edited_posts_say_when() {
    let instance = Instance::new().await;
    let ctx = &instance.app.ctx;
    let alice = instance.person("alice").await;
    let sent = post(&instance, alice, "frist light", None).await;
    let mut browser = instance.browser();
    let path = format!("/@alice/{}", sent.id);
    assert!(!browser.get(&path).await.body.contains("edited"));
    let change = edits::Change { text: "first light".into(), ..edits::Change::default() };
    let now = edits::edit(ctx, &*instance.app.resolver, alice, sent.id, change).await.unwrap();
    let at = now.edited_at.unwrap();
    let label =
        format!("edited <time class=\"dt-updated\" datetime=\"{}\">{}</time>", at.rfc3339(), at.date());
    let page = browser.get(&path).await;
    assert!(page.body.contains(&label) && page.body.contains("first light"), "{}", page.body);
}

#[tokio::test]
async fn content_warnings_fold() {
    let instance = Instance::new().await;
    let alice = instance.person("alice").await;
    let draft = Draft { text: "eight legs".into(), spoiler_text: "<i>spider</i>".into(), ..Draft::default() };
    let sent =
        statuses::publish(&instance.app.ctx, &*instance.app.resolver, alice, None, draft).await.unwrap();
    let page = instance.browser().get(&format!("/@alice/{}", sent.id)).await;
    let (_, fold) = page.body.split_once("<details><summary class=\"p-summary\">").unwrap();
    let (fold, rest) = fold.split_once("</details>").unwrap();
    assert!(fold.starts_with("&#60;i&#62;spider&#60;/i&#62;</summary>") && fold.contains("eight legs"));
    assert!(!rest.contains("eight legs"));
}
