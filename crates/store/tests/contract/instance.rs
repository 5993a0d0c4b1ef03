//! Figures of the whole instance, and leases.

use tintype_model::{Millis, Role};
use tintype_store::{instance::Stats, users::User};

use crate::{database::TestStore, users::a_user};

contract!(
    figures_add_up,
    the_owner_is_the_first_of_that_role,
    a_lease_is_held_by_one,
    a_lease_that_ran_out_is_free,
    a_rolled_back_lease_is_not_taken,
);

async fn figures_add_up(db: TestStore) {
    let stats = async || db.read().await.unwrap().stats(Millis(200), Millis(100)).await.unwrap();
    let nothing = Stats { users: 0, active_month: 0, active_halfyear: 0, statuses: 0, domains: 0 };
    assert_eq!(stats().await, nothing);

    for (name, last_active_at) in [("a", 100), ("b", 101), ("c", 201), ("d", 300)] {
        let account = db.account(name).await;
        let user = User {
            last_active_at: Millis(last_active_at),
            ..a_user(account.id, &format!("{name}@mail.example"))
        };
        let mut tx = db.begin().await.unwrap();
        assert!(tx.insert_user(&user).await.unwrap());
        tx.commit().await.unwrap();
        db.post(&account).await;
    }
    for acct in ["x@far.example", "y@far.example", "x@else.example"] {
        db.post(&db.remote_account(acct).await).await;
    }
    db.account("without.a.person").await;
    assert_eq!(
        stats().await,
        Stats { users: 4, active_month: 2, active_halfyear: 3, statuses: 4, domains: 2 }
    );
}

async fn the_owner_is_the_first_of_that_role(db: TestStore) {
    let (alice, bob) = (db.person("alice").await, db.person("bob").await);
    assert_eq!(db.read().await.unwrap().owner().await.unwrap(), None);
    for (account, role, owner) in [
        (&bob, Role::Admin, None),
        (&bob, Role::Owner, Some(bob.id)),
        (&alice, Role::Owner, Some(alice.id)),
        (&alice, Role::Member, Some(bob.id)),
    ] {
        let mut tx = db.begin().await.unwrap();
        assert!(tx.set_role(account.id, role).await.unwrap());
        tx.commit().await.unwrap();
        assert_eq!(db.read().await.unwrap().owner().await.unwrap(), owner);
    }
}

async fn take(db: &TestStore, name: &str, holder: &str, now: i64, until: i64) -> bool {
    let mut tx = db.begin().await.unwrap();
    let taken = tx.take_lease(name, holder, Millis(now), Millis(until)).await.unwrap();
    tx.commit().await.unwrap();
    taken
}

async fn a_lease_is_held_by_one(db: TestStore) {
    assert!(take(&db, "upkeep", "one", 10, 20).await);
    assert!(!take(&db, "upkeep", "two", 11, 21).await);
    assert!(take(&db, "other", "two", 11, 21).await, "each has a holder of its own");
    assert!(take(&db, "upkeep", "one", 12, 30).await, "the holder renews");
    assert!(!take(&db, "upkeep", "two", 25, 35).await, "until the renewed end");
    assert!(!take(&db, "upkeep", "two", 30, 40).await, "to the last moment");
}

async fn a_lease_that_ran_out_is_free(db: TestStore) {
    assert!(take(&db, "upkeep", "one", 10, 20).await);
    assert!(take(&db, "upkeep", "two", 21, 30).await);
    assert!(!take(&db, "upkeep", "one", 22, 32).await, "the first one lost it");
    // Giving it back early: a lease that ends at once.
    assert!(take(&db, "upkeep", "two", 23, 0).await);
    assert!(take(&db, "upkeep", "one", 23, 33).await);
}

async fn a_rolled_back_lease_is_not_taken(db: TestStore) {
    let mut tx = db.begin().await.unwrap();
    assert!(tx.take_lease("upkeep", "one", Millis(10), Millis(20)).await.unwrap());
    drop(tx);
    assert!(take(&db, "upkeep", "two", 11, 21).await);
}
