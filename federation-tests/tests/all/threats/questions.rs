//! Threats of the category `dos`: questions that would cost the database too much.

use super::stage::{Stage, fault};
use super::strain::{SOON, is_served};
use crate::scenarios::{ask, id, items};
use serde_json::json;
use sqlx::{Connection as _, Executor as _, PgConnection};
use std::fmt::Write as _;
use std::time::{Duration, Instant};
use tintype_testkit::{Database, wait};

#[tokio::test]
async fn t117_questions_are_kept_small() {
    let stage = Stage::set().await;
    let mut variants = stage.variants();
    for number in 0..90 {
        let post = stage.alice.say(&format!("post {number} 100% a_b #tag")).await;
        if number < 45 {
            stage.alice.post(&format!("/api/v1/statuses/{}/bookmark", id(&post)), json!({})).await;
        }
    }
    let me = &stage.alice.id;
    let lists = [
        ("/api/v1/timelines/home".to_owned(), 40),
        ("/api/v1/timelines/public".to_owned(), 40),
        ("/api/v1/timelines/tag/tag".to_owned(), 40),
        (format!("/api/v1/accounts/{me}/statuses"), 40),
        ("/api/v1/bookmarks".to_owned(), 40),
        ("/api/v1/favourites".to_owned(), 40),
        (format!("/api/v1/accounts/{me}/followers"), 80),
        (format!("/api/v1/accounts/{me}/following"), 80),
        ("/api/v1/notifications".to_owned(), 80),
        ("/api/v1/blocks".to_owned(), 80),
        ("/api/v1/mutes".to_owned(), 80),
        ("/api/v1/domain_blocks".to_owned(), 200),
        ("/api/v1/follow_requests".to_owned(), 80),
    ];
    let odd = [
        "1000000000",
        "-1",
        "0",
        "99999999999999999999999999",
        "-9223372036854775808",
        "abc",
        "1e3",
        "",
        "40.5",
        "0x10",
        "٤",
    ];
    for (path, most) in &lists {
        for limit in odd {
            let limit: String = url::form_urlencoded::byte_serialize(limit.as_bytes()).collect();
            let answer = ask(&stage.alice, &format!("{path}?limit={limit}")).await;
            let mut faults = fault(![200, 400, 422].contains(&answer.status), || format!("{answer:?}"));
            if answer.status == 200 {
                let got = items(&answer.json()).len();
                faults.extend(fault(got > *most, || format!("{got} items")));
            }
            variants.judge(&format!("{path}?limit={limit}"), &faults);
        }
        for cursor in ["max_id", "min_id", "since_id", "offset", "page"] {
            for value in [
                "-1",
                "0",
                "9223372036854775807",
                "9223372036854775808",
                "99999999999999999999999",
                "abc",
                "1%20OR%201",
                "%00",
                "1000000000",
            ] {
                let answer = ask(&stage.alice, &format!("{path}?{cursor}={value}")).await;
                variants.judge(
                    &format!("{path}?{cursor}={value}"),
                    &fault(![200, 400, 404, 422].contains(&answer.status), || format!("{answer:?}")),
                );
            }
        }
    }
    // Searches: what means something to a database means nothing to a search.
    let long = "a".repeat(10_000);
    for query in [
        "%",
        "_",
        "%%%%",
        "a%b",
        "*",
        "a*",
        "\"",
        "a\" OR \"b",
        "NOT a",
        "a AND",
        "NEAR(a b, 1000)",
        "{a b}: c",
        "^a",
        "a + b",
        "-a",
        "(a",
        "content:a",
        "\\",
        "'",
        ";",
        "a b c d e f g h i j k l m n o p q r s t u v w x y z",
        &"a ".repeat(3_000),
        &long,
        "from:me has:media before:2026-01-01",
        "\u{0}",
    ] {
        for path in ["/api/v2/search", "/api/v1/accounts/search"] {
            for limit in ["40", "1000000000", "-1"] {
                let request = stage.alice.request("GET".parse().unwrap(), path).unchecked();
                let answer = tokio::time::timeout(
                    SOON,
                    request.query(&[("q", query), ("limit", limit), ("offset", "1000000000")]).send(),
                )
                .await
                .expect("in time");
                let shown: String = query.chars().take(20).collect();
                let mut faults =
                    fault(![200, 400, 414, 422].contains(&answer.status), || format!("{answer:?}"));
                faults.extend(fault(
                    query.len() >= 10_000 && answer.status == 200 && answer.body.len() > 10_000,
                    || "repeated".into(),
                ));
                variants.judge(&format!("{path} {shown:?} {limit}"), &faults);
            }
        }
    }
    for wildcard in ["%", "_", "%%", "a_i%", "al_ce", "b%b"] {
        let found = stage
            .alice
            .request("GET".parse().unwrap(), "/api/v1/accounts/search")
            .query(&[("q", wildcard), ("resolve", "false")])
            .send()
            .await
            .ok();
        variants.judge(&format!("a wildcard {wildcard}"), &fault(found != json!([]), || found.to_string()));
    }
    // Many ids at once, and ids that are none.
    for path in ["/api/v1/statuses", "/api/v1/accounts", "/api/v1/accounts/relationships"] {
        let many: String = (0..3_000).fold(String::new(), |mut many, number| {
            let _ = write!(many, "id[]={number}&");
            many
        });
        let answer = tokio::time::timeout(
            SOON,
            stage.alice.request("GET".parse().unwrap(), &format!("{path}?{many}")).unchecked().send(),
        )
        .await
        .expect("in time");
        variants.judge(
            &format!("{path} of 3,000"),
            &fault(![200, 400, 414, 422, 431].contains(&answer.status), || format!("{}", answer.status)),
        );
        let odd = ask(&stage.alice, &format!("{path}?id[]=abc&id[]=-1&id[]=99999999999999999999")).await;
        variants.judge(
            &format!("{path} of none"),
            &fault(![200, 400, 404, 422].contains(&odd.status), || format!("{odd:?}")),
        );
    }
    // What needs somebody who is let in is refused before anything is looked up: as soon for a heavy question.
    let nobody = stage.alpha.client();
    for path in [
        "/api/v1/timelines/home?limit=40",
        "/api/v1/notifications?limit=80",
        "/api/v1/admin/accounts?limit=1000000",
        "/api/v1/accounts/search?q=a&limit=80",
        "/api/v1/bookmarks",
    ] {
        let answer = nobody.request("GET".parse().unwrap(), path).unchecked().send().await;
        variants.judge(
            &format!("{path} for nobody"),
            &fault(![401, 404].contains(&answer.status), || format!("{answer:?}")),
        );
    }
    variants.done();
    is_served(&stage.alpha).await;
    wait::until("the next page", wait::PATIENCE, async || {
        let pages = stage.alice.pages("/api/v1/timelines/home?limit=40").await;
        (pages.iter().map(Vec::len).sum::<usize>() == 90).then_some(())
    })
    .await;
}

/// A question that the database doesn't get done ends, with its connection; here because of somebody's lock.
#[tokio::test]
async fn t117_a_question_that_takes_too_long_is_given_up() {
    let stage = Stage::with(Database::Postgres, |builder| builder).await;
    stage.alice.say("a post").await;
    let mut keeper = PgConnection::connect(stage.alpha.database_url()).await.unwrap();
    let mut lock = keeper.begin().await.unwrap();
    lock.execute("LOCK TABLE statuses IN ACCESS EXCLUSIVE MODE").await.unwrap();
    let began = Instant::now();
    let home = "/api/v1/timelines/home";
    // More than there are connections.
    let answers = futures::future::join_all(
        (0..20).map(|_| async { stage.alice.request("GET".parse().unwrap(), home).unchecked().send().await }),
    );
    for answer in tokio::time::timeout(Duration::from_secs(40), answers).await.expect("an end") {
        assert_eq!(answer.status, 503, "{answer:?}");
    }
    let took = began.elapsed();
    assert!(took >= Duration::from_secs(4), "{took:?}: it was the lock");
    lock.rollback().await.unwrap();
    let page = wait::until("the page", wait::PATIENCE, async || {
        let page = stage.alice.request("GET".parse().unwrap(), home).unchecked().send().await;
        (page.status == 200).then(|| page.json())
    })
    .await;
    assert_eq!(items(&page).len(), 1);
    stage.is_alive().await;
}
