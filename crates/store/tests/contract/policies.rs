//! Who may do what with a status.

use tintype_model::{AccountId, QuotePolicy, StatusId};
use tintype_store::Error;

use crate::database::TestStore;

contract!(a_status_has_one_policy, people_have_a_usual_policy, websites_that_name_authors);

async fn a_status_has_one_policy(db: TestStore) {
    let alice = db.account("alice").await;
    let (one, two) = (db.post(&alice).await, db.post(&alice).await);
    let mut tx = db.begin().await.unwrap();
    tx.put_policy(one.id, "{}").await.unwrap();
    tx.put_policy(one.id, "{\"a\":1}").await.unwrap();
    tx.commit().await.unwrap();
    let all = async || db.read().await.unwrap().policies_of(&[one.id, two.id]).await.unwrap();
    assert_eq!(all().await, [(one.id, "{\"a\":1}".to_owned())]);
    let mut tx = db.begin().await.unwrap();
    tx.delete_policy(one.id).await.unwrap();
    tx.delete_policy(StatusId(1)).await.unwrap();
    assert!(matches!(tx.put_policy(one.id, "\0").await, Err(Error::Value(_))));
    tx.commit().await.unwrap();
    assert_eq!(all().await, []);
}

async fn people_have_a_usual_policy(db: TestStore) {
    let alice = db.person("alice").await;
    let usual = async |id| db.read().await.unwrap().default_quote_policy(id).await.unwrap();
    assert_eq!(usual(alice.id).await, Some(QuotePolicy::Public));
    let mut tx = db.begin().await.unwrap();
    assert!(tx.set_default_quote_policy(alice.id, QuotePolicy::Followers).await.unwrap());
    assert!(!tx.set_default_quote_policy(AccountId(1), QuotePolicy::Nobody).await.unwrap());
    tx.commit().await.unwrap();
    assert_eq!(usual(alice.id).await, Some(QuotePolicy::Followers));
    assert_eq!(usual(AccountId(1)).await, None);
}

async fn websites_that_name_authors(db: TestStore) {
    let alice = db.account("alice").await;
    let domains = async |id| db.read().await.unwrap().attribution_domains(id).await.unwrap();
    assert_eq!(domains(alice.id).await.as_deref(), Some("[]"));
    let mut tx = db.begin().await.unwrap();
    assert!(tx.set_attribution_domains(alice.id, "[\"a.example\"]").await.unwrap());
    assert!(!tx.set_attribution_domains(AccountId(1), "[]").await.unwrap());
    assert!(matches!(tx.set_attribution_domains(alice.id, "\0").await, Err(Error::Value(_))));
    tx.commit().await.unwrap();
    assert_eq!(domains(alice.id).await.as_deref(), Some("[\"a.example\"]"));
    assert_eq!(domains(AccountId(1)).await, None);
}
