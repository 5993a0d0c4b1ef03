//! Flag: reports, here and at the server of whom they are about.

use super::{Pair, eventually, follows, id, items, scenarios, text, uri};
use serde_json::{Value, json};
use tintype_testkit::{Instance, Person};

scenarios!(a_report_reaches_the_other_server, a_report_stays_here, what_was_reported_is_dealt_with);

async fn report(who: &Person, body: Value) -> Value {
    who.post("/api/v1/reports", body).await
}

async fn listed(instance: &Instance) -> Vec<Value> {
    items(&instance.cli(&["report", "list", "--all", "--json"]).await).to_vec()
}

async fn a_report_reaches_the_other_server(Pair { home, far, alice, bob }: Pair) {
    follows(&alice, &bob).await;
    let said = bob.say("buy my pills").await;
    let here = alice.sees_at_home(uri(&said)).await;
    let made = report(
        &alice,
        json!({"account_id": id(&here["account"]), "status_ids": [id(&here)], "comment": "spam, again",
               "category": "spam", "forward": true}),
    )
    .await;
    assert_eq!((&made["forwarded"], &made["category"]), (&json!(true), &json!("spam")));
    assert_eq!((&made["action_taken"], &made["status_ids"]), (&json!(false), &json!([id(&here)])));
    assert_eq!(text(&made, "/target_account/acct"), bob.handle());
    let about_bob = |row: &Value| row["target"] == json!(bob.username) && row["comment"] == "spam, again";
    eventually("bob's server knows", async || listed(&far).await.iter().any(about_bob)).await;
    let there = listed(&far).await.into_iter().find(about_bob).unwrap();
    assert_eq!(items(&there["statuses"]).len(), 1);
    assert_eq!(text(&there, "/statuses/0/uri"), uri(&said));
    assert!(!there.to_string().contains(&alice.handle()), "it doesn't learn by whom: {there}");
    let mine = listed(&home).await.into_iter().find(|row| row["id"] == made["id"]).unwrap();
    assert_eq!(
        (text(&mine, "/by"), text(&mine, "/target")),
        (alice.username.as_str(), bob.handle().as_str())
    );
}

async fn a_report_stays_here(Pair { home, far, alice, bob }: Pair) {
    follows(&alice, &bob).await;
    let bob_here = alice.find_account(&bob.handle()).await;
    let made = report(&alice, json!({"account_id": id(&bob_here), "comment": "only for us"})).await;
    assert_eq!((&made["forwarded"], &made["category"]), (&json!(false), &json!("other")));
    assert!(listed(&home).await.iter().any(|row| row["id"] == made["id"]));
    // One that goes there comes later.
    report(&alice, json!({"account_id": id(&bob_here), "comment": "for you too", "forward": "true"})).await;
    eventually("the later one is there", async || {
        listed(&far).await.iter().any(|row| row["comment"] == "for you too")
    })
    .await;
    assert!(!listed(&far).await.iter().any(|row| row["comment"] == "only for us"));
    for wrong in [
        json!({"account_id": "7", "comment": "nobody"}),
        json!({"account_id": id(&bob_here), "status_ids": ["7"]}),
        json!({"account_id": id(&bob_here), "comment": "x".repeat(1001)}),
        json!({"account_id": id(&bob_here), "category": "nonsense"}),
        json!({}),
    ] {
        let answer = alice.request("POST".parse().unwrap(), "/api/v1/reports").json(&wrong).send().await;
        assert!([400, 404, 422].contains(&answer.status), "{wrong}: {}", answer.status);
    }
}

async fn what_was_reported_is_dealt_with(Pair { home, alice, bob, .. }: Pair) {
    follows(&alice, &bob).await;
    let bob_here = alice.find_account(&bob.handle()).await;
    let made =
        report(&alice, json!({"account_id": id(&bob_here), "comment": "look", "rule_ids": ["1"]})).await;
    assert_eq!((&made["category"], &made["rule_ids"]), (&json!("violation"), &json!(["1"])));
    home.cli(&["report", "resolve", id(&made), "--json"]).await;
    let shown = home.cli(&["report", "show", id(&made), "--json"]).await;
    assert!(shown["resolved_at"].is_string(), "{shown}");
    let open = home.cli(&["report", "list", "--json"]).await;
    assert!(!items(&open).iter().any(|row| row["id"] == made["id"]));
    home.cli(&["report", "resolve", id(&made), "--reopen", "--json"]).await;
    let open = home.cli(&["report", "list", "--json"]).await;
    assert!(items(&open).iter().any(|row| row["id"] == made["id"]));
    let unknown = home.try_cli(&["report", "show", "7"]).await;
    assert!(!unknown.status.success());
}
