//! Threats of the category `privacy`: keys and secrets where they can be read.

use super::raw;
use super::stage::{Stage, fault};
use super::visitor::Visitor;
use crate::scenarios::uri;
use tintype_testkit::peer::SignOptions;

#[tokio::test]
async fn t101_keys_and_secrets_stay_inside() {
    let stage = Stage::set().await;
    let alpha = &stage.alpha;
    let mut variants = stage.variants();
    // What holds secrets is for its owner alone.
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        for entry in std::fs::read_dir(alpha.folder()).unwrap().flatten() {
            let name = entry.file_name().to_string_lossy().into_owned();
            if name.starts_with("tintype.db") {
                let mode = entry.metadata().unwrap().permissions().mode() & 0o777;
                variants.judge(&name, &fault(mode & 0o077 != 0, || format!("{mode:o}")));
            }
        }
    }
    // The secrets themselves, as the database has them.
    let mut secrets = Vec::new();
    {
        use sqlx::{Connection as _, Row as _};
        let mut database = sqlx::SqliteConnection::connect(alpha.database_url()).await.unwrap();
        for (table, column) in [
            ("account_keys", "private_key_pem"),
            ("users", "password_hash"),
            ("instance_settings", "value"),
            ("sessions", "token_hash"),
            ("oauth_tokens", "token_hash"),
            ("users", "email"),
        ] {
            let statement = sqlx::AssertSqlSafe(format!("SELECT CAST({column} AS TEXT) FROM {table}"));
            for row in sqlx::query(statement)
                .fetch_all(&mut database)
                .await
                .unwrap_or_else(|error| panic!("{table}.{column}: {error}"))
            {
                let value: String = row.get::<Option<String>, _>(0).unwrap_or_default();
                // Of a key in PEM, a line from its middle: the armour is no secret.
                let value = value
                    .lines()
                    .filter(|line| !line.contains("-----"))
                    .max_by_key(|line| line.len())
                    .unwrap_or_default()
                    .to_owned();
                if value.len() >= 12 && value != alpha.domain() {
                    secrets.push((format!("{table}.{column}"), value));
                }
            }
        }
    }
    assert!(
        secrets.iter().any(|(name, _)| name == "account_keys.private_key_pem"),
        "{:?}",
        secrets.iter().map(|s| &s.0).collect::<Vec<_>>()
    );
    let post = stage.alice.say("a post").await;
    let visitor = Visitor::signed_in(alpha, &stage.alice).await;
    let mut seen: Vec<(String, String)> = Vec::new();
    for path in [
        "/api/v1/accounts/verify_credentials",
        "/api/v1/preferences",
        "/api/v1/accounts/lookup?acct=alice",
        "/api/v2/instance",
        "/api/v1/instance",
        "/api/v1/timelines/public",
        "/api/v1/apps/verify_credentials",
        "/oauth/userinfo",
        "/.well-known/oauth-authorization-server",
        "/nodeinfo/2.0",
        "/nodeinfo/2.1",
        "/actor",
        "/users/alice",
        "/@alice",
        "/settings",
        "/about",
        "/.well-known/webfinger?resource=acct:alice@x",
        "/nothing",
        "/api/v1/nothing",
        "/api/v1/statuses/abc",
        "/api/v1/accounts/99999999999999999999999",
        "/users/%00",
        "/@%ff",
        "/media/xx",
        "/api/v2/search?q=%00",
    ] {
        for (who, answer) in [
            ("Alice", stage.alice.request("GET".parse().unwrap(), path).unchecked().send().await),
            ("nobody", alpha.client().get_activity(path).await),
            ("a browser", visitor.open(path).await),
        ] {
            // One's own address is told to oneself.
            variants
                .judge(&format!("{path} for {who}"), &fault(answer.status >= 500, || format!("{answer:?}")));
            let body = answer.text();
            for word in
                ["panicked", "RUST_BACKTRACE", "src/", ".rs:", "SQLITE", "sqlx", "/tmp/", "stack backtrace"]
            {
                variants.judge(
                    &format!("{path} for {who}: {word}"),
                    &fault(body.contains(word), || body.chars().take(300).collect()),
                );
            }
            seen.push((format!("{path} for {who}"), body));
        }
    }
    let signed = stage.peer.fetch(&stage.bob, &stage.alice.actor(), &SignOptions::default()).await;
    seen.push(("the actor for Bob".into(), signed.text()));
    seen.push((
        "the note for Bob".into(),
        stage.peer.fetch(&stage.bob, uri(&post), &SignOptions::default()).await.text(),
    ));
    for arguments in [
        &["account", "show", "alice", "--json"][..],
        &["account", "list", "--json"],
        &["jobs", "list", "--json"],
        &["domain", "list", "--json"],
    ] {
        let output = alpha.try_cli(arguments).await;
        seen.push((format!("{arguments:?}"), String::from_utf8_lossy(&output.stdout).into_owned()));
    }
    for request in stage.peer.received() {
        seen.push((
            format!("sent to {}", request.path),
            format!("{:?} {}", request.headers, String::from_utf8_lossy(&request.body)),
        ));
    }
    seen.push(("the log".into(), alpha.log()));
    for (where_, body) in &seen {
        for (what, secret) in &secrets {
            let of_staff = where_.starts_with('[') && what == "users.email";
            if !of_staff && body.contains(secret.as_str()) {
                variants.judge(where_, &[format!("shows {what}")]);
            }
        }
        variants.judge(
            where_,
            &fault(body.contains("PRIVATE KEY") || body.contains("privateKeyPem"), || "a private key".into()),
        );
    }
    // Rooms for those who run it are not open to those who visit it.
    for path in [
        "/metrics",
        "/debug",
        "/debug/vars",
        "/debug/pprof/",
        "/actuator/env",
        "/env",
        "/config",
        "/tintype.toml",
        "/.env",
        "/tintype.db",
        "/.git/config",
        "/server-status",
        "/stdout.log",
        "/data/tintype.db",
    ] {
        let answer = raw::get(alpha, path).await;
        variants.judge(path, &fault(answer.status != 404, || format!("{}", answer.status)));
    }
    variants.done();
}
