//! How much we read from strangers. Every cap on foreign input is here, so that one page answers "how large may
//! it be?". Lengths are bytes of UTF-8 unless the name says otherwise; longer text is cut at a character boundary,
//! longer lists lose their tail.

use std::ops::RangeInclusive;

/// The largest body of an inbox request or of a fetched document.
pub const BODY_BYTES: usize = 1024 * 1024;
/// The deepest nesting of arrays and objects; what real servers send stays below ten.
pub const JSON_DEPTH: usize = 64;

/// A signature may be this old. Mastodon's documentation ("Security") allows 12 hours.
pub const SIGNATURE_PAST_MILLIS: i64 = 12 * 60 * 60 * 1000;
/// A signature may be dated this far ahead, for clocks that run fast.
pub const SIGNATURE_FUTURE_MILLIS: i64 = 60 * 60 * 1000;
/// A proof may be this old where it alone shows whose an activity is: for as long as what was applied is remembered, less a
/// day.
pub const PROOF_PAST_MILLIS: i64 = 6 * 24 * 60 * 60 * 1000;
/// The longest `Signature` header; an RSA-8192 signature is about 1.4 KiB of it.
pub const SIGNATURE_HEADER_BYTES: usize = 8 * 1024;
/// The most headers one signature may cover.
pub const SIGNATURE_COVERED: usize = 32;
/// What is asked for of one origin because somebody else brought it, in a minute and of one bearer.
pub const FORWARDED_PER_MINUTE: u32 = 120;
/// The longest public key in PEM; RSA-8192 needs about 1.5 KiB.
pub const KEY_PEM_BYTES: usize = 8 * 1024;
/// RSA moduli we verify with. Shorter is weak, longer is expensive for us only.
pub const RSA_BITS: RangeInclusive<u32> = 2048..=8192;
/// Public keys read from one actor.
pub const KEYS_PER_ACTOR: usize = 8;

/// The longest URL.
pub const URL_BYTES: usize = 2048;
/// Recipients read from each of `to`, `cc`, `bto`, `bcc` and `audience`.
pub const RECIPIENTS: usize = 500;
/// Objects of one activity: a `Flag` names an account and its statuses.
pub const OBJECTS: usize = 100;
/// Network fetches one incoming activity may cause, nested ones included.
pub const FETCHES_PER_ACTIVITY: usize = 100;
/// Fetches for one post that a relay points to: the post, its author and their handle.
pub const FETCHES_PER_RELAYED: u32 = 10;
/// Posts that one relay brings in a minute; more are left out.
pub const RELAYED_PER_MINUTE: u32 = 120;
/// Ancestors followed upwards from one reply.
pub const THREAD_DEPTH: usize = 40;

/// Entries of `tag` looked at.
pub const TAGS: usize = 256;
/// Mentions kept of one object.
pub const MENTIONS: usize = 50;
/// Mentioned actors nobody here knows that are looked up for one object.
pub const MENTIONS_RESOLVED: usize = 20;
/// Hashtags kept of one object.
pub const HASHTAGS: usize = 64;
/// Custom emoji kept of one object.
pub const EMOJIS: usize = 64;
/// Attachments kept of one object.
pub const ATTACHMENTS: usize = 16;

/// HTML of a status.
pub const CONTENT_BYTES: usize = 128 * 1024;
/// A title or a content warning.
pub const SUMMARY_BYTES: usize = 10 * 1024;
/// Options of a poll.
pub const POLL_OPTIONS: usize = 500;
/// An option of a poll.
pub const POLL_OPTION_BYTES: usize = 500;
/// The largest picture of a custom emoji that is fetched.
pub const EMOJI_BYTES: usize = tintype_service::emojis::MOST_BYTES;
/// A description of a picture.
pub const ALT_TEXT_BYTES: usize = 10 * 1024;
/// A user name or display name.
pub const NAME_BYTES: usize = 2048;
/// An actor's biography.
pub const BIO_BYTES: usize = 20 * 1024;
/// The name or the value of a profile field.
pub const FIELD_BYTES: usize = 2048;
/// Profile fields of one actor.
pub const FIELDS: usize = 50;
/// Other names an actor says it has.
pub const ALSO_KNOWN_AS: usize = 32;
/// The name of a hashtag.
pub const HASHTAG_BYTES: usize = 512;
/// The short code of a custom emoji.
pub const SHORTCODE_BYTES: usize = 512;
/// The emoji that somebody reacts with, or its short code with colons.
pub const REACTION_BYTES: usize = SHORTCODE_BYTES + 2;
/// A blurhash; the longest the algorithm makes (9×9 components) has 166 characters.
pub const BLURHASH_BYTES: usize = 166;
/// A media type.
pub const MEDIA_TYPE_BYTES: usize = 128;
/// A name of an activity's or object's type.
pub const TYPE_BYTES: usize = 128;
/// An identifier of a conversation, which need not be a URL.
pub const CONVERSATION_BYTES: usize = 2048;
/// The widest or highest a picture may claim to be, in pixels.
pub const PIXELS: u64 = 65_535;

/// Items read from one page of a collection.
pub const COLLECTION_ITEMS: usize = 200;
/// Pages read of one collection.
pub const COLLECTION_PAGES: usize = 5;
/// Pinned statuses read of one actor.
pub const FEATURED: usize = 25;
/// Hashtags read of one profile; Mastodon lets people show ten.
pub const FEATURED_TAGS: usize = 10;
/// Posts read of an outbox.
pub const RECENT_POSTS: usize = 20;
/// Answers kept of one reading of a thread.
pub const ANSWERS_READ: usize = 50;
/// Answers to answers are read so far down.
pub const ANSWERS_DEPTH: usize = 3;
/// Accounts and collections read of each list of an interaction policy.
pub const POLICY_ENTRIES: usize = 100;
/// Websites read of one actor that may name it as their author.
pub const ATTRIBUTION_DOMAINS: usize = 100;
/// The largest `totalItems` believed.
pub const TOTAL_ITEMS: u64 = 1_000_000_000;
/// Links read from one WebFinger document.
pub const WEBFINGER_LINKS: usize = 64;
