//! Reading: timelines, profiles, people, notifications, the instance.

use crate::scenarios::{accts, ask, each, id, items, text};
use serde_json::{Value, json};
use tintype_testkit::{Client, Instance, pictures};

async fn ids(client: &Client, path: &str) -> Vec<String> {
    each(items(&client.get(path).await), "/id").into_iter().map(str::to_owned).collect()
}

pub async fn home_is_paged_both_ways(instance: &Instance) {
    let hugo = instance.person("hugo").await;
    let mut posted = Vec::new();
    for number in 0..25 {
        posted.push(id(&hugo.say(&format!("post {number}")).await).to_owned());
    }
    posted.reverse();
    let home = "/api/v1/timelines/home";

    // Downwards, by the links alone.
    let pages = hugo.pages(&format!("{home}?limit=10")).await;
    let sizes: Vec<usize> = pages.iter().map(Vec::len).filter(|size| *size > 0).collect();
    assert_eq!(sizes, [10, 10, 5]);
    let seen: Vec<&str> = pages.iter().flatten().map(id).collect();
    assert_eq!(seen, posted);
    assert_eq!(ids(&hugo, home).await, posted[..20], "20 unless asked for more");
    assert_eq!(ids(&hugo, &format!("{home}?limit=1000")).await, posted, "at most 40, silently");

    // Upwards again from the end.
    let last = ask(&hugo, &format!("{home}?limit=10&max_id={}", posted[14])).await;
    let mut prev = last.link("prev");
    let mut climbed: Vec<String> = each(items(&last.ok()), "/id").into_iter().map(str::to_owned).collect();
    while let Some(page) = prev {
        assert!(climbed.len() <= 25, "no end upwards");
        let answer = ask(&hugo, &page).await;
        prev = answer.link("prev");
        let page = answer.ok();
        let above = each(items(&page), "/id").into_iter().map(str::to_owned);
        climbed = above.chain(climbed).collect();
    }
    assert_eq!(climbed, posted);

    // The three bounds.
    let (newest, oldest) = (&posted[4], &posted[20]);
    for (bounds, expected) in [
        (format!("max_id={newest}&limit=3"), &posted[5..8]),
        (format!("since_id={oldest}&limit=3"), &posted[0..3]),
        (format!("min_id={oldest}&limit=3"), &posted[17..20]),
        (format!("min_id={oldest}&max_id={newest}&limit=40"), &posted[5..20]),
    ] {
        assert_eq!(ids(&hugo, &format!("{home}?{bounds}")).await, expected, "{bounds}");
    }
    // Links keep the other parameters and lead to this instance.
    let answer = ask(&hugo, &format!("{home}?limit=10")).await;
    for relation in ["next", "prev"] {
        let link = answer.link(relation).unwrap();
        assert!(link.starts_with(&instance.url(&format!("{home}?"))) && link.contains("limit=10"), "{link}");
    }
    let beyond = ask(&hugo, &format!("{home}?max_id=1")).await;
    assert_eq!((beyond.link("next"), beyond.ok()), (None, json!([])), "an empty page leads nowhere");
}

pub async fn profiles_are_read_and_changed(instance: &Instance) {
    let iris = instance.person("iris").await;
    let me = iris.get("/api/v1/accounts/verify_credentials").await;
    assert_eq!(
        (id(&me), text(&me, "/acct"), text(&me, "/uri")),
        (iris.id.as_str(), "iris", iris.actor().as_str())
    );
    assert_eq!(me["source"]["privacy"], "public");
    let change = json!({
        "display_name": "Iris <i>", "note": "glass & silver", "locked": true, "discoverable": false,
        "fields_attributes": [{"name": "Site", "value": "https://iris.example.org"}],
    });
    let changed = iris.patch("/api/v1/accounts/update_credentials", change).await;
    assert_eq!(changed["display_name"], "Iris <i>", "plain text, for the client to escape");
    assert!(text(&changed, "/note").contains("glass &amp; silver"), "HTML: {changed}");
    assert_eq!(changed["source"]["note"], "glass & silver");
    assert_eq!((&changed["locked"], &changed["discoverable"]), (&json!(true), &json!(false)));
    assert!(text(&changed, "/fields/0/value").contains("href=\"https://iris.example.org\""), "{changed}");
    let seen = instance.client().account(&iris.id).await;
    assert!(seen.get("source").is_none(), "the source is its owner's");
    for same in ["display_name", "note", "fields", "locked", "avatar", "url"] {
        assert_eq!(seen[same], changed[same], "{same}");
    }
    let missing = ask(&instance.client(), text(&me, "/avatar")).await;
    assert_eq!(missing.status, 200, "everybody has some picture");
    let preferences = iris.get("/api/v1/preferences").await;
    assert_eq!(preferences["posting:default:visibility"], "public");

    let picture = iris.upload(pictures::jpeg(30, 30, 1), "me").await;
    let words = iris.say("words").await;
    let shown = iris.post_status(json!({"status": "look", "media_ids": [id(&picture)]})).await;
    let own = format!("/api/v1/accounts/{}/statuses", iris.id);
    assert_eq!(ids(&iris, &own).await, [id(&shown), id(&words)]);
    assert_eq!(ids(&iris, &format!("{own}?only_media=1")).await, [id(&shown)]);
    assert_eq!(ids(&iris, &format!("{own}?limit=1&max_id={}", id(&shown))).await, [id(&words)]);
    let public = iris.anonymous().get("/api/v1/timelines/public?only_media=true&limit=1").await;
    assert_eq!(each(items(&public), "/id"), [id(&shown)]);
}

pub async fn people_are_found_and_followed(instance: &Instance) {
    let (jane, kurt) = (instance.person("jane").await, instance.person("kurt").await);
    for handle in ["kurt", "@kurt", &kurt.handle(), "KURT"] {
        let found =
            jane.request("GET".parse().unwrap(), "/api/v1/accounts/lookup").query(&[("acct", handle)]);
        assert_eq!(found.send().await.ok()["id"], kurt.id, "{handle}");
    }
    let found = jane.get("/api/v1/accounts/search?q=kur").await;
    assert_eq!(accts(items(&found)), ["kurt"]);

    // An open account of the same instance is followed at once.
    let relationship = jane.follow("kurt").await;
    assert_eq!((&relationship["following"], &relationship["requested"]), (&json!(true), &json!(false)));
    assert_eq!(relationship["showing_reblogs"], true);
    let quiet = jane.post(&format!("/api/v1/accounts/{}/follow", kurt.id), json!({"reblogs": false})).await;
    assert_eq!((&quiet["following"], &quiet["showing_reblogs"]), (&json!(true), &json!(false)));
    assert_eq!(accts(&jane.following(&jane.id).await), ["kurt"]);
    assert_eq!(accts(&jane.anonymous().followers(&kurt.id).await), ["jane"]);
    let path = format!("/api/v1/accounts/relationships?id[]={}&id[]={}", kurt.id, jane.id);
    let both = kurt.get(&path).await;
    let about_jane = items(&both).iter().find(|r| r["id"] == jane.id.as_str()).unwrap();
    assert_eq!(about_jane["followed_by"], true);
    assert_eq!(jane.unfollow("kurt").await["following"], false);
    assert!(jane.following(&jane.id).await.is_empty());
    let oneself = format!("/api/v1/accounts/{}/follow", jane.id);
    let oneself = jane.request("POST".parse().unwrap(), &oneself).send().await;
    assert!((400..500).contains(&oneself.status), "{oneself:?}");

    kurt.say("a line about #Ambrotypes").await;
    let results = jane.search("#ambrotypes").await;
    assert_eq!(
        each(items(&results["hashtags"]), "/name").first().map(|name| name.to_lowercase()).as_deref(),
        Some("ambrotypes")
    );
    let only = jane.get("/api/v2/search?q=kurt&type=accounts").await;
    assert_eq!(accts(items(&only["accounts"])), ["kurt"]);
    assert_eq!((&only["statuses"], &only["hashtags"]), (&json!([]), &json!([])));
}

pub async fn notifications_are_read_and_dismissed(instance: &Instance) {
    let (lena, mark) = (instance.person("lena").await, instance.person("mark").await);
    let post = lena.say("do something").await;
    mark.follow("lena").await;
    mark.favourite(id(&post)).await;
    mark.reblog(id(&post)).await;
    mark.reply(id(&post), "@lena done").await;
    let all = lena.notifications().await;
    assert_eq!(each(&all, "/type"), ["mention", "reblog", "favourite", "follow"]);
    assert!(all.iter().all(|n| n["account"]["acct"] == "mark"));
    let path = "/api/v1/notifications";
    let only = lena.get(&format!("{path}?types[]=favourite&types[]=reblog")).await;
    assert_eq!(each(items(&only), "/type"), ["reblog", "favourite"]);
    let rest = lena.get(&format!("{path}?exclude_types[]=favourite&exclude_types[]=reblog")).await;
    assert_eq!(each(items(&rest), "/type"), ["mention", "follow"]);
    assert_eq!(lena.get(&format!("{path}?account_id={}", lena.id)).await, json!([]));
    let paged = lena.all(&format!("{path}?limit=1")).await;
    assert_eq!(each(&paged, "/id"), each(&all, "/id"));

    let one = format!("{path}/{}", id(&all[1]));
    assert_eq!(lena.get(&one).await["type"], "reblog");
    assert_eq!(ask(&mark, &one).await.status, 404, "not his");
    assert_eq!(lena.post(&format!("{one}/dismiss"), json!({})).await, json!({}));
    assert_eq!(ask(&lena, &one).await.status, 404);
    assert_eq!(each(&lena.notifications().await, "/type"), ["mention", "favourite", "follow"]);
    // Marks that are taken back take their notification along.
    mark.unfavourite(id(&post)).await;
    mark.unfollow("lena").await;
    assert_eq!(each(&lena.notifications().await, "/type"), ["mention"]);
    assert_eq!(lena.post(&format!("{path}/clear"), json!({})).await, json!({}));
    assert_eq!(lena.notifications().await, [] as [Value; 0]);
}

pub async fn the_instance_introduces_itself(instance: &Instance) {
    let client = instance.client();
    let (v1, v2) = (client.get("/api/v1/instance").await, client.get("/api/v2/instance").await);
    assert_eq!(
        (text(&v1, "/uri"), text(&v2, "/domain")),
        (instance.domain().as_str(), instance.domain().as_str())
    );
    assert_eq!(v1["title"], v2["title"]);
    assert!(text(&v2, "/version").starts_with("4."), "clients read it as Mastodon's: {}", v2["version"]);
    let configuration = &v2["configuration"];
    assert!(configuration["statuses"]["max_characters"].as_u64().unwrap() >= 500);
    assert_eq!(configuration["statuses"]["characters_reserved_per_url"], 23);
    assert!(configuration["media_attachments"]["image_size_limit"].as_u64().unwrap() >= 8 << 20);
    let kinds = configuration["media_attachments"]["supported_mime_types"].as_array().unwrap();
    assert!(kinds.contains(&json!("image/jpeg")), "{kinds:?}");
    assert_eq!(v2["registrations"]["enabled"], true);
}
