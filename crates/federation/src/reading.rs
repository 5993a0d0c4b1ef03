//! Reading other servers when somebody here looks: the rest of a thread, what a profile shows and has lately posted. Each
//! reading has one budget of fetches and of time, and nothing it finds is believed beyond the server that shows it.

use std::collections::{HashSet, VecDeque};

use tintype_model::{AccountId, StatusId, text};
use tintype_service::{
    follower_sync, inbox,
    reading::{self, ReadProfile, Reading, Shown},
};
use tintype_store::accounts::Account;
use url::Url;

use crate::{
    Federation, Result,
    fetch::{Errand, FetchError},
    followers::digest_of,
    limits,
    wire::{Actor, Collection, First, IncomingActivity, Item, Note, Object, Verb, http_url, same_origin},
};

/// What became of a reading.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Read {
    Done,
    /// Its server could not be asked now.
    Later(String),
}

impl Federation {
    /// Reads something of another server.
    ///
    /// # Errors
    /// When the database can't be asked or written.
    pub async fn read(&self, what: &Reading) -> Result<Read> {
        let errand = Errand::in_background();
        let outcome = match what {
            Reading::Profile { account } => Box::pin(self.read_profile(*account, &errand)).await,
            Reading::Thread { status } => Box::pin(self.read_thread(*status, &errand)).await,
            Reading::Followers { account, url, digest } => {
                self.read_followers(*account, url, digest, &errand).await
            }
        };
        match outcome {
            Ok(()) => Ok(Read::Done),
            Err(FetchError::Later(why)) => Ok(Read::Later(why)),
            Err(error) => {
                tracing::debug!(%error, ?what, "not read");
                Ok(Read::Done)
            }
        }
    }

    async fn read_profile(&self, id: AccountId, errand: &Errand) -> Result<(), FetchError> {
        let known = self.0.ctx.store.read().await?.account(id).await?;
        let Some(known) = known.filter(|account| !account.local && account.is_active()) else {
            return Ok(());
        };
        let Some(uri) = http_url(&known.uri) else { return Ok(()) };
        let before = Shown::now(&self.0.ctx, id).await?;
        let actor = self.read_actor(&uri, errand).await?;
        let account = self.keep_actor(&actor, None, errand).await?;
        let total = async |url: &Option<Url>| match url {
            Some(url) if same_origin(url, &actor.id) => {
                self.collection(url, errand).await.ok().and_then(|c| count(c.total_items))
            }
            _ => None,
        };
        let (posts, statuses) = self.recent(&actor, errand).await;
        for note in posts.iter().rev() {
            self.keep_read(note, errand).await;
        }
        let read = ReadProfile {
            before,
            followers: total(&actor.followers).await,
            following: total(&actor.following).await,
            statuses,
            pinned: self.shown_first(&actor, &account, errand).await,
            tags: self.shown_tags(&actor, errand).await,
        };
        reading::keep_profile(&self.0.ctx, id, &read).await?;
        Ok(())
    }

    /// The newest posts of an outbox, and how many it says there are.
    async fn recent(&self, actor: &Actor, errand: &Errand) -> (Vec<Note>, Option<i64>) {
        let Some(outbox) = actor.outbox.as_ref().filter(|url| same_origin(url, &actor.id)) else {
            return (Vec::new(), None);
        };
        let Ok(collection) = self.collection(outbox, errand).await else { return (Vec::new(), None) };
        let total = count(collection.total_items);
        let mut notes = Vec::new();
        for item in
            self.first_items(collection, outbox, errand).await.into_iter().take(limits::get().recent_posts)
        {
            if let Some(note) = self.posted(&item, actor, errand).await {
                notes.push(note);
            }
        }
        (notes, total)
    }

    /// The note that an item of an outbox is about, if it is the actor's own. Its own server shows it: it is believed.
    async fn posted(&self, item: &Item, actor: &Actor, errand: &Errand) -> Option<Note> {
        let own = |note: &Note| note.attributed_to == actor.id && same_origin(&note.id, &actor.id);
        let activity = item.object.clone().and_then(|value| IncomingActivity::try_from(value).ok())?;
        let Verb::Create(mut objects) = activity.verb else { return None };
        if activity.actor != actor.id || objects.len() != 1 {
            return None;
        }
        match objects.pop()? {
            Object::Note(note) => Some(*note).filter(own),
            Object::Id(id) if same_origin(&id, &actor.id) => {
                if self.is_known_status(&id).await.unwrap_or(true) {
                    return None;
                }
                match self.fetch(&id, errand).await {
                    Ok(Object::Note(note)) => Some(*note).filter(own),
                    _ => None,
                }
            }
            _ => None,
        }
    }

    /// The stored statuses that a profile shows first; what is missing is fetched.
    async fn shown_first(&self, actor: &Actor, account: &Account, errand: &Errand) -> Option<Vec<StatusId>> {
        let url = actor.featured.as_ref().filter(|url| same_origin(url, &actor.id))?;
        let collection = self.collection(url, errand).await.ok()?;
        let mut pinned = Vec::new();
        for item in self.first_items(collection, url, errand).await.into_iter().take(limits::get().featured) {
            let note = match item.object() {
                Some(Object::Note(note)) if same_origin(&note.id, url) => Some(note),
                _ => None,
            };
            let id = note.as_ref().map_or(&item.id, |note| &note.id).clone();
            if !same_origin(&id, &actor.id) {
                continue;
            }
            let known = self.0.ctx.store.read().await.ok()?.status_by_uri(id.as_str()).await.ok()?;
            let status = match (known, note) {
                (Some(known), _) => Some(known.id).filter(|_| known.account_id == account.id),
                (None, Some(note)) if note.attributed_to == actor.id => self.keep_read(&note, errand).await,
                (None, Some(_)) => None,
                (None, None) => match self.fetch(&id, errand).await {
                    Ok(Object::Note(note)) if note.attributed_to == actor.id => {
                        self.keep_read(&note, errand).await
                    }
                    _ => None,
                },
            };
            pinned.extend(status);
        }
        Some(pinned)
    }

    /// The hashtags that a profile shows: key and spelling.
    async fn shown_tags(&self, actor: &Actor, errand: &Errand) -> Option<Vec<(String, String)>> {
        let url = actor.featured_tags.as_ref().filter(|url| same_origin(url, &actor.id))?;
        let collection = self.collection(url, errand).await.ok()?;
        let mut tags: Vec<(String, String)> = Vec::new();
        for name in collection.tags.iter().take(limits::get().featured_tags) {
            let key = text::hashtag_key(name);
            if !key.is_empty() && !tags.iter().any(|(known, _)| *known == key) {
                tags.push((key, name.clone()));
            }
        }
        Some(tags)
    }

    async fn read_thread(&self, id: StatusId, errand: &Errand) -> Result<(), FetchError> {
        let known = self.0.ctx.store.read().await?.status(id).await?;
        let Some(known) = known.filter(|status| !status.local && status.visibility.is_open()) else {
            return Ok(());
        };
        let Some(uri) = http_url(&known.uri) else { return Ok(()) };
        let Object::Note(note) = self.fetch(&uri, errand).await? else { return Ok(()) };
        let author = self.known_actor(note.attributed_to.as_str()).await?;
        if note.id != uri || author.is_none_or(|author| author.id != known.account_id) {
            return Err(FetchError::Unfit("it is another status now"));
        }
        self.refresh(&note).await?;
        self.ancestors(note.in_reply_to.as_ref(), errand).await?;
        Box::pin(self.answers((*note).clone(), errand)).await?;
        // Last: what is counted elsewhere is what is not here by now.
        self.keep_totals(&note, id, true).await
    }

    /// What its own server shows now of a status that is stored.
    async fn refresh(&self, note: &Note) -> Result<(), FetchError> {
        let Some(author) = self.known_actor(note.attributed_to.as_str()).await? else { return Ok(()) };
        let status = self.understand(note, &author).await?;
        inbox::refresh_status(&self.0.ctx, &status).await?;
        Ok(())
    }

    pub(crate) async fn keep_totals(&self, note: &Note, id: StatusId, read: bool) -> Result<(), FetchError> {
        // Its answers may still come, one by one.
        let replies = note.totals.replies.filter(|_| read);
        let totals = [note.totals.likes, note.totals.shares, replies].map(count);
        if read || totals.iter().flatten().any(|total| *total > 0) {
            reading::keep_totals(&self.0.ctx, id, totals, read).await?;
        }
        Ok(())
    }

    /// Reads the answers to a note and to those, nearest first, until the budget ends.
    async fn answers(&self, note: Note, errand: &Errand) -> Result<(), FetchError> {
        let mut seen: HashSet<String> = HashSet::from([note.id.to_string()]);
        let mut open: VecDeque<(Note, usize)> = VecDeque::from([(note, 0)]);
        let mut kept = 0;
        while let Some((note, depth)) = open.pop_front() {
            let Some(url) = note.replies.clone().filter(|url| same_origin(url, &note.id)) else { continue };
            let collection = match note.replies_inline {
                Some(collection) => *collection,
                None => match self.collection(&url, errand).await {
                    Ok(collection) => collection,
                    Err(error) => {
                        tracing::debug!(%error, "answers are not read");
                        continue;
                    }
                },
            };
            for item in self.all_items(collection, &url, errand).await {
                if kept >= limits::get().answers_read {
                    return Ok(());
                }
                if !seen.insert(item.id.to_string()) || self.is_known_status(&item.id).await? {
                    continue;
                }
                let Some(answer) = self.answer_at(&item, &url, errand).await else { continue };
                // What answers something else is no part of this thread.
                if answer.in_reply_to.as_ref().is_none_or(|parent| !seen.contains(parent.as_str())) {
                    continue;
                }
                if self.keep_read(&answer, errand).await.is_some() {
                    kept += 1;
                    if depth < limits::get().answers_depth {
                        open.push_back((answer, depth + 1));
                    }
                }
            }
        }
        Ok(())
    }

    /// An answer that a collection names, as its own server shows it.
    async fn answer_at(&self, item: &Item, collection: &Url, errand: &Errand) -> Option<Note> {
        match item.object() {
            Some(Object::Note(note)) if same_origin(&note.id, collection) && item.is_whole() => Some(*note),
            _ => match self.fetch(&item.id, errand).await {
                Ok(Object::Note(note)) => Some(*note),
                Ok(_) => None,
                Err(error) => {
                    tracing::debug!(%error, "an answer is not read");
                    None
                }
            },
        }
    }

    /// Stores a status that was read, if it may be; what can't be is left out.
    async fn keep_read(&self, note: &Note, errand: &Errand) -> Option<StatusId> {
        match self.keep_status(note, errand).await {
            Ok(Some(id)) => {
                if let Err(error) = self.keep_totals(note, id, false).await {
                    tracing::debug!(%error, "totals are not kept");
                }
                Some(id)
            }
            Ok(None) => None,
            Err(error) => {
                tracing::debug!(%error, "a status that was read is not kept");
                None
            }
        }
    }

    /// A collection, as its own server shows it.
    async fn collection(&self, url: &Url, errand: &Errand) -> Result<Collection, FetchError> {
        let document = self.document(url, errand).await?;
        if !same_origin(&document.url, url) {
            return Err(FetchError::Unfit("the collection is on another server"));
        }
        Collection::parse(&document.body).map_err(|error| FetchError::Unfit(error.reason()))
    }

    /// What is on the collection itself, or on its first page.
    async fn first_items(&self, collection: Collection, url: &Url, errand: &Errand) -> Vec<Item> {
        if !collection.items.is_empty() {
            return collection.items;
        }
        match collection.first {
            Some(First::Page(page)) => page.items,
            Some(First::Id(page)) if same_origin(&page, url) => {
                self.collection(&page, errand).await.map(|page| page.items).unwrap_or_default()
            }
            _ => Vec::new(),
        }
    }

    /// What is on the first pages of a collection.
    async fn all_items(&self, collection: Collection, url: &Url, errand: &Errand) -> Vec<Item> {
        let mut items = collection.items;
        let mut next = match collection.first {
            Some(First::Page(page)) => {
                items.extend(page.items);
                page.next
            }
            Some(First::Id(page)) => Some(page),
            None => collection.next,
        };
        let mut seen: HashSet<String> = HashSet::from([url.to_string()]);
        while let Some(page) = next.take() {
            if seen.len() > limits::get().collection_pages
                || !same_origin(&page, url)
                || !seen.insert(page.to_string())
            {
                break;
            }
            let Ok(page) = self.collection(&page, errand).await else { break };
            items.extend(page.items);
            next = page.next;
        }
        items.truncate(limits::get().collection_items);
        items
    }

    /// Compares the local followers of an account with those that its server lists (FEP-8fcf). The list counts when it
    /// gives the digest that the server gave: then it is whole, and of the same moment.
    async fn read_followers(
        &self,
        account: AccountId,
        url: &str,
        digest: &str,
        errand: &Errand,
    ) -> Result<(), FetchError> {
        let Some(url) = http_url(url) else { return Ok(()) };
        let collection = self.collection(&url, errand).await?;
        let site = &self.0.ctx.site;
        let listed: Vec<String> = self
            .all_items(collection, &url, errand)
            .await
            .into_iter()
            .map(|item| item.id.to_string())
            .filter(|id| site.owns(id))
            .collect();
        if digest_of(listed.iter().map(String::as_str)) != digest {
            return Err(FetchError::Unfit("the followers listed are not those that were told of"));
        }
        let outcome = follower_sync::reconcile(&self.0.ctx, account, &listed).await?;
        tracing::info!(account.id = %account, ?outcome, "followers are compared");
        Ok(())
    }
}

fn count(total: Option<u64>) -> Option<i64> {
    total.and_then(|total| i64::try_from(total).ok())
}
