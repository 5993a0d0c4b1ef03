//! More of what the tests of this crate begin with: posts, pictures, people of other servers and what comes from them.

use async_trait::async_trait;
use tintype_model::{AccountId, Handle, MediaId, Page, StatusId, Visibility};
use tintype_store::{
    accounts::{Account, AccountKind},
    media::Media,
};

use crate::{
    Ctx, Error, Found, Outgoing, Resolver, Result,
    inbox::{self, Applied, Envelope, Received, RemoteStatus},
    notifications::{self, NotificationFilter},
    outgoing::FAN_OUT,
    statuses::{self, Draft},
};

/// Finds those who are known already, and asks nobody.
pub struct Known<'a>(pub &'a Ctx);

#[async_trait]
impl Resolver for Known<'_> {
    async fn account(&self, handle: &Handle) -> Result<Option<AccountId>> {
        Ok(self.0.store.read().await?.account_by_key(&handle.key()).await?.map(|a| a.id))
    }

    async fn object(&self, _: &str) -> Result<Option<Found>> {
        Ok(None)
    }

    async fn file(&self, _: &str, _: usize) -> Result<bytes::Bytes> {
        Err(Error::NotFound)
    }
}

/// A public post.
pub async fn post(ctx: &Ctx, by: AccountId, text: &str) -> StatusId {
    post_as(ctx, by, text, Visibility::Public).await
}

/// A post that reaches so far.
pub async fn post_as(ctx: &Ctx, by: AccountId, text: &str, visibility: Visibility) -> StatusId {
    let draft = Draft { text: text.to_owned(), visibility: Some(visibility), ..Draft::default() };
    statuses::publish(ctx, &Known(ctx), by, None, draft).await.unwrap().id
}

/// A public comment.
pub async fn answer(ctx: &Ctx, by: AccountId, to: StatusId, text: &str) -> StatusId {
    let draft = Draft { text: text.to_owned(), in_reply_to: Some(to), ..Draft::default() };
    statuses::publish(ctx, &Known(ctx), by, None, draft).await.unwrap().id
}

/// A free picture.
pub async fn picture(ctx: &Ctx, by: AccountId, description: &str) -> MediaId {
    let id: MediaId = ctx.ids.next();
    let row = Media {
        id,
        account_id: by,
        status_id: None,
        position: 0,
        kind: "image".to_owned(),
        file_key: Some(format!("{id}.jpg")),
        small_key: None,
        content_type: "image/jpeg".to_owned(),
        remote_url: None,
        width: Some(4),
        height: Some(3),
        small_width: None,
        small_height: None,
        blurhash: None,
        description: Some(description.to_owned()),
        focus_x: None,
        focus_y: None,
        created_at: ctx.now(),
    };
    let mut tx = ctx.store.begin().await.unwrap();
    tx.insert_media(&row).await.unwrap();
    tx.commit().await.unwrap();
    id
}

/// What somebody was told, oldest first.
pub async fn told(ctx: &Ctx, who: AccountId) -> Vec<&'static str> {
    let filter = NotificationFilter::default();
    let all = notifications::list(ctx, who, &filter, &Page::newest(100)).await.unwrap();
    all.iter().rev().map(|n| n.kind.as_str()).collect()
}

/// What waits to be told to other servers, oldest first.
pub async fn jobs(ctx: &Ctx) -> Vec<Outgoing> {
    let mut reader = ctx.store.read().await.unwrap();
    let jobs = reader.jobs(None, Some(FAN_OUT), &Page::newest(1000)).await.unwrap();
    jobs.iter().rev().map(|job| job.payload().unwrap()).collect()
}

/// Somebody of another server: `bob@far.example`.
pub async fn stranger(ctx: &Ctx, acct: &str) -> Account {
    let (username, domain) = acct.split_once('@').unwrap();
    let uri = format!("https://{domain}/users/{username}");
    let account = Account {
        id: ctx.ids.next(),
        username: username.to_owned(),
        domain: Some(domain.to_owned()),
        acct_key: acct.to_owned(),
        local: false,
        kind: AccountKind::Person,
        url: format!("https://{domain}/@{username}"),
        display_name: username.to_owned(),
        note: String::new(),
        note_source: String::new(),
        fields: "[]".to_owned(),
        avatar_key: None,
        avatar_remote_url: None,
        header_key: None,
        header_remote_url: None,
        locked: false,
        bot: false,
        discoverable: true,
        indexable: false,
        big: false,
        hide_collections: false,
        inbox_url: format!("{uri}/inbox"),
        shared_inbox_url: None,
        outbox_url: None,
        followers_url: Some(format!("{uri}/followers")),
        following_url: None,
        featured_url: Some(format!("{uri}/featured")),
        public_key_id: Some(format!("{uri}#main-key")),
        public_key_pem: None,
        followers_count: 0,
        following_count: 0,
        statuses_count: 0,
        last_status_at: None,
        created_at: ctx.now(),
        updated_at: ctx.now(),
        fetched_at: None,
        silenced_at: None,
        suspended_at: None,
        deleted_at: None,
        version: 0,
        uri,
    };
    let mut tx = ctx.store.begin().await.unwrap();
    assert!(tx.insert_account(&account).await.unwrap());
    tx.commit().await.unwrap();
    account
}

/// A public post of somebody elsewhere, not sent yet.
pub fn a_note(ctx: &Ctx, by: &Account, name: &str, content: &str) -> RemoteStatus {
    let uri = format!("{}/statuses/{name}", by.uri);
    RemoteStatus {
        url: uri.clone(),
        uri,
        author: by.id,
        visibility: Visibility::Public,
        sensitive: false,
        spoiler_text: String::new(),
        content: content.to_owned(),
        language: None,
        in_reply_to: None,
        published: ctx.now(),
        edited: None,
        mentions: Vec::new(),
        tags: Vec::new(),
        media: Vec::new(),
        poll: None,
        emojis: Vec::new(),
        quote: None,
        policy: None,
    }
}

/// An activity of somebody elsewhere arrives.
pub async fn receive(ctx: &Ctx, by: &Account, received: Received) {
    let id: StatusId = ctx.ids.next();
    let envelope = Envelope { uri: format!("{}/activities/{id}", by.uri), actor: by.id, received };
    assert_eq!(inbox::apply(ctx, &envelope).await.unwrap(), Applied::Now);
}

/// The status of an ActivityPub id as somebody sees it.
pub async fn found(ctx: &Ctx, viewer: AccountId, uri: &str) -> Option<crate::views::StatusView> {
    let row = ctx.store.read().await.unwrap().status_by_uri(uri).await.unwrap()?;
    statuses::get(ctx, Some(viewer), row.id).await.ok()
}
