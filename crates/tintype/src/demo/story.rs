//! What happens in the demo, and what must be seen of it: every step acts over HTTP and notes what it did.

use std::collections::BTreeSet;

use anyhow::Result;
use serde_json::{Value, json};

use super::{
    client::{Person, text},
    pictures, say,
};

/// The people of the demo: Ana and Ben on alpha, Carla and Dov on beta.
pub struct Cast {
    pub ana: Person,
    pub ben: Person,
    pub carla: Person,
    pub dov: Person,
}

impl Cast {
    /// Everybody.
    pub fn all(&self) -> [&Person; 4] {
        [&self.ana, &self.ben, &self.carla, &self.dov]
    }
}

/// A status that was published.
#[derive(Debug, Clone)]
pub struct Told {
    pub uri: String,
    /// Its number of the story, for the table.
    pub label: &'static str,
    pub author: String,
    pub visibility: &'static str,
    /// Whom it names.
    pub mentions: Vec<String>,
    /// Whose status it answers.
    pub answers: Option<String>,
    pub replies: i64,
    pub favourites: i64,
    pub reblogs: i64,
}

/// Everything that happened.
#[derive(Debug, Default)]
pub struct Story {
    pub statuses: Vec<Told>,
    /// (follower, followed)
    pub follows: BTreeSet<(String, String)>,
    /// (who, uri of the boost, uri of what was boosted)
    pub boosts: Vec<(String, String, String)>,
}

impl Story {
    fn publish(
        &mut self,
        person: &Person,
        label: &'static str,
        visibility: &'static str,
        status: &Value,
    ) -> Result<String> {
        let uri = text(status, "/uri")?;
        self.statuses.push(Told {
            uri: uri.clone(),
            label,
            author: person.name.clone(),
            visibility,
            mentions: Vec::new(),
            answers: None,
            replies: 0,
            favourites: 0,
            reblogs: 0,
        });
        Ok(uri)
    }

    fn change(&mut self, uri: &str, change: impl FnOnce(&mut Told)) {
        if let Some(told) = self.statuses.iter_mut().find(|t| t.uri == uri) {
            change(told);
        }
    }
}

/// Lets everything happen.
pub async fn tell(cast: &Cast) -> Result<Story> {
    let Cast { ana, ben, carla, dov } = cast;
    let mut story = Story::default();

    for (follower, followed) in [
        (ana, carla),
        (ana, ben),
        (ben, ana),
        (ben, carla),
        (carla, ana),
        (carla, dov),
        (dov, ana),
        (dov, ben),
    ] {
        follower.follow(followed).await?;
        story.follows.insert((follower.name.clone(), followed.name.clone()));
        say(&format!("{} follows {}", follower.handle(), followed.handle()));
    }

    let coast =
        photos(ana, &mut story, "coast", "Three evenings on the coast. #sunset #coast", "public", &[0, 1, 2])
            .await?;
    let hills = photos(carla, &mut story, "hills", "Up before the light. #hills", "public", &[3, 4]).await?;
    let fog = photos(ben, &mut story, "fog", "Fog again, quietly.", "unlisted", &[9]).await?;
    let family =
        photos(ana, &mut story, "family", "For those who follow me: the old house.", "private", &[5]).await?;
    let market = photos(dov, &mut story, "market", "Saturday #market", "public", &[6]).await?;

    let praise =
        comment(carla, &mut story, "praise", &coast, "The second one! Where is that?", &["ana"]).await?;
    let answer =
        comment(ana, &mut story, "answer", &praise, "@HANDLE a day's walk south of here.", &["carla"])
            .await?;
    comment(dov, &mut story, "route", &answer, "Is there a path along the cliffs?", &["ana"]).await?;
    comment(ben, &mut story, "morning", &hills, "Worth the alarm clock.", &["carla"]).await?;
    direct(ana, dov, &mut story).await?;

    for (who, uri) in
        [(carla, &coast), (dov, &coast), (ana, &hills), (ben, &hills), (dov, &fog), (carla, &family)]
    {
        let id = text(&who.find(uri).await?, "/id")?;
        who.post(&format!("/api/v1/statuses/{id}/favourite"), &json!({})).await?;
        story.change(uri, |t| t.favourites += 1);
        say(&format!("{} likes {}", who.name, label(&story, uri)));
    }
    for (who, uri) in [(carla, &coast), (ana, &hills), (ben, &market), (dov, &fog)] {
        let status = match who.look(uri).await? {
            Some(status) => status,
            // Not everybody has everything: somebody else's post is looked up by its address.
            None => who.resolve(uri).await?,
        };
        let id = text(&status, "/id")?;
        let boost = who.post(&format!("/api/v1/statuses/{id}/reblog"), &json!({})).await?;
        story.boosts.push((who.name.clone(), text(&boost, "/uri")?, uri.clone()));
        story.change(uri, |t| t.reblogs += 1);
        say(&format!("{} boosts {}", who.name, label(&story, uri)));
    }
    Ok(story)
}

async fn photos(
    who: &Person,
    story: &mut Story,
    name: &'static str,
    caption: &str,
    visibility: &'static str,
    scenes: &[u8],
) -> Result<String> {
    let mut media = Vec::new();
    for (number, scene) in (1..).zip(scenes) {
        let jpeg = pictures::draw(&pictures::scene(*scene))?;
        let alt = format!("A drawn landscape: hills under a low sun, picture {number} of {}", scenes.len());
        media.push(who.upload(&jpeg, &alt).await?);
    }
    let status = who
        .publish(json!({ "status": caption, "visibility": visibility, "media_ids": media, "language": "en" }))
        .await?;
    say(&format!("{} posts {name}: {} {visibility} photo(s)", who.name, scenes.len()));
    story.publish(who, name, visibility, &status)
}

async fn comment(
    who: &Person,
    story: &mut Story,
    name: &'static str,
    on: &str,
    words: &str,
    to: &[&str],
) -> Result<String> {
    let parent = who.find(on).await?;
    // The other person's handle as this instance writes it.
    let handle = text(&parent, "/account/acct")?;
    let named = words.contains("@HANDLE");
    let words = words.replace("@HANDLE", &format!("@{handle}"));
    let status = who
        .publish(json!({ "status": words, "visibility": "public", "in_reply_to_id": text(&parent, "/id")? }))
        .await?;
    let uri = story.publish(who, name, "public", &status)?;
    let answered = story.statuses.iter().find(|t| t.uri == on).map(|t| t.author.clone());
    story.change(&uri, |t| {
        t.answers = answered;
        if named {
            t.mentions = to.iter().map(|name| (*name).to_owned()).collect();
        }
    });
    story.change(on, |t| t.replies += 1);
    say(&format!("{} comments: {words}", who.name));
    Ok(uri)
}

async fn direct(from: &Person, to: &Person, story: &mut Story) -> Result<()> {
    let words = format!("@{} shall we meet at the market?", to.handle());
    let status = from.publish(json!({ "status": words, "visibility": "direct" })).await?;
    let uri = story.publish(from, "whisper", "direct", &status)?;
    story.change(&uri, |t| t.mentions = vec![to.name.clone()]);
    say(&format!("{} writes to {} alone", from.name, to.name));
    Ok(())
}

fn label(story: &Story, uri: &str) -> &'static str {
    story.statuses.iter().find(|t| t.uri == uri).map_or("a post", |t| t.label)
}
