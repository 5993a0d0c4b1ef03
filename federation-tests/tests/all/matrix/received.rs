//! The received side: every fixture is said to a running instance, and the client API shows what came of it.

use super::families::Family;
use super::scene::{Scene, Stage};
use futures::StreamExt as _;
use serde::Deserialize;
use serde_json::Value;
use std::sync::Arc;

/// How many fixtures of a family are said at the same time.
const BESIDE: usize = 4;

/// `expected/NAME.json`: what was before, and what is to be seen afterwards.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Expected {
    /// The actors (fixtures) whom alice follows before anything is said.
    #[serde(default = "the_actor")]
    pub follows: Vec<String>,
    /// What alice does then.
    #[serde(default)]
    pub alice: Vec<Step>,
    /// Fixtures that are said before this one.
    #[serde(default)]
    pub before: Vec<String>,
    /// What its own server says is gone, once all that came before was said.
    #[serde(default)]
    pub gone: Vec<String>,
    /// To alice's own inbox, not to the shared one.
    #[serde(default)]
    pub personal: bool,
    /// The answer to a delivery.
    #[serde(default = "taken")]
    pub answer: u16,
    pub shows: Vec<Show>,
}

/// Something that alice does before.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Step {
    /// `post`, `quote`, `follow`, `favourite`, `reblog`, `vote`.
    pub does: String,
    /// The remote status or handle that it is about. A `post` about a status replies to it.
    #[serde(default)]
    pub of: Option<String>,
    /// What `post` sends to the client API, or `vote` chooses.
    #[serde(default)]
    pub with: Value,
    /// What fixtures call the thing that she made: her post's id, or that of her activity.
    #[serde(default)]
    pub named: Option<String>,
    /// What they call the request for approval of a `quote`.
    #[serde(default)]
    pub request: Option<String>,
}

/// Something to look at.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Show {
    pub see: String,
    /// A status by its id, an account by its handle.
    #[serde(default)]
    pub of: String,
    #[serde(default)]
    pub is: Value,
}

fn the_actor() -> Vec<String> {
    vec!["actor".to_owned()]
}

fn taken() -> u16 {
    202
}

/// Says all fixtures of a family, each in a world of its own host names.
pub async fn understood(family: &str) {
    let family = Arc::new(Family::read(family));
    let stage = Arc::new(Stage::set().await);
    let names: Vec<String> = family.expected.keys().cloned().collect();
    let cases = names.into_iter().enumerate().map(|(number, name)| {
        let scene = Scene::new(Arc::clone(&stage), Arc::clone(&family), number);
        async move {
            // A task of its own, so that a panic of one doesn't end the others.
            let task = tokio::task::spawn_local({
                let name = name.clone();
                async move { scene.play(&name).await }
            });
            let differences = match task.await {
                Ok(differences) => differences,
                Err(error) => vec![panic_text(error)],
            };
            (name, differences)
        }
    });
    let all = futures::stream::iter(cases).buffer_unordered(BESIDE).collect();
    let mut results: Vec<(String, Vec<String>)> = tokio::task::LocalSet::new().run_until(all).await;
    results.sort();
    let failed: Vec<String> =
        results.iter().flat_map(|(name, all)| all.iter().map(move |one| format!("{name}: {one}"))).collect();
    let wrong = results.iter().filter(|(_, all)| !all.is_empty()).count();
    assert!(
        failed.is_empty(),
        "{} of {} of {}:\n  {}",
        wrong,
        results.len(),
        family.name,
        failed.join("\n  ")
    );
}

fn panic_text(error: tokio::task::JoinError) -> String {
    let payload = error.into_panic();
    let text = payload.downcast_ref::<String>().cloned();
    text.or_else(|| payload.downcast_ref::<&str>().map(|text| (*text).to_owned())).unwrap_or_default()
}
