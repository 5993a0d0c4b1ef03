//! Who blocks whom, and how one account stands to others.

use tintype_model::{AccountId, BlockId, Millis};
use tintype_store::{
    Error,
    accounts::Account,
    blocks::{Block, Standing},
};

use crate::{
    database::TestStore,
    given::{an_account, reads_by_pages},
};

contract!(
    a_block_is_found_two_ways,
    a_pair_is_blocked_once,
    an_ended_block_is_given_back_once,
    blocks_by_pages,
    either_of_two_blocks_the_other,
    how_one_stands_to_many,
    a_block_goes_with_whom_it_concerns,
    a_block_needs_both_and_no_nul,
);

/// A block that exists nowhere yet.
fn a_block(id: BlockId, by: &Account, target: &Account) -> Block {
    Block {
        id,
        account_id: by.id,
        target_id: target.id,
        uri: format!("{}#blocks/{id}", by.uri),
        created_at: Millis(1_000),
    }
}

impl TestStore {
    /// A block.
    pub async fn block(&self, by: &Account, target: &Account) -> Block {
        let block = a_block(self.id(), by, target);
        let mut tx = self.begin().await.unwrap();
        assert!(tx.insert_block(&block).await.unwrap());
        tx.commit().await.unwrap();
        block
    }
}

async fn a_block_is_found_two_ways(db: TestStore) {
    let (alice, bob) = (db.account("alice").await, db.remote_account("bob@far.example").await);
    let block = db.block(&alice, &bob).await;
    let mut reader = db.read().await.unwrap();
    assert_eq!(reader.block_between(alice.id, bob.id).await.unwrap().as_ref(), Some(&block));
    assert_eq!(reader.block_by_uri(&block.uri).await.unwrap().as_ref(), Some(&block));
    assert_eq!(reader.block_between(bob.id, alice.id).await.unwrap(), None, "it has a direction");
    assert_eq!(reader.block_by_uri(&alice.uri).await.unwrap(), None);
}

async fn a_pair_is_blocked_once(db: TestStore) {
    let (alice, bob, carol) = (db.account("alice").await, db.account("bob").await, db.account("carol").await);
    let first = db.block(&alice, &bob).await;
    let mut tx = db.begin().await.unwrap();
    assert!(!tx.insert_block(&a_block(db.id(), &alice, &bob)).await.unwrap());
    let same_uri = Block { uri: first.uri.clone(), ..a_block(db.id(), &carol, &bob) };
    assert!(!tx.insert_block(&same_uri).await.unwrap());
    assert!(tx.insert_block(&a_block(db.id(), &bob, &alice)).await.unwrap(), "the other way is another");
    tx.commit().await.unwrap();
    let mut reader = db.read().await.unwrap();
    assert_eq!(reader.block_between(alice.id, bob.id).await.unwrap(), Some(first));
    assert_eq!(reader.block_between(carol.id, bob.id).await.unwrap(), None);
}

async fn an_ended_block_is_given_back_once(db: TestStore) {
    let (alice, bob) = (db.account("alice").await, db.account("bob").await);
    let (block, other) = (db.block(&alice, &bob).await, db.block(&bob, &alice).await);
    let mut tx = db.begin().await.unwrap();
    assert_eq!(tx.delete_block(alice.id, bob.id).await.unwrap(), Some(block));
    assert_eq!(tx.delete_block(alice.id, bob.id).await.unwrap(), None);
    tx.commit().await.unwrap();
    let mut reader = db.read().await.unwrap();
    assert_eq!(reader.block_between(alice.id, bob.id).await.unwrap(), None);
    assert_eq!(reader.block_between(bob.id, alice.id).await.unwrap(), Some(other));
}

async fn blocks_by_pages(db: TestStore) {
    let (alice, bob) = (db.account("alice").await, db.account("bob").await);
    let mut all = Vec::new();
    for name in ["a", "b", "c", "d", "e", "f"] {
        let target = db.account(name).await;
        all.push((db.block(&alice, &target).await.id.0, target.id));
        db.block(&bob, &target).await;
        db.block(&target, &alice).await;
    }
    all.reverse();
    let cursors: Vec<i64> = all.iter().map(|(id, _)| *id).collect();
    reads_by_pages(&cursors, async |page| {
        let rows = db.read().await.unwrap().blocks_of(alice.id, &page).await.unwrap();
        assert!(rows.iter().all(|row| all.contains(row)), "{rows:?}");
        rows.into_iter().map(|(id, _)| id).collect()
    })
    .await;
}

async fn either_of_two_blocks_the_other(db: TestStore) {
    let (alice, bob, carol) = (db.account("alice").await, db.account("bob").await, db.account("carol").await);
    db.block(&alice, &bob).await;
    let mut reader = db.read().await.unwrap();
    for (a, b, blocked) in [(&alice, &bob, true), (&bob, &alice, true), (&alice, &carol, false)] {
        let found = reader.blocked_either_way(a.id, b.id).await.unwrap();
        assert_eq!(found, blocked, "{} {}", a.username, b.username);
    }
}

async fn how_one_stands_to_many(db: TestStore) {
    let me = db.account("me").await;
    let others = [
        db.account("nothing").await,
        db.account("blocked").await,
        db.account("blocks").await,
        db.account("muted").await,
        db.account("quiet").await,
        db.remote_account("far@far.example").await,
        db.account("noted").await,
    ];
    let [_, blocked, blocks, muted, quiet, far, noted] = &others;
    db.block(&me, blocked).await;
    db.block(blocks, &me).await;
    db.mute(&me, muted, true).await;
    let mute = db.mute(&me, quiet, false).await;
    db.block_domain(&me, "far.example").await;
    let mut tx = db.begin().await.unwrap();
    tx.put_mute(&tintype_store::mutes::Mute { expires_at: Some(Millis(5_000)), ..mute }).await.unwrap();
    tx.set_account_note(me.id, noted.id, "From the boat").await.unwrap();
    // What others have against them says nothing of me.
    tx.set_account_note(blocked.id, noted.id, "No").await.unwrap();
    tx.commit().await.unwrap();
    db.mute(noted, muted, true).await;
    db.block(noted, muted).await;
    db.block_domain(noted, "far.example").await;

    let none = |other: AccountId| Standing {
        other,
        blocking: false,
        blocked_by: false,
        muting: false,
        muting_notifications: false,
        mute_expires_at: None,
        domain_blocking: false,
        note: None,
    };
    let unknown = AccountId(1);
    let mut expected = others.iter().map(|a| none(a.id)).collect::<Vec<_>>();
    expected[1].blocking = true;
    expected[2].blocked_by = true;
    expected[3].muting = true;
    expected[3].muting_notifications = true;
    expected[4].muting = true;
    expected[4].mute_expires_at = Some(Millis(5_000));
    expected[5].domain_blocking = true;
    expected[6].note = Some("From the boat".to_owned());
    expected.insert(0, none(unknown));
    let asked: Vec<AccountId> = expected.iter().rev().map(|s| s.other).collect();
    let mut reader = db.read().await.unwrap();
    let mut found = reader.standings(me.id, &asked).await.unwrap();
    found.sort_by_key(|s| s.other);
    assert_eq!(found, expected);
    assert_eq!(reader.standings(me.id, &[]).await.unwrap(), []);
    let theirs = reader.standings(far.id, &[me.id]).await.unwrap();
    assert_eq!(theirs, [none(me.id)], "a server's block is nobody's block of oneself");
}

async fn a_block_goes_with_whom_it_concerns(db: TestStore) {
    let (alice, bob) = (db.account("alice").await, db.remote_account("bob@far.example").await);
    let block = db.block(&alice, &bob).await;
    let mut tx = db.begin().await.unwrap();
    tx.remove_account(bob.id).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(db.read().await.unwrap().block_by_uri(&block.uri).await.unwrap(), None);
}

async fn a_block_needs_both_and_no_nul(db: TestStore) {
    let alice = db.account("alice").await;
    let nobody = an_account(AccountId(1), "nobody");
    for row in [a_block(db.id(), &alice, &nobody), a_block(db.id(), &nobody, &alice)] {
        let mut tx = db.begin().await.unwrap();
        let refused = tx.insert_block(&row).await;
        assert!(matches!(refused, Err(Error::Missing)), "{refused:?}");
    }
    let mut tx = db.begin().await.unwrap();
    let row = Block { uri: "a\0b".to_owned(), ..a_block(db.id(), &alice, &alice) };
    let refused = tx.insert_block(&row).await;
    assert!(matches!(refused, Err(Error::Value(_))), "{refused:?}");
}
