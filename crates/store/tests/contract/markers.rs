//! How far somebody has read.

use tintype_model::Millis;
use tintype_store::markers::{Marker, MarkerTimeline};

use crate::database::TestStore;

contract!(a_marker_is_moved_and_counts_its_moves);

async fn a_marker_is_moved_and_counts_its_moves(db: TestStore) {
    let (alice, bob) = (db.person("alice").await, db.person("bob").await);
    assert_eq!(db.read().await.unwrap().markers(alice.id).await.unwrap(), []);
    let save = async |who, timeline, to, now| {
        let mut tx = db.begin().await.unwrap();
        let marker = tx.save_marker(who, timeline, to, Millis(now)).await.unwrap();
        tx.commit().await.unwrap();
        marker
    };
    let first = Marker {
        account_id: alice.id,
        timeline: MarkerTimeline::Home,
        last_read_id: 500,
        version: 0,
        updated_at: Millis(10),
    };
    assert_eq!(save(alice.id, MarkerTimeline::Home, 500, 10).await, first);
    let moved = Marker { last_read_id: 700, version: 1, updated_at: Millis(20), ..first.clone() };
    assert_eq!(save(alice.id, MarkerTimeline::Home, 700, 20).await, moved);
    let back = Marker { last_read_id: 600, version: 2, updated_at: Millis(30), ..first.clone() };
    assert_eq!(save(alice.id, MarkerTimeline::Home, 600, 30).await, back);
    let other =
        Marker { timeline: MarkerTimeline::Notifications, last_read_id: 9, updated_at: Millis(40), ..first };
    assert_eq!(save(alice.id, MarkerTimeline::Notifications, 9, 40).await, other, "each its own version");
    let bobs = save(bob.id, MarkerTimeline::Home, 1, 50).await;
    let mut reader = db.read().await.unwrap();
    assert_eq!(reader.markers(alice.id).await.unwrap(), [back, other]);
    assert_eq!(reader.markers(bob.id).await.unwrap(), [bobs]);
}
