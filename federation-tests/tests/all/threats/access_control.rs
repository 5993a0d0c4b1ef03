//! Threats of the category `access-control`.

use super::stage::Stage;
use super::visitor::{OAuthApp, REDIRECT, Visitor, form_token};
use crate::scenarios::{ask, id, items, text};
use serde_json::{Value, json};
use tintype_testkit::client::multipart::Form;
use tintype_testkit::{Answer, Database, pictures, rows};

const API: &str = include_str!("../../../../crates/api/src/routes.rs");

/// What somebody would like to be, in the words of every program.
fn wishes() -> Value {
    json!({
        "role": "owner", "role_id": "3", "user": {"role": "admin", "role_id": -1}, "is_admin": true, "admin": true,
        "isAdmin": true, "moderator": true, "approved": true, "confirmed": true, "verified": true, "disabled": false,
        "id": "1", "account_id": "1", "username": "root", "acct": "root", "domain": "evil.example",
        "email": "new@example.org", "password": "a wholly new password", "followers_count": 1_000_000,
        "statuses_count": 1_000_000, "created_at": "1999-01-01T00:00:00Z", "private_key": "x", "inbox": "http://x/",
        "uri": "http://x/", "suspended_at": null, "silenced_at": null,
    })
}

#[tokio::test]
async fn t026_nobody_gives_themselves_a_role() {
    let stage = Stage::set().await;
    let alpha = &stage.alpha;
    let before = alpha.cli(&["account", "show", "alice", "--json"]).await;
    let rights = stage.rows(&["jobs", "deliveries", "activities"]).await;
    let mut variants = stage.variants();
    let flat: Vec<(String, String)> = wishes()
        .as_object()
        .unwrap()
        .iter()
        .filter(|(_, value)| !value.is_object())
        .map(|(key, value)| (key.clone(), value.as_str().map_or_else(|| value.to_string(), str::to_owned)))
        .chain([
            ("user[role]".to_owned(), "admin".to_owned()),
            ("source[role]".to_owned(), "admin".to_owned()),
        ])
        .collect();
    let pairs: Vec<(&str, &str)> = flat.iter().map(|(key, value)| (key.as_str(), value.as_str())).collect();
    let path = "/api/v1/accounts/update_credentials";
    let form = pairs
        .iter()
        .fold(Form::new(), |form, (key, value)| form.text((*key).to_owned(), (*value).to_owned()));
    let requests = [
        ("JSON", stage.alice.request("PATCH".parse().unwrap(), path).json(&wishes())),
        ("a form", stage.alice.request("PATCH".parse().unwrap(), path).form(&pairs)),
        ("multipart", stage.alice.request("PATCH".parse().unwrap(), path).multipart(form)),
        ("the query", stage.alice.request("PATCH".parse().unwrap(), path).query(&pairs)),
    ];
    for (name, request) in requests {
        let answer = request.send().await;
        let mut faults = rows::differences(&rights, &stage.rows(&["jobs", "deliveries", "activities"]).await);
        // That one's own profile was touched is all that may be.
        faults
            .retain(|fault| !fault.starts_with("accounts: changed") && !fault.starts_with("users: changed"));
        if answer.status >= 500 {
            faults.push(format!("{answer:?}"));
        }
        variants.judge(name, &faults);
    }
    let after = alpha.cli(&["account", "show", "alice", "--json"]).await;
    for key in [
        "role",
        "id",
        "username",
        "domain",
        "uri",
        "approved",
        "confirmed",
        "followers_count",
        "created_at",
        "email",
    ] {
        let fault = (before.get(key) != after.get(key))
            .then(|| format!("{:?} → {:?}", before.get(key), after.get(key)));
        variants.judge(&format!("{key} afterwards"), &fault.into_iter().collect::<Vec<_>>());
    }
    assert_eq!(
        Visitor::new(alpha).sign_in("alice", &stage.alice.password).await.status,
        303,
        "the same password"
    );

    // Whoever registers is a member, by every door.
    let app = OAuthApp::register(alpha, REDIRECT, "read write").await;
    let fields = [
        ("grant_type", "client_credentials"),
        ("code", ""),
        ("redirect_uri", ""),
        ("code_verifier", ""),
        ("scope", "read write"),
    ];
    let own = app.exchange("", &fields).await.ok();
    let own = alpha.client().with_token(text(&own, "/access_token"));
    let mut wish = wishes();
    let person = json!({"username": "climber", "email": "c@example.org", "password": "a long enough password", "agreement": true, "locale": "en"});
    wish.as_object_mut().unwrap().extend(person.as_object().unwrap().clone());
    own.post("/api/v1/accounts", wish).await;
    let mut fields = pairs.clone();
    fields.retain(|(key, _)| !["username", "email", "password"].contains(key));
    fields.extend([
        ("username", "paged"),
        ("email", "p@example.org"),
        ("password", "a long enough password"),
        ("agreement", "true"),
    ]);
    let answer = Visitor::new(alpha).fill("/auth/sign_up", &fields).await;
    assert_eq!(answer.status, 303, "{answer:?}");
    for name in ["climber", "paged"] {
        let shown = alpha.cli(&["account", "show", name, "--json"]).await;
        let fault = (shown["role"] != "member").then(|| shown.to_string());
        variants.judge(&format!("{name}, registered"), &fault.into_iter().collect::<Vec<_>>());
    }
    // A post belongs to who sends it, whatever it says.
    let mut wish = wishes();
    wish["status"] = json!("a post");
    let post = stage.alice.post_status(wish).await;
    assert_eq!(post["account"]["id"], stage.alice.id.as_str());
    assert_ne!(post["id"], "1");
    variants.done();
}

/// What Bea has, by its ids.
struct Belongings {
    post: String,
    direct: String,
    free_media: String,
    used_media: String,
    notification: String,
    session: String,
    app: String,
}

#[tokio::test]
async fn t045_what_is_somebody_elses_is_not_there() {
    let stage = Stage::set().await;
    let alpha = &stage.alpha;
    let bea = alpha.person("bea").await;
    let visitor = Visitor::signed_in(alpha, &bea).await;
    let app = OAuthApp::register(alpha, REDIRECT, "read write").await;
    let given = app.exchange(&app.code(&visitor, &[]).await, &[]).await.ok();
    alpha.client().with_token(text(&given, "/access_token")).get("/api/v1/accounts/verify_credentials").await;
    let page = visitor.open("/settings").await.text();
    let part =
        |prefix: &str| page.split(prefix).nth(1).and_then(|rest| rest.split('"').next()).unwrap().to_owned();
    let used = bea.upload(pictures::jpeg(40, 30, 2), "used").await;
    let post = bea.post_status(json!({"status": "a post", "media_ids": [id(&used)]})).await;
    let locked = bea.patch("/api/v1/accounts/update_credentials", json!({"locked": true})).await;
    assert_eq!(locked["locked"], true);
    let carl = alpha.person("carl").await;
    carl.follow("bea").await;
    let told = bea.sees_notification("follow_request", "carl").await;
    let has = Belongings {
        post: id(&post).to_owned(),
        direct: id(&bea.post_status(json!({"status": "to myself", "visibility": "direct"})).await).to_owned(),
        free_media: id(&bea.upload(pictures::jpeg(40, 30, 1), "free").await).to_owned(),
        used_media: id(&used).to_owned(),
        notification: id(&told).to_owned(),
        session: part("/settings/sessions/"),
        app: part("/settings/apps/"),
    };
    stage.settled().await;
    let mut variants = stage.variants();
    let allowed: &[u16] = &[403, 404, 422];
    let cases: Vec<(&str, String, Value, &[u16])> = vec![
        ("GET", format!("/api/v1/media/{}", has.free_media), json!(null), &[404]),
        ("PUT", format!("/api/v1/media/{}", has.free_media), json!({"description": "mine now"}), &[404]),
        ("GET", format!("/api/v1/media/{}", has.used_media), json!(null), &[404]),
        (
            "PUT",
            format!("/api/v1/media/{}", has.used_media),
            json!({"description": "mine now", "focus": "0,0"}),
            &[404],
        ),
        ("DELETE", format!("/api/v1/media/{}", has.free_media), json!(null), &[404, 405]),
        (
            "POST",
            "/api/v1/statuses".into(),
            json!({"status": "look", "media_ids": [has.free_media]}),
            allowed,
        ),
        (
            "POST",
            "/api/v1/statuses".into(),
            json!({"status": "look", "media_ids": [has.used_media]}),
            allowed,
        ),
        ("PUT", format!("/api/v1/statuses/{}", has.post), json!({"status": "edited"}), &[403, 404]),
        ("DELETE", format!("/api/v1/statuses/{}", has.post), json!(null), &[403, 404]),
        ("GET", format!("/api/v1/statuses/{}/source", has.post), json!(null), &[403, 404]),
        ("POST", format!("/api/v1/statuses/{}/pin", has.post), json!({}), allowed),
        ("GET", format!("/api/v1/statuses/{}", has.direct), json!(null), &[404]),
        ("GET", format!("/api/v1/statuses/{}/history", has.direct), json!(null), &[404]),
        ("DELETE", format!("/api/v1/statuses/{}", has.direct), json!(null), &[404]),
        ("PUT", format!("/api/v1/statuses/{}", has.direct), json!({"status": "edited"}), &[404]),
        ("GET", format!("/api/v1/notifications/{}", has.notification), json!(null), &[404]),
        ("POST", format!("/api/v1/notifications/{}/dismiss", has.notification), json!({}), &[404]),
        ("POST", format!("/api/v1/follow_requests/{}/authorize", carl.id), json!({}), &[404]),
        ("POST", format!("/api/v1/follow_requests/{}/reject", carl.id), json!({}), &[404]),
        // Numbers of nobody, and no numbers, are answered alike.
        ("GET", "/api/v1/media/1".into(), json!(null), &[404]),
        ("GET", "/api/v1/media/-1".into(), json!(null), &[404]),
        ("GET", "/api/v1/media/9223372036854775807".into(), json!(null), &[404]),
        ("GET", "/api/v1/media/1%27%20OR%201=1".into(), json!(null), &[404]),
        ("GET", "/api/v1/notifications/0".into(), json!(null), &[404]),
    ];
    for (method, path, body, wanted) in cases {
        let request = stage.alice.request(method.parse().unwrap(), &path).unchecked();
        let request = if body.is_null() { request } else { request.json(&body) };
        // A post that was refused may leave the picture of its own attempt, never a claim to another's.
        variants.check(&format!("{method} {path} {body}"), wanted, &[], request.send()).await;
    }
    // An edit that takes somebody else's picture along.
    let own = stage.alice.say("mine").await;
    stage.settled().await;
    let edit = json!({"status": "mine", "media_ids": [has.free_media]});
    let request =
        stage.alice.request("PUT".parse().unwrap(), &format!("/api/v1/statuses/{}", id(&own))).json(&edit);
    variants.check("an edit with another's picture", allowed, &[], request.send()).await;
    // Sessions and apps, on the page.
    let thief = Visitor::signed_in(alpha, &stage.alice).await;
    let token = form_token(&thief.open("/settings").await);
    for path in [
        format!("/settings/sessions/{}", has.session),
        format!("/settings/apps/{}", has.app),
        "/settings/sessions/1".to_owned(),
        "/settings/apps/nonsense".to_owned(),
    ] {
        let send = async { thief.post(&path, &[("form_token", token.as_str())]).await };
        variants.check(&format!("POST {path}"), &[404], &[], send).await;
    }
    // What lists one's own things lists nothing else.
    for path in
        ["/api/v1/notifications", "/api/v1/follow_requests", "/api/v1/bookmarks", "/api/v1/favourites"]
    {
        let listed = stage.alice.get(&format!("{path}?account_id={}&user_id={}", bea.id, bea.id)).await;
        let leaked = items(&listed)
            .iter()
            .any(|item| item["id"] == has.notification.as_str() || item["id"] == carl.id.as_str());
        variants.judge(path, &leaked.then(|| listed.to_string()).into_iter().collect::<Vec<_>>());
    }
    variants.done();
    let seen = bea.get(&format!("/api/v1/media/{}", has.free_media)).await;
    assert_eq!(seen["description"], "free");
}

#[tokio::test]
async fn t079_rooms_of_the_staff_are_shut() {
    let stage =
        Stage::with(Database::Sqlite, |builder| builder.config("registrations.mode", "approval")).await;
    let alpha = &stage.alpha;
    alpha.cli(&["domain", "block", "bad.example", "--public-comment", "hidden reason", "--json"]).await;
    let app = OAuthApp::register(alpha, REDIRECT, "read write").await;
    let fields = [
        ("grant_type", "client_credentials"),
        ("code", ""),
        ("redirect_uri", ""),
        ("code_verifier", ""),
        ("scope", "read write"),
    ];
    let own = app.exchange("", &fields).await.ok();
    let own = alpha.client().with_token(text(&own, "/access_token"));
    let body = json!({"username": "waiting", "email": "w@example.org", "password": "a long enough password", "agreement": true, "locale": "en", "reason": "x"});
    let pending = own.post("/api/v1/accounts", body).await;
    let pending = alpha.client().with_token(text(&pending, "/access_token"));
    stage.settled().await;

    // Every address at which some program has rooms for its staff, and every row of our table that asks for a role.
    let mut paths: Vec<(&str, String)> = [
        "/admin",
        "/admin/",
        "/admin/accounts",
        "/admin/settings",
        "/admin/reports",
        "/sidekiq",
        "/pghero",
        "/jobs",
        "/admin/jobs",
        "/queues",
        "/debug",
        "/debug/pprof",
        "/metrics",
        "/status",
        "/api/v1/admin",
        "/api/v1/admin/accounts",
        "/api/v2/admin/accounts",
        "/api/v1/admin/domain_blocks",
        "/api/v1/admin/domain_allows",
        "/api/v1/admin/reports",
        "/api/v1/admin/email_domain_blocks",
        "/api/v1/admin/ip_blocks",
        "/api/v1/admin/trends/tags",
        "/api/admin/meta",
        "/api/v1/pleroma/admin/users",
        "/api/fasp/data_sharing/v0/event_subscriptions",
        "/api/v1/instance/domain_blocks",
        "/manage",
        "/settings/admin",
        "/users/alice/admin",
        "/api/v1/accounts/1/admin",
        "/actuator",
        "/.env",
        "/server-status",
    ]
    .into_iter()
    .map(|path| ("GET", path.to_owned()))
    .collect();
    for path in [
        "/api/v1/admin/accounts/1/action",
        "/api/v1/admin/accounts/1/approve",
        "/api/v1/admin/domain_blocks",
        "/api/fasp/registration",
        "/api/fasp/data_sharing/v0/announcements",
    ] {
        paths.push(("POST", path.to_owned()));
    }
    for line in API.lines().filter(|line| line.contains(".role(")) {
        let (verb, rest) = line.trim().split_once("(\"").expect("a row");
        let path = rest.split('"').next().unwrap().replace("{id}", "1").replace("{name}", "x");
        let method = match verb {
            "post" => "POST",
            "put" => "PUT",
            "patch" => "PATCH",
            "delete" => "DELETE",
            _ => "GET",
        };
        paths.push((method, path));
    }
    let visitor = Visitor::signed_in(alpha, &stage.alice).await;
    let mut variants = stage.variants();
    for (method, path) in &paths {
        for (who, client) in [
            ("nobody", &alpha.client()),
            ("a member", &*stage.alice),
            ("one who waits", &pending),
            ("an app", &own),
        ] {
            let request = client.request(method.parse().unwrap(), path).unchecked();
            let request = if *method == "GET" {
                request
            } else {
                request.json(&json!({"type": "none", "domain": "x.example"}))
            };
            let answer = request.send().await;
            let mut faults = Vec::new();
            let public =
                path == "/api/v1/instance/domain_blocks" && answer.status == 200 && who != "one who waits";
            if !([401, 403, 404, 405, 422].contains(&answer.status) || public) {
                faults.push(format!("{}", answer.status));
            }
            if !public && answer.text().contains("hidden reason") {
                faults.push("the reason is shown".to_owned());
            }
            variants.judge(&format!("{method} {path} by {who}"), &faults);
        }
        if *method == "GET" {
            let answer = visitor.open(path).await;
            let fault = (answer.status < 300 && path != "/api/v1/instance/domain_blocks")
                .then(|| format!("{}", answer.status));
            variants.judge(&format!("{path} by a browser"), &fault.into_iter().collect::<Vec<_>>());
        }
    }
    // One who waits is a stranger: what people have is not theirs, and nothing they send makes work.
    let post = stage.alice.post_status(json!({"status": "for followers", "visibility": "private"})).await;
    stage.settled().await;
    for path in [
        format!("/api/v1/statuses/{}", id(&post)),
        "/api/v1/timelines/home".to_owned(),
        "/api/v1/notifications".to_owned(),
        "/api/v1/streaming/user".to_owned(),
        "/api/v2/search?q=http://elsewhere.localhost/users/x&resolve=true".to_owned(),
    ] {
        let request = pending.request("GET".parse().unwrap(), &path).unchecked();
        variants
            .check(
                &format!("{path} by one who waits"),
                &[401, 403, 404],
                &["users", "oauth_tokens"],
                request.send(),
            )
            .await;
    }
    for (path, body) in [
        ("/api/v1/statuses", json!({"status": "hello @bob@remote.localhost"})),
        (&format!("/api/v1/accounts/{}/follow", stage.alice.id), json!({})),
        (&format!("/api/v1/statuses/{}/favourite", id(&post)), json!({})),
        ("/api/v2/media", json!({})),
    ] {
        let request = pending.request("POST".parse().unwrap(), path).unchecked().json(&body);
        variants
            .check(
                &format!("POST {path} by one who waits"),
                &[401, 403],
                &["users", "oauth_tokens"],
                request.send(),
            )
            .await;
    }
    variants.done();
    let anonymous: Answer = ask(&alpha.client(), &format!("/api/v1/statuses/{}", id(&post))).await;
    assert_eq!(anonymous.status, 404);
}
