//! Custom emoji and reactions, both ways.

use serde_json::{Value, json};
use tintype_model::{Millis, Visibility};
use tintype_service::{accounts, accounts::ProfileChange, emojis, statuses};
use tintype_store::emojis::CustomEmoji;
use tintype_testkit::{peer::Reply, pictures};

use crate::{
    given::{Stage, draft, told, with},
    shown::unsigned,
};

#[tokio::test]
async fn our_emoji_go_along() {
    let Stage { here, peer, alice, bob } = Stage::set().await;
    emojis::add(&here.ctx, "wave", pictures::png(40, 30, 1).into(), None, true).await.unwrap();
    here.followed_by(&alice, &peer, &bob).await;
    here.post(&alice, draft("hi :wave: :nothing:", Visibility::Public)).await;
    let change = ProfileChange { display_name: Some("Alice :wave:".to_owned()), ..ProfileChange::default() };
    accounts::update_profile(&here.ctx, alice.id, change).await.unwrap();
    here.work().await;
    let created = told(&peer, "Create").pop().unwrap().json();
    let tags = created["object"]["tag"].as_array().unwrap().clone();
    let [tag] = tags.as_slice() else { panic!("{tags:?}") };
    assert_eq!(
        (&tag["type"], &tag["name"], &tag["icon"]["type"]),
        (&json!("Emoji"), &json!(":wave:"), &json!("Image"))
    );
    let url = tag["icon"]["url"].as_str().unwrap();
    assert!(url.starts_with(&here.url("/media/")) && tag["updated"].is_string(), "{tag}");
    let actor = told(&peer, "Update").pop().unwrap().json();
    assert_eq!(actor["object"]["tag"], json!([tag]));
    let document = unsigned(&peer, &bob, tag["id"].as_str().unwrap()).await.ok();
    assert_eq!((&document["name"], &document["icon"]), (&tag["name"], &tag["icon"]));
}

#[tokio::test]
async fn their_emoji_are_fetched_when_somebody_looks() {
    let Stage { here, peer, alice, bob } = Stage::set().await;
    here.befriend(&alice, &peer, &bob).await;
    let (small, large) = (peer.url("/emoji/owl.png"), peer.url("/emoji/huge.png"));
    peer.serve(&small, Reply::bytes(200, "text/html", pictures::png(300, 200, 1)));
    peer.serve(&large, Reply::bytes(200, "image/png", vec![0; emojis::MOST_BYTES + 1]));
    let tag = |name: &str, url: &str| json!({"type": "Emoji", "id": null, "name": name, "icon": {"type": "Image", "url": url}});
    let tags =
        json!([tag(":owl:", &small), tag(":huge:", &large), tag(":no way:", &small), tag(":x:", &small)]);
    let note = with(peer.note(&bob, "<p>:owl: :huge: :x:</p>"), "tag", tags);
    assert_eq!(peer.tell(&bob, &alice.uri, &peer.create(&bob, &note)).await.status, 202);
    let row = here.status_of(note["id"].as_str().unwrap()).await.unwrap();
    let seen = statuses::get(&here.ctx, Some(alice.id), row.id).await.unwrap().emojis;
    let names: Vec<&str> = seen.iter().map(|emoji| emoji.shortcode.as_str()).collect();
    assert_eq!(names, ["owl", "huge"]);
    assert_eq!(peer.count(|r| r.path.starts_with("/emoji/")), 0, "nobody has looked");
    let id = |at: usize| seen[at].url.rsplit('/').next().unwrap().parse().unwrap();
    for _ in 0..2 {
        let file = emojis::remote_file(&here.ctx, &here.federation, id(0)).await.unwrap();
        assert!(file.content_type.starts_with("image/"), "what it is, not what it is called");
    }
    assert_eq!(peer.count(|r| r.path == "/emoji/owl.png"), 1, "once for all");
    assert!(emojis::remote_file(&here.ctx, &here.federation, id(1)).await.is_err());
}

#[tokio::test]
async fn reactions_are_counted_and_undone() {
    let Stage { here, peer, alice, bob } = Stage::set().await;
    let post = here.post(&alice, draft("look", Visibility::Public)).await;
    let likes = async || statuses::get(&here.ctx, None, post.id).await.unwrap().favourites_count;
    let react = |kind: &str, content: &str| {
        with(peer.activity(&bob, kind, &json!(post.uri)), "content", json!(content))
    };
    let owl =
        json!({"type": "Emoji", "name": ":owl:", "icon": {"type": "Image", "url": peer.url("/owl.png")}});
    let first = react("EmojiReact", "🎞");
    let second = with(react("Like", ":owl:"), "tag", json!([owl]));
    for reaction in [&first, &second, &first] {
        assert_eq!(peer.tell(&bob, &alice.uri, reaction).await.status, 202);
        assert_eq!(likes().await, 1);
    }
    let who = here.account_of(&bob.id).await.unwrap();
    let mut reader = here.ctx.store.read().await.unwrap();
    let kept = reader.reactions_by(who.id, post.id).await.unwrap();
    assert_eq!(kept.iter().map(|r| r.content.as_str()).collect::<Vec<_>>(), [":owl:", "🎞"]);
    let domain = who.domain.clone().unwrap();
    assert_eq!(reader.emojis_named(&[domain.as_str()], &["owl"]).await.unwrap().len(), 1);
    drop(reader);
    // By its id alone, and with what it was.
    for (undone, left) in [(first["id"].clone(), 1), (second, 0)] {
        let undo: Value = peer.activity(&bob, "Undo", &undone);
        assert_eq!(peer.tell(&bob, &alice.uri, &undo).await.status, 202);
        assert_eq!(likes().await, left);
    }
}

/// Whatever somebody sends, what is kept of it ends somewhere: reactions to one post, emoji of one text and of one server.
#[tokio::test]
async fn emoji_are_kept_up_to_a_number() {
    let Stage { here, peer, alice, bob } = Stage::set().await;
    here.befriend(&alice, &peer, &bob).await;
    let post = here.post(&alice, draft("look", Visibility::Public)).await;
    let custom = |name: &str, url: &str| {
        let icon = json!({"type": "Image", "url": peer.url(url)});
        json!({"type": "Emoji", "name": format!(":{name}:"), "icon": icon, "updated": "2026-01-01T00:00:00Z"})
    };
    for number in 0..25 {
        let content = char::from_u32(0x1F600 + number).unwrap();
        let react =
            with(peer.activity(&bob, "EmojiReact", &json!(post.uri)), "content", json!(content.to_string()));
        assert_eq!(peer.tell(&bob, &alice.uri, &react).await.status, 202);
    }
    let who = here.account_of(&bob.id).await.unwrap();
    let domain = who.domain.clone().unwrap();
    let reader = async || here.ctx.store.read().await.unwrap();
    assert_eq!(reader().await.reactions_by(who.id, post.id).await.unwrap().len(), 20);
    assert_eq!(statuses::get(&here.ctx, None, post.id).await.unwrap().favourites_count, 1);

    let wrote = async |tags: Vec<Value>| {
        let note = with(peer.note(&bob, "<p>:e0:</p>"), "tag", json!(tags));
        assert_eq!(peer.tell(&bob, &alice.uri, &peer.create(&bob, &note)).await.status, 202);
    };
    wrote((0..80).map(|number| custom(&format!("e{number}"), "/e.png")).collect()).await;
    assert_eq!(reader().await.count_emojis(&domain, 1000).await.unwrap(), 64);

    let mut tx = here.ctx.store.begin().await.unwrap();
    for number in 64..10_000 {
        let name = format!("m{number}");
        let row = CustomEmoji {
            id: here.ctx.ids.next(),
            uri: None,
            remote_url: Some(peer.url("/m.png")),
            file_key: None,
            content_type: String::new(),
            category: None,
            visible: false,
            updated_at: Millis(0),
            shortcode: name,
            domain: domain.clone(),
        };
        tx.put_remote_emoji(&row).await.unwrap();
    }
    tx.commit().await.unwrap();
    wrote(vec![custom("new", "/new.png"), custom("m100", "/changed.png")]).await;
    assert_eq!(reader().await.count_emojis(&domain, 20_000).await.unwrap(), 10_000);
    let rows = reader().await.emojis_named(&[domain.as_str()], &["new", "m100"]).await.unwrap();
    let urls: Vec<_> = rows.iter().map(|row| row.remote_url.as_deref()).collect();
    assert_eq!(urls, [Some(peer.url("/changed.png").as_str())], "what is known may change");
}
