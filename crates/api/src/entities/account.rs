//! <https://docs.joinmastodon.org/entities/Account/>

use serde::Serialize;
use tintype_model::text;
use tintype_service::{
    mutes::MutedView,
    users::Preferences,
    views::{AccountView, FieldView},
};

use super::{CustomEmoji, Day, Nothing, Role, Time};

/// An account, local or remote.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(test, derive(Default))]
pub struct Account {
    /// Its id.
    pub id: String,
    /// The name without a domain.
    pub username: String,
    /// `name` here, `name@domain` elsewhere.
    pub acct: String,
    /// Plain text.
    pub display_name: String,
    /// Follows need an answer.
    pub locked: bool,
    /// Acts by itself.
    pub bot: bool,
    /// Wants to be suggested; unknown for some remote accounts.
    pub discoverable: Option<bool>,
    /// Posts may be found by search.
    pub indexable: bool,
    /// Is a group.
    pub group: bool,
    /// The day of its beginning: clamp it with `Millis::midnight`.
    pub created_at: Time,
    /// The bio, HTML.
    pub note: String,
    /// The profile page.
    pub url: Option<String>,
    /// The identity.
    pub uri: String,
    /// The picture.
    pub avatar: String,
    /// The picture without motion.
    pub avatar_static: String,
    /// What is in the picture.
    pub avatar_description: String,
    /// The banner.
    pub header: String,
    /// The banner without motion.
    pub header_static: String,
    /// What is on the banner.
    pub header_description: String,
    /// Accepted followers.
    pub followers_count: i64,
    /// Accepted follows.
    pub following_count: i64,
    /// Statuses that count.
    pub statuses_count: i64,
    /// The day of the newest one.
    pub last_status_at: Option<Day>,
    /// Followers and follows are hidden; unknown for remote accounts.
    pub hide_collections: Option<bool>,
    /// Whether the profile has a tab of media.
    pub show_media: bool,
    /// Whether that tab shows replies.
    pub show_media_replies: bool,
    /// Whether the profile has a tab of what it features.
    pub show_featured: bool,
    /// Who may put it into a collection.
    pub feature_approval: FeatureApproval,
    /// Not to be indexed by search engines. Local accounts only.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub noindex: Option<bool>,
    /// Where it moved to. Only when it did.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub moved: Option<Box<Account>>,
    /// Only when suspended.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub suspended: Option<bool>,
    /// Only when limited by an admin.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub limited: Option<bool>,
    /// Only when its person died.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub memorial: Option<bool>,
    /// The emoji of name and bio.
    pub emojis: Vec<CustomEmoji>,
    /// Shown roles. Local accounts only.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub roles: Option<Vec<AccountRole>>,
    /// The rows of the profile.
    pub fields: Vec<Field>,
}

/// One row of a profile.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(Default))]
pub struct Field {
    /// Its name, plain.
    pub name: String,
    /// Its value, HTML; plain in [`Source`].
    pub value: String,
    /// When the link back was found.
    pub verified_at: Option<Time>,
}

/// A role as others see it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(Default))]
pub struct AccountRole {
    /// Its id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// `#rrggbb` or empty.
    pub color: String,
}

/// Who may put an account into a collection. Collections aren't served here, so nobody may.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct FeatureApproval {
    /// Without asking.
    pub automatic: Vec<Nothing>,
    /// After asking.
    pub manual: Vec<Nothing>,
    /// The viewer: `automatic`, `manual`, `denied`, `unknown`.
    pub current_user: &'static str,
}

impl Default for FeatureApproval {
    fn default() -> Self {
        Self { automatic: Vec::new(), manual: Vec::new(), current_user: "denied" }
    }
}

/// An account that the caller mutes.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(test, derive(Default))]
pub struct MutedAccount {
    /// As everybody sees it.
    #[serde(flatten)]
    pub account: Account,
    /// When that ends by itself; `null`: never.
    pub mute_expires_at: Option<Time>,
}

/// One's own account.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(test, derive(Default))]
pub struct CredentialAccount {
    /// As others see it.
    #[serde(flatten)]
    pub account: Account,
    /// As it was written, and the defaults for writing.
    pub source: Source,
    /// What one may do.
    pub role: Role,
}

/// A profile as its person wrote it.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(test, derive(Default))]
pub struct Source {
    /// Default visibility of posts: `public`, `unlisted`, `private`, `direct`.
    pub privacy: &'static str,
    /// Whether posts are sensitive by default.
    pub sensitive: bool,
    /// Default language, ISO 639-1.
    pub language: Option<String>,
    /// The bio, plain.
    pub note: String,
    /// The rows, plain.
    pub fields: Vec<Field>,
    /// Follows that wait for an answer.
    pub follow_requests_count: i64,
    /// Followers and follows are hidden.
    pub hide_collections: Option<bool>,
    /// Wants to be suggested.
    pub discoverable: Option<bool>,
    /// Posts may be found by search.
    pub indexable: bool,
    /// Websites that may name this account as an author.
    pub attribution_domains: Vec<String>,
    /// Who may quote by default: `public`, `followers`, `nobody`.
    pub quote_policy: &'static str,
}

impl From<AccountView> for Account {
    fn from(view: AccountView) -> Self {
        let url = if view.url.is_empty() { view.uri.clone() } else { view.url };
        Self {
            id: view.id.to_string(),
            username: view.username,
            acct: view.acct,
            display_name: view.display_name,
            locked: view.locked,
            bot: view.bot,
            discoverable: Some(view.discoverable),
            indexable: view.indexable,
            group: view.group,
            created_at: view.created_at.midnight().into(),
            note: view.note,
            url: Some(url),
            uri: view.uri,
            avatar: view.avatar.clone(),
            avatar_static: view.avatar,
            avatar_description: String::new(),
            header: view.header.clone(),
            header_static: view.header,
            header_description: String::new(),
            followers_count: view.followers_count,
            following_count: view.following_count,
            statuses_count: view.statuses_count,
            last_status_at: view.last_status_at.map(Day),
            hide_collections: view.local.then_some(view.hide_collections),
            show_media: true,
            show_media_replies: true,
            show_featured: false,
            feature_approval: FeatureApproval::default(),
            noindex: view.local.then_some(!view.indexable),
            moved: view.moved.map(|target| Box::new(Self::from(*target))),
            suspended: view.suspended.then_some(true),
            limited: view.silenced.then_some(true),
            memorial: None,
            emojis: view.emojis.into_iter().map(CustomEmoji::from).collect(),
            roles: view.local.then(Vec::new),
            fields: view.fields.into_iter().map(Field::from).collect(),
        }
    }
}

impl From<FieldView> for Field {
    fn from(view: FieldView) -> Self {
        Self { name: view.name, value: view.value, verified_at: view.verified_at.map(Time) }
    }
}

impl From<MutedView> for MutedAccount {
    fn from(view: MutedView) -> Self {
        Self { account: view.account.into(), mute_expires_at: view.expires_at.map(Time) }
    }
}

impl CredentialAccount {
    /// One's own account, of what others see, what one has set, and how many wait to be let in as followers.
    pub fn new(view: AccountView, own: Preferences, waiting: i64) -> Self {
        let note = view.note_source.clone();
        let account = Account::from(view);
        // The HTML is our own rendering of what was written, and leads back to it.
        let plain = |field: &Field| Field { value: text::plain(&field.value), ..field.clone() };
        let source = Source {
            privacy: own.default_visibility.as_str(),
            sensitive: own.default_sensitive,
            language: own.default_language,
            note,
            fields: account.fields.iter().map(plain).collect(),
            follow_requests_count: waiting,
            hide_collections: account.hide_collections,
            discoverable: account.discoverable,
            indexable: account.indexable,
            attribution_domains: own.attribution_domains,
            quote_policy: own.default_quote_policy.as_str(),
        };
        Self { account, source, role: own.role.into() }
    }
}
