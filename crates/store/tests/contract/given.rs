//! Rows to begin with: `db.account("alice").await`, `db.remote_account("bob@far.example").await`.

use tintype_model::AccountId;
use tintype_store::accounts::{Account, AccountKind};

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
        suspended_at: None,
        deleted_at: None,
        version: 0,
    }
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
}
