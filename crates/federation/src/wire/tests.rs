//! Every captured shape reads as what it is; nothing makes a reader panic.

use proptest::prelude::*;
use serde_json::{Value, json};
use tintype_model::{Millis, Visibility};

use super::*;
use crate::signatures::VerifyingKey;

const ALICE: &str = "https://local.example/users/alice";
const BOB: &str = "https://remote.example/users/bob";
const STATUS: &str = "https://remote.example/users/bob/statuses/113000000000000001";
const OURS: &str = "https://local.example/users/alice/statuses/112999999999999999";

macro_rules! fixture {
    ($name:literal) => {
        include_bytes!(concat!("../../fixtures/mastodon/", $name, ".json")).as_slice()
    };
}

fn url(text: &str) -> url::Url {
    http_url(text).unwrap()
}

/// Reads an activity of Bob's.
#[track_caller]
fn of_bob(bytes: &[u8]) -> IncomingActivity {
    let activity = parse_activity(bytes).unwrap();
    assert_eq!(activity.actor.as_str(), BOB);
    assert!(same_origin(&activity.id, &activity.actor));
    activity
}

#[test]
fn an_actor() {
    let Object::Actor(actor) = parse_object(fixture!("actor")).unwrap() else { panic!("no actor") };
    assert_eq!((actor.id.as_str(), actor.kind), (BOB, ActorKind::Person));
    assert_eq!((actor.preferred_username.as_str(), actor.name.as_deref()), ("bob", Some("Bob :lens:")));
    assert_eq!(actor.inbox, url(&format!("{BOB}/inbox")));
    assert_eq!(actor.shared_inbox, Some(url("https://remote.example/inbox")));
    assert_eq!(actor.followers, Some(url(&format!("{BOB}/followers"))));
    assert_eq!(actor.featured, Some(url(&format!("{BOB}/collections/featured"))));
    assert_eq!(actor.url, Some(url("https://remote.example/@bob")));
    assert_eq!(
        (actor.discoverable, actor.indexable, actor.manually_approves_followers),
        (Some(true), true, false)
    );
    assert_eq!(actor.published, Some(Millis(1_709_164_800_000)));
    let fields: Vec<_> = actor.fields.iter().map(|field| field.name.as_str()).collect();
    assert_eq!(fields, ["Camera", "Site"]);
    assert_eq!(actor.emojis[0].shortcode, "lens");
    assert_eq!(actor.icon.as_ref().and_then(|icon| icon.media_type.as_deref()), Some("image/jpeg"));
    assert_eq!(actor.image.as_ref().and_then(|image| image.description.as_deref()), Some("A darkroom"));

    let keys = KeyDocument::parse(fixture!("actor")).unwrap();
    let key = keys.key(&url(&format!("{BOB}#main-key"))).unwrap();
    assert_eq!((key.owner.as_str(), &actor.public_keys[0]), (BOB, key));
    assert!(VerifyingKey::from_pem(&key.public_key_pem).is_ok());
}

#[test]
fn a_handle() {
    let jrd = Jrd::parse(fixture!("webfinger")).unwrap();
    assert_eq!(jrd.handle(), Some(("bob", "remote.example".to_owned())));
    assert_eq!(jrd.actor(), Some(&url(BOB)));
    assert_eq!(jrd.aliases.len(), 2);
    let subscribe = jrd.links.iter().find(|link| link.rel.ends_with("/subscribe")).unwrap();
    assert!(subscribe.template.as_ref().unwrap().contains("{uri}"));
}

#[test]
fn follows() {
    let follow = of_bob(fixture!("follow"));
    assert_eq!(follow.verb, Verb::Follow { object: url(ALICE) });
    let ours = Inner {
        id: Some(url(&format!("{ALICE}/follows/112"))),
        kind: Some("Follow".into()),
        actor: Some(url(ALICE)),
        object: Some(url(BOB)),
        instrument: None,
    };
    assert_eq!(of_bob(fixture!("accept_follow")).verb, Verb::Accept(ours.clone()));
    assert_eq!(of_bob(fixture!("reject_follow")).verb, Verb::Reject(ours));
    let theirs = Inner {
        id: Some(follow.id),
        kind: Some("Follow".into()),
        actor: Some(url(BOB)),
        object: Some(url(ALICE)),
        instrument: None,
    };
    assert_eq!(of_bob(fixture!("undo_follow")).verb, Verb::Undo(theirs));
}

#[test]
fn a_status_with_pictures() {
    let create = of_bob(fixture!("create_note_with_pictures"));
    let Verb::Create(objects) = create.verb else { panic!("no Create") };
    let [Object::Note(note)] = objects.as_slice() else { panic!("no note") };
    assert_eq!((note.id.as_str(), note.attributed_to.as_str(), note.kind), (STATUS, BOB, NoteKind::Note));
    assert_eq!(visibility(&note.audience, Some(&url(&format!("{BOB}/followers")))), Visibility::Public);
    assert_eq!(note.audience, create.audience);
    assert!(note.audience.names(&url(ALICE)));
    assert_eq!(
        (note.language.as_deref(), note.summary.as_deref(), note.sensitive),
        (Some("en"), None, false)
    );
    assert!(note.content.as_ref().unwrap().starts_with("<p>Two doors"));
    assert_eq!((note.published, note.updated), (Some(Millis(1_767_323_045_000)), None));
    assert_eq!(note.url, Some(url("https://remote.example/@bob/113000000000000001")));
    assert_eq!(note.tags.hashtags, ["tintype"]);
    assert_eq!(note.tags.mentions[0].href, Some(url(ALICE)));
    assert_eq!(note.replies, Some(url(&format!("{STATUS}/replies"))));
    assert_eq!(note.totals, Totals { replies: None, likes: Some(4), shares: Some(2) });
    let [door, gate] = note.attachments.as_slice() else { panic!("not two pictures") };
    assert_eq!(
        *door,
        Attachment {
            kind: MediaKind::Document,
            url: url("https://remote.example/system/media_attachments/files/1/original/door.jpg"),
            media_type: Some("image/jpeg".into()),
            description: Some("A green door with a brass knocker".into()),
            blurhash: Some("LEHV6nWB2yk8pyo0adR*.7kCMdnj".into()),
            width: Some(1600),
            height: Some(1200),
            focal_point: Some((0.25, -0.5)),
        }
    );
    assert_eq!((gate.description.as_ref(), gate.focal_point), (None, None));
    assert!(gate.blurhash.is_some());
}

#[test]
fn a_reply() {
    let Verb::Create(objects) = of_bob(fixture!("create_reply")).verb else { panic!("no Create") };
    let [Object::Note(note)] = objects.as_slice() else { panic!("no note") };
    assert_eq!(note.in_reply_to, Some(url(OURS)));
    assert_eq!((note.summary.as_deref(), note.sensitive), (Some("gear talk"), true));
    assert_eq!(visibility(&note.audience, Some(&url(&format!("{BOB}/followers")))), Visibility::Private);
    assert!(note.attachments.is_empty());
    assert!(note.conversation.as_ref().unwrap().starts_with("tag:local.example"));
}

#[test]
fn likes_and_boosts() {
    let like = of_bob(fixture!("like"));
    assert_eq!(like.verb, Verb::Like { object: url(OURS), content: None, emoji: None });
    let announce = of_bob(fixture!("announce"));
    assert_eq!(announce.verb, Verb::Announce { object: url(OURS) });
    assert_eq!(announce.published, Some(Millis(1_767_330_000_000)));
    assert_eq!(visibility(&announce.audience, None), Visibility::Public);
    for (undo, undone, kind) in
        [(fixture!("undo_like"), like, "Like"), (fixture!("undo_announce"), announce, "Announce")]
    {
        let expected = Inner {
            id: Some(undone.id),
            kind: Some(kind.into()),
            actor: Some(url(BOB)),
            object: Some(url(OURS)),
            instrument: None,
        };
        assert_eq!(of_bob(undo).verb, Verb::Undo(expected));
    }
}

#[test]
fn deletions() {
    for bytes in [fixture!("delete_note"), fixture!("delete_note_uri")] {
        assert_eq!(of_bob(bytes).verb, Verb::Delete { object: url(STATUS) });
    }
    assert_eq!(of_bob(fixture!("delete_actor")).verb, Verb::Delete { object: url(BOB) });
}

#[test]
fn blocks() {
    let block = of_bob(fixture!("block"));
    assert_eq!(block.verb, Verb::Block { object: url(ALICE) });
    let expected = Inner {
        id: Some(block.id),
        kind: Some("Block".into()),
        actor: Some(url(BOB)),
        object: Some(url(ALICE)),
        instrument: None,
    };
    assert_eq!(of_bob(fixture!("undo_block")).verb, Verb::Undo(expected));
}

#[test]
fn pins_need_no_id() {
    let (object, target) = (url(STATUS), url(&format!("{BOB}/collections/featured")));
    let (add, remove) = (of_bob(fixture!("add_note")), of_bob(fixture!("remove_note")));
    assert_eq!(add.verb, Verb::Add { object: object.clone(), target: target.clone() });
    assert_eq!(remove.verb, Verb::Remove { object: object.clone(), target: target.clone() });
    assert_eq!((add.named, add.id.as_str()), (false, format!("{BOB}#add").as_str()));
    let named = json!({"id": "https://remote.example/a", "type": "Add", "actor": BOB, "object": STATUS, "target": target});
    assert!(of_bob(named.to_string().as_bytes()).named);
    // An id that is there has to be one, and nothing else goes without.
    for (kind, id) in [("Add", Some("bob")), ("Like", None)] {
        let mut activity = json!({"type": kind, "actor": BOB, "object": STATUS, "target": target});
        if let Some(id) = id {
            activity["id"] = id.into();
        }
        let error = parse_activity(activity.to_string().as_bytes()).err();
        assert_eq!(error, Some(ParseError::Property("id")), "{kind}");
    }
}

#[test]
fn edits() {
    let Verb::Update(Object::Note(note)) = of_bob(fixture!("update_note")).verb else { panic!("no note") };
    assert_eq!(note.updated, Some(Millis(1_767_334_028_000)));
    assert!(note.content.as_ref().unwrap().contains("A door and a gate"));
    let Verb::Update(Object::Actor(actor)) = of_bob(fixture!("update_actor")).verb else {
        panic!("no actor")
    };
    assert_eq!(actor.name.as_deref(), Some("Bob the Elder"));
}

fn activity(kind: &str, key: &str, value: &Value) -> Result<IncomingActivity, ParseError> {
    let mut activity = json!({"id": "https://remote.example/a", "type": kind, "actor": BOB, "object": OURS});
    activity[key] = value.clone();
    parse_activity(activity.to_string().as_bytes())
}

#[test]
fn forms_of_properties() {
    for actor in [json!(BOB), json!({"id": BOB, "type": "Person"}), json!([BOB]), json!([{"id": BOB}])] {
        assert_eq!(activity("Like", "actor", &actor).unwrap().actor.as_str(), BOB, "{actor}");
    }
    for object in [json!(OURS), json!({"id": OURS}), json!([OURS]), json!([{"id": OURS, "type": "Note"}])] {
        let verb = activity("Announce", "object", &object).unwrap().verb;
        assert_eq!(verb, Verb::Announce { object: url(OURS) }, "{object}");
    }
    let refused = [
        ("Like", "actor", json!([BOB, ALICE]), "actor"),
        ("Like", "actor", json!({}), "actor"),
        ("Like", "actor", json!("acct:bob@remote.example"), "actor"),
        ("Like", "id", json!(null), "id"),
        ("Like", "id", json!("https://bob@remote.example/"), "id"),
        ("Like", "type", json!(7), "type"),
        ("Like", "object", json!([OURS, OURS]), "object"),
        ("Create", "object", json!([]), "object"),
        ("Undo", "object", json!({"type": "Like"}), "object"),
        ("Flag", "object", json!(["nothing"]), "object"),
        ("Move", "target", json!(null), "target"),
    ];
    for (kind, key, value, property) in refused {
        let error = activity(kind, key, &value).err();
        assert_eq!(error, Some(ParseError::Property(property)), "{kind} {key} {value}");
    }
}

#[test]
fn other_verbs() {
    let object = || url(OURS);
    let cases = [
        (
            activity("EmojiReact", "content", &json!("🎞")),
            Verb::EmojiReact { object: object(), content: Some("🎞".into()), emoji: None },
        ),
        (activity("Block", "object", &json!(ALICE)), Verb::Block { object: url(ALICE) }),
        (
            activity("Flag", "object", &json!([ALICE, OURS])),
            Verb::Flag { objects: vec![url(ALICE), object()], content: None },
        ),
        (activity("Move", "target", &json!(ALICE)), Verb::Move { object: object(), target: url(ALICE) }),
        (activity("Add", "target", &json!(BOB)), Verb::Add { object: object(), target: url(BOB) }),
        (activity("Remove", "target", &json!(BOB)), Verb::Remove { object: object(), target: url(BOB) }),
        (activity("Add", "object", &json!({"type": "Hashtag"})), Verb::Other("Add".into())),
        (activity("View", "object", &json!(null)), Verb::Other("View".into())),
        (activity("Create", "object", &json!(STATUS)), Verb::Create(vec![Object::Id(url(STATUS))])),
        (
            activity("Create", "object", &json!({"id": STATUS, "type": "Story"})),
            Verb::Create(vec![Object::Other { id: Some(url(STATUS)), kind: Some("Story".into()) }]),
        ),
        (
            activity("Accept", "object", &json!(OURS)),
            Verb::Accept(Inner {
                id: Some(object()),
                kind: None,
                actor: None,
                object: None,
                instrument: None,
            }),
        ),
    ];
    for (activity, expected) in cases {
        assert_eq!(activity.unwrap().verb, expected);
    }
}

#[test]
fn fetched_documents() {
    let tombstone = json!({"id": STATUS, "type": "Tombstone"}).to_string();
    assert_eq!(parse_object(tombstone.as_bytes()), Ok(Object::Tombstone { id: url(STATUS) }));
    let half = json!({"id": STATUS, "type": "Note"}).to_string();
    let expected = Object::Other { id: Some(url(STATUS)), kind: Some("Note".into()) };
    assert_eq!(parse_object(half.as_bytes()), Ok(expected));
    assert_eq!(parse_object(b"{}"), Ok(Object::Other { id: None, kind: None }));
    assert_eq!(parse_object(b"7"), Err(ParseError::NotAnObject));
}

/// Values of any form, with the words that readers look for more often than chance would have it.
fn json_value() -> impl Strategy<Value = Value> {
    let word = prop::sample::select(vec![
        "Note",
        "Person",
        "Create",
        "Undo",
        "Mention",
        "Hashtag",
        "Emoji",
        "Document",
        "PropertyValue",
        "Link",
        "OrderedCollection",
        "Public",
        BOB,
        OURS,
        "2026-01-02T03:04:05Z",
        "image/jpeg",
    ]);
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        word.prop_map(Value::from),
        "\\PC{0,12}".prop_map(Value::from),
    ];
    let key = prop::sample::select(vec![
        "id",
        "type",
        "actor",
        "object",
        "target",
        "to",
        "cc",
        "url",
        "href",
        "icon",
        "tag",
        "attachment",
        "content",
        "contentMap",
        "name",
        "attributedTo",
        "inbox",
        "endpoints",
        "publicKey",
        "publicKeyPem",
        "owner",
        "first",
        "items",
        "orderedItems",
        "totalItems",
        "replies",
        "likes",
        "focalPoint",
        "@list",
        "width",
        "mediaType",
        "published",
        "preferredUsername",
        "inReplyTo",
        "links",
        "subject",
        "rel",
        "x",
    ]);
    leaf.prop_recursive(4, 48, 8, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..5).prop_map(Value::from),
            prop::collection::hash_map(key.clone(), inner, 0..12).prop_map(|map| map
                .into_iter()
                .map(|(key, value)| (key.to_owned(), value))
                .collect::<Value>()),
        ]
    })
}

fn read_everything(bytes: &[u8]) {
    let _ = parse_activity(bytes);
    let _ = parse_object(bytes);
    let _ = KeyDocument::parse(bytes);
    let _ = Jrd::parse(bytes).map(|jrd| (jrd.handle().map(|handle| handle.1), jrd.actor().cloned()));
    if let Ok(collection) = Collection::parse(bytes) {
        for item in &collection.items {
            let _ = item.object();
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(256) })]

    #[test]
    fn bytes_never_panic(bytes in prop::collection::vec(any::<u8>(), 0..256)) {
        read_everything(&bytes);
    }

    #[test]
    fn json_never_panics(mut value in json_value(), kind in prop::sample::select(vec![
        "Note", "Person", "Create", "Update", "Undo", "Flag", "Announce", "OrderedCollection",
    ])) {
        if let Some(document) = value.as_object_mut() {
            for (key, filler) in [("type", kind), ("id", OURS), ("actor", BOB), ("attributedTo", BOB), ("inbox", BOB),
                ("preferredUsername", "bob"), ("subject", "acct:bob@remote.example")] {
                document.insert(key.to_owned(), filler.into());
            }
        }
        read_everything(value.to_string().as_bytes());
    }

    #[test]
    fn spoiled_captures_never_panic(at in any::<prop::sample::Index>(), byte in any::<u8>(), drop in 0_usize..40) {
        let mut bytes = fixture!("create_note_with_pictures").to_vec();
        let at = at.index(bytes.len());
        let end = (at + drop).min(bytes.len());
        bytes.splice(at..end, [byte]);
        read_everything(&bytes);
    }

    #[test]
    fn urls_never_panic(text in r"\PC{0,64}", tail in r"[ -~]{0,32}") {
        let _ = http_url(&text);
        if let Some(url) = http_url(&format!("https://{tail}")) {
            prop_assert!(same_origin(&url, &url));
        }
    }
}
