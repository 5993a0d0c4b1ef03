//! What Mastodon says, in its own words: the shapes in `crates/federation/fixtures/mastodon`, rightly signed, delivered
//! over real sockets to a running instance, and what comes of them.

macro_rules! fixture {
    ($name:literal) => {
        include_str!(concat!(
            env!("CARGO_MANIFEST_DIR"),
            "/../crates/federation/fixtures/mastodon/",
            $name,
            ".json"
        ))
    };
}

mod follows;
mod notes;
mod reactions;
mod rest;
mod stage;

use crate::scenarios::on_both;
use follows::{
    a_block_shuts_the_door, a_follow_is_answered_with_an_accept, a_reject_ends_a_request_and_a_follow,
    an_accept_makes_a_follow,
};
use notes::{
    a_create_with_pictures_is_shown, a_delete_of_a_bare_id_removes, a_delete_of_a_tombstone_removes,
    a_delete_overtakes_a_create, a_reply_is_a_comment, an_update_changes_what_it_says, pins_come_and_go,
};
use reactions::{a_like_is_counted_and_undone, an_announce_is_counted_and_undone};
use rest::{
    a_farewell_of_a_stranger_is_not_asked_after, a_farewell_takes_everything_along, a_moved_inbox_is_found,
    a_new_key_is_asked_for, a_suspension_far_away_counts_here, an_update_of_an_actor_changes_the_profile,
    what_is_not_understood_changes_nothing, what_was_given_up_is_tried_again_by_hand,
};

on_both!(
    a_follow_is_answered_with_an_accept,
    an_accept_makes_a_follow,
    a_reject_ends_a_request_and_a_follow,
    a_create_with_pictures_is_shown,
    a_delete_of_a_tombstone_removes,
    a_delete_of_a_bare_id_removes,
    a_delete_overtakes_a_create,
    an_update_changes_what_it_says,
    pins_come_and_go,
    a_block_shuts_the_door,
    a_reply_is_a_comment,
    a_like_is_counted_and_undone,
    an_announce_is_counted_and_undone,
    an_update_of_an_actor_changes_the_profile,
    a_farewell_of_a_stranger_is_not_asked_after,
    a_farewell_takes_everything_along,
    a_suspension_far_away_counts_here,
    a_new_key_is_asked_for,
    a_moved_inbox_is_found,
    what_is_not_understood_changes_nothing,
    what_was_given_up_is_tried_again_by_hand,
);

#[test]
fn every_fixture_is_spoken() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../crates/federation/fixtures/mastodon");
    let names: Vec<String> = std::fs::read_dir(folder)
        .unwrap()
        .filter_map(|entry| entry.unwrap().file_name().to_str()?.strip_suffix(".json").map(str::to_owned))
        .collect();
    let sources = [
        include_str!("vocabulary/follows.rs"),
        include_str!("vocabulary/notes.rs"),
        include_str!("vocabulary/reactions.rs"),
        include_str!("vocabulary/rest.rs"),
        include_str!("vocabulary/stage.rs"),
    ];
    assert!(names.len() >= 17, "{names:?}");
    let table = include_str!("../../../crates/federation/fixtures/mastodon/sources.tsv");
    for name in names {
        let call = format!("fixture!(\"{name}\")");
        let here = sources.iter().any(|source| source.contains(&call));
        // The matrix says or serves those that stand in its table; `accepts` is about what we say.
        let there = table.lines().any(|line| line.starts_with(&format!("{name}\t")));
        assert!(here || there || name == "accepts", "{name}.json is in no test");
    }
}
