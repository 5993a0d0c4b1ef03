//! What other servers may not do.

use super::wanted::Wanted::Refusal;
use super::{Case, Scene, Seen};
use serde_json::{Value, json};
use tintype_testkit::peer::{Actor, Digest, Reply, SignOptions};

/// Not proven to come from whom it says.
const UNPROVEN: &[u16] = &[401];
/// Proven, and yet not his to say.
const NOT_HIS: &[u16] = &[401, 403, 422];
const MALFORMED: &[u16] = &[400];
/// Its key lives where nobody may ask.
const UNREACHABLE: &[u16] = &[400, 401, 403, 422];

const TWO_DAYS: i64 = 2 * 24 * 60 * 60;

fn good() -> SignOptions {
    SignOptions::default()
}

/// A case that only spoils the request; the activity is a good Like of Alice's post.
macro_rules! spoiled {
    ($name:literal, $who:ident, $options:expr) => {
        Case {
            name: $name,
            expected: Refusal(UNPROVEN),
            touches: &[],
            send: |scene| {
                Box::pin(async move {
                    let like = scene.peer.like(&scene.$who, &scene.post);
                    scene.tell(&scene.$who, &like, &$options).await
                })
            },
        }
    };
}

/// A case with a function of its own.
macro_rules! case {
    ($name:literal, $expected:expr, $send:expr) => {
        Case { name: $name, expected: $expected, touches: &[], send: |scene| Box::pin($send(scene)) }
    };
}

pub fn cases() -> Vec<Case> {
    vec![
        case!("malformed JSON", Refusal(MALFORMED), malformed),
        case!("JSON that is no activity", Refusal(MALFORMED), no_activity),
        spoiled!("wrong digest", bob, SignOptions { digest: Digest::Wrong, ..good() }),
        spoiled!("no digest", bob, SignOptions { digest: Digest::Missing, ..good() }),
        spoiled!("a body that was changed after signing", bob, SignOptions { tampered: true, ..good() }),
        case!("wrong signer: a good signature by another actor", Refusal(NOT_HIS), another_signer),
        case!("wrong signer: the same from another host", Refusal(NOT_HIS), mallory_signs),
        case!("wrong signer: another's key under the actor's name", Refusal(UNPROVEN), anothers_key),
        spoiled!("wrong signer: a key that is nobody's", bob, SignOptions { wrong_key: true, ..good() }),
        spoiled!(
            "wrong signer: the same from a stranger",
            stranger,
            SignOptions { wrong_key: true, ..good() }
        ),
        spoiled!("no signature", bob, SignOptions::unsigned()),
        spoiled!("only the digest signed", bob, SignOptions::only_digest()),
        spoiled!(
            "signed for another inbox",
            bob,
            SignOptions { target: Some("post /inbox".into()), ..good() }
        ),
        spoiled!("future date", bob, SignOptions::dated(TWO_DAYS)),
        spoiled!("a date long ago", bob, SignOptions::dated(-TWO_DAYS)),
        spoiled!("no date", bob, SignOptions { date_offset: None, ..good() }),
        case!("a foreign object id", Refusal(NOT_HIS), foreign_object),
        case!("a foreign object id: one of ours", Refusal(NOT_HIS), our_object),
        case!("a foreign object id: deleted", Refusal(NOT_HIS), foreign_delete),
        case!("a foreign object id: ours, deleted", Refusal(NOT_HIS), our_delete),
        case!("a foreign activity id", Refusal(NOT_HIS), foreign_activity),
        case!("an object of somebody else", Refusal(NOT_HIS), attributed_to_another),
        case!("an oversized body", Refusal(&[413]), oversized),
        case!("a private address: the actor's", Refusal(UNREACHABLE), private_actor),
        case!("a private address: by a name that resolves to it", Refusal(UNREACHABLE), private_name),
        case!("a private address: another one at the peer's port", Refusal(UNREACHABLE), private_twin),
        case!("a private address: the key's", Refusal(UNREACHABLE), private_key_id),
        case!("a private address: where the actor redirects to", Refusal(UNREACHABLE), private_redirect),
        case!("a private address: the actor's inbox", Refusal(UNREACHABLE), private_inbox),
    ]
}

async fn malformed(scene: &Scene) -> Seen {
    let body = b"{\"type\": \"Like\", \"actor\": ".to_vec();
    raw(scene, body).await
}

async fn no_activity(scene: &Scene) -> Seen {
    raw(scene, b"[1, 2, 3]".to_vec()).await
}

async fn oversized(scene: &Scene) -> Seen {
    let mut like = scene.peer.like(&scene.bob, &scene.post);
    like["padding"] = Value::from("x".repeat(2 << 20));
    raw(scene, like.to_string().into_bytes()).await
}

async fn raw(scene: &Scene, body: Vec<u8>) -> Seen {
    let answer = scene.peer.try_deliver_bytes(&scene.bob, &scene.inbox(), body, &good()).await;
    answer.expect("an answer").into()
}

async fn another_signer(scene: &Scene) -> Seen {
    let like = scene.peer.like(&scene.bob, &scene.post);
    scene.tell(&scene.trudy, &like, &good()).await
}

async fn mallory_signs(scene: &Scene) -> Seen {
    let like = scene.peer.like(&scene.bob, &scene.post);
    scene.tell(&scene.mallory, &like, &good()).await
}

async fn anothers_key(scene: &Scene) -> Seen {
    let like = scene.peer.like(&scene.bob, &scene.post);
    let options = SignOptions { key_id: Some(scene.bob.key_id.clone()), ..good() };
    scene.tell(&scene.trudy, &like, &options).await
}

/// A Create of Bob's, with some of the note's and activity's fields replaced.
async fn create(scene: &Scene, note: Value, activity: Value) -> Seen {
    let mut object = scene.peer.note(&scene.bob, "<p>hello</p>");
    replace(&mut object, note);
    let mut create = scene.peer.create(&scene.bob, &object);
    replace(&mut create, activity);
    scene.tell(&scene.bob, &create, &good()).await
}

fn replace(object: &mut Value, fields: Value) {
    let (Some(object), Value::Object(fields)) = (object.as_object_mut(), fields) else {
        panic!("no objects")
    };
    object.extend(fields);
}

async fn foreign_object(scene: &Scene) -> Seen {
    create(scene, json!({"id": format!("{}/statuses/1", scene.mallory.id)}), json!({})).await
}

async fn our_object(scene: &Scene) -> Seen {
    create(scene, json!({"id": format!("{}/statuses/1", scene.alice.actor())}), json!({})).await
}

async fn foreign_delete(scene: &Scene) -> Seen {
    let delete = scene.peer.delete(&scene.bob, &format!("{}/statuses/1", scene.mallory.id));
    scene.tell(&scene.bob, &delete, &good()).await
}

async fn our_delete(scene: &Scene) -> Seen {
    scene.tell(&scene.bob, &scene.peer.delete(&scene.bob, &scene.post), &good()).await
}

async fn foreign_activity(scene: &Scene) -> Seen {
    create(scene, json!({}), json!({"id": format!("{}#creates/1", scene.mallory.id)})).await
}

async fn attributed_to_another(scene: &Scene) -> Seen {
    create(scene, json!({"attributedTo": scene.trudy.id}), json!({})).await
}

/// Like of somebody whose actor lives at `url`.
async fn from(scene: &Scene, url: &str) -> Seen {
    let key_id = format!("{url}#main-key");
    let eve = Actor { id: url.to_owned(), key_id, ..scene.stranger.clone() };
    scene.tell(&eve, &scene.peer.like(&eve, &scene.post), &good()).await
}

async fn private_actor(scene: &Scene) -> Seen {
    from(scene, &scene.canary.url("/users/eve")).await
}

async fn private_name(scene: &Scene) -> Seen {
    let port = scene.canary.address().port();
    from(scene, &format!("http://internal.localhost:{port}/users/eve")).await
}

async fn private_twin(scene: &Scene) -> Seen {
    from(scene, &scene.twin.url("/users/eve")).await
}

async fn private_key_id(scene: &Scene) -> Seen {
    let like = scene.peer.like(&scene.stranger, &scene.post);
    let options = SignOptions { key_id: Some(scene.canary.url("/key")), ..good() };
    scene.tell(&scene.stranger, &like, &options).await
}

async fn private_redirect(scene: &Scene) -> Seen {
    let url = scene.peer.url("/users/moved");
    scene.peer.serve(&url, Reply::redirect(&scene.canary.url("/users/moved")));
    from(scene, &url).await
}

/// Whoever follows Alice from there would make us call it with an Accept.
async fn private_inbox(scene: &Scene) -> Seen {
    let mut eve = scene.peer.actor("eve");
    eve.document["inbox"] = json!(scene.canary.url("/inbox"));
    eve.document["endpoints"] = json!({"sharedInbox": scene.canary.url("/inbox")});
    scene.peer.publish_actor(&eve);
    scene.tell(&eve, &scene.peer.follow(&eve, &scene.alice.actor()), &good()).await
}
