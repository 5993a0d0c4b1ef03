//! Polls: their options, votes and ends.

use tintype_model::{AccountId, Millis, PollId};
use tintype_store::{
    Error,
    accounts::Account,
    notifications::{Notification, NotificationFilter, NotificationKind},
    polls::{Poll, PollVote},
    statuses::Status,
};

use crate::{database::TestStore, given::a_status};

contract!(
    polls_are_read_with_their_options,
    a_vote_counts_once,
    unknown_voters_stay_unknown,
    other_options_begin_anew,
    polls_change_and_go,
    polls_are_over_in_the_order_of_their_ends,
    voters_are_told,
    a_voter_holds_a_copy,
    a_status_has_one_poll,
);

fn a_poll(db: &TestStore, status: &Status) -> Poll {
    Poll {
        id: db.id(),
        status_id: status.id,
        multiple: true,
        hide_totals: false,
        expires_at: Some(Millis(9_000)),
        voters_count: Some(0),
        ended: false,
        told_at: Millis(0),
        fetched_at: Millis(0),
    }
}

fn two() -> Vec<(String, i64)> {
    vec![("tea".to_owned(), 0), ("coffee".to_owned(), 0)]
}

impl TestStore {
    /// A poll between tea and coffee in a new post.
    async fn poll(&self, by: &Account) -> (Status, Poll) {
        let status = self.post(by).await;
        let poll = a_poll(self, &status);
        self.ask(&poll, &two()).await;
        (status, poll)
    }

    async fn ask(&self, poll: &Poll, options: &[(String, i64)]) {
        let mut tx = self.begin().await.unwrap();
        tx.insert_poll(poll, options).await.unwrap();
        tx.commit().await.unwrap();
    }

    /// Whether a vote counted.
    async fn choose(&self, by: &Account, poll: &Poll, position: i64, uri: &str) -> (PollVote, bool) {
        let vote = PollVote {
            id: self.id(),
            poll_id: poll.id,
            position,
            account_id: by.id,
            uri: uri.to_owned(),
            created_at: Millis(1),
        };
        let mut tx = self.begin().await.unwrap();
        let counted = tx.insert_poll_vote(&vote).await.unwrap();
        tx.commit().await.unwrap();
        (vote, counted)
    }

    /// The votes of each option, and how many voted.
    async fn numbers(&self, poll: &Poll) -> (Vec<i64>, Option<i64>) {
        let mut reader = self.read().await.unwrap();
        let options = reader.poll_options_of(&[poll.id]).await.unwrap();
        let row = reader.poll(poll.id).await.unwrap().unwrap();
        (options.iter().map(|o| o.votes_count).collect(), row.voters_count)
    }
}

async fn polls_are_read_with_their_options(db: TestStore) {
    let alice = db.account("alice").await;
    let (one, first) = db.poll(&alice).await;
    let (other, second) = db.poll(&alice).await;
    let plain = db.post(&alice).await;
    let mut reader = db.read().await.unwrap();
    assert_eq!(reader.poll(first.id).await.unwrap(), Some(first.clone()));
    assert_eq!(reader.poll(PollId(1)).await.unwrap(), None);
    let mut found = reader.polls_of(&[other.id, plain.id, one.id]).await.unwrap();
    found.sort_by_key(|poll| poll.id);
    assert_eq!(found, [first.clone(), second.clone()]);
    let options = reader.poll_options_of(&[second.id, first.id]).await.unwrap();
    let read: Vec<_> =
        options.iter().map(|o| (o.poll_id, o.position, o.title.as_str(), o.votes_count)).collect();
    let all = [&first, &second].map(|p| [(p.id, 0, "tea", 0), (p.id, 1, "coffee", 0)]).concat();
    assert_eq!(read, all);
    drop(reader);
    let mut tx = db.begin().await.unwrap();
    assert_eq!(tx.lock_poll_of(one.id).await.unwrap(), Some(first));
    assert_eq!(tx.lock_poll_of(plain.id).await.unwrap(), None);
}

async fn a_vote_counts_once(db: TestStore) {
    let (alice, bob, carol) = (db.account("alice").await, db.account("bob").await, db.account("carol").await);
    let (_, poll) = db.poll(&alice).await;
    let (vote, counted) = db.choose(&bob, &poll, 1, "u:1").await;
    assert!(counted);
    assert!(!db.choose(&bob, &poll, 1, "u:2").await.1, "the same choice");
    assert!(!db.choose(&carol, &poll, 0, "u:1").await.1, "the same vote");
    assert_eq!(db.numbers(&poll).await, (vec![0, 1], Some(1)));
    assert!(db.choose(&bob, &poll, 0, "u:3").await.1);
    assert!(db.choose(&carol, &poll, 0, "u:4").await.1);
    assert_eq!(db.numbers(&poll).await, (vec![2, 1], Some(2)), "voters count once");
    let mut reader = db.read().await.unwrap();
    assert_eq!(reader.poll_vote(vote.id).await.unwrap(), Some(vote));
    let chosen = reader.poll_choices(bob.id, &[poll.id]).await.unwrap();
    assert_eq!(chosen, [(poll.id, 0), (poll.id, 1)]);
    assert_eq!(reader.poll_choices(alice.id, &[poll.id]).await.unwrap(), []);
}

async fn unknown_voters_stay_unknown(db: TestStore) {
    let (alice, bob) = (db.account("alice").await, db.account("bob").await);
    let status = db.post(&alice).await;
    let poll = Poll { voters_count: None, ..a_poll(&db, &status) };
    db.ask(&poll, &two()).await;
    assert!(db.choose(&bob, &poll, 1, "u:1").await.1);
    assert_eq!(db.numbers(&poll).await, (vec![0, 1], None));
}

async fn other_options_begin_anew(db: TestStore) {
    let (alice, bob) = (db.account("alice").await, db.account("bob").await);
    let (_, poll) = db.poll(&alice).await;
    let (_, untouched) = db.poll(&alice).await;
    db.choose(&bob, &poll, 1, "u:1").await;
    db.choose(&bob, &untouched, 1, "u:2").await;
    let mut tx = db.begin().await.unwrap();
    let other = [("a".to_owned(), 3), ("b".to_owned(), 0), ("c".to_owned(), 1)];
    tx.replace_poll_options(poll.id, &other).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(db.numbers(&poll).await.0, [3, 0, 1]);
    assert_eq!(db.numbers(&untouched).await.0, [0, 1]);
    assert!(db.choose(&bob, &poll, 1, "u:1").await.1, "nobody has voted");
    let mut tx = db.begin().await.unwrap();
    tx.set_poll_counts(poll.id, &[5, 6, 7, 8]).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(db.numbers(&poll).await.0, [5, 6, 7]);
}

async fn polls_change_and_go(db: TestStore) {
    let alice = db.account("alice").await;
    let (status, poll) = db.poll(&alice).await;
    let changed = Poll {
        multiple: false,
        hide_totals: true,
        expires_at: None,
        voters_count: None,
        ended: true,
        told_at: Millis(3),
        fetched_at: Millis(4),
        ..poll.clone()
    };
    let mut tx = db.begin().await.unwrap();
    assert!(tx.update_poll(&changed).await.unwrap());
    assert!(!tx.update_poll(&Poll { id: PollId(1), ..changed.clone() }).await.unwrap());
    tx.commit().await.unwrap();
    assert_eq!(db.read().await.unwrap().poll(poll.id).await.unwrap(), Some(changed));
    let mut tx = db.begin().await.unwrap();
    assert!(tx.delete_poll(poll.id).await.unwrap());
    assert!(!tx.delete_poll(poll.id).await.unwrap());
    tx.commit().await.unwrap();
    let mut reader = db.read().await.unwrap();
    assert_eq!(reader.polls_of(&[status.id]).await.unwrap(), []);
    assert_eq!(reader.poll_options_of(&[poll.id]).await.unwrap(), []);
}

async fn polls_are_over_in_the_order_of_their_ends(db: TestStore) {
    let alice = db.account("alice").await;
    let mut ids = Vec::new();
    for (end, ended) in
        [(Some(30), false), (Some(10), false), (None, false), (Some(20), true), (Some(31), false)]
    {
        let status = db.post(&alice).await;
        let poll = Poll { expires_at: end.map(Millis), ended, ..a_poll(&db, &status) };
        db.ask(&poll, &two()).await;
        ids.push(poll.id);
    }
    let mut reader = db.read().await.unwrap();
    assert_eq!(reader.polls_over(Millis(30), 10).await.unwrap(), [ids[1], ids[0]]);
    assert_eq!(reader.polls_over(Millis(30), 1).await.unwrap(), [ids[1]]);
    assert_eq!(reader.polls_over(Millis(9), 10).await.unwrap(), []);
}

async fn voters_are_told(db: TestStore) {
    let alice = db.account("alice").await;
    let (status, poll) = db.poll(&alice).await;
    let mut voters = Vec::new();
    for name in ["bob", "carol", "dave"] {
        let voter = db.account(name).await;
        db.choose(&voter, &poll, 0, &format!("u:{name}:0")).await;
        db.choose(&voter, &poll, 1, &format!("u:{name}:1")).await;
        voters.push(voter.id);
    }
    let far = db.remote_account("eve@far.example").await;
    db.choose(&far, &poll, 0, "u:eve").await;
    let deaf = db.account("deaf").await;
    db.choose(&deaf, &poll, 0, "u:deaf").await;
    db.mute(&deaf, &alice, true).await;
    let mut reader = db.read().await.unwrap();
    let pair = (poll.id, status.id);
    assert_eq!(reader.voters_to_notify(pair, alice.id, AccountId(0), 10).await.unwrap(), voters);
    assert_eq!(reader.voters_to_notify(pair, alice.id, voters[0], 1).await.unwrap(), [voters[1]]);
    drop(reader);
    // One's own poll is news to oneself.
    let row = Notification {
        id: db.id(),
        account_id: alice.id,
        kind: NotificationKind::Poll,
        from_id: alice.id,
        status_id: Some(status.id),
        created_at: Millis(1),
    };
    let mut tx = db.begin().await.unwrap();
    assert!(tx.insert_notification(&row).await.unwrap());
    tx.commit().await.unwrap();
    let page = tintype_model::Page::newest(10);
    let all = db.read().await.unwrap().notifications(alice.id, &NotificationFilter::default(), &page).await;
    assert_eq!(all.unwrap(), [row]);
}

async fn a_voter_holds_a_copy(db: TestStore) {
    let alice = db.account("alice").await;
    let (status, poll) = db.poll(&alice).await;
    let far = db.remote_account("eve@far.example").await;
    db.choose(&far, &poll, 0, "u:eve").await;
    db.choose(&db.account("bob").await, &poll, 0, "u:bob").await;
    assert_eq!(db.read().await.unwrap().remote_participants(status.id).await.unwrap(), [far.id]);
}

async fn a_status_has_one_poll(db: TestStore) {
    let alice = db.account("alice").await;
    let (status, _) = db.poll(&alice).await;
    let mut tx = db.begin().await.unwrap();
    let twice = tx.insert_poll(&a_poll(&db, &status), &two()).await;
    assert!(matches!(twice, Err(Error::Conflict)), "{twice:?}");
    drop(tx);
    let nowhere = a_status(db.id(), &alice);
    let mut tx = db.begin().await.unwrap();
    let missing = tx.insert_poll(&a_poll(&db, &nowhere), &two()).await;
    assert!(matches!(missing, Err(Error::Missing)), "{missing:?}");
}
