//! Votes in our polls, and likes that are an emoji.

use tintype_model::text;
use tintype_service::inbox::Received;
use tintype_store::accounts::Account;

use super::Meaning;
use crate::{
    Federation, Result,
    wire::{Emoji, IncomingActivity, Note, NoteKind, Object, same_origin},
};

/// Whether this is a choice in a poll: it says nothing but the name of an option.
pub(super) fn is_vote(note: &Note) -> bool {
    note.kind == NoteKind::Note
        && note.name.is_some()
        && note.content.is_none()
        && note.in_reply_to.is_some()
        && note.attachments.is_empty()
}

impl Federation {
    /// What was made at once: votes in one poll, as GoToSocial sends them. Other things are not sent like that.
    pub(super) fn votes(&self, objects: &[Object], activity: &IncomingActivity) -> Meaning {
        let mut votes = Vec::new();
        for object in objects {
            match object {
                Object::Note(note) if is_vote(note) => votes.push(note.as_ref()),
                _ => return Meaning::Now(Received::Noted),
            }
        }
        self.vote(&votes, activity)
    }

    /// What votes mean: nothing, if the poll is none of ours. Only the voter says what they chose.
    pub(super) fn vote(&self, votes: &[&Note], activity: &IncomingActivity) -> Meaning {
        if votes.iter().any(|vote| !same_origin(&vote.id, &activity.actor)) {
            return Meaning::Refused("the object is on another server");
        }
        if votes.iter().any(|vote| vote.attributed_to != activity.actor) {
            return Meaning::Refused("the object is somebody else's");
        }
        let of = votes.first().and_then(|vote| vote.in_reply_to.as_ref());
        let Some(of) = of.filter(|of| self.0.ctx.site.owns(of.as_str())) else {
            return Meaning::Now(Received::Noted);
        };
        let choices = votes
            .iter()
            .filter(|vote| vote.in_reply_to.as_ref() == Some(of))
            .filter_map(|vote| Some((vote.name.clone()?, vote.id.to_string())))
            .collect();
        Meaning::Now(Received::Vote { of: of.to_string(), choices })
    }

    /// A like with an emoji: a character, or a name between colons, with its picture. What is neither is a mere like.
    pub(super) async fn reaction(
        &self,
        uri: String,
        of: String,
        content: &str,
        emoji: Option<&Emoji>,
        signer: &Account,
    ) -> Result<Meaning> {
        let content = text::plain(content).trim().to_owned();
        if content.is_empty() {
            return Ok(Meaning::Now(Received::Favourite { uri, of }));
        }
        let name = content.trim_matches(':');
        let emoji = emoji.filter(|emoji| content.starts_with(':') && emoji.shortcode == name);
        let emojis: Vec<Emoji> = emoji.into_iter().cloned().collect();
        let emoji = self.emojis(&emojis, signer).await?.pop();
        Ok(Meaning::Now(Received::React { uri, of, content, emoji }))
    }
}
