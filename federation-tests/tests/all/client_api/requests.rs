//! What is the same on every route: encodings, trailing slashes, other origins, errors.

use crate::scenarios::{ask, each, id, items, text};
use serde_json::{Value, json};
use tintype_testkit::Instance;
use tintype_testkit::client::multipart::Form;

pub async fn trailing_slashes_are_ignored(instance: &Instance) {
    let sara = instance.person("sara").await;
    let post = sara.post("/api/v1/statuses/", json!({"status": "with a slash"})).await;
    let status = format!("/api/v1/statuses/{}", id(&post));
    for path in [
        "/api/v1/instance".to_owned(),
        "/api/v2/instance".to_owned(),
        "/api/v1/accounts/verify_credentials".to_owned(),
        format!("/api/v1/accounts/{}", sara.id),
        format!("/api/v1/accounts/{}/statuses", sara.id),
        status.clone(),
        format!("{status}/context"),
        "/api/v1/timelines/home".to_owned(),
        "/api/v1/notifications".to_owned(),
    ] {
        assert_eq!(sara.get(&format!("{path}/")).await, sara.get(&path).await, "{path}");
    }
    let limited = sara.get("/api/v1/timelines/home/?limit=1").await;
    assert_eq!(each(items(&limited), "/id"), [id(&post)]);
}

pub async fn bodies_of_every_encoding_mean_the_same(instance: &Instance) {
    let tess = instance.person("tess").await;
    let form =
        [("status", "ünï & <code>"), ("visibility", "unlisted"), ("sensitive", "1"), ("spoiler_text", "")];
    let multipart = form.iter().fold(Form::new(), |all, (name, value)| all.text(*name, *value));
    let query = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(form).finish();
    let path = "/api/v1/statuses";
    let posted: [Value; 4] = [
        tess.post(
            path,
            json!({"status": form[0].1, "visibility": "unlisted", "sensitive": true, "spoiler_text": null}),
        )
        .await,
        tess.post_form(path, &form).await,
        tess.post_multipart(path, multipart).await,
        tess.request("POST".parse().unwrap(), &format!("{path}?{query}")).send().await.ok(),
    ];
    for status in &posted {
        assert_eq!(text(status, "/content"), "<p>ünï &amp; &lt;code&gt;</p>");
        let rest = (&status["visibility"], &status["sensitive"], text(status, "/spoiler_text"));
        assert_eq!(rest, (&json!("unlisted"), &json!(true), ""));
    }
    // Clients mix PUT and PATCH up.
    for (method, name) in [("PUT", "by PUT"), ("PATCH", "by PATCH")] {
        let request = tess.request(method.parse().unwrap(), "/api/v1/accounts/update_credentials");
        assert_eq!(request.form(&[("display_name", name)]).send().await.ok()["display_name"], name);
    }
    // Tokens in the query, as old clients carry them.
    let token = tess.token().unwrap();
    let home = ask(&instance.client(), &format!("/api/v1/timelines/home?limit=1&access_token={token}")).await;
    assert!(home.link("next").is_some_and(|link| !link.contains(token)), "no token in a link");
    assert_eq!(items(&home.ok()).len(), 1);

    let broken = tess.request("POST".parse().unwrap(), path).body("application/json", "{\"status\": ");
    let answer = broken.send().await;
    assert!([400, 422].contains(&answer.status), "{answer:?}");
}

pub async fn other_origins_are_welcome(instance: &Instance) {
    let client = instance.client();
    for (path, method) in [
        ("/api/v1/statuses", "POST"),
        ("/api/v1/statuses/1", "DELETE"),
        ("/api/v1/accounts/update_credentials", "PATCH"),
        ("/api/v1/timelines/home", "GET"),
        ("/api/v2/media", "POST"),
        ("/oauth/token", "POST"),
        ("/oauth/revoke", "POST"),
        ("/api/v1/apps/", "POST"),
    ] {
        let preflight = client
            .request("OPTIONS".parse().unwrap(), path)
            .header("origin", "https://client.example.org")
            .header("access-control-request-method", method)
            .header("access-control-request-headers", "authorization,content-type,idempotency-key")
            .unchecked();
        let answer = preflight.send().await;
        assert!([200, 204].contains(&answer.status), "{path}: {answer:?}");
        assert_eq!(answer.header("access-control-allow-origin"), Some("*"), "{path}");
        assert!(answer.header("access-control-allow-methods").unwrap().contains(method), "{path}");
        let allowed = answer.header("access-control-allow-headers").unwrap().to_lowercase();
        for name in ["authorization", "content-type", "idempotency-key"] {
            assert!(allowed.contains(name), "{path}: {allowed}");
        }
    }
    // Errors can be read as well, and what pages need is exposed.
    for path in ["/api/v1/timelines/home", "/api/v1/statuses/1", "/api/v1/nothing", "/api/v2/instance"] {
        let request = client.request("GET".parse().unwrap(), path);
        let answer = request.header("origin", "https://client.example.org").send().await;
        assert_eq!(answer.header("access-control-allow-origin"), Some("*"), "{path}");
        let exposed = answer.header("access-control-expose-headers").unwrap().to_lowercase();
        for name in ["link", "x-request-id", "x-ratelimit-reset"] {
            assert!(exposed.contains(name), "{path}: {exposed}");
        }
        assert!(answer.header("x-request-id").is_some(), "{path}");
    }
}

pub async fn hidden_and_missing_things_are_404(instance: &Instance) {
    let (uma, vic) = (instance.person("uma").await, instance.person("vic").await);
    let hidden = uma.post_status(json!({"status": "for nobody yet", "visibility": "private"})).await;
    for path in [
        format!("/api/v1/statuses/{}", id(&hidden)),
        format!("/api/v1/statuses/{}/context", id(&hidden)),
        "/api/v1/statuses/1".to_owned(),
        "/api/v1/statuses/no-number".to_owned(),
        "/api/v1/accounts/1".to_owned(),
        "/api/v1/accounts/1/statuses".to_owned(),
        "/api/v1/notifications/1".to_owned(),
        "/api/v1/media/1".to_owned(),
        "/api/v1/accounts/lookup?acct=nobody".to_owned(),
        "/api/v1/nothing".to_owned(),
        "/api/v9/statuses".to_owned(),
    ] {
        let answer = ask(&vic, &path).await;
        assert_eq!(answer.expect(404)["error"], "Record not found", "{path}");
    }
    for (method, path) in [("POST", "favourite"), ("POST", "reblog"), ("DELETE", "")] {
        let path = format!("/api/v1/statuses/{}/{path}", id(&hidden));
        let answer = vic.request(method.parse().unwrap(), &path).send().await;
        assert_eq!(answer.status, 404, "{method} {path}");
    }
    for (token, error) in
        [(None, "The access token is invalid"), (Some("wrong"), "The access token is invalid")]
    {
        let client = token.map_or_else(|| instance.client(), |token| instance.client().with_token(token));
        assert_eq!(ask(&client, "/api/v1/timelines/home").await.expect(401)["error"], error);
    }
    let wrong = instance.client().with_token("wrong");
    assert_eq!(ask(&wrong, "/api/v1/timelines/public").await.status, 401, "a bad token is no missing one");
}
