//! What is said about leave to like, answer, boost and quote: our questions, our answers, and the documents that allow it.

use super::{PUBLIC, Scene};
use crate::scenarios::{id, text, uri};
use serde_json::{Value, json};

/// Whether a form is one of these.
pub(super) fn is_about(form: &str) -> bool {
    let parts =
        ["Request", "Authorization", "approved", "of a quote", "of a like", "of a reply", "of a boost"];
    parts.iter().any(|part| form.contains(part))
}

impl Scene {
    pub(super) async fn leave(&self, form: &str) -> Option<Value> {
        match form {
            "QuoteRequest" => {
                let everybody = json!({"automaticApproval": [PUBLIC]});
                let post = self.bobs(json!({"interactionPolicy": {"canQuote": everybody}})).await;
                let status = json!({"status": "as he says", "quoted_status_id": post["id"]});
                self.ask("/api/v1/statuses", status).await?;
                self.hears("QuoteRequest", |activity| activity["object"] == uri(&post)).await
            }
            "Delete of a QuoteAuthorization" => self.revoked().await,
            "LikeRequest" => {
                let post = self.guarded("canLike").await;
                self.ask(&format!("/api/v1/statuses/{}/favourite", id(&post)), json!({})).await?;
                self.hears("LikeRequest", |activity| activity["object"] == uri(&post)).await
            }
            "ReplyRequest" | "Create Note, an approved reply" => {
                let post = self.guarded("canReply").await;
                let status = json!({"status": "may I?", "in_reply_to_id": post["id"]});
                let made = self.ask("/api/v1/statuses", status).await?;
                let request = self.hears("ReplyRequest", |activity| activity["object"] == uri(&post)).await?;
                if form == "ReplyRequest" {
                    return Some(request);
                }
                self.approve(&request).await;
                self.hears("Create", |activity| activity["object"]["id"] == uri(&made)).await
            }
            "AnnounceRequest" | "Announce, approved" => {
                let post = self.guarded("canAnnounce").await;
                self.ask(&format!("/api/v1/statuses/{}/reblog", id(&post)), json!({})).await?;
                let request =
                    self.hears("AnnounceRequest", |activity| activity["object"] == uri(&post)).await?;
                if form == "AnnounceRequest" {
                    return Some(request);
                }
                self.approve(&request).await;
                self.hears("Announce", |activity| activity["object"] == uri(&post)).await
            }
            "Accept of a quote" => self.answer("QuoteRequest", true).await,
            "Reject of a quote" => self.answer("QuoteRequest", false).await,
            "Accept of a like" => self.answer("LikeRequest", true).await,
            "Reject of a like" => self.answer("LikeRequest", false).await,
            "Accept of a reply" => self.answer("ReplyRequest", true).await,
            "Reject of a reply" => self.answer("ReplyRequest", false).await,
            "Accept of a boost" => self.answer("AnnounceRequest", true).await,
            "Reject of a boost" => self.answer("AnnounceRequest", false).await,
            "QuoteAuthorization" => self.stamp("QuoteRequest").await,
            "LikeAuthorization" => self.stamp("LikeRequest").await,
            "ReplyAuthorization" => self.stamp("ReplyRequest").await,
            "AnnounceAuthorization" => self.stamp("AnnounceRequest").await,
            other => panic!("nobody makes {other}"),
        }
    }

    /// A post of bob's, who wants to be asked about this.
    async fn guarded(&self, what: &str) -> Value {
        self.bobs(json!({"interactionPolicy": {what: {"manualApproval": [PUBLIC]}}})).await
    }

    /// Bob says yes to a question of alice's.
    async fn approve(&self, request: &Value) {
        let mut brief = request.clone();
        brief["instrument"] = request["instrument"]["id"].clone();
        let mut accept = self.peer.accept(&self.bob, &brief);
        accept["result"] = format!("{}/authorizations/{}", self.bob.id, text(request, "/type")).into();
        let told = self.peer.tell(&self.bob, &self.alice.actor(), &accept).await;
        assert_eq!(told.status, 202);
    }

    /// Bob asks about a post of alice's that he sees, or about one that he doesn't: the answer.
    async fn answer(&self, kind: &str, seen: bool) -> Option<Value> {
        let visibility = if seen { "public" } else { "direct" };
        let status = json!({"status": "ask me", "visibility": visibility});
        let post = self.ask("/api/v1/statuses", status).await?;
        let instrument = match kind {
            "LikeRequest" => self.peer.like(&self.bob, uri(&post)),
            "AnnounceRequest" => self.peer.announce(&self.bob, uri(&post)),
            _ => {
                let mut note = self.peer.note(&self.bob, "<p>may I?</p>");
                note[if kind == "QuoteRequest" { "quote" } else { "inReplyTo" }] = uri(&post).into();
                self.peer.publish(id(&note), &note);
                note
            }
        };
        let mut request = self.peer.activity(&self.bob, kind, &post["uri"]);
        // One is named alone, and has to be fetched.
        request["instrument"] = if kind == "QuoteRequest" { instrument["id"].clone() } else { instrument };
        let told = self.peer.tell(&self.bob, &self.alice.actor(), &request).await;
        assert_eq!(told.status, 202);
        let kind = if seen { "Accept" } else { "Reject" };
        self.hears(kind, |activity| activity["object"]["id"] == request["id"]).await
    }

    /// What an Accept of ours names as its result.
    async fn stamp(&self, kind: &str) -> Option<Value> {
        let accept = self.answer(kind, true).await?;
        self.shown(accept["result"].as_str()?).await
    }

    /// Alice takes back that bob may quote her.
    async fn revoked(&self) -> Option<Value> {
        let accept = self.answer("QuoteRequest", true).await?;
        let quote = self.alice.find_status(text(&accept, "/object/instrument")).await;
        let quoted = text(&quote, "/quote/quoted_status/id");
        self.ask(&format!("/api/v1/statuses/{quoted}/quotes/{}/revoke", id(&quote)), json!({})).await?;
        self.hears("Delete", |activity| activity["object"] == accept["result"]).await
    }
}
