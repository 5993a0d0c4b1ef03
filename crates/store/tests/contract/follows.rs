//! Who follows whom.

use tintype_model::{AccountId, FollowId, Millis, Page};
use tintype_store::{
    Error,
    accounts::Account,
    follows::{Follow, FollowState},
};

use crate::{
    database::TestStore,
    given::{a_follow, an_account, reads_by_pages},
};

contract!(
    a_follow_is_found_three_ways,
    a_follow_is_counted_when_it_is_accepted,
    a_pair_follows_once,
    an_ended_follow_is_counted_off_once,
    an_acceptance_meanwhile_is_counted_off_too,
    a_locked_follow_is_the_present_one,
    options_and_activity_id_change,
    follows_both_ways_among_many,
    followers_and_following_by_pages,
    who_asks_to_follow_by_pages,
    local_followers_are_counted_up_to_a_bound,
    each_inbox_of_remote_followers_once,
    which_hosts_follow,
    a_follow_needs_both_and_no_nul,
    those_who_wait_are_counted_and_listed,
    the_suspended_are_not_listed,
    everything_around_an_account,
    everything_between_an_account_and_a_domain,
);

async fn accept(db: &TestStore, follow: &Follow) -> bool {
    let mut tx = db.begin().await.unwrap();
    let done = tx.accept_follow(follow).await.unwrap();
    tx.commit().await.unwrap();
    done
}

async fn end(db: &TestStore, follow: &Follow) -> bool {
    let mut tx = db.begin().await.unwrap();
    let done = tx.delete_follow(follow).await.unwrap();
    tx.commit().await.unwrap();
    done
}

/// The followers of the target and those whom the follower follows, as counted.
async fn counted(db: &TestStore, follower: &Account, target: &Account) -> (i64, i64) {
    (db.counts_of(target).await.1, db.counts_of(follower).await.2)
}

async fn a_follow_is_found_three_ways(db: TestStore) {
    let (alice, bob) = (db.account("alice").await, db.account("bob").await);
    let row =
        Follow { show_reblogs: false, notify: true, ..a_follow(db.id(), &alice, &bob, FollowState::Pending) };
    let mut tx = db.begin().await.unwrap();
    assert!(tx.insert_follow(&row).await.unwrap());
    tx.commit().await.unwrap();
    let mut reader = db.read().await.unwrap();
    assert_eq!(reader.follow(row.id).await.unwrap().as_ref(), Some(&row));
    assert_eq!(reader.follow_between(alice.id, bob.id).await.unwrap().as_ref(), Some(&row));
    assert_eq!(reader.follow_by_uri(&row.uri).await.unwrap().as_ref(), Some(&row));
    assert_eq!(reader.follow_between(bob.id, alice.id).await.unwrap(), None, "it has a direction");
    assert_eq!(reader.follow(FollowId(1)).await.unwrap(), None);
    assert_eq!(reader.follow_by_uri(&alice.uri).await.unwrap(), None);
}

async fn a_follow_is_counted_when_it_is_accepted(db: TestStore) {
    let (alice, bob) = (db.account("alice").await, db.account("bob").await);
    let asked = db.follow_as(&alice, &bob, FollowState::Pending).await;
    assert_eq!(counted(&db, &alice, &bob).await, (0, 0), "asking gives nothing");
    assert!(accept(&db, &asked).await);
    assert!(!accept(&db, &asked).await, "once");
    assert_eq!(counted(&db, &alice, &bob).await, (1, 1));
    let now = db.read().await.unwrap().follow(asked.id).await.unwrap().unwrap();
    assert_eq!(now, Follow { state: FollowState::Accepted, ..asked });

    db.follow(&bob, &alice).await;
    assert_eq!(counted(&db, &bob, &alice).await, (1, 1), "accepted from the start");
    assert_eq!(counted(&db, &alice, &bob).await, (1, 1));
    assert!(!accept(&db, &a_follow(FollowId(1), &alice, &bob, FollowState::Pending)).await);
}

async fn a_pair_follows_once(db: TestStore) {
    let (alice, bob, carol) = (db.account("alice").await, db.account("bob").await, db.account("carol").await);
    let first = db.follow(&alice, &bob).await;
    let mut tx = db.begin().await.unwrap();
    assert!(!tx.insert_follow(&a_follow(db.id(), &alice, &bob, FollowState::Accepted)).await.unwrap());
    let same_uri =
        Follow { uri: first.uri.clone(), ..a_follow(db.id(), &carol, &bob, FollowState::Accepted) };
    assert!(!tx.insert_follow(&same_uri).await.unwrap());
    tx.commit().await.unwrap();
    assert_eq!(counted(&db, &alice, &bob).await, (1, 1));
    assert_eq!(db.counts_of(&carol).await.2, 0);
}

async fn an_ended_follow_is_counted_off_once(db: TestStore) {
    let (alice, bob) = (db.account("alice").await, db.account("bob").await);
    let (follow, asked) =
        (db.follow(&alice, &bob).await, db.follow_as(&bob, &alice, FollowState::Pending).await);
    for there in [true, false] {
        assert_eq!(end(&db, &follow).await, there);
        assert_eq!(end(&db, &asked).await, there);
        assert_eq!((db.counts_of(&alice).await, db.counts_of(&bob).await), ((0, 0, 0), (0, 0, 0)));
    }
}

async fn an_acceptance_meanwhile_is_counted_off_too(db: TestStore) {
    let (alice, bob) = (db.account("alice").await, db.account("bob").await);
    let as_read = db.follow_as(&alice, &bob, FollowState::Pending).await;
    assert!(accept(&db, &as_read).await);
    assert!(end(&db, &as_read).await);
    assert_eq!(counted(&db, &alice, &bob).await, (0, 0));
}

async fn a_locked_follow_is_the_present_one(db: TestStore) {
    let (alice, bob) = (db.account("alice").await, db.account("bob").await);
    let asked = db.follow_as(&alice, &bob, FollowState::Pending).await;
    let mut tx = db.begin().await.unwrap();
    assert!(tx.accept_follow(&asked).await.unwrap());
    let locked = tx.lock_follow(alice.id, bob.id).await.unwrap();
    assert_eq!(locked, Some(Follow { state: FollowState::Accepted, ..asked }));
    assert_eq!(tx.lock_follow(bob.id, alice.id).await.unwrap(), None);
}

async fn options_and_activity_id_change(db: TestStore) {
    let (alice, bob) = (db.account("alice").await, db.account("bob").await);
    let (follow, other) = (db.follow(&alice, &bob).await, db.follow(&bob, &alice).await);
    let mut tx = db.begin().await.unwrap();
    tx.set_follow_options(follow.id, false, true).await.unwrap();
    tx.set_follow_uri(follow.id, "https://here.example/follows/2").await.unwrap();
    tx.commit().await.unwrap();
    let mut reader = db.read().await.unwrap();
    let expected = Follow {
        show_reblogs: false,
        notify: true,
        uri: "https://here.example/follows/2".to_owned(),
        ..follow
    };
    assert_eq!(reader.follow(expected.id).await.unwrap().as_ref(), Some(&expected));
    assert_eq!(reader.follow(other.id).await.unwrap().as_ref(), Some(&other));
    drop(reader);
    let mut tx = db.begin().await.unwrap();
    tx.set_follow_uri(expected.id, &other.uri).await.unwrap();
    tx.commit().await.unwrap();
    let kept = db.read().await.unwrap().follow(expected.id).await.unwrap();
    assert_eq!(kept.as_ref(), Some(&expected), "another follow's id is not taken over");
}

async fn follows_both_ways_among_many(db: TestStore) {
    let (alice, bob, carol) = (db.account("alice").await, db.account("bob").await, db.account("carol").await);
    let mut expected = vec![
        db.follow(&alice, &bob).await,
        db.follow_as(&bob, &alice, FollowState::Pending).await,
        db.follow(&carol, &alice).await,
    ];
    db.follow(&bob, &carol).await;
    let mut reader = db.read().await.unwrap();
    let mut found = reader.follows_around(alice.id, &[bob.id, carol.id, AccountId(1)]).await.unwrap();
    found.sort_by_key(|f| f.id);
    assert_eq!(found, expected);
    let only_carol = reader.follows_around(alice.id, &[carol.id]).await.unwrap();
    assert_eq!(only_carol, [expected.remove(2)]);
    assert_eq!(reader.follows_around(alice.id, &[]).await.unwrap(), []);
}

async fn followers_and_following_by_pages(db: TestStore) {
    let (star, fan) = (db.account("star").await, db.account("fan").await);
    let (mut followers, mut following) = (Vec::new(), Vec::new());
    for name in ["a", "b", "c", "d", "e", "f"] {
        let other = db.remote_account(&format!("{name}@far.example")).await;
        followers.push((db.follow(&other, &star).await.id.0, other.id));
        following.push((db.follow(&fan, &other).await.id.0, other.id));
        let shy = db.remote_account(&format!("{name}@shy.example")).await;
        db.follow_as(&shy, &star, FollowState::Pending).await;
        db.follow_as(&fan, &shy, FollowState::Pending).await;
    }
    followers.reverse();
    following.reverse();
    let cursors = |rows: &[(i64, AccountId)]| rows.iter().map(|(id, _)| *id).collect::<Vec<_>>();
    reads_by_pages(&cursors(&followers), async |page| {
        let rows = db.read().await.unwrap().followers(star.id, &page).await.unwrap();
        assert!(rows.iter().all(|row| followers.contains(row)), "{rows:?}");
        cursors(&rows)
    })
    .await;
    reads_by_pages(&cursors(&following), async |page| {
        let rows = db.read().await.unwrap().following(fan.id, &page).await.unwrap();
        assert!(rows.iter().all(|row| following.contains(row)), "{rows:?}");
        cursors(&rows)
    })
    .await;
}

async fn who_asks_to_follow_by_pages(db: TestStore) {
    let (star, other) = (db.account("star").await, db.account("other").await);
    let mut all = Vec::new();
    for name in ["a", "b", "c", "d", "e", "f"] {
        let asks = db.account(name).await;
        all.push((db.follow_as(&asks, &star, FollowState::Pending).await.id.0, asks.id));
        db.follow_as(&asks, &other, FollowState::Pending).await;
        db.follow(&db.remote_account(&format!("{name}@far.example")).await, &star).await;
    }
    all.reverse();
    let cursors: Vec<i64> = all.iter().map(|(id, _)| *id).collect();
    reads_by_pages(&cursors, async |page| {
        let rows = db.read().await.unwrap().follow_requests(star.id, &page).await.unwrap();
        assert!(rows.iter().all(|row| all.contains(row)), "{rows:?}");
        rows.into_iter().map(|(id, _)| id).collect()
    })
    .await;
}

async fn local_followers_are_counted_up_to_a_bound(db: TestStore) {
    let star = db.account("star").await;
    for name in ["a", "b", "c"] {
        db.follow(&db.person(name).await, &star).await;
        db.follow(&db.remote_account(&format!("{name}@far.example")).await, &star).await;
    }
    db.follow_as(&db.person("d").await, &star, FollowState::Pending).await;
    let mut reader = db.read().await.unwrap();
    for (most, count) in [(100, 3), (3, 3), (2, 2), (0, 0)] {
        assert_eq!(reader.local_followers(star.id, most).await.unwrap(), count, "{most}");
    }
    assert_eq!(reader.local_followers(AccountId(1), 10).await.unwrap(), 0);
}

async fn each_inbox_of_remote_followers_once(db: TestStore) {
    let star = db.account("star").await;
    let far = |acct: &str| an_account(db.id(), acct);
    let without = Account { shared_inbox_url: None, ..far("b@small.example") };
    let own = without.inbox_url.clone();
    let rows = [
        (far("a@far.example"), FollowState::Accepted),
        (far("b@far.example"), FollowState::Accepted),
        (without, FollowState::Accepted),
        (far("a@pending.example"), FollowState::Pending),
        (Account { suspended_at: Some(Millis(1_000)), ..far("a@bad.example") }, FollowState::Accepted),
        (Account { deleted_at: Some(Millis(1_000)), ..far("a@gone.example") }, FollowState::Accepted),
        (far("local"), FollowState::Accepted),
    ];
    for (row, state) in &rows {
        let mut tx = db.begin().await.unwrap();
        assert!(tx.insert_account(row).await.unwrap());
        tx.commit().await.unwrap();
        db.follow_as(row, &star, *state).await;
    }
    db.follow(&star, &db.remote_account("x@followed.example").await).await;
    let mut reader = db.read().await.unwrap();
    let found = reader.follower_inboxes(star.id).await.unwrap();
    assert_eq!(found, ["https://far.example/inbox".to_owned(), own]);
}

async fn which_hosts_follow(db: TestStore) {
    let star = db.account("star").await;
    db.remote_account("stranger@far.example").await;
    db.follow(&db.remote_account("a@far.example").await, &star).await;
    db.follow_as(&db.remote_account("a@asks.example").await, &star, FollowState::Pending).await;
    let other = db.account("other").await;
    db.follow(&db.remote_account("a@else.example").await, &other).await;
    let mut reader = db.read().await.unwrap();
    for (host, follows) in
        [("far.example", true), ("asks.example", false), ("else.example", false), ("x.example", false)]
    {
        assert_eq!(reader.host_follows(host, star.id).await.unwrap(), follows, "{host}");
    }
}

async fn a_follow_needs_both_and_no_nul(db: TestStore) {
    let alice = db.account("alice").await;
    let nobody = an_account(AccountId(1), "nobody");
    for row in [
        a_follow(db.id(), &alice, &nobody, FollowState::Accepted),
        a_follow(db.id(), &nobody, &alice, FollowState::Pending),
    ] {
        let mut tx = db.begin().await.unwrap();
        let refused = tx.insert_follow(&row).await;
        assert!(matches!(refused, Err(Error::Missing)), "{refused:?}");
    }
    let mut tx = db.begin().await.unwrap();
    let row = Follow { uri: "a\0b".to_owned(), ..a_follow(db.id(), &alice, &alice, FollowState::Pending) };
    let refused = tx.insert_follow(&row).await;
    assert!(matches!(refused, Err(Error::Value(_))), "{refused:?}");
    let refused = tx.set_follow_uri(row.id, "a\0b").await;
    assert!(matches!(refused, Err(Error::Value(_))), "{refused:?}");
}

async fn those_who_wait_are_counted_and_listed(db: TestStore) {
    let (star, other) = (db.account("star").await, db.account("other").await);
    let mut waiting = Vec::new();
    for name in ["a", "b", "c"] {
        let asks = db.remote_account(&format!("{name}@far.example")).await;
        waiting.push(db.follow_as(&asks, &star, FollowState::Pending).await);
        db.follow_as(&star, &asks, FollowState::Pending).await;
        db.follow(&asks, &other).await;
    }
    db.follow(&other, &star).await;
    let mut reader = db.read().await.unwrap();
    assert_eq!(reader.waiting_requests(star.id).await.unwrap(), waiting);
    assert_eq!(reader.follow_requests_count(star.id).await.unwrap(), 3);
    assert_eq!(reader.waiting_requests(other.id).await.unwrap(), []);
    assert_eq!(reader.follow_requests_count(other.id).await.unwrap(), 0);
}

async fn the_suspended_are_not_listed(db: TestStore) {
    let star = db.account("star").await;
    let rows = [
        Account { suspended_at: Some(Millis(1)), ..an_account(db.id(), "suspended") },
        Account { deleted_at: Some(Millis(1)), ..an_account(db.id(), "deleted") },
        Account { silenced_at: Some(Millis(1)), ..an_account(db.id(), "silenced") },
    ];
    for row in &rows {
        let mut tx = db.begin().await.unwrap();
        assert!(tx.insert_account(row).await.unwrap());
        tx.commit().await.unwrap();
    }
    for row in &rows {
        db.follow(row, &star).await;
        db.follow(&star, row).await;
    }
    let page = Page::newest(10);
    let mut reader = db.read().await.unwrap();
    let silenced = rows[2].id;
    let who = |rows: Vec<(i64, AccountId)>| rows.into_iter().map(|(_, who)| who).collect::<Vec<_>>();
    assert_eq!(who(reader.followers(star.id, &page).await.unwrap()), [silenced]);
    assert_eq!(who(reader.following(star.id, &page).await.unwrap()), [silenced]);
    assert_eq!(reader.follows_of_account(star.id, 10).await.unwrap().len(), 6, "they are there");
    drop(reader);
    let other = db.account("other").await;
    for row in &rows {
        db.follow_as(row, &other, FollowState::Pending).await;
    }
    let mut reader = db.read().await.unwrap();
    assert_eq!(who(reader.follow_requests(other.id, &page).await.unwrap()), [silenced]);
    assert_eq!(reader.follow_requests_count(other.id).await.unwrap(), 1);
    assert_eq!(reader.waiting_requests(other.id).await.unwrap().len(), 3);
}

async fn everything_around_an_account(db: TestStore) {
    let (alice, bob, carol) = (db.account("alice").await, db.account("bob").await, db.account("carol").await);
    let expected = [
        db.follow(&alice, &bob).await,
        db.follow_as(&bob, &alice, FollowState::Pending).await,
        db.follow_as(&alice, &carol, FollowState::Pending).await,
        db.follow(&carol, &alice).await,
    ];
    db.follow(&bob, &carol).await;
    let mut reader = db.read().await.unwrap();
    let mut found = reader.follows_of_account(alice.id, 10).await.unwrap();
    found.sort_by_key(|f| f.id);
    assert_eq!(found, expected);
    let some = reader.follows_of_account(alice.id, 3).await.unwrap();
    assert!(some.len() == 3 && some.iter().all(|f| expected.contains(f)), "{some:?}");
    assert_eq!(reader.follows_of_account(AccountId(1), 10).await.unwrap(), []);
}

async fn everything_between_an_account_and_a_domain(db: TestStore) {
    let (alice, bob) = (db.account("alice").await, db.account("bob").await);
    let (one, two) = (db.remote_account("one@far.example").await, db.remote_account("two@far.example").await);
    let expected = [
        db.follow(&alice, &one).await,
        db.follow(&one, &alice).await,
        db.follow_as(&two, &alice, FollowState::Pending).await,
    ];
    for other in [bob.clone(), db.remote_account("one@sub.far.example").await] {
        db.follow(&alice, &other).await;
        db.follow(&other, &alice).await;
        db.follow(&other, &one).await;
    }
    let mut reader = db.read().await.unwrap();
    let mut found = reader.follows_with_domain(alice.id, "far.example", 10).await.unwrap();
    found.sort_by_key(|f| f.id);
    assert_eq!(found, expected);
    assert_eq!(reader.follows_with_domain(alice.id, "far.example", 2).await.unwrap().len(), 2);
    assert_eq!(reader.follows_with_domain(alice.id, "else.example", 10).await.unwrap(), []);
}
