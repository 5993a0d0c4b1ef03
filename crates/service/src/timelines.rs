//! Timelines: home (materialised), public, and by hashtag.

use tintype_model::{AccountId, Page, StatusId, text};
use tintype_store::{Tx, statuses::Status};

pub use tintype_store::statuses::{PublicFilter, TagFilter};

use crate::{
    Ctx, Hint, Result,
    views::{self, StatusView},
};

/// Local followers up to which a status enters home timelines in the transaction that publishes it.
const AT_ONCE: i64 = 100;
/// Local followers that one transaction of a large fan-out serves.
const BATCH: i64 = 1000;

/// One page of somebody's home timeline.
pub async fn home(ctx: &Ctx, who: AccountId, page: &Page) -> Result<Vec<StatusView>> {
    let mut reader = ctx.store.read().await?;
    let rows = reader.home(who, page).await?;
    views::statuses(ctx, &mut reader, Some(who), rows).await
}

/// One page of everybody's public posts.
pub async fn public(
    ctx: &Ctx,
    viewer: Option<AccountId>,
    filter: PublicFilter,
    page: &Page,
) -> Result<Vec<StatusView>> {
    let mut reader = ctx.store.read().await?;
    let rows = reader.public_timeline(viewer, filter, page).await?;
    views::statuses(ctx, &mut reader, viewer, rows).await
}

/// Further hashtags of each kind that a hashtag timeline looks at; more are ignored, as Mastodon does.
const TAGS: usize = 4;

/// One page of the public posts with a hashtag; the filter's names in whatever spelling.
pub async fn tag(
    ctx: &Ctx,
    viewer: Option<AccountId>,
    filter: &TagFilter,
    page: &Page,
) -> Result<Vec<StatusView>> {
    let keys = |names: &[String]| names.iter().take(TAGS).map(|name| text::hashtag_key(name)).collect();
    let filter = TagFilter {
        name: text::hashtag_key(&filter.name),
        any: keys(&filter.any),
        all: keys(&filter.all),
        none: keys(&filter.none),
        ..*filter
    };
    let mut reader = ctx.store.read().await?;
    let rows = reader.tag_timeline(viewer, &filter, page).await?;
    views::statuses(ctx, &mut reader, viewer, rows).await
}

/// What of a fan-out happens in the publishing transaction: the author's own entry, and small audiences. Whether that
/// was all.
pub(crate) async fn fan_out_now(tx: &mut Tx, status: &Status) -> Result<bool> {
    if status.local {
        tx.insert_home_entry(status.account_id, status).await?;
    }
    if tx.read().local_followers(status.account_id, AT_ONCE + 1).await? > AT_ONCE {
        return Ok(false);
    }
    tx.fan_out_home(status, AccountId(0), AT_ONCE + 1).await?;
    Ok(true)
}

/// The rest of a fan-out, in batches, as a job; safe to repeat.
pub async fn fan_out_rest(ctx: &Ctx, status: StatusId) -> Result<()> {
    let Some(row) = ctx.store.read().await?.status(status).await? else { return Ok(()) };
    let mut after = AccountId(0);
    loop {
        let mut tx = ctx.store.begin().await?;
        let last = tx.fan_out_home(&row, after, BATCH).await?;
        tx.commit().await?;
        match last {
            Some(last) => after = last,
            None => break,
        }
    }
    // Those far down the list hear of it now.
    ctx.events.hint(Hint::Published(status));
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        given::{instance, member},
        given_posts::post,
    };

    #[tokio::test]
    async fn hashtags_are_found_in_every_spelling_and_combination() {
        let (ctx, _dir) = instance().await;
        let alice = member(&ctx, "alice").await;
        let mut posts = Vec::new();
        for text in ["#sky", "#sky #sea", "#sea", "#sky #sea #sand", "#five"] {
            posts.push(post(&ctx, alice, text).await);
        }
        let names = |names: &[&str]| names.iter().map(|&n| n.to_owned()).collect::<Vec<_>>();
        let cases = [
            ("Sky", [&[][..], &[][..], &[][..]], &[3, 1, 0][..]),
            ("sky", [&["SEA"][..], &[][..], &[][..]], &[3, 2, 1, 0][..]),
            ("sky", [&[][..], &["Sea"][..], &[][..]], &[3, 1][..]),
            ("sky", [&[][..], &["sea"][..], &["Sand"][..]], &[1][..]),
            // The fifth of a kind is ignored.
            ("no", [&["a", "b", "c", "d", "five"][..], &[][..], &[][..]], &[][..]),
        ];
        for (name, [any, all, none], expected) in cases {
            let filter = TagFilter {
                name: name.to_owned(),
                any: names(any),
                all: names(all),
                none: names(none),
                ..TagFilter::default()
            };
            let found = tag(&ctx, None, &filter, &Page::newest(20)).await.unwrap();
            let found: Vec<_> = found.iter().map(|s| s.id).collect();
            let expected: Vec<_> = expected.iter().map(|&at: &usize| posts[at]).collect();
            assert_eq!(found, expected, "{filter:?}");
        }
        let remote = TagFilter { name: "sky".to_owned(), remote: true, ..TagFilter::default() };
        assert!(tag(&ctx, None, &remote, &Page::newest(20)).await.unwrap().is_empty());
    }

    #[tokio::test]
    async fn the_rest_of_a_fan_out_is_heard_of() {
        let (ctx, _dir) = instance().await;
        let alice = member(&ctx, "alice").await;
        let id = post(&ctx, alice, "look").await;
        let mut heard = ctx.events.listen();
        fan_out_rest(&ctx, id).await.unwrap();
        assert_eq!(heard.try_recv(), Ok(Hint::Published(id)));
        fan_out_rest(&ctx, StatusId(1)).await.unwrap();
        assert!(heard.try_recv().is_err());
    }
}
