//! An independent implementation of ActivityPub, `@fedify/fedify` from npm as it is published, and a Tintype instance:
//! each follows, is followed, speaks and reads. Fedify checks every signature by itself; what its listeners get is true.
//!
//! Fedify signs after RFC 9421 first and, when that is refused, after draft-cavage. Neither side has to win: which one was
//! used is printed.

mod peer;

use peer::{Far, Fedify};
use serde_json::{Value, json};
use tintype_testkit::{Instance, Person, wait};

/// Both servers, and somebody on each.
async fn start() -> (Fedify, Instance, Person) {
    let (fedify, alpha) = (Fedify::start().await, Instance::builder("alpha").literal().start().await);
    let alice = alpha.person("alice").await;
    (fedify, alpha, alice)
}

/// The far person follows alice: when both know.
async fn follows(fedify: &Fedify, far: &Far<'_>, alice: &Person) -> Value {
    let follow = far.does("follow", json!({"url": alice.actor()})).await;
    alice.sees_notification("follow", &far.handle).await;
    fedify
        .hears("the Accept", |activity| {
            activity["type"] == "Accept"
                && activity["actor"] == alice.actor()
                && names(activity, &follow["id"])
        })
        .await;
    follow
}

/// Alice follows the far person: when both know.
async fn is_followed(fedify: &Fedify, far: &Far<'_>, alice: &Person) -> Value {
    alice.follow(&far.handle).await;
    let account = alice.find_account(&far.handle).await;
    let id = account["id"].as_str().expect("id");
    wait::until("the Accept of fedify", wait::PATIENCE, async || {
        (alice.relationship(id).await["following"] == true).then_some(())
    })
    .await;
    fedify.hears("the Follow", |activity| activity["type"] == "Follow" && activity["object"] == far.id).await;
    account
}

/// Whether an activity's object is, or is named by, this id.
fn names(activity: &Value, id: &Value) -> bool {
    activity["object"] == *id || activity["object"]["id"] == *id
}

fn text<'a>(value: &'a Value, key: &str) -> &'a str {
    value[key].as_str().unwrap_or_else(|| panic!("no text {key}: {value}"))
}

/// Fedify finds, follows, posts, answers, edits, likes, boosts and takes back.
#[tokio::test(flavor = "multi_thread")]
async fn fedify_acts_upon_us() {
    let (fedify, alpha, alice) = start().await;
    let fred = fedify.person("fred").await;
    println!("fedify {}", peer::version());

    let finger = fedify.ask("webfinger", json!({"resource": alice.actor()})).await;
    assert_eq!(finger["subject"], format!("acct:{}", alice.handle()));
    let links = finger["links"].as_array().expect("links");
    let me = links.iter().find(|link| link["rel"] == "self").expect("a link to the actor");
    assert_eq!(me["href"], alice.actor());

    let follow = follows(&fedify, &fred, &alice).await;
    assert_eq!(alice.account(&alice.id).await["followers_count"], 1);
    let account = is_followed(&fedify, &fred, &alice).await;
    assert_eq!(account["display_name"], "fred of fedify");

    let said = fred.does("post", json!({"content": "<p>hello from <b>fedify</b></p>"})).await;
    let seen = alice.sees_at_home(text(&said, "id")).await;
    assert!(text(&seen, "content").contains("hello from"), "{seen}");
    assert_eq!((&seen["visibility"], &seen["account"]["acct"]), (&json!("public"), &json!(fred.handle)));
    let whispered = fred.does("post", json!({"content": "<p>for few</p>", "visibility": "private"})).await;
    assert_eq!(alice.sees_at_home(text(&whispered, "id")).await["visibility"], "private");

    fred.does("edit", json!({"id": said["id"], "content": "<p>other words</p>"})).await;
    let id = text(&seen, "id");
    let words = |status: &Value| text(status, "content").contains("other words");
    let edited = alice.sees_status(id, "the edit", words).await;
    assert!(edited["edited_at"].is_string(), "{edited}");
    fred.does("remove", json!({"id": said["id"]})).await;
    wait::until("the Delete", wait::PATIENCE, async || {
        let path = format!("/api/v1/statuses/{id}");
        let answer = alice.request("GET".parse().expect("a method"), &path).send().await;
        (answer.status == 404).then_some(())
    })
    .await;

    let post = alice.say("like me").await;
    let (id, uri) = (text(&post, "id"), text(&post, "uri"));
    fedify
        .hears("the post", |activity| activity["type"] == "Create" && activity["object"]["id"] == uri)
        .await;
    let like = fred.does("like", json!({"url": uri})).await;
    alice.sees_notification("favourite", &fred.handle).await;
    assert_eq!(alice.status(id).await["favourites_count"], 1);
    let boost = fred.does("announce", json!({"url": uri})).await;
    alice.sees_notification("reblog", &fred.handle).await;
    assert_eq!(alice.status(id).await["reblogs_count"], 1);
    fred.does("post", json!({"content": "<p>an answer</p>", "reply_to": uri})).await;
    let answered = alice.sees_status(id, "the answer", |status| status["replies_count"] == 1).await;
    assert_eq!(answered["favourites_count"], 1);
    let context = alice.context(id).await;
    assert!(text(&context["descendants"][0], "content").contains("an answer"), "{context}");

    fred.does("undo", json!({"id": like["id"], "to": alice.actor()})).await;
    alice.sees_status(id, "no like", |status| status["favourites_count"] == 0).await;
    fred.does("undo", json!({"id": boost["id"], "to": alice.actor()})).await;
    alice.sees_status(id, "no boost", |status| status["reblogs_count"] == 0).await;
    fred.does("undo", json!({"id": follow["id"], "to": alice.actor()})).await;
    wait::until("the end of the follow", wait::PATIENCE, async || {
        (alice.account(&alice.id).await["followers_count"] == 0).then_some(())
    })
    .await;
    println!("fedify's activities were taken signed by: {}", fedify.signs_by(&alpha).await);
}

/// What we say is understood by fedify, which has checked the signatures.
#[tokio::test(flavor = "multi_thread")]
async fn we_act_upon_fedify() {
    let (fedify, _alpha, alice) = start().await;
    let fred = fedify.person("fred").await;
    is_followed(&fedify, &fred, &alice).await;
    follows(&fedify, &fred, &alice).await;

    let post = alice.post_status(json!({"status": "a post #tintype", "spoiler_text": "careful"})).await;
    let (id, uri) = (text(&post, "id"), text(&post, "uri"));
    let about = |kind: &'static str, uri: &str| {
        let uri = json!(uri);
        move |activity: &Value| activity["type"] == kind && names(activity, &uri)
    };
    let create = fedify.hears("the Create", about("Create", uri)).await;
    let note = &create["activity"]["object"];
    assert_eq!((&note["type"], &note["summary"]), (&json!("Note"), &json!("careful")));
    assert_eq!(note["attributedTo"], alice.actor());
    assert!(note["content"].to_string().contains("a post"), "{note}");
    alice.put(&format!("/api/v1/statuses/{id}"), json!({"status": "another post"})).await;
    let update = fedify.hears("the Update", about("Update", uri)).await;
    assert!(update["activity"]["object"]["content"].to_string().contains("another post"), "{update}");
    alice.delete_status(id).await;
    fedify.hears("the Delete", about("Delete", uri)).await;

    let said = fred.does("post", json!({"content": "<p>hello</p>"})).await;
    let uri = text(&said, "id");
    let status = alice.sees_at_home(uri).await;
    let id = text(&status, "id");
    alice.favourite(id).await;
    let like = fedify.hears("the Like", about("Like", uri)).await;
    alice.reblog(id).await;
    let boost = fedify.hears("the Announce", about("Announce", uri)).await;
    for (what, done) in [("like", &like), ("boost", &boost)] {
        match what {
            "like" => alice.unfavourite(id).await,
            _ => alice.unreblog(id).await,
        };
        let undone = text(&done["activity"], "id");
        fedify.hears(&format!("the Undo of the {what}"), about("Undo", undone)).await;
    }
    alice.reply(id, "an answer").await;
    fedify
        .hears("the answer", |activity| {
            activity["type"] == "Create" && activity["object"]["inReplyTo"] == said["id"]
        })
        .await;
    alice.unfollow(&fred.handle).await;
    fedify
        .hears("the Undo of the Follow", |activity| {
            activity["type"] == "Undo" && activity["object"]["type"] == "Follow"
        })
        .await;

    println!("integrity proofs on our Create: {}", create["proofs"]);
    let knocks = fedify.knocks().await;
    println!("our knocks at fedify: {knocks:?}");
    let taken = knocks.iter().filter(|(_, _, status)| (200..300).contains(status)).count();
    assert!(taken >= 10, "{knocks:?}");
    let refused: Vec<_> = knocks.iter().filter(|(_, _, status)| *status >= 400).collect();
    // One way of signing may be refused before the other is tried; nothing else may.
    assert!(refused.iter().all(|(_, _, status)| *status == 401) && refused.len() <= 1, "{refused:?}");
}

/// Fedify reads what we serve, signed and unsigned; what isn't for it, it doesn't get.
#[tokio::test(flavor = "multi_thread")]
async fn fedify_reads() {
    let (fedify, alpha, alice) = start().await;
    let fred = fedify.person("fred").await;
    let public = alice.say("for all").await;
    let private = alice.post_status(json!({"status": "for few", "visibility": "private"})).await;
    let (public, private) = (text(&public, "uri"), text(&private, "uri"));

    let actor = fred.does("find", json!({"url": alice.actor()})).await;
    assert_eq!((&actor["type"], &actor["preferredUsername"]), (&json!("Person"), &json!("alice")));
    let inbox = actor["inbox"].as_str().or(actor["inbox"]["id"].as_str());
    assert_eq!(inbox, Some(format!("{}/inbox", alice.actor()).as_str()), "{actor}");
    let note = fred.does("find", json!({"url": public})).await;
    assert_eq!((&note["type"], &note["attributedTo"]), (&json!("Note"), &json!(alice.actor())));

    // Refused in one way of signing, fedify tries the other one, which may not be known here.
    let refused = |status: u64| matches!(status, 401 | 404);
    assert!(refused(fred.loads(private).await.0), "a stranger");
    let unsigned = fedify.ask("load", json!({"url": private})).await;
    assert_eq!(unsigned["status"], 401, "{unsigned}");
    follows(&fedify, &fred, &alice).await;
    let (status, document) = fred.loads(private).await;
    assert_eq!(status, 200, "a follower");
    assert!(text(&document, "content").contains("for few"), "{document}");
    let elsewhere = Fedify::start().await;
    let stranger = elsewhere.person("stranger").await;
    assert!(refused(stranger.loads(private).await.0), "somebody of another server");
    assert_eq!(stranger.loads(public).await.0, 200, "what is public");

    let outbox = fred.does("traverse", json!({"url": actor["outbox"]})).await;
    let items = outbox["items"].as_array().expect("items");
    assert_eq!(items.len(), 1, "{outbox}");
    assert_eq!((&items[0]["type"], &items[0]["object"]), (&json!("Create"), &json!(public)));
    let followers = fred.does("traverse", json!({"url": actor["followers"]})).await;
    assert_eq!(followers["total"], 1);
    assert_eq!(followers["items"][0]["id"], fred.id, "{followers}");

    let info = fedify.ask("nodeinfo", json!({"url": alpha.base()})).await;
    let info = info.as_array().expect("a list");
    assert_eq!(info.len(), 2);
    for info in info {
        assert_eq!(info["software"]["name"], "tintype", "{info}");
        assert_eq!(info["protocols"], json!(["activitypub"]));
        assert_eq!(info["usage"]["localPosts"], 2);
    }

    for url in [public.to_owned(), format!("{public}/activity")] {
        let proof = fred.does("proof", json!({"url": url})).await;
        println!("integrity proof of {}: {}", url.trim_start_matches(&alpha.base()), proof["verified"]);
        assert_ne!(proof["verified"], false, "a proof that is there is right");
    }
    println!("fedify's reading was signed by: {}", fedify.signs_by(&alpha).await);
    assert_eq!(fedify.domain(), fred.handle.split('@').next_back().unwrap_or_default());
}
