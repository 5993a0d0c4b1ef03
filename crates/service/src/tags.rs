//! Hashtags: how much each was used of late.

use std::time::Duration;

use tintype_model::{
    Millis,
    text::{self, Piece},
};

use crate::{Ctx, Error, Result};

/// Days that a hashtag's history covers, today included.
const DAYS: u32 = 7;
const DAY: Duration = Duration::from_hours(24);

/// A hashtag (`GET /api/v1/tags/:name`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TagDetail {
    /// Its key.
    pub name: String,
    /// Its page here.
    pub url: String,
    /// Of each of the last seven days, today first: its midnight UTC, the public statuses with the hashtag, their authors.
    pub history: Vec<(Millis, i64, i64)>,
}

/// A hashtag, used or not. `NotFound` for what can't be one.
pub async fn get(ctx: &Ctx, name: &str) -> Result<TagDetail> {
    let whole = format!("#{name}");
    match text::scan(&whole).as_slice() {
        [Piece::Hashtag(found)] if *found == name => {}
        _ => return Err(Error::NotFound),
    }
    let key = text::hashtag_key(name);
    let today = ctx.now().midnight();
    let counted = ctx.store.read().await?.tag_history(&key, today.minus(DAY * (DAYS - 1))).await?;
    let history = (0..DAYS)
        .map(|back| {
            let day = today.minus(DAY * back);
            let (uses, accounts) =
                counted.iter().find(|row| row.0 == day).map_or((0, 0), |row| (row.1, row.2));
            (day, uses, accounts)
        })
        .collect();
    Ok(TagDetail { url: ctx.site.tag_page(&key), name: key, history })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        given::{instance_with_clock, member},
        given_posts::{post, post_as},
    };

    #[tokio::test]
    async fn a_history_of_seven_days() {
        let (ctx, hands, _dir) = instance_with_clock().await;
        let (alice, bob) = (member(&ctx, "alice").await, member(&ctx, "bob").await);
        post(&ctx, alice, "too old #Sky").await;
        hands.turn(DAY * 7);
        post(&ctx, alice, "#sky").await;
        post(&ctx, alice, "#SKY").await;
        post(&ctx, bob, "#sky").await;
        post_as(&ctx, bob, "#sky", tintype_model::Visibility::Unlisted).await;
        hands.turn(DAY * 2);
        post(&ctx, bob, "#sky #sea").await;
        let found = get(&ctx, "Sky").await.unwrap();
        assert_eq!((found.name.as_str(), found.history.len()), ("sky", 7));
        let counts: Vec<_> = found.history.iter().map(|(_, uses, accounts)| (*uses, *accounts)).collect();
        assert_eq!(counts, [(1, 1), (0, 0), (3, 2), (0, 0), (0, 0), (0, 0), (0, 0)]);
        assert!(found.history.is_sorted_by(|a, b| a.0 > b.0));
        assert!(get(&ctx, "never").await.unwrap().history.iter().all(|(_, uses, _)| *uses == 0));
        for bad in ["", "two words", "#sky", "42", "a-b"] {
            assert!(matches!(get(&ctx, bad).await, Err(Error::NotFound)), "{bad}");
        }
    }
}
