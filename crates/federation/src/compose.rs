//! From rows to what we say: actors and statuses as documents, with their audiences.

use std::collections::HashMap;

use tintype_media::FileKey;
use tintype_model::{AccountId, ActivityId, Millis, Policy, PollId, StatusId, Visibility, interaction, text};
use tintype_service::{Ctx, policies, views::FieldView};
use tintype_store::{
    Reader,
    accounts::{Account, AccountKind},
    emojis::CustomEmoji,
    media::Media,
    polls::{Poll, PollOption},
    quotes::{Quote, QuoteState},
    statuses::{Mention, Status},
};

use crate::{
    Error, Result, aliases,
    wire::{
        ActorKind,
        out::{self, Announce, Create, PUBLIC, Update},
    },
};

/// Whom something is addressed to.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Addressed {
    pub to: Vec<String>,
    pub cc: Vec<String>,
}

impl Addressed {
    /// The addresses of something that reaches so far and names these actors.
    pub fn new(visibility: Visibility, author: &Account, named: Vec<String>) -> Self {
        let followers = followers_of(author);
        let public = PUBLIC.to_owned();
        let with = |first: String| std::iter::once(first).chain(named.clone()).collect();
        match visibility {
            Visibility::Public => Self { to: vec![public], cc: with(followers) },
            Visibility::Unlisted => Self { to: vec![followers], cc: with(public) },
            Visibility::Private => Self { to: vec![followers], cc: named },
            Visibility::Direct => Self { to: named, cc: Vec::new() },
        }
    }
}

/// The collection of an account's followers.
pub(crate) fn followers_of(account: &Account) -> String {
    account.followers_url.clone().unwrap_or_else(|| format!("{}/followers", account.uri))
}

/// The document of a local account. A suspended one keeps its name and its key, and shows nothing else of itself.
pub(crate) fn actor(ctx: &Ctx, account: &Account) -> Result<out::Actor> {
    if account.suspended_at.is_some() {
        let blank = Account {
            display_name: String::new(),
            note: String::new(),
            fields: "[]".to_owned(),
            avatar_key: None,
            header_key: None,
            discoverable: false,
            indexable: false,
            suspended_at: None,
            ..account.clone()
        };
        return Ok(out::Actor { suspended: true, ..actor(ctx, &blank)? });
    }
    let site = &ctx.site;
    let picture = |key: &Option<String>| {
        key.as_deref().map(|key| {
            let kind = FileKey::parse(key).map_or("image/jpeg", |key| key.content_type());
            out::Picture::new(site.media(key), kind, None)
        })
    };
    let fields: Vec<FieldView> = serde_json::from_str(&account.fields).unwrap_or_default();
    let person = account.kind != AccountKind::Application;
    let below = |path: &str| person.then(|| format!("{}/{path}", account.uri));
    Ok(out::Actor {
        id: account.uri.clone(),
        kind: kind(account.kind),
        preferred_username: username(account),
        name: account.display_name.clone(),
        summary: account.note.clone(),
        url: account.url.clone(),
        inbox: account.inbox_url.clone(),
        outbox: below("outbox"),
        followers: below("followers"),
        following: below("following"),
        featured: person.then(|| site.featured(&account.username)),
        featured_tags: person.then(|| site.featured_tags(&account.username)),
        endpoints: out::Endpoints { shared_inbox: site.shared_inbox() },
        public_key: public_key(ctx, account)?,
        assertion_method: Vec::new(),
        icon: picture(&account.avatar_key),
        image: picture(&account.header_key),
        manually_approves_followers: account.locked,
        discoverable: account.discoverable,
        indexable: account.indexable,
        suspended: false,
        // The day only: when exactly somebody joined is nobody's business.
        published: Some(account.created_at.midnight().rfc3339()),
        attachment: fields.iter().map(|field| out::PropertyValue::new(&field.name, &field.value)).collect(),
        tag: Vec::new(),
        also_known_as: Vec::new(),
        moved_to: None,
        webfinger: format!("{}@{}", username(account), site.domain),
        attribution_domains: Vec::new(),
    })
}

/// What a request that nobody signed gets of a local account.
pub(crate) fn stub(ctx: &Ctx, account: &Account) -> Result<out::ActorStub> {
    Ok(out::ActorStub {
        id: account.uri.clone(),
        kind: kind(account.kind),
        preferred_username: username(account),
        inbox: account.inbox_url.clone(),
        public_key: public_key(ctx, account)?,
        assertion_method: Vec::new(),
    })
}

/// The name of an actor on the wire. The instance's own is its domain, which may hold a port; no name has a colon.
pub(crate) fn username(account: &Account) -> String {
    account.username.replace(|c: char| !c.is_ascii_alphanumeric() && !matches!(c, '_' | '-' | '.'), "_")
}

fn kind(kind: AccountKind) -> ActorKind {
    match kind {
        AccountKind::Person => ActorKind::Person,
        AccountKind::Service => ActorKind::Service,
        AccountKind::Group => ActorKind::Group,
        AccountKind::Organization => ActorKind::Organization,
        AccountKind::Application => ActorKind::Application,
    }
}

fn public_key(ctx: &Ctx, account: &Account) -> Result<out::PublicKey> {
    let broken = |what: &str| Error::Service(tintype_service::Error::Internal(what.to_owned()));
    Ok(out::PublicKey {
        id: ctx.site.key_of(&account.uri),
        owner: account.uri.parse().map_err(|_| broken("a local account whose uri is no URL"))?,
        public_key_pem: account
            .public_key_pem
            .clone()
            .ok_or_else(|| broken("a local account without a key"))?,
    })
}

/// Local statuses that are no boosts, with everything their documents need.
pub(crate) struct Notes {
    authors: HashMap<AccountId, Account>,
    mentions: HashMap<StatusId, Vec<Mention>>,
    tags: HashMap<StatusId, Vec<String>>,
    media: HashMap<StatusId, Vec<Media>>,
    originals: HashMap<StatusId, Status>,
    quotes: HashMap<StatusId, Quote>,
    policies: HashMap<StatusId, Policy>,
    approvals: HashMap<StatusId, String>,
    polls: HashMap<StatusId, (Poll, Vec<PollOption>)>,
    emojis: Vec<CustomEmoji>,
}

impl Notes {
    /// Reads what the documents of some statuses need; what they boost too.
    pub async fn read(reader: &mut Reader<'_>, rows: &[Status]) -> Result<Self> {
        let ids: Vec<StatusId> = rows.iter().map(|row| row.id).collect();
        let mut originals = HashMap::new();
        for id in rows.iter().filter_map(|row| row.reblog_of_id) {
            if let Some(original) = reader.status(id).await? {
                originals.insert(id, original);
            }
        }
        let mut authors: Vec<AccountId> = rows.iter().map(|row| row.account_id).collect();
        authors.extend(originals.values().map(|row| row.account_id));
        let mut notes = Self {
            authors: reader.accounts(&authors).await?.into_iter().map(|a| (a.id, a)).collect(),
            mentions: HashMap::new(),
            tags: HashMap::new(),
            media: HashMap::new(),
            originals,
            quotes: reader.quotes_among(&ids).await?.into_iter().map(|q| (q.status_id, q)).collect(),
            policies: policies::among(reader, &ids).await?,
            approvals: HashMap::new(),
            polls: HashMap::new(),
            emojis: Vec::new(),
        };
        for approval in reader.approvals_among(&ids).await? {
            if let (Some(by), Some(uri)) = (approval.by_status_id, approval.approval_uri) {
                notes.approvals.insert(by, uri);
            }
        }
        for mention in reader.mentions_of(&ids).await? {
            notes.mentions.entry(mention.status_id).or_default().push(mention);
        }
        for tag in reader.tags_of(&ids).await? {
            notes.tags.entry(tag.status_id).or_default().push(tag.display);
        }
        for media in reader.media_of(&ids).await? {
            if let Some(status) = media.status_id {
                notes.media.entry(status).or_default().push(media);
            }
        }
        let polls = reader.polls_of(&ids).await?;
        let asked: Vec<PollId> = polls.iter().map(|poll| poll.id).collect();
        let options = if asked.is_empty() { Vec::new() } else { reader.poll_options_of(&asked).await? };
        for poll in polls {
            let options = options.iter().filter(|option| option.poll_id == poll.id).cloned().collect();
            notes.polls.insert(poll.status_id, (poll, options));
        }
        let texts = rows.iter().flat_map(|row| [row.content.as_str(), row.spoiler_text.as_str()]);
        let texts: Vec<&str> = texts.chain(options.iter().map(|option| option.title.as_str())).collect();
        notes.emojis = own_emojis(reader, &texts).await?;
        Ok(notes)
    }

    pub fn author(&self, row: &Status) -> Result<&Account> {
        self.authors.get(&row.account_id).ok_or(Error::Service(tintype_service::Error::NotFound))
    }

    /// The document of a status that is no boost.
    pub fn note(&self, ctx: &Ctx, row: &Status) -> Result<out::Note> {
        let author = self.author(row)?;
        let mentions = self.mentions.get(&row.id).map_or(&[][..], Vec::as_slice);
        let named = mentions.iter().map(|mention| mention.uri.clone()).collect();
        let audience = Addressed::new(row.visibility, author, named);
        let mut note = out::Note::new(
            &row.uri,
            &author.uri,
            &row.content,
            row.language.as_deref(),
            row.created_at.rfc3339(),
        );
        (note.to, note.cc) = (audience.to, audience.cc);
        note.summary = Some(row.spoiler_text.clone()).filter(|text| !text.is_empty());
        note.sensitive = row.sensitive;
        note.in_reply_to.clone_from(&row.in_reply_to_uri);
        note.updated = row.edited_at.map(tintype_model::Millis::rfc3339);
        note.url.clone_from(&row.url);
        // Who is answered without being named is addressed, but not tagged.
        note.tag = mentions
            .iter()
            .filter(|mention| !mention.silent)
            .map(|mention| {
                let domain = mention.domain.as_deref().unwrap_or(&ctx.site.domain);
                out::Tag::Mention(out::Mention::new(&mention.uri, format!("@{}@{domain}", mention.username)))
            })
            .collect();
        for name in self.tags.get(&row.id).into_iter().flatten() {
            let page = ctx.site.tag_page(&tintype_model::text::hashtag_key(name));
            note.tag.push(out::Tag::Hashtag(out::Hashtag::new(page, format!("#{name}"))));
        }
        let poll = self.polls.get(&row.id);
        let mut texts = vec![row.content.as_str(), row.spoiler_text.as_str()];
        texts.extend(poll.iter().flat_map(|(_, options)| options).map(|option| option.title.as_str()));
        note.tag.extend(emoji_tags(ctx, &self.emojis, &texts));
        if let Some((poll, options)) = poll {
            note.ask(question(poll, options, ctx.now()));
        }
        note.attachment =
            self.media.get(&row.id).into_iter().flatten().filter_map(|m| document(ctx, m)).collect();
        let total = |count: i64| u64::try_from(count).unwrap_or_default();
        let below = |path: &str| format!("{}/{path}", row.uri);
        note.replies = Some(out::CollectionSummary::with_page(below("replies"), total(row.replies_count)));
        if row.visibility.is_open() {
            note.likes = Some(out::CollectionSummary::new(below("likes"), total(row.favourites_count)));
            note.shares = Some(out::CollectionSummary::new(below("shares"), total(row.reblogs_count)));
        }
        note.permissions = Some(self.permissions(row, author));
        if let Some(quote) = self.quotes.get(&row.id) {
            let leave = quote.approval_uri.clone().filter(|_| quote.state == QuoteState::Accepted);
            note.quoting = Some(out::Quoting::new(&quote.quoted_uri, leave));
            note.tag.push(out::Tag::Quote(out::QuoteLink::new(&quote.quoted_uri)));
        }
        Ok(note)
    }

    /// Who may do what with a status of an author: everybody who sees it likes and answers it, what is open everybody
    /// boosts, and who quotes it the author says.
    fn permissions(&self, row: &Status, author: &Account) -> out::Permissions {
        let alone = || vec![author.uri.clone()];
        let open = row.visibility.is_open();
        let announce = if open { vec![PUBLIC.to_owned()] } else { alone() };
        let rule = self.policies.get(&row.id).and_then(|policy| policy.quote.as_ref());
        let has = |word: &str| rule.is_some_and(|rule| rule.automatic.iter().any(|entry| entry == word));
        let quote = if open && has(interaction::PUBLIC) {
            vec![PUBLIC.to_owned()]
        } else if open && has(interaction::FOLLOWERS) {
            vec![followers_of(author)]
        } else {
            alone()
        };
        let leave = self.approvals.get(&row.id).cloned();
        out::Permissions {
            interaction_policy: out::InteractionPolicy::new(announce, quote),
            capabilities: out::Capabilities {
                announce: open.then_some(PUBLIC),
                like: Some(PUBLIC),
                reply: Some(PUBLIC),
            },
            comments_enabled: true,
            reply_authorization: leave.clone(),
            approved_by: leave,
        }
    }

    /// The activity that published a status.
    pub fn create(&self, ctx: &Ctx, row: &Status) -> Result<Create> {
        Ok(Create::of(format!("{}/activity", row.uri), self.note(ctx, row)?))
    }

    /// The activity that tells of an edit; `None` for what was never edited. Its id says which edit.
    pub fn update(&self, ctx: &Ctx, row: &Status) -> Result<Option<Update<out::Note>>> {
        let Some(edited) = row.edited_at else { return Ok(None) };
        let note = self.note(ctx, row)?;
        let (to, cc) = (note.to.clone(), note.cc.clone());
        let id = format!("{}#updates/{}", row.uri, edited.0);
        let update = Update::new(id, note.attributed_to.clone(), note);
        Ok(Some(update.addressed(to, cc).published(edited.rfc3339())))
    }

    /// The activity that says what a status is now, where that is no new version: `name` says which time.
    pub fn changed(&self, ctx: &Ctx, row: &Status, name: ActivityId) -> Result<Update<out::Note>> {
        let note = self.note(ctx, row)?;
        let (to, cc) = (note.to.clone(), note.cc.clone());
        let id = format!("{}#changes/{name}", row.uri);
        Ok(Update::new(id, note.attributed_to.clone(), note).addressed(to, cc))
    }

    /// The activity that a boost is.
    pub fn announce(&self, row: &Status) -> Result<Announce> {
        let author = self.author(row)?;
        let gone = || Error::Service(tintype_service::Error::NotFound);
        let original = row.reblog_of_id.and_then(|id| self.originals.get(&id)).ok_or_else(gone)?;
        let named = self.author(original).map(|account| account.uri.clone());
        let audience = Addressed::new(row.visibility, author, named.into_iter().collect());
        let mut announce = Announce::new(&row.uri, &author.uri, original.uri.clone())
            .addressed(audience.to, audience.cc)
            .published(row.created_at.rfc3339());
        announce.announce_authorization = self.approvals.get(&row.id).cloned();
        announce.approved_by.clone_from(&announce.announce_authorization);
        Ok(announce)
    }
}

/// A poll on the wire. Counts that are not to be shown yet are none, as Mastodon says it.
fn question(poll: &Poll, options: &[PollOption], now: Millis) -> out::Poll {
    let over = poll.expires_at.filter(|end| *end <= now);
    let shown = over.is_some() || !poll.hide_totals;
    let choice =
        |option: &PollOption| out::Choice::new(&option.title, if shown { option.votes_count } else { 0 });
    let choices: Vec<out::Choice> = options.iter().map(choice).collect();
    let (one_of, any_of) = if poll.multiple { (None, Some(choices)) } else { (Some(choices), None) };
    out::Poll {
        one_of,
        any_of,
        end_time: poll.expires_at.map(Millis::rfc3339),
        closed: over.map(Millis::rfc3339),
        voters_count: poll.voters_count,
    }
}

/// Our own custom emoji that some texts may show.
pub(crate) async fn own_emojis(reader: &mut Reader<'_>, texts: &[&str]) -> Result<Vec<CustomEmoji>> {
    let names: Vec<&str> = texts.iter().flat_map(|text| text::shortcodes(text)).collect();
    if names.is_empty() {
        return Ok(Vec::new());
    }
    Ok(reader.emojis_named(&[""], &names).await?)
}

/// The tags of those emoji that are in some texts.
pub(crate) fn emoji_tags(ctx: &Ctx, emojis: &[CustomEmoji], texts: &[&str]) -> Vec<out::Tag> {
    let names: Vec<&str> = texts.iter().flat_map(|text| text::shortcodes(text)).collect();
    let used = emojis.iter().filter(|emoji| names.contains(&emoji.shortcode.as_str()));
    used.filter_map(|emoji| emoji_tag(ctx, emoji)).map(out::Tag::Emoji).collect()
}

/// One of our own custom emoji; `None` without a picture.
pub(crate) fn emoji_tag(ctx: &Ctx, emoji: &CustomEmoji) -> Option<out::Emoji> {
    let icon = out::Picture::new(ctx.site.media(emoji.file_key.as_deref()?), &emoji.content_type, None);
    Some(out::Emoji::new(ctx.site.emoji(emoji.id), &emoji.shortcode, icon, emoji.updated_at.rfc3339()))
}

/// The document of a local account, with the emoji of its name, bio and fields.
pub(crate) async fn actor_with_emojis(
    ctx: &Ctx,
    reader: &mut Reader<'_>,
    account: &Account,
) -> Result<out::Actor> {
    let mut actor = actor(ctx, account)?;
    let mut texts = vec![actor.name.as_str(), actor.summary.as_str()];
    texts.extend(actor.attachment.iter().flat_map(|field| [field.name.as_str(), field.value.as_str()]));
    let emojis = own_emojis(reader, &texts).await?;
    let tags = emoji_tags(ctx, &emojis, &texts);
    actor.tag.extend(tags);
    aliases::add(reader, account, &mut actor).await?;
    if account.is_active() {
        let domains = reader.attribution_domains(account.id).await?.unwrap_or_default();
        actor.attribution_domains = serde_json::from_str(&domains).unwrap_or_default();
    }
    Ok(actor)
}

fn document(ctx: &Ctx, media: &Media) -> Option<out::Document> {
    let url = ctx.site.media(media.file_key.as_deref()?);
    let mut document = out::Document::new(url, &media.content_type, media.description.clone());
    document.blurhash.clone_from(&media.blurhash);
    document.width = media.width.and_then(|width| u32::try_from(width).ok());
    document.height = media.height.and_then(|height| u32::try_from(height).ok());
    document.focal_point = media.focus_x.zip(media.focus_y).map(|(x, y)| [x, y]);
    Some(document)
}
