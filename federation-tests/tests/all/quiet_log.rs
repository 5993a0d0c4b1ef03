//! What an instance writes about itself names no secret and repeats nobody's words, even when it is asked to be chatty.

use serde_json::{Value, json};
use tintype_testkit::peer::SignOptions;
use tintype_testkit::{Browser, Database, Instance, Peer, wait};

const PASSWORD: &str = "correct horse battery staple";
const WRONG_PASSWORD: &str = "tremendous-wrong-password-7";
const REDIRECT: &str = "app://callback";

#[tokio::test(flavor = "multi_thread")]
async fn on_sqlite() {
    run(Database::Sqlite).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn on_postgres() {
    run(Database::Postgres).await;
}

/// What must not be found, each with what it is.
#[derive(Default)]
struct Secrets(Vec<(&'static str, String)>);

impl Secrets {
    fn add(&mut self, what: &'static str, secret: &str) {
        assert!(secret.len() >= 8, "{what} {secret:?} may stand anywhere");
        self.0.push((what, secret.to_owned()));
    }
}

async fn run(database: Database) {
    let alpha = Instance::builder("alpha").database(database).config("log.level", "debug").start().await;
    let mut secrets = Secrets::default();
    by_browser(&alpha, &mut secrets).await;
    by_api(&alpha, &mut secrets).await;
    by_inbox(&alpha, &mut secrets).await;
    alpha.stop().await;
    let log = alpha.log();
    assert!(log.lines().count() > 50, "a chatty log:\n{log}");
    for (what, secret) in &secrets.0 {
        let line = log.lines().find(|line| line.contains(secret.as_str()));
        assert!(line.is_none(), "{what} in the log: {line:?}");
    }
    println!("{database:?}: none of {} secrets in {} lines", secrets.0.len(), log.lines().count());
}

/// Sign in, wrongly and rightly, let an app in, exchange the code.
async fn by_browser(alpha: &Instance, secrets: &mut Secrets) {
    let person = alpha.person("sally").await;
    secrets.add("a password", PASSWORD);
    secrets.add("a token of the command line", person.token().expect("a token"));
    let client = alpha.client();
    let app = json!({"client_name": "a test", "redirect_uris": REDIRECT, "scopes": "read write"});
    let app = client.post("/api/v1/apps", app).await;
    let (id, secret) = (text(&app, "client_id"), text(&app, "client_secret"));
    secrets.add("a client secret", &secret);
    let browser = Browser::new(&alpha.base());
    let path = format!(
        "/oauth/authorize?response_type=code&client_id={id}&redirect_uri=app%3A%2F%2Fcallback&scope=read"
    );
    let page = browser.open(&path).await;
    secrets.add("a wrong password", WRONG_PASSWORD);
    let refused = browser.submit(&page, &[("username", "sally"), ("password", WRONG_PASSWORD)]).await;
    let page = browser.submit(&refused, &[("username", "sally"), ("password", PASSWORD)]).await;
    for cookie in browser.secrets() {
        secrets.add("a cookie", &cookie);
    }
    let back = browser.submit(&page, &[("decision", "allow")]).await;
    let code = back.parameter("code").unwrap_or_else(|| panic!("no code: {back:?}"));
    secrets.add("a code", &code);
    let fields = [
        ("grant_type", "authorization_code"),
        ("client_id", &id),
        ("client_secret", &secret),
        ("redirect_uri", REDIRECT),
        ("code", &code),
    ];
    let token = client.post_form("/oauth/token", &fields).await;
    secrets.add("a token", &text(&token, "access_token"));
    // Also what is refused is not repeated.
    let again = client.request("POST".parse().expect("a method"), "/oauth/token").form(&fields).send().await;
    assert_eq!(again.status, 400);
    let invented = "aW52ZW50ZWQgYnkgc29tZWJvZHkgZWxzZSwgbm8gZ29vZA";
    secrets.add("an invented token", invented);
    let answer =
        client.with_token(invented).request("GET".parse().expect("a method"), "/api/v1/timelines/home");
    assert_eq!(answer.send().await.status, 401);
}

/// Bodies of the client API, good and bad.
async fn by_api(alpha: &Instance, secrets: &mut Secrets) {
    let person = alpha.person("paula").await;
    let words = "chrysanthemums in the cellar";
    secrets.add("a post", words);
    person.post_status(json!({"status": words, "visibility": "direct"})).await;
    let bodies = [
        ("application/json", "{\"status\": \"marmalade-unclosed"),
        ("application/json", "{\"status\": {\"marmalade-nested\": 1}, \"media_ids\": \"marmalade-ids\"}"),
        ("application/x-www-form-urlencoded", "status=&visibility=marmalade-visibility"),
        ("text/plain", "marmalade-plain-text"),
    ];
    secrets.add("a refused body", "marmalade");
    for (kind, body) in bodies {
        let request = person.request("POST".parse().expect("a method"), "/api/v1/statuses");
        let answer = request.body(kind, body).send().await;
        assert!((400..500).contains(&answer.status), "{answer:?}");
    }
    let query = "rhododendron-search";
    secrets.add("a search", query);
    person.search(query).await;
}

/// Activities, applied, sent and refused.
async fn by_inbox(alpha: &Instance, secrets: &mut Secrets) {
    let peer = Peer::start().await;
    let (bob, person) = (peer.actor("bob"), alpha.person("irene").await);
    peer.tell(&bob, &person.actor(), &peer.follow(&bob, &person.actor())).await;
    let words = "gooseberries behind the shed";
    secrets.add("a received note", words);
    let mut note = peer.note(&bob, &format!("<p>{words}</p>"));
    note["to"] = json!([person.actor()]);
    note["cc"] = json!([]);
    note["tag"] = json!([{"type": "Mention", "href": person.actor(), "name": person.handle()}]);
    let create = peer.create(&bob, &note);
    assert!(peer.tell(&bob, &person.actor(), &create).await.status < 300);
    wait::until("the note", wait::PATIENCE, async || {
        let all = person.notifications().await;
        all.iter()
            .any(|one| one["status"]["content"].as_str().is_some_and(|html| html.contains(words)))
            .then_some(())
    })
    .await;
    let refused = peer.deliver(&bob, &alpha.url("/inbox"), &create, &SignOptions::only_digest()).await;
    assert_eq!(refused.status, 401);
    let broken = format!("{{\"content\": \"{words}").into_bytes();
    let broken = peer.try_deliver_bytes(&bob, &alpha.url("/inbox"), broken, &SignOptions::default()).await;
    assert_eq!(broken.expect("an answer").status, 400);
    let sent = "asparagus on the balcony";
    secrets.add("a sent note", sent);
    person.say(sent).await;
    peer.wait_for("the post", |request| request.is("Create")).await;
}

fn text(value: &Value, key: &str) -> String {
    value[key].as_str().unwrap_or_else(|| panic!("no {key}: {value}")).to_owned()
}
