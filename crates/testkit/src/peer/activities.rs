//! Activities in the shapes that Mastodon sends, with fresh ids.

use super::{Actor, Peer, timestamp};
use serde_json::{Value, json};

const PUBLIC: &str = "https://www.w3.org/ns/activitystreams#Public";

impl Peer {
    /// `Follow` of an actor.
    pub fn follow(&self, actor: &Actor, target: &str) -> Value {
        self.activity(actor, "Follow", &json!(target))
    }

    /// `Accept` of a received `Follow`.
    pub fn accept(&self, actor: &Actor, follow: &Value) -> Value {
        self.activity(actor, "Accept", follow)
    }

    /// `Reject` of a received `Follow`.
    pub fn reject(&self, actor: &Actor, follow: &Value) -> Value {
        self.activity(actor, "Reject", follow)
    }

    /// `Like` of an object.
    pub fn like(&self, actor: &Actor, object: &str) -> Value {
        self.activity(actor, "Like", &json!(object))
    }

    /// A public `Announce` of an object.
    pub fn announce(&self, actor: &Actor, object: &str) -> Value {
        let audience = json!({"published": timestamp(), "to": [PUBLIC], "cc": [actor.followers]});
        merged(self.activity(actor, "Announce", &json!(object)), audience)
    }

    /// `Undo` of an activity.
    pub fn undo(&self, actor: &Actor, activity: &Value) -> Value {
        let mut inner = activity.clone();
        if let Some(fields) = inner.as_object_mut() {
            fields.remove("@context");
        }
        self.activity(actor, "Undo", &inner)
    }

    /// `Delete` of an object, as a `Tombstone`.
    pub fn delete(&self, actor: &Actor, object: &str) -> Value {
        let tombstone = json!({"id": object, "type": "Tombstone"});
        merged(self.activity(actor, "Delete", &tombstone), json!({"to": [PUBLIC]}))
    }

    /// A public `Note`, served at its id from now on. Change it and [`Peer::publish`] it again as a test needs.
    pub fn note(&self, actor: &Actor, html: &str) -> Value {
        let id = format!("{}/statuses/{}", actor.id, self.next_id());
        let note = json!({
            "@context": "https://www.w3.org/ns/activitystreams",
            "id": id,
            "type": "Note",
            "url": id.replacen("/users/", "/@", 1),
            "attributedTo": actor.id,
            "published": timestamp(),
            "to": [PUBLIC],
            "cc": [actor.followers],
            "content": html,
            "sensitive": false,
            "summary": null,
            "inReplyTo": null,
            "attachment": [],
            "tag": [],
        });
        self.publish(&id, &note);
        note
    }

    /// `Create` of a note, to the note's own audience.
    pub fn create(&self, actor: &Actor, note: &Value) -> Value {
        let audience =
            json!({"published": note.get("published"), "to": note.get("to"), "cc": note.get("cc")});
        merged(self.activity(actor, "Create", note), audience)
    }

    /// Any activity with a fresh id.
    pub fn activity(&self, actor: &Actor, kind: &str, object: &Value) -> Value {
        json!({
            "@context": "https://www.w3.org/ns/activitystreams",
            "id": format!("{}#{}s/{}", actor.id, kind.to_lowercase(), self.next_id()),
            "type": kind,
            "actor": actor.id,
            "object": object,
        })
    }
}

/// An object with the fields of another.
fn merged(mut object: Value, more: Value) -> Value {
    if let (Some(fields), Value::Object(more)) = (object.as_object_mut(), more) {
        fields.extend(more);
    }
    object
}
