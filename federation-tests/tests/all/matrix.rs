//! The federation matrix: what every family of software says is understood, and what we say has the shape that it takes.
//!
//! Its data is in `crates/federation/fixtures/FAMILY`: the fixtures, `expected/NAME.json` beside each (what the client API
//! shows after it came), `sources.tsv` (which public page shows the shape) and `accepts.json` (what that family's code or
//! documentation demands of what we send). The table of it all is generated into `docs/federation.md`.

mod accepts;
mod families;
mod looking;
mod matching;
mod received;
mod scene;
mod sent;
mod table;

/// A test for each family, so that they run beside each other and fail apart.
macro_rules! families {
    ($($name:ident),+ $(,)?) => {
        const TESTED: &[&str] = &[$(stringify!($name)),+];

        mod understood {
            $(
                #[tokio::test]
                async fn $name() {
                    super::received::understood(stringify!($name)).await;
                }
            )+
        }
    };
}

families!(
    mastodon,
    gotosocial,
    pixelfed,
    misskey,
    pleroma,
    lemmy,
    peertube,
    writefreely,
    friendica,
    mobilizon,
    bookwyrm,
    threads,
    wordpress,
);

#[tokio::test]
async fn what_is_sent_is_accepted() {
    sent::accepted().await;
}

#[test]
fn every_fixture_has_a_source_and_an_expectation() {
    families::complete(TESTED);
}

#[test]
fn the_page_shows_the_matrix() {
    table::on_the_page();
}
