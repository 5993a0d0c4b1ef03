//! What we say has the shape others expect, and we would understand it ourselves.

use serde::Serialize;
use serde_json::{Value, json};

use super::*;
use crate::wire::{self, ActorKind, Object, Verb};

const ALICE: &str = "https://local.example/users/alice";
const BOB: &str = "https://remote.example/users/bob";
const AT: &str = "2026-01-02T03:04:05.000Z";

fn value(document: &impl Serialize) -> Value {
    serde_json::to_value(document).unwrap()
}

fn read_back(document: &impl Serialize) -> wire::IncomingActivity {
    wire::parse_activity(&serde_json::to_vec(document).unwrap()).unwrap()
}

fn key() -> PublicKey {
    PublicKey { id: format!("{ALICE}#main-key"), owner: ALICE.parse().unwrap(), public_key_pem: "PEM".into() }
}

fn alice() -> Actor {
    Actor {
        id: ALICE.into(),
        kind: ActorKind::Person,
        preferred_username: "alice".into(),
        name: "Alice".into(),
        summary: "<p>Plates and pinholes</p>".into(),
        url: "https://local.example/@alice".into(),
        inbox: format!("{ALICE}/inbox"),
        outbox: Some(format!("{ALICE}/outbox")),
        followers: Some(format!("{ALICE}/followers")),
        following: Some(format!("{ALICE}/following")),
        featured: Some(format!("{ALICE}/collections/featured")),
        featured_tags: Some(format!("{ALICE}/collections/tags")),
        endpoints: Endpoints { shared_inbox: "https://local.example/inbox".into() },
        public_key: key(),
        assertion_method: vec![],
        icon: Some(Picture::new("https://local.example/media/a", "image/png", None)),
        image: None,
        manually_approves_followers: true,
        discoverable: true,
        indexable: false,
        suspended: false,
        published: Some("2026-01-02T00:00:00Z".into()),
        attachment: vec![PropertyValue::new("Camera", "<a href=\"#\">5×7</a>")],
        tag: vec![],
        also_known_as: vec![],
        moved_to: None,
        webfinger: "alice@local.example".into(),
        attribution_domains: vec![],
    }
}

fn note() -> Note {
    let mut note = Note::new(format!("{ALICE}/statuses/1"), ALICE, "<p>Two doors</p>", Some("en"), AT);
    note.to = vec![PUBLIC.into()];
    note.cc = vec![format!("{ALICE}/followers"), BOB.into()];
    note.url = "https://local.example/@alice/1".into();
    note.tag = vec![
        Tag::Mention(Mention::new(BOB, "@bob@remote.example")),
        Tag::Hashtag(Hashtag::new("https://local.example/tags/film", "#film")),
    ];
    let mut door = Document::new("https://local.example/media/1", "image/jpeg", Some("A door".into()));
    door.blurhash = Some("LEHV6nWB2yk8pyo0adR*.7kCMdnj".into());
    (door.width, door.height) = (Some(1200), Some(800));
    door.focal_point = Some([0.25, -0.5]);
    note.attachment = vec![door];
    note.replies = Some(CollectionSummary::with_page(format!("{ALICE}/statuses/1/replies"), 2));
    note.likes = Some(CollectionSummary::new(format!("{ALICE}/statuses/1/likes"), 3));
    note
}

#[test]
fn an_actor() {
    let document = value(&alice().document());
    assert_eq!(document["@context"][0], "https://www.w3.org/ns/activitystreams");
    assert_eq!(document["@context"][4]["schema"], "http://schema.org#");
    assert_eq!(document["type"], "Person");
    assert_eq!(
        document["publicKey"],
        json!({"id": format!("{ALICE}#main-key"), "owner": ALICE, "publicKeyPem": "PEM"})
    );
    assert_eq!(document["endpoints"], json!({"sharedInbox": "https://local.example/inbox"}));
    assert_eq!(
        document["icon"],
        json!({"type": "Image", "mediaType": "image/png", "url": "https://local.example/media/a"})
    );
    assert_eq!(document["attachment"][0]["type"], "PropertyValue");
    for absent in ["image", "movedTo", "alsoKnownAs", "suspended"] {
        assert!(document.get(absent).is_none(), "{absent}");
    }
    assert_eq!(document["featured"], format!("{ALICE}/collections/featured"));
    let suspended = value(&Actor { suspended: true, ..alice() }.document());
    assert_eq!(
        (&suspended["suspended"], &suspended["@context"][4]["suspended"]),
        (&json!(true), &json!("toot:suspended"))
    );

    let actor = wire::Actor::try_from(document).unwrap();
    assert_eq!((actor.preferred_username.as_str(), actor.name.as_deref()), ("alice", Some("Alice")));
    assert!(actor.manually_approves_followers);
    assert_eq!((actor.discoverable, actor.indexable), (Some(true), false));
    assert_eq!(actor.public_keys, [key()]);
    assert_eq!(actor.fields[0].name, "Camera");

    let stub = ActorStub {
        id: ALICE.into(),
        kind: ActorKind::Person,
        preferred_username: "alice".into(),
        inbox: format!("{ALICE}/inbox"),
        public_key: key(),
        assertion_method: vec![],
    };
    let stub = value(&stub.document());
    assert_eq!(stub.as_object().unwrap().len(), 6);
    assert!(wire::Actor::try_from(stub).is_ok());
}

#[test]
fn a_status_is_published() {
    let create = Create::of(format!("{ALICE}/statuses/1/activity"), note());
    let document = value(&create.clone().document());
    assert_eq!(
        document["@context"][1]["focalPoint"],
        json!({"@container": "@list", "@id": "toot:focalPoint"})
    );
    assert_eq!(document["to"], document["object"]["to"]);
    assert_eq!(document["published"], AT);
    let object = &document["object"];
    assert!(object.get("@context").is_none());
    assert_eq!(object["contentMap"], json!({"en": "<p>Two doors</p>"}));
    assert_eq!((&object["summary"], &object["inReplyTo"]), (&Value::Null, &Value::Null));
    assert_eq!(
        object["attachment"],
        json!([{"type": "Document", "mediaType": "image/jpeg", "url": "https://local.example/media/1",
            "name": "A door", "blurhash": "LEHV6nWB2yk8pyo0adR*.7kCMdnj", "width": 1200, "height": 800,
            "focalPoint": [0.25, -0.5]}])
    );
    assert_eq!(object["tag"][0], json!({"type": "Mention", "href": BOB, "name": "@bob@remote.example"}));
    assert_eq!(object["tag"][1]["type"], "Hashtag");
    assert_eq!(object["likes"]["totalItems"], 3);

    let Verb::Create(objects) = read_back(&create.document()).verb else { panic!("no Create") };
    let [Object::Note(note)] = objects.as_slice() else { panic!("no note") };
    assert_eq!(note.language.as_deref(), Some("en"));
    assert_eq!(note.attachments[0].focal_point, Some((0.25, -0.5)));
    assert_eq!(note.tags.mentions.len(), 1);
    assert_eq!(note.totals.likes, Some(3));
    let followers = wire::http_url(&format!("{ALICE}/followers"));
    assert_eq!(wire::visibility(&note.audience, followers.as_ref()), tintype_model::Visibility::Public);
}

#[test]
fn small_activities() {
    let id = |number: u32| format!("{ALICE}/activities/{number}");
    let follow = Follow::new(id(1), ALICE, BOB.to_owned());
    assert_eq!(
        value(&follow.clone().document()),
        json!({"@context": "https://www.w3.org/ns/activitystreams", "id": id(1), "type": "Follow", "actor": ALICE,
            "object": BOB})
    );
    let theirs = Follow::new(format!("{BOB}#follow"), BOB, ALICE.to_owned());
    let status = "https://remote.example/users/bob/statuses/9".to_owned();
    let like = Like::new(id(2), ALICE, status.clone());
    let announce = Announce::new(id(3), ALICE, status.clone())
        .addressed(vec![PUBLIC.into()], vec![BOB.into()])
        .published(AT);
    let mut moved = Move::new(id(9), ALICE, ALICE.to_owned());
    moved.target = Some(BOB.to_owned());
    let documents = [
        value(&Accept::new(id(4), ALICE, theirs.clone()).document()),
        value(&Reject::new(id(5), ALICE, theirs).document()),
        value(&Undo::new(id(6), ALICE, follow).document()),
        value(&Undo::new(id(7), ALICE, like.clone()).document()),
        value(&Undo::new(id(8), ALICE, announce.clone()).document()),
        value(&like.document()),
        value(&announce.document()),
        value(&Delete::new(id(10), ALICE, Tombstone::new(id(99))).document()),
        value(&Delete::new(id(11), ALICE, ALICE.to_owned()).document()),
        value(&Update::new(id(12), ALICE, alice()).document()),
        value(&Update::new(id(13), ALICE, note()).document()),
        value(&Block::new(id(14), ALICE, BOB.to_owned()).document()),
        value(&Flag::new(id(15), ALICE, vec![BOB.to_owned(), status]).document()),
        value(&moved.document()),
        value(&Add::new(id(16), ALICE, id(99)).aimed(format!("{ALICE}/collections/featured")).document()),
        value(&Remove::new(id(17), ALICE, id(99)).aimed(format!("{ALICE}/collections/featured")).document()),
        value(&Undo::new(id(18), ALICE, Block::new(id(14), ALICE, BOB.to_owned())).document()),
    ];
    let expected = [
        "Accept", "Reject", "Undo", "Undo", "Undo", "Like", "Announce", "Delete", "Delete", "Update",
        "Update", "Block", "Flag", "Move", "Add", "Remove", "Undo",
    ];
    for (document, kind) in documents.iter().zip(expected) {
        assert_eq!(document["type"], kind);
        assert_eq!(read_back(document).actor.as_str(), ALICE);
        assert!(document["object"].get("@context").is_none(), "{kind}");
    }
    assert_eq!(documents[0]["object"]["id"], format!("{BOB}#follow"));
    assert_eq!(documents[7]["object"], json!({"id": id(99), "type": "Tombstone"}));
    assert_eq!(documents[14]["target"], format!("{ALICE}/collections/featured"));
    assert!(documents[9]["@context"].is_array(), "an actor brings its terms along");
    let Verb::Undo(undone) = read_back(&documents[4]).verb else { panic!("no Undo") };
    assert_eq!(undone.kind.as_deref(), Some("Announce"));
}

#[test]
fn collections() {
    let id = format!("{ALICE}/followers");
    let closed = OrderedCollection::<String>::paged(&id, 7, None).document();
    assert_eq!(value(&closed)["totalItems"], 7);
    assert!(value(&closed).get("first").is_none());
    let whole = value(&OrderedCollection::whole(&id, vec![note()]).document());
    assert_eq!((&whole["totalItems"], &whole["orderedItems"][0]["type"]), (&json!(1), &json!("Note")));
    let mut page = OrderedCollectionPage::new(format!("{id}?page=1"), &id, vec![BOB.to_owned()]);
    page.next = Some(format!("{id}?page=2"));
    let page = value(&page.document());
    assert_eq!((&page["type"], &page["partOf"]), (&json!("OrderedCollectionPage"), &json!(id)));
    let read = wire::Collection::parse(page.to_string().as_bytes()).unwrap();
    assert_eq!((read.items.len(), read.next.is_some()), (1, true));
    assert_eq!(value(&Collection::new(id, vec![BOB.to_owned()]).document())["items"], json!([BOB]));
}

#[test]
fn discovery() {
    let jrd = Jrd::account("alice@local.example", ALICE, Some("https://local.example/@alice"));
    let text = serde_json::to_string(&jrd).unwrap();
    assert!(!text.contains("null"));
    let read = wire::Jrd::parse(text.as_bytes()).unwrap();
    assert_eq!(read.handle(), Some(("alice", "local.example".to_owned())));
    assert_eq!(read.actor().map(url::Url::as_str), Some(ALICE));
    assert_eq!(read.links.len(), 2);

    for (version, name, repository) in
        [(NodeInfoVersion::V2_0, "2.0", false), (NodeInfoVersion::V2_1, "2.1", true)]
    {
        let usage =
            Usage { users: Users { total: 2, active_month: 1, active_halfyear: 2 }, ..Usage::default() };
        let source = Some("https://code.example/tintype");
        let info = value(&NodeInfo::new(version, "0.1.0", source, true, usage, serde_json::Map::new()));
        assert_eq!(info["version"], name);
        assert_eq!(info["software"].get("repository").is_some(), repository);
        assert_eq!(info["protocols"], json!(["activitypub"]));
        assert_eq!(info["services"], json!({"inbound": [], "outbound": []}));
        assert_eq!(info["usage"]["users"]["activeHalfyear"], 2);
    }
    assert_eq!(
        NodeInfoIndex::new("https://local.example").links[0].href,
        "https://local.example/nodeinfo/2.0"
    );
    let xrd = host_meta("https://local.example/\"<&");
    assert!(xrd.contains(
        r#"template="https://local.example/&#34;&#60;&#38;/.well-known/webfinger?resource={uri}""#
    ));
}
