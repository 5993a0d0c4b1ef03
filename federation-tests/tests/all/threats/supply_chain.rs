//! Threats of the category `supply-chain`.

use crate::scenarios::items;
use serde_json::json;
use std::process::Stdio;
use std::time::Duration;
use tintype_testkit::tls::{Authority, Flaw, TlsServer};
use tintype_testkit::{Instance, free_port, instance};

/// An actor on a server behind TLS.
fn actor(host: &str, port: u16, key: &str) -> Vec<u8> {
    let id = format!("https://{host}:{port}/users/tess");
    let document = json!({
        "@context": ["https://www.w3.org/ns/activitystreams", "https://w3id.org/security/v1"], "id": id, "type": "Person",
        "preferredUsername": "tess", "inbox": format!("{id}/inbox"), "outbox": format!("{id}/outbox"),
        "publicKey": {"id": format!("{id}#main-key"), "owner": id, "publicKeyPem": key},
        "subject": format!("acct:tess@{host}:{port}"),
        "links": [{"rel": "self", "type": "application/activity+json", "href": id}],
    });
    document.to_string().into_bytes()
}

#[tokio::test]
async fn t103_certificates_are_checked_and_exceptions_are_loud() {
    let authority = Authority::new();
    let key = tintype_testkit::peer::Key::generate();
    let flaws =
        [Flaw::None, Flaw::SelfSigned, Flaw::UnknownAuthority, Flaw::OtherHost, Flaw::Expired, Flaw::Early];
    let mut servers = Vec::new();
    for flaw in flaws {
        let host = format!("{}.localhost", format!("{flaw:?}").to_lowercase());
        let server =
            TlsServer::start(&host, &authority, flaw, |port| actor(&host, port, &key.public_pem()).into())
                .await;
        servers.push((flaw, host, server));
    }
    let folder = std::env::temp_dir().join(format!("tintype-ca-{}.pem", servers[0].2.port()));
    std::fs::write(&folder, authority.pem()).unwrap();
    let allowed: Vec<String> =
        servers.iter().map(|(_, _, server)| format!("\"127.0.0.1/32:{}\"", server.port())).collect();
    let alpha = Instance::builder("beta")
        .below("example")
        .config("net.allow", &format!("[{}]", allowed.join(",")))
        .config("net.ca_file", &folder.display().to_string())
        .config("server.public_url", "https://beta.example")
        .start()
        .await;
    let alice = alpha.person("alice").await;
    for (flaw, host, server) in &servers {
        for query in [
            format!("https://{host}:{}/users/tess", server.port()),
            format!("@tess@{host}:{}", server.port()),
        ] {
            let found = alice.search(&query).await;
            let taken = *flaw == Flaw::None;
            assert_eq!(
                !items(&found["accounts"]).is_empty(),
                taken,
                "{flaw:?} {query}: {found}\n{}",
                alpha.log()
            );
            assert_eq!(
                server.served() > 0,
                taken,
                "{flaw:?} {query}: {} requests came through",
                server.served()
            );
        }
    }
    // Every exception is told at the start, by name.
    let log = alpha.log();
    for rule in &allowed {
        assert!(log.contains("WARN") && log.contains(rule.trim_matches('"')), "{rule}: {log}");
    }
    drop(std::fs::remove_file(&folder));

    // Plain http is for this machine alone: a public domain with it doesn't start, and no key turns the checks off.
    let refused = |changes: &'static [(&'static str, &'static str)]| async move {
        let folder = std::env::temp_dir().join(format!("tintype-refused-{}", free_port()));
        std::fs::create_dir_all(&folder).unwrap();
        let listen = format!("127.0.0.1:{}", free_port());
        let mut command = tokio::process::Command::new(instance::binary());
        command.current_dir(&folder).arg("serve").kill_on_drop(true).stdin(Stdio::null());
        command.env("TINTYPE__DOMAIN", "photos.example").env("TINTYPE__SERVER__LISTEN", listen);
        for (name, value) in changes {
            command.env(name, value);
        }
        let ended = tokio::time::timeout(Duration::from_secs(20), command.output()).await;
        let output = ended.unwrap_or_else(|_| panic!("{changes:?}: it runs")).unwrap();
        drop(std::fs::remove_dir_all(&folder));
        assert!(!output.status.success(), "{changes:?}");
        let words = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(words.len() > 10, "{changes:?}: no word about it");
    };
    refused(&[("TINTYPE__SERVER__PUBLIC_URL", "http://photos.example")]).await;
    refused(&[("TINTYPE__SERVER__PUBLIC_URL", "ftp://photos.example")]).await;
    refused(&[("TINTYPE__NET__VERIFY", "false")]).await;
    refused(&[("TINTYPE__NET__INSECURE", "true")]).await;
    refused(&[("TINTYPE__NET__TLS_INSECURE_SKIP_VERIFY", "true")]).await;
    refused(&[("TINTYPE__NET__ALLOW", "[\"everything\"]")]).await;
    refused(&[("TINTYPE__NET__CA_FILE", "/nonexistent.pem")]).await;
}
