//! Threats of the category `injection`.

use super::raw;
use super::stage::{Stage, fault};
use super::visitor::{OAuthApp, REDIRECT, Visitor};
use crate::scenarios::{id, text};
use serde_json::json;
use tintype_testkit::client::multipart::{Form, Part};
use tintype_testkit::peer::{Received, Reply};
use tintype_testkit::{Database, pictures};

const SQL: &[&str] = &[
    "'; DROP TABLE accounts; --",
    "\" OR \"1\"=\"1",
    "' OR 1=1 --",
    "1); DELETE FROM statuses; --",
    "' UNION SELECT private_key_pem FROM account_keys --",
    "$1",
    "?",
    "%27%20OR%201=1",
    "\\'; SELECT 1; --",
    "'||(SELECT value FROM instance_settings LIMIT 1)||'",
    "{lock}",
    "*",
    "\"unclosed",
    "NEAR(a b)",
    "a AND OR NOT",
    "(((",
    "%",
    "_",
    "\u{1}\u{7f}\u{202e}",
];

#[tokio::test]
async fn t020_what_peers_and_people_write_is_data() {
    for database in [Database::Sqlite, Database::Postgres] {
        let stage = Stage::with(database, |builder| builder).await;
        let mut variants = stage.variants();
        let accounts = stage.alpha.count("accounts").await;
        for (number, sql) in SQL.iter().enumerate() {
            // In an actor, in all of its texts, and in its addresses.
            let mut actor = stage.peer.actor_at(&format!("q{number}.localhost"), "quoter");
            for key in ["name", "summary"] {
                actor.document[key] = json!(sql);
            }
            actor.document["attachment"] = json!([{"type": "PropertyValue", "name": sql, "value": sql}]);
            actor.document["tag"] =
                json!([{"type": "Emoji", "name": sql, "icon": {"type": "Image", "url": sql}}]);
            actor.document["url"] = json!(format!("{}?q={sql}", actor.id));
            actor.document["followers"] = json!(format!("{}/followers{sql}", actor.id));
            actor.document["featured"] = json!(format!("{}/featured'{sql}", actor.id));
            actor.document["alsoKnownAs"] = json!([sql]);
            stage.peer.publish_actor(&actor);
            let followed = stage.tell(&actor, &stage.peer.follow(&actor, &stage.alice.actor())).await;
            let mut faults =
                fault(![202, 400, 401, 403, 422].contains(&followed.status), || format!("{followed:?}"));
            if followed.status == 202 {
                let shown = stage.alice.find_account(&actor.handle()).await;
                // Verbatim, but for what no name may hold.
                let plain = |text: &str| text.replace(|c: char| c.is_control() || c == '\u{202e}', "");
                let (kept, name) = (plain(sql), plain(text(&shown, "/display_name")));
                faults.extend(fault(name.trim() != kept.trim(), || format!("{name:?}")));
            }
            variants.judge(&format!("an actor called {sql:?}"), &faults);
            // In a post.
            let mut note = stage.peer.note(&stage.bob, &format!("<p>{}</p>", sql.replace('<', "&lt;")));
            note["summary"] = json!(sql);
            note["contentMap"] = json!({*sql: sql});
            note["conversation"] = json!(sql);
            note["tag"] = json!([
                {"type": "Hashtag", "name": format!("#{sql}"), "href": sql}, {"type": "Emoji", "name": format!(":{sql}:"), "id": sql},
                {"type": "Mention", "name": format!("@{sql}"), "href": format!("{}{sql}", stage.alice.actor())},
            ]);
            note["attachment"] = json!([{"type": "Document", "mediaType": sql, "url": stage.peer.url("/x.jpg"), "name": sql, "blurhash": sql}]);
            let answer = stage.tell(&stage.bob, &stage.peer.create(&stage.bob, &note)).await;
            variants.judge(
                &format!("a post that says {sql:?}"),
                &fault(answer.status != 202, || format!("{answer:?}")),
            );
            // Addresses of the activity and the object themselves.
            let mut like = stage.peer.like(&stage.bob, &stage.alice.actor());
            like["id"] = json!(format!("{}#likes/{sql}", stage.bob.id));
            like["object"] = json!(format!("{}/statuses/{sql}", stage.alice.actor()));
            let answer = stage.tell(&stage.bob, &like).await;
            variants
                .judge(&format!("ids of {sql:?}"), &fault(answer.status >= 500, || format!("{answer:?}")));
            // From people: cursors, names, queries, and what they write.
            let encoded: String = url::form_urlencoded::byte_serialize(sql.as_bytes()).collect();
            for path in [
                format!("/api/v1/timelines/public?max_id={encoded}"),
                format!("/api/v1/timelines/home?since_id={encoded}&min_id={encoded}&limit={encoded}"),
                format!("/api/v1/accounts/{encoded}"),
                format!("/api/v1/statuses/{encoded}"),
                format!("/api/v1/timelines/tag/{encoded}"),
                format!("/api/v2/search?q={encoded}"),
                format!("/api/v2/search?q={encoded}&type=statuses"),
                format!("/api/v2/search?q=a&type={encoded}&offset={encoded}"),
                format!("/api/v1/accounts/search?q={encoded}"),
                format!("/api/v1/accounts/lookup?acct={encoded}"),
                format!("/@{encoded}"),
                format!("/tags/{encoded}"),
                format!("/users/{encoded}"),
                format!("/.well-known/webfinger?resource=acct:{encoded}@{}", stage.alpha.domain()),
                format!("/api/v1/accounts/relationships?id[]={encoded}"),
                format!("/api/v1/markers?timeline[]={encoded}"),
                format!("/api/v1/notifications?types[]={encoded}"),
            ] {
                let answer = stage.alice.request("GET".parse().unwrap(), &path).unchecked().send().await;
                variants.judge(
                    &format!("{database:?} {path}"),
                    &fault(answer.status >= 500, || format!("{answer:?}")),
                );
            }
            let body = json!({"status": format!("say {sql}"), "spoiler_text": sql, "language": sql, "visibility": "unlisted"});
            let answer = stage
                .alice
                .request("POST".parse().unwrap(), "/api/v1/statuses")
                .unchecked()
                .json(&body)
                .send()
                .await;
            variants.judge(
                &format!("posted {sql:?}"),
                &fault(![200, 422].contains(&answer.status), || format!("{answer:?}")),
            );
            let answer = stage
                .alice
                .request("PATCH".parse().unwrap(), "/api/v1/accounts/update_credentials")
                .unchecked()
                .json(&json!({"display_name": sql, "note": sql}))
                .send()
                .await;
            variants.judge(
                &format!("called {sql:?}"),
                &fault(![200, 422].contains(&answer.status), || format!("{answer:?}")),
            );
        }
        stage.settled().await;
        assert!(stage.alpha.count("accounts").await >= accounts, "nobody is gone");
        assert!(stage.alpha.count("statuses").await >= SQL.len());
        assert!(!stage.alpha.log().contains("syntax error"), "{}", stage.alpha.log());
        stage.is_alive().await;
        variants.done();
    }
}

#[tokio::test]
async fn t054_nothing_is_slipped_into_what_we_ask_others() {
    let stage = Stage::set().await;
    let domain = stage.peer.domain();
    stage.peer.actor_at("victim.localhost", "victim");
    // Where a good look-up goes: WebFinger with exactly one resource, then the actor.
    let before = stage.peer.received().len();
    let mut variants = stage.variants();
    let mut ask_for = Vec::new();
    for name in [
        "bob&resource=acct:evil",
        "bob%26resource%3Dacct:evil",
        "bob#",
        "bob?x=1",
        "bob/../../inbox",
        "../../inbox",
        "bob\r\nX-Injected: yes",
        "bob\nHost: evil",
        "bob\0",
        "bob%0d%0aX-Injected:%20yes",
        "bob%00",
        "bob;x",
        "bob\u{2028}x",
        "bob\tx",
        "b ob",
        "bob\\..\\x",
        "bob@victim.localhost",
        "bob&proxy=http://evil.example",
    ] {
        ask_for.push(format!("{name}@{domain}"));
        ask_for.push(format!("@{name}@{domain}"));
        ask_for.push(format!("acct:{name}@{domain}"));
    }
    for host in [
        "/../x",
        "/inbox?",
        "#@evil.example",
        "?x=",
        "\\@evil.example",
        "%2f..%2f",
        "\r\nX-Injected: yes",
        " HTTP/1.1\r\nX-Injected: yes\r\n\r\nGET /",
        ":80:81",
        "@evil.example",
    ] {
        ask_for.push(format!("bob@{domain}{host}"));
    }
    for url in [
        "/users/bob\r\nX-Injected: yes",
        "/users/bob HTTP/1.1\r\nX-Injected: yes\r\n\r\nGET /extra",
        "/users/%0d%0aX-Injected:yes",
        "/users/bob\0x",
        "/../../users/bob\n",
        "/\u{0}",
    ] {
        ask_for.push(stage.peer.url(url));
    }
    for query in &ask_for {
        for path in ["/api/v2/search", "/api/v1/accounts/search", "/api/v1/accounts/lookup"] {
            let pairs = [("q", query.as_str()), ("acct", query), ("resolve", "true")];
            let answer =
                stage.alice.request("GET".parse().unwrap(), path).unchecked().query(&pairs).send().await;
            variants.judge(
                &format!("{path} for {query:?}"),
                &fault(answer.status >= 500 && answer.status != 503, || format!("{answer:?}")),
            );
        }
    }
    // The same from a peer: its WebFinger, redirects and documents lead on to such addresses.
    for (number, slipped) in
        ["/users/x\r\nX-Injected: yes", "/users/x\nX-Injected: yes", "/users/x%0d%0aX-Injected:%20yes"]
            .iter()
            .enumerate()
    {
        let mut actor = stage.peer.actor_at(&format!("slip{number}.localhost"), "slip");
        let base = actor.id.split("/users/").next().unwrap().to_owned();
        for key in ["inbox", "outbox", "featured", "url"] {
            actor.document[key] = json!(format!("{base}{slipped}"));
        }
        stage.peer.publish_actor(&actor);
        let answer = stage.tell(&actor, &stage.peer.follow(&actor, &stage.alice.actor())).await;
        variants.judge(
            &format!("an actor with {slipped:?}"),
            &fault(answer.status >= 500 && answer.status != 503, || format!("{answer:?}")),
        );
        let mut note = stage.peer.note(&stage.bob, "<p>x</p>");
        note["inReplyTo"] = json!(format!("{base}{slipped}"));
        let answer = stage.tell(&stage.bob, &stage.peer.create(&stage.bob, &note)).await;
        variants.judge(
            &format!("an answer to {slipped:?}"),
            &fault(answer.status >= 500 && answer.status != 503, || format!("{answer:?}")),
        );
    }
    stage.settled().await;
    let sound = |request: &Received| {
        // What stays percent-encoded in a path is a path.
        let injected = request.header("x-injected").is_some();
        let finger = request.path.split_once("/.well-known/webfinger?").is_none_or(|(_, query)| {
            url::form_urlencoded::parse(query.as_bytes()).count() == 1 && query.starts_with("resource=")
        });
        !injected
            && finger
            && !request.path.contains("/extra")
            && !request.path.contains("..")
            && !request.path.contains("proxy=")
    };
    for request in stage.peer.received().iter().skip(before) {
        variants.judge(
            &format!("asked for {} at {}", request.path, request.host),
            &fault(!sound(request), || format!("{request:?}")),
        );
    }
    // What we answer: redirects and headers that repeat what was sent.
    let app = OAuthApp::register(&stage.alpha, REDIRECT, "read").await;
    let visitor = Visitor::signed_in(&stage.alpha, &stage.alice).await;
    for state in ["a\r\nX-Injected: yes", "a\nSet-Cookie: x=1", "&code=forged", "a#b", "\0"] {
        let path = app.authorize(&[("scope", "nonsense"), ("state", state)]);
        let answer = visitor.open(&path).await;
        let to = answer.header("location").unwrap_or_default().to_owned();
        let faults = fault(
            answer.header("x-injected").is_some()
                || to.contains('\n')
                || to.contains("&code=forged")
                || answer.status >= 500,
            || format!("{answer:?} {to}"),
        );
        variants.judge(&format!("state {state:?}"), &faults);
    }
    for target in [
        "/@alice%0d%0aX-Injected:%20yes",
        "/users/alice%0d%0aX-Injected:%20yes",
        "/tags/a%0d%0aX-Injected:%20yes",
        "/auth/sign_in?return_to=/%0d%0aX-Injected:%20yes",
        "/.well-known/webfinger?resource=acct:x%0d%0aX-Injected:%20yes@y",
    ] {
        let answer = raw::get(&stage.alpha, target).await;
        let head = answer.text.split("\r\n\r\n").next().unwrap_or_default().to_lowercase();
        variants.judge(
            target,
            &fault(
                head.lines().any(|line| line.starts_with("x-injected"))
                    || answer.status == 0
                    || answer.status >= 500,
                || head.clone(),
            ),
        );
    }
    for (name, value) in
        [("X-Request-Id", "a b\tc"), ("Idempotency-Key", "a\tb"), ("Accept-Language", "\u{7f}")]
    {
        let request = format!(
            "GET /api/v2/instance HTTP/1.1\r\nhost: {}\r\n{name}: {value}\r\nconnection: close\r\n\r\n",
            stage.alpha.domain()
        );
        let answer = raw::exchange(&stage.alpha, request.as_bytes(), tintype_testkit::wait::PATIENCE).await;
        variants.judge(
            name,
            &fault(![200, 400].contains(&answer.status) || answer.text.contains("a b\tc"), || {
                answer.text.chars().take(300).collect()
            }),
        );
    }
    stage.assert_untouched().await;
    variants.done();
}

#[tokio::test]
async fn t093_paths_stay_below_their_folder() {
    let stage = Stage::set().await;
    std::fs::write(stage.alpha.folder().join("secret.txt"), "zyq the secret of the folder").unwrap();
    std::fs::create_dir_all(stage.alpha.folder().join("media/00")).unwrap();
    std::fs::write(stage.alpha.folder().join("media/00/.hidden.jpg"), "zyq hidden").unwrap();
    #[cfg(unix)]
    std::os::unix::fs::symlink(
        stage.alpha.folder().join("secret.txt"),
        stage.alpha.folder().join("media/00/.link.jpg"),
    )
    .unwrap();
    stage.alice.upload(pictures::jpeg(40, 30, 1), "a picture").await;
    let mut variants = stage.variants();
    let ups = [
        "..",
        "%2e%2e",
        "%2E.",
        ".%2e",
        "%252e%252e",
        "..;",
        "..%00",
        "%c0%ae%c0%ae",
        "\u{ff0e}\u{ff0e}",
        "....//..",
    ];
    let slashes = ["/", "%2f", "%2F", "%5c", "\\", "%252f", "//", "%c0%af", "/./"];
    let mut targets = Vec::new();
    for up in ups {
        for slash in slashes {
            for root in ["/media/", "/media/00/", "/assets/", "/media/remote/1/", "/media/avatars/"] {
                for name in ["secret.txt", "tintype.db", "stdout.log", "etc/passwd"] {
                    let climb = format!("{up}{slash}").repeat(if name.starts_with("etc") {
                        9
                    } else {
                        1 + usize::from(root.matches('/').count() > 2)
                    });
                    targets.push(format!("{root}{climb}{name}"));
                }
            }
        }
    }
    targets.extend(
        [
            "/media//etc/passwd",
            "/media/%2fetc%2fpasswd",
            "/media/file:%2f%2f%2fetc%2fpasswd",
            "/assets//etc/passwd",
            "/assets/%2fetc%2fpasswd",
            "/media/00/.hidden.jpg",
            "/media/00/.link.jpg",
            "/media/00/%2ehidden.jpg",
            "/media/.",
            "/media/..",
            "/media/%00",
            "/media/a%00.jpg",
            "/media/C:%5cx",
            "/assets/..%2f..%2fCargo.toml",
            "/emoji/../../secret.txt",
            "/themes/../secret.txt",
            "/packs/..%2fsecret.txt",
            "/system/..%2f..%2fsecret.txt",
        ]
        .map(str::to_owned),
    );
    let tried = targets.len();
    let answers = futures::future::join_all(targets.chunks(targets.len() / 8 + 1).map(|some| {
        let alpha = &stage.alpha;
        async move {
            let mut seen = Vec::new();
            for target in some {
                seen.push((target, raw::get(alpha, target).await));
            }
            seen
        }
    }))
    .await;
    for (target, answer) in answers.into_iter().flatten() {
        let read = ["zyq", "root:x:", "SQLite format", "[package]", "serves http"]
            .iter()
            .any(|word| answer.text.contains(word));
        variants.judge(
            target,
            &fault(![400, 404].contains(&answer.status) || read, || {
                format!("{}: {}", answer.status, answer.text.chars().take(200).collect::<String>())
            }),
        );
    }
    println!("{tried} targets");
    // Names that become paths elsewhere: short codes and files.
    for name in ["../../etc/passwd", "..", "a/b", "a\\b", "/abs", "a b", ".", "x\0y"] {
        let mut note = stage.peer.note(&stage.bob, &format!("<p>:{name}:</p>"));
        note["tag"] = json!([{"type": "Emoji", "id": stage.peer.url("/emoji/1"), "name": format!(":{name}:"), "updated": "2026-01-01T00:00:00Z", "icon": {"type": "Image", "mediaType": "image/png", "url": stage.peer.url("/emoji.png")}}]);
        let answer = stage.tell(&stage.bob, &stage.peer.create(&stage.bob, &note)).await;
        let shown = stage.alice.sees_at_home(id(&note)).await;
        variants.judge(
            &format!("an emoji called {name:?}"),
            &fault(answer.status != 202 || shown["emojis"] != json!([]), || format!("{}", shown["emojis"])),
        );
        let part =
            Part::bytes(pictures::jpeg(30, 20, 3)).file_name(name.to_owned()).mime_str("image/jpeg").unwrap();
        let kept = stage
            .alice
            .request("POST".parse().unwrap(), "/api/v2/media")
            .multipart(Form::new().part("file", part))
            .send()
            .await;
        variants.judge(
            &format!("a file called {name:?}"),
            &fault(![200, 400].contains(&kept.status), || format!("{kept:?}")),
        );
    }
    assert_eq!(
        std::fs::read_to_string(stage.alpha.folder().join("secret.txt")).unwrap(),
        "zyq the secret of the folder"
    );
    variants.done();
}

#[tokio::test]
async fn t115_lines_of_logs_and_headers_can_not_be_forged() {
    let stage = Stage::with(Database::Sqlite, |builder| builder.config("log.level", "debug")).await;
    let forged = "2026-01-01T00:00:00.000000Z ERROR forged: zyqline";
    let nasty = format!("zyq\r\n{forged}\u{1b}[31m\u{2028}{forged}");
    let mut variants = stage.variants();
    // As a name, everywhere a name goes.
    let answer = stage
        .alice
        .request("PATCH".parse().unwrap(), "/api/v1/accounts/update_credentials")
        .unchecked()
        .json(&json!({"display_name": "zyq\r\nBcc: x@evil.example", "note": nasty}))
        .send()
        .await;
    variants.judge("one's own name", &fault(![200, 422].contains(&answer.status), || format!("{answer:?}")));
    if answer.status == 200 {
        variants.judge(
            "kept on one line",
            &fault(text(&answer.json(), "/display_name").contains(['\r', '\n']), || answer.text()),
        );
    }
    let mut actor = stage.peer.actor_at("nasty.localhost", "nasty");
    for key in ["name", "preferredUsername"] {
        actor.document[key] = json!(nasty);
    }
    stage.peer.publish_actor(&actor);
    stage.tell(&actor, &stage.peer.follow(&actor, &stage.alice.actor())).await;
    let mut named = stage.peer.actor_at("named.localhost", "named");
    named.document["name"] = json!(nasty);
    stage.peer.publish_actor(&named);
    let answer = stage.tell(&named, &stage.peer.follow(&named, &stage.alice.actor())).await;
    assert_eq!(answer.status, 202, "{answer:?}");
    let shown = stage.alice.find_account(&named.handle()).await;
    variants.judge(
        "a name from elsewhere",
        &fault(text(&shown, "/display_name").contains(['\r', '\n']), || shown["display_name"].to_string()),
    );
    // In what gets logged: types, ids, errors of other servers, user agents, paths.
    for (key, value) in [
        ("type", json!(nasty)),
        ("id", json!(format!("{}#{nasty}", stage.bob.id))),
        ("object", json!(nasty)),
        ("actor", json!(nasty)),
    ] {
        let mut activity = stage.peer.like(&stage.bob, &stage.alice.actor());
        activity[key] = value;
        let answer = stage.tell(&stage.bob, &activity).await;
        variants
            .judge(&format!("an activity's {key}"), &fault(answer.status >= 500, || format!("{answer:?}")));
    }
    stage.peer.script({
        let nasty = nasty.clone();
        move |request| {
            request.path.contains("/users/broken").then(|| Reply::bytes(500, "text/plain", nasty.clone()))
        }
    });
    stage
        .alice
        .request("GET".parse().unwrap(), "/api/v2/search")
        .unchecked()
        .query(&[("q", stage.peer.url("/users/broken").as_str()), ("resolve", "true")])
        .send()
        .await;
    stage
        .alice
        .request("GET".parse().unwrap(), "/api/v2/search")
        .unchecked()
        .query(&[("q", nasty.as_str()), ("resolve", "true")])
        .send()
        .await;
    let encoded: String = url::form_urlencoded::byte_serialize(nasty.as_bytes()).collect();
    for target in [
        format!("/@{encoded}"),
        format!("/api/v1/{encoded}"),
        format!("/{encoded}"),
        format!("/users/{encoded}/inbox"),
        format!("/.well-known/webfinger?resource={encoded}"),
    ] {
        raw::get(&stage.alpha, &target.replace('+', "%20")).await;
    }
    let visitor = Visitor::new(&stage.alpha);
    visitor.sign_in(&nasty, &nasty).await;
    stage
        .alice
        .request("POST".parse().unwrap(), "/api/v1/statuses")
        .unchecked()
        .header("x-request-id", "zyq ERROR forged")
        .body("application/json", nasty.clone().into_bytes())
        .send()
        .await;
    stage.settled().await;
    let log = stage.alpha.log();
    assert!(log.lines().count() > 20, "a chatty log");
    for line in log.lines() {
        let begins = line.starts_with("2026-01-01T00:00:00.000000Z")
            || line.starts_with("Bcc:")
            || (line.contains("zyqline") && !line.starts_with("20"));
        let colours = line.contains("\u{1b}[31m") && line.contains("zyq");
        if begins || colours {
            variants.judge("the log", &[line.to_owned()]);
        }
    }
    // A list for spreadsheets: what begins like a formula is text.
    stage
        .alpha
        .cli(&[
            "domain",
            "block",
            "bad.example",
            "--public-comment",
            "=HYPERLINK(\"http://evil.example\")\r\n@SUM(1)",
            "--private-comment",
            "+1",
            "--json",
        ])
        .await;
    let listed = stage.alpha.try_cli(&["domain", "export"]).await;
    if listed.status.success() {
        let csv = String::from_utf8_lossy(&listed.stdout).into_owned();
        let formula = ["=", "+", "@"]
            .iter()
            .any(|sign| csv.contains(&format!(",{sign}")) || csv.contains(&format!(",\"{sign}")));
        variants.judge("the exported list", &fault(formula || !csv.contains("HYPERLINK"), || csv.clone()));
    }
    variants.done();
}
