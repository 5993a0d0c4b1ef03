//! What people keep of posts: versions, bookmarks, likes, pins, hashtags; and how far they have read.

use crate::scenarios::{ask, each, has, id, items, text, uri};
use serde_json::{Value, json};
use tintype_testkit::{Instance, Person, pictures};

async fn act(who: &Person, status: &Value, verb: &str) -> Value {
    who.post(&format!("/api/v1/statuses/{}/{verb}", id(status)), json!({})).await
}

async fn put(who: &Person, status: &Value, change: Value) -> u16 {
    let request = who.request("PUT".parse().unwrap(), &format!("/api/v1/statuses/{}", id(status)));
    request.json(&change).send().await.status
}

pub async fn posts_are_edited(instance: &Instance) {
    let (nell, otto) = (instance.person("nell").await, instance.person("otto").await);
    let picture = nell.upload(pictures::jpeg(40, 30, 4), "before").await;
    let post = nell
        .post_status(
            json!({"status": "a plaet #glass", "media_ids": [id(&picture)], "visibility": "unlisted"}),
        )
        .await;
    otto.reblog(id(&post)).await;
    let path = format!("/api/v1/statuses/{}", id(&post));
    let change = json!({
        "status": "a plate #silver", "media_ids": [id(&picture)], "visibility": "public",
        "media_attributes": [{"id": id(&picture), "description": "after", "focus": "0.5,-0.5"}],
    });
    let edited = nell.put(&path, change).await;
    assert!(text(&edited, "/content").contains("a plate"), "{edited}");
    assert_eq!(edited["visibility"], "unlisted", "an edit doesn't change whom it reaches");
    assert_eq!(each(items(&edited["tags"]), "/name"), ["silver"]);
    assert_eq!(edited["media_attachments"][0]["description"], "after");
    assert_eq!(edited["media_attachments"][0]["meta"]["focus"]["x"], 0.5);
    assert_eq!(edited["reblogs_count"], 1);
    let history = nell.get(&format!("{path}/history")).await;
    assert_eq!(items(&history).len(), 2);
    assert_eq!(history[0]["created_at"], post["created_at"]);
    assert_eq!(history[1]["created_at"], edited["edited_at"]);
    assert_eq!(history[0]["media_attachments"][0]["description"], "before");
    let source = nell.get(&format!("{path}/source")).await;
    assert_eq!((&source["id"], &source["text"]), (&post["id"], &json!("a plate #silver")));
    let told = otto.notifications().await;
    assert_eq!(each(&told, "/type"), ["update"]);
    assert_eq!(told[0]["status"]["id"], post["id"]);
    // What stands here only for its author, and what is no edit at all.
    assert_eq!(ask(&otto, &format!("{path}/source")).await.status, 404);
    assert_eq!(put(&otto, &post, json!({"status": "mine"})).await, 404);
    assert_eq!(put(&nell, &post, json!({"status": "", "media_ids": []})).await, 422);
    assert_eq!(put(&nell, &post, json!({"status": "x".repeat(5001)})).await, 422);
    let boost = otto.account_statuses(&otto.id).await.remove(0);
    assert!(matches!(put(&otto, &boost, json!({"status": "a boost"})).await, 404 | 422));
    assert_eq!(
        items(&nell.get(&format!("{path}/history")).await).len(),
        2,
        "what was refused changed nothing"
    );
    // Without a picture, the one that it had is still in its history.
    nell.put(&path, json!({"status": "words alone", "media_ids": []})).await;
    let history = nell.get(&format!("{path}/history")).await;
    assert_eq!(items(&history[1]["media_attachments"]).len(), 1);
    let url = text(&history[1], "/media_attachments/0/url").to_owned();
    assert_eq!(ask(&instance.client(), &url).await.status, 200);
    assert_eq!(items(&history[2]["media_attachments"]).len(), 0);
    assert_eq!(nell.get(&format!("/api/v1/accounts/{}/statuses?only_media=true", nell.id)).await, json!([]));
}

pub async fn posts_are_saved_and_pinned(instance: &Instance) {
    let (petra, quinn) = (instance.person("petra").await, instance.person("quinn").await);
    let (one, two) = (petra.say("one").await, petra.say("two").await);
    for (post, number) in [(&one, 1), (&two, 2)] {
        let saved = act(&quinn, post, "bookmark").await;
        assert_eq!((&saved["bookmarked"], &saved["favourited"]), (&json!(true), &json!(false)));
        act(&quinn, post, "favourite").await;
        assert_eq!(items(&quinn.get("/api/v1/bookmarks").await).len(), number);
    }
    for list in ["bookmarks", "favourites"] {
        let kept = quinn.get(&format!("/api/v1/{list}")).await;
        assert_eq!(each(items(&kept), "/id"), [id(&two), id(&one)], "{list}: the last one kept is first");
        assert_eq!(petra.get(&format!("/api/v1/{list}")).await, json!([]), "{list} are one's own");
    }
    assert_eq!(act(&quinn, &two, "unbookmark").await["bookmarked"], false);
    assert_eq!(each(items(&quinn.get("/api/v1/bookmarks").await), "/id"), [id(&one)]);
    assert!(
        petra.notifications().await.iter().all(|n| n["type"] == "favourite"),
        "nobody is told of bookmarks"
    );

    assert_eq!(act(&petra, &one, "pin").await["pinned"], true);
    assert_eq!(act(&petra, &one, "pin").await["pinned"], true, "twice is once");
    let pinned = instance.client().get(&format!("/api/v1/accounts/{}/statuses?pinned=true", petra.id)).await;
    assert_eq!(each(items(&pinned), "/id"), [id(&one)]);
    assert!(pinned[0].get("pinned").is_none_or(Value::is_null), "that is for the author: {pinned}");
    for number in 0..4 {
        let more = petra.say(&format!("more {number}")).await;
        act(&petra, &more, "pin").await;
    }
    let path = format!("/api/v1/statuses/{}/pin", id(&two));
    let sixth = petra.request("POST".parse().unwrap(), &path).json(&json!({})).send().await;
    assert_eq!(sixth.status, 422, "five at the most");
    assert_eq!(act(&petra, &one, "unpin").await["pinned"], false);
    assert_eq!(act(&petra, &two, "pin").await["pinned"], true);
}

pub async fn lists_are_paged_by_their_own_cursors(instance: &Instance) {
    let (rosa, sven) = (instance.person("rosa").await, instance.person("sven").await);
    let mut posts = Vec::new();
    for number in 0..5 {
        posts.push(rosa.say(&format!("plate {number}")).await);
    }
    // Kept in another order than posted.
    for place in [3, 0, 4, 1, 2] {
        act(&sven, &posts[place], "bookmark").await;
        act(&sven, &posts[place], "favourite").await;
    }
    let wanted = [2, 1, 4, 0, 3].map(|place: usize| id(&posts[place]));
    for list in ["bookmarks", "favourites"] {
        let all = sven.all(&format!("/api/v1/{list}?limit=2")).await;
        assert_eq!(each(&all, "/id"), wanted, "{list}");
    }
}

pub async fn hashtags_have_a_timeline(instance: &Instance) {
    let (tara, uwe) = (instance.person("tara").await, instance.person("uwe").await);
    let both = tara.say("one #Cyanotype and one #salt").await;
    let blue = tara.say("another #cyanotype").await;
    let salt = tara.say("only #salt").await;
    let quiet = tara.post_status(json!({"status": "quiet #cyanotype", "visibility": "unlisted"})).await;
    let timeline = async |query: &str| {
        let list = uwe.get(&format!("/api/v1/timelines/tag/{query}")).await;
        each(items(&list), "/id").into_iter().map(str::to_owned).collect::<Vec<_>>()
    };
    assert_eq!(timeline("cyanotype").await, [id(&blue), id(&both)]);
    assert_eq!(timeline("CyanoType?limit=1").await, [id(&blue)]);
    assert_eq!(timeline("cyanotype?all[]=salt").await, [id(&both)]);
    assert_eq!(timeline("cyanotype?any[]=salt").await, [id(&salt), id(&blue), id(&both)]);
    assert_eq!(timeline("cyanotype?none[]=salt").await, [id(&blue)]);
    assert_eq!(timeline("cyanotype?remote=true").await, [] as [String; 0]);
    assert!(!timeline("cyanotype").await.contains(&id(&quiet).to_owned()), "unlisted is not listed");
    let tag = uwe.get("/api/v1/tags/cyanotype").await;
    assert_eq!(text(&tag, "/name").to_lowercase(), "cyanotype");
    assert_eq!(items(&tag["history"]).len(), 7);
    assert_eq!(tag["history"][0]["uses"], "2");
    assert_eq!(tag["history"][0]["accounts"], "1");
}

pub async fn threads_are_muted(instance: &Instance) {
    let (vera, walt) = (instance.person("vera").await, instance.person("walt").await);
    let post = vera.say("a lively thread").await;
    let first = walt.reply(id(&post), "@vera one").await;
    vera.sees_notification("mention", "walt").await;
    let muted = act(&vera, &first, "mute").await;
    assert_eq!(muted["muted"], true);
    assert_eq!(vera.status(id(&post)).await["muted"], true, "it is the thread that is muted");
    let deeper = walt.reply(id(&first), "@vera two").await;
    walt.favourite(id(&post)).await;
    // A thread of its own tells again, and is the proof that nothing is on its way.
    let other = walt.say("@vera elsewhere").await;
    let told = vera.notifications().await;
    assert_eq!(each(&told, "/type"), ["mention", "mention"], "{told:?}");
    assert_eq!(told[0]["status"]["id"], other["id"]);
    assert!(has(items(&vera.context(id(&post)).await["descendants"]), uri(&deeper)), "it can still be read");
    assert_eq!(act(&vera, &post, "unmute").await["muted"], false);
    walt.reply(id(&deeper), "@vera three").await;
    assert_eq!(vera.notifications().await.len(), 3);
}

pub async fn places_are_remembered(instance: &Instance) {
    let xena = instance.person("xena").await;
    assert_eq!(xena.get("/api/v1/markers?timeline[]=home&timeline[]=notifications").await, json!({}));
    let post = xena.say("read so far").await;
    let saved = xena.post("/api/v1/markers", json!({"home": {"last_read_id": id(&post)}})).await;
    assert_eq!(saved["home"]["last_read_id"], post["id"]);
    let version = saved["home"]["version"].as_i64().unwrap();
    let form = [("home[last_read_id]", "103206804533200177"), ("notifications[last_read_id]", "7")];
    let again = xena.post_form("/api/v1/markers", &form).await;
    assert_eq!(again["home"]["version"], version + 1);
    let both = xena.get("/api/v1/markers?timeline[]=home&timeline[]=notifications").await;
    assert_eq!(both["home"]["last_read_id"], "103206804533200177");
    assert_eq!(both["notifications"]["last_read_id"], "7");
    let one = xena.get("/api/v1/markers?timeline[]=home").await;
    assert!(one.get("notifications").is_none());
}
