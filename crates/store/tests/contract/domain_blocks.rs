//! Servers that one person wants to see nothing of.

use tintype_model::{Millis, Page};
use tintype_store::{Error, accounts::Account, timelines::PublicFilter};

use crate::{
    database::TestStore,
    given::{an_account, reads_by_pages},
};

contract!(
    blocked_domains_by_pages,
    a_domain_is_blocked_once,
    a_domain_block_reaches_the_servers_of_actors,
    a_domain_block_needs_its_account_and_no_nul,
);

impl TestStore {
    /// A person's block of a domain; its id.
    pub async fn block_domain(&self, by: &Account, domain: &str) -> i64 {
        let id = self.id::<i64>();
        let mut tx = self.begin().await.unwrap();
        assert!(tx.insert_domain_block(id.into(), by.id, domain, Millis(1_000)).await.unwrap());
        tx.commit().await.unwrap();
        id
    }
}

async fn blocked_domains_by_pages(db: TestStore) {
    let (alice, bob) = (db.account("alice").await, db.account("bob").await);
    let mut all = Vec::new();
    for name in ["c", "b", "f", "a", "e", "d"] {
        let domain = format!("{name}.example");
        all.push((db.block_domain(&alice, &domain).await, domain.clone()));
        db.block_domain(&bob, &domain).await;
    }
    all.reverse();
    let cursors: Vec<i64> = all.iter().map(|(id, _)| *id).collect();
    reads_by_pages(&cursors, async |page| {
        let rows = db.read().await.unwrap().domain_blocks_of(alice.id, &page).await.unwrap();
        assert!(rows.iter().all(|row| all.contains(row)), "{rows:?}");
        rows.into_iter().map(|(id, _)| id).collect()
    })
    .await;
}

async fn a_domain_is_blocked_once(db: TestStore) {
    let (alice, bob) = (db.account("alice").await, db.account("bob").await);
    let first = db.block_domain(&alice, "far.example").await;
    let others = db.block_domain(&bob, "far.example").await;
    let mut tx = db.begin().await.unwrap();
    assert!(!tx.insert_domain_block(db.id(), alice.id, "far.example", Millis(2)).await.unwrap());
    tx.commit().await.unwrap();
    let list = async |of: &Account| {
        db.read().await.unwrap().domain_blocks_of(of.id, &Page::newest(10)).await.unwrap()
    };
    assert_eq!(list(&alice).await, [(first, "far.example".to_owned())]);
    let mut tx = db.begin().await.unwrap();
    assert!(!tx.delete_domain_block(alice.id, "else.example").await.unwrap());
    assert!(tx.delete_domain_block(alice.id, "far.example").await.unwrap());
    assert!(!tx.delete_domain_block(alice.id, "far.example").await.unwrap());
    tx.commit().await.unwrap();
    assert_eq!(list(&alice).await, []);
    assert_eq!(list(&bob).await, [(others, "far.example".to_owned())]);
}

async fn a_domain_block_reaches_the_servers_of_actors(db: TestStore) {
    let alice = db.account("alice").await;
    let row = an_account(db.id(), "bob@nice.example");
    let uri = "https://far.example/actors/bob".to_owned();
    let bob = Account { public_key_id: Some(format!("{uri}#main-key")), uri, ..row };
    let mut tx = db.begin().await.unwrap();
    assert!(tx.insert_account(&bob).await.unwrap());
    tx.commit().await.unwrap();
    let (hers, his) = (db.post(&alice).await, db.post(&bob).await);
    db.follow(&bob, &alice).await;
    let mut reader = db.read().await.unwrap();
    assert!(reader.visible_status(Some(bob.id), hers.id).await.unwrap().is_some());
    assert!(!reader.standings(alice.id, &[bob.id]).await.unwrap()[0].domain_blocking);
    drop(reader);
    db.block_domain(&alice, "far.example").await;
    let mut reader = db.read().await.unwrap();
    assert!(reader.visible_status(Some(bob.id), hers.id).await.unwrap().is_none());
    assert!(reader.standings(alice.id, &[bob.id]).await.unwrap()[0].domain_blocking);
    assert_eq!(reader.follows_with_domain(alice.id, "far.example", 10).await.unwrap().len(), 1);
    let timeline =
        reader.public_timeline(Some(alice.id), PublicFilter::default(), &Page::newest(10)).await.unwrap();
    assert!(!timeline.iter().any(|s| s.id == his.id), "not wanted");
}

async fn a_domain_block_needs_its_account_and_no_nul(db: TestStore) {
    let alice = db.account("alice").await;
    let mut tx = db.begin().await.unwrap();
    let refused = tx.insert_domain_block(db.id(), alice.id, "a\0b", Millis(1)).await;
    assert!(matches!(refused, Err(Error::Value(_))), "{refused:?}");
    let refused = tx.delete_domain_block(alice.id, "a\0b").await;
    assert!(matches!(refused, Err(Error::Value(_))), "{refused:?}");
    let refused = tx.insert_domain_block(db.id(), 1.into(), "far.example", Millis(1)).await;
    assert!(matches!(refused, Err(Error::Missing)), "{refused:?}");
}
