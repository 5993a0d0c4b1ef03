//! How far people have read, for all their clients to agree on (<https://docs.joinmastodon.org/methods/markers/>).

use tintype_model::AccountId;

pub use tintype_store::markers::{Marker, MarkerTimeline};

use crate::{Ctx, Result};

/// The markers of some timelines; none for a timeline that was never marked.
pub async fn get(ctx: &Ctx, who: AccountId, timelines: &[MarkerTimeline]) -> Result<Vec<Marker>> {
    let rows = ctx.store.read().await?.markers(who).await?;
    Ok(rows.into_iter().filter(|marker| timelines.contains(&marker.timeline)).collect())
}

/// Sets markers: a timeline, and the id of what was read last in it.
pub async fn save(ctx: &Ctx, who: AccountId, read: &[(MarkerTimeline, i64)]) -> Result<Vec<Marker>> {
    let mut saved = Vec::new();
    if read.is_empty() {
        return Ok(saved);
    }
    let mut tx = ctx.store.begin().await?;
    for (timeline, last_read_id) in read {
        saved.push(tx.save_marker(who, *timeline, *last_read_id, ctx.now()).await?);
    }
    tx.commit().await?;
    Ok(saved)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::given::{instance, member};

    #[tokio::test]
    async fn markers_are_kept_per_timeline() {
        let (ctx, _dir) = instance().await;
        let (alice, bob) = (member(&ctx, "alice").await, member(&ctx, "bob").await);
        let both = [MarkerTimeline::Home, MarkerTimeline::Notifications];
        assert_eq!(get(&ctx, alice, &both).await.unwrap(), []);
        save(&ctx, alice, &[(MarkerTimeline::Home, 7)]).await.unwrap();
        let saved = save(&ctx, alice, &[(MarkerTimeline::Home, 9), (MarkerTimeline::Notifications, 3)]).await;
        let saved: Vec<_> = saved.unwrap().iter().map(|m| (m.last_read_id, m.version)).collect();
        assert_eq!(saved, [(9, 1), (3, 0)]);
        assert_eq!(get(&ctx, alice, &both).await.unwrap().len(), 2);
        assert_eq!(get(&ctx, alice, &both[..1]).await.unwrap()[0].last_read_id, 9);
        assert_eq!(get(&ctx, bob, &both).await.unwrap(), []);
    }
}
