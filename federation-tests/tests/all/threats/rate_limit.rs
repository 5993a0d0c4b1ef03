//! Threats of the category `rate-limit`.

use super::visitor::{OAuthApp, REDIRECT, Visitor, form_token};
use futures::StreamExt as _;
use tintype_testkit::{Answer, Instance, wait};

/// What an address may ask without a token, in five minutes (<https://docs.joinmastodon.org/api/rate-limits/>).
const ADDRESS: usize = 300;

async fn limited(
    change: impl FnOnce(tintype_testkit::instance::Builder) -> tintype_testkit::instance::Builder,
) -> Instance {
    change(Instance::builder("alpha").config("rate_limits.enabled", "true")).start().await
}

/// GET of a path with these headers, without a token.
async fn get(alpha: &Instance, path: &str, headers: &[(&str, &str)]) -> Answer {
    let mut request = alpha.client().request("GET".parse().unwrap(), path).unchecked();
    for (name, value) in headers {
        request = request.header(name, value);
    }
    request.send().await
}

/// Asks so often, many at once: how often it was 429.
async fn asks(
    alpha: &Instance,
    times: usize,
    path: &str,
    headers: impl Fn(usize) -> Vec<(&'static str, String)>,
) -> usize {
    let answers = futures::stream::iter(0..times)
        .map(|number| {
            let headers = headers(number);
            async move {
                let headers: Vec<(&str, &str)> = headers.iter().map(|(n, v)| (*n, v.as_str())).collect();
                get(alpha, path, &headers).await.status
            }
        })
        .buffer_unordered(8)
        .collect::<Vec<u16>>()
        .await;
    answers.iter().filter(|status| **status == 429).count()
}

#[tokio::test]
async fn t043_an_address_is_where_the_connection_comes_from() {
    // Nobody is trusted by default: whatever a client says of itself, it is one and the same.
    let alpha = limited(|builder| builder).await;
    let names =
        ["x-forwarded-for", "forwarded", "x-real-ip", "cf-connecting-ip", "true-client-ip", "x-client-ip"];
    let spoofed = |number: usize| {
        let address = format!("198.51.{}.{}", number / 250, number % 250);
        let value = |name: &str| if name == "forwarded" { format!("for={address}") } else { address.clone() };
        names.iter().map(|name| (*name, value(name))).collect()
    };
    let refused = asks(&alpha, ADDRESS + 5, "/api/v2/instance", spoofed).await;
    assert_eq!(refused, 5, "of {} requests", ADDRESS + 5);
    let last = get(&alpha, "/api/v2/instance", &[("x-forwarded-for", "203.0.113.77")]).await;
    assert_eq!(last.status, 429, "{last:?}");
    let retry: u64 =
        last.header("retry-after").and_then(|text| text.parse().ok()).expect("Retry-After in seconds");
    assert!((1..=300).contains(&retry), "{retry}");
    assert_eq!(last.header("x-ratelimit-limit"), Some("300"));
    assert_eq!(last.header("x-ratelimit-remaining"), Some("0"));
    assert!(last.header("x-ratelimit-reset").is_some_and(|text| text.contains('T')), "{last:?}");
    // Another spelling of the path is no other budget.
    for path in [
        "/api/v2/instance/",
        "/api/v1/instance",
        "/api/v2/instance?x=1",
        "/api/v1/timelines/public",
        "/API/v2/instance",
        "/api/v2/instance.json",
        "/api/v2//instance",
    ] {
        let answer = get(&alpha, path, &[]).await;
        assert!([404, 429].contains(&answer.status), "{path}: {answer:?}");
    }

    // Behind a proxy: the nearest hop that isn't ours counts, not what the client wrote before it.
    let alpha =
        limited(|builder| builder.config("server.trusted_proxies", "[\"127.0.0.1\", \"10.0.0.0/8\"]")).await;
    let refused = asks(&alpha, ADDRESS + 5, "/api/v2/instance", |number| {
        vec![(
            "x-forwarded-for",
            format!("198.51.100.{}, 203.0.113.9, 10.0.0.{}", number % 250, number % 250),
        )]
    })
    .await;
    assert_eq!(refused, 5, "the same client behind two proxies");
    let other = get(&alpha, "/api/v2/instance", &[("x-forwarded-for", "203.0.113.9, 203.0.113.10")]).await;
    assert_eq!(other.status, 200, "somebody else is not concerned");
    // All addresses of a /64 are one client.
    let refused = asks(&alpha, ADDRESS + 5, "/api/v2/instance", |number| {
        vec![("x-forwarded-for", format!("2001:db8:1:2:{number:x}::{number:x}"))]
    })
    .await;
    assert_eq!(refused, 5, "a /64 is one client");
    let next = get(&alpha, "/api/v2/instance", &[("x-forwarded-for", "2001:db8:1:3::1")]).await;
    assert_eq!(next.status, 200, "the next /64 is another");
}

/// One attempt to sign in from an address.
async fn attempt(
    alpha: &Instance,
    visitor: &Visitor,
    form: &str,
    name: &str,
    password: &str,
    from: &str,
) -> Answer {
    let base = alpha.base();
    let fields = [("username", name), ("password", password), ("form_token", form)];
    let headers = [("origin", base.as_str()), ("x-forwarded-for", from)];
    visitor.send("POST", "/auth/sign_in", &headers, Some(&fields)).await
}

#[tokio::test]
async fn t080_passwords_can_not_be_tried_at_will() {
    let alpha = limited(|builder| builder.config("server.trusted_proxies", "[\"127.0.0.1\"]")).await;
    let (alice, bea) = (alpha.person("alice").await, alpha.person("bea").await);
    let visitor = Visitor::new(&alpha);
    let form = form_token(&visitor.open("/auth/sign_in").await);

    // One address, one account.
    let mut answers = Vec::new();
    for number in 0..14 {
        answers.push(
            attempt(&alpha, &visitor, &form, "alice", &format!("guess {number}"), "198.51.100.1")
                .await
                .status,
        );
    }
    let tried = answers.iter().filter(|status| **status == 401).count();
    assert!((5..=10).contains(&tried) && answers.last() == Some(&429), "{answers:?}");
    let right = attempt(&alpha, &visitor, &form, "alice", &alice.password, "198.51.100.1").await;
    assert_eq!(right.status, 429, "not even the right one, or guessing would go on");
    let by_mail =
        attempt(&alpha, &visitor, &form, &alice.email.to_uppercase(), "guess", "198.51.100.1").await;
    let blank = attempt(&alpha, &visitor, &form, " ALICE ", "guess", "198.51.100.1").await;
    assert_eq!(blank.status, 429, "another spelling is no other account");
    assert!([401, 429].contains(&by_mail.status), "{by_mail:?}");
    // Others, there and elsewhere, are not locked out.
    assert_eq!(attempt(&alpha, &visitor, &form, "bea", &bea.password, "198.51.100.1").await.status, 303);
    let elsewhere = Visitor::new(&alpha);
    let own = form_token(&elsewhere.open("/auth/sign_in").await);
    assert_eq!(attempt(&alpha, &elsewhere, &own, "alice", &alice.password, "203.0.113.5").await.status, 303);

    // One address, many accounts: stuffing.
    let mut refused = 0;
    let other = Visitor::new(&alpha);
    let form = form_token(&other.open("/auth/sign_in").await);
    for number in 0..32 {
        let name = format!("somebody{number}");
        refused +=
            usize::from(attempt(&alpha, &other, &form, &name, "guess", "198.51.100.2").await.status == 429);
    }
    assert!(refused >= 32 - 25, "{refused}");
    // Many addresses, one account: an account has a budget of its own.
    let statuses: Vec<u16> = futures::stream::iter(0..130)
        .map(|number| {
            let (alpha, other, form) = (&alpha, &other, &form);
            async move {
                let from = format!("192.0.{}.{}", number / 200, number % 200);
                attempt(alpha, other, form, "bea", "guess", &from).await.status
            }
        })
        .buffer_unordered(6)
        .collect()
        .await;
    assert!(statuses.iter().all(|status| [401, 429].contains(status)), "{statuses:?}");
    assert!(statuses.contains(&429), "{statuses:?}");

    // Endpoints that would do the same: none takes a password.
    let app = OAuthApp::register(&alpha, REDIRECT, "read").await;
    for grant in ["password", "client_credentials"] {
        let fields = [
            ("grant_type", grant),
            ("username", "alice"),
            ("password", alice.password.as_str()),
            ("client_secret", "guess"),
        ];
        let answer = app.exchange("", &fields).await;
        assert!([400, 401, 429].contains(&answer.status), "{answer:?}");
    }

    // Long passwords cost nothing: not where they are checked, and not where they are made.
    let visitor = Visitor::new(&alpha);
    let form = form_token(&visitor.open("/auth/sign_in").await);
    let long = "x".repeat(50_000);
    for (password, from) in [
        ("p".repeat(73), "203.0.113.21"),
        (long.clone(), "203.0.113.22"),
        ("x".repeat(1 << 20), "203.0.113.23"),
    ] {
        let answer = attempt(&alpha, &visitor, &form, "alice", &password, from).await;
        assert!([401, 413, 422].contains(&answer.status), "{}: {}", password.len(), answer.status);
    }
    let newcomer = [
        ("username", "lengthy"),
        ("email", "l@example.org"),
        ("password", &long[..129]),
        ("agreement", "true"),
    ];
    assert_eq!(visitor.fill("/auth/sign_up", &newcomer).await.status, 422);
    // The first 72 bytes are not all that counts.
    let stem = "s".repeat(90);
    alpha.cli(&["account", "reset-password", "alice", "--password", &format!("{stem}1"), "--json"]).await;
    let near = attempt(&alpha, &visitor, &form, "alice", &format!("{stem}2"), "203.0.113.24").await;
    assert_eq!(near.status, 401);
    let right = attempt(&alpha, &visitor, &form, "alice", &format!("{stem}1"), "203.0.113.24").await;
    assert_eq!(right.status, 303);

    // Many at once wait for their turn; the rest of the place goes on.
    let flood = futures::stream::iter(0..60).map(|number| {
        let alpha = &alpha;
        async move {
            let visitor = Visitor::new(alpha);
            let form = form_token(&visitor.open("/auth/sign_in").await);
            let from = format!("203.0.112.{number}");
            attempt(alpha, &visitor, &form, &format!("nobody{number}"), "guess", &from).await.status
        }
    });
    let flood = flood.buffer_unordered(60).collect::<Vec<u16>>();
    let meanwhile = async {
        for _ in 0..10 {
            let answer = tokio::time::timeout(wait::PATIENCE, get(&alpha, "/health", &[])).await;
            assert_eq!(answer.expect("an answer in the meantime").status, 200);
        }
    };
    let (statuses, ()) = futures::join!(flood, meanwhile);
    assert!(statuses.iter().all(|status| [401, 429, 503].contains(status)), "{statuses:?}");
}
