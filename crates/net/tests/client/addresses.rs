use tintype_net::{Client, Error, Refusal, Request, Settings};
use url::Url;

use crate::peer::{Answer, Peer, ok};
use crate::{allowing, failure, get, settings};

fn refusal(error: &Error) -> Refusal {
    assert!(error.is_permanent(), "{error}");
    match error {
        Error::Forbidden { why, .. } => *why,
        other => panic!("{other}"),
    }
}

#[tokio::test]
async fn loopback_is_refused_without_a_connection() {
    let canary = Peer::canary().await;
    let port = canary.addr.port();
    // A rule for another address of the same port opens the port and nothing else.
    for allow in [vec![], vec![format!("127.0.0.9/32:{port}").parse().unwrap()]] {
        let client = Client::new(Settings { allow, ..settings() }).unwrap();
        for host in [
            "127.0.0.1",
            "0x7f.1",
            "2130706433",
            "[::ffff:127.0.0.1]",
            "0.0.0.0",
            "localhost",
            "a.localhost",
            "[::1]",
        ] {
            for scheme in ["http", "https"] {
                refusal(&failure(&client, &format!("{scheme}://{host}:{port}/")).await);
            }
        }
    }
    assert_eq!(canary.connections(), 0);
}

#[tokio::test]
async fn a_rule_opens_its_address_and_port_only() {
    let (peer, canary) = (Peer::saying("hello").await, Peer::canary().await);
    let client = allowing(&[peer.addr]);
    assert_eq!(get(&client, &peer.url("/")).await.unwrap().body, "hello");
    assert_eq!(refusal(&failure(&client, &canary.url("/")).await), Refusal::Scheme);
    assert_eq!(canary.connections(), 0);

    // By name, too: localhost is 127.0.0.1, which has a rule for one of the two ports.
    let by_name = |peer: &Peer| format!("http://localhost:{}/", peer.addr.port());
    assert_eq!(get(&client, &by_name(&peer)).await.unwrap().body, "hello");
    refusal(&failure(&client, &by_name(&canary)).await);
    assert_eq!(canary.connections(), 0);
}

#[tokio::test]
async fn a_rule_for_any_port() {
    let (peer, other) =
        (Peer::saying("one").await, Peer::at("127.0.0.2:0", |_| Answer::Bytes(ok("two"))).await);
    let allow = vec!["127.0.0.1/32:*".parse().unwrap()];
    let client = Client::new(Settings { allow, ..settings() }).unwrap();
    assert_eq!(get(&client, &peer.url("/")).await.unwrap().body, "one");
    assert_eq!(refusal(&failure(&client, &other.url("/")).await), Refusal::Address);
    assert_eq!(other.connections(), 0);
}

#[tokio::test]
async fn local_mode_resolves_localhost_names_itself() {
    let peer = Peer::saying("hello").await;
    let own_domain = format!("alice.localhost:{}", peer.addr.port());
    // A name server that nobody listens on: these names need none.
    let dns = Some("127.0.0.1:9".parse().unwrap());
    let client = Client::new(Settings { local_mode: true, own_domain, dns, ..settings() }).unwrap();
    let port = peer.addr.port();
    for host in ["localhost", "bob.localhost", "a.b.localhost", "LOCALHOST.", "127.0.0.1"] {
        let response = get(&client, &format!("http://{host}:{port}/x")).await.unwrap();
        assert_eq!((response.status.as_u16(), &response.body[..]), (200, &b"hello"[..]), "{host}");
    }
    for host in ["alice.localhost", "ALICE.localhost."] {
        let error = failure(&client, &format!("http://{host}:{port}/x")).await;
        assert_eq!(refusal(&error), Refusal::OwnDomain);
    }
    assert_eq!(peer.seen().len(), 5);
}

#[tokio::test]
async fn own_domain_is_refused_even_where_a_rule_would_allow_it() {
    let canary = Peer::canary().await;
    let allow = vec![canary.addr.to_string().parse().unwrap()];
    let client = Client::new(Settings { allow, own_domain: canary.addr.to_string(), ..settings() }).unwrap();
    assert_eq!(refusal(&failure(&client, &canary.url("/media/remote/1")).await), Refusal::OwnDomain);
    let inbox = Url::parse(&canary.url("/inbox")).unwrap();
    assert_eq!(refusal(&client.send(Request::post(inbox, "{}")).await.unwrap_err()), Refusal::OwnDomain);
    assert_eq!(canary.connections(), 0);
}

#[test]
fn unusable_settings_are_said_so() {
    let broken = |settings: Settings| match Client::new(settings) {
        Ok(_) => panic!("accepted"),
        Err(error) => assert_eq!(error.kind(), "settings"),
    };
    broken(Settings { own_domain: String::new(), ..settings() });
    broken(Settings { user_agent: "a\r\nb: c".to_owned(), ..settings() });
    broken(Settings { ca_file: Some("/nowhere/ca.pem".into()), ..settings() });
    broken(Settings { ca_file: Some("/dev/null".into()), ..settings() });
}
