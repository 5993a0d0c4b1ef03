//! Home timelines: what is written into them, and what of it is shown.

use tintype_model::{AccountId, Page, StatusId, Visibility};
use tintype_store::{accounts::Account, follows::FollowState, statuses::Status};

use crate::{
    database::TestStore,
    given::{a_boost, a_status, an_answer, ids_of, reads_by_pages},
};

contract!(
    home_by_pages,
    an_entry_is_written_once,
    a_fan_out_serves_local_followers_in_batches,
    a_fan_out_can_be_repeated,
    a_letter_goes_to_those_it_addresses,
    a_letter_reaches_those_it_addresses_later,
    a_new_follow_brings_the_newest_posts,
    a_backfill_brings_only_letters_to_the_reader,
    an_unfollow_takes_the_author_out,
    a_timeline_is_trimmed_to_its_newest,
    crowded_timelines_are_found,
    a_comment_shows_to_who_follows_the_one_it_answers,
    boosts_show_unless_they_are_unwanted,
    a_boost_of_what_may_not_be_seen_is_hidden,
    losing_the_right_to_see_hides_at_once,
    nothing_of_the_unwanted_shows,
    nothing_shows_to_the_blocked,
);

async fn home(db: &TestStore, reader: &Account, page: &Page) -> Vec<StatusId> {
    ids_of(&db.read().await.unwrap().home(reader.id, page).await.unwrap())
}

async fn put(db: &TestStore, reader: &Account, statuses: &[&Status]) {
    let mut tx = db.begin().await.unwrap();
    for status in statuses {
        tx.insert_home_entry(reader.id, status).await.unwrap();
    }
    tx.commit().await.unwrap();
}

async fn fan_out(db: &TestStore, status: &Status, after: AccountId, most: i64) -> Option<AccountId> {
    let mut tx = db.begin().await.unwrap();
    let last = tx.fan_out_home(status, after, most).await.unwrap();
    tx.commit().await.unwrap();
    last
}

/// Which of some readers have a status in their home timeline.
async fn served(db: &TestStore, readers: &[Account], status: &Status) -> Vec<bool> {
    let mut tx = db.begin().await.unwrap();
    let mut served = Vec::new();
    for reader in readers {
        served.push(tx.home_has(reader.id, status.id).await.unwrap());
    }
    served
}

async fn home_by_pages(db: TestStore) {
    let (reader, author) = (db.person("reader").await, db.account("author").await);
    let other = db.person("other").await;
    db.follow(&reader, &author).await;
    let mut all = Vec::new();
    for turn in 0..7 {
        // The limit counts what may be seen: letters to others and comments to strangers lie between.
        let letter = db.post_to(&author, Visibility::Direct).await;
        let closed = db.post_to(&author, Visibility::Private).await;
        let strangers = db.post(&other).await;
        let comment = db.answer(&author, &strangers).await;
        put(&db, &reader, &[&letter, &closed, &comment]).await;
        put(&db, &other, &[&strangers]).await;
        all.push(closed.id.0);
        if turn % 3 == 0 {
            let boost = db.boost(&author, &strangers).await;
            put(&db, &reader, &[&boost]).await;
            all.push(boost.id.0);
        }
    }
    all.reverse();
    reads_by_pages(&all, async |page| home(&db, &reader, &page).await.into_iter().map(|id| id.0).collect())
        .await;
}

async fn an_entry_is_written_once(db: TestStore) {
    let (reader, other) = (db.person("reader").await, db.person("other").await);
    let post = db.post(&reader).await;
    put(&db, &reader, &[&post, &post]).await;
    put(&db, &reader, &[&post]).await;
    assert_eq!(home(&db, &reader, &Page::newest(10)).await, [post.id]);
    assert_eq!(home(&db, &other, &Page::newest(10)).await, []);
    assert_eq!(served(&db, &[reader, other], &post).await, [true, false]);
}

async fn a_fan_out_serves_local_followers_in_batches(db: TestStore) {
    let author = db.account("author").await;
    let mut followers = Vec::new();
    for name in ["a", "b", "c", "d", "e"] {
        followers.push(db.person(name).await);
        db.follow(&db.remote_account(&format!("{name}@far.example")).await, &author).await;
    }
    // Not in the order of their ids.
    for at in [3, 0, 4, 1, 2] {
        db.follow(&followers[at], &author).await;
    }
    let others = [db.person("stranger").await, db.person("asks").await, db.account("nobodys").await];
    db.follow_as(&others[1], &author, FollowState::Pending).await;
    db.follow(&others[2], &author).await;
    let post = db.post_to(&author, Visibility::Private).await;

    assert_eq!(fan_out(&db, &post, AccountId(0), 2).await, Some(followers[1].id));
    assert_eq!(served(&db, &followers, &post).await, [true, true, false, false, false]);
    assert_eq!(fan_out(&db, &post, followers[1].id, 2).await, Some(followers[3].id));
    assert_eq!(served(&db, &followers, &post).await, [true, true, true, true, false]);
    assert_eq!(fan_out(&db, &post, followers[3].id, 2).await, None, "that was the last batch");
    assert_eq!(served(&db, &followers, &post).await, [true; 5]);
    assert_eq!(fan_out(&db, &post, followers[4].id, 2).await, None, "nobody is left");
    assert_eq!(served(&db, &others, &post).await, [false; 3]);
    let remote = db.read().await.unwrap().account_by_key("a@far.example").await.unwrap().unwrap();
    assert_eq!(served(&db, &[remote], &post).await, [false]);
}

async fn a_fan_out_can_be_repeated(db: TestStore) {
    let (author, reader) = (db.account("author").await, db.person("reader").await);
    db.follow(&reader, &author).await;
    let post = db.post(&author).await;
    for _ in 0..2 {
        assert_eq!(fan_out(&db, &post, AccountId(0), 10).await, None);
        assert_eq!(home(&db, &reader, &Page::newest(10)).await, [post.id]);
    }
    // Of a status that is gone meanwhile, nothing.
    assert_eq!(fan_out(&db, &a_status(db.id(), &author), AccountId(0), 10).await, None);
    assert_eq!(home(&db, &reader, &Page::newest(10)).await, [post.id]);
}

async fn a_letter_goes_to_those_it_addresses(db: TestStore) {
    let author = db.account("author").await;
    let readers = [db.person("a").await, db.person("b").await, db.person("c").await];
    for reader in &readers {
        db.follow(reader, &author).await;
    }
    let stranger = db.person("stranger").await;
    let letter = db.post_to(&author, Visibility::Direct).await;
    db.mention(&letter, &[&readers[1], &stranger]).await;
    assert_eq!(fan_out(&db, &letter, AccountId(0), 2).await, Some(readers[1].id), "batches count followers");
    assert_eq!(fan_out(&db, &letter, readers[1].id, 2).await, None);
    assert_eq!(served(&db, &readers, &letter).await, [false, true, false]);
    assert_eq!(served(&db, &[stranger], &letter).await, [false], "who doesn't follow is told otherwise");
}

async fn a_letter_reaches_those_it_addresses_later(db: TestStore) {
    let author = db.account("author").await;
    let readers = [db.person("a").await, db.person("b").await, db.person("c").await];
    for reader in &readers {
        db.follow(reader, &author).await;
    }
    let (stranger, far) = (db.person("stranger").await, db.remote_account("far@far.example").await);
    db.follow(&far, &author).await;
    let letter = db.post_to(&author, Visibility::Direct).await;
    db.mention(&letter, &[&readers[0], &readers[2], &stranger, &far]).await;
    put(&db, &readers[0], &[&letter]).await;
    let mut tx = db.begin().await.unwrap();
    assert_eq!(tx.insert_home_entries_of_addressed(letter.id).await.unwrap(), 1, "what is there stays");
    assert_eq!(tx.insert_home_entries_of_addressed(letter.id).await.unwrap(), 0);
    tx.commit().await.unwrap();
    assert_eq!(served(&db, &readers, &letter).await, [true, false, true]);
    assert_eq!(served(&db, &[stranger, far], &letter).await, [false, false]);
}

async fn a_new_follow_brings_the_newest_posts(db: TestStore) {
    let (author, reader) = (db.account("author").await, db.person("reader").await);
    let mut posts = Vec::new();
    for visibility in [Visibility::Public, Visibility::Private, Visibility::Unlisted, Visibility::Public] {
        posts.push(db.post_to(&author, visibility).await);
        db.post(&reader).await;
    }
    db.follow(&reader, &author).await;
    let mut tx = db.begin().await.unwrap();
    assert_eq!(tx.backfill_home(reader.id, author.id, 2).await.unwrap(), 2);
    assert_eq!(tx.backfill_home(reader.id, author.id, 3).await.unwrap(), 1, "what is there stays");
    tx.commit().await.unwrap();
    assert_eq!(home(&db, &reader, &Page::newest(10)).await, [posts[3].id, posts[2].id, posts[1].id]);
}

async fn a_backfill_brings_only_letters_to_the_reader(db: TestStore) {
    let (author, reader) = (db.account("author").await, db.person("reader").await);
    let (to_reader, to_other) =
        (db.post_to(&author, Visibility::Direct).await, db.post_to(&author, Visibility::Direct).await);
    db.mention(&to_reader, &[&reader]).await;
    db.mention(&to_other, &[&author]).await;
    let mut tx = db.begin().await.unwrap();
    assert_eq!(tx.backfill_home(reader.id, author.id, 10).await.unwrap(), 1);
    assert!(tx.home_has(reader.id, to_reader.id).await.unwrap());
    assert!(!tx.home_has(reader.id, to_other.id).await.unwrap());
}

async fn an_unfollow_takes_the_author_out(db: TestStore) {
    let (reader, other) = (db.person("reader").await, db.person("other").await);
    let (one, two) = (db.account("one").await, db.account("two").await);
    let (post, kept) = (db.post(&one).await, db.post(&two).await);
    let boost = db.boost(&one, &kept).await;
    for who in [&reader, &other] {
        put(&db, who, &[&post, &kept, &boost]).await;
    }
    let mut tx = db.begin().await.unwrap();
    assert_eq!(tx.prune_home(reader.id, one.id).await.unwrap(), 2, "posts and boosts");
    assert_eq!(tx.prune_home(reader.id, one.id).await.unwrap(), 0);
    tx.commit().await.unwrap();
    assert_eq!(home(&db, &reader, &Page::newest(10)).await, [kept.id]);
    assert_eq!(served(&db, &[other], &post).await, [true]);
}

async fn a_timeline_is_trimmed_to_its_newest(db: TestStore) {
    let (reader, other) = (db.person("reader").await, db.person("other").await);
    let mut posts = Vec::new();
    for _ in 0..5 {
        posts.push(db.post(&other).await);
    }
    for who in [&reader, &other] {
        put(&db, who, &posts.iter().collect::<Vec<_>>()).await;
    }
    let trim = async |most| {
        let mut tx = db.begin().await.unwrap();
        let gone = tx.trim_home(reader.id, most).await.unwrap();
        tx.commit().await.unwrap();
        gone
    };
    assert_eq!(trim(5).await, 0);
    assert_eq!(trim(3).await, 2);
    assert_eq!(home(&db, &reader, &Page::newest(10)).await, [posts[4].id, posts[3].id, posts[2].id]);
    assert_eq!(trim(0).await, 3);
    assert_eq!(home(&db, &reader, &Page::newest(10)).await, []);
    assert_eq!(home(&db, &other, &Page::newest(10)).await.len(), 5);
}

async fn crowded_timelines_are_found(db: TestStore) {
    let author = db.account("author").await;
    let posts = [db.post(&author).await, db.post(&author).await, db.post(&author).await];
    let mut people = Vec::new();
    for (name, entries) in [("a", 3), ("b", 1), ("c", 2), ("d", 3), ("e", 0)] {
        let person = db.person(name).await;
        put(&db, &person, &posts.iter().take(entries).collect::<Vec<_>>()).await;
        people.push(person.id);
    }
    let mut reader = db.read().await.unwrap();
    for (most, limit, expected) in [
        (2, 10, vec![people[0], people[3]]),
        (1, 10, vec![people[0], people[2], people[3]]),
        (1, 2, vec![people[0], people[2]]),
        (3, 10, vec![]),
    ] {
        assert_eq!(reader.crowded_homes(most, limit).await.unwrap(), expected, "{most} {limit}");
    }
}

async fn a_comment_shows_to_who_follows_the_one_it_answers(db: TestStore) {
    let reader = db.person("reader").await;
    let (author, friend) = (db.account("author").await, db.account("friend").await);
    let (stranger, asked) = (db.account("stranger").await, db.account("asked").await);
    db.follow(&reader, &author).await;
    db.follow(&reader, &friend).await;
    db.follow_as(&reader, &asked, FollowState::Pending).await;

    let lost =
        Status { in_reply_to_uri: Some("https://far.example/1".to_owned()), ..a_status(db.id(), &author) };
    let to = async |other: &Account| {
        let post = db.post(other).await;
        db.answer(&author, &post).await
    };
    let own = {
        let post = db.post(&stranger).await;
        db.answer(&reader, &post).await
    };
    let mut shown = Vec::new();
    for (case, comment, shows) in [
        ("to a friend", to(&friend).await, true),
        ("to a stranger", to(&stranger).await, false),
        ("to somebody asked", to(&asked).await, false),
        ("to the author", to(&author).await, true),
        ("to the reader", to(&reader).await, true),
        ("to what isn't known here", db.publish(lost).await, false),
        ("the reader's own", own, true),
    ] {
        put(&db, &reader, &[&comment]).await;
        if shows {
            shown.push(comment.id);
        }
        let found = home(&db, &reader, &Page::newest(10)).await;
        assert_eq!(found.contains(&comment.id), shows, "{case}");
    }
    // Right at once, and for what came before.
    db.follow(&reader, &stranger).await;
    assert_eq!(home(&db, &reader, &Page::newest(10)).await.len(), shown.len() + 1);
}

async fn boosts_show_unless_they_are_unwanted(db: TestStore) {
    let (reader, author, other) =
        (db.person("reader").await, db.account("author").await, db.account("other").await);
    let follow = db.follow(&reader, &author).await;
    let post = db.post(&other).await;
    let (plain, boost) = (db.post(&author).await, db.boost(&author, &post).await);
    let own = db.boost(&reader, &plain).await;
    put(&db, &reader, &[&plain, &boost, &own]).await;
    for (show_reblogs, expected) in [
        (true, vec![own.id, boost.id, plain.id]),
        (false, vec![own.id, plain.id]),
        (true, vec![own.id, boost.id, plain.id]),
    ] {
        let mut tx = db.begin().await.unwrap();
        tx.set_follow_options(follow.id, show_reblogs, false).await.unwrap();
        tx.commit().await.unwrap();
        assert_eq!(home(&db, &reader, &Page::newest(10)).await, expected, "{show_reblogs}");
    }
}

async fn a_boost_of_what_may_not_be_seen_is_hidden(db: TestStore) {
    let (reader, author, other) =
        (db.person("reader").await, db.account("author").await, db.account("other").await);
    db.follow(&reader, &author).await;
    let closed = db.post_to(&other, Visibility::Private).await;
    let open = db.boost(&author, &closed).await;
    let hidden =
        Status { visibility: Visibility::Private, ..a_boost(db.id(), &other, &db.post(&author).await) };
    let hidden = db.publish(hidden).await;
    put(&db, &reader, &[&open, &hidden]).await;
    assert_eq!(home(&db, &reader, &Page::newest(10)).await, []);
    db.follow(&reader, &other).await;
    assert_eq!(home(&db, &reader, &Page::newest(10)).await, [hidden.id, open.id]);
}

async fn losing_the_right_to_see_hides_at_once(db: TestStore) {
    let (reader, author) = (db.person("reader").await, db.account("author").await);
    let follow = db.follow(&reader, &author).await;
    let (open, closed) = (db.post(&author).await, db.post_to(&author, Visibility::Private).await);
    let comment =
        db.publish(Status { visibility: Visibility::Unlisted, ..an_answer(db.id(), &author, &open) }).await;
    put(&db, &reader, &[&open, &closed, &comment]).await;
    assert_eq!(home(&db, &reader, &Page::newest(10)).await, [comment.id, closed.id, open.id]);
    let mut tx = db.begin().await.unwrap();
    assert!(tx.delete_follow(&follow).await.unwrap());
    tx.commit().await.unwrap();
    assert_eq!(home(&db, &reader, &Page::newest(10)).await, [comment.id, open.id]);
}

async fn nothing_of_the_unwanted_shows(db: TestStore) {
    let (reader, author) = (db.person("reader").await, db.account("author").await);
    let other = db.remote_account("other@far.example").await;
    for who in [&author, &other] {
        db.follow(&reader, who).await;
    }
    let (plain, theirs) = (db.post(&author).await, db.post(&other).await);
    let comment = db.answer(&author, &theirs).await;
    let boost = db.boost(&author, &theirs).await;
    let boosted = db.boost(&other, &plain).await;
    let own = db.answer(&reader, &theirs).await;
    let all = [&plain, &theirs, &comment, &boost, &boosted, &own];
    put(&db, &reader, &all).await;
    let everything: Vec<_> = all.iter().rev().map(|s| s.id).collect();
    let shown = async || home(&db, &reader, &Page::newest(10)).await;
    assert_eq!(shown().await, everything);

    db.block(&reader, &other).await;
    assert_eq!(shown().await, [own.id, plain.id], "nor comments on it but one's own, nor boosts of it");
    let mut tx = db.begin().await.unwrap();
    tx.delete_block(reader.id, other.id).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(shown().await, everything, "at once, and back again");

    let mute = db.mute(&reader, &other, false).await;
    assert_eq!(shown().await, [own.id, plain.id]);
    let mut tx = db.begin().await.unwrap();
    assert!(tx.delete_mute(mute.account_id, mute.target_id).await.unwrap());
    tx.commit().await.unwrap();

    db.block_domain(&reader, "else.example").await;
    assert_eq!(shown().await, everything);
    db.block_domain(&reader, "far.example").await;
    assert_eq!(shown().await, [own.id, plain.id]);
}

async fn nothing_shows_to_the_blocked(db: TestStore) {
    let (reader, author) = (db.person("reader").await, db.account("author").await);
    let far = db.remote_account("far@far.example").await;
    db.follow(&reader, &author).await;
    let (plain, letter) = (db.post(&author).await, db.post_to(&author, Visibility::Direct).await);
    db.mention(&letter, &[&reader]).await;
    put(&db, &reader, &[&plain, &letter]).await;
    put(&db, &far, &[&plain]).await;
    assert_eq!(home(&db, &reader, &Page::newest(10)).await, [letter.id, plain.id]);
    db.block_domain(&author, "far.example").await;
    assert_eq!(home(&db, &far, &Page::newest(10)).await, []);
    assert_eq!(
        home(&db, &reader, &Page::newest(10)).await.len(),
        2,
        "people of this instance are of no domain"
    );
    db.block(&author, &reader).await;
    assert_eq!(home(&db, &reader, &Page::newest(10)).await, [], "being addressed doesn't help");
}
