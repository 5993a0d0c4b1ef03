//! What this instance sends, on its way.

use tintype_model::{ActivityId, DeliveryId, JobId, Millis};
use tintype_store::{
    Error,
    accounts::Account,
    deliveries::{Activity, Delivery, DeliveryState, DueDelivery, Tried},
    jobs::NewJob,
};

use crate::{database::TestStore, given::reads_by_pages};

contract!(
    an_activity_is_built_once,
    an_activity_goes_to_an_inbox_once,
    an_activity_goes_to_more_inboxes_than_one_statement_takes,
    what_is_due_comes_oldest_first,
    what_waits_holds_back_what_is_about_the_same,
    the_next_one_is_known,
    what_became_of_tries_is_written_down,
    a_host_is_postponed_as_a_whole,
    what_failed_too_often_and_too_long_is_given_up,
    the_dead_are_listed_by_pages,
    the_dead_come_back_or_are_thrown_away,
    stranded_hosts_have_work_and_no_job,
    activities_that_nobody_waits_for_are_forgotten,
    what_waits_moves_with_its_inbox,
    nothing_goes_to_a_host_any_more,
    the_hosts_below_a_domain_that_something_goes_to,
    an_error_with_a_nul_is_written_down,
    a_silent_host_keeps_its_oldest,
    what_silence_ended_comes_back,
    of_each_host_so_many_dead_are_kept,
);

const HOST: &str = "far.example:443";
const INBOX: &str = "https://far.example/inbox";

fn an_activity(db: &TestStore, by: &Account, object: &str) -> Activity {
    let id: ActivityId = db.id();
    Activity {
        id,
        uri: format!("{}/activities/{id}", by.uri),
        account_id: by.id,
        object_uri: object.to_owned(),
        body: r#"{"type":"Create"}"#.to_owned(),
        created_at: Millis(1_000),
    }
}

/// Pending since 1000, due at 1000.
fn a_delivery(db: &TestStore, activity: &Activity) -> Delivery {
    Delivery {
        id: db.id(),
        activity_id: activity.id,
        inbox: INBOX.to_owned(),
        host: HOST.to_owned(),
        object_uri: activity.object_uri.clone(),
        state: DeliveryState::Pending,
        attempts: 0,
        next_at: Millis(1_000),
        last_error: None,
        created_at: Millis(1_000),
    }
}

async fn insert(db: &TestStore, activity: &Activity, deliveries: &[Delivery]) {
    let mut tx = db.begin().await.unwrap();
    tx.insert_activity(activity).await.unwrap();
    tx.insert_deliveries(deliveries).await.unwrap();
    tx.commit().await.unwrap();
}

/// A new activity about `object` on its way to the inbox.
async fn send(db: &TestStore, by: &Account, object: &str, next_at: i64) -> Delivery {
    let activity = an_activity(db, by, object);
    let delivery = Delivery { next_at: Millis(next_at), ..a_delivery(db, &activity) };
    insert(db, &activity, std::slice::from_ref(&delivery)).await;
    delivery
}

async fn record(db: &TestStore, tries: &[(DeliveryId, Tried)]) {
    let mut tx = db.begin().await.unwrap();
    tx.record_tries(tries).await.unwrap();
    tx.commit().await.unwrap();
}

async fn stored(db: &TestStore, id: DeliveryId) -> Option<Delivery> {
    db.read().await.unwrap().delivery(id).await.unwrap()
}

async fn due(db: &TestStore, now: i64, most: i64) -> Vec<DeliveryId> {
    let rows = db.read().await.unwrap().due_deliveries(HOST, Millis(now), most).await.unwrap();
    rows.into_iter().map(|d| d.id).collect()
}

async fn an_activity_is_built_once(db: TestStore) {
    let alice = db.account("alice").await;
    let row = an_activity(&db, &alice, "https://here.example/1");
    let again = Activity { id: db.id(), body: "{}".to_owned(), ..row.clone() };
    let mut tx = db.begin().await.unwrap();
    assert!(tx.insert_activity(&row).await.unwrap());
    assert!(!tx.insert_activity(&again).await.unwrap());
    tx.commit().await.unwrap();
    let mut reader = db.read().await.unwrap();
    assert_eq!(reader.activity_by_uri(&row.uri).await.unwrap(), Some(row));
    assert_eq!(reader.activity_by_uri("https://here.example/1").await.unwrap(), None);
}

async fn an_activity_goes_to_an_inbox_once(db: TestStore) {
    let alice = db.account("alice").await;
    let activity = an_activity(&db, &alice, "o");
    let first = a_delivery(&db, &activity);
    let again = Delivery { next_at: Millis(1), ..a_delivery(&db, &activity) };
    let elsewhere =
        Delivery { inbox: "https://far.example/users/bob/inbox".to_owned(), ..a_delivery(&db, &activity) };
    insert(&db, &activity, &[first.clone(), again.clone(), elsewhere.clone()]).await;
    assert_eq!(stored(&db, first.id).await, Some(first));
    assert_eq!(stored(&db, again.id).await, None);
    assert_eq!(stored(&db, elsewhere.id).await, Some(elsewhere));

    let mut tx = db.begin().await.unwrap();
    let orphan = tx.insert_deliveries(&[Delivery { activity_id: ActivityId(1), ..again }]).await;
    assert!(matches!(orphan, Err(Error::Missing)), "{orphan:?}");
}

async fn an_activity_goes_to_more_inboxes_than_one_statement_takes(db: TestStore) {
    let alice = db.account("alice").await;
    let activity = an_activity(&db, &alice, "o");
    let to = |number: i64| Delivery {
        inbox: format!("https://far.example/{number}/\"'\\ü"),
        next_at: Millis(i64::MAX - number),
        last_error: (number % 2 == 0).then(|| format!("{number}\0")),
        attempts: number,
        ..a_delivery(&db, &activity)
    };
    let all: Vec<Delivery> = (0..1_201).map(to).collect();
    insert(&db, &activity, &all).await;
    for row in [&all[0], &all[1], &all[499], &all[500], &all[1_199], &all[1_200]] {
        let last_error = row.last_error.as_ref().map(|why| why.replace('\0', ""));
        assert_eq!(stored(&db, row.id).await, Some(Delivery { last_error, ..row.clone() }));
    }
    record(&db, &all.iter().skip(1).map(|row| (row.id, Tried::Delivered)).collect::<Vec<_>>()).await;
    assert!(stored(&db, all[0].id).await.is_some());
    assert_eq!(stored(&db, all[1_200].id).await, None);

    let mut tx = db.begin().await.unwrap();
    let nul = Delivery { inbox: "https://far.example/\0".to_owned(), ..a_delivery(&db, &activity) };
    let refused = tx.insert_deliveries(&[all[1].clone(), nul]).await;
    assert!(matches!(refused, Err(Error::Value(_))), "{refused:?}");
}

async fn what_is_due_comes_oldest_first(db: TestStore) {
    let alice = db.account("alice").await;
    let (one, two) = (send(&db, &alice, "1", 1_000).await, send(&db, &alice, "2", 900).await);
    let later = send(&db, &alice, "3", 2_000).await;
    let elsewhere = an_activity(&db, &alice, "4");
    let other = Delivery { host: "other.example:443".to_owned(), ..a_delivery(&db, &elsewhere) };
    insert(&db, &elsewhere, &[other]).await;
    assert_eq!(due(&db, 899, 10).await, []);
    assert_eq!(due(&db, 1_000, 10).await, [one.id, two.id]);
    assert_eq!(due(&db, 2_000, 10).await, [one.id, two.id, later.id]);
    assert_eq!(due(&db, 2_000, 1).await, [one.id]);
    let rows = db.read().await.unwrap().due_deliveries(HOST, Millis(1_000), 1).await.unwrap();
    let expected = DueDelivery {
        id: one.id,
        inbox: one.inbox,
        object_uri: one.object_uri,
        attempts: 0,
        created_at: one.created_at,
        account_id: alice.id,
        body: r#"{"type":"Create"}"#.to_owned(),
    };
    assert_eq!(rows, [expected]);
}

async fn what_waits_holds_back_what_is_about_the_same(db: TestStore) {
    let alice = db.account("alice").await;
    let create = send(&db, &alice, "post", 5_000).await;
    let delete = send(&db, &alice, "post", 1_000).await;
    let other = send(&db, &alice, "other", 1_000).await;
    let activity = an_activity(&db, &alice, "post");
    let elsewhere = Delivery { inbox: "https://far.example/other".to_owned(), ..a_delivery(&db, &activity) };
    insert(&db, &activity, std::slice::from_ref(&elsewhere)).await;
    assert_eq!(due(&db, 1_000, 10).await, [other.id, elsewhere.id]);
    assert_eq!(due(&db, 5_000, 10).await, [create.id, delete.id, other.id, elsewhere.id]);
    record(&db, &[(create.id, Tried::Dead { why: "gone".to_owned() })]).await;
    assert_eq!(due(&db, 1_000, 10).await, [delete.id, other.id, elsewhere.id], "the dead hold back nobody");
}

async fn the_next_one_is_known(db: TestStore) {
    let alice = db.account("alice").await;
    let next = async || db.read().await.unwrap().next_delivery_at(HOST).await.unwrap();
    assert_eq!(next().await, None);
    send(&db, &alice, "1", 3_000).await;
    let sooner = send(&db, &alice, "2", 2_000).await;
    assert_eq!(next().await, Some(Millis(2_000)));
    record(&db, &[(sooner.id, Tried::Dead { why: "gone".to_owned() })]).await;
    assert_eq!(next().await, Some(Millis(3_000)));
}

async fn what_became_of_tries_is_written_down(db: TestStore) {
    let alice = db.account("alice").await;
    let mut rows = Vec::new();
    for object in ["1", "2", "3", "4"] {
        rows.push(send(&db, &alice, object, 1_000).await);
    }
    let later = Tried::Later { at: Millis(9_000), why: "503".to_owned() };
    let dead = Tried::Dead { why: "410".to_owned() };
    record(
        &db,
        &[
            (rows[0].id, Tried::Delivered),
            (rows[1].id, later),
            (rows[2].id, dead),
            (DeliveryId(1), Tried::Delivered),
        ],
    )
    .await;
    assert_eq!(stored(&db, rows[0].id).await, None);
    let waits = Delivery {
        attempts: 1,
        next_at: Millis(9_000),
        last_error: Some("503".to_owned()),
        ..rows[1].clone()
    };
    assert_eq!(stored(&db, waits.id).await, Some(waits));
    let dead = Delivery {
        attempts: 1,
        state: DeliveryState::Dead,
        last_error: Some("410".to_owned()),
        ..rows[2].clone()
    };
    assert_eq!(stored(&db, dead.id).await, Some(dead));
    assert_eq!(stored(&db, rows[3].id).await.as_ref(), Some(&rows[3]));
}

async fn a_host_is_postponed_as_a_whole(db: TestStore) {
    let alice = db.account("alice").await;
    let (one, two) = (send(&db, &alice, "1", 1_000).await, send(&db, &alice, "2", 500).await);
    let later = send(&db, &alice, "3", 9_000).await;
    let mut tx = db.begin().await.unwrap();
    assert_eq!(tx.postpone_host(HOST, "down", Millis(5_000), Millis(1_000)).await.unwrap(), 2);
    assert_eq!(tx.postpone_host("other.example:443", "down", Millis(5_000), Millis(1_000)).await.unwrap(), 0);
    tx.commit().await.unwrap();
    for row in [one, two] {
        let expected =
            Delivery { attempts: 1, next_at: Millis(5_000), last_error: Some("down".to_owned()), ..row };
        assert_eq!(stored(&db, expected.id).await, Some(expected));
    }
    assert_eq!(stored(&db, later.id).await.as_ref(), Some(&later));
}

async fn what_failed_too_often_and_too_long_is_given_up(db: TestStore) {
    let alice = db.account("alice").await;
    let mut rows = Vec::new();
    for (object, attempts, created_at) in [("both", 3, 100), ("often", 3, 101), ("long", 2, 100)] {
        let activity = an_activity(&db, &alice, object);
        let row = Delivery { attempts, created_at: Millis(created_at), ..a_delivery(&db, &activity) };
        insert(&db, &activity, std::slice::from_ref(&row)).await;
        rows.push(row.id);
    }
    let mut tx = db.begin().await.unwrap();
    assert_eq!(tx.bury_exhausted("other.example:443", 3, Millis(100)).await.unwrap(), 0);
    assert_eq!(tx.bury_exhausted(HOST, 3, Millis(100)).await.unwrap(), 1);
    tx.commit().await.unwrap();
    for (id, state) in
        rows.into_iter().zip([DeliveryState::Dead, DeliveryState::Pending, DeliveryState::Pending])
    {
        assert_eq!(stored(&db, id).await.unwrap().state, state);
    }
}

async fn the_dead_are_listed_by_pages(db: TestStore) {
    let alice = db.account("alice").await;
    let mut all = Vec::new();
    for object in ["1", "2", "3", "4", "5", "6"] {
        let row = send(&db, &alice, object, 1_000).await;
        record(&db, &[(row.id, Tried::Dead { why: object.to_owned() })]).await;
        send(&db, &alice, object, 1_000).await;
        all.push(row.id.0);
    }
    all.reverse();
    reads_by_pages(&all, async |page| {
        let rows = db.read().await.unwrap().dead_deliveries(&page).await.unwrap();
        rows.into_iter().map(|d| d.id.0).collect()
    })
    .await;
}

async fn the_dead_come_back_or_are_thrown_away(db: TestStore) {
    let alice = db.account("alice").await;
    let mut rows = Vec::new();
    for object in ["1", "2", "3", "4"] {
        rows.push(send(&db, &alice, object, 1_000).await);
    }
    for row in &rows[..3] {
        record(&db, &[(row.id, Tried::Dead { why: "410".to_owned() })]).await;
    }
    let mut tx = db.begin().await.unwrap();
    tx.host_failed(HOST, "410", Millis(99_000), Millis(6_000)).await.unwrap();
    assert_eq!(tx.revive_delivery(rows[0].id, Millis(7_000)).await.unwrap().as_deref(), Some(HOST));
    assert_eq!(tx.read().host(HOST).await.unwrap().unwrap().retry_at, Millis(0), "somebody asked for it");
    assert_eq!(tx.revive_delivery(rows[0].id, Millis(8_000)).await.unwrap(), None, "it lives");
    assert_eq!(tx.revive_delivery(DeliveryId(1), Millis(8_000)).await.unwrap(), None);
    assert!(tx.drop_delivery(rows[1].id).await.unwrap());
    assert!(!tx.drop_delivery(rows[1].id).await.unwrap());
    assert!(!tx.drop_delivery(rows[3].id).await.unwrap(), "the living aren't thrown away");
    assert_eq!(tx.drop_dead_deliveries(Millis(1_000)).await.unwrap(), 0);
    assert_eq!(tx.drop_dead_deliveries(Millis(1_001)).await.unwrap(), 1);
    tx.commit().await.unwrap();
    let back = Delivery { next_at: Millis(7_000), ..rows[0].clone() };
    assert_eq!(stored(&db, back.id).await, Some(back));
    assert_eq!(stored(&db, rows[1].id).await, None);
    assert_eq!(stored(&db, rows[2].id).await, None);
    assert_eq!(stored(&db, rows[3].id).await.as_ref(), Some(&rows[3]));
}

async fn stranded_hosts_have_work_and_no_job(db: TestStore) {
    let alice = db.account("alice").await;
    let mut tx = db.begin().await.unwrap();
    for (host, state) in [
        ("b.example", DeliveryState::Pending),
        ("a.example", DeliveryState::Pending),
        ("served.example", DeliveryState::Pending),
        ("dead.example", DeliveryState::Dead),
    ] {
        for object in ["1", "2"] {
            let activity = an_activity(&db, &alice, object);
            assert!(tx.insert_activity(&activity).await.unwrap());
            let row = Delivery { host: host.to_owned(), state, ..a_delivery(&db, &activity) };
            tx.insert_deliveries(std::slice::from_ref(&row)).await.unwrap();
        }
    }
    for (id, queue, host) in [(1, "deliver", "served.example"), (2, "other", "a.example")] {
        let job = NewJob {
            queue,
            lane: host.to_owned(),
            name: host.to_owned(),
            payload: serde_json::json!({}),
            run_at: Millis(0),
        };
        tx.enqueue(JobId(id), &job, Millis(0)).await.unwrap();
    }
    tx.commit().await.unwrap();
    let stranded = db.read().await.unwrap().stranded_hosts("deliver").await.unwrap();
    assert_eq!(stranded, ["a.example", "b.example"]);
}

async fn activities_that_nobody_waits_for_are_forgotten(db: TestStore) {
    let alice = db.account("alice").await;
    let made = |at, object| Activity { created_at: Millis(at), ..an_activity(&db, &alice, object) };
    let (old, young, awaited) = (made(10, "1"), made(20, "2"), made(10, "3"));
    insert(&db, &old, &[]).await;
    insert(&db, &young, &[]).await;
    let way = a_delivery(&db, &awaited);
    insert(&db, &awaited, std::slice::from_ref(&way)).await;
    let forget = async || {
        let mut tx = db.begin().await.unwrap();
        let gone = tx.drop_activities(Millis(20)).await.unwrap();
        tx.commit().await.unwrap();
        gone
    };
    assert_eq!(forget().await, 1);
    assert_eq!(forget().await, 0);
    let mut reader = db.read().await.unwrap();
    for (row, there) in [(&old, false), (&young, true), (&awaited, true)] {
        assert_eq!(reader.activity_by_uri(&row.uri).await.unwrap().is_some(), there);
    }
    drop(reader);
    record(&db, &[(way.id, Tried::Delivered)]).await;
    assert_eq!(forget().await, 1, "once it has arrived");
}

async fn what_waits_moves_with_its_inbox(db: TestStore) {
    let alice = db.account("alice").await;
    let (moves, dead) = (send(&db, &alice, "1", 9_000).await, send(&db, &alice, "2", 9_000).await);
    let why = || "x".to_owned();
    record(&db, &[(moves.id, Tried::Later { at: Millis(9_000), why: why() })]).await;
    record(&db, &[(dead.id, Tried::Dead { why: why() })]).await;
    // One that goes to both already.
    let activity = an_activity(&db, &alice, "3");
    let (new, new_host) = ("https://new.example/inbox", "new.example:443");
    let (twice, there) = (
        a_delivery(&db, &activity),
        Delivery { inbox: new.to_owned(), host: new_host.to_owned(), ..a_delivery(&db, &activity) },
    );
    insert(&db, &activity, &[twice.clone(), there.clone()]).await;
    let elsewhere = an_activity(&db, &alice, "4");
    let stays =
        Delivery { inbox: "https://far.example/users/x/inbox".to_owned(), ..a_delivery(&db, &elsewhere) };
    insert(&db, &elsewhere, std::slice::from_ref(&stays)).await;

    for moved in [1, 0] {
        let mut tx = db.begin().await.unwrap();
        assert_eq!(tx.move_inbox(INBOX, new, new_host, Millis(4_000)).await.unwrap(), moved);
        assert_eq!(tx.move_inbox(new, new, new_host, Millis(5_000)).await.unwrap(), 0, "nowhere");
        tx.commit().await.unwrap();
    }
    let moved = Delivery {
        inbox: new.to_owned(),
        host: new_host.to_owned(),
        next_at: Millis(4_000),
        attempts: 1,
        ..moves
    };
    assert_eq!(stored(&db, moved.id).await, Some(moved), "at once, and what was tried counts");
    assert_eq!(stored(&db, twice.id).await, None, "it goes there once");
    assert_eq!(stored(&db, there.id).await, Some(there));
    assert_eq!(stored(&db, stays.id).await, Some(stays));
    assert_eq!(stored(&db, dead.id).await.unwrap().inbox, INBOX);
}

async fn the_hosts_below_a_domain_that_something_goes_to(db: TestStore) {
    let alice = db.account("alice").await;
    let activity = an_activity(&db, &alice, "1");
    let hosts = ["far.example", "x.far.example:99", "notfar.example", "sub.far.example", "sub.far.example"];
    let deliveries: Vec<Delivery> = hosts
        .iter()
        .enumerate()
        .map(|(n, host)| Delivery {
            host: (*host).to_owned(),
            inbox: format!("https://{host}/{n}"),
            ..a_delivery(&db, &activity)
        })
        .collect();
    insert(&db, &activity, &deliveries).await;
    let hosts = async |domain: &str| db.read().await.unwrap().delivery_hosts_of(domain).await.unwrap();
    assert_eq!(hosts("far.example").await, ["far.example", "sub.far.example", "x.far.example:99"]);
    assert_eq!(hosts("sub.far.example").await, ["sub.far.example"]);
    assert!(hosts("r.example").await.is_empty());
}

async fn nothing_goes_to_a_host_any_more(db: TestStore) {
    let alice = db.account("alice").await;
    let (waits, dead) = (send(&db, &alice, "1", 9_000).await, send(&db, &alice, "2", 9_000).await);
    record(&db, &[(dead.id, Tried::Dead { why: "410".to_owned() })]).await;
    let activity = an_activity(&db, &alice, "3");
    let other = Delivery { host: "other.example:443".to_owned(), ..a_delivery(&db, &activity) };
    insert(&db, &activity, std::slice::from_ref(&other)).await;
    let mut tx = db.begin().await.unwrap();
    assert_eq!(tx.drop_deliveries_to("far.example").await.unwrap(), 0, "the port is part of the name");
    assert_eq!(tx.drop_deliveries_to(HOST).await.unwrap(), 2);
    tx.commit().await.unwrap();
    for (id, there) in [(waits.id, false), (dead.id, false), (other.id, true)] {
        assert_eq!(stored(&db, id).await.is_some(), there);
    }
}

async fn an_error_with_a_nul_is_written_down(db: TestStore) {
    let alice = db.account("alice").await;
    let (later, dead) = (send(&db, &alice, "1", 1_000).await, send(&db, &alice, "2", 1_000).await);
    let postponed = send(&db, &alice, "3", 1_000).await;
    let why = || "bad\0 thing".to_owned();
    record(
        &db,
        &[(later.id, Tried::Later { at: Millis(9_000), why: why() }), (dead.id, Tried::Dead { why: why() })],
    )
    .await;
    let mut tx = db.begin().await.unwrap();
    assert_eq!(tx.postpone_host(HOST, &why(), Millis(5_000), Millis(1_000)).await.unwrap(), 1);
    tx.commit().await.unwrap();
    for id in [later.id, dead.id, postponed.id] {
        assert_eq!(stored(&db, id).await.unwrap().last_error.as_deref(), Some("bad thing"));
    }
}

/// Adds a delivery to a host, due at 1000 if it is pending.
pub async fn waits(db: &TestStore, by: &Account, host: &str, state: DeliveryState) -> DeliveryId {
    let activity = an_activity(db, by, "1");
    let row = Delivery { host: host.to_owned(), state, ..a_delivery(db, &activity) };
    let mut tx = db.begin().await.unwrap();
    assert!(tx.insert_activity(&activity).await.unwrap());
    tx.insert_deliveries(std::slice::from_ref(&row)).await.unwrap();
    tx.commit().await.unwrap();
    row.id
}

async fn a_silent_host_keeps_its_oldest(db: TestStore) {
    let alice = db.account("alice").await;
    let mut rows = Vec::new();
    for object in ["1", "2", "3"] {
        rows.push(send(&db, &alice, object, 1_000).await);
    }
    let other = waits(&db, &alice, "other.example", DeliveryState::Pending).await;
    let mut tx = db.begin().await.unwrap();
    assert_eq!(tx.silence_host(HOST, "silent").await.unwrap(), 2);
    assert_eq!(tx.silence_host(HOST, "silent").await.unwrap(), 0);
    tx.commit().await.unwrap();
    assert_eq!(stored(&db, rows[0].id).await.as_ref(), Some(&rows[0]));
    for row in &rows[1..] {
        let now = stored(&db, row.id).await.unwrap();
        assert_eq!((now.state, now.last_error.as_deref()), (DeliveryState::Dead, Some("silent")));
    }
    assert_eq!(stored(&db, other).await.unwrap().state, DeliveryState::Pending);
}

async fn what_silence_ended_comes_back(db: TestStore) {
    let alice = db.account("alice").await;
    let mut rows = Vec::new();
    for (object, error, created_at) in [("1", "silent", 10), ("2", "silent", 20), ("3", "410", 20)] {
        let activity = an_activity(&db, &alice, object);
        let row = Delivery {
            state: DeliveryState::Dead,
            last_error: Some(error.to_owned()),
            created_at: Millis(created_at),
            ..a_delivery(&db, &activity)
        };
        let mut tx = db.begin().await.unwrap();
        assert!(tx.insert_activity(&activity).await.unwrap());
        tx.insert_deliveries(std::slice::from_ref(&row)).await.unwrap();
        tx.commit().await.unwrap();
        assert_eq!(stored(&db, row.id).await.as_ref(), Some(&row), "with its reason");
        rows.push(row);
    }
    let mut tx = db.begin().await.unwrap();
    assert_eq!(tx.revive_host(HOST, "silent", Millis(20), Millis(500)).await.unwrap(), 1);
    tx.commit().await.unwrap();
    let back =
        Delivery { state: DeliveryState::Pending, next_at: Millis(500), last_error: None, ..rows[1].clone() };
    assert_eq!(stored(&db, back.id).await, Some(back));
    assert_eq!(stored(&db, rows[0].id).await.as_ref(), Some(&rows[0]));
    assert_eq!(stored(&db, rows[2].id).await.as_ref(), Some(&rows[2]));
}

async fn of_each_host_so_many_dead_are_kept(db: TestStore) {
    let alice = db.account("alice").await;
    let mut dead = Vec::new();
    for _ in 0..3 {
        dead.push(waits(&db, &alice, HOST, DeliveryState::Dead).await);
    }
    let pending = waits(&db, &alice, HOST, DeliveryState::Pending).await;
    let other = waits(&db, &alice, "other.example", DeliveryState::Dead).await;
    let mut tx = db.begin().await.unwrap();
    assert_eq!(tx.trim_dead_deliveries(2).await.unwrap(), 1);
    tx.commit().await.unwrap();
    assert_eq!(stored(&db, dead[0]).await, None);
    for id in [dead[1], dead[2], pending, other] {
        assert!(stored(&db, id).await.is_some());
    }
}
