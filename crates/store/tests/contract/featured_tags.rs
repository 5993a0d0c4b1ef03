//! Hashtags on profiles.

use tintype_model::{Millis, Visibility};
use tintype_store::{
    accounts::Account,
    featured_tags::{FeaturedTag, TagUse},
    statuses::Status,
};

use crate::{database::TestStore, given::a_status};

contract!(a_tag_is_shown_once, uses_are_those_that_everyone_sees, what_is_used_most_comes_first,);

fn shown(db: &TestStore, by: &Account, name: &str) -> FeaturedTag {
    FeaturedTag {
        id: db.id(),
        account_id: by.id,
        name: name.to_lowercase(),
        display: name.to_owned(),
        created_at: Millis(1_000),
    }
}

async fn post_with(db: &TestStore, by: &Account, tag: &str, visibility: Visibility, at: i64) {
    let row = Status { visibility, created_at: Millis(at), ..a_status(db.id(), by) };
    let row = db.publish(row).await;
    let mut tx = db.begin().await.unwrap();
    tx.insert_tags(row.id, &[(tag.to_lowercase(), tag.to_owned())]).await.unwrap();
    tx.commit().await.unwrap();
}

async fn a_tag_is_shown_once(db: TestStore) {
    let (alice, bob) = (db.account("alice").await, db.account("bob").await);
    let (one, two) = (shown(&db, &alice, "Tintype"), shown(&db, &alice, "film"));
    let mut tx = db.begin().await.unwrap();
    assert!(tx.insert_featured_tag(&one).await.unwrap());
    assert!(!tx.insert_featured_tag(&shown(&db, &alice, "TINTYPE")).await.unwrap());
    assert!(tx.insert_featured_tag(&two).await.unwrap());
    assert!(tx.insert_featured_tag(&shown(&db, &bob, "Tintype")).await.unwrap());
    tx.commit().await.unwrap();
    assert_eq!(db.read().await.unwrap().featured_tags(alice.id).await.unwrap(), [one, two.clone()]);
    for there in [true, false] {
        let mut tx = db.begin().await.unwrap();
        assert_eq!(tx.delete_featured_tag(alice.id, "tintype").await.unwrap(), there);
        tx.commit().await.unwrap();
    }
    assert_eq!(db.read().await.unwrap().featured_tags(alice.id).await.unwrap(), [two]);
    assert_eq!(db.read().await.unwrap().featured_tags(bob.id).await.unwrap().len(), 1);
}

async fn uses_are_those_that_everyone_sees(db: TestStore) {
    let (alice, bob) = (db.account("alice").await, db.account("bob").await);
    for (by, visibility, at) in [
        (&alice, Visibility::Public, 1_000),
        (&alice, Visibility::Unlisted, 2_000),
        (&alice, Visibility::Private, 3_000),
        (&bob, Visibility::Public, 4_000),
    ] {
        post_with(&db, by, "Film", visibility, at).await;
    }
    let mut reader = db.read().await.unwrap();
    let used = reader.tag_use(alice.id, "film").await.unwrap();
    assert_eq!(used, TagUse { statuses: 2, last_at: Some(Millis(2_000)) });
    assert_eq!(reader.tag_use(alice.id, "glass").await.unwrap(), TagUse { statuses: 0, last_at: None });
}

async fn what_is_used_most_comes_first(db: TestStore) {
    let alice = db.account("alice").await;
    for tag in ["glass", "Film", "film", "salt"] {
        post_with(&db, &alice, tag, Visibility::Public, 1_000).await;
    }
    let mut tx = db.begin().await.unwrap();
    tx.insert_featured_tag(&shown(&db, &alice, "salt")).await.unwrap();
    tx.commit().await.unwrap();
    let found = db.read().await.unwrap().tags_to_feature(alice.id, 10).await.unwrap();
    let names: Vec<&str> = found.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(names, ["film", "glass"]);
    assert_eq!(db.read().await.unwrap().tags_to_feature(alice.id, 1).await.unwrap().len(), 1);
}
