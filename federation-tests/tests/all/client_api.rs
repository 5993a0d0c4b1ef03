//! A client's everyday life, over HTTP alone: registering, signing in, posting, reading, on both databases. Every
//! answer's shape is checked by the test kit.

mod asking;
mod coverage;
mod joining;
mod keeping;
mod oauth;
mod posting;
mod reading;
mod relating;
mod requests;

use crate::scenarios::on_both;
use tintype_testkit::Instance;

/// Each step of the day is a test of its own, and [`coverage`] lives the whole day on one instance.
macro_rules! steps {
    ($($file:ident :: $name:ident),+ $(,)?) => {
        $(async fn $name(instance: Instance) {
            $file::$name(&instance).await;
        })+

        on_both!($($name),+);

        /// All of it.
        async fn whole_day(instance: &Instance) {
            $($file::$name(instance).await;)+
        }
    };
}

steps!(
    oauth::apps_register_in_every_encoding,
    oauth::a_browser_signs_in_and_consents,
    oauth::a_person_says_no,
    oauth::people_register_through_an_app,
    oauth::the_server_describes_itself,
    posting::statuses_are_posted_and_deleted,
    posting::pictures_are_uploaded,
    posting::a_picture_that_is_none_is_refused,
    posting::favourites_and_reblogs_are_marked,
    reading::home_is_paged_both_ways,
    reading::profiles_are_read_and_changed,
    reading::people_are_found_and_followed,
    reading::notifications_are_read_and_dismissed,
    reading::the_instance_introduces_itself,
    keeping::posts_are_edited,
    keeping::posts_are_saved_and_pinned,
    keeping::lists_are_paged_by_their_own_cursors,
    keeping::hashtags_have_a_timeline,
    keeping::threads_are_muted,
    keeping::places_are_remembered,
    relating::people_are_blocked_and_muted,
    relating::mutes_run_out,
    relating::whole_servers_are_blocked,
    relating::followers_are_removed,
    relating::an_open_door_lets_those_in_who_wait,
    relating::collections_are_hidden,
    relating::somebody_is_reported,
    asking::people_are_asked,
    asking::posts_are_quoted,
    asking::hashtags_are_featured,
    asking::emoji_are_listed,
    requests::trailing_slashes_are_ignored,
    requests::bodies_of_every_encoding_mean_the_same,
    requests::other_origins_are_welcome,
    requests::hidden_and_missing_things_are_404,
);
