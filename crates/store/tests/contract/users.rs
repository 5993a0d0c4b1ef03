//! Local people's credentials and settings.

use tintype_model::{AccountId, Millis, Page, Role, Visibility};
use tintype_store::{Error, accounts::Account, users::User};

use crate::{database::TestStore, given::reads_by_pages};

contract!(
    a_person_is_found_three_ways,
    an_address_belongs_to_one_person,
    an_account_has_one_person,
    defaults_are_replaced,
    credentials_and_standing_change,
    time_moves_forward_only,
    who_waits_is_listed_and_let_in,
    a_person_goes_and_the_account_stays,
);

/// A member with an e-mail address.
pub fn a_user(account_id: AccountId, email: &str) -> User {
    User {
        account_id,
        email: email.to_owned(),
        email_key: email.to_lowercase(),
        password_hash: "$argon2id$".to_owned(),
        role: Role::Member,
        confirmed_at: Some(Millis(1_000)),
        approved: true,
        disabled: false,
        locale: "en".to_owned(),
        default_visibility: Visibility::Public,
        default_sensitive: false,
        default_language: None,
        reason: None,
        created_at: Millis(1_000),
        last_active_at: Millis(1_000),
    }
}

impl TestStore {
    /// A local account with a member behind it, `NAME@mail.example`.
    pub async fn person(&self, name: &str) -> Account {
        let account = self.account(name).await;
        assert!(insert(self, &a_user(account.id, &format!("{name}@mail.example"))).await);
        account
    }
}

async fn insert(db: &TestStore, user: &User) -> bool {
    let mut tx = db.begin().await.unwrap();
    let done = tx.insert_user(user).await.unwrap();
    tx.commit().await.unwrap();
    done
}

async fn user(db: &TestStore, id: AccountId) -> User {
    db.read().await.unwrap().user(id).await.unwrap().unwrap()
}

async fn a_person_is_found_three_ways(db: TestStore) {
    let alice = db.account("Alice").await;
    let far = db.remote_account("alice@far.example").await;
    let row = User {
        default_language: Some("de".to_owned()),
        reason: Some("I like lakes".to_owned()),
        ..a_user(alice.id, "Alice@mail.example")
    };
    assert!(insert(&db, &row).await);
    let mut reader = db.read().await.unwrap();
    assert_eq!(reader.user(alice.id).await.unwrap().as_ref(), Some(&row));
    assert_eq!(reader.user_by_email("alice@mail.example").await.unwrap().as_ref(), Some(&row));
    assert_eq!(reader.user_by_name("alice").await.unwrap().as_ref(), Some(&row));
    assert_eq!(reader.user(far.id).await.unwrap(), None);
    assert_eq!(reader.user_by_email("Alice@mail.example").await.unwrap(), None, "by its key only");
    assert_eq!(reader.user_by_name("alice@far.example").await.unwrap(), None);
}

async fn an_address_belongs_to_one_person(db: TestStore) {
    let (alice, bob) = (db.account("alice").await, db.account("bob").await);
    assert!(insert(&db, &a_user(alice.id, "shared@mail.example")).await);
    assert!(!insert(&db, &a_user(bob.id, "shared@mail.example")).await);
    let mut tx = db.begin().await.unwrap();
    assert!(!tx.insert_user(&a_user(bob.id, "shared@mail.example")).await.unwrap());
    assert!(tx.insert_user(&a_user(bob.id, "bob@mail.example")).await.unwrap(), "the transaction lives on");
    tx.commit().await.unwrap();
}

async fn an_account_has_one_person(db: TestStore) {
    let alice = db.account("alice").await;
    assert!(insert(&db, &a_user(alice.id, "one@mail.example")).await);
    assert!(!insert(&db, &a_user(alice.id, "two@mail.example")).await);
    assert_eq!(user(&db, alice.id).await.email, "one@mail.example");
}

async fn defaults_are_replaced(db: TestStore) {
    let alice = db.person("alice").await;
    let mut tx = db.begin().await.unwrap();
    assert!(tx.set_defaults(alice.id, Visibility::Private, true, Some("fr")).await.unwrap());
    assert!(!tx.set_defaults(AccountId(1), Visibility::Private, true, None).await.unwrap());
    tx.commit().await.unwrap();
    let found = user(&db, alice.id).await;
    assert_eq!(
        (found.default_visibility, found.default_sensitive, found.default_language.as_deref()),
        (Visibility::Private, true, Some("fr"))
    );
}

async fn credentials_and_standing_change(db: TestStore) {
    let (alice, bob) = (db.person("alice").await, db.person("bob").await);
    let mut tx = db.begin().await.unwrap();
    assert!(tx.set_password_hash(alice.id, "$other").await.unwrap());
    assert!(tx.set_role(alice.id, Role::Admin).await.unwrap());
    assert!(tx.set_disabled(alice.id, true).await.unwrap());
    assert!(!tx.set_password_hash(AccountId(1), "$").await.unwrap());
    assert!(!tx.set_role(AccountId(1), Role::Owner).await.unwrap());
    assert!(!tx.set_disabled(AccountId(1), true).await.unwrap());
    tx.commit().await.unwrap();
    let found = user(&db, alice.id).await;
    assert_eq!((found.password_hash.as_str(), found.role, found.disabled), ("$other", Role::Admin, true));
    assert_eq!(user(&db, bob.id).await, a_user(bob.id, "bob@mail.example"), "others are not touched");
}

async fn time_moves_forward_only(db: TestStore) {
    let alice = db.person("alice").await;
    let first = user(&db, alice.id).await.last_active_at;
    for (to, then) in [(first.0 + 10, first.0 + 10), (first.0 + 5, first.0 + 10)] {
        let mut tx = db.begin().await.unwrap();
        tx.touch_user(alice.id, Millis(to)).await.unwrap();
        tx.commit().await.unwrap();
        assert_eq!(user(&db, alice.id).await.last_active_at, Millis(then));
    }
}

async fn who_waits_is_listed_and_let_in(db: TestStore) {
    let mut waiting = Vec::new();
    for name in ["a", "b", "c", "d", "e", "f"] {
        let account = db.account(name).await;
        let row = User { approved: false, ..a_user(account.id, &format!("{name}@mail.example")) };
        assert!(insert(&db, &row).await);
        waiting.push(row);
        db.person(&format!("{name}2")).await;
    }
    waiting.reverse();
    let read = async |page| db.read().await.unwrap().pending_users(&page).await.unwrap();
    let ids: Vec<i64> = waiting.iter().map(|u| u.account_id.0).collect();
    reads_by_pages(&ids, async |page| read(page).await.into_iter().map(|u| u.account_id.0).collect()).await;
    assert_eq!(read(Page::newest(20)).await, waiting);
    let (in_already, remote) = (db.person("in").await, db.account("nobody").await);
    let some = [waiting[2].account_id, in_already.id, remote.id, AccountId(1)];
    let found = db.read().await.unwrap().waiting_among(&some).await.unwrap();
    assert_eq!(found, [waiting[2].account_id]);

    for done in [true, false] {
        let mut tx = db.begin().await.unwrap();
        assert_eq!(tx.set_approved(waiting[0].account_id).await.unwrap(), done);
        assert!(!tx.set_approved(AccountId(1)).await.unwrap());
        tx.commit().await.unwrap();
        assert_eq!(read(Page::newest(20)).await, waiting[1..]);
    }
    assert!(user(&db, waiting[0].account_id).await.approved);
}

async fn a_person_goes_and_the_account_stays(db: TestStore) {
    let (alice, bob) = (db.person("alice").await, db.person("bob").await);
    for there in [true, false] {
        let mut tx = db.begin().await.unwrap();
        assert_eq!(tx.delete_user(alice.id).await.unwrap(), there);
        tx.commit().await.unwrap();
        let mut reader = db.read().await.unwrap();
        assert_eq!(reader.user(alice.id).await.unwrap(), None);
        assert_eq!(reader.account(alice.id).await.unwrap().as_ref(), Some(&alice));
    }
    assert_eq!(user(&db, bob.id).await.account_id, bob.id);
    let carol = db.account("carol").await;
    assert!(insert(&db, &a_user(carol.id, "alice@mail.example")).await, "the address is free");
    let mut tx = db.begin().await.unwrap();
    let refused =
        tx.insert_user(&User { reason: Some("a\0b".to_owned()), ..a_user(alice.id, "x@y.z") }).await;
    assert!(matches!(refused, Err(Error::Value(_))), "{refused:?}");
}
