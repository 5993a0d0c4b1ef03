//! What is decided about other servers.

use std::collections::HashMap;

use tintype_model::{AccountId, Millis};
use tintype_store::{
    Error,
    accounts::Account,
    domain_rules::{DomainRule, Severity},
};

use crate::{database::TestStore, given::an_account};

contract!(
    a_rule_is_set_replaced_and_removed,
    a_rule_holds_for_subdomains_and_the_nearest_wins,
    the_accounts_of_a_domain_in_batches,
    a_domain_is_suspended_and_let_in_again,
    a_domain_is_silenced_and_heard_again,
    a_domain_is_its_ports_and_the_servers_of_actors,
    who_has_two_names_stands_as_both_say,
    a_nul_is_refused,
);

fn a_rule(domain: &str, severity: Severity) -> DomainRule {
    DomainRule {
        domain: domain.to_owned(),
        severity,
        reject_media: false,
        reject_reports: false,
        public_comment: None,
        private_comment: None,
        created_at: Millis(1_000),
    }
}

async fn put(db: &TestStore, rule: &DomainRule) {
    let mut tx = db.begin().await.unwrap();
    tx.put_domain_rule(rule).await.unwrap();
    tx.commit().await.unwrap();
}

async fn a_rule_is_set_replaced_and_removed(db: TestStore) {
    let first = DomainRule {
        public_comment: Some("Spam".to_owned()),
        private_comment: Some("Since May".to_owned()),
        reject_media: true,
        reject_reports: true,
        ..a_rule("far.example", Severity::Block)
    };
    put(&db, &first).await;
    put(&db, &a_rule("else.example", Severity::Allow)).await;
    assert_eq!(db.read().await.unwrap().domain_rule("far.example").await.unwrap().as_ref(), Some(&first));
    let all = db.read().await.unwrap().domain_rules().await.unwrap();
    assert_eq!(all, [a_rule("else.example", Severity::Allow), first], "in the order of domains");

    put(&db, &DomainRule { created_at: Millis(2_000), ..a_rule("far.example", Severity::Limit) }).await;
    let found = db.read().await.unwrap().domain_rule("far.example").await.unwrap();
    assert_eq!(found, Some(a_rule("far.example", Severity::Limit)), "it keeps the time it was made");

    for there in [true, false] {
        let mut tx = db.begin().await.unwrap();
        assert_eq!(tx.delete_domain_rule("far.example").await.unwrap(), there);
        tx.commit().await.unwrap();
        assert_eq!(db.read().await.unwrap().domain_rule("far.example").await.unwrap(), None);
    }
    assert_eq!(db.read().await.unwrap().domain_rules().await.unwrap().len(), 1);
}

async fn a_rule_holds_for_subdomains_and_the_nearest_wins(db: TestStore) {
    for (domain, severity) in [
        ("bad.example", Severity::Block),
        ("good.bad.example", Severity::Limit),
        ("port.example:8443", Severity::Block),
        ("other.bad.example:99", Severity::Allow),
        ("127.0.0.2:3001", Severity::Limit),
        ("it's_.example", Severity::Block),
    ] {
        put(&db, &a_rule(domain, severity)).await;
    }
    let (mut asked, mut held) = (Vec::new(), HashMap::new());
    for (domain, expected) in [
        ("bad.example", Some("bad.example")),
        ("a.bad.example", Some("bad.example")),
        ("a.b.bad.example", Some("bad.example")),
        ("good.bad.example", Some("good.bad.example")),
        ("a.good.bad.example", Some("good.bad.example")),
        ("notbad.example", None),
        ("example", None),
        ("bad.example.org", None),
        ("bad.example:8443", Some("bad.example")),
        ("a.bad.example:8443", Some("bad.example")),
        ("good.bad.example:8443", Some("good.bad.example")),
        ("notbad.example:8443", None),
        ("port.example", None),
        ("port.example:8443", Some("port.example:8443")),
        ("a.port.example:8443", Some("port.example:8443")),
        ("port.example:8444", None),
        ("other.bad.example", Some("bad.example")),
        ("other.bad.example:99", Some("other.bad.example:99")),
        ("x.other.bad.example:99", Some("other.bad.example:99")),
        ("127.0.0.2:3001", Some("127.0.0.2:3001")),
        ("127.0.0.2:3002", None),
        ("it's_.example", Some("it's_.example")),
        ("it'sx.example", None),
        ("", None),
        (".", None),
    ] {
        let found = db.read().await.unwrap().domain_rule(domain).await.unwrap();
        assert_eq!(found.map(|r| r.domain).as_deref(), expected, "{domain}");
        asked.push(domain);
        held.extend(expected.map(|rule| (domain, rule.to_owned())));
    }
    let found = db.read().await.unwrap().domain_rules_for(&asked).await.unwrap();
    assert_eq!(
        found.into_iter().map(|(domain, rule)| (domain, rule.domain)).collect::<HashMap<_, _>>(),
        held
    );
}

/// Accounts of a domain, of its subdomains, and of domains that only look like it.
async fn inhabitants(db: &TestStore) -> (Vec<AccountId>, Vec<AccountId>) {
    let (mut there, mut elsewhere) = (Vec::new(), Vec::new());
    for name in ["a", "b"] {
        for domain in ["far.example", "sub.far.example", "x.sub.far.example"] {
            there.push(db.remote_account(&format!("{name}@{domain}")).await.id);
        }
        for domain in ["notfar.example", "far.example.org", "example", "r.example", "xfar.example:8443"] {
            elsewhere.push(db.remote_account(&format!("{name}@{domain}")).await.id);
        }
        elsewhere.push(db.account(name).await.id);
    }
    (there, elsewhere)
}

async fn the_accounts_of_a_domain_in_batches(db: TestStore) {
    let (there, _) = inhabitants(&db).await;
    let read = async |domain: &str, after, limit| {
        db.read().await.unwrap().accounts_of_domain(domain, after, limit).await.unwrap()
    };
    assert_eq!(read("far.example", AccountId(0), 100).await, there);
    assert_eq!(read("far.example", AccountId(0), 4).await, there[..4]);
    assert_eq!(read("far.example", there[3], 4).await, there[4..]);
    assert_eq!(read("far.example", there[5], 4).await, []);
    assert_eq!(read("sub.far.example", AccountId(0), 100).await, [there[1], there[2], there[4], there[5]]);
    assert_eq!(read("%.example", AccountId(0), 100).await, []);
    assert_eq!(read("unknown.example", AccountId(0), 100).await, []);
}

async fn a_domain_is_suspended_and_let_in_again(db: TestStore) {
    let (there, elsewhere) = inhabitants(&db).await;
    let suspend = async |at: Option<i64>| {
        let mut tx = db.begin().await.unwrap();
        let changed = tx.set_domain_suspended("far.example", at.map(Millis)).await.unwrap();
        tx.commit().await.unwrap();
        changed
    };
    let since =
        async |id: AccountId| db.read().await.unwrap().account(id).await.unwrap().unwrap().suspended_at;
    let mut tx = db.begin().await.unwrap();
    assert!(tx.set_suspended(there[0], Some(Millis(50)), "account").await.unwrap());
    tx.commit().await.unwrap();

    assert_eq!(suspend(Some(100)).await, 5);
    assert_eq!(suspend(Some(200)).await, 0, "they are already");
    assert_eq!(since(there[0]).await, Some(Millis(50)));
    for id in &there[1..] {
        assert_eq!(since(*id).await, Some(Millis(100)));
    }
    for id in &elsewhere {
        assert_eq!(since(*id).await, None);
    }
    let row = db.read().await.unwrap().account(there[1]).await.unwrap().unwrap();
    assert_eq!((row.version, row.silenced_at), (1, None), "others see it");

    let mut tx = db.begin().await.unwrap();
    assert!(!tx.set_suspended(there[1], Some(Millis(300)), "account").await.unwrap(), "now for itself too");
    tx.commit().await.unwrap();
    assert_eq!(suspend(None).await, 4);
    assert_eq!(suspend(None).await, 0);
    assert_eq!(since(there[0]).await, Some(Millis(50)), "decided about this one");
    assert_eq!(since(there[1]).await, Some(Millis(100)), "decided about this one later");
    for id in &there[2..] {
        assert_eq!(since(*id).await, None);
    }
}

async fn a_domain_is_silenced_and_heard_again(db: TestStore) {
    let (there, elsewhere) = inhabitants(&db).await;
    let silence = async |at: Option<i64>| {
        let mut tx = db.begin().await.unwrap();
        let changed = tx.set_domain_silenced("far.example", at.map(Millis)).await.unwrap();
        tx.commit().await.unwrap();
        changed
    };
    let since =
        async |id: AccountId| db.read().await.unwrap().account(id).await.unwrap().unwrap().silenced_at;
    let mut tx = db.begin().await.unwrap();
    assert!(tx.set_silenced(there[0], Some(Millis(50)), "account").await.unwrap());
    tx.commit().await.unwrap();

    assert_eq!(silence(Some(100)).await, 5);
    assert_eq!(silence(Some(200)).await, 0, "they are already");
    assert_eq!(since(there[0]).await, Some(Millis(50)));
    assert_eq!(since(there[1]).await, Some(Millis(100)));
    for id in &elsewhere {
        assert_eq!(since(*id).await, None);
    }
    let row = db.read().await.unwrap().account(there[1]).await.unwrap().unwrap();
    assert_eq!((row.version, row.suspended_at), (1, None), "others see it");
    assert_eq!(silence(None).await, 5);
    assert_eq!(silence(None).await, 0);
    assert_eq!(since(there[0]).await, Some(Millis(50)), "decided about this one");
    assert_eq!(since(there[1]).await, None);
}

/// An account whose handle is of another server than its actor.
async fn split(db: &TestStore, acct: &str, host: &str) -> Account {
    let account = an_account(db.id(), acct);
    let uri = format!("https://{host}/actors/{}", account.id);
    let account = Account { public_key_id: Some(format!("{uri}#main-key")), uri, ..account };
    let mut tx = db.begin().await.unwrap();
    assert!(tx.insert_account(&account).await.unwrap());
    tx.commit().await.unwrap();
    account
}

async fn a_domain_is_its_ports_and_the_servers_of_actors(db: TestStore) {
    let far = db.remote_account("a@far.example:8443").await.id;
    let below = db.remote_account("a@x.far.example:99").await.id;
    let by_host = split(&db, "a@nice.example", "social.far.example").await.id;
    let by_handle = split(&db, "b@far.example", "social.nice.example").await.id;
    db.remote_account("a@notfar.example:8443").await;
    db.account("far.example").await;
    let of = async |domain: &str| {
        db.read().await.unwrap().accounts_of_domain(domain, AccountId(0), 100).await.unwrap()
    };
    assert_eq!(of("far.example").await, [far, below, by_host, by_handle]);
    assert_eq!(of("far.example:8443").await, [far]);
    assert_eq!(of("social.far.example").await, [by_host]);
    let known = db.read().await.unwrap().known_domains().await.unwrap();
    let expected = [
        "far.example",
        "far.example:8443",
        "nice.example",
        "notfar.example:8443",
        "social.far.example",
        "social.nice.example",
        "x.far.example:99",
    ];
    assert_eq!(known, expected);
    let pair = |a: &str, b: &str| (a.to_owned(), b.to_owned());
    let pairs = db.read().await.unwrap().split_domains_of("far.example").await.unwrap();
    assert_eq!(
        pairs,
        [pair("far.example", "social.nice.example"), pair("nice.example", "social.far.example")]
    );
    assert_eq!(db.read().await.unwrap().split_domains_of("x.far.example").await.unwrap(), []);
}

async fn who_has_two_names_stands_as_both_say(db: TestStore) {
    let two = split(&db, "a@far.example", "social.far.example").await.id;
    let marked = split(&db, "b@far.example", "social.far.example").await.id;
    let other = split(&db, "c@far.example", "else.example").await.id;
    let mut tx = db.begin().await.unwrap();
    tx.set_suspended(marked, Some(Millis(5)), "account").await.unwrap();
    tx.commit().await.unwrap();
    let stands = async |id: AccountId| {
        let row = db.read().await.unwrap().account(id).await.unwrap().unwrap();
        (row.suspended_at.map(|at| at.0), row.silenced_at.map(|at| at.0))
    };
    for (suspended, silenced, changed) in
        [(Some(10), None, 1), (Some(20), None, 0), (None, Some(30), 3), (None, None, 2), (None, None, 0)]
    {
        let mut tx = db.begin().await.unwrap();
        let (hidden, quiet) = (suspended.map(Millis), silenced.map(Millis));
        let rows = tx.set_split_standing("far.example", "social.far.example", hidden, quiet).await.unwrap();
        tx.commit().await.unwrap();
        assert_eq!(rows, changed, "{suspended:?} {silenced:?}");
        assert_eq!(stands(two).await, (suspended.map(|at| at.min(10)), silenced));
        assert_eq!(stands(marked).await, (Some(5), silenced), "decided about this one");
        assert_eq!(stands(other).await, (None, None));
    }
}

async fn a_nul_is_refused(db: TestStore) {
    let mut tx = db.begin().await.unwrap();
    let rule = DomainRule { public_comment: Some("a\0b".to_owned()), ..a_rule("x", Severity::Block) };
    let refused = tx.put_domain_rule(&rule).await;
    assert!(matches!(refused, Err(Error::Value(_))), "{refused:?}");
    tx.commit().await.unwrap();
    assert_eq!(db.read().await.unwrap().domain_rules().await.unwrap(), []);
}
