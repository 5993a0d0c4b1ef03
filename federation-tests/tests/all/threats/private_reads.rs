//! Threats of the category `privacy`: documents that are fetched, by whom, by which address, and who keeps the answer.

use super::private_posts::{ACTIVITY, three_posts};
use super::stage::{Stage, fault};
use super::visitor::Visitor;
use crate::scenarios::{ask, eventually, id, uri};
use tintype_testkit::peer::{Actor, SignOptions};
use tintype_testkit::{Answer, Database};

#[tokio::test]
async fn t019_what_is_private_is_neither_listed_nor_given() {
    for authorized in ["true", "false"] {
        let stage = Stage::with(Database::Sqlite, |builder| {
            builder.config("federation.authorized_fetch", authorized)
        })
        .await;
        let [public, private, direct] = three_posts(&stage).await;
        let stranger = stage.peer.actor_at("strange.localhost", "stranger");
        let mut variants = stage.variants();
        let hidden = ["zyqprivateword", "zyqdirectword", id(&private), id(&direct)];
        let get = async |asker: Option<&Actor>, url: &str| {
            if let Some(actor) = asker {
                return stage.peer.fetch(actor, url, &SignOptions::default()).await;
            }
            let request = stage.alpha.client().request("GET".parse().unwrap(), url).unchecked();
            request.header("accept", ACTIVITY).send().await
        };
        for (who, asker) in
            [("nobody", None), ("a stranger", Some(&stranger)), ("a follower", Some(&stage.bob))]
        {
            for list in [
                "outbox",
                "outbox?page=true",
                "outbox?page=1",
                "outbox?page=2",
                "outbox?page=true&max_id=9223372036854775807",
                "outbox?page=true&min_id=0",
                "collections/featured",
                "followers?page=1",
            ] {
                let url = format!("{}/{list}", stage.alice.actor());
                let answer = get(asker, &url).await;
                let body = answer.text();
                let shown: Vec<&str> = hidden.into_iter().filter(|trace| body.contains(trace)).collect();
                let mut faults = fault(!shown.is_empty(), || format!("shows {shown:?}"));
                faults.extend(fault(answer.status >= 500, || format!("{answer:?}")));
                variants.judge(&format!("{list} for {who}, {authorized}"), &faults);
            }
            for (post, sees) in [(&private, who == "a follower"), (&direct, who == "a follower")] {
                for part in [
                    "",
                    "/activity",
                    "/replies",
                    "/replies?page=1",
                    "/likes",
                    "/shares",
                    "/context",
                    "/quote_authorizations/1",
                ] {
                    let url = format!("{}{part}", uri(post));
                    let answer = get(asker, &url).await;
                    let unsigned = asker.is_none() && authorized == "true";
                    let wanted = match (sees, unsigned) {
                        (true, _) => continue,
                        (false, true) => 401,
                        (false, false) => 404,
                    };
                    let leaked = hidden.into_iter().find(|trace| answer.text().contains(trace));
                    // What is no route at all is as little there.
                    let mut faults = fault(answer.status != wanted && answer.status != 404, || {
                        format!("{} instead of {wanted}", answer.status)
                    });
                    faults.extend(leaked.map(|trace| format!("shows {trace}")));
                    variants.judge(&format!("{url} for {who}, {authorized}"), &faults);
                }
            }
        }
        for post in [&public, &private, &direct] {
            let answer = get(Some(&stage.bob), uri(post)).await;
            variants.judge("what Bob may see", &fault(answer.status != 200, || format!("{answer:?}")));
        }
        let outbox = get(Some(&stage.bob), &format!("{}/outbox?page=true", stage.alice.actor())).await;
        variants.judge(
            "the public one is listed",
            &fault(!outbox.text().contains(id(&public)), || outbox.text()),
        );
        variants.done();
    }
}

#[tokio::test]
async fn t044_answers_for_one_are_not_kept_for_others() {
    let stage = Stage::set().await;
    let [public, private, _] = three_posts(&stage).await;
    let mut variants = stage.variants();
    let judge = |answer: &Answer, wanted: &[&str], strict: bool| {
        let control = answer.header("cache-control").unwrap_or_default().to_lowercase();
        let vary: Vec<String> = answer
            .headers
            .get_all("vary")
            .iter()
            .filter_map(|value| value.to_str().ok())
            .flat_map(|value| value.split(','))
            .map(|name| name.trim().to_lowercase())
            .collect();
        let mut faults = fault(!control.contains("private") && !control.contains("no-store"), || {
            format!("{} Cache-Control {control:?}", answer.status)
        });
        faults.extend(fault(strict && !control.contains("no-store"), || {
            format!("{} kept: {control:?}", answer.status)
        }));
        faults.extend(
            wanted
                .iter()
                .filter(|name| !vary.contains(&name.to_lowercase()))
                .map(|name| format!("{} Vary without {name}: {vary:?}", answer.status)),
        );
        faults
    };
    let actor = stage.alice.actor();
    for url in [
        actor.clone(),
        format!("{actor}/outbox"),
        format!("{actor}/outbox?page=true"),
        format!("{actor}/followers"),
        format!("{actor}/following"),
        format!("{actor}/collections/featured"),
        uri(&public).to_owned(),
        uri(&private).to_owned(),
        format!("{}/activity", uri(&public)),
        format!("{}/replies", uri(&public)),
        format!("{actor}x"),
    ] {
        let stranger = stage.peer.actor_at("strange.localhost", "stranger");
        for (who, signed) in [("Bob", Some(&stage.bob)), ("a stranger", Some(&stranger)), ("nobody", None)] {
            let answer = match signed {
                Some(actor) => stage.peer.fetch(actor, &url, &SignOptions::default()).await,
                None => {
                    stage
                        .alpha
                        .client()
                        .request("GET".parse().unwrap(), &url)
                        .unchecked()
                        .header("accept", ACTIVITY)
                        .send()
                        .await
                }
            };
            variants.judge(&format!("{url} for {who}"), &judge(&answer, &["Accept", "Signature"], true));
        }
    }
    for path in [
        "/api/v1/timelines/home",
        "/api/v1/timelines/public",
        "/api/v1/accounts/verify_credentials",
        "/api/v1/notifications",
        &format!("/api/v1/statuses/{}", id(&public)),
        &format!("/api/v1/statuses/{}", id(&private)),
        &format!("/api/v1/accounts/{}/statuses", stage.alice.id),
        "/api/v2/search?q=alice",
        "/api/v1/statuses/1",
    ] {
        for (who, client) in [
            ("Alice", (*stage.alice).clone()),
            ("nobody", stage.alpha.client()),
            ("a wrong token", stage.alpha.client().with_token("wrong")),
        ] {
            let answer = client.request("GET".parse().unwrap(), path).unchecked().send().await;
            variants.judge(&format!("{path} for {who}"), &judge(&answer, &["Authorization"], true));
        }
    }
    let visitor = Visitor::signed_in(&stage.alpha, &stage.alice).await;
    for path in [
        "/",
        "/settings",
        "/@alice",
        &format!("/@alice/{}", id(&public)),
        &format!("/@alice/{}", id(&private)),
        "/auth/sign_up",
        "/tags/secrets",
    ] {
        for (who, answer) in
            [("Alice", visitor.open(path).await), ("nobody", Visitor::new(&stage.alpha).open(path).await)]
        {
            variants.judge(&format!("{path} for {who}"), &judge(&answer, &["Cookie"], path == "/settings"));
        }
    }
    variants.done();
}

#[tokio::test]
async fn t075_no_spelling_gets_around_the_signature() {
    let stage = Stage::set().await;
    let [public, private, _] = three_posts(&stage).await;
    let mut variants = stage.variants();
    let base = stage.alpha.base();
    let (actor, note) = (stage.alice.actor().replace(&base, ""), uri(&public).replace(&base, ""));
    let hidden = uri(&private).replace(&base, "");
    let kinds = [
        ACTIVITY,
        "application/ld+json; profile=\"https://www.w3.org/ns/activitystreams\"",
        "application/json",
        "*/*",
        "",
        "APPLICATION/ACTIVITY+JSON",
        "application/activity+json;q=0.1, text/html;q=0",
        "application/ld+json",
        "text/html, application/activity+json",
    ];
    let spellings = |path: &str| {
        [
            ".json",
            ".jsonld",
            ".rss",
            ".atom",
            "/",
            "//",
            "?format=json",
            "?format=activitypub",
            "?page=true",
            "/activity",
            "/activity.json",
            "%2ejson",
            "/embed",
            ";x",
            "#x",
            "/..;/x",
            "/.",
            "?_method=GET",
            "/replies",
            "/context",
        ]
        .map(|end| format!("{path}{end}"))
    };
    let own = id(&public);
    let mut paths: Vec<String> = vec![
        note.clone(),
        hidden.clone(),
        note.to_uppercase().replace("/USERS/ALICE/STATUSES", "/Users/Alice/Statuses"),
        format!("/@alice/{own}.json"),
        format!("/objects/{own}"),
        format!("/notes/{own}"),
        format!("/statuses/{own}"),
        format!("/p/alice/{own}"),
        format!("/ap/users/{}/statuses/{own}", stage.alice.id),
        format!("/users/{}/statuses/{own}", stage.alice.id),
        format!("/oembed?url={base}/@alice/{own}"),
        format!("/api/oembed?url={base}/@alice/{own}&format=json"),
    ];
    paths.extend(spellings(&note));
    paths.extend(spellings(&hidden));
    paths.extend(
        [
            "/outbox",
            "/outbox?page=true",
            "/followers",
            "/followers?page=1",
            "/following",
            "/collections/featured",
            "/outbox.json",
        ]
        .map(|part| format!("{actor}{part}")),
    );
    for path in &paths {
        for method in ["GET", "HEAD", "POST"] {
            for kind in kinds {
                if method != "GET" && kind != ACTIVITY {
                    continue;
                }
                let request = stage.alpha.client().request(method.parse().unwrap(), path).unchecked();
                let request = if kind.is_empty() { request } else { request.header("accept", kind) };
                let answer = request.send().await;
                let is_page = answer.header("content-type").is_some_and(|kind| kind.contains("html"));
                let body = answer.text();
                let mut faults = fault(
                    body.contains("zyqprivateword") || (body.contains("zyqpublicword") && !is_page),
                    || format!("{} shows it", answer.status),
                );
                faults.extend(fault(answer.status >= 500, || format!("{}", answer.status)));
                faults.extend(fault(answer.status == 200 && !is_page, || {
                    format!("200 {:?}", answer.header("content-type"))
                }));
                if !faults.is_empty() || (path == &note && method == "GET") {
                    variants.judge(&format!("{method} {path} as {kind:?}"), &faults);
                }
            }
        }
    }
    // HEAD is as open as GET; the status of one tells no more than that of the other.
    for path in [&note, &hidden, &actor] {
        let status = async |method: &str| {
            stage
                .alpha
                .client()
                .request(method.parse().unwrap(), path)
                .unchecked()
                .header("accept", ACTIVITY)
                .send()
                .await
                .status
        };
        let (get, head) = (status("GET").await, status("HEAD").await);
        variants.judge(&format!("HEAD {path}"), &fault(get != head, || format!("{head}, GET {get}")));
    }
    // An unsigned actor is a stub.
    let stub = stage.alpha.client().get_activity(&actor).await.json();
    variants.judge(
        "the stub",
        &fault(stub.get("summary").is_some_and(|s| s != "") || stub.get("attachment").is_some(), || {
            stub.to_string()
        }),
    );
    // Pages hold what is public to people, without a document in them.
    let page = ask(&stage.alpha.client(), &format!("/@alice/{}", id(&private))).await;
    variants.judge("the page of a private post", &fault(page.status != 404, || format!("{}", page.status)));
    // A blocked server is told so, whatever it asks for and however.
    stage.alpha.cli(&["domain", "block", &stage.mallory.domain, "--json"]).await;
    for path in [&actor, &note, &hidden, &format!("{actor}/outbox?page=true"), &format!("{actor}/followers")]
    {
        eventually("the block is known", async || {
            stage.peer.fetch(&stage.mallory, &format!("{base}{path}"), &SignOptions::default()).await.status
                == 403
        })
        .await;
    }
    variants.done();
}
