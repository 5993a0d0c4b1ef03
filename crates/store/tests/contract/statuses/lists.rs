//! Pages of statuses: an account's, everybody's, a hashtag's.

use tintype_model::{Page, StatusId, Visibility};
use tintype_store::{
    accounts::Account,
    statuses::{AccountStatuses, PublicFilter, Status},
};

use super::tag;
use crate::{
    database::TestStore,
    given::{a_status, ids_of, reads_by_pages},
};

contract!(
    some_of_many_are_visible,
    an_accounts_statuses_by_pages,
    an_accounts_statuses_are_filtered,
    an_accounts_statuses_are_as_the_viewer_may_see_them,
    public_statuses_by_pages,
    only_open_posts_are_public,
    public_statuses_by_origin_and_pictures,
    a_hashtags_statuses_by_pages,
    only_public_statuses_have_hashtags,
    hashtags_are_searched_by_prefix,
);

async fn of_account(
    db: &TestStore,
    viewer: Option<&Account>,
    of: &Account,
    filter: &AccountStatuses,
    page: &Page,
) -> Vec<StatusId> {
    let mut reader = db.read().await.unwrap();
    ids_of(&reader.account_statuses(viewer.map(|v| v.id), of.id, filter, page).await.unwrap())
}

async fn some_of_many_are_visible(db: TestStore) {
    let (alice, bob) = (db.account("alice").await, db.account("bob").await);
    let open = db.post(&alice).await;
    let closed = db.post_to(&alice, Visibility::Private).await;
    // Bob boosts what he may see no longer, openly.
    let boost = db.boost(&bob, &closed).await;
    let all = [boost.id, closed.id, open.id, StatusId(1), open.id];
    let mut reader = db.read().await.unwrap();
    for (viewer, expected) in [
        (None, vec![open.id]),
        (Some(bob.id), vec![open.id]),
        (Some(alice.id), vec![open.id, closed.id, boost.id]),
    ] {
        let mut found = ids_of(&reader.visible_statuses(viewer, &all).await.unwrap());
        found.sort();
        assert_eq!(found, expected, "{viewer:?}");
        for id in all {
            let one = reader.visible_status(viewer, id).await.unwrap().map(|s| s.id);
            assert_eq!(one, expected.contains(&id).then_some(id), "{viewer:?} {id}");
        }
    }
    assert_eq!(reader.visible_statuses(None, &[]).await.unwrap(), []);
}

async fn an_accounts_statuses_by_pages(db: TestStore) {
    let (alice, bob) = (db.account("alice").await, db.account("bob").await);
    let mut all = Vec::new();
    for visibility in [Visibility::Public, Visibility::Private, Visibility::Unlisted].repeat(3) {
        let post = db.post_to(&alice, visibility).await;
        // The limit counts what may be seen.
        if visibility != Visibility::Private {
            all.push(post.id.0);
        }
        db.post(&bob).await;
    }
    all.reverse();
    reads_by_pages(&all, async |page| {
        let found = of_account(&db, None, &alice, &AccountStatuses::default(), &page).await;
        found.into_iter().map(|id| id.0).collect()
    })
    .await;
}

async fn an_accounts_statuses_are_filtered(db: TestStore) {
    let (alice, bob) = (db.account("alice").await, db.account("bob").await);
    let theirs = db.post(&bob).await;
    let plain = db.post(&alice).await;
    let pictured = db.post(&alice).await;
    db.picture(&alice, Some(&pictured)).await;
    tag(&db, &pictured, &[("sea", "Sea"), ("sun", "Sun")]).await;
    let own_thread = db.answer(&alice, &plain).await;
    let comment = db.answer(&alice, &theirs).await;
    // Its parent isn't known here.
    let lost =
        Status { in_reply_to_uri: Some("https://far.example/1".to_owned()), ..a_status(db.id(), &alice) };
    let lost = db.publish(lost).await;
    let boost = db.boost(&alice, &theirs).await;

    let all = AccountStatuses::default;
    let cases = [
        ("all", all(), vec![&boost, &lost, &comment, &own_thread, &pictured, &plain]),
        (
            "no replies, but one's own threads",
            AccountStatuses { exclude_replies: true, ..all() },
            vec![&boost, &own_thread, &pictured, &plain],
        ),
        (
            "no boosts",
            AccountStatuses { exclude_reblogs: true, ..all() },
            vec![&lost, &comment, &own_thread, &pictured, &plain],
        ),
        ("pictures", AccountStatuses { only_media: true, ..all() }, vec![&pictured]),
        ("a hashtag", AccountStatuses { tagged: Some("sun".to_owned()), ..all() }, vec![&pictured]),
        ("another", AccountStatuses { tagged: Some("Sun".to_owned()), ..all() }, vec![]),
        (
            "all at once",
            AccountStatuses {
                exclude_replies: true,
                exclude_reblogs: true,
                only_media: true,
                tagged: Some("sea".to_owned()),
            },
            vec![&pictured],
        ),
    ];
    for (case, filter, expected) in cases {
        let found = of_account(&db, None, &alice, &filter, &Page::newest(10)).await;
        assert_eq!(found, expected.iter().map(|s| s.id).collect::<Vec<_>>(), "{case}");
    }
}

async fn an_accounts_statuses_are_as_the_viewer_may_see_them(db: TestStore) {
    let (alice, bob, carol) = (db.account("alice").await, db.account("bob").await, db.account("carol").await);
    db.follow(&bob, &alice).await;
    let closed = db.post_to(&alice, Visibility::Private).await;
    let letter = db.post_to(&alice, Visibility::Direct).await;
    db.mention(&letter, &[&carol]).await;
    // Open boosts of what not everybody may see.
    let hidden = db.post_to(&carol, Visibility::Private).await;
    let boost = db.boost(&alice, &hidden).await;
    let filter = AccountStatuses::default();
    for (viewer, expected) in [
        (None, vec![]),
        (Some(&bob), vec![closed.id]),
        (Some(&carol), vec![boost.id, letter.id]),
        (Some(&alice), vec![letter.id, closed.id]),
    ] {
        let found = of_account(&db, viewer, &alice, &filter, &Page::newest(10)).await;
        assert_eq!(found, expected, "{:?}", viewer.map(|v| &v.username));
    }
}

async fn public_of(db: &TestStore, filter: PublicFilter, page: &Page) -> Vec<StatusId> {
    ids_of(&db.read().await.unwrap().public_timeline(filter, page).await.unwrap())
}

async fn public_statuses_by_pages(db: TestStore) {
    let (alice, bob) = (db.account("alice").await, db.remote_account("bob@far.example").await);
    let (mut all, mut local) = (Vec::new(), Vec::new());
    for _ in 0..5 {
        let (near, far) = (db.post(&alice).await, db.post(&bob).await);
        db.boost(&alice, &far).await;
        db.post_to(&alice, Visibility::Unlisted).await;
        all.extend([near.id.0, far.id.0]);
        local.push(near.id.0);
    }
    all.reverse();
    local.reverse();
    for (filter, list) in
        [(PublicFilter::default(), &all), (PublicFilter { local: true, ..PublicFilter::default() }, &local)]
    {
        reads_by_pages(list, async |page| {
            public_of(&db, filter, &page).await.into_iter().map(|id| id.0).collect()
        })
        .await;
    }
}

async fn only_open_posts_are_public(db: TestStore) {
    let (alice, bob) = (db.account("alice").await, db.account("bob").await);
    let post = db.post(&alice).await;
    for visibility in [Visibility::Unlisted, Visibility::Private, Visibility::Direct] {
        db.post_to(&alice, visibility).await;
    }
    db.boost(&bob, &post).await;
    db.answer(&bob, &post).await;
    let lost =
        Status { in_reply_to_uri: Some("https://far.example/1".to_owned()), ..a_status(db.id(), &bob) };
    db.publish(lost).await;
    let thread = db.answer(&alice, &post).await;
    let found = public_of(&db, PublicFilter::default(), &Page::newest(10)).await;
    assert_eq!(found, [thread.id, post.id], "one's own thread shows, other comments don't");
}

async fn public_statuses_by_origin_and_pictures(db: TestStore) {
    let (alice, bob) = (db.account("alice").await, db.remote_account("bob@far.example").await);
    let (near, far) = (db.post(&alice).await, db.post(&bob).await);
    let (near_pictured, far_pictured) = (db.post(&alice).await, db.post(&bob).await);
    db.picture(&alice, Some(&near_pictured)).await;
    db.picture(&bob, Some(&far_pictured)).await;
    for (local, remote, only_media, expected) in [
        (false, false, false, vec![&far_pictured, &near_pictured, &far, &near]),
        (true, false, false, vec![&near_pictured, &near]),
        (false, true, false, vec![&far_pictured, &far]),
        (true, true, false, vec![&far_pictured, &near_pictured, &far, &near]),
        (false, false, true, vec![&far_pictured, &near_pictured]),
        (true, false, true, vec![&near_pictured]),
        (false, true, true, vec![&far_pictured]),
    ] {
        let filter = PublicFilter { local, remote, only_media };
        let found = public_of(&db, filter, &Page::newest(10)).await;
        assert_eq!(found, expected.iter().map(|s| s.id).collect::<Vec<_>>(), "{filter:?}");
    }
}

async fn a_hashtags_statuses_by_pages(db: TestStore) {
    let (alice, bob) = (db.account("alice").await, db.remote_account("bob@far.example").await);
    let mut all = Vec::new();
    for author in [&alice, &bob].repeat(3) {
        let post = db.post(author).await;
        tag(&db, &post, &[("sea", "Sea"), ("seaside", "Seaside")]).await;
        all.push(post.id.0);
        let other = db.post(author).await;
        tag(&db, &other, &[("seaside", "Seaside")]).await;
    }
    all.reverse();
    reads_by_pages(&all, async |page| {
        let rows = db.read().await.unwrap().tag_timeline("sea", &page).await.unwrap();
        rows.into_iter().map(|s| s.id.0).collect()
    })
    .await;
}

async fn only_public_statuses_have_hashtags(db: TestStore) {
    let alice = db.account("alice").await;
    let mut open = None;
    for visibility in [Visibility::Public, Visibility::Unlisted, Visibility::Private, Visibility::Direct] {
        let post = db.post_to(&alice, visibility).await;
        tag(&db, &post, &[("sea", "Sea"), (visibility.as_str(), "x")]).await;
        open = open.or(Some(post.id));
    }
    let mut reader = db.read().await.unwrap();
    let found = reader.tag_timeline("sea", &Page::newest(10)).await.unwrap();
    assert_eq!(found.first().map(|s| s.id), open);
    assert_eq!(found.len(), 1);
    assert_eq!(reader.tag_timeline("Sea", &Page::newest(10)).await.unwrap(), []);
    let mut known = reader.search_tags("", 0, 10).await.unwrap();
    known.sort();
    assert_eq!(known, ["public", "sea"], "a hashtag that only hidden posts have is not known");
}

async fn hashtags_are_searched_by_prefix(db: TestStore) {
    let alice = db.account("alice").await;
    for tags in [
        ["sea", "seaside", "se_a"],
        ["sea", "seaside", "öse"],
        ["sea", "se%a", "sun"],
        ["seb", "o'se", "see"],
    ] {
        let post = db.post(&alice).await;
        tag(&db, &post, &tags.map(|t| (t, t))).await;
    }
    let found = async |prefix: &str, offset, limit| {
        db.read().await.unwrap().search_tags(prefix, offset, limit).await.unwrap()
    };
    let cases: &[(&str, &[&str])] = &[
        ("sea", &["sea", "seaside"]),
        ("se", &["sea", "seaside", "se%a", "se_a", "seb", "see"]),
        ("se_", &["se_a"]),
        ("se%", &["se%a"]),
        ("%", &[]),
        ("o'", &["o'se"]),
        ("ö", &["öse"]),
        ("SE", &[]),
    ];
    for (prefix, expected) in cases {
        assert_eq!(found(prefix, 0, 10).await, *expected, "{prefix}: the most used first, then by name");
    }
    assert_eq!(found("se", 1, 2).await, ["seaside", "se%a"]);
    assert_eq!(found("se", 6, 2).await, [""; 0]);
}
