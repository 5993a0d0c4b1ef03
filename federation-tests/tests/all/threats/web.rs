//! Threats of the category `web`.

use super::raw;
use super::stage::Stage;
use super::visitor::{OAuthApp, REDIRECT, Visitor};
use crate::scenarios::{id, text};
use tintype_testkit::Answer;

/// Where a browser could be led to by these texts: another site, or a script.
const AWAY: &[&str] = &[
    "https://evil.example/",
    "http://evil.example/",
    "//evil.example/",
    "///evil.example/",
    "////evil.example",
    "/\\evil.example/",
    "\\\\evil.example/",
    "\\/evil.example/",
    "/\t/evil.example/",
    "/\n/evil.example/",
    "\t//evil.example/",
    " //evil.example/",
    "/%2Fevil.example/",
    "/%2f%2fevil.example/",
    "/%5Cevil.example/",
    "/%5c%5cevil.example/",
    "/%252Fevil.example/",
    "/%09/evil.example/",
    "/..//evil.example/",
    "/.//evil.example/",
    "/a/..//evil.example/",
    "/@alice//evil.example",
    "https:evil.example",
    "https:/evil.example",
    "javascript:alert(1)",
    "data:text/html,x",
    "@evil.example",
    ".evil.example",
    "/\r\nLocation: https://evil.example/",
    "/web/%2Fevil.example",
];

/// What is wrong with a redirect: it leaves the site, or may be read so by a browser.
fn leaves(answer: &Answer, base: &str) -> Vec<String> {
    let Some(to) = answer.header("location") else { return Vec::new() };
    let own = to.strip_prefix(base).unwrap_or(to);
    let path = own.to_ascii_lowercase();
    let path = path.split(['?', '#']).next().unwrap_or_default();
    let (base, followed) = (url::Url::parse(base).unwrap(), url::Url::parse(base).unwrap().join(to));
    let good = path.starts_with('/')
        && !["//", "\\", "%2f", "%5c", "%25"].iter().any(|disguise| path.contains(disguise))
        && followed.is_ok_and(|followed| followed.origin() == base.origin());
    if good { Vec::new() } else { vec![format!("{} to {to:?}", answer.status)] }
}

#[tokio::test]
async fn t112_nobody_is_led_to_another_site() {
    let stage = Stage::set().await;
    let base = stage.alpha.base();
    let mut variants = stage.variants();
    let encoded = |text: &str| url::form_urlencoded::byte_serialize(text.as_bytes()).collect::<String>();
    for away in AWAY {
        // After signing in and signing up, signed in already, and with every name such a parameter ever had.
        for page in ["/auth/sign_in", "/auth/sign_up"] {
            let visitor = Visitor::new(&stage.alpha);
            let path = format!("{page}?return_to={}", encoded(away));
            let form = visitor.open(&path).await;
            let token = super::visitor::form_token(&form);
            let fields = [
                ("username", "alice"),
                ("password", stage.alice.password.as_str()),
                ("return_to", away),
                ("form_token", &token),
            ];
            let answer = if page.ends_with("in") { visitor.post(page, &fields).await } else { form };
            let mut faults = leaves(&answer, &base);
            if page.ends_with("in") && answer.status != 303 {
                faults.push(format!("{answer:?}"));
            }
            if page.ends_with("in") {
                let again = visitor.open(&path).await;
                faults.extend(leaves(&again, &base));
            }
            variants.judge(&format!("{page} to {away:?}"), &faults);
        }
        let visitor = Visitor::new(&stage.alpha);
        for name in ["return_to", "redirect", "redirect_to", "next", "url", "continue", "destination"] {
            for page in ["/", "/about", "/settings", "/setup", "/auth/waiting", "/oauth/authorize", "/@alice"]
            {
                let answer = visitor.open(&format!("{page}?{name}={}", encoded(away))).await;
                let faults = leaves(&answer, &base);
                if !faults.is_empty() {
                    variants.judge(&format!("{page}?{name}={away:?}"), &faults);
                }
            }
        }
    }
    // In the path itself, byte by byte.
    for target in [
        "//evil.example",
        "//evil.example/%2e%2e",
        "///evil.example",
        "/%2Fevil.example",
        "/%5Cevil.example",
        "/\\evil.example",
        "/web/%2Fevil.example",
        "/web//evil.example",
        "//evil.example/auth/sign_in/",
        "/@alice//evil.example",
        "/@alice/%2F%2Fevil.example",
        "/users/alice%2F%2Fevil.example",
        "/users/%2F%2Fevil.example",
        "/auth/sign_in//evil.example/",
        "//evil.example/@alice/",
        "/@/evil.example",
        "/@evil.example",
        "/@alice@evil.example",
    ] {
        for accept in ["text/html", "application/activity+json"] {
            let request = format!(
                "GET {target} HTTP/1.1\r\nhost: {}\r\naccept: {accept}\r\nconnection: close\r\n\r\n",
                stage.alpha.domain()
            );
            let answer =
                raw::exchange(&stage.alpha, request.as_bytes(), tintype_testkit::wait::PATIENCE).await;
            let location = answer.text.lines().find(|line| line.to_lowercase().starts_with("location:"));
            let mut faults = Vec::new();
            if let Some(line) = location {
                let to = line.split_once(':').map(|(_, to)| to.trim()).unwrap_or_default();
                let own = to.strip_prefix(base.as_str()).unwrap_or(to);
                let path = own.to_lowercase();
                if !path.starts_with('/')
                    || path.starts_with("//")
                    || path.contains('\\')
                    || path.starts_with("/%2f")
                    || path.starts_with("/%5c")
                {
                    faults.push(line.to_owned());
                }
            }
            if answer.status == 0 || answer.status >= 500 {
                faults.push(format!("{}", answer.status));
            }
            variants.judge(&format!("{target} as {accept}"), &faults);
        }
    }
    // Whoever names another host in the request is not believed either.
    for header in ["Host: evil.example", "X-Forwarded-Host: evil.example", "Forwarded: host=evil.example"] {
        let own = if header.starts_with("Host") {
            String::new()
        } else {
            format!("host: {}\r\n", stage.alpha.domain())
        };
        for (target, accept) in [
            ("/settings", "text/html"),
            ("/users/alice", "text/html"),
            ("/@alice", "application/activity+json"),
        ] {
            let request = format!(
                "GET {target} HTTP/1.1\r\n{own}{header}\r\naccept: {accept}\r\nconnection: close\r\n\r\n"
            );
            let answer =
                raw::exchange(&stage.alpha, request.as_bytes(), tintype_testkit::wait::PATIENCE).await;
            let head = answer.text.split("\r\n\r\n").next().unwrap_or_default().to_owned();
            let faults: Vec<String> = head.contains("evil.example").then_some(head).into_iter().collect();
            variants.judge(&format!("{target} with {header}"), &faults);
        }
    }
    variants.done();
}

/// The directives of a policy.
fn directive(policy: &str, name: &str) -> Option<String> {
    policy
        .split(';')
        .map(str::trim)
        .find_map(|part| part.strip_prefix(name).map(|rest| rest.trim().to_owned()))
}

#[tokio::test]
async fn t114_pages_are_hardened_and_only_the_api_is_shared() {
    // With TLS in front, as it is run in earnest.
    let alpha = tintype_testkit::Instance::builder("alpha")
        .below("example")
        .config("server.public_url", "https://photos.example")
        .config("net.allow", "[\"127.0.0.1/32:9\"]")
        .start()
        .await;
    let alice = alpha.person("alice").await;
    let post = alice.say("a post").await;
    let app = OAuthApp::register(&alpha, REDIRECT, "read").await;
    let visitor = Visitor::new(&alpha);
    let picture = alice.upload(tintype_testkit::pictures::jpeg(40, 30, 1), "").await;
    let media = text(&picture, "/url").split_once("/media/").map(|(_, key)| format!("/media/{key}")).unwrap();
    let pages = [
        "/".to_owned(),
        "/about".to_owned(),
        "/@alice".to_owned(),
        format!("/@alice/{}", id(&post)),
        "/tags/cats".to_owned(),
        "/auth/sign_in".to_owned(),
        "/auth/sign_up".to_owned(),
        "/settings".to_owned(),
        app.authorize(&[]),
        "/oauth/authorize?client_id=nobody".to_owned(),
        "/nothing/here".to_owned(),
        "/@nobody".to_owned(),
        "/setup?token=wrong".to_owned(),
    ];
    let mut wrong = Vec::new();
    let mut expect = |what: String, holds: bool| {
        if !holds {
            wrong.push(what);
        }
    };
    for path in &pages {
        for method in ["GET", "POST"] {
            let evil = [("origin", "https://evil.example"), ("accept", "text/html")];
            let answer = visitor.send(method, path, &evil, (method == "POST").then_some(&[("a", "b")])).await;
            let header = |name: &str| answer.header(name).unwrap_or_default().to_owned();
            let policy = header("content-security-policy");
            let what = |name: &str| format!("{method} {path} ({}): {name}", answer.status);
            expect(
                what(&format!("scripts {policy}")),
                ["script-src", "default-src"]
                    .iter()
                    .find_map(|name| directive(&policy, name))
                    .is_some_and(|value| !value.contains("unsafe") && !value.contains('*')),
            );
            expect(
                what(&format!("unsafe {policy}")),
                !policy.contains("unsafe-inline") && !policy.contains("unsafe-eval"),
            );
            expect(what("framed"), directive(&policy, "frame-ancestors").as_deref() == Some("'none'"));
            expect(what("base"), directive(&policy, "base-uri").as_deref() == Some("'none'"));
            expect(what("nosniff"), header("x-content-type-options") == "nosniff");
            expect(what("frame options"), header("x-frame-options") == "DENY");
            expect(
                what("referrer"),
                ["same-origin", "no-referrer"].contains(&header("referrer-policy").as_str()),
            );
            expect(what("HSTS"), header("strict-transport-security").contains("max-age="));
            expect(what("CORS"), header("access-control-allow-origin").is_empty());
            expect(what("credentials"), header("access-control-allow-credentials").is_empty());
        }
    }
    // The API may be read from everywhere, with a token and never with a cookie.
    for (method, path) in [
        ("GET", "/api/v2/instance"),
        ("OPTIONS", "/api/v1/statuses"),
        ("GET", "/api/v1/timelines/home"),
        ("POST", "/oauth/token"),
        ("OPTIONS", "/oauth/token"),
        ("GET", "/api/v1/nothing"),
    ] {
        let headers = [
            ("origin", "https://evil.example"),
            ("access-control-request-method", "POST"),
            ("access-control-request-headers", "authorization"),
        ];
        let answer = visitor.send(method, path, &headers, None).await;
        let header = |name: &str| answer.header(name).unwrap_or_default().to_owned();
        let allowed = header("access-control-allow-origin");
        expect(
            format!("{method} {path}: CORS {allowed:?}"),
            allowed == "*" || path == "/api/v1/nothing" && allowed.is_empty(),
        );
        expect(
            format!("{method} {path}: credentials"),
            header("access-control-allow-credentials").is_empty(),
        );
    }
    for path in [
        media.as_str(),
        "/users/alice",
        "/.well-known/webfinger?resource=acct:alice@alpha.example",
        "/health",
    ] {
        let answer = visitor.send("GET", path, &[("origin", "https://evil.example")], None).await;
        let allowed = answer.header("access-control-allow-origin").unwrap_or_default().to_owned();
        expect(format!("{path}: CORS {allowed:?}"), allowed.is_empty() || allowed == "*");
        expect(format!("{path}: credentials"), answer.header("access-control-allow-credentials").is_none());
    }
    // Documents and pictures are of no use as pages.
    for path in [
        media.as_str(),
        "/users/alice",
        "/api/v2/instance",
        "/api/v1/nothing",
        "/nodeinfo/2.0",
        "/users/nobody",
    ] {
        let answer = visitor.open(path).await;
        expect(format!("{path}: nosniff"), answer.header("x-content-type-options") == Some("nosniff"));
    }
    assert!(wrong.is_empty(), "{}:\n{}", wrong.len(), wrong.join("\n"));
}
