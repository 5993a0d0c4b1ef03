//! How people keep others away, and let them in.

use crate::scenarios::{accts, ask, each, eventually, has, id, items, uri};
use serde_json::{Value, json};
use tintype_testkit::{Instance, Person};

async fn act(who: &Person, whom: &str, verb: &str, body: Value) -> Value {
    who.post(&format!("/api/v1/accounts/{whom}/{verb}"), body).await
}

pub async fn people_are_blocked_and_muted(instance: &Instance) {
    let (abel, bess, cleo) =
        (instance.person("abel").await, instance.person("bess").await, instance.person("cleo").await);
    for other in [&bess, &cleo] {
        abel.follow(&other.username).await;
        other.follow("abel").await;
    }
    let (hers, theirs) = (bess.say("by bess").await, cleo.say("by cleo").await);
    let mine = abel.say("by abel").await;
    assert!(has(&abel.home().await, uri(&hers)) && has(&abel.home().await, uri(&theirs)));

    // Muted: nothing of her, but nothing ends.
    let muted = act(&abel, &bess.id, "mute", json!({})).await;
    assert_eq!((&muted["muting"], &muted["muting_notifications"]), (&json!(true), &json!(true)));
    assert_eq!((&muted["following"], &muted["followed_by"]), (&json!(true), &json!(true)));
    bess.say("@abel can you hear me?").await;
    bess.favourite(id(&mine)).await;
    assert!(!has(&abel.home().await, uri(&hers)));
    assert!(!has(&abel.public_timeline().await, uri(&hers)));
    assert!(
        !abel.notifications().await.iter().any(|n| n["account"]["acct"] == "bess" && n["type"] != "follow")
    );
    assert_eq!(abel.status(id(&hers)).await["id"], hers["id"], "asked for, it is there");
    let list = abel.get("/api/v1/mutes").await;
    assert_eq!((accts(items(&list)), &list[0]["mute_expires_at"]), (vec!["bess"], &Value::Null));
    assert_eq!(bess.relationship(&abel.id).await["blocked_by"], false, "she doesn't know");
    let loud = act(&abel, &bess.id, "mute", json!({"notifications": false})).await;
    assert_eq!(loud["muting_notifications"], false);
    assert_eq!(act(&abel, &bess.id, "unmute", json!({})).await["muting"], false);
    assert!(has(&abel.home().await, uri(&hers)), "back at once");

    // Blocked: everything ends, on both sides.
    let blocked = act(&abel, &cleo.id, "block", json!({})).await;
    assert_eq!(
        (&blocked["blocking"], &blocked["following"], &blocked["followed_by"]),
        (&json!(true), &json!(false), &json!(false))
    );
    assert_eq!(accts(items(&abel.get("/api/v1/blocks").await)), ["cleo"]);
    assert!(!has(&abel.home().await, uri(&theirs)));
    assert_eq!(ask(&cleo, &format!("/api/v1/statuses/{}", id(&mine))).await.status, 404);
    assert_eq!(ask(&instance.client(), &format!("/api/v1/statuses/{}", id(&mine))).await.status, 200);
    assert_eq!(cleo.relationship(&abel.id).await["blocked_by"], true);
    let again = format!("/api/v1/accounts/{}/follow", abel.id);
    assert_eq!(cleo.request("POST".parse().unwrap(), &again).send().await.status, 403);
    assert_eq!(act(&abel, &cleo.id, "unblock", json!({})).await["blocking"], false);
    assert_eq!(cleo.status(id(&mine)).await["id"], mine["id"]);

    // A note is for whoever wrote it.
    let noted = act(&abel, &cleo.id, "note", json!({"comment": "met in Görlitz"})).await;
    assert_eq!(noted["note"], "met in Görlitz");
    assert_eq!(cleo.relationship(&abel.id).await["note"], "");
    assert_eq!(act(&abel, &cleo.id, "note", json!({"comment": ""})).await["note"], "");
    for verb in ["block", "mute"] {
        let path = format!("/api/v1/accounts/{}/{verb}", abel.id);
        let oneself = abel.request("POST".parse().unwrap(), &path).send().await;
        assert!((400..500).contains(&oneself.status), "{verb} oneself: {oneself:?}");
    }
}

pub async fn mutes_run_out(instance: &Instance) {
    let (dana, emil) = (instance.person("dana").await, instance.person("emil").await);
    dana.follow("emil").await;
    let post = emil.say("back in a second").await;
    let muted = act(&dana, &emil.id, "mute", json!({"duration": 1})).await;
    assert_eq!(muted["muting"], true);
    eventually("the mute has run out", async || dana.relationship(&emil.id).await["muting"] == false).await;
    assert!(has(&dana.home().await, uri(&post)));
    act(&dana, &emil.id, "mute", json!({"duration": 3600})).await;
    assert!(dana.get("/api/v1/mutes").await[0]["mute_expires_at"].is_string());
}

pub async fn whole_servers_are_blocked(instance: &Instance) {
    let fritz = instance.person("fritz").await;
    let path = "/api/v1/domain_blocks";
    assert_eq!(fritz.post(path, json!({"domain": "Loud.Example"})).await, json!({}));
    assert_eq!(fritz.post(path, json!({"domain": "loud.example"})).await, json!({}));
    assert_eq!(fritz.get(path).await, json!(["loud.example"]));
    for bad in ["", "not a domain", &instance.domain()] {
        let answer = fritz.request("POST".parse().unwrap(), path).json(&json!({"domain": bad})).send().await;
        assert!(matches!(answer.status, 400 | 422), "{bad:?}: {answer:?}");
    }
    let lift = fritz.request("DELETE".parse().unwrap(), &format!("{path}?domain=loud.example")).send().await;
    assert_eq!(lift.ok(), json!({}));
    assert_eq!(fritz.get(path).await, json!([]));
    fritz.post(path, json!({"domain": "loud.example"})).await;
    assert_eq!(fritz.get(path).await, json!(["loud.example"]));
}

pub async fn followers_are_removed(instance: &Instance) {
    let (gina, hans) = (instance.person("gina").await, instance.person("hans").await);
    hans.follow("gina").await;
    let post = gina.post_status(json!({"status": "for followers", "visibility": "private"})).await;
    assert!(has(&hans.home().await, uri(&post)));
    let removed = act(&gina, &hans.id, "remove_from_followers", json!({})).await;
    assert_eq!(removed["followed_by"], false);
    assert!(!has(&hans.home().await, uri(&post)));
    assert_eq!(ask(&hans, &format!("/api/v1/statuses/{}", id(&post))).await.status, 404);
    assert_eq!(gina.followers(&gina.id).await, [] as [Value; 0]);
}

pub async fn an_open_door_lets_those_in_who_wait(instance: &Instance) {
    let (ilse, jost) = (instance.person("ilse").await, instance.person("jost").await);
    ilse.patch("/api/v1/accounts/update_credentials", json!({"locked": true})).await;
    assert_eq!(jost.follow("ilse").await["requested"], true);
    let me = ilse.get("/api/v1/accounts/verify_credentials").await;
    assert_eq!(me["source"]["follow_requests_count"], 1);
    assert_eq!(each(&ilse.notifications().await, "/type"), ["follow_request"]);
    ilse.patch("/api/v1/accounts/update_credentials", json!({"locked": false})).await;
    assert_eq!(jost.relationship(&ilse.id).await["following"], true);
    assert_eq!(each(&ilse.notifications().await, "/type"), ["follow"]);
    // The avatar of a profile goes as it came.
    let picture = tintype_testkit::pictures::jpeg(50, 50, 5);
    let part = tintype_testkit::client::multipart::Part::bytes(picture.clone()).file_name("a.jpg");
    let header = tintype_testkit::client::multipart::Part::bytes(picture).file_name("b.jpg");
    let form = tintype_testkit::client::multipart::Form::new()
        .part("avatar", part.mime_str("image/jpeg").unwrap())
        .part("header", header.mime_str("image/jpeg").unwrap());
    let request = ilse.request("PATCH".parse().unwrap(), "/api/v1/accounts/update_credentials");
    let changed = request.multipart(form).send().await.ok();
    for which in ["avatar", "header"] {
        let gone = ilse.delete(&format!("/api/v1/profile/{which}")).await;
        assert_ne!(gone[which], changed[which]);
        assert_eq!(gone[which], me[which], "{which}");
    }
    let several = ilse.get(&format!("/api/v1/accounts?id[]={}&id[]={}", jost.id, ilse.id)).await;
    assert_eq!(each(items(&several), "/id"), [jost.id.as_str(), ilse.id.as_str()]);
    let (one, two) = (ilse.say("one").await, ilse.say("two").await);
    let several = jost.get(&format!("/api/v1/statuses?id[]={}&id[]={}&id[]=1", id(&two), id(&one))).await;
    assert_eq!(items(&several).len(), 2);
}

pub async fn collections_are_hidden(instance: &Instance) {
    let (kira, lars) = (instance.person("kira").await, instance.person("lars").await);
    lars.follow("kira").await;
    assert_eq!(accts(&lars.followers(&kira.id).await), ["lars"]);
    let hidden = kira.patch("/api/v1/accounts/update_credentials", json!({"hide_collections": true})).await;
    assert_eq!(hidden["source"]["hide_collections"], true);
    assert_eq!(lars.followers(&kira.id).await, [] as [Value; 0]);
    assert_eq!(accts(&kira.followers(&kira.id).await), ["lars"], "she sees them herself");
    assert_eq!(lars.account(&kira.id).await["followers_count"], 1);
}

pub async fn somebody_is_reported(instance: &Instance) {
    let (mina, nils) = (instance.person("mina").await, instance.person("nils").await);
    let post = nils.say("buy my pills").await;
    let report =
        json!({"account_id": nils.id, "status_ids": [id(&post)], "comment": "spam", "category": "spam"});
    let made = mina.post("/api/v1/reports", report).await;
    assert_eq!((&made["status_ids"], &made["action_taken"]), (&json!([id(&post)]), &json!(false)));
    let listed = instance.cli(&["report", "list", "--json"]).await;
    assert!(items(&listed).iter().any(|row| row["id"] == made["id"] && row["by"] == "mina"), "{listed}");
}
