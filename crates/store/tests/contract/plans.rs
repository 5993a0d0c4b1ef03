//! How SQLite goes about the statements that lists are made of: along an index, without a look at every row and without
//! sorting what has no bound.

use std::sync::{Mutex, OnceLock, PoisonError};

use sqlx::{AssertSqlSafe, Connection, SqliteConnection};
use tintype_model::{AccountId, MediaId, Millis, Page, PollId, StatusId};
use tintype_store::{
    edits::StatusEdit,
    notifications::{NotificationFilter, NotificationKind},
    statuses::{AccountStatuses, PublicFilter, Status, TagFilter},
};
use tracing::{
    Event, Metadata, Subscriber,
    field::{Field, Visit},
    span,
};

use crate::{database::TestStore, given::a_status};

/// What a statement is known by, and what of its plan is harmless though it scans or sorts.
const STATEMENTS: &[(&str, &str, &[&str])] = &[
    ("home", "FROM home_entries h JOIN statuses s", &[]),
    ("account_statuses", "s.account_id = $2 AND s.id < $3", &[]),
    ("public_timeline", "s.reblog_of_id IS NULL AND s.id < $2", &[]),
    ("public_timeline, local", "s.reblog_of_id IS NULL AND s.local = TRUE", &[]),
    ("public_timeline, remote", "s.reblog_of_id IS NULL AND s.local = FALSE", &[]),
    ("tag_timeline", "FROM status_tags t JOIN statuses s ON s.id = t.status_id WHERE t.name = $2", &[]),
    ("visible_statuses", "WHERE s.id IN (SELECT value FROM json_each($2))", &[]),
    // A chain is as long as the depth asked for, a thread is cut off before it is sorted.
    ("ancestors", "WITH RECURSIVE up (id, parent, depth)", &["SCAN up", "SCAN chain", "TEMP B-TREE"]),
    (
        "descendants",
        "WITH RECURSIVE down (id, depth)",
        &["SCAN down", "SCAN few", "SCAN found", "TEMP B-TREE"],
    ),
    ("open_reply_uris", "SELECT s.uri FROM statuses s WHERE s.in_reply_to_id", &[]),
    ("rebloggers", "SELECT s.id, s.account_id FROM statuses s", &[]),
    ("favouriters", "SELECT f.id, f.account_id FROM favourites", &[]),
    (
        "followers",
        "SELECT f.id, f.follower_id FROM follows f WHERE f.target_id = $1 AND f.state = 'accepted'",
        &[],
    ),
    (
        "follow_requests",
        "SELECT f.id, f.follower_id FROM follows f WHERE f.target_id = $1 AND f.state = 'pending'",
        &[],
    ),
    ("following", "SELECT f.id, f.target_id FROM follows", &[]),
    ("notifications", "n.id < $2 AND n.id > $3", &[]),
    ("local_accounts", "FROM users u JOIN accounts a", &[]),
    ("known_files", "SELECT l.value FROM", &[]),
    ("local_statuses", "SUM(a.statuses_count)", &["USING INDEX accounts_local"]),
    ("fan_out_home, a batch", "SELECT CAST(MAX(id) AS BIGINT)", &["SCAN few"]),
    ("fan_out_home", "SELECT f.follower_id, s.id", &[]),
    ("adopt_replies", "WHERE in_reply_to_uri = $3", &[]),
    ("adopt_replies, the branches", "UPDATE statuses SET thread_id = $2", &["SCAN down", "SCAN v"]),
    ("adopt_replies, what is left", "DELETE FROM thread_mutes WHERE thread_id IN", &[]),
    ("blocks_of", "SELECT b.id, b.target_id FROM blocks", &[]),
    ("blocked_either_way", "SELECT COUNT(*) FROM blocks", &[]),
    ("standings", "AS mute_expires_at", &[]),
    ("mutes_of", "FROM mutes m WHERE m.account_id", &[]),
    ("end_mutes", "DELETE FROM mutes WHERE expires_at", &[]),
    ("domain_blocks_of", "SELECT d.id, d.domain FROM account_domain_blocks", &[]),
    ("threads_muted_among", "JOIN thread_mutes m", &[]),
    ("may_notify", "SELECT COUNT(*) FROM accounts f", &[]),
    (
        "delete_notifications_from_domain",
        "DELETE FROM notifications WHERE account_id = $1 AND from_id IN",
        &[],
    ),
    ("account_by_key_id", "FROM public_keys k WHERE k.id = $1", &[]),
    ("hosts_that_wait", "SELECT host, retry_at FROM hosts", &[]),
    ("silent_hosts", "SELECT h.host FROM hosts h", &[]),
    ("silence_host", "AND id > (SELECT MIN(d.id)", &[]),
    ("revive_host", "AND last_error = $2 AND created_at >= $3", &[]),
    ("follows_of_account", "WHERE follower_id = $1 OR target_id = $1", &[]),
    ("follows_with_domain", "target_id IN (SELECT a.id FROM accounts a", &[]),
    ("waiting_requests", "WHERE target_id = $1 AND state = 'pending' ORDER BY id", &[]),
    ("follow_requests_count", "SELECT COUNT(*) FROM follows f", &[]),
    ("bookmarked_among", "SELECT b.status_id FROM bookmarks", &[]),
    ("bookmarks_of", "FROM bookmarks b JOIN statuses s", &[]),
    ("favourites_of", "FROM favourites f JOIN statuses s", &[]),
    ("favourites_given", "FROM favourites WHERE account_id = $1 ORDER BY id", &[]),
    ("pinned_among", "SELECT p.status_id FROM pins", &[]),
    ("pinned_statuses", "FROM pins p JOIN statuses s", &[]),
    ("edits_of", "FROM status_edits e", &[]),
    ("has_edits", "SELECT 1 FROM status_edits WHERE", &["SCAN one"]),
    ("insert_edit, what is forgotten", "DELETE FROM status_edits", &[]),
    ("boosters_to_notify", "SELECT s.account_id FROM statuses s WHERE s.reblog_of_id = $1 AND s.local", &[]),
    ("retract_notifications_about", "DELETE FROM notifications WHERE status_id = $1", &[]),
    ("waiting_among", "SELECT u.account_id FROM users u WHERE u.account_id IN", &[]),
    ("markers", "FROM markers WHERE account_id", &[]),
    // As many names as the domain has dots.
    ("domain_rule", "FROM domain_rules WHERE domain IN", &["TEMP B-TREE"]),
    ("accounts_of_domain", "SELECT a.id FROM accounts a WHERE a.id > $2", &[]),
    (
        "accounts_at_inbox",
        "SELECT s.id FROM (SELECT a.id FROM accounts a WHERE a.shared_inbox_url = $1",
        &["SCAN s", "SCAN o"],
    ),
    // From one server to the next, and those few that have no shared inbox.
    ("known_inboxes", "WITH RECURSIVE step", &["SCAN step"]),
    (
        "known_inboxes, others",
        "SELECT a.inbox_url FROM accounts a WHERE a.shared_inbox_url IS NULL",
        &["SCAN a"],
    ),
    ("boosts_by", "FROM statuses s WHERE s.account_id = $1 AND s.reblog_of_id IS NOT NULL", &[]),
    ("statuses_by", "FROM statuses s WHERE s.account_id = $1 ORDER BY s.id LIMIT $2", &[]),
    ("pending_users", "FROM users u WHERE u.approved = FALSE", &[]),
    ("tokens_of", "FROM oauth_tokens t JOIN oauth_apps a", &["TEMP B-TREE"]),
    ("media_by_ids", "FROM media_attachments m WHERE m.id IN", &[]),
    // Four lists of the length asked for, put into one.
    (
        "files_after",
        "SELECT DISTINCT m.file_key",
        &["SCAN f", "SCAN s", "SCAN v", "SCAN h", "SCAN j", "TEMP B-TREE"],
    ),
    ("polls_of", "FROM polls p WHERE p.status_id IN", &[]),
    ("poll_options_of", "FROM poll_options o WHERE o.poll_id IN", &[]),
    ("poll_choices", "SELECT v.poll_id, v.position FROM poll_votes", &[]),
    ("polls_over", "p.expires_at <= $1", &[]),
    ("voters_to_notify", "SELECT DISTINCT v.account_id FROM poll_votes", &[]),
    ("emojis_named", "FROM custom_emojis e WHERE e.domain IN", &[]),
    ("own_emojis", "FROM custom_emojis e WHERE e.domain = ''", &[]),
    ("reactions_by", "FROM reactions r WHERE r.status_id", &[]),
    ("quotes_among", "FROM quotes q WHERE q.status_id IN", &[]),
    ("quotes_of", "FROM quotes q JOIN statuses s ON s.id = q.status_id WHERE q.quoted_status_id = $2", &[]),
    ("quote_counts", "SELECT q.quoted_status_id, COUNT(*) FROM quotes", &["TEMP B-TREE"]),
    ("local_quoters", "SELECT s.account_id, s.id FROM quotes q", &[]),
    ("policies_of", "FROM status_policies p WHERE p.status_id IN", &[]),
    ("approvals_among", "FROM approvals p WHERE p.by_status_id IN", &[]),
    ("approval_by_uri", "FROM approvals p WHERE p.interaction_uri = $1", &[]),
    ("is_tombstone", "SELECT COUNT(*) FROM tombstones", &[]),
    ("media_of", "m.status_id IN (SELECT value FROM json_each($1)) AND m.position >= 0", &["TEMP B-TREE"]),
];

#[tokio::test]
async fn no_list_looks_at_every_row() {
    let texts = heard();
    let db = TestStore::sqlite().await;
    ask_everything(&db).await;
    let mut c = SqliteConnection::connect(db.url()).await.unwrap();
    for &(name, fragment, harmless) in STATEMENTS {
        let mut texts = texts.lock().unwrap_or_else(PoisonError::into_inner).clone();
        texts.retain(|text| text.contains(fragment) && !text.starts_with("EXPLAIN"));
        texts.sort();
        texts.dedup();
        assert!(!texts.is_empty(), "{name} ran");
        for text in texts {
            let plan: Vec<(i64, i64, i64, String)> =
                sqlx::query_as(AssertSqlSafe(format!("EXPLAIN QUERY PLAN {text}")))
                    .fetch_all(&mut c)
                    .await
                    .unwrap();
            for (_, _, _, step) in plan {
                let bad = step.contains("TEMP B-TREE")
                    || (step.contains("SCAN ") && !step.contains("VIRTUAL TABLE"));
                assert!(!bad || harmless.iter().any(|h| step.contains(h)), "{name}: {step}\n{text}");
            }
        }
    }
}

/// Runs every statement once, in both directions where there are two.
async fn ask_everything(db: &TestStore) {
    let alice = db.account("alice").await;
    let (who, status) = (Some(alice.id), StatusId(1));
    let words = || vec!["sun".to_owned(), "fog".to_owned()];
    let tagged = TagFilter { any: words(), all: words(), none: words(), ..TagFilter::default() };
    for page in [Page::newest(20), Page { min_id: Some(1), ..Page::newest(20) }] {
        let mut reader = db.read().await.unwrap();
        reader.home(alice.id, &page).await.unwrap();
        reader.account_statuses(who, alice.id, &AccountStatuses::default(), &page).await.unwrap();
        for (local, remote) in [(false, false), (true, false), (false, true)] {
            let filter = PublicFilter { local, remote, ..PublicFilter::default() };
            reader.public_timeline(who, filter, &page).await.unwrap();
        }
        reader.tag_timeline(who, &tagged, &page).await.unwrap();
        reader.rebloggers(who, status, &page).await.unwrap();
        reader.quotes_of(who, status, &page).await.unwrap();
        reader.favouriters(who, status, &page).await.unwrap();
        reader.followers(alice.id, &page).await.unwrap();
        reader.follow_requests(alice.id, &page).await.unwrap();
        reader.following(alice.id, &page).await.unwrap();
        reader.notifications(alice.id, &NotificationFilter::default(), &page).await.unwrap();
        reader.local_accounts(&page).await.unwrap();
        reader.bookmarks_of(alice.id, &page).await.unwrap();
        reader.favourites_of(alice.id, &page).await.unwrap();
        reader.pending_users(&page).await.unwrap();
        reader.blocks_of(alice.id, &page).await.unwrap();
        reader.mutes_of(alice.id, &page).await.unwrap();
        reader.domain_blocks_of(alice.id, &page).await.unwrap();
    }
    let mut reader = db.read().await.unwrap();
    reader.quotes_among(&[status]).await.unwrap();
    reader.quote_counts(&[status]).await.unwrap();
    reader.local_quoters(status, 20).await.unwrap();
    reader.policies_of(&[status]).await.unwrap();
    reader.approvals_among(&[status]).await.unwrap();
    reader.approval_by_uri("https://here.example/1").await.unwrap();
    reader.visible_statuses(who, &[status]).await.unwrap();
    reader.ancestors(who, status, 10).await.unwrap();
    reader.descendants(who, status, 10, 10).await.unwrap();
    reader.open_reply_uris(status, 10).await.unwrap();
    reader.blocked_either_way(alice.id, alice.id).await.unwrap();
    reader.standings(alice.id, &[alice.id]).await.unwrap();
    reader.threads_muted_among(alice.id, &[status]).await.unwrap();
    reader.may_notify(alice.id, alice.id, None).await.unwrap();
    reader.follows_of_account(alice.id, 10).await.unwrap();
    reader.follows_with_domain(alice.id, "far.example", 10).await.unwrap();
    reader.waiting_requests(alice.id).await.unwrap();
    reader.follow_requests_count(alice.id).await.unwrap();
    reader.known_files(&[]).await.unwrap();
    reader.local_statuses().await.unwrap();
    reader.bookmarked_among(alice.id, &[status]).await.unwrap();
    reader.favourites_given(alice.id, 10).await.unwrap();
    reader.pinned_among(&[status]).await.unwrap();
    reader.pinned_statuses(who, alice.id).await.unwrap();
    reader.edits_of(status).await.unwrap();
    reader.has_edits(status).await.unwrap();
    reader.boosters_to_notify(status, alice.id, 10).await.unwrap();
    reader.waiting_among(&[alice.id]).await.unwrap();
    reader.markers(alice.id).await.unwrap();
    reader.domain_rule("a.far.example").await.unwrap();
    reader.accounts_of_domain("far.example", AccountId(0), 10).await.unwrap();
    reader.accounts_at_inbox("u", 3).await.unwrap();
    reader.known_inboxes().await.unwrap();
    reader.statuses_by(alice.id, 10).await.unwrap();
    reader.boosts_by(alice.id, 10).await.unwrap();
    reader.tokens_of(alice.id).await.unwrap();
    reader.media_by_ids(&[MediaId(1)]).await.unwrap();
    reader.media_of(&[status]).await.unwrap();
    reader.files_after("", 10).await.unwrap();
    reader.is_tombstone("u", None).await.unwrap();
    reader.polls_of(&[status]).await.unwrap();
    reader.poll_options_of(&[PollId(1)]).await.unwrap();
    reader.poll_choices(alice.id, &[PollId(1)]).await.unwrap();
    reader.polls_over(Millis(1), 10).await.unwrap();
    reader.voters_to_notify((PollId(1), status), alice.id, AccountId(0), 10).await.unwrap();
    reader.account_by_key_id("u").await.unwrap();
    reader.silent_hosts(Millis(1), Millis(1)).await.unwrap();
    reader.emojis_named(&["far.example"], &["bee"]).await.unwrap();
    reader.own_emojis().await.unwrap();
    reader.reactions_by(alice.id, status).await.unwrap();
    drop(reader);
    db.follow(&db.person("follower").await, &alice).await;
    let row = a_status(db.id(), &alice);
    db.publish(Status { in_reply_to_uri: Some(row.uri.clone()), ..a_status(db.id(), &alice) }).await;
    let mut tx = db.begin().await.unwrap();
    assert!(tx.insert_status(&row).await.unwrap());
    tx.end_mutes(Millis(1)).await.unwrap();
    tx.hosts_that_wait(&["far.example"], Millis(1)).await.unwrap();
    tx.silence_host("far.example", "silent").await.unwrap();
    tx.revive_host("far.example", "silent", Millis(1), Millis(1)).await.unwrap();
    tx.delete_notifications_from_domain(alice.id, "far.example").await.unwrap();
    tx.fan_out_home(&row, AccountId(0), 10).await.unwrap();
    tx.adopt_replies(&row).await.unwrap();
    tx.retract_notifications_about(status, NotificationKind::Update, alice.id).await.unwrap();
    let version = StatusEdit {
        id: db.id(),
        status_id: row.id,
        content: String::new(),
        spoiler_text: String::new(),
        sensitive: false,
        media: "[]".to_owned(),
        created_at: Millis(1),
    };
    tx.insert_edit(&version).await.unwrap();
}

/// The texts of all statements that this process runs from now on.
fn heard() -> &'static Mutex<Vec<String>> {
    static TEXTS: OnceLock<Mutex<Vec<String>>> = OnceLock::new();
    let texts = TEXTS.get_or_init(Mutex::default);
    tracing::subscriber::set_global_default(Ear(texts)).unwrap();
    texts
}

/// Listens to what sqlx says of each statement. A subscriber for the whole process, because it speaks on threads of its own.
struct Ear(&'static Mutex<Vec<String>>);

impl Subscriber for Ear {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        metadata.target() == "sqlx::query"
    }
    fn new_span(&self, _: &span::Attributes<'_>) -> span::Id {
        span::Id::from_u64(1)
    }
    fn record(&self, _: &span::Id, _: &span::Record<'_>) {}
    fn record_follows_from(&self, _: &span::Id, _: &span::Id) {}
    fn event(&self, event: &Event<'_>) {
        struct Statement(Option<String>);
        impl Visit for Statement {
            fn record_str(&mut self, field: &Field, value: &str) {
                if field.name() == "db.statement" {
                    self.0 = Some(value.trim().to_owned());
                }
            }
            fn record_debug(&mut self, _: &Field, _: &dyn std::fmt::Debug) {}
        }
        let mut statement = Statement(None);
        event.record(&mut statement);
        self.0.lock().unwrap_or_else(PoisonError::into_inner).extend(statement.0);
    }
    fn enter(&self, _: &span::Id) {}
    fn exit(&self, _: &span::Id) {}
}
