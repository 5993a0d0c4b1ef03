//! From rows to what we say: actors and statuses as documents, with their audiences.

use std::collections::HashMap;

use tintype_media::FileKey;
use tintype_model::{AccountId, StatusId, Visibility};
use tintype_service::{Ctx, views::FieldView};
use tintype_store::{
    Reader,
    accounts::{Account, AccountKind},
    media::Media,
    statuses::{Mention, Status},
};

use crate::{
    Error, Result,
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
        endpoints: out::Endpoints { shared_inbox: site.shared_inbox() },
        public_key: public_key(ctx, account)?,
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
        };
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
        note.attachment =
            self.media.get(&row.id).into_iter().flatten().filter_map(|m| document(ctx, m)).collect();
        note.replies = Some(format!("{}/replies", row.uri));
        Ok(note)
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

    /// The activity that a boost is.
    pub fn announce(&self, row: &Status) -> Result<Announce> {
        let author = self.author(row)?;
        let gone = || Error::Service(tintype_service::Error::NotFound);
        let original = row.reblog_of_id.and_then(|id| self.originals.get(&id)).ok_or_else(gone)?;
        let named = self.author(original).map(|account| account.uri.clone());
        let audience = Addressed::new(row.visibility, author, named.into_iter().collect());
        Ok(Announce::new(&row.uri, &author.uri, original.uri.clone())
            .addressed(audience.to, audience.cc)
            .published(row.created_at.rfc3339()))
    }
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
