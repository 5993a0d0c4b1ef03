//! Accounts: one's own, and how they stand to each other.

use serde_json::{Value, json};
use tintype_model::Page;
use tintype_service::{Policy, Registrations, moderation, registration};
use tintype_testkit::pictures;

use super::{Given, Sent, Somebody, given, given_with};

const OWN: &str = "/api/v1/accounts/verify_credentials";
const UPDATE: &str = "/api/v1/accounts/update_credentials";

async fn update(given: &Given, who: &Somebody, sent: Sent) -> super::Answer {
    given.ask(&who.token, "PATCH", UPDATE, sent).await
}

#[tokio::test]
async fn ones_own_account_has_its_source() {
    let given = given().await;
    let alice = given.member("alice").await;
    let own = given.get(&alice.token, OWN).await.ok();
    assert_eq!((&own["acct"], &own["source"]["privacy"]), (&json!("alice"), &json!("public")));
    assert!(own["created_at"].as_str().unwrap().ends_with("T00:00:00.000Z"), "{}", own["created_at"]);
    let changed = update(
        &given,
        &alice,
        Sent::Json(json!({
            "display_name": "Alice", "note": "See https://far.example/a?b=1&c\n\n#sky <3", "locked": true,
            "fields_attributes": [{ "name": "Site", "value": "https://a.example/" }, { "name": "b", "value": "<b>" }],
            "source": { "privacy": "private", "sensitive": true, "language": "de" },
        })),
    )
    .await
    .ok();
    assert_eq!((&changed["display_name"], &changed["locked"]), (&json!("Alice"), &json!(true)));
    assert!(changed["note"].as_str().unwrap().contains("&lt;3"), "{}", changed["note"]);
    let source = &changed["source"];
    assert_eq!(source["note"], "See https://far.example/a?b=1&c\n\n#sky <3");
    assert_eq!(
        source["fields"],
        json!([
            { "name": "Site", "value": "https://a.example/", "verified_at": null },
            { "name": "b", "value": "<b>", "verified_at": null },
        ])
    );
    assert_eq!(
        (&source["privacy"], &source["sensitive"], &source["language"]),
        (&json!("private"), &json!(true), &json!("de"))
    );
    let preferences = given.get(&alice.token, "/api/v1/preferences").await.ok();
    assert_eq!(preferences["posting:default:visibility"], "private");
    assert_eq!(preferences["posting:default:language"], "de");
    let status = given.publish(&alice, json!({ "status": "by default" })).await;
    assert_eq!((&status["visibility"], &status["language"]), (&json!("private"), &json!("de")));
}

#[tokio::test]
async fn fields_come_in_every_style_and_absent_ones_stay() {
    let given = given().await;
    let alice = given.member("alice").await;
    let parts = |pairs: &[(&'static str, &str)]| {
        Sent::Parts(pairs.iter().map(|(name, value)| (*name, (*value).to_owned())).collect(), Vec::new())
    };
    let styles = [
        Sent::Json(
            json!({ "fields_attributes": [{ "name": "a", "value": "1" }, { "name": "b", "value": "2" }] }),
        ),
        Sent::Json(
            json!({ "fields_attributes": { "0": { "name": "a", "value": "1" }, "1": { "name": "b", "value": "2" } } }),
        ),
        Sent::Form(
            "fields_attributes[0][name]=a&fields_attributes[0][value]=1&fields_attributes[1][name]=b\
             &fields_attributes[1][value]=2",
        ),
        parts(&[
            ("fields_attributes[0][name]", "a"),
            ("fields_attributes[0][value]", "1"),
            ("fields_attributes[1][name]", "b"),
            ("fields_attributes[1][value]", "2"),
            ("source[privacy]", "unlisted"),
        ]),
    ];
    for sent in styles {
        update(&given, &alice, Sent::Json(json!({ "fields_attributes": [] }))).await.ok();
        let fields = update(&given, &alice, sent.clone()).await.ok()["fields"].clone();
        let pair = |field: &Value| {
            format!("{}={}", field["name"].as_str().unwrap(), field["value"].as_str().unwrap())
        };
        let pairs: Vec<String> = fields.as_array().unwrap().iter().map(pair).collect();
        assert_eq!(pairs, ["a=1", "b=2"], "{sent:?}");
    }
    let own = update(&given, &alice, Sent::Form("note=hello")).await.ok();
    assert_eq!(own["fields"].as_array().unwrap().len(), 2);
    assert_eq!(own["source"]["privacy"], "unlisted");
    let own = update(&given, &alice, Sent::Form("note=")).await.ok();
    assert_eq!(own["note"], "", "an empty text clears");
}

#[tokio::test]
async fn avatars_are_pictures() {
    let given = given().await;
    let alice = given.member("alice").await;
    let before = given.get(&alice.token, OWN).await.ok()["avatar"].clone();
    let file = |name: &'static str, bytes: Vec<u8>| {
        Sent::Parts(vec![("bot", "true".to_owned())], vec![(name, bytes)])
    };
    let refused = update(&given, &alice, file("avatar", b"<svg/>".to_vec())).await;
    assert_eq!(refused.status, 422, "{}", refused.body);
    let refused = update(&given, &alice, file("header", b"GIF88a".to_vec())).await;
    assert_eq!(refused.status, 422, "{}", refused.body);
    let own = given.get(&alice.token, OWN).await.ok();
    assert_eq!((&own["avatar"], &own["bot"]), (&before, &json!(false)), "all or nothing");
    let header = own["header"].clone();
    let own = update(&given, &alice, file("avatar", pictures::png(600, 500, 1))).await.ok();
    assert_eq!(own["bot"], true);
    assert!(own["avatar"].as_str().unwrap().starts_with("https://photos.example/media/"));
    assert_ne!(own["avatar"], before);
    let own = update(&given, &alice, file("header", pictures::png(600, 200, 1))).await.ok();
    assert!(own["header"].as_str().unwrap().starts_with("https://photos.example/media/"));
    for (picture, was) in [("avatar", &before), ("header", &header)] {
        let path = format!("/api/v1/profile/{picture}");
        for _ in 0..2 {
            let own = given.ask(&alice.token, "DELETE", &path, Sent::Nothing).await.ok();
            assert_eq!((&own[picture], &own["source"]["privacy"]), (was, &json!("public")), "{picture}");
        }
    }
}

#[tokio::test]
async fn those_who_hide_whom_they_know_show_numbers_only() {
    let given = given().await;
    let (alice, bob) = (given.member("alice").await, given.member("bob").await);
    given.follow(&alice, &bob).await;
    given.follow(&bob, &alice).await;
    let own = update(&given, &alice, Sent::Form("hide_collections=true&discoverable=true")).await.ok();
    assert_eq!((&own["hide_collections"], &own["source"]["hide_collections"]), (&json!(true), &json!(true)));
    for list in ["followers", "following"] {
        let path = format!("/api/v1/accounts/{}/{list}", alice.id);
        for token in ["", &bob.token] {
            assert_eq!(given.get(token, &path).await.ids(), [""; 0], "{list}");
        }
        assert_eq!(given.get(&alice.token, &path).await.ids(), [bob.id.to_string()], "{list}");
    }
    let shown = given.get("", &format!("/api/v1/accounts/{}", alice.id)).await.ok();
    assert_eq!((&shown["followers_count"], &shown["noindex"]), (&json!(1), &json!(true)));
}

#[tokio::test]
async fn the_suspended_are_blank_and_the_silenced_are_marked() {
    let given = given().await;
    let (alice, bob) = (given.member("alice").await, given.member("bob").await);
    update(&given, &alice, Sent::Form("display_name=Alice&note=hello&fields_attributes[0][name]=a"))
        .await
        .ok();
    let status = given.publish(&alice, json!({ "status": "hello" })).await;
    let path = format!("/api/v1/accounts/{}", alice.id);
    let ctx = &given.app.ctx;
    moderation::silence(ctx, alice.id).await.unwrap();
    let shown = given.get(&bob.token, &path).await.ok();
    assert_eq!((&shown["limited"], shown.get("suspended")), (&json!(true), None));
    assert_eq!(given.get("", "/api/v1/timelines/public").await.ids(), [""; 0]);
    moderation::unsilence(ctx, alice.id).await.unwrap();
    assert_eq!(given.get(&bob.token, &path).await.ok().get("limited"), None);
    moderation::suspend(ctx, alice.id).await.unwrap();
    let shown = given.get(&bob.token, &path).await.ok();
    assert_eq!(
        (&shown["suspended"], &shown["display_name"], &shown["note"], &shown["fields"]),
        (&json!(true), &json!(""), &json!(""), &json!([]))
    );
    let hidden = given.get(&bob.token, &format!("/api/v1/statuses/{}", super::id_of(&status))).await;
    assert_eq!(hidden.error(), (404, "Record not found"));
    assert_eq!(given.get(&alice.token, OWN).await.error(), (403, "Your login is currently disabled"));
    moderation::unsuspend(ctx, alice.id).await.unwrap();
    assert_eq!(given.get(&bob.token, &path).await.ok()["display_name"], "Alice");
    moderation::delete(ctx, alice.id).await.unwrap();
    assert_eq!(given.get(&bob.token, &path).await.error().0, 410);
}

#[tokio::test]
async fn following_and_its_undoing() {
    let given = given().await;
    let (alice, bob, carol) =
        (given.member("alice").await, given.member("bob").await, given.member("carol").await);
    let path = |verb: &str| format!("/api/v1/accounts/{}/{verb}", alice.id);
    let follow =
        given.ask(&bob.token, "POST", &path("follow"), Sent::Form("reblogs=false&notify=1")).await.ok();
    assert_eq!(
        (&follow["following"], &follow["showing_reblogs"], &follow["notifying"]),
        (&json!(true), &json!(false), &json!(true))
    );
    given.follow(&carol, &alice).await;
    let first = given.get("", &format!("{}?limit=1", path("followers"))).await;
    assert_eq!(first.ids(), [carol.id.to_string()], "the newest first");
    let second = given.get("", &first.link("next").unwrap()).await;
    assert_eq!(second.ids(), [bob.id.to_string()]);
    assert_eq!(given.get("", &second.link("next").unwrap()).await.link("next"), None);
    let following = given.get("", &format!("/api/v1/accounts/{}/following", bob.id)).await;
    assert_eq!(following.ids(), [alice.id.to_string()]);

    let some = format!("/api/v1/accounts/relationships?id[]={}&id[]=9&id[]=x&id[]={}", bob.id, carol.id);
    let relationships = given.get(&alice.token, &some).await;
    assert_eq!(relationships.ids(), [bob.id.to_string(), carol.id.to_string()]);
    assert_eq!(relationships.body[0]["followed_by"], true);
    let one = given.get(&bob.token, &format!("/api/v1/accounts/relationships?id={}", alice.id)).await;
    assert_eq!(one.body[0]["following"], true);
    assert_eq!(given.get(&bob.token, "/api/v1/accounts/relationships").await.ids(), [""; 0]);

    let back = given.post(&bob.token, &path("unfollow")).await.ok();
    assert_eq!(back["following"], false);
    let counted = given.get("", &format!("/api/v1/accounts/{}", alice.id)).await.ok();
    assert_eq!(counted["followers_count"], 1);
    assert_eq!(given.post(&alice.token, &path("follow")).await.error(), (403, "This action is not allowed"));
}

#[tokio::test]
async fn a_locked_account_answers_first() {
    let given = given().await;
    let (alice, bob, carol) =
        (given.member("alice").await, given.member("bob").await, given.member("carol").await);
    update(&given, &alice, Sent::Json(json!({ "locked": true }))).await.ok();
    for who in [&bob, &carol] {
        let asked = given.post(&who.token, &format!("/api/v1/accounts/{}/follow", alice.id)).await.ok();
        assert_eq!((&asked["following"], &asked["requested"]), (&json!(false), &json!(true)));
    }
    let waiting = async || {
        let own = given.get(&alice.token, OWN).await.ok();
        let list = given.get(&alice.token, "/api/v1/follow_requests").await;
        assert_eq!(own["source"]["follow_requests_count"], list.ids().len());
        list.ids().into_iter().map(str::to_owned).collect::<Vec<_>>()
    };
    assert_eq!(waiting().await, [carol.id.to_string(), bob.id.to_string()]);
    let answer = async |who: &Somebody, verb: &str| {
        given.post(&alice.token, &format!("/api/v1/follow_requests/{}/{verb}", who.id)).await
    };
    assert_eq!(answer(&bob, "authorize").await.ok()["followed_by"], true);
    assert_eq!(answer(&carol, "reject").await.ok()["followed_by"], false);
    assert_eq!(waiting().await, [""; 0]);
    assert_eq!(answer(&carol, "authorize").await.error(), (404, "Record not found"));
    let followers = given.get("", &format!("/api/v1/accounts/{}/followers", alice.id)).await;
    assert_eq!(followers.ids(), [bob.id.to_string()]);
}

#[tokio::test]
async fn people_are_found() {
    let given = given().await;
    let (alice, bob) = (given.member("alice").await, given.member("bob").await);
    for (acct, status) in
        [("bob", 200), ("@Bob", 200), ("bob@photos.example", 200), ("nobody", 404), ("b%20b", 404)]
    {
        assert_eq!(
            given.get("", &format!("/api/v1/accounts/lookup?acct={acct}")).await.status,
            status,
            "{acct}"
        );
    }
    let missing = given.get("", "/api/v1/accounts/lookup").await;
    assert_eq!(missing.error(), (400, "param is missing or the value is empty: acct"));
    let search = async |query: &str| {
        let answer = given.get(&alice.token, &format!("/api/v1/accounts/search?{query}")).await;
        answer.ids().into_iter().map(str::to_owned).collect::<Vec<_>>()
    };
    assert_eq!(search("q=bo").await, [bob.id.to_string()]);
    assert_eq!(search("q=bob@photos.example&resolve=true&limit=1").await, [bob.id.to_string()]);
    assert_eq!(search("q=bob&following=true").await, [""; 0]);
    assert_eq!(search("q=someone@far.example&resolve=true").await, [""; 0]);
    given.publish(&alice, json!({ "status": "#Sky" })).await;
    let url = "/api/v2/search?q=https://photos.example/@bob&type=accounts&resolve=true";
    let found = given.get(&alice.token, url).await.ok();
    assert_eq!(found["accounts"][0]["acct"], "bob");
    let found = given.get("", "/api/v2/search?q=%23sk").await.ok();
    assert_eq!((&found["hashtags"][0]["name"], &found["accounts"]), (&json!("sky"), &json!([])));
    let all = json!("This API requires an authenticated user");
    for query in ["q=bob&resolve=true", "q=bob&offset=3&type=accounts"] {
        let refused = given.get("", &format!("/api/v2/search?{query}")).await;
        assert_eq!((refused.status, &refused.body["error"]), (401, &all), "{query}");
    }
    assert_eq!(given.get("", "/api/v2/search?q=bob&type=planets").await.status, 422);
}

/// The token of a new app alone.
async fn app(given: &Given) -> String {
    let registered = given
        .ask(
            "",
            "POST",
            "/api/v1/apps",
            Sent::Form("client_name=New&redirect_uris=urn:ietf:wg:oauth:2.0:oob&scopes=read+write"),
        )
        .await
        .ok();
    let token = given
        .ask(
            "",
            "POST",
            "/oauth/token",
            Sent::Json(json!({
                "grant_type": "client_credentials", "client_id": registered["client_id"],
                "client_secret": registered["client_secret"], "scope": "read write",
            })),
        )
        .await
        .ok();
    token["access_token"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn apps_sign_people_up() {
    let given = given().await;
    let app = app(&given).await;
    let sign_up = async |person: Value| given.ask(&app, "POST", "/api/v1/accounts", Sent::Json(person)).await;
    let person = json!({
        "username": "dora", "email": "dora@mail.example", "password": "correct horse", "agreement": true, "locale": "en",
    });
    let issued = sign_up(person.clone()).await.ok();
    assert_eq!((&issued["token_type"], &issued["scope"]), (&json!("Bearer"), &json!("read write")));
    let own = given.get(issued["access_token"].as_str().unwrap(), OWN).await.ok();
    assert_eq!(own["acct"], "dora");
    let taken = sign_up(person).await;
    assert_eq!(taken.error().0, 422);
    assert_eq!(taken.body["details"]["username"][0]["error"], "ERR_TAKEN");
    assert_eq!(
        sign_up(json!({ "username": "emil" })).await.body["details"]["agreement"][0]["error"],
        "ERR_ACCEPTED"
    );
}

#[tokio::test]
async fn a_closed_house_takes_nobody() {
    let given = given_with(Policy { registrations: Registrations::Closed, ..Policy::default() }).await;
    let alice = given.member("alice").await;
    let person = json!({ "username": "dora", "email": "d@mail.example", "password": "correct horse", "agreement": true });
    let refused = given.ask(&alice.token, "POST", "/api/v1/accounts", Sent::Json(person)).await;
    assert_eq!(refused.error(), (403, "This action is not allowed"));
    assert_eq!(given.get("", "/api/v2/instance").await.ok()["registrations"]["enabled"], false);
}

#[tokio::test]
async fn who_must_be_let_in_waits() {
    let given = given_with(Policy { registrations: Registrations::Approval, ..Policy::default() }).await;
    let person = json!({
        "username": "dora", "email": "d@mail.example", "password": "correct horse", "agreement": true,
        "reason": "I like the sea",
    });
    let app = app(&given).await;
    let issued = given.ask(&app, "POST", "/api/v1/accounts", Sent::Json(person)).await.ok();
    let token = issued["access_token"].as_str().unwrap();
    let waiting = given.get(token, OWN).await;
    assert_eq!(waiting.error(), (403, "Your login is currently pending approval"));
    let pending = registration::pending(&given.app.ctx, &Page::newest(40)).await.unwrap().items;
    assert_eq!(pending[0].reason.as_deref(), Some("I like the sea"));
    registration::approve(&given.app.ctx, pending[0].account.id).await.unwrap();
    assert_eq!(given.get(token, OWN).await.ok()["acct"], "dora");
}
