//! What goes out: the shapes of Mastodon 4.6 (<https://docs.joinmastodon.org/entities/>), one file per noun.
//!
//! A key that Mastodon always sends is always sent here, as `null` where it has no value; a key that Mastodon leaves
//! out in some answers is an `Option` that is skipped. Lists are never `null`. Ids are texts.

mod account;
mod application;
mod context;
mod emoji;
mod error;
mod featured_tag;
mod instance;
mod instance_v1;
mod marker;
mod media_attachment;
mod notification;
mod oauth;
mod poll;
mod preferences;
mod quote;
mod relationship;
mod report;
mod role;
mod search;
mod status;
mod status_edit;
mod tag;
mod time;

pub use account::{Account, AccountRole, CredentialAccount, FeatureApproval, Field, MutedAccount, Source};
pub use application::{Application, CredentialApplication};
pub use context::Context;
pub use emoji::CustomEmoji;
pub use error::{Error, ErrorDetail, ValidationError};
pub use featured_tag::FeaturedTag;
pub use instance::{
    AccountsConfiguration, ApiVersions, Configuration, Contact, FeedAccess, Icon, Instance, InstanceUrls,
    MediaConfiguration, PollsConfiguration, Registrations, Rule, StatusesConfiguration, Thumbnail,
    TimelinesAccess, Translation, Usage, UsageUsers, Vapid,
};
pub use instance_v1::{AccountsConfigurationV1, ConfigurationV1, InstanceV1, StatsV1, UrlsV1};
pub use marker::{Marker, Markers};
pub use media_attachment::{MediaAttachment, MediaFocus, MediaMeta, MediaSize};
pub use notification::Notification;
pub use oauth::{OAuthServer, Token, UserInfo};
pub use poll::{Poll, PollOption};
pub use preferences::Preferences;
pub use quote::{Quote, QuoteApproval};
pub use relationship::Relationship;
pub use report::Report;
pub use role::Role;
pub use search::Search;
pub use status::{Status, StatusApplication, StatusMention};
pub use status_edit::{StatusEdit, StatusSource};
pub use tag::{StatusTag, Tag, TagHistory};
pub use time::{Day, Time};

/// The place of something that this server doesn't serve: `null`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, serde::Serialize)]
pub struct Nothing;

/// An answer that says nothing: `{}`. Clients parse even those, so there is no 204 in this door.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, serde::Serialize)]
pub struct Empty {}

#[cfg(test)]
mod tests;
