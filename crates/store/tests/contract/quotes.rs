//! Quotes.

use tintype_model::{AccountId, Millis, Page, StatusId, Visibility};
use tintype_store::{
    Error,
    quotes::{Quote, QuoteState},
    statuses::Status,
};

use crate::{
    database::TestStore,
    given::{a_status, reads_by_pages},
};

contract!(
    a_quote_is_found_four_ways,
    what_is_quoted_never_changes,
    a_quote_is_settled_once,
    counted_while_it_is_allowed,
    listed_while_it_is_allowed_and_seen,
    what_was_quoted_may_come_later_and_go,
    people_here_who_quote,
    a_quote_holds_no_nul,
);

fn a_quote(of: &Status, quoting: &Status) -> Quote {
    Quote {
        status_id: quoting.id,
        quoted_status_id: Some(of.id),
        quoted_uri: of.uri.clone(),
        state: QuoteState::Accepted,
        request_uri: Some(format!("{}/request", quoting.uri)),
        approval_uri: Some(format!("{}/stamp", of.uri)),
        created_at: Millis(1_000),
    }
}

async fn keep(db: &TestStore, quote: &Quote) -> bool {
    let mut tx = db.begin().await.unwrap();
    let new = tx.insert_quote(quote).await.unwrap();
    tx.commit().await.unwrap();
    new
}

async fn settle(db: &TestStore, quote: &Quote, state: QuoteState) -> bool {
    let mut tx = db.begin().await.unwrap();
    let changed = tx
        .settle_quote(quote.status_id, quote.quoted_status_id, state, quote.approval_uri.as_deref())
        .await
        .unwrap();
    tx.commit().await.unwrap();
    changed
}

async fn a_quote_is_found_four_ways(db: TestStore) {
    let (alice, bob) = (db.account("alice").await, db.account("bob").await);
    let (post, quoting) = (db.post(&alice).await, db.post(&bob).await);
    let quote = a_quote(&post, &quoting);
    assert!(keep(&db, &quote).await);
    let mut reader = db.read().await.unwrap();
    assert_eq!(reader.quote(quoting.id).await.unwrap().as_ref(), Some(&quote));
    assert_eq!(reader.quotes_among(&[post.id, quoting.id]).await.unwrap(), std::slice::from_ref(&quote));
    let (request, stamp) = (quote.request_uri.clone().unwrap(), quote.approval_uri.clone().unwrap());
    assert_eq!(reader.quote_by_request(&request).await.unwrap(), Some(quote.clone()));
    assert_eq!(reader.quotes_by_approval(&stamp).await.unwrap(), [quote]);
    assert_eq!(reader.quote(post.id).await.unwrap(), None);
    assert_eq!(reader.quote_by_request(&stamp).await.unwrap(), None);
    assert_eq!(reader.quotes_by_approval(&request).await.unwrap(), []);
}

async fn what_is_quoted_never_changes(db: TestStore) {
    let alice = db.account("alice").await;
    let (one, two, quoting) = (db.post(&alice).await, db.post(&alice).await, db.post(&alice).await);
    let quote = a_quote(&one, &quoting);
    assert!(keep(&db, &quote).await);
    assert!(!keep(&db, &a_quote(&two, &quoting)).await);
    assert_eq!(db.read().await.unwrap().quote(quoting.id).await.unwrap(), Some(quote));
}

async fn a_quote_is_settled_once(db: TestStore) {
    let alice = db.account("alice").await;
    let (post, quoting) = (db.post(&alice).await, db.post(&alice).await);
    let quote = Quote { state: QuoteState::Pending, approval_uri: None, ..a_quote(&post, &quoting) };
    keep(&db, &quote).await;
    let version = async |id: StatusId| db.read().await.unwrap().status(id).await.unwrap().unwrap().version;
    let before = (version(post.id).await, version(quoting.id).await);
    assert!(!settle(&db, &quote, QuoteState::Pending).await, "that is what was known");
    assert_eq!((version(post.id).await, version(quoting.id).await), before);
    let allowed = a_quote(&post, &quoting);
    assert!(settle(&db, &allowed, QuoteState::Accepted).await);
    assert!(!settle(&db, &allowed, QuoteState::Accepted).await);
    assert_eq!((version(post.id).await, version(quoting.id).await), (before.0 + 1, before.1 + 1));
    assert_eq!(db.read().await.unwrap().quote(quoting.id).await.unwrap(), Some(allowed.clone()));
    assert!(!settle(&db, &Quote { status_id: StatusId(1), ..allowed }, QuoteState::Accepted).await);
}

async fn counted_while_it_is_allowed(db: TestStore) {
    let alice = db.account("alice").await;
    let (post, other) = (db.post(&alice).await, db.post(&alice).await);
    let mut quotes = Vec::new();
    for state in [QuoteState::Accepted, QuoteState::Accepted, QuoteState::Pending, QuoteState::Rejected] {
        let quote = Quote { state, ..a_quote(&post, &db.post(&alice).await) };
        keep(&db, &quote).await;
        quotes.push(quote);
    }
    // What not everybody may see isn't counted for everybody.
    let shut = db.post_to(&alice, Visibility::Private).await;
    keep(&db, &Quote { state: QuoteState::Accepted, ..a_quote(&post, &shut) }).await;
    let count = async || db.read().await.unwrap().quote_counts(&[post.id, other.id]).await.unwrap();
    assert_eq!(count().await, [(post.id, 2)]);
    settle(&db, &quotes[0], QuoteState::Revoked).await;
    assert_eq!(count().await, [(post.id, 1)]);
    assert_eq!(db.read().await.unwrap().quote_counts(&[]).await.unwrap(), []);
}

async fn listed_while_it_is_allowed_and_seen(db: TestStore) {
    let (alice, bob, eve) = (db.account("alice").await, db.account("bob").await, db.account("eve").await);
    let post = db.post(&alice).await;
    let mut seen = Vec::new();
    for _ in 0..6 {
        let quoting = db.post(&bob).await;
        keep(&db, &a_quote(&post, &quoting)).await;
        seen.push(quoting.id.0);
    }
    seen.reverse();
    let private = db.post_to(&bob, Visibility::Private).await;
    keep(&db, &a_quote(&post, &private)).await;
    let pending = Quote { state: QuoteState::Pending, ..a_quote(&post, &db.post(&bob).await) };
    keep(&db, &pending).await;
    keep(&db, &a_quote(&post, &db.post(&eve).await)).await;
    db.block(&alice, &eve).await;
    reads_by_pages(&seen, async |page| {
        let rows = db.read().await.unwrap().quotes_of(Some(alice.id), post.id, &page).await.unwrap();
        rows.into_iter().map(|s| s.id.0).collect()
    })
    .await;
    let all = db.read().await.unwrap().quotes_of(Some(bob.id), post.id, &Page::newest(20)).await.unwrap();
    assert_eq!(all.len(), 8, "his own private one, and hers");
}

async fn what_was_quoted_may_come_later_and_go(db: TestStore) {
    let (alice, bob) = (db.account("alice").await, db.remote_account("bob@far.example").await);
    let coming = a_status(db.id(), &bob);
    let mut waiting = Vec::new();
    for by in [&alice, &bob] {
        let quote = Quote {
            quoted_status_id: None,
            state: QuoteState::Pending,
            approval_uri: None,
            ..a_quote(&coming, &db.post(by).await)
        };
        keep(&db, &quote).await;
        waiting.push(quote);
    }
    db.publish(coming.clone()).await;
    let mut tx = db.begin().await.unwrap();
    assert_eq!(tx.adopt_quotes(&coming).await.unwrap(), 2);
    assert_eq!(tx.adopt_quotes(&coming).await.unwrap(), 0);
    tx.commit().await.unwrap();
    let state = async |quote: &Quote| {
        let row = db.read().await.unwrap().quote(quote.status_id).await.unwrap().unwrap();
        (row.quoted_status_id, row.state)
    };
    assert_eq!(state(&waiting[0]).await, (Some(coming.id), QuoteState::Pending));
    assert_eq!(
        state(&waiting[1]).await,
        (Some(coming.id), QuoteState::Accepted),
        "who quotes themselves may"
    );
    let mut tx = db.begin().await.unwrap();
    tx.delete_status(&coming, Millis(1)).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(state(&waiting[1]).await, (None, QuoteState::Accepted), "deleted");
    let mut tx = db.begin().await.unwrap();
    let quoting = tx.read().status(waiting[0].status_id).await.unwrap().unwrap();
    tx.delete_status(&quoting, Millis(1)).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(db.read().await.unwrap().quote(quoting.id).await.unwrap(), None);
}

async fn people_here_who_quote(db: TestStore) {
    let (alice, bob) = (db.account("alice").await, db.remote_account("bob@far.example").await);
    let post = db.post(&bob).await;
    let mut quoters: Vec<(AccountId, StatusId)> = Vec::new();
    for by in [&alice, &bob, &alice] {
        let quoting = db.post(by).await;
        keep(&db, &a_quote(&post, &quoting)).await;
        quoters.push((by.id, quoting.id));
    }
    let mut reader = db.read().await.unwrap();
    assert_eq!(reader.local_quoters(post.id, 9).await.unwrap(), [quoters[2], quoters[0]]);
    assert_eq!(reader.local_quoters(post.id, 1).await.unwrap(), [quoters[2]]);
    assert_eq!(reader.remote_participants(post.id).await.unwrap(), [bob.id], "quoters hold a copy too");
}

async fn a_quote_holds_no_nul(db: TestStore) {
    let alice = db.account("alice").await;
    let (post, quoting) = (db.post(&alice).await, db.post(&alice).await);
    let mut tx = db.begin().await.unwrap();
    let odd = Quote { quoted_uri: "a\0".to_owned(), ..a_quote(&post, &quoting) };
    assert!(matches!(tx.insert_quote(&odd).await, Err(Error::Value(_))));
    let odd = tx.settle_quote(quoting.id, None, QuoteState::Accepted, Some("a\0")).await;
    assert!(matches!(odd, Err(Error::Value(_))));
}
