//! Every entity with exactly the keys that Mastodon 4.6 documents for it: those that are always there, and those that
//! some answers leave out.

use std::collections::BTreeSet;

use serde::Serialize;
use serde_json::{Value, json, to_value};
use tintype_model::Millis;

use super::*;

fn keys(value: &Value) -> BTreeSet<&str> {
    value.as_object().unwrap().keys().map(String::as_str).collect()
}

fn words(text: &str) -> BTreeSet<&str> {
    text.split_whitespace().collect()
}

fn has_keys(entity: &impl Serialize, always: &str) {
    let value = to_value(entity).unwrap();
    assert_eq!(keys(&value), words(always));
}

const ACCOUNT: &str = "id username acct display_name locked bot discoverable indexable group created_at note url uri \
    avatar avatar_static avatar_description header header_static header_description followers_count following_count \
    statuses_count last_status_at hide_collections show_media show_media_replies show_featured feature_approval \
    emojis fields";
const ACCOUNT_SOMETIMES: &str = "noindex moved suspended limited memorial roles";
const STATUS: &str = "id created_at in_reply_to_id in_reply_to_account_id sensitive spoiler_text visibility language \
    uri url replies_count reblogs_count favourites_count quotes_count edited_at content reblog account \
    media_attachments mentions tags emojis card poll quote quote_approval tagged_collections";
const STATUS_SOMETIMES: &str = "text application favourited reblogged muted bookmarked filtered pinned";

#[test]
fn accounts() {
    has_keys(&Account::default(), ACCOUNT);
    let full = Account {
        noindex: Some(false),
        moved: Some(Box::default()),
        suspended: Some(true),
        limited: Some(true),
        memorial: Some(true),
        roles: Some(vec![AccountRole::default()]),
        ..Account::default()
    };
    has_keys(&full, &format!("{ACCOUNT} {ACCOUNT_SOMETIMES}"));
    has_keys(&CredentialAccount::default(), &format!("{ACCOUNT} source role"));
    has_keys(&MutedAccount::default(), &format!("{ACCOUNT} mute_expires_at"));
    has_keys(
        &Source::default(),
        "privacy sensitive language note fields follow_requests_count hide_collections discoverable indexable \
         attribution_domains quote_policy",
    );
    has_keys(&Field::default(), "name value verified_at");
    has_keys(&AccountRole::default(), "id name color");
    has_keys(&FeatureApproval::default(), "automatic manual current_user");
}

#[test]
fn statuses() {
    has_keys(&Status::default(), STATUS);
    let full = Status {
        text: Some(String::new()),
        application: Some(StatusApplication::default()),
        favourited: Some(false),
        reblogged: Some(false),
        muted: Some(false),
        bookmarked: Some(false),
        filtered: Some(Vec::new()),
        pinned: Some(false),
        ..Status::default()
    };
    has_keys(&full, &format!("{STATUS} {STATUS_SOMETIMES}"));
    has_keys(&StatusMention::default(), "id username url acct");
    has_keys(&StatusTag::default(), "name url");
    has_keys(&StatusApplication::default(), "name website");
    has_keys(&Context::default(), "ancestors descendants");
    has_keys(
        &StatusEdit::default(),
        "content spoiler_text sensitive created_at account media_attachments emojis poll quote",
    );
    has_keys(&StatusSource::default(), "id text spoiler_text");
    has_keys(&QuoteApproval::default(), "automatic manual current_user");
}

#[test]
fn nothing_is_null_and_lists_are_never_null() {
    let status = to_value(Status::default()).unwrap();
    for null in [
        "in_reply_to_id",
        "in_reply_to_account_id",
        "reblog",
        "poll",
        "card",
        "language",
        "edited_at",
        "url",
        "quote",
    ] {
        assert_eq!(status[null], Value::Null, "{null}");
    }
    for list in ["media_attachments", "mentions", "tags", "emojis", "tagged_collections"] {
        assert_eq!(status[list], json!([]), "{list}");
    }
    assert_eq!(status["spoiler_text"], "");
    assert_eq!(to_value(Empty {}).unwrap(), json!({}));
}

#[test]
fn the_others() {
    has_keys(&MediaAttachment::default(), "id type url preview_url remote_url meta description blurhash");
    has_keys(&MediaSize::picture(4, 3).unwrap(), "width height size aspect");
    has_keys(
        &Relationship::default(),
        "id following showing_reblogs notifying languages followed_by blocking blocked_by muting \
         muting_notifications muting_expires_at requested requested_by domain_blocking endorsed note",
    );
    has_keys(&Notification::default(), "id type group_key created_at account");
    has_keys(
        &Notification { status: Some(Status::default()), ..Notification::default() },
        "id type group_key created_at account status",
    );
    has_keys(&Markers::default(), "");
    let both = Markers { home: Some(Marker::default()), notifications: Some(Marker::default()) };
    has_keys(&both, "home notifications");
    has_keys(&Marker::default(), "last_read_id version updated_at");
    has_keys(&Search::default(), "accounts statuses hashtags");
    has_keys(&Tag::default(), "id name url history");
    has_keys(&TagHistory::default(), "day accounts uses");
    has_keys(&CustomEmoji::default(), "shortcode url static_url visible_in_picker category");
    has_keys(&Application::default(), "id name website scopes redirect_uris redirect_uri vapid_key");
    has_keys(
        &CredentialApplication::default(),
        "id name website scopes redirect_uris redirect_uri vapid_key client_id client_secret client_secret_expires_at",
    );
    has_keys(&Token::default(), "access_token token_type scope created_at");
    has_keys(&UserInfo::default(), "iss sub name preferred_username profile picture");
    has_keys(&Role::default(), "id name color permissions highlighted");
    has_keys(&Error::default(), "error");
    has_keys(&ValidationError::default(), "error details");
    has_keys(
        &Preferences::default(),
        "posting:default:visibility posting:default:sensitive posting:default:language \
         posting:default:quote_policy reading:expand:media reading:expand:spoilers",
    );
    has_keys(
        &OAuthServer::default(),
        "issuer service_documentation authorization_endpoint token_endpoint app_registration_endpoint \
         revocation_endpoint userinfo_endpoint scopes_supported response_types_supported response_modes_supported \
         grant_types_supported token_endpoint_auth_methods_supported code_challenge_methods_supported",
    );
}

#[test]
fn instances() {
    has_keys(
        &Instance::default(),
        "domain title version source_url description usage thumbnail icon languages configuration registrations \
         api_versions contact rules wrapstodon",
    );
    has_keys(
        &Configuration::default(),
        "urls vapid accounts statuses media_attachments polls translation timelines_access limited_federation",
    );
    let configuration = to_value(Configuration::default()).unwrap();
    for (part, members) in [
        ("urls", "streaming status about privacy_policy terms_of_service"),
        ("vapid", "public_key"),
        (
            "accounts",
            "max_featured_tags max_pinned_statuses max_profile_fields profile_field_name_limit \
             profile_field_value_limit max_display_name_length max_note_length max_avatar_description_length \
             max_header_description_length",
        ),
        ("statuses", "max_characters max_media_attachments characters_reserved_per_url"),
        (
            "media_attachments",
            "supported_mime_types description_limit image_size_limit image_matrix_limit video_size_limit \
             video_frame_rate_limit video_matrix_limit",
        ),
        ("polls", "max_options max_characters_per_option min_expiration max_expiration"),
        ("translation", "enabled"),
        ("timelines_access", "live_feeds hashtag_feeds trending_link_feeds"),
    ] {
        assert_eq!(keys(&configuration[part]), words(members), "{part}");
    }
    has_keys(
        &InstanceV1::default(),
        "uri title short_description description email version urls stats thumbnail languages registrations \
         approval_required invites_enabled configuration contact_account rules max_toot_chars",
    );
    has_keys(&ConfigurationV1::default(), "accounts statuses media_attachments polls");
    has_keys(&StatsV1::default(), "user_count status_count domain_count");
    has_keys(&Thumbnail::default(), "url blurhash description versions");
    has_keys(&Registrations::default(), "enabled approval_required reason_required message min_age url");
    has_keys(&Rule::default(), "id text hint translations");
}

#[test]
fn times_and_days() {
    let at = Millis(1_767_323_045_000);
    assert_eq!(to_value(Time(at)).unwrap(), "2026-01-02T03:04:05.000Z");
    assert_eq!(to_value(Day(at)).unwrap(), "2026-01-02");
}

#[test]
fn picture_sizes() {
    let size = to_value(MediaSize::picture(1080, 1350).unwrap()).unwrap();
    assert_eq!(size, json!({ "width": 1080, "height": 1350, "size": "1080x1350", "aspect": 0.8 }));
    assert_eq!(MediaSize::picture(0, 3), None);
}

#[test]
fn roles_carry_their_permissions_as_text() {
    for (role, permissions) in [
        (tintype_model::Role::Owner, "1"),
        (tintype_model::Role::Moderator, "1048"),
        (tintype_model::Role::Member, "0"),
    ] {
        assert_eq!(Role::from(role).permissions, permissions, "{role}");
    }
}
