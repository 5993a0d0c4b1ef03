//! <https://docs.joinmastodon.org/entities/Instance/>

use std::collections::BTreeMap;

use serde::Serialize;
use tintype_media::SUPPORTED_TYPES;
use tintype_model::Site;
use tintype_service::{Ctx, FederationMode, Policy, accounts, instance::Stats, pins, views::AccountView};

use super::Account;

/// This server, as clients of version 4 read it.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(test, derive(Default))]
pub struct Instance {
    /// The domain of its handles.
    pub domain: String,
    /// What it calls itself.
    pub title: String,
    /// The version of Mastodon whose API this is, then our own: `4.6.0 (compatible; Tintype 0.1.0)`.
    pub version: String,
    /// Where its source is.
    pub source_url: String,
    /// One sentence about it, plain.
    pub description: String,
    /// How many people use it.
    pub usage: Usage,
    /// Its picture.
    pub thumbnail: Thumbnail,
    /// Its icon in several sizes.
    pub icon: Vec<Icon>,
    /// Its languages, ISO 639-1.
    pub languages: Vec<String>,
    /// What it can do and within what limits.
    pub configuration: Configuration,
    /// Whether and how people may join.
    pub registrations: Registrations,
    /// Which features of newer versions are served.
    pub api_versions: ApiVersions,
    /// Who answers for it.
    pub contact: Contact,
    /// Its rules.
    pub rules: Vec<Rule>,
    /// The year of the yearly report, when there is one.
    pub wrapstodon: Option<String>,
}

/// Use.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(Default))]
pub struct Usage {
    /// By people.
    pub users: UsageUsers,
}

/// Use by people.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(Default))]
pub struct UsageUsers {
    /// In the last four weeks.
    pub active_month: i64,
}

/// The picture of the instance.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(Default))]
pub struct Thumbnail {
    /// The file.
    pub url: String,
    /// Its colours, blurred.
    pub blurhash: Option<String>,
    /// What is on it.
    pub description: Option<String>,
    /// By density: `@1x`, `@2x`.
    pub versions: BTreeMap<String, String>,
}

/// An icon.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(Default))]
pub struct Icon {
    /// The file.
    pub src: String,
    /// `WIDTHxHEIGHT`.
    pub size: String,
}

/// What the instance can do and within what limits.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(test, derive(Default))]
pub struct Configuration {
    /// Its other addresses.
    pub urls: InstanceUrls,
    /// Web Push.
    pub vapid: Vapid,
    /// Of profiles.
    pub accounts: AccountsConfiguration,
    /// Of posts.
    pub statuses: StatusesConfiguration,
    /// Of media.
    pub media_attachments: MediaConfiguration,
    /// Of polls.
    pub polls: PollsConfiguration,
    /// Of translation.
    pub translation: Translation,
    /// Who may read which timelines.
    pub timelines_access: TimelinesAccess,
    /// Whether it federates with a list of servers only.
    pub limited_federation: bool,
}

/// Addresses. What isn't there is `null`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(Default))]
pub struct InstanceUrls {
    /// WebSocket base of the streaming API.
    pub streaming: Option<String>,
    /// A page with the state of the service.
    pub status: Option<String>,
    /// A page about the instance.
    pub about: Option<String>,
    /// The privacy policy.
    pub privacy_policy: Option<String>,
    /// The terms.
    pub terms_of_service: Option<String>,
}

/// Web Push.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(Default))]
pub struct Vapid {
    /// The server's key, base64url; empty without push.
    pub public_key: String,
}

/// Limits of profiles.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(Default))]
pub struct AccountsConfiguration {
    /// Tags on a profile.
    pub max_featured_tags: usize,
    /// Posts on top of a profile.
    pub max_pinned_statuses: i64,
    /// Rows of a profile.
    pub max_profile_fields: usize,
    /// Characters of a row's name.
    pub profile_field_name_limit: usize,
    /// Characters of a row's value.
    pub profile_field_value_limit: usize,
    /// Characters.
    pub max_display_name_length: usize,
    /// Characters.
    pub max_note_length: usize,
    /// Characters.
    pub max_avatar_description_length: usize,
    /// Characters.
    pub max_header_description_length: usize,
}

/// Limits of posts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(Default))]
pub struct StatusesConfiguration {
    /// Characters.
    pub max_characters: usize,
    /// Pictures.
    pub max_media_attachments: usize,
    /// What every link counts.
    pub characters_reserved_per_url: usize,
}

/// Limits of media.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(Default))]
pub struct MediaConfiguration {
    /// What may be uploaded.
    pub supported_mime_types: Vec<String>,
    /// Characters of an alt text.
    pub description_limit: usize,
    /// Bytes.
    pub image_size_limit: u64,
    /// Pixels.
    pub image_matrix_limit: u64,
    /// Bytes.
    pub video_size_limit: u64,
    /// Pictures a second.
    pub video_frame_rate_limit: u64,
    /// Pixels of one picture.
    pub video_matrix_limit: u64,
}

/// Limits of polls.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(Default))]
pub struct PollsConfiguration {
    /// Choices.
    pub max_options: usize,
    /// Characters of a choice.
    pub max_characters_per_option: usize,
    /// Seconds.
    pub min_expiration: u64,
    /// Seconds.
    pub max_expiration: u64,
}

/// Translation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(Default))]
pub struct Translation {
    /// Whether there is any.
    pub enabled: bool,
}

/// Who may read which timelines.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(Default))]
pub struct TimelinesAccess {
    /// The public timelines.
    pub live_feeds: FeedAccess,
    /// Those of a tag; `null` where there are none.
    pub hashtag_feeds: Option<FeedAccess>,
    /// Those of a link; `null` where there are none.
    pub trending_link_feeds: Option<FeedAccess>,
}

/// Each `public`, `authenticated` or `disabled`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(Default))]
pub struct FeedAccess {
    /// What was written here.
    pub local: &'static str,
    /// What was written elsewhere.
    pub remote: &'static str,
}

/// Whether and how people may join.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(Default))]
pub struct Registrations {
    /// Whether at all.
    pub enabled: bool,
    /// An admin must approve.
    pub approval_required: bool,
    /// A reason must be written.
    pub reason_required: Option<bool>,
    /// Why it is closed, HTML.
    pub message: Option<String>,
    /// Years.
    pub min_age: Option<i64>,
    /// Where to join, when that isn't here.
    pub url: Option<String>,
}

/// Versions of APIs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(Default))]
pub struct ApiVersions {
    /// The number that Mastodon raises with every addition.
    pub mastodon: u32,
}

/// Who answers for the instance.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(test, derive(Default))]
pub struct Contact {
    /// Their address; empty without one.
    pub email: String,
    /// Their account.
    pub account: Option<Account>,
}

/// A rule of the instance.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(Default))]
pub struct Rule {
    /// Its id.
    pub id: String,
    /// The rule.
    pub text: String,
    /// More about it.
    pub hint: String,
    /// By language.
    pub translations: BTreeMap<String, BTreeMap<String, String>>,
}

/// The version of Mastodon whose API this is, then our own. Clients read it as a semantic version.
pub const VERSION: &str = concat!("4.6.0 (compatible; Tintype ", env!("CARGO_PKG_VERSION"), ")");

/// The number of the additions to Mastodon's API that are served whole. The second is grouped notifications.
const API_VERSION: u32 = 1;

/// The languages that the instance speaks.
pub const LANGUAGES: &[&str] = &["en"];

impl Instance {
    /// The instance as it is configured, with its figures and whoever answers for it.
    pub fn new(ctx: &Ctx, stats: Stats, contact: Option<AccountView>) -> Self {
        let site = &ctx.site;
        Self {
            domain: site.domain.clone(),
            title: site.title.clone(),
            version: VERSION.to_owned(),
            source_url: site.page("/about"),
            description: ctx.policy.description.clone(),
            usage: Usage { users: UsageUsers { active_month: stats.active_month } },
            thumbnail: Thumbnail {
                url: site.missing_header(),
                blurhash: None,
                description: None,
                versions: BTreeMap::new(),
            },
            icon: vec![Icon { src: site.page("/assets/icon.png"), size: "64x64".to_owned() }],
            languages: LANGUAGES.iter().map(|&language| language.to_owned()).collect(),
            configuration: Configuration::of(ctx),
            registrations: Registrations::of(&ctx.policy),
            api_versions: ApiVersions { mastodon: API_VERSION },
            contact: Contact { email: ctx.policy.contact_email.clone(), account: contact.map(Account::from) },
            rules: Vec::new(),
            wrapstodon: None,
        }
    }
}

impl Registrations {
    /// As the instance is configured. Who asks to be let in says why, if they like.
    pub fn of(policy: &Policy) -> Self {
        use tintype_service::Registrations::{Approval, Closed};
        Self {
            enabled: policy.registrations != Closed,
            approval_required: policy.registrations == Approval,
            reason_required: Some(false),
            message: None,
            min_age: None,
            url: None,
        }
    }
}

/// The WebSocket base of the streaming API.
pub fn streaming(site: &Site) -> String {
    site.base.replacen("http", "ws", 1)
}

impl Configuration {
    /// What this instance can do. There is no push, translation or film.
    fn of(ctx: &Ctx) -> Self {
        let public = FeedAccess { local: "public", remote: "public" };
        Self {
            urls: InstanceUrls {
                streaming: Some(streaming(&ctx.site)),
                status: None,
                about: None,
                privacy_policy: None,
                terms_of_service: None,
            },
            vapid: Vapid { public_key: String::new() },
            accounts: AccountsConfiguration {
                max_featured_tags: 0,
                max_pinned_statuses: pins::MOST,
                max_profile_fields: accounts::MAX_FIELDS,
                profile_field_name_limit: accounts::FIELD_CHARACTERS,
                profile_field_value_limit: accounts::FIELD_CHARACTERS,
                max_display_name_length: ctx.policy.limits.display_name_characters,
                max_note_length: ctx.policy.limits.note_characters,
                max_avatar_description_length: 0,
                max_header_description_length: 0,
            },
            statuses: StatusesConfiguration::of(ctx),
            media_attachments: MediaConfiguration::of(ctx),
            polls: PollsConfiguration::of(ctx),
            translation: Translation { enabled: false },
            timelines_access: TimelinesAccess {
                live_feeds: public.clone(),
                hashtag_feeds: Some(public),
                trending_link_feeds: None,
            },
            limited_federation: ctx.policy.federation != FederationMode::Open,
        }
    }
}

impl StatusesConfiguration {
    /// The limits of this instance.
    pub fn of(ctx: &Ctx) -> Self {
        let limits = &ctx.policy.limits;
        Self {
            max_characters: limits.status_characters,
            max_media_attachments: limits.status_media,
            characters_reserved_per_url: limits.link_characters,
        }
    }
}

impl MediaConfiguration {
    /// The limits of this instance: pictures only.
    pub fn of(ctx: &Ctx) -> Self {
        let limits = ctx.studio.limits();
        Self {
            supported_mime_types: SUPPORTED_TYPES.iter().map(|&kind| kind.to_owned()).collect(),
            description_limit: ctx.policy.limits.description_characters,
            image_size_limit: limits.max_bytes as u64,
            image_matrix_limit: limits.max_pixels,
            video_size_limit: 0,
            video_frame_rate_limit: 0,
            video_matrix_limit: 0,
        }
    }
}

impl PollsConfiguration {
    /// The limits of this instance.
    pub fn of(ctx: &Ctx) -> Self {
        let limits = &ctx.policy.limits;
        Self {
            max_options: limits.poll_options,
            max_characters_per_option: limits.poll_option_characters,
            min_expiration: limits.poll_seconds.start().unsigned_abs(),
            max_expiration: limits.poll_seconds.end().unsigned_abs(),
        }
    }
}
