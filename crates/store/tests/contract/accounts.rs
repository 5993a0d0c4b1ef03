//! Actors, local and remote.

mod moderation;

use tintype_model::{AccountId, Millis};
use tintype_store::{
    Error,
    accounts::{Account, AccountKind},
};

use crate::{
    database::TestStore,
    given::{an_account, reads_by_pages},
};

contract!(
    an_account_is_found_five_ways,
    many_are_found_at_once,
    an_identity_is_taken_once,
    a_private_key_is_kept_apart,
    a_key_is_replaced,
    those_at_an_inbox_are_found,
    an_update_leaves_identity_and_counters_alone,
    a_key_id_belongs_to_one_account,
    counters_add_up_and_the_last_post_moves_forward,
    the_search_is_by_prefix_and_knows_no_wildcards,
    the_search_leaves_out_who_is_not_there,
    local_people_are_listed_by_pages,
    a_nul_is_refused,
);

/// Differs from [`an_account`] in everything but identity.
fn in_other_clothes(account: &Account) -> Account {
    Account {
        kind: AccountKind::Service,
        url: "https://else.example/@x".to_owned(),
        display_name: "Ålice 🌊 'quoted' %_\\".to_owned(),
        note: "<p>New</p>".to_owned(),
        note_source: "New".to_owned(),
        fields: r#"[{"name":"a","value":"b"}]"#.to_owned(),
        avatar_key: Some("avatar".to_owned()),
        avatar_remote_url: Some("https://else.example/avatar.png".to_owned()),
        header_key: Some("header".to_owned()),
        header_remote_url: Some("https://else.example/header.png".to_owned()),
        locked: true,
        bot: true,
        discoverable: false,
        indexable: true,
        hide_collections: true,
        inbox_url: "https://else.example/inbox/x".to_owned(),
        shared_inbox_url: None,
        outbox_url: None,
        followers_url: None,
        following_url: None,
        featured_url: None,
        public_key_id: Some("https://else.example/x#new-key".to_owned()),
        public_key_pem: Some("-----BEGIN NEW KEY-----".to_owned()),
        updated_at: Millis(5_000),
        fetched_at: Some(Millis(6_000)),
        ..account.clone()
    }
}

async fn stored(db: &TestStore, id: AccountId) -> Account {
    db.read().await.unwrap().account(id).await.unwrap().unwrap()
}

async fn an_account_is_found_five_ways(db: TestStore) {
    let row = Account {
        big: true,
        last_status_at: Some(Millis(3)),
        followers_count: 7,
        following_count: 8,
        statuses_count: 9,
        silenced_at: Some(Millis(4)),
        suspended_at: Some(Millis(1)),
        deleted_at: Some(Millis(2)),
        version: 4,
        ..in_other_clothes(&an_account(db.id(), "Bob@far.example"))
    };
    let mut tx = db.begin().await.unwrap();
    assert!(tx.insert_account(&row).await.unwrap());
    tx.commit().await.unwrap();
    db.account("bob").await;

    let mut reader = db.read().await.unwrap();
    assert_eq!(reader.account(row.id).await.unwrap().as_ref(), Some(&row), "every column comes back");
    assert_eq!(reader.account_by_uri(&row.uri).await.unwrap().as_ref(), Some(&row));
    assert_eq!(reader.account_by_key("bob@far.example").await.unwrap().as_ref(), Some(&row));
    let key_id = row.public_key_id.as_deref().unwrap();
    assert_eq!(reader.account_by_key_id(key_id).await.unwrap().as_ref(), Some(&row));
    assert_eq!(reader.accounts(&[row.id]).await.unwrap(), [row]);

    assert_eq!(reader.account(AccountId(1)).await.unwrap(), None);
    assert_eq!(reader.account_by_uri("https://far.example/users/bob").await.unwrap(), None, "uris have case");
    assert_eq!(reader.account_by_key("Bob@far.example").await.unwrap(), None, "keys are lower case");
    assert_eq!(reader.account_by_key_id("").await.unwrap(), None);
}

async fn many_are_found_at_once(db: TestStore) {
    let (alice, bob) = (db.account("alice").await, db.remote_account("bob@far.example").await);
    db.account("carol").await;
    let mut reader = db.read().await.unwrap();
    let mut found = reader.accounts(&[bob.id, AccountId(1), alice.id, bob.id]).await.unwrap();
    found.sort_by_key(|a| a.id);
    assert_eq!(found, [alice.clone(), bob.clone()], "each once, strangers left out");
    let uris = [bob.uri.clone(), "https://far.example/\"it's\"".to_owned(), alice.uri.clone()];
    let mut found = reader.accounts_by_uri(&uris).await.unwrap();
    found.sort_by_key(|a| a.id);
    assert_eq!(found, [alice, bob]);
    assert_eq!(reader.accounts(&[]).await.unwrap(), []);
    assert_eq!(reader.accounts_by_uri(&[]).await.unwrap(), []);
}

async fn an_identity_is_taken_once(db: TestStore) {
    let alice = db.account("alice").await;
    let other = || an_account(db.id(), "other");
    let mut tx = db.begin().await.unwrap();
    let clashes = [
        ("id", Account { id: alice.id, ..other() }),
        ("uri", Account { uri: alice.uri.clone(), ..other() }),
        ("handle", Account { acct_key: alice.acct_key.clone(), ..other() }),
        ("key id", Account { public_key_id: alice.public_key_id.clone(), ..other() }),
    ];
    for (what, clash) in clashes {
        assert!(!tx.insert_account(&clash).await.unwrap(), "{what}");
        assert_eq!(tx.read().account_by_key("other").await.unwrap(), None, "{what}");
    }
    let keyless = |acct| Account { public_key_id: None, ..an_account(db.id(), acct) };
    for acct in ["alice@far.example", "alice@near.example"] {
        assert!(tx.insert_account(&keyless(acct)).await.unwrap(), "many have no key: {acct}");
    }
    tx.commit().await.unwrap();
    assert_eq!(stored(&db, alice.id).await, alice);
}

async fn a_private_key_is_kept_apart(db: TestStore) {
    let (alice, bob) = (db.account("alice").await, db.account("bob").await);
    let mut tx = db.begin().await.unwrap();
    tx.insert_private_key(alice.id, "-----BEGIN PRIVATE KEY-----", Millis(1)).await.unwrap();
    tx.commit().await.unwrap();
    let mut reader = db.read().await.unwrap();
    assert_eq!(reader.private_key(alice.id).await.unwrap().as_deref(), Some("-----BEGIN PRIVATE KEY-----"));
    assert_eq!(reader.private_key(bob.id).await.unwrap(), None);
    drop(reader);

    let mut tx = db.begin().await.unwrap();
    let again = tx.insert_private_key(alice.id, "other", Millis(2)).await;
    assert!(matches!(again, Err(Error::Conflict)), "{again:?}");
    drop(tx);
    let mut tx = db.begin().await.unwrap();
    let nobodys = tx.insert_private_key(AccountId(1), "other", Millis(2)).await;
    assert!(matches!(nobodys, Err(Error::Missing)), "{nobodys:?}");
}

async fn those_at_an_inbox_are_found(db: TestStore) {
    let shared = "https://far.example/inbox";
    let at = |name: &str, inbox: &str, shared: Option<&str>| Account {
        inbox_url: inbox.to_owned(),
        shared_inbox_url: shared.map(str::to_owned),
        ..an_account(db.id(), &format!("{name}@far.example"))
    };
    let rows = [
        at("bob", "https://far.example/users/bob/inbox", Some(shared)),
        at("carol", "https://far.example/users/carol/inbox", Some(shared)),
        // The same address, as an inbox of one's own.
        at("dora", shared, None),
        at("eve", shared, Some("https://far.example/other")),
        at("gone", "https://far.example/users/gone/inbox", Some(shared)),
    ];
    let mut tx = db.begin().await.unwrap();
    for row in &rows {
        assert!(tx.insert_account(row).await.unwrap());
    }
    tx.set_suspended(rows[4].id, Some(Millis(1)), "account").await.unwrap();
    tx.commit().await.unwrap();
    let mut reader = db.read().await.unwrap();
    let mut found = reader.accounts_at_inbox(shared, 9).await.unwrap();
    found.sort_unstable();
    assert_eq!(found, rows[..3].iter().map(|row| row.id).collect::<Vec<_>>());
    assert_eq!(reader.accounts_at_inbox(shared, 1).await.unwrap().len(), 1);
    assert_eq!(reader.accounts_at_inbox("https://far.example/users/bob/inbox", 9).await.unwrap(), []);
}

async fn a_key_is_replaced(db: TestStore) {
    let (alice, bob) = (db.account("alice").await, db.account("bob").await);
    let mut tx = db.begin().await.unwrap();
    tx.insert_private_key(alice.id, "private", Millis(1)).await.unwrap();
    assert!(tx.replace_key(alice.id, "another", "its public half", Millis(20)).await.unwrap());
    assert!(!tx.replace_key(bob.id, "none", "before", Millis(20)).await.unwrap());
    tx.commit().await.unwrap();
    let mut reader = db.read().await.unwrap();
    assert_eq!(reader.private_key(alice.id).await.unwrap().as_deref(), Some("another"));
    assert_eq!(reader.private_key(bob.id).await.unwrap(), None);
    drop(reader);
    let public_key_pem = Some("its public half".to_owned());
    let wanted = Account { public_key_pem, updated_at: Millis(20), version: alice.version + 1, ..alice };
    assert_eq!(stored(&db, wanted.id).await, wanted);
    assert_eq!(stored(&db, bob.id).await, bob);
}

async fn an_update_leaves_identity_and_counters_alone(db: TestStore) {
    let before = db.remote_account("bob@far.example").await;
    let bystander = db.remote_account("carol@far.example").await;
    let mut tx = db.begin().await.unwrap();
    tx.count_account(before.id, 1, 2, 3, None).await.unwrap();
    tx.commit().await.unwrap();

    let wanted = in_other_clothes(&before);
    let greedy = Account {
        username: "root".to_owned(),
        domain: None,
        acct_key: "root".to_owned(),
        uri: "https://else.example/root".to_owned(),
        local: true,
        big: true,
        followers_count: 1_000_000,
        silenced_at: Some(Millis(1)),
        suspended_at: Some(Millis(1)),
        deleted_at: Some(Millis(1)),
        created_at: Millis(1),
        ..wanted.clone()
    };
    let mut tx = db.begin().await.unwrap();
    assert!(tx.update_account(&greedy).await.unwrap());
    assert!(!tx.update_account(&an_account(AccountId(1), "nobody")).await.unwrap());
    tx.commit().await.unwrap();
    let expected =
        Account { statuses_count: 1, followers_count: 2, following_count: 3, version: 2, ..wanted };
    assert_eq!(stored(&db, before.id).await, expected);
    assert_eq!(stored(&db, bystander.id).await, bystander);
}

async fn a_key_id_belongs_to_one_account(db: TestStore) {
    let (alice, bob) = (db.account("alice").await, db.account("bob").await);
    let mut tx = db.begin().await.unwrap();
    let stolen =
        tx.update_account(&Account { public_key_id: alice.public_key_id.clone(), ..bob.clone() }).await;
    assert!(matches!(stolen, Err(Error::Conflict)), "{stolen:?}");
    drop(tx);
    assert_eq!(stored(&db, bob.id).await, bob);
}

async fn counters_add_up_and_the_last_post_moves_forward(db: TestStore) {
    let (alice, bob) = (db.account("alice").await, db.account("bob").await);
    let steps = [
        ((1, 0, 0, Some(Millis(500))), (1, 0, 0), Some(Millis(500))),
        ((1, 5, 0, Some(Millis(400))), (2, 5, 0), Some(Millis(500))),
        ((-1, -2, 3, None), (1, 3, 3), Some(Millis(500))),
        ((1, 0, 0, Some(Millis(600))), (2, 3, 3), Some(Millis(600))),
    ];
    for (version, ((statuses, followers, following, at), counts, last)) in (1..).zip(steps) {
        let mut tx = db.begin().await.unwrap();
        tx.count_account(alice.id, statuses, followers, following, at).await.unwrap();
        tx.commit().await.unwrap();
        assert_eq!(db.counts_of(&alice).await, counts);
        let row = stored(&db, alice.id).await;
        assert_eq!((row.last_status_at, row.version), (last, version));
    }
    let mut tx = db.begin().await.unwrap();
    tx.count_account(bob.id, 0, 1, 0, None).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(stored(&db, bob.id).await.last_status_at, None);
}

async fn the_search_is_by_prefix_and_knows_no_wildcards(db: TestStore) {
    for acct in [
        "anna@far.example",
        "an_a",
        "anna",
        "ännchen@far.example",
        "bob",
        "an%a@x.example",
        "o'neil@x.example",
    ] {
        if acct.contains('@') {
            db.remote_account(acct).await
        } else {
            db.account(acct).await
        };
    }
    let found = async |prefix: &str, offset, limit| -> Vec<String> {
        let rows = db.read().await.unwrap().search_accounts(prefix, offset, limit).await.unwrap();
        rows.into_iter().map(|a| a.acct_key).collect()
    };
    let cases: &[(&str, &[&str])] = &[
        ("an", &["an_a", "anna", "an%a@x.example", "anna@far.example"]),
        ("anna", &["anna", "anna@far.example"]),
        ("anna@", &["anna@far.example"]),
        ("an_", &["an_a"]),
        ("an%", &["an%a@x.example"]),
        ("%", &[]),
        ("_", &[]),
        ("o'", &["o'neil@x.example"]),
        ("än", &["ännchen@far.example"]),
        ("AN", &[]),
        ("zz", &[]),
    ];
    for (prefix, expected) in cases {
        assert_eq!(found(prefix, 0, 10).await, *expected, "{prefix}");
    }
    assert_eq!(found("", 0, 10).await.len(), 7, "an empty prefix is everybody's");
    assert_eq!(found("an", 0, 2).await, ["an_a", "anna"], "local ones first");
    assert_eq!(found("an", 2, 2).await, ["an%a@x.example", "anna@far.example"]);
    assert_eq!(found("an", 4, 2).await, [""; 0]);
}

async fn the_search_leaves_out_who_is_not_there(db: TestStore) {
    let rows = [
        Account { suspended_at: Some(Millis(1)), ..an_account(db.id(), "anna1") },
        Account { deleted_at: Some(Millis(1)), ..an_account(db.id(), "anna2") },
        Account { kind: AccountKind::Application, ..an_account(db.id(), "anna3") },
        Account { kind: AccountKind::Service, discoverable: false, ..an_account(db.id(), "anna4") },
    ];
    let mut tx = db.begin().await.unwrap();
    for row in &rows {
        assert!(tx.insert_account(row).await.unwrap());
    }
    tx.commit().await.unwrap();
    let found = db.read().await.unwrap().search_accounts("anna", 0, 10).await.unwrap();
    assert_eq!(found, rows[3..]);
}

async fn local_people_are_listed_by_pages(db: TestStore) {
    let mut people = Vec::new();
    for name in ["a", "b", "c", "d", "e", "f"] {
        people.push(db.person(name).await.id.0);
        db.remote_account(&format!("{name}@far.example")).await;
    }
    db.account("without.a.person").await;
    people.reverse();
    reads_by_pages(&people, async |page| {
        let rows = db.read().await.unwrap().local_accounts(&page).await.unwrap();
        rows.into_iter().map(|a| a.id.0).collect()
    })
    .await;
}

async fn a_nul_is_refused(db: TestStore) {
    let bob = db.account("bob").await;
    let bad = "a\0b".to_owned();
    let mut tx = db.begin().await.unwrap();
    let new = || an_account(db.id(), "new");
    let rows = [
        Account { display_name: bad.clone(), ..new() },
        Account { note: bad.clone(), ..new() },
        Account { fields: bad.clone(), ..new() },
        Account { outbox_url: Some(bad.clone()), ..new() },
        Account { acct_key: bad.clone(), ..new() },
    ];
    for row in &rows {
        let refused = tx.insert_account(row).await;
        assert!(matches!(refused, Err(Error::Value(_))), "{refused:?}");
    }
    let refused = tx.update_account(&Account { display_name: bad.clone(), ..bob.clone() }).await;
    assert!(matches!(refused, Err(Error::Value(_))), "{refused:?}");
    assert!(tx.insert_account(&new()).await.unwrap(), "the transaction lives on");
    tx.commit().await.unwrap();
    assert_eq!(stored(&db, bob.id).await, bob);

    // PostgreSQL doesn't take it in a question either.
    let asked = db.read().await.unwrap().account_by_key(&bad).await;
    assert!(matches!(asked, Ok(None) | Err(Error::Value(_))), "{asked:?}");
    let asked = db.read().await.unwrap().accounts_by_uri(std::slice::from_ref(&bad)).await;
    assert!(matches!(asked.as_deref(), Ok([]) | Err(Error::Value(_))), "{asked:?}");
    let asked = db.read().await.unwrap().search_accounts(&bad, 0, 10).await;
    assert!(matches!(asked.as_deref(), Ok([]) | Err(Error::Value(_))), "{asked:?}");
}
