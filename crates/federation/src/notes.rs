//! Other servers' statuses: understood, made safe, and, where nobody brought them, fetched from their own id.

use std::collections::HashSet;

use tintype_model::{AccountId, StatusId, Visibility, text};
use tintype_service::inbox::{
    self, QuoteLeave, RemoteEmoji, RemoteMedia, RemoteMention, RemotePoll, RemoteQuote, RemoteStatus,
};
use tintype_store::accounts::Account;
use url::Url;

use crate::{
    Federation, Result,
    fetch::{Errand, FetchError},
    limits,
    wire::{
        Attachment, Emoji, MediaKind, Note, NoteKind, Object, Question, is_public, same_origin, visibility,
    },
};

/// Addressed actors that are looked for among the accounts known here.
const ADDRESSEES: usize = 100;

impl Federation {
    /// What a note of `author` becomes. It may name accounts: those known here count, others are left out, so that nobody
    /// can make us look up a crowd. Asks the database, never the network.
    pub(crate) async fn understand(&self, note: &Note, author: &Account) -> Result<RemoteStatus> {
        let followers = author.followers_url.as_deref().and_then(crate::wire::http_url);
        let visibility = visibility(&note.audience, followers.as_ref());
        // What is no note has a summary of another kind: what it is about.
        let warned = matches!(note.kind, NoteKind::Note | NoteKind::Question) || note.sensitive;
        let summary = note.summary.as_deref().filter(|_| warned);
        let spoiler_text = text::plain(summary.unwrap_or_default());
        let mut tags: Vec<(String, String)> = Vec::new();
        for name in &note.tags.hashtags {
            let key = text::hashtag_key(name);
            if !key.is_empty() && !tags.iter().any(|(known, _)| *known == key) {
                tags.push((key, name.clone()));
            }
        }
        let media = if self.rejects_media(author).await? {
            Vec::new()
        } else {
            note.attachments.iter().filter_map(|attachment| self.media(attachment)).collect()
        };
        let now = self.0.ctx.now();
        Ok(RemoteStatus {
            uri: note.id.to_string(),
            // A page on another server is none of this author's.
            url: note.url.as_ref().filter(|url| same_origin(url, &note.id)).unwrap_or(&note.id).to_string(),
            author: author.id,
            visibility,
            sensitive: note.sensitive || !spoiler_text.is_empty(),
            spoiler_text,
            content: content(note),
            language: note.language.clone(),
            in_reply_to: note.in_reply_to.as_ref().map(Url::to_string),
            published: note.published.unwrap_or(now),
            // Some say when it was published once more, which is older than every edit. And nobody edits in the future, or no later edit would count.
            edited: note
                .updated
                .filter(|at| note.published.is_none_or(|published| published <= *at))
                .map(|at| at.min(now)),
            mentions: self.mentions(note, visibility, author.id).await?,
            tags,
            media,
            poll: note.poll.as_ref().map(poll),
            emojis: self.emojis(&note.tags.emojis, author).await?,
            quote: note
                .quote
                .as_ref()
                .map(|quoted| RemoteQuote { uri: quoted.to_string(), leave: QuoteLeave::Unknown }),
            policy: note.policy.as_ref().map(|policy| {
                let following = author.following_url.as_deref().and_then(crate::wire::http_url);
                policy.of(&note.attributed_to, followers.as_ref(), following.as_ref())
            }),
        })
    }

    /// The custom emoji of an object of `author`; none where pictures of its server are not wanted.
    pub(crate) async fn emojis(&self, tags: &[Emoji], author: &Account) -> Result<Vec<RemoteEmoji>> {
        if tags.is_empty() || self.rejects_media(author).await? {
            return Ok(Vec::new());
        }
        let site = &self.0.ctx.site;
        Ok(tags
            .iter()
            .filter(|emoji| !site.owns(emoji.url.as_str()))
            .map(|emoji| RemoteEmoji {
                shortcode: emoji.shortcode.clone(),
                uri: emoji.id.as_ref().map(Url::to_string),
                url: emoji.url.to_string(),
                updated: emoji.updated,
            })
            .collect())
    }

    /// Those that a note names and nobody here knows, as far as they are looked up: an answer to it should reach them.
    pub(crate) async fn strangers(&self, note: &Note) -> Result<Vec<Url>> {
        let named = note.tags.mentions.iter().filter_map(|mention| mention.href.as_ref());
        let mut others: Vec<&Url> = named.filter(|href| !self.0.ctx.site.owns(href.as_str())).collect();
        others.sort_unstable();
        others.dedup();
        let uris: Vec<String> = others.iter().map(ToString::to_string).collect();
        if uris.is_empty() {
            return Ok(Vec::new());
        }
        let known = self.0.ctx.store.read().await?.accounts_by_uri(&uris).await?;
        let known: HashSet<&str> = known.iter().map(|account| account.uri.as_str()).collect();
        let unknown = others.into_iter().filter(|url| !known.contains(url.as_str()));
        Ok(unknown.take(limits::get().mentions_resolved).cloned().collect())
    }

    /// Who is addressed, as far as they are known here. A tag names somebody by their actor's id; its text says nothing.
    /// In what is not open, a tag alone gives nobody a sight of it: they have to be addressed too.
    async fn mentions(
        &self,
        note: &Note,
        visibility: Visibility,
        author: AccountId,
    ) -> Result<Vec<RemoteMention>> {
        let named: Vec<&Url> = note
            .tags
            .mentions
            .iter()
            .filter_map(|mention| mention.href.as_ref())
            .filter(|href| visibility.is_open() || note.audience.names(href))
            .collect();
        let audience = &note.audience;
        let addressed =
            audience.open().chain(&audience.bto).chain(&audience.bcc).filter(|url| !is_public(url));
        let mut uris: Vec<String> = named.iter().map(ToString::to_string).collect();
        // Our own people first: they are who this is about.
        let (ours, others): (Vec<&Url>, Vec<&Url>) =
            addressed.partition(|url| self.0.ctx.site.owns(url.as_str()));
        for url in ours.into_iter().chain(others).take(ADDRESSEES) {
            if !uris.iter().any(|known| known == url.as_str()) {
                uris.push(url.to_string());
            }
        }
        if uris.is_empty() {
            return Ok(Vec::new());
        }
        let accounts = self.0.ctx.store.read().await?.accounts_by_uri(&uris).await?;
        let mut mentions: Vec<RemoteMention> = accounts
            .iter()
            .filter(|account| account.id != author)
            .map(|account| RemoteMention {
                account: account.id,
                // Nobody is named in a word between two.
                silent: note.kind != NoteKind::ChatMessage
                    && !named.iter().any(|href| href.as_str() == account.uri),
            })
            .collect();
        mentions.sort_by_key(|mention| mention.account);
        Ok(mentions)
    }

    fn media(&self, attachment: &Attachment) -> Option<RemoteMedia> {
        let url = attachment.url.as_str();
        if self.0.ctx.site.owns(url) {
            return None;
        }
        let content_type = match (&attachment.media_type, attachment.kind) {
            (Some(kind), _) => kind.to_ascii_lowercase(),
            (None, MediaKind::Image) => "image/jpeg".to_owned(),
            (None, _) => by_ending(&attachment.url).to_owned(),
        };
        Some(RemoteMedia {
            url: url.to_owned(),
            content_type,
            description: attachment.description.clone(),
            blurhash: attachment.blurhash.clone(),
            width: attachment.width.map(i64::from),
            height: attachment.height.map(i64::from),
            focus: attachment.focal_point,
        })
    }

    /// Fetches a status that nobody brought (a search, a boost, a parent) and stores it with what it answers. Only what
    /// everyone may see: who may see the rest only its author's server knows. `None`: it was deleted.
    pub(crate) async fn fetch_status(
        &self,
        note: &Note,
        errand: &Errand,
    ) -> Result<Option<StatusId>, FetchError> {
        // First what was asked for: there may be no time for all the rest, which finds its answers by itself.
        let kept = self.keep_status(note, errand).await?;
        self.ancestors(note.in_reply_to.as_ref(), errand).await?;
        Ok(kept)
    }

    pub(crate) async fn keep_status(
        &self,
        note: &Note,
        errand: &Errand,
    ) -> Result<Option<StatusId>, FetchError> {
        let mut status = self.understand_fetched(note, errand).await?;
        self.look_up_quote(note, &mut status, Some(errand)).await?;
        inbox::store_status(&self.0.ctx, &status).await.map_err(|error| FetchError::Later(error.to_string()))
    }

    /// What a fetched note becomes, if it is for everyone and its author, who may have to be fetched too, is active.
    pub(crate) async fn understand_fetched(
        &self,
        note: &Note,
        errand: &Errand,
    ) -> Result<RemoteStatus, FetchError> {
        if !same_origin(&note.attributed_to, &note.id) {
            return Err(FetchError::Unfit("the author is on another server"));
        }
        if !note.audience.to.iter().chain(&note.audience.cc).any(is_public) {
            return Err(FetchError::Unfit("not for everyone"));
        }
        let author = self.actor(&note.attributed_to, errand).await?;
        if author.local || !author.is_active() {
            return Err(FetchError::Unfit("its author is not active"));
        }
        Ok(self.understand(note, &author).await?)
    }

    /// Fetches and stores what is answered, and what that answers, until something is known, can't be had, or is too far
    /// away. Whatever can't be had ends the chain without an error; only the top ones are stored first.
    pub(crate) async fn ancestors(&self, parent: Option<&Url>, errand: &Errand) -> Result<(), FetchError> {
        let mut next = parent.cloned();
        let mut seen = HashSet::new();
        let mut notes: Vec<Note> = Vec::new();
        while let Some(url) = next.take().filter(|_| notes.len() < limits::get().thread_depth) {
            if !seen.insert(url.to_string()) || self.is_known_status(&url).await? {
                break;
            }
            match self.fetch(&url, errand).await {
                Ok(Object::Note(note)) => {
                    next.clone_from(&note.in_reply_to);
                    notes.push(*note);
                }
                Ok(_) => {}
                Err(error) => tracing::debug!(%error, "a thread ends here"),
            }
        }
        for note in notes.iter().rev() {
            if let Err(error) = self.keep_status(note, errand).await {
                tracing::debug!(%error, "a parent is not kept");
            }
        }
        Ok(())
    }

    /// Whether there is nothing to fetch: stored, or one of ours. What was deleted its own server doesn't show again.
    pub(crate) async fn is_known_status(&self, url: &Url) -> Result<bool, FetchError> {
        if self.0.ctx.site.owns(url.as_str()) {
            return Ok(true);
        }
        let mut reader = self.0.ctx.store.read().await?;
        Ok(reader.status_by_uri(url.as_str()).await?.is_some())
    }
}

fn poll(question: &Question) -> RemotePoll {
    let count = |count: u64| i64::try_from(count).unwrap_or(i64::MAX);
    RemotePoll {
        multiple: question.multiple,
        options: question.options.iter().map(|(title, votes)| (title.clone(), count(*votes))).collect(),
        ends: question.ends,
        closed: question.closed,
        voters: question.voters.map(count),
    }
}

/// Safe HTML. What is no plain note shows its title, and where to see it.
fn content(note: &Note) -> String {
    let written = note.content.as_deref().unwrap_or_default();
    let body = if note.plain {
        text::render(written, |_| None, |tag| format!("#{tag}"))
    } else {
        text::sanitise(written)
    };
    if matches!(note.kind, NoteKind::Note | NoteKind::Question | NoteKind::ChatMessage) {
        return body;
    }
    let title = note.name.as_deref().map(text::plain).filter(|title| !title.is_empty());
    let title = title.map(|title| format!("<p>{}</p>", text::escape(&title))).unwrap_or_default();
    let when = note.starts.map(|at| at.rfc3339().replace('T', " ").trim_end_matches('Z').to_owned() + " UTC");
    let facts: Vec<String> = when.into_iter().chain(note.place.as_deref().map(text::plain)).collect();
    let facts = match facts.as_slice() {
        [] => String::new(),
        facts => format!("<p>{}</p>", text::escape(&facts.join(", "))),
    };
    let page = note.url.as_ref().unwrap_or(&note.id);
    let links = note.links.iter().chain(std::iter::once(page));
    let links = links.map(|url| format!("<p><a href=\"{0}\">{0}</a></p>", text::escape(url.as_str())));
    text::sanitise(&format!("{title}{facts}{body}{}", links.collect::<String>()))
}

/// A media type by the name of the file, for those who send none.
fn by_ending(url: &Url) -> &'static str {
    let ending = url.path().rsplit_once('.').map(|(_, ending)| ending.to_ascii_lowercase());
    match ending.as_deref() {
        Some("jpg" | "jpeg") => "image/jpeg",
        Some("png") => "image/png",
        Some("gif") => "image/gif",
        Some("webp") => "image/webp",
        _ => "application/octet-stream",
    }
}
