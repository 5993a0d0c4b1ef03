//! Threats of the category `oauth`.

use super::stage::Stage;
use super::visitor::{OAuthApp, REDIRECT, VERIFIER, Visitor, token};
use crate::scenarios::{ask, id, text};
use serde_json::json;
use tintype_testkit::Answer;

const API: &str = include_str!("../../../../crates/api/src/routes.rs");

/// A row of the API's table, read as text: method, path, scopes of which one is enough, and the rest of the line.
struct Row {
    method: &'static str,
    path: &'static str,
    scopes: Vec<&'static str>,
    rest: &'static str,
}

fn rows_with_scopes() -> Vec<Row> {
    let mut rows = Vec::new();
    for line in API.lines() {
        let Some((verb, rest)) = line.trim().split_once("(\"") else { continue };
        let method = match verb {
            "get" => "GET",
            "post" => "POST",
            "put" => "PUT",
            "patch" => "PATCH",
            "delete" => "DELETE",
            _ => continue,
        };
        let Some((path, rest)) = rest.split_once('"') else { continue };
        let Some((_, scopes)) = rest.split_once("&[") else { continue };
        let Some((scopes, rest)) = scopes.split_once(']') else { continue };
        let scopes: Vec<&str> = scopes.split('"').skip(1).step_by(2).collect();
        if !scopes.is_empty() {
            rows.push(Row { method, path, scopes, rest });
        }
    }
    assert!(rows.len() > 60, "the table was read: {}", rows.len());
    rows
}

/// Whether a scope contains another (<https://docs.joinmastodon.org/api/oauth-scopes/>).
fn contains(wide: &str, narrow: &str) -> bool {
    let relations =
        ["read:follows", "write:follows", "read:blocks", "write:blocks", "read:mutes", "write:mutes"];
    wide == narrow
        || narrow.strip_prefix(wide).is_some_and(|rest| rest.starts_with(':'))
        || wide == "follow" && relations.contains(&narrow)
        || narrow == "profile" && ["read", "read:accounts"].contains(&wide)
}

#[tokio::test]
async fn t022_scopes_hold_on_every_route() {
    let stage = Stage::set().await;
    let other = stage.alpha.person("olivia").await;
    let post = other.say("a post").await;
    let wanted = [
        "profile",
        "push",
        "follow",
        "read",
        "write",
        "read:statuses",
        "read:accounts",
        "read:notifications",
        "read:search",
        "read:follows",
        "write:statuses",
        "write:media",
        "write:favourites",
        "write:accounts",
    ];
    let mut tokens = Vec::new();
    for scopes in wanted {
        tokens.push((scopes, token(&stage.alpha, "alice", scopes).await));
    }
    let (mut wrong, mut tried) = (Vec::new(), 0);
    let before = stage.rows(&["oauth_tokens", "users"]).await;
    for row in rows_with_scopes() {
        let path = row.path.replace("{id}", id(&post)).replace("{name}", "cats");
        for (scopes, client) in &tokens {
            if row.scopes.iter().any(|narrow| contains(scopes, narrow)) {
                continue;
            }
            tried += 1;
            let request = client.request(row.method.parse().unwrap(), &path).unchecked();
            let request = if row.method == "GET" {
                request
            } else {
                request.json(&json!({"status": "written without leave", "note": "x", "display_name": "x"}))
            };
            let answer = request.send().await;
            if answer.status != 403 || !answer.text().contains("outside the authorized scopes") {
                wrong.push(format!("{} {} with {scopes}: {answer:?}", row.method, row.path));
            }
        }
    }
    let after = stage.rows(&["oauth_tokens", "users"]).await;
    wrong.extend(tintype_testkit::rows::differences(&before, &after));
    // Rows for those who run the place ask for a role beside the scope.
    for row in rows_with_scopes() {
        let for_admins = row.scopes.iter().any(|scope| scope.starts_with("admin"));
        if for_admins && !row.rest.contains(".role(") {
            wrong.push(format!("{} {}: no role is asked for", row.method, row.path));
        }
    }
    println!("{tried} requests without the scope");
    assert!(wrong.is_empty(), "{} of {tried}:\n{}", wrong.len(), wrong.join("\n"));
    assert!(tried > 500, "{tried}");
    // Whoever lets an app have such a scope has no more to give than their role.
    let app = OAuthApp::register(&stage.alpha, REDIRECT, "read admin:read admin:write").await;
    let visitor = Visitor::signed_in(&stage.alpha, &stage.alice).await;
    let scope = [("scope", "read admin:read admin:write")];
    let page = visitor.open(&app.authorize(&scope)).await;
    if page.status == 200 {
        let given = app.exchange(&app.code(&visitor, &scope).await, &[]).await.ok();
        let member = stage.alpha.client().with_token(text(&given, "/access_token"));
        let of_staff = rows_with_scopes().into_iter().filter(|row| row.rest.contains(".role("));
        let mut paths: Vec<(&str, String)> =
            of_staff.map(|row| (row.method, row.path.replace("{id}", "1").replace("{name}", "x"))).collect();
        paths.extend(
            ["accounts", "reports", "domain_blocks", "trends/tags"]
                .map(|room| ("GET", format!("/api/v1/admin/{room}"))),
        );
        for (method, path) in paths {
            let answer = member.request(method.parse().unwrap(), &path).unchecked().send().await;
            assert!([403, 404].contains(&answer.status), "{answer:?}");
        }
    }
}

#[tokio::test]
async fn t027_only_registered_addresses_are_gone_back_to() {
    let stage = Stage::set().await;
    let mut variants = stage.variants();
    // At registration: nothing that a browser would run, open from its disk, or not be able to go to.
    for dangerous in [
        "javascript:alert(1)",
        "JaVaScRiPt:alert(1)",
        " javascript:alert(1)",
        "java\nscript:alert(1)",
        "data:text/html,<script>alert(1)</script>",
        "vbscript:x",
        "file:///etc/passwd",
        "blob:https://app.example.org/x",
        "about:blank",
        "view-source:https://app.example.org/",
        "https://app.example.org/cb#fragment",
        "//app.example.org/cb",
        "/cb",
        "app.example.org/cb",
        "",
    ] {
        let body = json!({"client_name": "x", "redirect_uris": [dangerous], "scopes": "read"});
        let send = stage.alpha.client().request("POST".parse().unwrap(), "/api/v1/apps").json(&body).send();
        variants.check(&format!("registered {dangerous:?}"), &[400, 422], &[], send).await;
    }

    let app = OAuthApp::register(&stage.alpha, &format!("{REDIRECT}\ntusky://cb"), "read write").await;
    let visitor = Visitor::signed_in(&stage.alpha, &stage.alice).await;
    let others = [
        "https://app.example.org/callback/",
        "https://app.example.org/callback/more",
        "https://app.example.org/callbac",
        "https://app.example.org/callback?more=1",
        "https://app.example.org/callback#x",
        "https://app.example.org/callback/../evil",
        "https://app.example.org/x/../callback",
        "https://app.example.org:443/callback",
        "https://app.example.org:8443/callback",
        "http://app.example.org/callback",
        "https://APP.example.org/callback",
        "https://app.example.org/CALLBACK",
        "https://app.example.org/%63allback",
        "https://user@app.example.org/callback",
        "https://app.example.org@evil.example/callback",
        "https://app.example.org.evil.example/callback",
        "https://evil.example/?https://app.example.org/callback",
        "https://evil.example/callback",
        "//app.example.org/callback",
        "tusky://cb/",
        "tusky://cb?x=1",
        "tusky:cb",
        "javascript:alert(1)",
        "data:text/html,x",
        "urn:ietf:wg:oauth:2.0:oob",
        "",
        " https://app.example.org/callback",
        "https://app.example.org/callback\r\nLocation: https://evil.example/",
        "https://app.example.org/callback\ntusky://cb",
    ];
    // Beside the right request stand those whose errors an app may hear of: a foreign address hears of nothing.
    for redirect in others {
        for wrong in [
            None,
            Some(("scope", "nonsense")),
            Some(("response_type", "token")),
            Some(("code_challenge_method", "plain")),
        ] {
            let changed: Vec<(&str, &str)> =
                [Some(("redirect_uri", redirect)), wrong].into_iter().flatten().collect();
            let page = visitor.open(&app.authorize(&changed)).await;
            let mut faults = Vec::new();
            if !(400..500).contains(&page.status) || page.header("location").is_some() {
                faults.push(format!("{} to {:?}", page.status, page.header("location")));
            }
            if page.text().contains("name=\"decision\"") {
                faults.push("asks for consent".to_owned());
            }
            variants.judge(&format!("asked for {redirect:?} {wrong:?}"), &faults);
        }
    }
    // The form of a right request can't be turned to another address or app either.
    for changed in
        [("redirect_uri", "https://evil.example/"), ("client_id", "nobody"), ("redirect_uri", "tusky://cb/")]
    {
        let page = visitor.open(&app.authorize(&[])).await;
        let token = super::visitor::form_token(&page);
        let path = app.authorize(&[changed]);
        let fields = [("decision", "allow"), ("form_token", token.as_str()), changed];
        let answer = visitor.post(&path, &fields).await;
        let to = answer.header("location").unwrap_or_default().to_owned();
        let fault = (!(400..500).contains(&answer.status) || !to.is_empty())
            .then(|| format!("{} to {to}", answer.status));
        variants.judge(&format!("sent with {changed:?}"), &fault.into_iter().collect::<Vec<_>>());
    }

    // A code is bound to the app and the address that it was asked for with.
    let other = OAuthApp::register(&stage.alpha, REDIRECT, "read write").await;
    for (name, changed) in [
        ("another address of the same app", vec![("redirect_uri", "tusky://cb")]),
        ("no address", vec![("redirect_uri", "")]),
        ("a longer address", vec![("redirect_uri", "https://app.example.org/callback/")]),
        ("another app", vec![("client_id", other.id()), ("client_secret", other.secret())]),
    ] {
        let code = app.code(&visitor, &[]).await;
        let answer = app.exchange(&code, &changed).await;
        let fault =
            (answer.status != 400 || !answer.text().contains("invalid_grant")).then(|| format!("{answer:?}"));
        variants.judge(&format!("exchanged with {name}"), &fault.into_iter().collect::<Vec<_>>());
    }
    variants.done();
    let code = app.code(&visitor, &[]).await;
    assert_eq!(app.exchange(&code, &[]).await.status, 200);
}

/// That this answer of `/oauth/token` gives nothing.
#[track_caller]
fn refused(answer: &Answer, error: &str) {
    assert_eq!(answer.expect(400)["error"], error, "{answer:?}");
    assert!(!answer.text().contains("access_token\":"), "{answer:?}");
}

#[tokio::test]
async fn t082_a_code_is_good_once_and_for_one_verifier() {
    let stage = Stage::set().await;
    let app = OAuthApp::register(&stage.alpha, REDIRECT, "read write").await;
    let visitor = Visitor::signed_in(&stage.alpha, &stage.alice).await;
    let me = "/api/v1/accounts/verify_credentials";

    // Twice: the second is refused, and what the first gave ends.
    let code = app.code(&visitor, &[]).await;
    let first = app.exchange(&code, &[]).await.ok();
    let client = stage.alpha.client().with_token(text(&first, "/access_token"));
    assert_eq!(ask(&client, me).await.status, 200);
    refused(&app.exchange(&code, &[]).await, "invalid_grant");
    assert_eq!(ask(&client, me).await.status, 401);

    // At once: at most one gets a token.
    let code = app.code(&visitor, &[]).await;
    let answers = futures::future::join_all((0..8).map(|_| app.exchange(&code, &[]))).await;
    assert!(answers.iter().filter(|answer| answer.status == 200).count() <= 1, "{answers:?}");
    for answer in answers.iter().filter(|answer| answer.status != 200) {
        refused(answer, "invalid_grant");
    }

    // With a challenge: a verifier is needed, and the right one. A wrong try doesn't help to guess.
    let long = "x".repeat(129);
    for (wrong, error) in [
        ("", "invalid_grant"),
        (&VERIFIER[..42], "invalid_grant"),
        (&VERIFIER.to_lowercase(), "invalid_grant"),
        (&super::visitor::challenge(), "invalid_grant"),
        (&long, "invalid_grant"),
    ] {
        let code = app.code(&visitor, &[]).await;
        let answer = app.exchange(&code, &[("code_verifier", wrong)]).await;
        let found = answer.expect(400)["error"].clone();
        assert!([error, "invalid_request"].contains(&found.as_str().unwrap()), "{wrong}: {answer:?}");
    }
    // Without a challenge none is taken: it may be a challenge that somebody took off on the way (RFC 9700 §4.8).
    let without = [("code_challenge", ""), ("code_challenge_method", "")];
    let code = app.code(&visitor, &without).await;
    let downgraded = app.exchange(&code, &[]).await;
    refused(&downgraded, "invalid_grant");
    let code = app.code(&visitor, &without).await;
    assert_eq!(app.exchange(&code, &[("code_verifier", "")]).await.status, 200, "apps may go without PKCE");

    // Only S256.
    let challenge = super::visitor::challenge();
    for changed in [
        vec![("code_challenge_method", "plain"), ("code_challenge", VERIFIER)],
        vec![("code_challenge_method", ""), ("code_challenge", VERIFIER)],
        vec![("code_challenge_method", "s256")],
        vec![("code_challenge_method", "S512")],
        vec![("code_challenge", "")],
        vec![("code_challenge", "short")],
        vec![("code_challenge", &challenge[1..])],
    ] {
        let page = visitor.open(&app.authorize(&changed)).await;
        let to = page.header("location").unwrap_or_default();
        assert!(to.starts_with(REDIRECT) && to.contains("error=invalid_request"), "{changed:?}: {page:?}");
        assert!(!to.contains("code="), "{to}");
    }

    // Of another app, or without its secret.
    let other = OAuthApp::register(&stage.alpha, REDIRECT, "read write").await;
    let code = app.code(&visitor, &[]).await;
    refused(
        &app.exchange(&code, &[("client_id", other.id()), ("client_secret", other.secret())]).await,
        "invalid_grant",
    );
    let wrong = app.exchange(&code, &[("client_secret", "guessed")]).await;
    assert_eq!(wrong.expect(401)["error"], "invalid_client");
    // No other way to a token of a person's.
    for grant in ["password", "refresh_token", "urn:ietf:params:oauth:grant-type:jwt-bearer", "implicit", ""]
    {
        let fields = [("grant_type", grant), ("username", "alice"), ("password", &stage.alice.password)];
        let answer = app.exchange("", &fields).await;
        assert!([400, 401].contains(&answer.status), "{grant}: {answer:?}");
    }
}

#[tokio::test]
async fn t083_tokens_are_kept_hashed_and_told_nobody() {
    let stage =
        Stage::with(tintype_testkit::Database::Sqlite, |builder| builder.config("log.level", "debug")).await;
    let app = OAuthApp::register(&stage.alpha, REDIRECT, "read write").await;
    let visitor = Visitor::signed_in(&stage.alpha, &stage.alice).await;
    let spent = app.code(&visitor, &[]).await;
    let given = app.exchange(&spent, &[]).await;
    assert!(given.header("cache-control").is_some_and(|value| value.contains("no-store")), "{given:?}");
    let body = given.ok();
    assert!(body.get("refresh_token").is_none(), "there is nothing to rotate: {body}");
    let access = text(&body, "/access_token").to_owned();
    let unspent = app.code(&visitor, &[]).await;
    // The token where it ought not to be: in the query, and refused.
    let in_query = format!("/api/v1/accounts/verify_credentials?access_token={access}");
    assert_eq!(ask(&stage.alpha.client(), &in_query).await.status, 200);
    let (_, session) = visitor.cookie("session").expect("a session");
    let secrets = [
        ("a token", access),
        ("a code", unspent),
        ("a spent code", spent),
        ("a session", session),
        ("an app's secret", app.secret().to_owned()),
    ];

    // What a stolen database, or a log, would give away.
    stage.alpha.stop().await;
    let mut stolen = Vec::new();
    for entry in std::fs::read_dir(stage.alpha.folder()).unwrap().flatten() {
        if entry.path().is_file() {
            stolen.push((entry.path().display().to_string(), std::fs::read(entry.path()).unwrap()));
        }
    }
    assert!(stolen.iter().any(|(name, bytes)| name.ends_with("tintype.db") && bytes.len() > 10_000));
    for (what, secret) in &secrets {
        for (name, bytes) in &stolen {
            let found = bytes.windows(secret.len()).any(|part| part == secret.as_bytes());
            assert!(!found, "{what} stands in {name}");
        }
    }
    stage.alpha.start().await;
    // Addresses of pages, which may hold a code, are not told to other sites.
    for path in ["/", "/auth/sign_in", "/settings", "/@alice", &app.authorize(&[])] {
        let page = visitor.open(path).await;
        let policy = page.header("referrer-policy").unwrap_or_default();
        assert!(["same-origin", "no-referrer"].contains(&policy), "{path}: {policy:?}");
    }
}
