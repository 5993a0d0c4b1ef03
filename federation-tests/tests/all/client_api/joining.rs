//! Who comes in: registrations that wait for an answer, and registrations that are closed.

use crate::scenarios::{ask, eventually, id, items, text};
use serde_json::{Value, json};
use tintype_testkit::peer::SignOptions;
use tintype_testkit::{Client, Database, Instance, Peer};

/// Asks to join, through an app of the instance: what it answers.
async fn asks(instance: &Instance, name: &str, status: u16) -> Value {
    let client = instance.client();
    let app = json!({"client_name": "Darkroom", "redirect_uris": "urn:ietf:wg:oauth:2.0:oob", "scopes": "read write"});
    let app = client.post("/api/v1/apps", app).await;
    let grant = json!({
        "grant_type": "client_credentials", "client_id": app["client_id"], "client_secret": app["client_secret"],
        "scope": "read write",
    });
    let token = client.post("/oauth/token", grant).await;
    let newcomer = json!({
        "username": name, "email": format!("{name}@example.org"), "password": "a long enough password",
        "agreement": true, "locale": "en", "reason": "I like pictures",
    });
    let app = client.with_token(text(&token, "/access_token"));
    app.request("POST".parse().unwrap(), "/api/v1/accounts").json(&newcomer).send().await.expect(status)
}

/// Whether somebody is nowhere to be found: not by name, not by apps, not by other servers, not as a page.
async fn is_nowhere(instance: &Instance, reader: &Client, peer: &Peer, name: &str) -> bool {
    let stranger = peer.actor("stranger");
    let actor =
        peer.fetch(&stranger, &instance.url(&format!("/users/{name}")), &SignOptions::default()).await;
    let finger = format!("/.well-known/webfinger?resource=acct:{name}@{}", instance.domain());
    let found = reader.get(&format!("/api/v2/search?q={name}")).await;
    let mut absent = vec![actor.status == 404, items(&found["accounts"]).is_empty()];
    for path in [finger, format!("/api/v1/accounts/lookup?acct={name}"), format!("/@{name}")] {
        absent.push(reader.request("GET".parse().unwrap(), &path).unchecked().send().await.status == 404);
    }
    assert!(absent.iter().all(|a| *a == absent[0]), "all doors say the same of {name}: {absent:?}");
    absent[0]
}

async fn newcomers_wait(database: Database) {
    let instance = Instance::builder("alpha").database(database).config("registrations.mode", "approval");
    let (instance, peer) = futures::join!(instance.start(), Peer::start());
    let olga = instance.person("olga").await;
    assert_eq!(olga.get("/api/v2/instance").await["registrations"]["approval_required"], true);
    let waiting = async || {
        let list = instance.cli(&["account", "list", "--pending", "--json"]).await;
        items(&list)
            .iter()
            .map(|p| (text(p, "/username").to_owned(), text(p, "/reason").to_owned()))
            .collect::<Vec<_>>()
    };
    let token = asks(&instance, "mila", 200).await;
    asks(&instance, "otto", 200).await;
    assert_eq!(waiting().await, ["otto", "mila"].map(|name| (name.to_owned(), "I like pictures".to_owned())));
    let mila = instance.client().with_token(text(&token, "/access_token"));
    let refused = ask(&mila, "/api/v1/accounts/verify_credentials").await.expect(403);
    assert_eq!(refused["error"], "Your login is currently pending approval");
    for name in ["mila", "otto"] {
        assert!(is_nowhere(&instance, &olga, &peer, name).await);
    }

    instance.cli(&["account", "approve", "mila", "--json"]).await;
    instance.cli(&["account", "reject", "otto", "--json"]).await;
    assert_eq!(waiting().await, []);
    eventually("mila is in", async || !is_nowhere(&instance, &olga, &peer, "mila").await).await;
    let me = mila.get("/api/v1/accounts/verify_credentials").await;
    let post = mila.say("I am new here").await;
    assert_eq!(post["account"]["id"], id(&me));
    assert!(is_nowhere(&instance, &olga, &peer, "otto").await);
    asks(&instance, "otto", 200).await;
    assert_eq!(waiting().await.len(), 1, "a name that was refused is free");
}

async fn nobody_comes_in(database: Database) {
    let instance = Instance::builder("alpha").database(database).config("registrations.mode", "closed");
    let instance = instance.start().await;
    assert_eq!(instance.client().get("/api/v2/instance").await["registrations"]["enabled"], false);
    asks(&instance, "mila", 403).await;
    assert_eq!(instance.cli(&["account", "list", "--json"]).await, json!([]));
}

#[tokio::test]
async fn newcomers_wait_on_sqlite() {
    newcomers_wait(Database::Sqlite).await;
}

#[tokio::test]
async fn newcomers_wait_on_postgres() {
    newcomers_wait(Database::Postgres).await;
}

#[tokio::test]
async fn nobody_comes_in_on_sqlite() {
    nobody_comes_in(Database::Sqlite).await;
}

#[tokio::test]
async fn nobody_comes_in_on_postgres() {
    nobody_comes_in(Database::Postgres).await;
}
