//! What local people are told.

use tintype_model::{Millis, NotificationId, Page, Visibility};
use tintype_store::{
    Error,
    accounts::Account,
    follows::FollowState,
    notifications::{Notification, NotificationFilter, NotificationKind},
    statuses::Status,
};

use crate::{
    database::TestStore,
    given::{an_account, reads_by_pages},
};

contract!(
    notifications_by_pages,
    notifications_are_filtered,
    one_of_ones_own_is_found,
    what_is_about_a_status_is_told_once,
    what_is_about_nobodys_status_is_told_once_too,
    what_may_not_be_seen_any_more_is_left_out,
    a_cause_that_is_gone_is_retracted,
    dismissed_one_by_one_and_all_together,
    whom_it_concerns_has_to_be_there,
    nothing_is_shown_of_the_unwanted,
    who_may_tell_whom,
    a_muted_thread_tells_nothing,
    who_boosted_it_is_told_together,
    all_of_somebody_or_of_a_domain_is_taken_back,
    a_filtered_one_is_there_for_who_asks,
    strangers_are_of_elsewhere_and_not_followed,
);

fn told(
    db: &TestStore,
    who: &Account,
    kind: NotificationKind,
    from: &Account,
    about: Option<&Status>,
) -> Notification {
    Notification {
        id: db.id(),
        account_id: who.id,
        kind,
        from_id: from.id,
        status_id: about.map(|s| s.id),
        created_at: Millis(1_000),
    }
}

async fn tell(db: &TestStore, notification: &Notification) -> bool {
    let mut tx = db.begin().await.unwrap();
    let done = tx.insert_notification(notification).await.unwrap();
    tx.commit().await.unwrap();
    done
}

async fn list(db: &TestStore, who: &Account, filter: &NotificationFilter) -> Vec<Notification> {
    db.read().await.unwrap().notifications(who.id, filter, &Page::newest(20)).await.unwrap()
}

async fn notifications_by_pages(db: TestStore) {
    let (alice, bob) = (db.person("alice").await, db.person("bob").await);
    let mut all = Vec::new();
    for _ in 0..6 {
        let post = db.post(&alice).await;
        let liked = told(&db, &alice, NotificationKind::Favourite, &bob, Some(&post));
        assert!(tell(&db, &liked).await);
        assert!(tell(&db, &told(&db, &bob, NotificationKind::Reblog, &alice, Some(&post))).await);
        // The limit counts what may be seen.
        let hidden = db.post_to(&bob, Visibility::Direct).await;
        assert!(tell(&db, &told(&db, &alice, NotificationKind::Mention, &bob, Some(&hidden))).await);
        all.push(liked.id.0);
    }
    all.reverse();
    reads_by_pages(&all, async |page| {
        let mut reader = db.read().await.unwrap();
        let rows = reader.notifications(alice.id, &NotificationFilter::default(), &page).await.unwrap();
        rows.into_iter().map(|n| n.id.0).collect()
    })
    .await;
}

async fn notifications_are_filtered(db: TestStore) {
    use NotificationKind::{Favourite, Follow, FollowRequest, Mention, Reblog};
    let (alice, bob, carol) = (db.person("alice").await, db.account("bob").await, db.account("carol").await);
    let post = db.post(&alice).await;
    let rows = [
        told(&db, &alice, Mention, &bob, Some(&post)),
        told(&db, &alice, Favourite, &bob, Some(&post)),
        told(&db, &alice, Reblog, &carol, Some(&post)),
        told(&db, &alice, Follow, &carol, None),
        told(&db, &alice, FollowRequest, &bob, None),
    ];
    for row in &rows {
        assert!(tell(&db, row).await);
    }
    for ((kinds, exclude, from), expected) in [
        ((vec![], vec![], None), vec![4, 3, 2, 1, 0]),
        ((vec![Mention, Follow], vec![], None), vec![3, 0]),
        ((vec![], vec![Mention, Follow], None), vec![4, 2, 1]),
        ((vec![Mention, Follow], vec![Follow], None), vec![0]),
        ((vec![Mention], vec![Mention], None), vec![]),
        ((vec![], vec![], Some(&bob)), vec![4, 1, 0]),
        ((vec![Reblog], vec![], Some(&bob)), vec![]),
        ((vec![], vec![], Some(&alice)), vec![]),
    ] {
        let filter =
            NotificationFilter { kinds, exclude, from: from.map(|a: &Account| a.id), filtered: false };
        let expected: Vec<_> = expected.into_iter().map(|at| rows[at].clone()).collect();
        assert_eq!(list(&db, &alice, &filter).await, expected, "{filter:?}");
    }
}

async fn one_of_ones_own_is_found(db: TestStore) {
    let (alice, bob) = (db.person("alice").await, db.person("bob").await);
    let row = told(&db, &alice, NotificationKind::Follow, &bob, None);
    assert!(tell(&db, &row).await);
    let mut reader = db.read().await.unwrap();
    assert_eq!(reader.notification(alice.id, row.id).await.unwrap().as_ref(), Some(&row));
    assert_eq!(reader.notification(bob.id, row.id).await.unwrap(), None, "it isn't theirs");
    assert_eq!(reader.notification(alice.id, NotificationId(1)).await.unwrap(), None);
}

async fn what_is_about_a_status_is_told_once(db: TestStore) {
    let (alice, bob, carol) = (db.person("alice").await, db.person("bob").await, db.account("carol").await);
    let (post, other) = (db.post(&alice).await, db.post(&alice).await);
    let first = told(&db, &alice, NotificationKind::Favourite, &bob, Some(&post));
    assert!(tell(&db, &first).await);
    let again = Notification { id: db.id(), created_at: Millis(1), ..first.clone() };
    assert!(!tell(&db, &again).await);
    assert_eq!(list(&db, &alice, &NotificationFilter::default()).await, [first]);
    for row in [
        told(&db, &alice, NotificationKind::Favourite, &bob, Some(&other)),
        told(&db, &alice, NotificationKind::Reblog, &bob, Some(&post)),
        told(&db, &alice, NotificationKind::Favourite, &carol, Some(&post)),
        told(&db, &bob, NotificationKind::Favourite, &bob, Some(&post)),
    ] {
        assert!(tell(&db, &row).await, "{row:?}");
    }
}

async fn what_is_about_nobodys_status_is_told_once_too(db: TestStore) {
    let (alice, bob, carol) = (db.person("alice").await, db.account("bob").await, db.account("carol").await);
    let first = told(&db, &alice, NotificationKind::Follow, &bob, None);
    assert!(tell(&db, &first).await);
    assert!(!tell(&db, &Notification { id: db.id(), ..first.clone() }).await);
    for row in [
        told(&db, &alice, NotificationKind::FollowRequest, &bob, None),
        told(&db, &alice, NotificationKind::Follow, &carol, None),
        told(&db, &alice, NotificationKind::Follow, &bob, Some(&db.post(&bob).await)),
    ] {
        assert!(tell(&db, &row).await, "{row:?}");
    }
    assert_eq!(list(&db, &alice, &NotificationFilter::default()).await.len(), 4);
}

async fn what_may_not_be_seen_any_more_is_left_out(db: TestStore) {
    let (alice, bob) = (db.person("alice").await, db.account("bob").await);
    let follow = db.follow(&alice, &bob).await;
    let closed = db.post_to(&bob, Visibility::Private).await;
    let row = told(&db, &alice, NotificationKind::Mention, &bob, Some(&closed));
    assert!(tell(&db, &row).await);
    assert_eq!(list(&db, &alice, &NotificationFilter::default()).await, std::slice::from_ref(&row));
    let mut tx = db.begin().await.unwrap();
    assert!(tx.delete_follow(&follow).await.unwrap());
    tx.commit().await.unwrap();
    assert_eq!(list(&db, &alice, &NotificationFilter::default()).await, []);
    assert_eq!(db.read().await.unwrap().notification(alice.id, row.id).await.unwrap(), None);
}

async fn a_cause_that_is_gone_is_retracted(db: TestStore) {
    use NotificationKind::{Favourite, Follow, Reblog};
    let (alice, bob, carol) = (db.person("alice").await, db.account("bob").await, db.account("carol").await);
    let post = db.post(&alice).await;
    let mut rows = vec![
        told(&db, &alice, Favourite, &bob, Some(&post)),
        told(&db, &alice, Favourite, &carol, Some(&post)),
        told(&db, &alice, Reblog, &bob, Some(&post)),
        told(&db, &alice, Follow, &bob, None),
        told(&db, &alice, Follow, &carol, None),
    ];
    for row in &rows {
        assert!(tell(&db, row).await);
    }
    for gone in [0, 2] {
        let row = rows.remove(gone);
        for _ in 0..2 {
            let mut tx = db.begin().await.unwrap();
            tx.retract_notification(alice.id, row.kind, row.from_id, row.status_id).await.unwrap();
            tx.commit().await.unwrap();
            let expected: Vec<_> = rows.iter().rev().cloned().collect();
            assert_eq!(list(&db, &alice, &NotificationFilter::default()).await, expected);
        }
    }
    let mut tx = db.begin().await.unwrap();
    tx.retract_notification(alice.id, Favourite, carol.id, None).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(
        list(&db, &alice, &NotificationFilter::default()).await.len(),
        3,
        "no status is not any status"
    );
}

async fn dismissed_one_by_one_and_all_together(db: TestStore) {
    let (alice, bob, carol) = (db.person("alice").await, db.person("bob").await, db.account("carol").await);
    let one = told(&db, &alice, NotificationKind::Follow, &bob, None);
    let two = told(&db, &alice, NotificationKind::Follow, &carol, None);
    let others = told(&db, &bob, NotificationKind::Follow, &carol, None);
    for row in [&one, &two, &others] {
        assert!(tell(&db, row).await);
    }
    let mut tx = db.begin().await.unwrap();
    assert!(!tx.dismiss_notification(bob.id, one.id).await.unwrap(), "it isn't theirs");
    assert!(tx.dismiss_notification(alice.id, one.id).await.unwrap());
    assert!(!tx.dismiss_notification(alice.id, one.id).await.unwrap());
    tx.commit().await.unwrap();
    assert_eq!(list(&db, &alice, &NotificationFilter::default()).await, [two]);
    let mut tx = db.begin().await.unwrap();
    assert_eq!(tx.clear_notifications(alice.id).await.unwrap(), 1);
    assert_eq!(tx.clear_notifications(alice.id).await.unwrap(), 0);
    tx.commit().await.unwrap();
    assert_eq!(list(&db, &alice, &NotificationFilter::default()).await, []);
    assert_eq!(list(&db, &bob, &NotificationFilter::default()).await, [others]);
}

async fn whom_it_concerns_has_to_be_there(db: TestStore) {
    let alice = db.person("alice").await;
    let row = told(&db, &alice, NotificationKind::Follow, &alice, None);
    for orphan in [
        Notification { account_id: 1.into(), ..row.clone() },
        Notification { from_id: 1.into(), ..row.clone() },
        Notification { status_id: Some(1.into()), ..row },
    ] {
        let mut tx = db.begin().await.unwrap();
        let refused = tx.insert_notification(&orphan).await;
        assert!(matches!(refused, Err(Error::Missing)), "{refused:?}");
    }
}

async fn nothing_is_shown_of_the_unwanted(db: TestStore) {
    let alice = db.person("alice").await;
    let gone = Account { suspended_at: Some(Millis(1)), ..an_account(db.id(), "gone") };
    let silenced = Account { silenced_at: Some(Millis(1)), ..an_account(db.id(), "silenced") };
    for row in [&gone, &silenced] {
        let mut tx = db.begin().await.unwrap();
        assert!(tx.insert_account(row).await.unwrap());
        tx.commit().await.unwrap();
    }
    let (blocked, muted) = (db.account("blocked").await, db.account("muted").await);
    let (quiet, far) = (db.account("quiet").await, db.remote_account("far@far.example").await);
    let (other, blocks) = (db.account("other").await, db.account("blocks").await);
    db.block(&alice, &blocked).await;
    db.mute(&alice, &muted, true).await;
    db.mute(&alice, &quiet, false).await;
    db.block_domain(&alice, "far.example").await;
    db.block(&other, &blocked).await;
    db.block(&blocks, &alice).await;
    let post = db.post(&alice).await;
    let mut expected = Vec::new();
    for (from, shown) in [
        (&gone, false),
        (&silenced, true),
        (&blocked, false),
        (&muted, false),
        (&quiet, true),
        (&far, false),
        (&other, true),
        (&blocks, true),
        (&alice, true),
    ] {
        for (kind, about) in [(NotificationKind::Follow, None), (NotificationKind::Favourite, Some(&post))] {
            let row = told(&db, &alice, kind, from, about);
            assert!(tell(&db, &row).await);
            let found = db.read().await.unwrap().notification(alice.id, row.id).await.unwrap();
            assert_eq!(found.is_some(), shown, "{} {kind}", from.username);
            if shown {
                expected.insert(0, row);
            }
        }
    }
    assert_eq!(list(&db, &alice, &NotificationFilter::default()).await, expected);
}

async fn who_may_tell_whom(db: TestStore) {
    let alice = db.person("alice").await;
    let new = async |name: &str, change: fn(&mut Account)| {
        let mut row = an_account(db.id(), name);
        change(&mut row);
        let mut tx = db.begin().await.unwrap();
        assert!(tx.insert_account(&row).await.unwrap());
        tx.commit().await.unwrap();
        row
    };
    let suspended = new("suspended", |a| a.suspended_at = Some(Millis(1))).await;
    let deleted = new("deleted", |a| a.deleted_at = Some(Millis(1))).await;
    let silenced = new("silenced", |a| a.silenced_at = Some(Millis(1))).await;
    let followed = new("followed", |a| a.silenced_at = Some(Millis(1))).await;
    let asked = new("asked", |a| a.silenced_at = Some(Millis(1))).await;
    let (blocked, muted) = (db.account("blocked").await, db.account("muted").await);
    let (quiet, far) = (db.account("quiet").await, db.remote_account("far@far.example").await);
    let other = db.account("other").await;
    db.follow(&alice, &followed).await;
    db.follow(&silenced, &alice).await;
    db.follow_as(&alice, &asked, FollowState::Pending).await;
    db.block(&alice, &blocked).await;
    db.mute(&alice, &muted, true).await;
    db.mute(&alice, &quiet, false).await;
    db.block_domain(&alice, "far.example").await;
    let post = db.post(&alice).await;
    for (from, may) in [
        (&other, true),
        (&quiet, true),
        (&followed, true),
        (&suspended, false),
        (&deleted, false),
        (&silenced, false),
        (&asked, false),
        (&blocked, false),
        (&muted, false),
        (&far, false),
    ] {
        let mut reader = db.read().await.unwrap();
        for status in [None, Some(post.id)] {
            let found = reader.may_notify(alice.id, from.id, status).await.unwrap();
            assert_eq!(found, may, "{} {status:?}", from.username);
        }
    }
    let mut reader = db.read().await.unwrap();
    assert!(!reader.may_notify(alice.id, 1.into(), None).await.unwrap(), "nobody tells nothing");
    assert!(reader.may_notify(other.id, blocked.id, None).await.unwrap());
}

async fn a_muted_thread_tells_nothing(db: TestStore) {
    let (alice, bob) = (db.person("alice").await, db.account("bob").await);
    let (post, other) = (db.post(&alice).await, db.post(&alice).await);
    let comment = db.answer(&bob, &post).await;
    let mut tx = db.begin().await.unwrap();
    tx.mute_thread(alice.id, post.id, Millis(1)).await.unwrap();
    tx.commit().await.unwrap();
    let mut reader = db.read().await.unwrap();
    for (about, may) in
        [(Some(post.id), false), (Some(comment.id), false), (Some(other.id), true), (None, true)]
    {
        assert_eq!(reader.may_notify(alice.id, bob.id, about).await.unwrap(), may, "{about:?}");
    }
    assert!(reader.may_notify(bob.id, alice.id, Some(comment.id)).await.unwrap(), "theirs alone");
}

async fn who_boosted_it_is_told_together(db: TestStore) {
    let alice = db.person("alice").await;
    let (post, other) = (db.post(&alice).await, db.post(&alice).await);
    let comment = db.answer(&alice, &post).await;
    let mut people = Vec::new();
    for name in ["first", "second", "blocks", "mutes", "hides", "deaf", "third"] {
        let person = db.person(name).await;
        db.boost(&person, &comment).await;
        people.push(person);
    }
    let [first, second, blocks, mutes, hides, deaf, third] = people.as_slice() else { panic!() };
    db.boost(&alice, &comment).await;
    db.boost(&db.remote_account("far@far.example").await, &comment).await;
    db.boost(&db.person("elsewhere").await, &other).await;
    db.block(blocks, &alice).await;
    db.mute(mutes, &alice, false).await;
    db.mute(hides, &alice, true).await;
    let mut tx = db.begin().await.unwrap();
    tx.mute_thread(deaf.id, post.id, Millis(1)).await.unwrap();
    tx.commit().await.unwrap();
    let willing =
        async |limit| db.read().await.unwrap().boosters_to_notify(comment.id, alice.id, limit).await.unwrap();
    assert_eq!(willing(9).await, [third.id, mutes.id, second.id, first.id]);
    assert_eq!(willing(2).await, [third.id, mutes.id]);

    let kind = NotificationKind::Update;
    let known = told(&db, first, kind, &alice, Some(&comment));
    assert!(tell(&db, &known).await);
    let kept = [
        told(&db, first, NotificationKind::Mention, &alice, Some(&comment)),
        told(&db, first, kind, second, Some(&comment)),
        told(&db, first, kind, &alice, Some(&other)),
    ];
    for row in &kept {
        assert!(tell(&db, row).await);
    }
    let mut tx = db.begin().await.unwrap();
    // Not in the order of their ids; one was told before.
    let ids: [NotificationId; 3] = [db.id(), db.id(), db.id()];
    let who = [third.id, first.id, second.id];
    let mut new = tx.insert_notifications(&ids, &who, kind, alice.id, comment.id, Millis(9)).await.unwrap();
    new.sort_unstable();
    assert_eq!(new.iter().map(|n| n.0).collect::<Vec<_>>(), [second.id, third.id]);
    assert!(new.iter().all(|n| ids.contains(&n.1)));
    assert_eq!(tx.insert_notifications(&[], &[], kind, alice.id, comment.id, Millis(9)).await.unwrap(), []);
    tx.commit().await.unwrap();
    let row = Notification {
        id: new[1].1,
        created_at: Millis(9),
        ..told(&db, third, kind, &alice, Some(&comment))
    };
    assert_eq!(list(&db, third, &NotificationFilter::default()).await, [row]);

    let mut tx = db.begin().await.unwrap();
    assert_eq!(tx.retract_notifications_about(comment.id, kind, alice.id).await.unwrap(), 3);
    assert_eq!(tx.retract_notifications_about(comment.id, kind, alice.id).await.unwrap(), 0);
    tx.commit().await.unwrap();
    assert_eq!(list(&db, second, &NotificationFilter::default()).await, []);
    let left = list(&db, first, &NotificationFilter::default()).await;
    assert_eq!(left.len(), kept.len());
}

async fn all_of_somebody_or_of_a_domain_is_taken_back(db: TestStore) {
    let (alice, bob) = (db.person("alice").await, db.person("bob").await);
    let carol = db.account("carol").await;
    let far = [db.remote_account("a@far.example").await, db.remote_account("b@far.example").await];
    let near = db.remote_account("a@sub.far.example").await;
    let post = db.post(&alice).await;
    let mut kept = Vec::new();
    for from in [&carol, &far[0], &far[1], &near] {
        for (who, kind) in [
            (&alice, NotificationKind::Favourite),
            (&alice, NotificationKind::Reblog),
            (&bob, NotificationKind::Update),
        ] {
            let row = told(&db, who, kind, from, Some(&post));
            assert!(tell(&db, &row).await);
            kept.insert(0, row);
        }
    }
    let mut tx = db.begin().await.unwrap();
    assert_eq!(tx.delete_notifications_from(alice.id, carol.id).await.unwrap(), 2);
    assert_eq!(tx.delete_notifications_from(alice.id, carol.id).await.unwrap(), 0);
    assert_eq!(tx.delete_notifications_from_domain(alice.id, "far.example").await.unwrap(), 4);
    assert_eq!(tx.delete_notifications_from_domain(alice.id, "far.example").await.unwrap(), 0);
    tx.commit().await.unwrap();
    let of = |who: &Account, from: &[&Account]| {
        let wanted = |n: &&Notification| n.account_id == who.id && from.iter().any(|f| f.id == n.from_id);
        kept.iter().filter(wanted).cloned().collect::<Vec<_>>()
    };
    let everybody = [&carol, &far[0], &far[1], &near];
    assert_eq!(list(&db, &alice, &NotificationFilter::default()).await, of(&alice, &[&near]));
    assert_eq!(list(&db, &bob, &NotificationFilter::default()).await, of(&bob, &everybody));
}

async fn a_filtered_one_is_there_for_who_asks(db: TestStore) {
    let (alice, bob) = (db.person("alice").await, db.person("bob").await);
    let rows = [told(&db, &alice, NotificationKind::Follow, &bob, None), {
        let post = db.post(&alice).await;
        told(&db, &alice, NotificationKind::Favourite, &bob, Some(&post))
    }];
    for row in &rows {
        assert!(tell(&db, row).await);
    }
    let mut tx = db.begin().await.unwrap();
    tx.filter_notification(rows[0].id).await.unwrap();
    tx.commit().await.unwrap();
    let all = NotificationFilter { filtered: true, ..NotificationFilter::default() };
    assert_eq!(list(&db, &alice, &NotificationFilter::default()).await, [rows[1].clone()]);
    assert_eq!(list(&db, &alice, &all).await, [rows[1].clone(), rows[0].clone()]);
    let one = db.read().await.unwrap().notification(alice.id, rows[0].id).await.unwrap();
    assert_eq!(one.as_ref(), Some(&rows[0]), "by its id too");
}

async fn strangers_are_of_elsewhere_and_not_followed(db: TestStore) {
    let (alice, bob) = (db.person("alice").await, db.person("bob").await);
    let [friend, asked, stranger] = [
        db.remote_account("friend@far.example").await,
        db.remote_account("asked@far.example").await,
        db.remote_account("stranger@far.example").await,
    ];
    db.follow(&alice, &friend).await;
    db.follow_as(&alice, &asked, FollowState::Pending).await;
    db.follow(&stranger, &alice).await;
    let mut reader = db.read().await.unwrap();
    for (from, expected) in
        [(&bob, None), (&friend, None), (&asked, Some("far.example")), (&stranger, Some("far.example"))]
    {
        let server = reader.server_of_stranger(alice.id, from.id).await.unwrap();
        assert_eq!(server.as_deref(), expected, "{}", from.acct_key);
    }
}
