//! What was reported.

use tintype_model::{Millis, Page, ReportId};
use tintype_store::{
    Error,
    accounts::Account,
    reports::{Report, ReportCategory},
};

use crate::{database::TestStore, given::reads_by_pages};

contract!(
    a_report_is_kept_once_with_its_statuses,
    reports_by_pages_open_or_all,
    the_reports_of_a_server_are_counted,
    reports_hold_no_nul,
);

fn a_report(id: ReportId, by: &Account, about: &Account) -> Report {
    Report {
        id,
        uri: format!("{}#reports/{id}", by.uri),
        account_id: by.id,
        target_id: about.id,
        category: ReportCategory::Spam,
        comment: "Again and again".to_owned(),
        rule_ids: r#"["1"]"#.to_owned(),
        forwarded: true,
        created_at: Millis(1_000),
        resolved_at: None,
    }
}

impl TestStore {
    async fn report(&self, report: &Report) -> bool {
        let mut tx = self.begin().await.unwrap();
        let added = tx.insert_report(report, &[]).await.unwrap();
        tx.commit().await.unwrap();
        added
    }
}

async fn a_report_is_kept_once_with_its_statuses(db: TestStore) {
    let (alice, bob) = (db.account("alice").await, db.remote_account("bob@far.example").await);
    let (first, second) = (db.post(&bob).await, db.post(&bob).await);
    let report = a_report(db.id(), &alice, &bob);
    let named =
        [(second.id, second.uri.clone()), (first.id, first.uri.clone()), (first.id, first.uri.clone())];
    for added in [true, false] {
        let again = Report { id: if added { report.id } else { db.id() }, ..report.clone() };
        let mut tx = db.begin().await.unwrap();
        assert_eq!(tx.insert_report(&again, &named).await.unwrap(), added);
        tx.commit().await.unwrap();
    }
    let mut tx = db.begin().await.unwrap();
    tx.delete_status(&first, Millis(5)).await.unwrap();
    tx.commit().await.unwrap();
    let mut reader = db.read().await.unwrap();
    assert_eq!(reader.report(report.id).await.unwrap().as_ref(), Some(&report));
    assert_eq!(reader.report(ReportId(7)).await.unwrap(), None);
    let statuses = reader.statuses_of_reports(&[report.id, ReportId(7)]).await.unwrap();
    let expected = [(report.id, first.id, first.uri), (report.id, second.id, second.uri)];
    assert_eq!(statuses, expected, "what was reported stays, though it goes");
    drop(reader);
    let mut tx = db.begin().await.unwrap();
    assert!(tx.remove_account(alice.id).await.unwrap());
    tx.commit().await.unwrap();
    let mut reader = db.read().await.unwrap();
    assert_eq!(reader.report(report.id).await.unwrap(), None);
    assert_eq!(reader.statuses_of_reports(&[report.id]).await.unwrap(), []);
}

async fn reports_by_pages_open_or_all(db: TestStore) {
    let (alice, bob) = (db.account("alice").await, db.account("bob").await);
    let (mut all, mut open) = (Vec::new(), Vec::new());
    for n in 0..10 {
        let report = a_report(db.id(), &alice, &bob);
        assert!(db.report(&report).await);
        all.insert(0, report.id.0);
        if n % 2 == 0 {
            open.insert(0, report.id.0);
        } else {
            for (at, changed) in
                [(Some(5), true), (Some(6), false), (None, true), (None, false), (Some(9), true)]
            {
                let mut tx = db.begin().await.unwrap();
                assert_eq!(tx.resolve_report(report.id, at.map(Millis)).await.unwrap(), changed, "{at:?}");
                tx.commit().await.unwrap();
            }
            let row = db.read().await.unwrap().report(report.id).await.unwrap().unwrap();
            assert_eq!(row.resolved_at, Some(Millis(9)));
        }
    }
    for (only, expected) in [(false, &all), (true, &open)] {
        reads_by_pages(expected, async |page| {
            let rows = db.read().await.unwrap().reports(only, &page).await.unwrap();
            rows.into_iter().map(|row| row.id.0).collect()
        })
        .await;
    }
    assert_eq!(db.read().await.unwrap().reports(true, &Page::newest(1)).await.unwrap()[0].resolved_at, None);
}

async fn the_reports_of_a_server_are_counted(db: TestStore) {
    let alice = db.account("alice").await;
    let [one, two] = [db.remote_account("a@far.example").await, db.remote_account("b@far.example").await];
    let other = db.remote_account("a@sub.far.example").await;
    for (by, at) in [(&one, 10), (&one, 20), (&two, 30), (&other, 30), (&alice, 30)] {
        assert!(db.report(&Report { created_at: Millis(at), ..a_report(db.id(), by, &alice) }).await);
    }
    let count = async |host: &str, since, most| {
        db.read().await.unwrap().reports_from_host(host, Millis(since), most).await.unwrap()
    };
    assert_eq!(count("far.example", 0, 10).await, 3);
    assert_eq!(count("far.example", 20, 10).await, 2);
    assert_eq!(count("far.example", 0, 2).await, 2, "no further");
    assert_eq!(count("sub.far.example", 0, 10).await, 1);
    assert_eq!(count("here.example", 0, 10).await, 0);
}

async fn reports_hold_no_nul(db: TestStore) {
    let alice = db.account("alice").await;
    let mut tx = db.begin().await.unwrap();
    let report = Report { comment: "a\0b".to_owned(), ..a_report(db.id(), &alice, &alice) };
    let refused = tx.insert_report(&report, &[]).await;
    assert!(matches!(refused, Err(Error::Value(_))), "{refused:?}");
}
