//! Threats of the category `csrf`.

use super::stage::Stage;
use super::visitor::{OAuthApp, REDIRECT, Visitor, form_token};
use tintype_testkit::rows;

#[tokio::test]
async fn t087_forms_of_other_sites_are_refused() {
    let stage = Stage::set().await;
    let app = OAuthApp::register(&stage.alpha, REDIRECT, "read write").await;
    let visitor = Visitor::signed_in(&stage.alpha, &stage.alice).await;
    // Somebody else's form token, and one of nobody in particular.
    let mallory = stage.alpha.person("malva").await;
    let other = Visitor::signed_in(&stage.alpha, &mallory).await;
    let foreign = form_token(&other.open("/settings").await);
    let signed_out = form_token(&Visitor::new(&stage.alpha).open("/auth/sign_in").await);
    let page = visitor.open("/settings").await;
    let own = form_token(&page);
    let body = page.text();
    let action = |part: &str| {
        let found = body.split("action=\"").skip(1).filter_map(|rest| rest.split('"').next());
        found.into_iter().find(|action| action.contains(part)).map(str::to_owned)
    };
    let session = action("/settings/sessions/").expect("a session to end");
    let base = stage.alpha.base();
    let password =
        [("current_password", stage.alice.password.as_str()), ("password", "a wholly new password")];
    let consent = app.authorize(&[]);
    let sign_up = [
        ("username", "forged"),
        ("email", "f@example.org"),
        ("password", "a wholly new password"),
        ("agreement", "true"),
    ];
    let sign_in = [("username", "malva"), ("password", mallory.password.as_str())];
    let allow = [("decision", "allow")];
    let targets: [(&str, &[(&str, &str)]); 6] = [
        ("/settings/password", &password),
        (&session, &[]),
        ("/auth/sign_out", &[]),
        (&consent, &allow),
        ("/auth/sign_up", &sign_up),
        // To sign somebody in as oneself is an attack as well.
        ("/auth/sign_in", &sign_in),
    ];
    let before = stage.rows(&[]).await;
    let mut variants = stage.variants();
    for (path, fields) in targets {
        for (name, origin, site, token) in [
            ("no token", base.as_str(), "same-origin", None),
            ("an empty token", &base, "same-origin", Some("")),
            ("another's token", &base, "same-origin", Some(foreign.as_str())),
            ("a signed-out token", &base, "same-origin", Some(signed_out.as_str())),
            ("a foreign origin", "https://evil.example", "same-origin", Some(own.as_str())),
            ("a null origin", "null", "same-origin", Some(own.as_str())),
            ("a subdomain", "http://evil.alpha.example", "same-origin", Some(own.as_str())),
            ("another port", "http://alpha.example:1", "same-origin", Some(own.as_str())),
            ("another scheme", &base.replace("http:", "https:"), "same-origin", Some(own.as_str())),
            ("cross-site", &base, "cross-site", Some(own.as_str())),
            ("same-site only", &base, "same-site", Some(own.as_str())),
        ] {
            let mut all = fields.to_vec();
            all.extend(token.map(|token| ("form_token", token)));
            let headers = [("origin", origin), ("sec-fetch-site", site)];
            let answer = visitor.send("POST", path, &headers, Some(&all)).await;
            let fault =
                (answer.status != 403).then(|| format!("{} {:?}", answer.status, answer.header("location")));
            variants.judge(&format!("{path} with {name}"), &fault.into_iter().collect::<Vec<_>>());
        }
        // Ways around a check: other bodies, an API header, a method in a field, the token where GET would have it.
        let query = if path.contains('?') { '&' } else { '?' };
        let mut all = fields.to_vec();
        all.push(("_method", "POST"));
        for (name, method, target, headers) in [
            (
                "an API header",
                "POST",
                path.to_owned(),
                vec![("authorization", "Bearer x"), ("x-requested-with", "XMLHttpRequest")],
            ),
            ("a token in the query", "POST", format!("{path}{query}form_token={own}"), vec![]),
            ("a token in a header", "POST", path.to_owned(), vec![("x-csrf-token", own.as_str())]),
            ("GET", "GET", path.to_owned(), vec![("x-http-method-override", "POST")]),
        ] {
            let answer = visitor.send(method, &target, &headers, Some(&all)).await;
            let refused = if method == "GET" {
                answer.header("location").is_none_or(|to| !to.contains("code="))
            } else {
                answer.status == 403
            };
            let fault = (!refused).then(|| format!("{} {:?}", answer.status, answer.header("location")));
            variants.judge(&format!("{path} with {name}"), &fault.into_iter().collect::<Vec<_>>());
        }
    }
    // What is safe by its method changes nothing, and a cookie opens no door of the API.
    for path in ["/settings", "/settings/password", &session, "/auth/sign_out", "/auth/sign_in", &consent] {
        for method in ["GET", "HEAD"] {
            let answer = visitor.send(method, path, &[], None).await;
            let fault = (answer.status >= 500).then(|| format!("{}", answer.status));
            variants.judge(&format!("{method} {path}"), &fault.into_iter().collect::<Vec<_>>());
        }
    }
    for (method, path) in [
        ("GET", "/api/v1/accounts/verify_credentials"),
        ("GET", "/api/v1/timelines/home"),
        ("POST", "/api/v1/statuses"),
        ("PATCH", "/api/v1/accounts/update_credentials"),
        ("GET", "/api/v1/streaming/user"),
        ("POST", "/oauth/userinfo"),
    ] {
        let fields: Option<&[(&str, &str)]> =
            (method != "GET").then_some(&[("status", "forged"), ("note", "forged")]);
        let own_token = [("origin", base.as_str()), ("x-csrf-token", own.as_str())];
        let answer = visitor.send(method, path, &own_token, fields).await;
        let fault = (answer.status != 401).then(|| format!("{answer:?}"));
        variants.judge(&format!("{method} {path} by a cookie"), &fault.into_iter().collect::<Vec<_>>());
    }
    let changed = rows::differences(&before, &stage.rows(&[]).await);
    variants.judge("the rows after all of them", &changed);
    variants.done();
    // The form itself works.
    let answer = visitor.fill("/settings", &[]).await;
    assert!(answer.status < 500, "{answer:?}");
    let mut fields = password.to_vec();
    fields.push(("form_token", &own));
    let answer = visitor.post("/settings/password", &fields).await;
    assert_eq!(answer.header("location"), Some("/settings?done=password"), "{answer:?}");
}
