//! Servers that pass public posts on.

use tintype_model::{Millis, RelayId};
use tintype_store::{
    Error,
    relays::{Relay, RelayState, RelayStyle},
};

use crate::database::TestStore;

contract!(a_relay_is_asked_answers_and_is_left, only_who_was_accepted_is_a_relay, relays_hold_no_nul);

fn a_relay(id: RelayId, host: &str) -> Relay {
    Relay {
        id,
        url: format!("https://{host}/inbox"),
        style: RelayStyle::Mastodon,
        inbox: format!("https://{host}/inbox"),
        actor_uri: None,
        follow_uri: format!("https://here.example/actor#relays/{id}"),
        state: RelayState::Pending,
        created_at: Millis(1_000),
        answered_at: None,
    }
}

async fn add(db: &TestStore, relay: &Relay) -> bool {
    let mut tx = db.begin().await.unwrap();
    let added = tx.insert_relay(relay).await.unwrap();
    tx.commit().await.unwrap();
    added
}

async fn a_relay_is_asked_answers_and_is_left(db: TestStore) {
    let (first, second) = (a_relay(db.id(), "one.example"), a_relay(db.id(), "two.example"));
    assert!(add(&db, &first).await && add(&db, &second).await);
    assert!(!add(&db, &Relay { id: db.id(), follow_uri: "other".to_owned(), ..first.clone() }).await, "once");
    let mut reader = db.read().await.unwrap();
    assert_eq!(reader.relays().await.unwrap(), [first.clone(), second.clone()]);
    assert_eq!(reader.relay(first.id).await.unwrap().as_ref(), Some(&first));
    assert_eq!(reader.relay_by_follow(&second.follow_uri).await.unwrap().as_ref(), Some(&second));
    assert_eq!(reader.relay_by_follow("unknown").await.unwrap(), None);
    drop(reader);

    let mut tx = db.begin().await.unwrap();
    assert!(
        tx.answer_relay(first.id, RelayState::Accepted, "https://one.example/actor", Millis(5))
            .await
            .unwrap()
    );
    assert!(!tx.answer_relay(RelayId(7), RelayState::Accepted, "x", Millis(5)).await.unwrap());
    tx.commit().await.unwrap();
    let answered = Relay {
        state: RelayState::Accepted,
        actor_uri: Some("https://one.example/actor".to_owned()),
        answered_at: Some(Millis(5)),
        ..first
    };
    assert_eq!(db.read().await.unwrap().relay(answered.id).await.unwrap().as_ref(), Some(&answered));

    let mut tx = db.begin().await.unwrap();
    assert_eq!(tx.delete_relay(&answered.url).await.unwrap(), Some(answered.clone()));
    assert_eq!(tx.delete_relay(&answered.url).await.unwrap(), None);
    tx.commit().await.unwrap();
    assert_eq!(db.read().await.unwrap().relays().await.unwrap(), [second]);
}

async fn only_who_was_accepted_is_a_relay(db: TestStore) {
    let actor = "https://one.example/actor";
    let relay = Relay { actor_uri: Some(actor.to_owned()), ..a_relay(db.id(), "one.example") };
    assert!(add(&db, &relay).await);
    for (state, is) in
        [(RelayState::Pending, false), (RelayState::Accepted, true), (RelayState::Rejected, false)]
    {
        let mut tx = db.begin().await.unwrap();
        assert!(tx.answer_relay(relay.id, state, actor, Millis(5)).await.unwrap());
        tx.commit().await.unwrap();
        let mut reader = db.read().await.unwrap();
        assert_eq!(reader.is_relay(actor).await.unwrap(), is, "{state}");
        assert!(!reader.is_relay("https://one.example/users/bob").await.unwrap());
        let found = reader.relay_of_actor(actor).await.unwrap();
        assert_eq!(found.map(|relay| relay.state), Some(state), "whatever it answered");
    }
    assert_eq!(db.read().await.unwrap().relay_of_actor("unknown").await.unwrap(), None);
}

async fn relays_hold_no_nul(db: TestStore) {
    let mut tx = db.begin().await.unwrap();
    let relay = Relay { url: "a\0b".to_owned(), ..a_relay(db.id(), "one.example") };
    for refused in [
        tx.insert_relay(&relay).await,
        tx.answer_relay(relay.id, RelayState::Accepted, "\0", Millis(1)).await,
    ] {
        assert!(matches!(refused, Err(Error::Value(_))), "{refused:?}");
    }
}
