//! Apps, codes and tokens.

use tintype_model::{AccountId, AppId, Millis, Role};
use tintype_store::oauth::{GivenToken, OauthApp, OauthCode, OauthToken};

use crate::database::TestStore;

contract!(
    an_app_is_found_by_both_ids,
    a_code_is_used_once,
    old_codes_are_forgotten,
    a_token_tells_whose_it_is,
    an_apps_own_token_is_nobodys,
    tokens_are_revoked_once,
    tokens_are_revoked_by_code_and_by_person,
    what_one_has_given_is_listed_and_revoked,
    use_is_noted_forwards,
);

async fn an_app(db: &TestStore, client_id: &str) -> OauthApp {
    let app = OauthApp {
        id: db.id(),
        client_id: client_id.to_owned(),
        client_secret_hash: "secret".to_owned(),
        name: "Tester".to_owned(),
        website: Some("https://app.example/".to_owned()),
        redirect_uris: "https://app.example/cb\napp://x".to_owned(),
        scopes: "read write".to_owned(),
        created_at: Millis(1),
    };
    let mut tx = db.begin().await.unwrap();
    tx.insert_oauth_app(&app).await.unwrap();
    tx.commit().await.unwrap();
    app
}

fn a_code(hash: &str, app: AppId, account: AccountId) -> OauthCode {
    OauthCode {
        code_hash: hash.to_owned(),
        app_id: app,
        account_id: account,
        redirect_uri: "app://x".to_owned(),
        scopes: "read".to_owned(),
        code_challenge: Some("challenge".to_owned()),
        created_at: Millis(1_000),
        expires_at: Millis(2_000),
        used_at: None,
    }
}

async fn a_token(
    db: &TestStore,
    hash: &str,
    app: AppId,
    account: Option<AccountId>,
    code: Option<&str>,
) -> OauthToken {
    let token = OauthToken {
        id: db.id(),
        token_hash: hash.to_owned(),
        app_id: app,
        account_id: account,
        scopes: "read".to_owned(),
        code_hash: code.map(str::to_owned),
        created_at: Millis(1_000),
        last_used_at: Millis(1_000),
        revoked_at: None,
    };
    let mut tx = db.begin().await.unwrap();
    tx.insert_oauth_token(&token).await.unwrap();
    tx.commit().await.unwrap();
    token
}

async fn revoked(db: &TestStore, hash: &str) -> Option<Millis> {
    db.read().await.unwrap().presented_token(hash).await.unwrap().unwrap().revoked_at
}

async fn an_app_is_found_by_both_ids(db: TestStore) {
    let app = an_app(&db, "c1").await;
    an_app(&db, "c2").await;
    let mut reader = db.read().await.unwrap();
    assert_eq!(reader.oauth_app(app.id).await.unwrap().as_ref(), Some(&app));
    assert_eq!(reader.oauth_app_by_client_id("c1").await.unwrap().as_ref(), Some(&app));
    assert_eq!(reader.oauth_app_by_client_id("C1").await.unwrap(), None);
    assert_eq!(reader.oauth_app(AppId(1)).await.unwrap(), None);
}

async fn a_code_is_used_once(db: TestStore) {
    let (app, alice) = (an_app(&db, "c").await, db.person("alice").await);
    let code = a_code("k", app.id, alice.id);
    let mut tx = db.begin().await.unwrap();
    tx.insert_oauth_code(&code).await.unwrap();
    tx.commit().await.unwrap();
    let mut tx = db.begin().await.unwrap();
    assert_eq!(tx.oauth_code("k").await.unwrap(), Some(code.clone()));
    assert_eq!(tx.oauth_code("other").await.unwrap(), None);
    assert!(tx.use_oauth_code("k", Millis(1_500)).await.unwrap());
    assert!(!tx.use_oauth_code("k", Millis(1_600)).await.unwrap());
    assert_eq!(tx.oauth_code("k").await.unwrap(), Some(OauthCode { used_at: Some(Millis(1_500)), ..code }));
    tx.commit().await.unwrap();
}

async fn old_codes_are_forgotten(db: TestStore) {
    let (app, alice) = (an_app(&db, "c").await, db.person("alice").await);
    let mut tx = db.begin().await.unwrap();
    tx.insert_oauth_code(&a_code("old", app.id, alice.id)).await.unwrap();
    let young = OauthCode { expires_at: Millis(3_000), ..a_code("young", app.id, alice.id) };
    tx.insert_oauth_code(&young).await.unwrap();
    assert_eq!(tx.delete_oauth_codes(Millis(3_000)).await.unwrap(), 1);
    assert!(tx.oauth_code("young").await.unwrap().is_some());
    tx.commit().await.unwrap();
}

async fn a_token_tells_whose_it_is(db: TestStore) {
    let (app, alice) = (an_app(&db, "c").await, db.person("alice").await);
    let token = a_token(&db, "t", app.id, Some(alice.id), None).await;
    let found = db.read().await.unwrap().presented_token("t").await.unwrap().unwrap();
    assert_eq!((found.id, found.app_id, found.account_id), (token.id, app.id, Some(alice.id)));
    assert_eq!((found.role, found.confirmed, found.approved), (Some(Role::Member), true, Some(true)));
    assert_eq!((found.disabled, found.active, found.scopes.as_str()), (Some(false), true, "read"));
    let mut tx = db.begin().await.unwrap();
    tx.set_disabled(alice.id, true).await.unwrap();
    tx.commit().await.unwrap();
    let found = db.read().await.unwrap().presented_token("t").await.unwrap().unwrap();
    assert_eq!(found.disabled, Some(true));
    assert_eq!(db.read().await.unwrap().presented_token("x").await.unwrap(), None);
}

async fn an_apps_own_token_is_nobodys(db: TestStore) {
    let app = an_app(&db, "c").await;
    a_token(&db, "t", app.id, None, None).await;
    let found = db.read().await.unwrap().presented_token("t").await.unwrap().unwrap();
    assert_eq!((found.account_id, found.role, found.approved, found.disabled), (None, None, None, None));
}

async fn tokens_are_revoked_once(db: TestStore) {
    let app = an_app(&db, "c").await;
    let token = a_token(&db, "t", app.id, None, None).await;
    let mut tx = db.begin().await.unwrap();
    assert!(tx.revoke_oauth_token(token.id, Millis(5)).await.unwrap());
    assert!(!tx.revoke_oauth_token(token.id, Millis(6)).await.unwrap());
    tx.commit().await.unwrap();
    assert_eq!(revoked(&db, "t").await, Some(Millis(5)));
}

async fn tokens_are_revoked_by_code_and_by_person(db: TestStore) {
    let app = an_app(&db, "c").await;
    let (alice, bob) = (db.person("alice").await, db.person("bob").await);
    a_token(&db, "a1", app.id, Some(alice.id), Some("k")).await;
    a_token(&db, "a2", app.id, Some(alice.id), None).await;
    a_token(&db, "b", app.id, Some(bob.id), Some("other")).await;
    let mut tx = db.begin().await.unwrap();
    for (hash, whose) in [("unused", alice.id), ("others", bob.id)] {
        tx.insert_oauth_code(&a_code(hash, app.id, whose)).await.unwrap();
    }
    assert_eq!(tx.revoke_tokens_of_code("k", Millis(5)).await.unwrap(), 1);
    assert_eq!(
        tx.revoke_tokens_of(alice.id, Millis(6)).await.unwrap(),
        1,
        "the other one is revoked already"
    );
    assert_eq!(tx.oauth_code("unused").await.unwrap().unwrap().used_at, Some(Millis(6)));
    assert_eq!(tx.oauth_code("others").await.unwrap().unwrap().used_at, None);
    tx.commit().await.unwrap();
    assert_eq!(revoked(&db, "a1").await, Some(Millis(5)));
    assert_eq!(revoked(&db, "a2").await, Some(Millis(6)));
    assert_eq!(revoked(&db, "b").await, None);
}

async fn use_is_noted_forwards(db: TestStore) {
    let app = an_app(&db, "c").await;
    let token = a_token(&db, "t", app.id, None, None).await;
    let mut tx = db.begin().await.unwrap();
    tx.touch_oauth_token(token.id, Millis(3_000)).await.unwrap();
    tx.touch_oauth_token(token.id, Millis(2_000)).await.unwrap();
    tx.commit().await.unwrap();
    let found = db.read().await.unwrap().presented_token("t").await.unwrap().unwrap();
    assert_eq!(found.last_used_at, Millis(3_000));
}

async fn what_one_has_given_is_listed_and_revoked(db: TestStore) {
    let (app, alice, bob) = (an_app(&db, "c").await, db.person("alice").await, db.person("bob").await);
    let first = a_token(&db, "a1", app.id, Some(alice.id), None).await;
    let second = a_token(&db, "a2", app.id, Some(alice.id), None).await;
    let his = a_token(&db, "b", app.id, Some(bob.id), None).await;
    a_token(&db, "app", app.id, None, None).await;
    let given = |token: &OauthToken| GivenToken {
        id: token.id,
        app_id: app.id,
        app: "Tester".to_owned(),
        website: Some("https://app.example/".to_owned()),
        scopes: "read".to_owned(),
        created_at: Millis(1_000),
        last_used_at: Millis(1_000),
    };
    let found = db.read().await.unwrap().tokens_of(alice.id).await.unwrap();
    assert_eq!(found, [given(&second), given(&first)]);

    let mut tx = db.begin().await.unwrap();
    assert!(!tx.revoke_token_of(alice.id, his.id, Millis(5)).await.unwrap(), "it isn't hers");
    assert!(tx.revoke_token_of(alice.id, second.id, Millis(5)).await.unwrap());
    assert!(!tx.revoke_token_of(alice.id, second.id, Millis(6)).await.unwrap());
    tx.commit().await.unwrap();
    assert_eq!(revoked(&db, "a2").await, Some(Millis(5)));
    assert_eq!(revoked(&db, "b").await, None);
    let mut reader = db.read().await.unwrap();
    assert_eq!(reader.tokens_of(alice.id).await.unwrap(), [given(&first)]);
    assert_eq!(reader.tokens_of(bob.id).await.unwrap(), [given(&his)]);
}
