//! What apps and browsers may not do.

use super::wanted::Wanted::{Error, Nothing, OAuth as OAuthError, Page};
use super::{Case, Scene, Seen};
use serde_json::json;
use tintype_testkit::client::multipart;
use tintype_testkit::{Browser, Client, Instance, browser, pictures};

const REDIRECT: &str = "app://callback";
/// A verifier and its S256 challenge: the example of RFC 7636, appendix B.
const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

macro_rules! case {
    ($name:literal, $expected:expr, $send:expr) => {
        case!($name, $expected, $send, touches & [])
    };
    ($name:literal, $expected:expr, $send:expr, touches $touches:expr) => {
        Case { name: $name, expected: $expected, touches: $touches, send: |scene| Box::pin($send(scene)) }
    };
}

pub fn cases() -> Vec<Case> {
    vec![
        case!("API: malformed JSON", Error(400), malformed),
        case!("API: an oversized body", Error(413), oversized),
        case!("API: a post without anything in it", Error(422), empty_post),
        case!("API: somebody else's post", Error(404), others_post),
        case!("an upload that is no image", Error(422), no_image),
        case!("an upload that breaks off", Error(422), half_an_image),
        case!("an upload without a file", Error(422), no_file),
        case!("an oversized upload", Error(413), oversized_upload),
        case!("no token", Error(401), no_token),
        case!("a token that never was", Error(401), invented_token),
        case!("a used-up token: revoked", Error(401), revoked_token),
        case!("a token without the scope", Error(403), read_only_token),
        case!("a code with another verifier", OAuthError(400, "invalid_grant"), wrong_verifier),
        // Who comes second may be the thief, or the first was: the tokens of that code end (RFC 6749 §4.1.2).
        case!(
            "a used-up token: an authorization code, again",
            OAuthError(400, "invalid_grant"),
            code_again,
            touches & ["oauth_tokens"]
        ),
        case!(
            "a used-up token: an authorization code, once more",
            OAuthError(400, "invalid_grant"),
            code_again
        ),
        case!("a used-up token: the one that the code had given", Error(401), token_of_the_code),
        case!("a client secret that is wrong", OAuthError(401, "invalid_client"), wrong_client),
        case!("a used-up token: the set-up link", Page(404), setup_link),
        case!("a used-up token: the set-up form, sent again", Page(404), setup_form),
        case!("a form without its form token", Page(403), no_form_token),
        case!("a private address: in a search", Nothing, search_private),
        case!("a private address: in a search for a handle", Nothing, search_handle),
    ]
}

/// An app and what it got and used up.
pub struct OAuth {
    client: Client,
    id: String,
    secret: String,
    /// Has been exchanged once.
    code: String,
    /// Was never exchanged.
    fresh_code: String,
    /// What the first code gave.
    token: String,
    revoked: String,
    read_only: String,
}

/// Makes the owner by the link that the instance printed: the link, and its page with the form.
pub async fn set_up(alpha: &Instance, browser: &Browser) -> (String, browser::Page) {
    let log = alpha.log();
    let link = log.split_whitespace().find(|word| word.contains("/setup?token=")).expect("a link in the log");
    let page = browser.open(link).await;
    assert_eq!(page.status, 200, "{page:?}");
    let fields =
        [("username", "olga"), ("email", "olga@example.org"), ("password", "correct horse battery staple")];
    let done = browser.submit(&page, &fields).await;
    assert_eq!(done.status, 200, "{done:?}");
    (link.to_owned(), page)
}

impl OAuth {
    /// Registers an app and goes through the whole flow with the owner's browser, twice.
    pub async fn spend(alpha: &Instance, browser: &Browser) -> Self {
        let client = alpha.client();
        let app = client
            .post(
                "/api/v1/apps",
                json!({"client_name": "a test", "redirect_uris": REDIRECT, "scopes": "read write"}),
            )
            .await;
        let text = |key: &str| app[key].as_str().expect(key).to_owned();
        let mut oauth = Self {
            id: text("client_id"),
            secret: text("client_secret"),
            client,
            code: String::new(),
            fresh_code: String::new(),
            token: String::new(),
            revoked: String::new(),
            read_only: String::new(),
        };
        oauth.code = oauth.consent(browser, "read write").await;
        oauth.fresh_code = oauth.consent(browser, "read write").await;
        oauth.token = oauth.token_for(&oauth.code).await;
        oauth.revoked = oauth.token_for(&oauth.consent(browser, "read write").await).await;
        oauth.read_only = oauth.token_for(&oauth.consent(browser, "read").await).await;
        oauth.client.with_token(&oauth.revoked).get("/api/v1/accounts/verify_credentials").await;
        let fields =
            [("client_id", oauth.id.as_str()), ("client_secret", &oauth.secret), ("token", &oauth.revoked)];
        oauth.client.post_form("/oauth/revoke", &fields).await;
        oauth
    }

    /// The owner lets the app in: a code.
    async fn consent(&self, browser: &Browser, scope: &str) -> String {
        let query: String = url::form_urlencoded::Serializer::new(String::new())
            .extend_pairs([
                ("response_type", "code"),
                ("client_id", &self.id),
                ("redirect_uri", REDIRECT),
                ("scope", scope),
                ("code_challenge", CHALLENGE),
                ("code_challenge_method", "S256"),
            ])
            .finish();
        let page = browser.open(&format!("/oauth/authorize?{query}")).await;
        let back = browser.submit(&page, &[("decision", "allow")]).await;
        back.parameter("code").unwrap_or_else(|| panic!("no code: {back:?}"))
    }

    async fn token_for(&self, code: &str) -> String {
        let answer = self.exchange(code, VERIFIER, &self.secret).await;
        assert_eq!(answer.status, 200, "{}", answer.body);
        let token: serde_json::Value = serde_json::from_str(&answer.body).expect("JSON");
        token["access_token"].as_str().expect("a token").to_owned()
    }

    async fn exchange(&self, code: &str, verifier: &str, secret: &str) -> Seen {
        let fields = [
            ("grant_type", "authorization_code"),
            ("client_id", self.id.as_str()),
            ("client_secret", secret),
            ("redirect_uri", REDIRECT),
            ("code", code),
            ("code_verifier", verifier),
        ];
        self.client
            .request("POST".parse().expect("a method"), "/oauth/token")
            .form(&fields)
            .send()
            .await
            .into()
    }
}

async fn post(client: &Client, path: &str, content_type: &str, body: impl Into<Vec<u8>>) -> Seen {
    let request = client.request("POST".parse().expect("a method"), path);
    request.body(content_type, body.into()).send().await.into()
}

async fn malformed(scene: &Scene) -> Seen {
    post(&scene.alice, "/api/v1/statuses", "application/json", "{\"status\": \"half").await
}

async fn oversized(scene: &Scene) -> Seen {
    let body = json!({"status": "x".repeat(2 << 20)}).to_string();
    post(&scene.alice, "/api/v1/statuses", "application/json", body).await
}

async fn empty_post(scene: &Scene) -> Seen {
    post(&scene.alice, "/api/v1/statuses", "application/json", "{\"status\": \"  \"}").await
}

async fn others_post(scene: &Scene) -> Seen {
    let id = scene.post.rsplit('/').next().expect("an id");
    let owner = scene.oauth.client.with_token(&scene.oauth.token);
    owner.request("DELETE".parse().expect("a method"), &format!("/api/v1/statuses/{id}")).send().await.into()
}

async fn upload(scene: &Scene, bytes: Vec<u8>) -> Seen {
    let file = multipart::Part::bytes(bytes).file_name("photo.jpg").mime_str("image/jpeg").expect("a type");
    let form = multipart::Form::new().part("file", file);
    scene
        .alice
        .request("POST".parse().expect("a method"), "/api/v2/media")
        .multipart(form)
        .send()
        .await
        .into()
}

async fn no_image(scene: &Scene) -> Seen {
    upload(scene, b"<svg onload=alert(1)>this is no photo".repeat(40)).await
}

async fn half_an_image(scene: &Scene) -> Seen {
    let mut jpeg = pictures::jpeg(640, 480, 3);
    jpeg.truncate(300);
    upload(scene, jpeg).await
}

async fn oversized_upload(scene: &Scene) -> Seen {
    upload(scene, vec![0xFF; 60 << 20]).await
}

async fn no_file(scene: &Scene) -> Seen {
    let form = multipart::Form::new().text("description", "a photo");
    scene
        .alice
        .request("POST".parse().expect("a method"), "/api/v2/media")
        .multipart(form)
        .send()
        .await
        .into()
}

async fn say(scene: &Scene, client: &Client) -> Seen {
    let _ = scene;
    post(client, "/api/v1/statuses", "application/json", "{\"status\": \"let me in\"}").await
}

async fn no_token(scene: &Scene) -> Seen {
    say(scene, &scene.oauth.client).await
}

async fn invented_token(scene: &Scene) -> Seen {
    say(scene, &scene.oauth.client.with_token("aW52ZW50ZWQgYnkgc29tZWJvZHkgZWxzZSwgbm8gZ29vZA")).await
}

async fn revoked_token(scene: &Scene) -> Seen {
    say(scene, &scene.oauth.client.with_token(&scene.oauth.revoked)).await
}

async fn read_only_token(scene: &Scene) -> Seen {
    say(scene, &scene.oauth.client.with_token(&scene.oauth.read_only)).await
}

async fn wrong_verifier(scene: &Scene) -> Seen {
    let oauth = &scene.oauth;
    oauth.exchange(&oauth.fresh_code, &VERIFIER.replace('d', "e"), &oauth.secret).await
}

async fn code_again(scene: &Scene) -> Seen {
    scene.oauth.exchange(&scene.oauth.code, VERIFIER, &scene.oauth.secret).await
}

async fn token_of_the_code(scene: &Scene) -> Seen {
    say(scene, &scene.oauth.client.with_token(&scene.oauth.token)).await
}

async fn wrong_client(scene: &Scene) -> Seen {
    scene.oauth.exchange(&scene.oauth.fresh_code, VERIFIER, "not the secret").await
}

async fn setup_link(scene: &Scene) -> Seen {
    scene.browser.open(&scene.setup.0).await.into()
}

async fn setup_form(scene: &Scene) -> Seen {
    let fields =
        [("username", "usurper"), ("email", "u@example.org"), ("password", "correct horse battery staple")];
    let (_, page) = &scene.setup;
    let again = Browser::new(scene.oauth.client.base());
    // The form as it was, with the cookies of a browser that may send forms.
    let ours = again.open("/auth/sign_in").await;
    let token =
        ours.forms().iter().flat_map(|form| form.fields.clone()).find(|(name, _)| name == "form_token");
    let (_, token) = token.expect("a form token");
    let mut all = fields.to_vec();
    all.push(("form_token", &token));
    again.submit(page, &all).await.into()
}

async fn no_form_token(scene: &Scene) -> Seen {
    let stranger = Browser::new(scene.oauth.client.base());
    let page = stranger.open("/auth/sign_in").await;
    let fields = [("username", "olga"), ("password", "correct horse battery staple"), ("form_token", "")];
    stranger.submit(&page, &fields).await.into()
}

async fn search(scene: &Scene, query: &str) -> Seen {
    let request = scene.alice.request("GET".parse().expect("a method"), "/api/v2/search");
    request.query(&[("q", query), ("resolve", "true")]).send().await.into()
}

async fn search_private(scene: &Scene) -> Seen {
    search(scene, &scene.canary.url("/users/eve")).await
}

async fn search_handle(scene: &Scene) -> Seen {
    search(scene, &format!("@eve@internal.localhost:{}", scene.canary.address().port())).await
}
