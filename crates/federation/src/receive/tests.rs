//! Every captured activity means what its sender meant, on a fresh database and without a network.

use std::sync::Arc;

use tempfile::TempDir;
use tintype_media::{MediaStore, Studio};
use tintype_model::{Clock, IdGen, Site, SystemClock};
use tintype_service::{
    Ctx, Events, Policy,
    ctx::PasswordWork,
    registration::{self, NewPerson},
    throttle::Throttle,
};
use tintype_store::{Options, Store};

use super::*;
use crate::Settings;

const ALICE: &str = "https://local.example/users/alice";
const BOB: &str = "https://remote.example/users/bob";

macro_rules! fixture {
    ($name:literal) => {
        include_str!(concat!("../../fixtures/mastodon/", $name, ".json"))
    };
}

/// local.example with alice on it, who knows bob of remote.example.
async fn instance() -> (Federation, Account, Account, TempDir) {
    let folder = tempfile::tempdir().unwrap();
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    let site = Site {
        domain: "local.example".to_owned(),
        base: "https://local.example".to_owned(),
        title: "Local".to_owned(),
    };
    let url = format!("sqlite://{}", folder.path().join("tintype.db").display());
    let ctx = Ctx {
        store: Store::open(&Options::new(url)).await.unwrap(),
        media: MediaStore::local(&folder.path().join("media"), [7; 32]).unwrap(),
        studio: Studio::new(tintype_media::Limits::default()),
        ids: IdGen::new(clock.clone()),
        clock,
        site: Arc::new(site),
        policy: Arc::new(Policy::default()),
        events: Events::default(),
        passwords: PasswordWork::default(),
        strangers: Throttle::default(),
    };
    let net = tintype_net::Client::new(tintype_net::Settings {
        local_mode: false,
        allow: Vec::new(),
        ca_file: None,
        dns: Some(([127, 0, 0, 1], 9).into()),
        user_agent: "Tintype tests".to_owned(),
        own_domain: "local.example".to_owned(),
        limits: tintype_net::Limits::default(),
    });
    let federation = Federation::new(ctx, net.unwrap(), Settings::default()).await.unwrap();
    let ctx = federation.ctx();
    let person = NewPerson {
        username: "alice".to_owned(),
        email: "alice@mail.example".to_owned(),
        password: "correct horse".to_owned(),
        agreement: true,
        ..NewPerson::default()
    };
    let alice = registration::register(ctx, person).await.unwrap();
    let alice = ctx.store.read().await.unwrap().account(alice).await.unwrap().unwrap();
    assert_eq!(alice.uri, ALICE);
    let bob = Account {
        id: ctx.ids.next(),
        username: "bob".to_owned(),
        domain: Some("remote.example".to_owned()),
        acct_key: "bob@remote.example".to_owned(),
        local: false,
        uri: BOB.to_owned(),
        url: "https://remote.example/@bob".to_owned(),
        inbox_url: format!("{BOB}/inbox"),
        followers_url: Some(format!("{BOB}/followers")),
        featured_url: Some(format!("{BOB}/collections/featured")),
        public_key_id: Some(format!("{BOB}#main-key")),
        ..alice.clone()
    };
    let mut tx = ctx.store.begin().await.unwrap();
    assert!(tx.insert_account(&bob).await.unwrap());
    tx.commit().await.unwrap();
    (federation, alice, bob, folder)
}

/// What an activity of bob's means, in one line.
async fn meaning(federation: &Federation, bob: &Account, body: &str) -> String {
    let activity = wire::parse_activity(body.as_bytes()).unwrap();
    let short = |text: &str| text.replace(BOB, "BOB").replace(ALICE, "ALICE");
    match Box::pin(federation.translate(&activity, bob, None)).await.unwrap() {
        Meaning::Later => "later".to_owned(),
        Meaning::Refused(why) => format!("refused: {why}"),
        Meaning::Now(Received::Create(status) | Received::Update(status)) => format!(
            "{} {} {} tags={} pictures={} mentions={:?} answers={} warned={:?} edited={:?}",
            short(&status.uri),
            status.visibility,
            status.language.as_deref().unwrap_or("-"),
            status.tags.len(),
            status.media.len(),
            status.mentions.iter().map(|mention| mention.silent).collect::<Vec<_>>(),
            short(status.in_reply_to.as_deref().unwrap_or("-")),
            status.spoiler_text,
            status.edited.map(|at| at.0),
        ),
        Meaning::Now(other) => short(&format!("{other:?}")),
    }
}

#[tokio::test]
async fn captured_activities() {
    let (federation, alice, bob, _folder) = instance().await;
    let id = |account: &Account| format!("{:?}", account.id);
    let alice = id(&alice);
    let status = "BOB/statuses/113000000000000001";
    let ours = "ALICE/statuses/112999999999999999";
    let cases = [
        ("follow", fixture!("follow"), format!("target: {alice}")),
        ("undo_follow", fixture!("undo_follow"), format!("target: Some({alice})")),
        (
            "accept_follow",
            fixture!("accept_follow"),
            "Accept { follow_uri: Some(\"ALICE/follows/112\"), follower: None }".into(),
        ),
        (
            "reject_follow",
            fixture!("reject_follow"),
            "Reject { follow_uri: Some(\"ALICE/follows/112\"), follower: None }".into(),
        ),
        (
            "create_note_with_pictures",
            fixture!("create_note_with_pictures"),
            format!("{status} public en tags=1 pictures=2 mentions=[false] answers=- warned=\"\""),
        ),
        ("create_reply", fixture!("create_reply"), format!("answers={ours} warned=\"gear talk\"")),
        ("like", fixture!("like"), format!("of: \"{ours}\"")),
        ("undo_like", fixture!("undo_like"), "Unfavourite".into()),
        ("announce", fixture!("announce"), format!("of: \"{ours}\", visibility: Public")),
        ("undo_announce", fixture!("undo_announce"), "Unreblog".into()),
        ("delete_note", fixture!("delete_note"), format!("Delete {{ uri: \"{status}\" }}")),
        ("delete_note_uri", fixture!("delete_note_uri"), format!("Delete {{ uri: \"{status}\" }}")),
        ("delete_actor", fixture!("delete_actor"), "DeleteAccount".into()),
        (
            "update_note",
            fixture!("update_note"),
            format!(
                "{status} public en tags=1 pictures=2 mentions=[false] answers=- warned=\"\" edited=Some(1767334028000)"
            ),
        ),
        (
            "block",
            fixture!("block"),
            format!(
                "Block {{ uri: \"https://remote.example/9b7d7f2e-55c4-4d0e-8a3b-6f0a1c2d3e4f\", target: {alice}"
            ),
        ),
        (
            "undo_block",
            fixture!("undo_block"),
            format!("9b7d7f2e-55c4-4d0e-8a3b-6f0a1c2d3e4f\"), target: Some({alice})"),
        ),
        // Nobody here follows bob, so that the status is not worth fetching.
        ("add_note", fixture!("add_note"), "Noted".into()),
        ("remove_note", fixture!("remove_note"), format!("Unpin {{ of: \"{status}\" }}")),
        ("update_actor", fixture!("update_actor"), "later".into()),
    ];
    for (name, body, expected) in cases {
        let found = meaning(&federation, &bob, body).await;
        assert!(found.contains(&expected), "{name}: {found}");
    }
}

/// T009, T011, T015, T016, T018, T059
#[tokio::test]
async fn nobody_speaks_for_others() {
    use serde_json::json;
    let (federation, _, bob, _folder) = instance().await;
    let (carol, victim) = ("https://remote.example/users/carol", "https://victim.example/users/bob");
    let note = |id: &str, by: &str| json!({"id": id, "type": "Note", "attributedTo": by, "content": "x"});
    let own = "https://remote.example/a";
    let cases = [
        ("Create", note(&format!("{BOB}/1"), carol), "refused"),
        ("Create", note(&format!("{victim}/1"), BOB), "refused"),
        ("Create", note(&format!("{ALICE}/statuses/1"), BOB), "refused"),
        ("Create", json!(format!("{victim}/1")), "refused"),
        ("Create", json!(format!("{BOB}/unknown")), "Noted"),
        ("Update", json!({"id": victim, "type": "Person"}), "refused"),
        ("Delete", json!(format!("{victim}/1")), "refused"),
        ("Delete", json!(ALICE), "refused"),
        ("Undo", json!({"id": format!("{victim}/1"), "type": "Like", "actor": BOB}), "refused"),
        (
            "Undo",
            json!({"id": format!("{BOB}/1"), "type": "Follow", "actor": carol, "object": ALICE}),
            "refused",
        ),
        (
            "Accept",
            json!({"id": format!("{ALICE}/follows/1"), "type": "Follow", "actor": ALICE, "object": carol}),
            "refused",
        ),
        ("Accept", json!({"type": "Follow", "actor": carol, "object": BOB}), "Noted"),
        (
            "Accept",
            json!({"id": format!("{ALICE}/follows/1"), "type": "Like", "actor": ALICE, "object": BOB}),
            "Noted",
        ),
        ("Announce", json!(own), "refused"),
        ("Announce", json!(format!("{victim}/1")), "Noted"),
        ("Follow", json!(carol), "Noted"),
        ("Follow", json!("https://local.example/actor"), "RelayFollow"),
        ("Update", note(&format!("{BOB}/1"), carol), "refused"),
        ("Update", note(&format!("{victim}/1"), BOB), "refused"),
        ("Update", note(&format!("{ALICE}/statuses/1"), BOB), "refused"),
        ("Update", json!(format!("{victim}/1")), "refused"),
        ("Update", json!(ALICE), "refused"),
        ("Update", json!(format!("{BOB}/unknown")), "Noted"),
        ("Update", json!({"id": format!("{BOB}/1"), "type": "Dance"}), "Noted"),
        (
            "Update",
            json!({"id": carol, "type": "Person", "preferredUsername": "carol", "inbox": carol}),
            "refused",
        ),
        ("Delete", json!(carol), "Delete {"),
        ("Block", json!(carol), "Noted"),
        ("Block", json!("https://local.example/actor"), "Noted"),
        (
            "Undo",
            json!({"id": format!("{BOB}/1"), "type": "Block", "actor": carol, "object": ALICE}),
            "refused",
        ),
        ("Dance", json!(ALICE), "Noted"),
    ];
    for (kind, object, expected) in cases {
        let activity = json!({"id": own, "type": kind, "actor": BOB, "object": object});
        let found = meaning(&federation, &bob, &activity.to_string()).await;
        assert!(found.starts_with(expected), "{activity}: {found}");
    }
    let featured = format!("{BOB}/collections/featured");
    let others = "https://remote.example/users/carol/collections/featured";
    for (kind, object, target, expected) in [
        ("Add", format!("{victim}/1"), featured.as_str(), "refused"),
        ("Remove", format!("{victim}/1"), &featured, "refused"),
        ("Add", format!("{BOB}/1"), others, "Noted"),
        ("Remove", format!("{BOB}/1"), others, "Noted"),
        ("Remove", format!("{BOB}/1"), &featured, "Unpin"),
    ] {
        let activity = json!({"type": kind, "actor": BOB, "object": object, "target": target});
        let found = meaning(&federation, &bob, &activity.to_string()).await;
        assert!(found.starts_with(expected), "{activity}: {found}");
    }
}
