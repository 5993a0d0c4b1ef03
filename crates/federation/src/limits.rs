//! How much we read from strangers, and do for them: one page answers "how large may it be?". Each is a key of the configuration's `[federation.limits]`, with the bounds beyond which the rest would no
//! longer hold. A process has one set of them.
//!
//! Lengths are bytes of UTF-8 unless the name says otherwise; longer text is cut at a character boundary, longer lists lose
//! their tail.

use std::sync::OnceLock;

use serde::{Deserialize, Serialize};

/// RSA moduli of fewer bits are weak, whatever anybody configures.
pub const RSA_BITS_LEAST: u32 = 2048;

/// name: type = default, least..=most
macro_rules! limits {
    ($($(#[doc = $doc:literal])+ $name:ident: $kind:ty = $default:expr, $range:expr;)+) => {
        /// The bounds of one process.
        #[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
        #[serde(deny_unknown_fields, default)]
        pub struct Limits {
            $($(#[doc = $doc])+ pub $name: $kind,)+
        }

        impl Default for Limits {
            fn default() -> Self {
                Self { $($name: $default,)+ }
            }
        }

        impl Limits {
            /// Each name with its meaning, its default, and the least and the most that it may be.
            pub fn table() -> Vec<Limit> {
                vec![$(Limit {
                    name: stringify!($name),
                    meaning: concat!($($doc),+).trim(),
                    usual: $default.to_string(),
                    least: $range.start().to_string(),
                    most: $range.end().to_string(),
                }),+]
            }

            /// # Errors
            /// Names the first one that is out of its bounds, in words for the administrator.
            pub fn check(&self) -> Result<(), String> {
                $(if !$range.contains(&self.$name) {
                    let (least, most) = $range.into_inner();
                    return Err(format!("{} must be between {least} and {most}", stringify!($name)));
                })+
                Ok(())
            }
        }
    };
}

/// One bound, for the documentation.
#[derive(Debug, Clone)]
pub struct Limit {
    /// The key.
    pub name: &'static str,
    /// A sentence.
    pub meaning: &'static str,
    /// The default.
    pub usual: String,
    /// The least it may be.
    pub least: String,
    /// The most it may be.
    pub most: String,
}

static NOW: OnceLock<Limits> = OnceLock::new();

/// The bounds of this process.
pub fn get() -> &'static Limits {
    NOW.get_or_init(Limits::default)
}

/// Sets the bounds of this process, once, before anything is read.
///
/// # Errors
/// When they are out of bounds themselves, or others hold already.
pub fn set(limits: &Limits) -> Result<(), String> {
    limits.check()?;
    if NOW.get_or_init(|| limits.clone()) == limits {
        Ok(())
    } else {
        Err("the bounds of this process are set already".to_owned())
    }
}

limits! {
    /// Bytes of the body of an inbox request, or of a fetched document; larger ones are refused.
    body_bytes: usize = 1 << 20, 64 << 10..=64 << 20;
    /// Nesting of arrays and objects; deeper documents are refused. What real servers send stays below ten.
    json_depth: usize = 64, 16..=512;

    /// Inbox requests worked on at once; more wait a little and are then told 503.
    inbox_requests: usize = 128, 1..=4096;
    /// Activities that the people of one registrable domain sign in a minute, whoever's they are; it is told 429 for more.
    activities_per_minute: u32 = 6000, 1..=1_000_000;
    /// People of one registrable domain, not known here, who first say something in a minute; more are told 429.
    new_actors_per_minute: u32 = 300, 1..=100_000;
    /// Signatures that no key fits which their owner shows, from one address in a minute; more are told 429.
    unknown_keys_per_minute: u32 = 300, 1..=100_000;
    /// Mentions and quotes in an hour by people of one registrable domain whom somebody doesn't follow, and as many likes,
    /// boosts and follows; they hear of more only when they ask (`include_filtered`).
    notifications_by_strangers: u32 = 300, 1..=1_000_000;
    /// The same of one of them alone.
    notifications_by_stranger: u32 = 100, 1..=1_000_000;
    /// Fetches of unknown keys at once.
    key_fetches: usize = 32, 1..=1024;
    /// Seconds for a name look-up, TCP and TLS together.
    connect_seconds: u64 = 5, 1..=60;
    /// Seconds for one delivery.
    delivery_seconds: u64 = 15, 1..=300;
    /// Requests to one host at once, deliveries among them.
    requests_per_host: usize = 8, 1..=64;
    /// Requests to all hosts at once.
    requests_at_once: usize = 640, 16..=8192;
    /// Redirects followed, each signed and checked anew.
    redirects: usize = 3, 0..=10;

    /// The age of a signature, in seconds. Mastodon's documentation ("Security") allows 12 hours.
    signature_past_seconds: i64 = 12 * 60 * 60, 60..=24 * 60 * 60;
    /// So many seconds may a signature be dated ahead, for clocks that run fast.
    signature_future_seconds: i64 = 60 * 60, 0..=24 * 60 * 60;
    /// The age of a proof where it alone shows whose an activity is, in seconds: for as long as what was applied is
    /// remembered, less a day.
    proof_past_seconds: i64 = 6 * 24 * 60 * 60, 60..=6 * 24 * 60 * 60;
    /// Bytes of a `Signature` header; an RSA-8192 signature is about 1.4 KiB of it.
    signature_header_bytes: usize = 8 << 10, 2 << 10..=64 << 10;
    /// Headers that one signature covers.
    signature_covered: usize = 32, 8..=256;
    /// Bytes of a public key in PEM; RSA-8192 needs about 1.5 KiB.
    key_pem_bytes: usize = 8 << 10, 2 << 10..=64 << 10;
    /// Bits of the longest RSA modulus we verify with: longer ones are expensive for us only.
    rsa_bits_most: u32 = 8192, 4096..=16384;
    /// Public keys read from one actor.
    keys_per_actor: usize = 8, 1..=64;

    /// Network fetches that one incoming activity causes, nested ones included.
    fetches_per_activity: u32 = 100, 1..=10_000;
    /// Documents asked of one registrable domain in a minute, and as many for keys of signatures that nothing is known of.
    /// Redirects count for the domain that sent them. What is asked beyond it fails as if the domain were away.
    fetches_per_domain: u32 = 1200, 10..=1_000_000;
    /// Seconds for which is remembered that a document or a handle is not there, or of no use.
    failures_remembered_seconds: u64 = 120, 5..=3600;
    /// Fetches from one origin in a minute because one bearer brought something of it.
    forwarded_per_minute: u32 = 120, 1..=100_000;
    /// Fetches for one post that a relay points to: the post, its author and their handle.
    fetches_per_relayed: u32 = 10, 3..=1000;
    /// Posts that one relay brings in a minute; more are left out.
    relayed_per_minute: u32 = 120, 1..=100_000;
    /// Ancestors followed upwards from one reply.
    thread_depth: usize = 40, 1..=1000;
    /// People that are named in one post and that nobody here knows who are looked up, where it concerns somebody here.
    mentions_resolved: usize = 10, 0..=100;
    /// Items read from one page of a collection.
    collection_items: usize = 200, 10..=10_000;
    /// Pages read of one collection.
    collection_pages: usize = 5, 1..=100;
    /// Pinned posts read of one actor.
    featured: usize = 25, 0..=1000;
    /// Hashtags read of one profile; Mastodon lets people show ten.
    featured_tags: usize = 10, 0..=100;
    /// Posts read of an outbox.
    recent_posts: usize = 20, 0..=1000;
    /// Answers kept of one reading of a thread.
    answers_read: usize = 50, 0..=1000;
    /// Answers to answers are read so far down.
    answers_depth: usize = 3, 0..=20;

    /// Bytes of a URL.
    url_bytes: usize = 2048, 512..=16 << 10;
    /// Recipients read from each of `to`, `cc`, `bto`, `bcc` and `audience`.
    recipients: usize = 500, 16..=100_000;
    /// Objects of one activity: a `Flag` names an account and its posts.
    objects: usize = 100, 1..=1000;
    /// Entries of `tag` looked at.
    tags: usize = 256, 16..=10_000;
    /// Mentions kept of one object.
    mentions: usize = 50, 1..=1000;
    /// Hashtags kept of one object.
    hashtags: usize = 64, 1..=1000;
    /// Custom emoji kept of one object.
    emojis: usize = 64, 0..=1000;
    /// Attachments kept of one object.
    attachments: usize = 16, 1..=256;
    /// Bytes of the HTML of a post.
    content_bytes: usize = 128 << 10, 4 << 10..=4 << 20;
    /// Bytes of a title or a content warning.
    summary_bytes: usize = 10 << 10, 1 << 10..=1 << 20;
    /// Options of a poll.
    poll_options: usize = 500, 2..=10_000;
    /// Bytes of an option of a poll.
    poll_option_bytes: usize = 500, 50..=10_000;
    /// Bytes of the description of a picture.
    alt_text_bytes: usize = 10 << 10, 1 << 10..=1 << 20;
    /// Bytes of a user name or display name.
    name_bytes: usize = 2048, 256..=64 << 10;
    /// Bytes of an actor's biography.
    bio_bytes: usize = 20 << 10, 1 << 10..=1 << 20;
    /// Bytes of the name or the value of a profile field.
    field_bytes: usize = 2048, 256..=64 << 10;
    /// Profile fields of one actor.
    fields: usize = 50, 4..=1000;
    /// Other names that an actor says it has.
    also_known_as: usize = 32, 1..=1000;
    /// Bytes of the name of a hashtag.
    hashtag_bytes: usize = 512, 64..=10_000;
    /// Bytes of the short code of a custom emoji, which somebody may also react with.
    shortcode_bytes: usize = 512, 16..=10_000;
    /// Characters of a blurhash; the longest the algorithm makes (9×9 components) has 166.
    blurhash_bytes: usize = 166, 6..=1000;
    /// Bytes of a media type.
    media_type_bytes: usize = 128, 32..=1000;
    /// Bytes of a name of an activity's or object's type.
    type_bytes: usize = 128, 32..=1000;
    /// Bytes of an identifier of a conversation, which need not be a URL.
    conversation_bytes: usize = 2048, 512..=16 << 10;
    /// The width or height that a picture may claim, in pixels.
    pixels: u64 = 65_535, 1024..=1_000_000;
    /// Accounts and collections read of each list of an interaction policy.
    policy_entries: usize = 100, 1..=10_000;
    /// Websites read of one actor that may name it as their author.
    attribution_domains: usize = 100, 0..=10_000;
    /// The largest `totalItems` believed.
    total_items: u64 = 1_000_000_000, 1000..=1_000_000_000_000_u64;
    /// Links read from one WebFinger document.
    webfinger_links: usize = 64, 4..=1000;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_out_of_bounds_is_named() {
        assert_eq!(Limits::default().check(), Ok(()));
        let few = Limits { tags: 15, ..Limits::default() };
        assert_eq!(few.check(), Err("tags must be between 16 and 10000".to_owned()));
        assert_eq!(set(&few), Err("tags must be between 16 and 10000".to_owned()));
    }

    #[test]
    fn they_are_set_once() {
        assert_eq!(set(get()), Ok(()), "what holds may be said again");
        assert!(set(&Limits { tags: 17, ..Limits::default() }).is_err());
    }
}
