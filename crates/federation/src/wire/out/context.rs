//! The contexts of what we send. We use the terms by their usual names; these texts are for readers that do
//! process JSON-LD.

use serde_json::{Value, json};

const ACTIVITY_STREAMS: &str = "https://www.w3.org/ns/activitystreams";

/// For activities and collections that use nothing but ActivityStreams.
pub(super) fn plain() -> Value {
    ACTIVITY_STREAMS.into()
}

/// For actors. The base of schema.org ends in `#` because Mastodon's does, and has to be matched.
pub(super) fn actor() -> Value {
    json!([
        ACTIVITY_STREAMS,
        "https://w3id.org/security/v1",
        "https://w3id.org/security/data-integrity/v1",
        "https://w3id.org/security/multikey/v1",
        {
            "toot": "http://joinmastodon.org/ns#",
            "schema": "http://schema.org#",
            "manuallyApprovesFollowers": "as:manuallyApprovesFollowers",
            "featured": {"@id": "toot:featured", "@type": "@id"},
            "featuredTags": {"@id": "toot:featuredTags", "@type": "@id"},
            "alsoKnownAs": {"@id": "as:alsoKnownAs", "@type": "@id"},
            "movedTo": {"@id": "as:movedTo", "@type": "@id"},
            "discoverable": "toot:discoverable",
            "indexable": "toot:indexable",
            "suspended": "toot:suspended",
            "attributionDomains": {"@id": "toot:attributionDomains", "@type": "@id"},
            "webfinger": "https://purl.archive.org/socialweb/webfinger#webfinger",
            "PropertyValue": "schema:PropertyValue",
            "value": "schema:value",
            "Emoji": "toot:Emoji",
            "Hashtag": "as:Hashtag"
        }
    ])
}

/// For statuses, and activities that carry one.
pub(super) fn note() -> Value {
    json!([
        ACTIVITY_STREAMS,
        {
            "toot": "http://joinmastodon.org/ns#",
            "ostatus": "http://ostatus.org#",
            "conversation": "ostatus:conversation",
            "sensitive": "as:sensitive",
            "Hashtag": "as:Hashtag",
            "Emoji": "toot:Emoji",
            "votersCount": "toot:votersCount",
            "blurhash": "toot:blurhash",
            "focalPoint": {"@container": "@list", "@id": "toot:focalPoint"}
        },
        {
            "fep044f": "https://w3id.org/fep/044f#",
            "quote": {"@id": "fep044f:quote", "@type": "@id"},
            "quoteAuthorization": {"@id": "fep044f:quoteAuthorization", "@type": "@id"},
            "QuoteRequest": "fep044f:QuoteRequest",
            "QuoteAuthorization": "fep044f:QuoteAuthorization",
            "quoteUri": "http://fedibird.com/ns#quoteUri",
            "_misskey_quote": "https://misskey-hub.net/ns#_misskey_quote"
        },
        {
            "gts": "https://gotosocial.org/ns#",
            "interactionPolicy": {"@id": "gts:interactionPolicy", "@type": "@id"},
            "canLike": {"@id": "gts:canLike", "@type": "@id"},
            "canReply": {"@id": "gts:canReply", "@type": "@id"},
            "canAnnounce": {"@id": "gts:canAnnounce", "@type": "@id"},
            "canQuote": {"@id": "gts:canQuote", "@type": "@id"},
            "automaticApproval": {"@id": "gts:automaticApproval", "@type": "@id"},
            "interactingObject": {"@id": "gts:interactingObject", "@type": "@id"},
            "interactionTarget": {"@id": "gts:interactionTarget", "@type": "@id"},
            "replyAuthorization": {"@id": "gts:replyAuthorization", "@type": "@id"},
            "announceAuthorization": {"@id": "gts:announceAuthorization", "@type": "@id"},
            "approvedBy": {"@id": "gts:approvedBy", "@type": "@id"},
            "LikeRequest": "gts:LikeRequest",
            "ReplyRequest": "gts:ReplyRequest",
            "AnnounceRequest": "gts:AnnounceRequest",
            "LikeAuthorization": "gts:LikeAuthorization",
            "ReplyAuthorization": "gts:ReplyAuthorization",
            "AnnounceAuthorization": "gts:AnnounceAuthorization"
        },
        {
            "pixelfed": "http://pixelfed.org/ns#",
            "capabilities": "pixelfed:capabilities",
            "commentsEnabled": "pixelfed:commentsEnabled",
            "announce": {"@id": "pixelfed:canAnnounce", "@type": "@id"},
            "like": {"@id": "pixelfed:canLike", "@type": "@id"},
            "reply": {"@id": "pixelfed:canReply", "@type": "@id"}
        }
    ])
}
