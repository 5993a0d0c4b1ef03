//! Pages of statuses: an account's, everybody's, a hashtag's.

use tintype_model::{Millis, Page, StatusId, Visibility};
use tintype_store::{
    accounts::Account,
    follows::FollowState,
    media::Media,
    statuses::{AccountStatuses, PublicFilter, Status, TagFilter},
};

use super::tag;
use crate::{
    database::TestStore,
    given::{a_picture, a_status, an_account, ids_of, reads_by_pages},
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
    hashtags_are_combined,
    several_hashtags_by_pages,
    boosts_of_the_unwanted_are_left_out_of_profiles,
    the_silenced_are_for_their_followers,
    a_picture_that_an_edit_took_away_is_none,
    nobody_sees_what_the_suspended_left,
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

async fn public_for(
    db: &TestStore,
    viewer: Option<&Account>,
    filter: PublicFilter,
    page: &Page,
) -> Vec<StatusId> {
    let mut reader = db.read().await.unwrap();
    ids_of(&reader.public_timeline(viewer.map(|v| v.id), filter, page).await.unwrap())
}

async fn public_of(db: &TestStore, filter: PublicFilter, page: &Page) -> Vec<StatusId> {
    public_for(db, None, filter, page).await
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

/// Those with one hashtag.
fn tagged(name: &str) -> TagFilter {
    TagFilter { name: name.to_owned(), ..TagFilter::default() }
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
        let rows = db.read().await.unwrap().tag_timeline(None, &tagged("sea"), &page).await.unwrap();
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
    let found = reader.tag_timeline(None, &tagged("sea"), &Page::newest(10)).await.unwrap();
    assert_eq!(found.first().map(|s| s.id), open);
    assert_eq!(found.len(), 1);
    assert_eq!(reader.tag_timeline(None, &tagged("Sea"), &Page::newest(10)).await.unwrap(), []);
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

async fn hashtags_are_combined(db: TestStore) {
    let (alice, bob) = (db.account("alice").await, db.remote_account("bob@far.example").await);
    let mut posts = Vec::new();
    for (by, tags) in [
        (&alice, vec!["sea"]),
        (&bob, vec!["sea", "sun"]),
        (&alice, vec!["sun"]),
        (&bob, vec!["sea", "sun", "fog"]),
        (&alice, vec!["fog"]),
        (&alice, vec!["wood"]),
    ] {
        let post = db.post(by).await;
        tag(&db, &post, &tags.into_iter().map(|t| (t, t)).collect::<Vec<_>>()).await;
        posts.push(post);
    }
    db.picture(&alice, Some(&posts[0])).await;
    db.picture(&bob, Some(&posts[3])).await;
    let words = |list: &[&str]| list.iter().map(|w| (*w).to_owned()).collect::<Vec<_>>();
    let sea = || tagged("sea");
    for (filter, expected) in [
        (sea(), vec![3, 1, 0]),
        (TagFilter { any: words(&["fog", "sun"]), ..sea() }, vec![4, 3, 2, 1, 0]),
        (TagFilter { any: words(&["sea", "nothing"]), ..sea() }, vec![3, 1, 0]),
        (TagFilter { all: words(&["sun"]), ..sea() }, vec![3, 1]),
        (TagFilter { all: words(&["sun", "fog"]), ..sea() }, vec![3]),
        (TagFilter { none: words(&["fog"]), ..sea() }, vec![1, 0]),
        (TagFilter { none: words(&["fog", "sun"]), ..sea() }, vec![0]),
        (TagFilter { any: words(&["fog"]), all: words(&["fog"]), none: words(&["sun"]), ..sea() }, vec![4]),
        (TagFilter { local: true, ..sea() }, vec![0]),
        (TagFilter { remote: true, ..sea() }, vec![3, 1]),
        (TagFilter { local: true, remote: true, ..sea() }, vec![3, 1, 0]),
        (TagFilter { only_media: true, ..sea() }, vec![3, 0]),
        (TagFilter { only_media: true, remote: true, any: words(&["sun"]), ..sea() }, vec![3]),
    ] {
        let found = db.read().await.unwrap().tag_timeline(None, &filter, &Page::newest(10)).await.unwrap();
        let expected: Vec<_> = expected.into_iter().map(|at: usize| posts[at].id).collect();
        assert_eq!(ids_of(&found), expected, "{filter:?}");
    }
}

async fn several_hashtags_by_pages(db: TestStore) {
    let alice = db.account("alice").await;
    let mut all = Vec::new();
    for tags in [["sea", "x"], ["sun", "x"], ["sea", "sun"], ["fog", "x"], ["sun", "fog"], ["sea", "fog"]] {
        let post = db.post(&alice).await;
        tag(&db, &post, &tags.map(|t| (t, t))).await;
        all.push(post.id.0);
        tag(&db, &db.post(&alice).await, &[("x", "x")]).await;
    }
    all.reverse();
    let filter = TagFilter { any: vec!["sun".to_owned(), "fog".to_owned()], ..tagged("sea") };
    reads_by_pages(&all, async |page| {
        let rows = db.read().await.unwrap().tag_timeline(None, &filter, &page).await.unwrap();
        rows.into_iter().map(|s| s.id.0).collect()
    })
    .await;
}

async fn boosts_of_the_unwanted_are_left_out_of_profiles(db: TestStore) {
    let (reader, author) = (db.person("reader").await, db.account("author").await);
    let (blocked, muted) = (db.account("blocked").await, db.account("muted").await);
    let far = db.remote_account("far@far.example").await;
    db.block(&reader, &blocked).await;
    db.mute(&reader, &muted, false).await;
    db.block_domain(&reader, "far.example").await;
    let mut expected = Vec::new();
    for (other, shown) in
        [(&blocked, false), (&muted, false), (&far, false), (&author, true), (&reader, true)]
    {
        let boost = db.boost(&author, &db.post(other).await).await;
        if shown {
            expected.insert(0, boost.id);
        }
    }
    let filter = AccountStatuses { exclude_reblogs: false, ..AccountStatuses::default() };
    let boosts = async |viewer: Option<&Account>, of: &Account| {
        let mut found = of_account(&db, viewer, of, &filter, &Page::newest(20)).await;
        found.retain(|id| expected.contains(id) || viewer.is_none());
        found
    };
    assert_eq!(boosts(Some(&reader), &author).await, expected);
    assert_eq!(boosts(None, &author).await.len(), 6, "others see the lot, and the author's post");
    assert_eq!(boosts(None, &muted).await.len(), 1);
    // A profile that one goes to shows its own posts and boosts, muted or not.
    let own = db.boost(&muted, &db.post(&muted).await).await;
    let found = of_account(&db, Some(&reader), &muted, &filter, &Page::newest(20)).await;
    assert_eq!((found.len(), found.first()), (3, Some(&own.id)));
}

async fn the_silenced_are_for_their_followers(db: TestStore) {
    let (stranger, follower) = (db.person("stranger").await, db.person("follower").await);
    let asked = db.person("asked").await;
    let row = Account { silenced_at: Some(Millis(1)), ..an_account(db.id(), "loud") };
    let mut tx = db.begin().await.unwrap();
    assert!(tx.insert_account(&row).await.unwrap());
    tx.commit().await.unwrap();
    db.follow(&follower, &row).await;
    db.follow_as(&asked, &row, FollowState::Pending).await;
    let post = db.post(&row).await;
    tag(&db, &post, &[("sea", "Sea")]).await;
    for (viewer, shown) in [
        (None, false),
        (Some(&stranger), false),
        (Some(&asked), false),
        (Some(&follower), true),
        (Some(&row), true),
    ] {
        let expected = if shown { vec![post.id] } else { vec![] };
        let found = public_for(&db, viewer, PublicFilter::default(), &Page::newest(10)).await;
        assert_eq!(found, expected, "{:?} public", viewer.map(|v| &v.username));
        let id = viewer.map(|v| v.id);
        let mut reader = db.read().await.unwrap();
        let found = ids_of(&reader.tag_timeline(id, &tagged("sea"), &Page::newest(10)).await.unwrap());
        assert_eq!(found, expected, "{:?} hashtag", viewer.map(|v| &v.username));
        assert!(reader.visible_status(id, post.id).await.unwrap().is_some(), "not hidden");
    }
}

async fn a_picture_that_an_edit_took_away_is_none(db: TestStore) {
    let alice = db.account("alice").await;
    let post = db.post(&alice).await;
    tag(&db, &post, &[("sea", "Sea")]).await;
    let gone = Media { status_id: Some(post.id), position: -1, ..a_picture(db.id(), &alice) };
    let mut tx = db.begin().await.unwrap();
    tx.insert_media(&gone).await.unwrap();
    tx.commit().await.unwrap();
    let shown = async || {
        let filter = PublicFilter { only_media: true, ..PublicFilter::default() };
        let public = public_of(&db, filter, &Page::newest(10)).await;
        let filter = AccountStatuses { only_media: true, ..AccountStatuses::default() };
        let profile = of_account(&db, None, &alice, &filter, &Page::newest(10)).await;
        let filter = TagFilter { only_media: true, ..tagged("sea") };
        let mut reader = db.read().await.unwrap();
        let tag = ids_of(&reader.tag_timeline(None, &filter, &Page::newest(10)).await.unwrap());
        [public, profile, tag]
    };
    assert_eq!(shown().await, [vec![], vec![], vec![]]);
    db.picture(&alice, Some(&post)).await;
    assert_eq!(shown().await, [vec![post.id], vec![post.id], vec![post.id]]);
}

async fn nobody_sees_what_the_suspended_left(db: TestStore) {
    let gone = Account { suspended_at: Some(Millis(1)), ..an_account(db.id(), "gone") };
    let mut tx = db.begin().await.unwrap();
    assert!(tx.insert_account(&gone).await.unwrap());
    tx.commit().await.unwrap();
    let alice = db.account("alice").await;
    let root = db.post(&alice).await;
    let comment = db.answer(&gone, &root).await;
    let boost = db.boost(&gone, &root).await;
    tag(&db, &comment, &[("sea", "Sea")]).await;
    for viewer in [None, Some(alice.id), Some(gone.id)] {
        let mut reader = db.read().await.unwrap();
        assert_eq!(reader.visible_statuses(viewer, &[comment.id, boost.id]).await.unwrap(), []);
        assert_eq!(reader.rebloggers(viewer, root.id, &Page::newest(10)).await.unwrap(), []);
        assert_eq!(reader.descendants(viewer, root.id, 10, 10).await.unwrap(), []);
        assert_eq!(reader.open_reply_uris(root.id, 10).await.unwrap(), [""; 0]);
        assert_eq!(reader.search_tags("se", 0, 10).await.unwrap(), [""; 0]);
    }
}
