//! Looking through the client API, until it is as expected or patience ends.

use super::matching::differences;
use super::received::Show;
use super::scene::Scene;
use serde_json::Value;
use std::time::Duration;
use tintype_testkit::peer::Received;
use tintype_testkit::{Client, wait};

/// Longer than the work behind an inbox takes.
const PATIENCE: Duration = Duration::from_secs(8);

impl Scene {
    /// What is not as expected; `known` is our id of a status that has to go.
    pub async fn look(&self, show: &Show, known: Option<&str>) -> Vec<String> {
        let mut wrong = Vec::new();
        let seen = wait::try_until(PATIENCE, async || {
            wrong = self.compare(show, known).await;
            wrong.is_empty().then_some(())
        });
        seen.await;
        wrong.into_iter().map(|one| format!("{} {} {one}", show.see, show.of)).collect()
    }

    async fn compare(&self, show: &Show, known: Option<&str>) -> Vec<String> {
        let alice = &self.stage.alice.client;
        let found = match show.see.as_str() {
            "status" => self.status(&show.of).await,
            "account" => self.account(&show.of).await,
            "gone" => {
                let (status, _) =
                    get(alice, &format!("/api/v1/statuses/{}", known.unwrap_or_default())).await;
                return if status == 404 { Vec::new() } else { vec![format!("is still there: {status}")] };
            }
            "nothing" => {
                return if self.status(&show.of).await.is_null() {
                    Vec::new()
                } else {
                    vec!["is there".to_owned()]
                };
            }
            "favourited_by" | "reblogged_by" | "context" | "history" => {
                let status = self.status(&show.of).await;
                let path =
                    format!("/api/v1/statuses/{}/{}", status["id"].as_str().unwrap_or("none"), show.see);
                get(alice, &path).await.1
            }
            "relationship" => {
                let path = format!("/api/v1/accounts/relationships?id[]={}", self.account_id(&show.of).await);
                get(alice, &path).await.1[0].clone()
            }
            "pins" => {
                let path =
                    format!("/api/v1/accounts/{}/statuses?pinned=true", self.account_id(&show.of).await);
                get(alice, &path).await.1
            }
            "featured_tags" => {
                let path = format!("/api/v1/accounts/{}/featured_tags", self.account_id(&show.of).await);
                get(alice, &path).await.1
            }
            "home" => {
                // All of it: the other worlds' posts are there, too.
                let all = alice.all("/api/v1/timelines/home?limit=40").await;
                by(&all.into(), "/account/acct", &show.of)
            }
            "notifications" => {
                let all = get(alice, "/api/v1/notifications?limit=80").await.1;
                by(&all, "/account/acct", &show.of)
            }
            "reports" => self.reports().await,
            "heard" => self.deliveries(&show.of),
            other => panic!("nobody can see {other}"),
        };
        differences(&show.is, &found)
    }

    /// Our copy of a status; null when we have none. Nothing is fetched for it.
    async fn status(&self, uri: &str) -> Value {
        let query = [("q", uri), ("resolve", "false"), ("type", "statuses")];
        let request = self.stage.alice.request("GET".parse().unwrap(), "/api/v2/search").query(&query);
        let found = request.unchecked().send().await;
        found.json()["statuses"][0].clone()
    }

    async fn account(&self, handle: &str) -> Value {
        let query = [("q", handle), ("resolve", "true"), ("type", "accounts")];
        let request = self.stage.alice.request("GET".parse().unwrap(), "/api/v2/search").query(&query);
        let found = request.unchecked().send().await;
        found.json()["accounts"][0].clone()
    }

    async fn account_id(&self, handle: &str) -> String {
        self.account(handle).await["id"].as_str().unwrap_or("none").to_owned()
    }

    /// What moderators are told of.
    async fn reports(&self) -> Value {
        let listed = self.stage.instance.try_cli(&["report", "list", "--json"]).await;
        serde_json::from_slice(&listed.stdout).unwrap_or_default()
    }

    /// What our instance delivered to this host.
    fn deliveries(&self, host: &str) -> Value {
        let here = |request: &Received| request.method == "POST" && request.host == host;
        self.stage.peer.received().iter().filter(|request| here(request)).map(Received::json).collect()
    }
}

async fn get(client: &Client, path: &str) -> (u16, Value) {
    let answer = client.request("GET".parse().unwrap(), path).unchecked().send().await;
    (answer.status, serde_json::from_slice(&answer.body).unwrap_or_default())
}

/// The items of a list whose text at the pointer is this.
fn by(all: &Value, pointer: &str, wanted: &str) -> Value {
    let items = all.as_array().map(Vec::as_slice).unwrap_or_default();
    items.iter().filter(|item| item.pointer(pointer).is_some_and(|found| found == wanted)).cloned().collect()
}
