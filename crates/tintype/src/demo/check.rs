//! What everybody must see after the story, compared with what they do see, only through HTTP with their own tokens.

use std::{collections::BTreeSet, fmt::Write as _};

use anyhow::Result;
use serde_json::Value;

use super::{
    client::{Person, text, until},
    story::{Cast, Story, Told},
};

/// The outcome.
pub struct Report {
    pub table: String,
    pub differences: Vec<String>,
}

/// Waits for everything to settle, then compares.
pub async fn check(cast: &Cast, story: &Story) -> Result<Report> {
    let mut differences = Vec::new();
    let mut table = String::from("home timeline           expected  seen\n");
    for person in cast.all() {
        let expected = expected_home(story, &person.name);
        // What is on its way gets its time; what never comes is the difference.
        let _ = until("home", async || Ok((seen_home(person).await? == expected).then_some(()))).await;
        let seen = seen_home(person).await?;
        writeln!(table, "{:<24}{:>8}{:>6}", person.handle(), expected.len(), seen.len())?;
        for uri in expected.difference(&seen) {
            differences.push(format!("{} misses {}", person.handle(), name(story, uri)));
        }
        for uri in seen.difference(&expected) {
            differences.push(format!("{} should not see {}", person.handle(), name(story, uri)));
        }
    }
    table.push_str("\npost        author  reach     comments  likes  boosts\n");
    for told in &story.statuses {
        writeln!(
            table,
            "{:<12}{:<8}{:<10}{:>8}{:>7}{:>8}",
            told.label, told.author, told.visibility, told.replies, told.favourites, told.reblogs
        )?;
        for person in [&cast.ana, &cast.carla] {
            counts(person, story, told, &mut differences).await?;
        }
    }
    Ok(Report { table, differences })
}

/// The uris that a home timeline must hold, no more and no less.
fn expected_home(story: &Story, me: &str) -> BTreeSet<String> {
    let follows = |whom: &str| story.follows.contains(&(me.to_owned(), whom.to_owned()));
    let sees = |told: &Told| match told.visibility {
        "public" | "unlisted" => true,
        _ if told.author == me || told.mentions.iter().any(|m| m == me) => true,
        "private" => follows(&told.author),
        _ => false,
    };
    let posts = story.statuses.iter().filter(|t| {
        let from = t.author == me || follows(&t.author);
        let answered = t.answers.as_deref();
        // Comments show to those who follow, or are, whom they answer; and everybody sees their own.
        let answer = answered.is_none_or(|a| t.author == me || a == t.author || a == me || follows(a));
        from && answer && sees(t)
    });
    let boosts = story.boosts.iter().filter(|(who, _, of)| {
        (who == me || follows(who)) && story.statuses.iter().any(|t| t.uri == *of && sees(t))
    });
    posts.map(|t| t.uri.clone()).chain(boosts.map(|(_, uri, _)| uri.clone())).collect()
}

async fn seen_home(person: &Person) -> Result<BTreeSet<String>> {
    person.home().await?.iter().map(|s| text(s, "/uri")).collect()
}

/// Compares a status' counts on one side with what happened, if that side has the status.
async fn counts(person: &Person, story: &Story, told: &Told, differences: &mut Vec<String>) -> Result<()> {
    let expected = [
        ("comments", "/replies_count", told.replies),
        ("likes", "/favourites_count", told.favourites),
        ("boosts", "/reblogs_count", told.reblogs),
    ];
    let off = async || -> Result<Vec<String>> {
        let Some(status) = person.look(&told.uri).await? else { return Ok(Vec::new()) };
        let wrong = expected.iter().filter_map(|(what, at, count)| {
            let seen = status.pointer(at).and_then(Value::as_i64);
            let side = person.handle();
            (seen != Some(*count))
                .then(|| format!("{}: {side} counts {seen:?} {what}, not {count}", name(story, &told.uri)))
        });
        Ok(wrong.collect())
    };
    if until("counts", async || Ok(off().await?.is_empty().then_some(()))).await.is_err() {
        differences.extend(off().await?);
    }
    Ok(())
}

fn name(story: &Story, uri: &str) -> String {
    let post = story.statuses.iter().find(|t| t.uri == uri).map(|t| t.label.to_owned());
    let boost =
        story.boosts.iter().find(|(_, boost, _)| boost == uri).map(|(who, _, _)| format!("{who}'s boost"));
    post.or(boost).unwrap_or_else(|| uri.to_owned())
}
