//! Custom emoji, and likes that are one.

use tintype_model::{EmojiId, Millis};
use tintype_store::{emojis::CustomEmoji, reactions::Reaction};

use crate::database::TestStore;

contract!(
    our_own_come_change_and_go,
    newer_pictures_replace_older_ones,
    emoji_are_found_by_server_and_name,
    a_copy_is_kept_of_the_picture_that_is,
    files_of_emoji_are_known,
    those_of_a_server_are_counted,
    those_of_a_server_are_forgotten,
    reactions_come_and_go,
    a_like_may_get_another_name,
);

fn ours(db: &TestStore, shortcode: &str) -> CustomEmoji {
    CustomEmoji {
        id: db.id(),
        shortcode: shortcode.to_owned(),
        domain: String::new(),
        uri: None,
        remote_url: None,
        file_key: Some(format!("{shortcode}.png")),
        content_type: "image/png".to_owned(),
        category: None,
        visible: true,
        updated_at: Millis(5),
    }
}

fn theirs(db: &TestStore, shortcode: &str, domain: &str, url: &str, updated: i64) -> CustomEmoji {
    CustomEmoji {
        domain: domain.to_owned(),
        remote_url: Some(url.to_owned()),
        file_key: None,
        content_type: String::new(),
        visible: true,
        updated_at: Millis(updated),
        ..ours(db, shortcode)
    }
}

impl TestStore {
    async fn draw(&self, emoji: &CustomEmoji) {
        let mut tx = self.begin().await.unwrap();
        if emoji.domain.is_empty() {
            tx.put_own_emoji(emoji).await.unwrap();
        } else {
            tx.put_remote_emoji(emoji).await.unwrap();
        }
        tx.commit().await.unwrap();
    }

    async fn drawn(&self, domain: &str, shortcode: &str) -> Option<CustomEmoji> {
        self.read().await.unwrap().emojis_named(&[domain], &[shortcode]).await.unwrap().pop()
    }
}

async fn our_own_come_change_and_go(db: TestStore) {
    let (wave, apple) = (ours(&db, "wave"), ours(&db, "apple"));
    db.draw(&wave).await;
    db.draw(&apple).await;
    db.draw(&theirs(&db, "bee", "far.example", "u", 0)).await;
    assert_eq!(db.read().await.unwrap().own_emojis().await.unwrap(), [apple.clone(), wave.clone()]);
    let other = CustomEmoji {
        file_key: Some("other.png".to_owned()),
        category: Some("hands".to_owned()),
        visible: false,
        updated_at: Millis(1),
        ..ours(&db, "wave")
    };
    db.draw(&other).await;
    let changed = CustomEmoji { id: wave.id, ..other };
    assert_eq!(db.read().await.unwrap().emoji(wave.id).await.unwrap(), Some(changed));
    let mut tx = db.begin().await.unwrap();
    assert!(tx.delete_own_emoji("wave").await.unwrap());
    assert!(!tx.delete_own_emoji("wave").await.unwrap());
    assert!(!tx.delete_own_emoji("bee").await.unwrap(), "somebody else's");
    tx.commit().await.unwrap();
    assert_eq!(db.read().await.unwrap().own_emojis().await.unwrap(), [apple]);
    assert_eq!(db.read().await.unwrap().emoji(EmojiId(1)).await.unwrap(), None);
}

async fn newer_pictures_replace_older_ones(db: TestStore) {
    let shown = async |db: &TestStore| db.drawn("far.example", "bee").await.unwrap();
    let put = async |url: &str, updated| db.draw(&theirs(&db, "bee", "far.example", url, updated)).await;
    put("a", 0).await;
    let first = shown(&db).await;
    for (url, updated, then) in [
        ("b", 0, ("b", 0)),
        ("c", 10, ("c", 10)),
        ("d", 9, ("c", 10)),
        ("d", 10, ("c", 10)),
        ("d", 0, ("c", 10)),
        ("e", 11, ("e", 11)),
    ] {
        put(url, updated).await;
        let row = shown(&db).await;
        assert_eq!((row.remote_url.as_deref().unwrap(), row.updated_at.0), then, "{url} {updated}");
        assert_eq!(row.id, first.id);
    }
}

async fn emoji_are_found_by_server_and_name(db: TestStore) {
    let rows = [
        ours(&db, "bee"),
        theirs(&db, "bee", "far.example", "u", 0),
        theirs(&db, "ant", "far.example", "u", 0),
        theirs(&db, "bee", "near.example", "u", 0),
    ];
    for row in &rows {
        db.draw(row).await;
    }
    let mut reader = db.read().await.unwrap();
    let found = reader.emojis_named(&["far.example", ""], &["bee", "cow"]).await.unwrap();
    let mut found: Vec<String> = found.into_iter().map(|e| e.domain).collect();
    found.sort();
    assert_eq!(found, ["", "far.example"]);
    assert_eq!(reader.emojis_named::<&str, &str>(&[], &["bee"]).await.unwrap(), []);
}

async fn those_of_a_server_are_counted(db: TestStore) {
    for name in ["ant", "bee", "cow"] {
        db.draw(&theirs(&db, name, "far.example", "u", 0)).await;
    }
    db.draw(&theirs(&db, "bee", "near.example", "u", 0)).await;
    let mut reader = db.read().await.unwrap();
    for (domain, most, count) in [("far.example", 10, 3), ("far.example", 2, 2), ("no.example", 10, 0)] {
        assert_eq!(reader.count_emojis(domain, most).await.unwrap(), count, "{domain} {most}");
    }
}

async fn those_of_a_server_are_forgotten(db: TestStore) {
    db.draw(&ours(&db, "bee")).await;
    for (name, domain) in [
        ("ant", "far.example"),
        ("bee", "far.example"),
        ("bee", "sub.far.example"),
        ("bee", "notfar.example"),
    ] {
        db.draw(&theirs(&db, name, domain, "u", 0)).await;
    }
    let found = async |domain: &str| db.read().await.unwrap().emoji_domains_of(domain).await.unwrap();
    assert_eq!(found("far.example").await, ["far.example", "sub.far.example"]);
    let mut tx = db.begin().await.unwrap();
    assert_eq!(tx.drop_emojis_of("far.example").await.unwrap(), 2);
    assert_eq!(tx.drop_emojis_of("far.example").await.unwrap(), 0);
    assert_eq!(tx.drop_emojis_of("").await.unwrap(), 0, "ours stay");
    tx.commit().await.unwrap();
    assert_eq!(found("far.example").await, ["sub.far.example"]);
    assert!(db.drawn("", "bee").await.is_some());
}

async fn a_copy_is_kept_of_the_picture_that_is(db: TestStore) {
    let row = theirs(&db, "bee", "far.example", "a", 1);
    db.draw(&row).await;
    let mut tx = db.begin().await.unwrap();
    tx.set_emoji_file(row.id, "b", "b.png", "image/png").await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(db.drawn("far.example", "bee").await.unwrap().file_key, None, "another picture");
    let mut tx = db.begin().await.unwrap();
    tx.set_emoji_file(row.id, "a", "a.png", "image/png").await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(db.drawn("far.example", "bee").await.unwrap().file_key.as_deref(), Some("a.png"));
    db.draw(&theirs(&db, "bee", "far.example", "b", 2)).await;
    assert_eq!(
        db.drawn("far.example", "bee").await.unwrap().file_key,
        None,
        "the copy of the old one is forgotten"
    );
}

async fn files_of_emoji_are_known(db: TestStore) {
    db.draw(&ours(&db, "bee")).await;
    let mut reader = db.read().await.unwrap();
    assert_eq!(reader.files_after("", 10).await.unwrap(), ["bee.png"]);
    let asked = ["bee.png".to_owned(), "none.png".to_owned()];
    assert_eq!(reader.known_files(&asked).await.unwrap(), ["bee.png"]);
}

fn a_reaction(uri: &str, like: &tintype_store::favourites::Favourite, content: &str) -> Reaction {
    Reaction {
        uri: uri.to_owned(),
        account_id: like.account_id,
        status_id: like.status_id,
        content: content.to_owned(),
        created_at: Millis(1),
    }
}

async fn reactions_come_and_go(db: TestStore) {
    let (alice, bob) = (db.account("alice").await, db.remote_account("bob@far.example").await);
    let post = db.post(&alice).await;
    let like = db.like(&bob, &post).await;
    let (one, two) = (a_reaction("u:1", &like, "🎞"), a_reaction("u:2", &like, ":bee:"));
    let mut tx = db.begin().await.unwrap();
    assert!(tx.insert_reaction(&one).await.unwrap());
    assert!(tx.insert_reaction(&two).await.unwrap());
    assert!(!tx.insert_reaction(&a_reaction("u:3", &like, ":bee:")).await.unwrap(), "the same emoji");
    assert!(!tx.insert_reaction(&a_reaction("u:1", &like, "x")).await.unwrap(), "the same activity");
    tx.commit().await.unwrap();
    let mut reader = db.read().await.unwrap();
    assert_eq!(reader.reaction("u:1").await.unwrap(), Some(one.clone()));
    assert_eq!(reader.reaction("u:9").await.unwrap(), None);
    assert_eq!(reader.reactions_by(bob.id, post.id).await.unwrap(), [two.clone(), one]);
    assert_eq!(reader.reactions_by(alice.id, post.id).await.unwrap(), []);
    drop(reader);
    let mut tx = db.begin().await.unwrap();
    assert!(tx.delete_reaction("u:1").await.unwrap());
    assert!(!tx.delete_reaction("u:1").await.unwrap());
    assert_eq!(tx.delete_reactions(bob.id, post.id).await.unwrap(), 1);
    assert_eq!(tx.delete_reactions(bob.id, post.id).await.unwrap(), 0);
    tx.commit().await.unwrap();
}

async fn a_like_may_get_another_name(db: TestStore) {
    let (alice, bob) = (db.account("alice").await, db.remote_account("bob@far.example").await);
    let like = db.like(&bob, &db.post(&alice).await).await;
    let other = db.like(&bob, &db.post(&alice).await).await;
    let mut tx = db.begin().await.unwrap();
    assert!(tx.rename_favourite(&like.uri, "u:2").await.unwrap());
    assert!(!tx.rename_favourite(&like.uri, "u:3").await.unwrap());
    assert!(!tx.rename_favourite("u:2", &other.uri).await.unwrap(), "that name is taken");
    tx.commit().await.unwrap();
    assert_eq!(db.read().await.unwrap().favourite_by_uri("u:2").await.unwrap().unwrap().id, like.id);
}
