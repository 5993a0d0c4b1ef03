//! What this instance remembers of other servers.

use tintype_model::Millis;
use tintype_store::{
    deliveries::DeliveryState,
    hosts::{Host, SignatureKind},
};

use crate::{database::TestStore, deliveries::waits};

contract!(
    a_stranger_is_unknown,
    failures_in_a_row_are_counted_and_a_success_forgets_them,
    those_that_are_not_to_be_tried_yet_are_known,
    an_error_with_a_nul_is_written_down,
    the_first_failure_of_a_row_is_remembered,
    a_host_takes_a_kind_of_signature,
    silent_hosts_have_something_to_knock_with,
    a_woken_host_is_tried_at_once,
    hosts_of_long_ago_are_forgotten,
    no_more_than_so_many_hosts_are_remembered,
);

async fn a_stranger_is_unknown(db: TestStore) {
    let mut tx = db.begin().await.unwrap();
    tx.hosts_succeeded(&["far.example:443"], Millis(1)).await.unwrap();
    tx.commit().await.unwrap();
    let mut reader = db.read().await.unwrap();
    assert_eq!(reader.host("other.example:443").await.unwrap(), None);
    let expected =
        Host { host: "far.example:443".to_owned(), last_success_at: Some(Millis(1)), ..Host::default() };
    assert_eq!(reader.host("far.example:443").await.unwrap(), Some(expected));
}

async fn failures_in_a_row_are_counted_and_a_success_forgets_them(db: TestStore) {
    let host = "far.example:443";
    let fails = async |why: &str, retry_at, now| {
        let mut tx = db.begin().await.unwrap();
        tx.host_failed(host, why, Millis(retry_at), Millis(now)).await.unwrap();
        tx.commit().await.unwrap();
        db.read().await.unwrap().host(host).await.unwrap().unwrap()
    };
    let once = Host {
        host: host.to_owned(),
        failures: 1,
        retry_at: Millis(20),
        last_error: Some("refused".to_owned()),
        last_success_at: None,
        last_failure_at: Some(Millis(10)),
        failing_since: Some(Millis(10)),
        signature: None,
    };
    assert_eq!(fails("refused", 20, 10).await, once);
    let twice = Host {
        failures: 2,
        retry_at: Millis(50),
        last_error: Some("timeout".to_owned()),
        last_failure_at: Some(Millis(21)),
        ..once
    };
    assert_eq!(fails("timeout", 50, 21).await, twice);

    let mut tx = db.begin().await.unwrap();
    tx.hosts_succeeded(&[host], Millis(60)).await.unwrap();
    tx.commit().await.unwrap();
    let well = Host {
        failures: 0,
        retry_at: Millis(0),
        last_error: None,
        last_success_at: Some(Millis(60)),
        failing_since: None,
        ..twice.clone()
    };
    assert_eq!(db.read().await.unwrap().host(host).await.unwrap().as_ref(), Some(&well));
    let again = Host {
        failures: 1,
        retry_at: Millis(80),
        last_error: Some("refused".to_owned()),
        last_failure_at: Some(Millis(70)),
        failing_since: Some(Millis(70)),
        ..well
    };
    assert_eq!(fails("refused", 80, 70).await, again, "counting begins anew");
}

async fn those_that_are_not_to_be_tried_yet_are_known(db: TestStore) {
    let mut tx = db.begin().await.unwrap();
    tx.host_failed("waits.example", "refused", Millis(20), Millis(1)).await.unwrap();
    tx.host_failed("due.example", "refused", Millis(10), Millis(1)).await.unwrap();
    tx.host_failed("other.example", "refused", Millis(20), Millis(1)).await.unwrap();
    tx.hosts_succeeded(&["well.example", "too.example"], Millis(1)).await.unwrap();
    let asked = ["waits.example", "due.example", "well.example", "too.example", "new.example"];
    let found = tx.hosts_that_wait(&asked, Millis(10)).await.unwrap();
    assert_eq!(found, [("waits.example".to_owned(), Millis(20))].into());
    assert_eq!(tx.hosts_that_wait(&[], Millis(10)).await.unwrap(), [].into());
}

async fn an_error_with_a_nul_is_written_down(db: TestStore) {
    let mut tx = db.begin().await.unwrap();
    tx.host_failed("far.example:443", "bad\0 thing", Millis(2), Millis(1)).await.unwrap();
    tx.commit().await.unwrap();
    let found = db.read().await.unwrap().host("far.example:443").await.unwrap().unwrap();
    assert_eq!(found.last_error.as_deref(), Some("bad thing"));
}

async fn the_first_failure_of_a_row_is_remembered(db: TestStore) {
    let mut tx = db.begin().await.unwrap();
    for at in [10, 20, 30] {
        tx.host_failed("far.example", "refused", Millis(at), Millis(at)).await.unwrap();
    }
    let failing_since = tx.read().host("far.example").await.unwrap().unwrap().failing_since;
    assert_eq!(failing_since, Some(Millis(10)));
    tx.hosts_succeeded(&["far.example"], Millis(40)).await.unwrap();
    assert_eq!(tx.read().host("far.example").await.unwrap().unwrap().failing_since, None);
    tx.host_failed("far.example", "refused", Millis(50), Millis(50)).await.unwrap();
    assert_eq!(tx.read().host("far.example").await.unwrap().unwrap().failing_since, Some(Millis(50)));
}

async fn a_host_takes_a_kind_of_signature(db: TestStore) {
    let mut tx = db.begin().await.unwrap();
    for kind in [SignatureKind::Rfc9421, SignatureKind::Cavage] {
        tx.host_takes("far.example", kind, Millis(10)).await.unwrap();
        let host = tx.read().host("far.example").await.unwrap().unwrap();
        assert_eq!((host.signature, host.failures), (Some(kind), 0));
    }
    tx.host_failed("far.example", "refused", Millis(20), Millis(20)).await.unwrap();
    tx.hosts_succeeded(&["far.example"], Millis(30)).await.unwrap();
    let host = tx.read().host("far.example").await.unwrap().unwrap();
    assert_eq!(host.signature, Some(SignatureKind::Cavage), "it has nothing to do with failures");
}

async fn silent_hosts_have_something_to_knock_with(db: TestStore) {
    let alice = db.account("alice").await;
    for (host, since, retry_at, state) in [
        ("silent.example", 10, 100, Some(DeliveryState::Pending)),
        ("given-up.example", 10, 100, Some(DeliveryState::Dead)),
        ("nothing.example", 10, 100, None),
        ("recent.example", 60, 100, Some(DeliveryState::Pending)),
        ("due.example", 10, 90, Some(DeliveryState::Pending)),
    ] {
        if let Some(state) = state {
            waits(&db, &alice, host, state).await;
        }
        let mut tx = db.begin().await.unwrap();
        tx.host_failed(host, "refused", Millis(retry_at), Millis(since)).await.unwrap();
        tx.commit().await.unwrap();
    }
    let silent = db.read().await.unwrap().silent_hosts(Millis(50), Millis(95)).await.unwrap();
    assert_eq!(silent, ["silent.example"]);
}

async fn a_woken_host_is_tried_at_once(db: TestStore) {
    let alice = db.account("alice").await;
    let (waiting, dead) = (
        waits(&db, &alice, "far.example", DeliveryState::Pending).await,
        waits(&db, &alice, "far.example", DeliveryState::Dead).await,
    );
    let mut tx = db.begin().await.unwrap();
    assert!(!tx.host_woken("far.example", Millis(500)).await.unwrap(), "nothing is known of it");
    tx.host_failed("far.example", "refused", Millis(9_000), Millis(10)).await.unwrap();
    assert!(tx.host_woken("far.example", Millis(600)).await.unwrap());
    tx.commit().await.unwrap();
    let mut reader = db.read().await.unwrap();
    let host = reader.host("far.example").await.unwrap().unwrap();
    assert_eq!((host.failures, host.retry_at, host.failing_since), (1, Millis(0), Some(Millis(10))));
    assert_eq!(reader.delivery(waiting).await.unwrap().unwrap().next_at, Millis(500));
    assert_eq!(reader.delivery(dead).await.unwrap().unwrap().next_at, Millis(1_000));
}

async fn hosts_of_long_ago_are_forgotten(db: TestStore) {
    let alice = db.account("alice").await;
    waits(&db, &alice, "waiting.example", DeliveryState::Pending).await;
    let mut tx = db.begin().await.unwrap();
    tx.host_failed("failed.example", "refused", Millis(1), Millis(10)).await.unwrap();
    tx.host_failed("waiting.example", "refused", Millis(1), Millis(10)).await.unwrap();
    tx.hosts_succeeded(&["well.example"], Millis(10)).await.unwrap();
    tx.host_takes("takes.example", SignatureKind::Rfc9421, Millis(10)).await.unwrap();
    tx.host_takes("learned.example", SignatureKind::Rfc9421, Millis(11)).await.unwrap();
    tx.commit().await.unwrap();
    let mut tx = db.begin().await.unwrap();
    assert_eq!(tx.drop_hosts(Millis(10)).await.unwrap(), 0);
    assert_eq!(tx.drop_hosts(Millis(11)).await.unwrap(), 3);
    for (host, there) in [("waiting.example", true), ("learned.example", true), ("failed.example", false)] {
        assert_eq!(tx.read().host(host).await.unwrap().is_some(), there, "{host}");
    }
}

async fn no_more_than_so_many_hosts_are_remembered(db: TestStore) {
    let alice = db.account("alice").await;
    waits(&db, &alice, "waiting.example", DeliveryState::Pending).await;
    let mut tx = db.begin().await.unwrap();
    tx.hosts_succeeded(&["well.example"], Millis(30)).await.unwrap();
    tx.hosts_succeeded(&["once.example"], Millis(10)).await.unwrap();
    tx.host_failed("failing.example", "refused", Millis(1), Millis(40)).await.unwrap();
    tx.host_takes("asked.example", SignatureKind::Cavage, Millis(50)).await.unwrap();
    tx.host_failed("waiting.example", "refused", Millis(1), Millis(1)).await.unwrap();
    assert_eq!(tx.trim_hosts(5).await.unwrap(), 0);
    assert_eq!(tx.trim_hosts(2).await.unwrap(), 2);
    let mut left = Vec::new();
    for host in ["well", "once", "failing", "asked", "waiting"] {
        if tx.read().host(&format!("{host}.example")).await.unwrap().is_some() {
            left.push(host);
        }
    }
    assert_eq!(left, ["well", "once", "waiting"]);
}
