use std::time::Duration;

use tintype_model::Visibility;

use super::*;
use crate::{
    bookmarks, favourites,
    given::{instance_with_clock, member},
    given_posts::{Known, a_note, found, jobs, picture, post, receive, stranger, told},
    inbox::{Received, RemoteMedia, RemoteMention, RemoteStatus},
    notifications::{self, NotificationFilter},
    reblogs,
    statuses::Draft,
};

type Shown = Vec<(MediaId, Option<&'static str>)>;

const MINUTE: Duration = Duration::from_mins(1);

fn change(text: &str) -> Change {
    Change { text: text.to_owned(), ..Change::default() }
}

async fn edited(ctx: &Ctx, who: AccountId, id: StatusId, change: Change) -> Result<StatusView> {
    edit(ctx, &Known(ctx), who, id, change).await
}

async fn edits_sent(ctx: &Ctx) -> usize {
    jobs(ctx).await.iter().filter(|o| matches!(o, Outgoing::Edited { .. })).count()
}

#[tokio::test]
async fn an_edit_keeps_what_was() {
    let (ctx, hands, _dir) = instance_with_clock().await;
    let (alice, bob) = (member(&ctx, "alice").await, member(&ctx, "bob").await);
    let id = post(&ctx, alice, "A #lake").await;
    favourites::favourite(&ctx, bob, id).await.unwrap();
    bookmarks::bookmark(&ctx, bob, id).await.unwrap();
    let published = statuses::get(&ctx, None, id).await.unwrap();
    assert_eq!(history(&ctx, None, id).await.unwrap().len(), 1);
    let mut heard = ctx.events.listen();
    for (text, spoiler) in [("A #mountain", ""), ("A #mountain lake", "water")] {
        hands.turn(MINUTE);
        let wanted = Change { spoiler_text: spoiler.to_owned(), ..change(text) };
        let view = edited(&ctx, alice, id, wanted).await.unwrap();
        assert_eq!((view.text.as_str(), view.edited_at), (text, Some(ctx.now())));
        assert_eq!(heard.try_recv(), Ok(Hint::Edited(id)));
    }
    let now = statuses::get(&ctx, Some(bob), id).await.unwrap();
    assert_eq!(
        now.content,
        "<p>A <a href=\"https://photos.example/tags/mountain\" class=\"mention hashtag\" rel=\"tag\">#<span>mountain</span></a> lake</p>"
    );
    assert_eq!(now.tags.iter().map(|t| t.name.as_str()).collect::<Vec<_>>(), ["mountain"]);
    assert_eq!((now.favourites_count, now.created_at, now.sensitive), (1, published.created_at, true));
    assert!(now.viewer.unwrap().favourited && now.viewer.unwrap().bookmarked);
    assert_eq!(now.account.statuses_count, 1);
    let versions = history(&ctx, Some(bob), id).await.unwrap();
    assert_eq!(versions[0].content, published.content);
    assert_eq!(versions.iter().map(|v| v.spoiler_text.as_str()).collect::<Vec<_>>(), ["", "", "water"]);
    let times: Vec<_> = versions.iter().map(|v| (ctx.now().0 - v.created_at.0) / 60_000).collect();
    assert_eq!(times, [2, 1, 0]);
    // One job that waits stands for both: it tells how the post is when it runs.
    assert_eq!(edits_sent(&ctx).await, 1);
    let written = source(&ctx, alice, id).await.unwrap();
    assert_eq!((written.text.as_str(), written.spoiler_text.as_str()), ("A #mountain lake", "water"));
}

#[tokio::test]
async fn no_change_is_no_version() {
    let (ctx, hands, _dir) = instance_with_clock().await;
    let alice = member(&ctx, "alice").await;
    let free = picture(&ctx, alice, "a lake").await;
    let draft = Draft { text: "Lake".to_owned(), media: vec![free], ..Draft::default() };
    let id = statuses::publish(&ctx, &Known(&ctx), alice, None, draft).await.unwrap().id;
    hands.turn(MINUTE);
    let same = [
        change("Lake"),
        Change { media: Some(vec![free]), sensitive: Some(false), ..change("Lake") },
        Change { media_attributes: vec![(free, Some("a lake".to_owned()), None)], ..change("Lake") },
        Change { media_attributes: vec![(MediaId(5), Some("nothing".to_owned()), None)], ..change("Lake") },
    ];
    for same in same {
        let view = edited(&ctx, alice, id, same).await.unwrap();
        assert_eq!((view.edited_at, view.media.len()), (None, 1));
    }
    assert_eq!(edits_sent(&ctx).await, 0);
    assert_eq!(history(&ctx, None, id).await.unwrap().len(), 1);
}

#[tokio::test]
async fn pictures_come_go_and_change() {
    let (ctx, hands, _dir) = instance_with_clock().await;
    let (alice, bob) = (member(&ctx, "alice").await, member(&ctx, "bob").await);
    let [one, two, three] = [
        picture(&ctx, alice, "one").await,
        picture(&ctx, alice, "two").await,
        picture(&ctx, alice, "three").await,
    ];
    let draft = Draft { media: vec![one, two], ..Draft::default() };
    let id = statuses::publish(&ctx, &Known(&ctx), alice, None, draft).await.unwrap().id;
    let steps: [(Vec<MediaId>, Vec<Described>, Shown); 4] = [
        (
            vec![three, one],
            vec![(three, Some("3".to_owned()), Some((0.5, -0.5))), (one, Some(String::new()), None)],
            vec![(three, Some("3")), (one, None)],
        ),
        (vec![one, three], vec![], vec![(one, None), (three, Some("3"))]),
        (vec![two], vec![], vec![(two, Some("two"))]),
        (vec![two, three], vec![(three, None, None)], vec![(two, Some("two")), (three, Some("3"))]),
    ];
    let shown = |media: &[MediaView]| -> Vec<(MediaId, Option<String>)> {
        media.iter().map(|m| (m.id, m.description.clone())).collect()
    };
    let mut all = vec![vec![(one, Some("one")), (two, Some("two"))]];
    for (media, media_attributes, expected) in steps {
        hands.turn(MINUTE);
        let wanted = Change { media: Some(media), media_attributes, ..Change::default() };
        let view = edited(&ctx, alice, id, wanted).await.unwrap();
        let expected_now: Vec<_> = expected.iter().map(|(id, d)| (*id, d.map(str::to_owned))).collect();
        assert_eq!(shown(&view.media), expected_now);
        all.push(expected);
    }
    let versions = history(&ctx, Some(bob), id).await.unwrap();
    let kept: Vec<_> = versions.iter().map(|v| shown(&v.media)).collect();
    let expected: Vec<Vec<_>> =
        all.iter().map(|v| v.iter().map(|(id, d)| (*id, d.map(str::to_owned))).collect()).collect();
    assert_eq!(kept, expected);
    assert_eq!(versions[1].media[0].focus, Some((0.5, -0.5)));
    // Not of this author, of another post, or nothing at all.
    let theirs = picture(&ctx, bob, "theirs").await;
    let taken = picture(&ctx, alice, "taken").await;
    let draft = Draft { media: vec![taken], ..Draft::default() };
    statuses::publish(&ctx, &Known(&ctx), alice, None, draft).await.unwrap();
    for bad in [vec![theirs], vec![two, taken], vec![MediaId(9)], vec![two, two], vec![]] {
        let wanted = Change { media: Some(bad.clone()), ..Change::default() };
        assert!(matches!(edited(&ctx, alice, id, wanted).await, Err(Error::Invalid(_))), "{bad:?}");
    }
    assert_eq!(shown(&statuses::get(&ctx, None, id).await.unwrap().media).len(), 2);
}

#[tokio::test]
async fn who_is_named_anew_hears_of_it_and_who_no_more_keeps_access() {
    let (ctx, _hands, _dir) = instance_with_clock().await;
    let (alice, bob) = (member(&ctx, "alice").await, member(&ctx, "bob").await);
    let carol = member(&ctx, "carol").await;
    let id = crate::given_posts::post_as(&ctx, alice, "@bob look", Visibility::Direct).await;
    edited(&ctx, alice, id, change("@carol look")).await.unwrap();
    assert_eq!((told(&ctx, bob).await, told(&ctx, carol).await), (vec!["mention"], vec!["mention"]));
    let seen = statuses::get(&ctx, Some(bob), id).await.unwrap();
    assert_eq!(seen.mentions.iter().map(|m| m.username.as_str()).collect::<Vec<_>>(), ["carol"]);
    // Nobody is told twice, and who dismissed it isn't told again while named.
    notifications::clear(&ctx, carol).await.unwrap();
    edited(&ctx, alice, id, change("@carol @bob look here")).await.unwrap();
    assert_eq!((told(&ctx, bob).await, told(&ctx, carol).await), (vec!["mention"], vec![]));
    // The end of it reaches those who are named no more.
    edited(&ctx, alice, id, change("nobody")).await.unwrap();
    statuses::delete(&ctx, alice, id).await.unwrap();
    let Some(Outgoing::Deleted { reach, .. }) = jobs(&ctx).await.pop() else { panic!("no deletion") };
    assert_eq!(reach.mentioned, [bob, carol]);
}

#[tokio::test]
async fn who_boosted_it_hears_of_each_edit() {
    let (ctx, hands, _dir) = instance_with_clock().await;
    let (alice, bob) = (member(&ctx, "alice").await, member(&ctx, "bob").await);
    let id = post(&ctx, alice, "one").await;
    let boost = reblogs::reblog(&ctx, bob, id, None).await.unwrap().id;
    for text in ["two", "three"] {
        hands.turn(MINUTE);
        edited(&ctx, alice, id, change(text)).await.unwrap();
        assert_eq!(told(&ctx, bob).await, ["update"]);
    }
    let news =
        notifications::list(&ctx, bob, &NotificationFilter::default(), &tintype_model::Page::newest(1)).await;
    assert_eq!(news.unwrap()[0].created_at, ctx.now());
    // A boost has nothing to change; somebody else's post is none of one's business.
    for (who, id) in [(bob, boost), (bob, id), (alice, boost)] {
        assert!(matches!(edited(&ctx, who, id, change("x")).await, Err(Error::NotFound)));
        assert!(matches!(source(&ctx, who, id).await, Err(Error::NotFound)));
    }
    let bad = [
        change(""),
        change(&"x".repeat(5001)),
        change("a\0b"),
        Change { language: Some("<b>".to_owned()), ..change("x") },
        Change { media_attributes: vec![(MediaId(1), None, Some((2.0, 0.0)))], ..change("x") },
    ];
    for bad in bad {
        assert!(matches!(edited(&ctx, alice, id, bad).await, Err(Error::Invalid(_))));
    }
    assert_eq!(statuses::get(&ctx, None, id).await.unwrap().text, "three");
}

fn remote_picture(url: &str, description: &str) -> RemoteMedia {
    RemoteMedia {
        url: url.to_owned(),
        content_type: "image/jpeg".to_owned(),
        description: Some(description.to_owned()),
        ..RemoteMedia::default()
    }
}

#[tokio::test]
async fn a_remote_edit_does_what_ours_does() {
    let (ctx, hands, _dir) = instance_with_clock().await;
    let alice = member(&ctx, "alice").await;
    let bob = stranger(&ctx, "bob@far.example").await;
    let to_alice = |silent| vec![RemoteMention { account: alice, silent }];
    let (a, b) = ("https://far.example/a.jpg", "https://far.example/b.jpg");
    let first = RemoteStatus {
        mentions: to_alice(true),
        media: vec![remote_picture(a, "a")],
        ..a_note(&ctx, &bob, "1", "<p>one</p>")
    };
    receive(&ctx, &bob, Received::Create(Box::new(first.clone()))).await;
    let before = found(&ctx, alice, &first.uri).await.unwrap();
    reblogs::reblog(&ctx, alice, before.id, None).await.unwrap();
    assert!(told(&ctx, alice).await.is_empty());
    hands.turn(MINUTE);
    let second = RemoteStatus {
        content: "<p>two</p>".to_owned(),
        edited: Some(ctx.now()),
        mentions: to_alice(false),
        tags: vec![("sky".to_owned(), "Sky".to_owned())],
        media: vec![remote_picture(b, "b"), remote_picture(a, "a, again")],
        ..first.clone()
    };
    receive(&ctx, &bob, Received::Update(Box::new(second.clone()))).await;
    let now = found(&ctx, alice, &first.uri).await.unwrap();
    assert_eq!((now.content.as_str(), now.edited_at), ("<p>two</p>", second.edited));
    assert_eq!((now.mentions.len(), now.tags.len(), now.visibility), (1, 1, Visibility::Public));
    // The picture of the same address is the same row.
    assert_eq!(now.media[1].id, before.media[0].id);
    assert_eq!(now.media[1].description.as_deref(), Some("a, again"));
    assert_eq!(told(&ctx, alice).await, ["mention", "update"]);
    // What is older, as old, or not the author's has no effect.
    hands.turn(MINUTE);
    let eve = stranger(&ctx, "eve@far.example").await;
    let stale = RemoteStatus { edited: Some(Millis(ctx.now().0 - 90_000)), ..first.clone() };
    let as_old = RemoteStatus { content: "<p>x</p>".to_owned(), ..second.clone() };
    let undated_same = RemoteStatus { edited: None, ..second.clone() };
    let not_hers = RemoteStatus { content: "<p>eve</p>".to_owned(), edited: None, ..second.clone() };
    let ignored = [
        (&bob, Received::Update(Box::new(stale))),
        (&bob, Received::Update(Box::new(as_old))),
        (&bob, Received::Update(Box::new(undated_same))),
        (&bob, Received::Create(Box::new(first.clone()))),
        (&eve, Received::Update(Box::new(not_hers))),
    ];
    for (by, received) in ignored {
        receive(&ctx, by, received).await;
        assert_eq!(found(&ctx, alice, &first.uri).await, Some(now.clone()));
    }
    // No date, but new words; and a date that hasn't come yet.
    let third = RemoteStatus { content: "<p>three</p>".to_owned(), edited: None, media: vec![], ..second };
    receive(&ctx, &bob, Received::Update(Box::new(third.clone()))).await;
    let now = found(&ctx, alice, &first.uri).await.unwrap();
    assert_eq!((now.content.as_str(), now.edited_at, now.media.len()), ("<p>three</p>", Some(ctx.now()), 0));
    hands.turn(MINUTE);
    let future = Some(Millis(ctx.now().0 + 1_000_000_000));
    let fourth = RemoteStatus { content: "<p>four</p>".to_owned(), edited: future, ..third };
    receive(&ctx, &bob, Received::Update(Box::new(fourth))).await;
    assert_eq!(found(&ctx, alice, &first.uri).await.unwrap().edited_at, Some(ctx.now()));
    let versions = history(&ctx, Some(alice), before.id).await.unwrap();
    let pictures: Vec<_> = versions.iter().map(|v| v.media.len()).collect();
    assert_eq!(pictures, [1, 2, 0, 0]);
    assert_eq!(versions[0].media[0].description.as_deref(), Some("a"));
    assert_eq!(edits_sent(&ctx).await, 0);
}

#[tokio::test]
async fn an_update_of_what_is_unknown_is_its_publication() {
    let (ctx, hands, _dir) = instance_with_clock().await;
    let alice = member(&ctx, "alice").await;
    let bob = stranger(&ctx, "bob@far.example").await;
    let published = ctx.now();
    hands.turn(MINUTE);
    let note = |name: &str, mentions| RemoteStatus {
        published,
        edited: Some(ctx.now()),
        mentions,
        ..a_note(&ctx, &bob, name, "<p>x</p>")
    };
    let to_alice = vec![RemoteMention { account: alice, silent: false }];
    let (ours, nobodys, gone) = (note("1", to_alice.clone()), note("2", vec![]), note("3", to_alice));
    receive(&ctx, &bob, Received::Delete { uri: gone.uri.clone() }).await;
    for note in [&ours, &nobodys, &gone] {
        receive(&ctx, &bob, Received::Update(Box::new(note.clone()))).await;
    }
    let known = found(&ctx, alice, &ours.uri).await.unwrap();
    assert_eq!((known.created_at, known.edited_at), (published, Some(ctx.now())));
    assert_eq!(told(&ctx, alice).await, ["mention"]);
    assert!(found(&ctx, alice, &nobodys.uri).await.is_none());
    assert!(found(&ctx, alice, &gone.uri).await.is_none());
}

#[tokio::test]
async fn there_and_back_is_where_it_was_whatever_comes_first() {
    let (ctx, hands, _dir) = instance_with_clock().await;
    let alice = member(&ctx, "alice").await;
    let bob = stranger(&ctx, "bob@far.example").await;
    let first = RemoteStatus {
        mentions: vec![RemoteMention { account: alice, silent: false }],
        ..a_note(&ctx, &bob, "1", "<p>A</p>")
    };
    receive(&ctx, &bob, Received::Create(Box::new(first.clone()))).await;
    hands.turn(MINUTE);
    let there = RemoteStatus { content: "<p>B</p>".to_owned(), edited: Some(ctx.now()), ..first.clone() };
    hands.turn(MINUTE);
    let back = RemoteStatus { edited: Some(ctx.now()), ..first.clone() };
    for update in [&back, &there] {
        receive(&ctx, &bob, Received::Update(Box::new(update.clone()))).await;
        let now = found(&ctx, alice, &first.uri).await.unwrap();
        assert_eq!((now.content.as_str(), now.edited_at), ("<p>A</p>", back.edited));
    }
    let id = found(&ctx, alice, &first.uri).await.unwrap().id;
    assert_eq!(history(&ctx, Some(alice), id).await.unwrap().len(), 1);
    assert_eq!(told(&ctx, alice).await, ["mention"]);
}

#[tokio::test]
async fn whom_a_fetched_post_addresses_hears_of_it_when_it_is_sent() {
    let (ctx, _hands, _dir) = instance_with_clock().await;
    let (alice, carol) = (member(&ctx, "alice").await, member(&ctx, "carol").await);
    let bob = stranger(&ctx, "bob@far.example").await;
    let eve = stranger(&ctx, "eve@far.example").await;
    let post = post(&ctx, carol, "look").await;
    let post = ctx.store.read().await.unwrap().status(post).await.unwrap().unwrap();
    let note = RemoteStatus {
        in_reply_to: Some(post.uri),
        mentions: vec![RemoteMention { account: alice, silent: false }],
        ..a_note(&ctx, &bob, "1", "<p>one</p>")
    };
    crate::inbox::store_status(&ctx, &note).await.unwrap().unwrap();
    receive(&ctx, &eve, Received::Create(Box::new(note.clone()))).await;
    crate::inbox::store_status(&ctx, &note).await.unwrap().unwrap();
    assert!(told(&ctx, alice).await.is_empty() && told(&ctx, carol).await.is_empty());
    for _ in 0..2 {
        receive(&ctx, &bob, Received::Create(Box::new(note.clone()))).await;
        assert_eq!((told(&ctx, alice).await, told(&ctx, carol).await), (vec!["mention"], vec!["mention"]));
    }
}
