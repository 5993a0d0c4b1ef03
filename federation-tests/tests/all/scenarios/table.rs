//! Which activity is shown by which scenario: `cargo nextest run -p tintype-federation-tests table --no-capture`.

use super::{
    blocks, comments, edits, emojis, favourites, finding, follows, moderation, moves, pins, polls, posts,
    profiles, quotes, reading, reblogs, reports, visibility,
};
use std::collections::BTreeSet;

/// Who sends the activity in a scenario.
#[derive(Clone, Copy, PartialEq)]
enum Sender {
    Home,
    Far,
    Both,
}

use Sender::{Both, Far, Home};

/// An activity, who sends it, and the scenario.
const ACTIVITIES: &[(&str, Sender, &str)] = &[
    ("Follow", Both, "follows::a_follow_is_accepted"),
    ("Accept (at once)", Both, "follows::a_follow_is_accepted"),
    ("Accept (of a request)", Far, "follows::a_locked_account_accepts"),
    ("Reject", Far, "follows::a_locked_account_rejects"),
    ("Reject (of a follow)", Far, "follows::a_follower_is_removed"),
    ("Undo Follow", Home, "follows::an_unfollow_takes_everything_back"),
    ("Undo Follow (of a request)", Home, "follows::a_request_is_taken_back"),
    ("Create", Both, "posts::posts_reach_followers_both_ways"),
    ("Create (pictures)", Home, "posts::a_post_with_three_pictures_arrives"),
    ("Create (mention)", Both, "posts::a_mention_is_told"),
    ("Create (unlisted, private, direct)", Home, "visibility::four_visibilities"),
    ("Create (comment)", Far, "comments::a_comment_federates"),
    ("Create (thread)", Both, "comments::comments_on_comments_make_a_thread"),
    ("Create (retried, once)", Home, "posts::a_retried_post_is_published_once"),
    ("Delete (post)", Home, "posts::a_deleted_post_is_gone_everywhere"),
    ("Delete (comment)", Far, "comments::a_deleted_comment_uncounts"),
    ("Like", Far, "favourites::a_favourite_is_counted_and_told"),
    ("Undo Like", Far, "favourites::an_unfavourite_takes_it_back"),
    ("Announce", Far, "reblogs::a_reblog_reaches_followers_on_both_sides"),
    ("Announce (of an unknown post)", Home, "reblogs::a_reblog_brings_an_unknown_post"),
    ("Undo Announce", Far, "reblogs::an_unreblog_takes_it_back"),
    ("Update (post)", Home, "edits::an_edited_post_changes_everywhere"),
    ("Update (comment)", Far, "edits::an_edited_comment_changes_everywhere"),
    ("Update (pictures)", Home, "edits::pictures_are_edited"),
    ("Update (of a direct post, to others)", Home, "edits::an_edit_tells_those_it_names_anew"),
    ("Block", Home, "blocks::a_block_ends_everything_between_two"),
    ("Undo Block", Home, "blocks::an_unblock_opens_the_door_again"),
    ("Create (Question)", Home, "polls::a_poll_is_answered_on_both_sides"),
    ("Create (votes)", Far, "polls::a_poll_takes_several_choices"),
    ("Update (Question, new numbers)", Home, "polls::a_poll_is_answered_on_both_sides"),
    ("Update (Question, other options)", Home, "polls::other_options_begin_anew_everywhere"),
    ("Create and Update (custom emoji)", Home, "emojis::emoji_are_seen_far_away"),
    ("Add", Home, "pins::pinned_posts_are_pinned_everywhere"),
    ("Remove", Home, "pins::pinned_posts_are_pinned_everywhere"),
    ("QuoteRequest", Far, "quotes::a_quote_is_allowed_and_taken_back"),
    ("Accept (of a quote)", Home, "quotes::a_quote_is_allowed_and_taken_back"),
    ("Update (with leave to quote)", Far, "quotes::a_quote_is_allowed_and_taken_back"),
    ("Delete (of leave to quote)", Home, "quotes::a_quote_is_allowed_and_taken_back"),
    ("Update (who may quote)", Home, "quotes::who_may_quote_is_told_far_away"),
    ("Add (hashtag)", Far, "reading::hashtags_of_a_profile_are_shown_everywhere"),
    ("Remove (hashtag)", Far, "reading::hashtags_of_a_profile_are_shown_everywhere"),
    ("Update (profile)", Home, "profiles::a_changed_profile_is_seen_far_away"),
    ("Update (suspended, and not any more)", Home, "moderation::a_suspended_account_is_hidden_everywhere"),
    ("Update (key)", Home, "profiles::a_new_key_is_believed"),
    ("Delete (account)", Home, "moderation::a_deleted_account_is_gone_everywhere"),
    ("Move", Home, "moves::followers_follow_to_the_new_account"),
    ("Flag", Home, "reports::a_report_reaches_the_other_server"),
];

/// What has to stand in the table.
const REQUIRED: [&str; 18] = [
    "Follow",
    "Accept",
    "Reject",
    "Create",
    "Delete",
    "Like",
    "Announce",
    "Undo Follow",
    "Undo Like",
    "Undo Announce",
    "Update",
    "Block",
    "Undo Block",
    "Add",
    "Remove",
    "Delete (account)",
    "Move",
    "Flag",
];

fn scenarios() -> BTreeSet<String> {
    let files = [
        ("blocks", blocks::NAMES),
        ("comments", comments::NAMES),
        ("edits", edits::NAMES),
        ("emojis", emojis::NAMES),
        ("favourites", favourites::NAMES),
        ("finding", finding::NAMES),
        ("follows", follows::NAMES),
        ("moderation", moderation::NAMES),
        ("moves", moves::NAMES),
        ("pins", pins::NAMES),
        ("polls", polls::NAMES),
        ("posts", posts::NAMES),
        ("profiles", profiles::NAMES),
        ("quotes", quotes::NAMES),
        ("reading", reading::NAMES),
        ("reblogs", reblogs::NAMES),
        ("reports", reports::NAMES),
        ("visibility", visibility::NAMES),
    ];
    files.iter().flat_map(|(file, names)| names.iter().map(move |name| format!("{file}::{name}"))).collect()
}

/// The test that shows an activity sent by an instance on the one database to one on the other.
fn shown_by(sender: Sender, scenario: &str, from_sqlite: bool) -> String {
    let (file, name) = scenario.split_once("::").unwrap();
    let home_is_sqlite = if sender == Far { !from_sqlite } else { from_sqlite };
    let round = if home_is_sqlite { "sqlite_to_postgres" } else { "postgres_to_sqlite" };
    format!("{file}::{round}::{name}")
}

#[test]
fn every_activity_travels_both_ways() {
    let known = scenarios();
    println!(
        "\n{:<36} {:<72} sent by PostgreSQL, received by SQLite",
        "activity", "sent by SQLite, received by PostgreSQL"
    );
    for (activity, sender, scenario) in ACTIVITIES {
        assert!(known.contains(*scenario), "{activity}: there is no scenario {scenario}");
        let (one, other) = (shown_by(*sender, scenario, true), shown_by(*sender, scenario, false));
        assert_ne!(one, other);
        println!("{activity:<36} {one:<72} {other}");
    }
    for required in REQUIRED {
        let stands = |activity: &str| activity == required || activity.starts_with(&format!("{required} ("));
        assert!(ACTIVITIES.iter().any(|(activity, ..)| stands(activity)), "{required} is not in the table");
    }
    println!("{} activities, {} scenarios, each both ways round", ACTIVITIES.len(), known.len());
}
