//! Two servers compare what they know of the follows between them (FEP-8fcf).

use std::fmt::Write as _;

use aws_lc_rs::digest::{SHA256, digest};
use serde_json::json;
use tintype_model::Visibility;
use tintype_testkit::peer::SignOptions;

use crate::given::{Stage, draft, told};

const HEADER: &str = "collection-synchronization";

/// As the FEP has it: the SHA-256 of every id, exclusive-or'd.
fn digest_of(ids: &[&str]) -> String {
    let mut sum = [0_u8; 32];
    for id in ids {
        for (sum, byte) in sum.iter_mut().zip(digest(&SHA256, id.as_bytes()).as_ref()) {
            *sum ^= byte;
        }
    }
    sum.iter().fold(String::new(), |mut text, byte| {
        write!(text, "{byte:02x}").unwrap();
        text
    })
}

/// What goes to followers alone says who of them we know there, and shows them to that server.
#[tokio::test]
async fn followers_hear_who_they_are() {
    let Stage { here, peer, alice, bob } = Stage::set().await;
    let far = peer.actor_at("elsewhere.localhost", "carl");
    for follower in [&bob, &far] {
        here.followed_by(&alice, &peer, follower).await;
    }
    for visibility in [Visibility::Public, Visibility::Private] {
        here.post(&alice, draft("mine", visibility)).await;
    }
    here.work().await;
    let lines: Vec<Option<String>> = told(&peer, "Create")
        .iter()
        .filter(|request| request.host == bob.domain)
        .map(|request| request.header(HEADER).map(str::to_owned))
        .collect();
    let url = format!("{}/followers_synchronization", alice.uri);
    let followers = format!("{}/followers", alice.uri);
    let digest = digest_of(&[&bob.id]);
    let line = format!(r#"collectionId="{followers}", url="{url}", digest="{digest}""#);
    assert_eq!(lines, [None, Some(line)], "of what is public nothing is said");
    let listed = peer.fetch(&bob, &url, &SignOptions::default()).await.ok();
    assert_eq!(listed["orderedItems"], json!([bob.id]), "those of who asks, and no others");
    assert_eq!(peer.fetch(&bob, &url, &SignOptions::unsigned()).await.status, 401);
}

/// A follow that the other server knows nothing of ends here, and what only it knows of is taken back there.
#[tokio::test]
async fn what_got_lost_between_two_is_made_up_for() {
    let Stage { here, peer, alice, bob } = Stage::set().await;
    let (carol, dan) = (here.person("carol").await, here.person("dan").await);
    for follower in [&alice, &carol] {
        here.befriend(follower, &peer, &bob).await;
    }
    let account = here.account_of(&bob.id).await.unwrap().id;
    let followers = async || {
        let mut reader = here.ctx.store.read().await.unwrap();
        let list = reader.local_followers_of(account).await.unwrap();
        let mut list: Vec<String> = list.into_iter().map(|(_, uri)| uri).collect();
        list.sort();
        list
    };
    let url = format!("{}/followers_synchronization", bob.id);
    let say = async |listed: &[&str], digest: &str| {
        let note = peer.note(&bob, "<p>for followers</p>");
        let body = peer.create(&bob, &note).to_string().into_bytes();
        peer.publish(&url, &json!({"id": url, "type": "OrderedCollection", "orderedItems": listed}));
        let line = format!(r#"collectionId="{}", url="{url}", digest="{digest}""#, bob.followers);
        let inbox = format!("{}/inbox", alice.uri);
        let request = peer.post_request(&bob, &inbox, body, &SignOptions::default()).with(HEADER, &line);
        assert_eq!(peer.send_request(&request).await.status, 202);
        here.work().await;
    };
    let asked = || peer.count(|request| url.ends_with(&request.path));
    say(&[], &digest_of(&[&alice.uri, &carol.uri])).await;
    assert_eq!((followers().await.len(), asked()), (2, 0), "both say the same");
    // A list that isn't what the digest is of is of another moment, or not whole.
    say(&[], &digest_of(&[&dan.uri])).await;
    assert_eq!((followers().await.len(), asked()), (2, 1));
    say(&[&alice.uri, &dan.uri], &digest_of(&[&alice.uri, &dan.uri])).await;
    assert_eq!(followers().await, [alice.uri.as_str()]);
    let undone = told(&peer, "Undo");
    assert_eq!(undone.len(), 1);
    assert_eq!(undone[0].json()["object"]["actor"], dan.uri);
}
