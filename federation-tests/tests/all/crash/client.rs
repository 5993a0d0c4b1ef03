//! People post by the client API; the process dies while it answers them.

use super::{moment, name, seeds};
use futures::StreamExt as _;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use tintype_testkit::{Database, Instance, Person, pictures};

/// Posts of a round. A round's home timeline is one page of them, then.
const POSTS: usize = 80;
const AT_ONCE: usize = 8;

#[tokio::test(flavor = "multi_thread")]
async fn on_sqlite() {
    run(Database::Sqlite).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn on_postgres() {
    run(Database::Postgres).await;
}

async fn run(database: Database) {
    let alpha = Instance::builder("alpha").database(database).start().await;
    for seed in seeds() {
        let person = alpha.person(&format!("person{seed}")).await;
        let photo = person.upload(pictures::jpeg(64, 48, 7), "a photo").await;
        let photo = photo["id"].as_str().expect("id").to_owned();
        let kill_at = moment(seed, POSTS);
        let answered = AtomicUsize::new(0);
        let texts: Vec<String> = (0..POSTS).map(|number| format!("round {seed}, post {number}.")).collect();
        let publish = async |text: &String| {
            let mut body = json!({"status": text});
            if text.ends_with("post 0.") {
                body["media_ids"] = json!([photo]);
            }
            let request = person.request("POST".parse().unwrap(), "/api/v1/statuses");
            let answer = request.header("idempotency-key", text).json(&body).try_send().await.ok()?;
            let status = answer.ok();
            if answered.fetch_add(1, Ordering::SeqCst) + 1 == kill_at {
                alpha.kill9();
            }
            Some((text.clone(), id(&status)))
        };
        let before: Vec<Option<(String, String)>> =
            futures::stream::iter(&texts).map(&publish).buffer_unordered(AT_ONCE).collect().await;
        let acknowledged: BTreeMap<String, String> = before.into_iter().flatten().collect();
        assert!(alpha.pid().is_none(), "only {} of {POSTS} were acknowledged", acknowledged.len());
        alpha.start().await;

        let found = posts(&person).await;
        let applied = found.values().map(Vec::len).sum::<usize>();
        let lost = acknowledged.keys().filter(|text| !found.contains_key(*text)).count();
        for (text, id) in &acknowledged {
            assert_eq!(found.get(text), Some(&vec![id.clone()]), "{text} was acknowledged as {id}");
            let status = person.status(id).await;
            assert!(status["content"].as_str().is_some_and(|html| html.contains(text)), "{status}");
        }
        // The app, which does not know what became of the others, repeats everything.
        let mut after = BTreeMap::new();
        let mut repeated = futures::stream::iter(&texts).map(&publish).buffer_unordered(AT_ONCE);
        while let Some(answer) = repeated.next().await {
            let (text, id) = answer.expect("an answer of a process that lives");
            assert_eq!(acknowledged.get(&text).unwrap_or(&id), &id, "a key means one post: {text}");
            after.insert(text, vec![id]);
        }
        let found = posts(&person).await;
        let doubled = found.values().filter(|ids| ids.len() > 1).count();
        println!(
            "{} seed {seed}: {} of {POSTS} acknowledged at the kill, {applied} there after the restart, \
             {} after all were repeated, {doubled} doubled, {lost} lost",
            name(database),
            acknowledged.len(),
            found.len(),
        );
        assert_eq!(found, after, "each post once, as it was answered");
        let account = person.account(&person.id).await;
        assert_eq!(account["statuses_count"], json!(POSTS));
        photo_is_served(&alpha, &person, &after).await;
    }
}

/// All posts of a person: text → ids.
async fn posts(person: &Person) -> BTreeMap<String, Vec<String>> {
    let mut found: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for status in person.all(&format!("/api/v1/accounts/{}/statuses?limit=40", person.id)).await {
        let html = status["content"].as_str().expect("content");
        let text = html.trim_start_matches("<p>").trim_end_matches("</p>");
        found.entry(text.to_owned()).or_default().push(id(&status));
    }
    found
}

/// What was uploaded before the kill belongs to its post and can be seen.
async fn photo_is_served(alpha: &Instance, person: &Person, posts: &BTreeMap<String, Vec<String>>) {
    let (_, ids) = posts.iter().find(|(text, _)| text.ends_with("post 0.")).expect("the first post");
    let status = person.status(&ids[0]).await;
    let url = status["media_attachments"][0]["url"].as_str().expect("a photo");
    assert!(url.starts_with(&alpha.base()), "{url}");
    let photo = alpha.client().request("GET".parse().unwrap(), url).send().await;
    assert_eq!((photo.status, photo.header("content-type")), (200, Some("image/jpeg")));
}

fn id(status: &Value) -> String {
    status["id"].as_str().expect("id").to_owned()
}
