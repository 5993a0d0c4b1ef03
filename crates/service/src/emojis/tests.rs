use tintype_model::Visibility;

use super::*;
use crate::{
    given::{instance, member},
    given_posts::{a_note, found, post, receive, stranger},
    inbox::{Received, RemoteStatus},
    statuses,
};

/// A PNG of one pixel.
fn dot() -> Bytes {
    const PNG: &[u8] = &[
        0x89, b'P', b'N', b'G', 0x0d, 0x0a, 0x1a, 0x0a, 0, 0, 0, 13, b'I', b'H', b'D', b'R', 0, 0, 0, 1, 0,
        0, 0, 1, 8, 2, 0, 0, 0, 0x90, 0x77, 0x53, 0xde, 0, 0, 0, 12, b'I', b'D', b'A', b'T', 0x08, 0xd7,
        0x63, 0xf8, 0xcf, 0xc0, 0x00, 0x00, 0x03, 0x01, 0x01, 0x00, 0x18, 0xdd, 0x8d, 0xb0, 0, 0, 0, 0, b'I',
        b'E', b'N', b'D', 0xae, 0x42, 0x60, 0x82,
    ];
    Bytes::from_static(PNG)
}

fn a_bee(url: &str) -> RemoteEmoji {
    RemoteEmoji { shortcode: "bee".to_owned(), uri: None, url: url.to_owned(), updated: None }
}

fn names(emojis: &[EmojiView]) -> Vec<&str> {
    emojis.iter().map(|emoji| emoji.shortcode.as_str()).collect()
}

#[tokio::test]
async fn our_own_are_shown_where_they_are_written() {
    let (ctx, _dir) = instance().await;
    let alice = member(&ctx, "alice").await;
    let added = add(&ctx, "wave", dot(), Some("hands".to_owned()), true).await.unwrap();
    assert!(added.url.starts_with("https://photos.example/media/"), "{}", added.url);
    let id = post(&ctx, alice, "hi :wave: :unknown: 10:30:15").await;
    let view = statuses::get(&ctx, None, id).await.unwrap();
    assert_eq!(view.emojis, std::slice::from_ref(&added));
    assert_eq!(list(&ctx).await.unwrap(), [added]);
    assert!(remove(&ctx, "wave").await.unwrap());
    assert!(!remove(&ctx, "wave").await.unwrap());
    assert!(statuses::get(&ctx, None, id).await.unwrap().emojis.is_empty());
    for (name, picture) in [("x", dot()), ("a-b", dot()), ("ok", Bytes::from_static(b"<svg/>"))] {
        assert!(add(&ctx, name, picture, None, true).await.is_err(), "{name}");
    }
    let large = Bytes::from(vec![0; MOST_BYTES + 1]);
    assert!(matches!(add(&ctx, "ok", large, None, true).await, Err(Error::Invalid(_))));
}

#[tokio::test]
async fn each_server_has_its_own() {
    let (ctx, _dir) = instance().await;
    let alice = member(&ctx, "alice").await;
    add(&ctx, "bee", dot(), None, true).await.unwrap();
    let (bob, eve) = (stranger(&ctx, "bob@far.example").await, stranger(&ctx, "eve@near.example").await);
    let said = |by: &Account, name: &str| a_note(&ctx, by, name, "<p>:bee:</p>");
    let with = RemoteStatus { emojis: vec![a_bee("https://far.example/bee.png")], ..said(&bob, "1") };
    for note in [&with, &said(&eve, "1")] {
        crate::inbox::store_status(&ctx, note).await.unwrap().unwrap();
    }
    let seen = async |note: &RemoteStatus| found(&ctx, alice, &note.uri).await.unwrap();
    let bees = seen(&with).await.emojis;
    assert_eq!(names(&bees), ["bee"]);
    assert!(bees[0].url.starts_with("https://photos.example/media/emojis/"), "{}", bees[0].url);
    assert!(seen(&said(&eve, "1")).await.emojis.is_empty(), "near.example has none");
    // Known of one post, it is known of all of that server.
    crate::inbox::store_status(&ctx, &said(&bob, "2")).await.unwrap().unwrap();
    assert_eq!(seen(&said(&bob, "2")).await.emojis, bees);
    // And in what people are called.
    let mut tx = ctx.store.begin().await.unwrap();
    let named = Account { display_name: ":bee: Bob".to_owned(), ..bob };
    assert!(tx.update_account(&named).await.unwrap());
    tx.commit().await.unwrap();
    assert_eq!(seen(&with).await.account.emojis, bees);
}

#[tokio::test]
async fn reactions_are_one_like() {
    let (ctx, _dir) = instance().await;
    let alice = member(&ctx, "alice").await;
    let bob = stranger(&ctx, "bob@far.example").await;
    let id = crate::given_posts::post_as(&ctx, alice, "look", Visibility::Public).await;
    let of = statuses::get(&ctx, None, id).await.unwrap().uri;
    let likes = async || statuses::get(&ctx, None, id).await.unwrap().favourites_count;
    let uri = |name: &str| format!("{}#reactions/{name}", bob.uri);
    let react = |name: &str, content: &str| Received::React {
        uri: uri(name),
        of: of.clone(),
        content: content.to_owned(),
        emoji: Some(a_bee("https://far.example/bee.png")),
    };
    let undo = |name: &str| Received::Unfavourite { uri: Some(uri(name)), of: Some(of.clone()) };
    receive(&ctx, &bob, react("1", "🎞")).await;
    receive(&ctx, &bob, react("2", ":bee:")).await;
    assert_eq!(likes().await, 1);
    let kept = ctx.store.read().await.unwrap().reactions_by(bob.id, id).await.unwrap();
    assert_eq!(kept.iter().map(|r| r.content.as_str()).collect::<Vec<_>>(), [":bee:", "🎞"]);
    assert_eq!(
        ctx.store.read().await.unwrap().emojis_named(&["far.example"], &["bee"]).await.unwrap().len(),
        1
    );
    receive(&ctx, &bob, undo("1")).await;
    assert_eq!(likes().await, 1, "there is another");
    receive(&ctx, &bob, undo("2")).await;
    assert_eq!(likes().await, 0);
    // A like without an emoji outlives those with one.
    receive(&ctx, &bob, Received::Favourite { uri: uri("like"), of: of.clone() }).await;
    receive(&ctx, &bob, react("3", "🎞")).await;
    receive(&ctx, &bob, undo("3")).await;
    assert_eq!(likes().await, 1);
    receive(&ctx, &bob, react("4", "🎞")).await;
    receive(&ctx, &bob, undo("like")).await;
    assert_eq!(likes().await, 0, "and takes them along");
    assert!(ctx.store.read().await.unwrap().reactions_by(bob.id, id).await.unwrap().is_empty());
}
