//! <https://docs.joinmastodon.org/entities/V1_Instance/>

use serde::Serialize;
use tintype_model::text;
use tintype_service::{Ctx, instance::Stats, views::AccountView};

use super::{
    Account, MediaConfiguration, PollsConfiguration, Registrations, Rule, StatusesConfiguration,
    instance::{LANGUAGES, VERSION, streaming},
};

/// This server, as older clients read it.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(test, derive(Default))]
pub struct InstanceV1 {
    /// The domain of its handles; no URL.
    pub uri: String,
    /// What it calls itself.
    pub title: String,
    /// One sentence about it.
    pub short_description: String,
    /// More about it, HTML.
    pub description: String,
    /// Who answers for it; empty without an address.
    pub email: String,
    /// As in [`super::Instance`].
    pub version: String,
    /// Its other addresses.
    pub urls: UrlsV1,
    /// Counts.
    pub stats: StatsV1,
    /// Its picture.
    pub thumbnail: Option<String>,
    /// Its languages, ISO 639-1.
    pub languages: Vec<String>,
    /// People may join.
    pub registrations: bool,
    /// An admin must approve.
    pub approval_required: bool,
    /// People may invite.
    pub invites_enabled: bool,
    /// Limits.
    pub configuration: ConfigurationV1,
    /// Who answers for it.
    pub contact_account: Option<Account>,
    /// Its rules.
    pub rules: Vec<Rule>,
    /// Characters of a post, where clients looked before there was a configuration.
    pub max_toot_chars: usize,
}

/// Addresses.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(Default))]
pub struct UrlsV1 {
    /// WebSocket base of the streaming API.
    pub streaming_api: String,
}

/// Counts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(Default))]
pub struct StatsV1 {
    /// People here.
    pub user_count: i64,
    /// Posts written here.
    pub status_count: i64,
    /// Other servers known here.
    pub domain_count: i64,
}

/// Limits.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(test, derive(Default))]
pub struct ConfigurationV1 {
    /// Of profiles.
    pub accounts: AccountsConfigurationV1,
    /// Of posts.
    pub statuses: StatusesConfiguration,
    /// Of media.
    pub media_attachments: MediaConfiguration,
    /// Of polls.
    pub polls: PollsConfiguration,
}

/// Limits of profiles.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(Default))]
pub struct AccountsConfigurationV1 {
    /// Tags on a profile.
    pub max_featured_tags: usize,
}

impl InstanceV1 {
    /// The instance as it is configured, with its figures and whoever answers for it.
    pub fn new(ctx: &Ctx, stats: Stats, contact: Option<AccountView>) -> Self {
        let (site, policy) = (&ctx.site, &ctx.policy);
        let joining = Registrations::of(policy);
        Self {
            uri: site.domain.clone(),
            title: site.title.clone(),
            short_description: policy.description.clone(),
            description: text::escape(&policy.description),
            email: policy.contact_email.clone(),
            version: VERSION.to_owned(),
            urls: UrlsV1 { streaming_api: streaming(site) },
            stats: StatsV1 {
                user_count: stats.users,
                status_count: stats.statuses,
                domain_count: stats.domains,
            },
            thumbnail: Some(site.missing_header()),
            languages: LANGUAGES.iter().map(|&language| language.to_owned()).collect(),
            registrations: joining.enabled,
            approval_required: joining.approval_required,
            invites_enabled: false,
            configuration: ConfigurationV1 {
                accounts: AccountsConfigurationV1 { max_featured_tags: 0 },
                statuses: StatusesConfiguration::of(ctx),
                media_attachments: MediaConfiguration::of(ctx),
                polls: PollsConfiguration::of(ctx),
            },
            contact_account: contact.map(Account::from),
            rules: Vec::new(),
            max_toot_chars: policy.limits.status_characters,
        }
    }
}
