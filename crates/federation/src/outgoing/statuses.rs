//! Statuses that are published, changed, pinned, deleted; boosts; and whom that reaches.

use std::collections::BTreeSet;

use tintype_model::{AccountId, ActivityId, StatusId, Visibility, ids, text};
use tintype_service::outgoing::Reach;
use tintype_store::{accounts::Account, statuses::Status};

use super::{Message, message};
use crate::{
    Federation, Result,
    compose::{self, Addressed, Notes},
    wire::out::{Add, AddTag, Announce, Delete, Hashtag, PUBLIC, Remove, RemoveTag, Tombstone, Undo},
};

impl Federation {
    pub(super) async fn published(&self, status: StatusId) -> Result<Option<Message>> {
        let ctx = &self.0.ctx;
        let mut reader = ctx.store.read().await?;
        let Some(row) = reader.status(status).await?.filter(|row| row.local) else { return Ok(None) };
        let notes = Notes::read(&mut reader, std::slice::from_ref(&row)).await?;
        drop(reader);
        let Some(author) = self.author(row.account_id).await? else { return Ok(None) };
        if let Some(approval) = self.waits(&row).await? {
            return self.ask(row, &notes, author, &approval).await;
        }
        let named = self.named(&row).await?;
        let mut inboxes = self.inboxes(&author, row.visibility, &named).await?;
        inboxes.extend(self.relays_for(row.visibility, true).await?);
        if row.reblog_of_id.is_some() {
            let announce = notes.announce(&row)?;
            let about = format!("{} {}", author.uri, announce.object);
            message(row.uri.clone(), author, about, &announce.document(), inboxes)
        } else {
            let create = notes.create(ctx, &row)?;
            message(create.id.clone(), author, row.uri.clone(), &create.document(), inboxes)
        }
    }

    /// The latest version goes out, to everybody who may hold an earlier one.
    pub(super) async fn edited(&self, status: StatusId) -> Result<Option<Message>> {
        let ctx = &self.0.ctx;
        let mut reader = ctx.store.read().await?;
        let row = reader.status(status).await?.filter(|row| row.local && row.reblog_of_id.is_none());
        let Some(row) = row else { return Ok(None) };
        let notes = Notes::read(&mut reader, std::slice::from_ref(&row)).await?;
        let others =
            if row.visibility.is_open() { reader.remote_participants(row.id).await? } else { Vec::new() };
        drop(reader);
        if self.waits(&row).await?.is_some() {
            return Ok(None);
        }
        let Some(author) = self.author(row.account_id).await? else { return Ok(None) };
        let Some(update) = notes.update(ctx, &row)? else { return Ok(None) };
        let mut named = self.named(&row).await?;
        named.extend(self.welcome(row.account_id, others).await?);
        let mut inboxes = self.inboxes(&author, row.visibility, &named).await?;
        inboxes.extend(self.relays_for(row.visibility, false).await?);
        message(update.id.clone(), author, row.uri.clone(), &update.document(), inboxes)
    }

    /// Who is told of a status besides followers: those whom it addresses, answers or boosts, unless its author blocks
    /// them.
    pub(super) async fn named(&self, row: &Status) -> Result<Vec<AccountId>> {
        let mut reader = self.0.ctx.store.read().await?;
        let mut named: Vec<AccountId> =
            reader.mentions_of(&[row.id]).await?.into_iter().map(|mention| mention.account_id).collect();
        if row.visibility != Visibility::Direct {
            named.extend(row.in_reply_to_account_id);
        }
        if let Some(original) = row.reblog_of_id
            && let Some(original) = reader.status(original).await?
        {
            named.push(original.account_id);
        }
        drop(reader);
        self.welcome(row.account_id, named).await
    }

    /// Those of some accounts whom an author doesn't block, nor their domains.
    pub(super) async fn welcome(
        &self,
        author: AccountId,
        mut list: Vec<AccountId>,
    ) -> Result<Vec<AccountId>> {
        let shut_out = self.0.ctx.store.read().await?.standings(author, &list).await?;
        list.retain(|id| !shut_out.iter().any(|s| s.other == *id && (s.blocking || s.domain_blocking)));
        Ok(list)
    }

    pub(super) async fn deleted(
        &self,
        activity: ActivityId,
        author: AccountId,
        uri: &str,
        reach: &Reach,
    ) -> Result<Option<Message>> {
        let Some(author) = self.author_even_suspended(author).await? else { return Ok(None) };
        let audience = self.audience(&author, reach).await?;
        let inboxes = self.inboxes_of(&author, reach).await?;
        let id = self.0.ctx.site.activity(&author.username, activity);
        let delete = Delete::<Tombstone>::new(&id, &author.uri, Tombstone::new(uri))
            .addressed(audience.to, audience.cc);
        message(id, author, uri.to_owned(), &delete.document(), inboxes)
    }

    pub(super) async fn unreblogged(
        &self,
        activity: ActivityId,
        account: AccountId,
        uri: &str,
        original: &str,
        reach: &Reach,
    ) -> Result<Option<Message>> {
        let Some(author) = self.author_even_suspended(account).await? else { return Ok(None) };
        let audience = self.audience(&author, reach).await?;
        let inboxes = self.inboxes_of(&author, reach).await?;
        let id = self.0.ctx.site.activity(&author.username, activity);
        // Whole as it was sent: some take back nothing else. When that was, its id says.
        let mut announce = Announce::new(uri, &author.uri, original.to_owned())
            .addressed(audience.to.clone(), audience.cc.clone());
        if let Some(id) = uri.rsplit('/').find_map(|part| part.parse::<i64>().ok()) {
            announce = announce.published(ids::moment(id).rfc3339());
        }
        let undo = Undo::new(&id, &author.uri, announce).addressed(audience.to, audience.cc);
        let about = format!("{} {original}", author.uri);
        message(id, author, about, &undo.document(), inboxes)
    }

    /// Followers are told what stands first on a profile, as far as everyone may see it.
    pub(super) async fn pinned(
        &self,
        activity: ActivityId,
        account: AccountId,
        uri: &str,
        added: bool,
    ) -> Result<Option<Message>> {
        let site = &self.0.ctx.site;
        let Some(author) = self.author_even_suspended(account).await? else { return Ok(None) };
        if added && !author.is_active() {
            return Ok(None);
        }
        let inboxes = self.inboxes(&author, Visibility::Public, &[]).await?;
        let id = site.activity(&author.username, activity);
        let featured = site.featured(&author.username);
        let (to, cc) = (vec![PUBLIC.to_owned()], vec![compose::followers_of(&author)]);
        if added {
            let add = Add::new(&id, &author.uri, uri.to_owned()).aimed(featured).addressed(to, cc);
            message(id, author, uri.to_owned(), &add.document(), inboxes)
        } else {
            let remove = Remove::new(&id, &author.uri, uri.to_owned()).aimed(featured).addressed(to, cc);
            message(id, author, uri.to_owned(), &remove.document(), inboxes)
        }
    }

    /// Followers are told which hashtags a profile shows.
    pub(super) async fn tag_featured(
        &self,
        activity: ActivityId,
        account: AccountId,
        name: &str,
        added: bool,
    ) -> Result<Option<Message>> {
        let site = &self.0.ctx.site;
        let Some(author) = self.author(account).await? else { return Ok(None) };
        let inboxes = self.inboxes(&author, Visibility::Public, &[]).await?;
        let id = site.activity(&author.username, activity);
        let featured = site.featured(&author.username);
        let (to, cc) = (vec![PUBLIC.to_owned()], vec![compose::followers_of(&author)]);
        let key = text::hashtag_key(name);
        let tag = Hashtag::new(site.tag_page(&key), format!("#{name}"));
        let about = format!("{featured} #{key}");
        if added {
            let add = AddTag::new(&id, &author.uri, tag).aimed(featured).addressed(to, cc);
            message(id, author, about, &add.document(), inboxes)
        } else {
            let remove = RemoveTag::new(&id, &author.uri, tag).aimed(featured).addressed(to, cc);
            message(id, author, about, &remove.document(), inboxes)
        }
    }

    /// Whom the end of something is addressed to: whom it itself was.
    async fn audience(&self, author: &Account, reach: &Reach) -> Result<Addressed> {
        let named = self.0.ctx.store.read().await?.accounts(&reach.mentioned).await?;
        Ok(Addressed::new(reach.visibility, author, named.into_iter().map(|account| account.uri).collect()))
    }

    async fn inboxes_of(&self, author: &Account, reach: &Reach) -> Result<BTreeSet<String>> {
        let named: Vec<AccountId> = reach.mentioned.iter().chain(&reach.others).copied().collect();
        let mut inboxes = self.inboxes(author, reach.visibility, &named).await?;
        inboxes.extend(self.relays_for(reach.visibility, false).await?);
        Ok(inboxes)
    }

    /// Every inbox, once: of these accounts and, unless it is direct, of all followers; shared ones where there are any.
    pub(super) async fn inboxes(
        &self,
        author: &Account,
        visibility: Visibility,
        named: &[AccountId],
    ) -> Result<BTreeSet<String>> {
        let mut reader = self.0.ctx.store.read().await?;
        let mut inboxes = BTreeSet::new();
        if visibility != Visibility::Direct {
            inboxes.extend(reader.follower_inboxes(author.id).await?);
        }
        if !named.is_empty() {
            let accounts = reader.accounts(named).await?;
            let remote = accounts.iter().filter(|account| !account.local && account.is_active());
            inboxes.extend(remote.map(|account| account.delivery_inbox().to_owned()));
        }
        Ok(inboxes)
    }
}
