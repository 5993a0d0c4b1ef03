use tintype_model::{Page, Visibility};
use tintype_store::{accounts::Account, jobs::JobState};

use super::*;
use crate::{
    edits::{self, Change},
    given::{instance, instance_with_clock, member},
    given_posts::{Known, a_note, found, jobs, picture, receive, stranger, told},
    inbox::{Received, RemotePoll, RemoteStatus},
    outgoing::FAN_OUT,
    statuses::{self, Draft},
    views::StatusView,
};

const DAY: i64 = 86_400;

fn tea() -> PollDraft {
    PollDraft {
        options: vec!["tea".to_owned(), " coffee ".to_owned(), String::new()],
        expires_in: DAY,
        ..PollDraft::default()
    }
}

fn asking(poll: PollDraft) -> Draft {
    Draft { text: "tea?".to_owned(), poll: Some(poll), ..Draft::default() }
}

async fn ask(ctx: &Ctx, by: AccountId, poll: PollDraft) -> StatusView {
    statuses::publish(ctx, &Known(ctx), by, None, asking(poll)).await.unwrap()
}

fn numbers(view: &PollView) -> (Vec<Option<i64>>, i64, Option<i64>) {
    (view.options.iter().map(|o| o.votes_count).collect(), view.votes_count, view.voters_count)
}

fn refusal<T: std::fmt::Debug>(outcome: Result<T>) -> String {
    match outcome {
        Err(Error::Invalid(why)) => why.to_string(),
        other => panic!("{other:?}"),
    }
}

/// A vote from elsewhere.
fn vote_of(by: &Account, of: &StatusView, choices: &[&str]) -> Received {
    let vote = |title: &&str| ((*title).to_owned(), format!("{}#votes/{title}/{}", by.uri, of.id));
    Received::Vote { of: of.uri.clone(), choices: choices.iter().map(vote).collect() }
}

/// A post of somebody elsewhere that asks.
fn a_question(ctx: &Ctx, by: &Account, options: &[(&str, i64)]) -> RemoteStatus {
    RemoteStatus {
        poll: Some(RemotePoll {
            multiple: false,
            options: options.iter().map(|(title, votes)| ((*title).to_owned(), *votes)).collect(),
            ends: Some(ctx.now().plus(Duration::from_hours(24))),
            closed: false,
            voters: Some(options.iter().map(|(_, votes)| votes).sum()),
        }),
        ..a_note(ctx, by, "1", "<p>tea?</p>")
    }
}

#[tokio::test]
async fn a_poll_is_asked_and_answered_once() {
    let (ctx, _dir) = instance().await;
    let (alice, bob) = (member(&ctx, "alice").await, member(&ctx, "bob").await);
    let post = ask(&ctx, alice, tea()).await;
    let poll = post.poll.clone().unwrap();
    let titles: Vec<&str> = poll.options.iter().map(|o| o.title.as_str()).collect();
    assert_eq!((titles, numbers(&poll)), (vec!["tea", "coffee"], (vec![Some(0), Some(0)], 0, Some(0))));
    assert_eq!(poll.expires_at, Some(ctx.now().plus(Duration::from_hours(24))));
    assert!(poll.voted && poll.own_votes == Some(vec![]), "the author is not asked");

    let seen = get(&ctx, &Known(&ctx), None, poll.id).await.unwrap();
    assert_eq!((seen.voted, seen.own_votes), (false, None));
    for (choices, why) in [
        (&[2][..], "The chosen vote option does not exist"),
        (&[-1], "The chosen vote option does not exist"),
        (&[0, 1], "The poll takes one choice only"),
        (&[], "Choices can't be blank"),
    ] {
        assert_eq!(refusal(vote(&ctx, bob, poll.id, choices).await), why, "{choices:?}");
    }
    assert_eq!(refusal(vote(&ctx, alice, poll.id, &[0]).await), "You can't vote in your own polls");
    let after = vote(&ctx, bob, poll.id, &[1, 1]).await.unwrap();
    assert_eq!(numbers(&after), (vec![Some(0), Some(1)], 1, Some(1)));
    assert_eq!((after.voted, after.own_votes), (true, Some(vec![1])));
    assert_eq!(refusal(vote(&ctx, bob, poll.id, &[0]).await), "You have already voted on this poll");
    let seen = statuses::get(&ctx, Some(alice), post.id).await.unwrap().poll.unwrap();
    assert_eq!(numbers(&seen), (vec![Some(0), Some(1)], 1, Some(1)));
}

#[tokio::test]
async fn what_is_no_choice_is_no_poll() {
    let (ctx, _dir) = instance().await;
    let alice = member(&ctx, "alice").await;
    let with = |options: &[&str], expires_in| PollDraft {
        options: options.iter().map(|option| (*option).to_owned()).collect(),
        expires_in,
        ..PollDraft::default()
    };
    let long = "é".repeat(51);
    for (draft, why) in [
        (with(&["a"], DAY), "Options must have more than one item"),
        (with(&["a", " "], DAY), "Options must have more than one item"),
        (with(&["a", "b", "c", "d", "e"], DAY), "Options can't contain more than 4 items"),
        (with(&["a", &long], DAY), "Options can't be longer than 50 characters each"),
        (with(&["a", "a "], DAY), "Options contain duplicate items"),
        (with(&["a", "b\0"], DAY), "Text must not contain NUL characters"),
        (with(&["a", "b"], 299), "Duration of the poll is too short"),
        (with(&["a", "b"], 31 * DAY + 1), "Duration of the poll is too long"),
        (with(&["a", "b"], i64::MIN), "Duration of the poll is too short"),
    ] {
        assert_eq!(refusal(statuses::publish(&ctx, &Known(&ctx), alice, None, asking(draft)).await), why);
    }
    let media = vec![picture(&ctx, alice, "a lake").await];
    let both = Draft { media, ..asking(tea()) };
    let why = refusal(statuses::publish(&ctx, &Known(&ctx), alice, None, both).await);
    assert_eq!(why, "A post has either pictures or a poll, not both");
    for expires_in in [300, 31 * DAY] {
        ask(&ctx, alice, with(&["a", "b"], expires_in)).await;
    }
}

#[tokio::test]
async fn several_choices_and_hidden_counts() {
    let (ctx, clock, _dir) = instance_with_clock().await;
    let (alice, bob, carol) =
        (member(&ctx, "alice").await, member(&ctx, "bob").await, member(&ctx, "carol").await);
    let post = ask(&ctx, alice, PollDraft { multiple: true, hide_totals: true, ..tea() }).await;
    let id = post.poll.unwrap().id;
    vote(&ctx, bob, id, &[1, 0]).await.unwrap();
    let seen = vote(&ctx, carol, id, &[0]).await.unwrap();
    assert_eq!(numbers(&seen), (vec![None, None], 3, Some(2)));
    assert_eq!(refusal(vote(&ctx, carol, id, &[1]).await), "You have already voted on this poll");
    clock.turn(Duration::from_hours(24));
    let seen = get(&ctx, &Known(&ctx), Some(alice), id).await.unwrap();
    assert!(seen.expired);
    assert_eq!(numbers(&seen), (vec![Some(2), Some(1)], 3, Some(2)));
    let dave = member(&ctx, "dave").await;
    assert_eq!(refusal(vote(&ctx, dave, id, &[1]).await), "The poll has already ended");
}

#[tokio::test]
async fn only_who_may_see_a_poll_votes() {
    let (ctx, _dir) = instance().await;
    let (alice, bob) = (member(&ctx, "alice").await, member(&ctx, "bob").await);
    let eve = stranger(&ctx, "eve@far.example").await;
    let draft = Draft { visibility: Some(Visibility::Private), ..asking(tea()) };
    let post = statuses::publish(&ctx, &Known(&ctx), alice, None, draft).await.unwrap();
    let id = post.poll.as_ref().unwrap().id;
    assert!(matches!(get(&ctx, &Known(&ctx), Some(bob), id).await, Err(Error::NotFound)));
    assert!(matches!(get(&ctx, &Known(&ctx), None, id).await, Err(Error::NotFound)));
    assert!(matches!(vote(&ctx, bob, id, &[0]).await, Err(Error::NotFound)));
    receive(&ctx, &eve, vote_of(&eve, &post, &["tea"])).await;
    let seen = get(&ctx, &Known(&ctx), Some(alice), id).await.unwrap();
    assert_eq!(numbers(&seen), (vec![Some(0), Some(0)], 0, Some(0)));
}

/// T109: twice, too many, unknown, too late, by the author's own double.
#[tokio::test]
async fn votes_from_elsewhere_count_once() {
    let (ctx, clock, _dir) = instance_with_clock().await;
    let alice = member(&ctx, "alice").await;
    let (bob, eve) = (stranger(&ctx, "bob@far.example").await, stranger(&ctx, "eve@far.example").await);
    let one = ask(&ctx, alice, tea()).await;
    let many = ask(&ctx, alice, PollDraft { multiple: true, ..tea() }).await;
    for (by, of, choices) in [
        (&bob, &one, &["tea"][..]),
        (&bob, &one, &["tea"]),
        (&bob, &one, &["coffee"]),
        (&eve, &one, &["milk"]),
        (&eve, &one, &["coffee", "tea"]),
        (&bob, &many, &["tea"]),
        (&bob, &many, &["coffee"]),
        (&bob, &many, &["tea"]),
        (&eve, &many, &["milk", "coffee ", "tea"]),
    ] {
        receive(&ctx, by, vote_of(by, of, choices)).await;
    }
    let seen = async |of: &StatusView| statuses::get(&ctx, Some(alice), of.id).await.unwrap().poll.unwrap();
    assert_eq!(numbers(&seen(&one).await), (vec![Some(1), Some(1)], 2, Some(2)));
    assert_eq!(numbers(&seen(&many).await), (vec![Some(2), Some(2)], 4, Some(2)));
    clock.turn(Duration::from_hours(24));
    let late = stranger(&ctx, "late@far.example").await;
    receive(&ctx, &late, vote_of(&late, &one, &["tea"])).await;
    assert_eq!(numbers(&seen(&one).await).1, 2);
    let all = statuses::context(&ctx, Some(alice), one.id).await.unwrap().descendants;
    assert!(all.is_empty(), "a vote is no comment");
}

#[tokio::test]
async fn new_numbers_are_told_soon_and_then_seldom() {
    let (ctx, clock, _dir) = instance_with_clock().await;
    let alice = member(&ctx, "alice").await;
    let post = ask(&ctx, alice, tea()).await;
    let due = async || {
        let mut reader = ctx.store.read().await.unwrap();
        let all = reader.jobs(None, Some(FAN_OUT), &Page::newest(100)).await.unwrap();
        let polls: Vec<_> = all.into_iter().filter(|job| job.name.starts_with("poll ")).collect();
        assert!(polls.len() < 2 && polls.iter().all(|job| job.state == JobState::Ready));
        polls.first().map(|job| (job.id, job.run_at))
    };
    assert_eq!(due().await, None);
    let begin = ctx.now();
    for name in ["a", "b", "c"] {
        let voter = stranger(&ctx, &format!("{name}@far.example")).await;
        receive(&ctx, &voter, vote_of(&voter, &post, &["tea"])).await;
        assert_eq!(due().await.unwrap().1, begin.plus(SOON), "one for all");
        clock.turn(Duration::from_secs(1));
    }
    let mut tx = ctx.store.begin().await.unwrap();
    tx.drop_job(due().await.unwrap().0).await.unwrap();
    tx.commit().await.unwrap();
    clock.turn(Duration::from_secs(10));
    let late = stranger(&ctx, "late@far.example").await;
    receive(&ctx, &late, vote_of(&late, &post, &["tea"])).await;
    assert_eq!(due().await.unwrap().1, begin.plus(SOON).plus(SELDOM));
}

#[tokio::test]
async fn the_end_is_told_once() {
    let (ctx, clock, _dir) = instance_with_clock().await;
    let (alice, bob, carol) =
        (member(&ctx, "alice").await, member(&ctx, "bob").await, member(&ctx, "carol").await);
    let far = stranger(&ctx, "dave@far.example").await;
    let post = ask(&ctx, alice, PollDraft { multiple: true, ..tea() }).await;
    let id = post.poll.as_ref().unwrap().id;
    vote(&ctx, bob, id, &[0, 1]).await.unwrap();
    receive(&ctx, &far, vote_of(&far, &post, &["tea"])).await;
    assert_eq!(end_expired(&ctx).await.unwrap(), 0);
    clock.turn(Duration::from_hours(24));
    assert_eq!(end_expired(&ctx).await.unwrap(), 1);
    assert_eq!(end_expired(&ctx).await.unwrap(), 0);
    assert_eq!((told(&ctx, alice).await, told(&ctx, bob).await), (vec!["poll"], vec!["poll"]));
    assert!(told(&ctx, carol).await.is_empty());
    let changed = Outgoing::PollChanged { status: post.id, uri: post.uri.clone() };
    assert!(jobs(&ctx).await.contains(&changed));

    // Asked once more, it ends once more; who heard of it isn't told again.
    let poll = Some(PollDraft { expires_in: 300, multiple: true, ..tea() });
    let change = Change { text: "tea?".to_owned(), poll, ..Change::default() };
    let view = edits::edit(&ctx, &Known(&ctx), alice, post.id, change).await.unwrap();
    assert_eq!((view.edited_at, view.poll.unwrap().expired), (None, false), "no other version");
    clock.turn(Duration::from_mins(5));
    assert_eq!(end_expired(&ctx).await.unwrap(), 1);
    assert_eq!(told(&ctx, bob).await, ["poll"]);
}

#[tokio::test]
async fn other_options_are_another_poll() {
    let (ctx, _dir) = instance().await;
    let (alice, bob) = (member(&ctx, "alice").await, member(&ctx, "bob").await);
    let post = ask(&ctx, alice, tea()).await;
    let id = post.poll.as_ref().unwrap().id;
    vote(&ctx, bob, id, &[0]).await.unwrap();
    let edit = async |text: &str, poll: Option<PollDraft>| {
        let change = Change { text: text.to_owned(), poll, ..Change::default() };
        edits::edit(&ctx, &Known(&ctx), alice, post.id, change).await.unwrap()
    };
    let view = edit("tea, please?", Some(tea())).await;
    assert_eq!(numbers(view.poll.as_ref().unwrap()).1, 1, "another text is no other question");
    let other = PollDraft { options: vec!["tea".to_owned(), "milk".to_owned()], ..tea() };
    let view = edit("tea, please?", Some(other.clone())).await;
    assert_eq!(numbers(view.poll.as_ref().unwrap()), (vec![Some(0), Some(0)], 0, Some(0)));
    vote(&ctx, bob, id, &[1]).await.unwrap();
    let view = edit("tea, please?", Some(PollDraft { multiple: true, ..other })).await;
    assert_eq!(numbers(view.poll.as_ref().unwrap()).1, 0);
    assert!(edit("never mind", None).await.poll.is_none());
    assert!(matches!(vote(&ctx, bob, id, &[0]).await, Err(Error::NotFound)));
    assert!(edit("again", Some(tea())).await.poll.is_some());
}

#[tokio::test]
async fn a_poll_from_elsewhere_is_what_its_server_says() {
    let (ctx, clock, _dir) = instance_with_clock().await;
    let alice = member(&ctx, "alice").await;
    let (bob, eve) = (stranger(&ctx, "bob@far.example").await, stranger(&ctx, "eve@far.example").await);
    crate::follows::follow(&ctx, alice, bob.id, crate::follows::FollowOptions::default()).await.unwrap();
    let question = a_question(&ctx, &bob, &[("tea", 3), ("coffee", 4)]);
    assert!(crate::inbox::store_status(&ctx, &question).await.unwrap().is_some());
    let seen = async || found(&ctx, alice, &question.uri).await.unwrap();
    let view = seen().await;
    let id = view.poll.as_ref().unwrap().id;
    assert_eq!(numbers(view.poll.as_ref().unwrap()), (vec![Some(3), Some(4)], 7, Some(7)));

    let view = vote(&ctx, alice, id, &[1]).await.unwrap();
    assert_eq!(numbers(&view), (vec![Some(3), Some(5)], 8, Some(8)), "counted at once");
    let row = ctx.store.read().await.unwrap().poll_choices(alice, &[id]).await.unwrap();
    assert_eq!(row, [(id, 1)]);
    let voted = jobs(&ctx).await.into_iter().filter(|job| matches!(job, Outgoing::Voted { .. })).count();
    assert_eq!(voted, 1, "one for each choice");

    // Other numbers of the same options; by somebody else they are nothing.
    let more = |by: &Account, options| RemoteStatus {
        author: by.id,
        uri: question.uri.clone(),
        ..a_question(&ctx, &bob, options)
    };
    receive(&ctx, &eve, Received::Update(Box::new(more(&eve, &[("tea", 99), ("coffee", 0)])))).await;
    assert_eq!(numbers(&seen().await.poll.unwrap()).1, 8);
    receive(&ctx, &bob, Received::Update(Box::new(more(&bob, &[("tea", 6), ("coffee", 5)])))).await;
    let view = seen().await;
    assert_eq!((numbers(&view.poll.unwrap()).0, view.edited_at), (vec![Some(6), Some(5)], None));
    // Other options without an edit are none.
    receive(&ctx, &bob, Received::Update(Box::new(more(&bob, &[("war", 6), ("peace", 5)])))).await;
    assert_eq!(seen().await.poll.unwrap().options[0].title, "tea");
    // With one they are others, and nobody has voted.
    clock.turn(Duration::from_mins(1));
    let edited = RemoteStatus { edited: Some(ctx.now()), ..more(&bob, &[("tea", 0), ("milk", 0)]) };
    receive(&ctx, &bob, Received::Update(Box::new(edited.clone()))).await;
    let view = seen().await;
    assert_eq!(view.edited_at, Some(ctx.now()));
    let poll = view.poll.unwrap();
    assert_eq!((poll.options[1].title.as_str(), poll.own_votes, poll.voted), ("milk", Some(vec![]), false));
    // The same version with new numbers.
    let counted = RemoteStatus { edited: edited.edited, ..more(&bob, &[("tea", 1), ("milk", 2)]) };
    receive(&ctx, &bob, Received::Update(Box::new(counted))).await;
    assert_eq!(numbers(&seen().await.poll.unwrap()).0, [Some(1), Some(2)]);

    // Its end is told to those here who voted.
    vote(&ctx, alice, id, &[0]).await.unwrap();
    let mut closed = more(&bob, &[("tea", 2), ("milk", 2)]);
    closed.edited = edited.edited;
    if let Some(poll) = &mut closed.poll {
        (poll.closed, poll.ends) = (true, None);
    }
    clock.turn(Duration::from_mins(1));
    receive(&ctx, &bob, Received::Update(Box::new(closed.clone()))).await;
    assert!(seen().await.poll.unwrap().expired);
    assert_eq!(end_expired(&ctx).await.unwrap(), 1);
    assert!(told(&ctx, alice).await.contains(&"poll"));
    // It does not end again each time its server says so, even one that would have gone on for longer.
    let end = seen().await.poll.unwrap().expires_at;
    clock.turn(Duration::from_mins(1));
    if let Some(poll) = &mut closed.poll {
        poll.ends = Some(ctx.now().plus(Duration::from_hours(1)));
    }
    receive(&ctx, &bob, Received::Update(Box::new(closed))).await;
    assert_eq!(seen().await.poll.unwrap().expires_at, end);
    assert_eq!(end_expired(&ctx).await.unwrap(), 0);
}
