//! Rows to begin with: `db.account("alice").await`, `db.remote_account("bob@far.example").await`.

use tintype_model::{AccountId, Page, StatusId, Visibility};
use tintype_store::{
    accounts::{Account, AccountKind},
    favourites::Favourite,
    follows::{Follow, FollowState},
    media::Media,
    statuses::Status,
};

use crate::database::TestStore;

/// An account that exists nowhere yet: of this instance for `name`, of another for `name@host`.
pub fn an_account(id: AccountId, acct: &str) -> Account {
    let (username, domain) = match acct.split_once('@') {
        Some((name, host)) => (name, Some(host)),
        None => (acct, None),
    };
    let origin = format!("https://{}", domain.unwrap_or("here.example"));
    let uri = format!("{origin}/users/{username}");
    Account {
        id,
        username: username.to_owned(),
        domain: domain.map(str::to_owned),
        acct_key: acct.to_lowercase(),
        local: domain.is_none(),
        kind: AccountKind::Person,
        url: format!("{origin}/@{username}"),
        display_name: username.to_owned(),
        note: String::new(),
        note_source: String::new(),
        fields: "[]".to_owned(),
        avatar_key: None,
        avatar_remote_url: None,
        header_key: None,
        header_remote_url: None,
        locked: false,
        bot: false,
        discoverable: true,
        indexable: false,
        big: false,
        hide_collections: false,
        inbox_url: format!("{uri}/inbox"),
        shared_inbox_url: Some(format!("{origin}/inbox")),
        outbox_url: Some(format!("{uri}/outbox")),
        followers_url: Some(format!("{uri}/followers")),
        following_url: Some(format!("{uri}/following")),
        featured_url: Some(format!("{uri}/featured")),
        public_key_id: Some(format!("{uri}#main-key")),
        public_key_pem: Some("-----BEGIN PUBLIC KEY-----".to_owned()),
        uri,
        followers_count: 0,
        following_count: 0,
        statuses_count: 0,
        last_status_at: None,
        created_at: tintype_model::ids::moment(id.0),
        updated_at: tintype_model::ids::moment(id.0),
        fetched_at: None,
        silenced_at: None,
        suspended_at: None,
        deleted_at: None,
        version: 0,
    }
}

/// A public post that exists nowhere yet.
pub fn a_status(id: StatusId, by: &Account) -> Status {
    let uri = format!("{}/statuses/{id}", by.uri);
    Status {
        id,
        url: format!("{}/{id}", by.url),
        uri,
        account_id: by.id,
        local: by.local,
        visibility: Visibility::Public,
        sensitive: false,
        spoiler_text: String::new(),
        content: "<p>A picture</p>".to_owned(),
        text: "A picture".to_owned(),
        language: Some("en".to_owned()),
        in_reply_to_id: None,
        in_reply_to_account_id: None,
        in_reply_to_uri: None,
        reblog_of_id: None,
        app_id: None,
        replies_count: 0,
        reblogs_count: 0,
        favourites_count: 0,
        created_at: tintype_model::ids::moment(id.0),
        edited_at: None,
        version: 0,
    }
}

/// A comment on a status that is known here.
pub fn an_answer(id: StatusId, by: &Account, to: &Status) -> Status {
    Status {
        in_reply_to_id: Some(to.id),
        in_reply_to_account_id: Some(to.account_id),
        in_reply_to_uri: Some(to.uri.clone()),
        ..a_status(id, by)
    }
}

/// A boost.
pub fn a_boost(id: StatusId, by: &Account, of: &Status) -> Status {
    Status { reblog_of_id: Some(of.id), content: String::new(), text: String::new(), ..a_status(id, by) }
}

/// An uploaded picture that is in no post yet.
pub fn a_picture(id: tintype_model::MediaId, by: &Account) -> Media {
    Media {
        id,
        account_id: by.id,
        status_id: None,
        position: 0,
        kind: "image".to_owned(),
        file_key: Some(format!("{id}.jpg")),
        small_key: Some(format!("{id}.small.jpg")),
        content_type: "image/jpeg".to_owned(),
        remote_url: None,
        width: Some(1200),
        height: Some(900),
        small_width: Some(400),
        small_height: Some(300),
        blurhash: Some("LEHV6nWB2yk8pyo0adR*.7kCMdnj".to_owned()),
        description: Some("A lake".to_owned()),
        focus_x: Some(-0.25),
        focus_y: Some(0.5),
        created_at: tintype_model::ids::moment(id.0),
    }
}

/// A follow that exists nowhere yet.
pub fn a_follow(
    id: tintype_model::FollowId,
    follower: &Account,
    target: &Account,
    state: FollowState,
) -> Follow {
    Follow {
        id,
        follower_id: follower.id,
        target_id: target.id,
        uri: format!("{}#follows/{id}", follower.uri),
        state,
        show_reblogs: true,
        notify: false,
        created_at: tintype_model::ids::moment(id.0),
    }
}

/// The ids of some statuses, in their order.
pub fn ids_of(statuses: &[Status]) -> Vec<StatusId> {
    statuses.iter().map(|s| s.id).collect()
}

/// Holds a list that is read by pages against what is in it, newest first and at least five: in both directions, with
/// every bound.
///
/// `read` gives the cursors of a page.
pub async fn reads_by_pages(all: &[i64], read: impl AsyncFn(Page) -> Vec<i64>) {
    assert!(all.len() >= 5 && all.is_sorted_by(|a, b| a > b), "{all:?}");
    let page = |max: Option<usize>, since: Option<usize>, min: Option<usize>, limit| Page {
        max_id: max.map(|at| all[at]),
        since_id: since.map(|at| all[at]),
        min_id: min.map(|at| all[at]),
        limit,
    };
    let cases = [
        ("all", page(None, None, None, 1000), all),
        ("the newest", page(None, None, None, 2), &all[..2]),
        ("below max_id", page(Some(1), None, None, 2), &all[2..4]),
        ("the newest above since_id", page(None, Some(4), None, 2), &all[..2]),
        ("directly above min_id", page(None, None, Some(4), 2), &all[2..4]),
        ("between max_id and since_id", page(Some(0), Some(4), None, 10), &all[1..4]),
        ("between max_id and min_id, the lower end", page(Some(0), None, Some(4), 2), &all[2..4]),
        ("above the newest", page(None, None, Some(0), 2), &[]),
        ("below the oldest", page(Some(all.len() - 1), None, None, 2), &[]),
    ];
    for (case, page, expected) in cases {
        assert_eq!(read(page).await, expected, "{case}");
    }
    let (mut down, mut up) = (Vec::new(), Vec::new());
    loop {
        let rows = read(Page { max_id: down.last().copied(), ..Page::newest(2) }).await;
        if rows.is_empty() {
            break;
        }
        down.extend(rows);
    }
    assert_eq!(down, all, "page by page downwards");
    loop {
        let rows = read(Page { min_id: Some(up.first().copied().unwrap_or(0)), ..Page::newest(2) }).await;
        if rows.is_empty() {
            break;
        }
        up.splice(..0, rows);
    }
    assert_eq!(up, all, "page by page upwards");
}

impl TestStore {
    /// A local account.
    pub async fn account(&self, name: &str) -> Account {
        self.insert_account(an_account(self.id(), name)).await
    }

    /// An account of another server.
    pub async fn remote_account(&self, acct: &str) -> Account {
        assert!(acct.contains('@'), "{acct} names no server");
        self.insert_account(an_account(self.id(), acct)).await
    }

    async fn insert_account(&self, account: Account) -> Account {
        let mut tx = self.begin().await.unwrap();
        assert!(tx.insert_account(&account).await.unwrap(), "{} is taken", account.acct_key);
        tx.commit().await.unwrap();
        account
    }

    /// Stores a status and counts it, as whoever publishes one does.
    pub async fn publish(&self, status: Status) -> Status {
        let mut tx = self.begin().await.unwrap();
        assert!(tx.insert_status(&status).await.unwrap(), "{} is there", status.uri);
        tx.count_account(status.account_id, 1, 0, 0, Some(status.created_at)).await.unwrap();
        if let Some(parent) = status.in_reply_to_id {
            tx.count_status(parent, 1, 0, 0).await.unwrap();
        }
        if let Some(original) = status.reblog_of_id {
            tx.count_status(original, 0, 1, 0).await.unwrap();
        }
        tx.commit().await.unwrap();
        status
    }

    /// A public post.
    pub async fn post(&self, by: &Account) -> Status {
        self.publish(a_status(self.id(), by)).await
    }

    /// A post that reaches so far.
    pub async fn post_to(&self, by: &Account, visibility: Visibility) -> Status {
        self.publish(Status { visibility, ..a_status(self.id(), by) }).await
    }

    /// A public comment.
    pub async fn answer(&self, by: &Account, to: &Status) -> Status {
        self.publish(an_answer(self.id(), by, to)).await
    }

    /// A public boost.
    pub async fn boost(&self, by: &Account, of: &Status) -> Status {
        self.publish(a_boost(self.id(), by, of)).await
    }

    /// Addresses a status to accounts.
    pub async fn mention(&self, status: &Status, accounts: &[&Account]) {
        let accounts: Vec<_> = accounts.iter().map(|a| (a.id, false)).collect();
        let mut tx = self.begin().await.unwrap();
        tx.insert_mentions(status.id, &accounts).await.unwrap();
        tx.commit().await.unwrap();
    }

    /// A like.
    pub async fn like(&self, by: &Account, status: &Status) -> Favourite {
        let id = self.id();
        let like = Favourite {
            id,
            account_id: by.id,
            status_id: status.id,
            uri: format!("{}#likes/{id}", by.uri),
            created_at: tintype_model::ids::moment(id.0),
        };
        let mut tx = self.begin().await.unwrap();
        assert!(tx.insert_favourite(&like).await.unwrap());
        tx.commit().await.unwrap();
        like
    }

    /// A follow that is accepted.
    pub async fn follow(&self, follower: &Account, target: &Account) -> Follow {
        self.follow_as(follower, target, FollowState::Accepted).await
    }

    /// A follow that has come so far.
    pub async fn follow_as(&self, follower: &Account, target: &Account, state: FollowState) -> Follow {
        let follow = a_follow(self.id(), follower, target, state);
        let mut tx = self.begin().await.unwrap();
        assert!(tx.insert_follow(&follow).await.unwrap());
        tx.commit().await.unwrap();
        follow
    }

    /// A picture, in a post or free.
    pub async fn picture(&self, by: &Account, status: Option<&Status>) -> Media {
        let picture = Media { status_id: status.map(|s| s.id), ..a_picture(self.id(), by) };
        let mut tx = self.begin().await.unwrap();
        tx.insert_media(&picture).await.unwrap();
        tx.commit().await.unwrap();
        picture
    }

    /// An account's counters as they are now: (statuses, followers, following).
    pub async fn counts_of(&self, account: &Account) -> (i64, i64, i64) {
        let row = self.read().await.unwrap().account(account.id).await.unwrap().unwrap();
        (row.statuses_count, row.followers_count, row.following_count)
    }

    /// A status' counters as they are now: (replies, reblogs, favourites).
    pub async fn tally_of(&self, status: &Status) -> (i64, i64, i64) {
        let row = self.read().await.unwrap().status(status.id).await.unwrap().unwrap();
        (row.replies_count, row.reblogs_count, row.favourites_count)
    }
}
