//! What an open stream may show of a status that was just written, changed or deleted. The answers come from the very
//! queries of the timelines, narrowed to one id, so that blocks, mutes and visibility hold for streams by construction.

use std::collections::HashSet;

use tintype_model::{AccountId, Millis, Page, StatusId, Visibility};
use tintype_store::{
    follows::FollowState,
    statuses::{PublicFilter, TagFilter},
};

use crate::{
    Ctx, Result,
    views::{self, StatusView},
};

/// A timeline whose news somebody streams.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Timeline {
    /// The viewer's home.
    Home,
    /// Public posts of either origin or of both.
    Public { local: bool, remote: bool, only_media: bool },
    /// Public posts with a hashtag, by its key.
    Tag { key: String, local: bool },
}

/// What decides roughly whom a status may concern, before anybody in particular is asked about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Gist {
    pub author: AccountId,
    /// Whether it can stand in public timelines at all.
    pub public: bool,
    pub created_at: Millis,
    /// The keys of its hashtags.
    pub tags: HashSet<String>,
}

/// The gist of a status; `None` when it is gone already.
pub async fn gist(ctx: &Ctx, status: StatusId) -> Result<Option<Gist>> {
    let mut reader = ctx.store.read().await?;
    let Some(row) = reader.status(status).await? else { return Ok(None) };
    let public = row.visibility == Visibility::Public && row.reblog_of_id.is_none();
    let tags = if public { reader.tags_of(&[status]).await? } else { Vec::new() };
    Ok(Some(Gist {
        author: row.account_id,
        public,
        created_at: row.created_at,
        tags: tags.into_iter().map(|tag| tag.name).collect(),
    }))
}

/// Those of `among` in whose home timelines something by this author can stand: their followers, and they themselves.
pub async fn followers(ctx: &Ctx, author: AccountId, among: &[AccountId]) -> Result<HashSet<AccountId>> {
    if among.is_empty() {
        return Ok(HashSet::new());
    }
    let follows = ctx.store.read().await?.follows_around(author, among).await?;
    let mut found: HashSet<AccountId> = follows
        .into_iter()
        .filter(|follow| follow.target_id == author && follow.state == FollowState::Accepted)
        .map(|follow| follow.follower_id)
        .collect();
    if among.contains(&author) {
        found.insert(author);
    }
    Ok(found)
}

/// In which of some timelines of a viewer a status stands, and how it shows there; `None` when in none of them. One
/// query for each timeline, and the status is rendered once.
pub async fn shown(
    ctx: &Ctx,
    viewer: AccountId,
    status: StatusId,
    timelines: &[Timeline],
) -> Result<Option<(HashSet<Timeline>, StatusView)>> {
    let alone =
        Page { max_id: status.0.checked_add(1), since_id: status.0.checked_sub(1), min_id: None, limit: 1 };
    let mut reader = ctx.store.read().await?;
    let (mut standing, mut found) = (HashSet::new(), None);
    for timeline in timelines {
        let rows = match timeline {
            Timeline::Home => reader.home(viewer, &alone).await?,
            Timeline::Public { local, remote, only_media } => {
                let filter = PublicFilter { local: *local, remote: *remote, only_media: *only_media };
                reader.public_timeline(Some(viewer), filter, &alone).await?
            }
            Timeline::Tag { key, local } => {
                let filter = TagFilter { name: key.clone(), local: *local, ..TagFilter::default() };
                reader.tag_timeline(Some(viewer), &filter, &alone).await?
            }
        };
        if let Some(row) = rows.into_iter().find(|row| row.id == status) {
            standing.insert(timeline.clone());
            found = Some(row);
        }
    }
    let Some(row) = found else { return Ok(None) };
    let view = views::statuses(ctx, &mut reader, Some(viewer), vec![row]).await?.pop();
    Ok(view.map(|view| (standing, view)))
}
