//! Route × visibility × viewer: what somebody isn't addressed in is nowhere, in no place of the client API, of ActivityPub
//! and of the pages.
//!
//! The places are read from the doors' own route tables, so a new route is looked at the day it is written: a parameter
//! that [`paths`] doesn't know how to fill fails the test.

mod paths;
mod scene;
mod viewers;

use paths::{Method, Place};
use scene::{Scene, Secret};
use tintype_testkit::Database;
use viewers::Seen;

#[tokio::test(flavor = "multi_thread")]
async fn from_those_not_addressed_on_sqlite() {
    look_everywhere(Database::Sqlite).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn from_those_not_addressed_on_postgres() {
    look_everywhere(Database::Postgres).await;
}

async fn look_everywhere(database: Database) {
    let scene = Scene::set(database).await;
    let places = paths::places();
    let (mut looks, mut found, mut wrong) = (0, 0, Vec::new());
    let (gets, acts): (Vec<&Place>, Vec<&Place>) =
        places.iter().partition(|place| place.method == Method::Get);
    // Acts come last: whatever they do, they must not do it to what they can't see.
    for place in gets.into_iter().chain(acts) {
        for viewer in scene.viewers.iter().filter(|viewer| viewer.uses(place.door)) {
            for secret in &scene.secrets {
                let sees = viewer.sees(secret.kind, place.door);
                // What somebody may see they may change, delete and hide: that is other tests' business.
                if sees && place.method != Method::Get {
                    continue;
                }
                for path in place.fill(&scene, secret) {
                    let seen = viewer.look(place, &path).await;
                    looks += 1;
                    let shown = secret.trace_in(&seen.body, &path).is_some();
                    found += usize::from(shown);
                    if let Some(why) = complaint(place, &path, secret, &seen, shown, sees) {
                        wrong.push(format!(
                            "{} · {} · {}: {why}",
                            place.route(),
                            secret.kind.name(),
                            viewer.name
                        ));
                    }
                }
            }
        }
    }
    println!(
        "{} routes × {} visibilities × {} viewers: {looks} looks, {found} times something rightly shown",
        places.len(),
        scene.secrets.len(),
        scene.viewers.len()
    );
    assert!(wrong.is_empty(), "{} of {looks} looks are wrong:\n{}", wrong.len(), wrong.join("\n"));
    assert!(found > 50, "the test looks where things are: {found}");
}

fn complaint(
    place: &Place,
    path: &str,
    secret: &Secret,
    seen: &Seen,
    shown: bool,
    sees: bool,
) -> Option<String> {
    if seen.status >= 500 {
        return Some(format!("{path} answers {}", seen.status));
    }
    match (sees, shown) {
        (false, true) => Some(format!("{path} shows it: {}", seen.excerpt(secret, path))),
        // Named by its id, what may not be seen is what doesn't exist; behind a closed door even that isn't said.
        (false, false) if place.names_status() && !matches!(seen.status, 401 | 403 | 404 | 410 | 422) => {
            Some(format!("{path} answers {} instead of 404", seen.status))
        }
        (false, false)
            if place.names_status() && place.is_api() && !matches!(seen.status, 404 | 401 | 422) =>
        {
            Some(format!("{path} answers {} instead of 404", seen.status))
        }
        // The other way round, so that the test doesn't look past things.
        (true, false) if place.shows_status(secret.kind) => {
            Some(format!("{path} answers {} without it", seen.status))
        }
        _ => None,
    }
}
