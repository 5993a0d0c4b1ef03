//! Posts that are not for everybody, and wherever somebody could come across them.

use super::stage::Stage;
use crate::scenarios::{id, text, uri};
use serde_json::{Value, json};
use tintype_testkit::Client;
use tintype_testkit::peer::Actor;

pub(super) const PUBLIC: &str = "https://www.w3.org/ns/activitystreams#Public";
pub(super) const ACTIVITY: &str = "application/activity+json";

/// A note for the actor's followers, with a word of its own.
pub(super) fn for_followers(stage: &Stage, actor: &Actor, word: &str) -> Value {
    let mut note = stage.peer.note(actor, &format!("<p>{word}</p>"));
    note["to"] = json!([actor.followers]);
    note["cc"] = json!([]);
    stage.peer.publish(id(&note), &note);
    note
}

/// Alice's three posts, public, for followers, for Bob; each with a word of its own, in a thread with Bob's like.
pub(super) async fn three_posts(stage: &Stage) -> [Value; 3] {
    let mention = format!("@{}", stage.bob.handle());
    let post = async |visibility: &str, more: &str| {
        let status = format!("zyq{visibility}word #secrets {more}");
        stage.alice.post_status(json!({"status": status, "visibility": visibility})).await
    };
    [post("public", "").await, post("private", "").await, post("direct", &mention).await]
}

/// Wherever a person could come across a status of somebody's; the word must stand in none of the answers, and the id
/// be nowhere.
pub(super) async fn finds(who: &Client, status: &Value, word: &str) -> Vec<String> {
    let (id, author) = (id(status), text(status, "/account/id"));
    let query: String = url::form_urlencoded::byte_serialize(uri(status).as_bytes()).collect();
    let mut found = Vec::new();
    for path in [
        format!("/api/v1/statuses/{id}"),
        format!("/api/v1/statuses/{id}/context"),
        format!("/api/v1/statuses/{id}/history"),
        format!("/api/v1/statuses/{id}/favourited_by"),
        format!("/api/v1/statuses/{id}/reblogged_by"),
        format!("/api/v1/statuses?id[]={id}"),
        format!("/api/v1/accounts/{author}/statuses?limit=40"),
        format!("/api/v1/accounts/{author}/statuses?pinned=true"),
        format!("/api/v1/accounts/{author}/statuses?only_media=true"),
        "/api/v1/timelines/home?limit=40".to_owned(),
        "/api/v1/timelines/public?limit=40".to_owned(),
        "/api/v1/timelines/tag/secrets?limit=40".to_owned(),
        "/api/v1/bookmarks?limit=40".to_owned(),
        "/api/v1/favourites?limit=40".to_owned(),
        "/api/v1/notifications?limit=80".to_owned(),
        format!("/api/v2/search?q={query}&resolve=true"),
        format!("/api/v2/search?q={word}&type=statuses"),
        format!("/api/v1/statuses/{id}/card"),
        format!("/api/oembed?url={query}"),
        format!("/@{}/{id}", text(status, "/account/username")),
        format!("/@{}/{id}/embed", text(status, "/account/username")),
        format!("/@{}.rss", text(status, "/account/username")),
        format!("/users/{}.atom", text(status, "/account/username")),
        "/tags/secrets".to_owned(),
        "/tags/secrets.rss".to_owned(),
        "/".to_owned(),
    ] {
        let answer = who.request("GET".parse().unwrap(), &path).unchecked().send().await;
        let body = answer.text();
        // A search answers with the words that were searched for nowhere.
        if body.contains(word) || body.contains(&format!("\"id\":\"{id}\"")) {
            found.push(format!("{path} shows it"));
        }
        let about_it = path.starts_with(&format!("/api/v1/statuses/{id}"));
        if about_it && answer.status != 404 && who.token().is_some() {
            found.push(format!("{path}: {} instead of 404", answer.status));
        }
        if answer.status >= 500 {
            found.push(format!("{path}: {}", answer.status));
        }
    }
    found
}
