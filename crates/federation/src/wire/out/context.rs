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
        {
            "toot": "http://joinmastodon.org/ns#",
            "schema": "http://schema.org#",
            "manuallyApprovesFollowers": "as:manuallyApprovesFollowers",
            "featured": {"@id": "toot:featured", "@type": "@id"},
            "alsoKnownAs": {"@id": "as:alsoKnownAs", "@type": "@id"},
            "movedTo": {"@id": "as:movedTo", "@type": "@id"},
            "discoverable": "toot:discoverable",
            "indexable": "toot:indexable",
            "suspended": "toot:suspended",
            "PropertyValue": "schema:PropertyValue",
            "value": "schema:value",
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
            "blurhash": "toot:blurhash",
            "focalPoint": {"@container": "@list", "@id": "toot:focalPoint"}
        }
    ])
}
