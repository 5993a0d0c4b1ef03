use tintype_model::Visibility;

use super::*;
use crate::{
    domains::{self, DomainOptions},
    follows::{FollowOptions, follow},
    given::{instance, member},
    given_posts::{a_note, found, jobs, post, post_as, receive, stranger},
    inbox::{Received, RemoteMention, RemoteStatus},
};

fn about(account: AccountId, statuses: &[StatusId]) -> NewReport {
    NewReport {
        account: Some(account),
        statuses: statuses.to_vec(),
        comment: " bad ".to_owned(),
        ..NewReport::default()
    }
}

async fn all(ctx: &Ctx) -> Vec<ReportView> {
    list(ctx, false, &Page::newest(100)).await.unwrap()
}

#[tokio::test]
async fn somebody_is_reported_and_it_is_dealt_with() {
    let (ctx, _dir) = instance().await;
    let (alice, eve) = (member(&ctx, "alice").await, member(&ctx, "eve").await);
    let open = post(&ctx, eve, "spam").await;
    let view = create(&ctx, alice, NewReport { forward: true, ..about(eve, &[open]) }).await.unwrap();
    let report = &view.report;
    assert_eq!((report.comment.as_str(), report.category), ("bad", ReportCategory::Other));
    assert_eq!((report.forwarded, report.resolved_at), (false, None), "they are here");
    assert_eq!((view.by.id, view.target.id, view.statuses[0].id), (alice, eve, open));
    let rules = NewReport { rules: vec!["1".to_owned()], ..about(eve, &[]) };
    let second = create(&ctx, alice, rules).await.unwrap();
    assert_eq!(
        (second.report.category, second.rules.as_slice()),
        (ReportCategory::Violation, &["1".to_owned()][..])
    );
    assert!(resolve(&ctx, view.report.id, true).await.unwrap());
    assert!(!resolve(&ctx, view.report.id, true).await.unwrap());
    let open = list(&ctx, true, &Page::newest(10)).await.unwrap();
    assert_eq!(open.iter().map(|r| r.report.id).collect::<Vec<_>>(), [second.report.id]);
    assert!(matches!(resolve(&ctx, ReportId(7), true).await, Err(Error::NotFound)));
    assert!(!jobs(&ctx).await.iter().any(|job| matches!(job, Outgoing::Reported { .. })));
}

#[tokio::test]
async fn what_is_not_theirs_or_not_to_be_seen_cant_be_named() {
    let (ctx, _dir) = instance().await;
    let (alice, eve) = (member(&ctx, "alice").await, member(&ctx, "eve").await);
    let own = post(&ctx, alice, "mine").await;
    let hidden = post_as(&ctx, eve, "for friends", Visibility::Private).await;
    let open = post(&ctx, eve, "spam").await;
    for statuses in [vec![own], vec![hidden], vec![StatusId(7)], vec![open, hidden]] {
        let refused = create(&ctx, alice, about(eve, &statuses)).await;
        assert!(matches!(refused, Err(Error::NotFound)), "{statuses:?}: {refused:?}");
    }
    let instance_actor = crate::keys::ensure_instance_actor(&ctx).await.unwrap().id;
    for nobody in [AccountId(7), instance_actor] {
        assert!(matches!(create(&ctx, alice, about(nobody, &[])).await, Err(Error::NotFound)));
    }
    let long = NewReport { comment: "é".repeat(COMMENT_CHARACTERS + 1), ..about(eve, &[]) };
    let many = about(eve, &vec![open; STATUSES + 1]);
    let nul = NewReport { comment: "a\0b".to_owned(), ..about(eve, &[]) };
    let rules = NewReport { rules: vec!["x".repeat(65)], ..about(eve, &[]) };
    for new in [long, many, nul, rules, NewReport::default()] {
        let refused = create(&ctx, alice, new).await;
        assert!(matches!(refused, Err(Error::Invalid(_))), "{refused:?}");
    }
    assert!(all(&ctx).await.is_empty());
    follow(&ctx, alice, eve, FollowOptions::default()).await.unwrap();
    create(&ctx, alice, about(eve, &[open, hidden])).await.unwrap();
}

#[tokio::test]
async fn a_report_goes_to_another_server_if_wished() {
    let (ctx, _dir) = instance().await;
    let alice = member(&ctx, "alice").await;
    let eve = stranger(&ctx, "eve@far.example").await;
    let note = RemoteStatus {
        mentions: vec![RemoteMention { account: alice, silent: false }],
        ..a_note(&ctx, &eve, "1", "<p>spam</p>")
    };
    receive(&ctx, &eve, Received::Create(Box::new(note.clone()))).await;
    let id = found(&ctx, alice, &note.uri).await.unwrap().id;
    for forward in [false, true] {
        let new = NewReport { forward, category: Some(ReportCategory::Spam), ..about(eve.id, &[id]) };
        let view = create(&ctx, alice, new).await.unwrap();
        assert_eq!((view.report.forwarded, view.report.category), (forward, ReportCategory::Spam));
        let told =
            jobs(&ctx).await.into_iter().filter(|job| matches!(job, Outgoing::Reported { .. })).count();
        assert_eq!(told, usize::from(forward));
    }
}

#[tokio::test]
async fn other_servers_report_people_here() {
    let (ctx, _dir) = instance().await;
    let (alice, bob) = (member(&ctx, "alice").await, member(&ctx, "bob").await);
    let server = stranger(&ctx, "server@far.example").await;
    let hers = crate::statuses::get(&ctx, None, post(&ctx, alice, "one").await).await.unwrap();
    let his = crate::statuses::get(&ctx, None, post(&ctx, bob, "two").await).await.unwrap();
    let flag = |n: i64| Received::Report {
        uri: format!("{}/flags/{n}", server.uri),
        target: alice,
        statuses: vec![hers.uri.clone(), his.uri.clone(), "https://photos.example/nothing".to_owned()],
        comment: "bad".to_owned(),
    };
    receive(&ctx, &server, flag(0)).await;
    receive(&ctx, &server, flag(0)).await;
    let [report] = &all(&ctx).await[..] else { panic!("one report") };
    assert_eq!((report.by.id, report.target.id, report.report.comment.as_str()), (server.id, alice, "bad"));
    assert_eq!(report.statuses.iter().map(|s| s.id).collect::<Vec<_>>(), [hers.id], "only hers");
    receive(
        &ctx,
        &server,
        Received::Report { uri: "x".to_owned(), target: server.id, statuses: vec![], comment: String::new() },
    )
    .await;
    assert_eq!(all(&ctx).await.len(), 1, "about nobody here");

    let options = DomainOptions { reject_reports: true, ..DomainOptions::default() };
    domains::limit(&ctx, "far.example", options).await.unwrap();
    receive(&ctx, &server, flag(1)).await;
    assert_eq!(all(&ctx).await.len(), 1, "they aren't taken");
    domains::remove(&ctx, "far.example").await.unwrap();
    for n in 2..PER_SERVER + 10 {
        receive(&ctx, &server, flag(n)).await;
    }
    assert_eq!(
        i64::try_from(list(&ctx, false, &Page::newest(1000)).await.unwrap().len()).unwrap(),
        PER_SERVER
    );
    let other = stranger(&ctx, "server@else.example").await;
    receive(&ctx, &other, flag(1_000)).await;
    assert_eq!(
        i64::try_from(list(&ctx, false, &Page::newest(1000)).await.unwrap().len()).unwrap(),
        PER_SERVER + 1
    );
}
