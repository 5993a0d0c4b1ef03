//! The pages as a browser meets them: requests against the whole router, on an instance in a folder of its own.

mod browser;
mod joining;
mod settings;
mod showing;

use axum::http::{StatusCode, header};
use browser::{Instance, PASSWORD};
use tintype_model::{Role, Visibility};
use tintype_service::{
    accounts::{self, ProfileChange},
    media, oauth, registration,
    registration::NewPerson,
    sessions, setup,
    statuses::{self, Draft},
};

const CALLBACK: &str = "https://app.example/cb?x=1";

async fn an_app(instance: &Instance, name: &str) -> oauth::RegisteredApp {
    let new = oauth::NewApp {
        name: name.to_owned(),
        redirect_uris: vec![CALLBACK.to_owned(), oauth::OOB.to_owned(), "tester://".to_owned()],
        scopes: "read write".parse().unwrap(),
        website: None,
    };
    oauth::register_app(&instance.app.ctx, new).await.unwrap()
}

fn authorize_path(client_id: &str, redirect_uri: &str, more: &[(&str, &str)]) -> String {
    let mut query = url::form_urlencoded::Serializer::new(String::new());
    query.append_pair("client_id", client_id).append_pair("redirect_uri", redirect_uri);
    query.append_pair("response_type", "code").append_pair("state", "a&b").extend_pairs(more);
    format!("/oauth/authorize?{}", query.finish())
}

fn parameter(location: &str, name: &str) -> Option<String> {
    let query = location.split_once('?')?.1;
    url::form_urlencoded::parse(query.as_bytes()).find(|(n, _)| n == name).map(|(_, v)| v.into_owned())
}

#[tokio::test]
async fn signing_in_and_out() {
    let instance = Instance::new().await;
    instance.person("alice").await;
    let mut browser = instance.browser();
    let form = browser.get("/auth/sign_in?return_to=/@alice").await;
    assert_eq!(form.status, StatusCode::OK);
    assert_eq!(form.headers[header::CACHE_CONTROL], "private, no-store");

    let wrong = browser.submit("/auth/sign_in", &form, &[("username", "alice"), ("password", "no")]).await;
    assert_eq!(wrong.status, StatusCode::UNAUTHORIZED);
    assert!(wrong.body.contains("Invalid e-mail address or password"));
    assert_eq!(browser.session(), None);

    let fields = [("username", "alice"), ("password", PASSWORD), ("return_to", "/@alice")];
    let done = browser.submit("/auth/sign_in", &form, &fields).await;
    assert_eq!((done.status, done.location()), (StatusCode::SEE_OTHER, "/@alice"));
    let cookie = done.set_cookie("session");
    assert!(cookie.starts_with("__Host-tintype_session_photos_example="), "{cookie}");
    for flag in ["; Path=/", "; HttpOnly", "; SameSite=Lax", "; Secure"] {
        assert!(cookie.contains(flag), "{flag} in {cookie}");
    }
    assert!(!cookie.contains("Domain="));

    let home = browser.get("/").await;
    assert!(home.body.contains("@alice") && home.body.contains("Sign out"));
    let first = browser.session().unwrap();
    let out = browser.submit("/auth/sign_out", &home, &[]).await;
    assert_eq!(out.location(), "/");
    assert_eq!(browser.session(), None);
    assert_eq!(sessions::who(&instance.app.ctx, &first).await.unwrap(), None, "ended here too");
}

#[tokio::test]
async fn a_session_that_was_there_before_does_not_carry_over() {
    let instance = Instance::new().await;
    instance.person("alice").await;
    instance.person("mallory").await;
    let mut browser = instance.browser();
    browser.sign_in("mallory").await;
    let planted = browser.session().unwrap();
    // The form is still there from before; its token now is the planted session's.
    let page = browser.get("/").await;
    let fields = [("username", "alice"), ("password", PASSWORD)];
    let done = browser.submit("/auth/sign_in", &page, &fields).await;
    assert_eq!(done.status, StatusCode::SEE_OTHER);
    assert_ne!(browser.session().unwrap(), planted);
    assert_eq!(sessions::who(&instance.app.ctx, &planted).await.unwrap(), None);
}

#[tokio::test]
async fn forms_from_elsewhere_are_refused() {
    let instance = Instance::new().await;
    instance.person("alice").await;
    let app = an_app(&instance, "Tester").await;
    let mut browser = instance.browser();
    let form = browser.get("/auth/sign_in").await;
    let token = form.form_token();
    let good = [("username", "alice"), ("password", PASSWORD), ("form_token", token.as_str())];

    let without = browser.post("/auth/sign_in", &good[..2], &[]).await;
    assert_eq!(without.status, StatusCode::FORBIDDEN, "no token");
    let stranger = instance.browser().post("/auth/sign_in", &good, &[]).await;
    assert_eq!(stranger.status, StatusCode::FORBIDDEN, "a token without its cookie");
    for header in [
        ("origin", "https://evil.example"),
        ("origin", "null"),
        ("sec-fetch-site", "cross-site"),
        ("sec-fetch-site", "same-site"),
    ] {
        let refused = browser.post("/auth/sign_in", &good, &[header]).await;
        assert_eq!(refused.status, StatusCode::FORBIDDEN, "{header:?}");
    }
    let headers = [("origin", "https://photos.example"), ("sec-fetch-site", "same-origin")];
    let done = browser.post("/auth/sign_in", &good, &headers).await;
    assert_eq!(done.status, StatusCode::SEE_OTHER);

    let consent = [
        ("client_id", app.app.client_id.as_str()),
        ("redirect_uri", CALLBACK),
        ("response_type", "code"),
        ("decision", "allow"),
    ];
    for path in ["/oauth/authorize", "/oauth/authorize/", "/auth/sign_out", "/setup", "/auth/sign_up"] {
        for token in ["", "x", &token] {
            let fields: Vec<_> = consent.iter().copied().chain([("form_token", token)]).collect();
            let refused = browser.post(path, &fields, &[]).await;
            assert_eq!(refused.status, StatusCode::FORBIDDEN, "{path} with {token:?}");
        }
    }
    assert!(browser.session().is_some(), "still signed in");
    assert_eq!(browser.get("/auth/sign_out").await.status, StatusCode::METHOD_NOT_ALLOWED);
    let large = "x".repeat(100_000);
    let refused = browser.post("/auth/sign_in", &[("username", &large)], &[]).await;
    assert_eq!(refused.status, StatusCode::PAYLOAD_TOO_LARGE);
}

#[tokio::test]
async fn nobody_is_sent_elsewhere_after_signing_in() {
    let instance = Instance::new().await;
    instance.person("alice").await;
    for bad in [
        "https://evil.example/",
        "//evil.example",
        "/\\evil.example",
        "/%2Fevil.example",
        "javascript:alert(1)",
    ] {
        let mut browser = instance.browser();
        let form = browser.get("/auth/sign_in").await;
        let fields = [("username", "alice"), ("password", PASSWORD), ("return_to", bad)];
        let done = browser.submit("/auth/sign_in", &form, &fields).await;
        assert_eq!(done.location(), "/", "{bad}");
        let query =
            url::form_urlencoded::Serializer::new(String::new()).append_pair("return_to", bad).finish();
        let again = browser.get(&format!("/auth/sign_in?{query}")).await;
        assert_eq!(again.location(), "/", "{bad}");
    }
}

#[tokio::test]
async fn guessing_a_password_ends_in_429() {
    let instance = Instance::new().await;
    instance.person("alice").await;
    let mut browser = instance.browser();
    let form = browser.get("/auth/sign_in").await;
    let mut seen = Vec::new();
    for _ in 0..11 {
        seen.push(
            browser
                .submit("/auth/sign_in", &form, &[("username", "alice"), ("password", "guess")])
                .await
                .status,
        );
    }
    assert_eq!(seen.pop(), Some(StatusCode::TOO_MANY_REQUESTS));
    assert!(seen.iter().all(|s| *s == StatusCode::UNAUTHORIZED));
}

#[tokio::test]
async fn joining() {
    let instance = Instance::new().await;
    let mut browser = instance.browser();
    let form = browser.get("/auth/sign_up").await;
    assert_eq!(form.status, StatusCode::OK);
    let fields = |username: &'static str, agreement: bool| {
        let mut fields = vec![("username", username), ("email", "bob@mail.example"), ("password", PASSWORD)];
        if agreement {
            fields.push(("agreement", "1"));
        }
        fields
    };
    let refused = browser.submit("/auth/sign_up", &form, &fields("a<b", true)).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(refused.body.contains("a&#60;b") && !refused.body.contains("a<b"), "kept and escaped");
    assert!(refused.body.contains("aria-invalid=\"true\""));
    assert!(!refused.body.contains(PASSWORD), "never sent back");
    let refused = browser.submit("/auth/sign_up", &form, &fields("bob", false)).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    let done = browser.submit("/auth/sign_up", &form, &fields("bob", true)).await;
    assert_eq!((done.status, done.location()), (StatusCode::SEE_OTHER, "/@bob"));
    assert!(browser.get("/").await.body.contains("Sign out"));
}

#[tokio::test]
async fn first_set_up_works_once() {
    let instance = Instance::new().await;
    let token = setup::token(&instance.app.ctx).await.unwrap().unwrap();
    let mut browser = instance.browser();
    assert_eq!(browser.get("/setup").await.status, StatusCode::NOT_FOUND);
    assert_eq!(browser.get("/setup?token=wrong").await.status, StatusCode::NOT_FOUND);
    let path = format!("/setup?token={token}");
    let form = browser.get(&path).await;
    assert_eq!(form.status, StatusCode::OK);
    let fields = |token, password| {
        [("token", token), ("username", "anna"), ("email", "anna@mail.example"), ("password", password)]
    };
    let wrong = browser.submit("/setup", &form, &fields("wrong", PASSWORD)).await;
    assert_eq!(wrong.status, StatusCode::NOT_FOUND);
    let short = browser.submit("/setup", &form, &fields(&token, "short")).await;
    assert_eq!(short.status, StatusCode::UNPROCESSABLE_ENTITY);
    let done = browser.submit("/setup", &form, &fields(&token, PASSWORD)).await;
    assert_eq!((done.status, done.location()), (StatusCode::SEE_OTHER, "/@anna"));
    let signed = sessions::who(&instance.app.ctx, &browser.session().unwrap()).await.unwrap().unwrap();
    assert_eq!(signed.role, Role::Owner);
    assert_eq!(browser.get(&path).await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn letting_an_app_in() {
    let instance = Instance::new().await;
    let alice = instance.person("alice").await;
    let app = an_app(&instance, "Tester").await;
    let mut browser = instance.browser();
    let path = authorize_path(&app.app.client_id, CALLBACK, &[("scope", "read write:media")]);
    let sent = browser.get(&path).await;
    assert!(
        sent.location().starts_with("/auth/sign_in?return_to=%2Foauth%2Fauthorize%3F"),
        "{}",
        sent.location()
    );
    let to = sent.location().to_owned();
    let form = browser.get(&to).await;
    assert!(!form.headers.contains_key("cross-origin-opener-policy"), "a popup keeps its opener");
    let back = parameter(&to, "return_to").unwrap();
    let fields = [("username", "alice"), ("password", PASSWORD), ("return_to", back.as_str())];
    let to = browser.submit("/auth/sign_in", &form, &fields).await.location().to_owned();
    let consent = browser.get(&to).await;
    assert_eq!(consent.status, StatusCode::OK, "{}", consent.body);
    assert!(!consent.headers[header::CONTENT_SECURITY_POLICY].to_str().unwrap().contains("form-action"));
    assert!(!consent.headers.contains_key("cross-origin-opener-policy"));
    assert!(consent.body.contains("Tester") && consent.body.contains("https://app.example"));

    let denied = browser.answer(&consent, "deny").await;
    assert!(
        denied.location().starts_with(&format!("{CALLBACK}&error=access_denied&")),
        "{}",
        denied.location()
    );
    assert_eq!(parameter(denied.location(), "state").as_deref(), Some("a&b"));
    let allowed = browser.answer(&consent, "allow").await;
    assert_eq!(allowed.status, StatusCode::SEE_OTHER);
    assert_eq!(allowed.headers[header::CACHE_CONTROL], "private, no-store");
    assert!(allowed.location().starts_with(&format!("{CALLBACK}&code=")), "{}", allowed.location());
    let request = oauth::TokenRequest {
        grant_type: "authorization_code".into(),
        client_id: app.app.client_id.clone(),
        client_secret: Some(app.client_secret.clone()),
        code: parameter(allowed.location(), "code"),
        redirect_uri: Some(CALLBACK.into()),
        ..oauth::TokenRequest::default()
    };
    let Ok(token) = oauth::exchange(&instance.app.ctx, &request).await else { panic!("a token") };
    assert_eq!(token.scopes.to_string(), "read write:media");
    let caller = oauth::authenticate(&instance.app.ctx, &token.access_token).await.unwrap();
    assert_eq!(caller.account, Some(alice));

    let custom = browser.get(&authorize_path(&app.app.client_id, "tester://", &[])).await;
    assert!(browser.answer(&custom, "allow").await.location().starts_with("tester://?code="));
    let shown = browser.get(&authorize_path(&app.app.client_id, oauth::OOB, &[]).replace('?', "/?")).await;
    let shown = browser.answer(&shown, "allow").await;
    assert_eq!(shown.status, StatusCode::OK);
    assert!(shown.body.contains("class=\"oauth-code\""));
    assert_eq!(browser.answer(&consent, "").await.status, StatusCode::BAD_REQUEST);
}

#[tokio::test]
async fn an_address_that_is_not_the_apps_is_never_followed() {
    let instance = Instance::new().await;
    instance.person("alice").await;
    let app = an_app(&instance, "Tester").await;
    let id = app.app.client_id.as_str();
    let mut browser = instance.browser();
    for signed_in in [false, true] {
        if signed_in {
            browser.sign_in("alice").await;
        }
        for uri in [
            "",
            "https://evil.example/",
            "https://app.example/cb",
            "https://app.example/cb?x=1&y=2",
            "javascript:alert(1)",
        ] {
            let page = browser.get(&authorize_path(id, uri, &[])).await;
            assert_eq!(page.status, StatusCode::BAD_REQUEST, "{uri}");
            assert!(!page.headers.contains_key(header::LOCATION), "{uri}");
        }
        let twice = authorize_path(id, CALLBACK, &[("redirect_uri", "https://evil.example/")]);
        assert_eq!(browser.get(&twice).await.status, StatusCode::BAD_REQUEST);
        let unknown = browser.get(&authorize_path("<script>", CALLBACK, &[])).await;
        assert_eq!(unknown.status, StatusCode::BAD_REQUEST);
        assert!(!unknown.body.contains("<script>"));
    }
    let plain = [("code_challenge", "x"), ("code_challenge_method", "plain")];
    let sent = browser.get(&authorize_path(id, CALLBACK, &plain)).await;
    assert!(sent.location().starts_with(&format!("{CALLBACK}&error=invalid_request&")));
    let sent = browser.get(&authorize_path(id, CALLBACK, &[("scope", "push")])).await;
    assert!(sent.location().starts_with(&format!("{CALLBACK}&error=invalid_scope&")));
    let odd = an_app(&instance, "<img src=x onerror=alert(1)>").await;
    let page = browser
        .get(&authorize_path(&odd.app.client_id, CALLBACK, &[("code_challenge", "\"><script>")]))
        .await;
    assert_eq!(page.status, StatusCode::SEE_OTHER);
    let page = browser.get(&authorize_path(&odd.app.client_id, CALLBACK, &[])).await;
    assert!(page.body.contains("&#60;img src=x") && !page.body.contains("<img src=x"));
}

#[tokio::test]
async fn pictures_names_and_comments_are_shown() {
    let instance = Instance::new().await;
    let ctx = &instance.app.ctx;
    let alice = instance.person("alice").await;
    let bob = instance.person("bob").await;
    let name = "<script>alert(1)</script>";
    let change = ProfileChange {
        display_name: Some(name.into()),
        note: Some("Light & <b>shadow</b>".into()),
        ..ProfileChange::default()
    };
    accounts::update_profile(ctx, alice, change).await.unwrap();
    let post = async |by, text: &str, with_picture: bool, more: Draft| {
        let media = if with_picture {
            let bytes = bytes::Bytes::from_static(include_bytes!("../assets/avatar.png"));
            vec![media::upload(ctx, by, bytes, Some(format!("alt of \"{text}\"")), None).await.unwrap().id]
        } else {
            Vec::new()
        };
        let draft = Draft { text: text.into(), media, ..more };
        statuses::publish(ctx, &*instance.app.resolver, by, None, draft).await.unwrap()
    };
    let open = post(alice, "first light #dawn", true, Draft::default()).await;
    let veiled = Draft { spoiler_text: "<i>spider</i>".into(), ..Draft::default() };
    post(alice, "eight legs", true, veiled).await;
    let private = Draft { visibility: Some(Visibility::Private), ..Draft::default() };
    let private = post(alice, "for friends", true, private).await;
    let reply = Draft { in_reply_to: Some(open.id), ..Draft::default() };
    let comment = post(bob, "lovely <script>", false, reply).await;

    let mut browser = instance.browser();
    browser.sign_in("alice").await;
    for path in ["/", "/@alice", "/@ALICE", "/tags/Dawn"] {
        let page = browser.get(path).await;
        assert_eq!(page.status, StatusCode::OK);
        assert!(page.body.contains("alt=\"alt of &#34;first light #dawn&#34;\""), "{path}");
        assert!(page.body.contains(&format!("href=\"/@alice/{}\"", open.id)));
        let veiled = path.starts_with("/tags/") || page.body.contains("&#60;i&#62;spider");
        assert!(veiled && !page.body.contains("eight legs"));
        assert!(
            !page.body.contains(&private.id.to_string()),
            "not even to its author: the page is for everyone"
        );
        assert!(!page.body.contains("<script"), "{path}");
    }
    let profile = browser.get("/@alice").await;
    assert!(profile.body.contains("class=\"h-card\"") && profile.body.contains("alice@photos.example"));
    assert!(profile.headers[header::VARY].to_str().unwrap().contains("Accept"));

    let page = browser.get(&format!("/@alice/{}", open.id)).await;
    assert_eq!(page.status, StatusCode::OK);
    assert!(page.body.contains("lovely &lt;script&gt;") && !page.body.contains("<script"));
    assert!(page.body.contains("<b>1</b> comment<"), "{}", page.body);
    assert!(page.body.contains(&format!(
        "<link rel=\"alternate\" type=\"application/activity+json\" href=\"{}\">",
        open.uri
    )));
    let answer = browser.get(&format!("/@bob/{}", comment.id)).await;
    assert!(answer.body.contains("In reply to") && answer.body.contains("first light"));

    assert_eq!(browser.get("/tags/%3Cb%3E").await.status, StatusCode::NOT_FOUND);
    let missing = browser.get("/@alice/1").await;
    for path in [
        format!("/@alice/{}", private.id),
        format!("/@bob/{}", open.id),
        "/@nobody".into(),
        "/@a@far.example".into(),
        "/@alice/x".into(),
    ] {
        let hidden = browser.get(&path).await;
        assert_eq!((hidden.status, &hidden.body), (StatusCode::NOT_FOUND, &missing.body), "{path}");
    }
    let json = [("accept", "application/activity+json")];
    assert_eq!(browser.get_with("/@alice", &json).await.location(), "https://photos.example/users/alice");
    let sent = browser.get_with(&format!("/@alice/{}", open.id), &json).await;
    assert_eq!(sent.location(), open.uri);
    assert!(sent.headers[header::VARY].to_str().unwrap().contains("Accept"));
    assert_eq!(
        browser.get_with(&format!("/@alice/{}", private.id), &json).await.status,
        StatusCode::NOT_FOUND
    );
}

#[tokio::test]
async fn grids_go_on() {
    let instance = Instance::new().await;
    let ctx = &instance.app.ctx;
    let alice = instance.person("alice").await;
    for n in 0..25 {
        let bytes = bytes::Bytes::from_static(include_bytes!("../assets/icon.png"));
        let media = media::upload(ctx, alice, bytes, Some(format!("picture {n}.")), None).await.unwrap().id;
        let draft = Draft { media: vec![media], ..Draft::default() };
        statuses::publish(ctx, &*instance.app.resolver, alice, None, draft).await.unwrap();
    }
    let mut browser = instance.browser();
    let first = browser.get("/@alice").await;
    assert!(
        first.body.contains("picture 24.")
            && first.body.contains("picture 1.")
            && !first.body.contains("picture 0.")
    );
    let (_, rest) = first.body.split_once("rel=\"next\" href=\"").unwrap();
    let older = browser.get(rest.split_once('"').unwrap().0).await;
    assert!(older.body.contains("picture 0.") && !older.body.contains("picture 1."));
    assert!(older.body.contains(">Newest<") && !older.body.contains("rel=\"next\""));
}

#[tokio::test]
async fn every_answer_is_hardened() {
    let instance = Instance::new().await;
    instance.person("alice").await;
    let mut browser = instance.browser();
    for path in [
        "/",
        "/@alice",
        "/@nobody",
        "/auth/sign_in",
        "/auth/sign_up",
        "/auth/waiting",
        "/settings",
        "/setup",
        "/oauth/authorize",
        "/assets/style.css",
        "/assets/none",
    ] {
        let page = browser.get(path).await;
        let policy = page.headers[header::CONTENT_SECURITY_POLICY].to_str().unwrap();
        assert!(
            policy.starts_with("default-src 'none'") && policy.contains("frame-ancestors 'none'"),
            "{path}"
        );
        assert!(!policy.contains("unsafe") && !policy.contains("script-src"), "{path}");
        assert_eq!(page.headers[header::X_CONTENT_TYPE_OPTIONS], "nosniff", "{path}");
        assert_eq!(page.headers[header::REFERRER_POLICY], "same-origin", "{path}");
        assert!(page.headers.contains_key(header::STRICT_TRANSPORT_SECURITY), "{path}");
        let inline = ["<script", "<style", " style=", " onclick="];
        assert!(path.starts_with("/assets/") || !inline.iter().any(|i| page.body.contains(i)), "{path}");
    }
    assert_eq!(browser.get("/assets/avatar.png").await.headers[header::CONTENT_TYPE], "image/png");
}

#[tokio::test]
async fn a_local_instance_needs_no_tls() {
    let instance = Instance::local().await;
    instance.person("alice").await;
    let mut browser = instance.browser();
    let form = browser.get("/auth/sign_in").await;
    assert!(!form.headers.contains_key(header::STRICT_TRANSPORT_SECURITY));
    let token = form.form_token();
    let fields = [("username", "alice"), ("password", PASSWORD), ("form_token", token.as_str())];
    let by_number = [("origin", "http://127.0.0.1:4001"), ("host", "127.0.0.1:4001")];
    let elsewhere = [("origin", "http://127.0.0.1:4002"), ("host", "127.0.0.1:4001")];
    assert_eq!(browser.post("/auth/sign_in", &fields, &elsewhere).await.status, StatusCode::FORBIDDEN);
    let done = browser.post("/auth/sign_in", &fields, &by_number).await;
    assert_eq!(done.status, StatusCode::SEE_OTHER);
    let cookie = done.set_cookie("session");
    assert!(cookie.starts_with("tintype_session_alpha_localhost_4001="), "{cookie}");
    assert!(!cookie.contains("Secure") && cookie.contains("; HttpOnly; SameSite=Lax"), "{cookie}");
}

#[tokio::test]
async fn a_closed_door_is_closed() {
    let instance = Instance::closed().await;
    let mut browser = instance.browser();
    assert!(!browser.get("/").await.body.contains("/auth/sign_up"));
    assert_eq!(browser.get("/auth/sign_up").await.status, StatusCode::FORBIDDEN);
    let form = browser.get("/auth/sign_in").await;
    let fields =
        [("username", "bob"), ("email", "b@mail.example"), ("password", PASSWORD), ("agreement", "1")];
    assert_eq!(browser.submit("/auth/sign_up", &form, &fields).await.status, StatusCode::FORBIDDEN);
    let person = NewPerson { username: "bob".into(), agreement: true, ..NewPerson::default() };
    assert!(registration::register(&instance.app.ctx, person).await.is_err());
    assert_eq!(browser.get("/@bob").await.status, StatusCode::NOT_FOUND);
}
