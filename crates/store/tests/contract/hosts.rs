//! What this instance remembers of other servers.

use tintype_model::Millis;
use tintype_store::hosts::Host;

use crate::database::TestStore;

contract!(
    a_stranger_is_unknown,
    failures_in_a_row_are_counted_and_a_success_forgets_them,
    an_error_with_a_nul_is_written_down,
);

async fn a_stranger_is_unknown(db: TestStore) {
    let mut tx = db.begin().await.unwrap();
    tx.host_succeeded("far.example:443", Millis(1)).await.unwrap();
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
    tx.host_succeeded(host, Millis(60)).await.unwrap();
    tx.commit().await.unwrap();
    let well = Host {
        failures: 0,
        retry_at: Millis(0),
        last_error: None,
        last_success_at: Some(Millis(60)),
        ..twice.clone()
    };
    assert_eq!(db.read().await.unwrap().host(host).await.unwrap().as_ref(), Some(&well));
    let again = Host {
        failures: 1,
        retry_at: Millis(80),
        last_error: Some("refused".to_owned()),
        last_failure_at: Some(Millis(70)),
        ..well
    };
    assert_eq!(fails("refused", 80, 70).await, again, "counting begins anew");
}

async fn an_error_with_a_nul_is_written_down(db: TestStore) {
    let mut tx = db.begin().await.unwrap();
    tx.host_failed("far.example:443", "bad\0 thing", Millis(2), Millis(1)).await.unwrap();
    tx.commit().await.unwrap();
    let found = db.read().await.unwrap().host("far.example:443").await.unwrap().unwrap();
    assert_eq!(found.last_error.as_deref(), Some("bad thing"));
}
