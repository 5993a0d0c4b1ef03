//! What people do, in the words of a scenario. Everything panics unless the server answers with a 2xx.

use super::{Client, list, multipart};
use crate::wait;
use http::Method;
use serde_json::{Value, json};

impl Client {
    /// Publishes a status (`{"status": …, "media_ids": […], "visibility": …}`).
    pub async fn post_status(&self, status: Value) -> Value {
        self.post("/api/v1/statuses", status).await
    }

    /// Publishes a public status.
    pub async fn say(&self, text: &str) -> Value {
        self.post_status(json!({"status": text})).await
    }

    /// Comments on the status with this id.
    pub async fn reply(&self, id: &str, text: &str) -> Value {
        self.post_status(json!({"status": text, "in_reply_to_id": id})).await
    }

    pub async fn status(&self, id: &str) -> Value {
        self.get(&format!("/api/v1/statuses/{id}")).await
    }

    /// `{"ancestors": […], "descendants": […]}`.
    pub async fn context(&self, id: &str) -> Value {
        self.get(&format!("/api/v1/statuses/{id}/context")).await
    }

    pub async fn delete_status(&self, id: &str) -> Value {
        self.delete(&format!("/api/v1/statuses/{id}")).await
    }

    pub async fn favourite(&self, id: &str) -> Value {
        self.on_status(id, "favourite").await
    }

    pub async fn unfavourite(&self, id: &str) -> Value {
        self.on_status(id, "unfavourite").await
    }

    /// Answers with the wrapper status.
    pub async fn reblog(&self, id: &str) -> Value {
        self.on_status(id, "reblog").await
    }

    pub async fn unreblog(&self, id: &str) -> Value {
        self.on_status(id, "unreblog").await
    }

    async fn on_status(&self, id: &str, verb: &str) -> Value {
        self.post(&format!("/api/v1/statuses/{id}/{verb}"), json!({})).await
    }

    pub async fn account(&self, id: &str) -> Value {
        self.get(&format!("/api/v1/accounts/{id}")).await
    }

    /// The newest statuses of an account, newest first.
    pub async fn account_statuses(&self, id: &str) -> Vec<Value> {
        list(self.get(&format!("/api/v1/accounts/{id}/statuses?limit=40")).await)
    }

    pub async fn followers(&self, id: &str) -> Vec<Value> {
        list(self.get(&format!("/api/v1/accounts/{id}/followers")).await)
    }

    pub async fn following(&self, id: &str) -> Vec<Value> {
        list(self.get(&format!("/api/v1/accounts/{id}/following")).await)
    }

    pub async fn relationship(&self, id: &str) -> Value {
        match list(self.get(&format!("/api/v1/accounts/relationships?id[]={id}")).await).pop() {
            Some(relationship) => relationship,
            None => panic!("no relationship with account {id}"),
        }
    }

    /// Finds the account by its handle (`bob` or `bob@beta.localhost:PORT`) and follows it: the relationship.
    pub async fn follow(&self, handle: &str) -> Value {
        let account = self.find_account(handle).await;
        self.post(&format!("/api/v1/accounts/{}/follow", id(&account)), json!({})).await
    }

    pub async fn unfollow(&self, handle: &str) -> Value {
        let account = self.find_account(handle).await;
        self.post(&format!("/api/v1/accounts/{}/unfollow", id(&account)), json!({})).await
    }

    /// `{"accounts": […], "statuses": […], "hashtags": […]}`; asks other servers about handles and URLs.
    pub async fn search(&self, query: &str) -> Value {
        self.request(Method::GET, "/api/v2/search")
            .query(&[("q", query), ("resolve", "true")])
            .send()
            .await
            .ok()
    }

    /// The account with this handle (or actor URL), looked up on its own server if need be.
    pub async fn find_account(&self, handle: &str) -> Value {
        self.find("accounts", handle).await
    }

    /// This server's copy of the status with that URI or URL.
    pub async fn find_status(&self, uri: &str) -> Value {
        self.find("statuses", uri).await
    }

    async fn find(&self, kind: &str, query: &str) -> Value {
        let found = self.search(query).await;
        match found.get(kind).and_then(Value::as_array).and_then(|found| found.first()) {
            Some(first) => first.clone(),
            None => panic!("{}: a search for {query} found no {kind}: {found}", self.base()),
        }
    }

    /// The newest 40 statuses of the home timeline, newest first.
    pub async fn home(&self) -> Vec<Value> {
        list(self.get("/api/v1/timelines/home?limit=40").await)
    }

    pub async fn public_timeline(&self) -> Vec<Value> {
        list(self.get("/api/v1/timelines/public?limit=40").await)
    }

    /// The newest notifications, newest first.
    pub async fn notifications(&self) -> Vec<Value> {
        list(self.get("/api/v1/notifications?limit=80").await)
    }

    /// Uploads a JPEG, waits until it is processed: the attachment.
    pub async fn upload(&self, jpeg: Vec<u8>, alt: &str) -> Value {
        let file = multipart::Part::bytes(jpeg).file_name("photo.jpg");
        let file = file.mime_str("image/jpeg").unwrap_or_else(|error| panic!("{error}"));
        let form = multipart::Form::new().part("file", file).text("description", alt.to_owned());
        let attachment = self.post_multipart("/api/v2/media", form).await;
        if attachment.get("url").is_some_and(Value::is_string) {
            return attachment;
        }
        let path = format!("/api/v1/media/{}", id(&attachment));
        wait::until("the upload to be processed", wait::PATIENCE, async || {
            let attachment = self.get(&path).await;
            attachment.get("url").is_some_and(Value::is_string).then_some(attachment)
        })
        .await
    }

    /// Waits until the home timeline shows the status with this URI, boosted or not: the timeline's entry.
    pub async fn sees_at_home(&self, uri: &str) -> Value {
        wait::until(&format!("{uri} at home on {}", self.base()), wait::PATIENCE, async || {
            self.home().await.into_iter().find(|entry| {
                entry.get("uri").is_some_and(|found| found == uri)
                    || entry.pointer("/reblog/uri").is_some_and(|found| found == uri)
            })
        })
        .await
    }

    /// Waits for a notification of this type (`favourite`, `follow`, …) from the account with this `acct`.
    pub async fn sees_notification(&self, kind: &str, acct: &str) -> Value {
        let what = format!("a {kind} notification from {acct} on {}", self.base());
        wait::until(&what, wait::PATIENCE, async || {
            self.notifications().await.into_iter().find(|notification| {
                notification.get("type").is_some_and(|found| found == kind)
                    && notification.pointer("/account/acct").is_some_and(|found| found == acct)
            })
        })
        .await
    }

    /// Waits until this server's copy of a status (by its local id) fits.
    pub async fn sees_status(&self, id: &str, what: &str, fits: impl Fn(&Value) -> bool) -> Value {
        wait::until(&format!("status {id} on {}: {what}", self.base()), wait::PATIENCE, async || {
            Some(self.status(id).await).filter(&fits)
        })
        .await
    }
}

/// The `id` of an entity.
fn id(entity: &Value) -> &str {
    match entity.get("id").and_then(Value::as_str) {
        Some(id) => id,
        None => panic!("no id: {entity}"),
    }
}
