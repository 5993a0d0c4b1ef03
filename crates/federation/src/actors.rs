//! Other servers' actors: fetched from their own id, named by their own WebFinger, kept as accounts.

use std::{ops::Deref, sync::Arc};

use tintype_model::{
    AccountId, Handle, Millis,
    handle::{canonical_domain, domain_of},
    text,
};
use tintype_service::{Hint, domains::Admission, emojis, views::FieldView};
use tintype_store::accounts::{Account, AccountKind};
use url::Url;

use crate::{
    Federation,
    admission::NOT_ASKED,
    fetch::{DELETED, Errand, FetchError},
    limits,
    signatures::VerifyingKey,
    wire::{Actor, ActorKind, Object, http_url, same_origin},
};

/// Characters of a remote display name that are kept.
const NAME_CHARACTERS: usize = 500;
/// After this an actor is fetched again when somebody looks for it.
const FRESH_FOR: std::time::Duration = std::time::Duration::from_hours(24);

/// An actor's document, and when it was asked for. Of two, what was asked for later counts, whichever arrives first.
#[derive(Debug, Clone)]
pub(crate) struct ActorDocument {
    pub actor: Arc<Actor>,
    pub asked: Millis,
}

impl Deref for ActorDocument {
    type Target = Actor;

    fn deref(&self) -> &Actor {
        &self.actor
    }
}

impl Federation {
    /// The account of an actor's id: known, or fetched.
    pub(crate) async fn actor(&self, id: &Url, errand: &Errand) -> Result<Account, FetchError> {
        if let Some(known) = self.known_actor(id.as_str()).await? {
            return Ok(known);
        }
        self.fetch_actor(id, None, errand).await
    }

    /// The account of an actor's id, as far as it is stored. Local ones too.
    pub(crate) async fn known_actor(&self, id: &str) -> Result<Option<Account>, FetchError> {
        Ok(self.0.ctx.store.read().await?.account_by_uri(id).await?)
    }

    /// Whether what is stored of a remote actor is so old that it is worth asking again.
    pub(crate) fn is_stale(&self, account: &Account) -> bool {
        !account.local && account.fetched_at.is_none_or(|at| at.plus(FRESH_FOR) < self.0.ctx.now())
    }

    /// Fetches an actor and stores it, new or anew. With `key`, the actor has to list that key.
    pub(crate) async fn fetch_actor(
        &self,
        id: &Url,
        key: Option<&Url>,
        errand: &Errand,
    ) -> Result<Account, FetchError> {
        let actor = self.read_actor(id, errand).await?;
        self.keep_actor(&actor, key, errand).await
    }

    /// Fetches an actor's document from its own id and stores nothing.
    pub(crate) async fn read_actor(&self, id: &Url, errand: &Errand) -> Result<ActorDocument, FetchError> {
        let asked = self.0.ctx.now();
        match self.fetch(id, errand).await? {
            Object::Actor(actor) => Ok(ActorDocument { actor: Arc::from(actor), asked }),
            Object::Tombstone { .. } => Err(FetchError::Gone(DELETED)),
            _ => Err(FetchError::Unfit("not an actor")),
        }
    }

    /// Stores an actor whose document came from its own id.
    pub(crate) async fn keep_actor(
        &self,
        actor: &ActorDocument,
        key: Option<&Url>,
        errand: &Errand,
    ) -> Result<Account, FetchError> {
        let ctx = &self.0.ctx;
        if ctx.site.owns(actor.id.as_str()) {
            return Err(FetchError::Unfit("the actor claims to be one of ours"));
        }
        if !same_origin(&actor.inbox, &actor.id) {
            return Err(FetchError::Unfit("the actor's inbox is on another server"));
        }
        // The key that is asked for has to be there; the first one stays the first.
        public_key(actor, key)?;
        let key = public_key(actor, None)?;
        let further = further_keys(actor, key.as_ref());
        let known = self.known_actor(actor.id.as_str()).await?;
        // The handle is settled once: it does not change with a refresh.
        let handle = match &known {
            Some(known) => Handle { username: known.username.clone(), domain: known.domain.clone() },
            None => self.confirm(actor, errand).await?,
        };
        let admission = self.admission_of_handle(&handle, actor).await?;
        if known.is_none() && admission == Admission::Refused {
            return Err(FetchError::Unfit(NOT_ASKED));
        }
        let mut row = row(actor, handle, key, known.as_ref(), ctx.ids.next(), ctx.now());
        row.fetched_at = Some(actor.asked);
        if self.rejects_media(&row).await? {
            (row.avatar_key, row.avatar_remote_url) = (None, None);
            (row.header_key, row.header_remote_url) = (None, None);
        }
        let emojis = self.emojis(&actor.emojis, &row).await?;
        let mut tx = ctx.store.begin().await?;
        if let Some(known) = &known {
            // Changing its row, if only for the look of it, makes those who keep the same actor take turns.
            tx.count_account(known.id, 0, 0, 0, None).await?;
            let now = tx.read().account(known.id).await?;
            if let Some(now) = now.filter(|now| now.fetched_at.is_some_and(|at| at > actor.asked)) {
                return Ok(now);
            }
        }
        let stored = match &known {
            Some(known) if known.local => return Err(FetchError::Unfit("the actor is one of ours")),
            Some(known) if known.deleted_at.is_some() => return Err(FetchError::Gone(DELETED)),
            // A key id that is another actor's is a conflict, and nothing changes.
            Some(_) => match tx.update_account(&row).await {
                Err(tintype_store::Error::Conflict) => {
                    return Err(FetchError::Unfit("the actor's key id is another actor's"));
                }
                other => other?,
            },
            None => {
                let stored = tx.insert_account(&row).await?;
                if stored && admission == Admission::Limited {
                    tx.set_silenced(row.id, Some(ctx.now()), "domain").await?;
                }
                stored
            }
        };
        if !stored {
            drop(tx);
            // Somebody else was faster; or the handle or the key id is another actor's.
            return self
                .known_actor(&row.uri)
                .await?
                .ok_or(FetchError::Unfit("the actor's handle or key id is another actor's"));
        }
        tx.replace_public_keys(row.id, &further).await?;
        emojis::keep(ctx, &mut tx, &row, &emojis).await?;
        let domains = serde_json::to_string(&actor.attribution_domains).unwrap_or_else(|_| "[]".to_owned());
        if tx.read().attribution_domains(row.id).await?.as_deref() != Some(&*domains) {
            tx.set_attribution_domains(row.id, &domains).await?;
        }
        tx.set_suspended_at_origin(row.id, actor.suspended.then(|| ctx.now())).await?;
        self.keep_names(&mut tx, row.id, actor).await?;
        if let Some(known) = &known {
            self.follow_inboxes(&mut tx, known, &row).await?;
        }
        tx.commit().await?;
        ctx.events.hint(Hint::Account(row.id));
        Ok(self.known_actor(&row.uri).await?.unwrap_or(row))
    }

    /// The handle of an actor: what the WebFinger of its own server says, or, where that names another domain, what that
    /// domain confirms, once.
    async fn confirm(&self, actor: &Actor, errand: &Errand) -> Result<Handle, FetchError> {
        let host = domain_of(&actor.id).ok_or(FetchError::Unfit("the actor has no host"))?;
        if let Some(handle) = self.claimed(actor, errand).await {
            return Ok(handle);
        }
        let name = &actor.preferred_username;
        let own = Handle { username: name.clone(), domain: Some(host.clone()) };
        let jrd = match self.finger(name, &host, errand).await {
            Ok(jrd) => jrd,
            Err(error) if error.is_later() => return Err(error),
            // Without WebFinger there is no other domain to believe in: the name counts on the actor's own server.
            Err(_) => return Ok(own),
        };
        if jrd.actor() != Some(&actor.id) {
            return Err(FetchError::Unfit("the handle belongs to another actor"));
        }
        let (user, domain) = subject(&jrd).ok_or(FetchError::Unfit("the handle has no domain"))?;
        if domain == host {
            return if user.eq_ignore_ascii_case(name) {
                Ok(own)
            } else {
                Err(FetchError::Unfit("the handle belongs to another actor"))
            };
        }
        let confirmed = self.finger(&user, &domain, errand).await?;
        let same = subject(&confirmed).is_some_and(|(u, d)| d == domain && u.eq_ignore_ascii_case(&user));
        if same && confirmed.actor() == Some(&actor.id) {
            return Ok(Handle { username: user, domain: Some(domain) });
        }
        Err(FetchError::Unfit("the handle's domain does not confirm it"))
    }

    /// The handle that an actor says is its own (FEP-2c59), if the handle's domain says so too. Otherwise the usual way is
    /// gone: what an actor says of itself is no reason to have no name at all.
    async fn claimed(&self, actor: &Actor, errand: &Errand) -> Option<Handle> {
        let said: Handle = actor.webfinger.as_deref()?.parse().ok()?;
        let domain = canonical_domain(said.domain.as_deref()?)?;
        let jrd = self.finger(&said.username, &domain, errand).await.ok()?;
        let same = subject(&jrd)
            .is_some_and(|(user, host)| host == domain && user.eq_ignore_ascii_case(&said.username));
        (same && jrd.actor() == Some(&actor.id))
            .then_some(Handle { username: said.username, domain: Some(domain) })
    }

    /// How the domain of a handle and the server of its actor stand; the worse of the two.
    async fn admission_of_handle(&self, handle: &Handle, actor: &Actor) -> Result<Admission, crate::Error> {
        let server = self.admission(&actor.id).await?;
        let domain = match &handle.domain {
            Some(domain) => self.admission_of(domain).await?,
            None => server,
        };
        Ok(if [server, domain].contains(&Admission::Refused) {
            Admission::Refused
        } else if [server, domain].contains(&Admission::Limited) {
            Admission::Limited
        } else {
            Admission::Open
        })
    }

    /// The account of a handle of another domain, found by WebFinger. `None`: there is none, or its actor goes by
    /// another name.
    pub(crate) async fn find(
        &self,
        handle: &Handle,
        errand: &Errand,
    ) -> Result<Option<AccountId>, FetchError> {
        let Some(asked) = handle.domain.clone() else { return Ok(None) };
        let jrd = self.finger(&handle.username, &asked, errand).await?;
        let Some(actor) = jrd.actor() else { return Ok(None) };
        if self.0.ctx.site.owns(actor.as_str()) {
            return Ok(None);
        }
        let account = match self.known_actor(actor.as_str()).await? {
            Some(known) if !self.is_stale(&known) => known,
            _ => self.fetch_actor(actor, None, errand).await?,
        };
        let mut names = vec![handle.key()];
        if let Some((username, domain)) = subject(&jrd) {
            names.push(Handle { username, domain: Some(domain) }.key());
        }
        Ok(names.contains(&account.acct_key).then_some(account.id).filter(|_| account.is_active()))
    }
}

fn subject(jrd: &crate::wire::Jrd) -> Option<(String, String)> {
    let (user, domain) = jrd.handle()?;
    Some((user.to_owned(), canonical_domain(&domain)?))
}

/// The key to keep: one that the actor itself owns, on its own server, and that we can verify with.
pub(crate) fn public_key(
    actor: &Actor,
    wanted: Option<&Url>,
) -> Result<Option<(String, String)>, FetchError> {
    let fits = |id: &str| http_url(id).is_some_and(|id| same_origin(&id, &actor.id));
    let key = actor
        .public_keys
        .iter()
        .filter(|key| key.owner == actor.id && fits(&key.id))
        .filter(|key| wanted.is_none_or(|wanted| key.id == wanted.as_str()))
        .find(|key| VerifyingKey::from_pem(&key.public_key_pem).is_ok());
    match (key, wanted) {
        (Some(key), _) => Ok(Some((key.id.clone(), key.public_key_pem.clone()))),
        (None, None) => Ok(None),
        (None, Some(_)) => Err(FetchError::Unfit("the actor does not list this key")),
    }
}

/// The other keys that an actor owns, by the same rules: a second one for signatures, or one that makes proofs.
fn further_keys(actor: &Actor, first: Option<&(String, String)>) -> Vec<(String, String)> {
    let others = actor.public_keys.iter().filter(|key| first.is_none_or(|(id, _)| *id != key.id));
    others
        .filter_map(|key| {
            let id = http_url(&key.id)?;
            public_key(actor, Some(&id)).ok().flatten()
        })
        .collect()
}

fn row(
    actor: &Actor,
    handle: Handle,
    key: Option<(String, String)>,
    known: Option<&Account>,
    id: AccountId,
    now: Millis,
) -> Account {
    // What lies elsewhere is not the actor's to name.
    let own = |url: &Option<Url>| url.as_ref().filter(|url| same_origin(url, &actor.id)).map(Url::to_string);
    let picture = |picture: &Option<crate::wire::Picture>| picture.as_ref().map(|p| p.url.to_string());
    let kept = |new: &Option<String>, old: Option<&Option<String>>, file: Option<&Option<String>>| {
        file.filter(|_| Some(new) == old).cloned().flatten()
    };
    let (avatar, header) = (picture(&actor.icon), picture(&actor.image));
    let (key_id, key_pem) = key.unzip();
    let name = actor.name.as_deref().unwrap_or_default().trim();
    Account {
        id: known.map_or(id, |known| known.id),
        acct_key: handle.key(),
        username: handle.username,
        domain: handle.domain,
        local: false,
        kind: match actor.kind {
            ActorKind::Person => AccountKind::Person,
            ActorKind::Service => AccountKind::Service,
            ActorKind::Application => AccountKind::Application,
            ActorKind::Group => AccountKind::Group,
            ActorKind::Organization => AccountKind::Organization,
        },
        uri: actor.id.to_string(),
        url: own(&actor.url).unwrap_or_else(|| actor.id.to_string()),
        display_name: text::name(name).chars().take(NAME_CHARACTERS).collect(),
        note: text::sanitise(actor.summary.as_deref().unwrap_or_default()),
        note_source: String::new(),
        fields: fields(actor),
        avatar_key: kept(&avatar, known.map(|k| &k.avatar_remote_url), known.map(|k| &k.avatar_key)),
        avatar_remote_url: avatar,
        header_key: kept(&header, known.map(|k| &k.header_remote_url), known.map(|k| &k.header_key)),
        header_remote_url: header,
        locked: actor.manually_approves_followers,
        bot: matches!(actor.kind, ActorKind::Service | ActorKind::Application),
        discoverable: actor.discoverable.unwrap_or(false),
        indexable: actor.indexable,
        big: false,
        hide_collections: false,
        inbox_url: actor.inbox.to_string(),
        shared_inbox_url: own(&actor.shared_inbox),
        outbox_url: own(&actor.outbox),
        followers_url: own(&actor.followers),
        following_url: own(&actor.following),
        featured_url: own(&actor.featured),
        public_key_id: key_id,
        public_key_pem: key_pem,
        followers_count: 0,
        following_count: 0,
        statuses_count: 0,
        last_status_at: None,
        created_at: known.map_or_else(|| actor.published.unwrap_or(now).min(now), |known| known.created_at),
        updated_at: now,
        fetched_at: Some(now),
        silenced_at: None,
        suspended_at: None,
        deleted_at: None,
        version: 0,
    }
}

fn fields(actor: &Actor) -> String {
    let fields: Vec<FieldView> = actor
        .fields
        .iter()
        .take(limits::get().fields)
        .map(|field| FieldView {
            name: text::plain(&field.name),
            value: text::sanitise(&field.value),
            verified_at: None,
        })
        .collect();
    serde_json::to_string(&fields).unwrap_or_else(|_| "[]".to_owned())
}
