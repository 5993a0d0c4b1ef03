//! People at the doors for apps and browsers: a browser whose headers are seen, and an app that asks for tokens.

use crate::scenarios::text;
use aws_lc_rs::digest::{SHA256, digest};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::sync::Mutex;
use tintype_testkit::{Answer, Client, Instance, Person};

/// 43 characters, the least that RFC 7636 allows.
pub const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
pub const REDIRECT: &str = "https://app.example.org/callback";

/// A browser that follows no redirect and shows every header.
pub struct Visitor {
    client: Client,
    cookies: Mutex<BTreeMap<String, String>>,
}

impl Visitor {
    pub fn new(instance: &Instance) -> Self {
        Self { client: instance.client(), cookies: Mutex::default() }
    }

    /// Somebody who has signed in.
    pub async fn signed_in(instance: &Instance, person: &Person) -> Self {
        let visitor = Self::new(instance);
        let answer = visitor.sign_in(&person.username, &person.password).await;
        assert_eq!(answer.status, 303, "{} signs in: {answer:?}", person.username);
        visitor
    }

    /// The answer to the form of `/auth/sign_in`.
    pub async fn sign_in(&self, username: &str, password: &str) -> Answer {
        self.fill("/auth/sign_in", &[("username", username), ("password", password)]).await
    }

    pub async fn open(&self, path: &str) -> Answer {
        self.send("GET", path, &[], None).await
    }

    /// Opens a page and sends its form's token with these fields to the same path.
    pub async fn fill(&self, path: &str, fields: &[(&str, &str)]) -> Answer {
        let token = form_token(&self.open(path).await);
        let mut all = fields.to_vec();
        all.push(("form_token", &token));
        self.post(path, &all).await
    }

    pub async fn post(&self, path: &str, fields: &[(&str, &str)]) -> Answer {
        let origin = self.client.base().to_owned();
        self.send("POST", path, &[("origin", &origin)], Some(fields)).await
    }

    /// A request with its cookies and these headers.
    pub async fn send(
        &self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        fields: Option<&[(&str, &str)]>,
    ) -> Answer {
        let mut request = self.client.request(method.parse().unwrap(), path).unchecked();
        let cookies = self.cookie_header();
        if !cookies.is_empty() {
            request = request.header("cookie", &cookies);
        }
        for (name, value) in headers {
            request = request.header(name, value);
        }
        if let Some(fields) = fields {
            request = request.form(fields);
        }
        let answer = request.send().await;
        self.keep(&answer);
        answer
    }

    pub fn cookie_header(&self) -> String {
        let jar = self.cookies.lock().unwrap();
        let pairs: Vec<String> = jar.iter().map(|(name, value)| format!("{name}={value}")).collect();
        pairs.join("; ")
    }

    /// Name and value of a cookie whose name has this in it.
    pub fn cookie(&self, part: &str) -> Option<(String, String)> {
        let jar = self.cookies.lock().unwrap();
        jar.iter().find(|(name, _)| name.contains(part)).map(|(name, value)| (name.clone(), value.clone()))
    }

    pub fn set_cookie(&self, name: &str, value: &str) {
        self.cookies.lock().unwrap().insert(name.to_owned(), value.to_owned());
    }

    fn keep(&self, answer: &Answer) {
        for cookie in set_cookies(answer) {
            let (pair, attributes) = cookie.split_once(';').unwrap_or((&cookie, ""));
            let Some((name, value)) = pair.split_once('=') else { continue };
            if attributes.to_ascii_lowercase().contains("max-age=0") || value.is_empty() {
                self.cookies.lock().unwrap().remove(name.trim());
            } else {
                self.set_cookie(name.trim(), value.trim());
            }
        }
    }
}

/// All `Set-Cookie` headers of an answer.
pub fn set_cookies(answer: &Answer) -> Vec<String> {
    let all = answer.headers.get_all("set-cookie").iter();
    all.filter_map(|value| value.to_str().ok().map(str::to_owned)).collect()
}

/// The token that the forms of a page carry.
#[track_caller]
pub fn form_token(page: &Answer) -> String {
    let body = page.text();
    let found = body.split("name=\"form_token\"").nth(1).and_then(|rest| rest.split("value=\"").nth(1));
    match found.and_then(|rest| rest.split('"').next()) {
        Some(token) => token.to_owned(),
        None => panic!("no form token: {page:?}"),
    }
}

/// A token of somebody's with these scopes.
pub async fn token(instance: &Instance, username: &str, scopes: &str) -> Client {
    let made = instance.cli(&["token", "create", "--account", username, "--scopes", scopes, "--json"]).await;
    instance.client().with_token(text(&made, "/access_token"))
}

/// A registered app.
pub struct OAuthApp {
    client: Client,
    pub entity: Value,
}

impl OAuthApp {
    pub async fn register(instance: &Instance, redirects: &str, scopes: &str) -> Self {
        let client = instance.client();
        let app = json!({"client_name": "a test", "redirect_uris": redirects, "scopes": scopes});
        let entity = client.post("/api/v1/apps", app).await;
        Self { client, entity }
    }

    pub fn id(&self) -> &str {
        text(&self.entity, "/client_id")
    }

    pub fn secret(&self) -> &str {
        text(&self.entity, "/client_secret")
    }

    /// The consent page's path, with other or more parameters; an empty value leaves one out.
    pub fn authorize(&self, changed: &[(&str, &str)]) -> String {
        let challenge = challenge();
        let mut pairs = vec![
            ("response_type", "code"),
            ("client_id", self.id()),
            ("redirect_uri", REDIRECT),
            ("scope", "read write"),
            ("state", "kept"),
            ("code_challenge", &challenge),
            ("code_challenge_method", "S256"),
        ];
        pairs.retain(|(name, _)| !changed.iter().any(|(other, _)| other == name));
        pairs.extend(changed.iter().filter(|(_, value)| !value.is_empty()));
        let query = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish();
        format!("/oauth/authorize?{query}")
    }

    /// A signed-in person lets the app in: the code.
    pub async fn code(&self, visitor: &Visitor, changed: &[(&str, &str)]) -> String {
        let path = self.authorize(changed);
        let answer = visitor.fill_consent(&path).await;
        let to = answer.header("location").unwrap_or_else(|| panic!("not sent back: {answer:?}"));
        let to = url::Url::parse(to).unwrap();
        let code = to.query_pairs().find(|(name, _)| name == "code").map(|(_, value)| value.into_owned());
        code.unwrap_or_else(|| panic!("no code: {to}"))
    }

    /// The answer of `/oauth/token`, with other parameters than the right ones; an empty value leaves one out.
    pub async fn exchange(&self, code: &str, changed: &[(&str, &str)]) -> Answer {
        let mut fields = vec![
            ("grant_type", "authorization_code"),
            ("client_id", self.id()),
            ("client_secret", self.secret()),
            ("redirect_uri", REDIRECT),
            ("code", code),
            ("code_verifier", VERIFIER),
        ];
        fields.retain(|(name, _)| !changed.iter().any(|(other, _)| other == name));
        fields.extend(changed.iter().filter(|(_, value)| !value.is_empty()));
        self.client.request("POST".parse().unwrap(), "/oauth/token").form(&fields).send().await
    }
}

impl Visitor {
    async fn fill_consent(&self, path: &str) -> Answer {
        let page = self.open(path).await;
        assert_eq!(page.status, 200, "{page:?}");
        let body = page.text();
        let mut fields = Vec::new();
        let form = body.split("<form").find(|form| form.contains("decision")).unwrap_or_default();
        for input in form.split("<input").skip(1) {
            let tag = input.split('>').next().unwrap_or_default();
            let value = |name: &str| tag.split(&format!("{name}=\"")).nth(1)?.split('"').next();
            if let (Some(name), Some(value)) = (value("name"), value("value")) {
                fields.push((name.to_owned(), value.replace("&amp;", "&").replace("&#38;", "&")));
            }
        }
        fields.push(("decision".to_owned(), "allow".to_owned()));
        let fields: Vec<(&str, &str)> = fields.iter().map(|(n, v)| (n.as_str(), v.as_str())).collect();
        self.post(path, &fields).await
    }
}

/// The S256 challenge of [`VERIFIER`].
pub fn challenge() -> String {
    URL_SAFE_NO_PAD.encode(digest(&SHA256, VERIFIER.as_bytes()))
}
