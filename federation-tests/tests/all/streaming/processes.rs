//! Two processes of one instance, on one database, with a Redis between them.

use crate::scenarios::{id, text};
use crate::streaming::say;
use serde_json::json;
use tintype_testkit::{Answer, Client, Database, Instance, Redis, wait};

async fn ask(who: &Client, from: &str) -> Answer {
    let request = who.request("GET".parse().unwrap(), "/api/v2/instance");
    request.header("x-forwarded-for", from).send().await
}

/// `X-RateLimit-Remaining`, and that the other two headers are there.
fn remaining(answer: &Answer) -> u32 {
    assert!(answer.header("x-ratelimit-reset").unwrap().ends_with('Z'), "ISO 8601: {:?}", answer.headers);
    let number = |name: &str| answer.header(name).unwrap().parse::<u32>().unwrap();
    let (limit, remaining) = (number("x-ratelimit-limit"), number("x-ratelimit-remaining"));
    assert!(remaining < limit, "{:?}", answer.headers);
    remaining
}

#[tokio::test]
async fn what_happens_in_one_process_is_streamed_by_the_other() {
    let redis = Redis::start().await;
    let builder = Instance::builder("alpha").database(Database::Postgres).config("redis.url", &redis.url());
    let first = builder.start().await;
    let second = first.twin().await;
    let (alice, bob) = futures::join!(first.person("alice"), first.person("bob"));
    bob.follow("alice").await;
    let there = second.client().with_token(bob.token().unwrap());
    let (mut home, mut public) =
        futures::join!(there.listen("/api/v1/streaming/user"), there.socket("stream=public"));

    // Processes find each other a moment after they have started.
    wait::until("a post to be heard elsewhere", wait::PATIENCE, async || {
        let post = say(&alice, "public", "is anybody there?").await;
        let heard =
            tokio::time::timeout(std::time::Duration::from_secs(2), home.about("update", &post)).await;
        heard.is_ok().then_some(())
    })
    .await;
    let post = say(&alice, "public", "@bob across").await;
    home.about("update", &post).await;
    public.about("update", &post).await;
    home.until("the mention", |event| event.payload["status"]["id"] == json!(post)).await;
    let updates = home.told().iter().filter(|told| **told == format!("update {post}")).count();
    assert_eq!(updates, 1, "{:?}", home.told());
    let mut here = bob.listen("/api/v1/streaming/user").await;

    // Without Redis nothing fails, and each process hears itself.
    redis.kill();
    let alone = say(&alice, "public", "alone").await;
    here.about("update", &alone).await;
    assert_eq!(there.status(&alone).await["id"], json!(alone), "the database is what counts");

    redis.run().await;
    wait::until("processes to hear each other again", wait::PATIENCE, async || {
        let post = say(&alice, "public", "hello again").await;
        let heard =
            tokio::time::timeout(std::time::Duration::from_secs(2), public.about("update", &post)).await;
        heard.is_ok().then_some(())
    })
    .await;
    futures::join!(second.stop(), first.stop());
}

#[tokio::test]
async fn rate_limits_are_shared() {
    let redis = Redis::start().await;
    let first = Instance::builder("alpha")
        .database(Database::Postgres)
        .config("redis.url", &redis.url())
        .config("rate_limits.enabled", "true")
        .config("server.trusted_proxies", "[\"127.0.0.0/8\"]")
        .start()
        .await;
    let second = first.twin().await;
    let (here, there) = (first.client(), second.client());
    let left = remaining(&ask(&here, "198.51.100.1").await);
    assert_eq!(remaining(&ask(&there, "198.51.100.1").await), left - 1);
    assert_eq!(remaining(&ask(&here, "spoofed, 198.51.100.1").await), left - 2);
    assert_eq!(remaining(&ask(&there, "198.51.100.2").await), left, "somebody else");

    // Five sign-ups in half an hour, wherever they come in.
    let app =
        json!({"client_name": "x", "redirect_uris": "urn:ietf:wg:oauth:2.0:oob", "scopes": "read write"});
    let app = here.post("/api/v1/apps", app).await;
    let own = json!({
        "grant_type": "client_credentials", "scope": "read write",
        "client_id": app["client_id"], "client_secret": app["client_secret"],
    });
    let own = here.post("/oauth/token", own).await;
    let own = text(&own, "/access_token");
    let sign_up = async |client: &Client, from: &str| {
        let request = client.with_token(own).request("POST".parse().unwrap(), "/api/v1/accounts");
        request.header("x-forwarded-for", from).json(&json!({"username": "no"})).send().await
    };
    for client in [&here, &there, &here, &there, &here] {
        assert_eq!(sign_up(client, "198.51.100.3").await.status, 422);
    }
    for client in [&here, &there] {
        let refused = sign_up(client, "198.51.100.3").await;
        assert_eq!(refused.expect(429), json!({"error": "Too many requests"}));
        assert_eq!(refused.header("x-ratelimit-remaining"), Some("0"));
        assert!(refused.header("retry-after").unwrap().parse::<u32>().unwrap() <= 30 * 60);
    }
    assert_eq!(sign_up(&there, "198.51.100.4").await.status, 422, "another address");

    // The page for people has its own budget, shared as well; a form that isn't ours is counted too.
    let page = async |client: &Client| {
        let request = client.request("POST".parse().unwrap(), "/auth/sign_up").unchecked();
        request.header("x-forwarded-for", "198.51.100.5").form(&[("username", "no")]).send().await.status
    };
    for client in [&here, &there].into_iter().cycle().take(25) {
        assert_eq!(page(client).await, 403);
    }
    assert_eq!((page(&here).await, page(&there).await), (429, 429));
}

#[tokio::test]
async fn an_instance_starts_without_its_redis() {
    // Nobody listens on this port.
    let instance = Instance::builder("alpha").config("redis.url", "redis://127.0.0.1:1/0");
    let instance = instance.config("rate_limits.enabled", "true").start().await;
    let alice = instance.person("alice").await;
    let mut stream = alice.listen("/api/v1/streaming/user").await;
    let post = alice.say("all is well").await;
    stream.about("update", id(&post)).await;
    let left = remaining(&ask(&alice, "-").await);
    assert_eq!(
        remaining(&ask(&alice, "198.51.100.1").await),
        left - 1,
        "nobody is believed who isn't trusted"
    );
    wait::until("a loud word about Redis", wait::PATIENCE, async || {
        instance.log().contains("Redis is out of reach").then_some(())
    })
    .await;
}
