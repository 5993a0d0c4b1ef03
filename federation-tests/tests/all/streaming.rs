//! Streams (<https://docs.joinmastodon.org/methods/streaming/>): what is told as it happens, to whom, and to whom not.
//!
//! That something is *not* told is seen without waiting: what is told after it has come, and a stream keeps its order.

mod processes;

use crate::scenarios::{each, id, items, on_both, text};
use serde_json::{Value, json};
use std::time::Duration;
use tintype_testkit::stream::{Listener, Shown};
use tintype_testkit::{Client, Instance, Person, wait};

on_both!(
    home_hears_of_posts_edits_and_deletions,
    public_streams_carry_what_is_public,
    hashtags_are_streamed,
    notifications_are_streamed,
    what_is_not_for_all_stays_unheard,
    blocked_and_muted_people_are_unheard,
    streams_are_for_people_with_tokens,
    a_socket_carries_many_streams,
    a_revoked_token_ends_its_streams,
    open_streams_do_not_hold_up_a_stop,
);

const SLOW: Duration = Duration::from_mins(1);

/// Alice, and Bob who follows her.
async fn two(instance: &Instance) -> (Person, Person) {
    let (alice, bob) = futures::join!(instance.person("alice"), instance.person("bob"));
    bob.follow("alice").await;
    (alice, bob)
}

async fn say(who: &Client, visibility: &str, text: &str) -> String {
    let post = who.post_status(json!({"status": text, "visibility": visibility})).await;
    id(&post).to_owned()
}

async fn act(who: &Client, account: &Person, verb: &str) {
    who.post(&format!("/api/v1/accounts/{}/{verb}", account.id), json!({})).await;
}

/// What a stream told, up to this post of somebody's.
async fn up_to(stream: &mut Listener, last: &str) -> Vec<String> {
    stream.about("update", last).await;
    stream.told()
}

async fn home_hears_of_posts_edits_and_deletions(instance: Instance) {
    let (alice, bob) = two(&instance).await;
    let (mut own, mut events, mut socket) = futures::join!(
        alice.listen("/api/v1/streaming/user"),
        bob.listen("/api/v1/streaming/user"),
        bob.socket("stream=user"),
    );
    let post = say(&alice, "private", "first words").await;
    own.about("update", &post).await;
    for stream in [&mut events, &mut socket] {
        let told = stream.about("update", &post).await.payload;
        assert_eq!(told, bob.status(&post).await, "the same as by asking");
    }
    alice.put(&format!("/api/v1/statuses/{post}"), json!({"status": "second words"})).await;
    for stream in [&mut own, &mut events, &mut socket] {
        let told = stream.about("status.update", &post).await.payload;
        assert!(text(&told, "/content").contains("second words"), "{told}");
    }
    let boost = alice.reblog(&say(&alice, "public", "to be boosted").await).await;
    assert_eq!(socket.about("update", id(&boost)).await.payload["reblog"]["id"], boost["reblog"]["id"]);
    alice.delete_status(&post).await;
    for stream in [&mut own, &mut events, &mut socket] {
        let told = stream.about("delete", &post).await;
        assert_eq!(told.payload, json!(post), "a bare id");
    }
    let updates = socket.told().iter().filter(|told| **told == format!("update {post}")).count();
    assert_eq!(updates, 1, "{:?}", socket.told());
    assert!(socket.seen().iter().all(|event| event.stream == ["user"]));
}

async fn public_streams_carry_what_is_public(instance: Instance) {
    let (alice, _) = two(&instance).await;
    let carol = instance.person("carol").await;
    let base = "/api/v1/streaming/public";
    let (remote_path, media_path) = (format!("{base}/remote"), format!("{base}?only_media=true"));
    let local_path = format!("{base}/local");
    let (mut all, mut local, mut remote, mut pictures) = futures::join!(
        carol.listen(base),
        carol.listen(&local_path),
        carol.listen(&remote_path),
        carol.listen(&media_path),
    );
    let words = say(&alice, "public", "words").await;
    let unlisted = say(&alice, "unlisted", "not for the public timeline").await;
    let picture = alice.upload(tintype_testkit::pictures::jpeg(64, 48, 3), "a picture").await;
    let shown = alice.post_status(json!({"status": "look", "media_ids": [id(&picture)]})).await;
    let shown = id(&shown);
    let both = [format!("update {words}"), format!("update {shown}")];
    assert_eq!(up_to(&mut all, shown).await, both, "{unlisted} is unlisted");
    assert_eq!(up_to(&mut local, shown).await, both);
    assert_eq!(up_to(&mut pictures, shown).await, [format!("update {shown}")]);
    alice.delete_status(shown).await;
    // Everybody may hear that a public post is gone; nothing else came from elsewhere.
    remote.about("delete", shown).await;
    assert_eq!(remote.told(), [format!("delete {shown}")]);
}

async fn hashtags_are_streamed(instance: Instance) {
    let (alice, bob) = two(&instance).await;
    let mut events = bob.listen("/api/v1/streaming/hashtag?tag=Tintype").await;
    let mut socket = bob.socket("stream=hashtag:local&tag=tintype").await;
    say(&alice, "public", "about #collodion").await;
    say(&alice, "unlisted", "quietly about #tintype").await;
    let post = say(&alice, "public", "about #TinType").await;
    for stream in [&mut events, &mut socket] {
        assert_eq!(up_to(stream, &post).await, [format!("update {post}")]);
    }
    assert_eq!(socket.seen()[0].stream, ["hashtag:local", "tintype"]);
}

async fn notifications_are_streamed(instance: Instance) {
    let (alice, bob) = two(&instance).await;
    let (mut user, mut only) = futures::join!(
        alice.listen("/api/v1/streaming/user"),
        alice.listen("/api/v1/streaming/user/notification"),
    );
    let narrow = read_only(&instance, &alice, "read:statuses").await;
    let mut silent = narrow.listen("/api/v1/streaming/user").await;
    let mention = say(&bob, "direct", "@alice look here").await;
    for stream in [&mut user, &mut only] {
        let told = stream.until("the mention", |event| event.event == "notification").await.payload;
        assert_eq!(told["type"], "mention");
        assert_eq!(told["status"]["id"], json!(mention));
        assert_eq!(told, alice.notifications().await[0], "the same as by asking");
    }
    let post = say(&alice, "public", "a post").await;
    bob.favourite(&post).await;
    for stream in [&mut user, &mut only] {
        stream.until("the like", |event| event.payload["type"] == "favourite").await;
    }
    assert!(only.told().iter().all(|told| told.starts_with("notification")), "{:?}", only.told());
    let last = say(&alice, "public", "the last").await;
    let told = up_to(&mut silent, &last).await;
    assert!(
        !told.iter().any(|told| told.starts_with("notification")),
        "the token may not read them: {told:?}"
    );
}

/// A token of somebody's with other scopes.
async fn read_only(instance: &Instance, who: &Person, scopes: &str) -> Client {
    let name = who.username.as_str();
    let token = instance.cli(&["token", "create", "--account", name, "--scopes", scopes, "--json"]).await;
    instance.client().with_token(text(&token, "/access_token"))
}

async fn what_is_not_for_all_stays_unheard(instance: Instance) {
    let (alice, bob) = two(&instance).await;
    let stranger = instance.person("stranger").await;
    let mut heard = Vec::new();
    for stream in ["user", "public", "public:local", "hashtag&tag=secret", "user:notification"] {
        heard.push(stranger.socket(&format!("stream={stream}")).await);
    }
    let mut follower = bob.socket("stream=user").await;
    let carol = instance.person("carol").await;
    carol.follow("alice").await;
    let mut unnamed = carol.socket("stream=user").await;
    let mut hidden = Vec::new();
    for visibility in ["private", "direct", "unlisted"] {
        hidden.push(say(&alice, visibility, "a #secret for @bob").await);
    }
    follower.about("update", &hidden[0]).await;
    // Edits and deletions give nothing away, either. Of an edit is told what is still there by then.
    alice.put(&format!("/api/v1/statuses/{}", hidden[0]), json!({"status": "still a #secret"})).await;
    follower.about("status.update", &hidden[0]).await;
    alice.delete_status(&hidden[1]).await;
    alice.delete_status(&hidden[0]).await;
    follower.about("delete", &hidden[0]).await;
    // One who follows, and was not named, hears of the letter neither when it comes nor when it goes.
    unnamed.about("delete", &hidden[0]).await;
    let told = unnamed.told();
    assert!(!told.iter().any(|told| told.ends_with(hidden[1].as_str())), "{told:?}");
    stranger.follow("bob").await;
    let open = say(&bob, "public", "@stranger an open #secret").await;
    for stream in &mut heard {
        let last = stream.until("the open post", |event| {
            event.id() == Some(&open) || event.payload["status"]["id"] == json!(open)
        });
        last.await;
        let told = stream.told();
        for id in &hidden {
            assert!(!told.iter().any(|told| told.ends_with(id.as_str())), "{told:?}");
        }
        assert_eq!(told.len(), 1, "{told:?}");
    }
}

async fn blocked_and_muted_people_are_unheard(instance: Instance) {
    let (alice, bob) = two(&instance).await;
    let (carol, dora) = futures::join!(instance.person("carol"), instance.person("dora"));
    for who in ["bob", "dora"] {
        carol.follow(who).await;
    }
    act(&carol, &alice, "block").await;
    act(&carol, &bob, "mute").await;
    let (mut home, mut public, mut theirs) = futures::join!(
        carol.socket("stream=user"),
        carol.socket("stream=public"),
        alice.socket("stream=public"),
    );
    let words = "@carol #noise";
    let (blocked, muted) = (say(&alice, "public", words).await, say(&bob, "public", words).await);
    let own = say(&carol, "public", "nothing that alice may read").await;
    let last = say(&dora, "public", "the last").await;
    for stream in [&mut home, &mut public] {
        let told = up_to(stream, &last).await;
        for unheard in [&blocked, &muted] {
            assert!(!told.iter().any(|told| told.ends_with(unheard.as_str())), "{unheard}: {told:?}");
        }
        assert!(!told.iter().any(|told| told.starts_with("notification")), "{told:?}");
    }
    let told = up_to(&mut theirs, &last).await;
    assert!(told.contains(&format!("update {muted}")), "{told:?}");
    assert!(!told.contains(&format!("update {own}")), "who is blocked hears nothing of it: {told:?}");
}

async fn streams_are_for_people_with_tokens(instance: Instance) {
    let alice = instance.person("alice").await;
    let writer = read_only(&instance, &alice, "write").await;
    let narrow = read_only(&instance, &alice, "read:notifications").await;
    let nobody = instance.client();
    let wrong = nobody.with_token("nonsense");
    let get = async |who: &Client, path: &str| {
        let request = who.request("GET".parse().unwrap(), &format!("/api/v1/streaming{path}"));
        request.send().await
    };
    let health = get(&nobody, "/health").await;
    assert_eq!((health.status, health.text().as_str()), (200, "OK"));
    for path in
        ["", "/user", "/user/notification", "/public", "/public/local", "/public/remote", "/hashtag?tag=a"]
    {
        for (who, status) in [(&nobody, 401), (&wrong, 401), (&writer, 403)] {
            assert_eq!(get(who, path).await.status, status, "{path}");
        }
    }
    assert_eq!(get(&narrow, "/user").await.status, 403);
    assert_eq!(get(&alice, "").await.status, 404, "no upgrade, no stream");
    assert_eq!(get(&alice, "/hashtag").await.status, 400, "which one?");
    for (who, status) in [(&nobody, 401), (&wrong, 401), (&writer, 403)] {
        for shown in [Shown::Header, Shown::Query] {
            assert_eq!(who.try_socket("stream=user", shown).await.err(), Some(status), "{shown:?}");
        }
    }
    assert_eq!(wrong.try_socket("stream=user", Shown::Protocol).await.err(), Some(401));
    for shown in [Shown::Header, Shown::Query, Shown::Protocol] {
        let mut socket =
            alice.try_socket("stream=user", shown).await.unwrap_or_else(|e| panic!("{shown:?}: {e}"));
        let named = (shown == Shown::Protocol).then(|| alice.token().unwrap().to_owned());
        assert_eq!(socket.protocol, named, "browsers want their protocol back");
        let post = say(&alice, "public", "hello").await;
        socket.about("update", &post).await;
    }
}

async fn a_socket_carries_many_streams(instance: Instance) {
    let (alice, bob) = two(&instance).await;
    let mut socket = bob.socket("").await;
    let subscribe = |kind: &str, stream: &str| json!({"type": kind, "stream": stream});
    socket.say(&subscribe("subscribe", "user"));
    socket.say(&json!({"type": "subscribe", "stream": ["public:local"]}));
    socket.say(&subscribe("subscribe", "public:local"));
    socket.say(&json!({"type": "subscribe", "stream": "hashtag", "tag": "cats"}));
    socket.say(&subscribe("dance", "user"));
    socket.say(&json!(["no", "object"]));
    let settle = async |socket: &mut Listener| {
        // Messages are read in order: the answer to this one says that those before it were read.
        socket.say(&subscribe("subscribe", "no such stream"));
        let wrong = socket.until("an error", |event| event.event == "error").await;
        assert_eq!(wrong.payload, "Unknown stream type");
    };
    settle(&mut socket).await;
    let post = say(&alice, "public", "about #Cats").await;
    let mut streams = Vec::new();
    for _ in 0..3 {
        streams.push(socket.about("update", &post).await.stream);
    }
    streams.sort();
    assert_eq!(streams, [vec!["hashtag", "cats"], vec!["public:local"], vec!["user"]]);
    for stream in ["public:local", "user"] {
        socket.say(&subscribe("unsubscribe", stream));
    }
    settle(&mut socket).await;
    say(&alice, "public", "about dogs").await;
    let last = say(&alice, "public", "#cats again").await;
    assert_eq!(socket.about("update", &last).await.stream, ["hashtag", "cats"]);
    let updates = socket.told().iter().filter(|told| told.starts_with("update")).count();
    assert_eq!(updates, 4, "{:?}", socket.told());
    socket.say_bytes(b"\x00\x01");
    socket.ended(wait::PATIENCE).await;
}

/// Somebody who registered through an app, and that app.
async fn newcomer(instance: &Instance, name: &str) -> (Client, Value) {
    let client = instance.client();
    let redirect = "urn:ietf:wg:oauth:2.0:oob";
    let app = json!({"client_name": "Mobile", "redirect_uris": redirect, "scopes": "read write"});
    let app = client.post("/api/v1/apps", app).await;
    let own = json!({
        "grant_type": "client_credentials", "scope": "read write",
        "client_id": app["client_id"], "client_secret": app["client_secret"],
    });
    let own = client.post("/oauth/token", own).await;
    let person = json!({
        "username": name, "email": format!("{name}@example.org"), "password": "a long enough password",
        "agreement": true, "locale": "en",
    });
    let token = client.with_token(text(&own, "/access_token")).post("/api/v1/accounts", person).await;
    (client.with_token(text(&token, "/access_token")), app)
}

async fn a_revoked_token_ends_its_streams(instance: Instance) {
    let (mila, app) = newcomer(&instance, "mila").await;
    let otto = instance.person("otto").await;
    let (mut events, mut socket, mut other) = futures::join!(
        mila.listen("/api/v1/streaming/user"),
        mila.socket("stream=public"),
        otto.socket("stream=public")
    );
    let post = say(&mila, "public", "still here").await;
    for stream in [&mut events, &mut socket, &mut other] {
        stream.about("update", &post).await;
    }
    let revoke = json!({
        "client_id": app["client_id"], "client_secret": app["client_secret"], "token": mila.token().unwrap(),
    });
    instance.client().post("/oauth/revoke", revoke).await;
    futures::join!(events.ended(SLOW), socket.ended(SLOW));
    let post = say(&otto, "public", "the others stay").await;
    other.about("update", &post).await;
}

async fn open_streams_do_not_hold_up_a_stop(instance: Instance) {
    let alice = instance.person("alice").await;
    let (mut events, mut socket) =
        futures::join!(alice.listen("/api/v1/streaming/user"), alice.socket("stream=user"));
    let began = std::time::Instant::now();
    instance.stop().await;
    // Well below the time after which a stop cuts off what isn't done.
    assert!(began.elapsed() < Duration::from_secs(8), "it took {:?}", began.elapsed());
    futures::join!(events.ended(wait::PATIENCE), socket.ended(wait::PATIENCE));
    instance.start().await;
    let post = say(&alice, "public", "and on it goes").await;
    let home = alice.get("/api/v1/timelines/home").await;
    assert_eq!(each(items(&home), "/id"), [post]);
}
