//! Threats of the category `ssrf`: whoever makes the instance call something.
//!
//! The guard refuses before it connects, so that of addresses that are not this machine no packet has to be caught: the
//! log says that the call was refused, and why.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::Arc;

use serde_json::json;
use tintype_testkit::peer::{Actor, Key, Received, Reply, SignOptions, verify};
use tintype_testkit::{Canary, Database, wait};

use super::stage::{Stage, TAKEN};

/// What the guard says of a URL that may not be called.
const REFUSALS: [&str; 5] = [
    "address not allowed",
    "scheme not allowed",
    "port not allowed",
    "not a valid host",
    "user name or password in the URL",
];

impl Stage {
    /// With a log of every call that was made or refused.
    async fn chatty() -> Self {
        Self::with(Database::Sqlite, |builder| builder.config("log.level", "info,tintype_net=debug")).await
    }

    /// How many calls the guard has refused so far.
    fn refusals(&self) -> usize {
        let log = self.alpha.log();
        log.lines().filter(|line| REFUSALS.iter().any(|why| line.contains(why))).count()
    }

    /// Makes the instance want to call this URL in every way that a stranger can: searched by Alice; boosted, answered
    /// and pictured by Bob; as the actor of a request, as its key.
    async fn lured(&self, url: &str, number: usize) -> Vec<String> {
        let Self { peer, bob, alice, .. } = self;
        let mut faults = Vec::new();
        let before = self.rows(&[TAKEN, &LURES].concat()).await;
        let found = alice.search(url).await;
        if found["accounts"] != json!([]) || found["statuses"] != json!([]) {
            faults.push(format!("found {found}"));
        }
        let mut answer = peer.note(bob, "<p>see there</p>");
        answer["inReplyTo"] = json!(url);
        answer["attachment"] = json!([{"type": "Image", "mediaType": "image/png", "url": url}]);
        let boost = peer.announce(bob, url);
        let add = {
            let mut add = peer.activity(bob, "Add", &json!(url));
            add["target"] = json!(format!("{}/collections/featured", bob.id));
            add
        };
        for activity in [&boost, &peer.create(bob, &answer), &add] {
            let status = self.tell(bob, activity).await.status;
            if ![202, 403].contains(&status) {
                faults.push(format!("{} is answered {status}", activity["type"]));
            }
        }
        // Bob's server asks for the picture of his answer as a reader would.
        self.settled().await;
        let seen = alice.find_status(answer["id"].as_str().unwrap()).await;
        for shown in seen["media_attachments"].as_array().unwrap() {
            for key in ["url", "preview_url"] {
                let Some(path) = shown[key].as_str() else { continue };
                let status =
                    alice.anonymous().request("GET".parse().unwrap(), path).unchecked().send().await.status;
                if status < 300 {
                    faults.push(format!("{key} is answered {status}"));
                }
            }
        }
        let eve = Actor {
            id: url.to_owned(),
            key_id: format!("{url}#main-key"),
            username: format!("eve{number}"),
            ..bob.clone()
        };
        for (what, key_id) in [("actor", eve.key_id.clone()), ("key", url.to_owned())] {
            let options = SignOptions { key_id: Some(key_id), ..SignOptions::default() };
            let follow = json!({
                "id": format!("{}/follow-{number}", url.split('#').next().unwrap()),
                "type": "Follow", "actor": eve.id, "object": alice.actor(),
            });
            let status = self.tell_as(&eve, &follow, &options).await.status;
            if ![400, 401, 403].contains(&status) {
                faults.push(format!("the {what} is answered {status}"));
            }
        }
        self.settled().await;
        let changed =
            tintype_testkit::rows::differences(&before, &self.rows(&[TAKEN, &LURES].concat()).await);
        faults.extend(changed);
        let waiting = self.select("SELECT name FROM jobs WHERE queue = 'ingest' AND state = 'ready'").await;
        faults.extend(waiting.iter().map(|job| format!("to be tried again: {job}")));
        let knocks = self.knocks().await;
        if knocks > 0 {
            faults.push(format!("{knocks} connections at the canaries so far"));
        }
        faults
    }
}

/// What Bob's answer may change: it is a good one.
const LURES: [&str; 6] =
    ["statuses", "home_entries", "media_attachments", "accounts", "status_tags", "mentions"];

/// Every URL is refused, by every way in, without a connection.
async fn all_refused(stage: &Stage, urls: &[String]) {
    let mut tries = stage.variants();
    for (number, url) in urls.iter().enumerate() {
        let before = stage.refusals();
        let mut faults = stage.lured(url, number).await;
        // Some are no URLs at all to who reads the activity, and never come as far as the guard.
        let parses = url::Url::parse(url).is_ok_and(|url| url.host().is_some());
        if parses && stage.refusals() == before {
            faults.push("the guard was never asked".to_owned());
        }
        tries.judge(url, &faults);
    }
    tries.done();
    stage.is_alive().await;
}

#[tokio::test]
async fn t023_private_ipv4() {
    let stage = Stage::chatty().await;
    let Stage { dns, peer, canary, .. } = &stage;
    let (open, shut) = (peer.port(), canary.address().port());
    let mut urls = Vec::new();
    // 127.0.0.1 at the canary's port, and 127.0.0.2 at the peer's, as browsers and C libraries read them.
    for (host, port) in [
        ("127.0.0.1", shut),
        ("127.1", shut),
        ("2130706433", shut),
        ("0x7f000001", shut),
        ("0x7f.1", shut),
        ("017700000001", shut),
        ("0177.0.0.1", shut),
        ("127.0.0.1.", shut),
        ("localhost", shut),
        ("LOCALHOST.", shut),
        ("internal.localhost", shut),
        ("127.0.0.2", open),
        ("0x7f000002", open),
        ("0", open),
        ("0.0.0.0", open),
        ("0.0.0.0", shut),
        ("0.1.2.3", open),
        ("10.0.0.1", open),
        ("012.0.0.1", open),
        ("172.16.0.1", open),
        ("172.31.255.255", open),
        ("192.168.1.1", open),
        ("3232235777", open),
        ("169.254.169.254", open),
        ("0xa9fea9fe", open),
    ] {
        urls.push(format!("http://{host}:{port}/secret"));
    }
    for address in
        ["127.0.0.2", "10.0.0.1", "172.16.0.1", "192.168.1.1", "169.254.169.254", "0.0.0.0", "0.1.2.3"]
    {
        let name = format!("v4-{}.test", address.replace('.', "-"));
        dns.tell(&name, &[address]);
        urls.push(format!("http://{name}:{open}/secret"));
        urls.push(format!("https://{name}/secret"));
    }
    for rest in
        ["https://10.0.0.1/secret", "https://127.0.0.1/secret", "https://169.254.169.254/latest/meta-data"]
    {
        urls.push(rest.to_owned());
    }
    all_refused(&stage, &urls).await;
}

#[tokio::test]
async fn t024_ipv6_that_is_not_global() {
    let stage = Stage::chatty().await;
    let Stage { dns, peer, .. } = &stage;
    let port = peer.port();
    // Where IPv6 is switched off there is nothing to knock at, and the log still tells.
    let here = SocketAddr::from((Ipv6Addr::LOCALHOST, port));
    let sixth =
        if std::net::TcpListener::bind(here).is_ok() { Some(Canary::start_at(here).await) } else { None };
    // The mapped address of the peer itself is the peer's: these are of its neighbour.
    let addresses = [
        "::",
        "::1",
        "::ffff:127.0.0.2",
        "::ffff:10.0.0.1",
        "::ffff:169.254.169.254",
        "::ffff:0.0.0.0",
        "::127.0.0.1",
        "::127.0.0.2",
        "::10.0.0.1",
        "fe80::1",
        "febf::1",
        "fec0::1",
        "fc00::1",
        "fd12:3456::1",
        "ff02::1",
    ];
    let mut urls = Vec::new();
    for (number, address) in addresses.iter().enumerate() {
        let name = format!("v6-{number}.test");
        dns.tell(&name, &[address]);
        urls.push(format!("http://{name}:{port}/secret"));
        urls.push(format!("https://{name}/secret"));
        urls.push(format!("http://[{address}]:{port}/secret"));
    }
    urls.push("https://[::]/secret".to_owned());
    all_refused(&stage, &urls).await;
    if let Some(sixth) = sixth {
        sixth.assert_untouched().await;
    }
}

#[tokio::test]
async fn t051_special_ranges() {
    let stage = Stage::chatty().await;
    let Stage { dns, peer, .. } = &stage;
    let port = peer.port();
    // One address of each range of the IANA registries of special-purpose addresses, and both ends where it matters.
    let addresses = [
        "100.64.0.1",
        "100.127.255.255",
        "192.0.0.1",
        "192.0.0.170",
        "192.0.2.1",
        "192.88.99.1",
        "198.18.0.1",
        "198.19.255.255",
        "198.51.100.1",
        "203.0.113.1",
        "224.0.0.1",
        "239.255.255.255",
        "240.0.0.1",
        "255.255.255.255",
        "64:ff9b::7f00:1",
        "64:ff9b::a00:1",
        "64:ff9b:1::1",
        "100::1",
        "2001::1",
        "2001:2::1",
        "2001:10::1",
        "2001:20::1",
        "2001:db8::1",
        "2002:7f00:1::1",
        "2002:a00:1::",
        "3fff::1",
        "4000::1",
        "5f00::1",
    ];
    let mut urls = Vec::new();
    for (number, address) in addresses.iter().enumerate() {
        let name = format!("special-{number}.test");
        dns.tell(&name, &[address]);
        let literal = if address.contains(':') { format!("[{address}]") } else { (*address).to_owned() };
        urls.extend([format!("https://{name}/secret"), format!("http://{literal}:{port}/secret")]);
    }
    all_refused(&stage, &urls).await;
}

#[tokio::test]
async fn t029_redirects() {
    let stage = Stage::chatty().await;
    let Stage { alpha, dns, peer, bob, alice, canary, twin, .. } = &stage;
    dns.tell("inside.test", &["10.0.0.1", "127.0.0.2"]);
    let port = peer.port();
    let targets = [
        canary.url("/secret"),
        twin.url("/secret"),
        format!("http://inside.test:{port}/secret"),
        "https://127.0.0.1/secret".to_owned(),
        format!("http://[::1]:{port}/secret"),
        "file:///etc/passwd".to_owned(),
        "data:application/activity+json,{}".to_owned(),
        format!("gopher://127.0.0.1:{port}/x"),
        format!("ftp://remote.localhost:{port}/x"),
        format!("http://user:password@remote.localhost:{port}/x"),
        format!("//127.0.0.2:{port}/secret"),
        "http://".to_owned(),
        String::new(),
        format!("http://remote.localhost:{}/x", canary.address().port()),
        format!("http://remote.localhost:{}/x", alpha.port()),
        alpha.url("/users/alice"),
    ];
    let mut tries = stage.variants();
    for (number, target) in targets.iter().enumerate() {
        for status in [301, 302, 303, 307, 308] {
            let url = peer.url(&format!("/away/{number}/{status}"));
            peer.serve(&url, Reply::status(status).header("location", target));
            let boost = peer.announce(bob, &url);
            let name = format!("{status} to {target}");
            tries.check(&name, &[202], TAKEN, stage.tell(bob, &boost)).await;
        }
        // The same of an actor, of its WebFinger, of a search.
        let eve = peer.actor_at(&format!("eve{number}.localhost"), "eve");
        peer.serve(&eve.id, Reply::redirect(target));
        let follow = peer.follow(&eve, &alice.actor());
        let name = format!("an actor at {target}");
        tries.check(&name, &[401, 503], &[], stage.tell(&eve, &follow)).await;
        let finger = format!("http://{}/.well-known/webfinger", eve.domain);
        peer.serve(&format!("{finger}?resource=acct:{}", eve.handle()), Reply::redirect(target));
        let before = stage.rows(&[]).await;
        for query in [eve.handle(), peer.url(&format!("/away/{number}/302"))] {
            let found = alice.request("GET".parse().unwrap(), "/api/v2/search");
            let found = found.query(&[("q", &query), ("resolve", "true")]).send().await;
            let mut faults = tintype_testkit::rows::differences(&before, &stage.rows(&[]).await);
            if !found.text().contains("\"accounts\":[]") {
                faults.push(format!("{found:?}"));
            }
            tries.judge(&format!("search for {query}"), &faults);
        }
    }
    tries.done();
    stage.assert_untouched().await;

    // A redirect to another host is signed anew for it, and nothing that was meant for the first goes there.
    let note = peer.note(bob, "<p>moved</p>");
    let old = format!("http://old.localhost:{port}/moved");
    peer.serve(&old, Reply::redirect(note["id"].as_str().unwrap()));
    let found = alice.find_status(&old).await;
    assert_eq!(found["uri"], note["id"]);
    let key = alpha.client().get_activity("/actor").await.json();
    let key = key["publicKey"]["publicKeyPem"].as_str().unwrap().to_owned();
    let hops: Vec<Received> = peer
        .received()
        .into_iter()
        .filter(|request| {
            request.path == "/moved"
                || request.path == note["id"].as_str().unwrap().split_once(&bob.domain).unwrap().1
        })
        .collect();
    assert!(hops.len() >= 2, "{hops:?}");
    for hop in &hops {
        verify(hop, &key).unwrap_or_else(|why| panic!("{} {}: {why}", hop.host, hop.path));
        assert!(hop.header("authorization").is_none() && hop.header("cookie").is_none());
    }
    let signature_at =
        |path: &str| hops.iter().find(|hop| hop.path == path).and_then(|hop| hop.header("signature"));
    assert_ne!(signature_at("/moved"), signature_at(&hops[1].path), "each its own");

    // Not without end, and nothing twice.
    peer.script(|request| {
        let step: u32 = request.path.strip_prefix("/chain/")?.parse().ok()?;
        Some(Reply::redirect(&format!("http://{}/chain/{}", request.host, step + 1)))
    });
    peer.serve(&peer.url("/ring"), Reply::redirect(&peer.url("/ring")));
    for (path, most) in [("/chain/0", 6), ("/ring", 2)] {
        let boost = peer.announce(bob, &peer.url(path));
        assert_eq!(stage.tell(bob, &boost).await.status, 202);
        stage.settled().await;
        let steps = peer.count(|request| request.path.starts_with(path.trim_end_matches('0')));
        assert!((1..=most).contains(&steps), "{steps} steps along {path}");
    }
    stage.is_alive().await;
}

#[tokio::test]
async fn t030_names_that_change_their_minds() {
    let stage = Stage::chatty().await;
    let Stage { dns, peer, bob, .. } = &stage;
    let port = peer.port();
    let here = IpAddr::from(Ipv4Addr::LOCALHOST);
    let twin = IpAddr::from([127, 0, 0, 2]);
    let inside = IpAddr::from([10, 0, 0, 1]);
    let closing = |request: &Received| {
        request.path.starts_with("/rebind/").then(|| Reply::status(404).header("connection", "close"))
    };
    peer.script(closing);
    let mut look = 0;
    let mut boost = async |name: &str| {
        look += 1;
        let boost = peer.announce(bob, &format!("http://{name}:{port}/rebind/{look}"));
        assert_eq!(stage.tell(bob, &boost).await.status, 202);
        stage.settled().await;
    };
    // Good for whoever checks, bad for whoever calls; and the other way round.
    dns.script("first.test", move |times| vec![if times == 0 { here } else { twin }]);
    dns.script("last.test", move |times| vec![if times % 2 == 0 { twin } else { here }]);
    dns.script("turns.test", move |times| vec![[here, twin, inside][times % 3]]);
    // Both at once, in either order.
    dns.script(
        "both.test",
        move |times| if times % 2 == 0 { vec![here, twin] } else { vec![twin, inside, here] },
    );
    dns.script("neither.test", move |_| vec![twin, inside, IpAddr::from(Ipv6Addr::LOCALHOST)]);
    for name in ["first.test", "last.test", "turns.test", "both.test", "neither.test"] {
        for _ in 0..6 {
            boost(name).await;
        }
    }
    stage.assert_untouched().await;
    let calls = |name: &str| peer.count(|request| request.host.starts_with(name));
    assert_eq!(calls("neither.test"), 0);
    assert_eq!(calls("both.test"), 6, "the admitted address is called");
    assert!(calls("first.test") >= 1 && calls("turns.test") >= 1 && calls("last.test") >= 1);
    for name in ["first.test", "last.test", "turns.test"] {
        // Check and call are one look-up: never more calls than answers that allow them.
        let (asked, called) = (dns.asked(name), calls(name));
        assert!(called <= asked, "{name}: {called} calls, {asked} answers");
    }
    assert!(stage.refusals() > 0);
    stage.is_alive().await;
}

#[tokio::test]
async fn t031_inboxes() {
    let stage = Stage::chatty().await;
    let Stage { dns, peer, alice, canary, twin, mallory, .. } = &stage;
    let port = peer.port();
    dns.tell("inside.test", &["10.0.0.1", "127.0.0.2"]);
    let third = format!("http://{}/reflector", mallory.domain);
    let inboxes = [
        canary.url("/inbox"),
        twin.url("/inbox"),
        format!("http://inside.test:{port}/inbox"),
        "http://127.0.0.1/inbox".to_owned(),
        "http://[::1]:25/inbox".to_owned(),
        "http://169.254.169.254/latest".to_owned(),
        "file:///dev/null".to_owned(),
        "javascript:alert(1)".to_owned(),
        "gopher://127.0.0.1/x".to_owned(),
        format!("http://user@remote.localhost:{port}/inbox"),
        format!("https://remote.localhost:{port}/inbox"),
        third.clone(),
        stage.inbox(),
        "/inbox".to_owned(),
        String::new(),
    ];
    let mut tries = stage.variants();
    for (number, inbox) in inboxes.iter().enumerate() {
        let mut eve = peer.actor(&format!("eve{number}"));
        eve.document["inbox"] = json!(inbox);
        peer.publish_actor(&eve);
        let follow = peer.follow(&eve, &alice.actor());
        tries.check(&format!("inbox {inbox:?}"), &[400, 401, 403], &[], stage.tell(&eve, &follow)).await;
    }
    tries.done();

    // A shared inbox elsewhere is ignored: what is for them goes to their own.
    for (number, shared) in inboxes.iter().enumerate() {
        let mut eve = peer.actor(&format!("shared{number}"));
        eve.document["endpoints"] = json!({"sharedInbox": shared});
        peer.publish_actor(&eve);
        stage.is_followed_by(&eve).await;
        peer.wait_for("an Accept", |request| {
            request.is("Accept") && request.path == format!("/users/shared{number}/inbox")
        })
        .await;
    }
    // A known actor's inbox doesn't leave its server either.
    let mut bob = stage.bob.clone();
    bob.document["inbox"] = json!(third);
    peer.publish_actor(&bob);
    stage.tell(&bob, &peer.activity(&bob, "Update", &bob.document)).await;
    stage.settled().await;
    assert!(stage.stored(&bob.id).await.unwrap().starts_with(&bob.inbox));
    alice.say("to everybody").await;
    stage.settled().await;
    assert_eq!(peer.count(|request| request.path == "/reflector"), 0);
    stage.assert_untouched().await;

    // A delivery follows no redirect, to nowhere, by no method.
    let away = peer.actor_with_key("away.localhost", "away", Arc::new(Key::generate()));
    stage.is_followed_by(&away).await;
    stage.settled().await;
    let elsewhere = [canary.url("/inbox"), twin.url("/inbox"), third, format!("http://{}/else", away.domain)];
    let places = elsewhere.clone();
    let host = away.domain.clone();
    peer.script(move |request| {
        let post = request.method == "POST" && request.host == host && request.path != "/else";
        post.then(|| {
            let status = [301, 302, 303, 307, 308][request.index % 5];
            Reply::status(status).header("location", &places[request.index % places.len()])
        })
    });
    for number in 0..8 {
        alice.say(&format!("number {number}")).await;
    }
    wait::until("deliveries to who redirects", wait::PATIENCE, async || {
        let tried = peer.count(|request| request.method == "POST" && request.host == away.domain);
        (tried >= 5).then_some(())
    })
    .await;
    assert_eq!(peer.count(|request| request.path == "/else" || request.path == "/reflector"), 0);
    stage.assert_untouched().await;
    let waiting = stage.select("SELECT host FROM deliveries").await;
    assert!(!waiting.is_empty(), "they are tried again later");
}

#[tokio::test]
async fn t039_calls_caused_by_a_key_id() {
    let stage = Stage::chatty().await;
    let Stage { dns, peer, alice, canary, twin, .. } = &stage;
    let port = peer.port();
    dns.tell("inside.test", &["10.0.0.1", "127.0.0.2"]);
    let follow_of = |id: &str| json!({"id": format!("{id}/follow"), "type": "Follow", "actor": id, "object": alice.actor()});
    let eve = |id: String| Actor { key_id: format!("{id}#main-key"), id, ..stage.bob.clone() };

    // Nothing is asked that may not be called.
    let mut tries = stage.variants();
    for id in [
        canary.url("/eve"),
        twin.url("/eve"),
        format!("http://inside.test:{port}/eve"),
        format!("http://remote.localhost:{}/eve", canary.address().port()),
        format!("ftp://remote.localhost:{port}/eve"),
        format!("http://nobody.test:{port}/eve"),
    ] {
        let eve = eve(id.clone());
        let allowed: &[u16] = if id.contains("nobody") { &[401, 503] } else { &[400, 401] };
        tries.check(&id, allowed, &[], stage.tell(&eve, &follow_of(&id))).await;
    }

    // Nothing is asked for a request that shows at once that it is none.
    let asked_before = peer.received().len();
    let url = |number: usize| format!("http://unknown{number}.localhost:{port}/eve");
    let spoiled = [
        ("an old date", SignOptions::dated(-48 * 3600)),
        ("a date ahead", SignOptions::dated(48 * 3600)),
        ("no date", SignOptions { date_offset: None, ..SignOptions::default() }),
        (
            "a wrong digest",
            SignOptions { digest: tintype_testkit::peer::Digest::Wrong, ..SignOptions::default() },
        ),
        (
            "no digest",
            SignOptions { digest: tintype_testkit::peer::Digest::Missing, ..SignOptions::default() },
        ),
        ("another body", SignOptions { tampered: true, ..SignOptions::default() }),
        ("only the digest", SignOptions::only_digest()),
        ("an algorithm that is none", SignOptions { algorithm: "hmac-sha256", ..SignOptions::default() }),
        ("a key elsewhere", SignOptions { key_id: Some(url(999)), ..SignOptions::default() }),
    ];
    for (number, (what, options)) in spoiled.iter().enumerate() {
        let eve = eve(url(number));
        tries.check(what, &[401], &[], stage.tell_as(&eve, &follow_of(&eve.id), options)).await;
    }
    let blocked = eve(format!("http://blocked.localhost:{port}/eve"));
    stage.alpha.cli(&["domain", "block", &format!("blocked.localhost:{port}"), "--json"]).await;
    tries.check("a blocked server", &[403], &[], stage.tell(&blocked, &follow_of(&blocked.id))).await;
    assert_eq!(peer.received().len(), asked_before, "nothing was asked");

    // One who isn't there is asked for once, however many say that they are it.
    let ghost = eve(url(100));
    let follow = follow_of(&ghost.id);
    let many = (0..40).map(|_| stage.tell(&ghost, &follow));
    for answer in futures::future::join_all(many).await {
        assert_eq!(answer.status, 401, "{answer:?}");
    }
    let asked = peer.count(|request| request.host.starts_with("unknown100."));
    assert!((1..=3).contains(&asked), "{asked} requests for one key");

    // Many keys of servers that never answer: some are asked for, the rest is told to come again.
    peer.script(|request| request.host.starts_with("mute").then(Reply::never));
    let mute: Vec<Actor> = (0..120).map(|n| eve(format!("http://mute{n}.localhost:{port}/eve"))).collect();
    let told = mute.iter().map(|eve| async { stage.tell(eve, &follow_of(&eve.id)).await.status });
    let answers = futures::future::join_all(told).await;
    assert!(answers.iter().all(|status| [401, 503].contains(status)), "{answers:?}");
    let asked = peer.count(|request| request.host.starts_with("mute"));
    assert!(asked <= 64, "{asked} calls at once for keys");
    tries.done();
    stage.is_alive().await;
}

/// An answer to whoever asks for this handle.
type Script<'a> = Box<dyn Fn(&str) -> Reply + 'a>;

#[tokio::test]
async fn t039_unknown_keys_of_one_source_have_a_budget() {
    const BUDGET: usize = 60;
    let stage = Stage::with(Database::Sqlite, |builder| {
        builder.config("federation.limits.unknown_keys_per_minute", &BUDGET.to_string())
    })
    .await;
    let Stage { peer, alice, bob, .. } = &stage;
    let strangers: Vec<Actor> = (0..3 * BUDGET)
        .map(|number| {
            let id = format!("http://unknown{number}.localhost:{}/eve", peer.port());
            Actor { key_id: format!("{id}#main-key"), id, ..bob.clone() }
        })
        .collect();
    let mut refused = 0;
    for some in strangers.chunks(20) {
        let told = some.iter().map(async |eve| stage.tell(eve, &peer.follow(eve, &alice.actor())).await);
        for answer in futures::future::join_all(told).await {
            assert!([401, 429].contains(&answer.status), "{answer:?}");
            if answer.status == 429 {
                assert_eq!(answer.header("retry-after"), Some("60"));
                refused += 1;
            }
        }
    }
    let asked = peer.count(|request| request.host.starts_with("unknown"));
    println!("{asked} asked, {refused} told to come later");
    // Twice: a minute may have ended meanwhile.
    assert!(refused >= BUDGET && asked <= 2 * BUDGET, "{asked} asked, {refused} told to come later");
    // Whoever is known needs no look at a key.
    stage.is_alive().await;
}

#[tokio::test]
async fn t053_webfinger_that_leads_inside() {
    let stage = Stage::chatty().await;
    let Stage { dns, peer, bob, alice, canary, twin, .. } = &stage;
    let port = peer.port();
    dns.tell("inside.test", &["10.0.0.1", "127.0.0.2"]);
    let search = async |handle: &str| {
        let request = alice.request("GET".parse().unwrap(), "/api/v2/search");
        let answer = request.query(&[("q", handle), ("resolve", "true")]).send().await;
        (answer.status, answer.json()["accounts"].as_array().map_or(0, Vec::len))
    };
    let jrd = |subject: &str, href: &str| {
        json!({
            "subject": subject,
            "links": [
                {"rel": "self", "type": "application/activity+json", "href": href},
                {"rel": "http://ostatus.org/schema/1.0/subscribe", "template": format!("{}/{{uri}}", twin.url(""))},
                {"rel": "http://webfinger.net/rel/avatar", "href": canary.url("/avatar.png")},
            ],
        })
    };
    let xml = "<?xml version=\"1.0\"?><!DOCTYPE x [<!ENTITY e SYSTEM \"file:///etc/passwd\">]><XRD xmlns=\"http://docs.oasis-open.org/ns/xri/xrd-1.0\"><Subject>&e;</Subject></XRD>";
    let handle = |number: usize| format!("eve@finger{number}.localhost:{port}");
    let self_link = |target: String| {
        move |handle: &str| Reply::json(200, "application/jrd+json", &jrd(&format!("acct:{handle}"), &target))
    };
    let replies: Vec<(&str, Script)> = vec![
        ("an actor at the canary", Box::new(self_link(canary.url("/eve")))),
        ("an actor beside the peer", Box::new(self_link(twin.url("/eve")))),
        ("an actor behind a name", Box::new(self_link(format!("http://inside.test:{port}/eve")))),
        ("an actor in a data URL", Box::new(self_link("data:application/activity+json,{}".to_owned()))),
        ("an actor in a file", Box::new(self_link("file:///etc/passwd".to_owned()))),
        ("Bob", Box::new(self_link(bob.id.clone()))),
        ("Alice", Box::new(self_link(alice.actor()))),
        ("XML", Box::new(move |_| Reply::bytes(200, "application/xrd+xml", xml))),
        ("no JSON", Box::new(|_| Reply::bytes(200, "application/jrd+json", "{\"subject\": "))),
        ("without end", Box::new(|_| Reply::endless("application/jrd+json"))),
        ("2 MiB", Box::new(|_| Reply::bytes(200, "application/jrd+json", " ".repeat(2 << 20)))),
        ("a redirect inside", {
            let to = canary.url("/x");
            Box::new(move |_| Reply::redirect(&to))
        }),
    ];
    let mut tries = stage.variants();
    for (number, (what, reply)) in replies.iter().enumerate() {
        let handle = handle(number);
        let url =
            format!("http://finger{number}.localhost:{port}/.well-known/webfinger?resource=acct:{handle}");
        peer.serve(&url, reply(&handle));
        let before = stage.rows(&[]).await;
        let mut faults = Vec::new();
        for _ in 0..3 {
            let (status, found) = search(&handle).await;
            if found > 0 || ![200, 503].contains(&status) {
                faults.push(format!("{status}, {found} found"));
            }
        }
        // What went wrong is remembered for a moment.
        let asked = peer.count(|request| {
            request.host.starts_with(&format!("finger{number}.")) && request.path.contains("webfinger")
        });
        if asked > 1 {
            faults.push(format!("asked {asked} times"));
        }
        faults.extend(tintype_testkit::rows::differences(&before, &stage.rows(&[]).await));
        tries.judge(what, &faults);
    }
    tries.done();
    stage.assert_untouched().await;
    // Other servers' host-meta and NodeInfo are not read at all.
    let read = peer.count(|request| request.path.contains("host-meta") || request.path.contains("nodeinfo"));
    assert_eq!(read, 0);
    let log = stage.alpha.log();
    assert!(!log.contains("root:"), "no file is read");
    stage.is_alive().await;
}

#[tokio::test]
async fn t055_addresses_that_people_register() {
    let stage = Stage::chatty().await;
    let Stage { alpha, dns, peer, alice, canary, twin, .. } = &stage;
    dns.tell("inside.test", &["10.0.0.1", "127.0.0.2"]);
    let urls = [
        canary.url("/hook"),
        twin.url("/hook"),
        format!("http://inside.test:{}/hook", peer.port()),
        "https://10.0.0.1/hook".to_owned(),
        "https://[::1]/hook".to_owned(),
        "http://169.254.169.254/hook".to_owned(),
    ];
    let mut tries = stage.variants();
    for url in &urls {
        // A relay: it is either refused when it is named, or never called.
        let added = alpha.try_cli(&["relay", "add", url, "--json"]).await;
        println!("{url}: {}", String::from_utf8_lossy(&added.stderr).lines().last().unwrap_or("added"));
        // Another name of oneself, and where one moves to.
        let address = url.split('/').nth(2).unwrap();
        for other in [url.clone(), format!("alice@{address}")] {
            for command in [
                vec!["account", "alias", "add", "alice", &other, "--json"],
                vec!["account", "move", "alice", "--to", &other, "--json"],
            ] {
                let made = alpha.try_cli(&command).await.status.success();
                tries
                    .judge(&format!("{command:?}"), &if made { vec!["made".to_owned()] } else { Vec::new() });
            }
        }
        // Whatever a client may say that is a URL, and where it may want us to call.
        let fields = json!({
            "note": format!("see {url}"),
            "fields_attributes": [{"name": "site", "value": url}],
        });
        alice.patch("/api/v1/accounts/update_credentials", fields).await;
        alice.say(&format!("look at {url}")).await;
        let app = json!({"client_name": "an app", "redirect_uris": "app://callback", "website": url});
        alice.anonymous().post("/api/v1/apps", app).await;
        let keys = json!({"p256dh": "x", "auth": "x"});
        for (path, body) in [
            ("/api/v1/push/subscription", json!({"subscription": {"endpoint": url, "keys": keys}})),
            ("/api/v1/admin/webhooks", json!({"url": url, "events": ["account.created"]})),
        ] {
            let request = alice.request("POST".parse().unwrap(), path).json(&body).unchecked();
            let answer = request.send().await;
            let faults = if answer.status < 300 { vec![format!("{answer:?}")] } else { Vec::new() };
            tries.judge(&format!("{path}: {url}"), &faults);
        }
    }
    alice.say("to everybody, relays too").await;
    stage.settled().await;
    tries.done();
    stage.assert_untouched().await;
    stage.is_alive().await;
}
