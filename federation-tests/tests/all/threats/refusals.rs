//! Threats of the category `privacy`: what a refusal tells about what is there.

use super::private_posts::{ACTIVITY, three_posts};
use super::stage::{Stage, fault};
use super::visitor::Visitor;
use crate::scenarios::{has, id, items, uri};
use serde_json::json;
use std::time::Duration;
use tintype_testkit::peer::SignOptions;
use tintype_testkit::{Answer, Database};

/// What a client can tell two answers apart by.
fn look(answer: &Answer) -> (u16, Vec<(String, String)>, String) {
    let varying = ["date", "x-request-id", "x-ratelimit-remaining", "x-ratelimit-reset", "set-cookie"];
    let mut headers: Vec<(String, String)> = answer
        .headers
        .iter()
        .filter(|(name, _)| !varying.contains(&name.as_str()))
        .map(|(name, value)| (name.to_string(), String::from_utf8_lossy(value.as_bytes()).into_owned()))
        .collect();
    headers.sort();
    // A form's token differs each time.
    let body = answer.text();
    let body = body
        .split("name=\"form_token\" value=\"")
        .enumerate()
        .map(|(at, part)| if at == 0 { part } else { part.split_once('"').map_or("", |(_, rest)| rest) })
        .collect::<Vec<_>>()
        .join("");
    (answer.status, headers, body)
}

#[tokio::test]
async fn t110_missing_and_hidden_look_the_same() {
    let stage = Stage::set().await;
    let [_, private, direct] = three_posts(&stage).await;
    let sam = stage.alpha.person("sam").await;
    let stranger = stage.peer.actor_at("strange.localhost", "stranger");
    let missing = (id(&private).parse::<i64>().unwrap() + 70_000).to_string();
    let browser = Visitor::signed_in(&stage.alpha, &sam).await;
    let mut variants = stage.variants();
    for (name, post) in [("private", &private), ("direct", &direct)] {
        for (method, path) in [
            ("GET", "/api/v1/statuses/ID"),
            ("GET", "/api/v1/statuses/ID/context"),
            ("GET", "/api/v1/statuses/ID/history"),
            ("GET", "/api/v1/statuses/ID/source"),
            ("GET", "/api/v1/statuses/ID/favourited_by"),
            ("GET", "/api/v1/statuses/ID/reblogged_by"),
            ("POST", "/api/v1/statuses/ID/favourite"),
            ("POST", "/api/v1/statuses/ID/reblog"),
            ("POST", "/api/v1/statuses/ID/bookmark"),
            ("POST", "/api/v1/statuses/ID/pin"),
            ("POST", "/api/v1/statuses/ID/mute"),
            ("DELETE", "/api/v1/statuses/ID"),
            ("PUT", "/api/v1/statuses/ID"),
            ("GET", "/api/v1/statuses?id[]=ID"),
            ("GET", "/@alice/ID"),
            ("GET", "/@sam/ID"),
            ("HEAD", "/api/v1/statuses/ID"),
            ("OPTIONS", "/api/v1/statuses/ID"),
        ] {
            for language in ["", "en", "de", "zz"] {
                if !language.is_empty() && method != "GET" {
                    continue;
                }
                let send = async |status: &str| {
                    let path = path.replace("ID", status);
                    if path.starts_with("/@") {
                        return browser.send(method, &path, &[("accept-language", language)], None).await;
                    }
                    let request = sam.request(method.parse().unwrap(), &path).unchecked();
                    let request = if language.is_empty() {
                        request
                    } else {
                        request.header("accept-language", language)
                    };
                    let request = if ["POST", "PUT"].contains(&method) {
                        request.json(&json!({"status": "x"}))
                    } else {
                        request
                    };
                    request.send().await
                };
                let (hidden, nothing) = (look(&send(id(post)).await), look(&send(&missing).await));
                let normal = |(status, headers, body): (u16, Vec<(String, String)>, String), own: &str| {
                    (status, headers, body.replace(own, "ID"))
                };
                let (hidden, nothing) = (normal(hidden, id(post)), normal(nothing, &missing));
                variants.judge(
                    &format!("{name}: {method} {path} {language}"),
                    &fault(hidden != nothing, || format!("{hidden:?}\n    {nothing:?}")),
                );
            }
        }
        for part in ["", "/activity", "/replies"] {
            for (who, actor) in [("a stranger", Some(&stranger)), ("nobody", None)] {
                for kind in [ACTIVITY, "text/html", "*/*"] {
                    let send = async |status: &str| {
                        let url = format!("{}/statuses/{status}{part}", stage.alice.actor());
                        match actor {
                            Some(actor) => {
                                stage
                                    .peer
                                    .fetch(
                                        actor,
                                        &url,
                                        &SignOptions { content_type: kind, ..SignOptions::default() },
                                    )
                                    .await
                            }
                            None => {
                                stage
                                    .alpha
                                    .client()
                                    .request("GET".parse().unwrap(), &url)
                                    .unchecked()
                                    .header("accept", kind)
                                    .send()
                                    .await
                            }
                        }
                    };
                    let ((status, headers, body), nothing) =
                        (look(&send(id(post)).await), look(&send(&missing).await));
                    let own = |text: &str| text.replace(id(post), &missing);
                    let hidden = (
                        status,
                        headers.into_iter().map(|(name, value)| (name, own(&value))).collect::<Vec<_>>(),
                        own(&body),
                    );
                    variants.judge(
                        &format!("{name}{part} for {who} as {kind}"),
                        &fault(hidden != nothing, || format!("{hidden:?}\n    {nothing:?}")),
                    );
                }
            }
        }
    }
    // Answering to it, and asking the search.
    for (name, post) in [("private", &private), ("direct", &direct)] {
        let reply = async |status: &str| {
            sam.request("POST".parse().unwrap(), "/api/v1/statuses")
                .unchecked()
                .json(&json!({"status": "x", "in_reply_to_id": status}))
                .send()
                .await
        };
        let (hidden, nothing) = (look(&reply(id(post)).await), look(&reply(&missing).await));
        variants.judge(
            &format!("{name}: an answer"),
            &fault(hidden != nothing, || format!("{hidden:?} {nothing:?}")),
        );
        let search = async |status: &str| {
            let url = format!("{}/statuses/{status}", stage.alice.actor());
            sam.request("GET".parse().unwrap(), "/api/v2/search")
                .query(&[("q", url.as_str()), ("resolve", "true")])
                .send()
                .await
        };
        let (hidden, nothing) = (look(&search(id(post)).await), look(&search(&missing).await));
        variants.judge(
            &format!("{name}: a search"),
            &fault(hidden != nothing, || format!("{hidden:?} {nothing:?}")),
        );
    }
    variants.done();
    assert!(
        has(&stage.alice.home().await, uri(&private))
            && items(&stage.alice.context(id(&direct)).await["ancestors"]).is_empty()
    );
}

#[tokio::test]
async fn t111_nobody_learns_who_has_an_account() {
    let stage = Stage::with(Database::Sqlite, |builder| builder.config("registrations.mode", "open")).await;
    let alpha = &stage.alpha;
    for (name, command) in [("locked_out", "disable"), ("hidden", "suspend")] {
        alpha.person(name).await;
        alpha.cli(&["account", command, name, "--json"]).await;
    }
    let names = [
        "alice",
        "alice@example.org",
        "locked_out",
        "hidden@example.org",
        "nobody",
        "nobody@example.org",
        "",
        "alice@nowhere.example",
        "ALICE",
        "x' OR '1'='1",
    ];
    let mut variants = stage.variants();
    let mut first: Option<(u16, String)> = None;
    for name in names {
        let visitor = Visitor::new(alpha);
        let answer = visitor.sign_in(name, "a wrong password of some length").await;
        let (status, _, body) = look(&answer);
        // The page repeats the name that was typed.
        let escaped = name.replace('\'', "&#39;");
        let body = body
            .replace(&format!("value=\"{name}\""), "value=\"\"")
            .replace(&format!("value=\"{escaped}\""), "value=\"\"");
        let seen = (status, body);
        let known = first.get_or_insert_with(|| seen.clone());
        variants.judge(
            &format!("sign in as {name:?}"),
            &fault(seen != *known || status != 401, || format!("{seen:?}")),
        );
    }
    // The work is the same: a hash is computed for nobody as well. The median of several, and a wide margin.
    let mut times: [Vec<Duration>; 2] = [Vec::new(), Vec::new()];
    for _ in 0..7 {
        for (at, name) in ["alice", "nobody at all"].into_iter().enumerate() {
            let visitor = Visitor::new(alpha);
            let form = super::visitor::form_token(&visitor.open("/auth/sign_in").await);
            let began = std::time::Instant::now();
            visitor
                .post(
                    "/auth/sign_in",
                    &[("username", name), ("password", "a wrong password"), ("form_token", &form)],
                )
                .await;
            times[at].push(began.elapsed());
        }
    }
    let [known, unknown] = times.map(|mut all| {
        all.sort();
        all[all.len() / 2]
    });
    variants.judge("the time it takes", &fault(unknown * 4 < known, || format!("{known:?} and {unknown:?}")));
    // Doors that other programs have, where the same could be asked.
    for path in [
        "/auth/password/new",
        "/auth/password",
        "/auth/confirmation/new",
        "/api/v1/emails/confirmations",
        "/api/v1/accounts/check",
        "/api/v1/emails/check_confirmation",
    ] {
        let answer = Visitor::new(alpha).open(path).await;
        variants.judge(
            path,
            &fault(![401, 403, 404, 405].contains(&answer.status), || format!("{}", answer.status)),
        );
    }
    variants.done();
}
