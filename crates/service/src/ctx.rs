//! What every use case is handed.

use std::sync::Arc;

use tintype_media::{MediaStore, Studio};
use tintype_model::{Clock, IdGen, Limits, Millis, Site};
use tintype_store::Store;

use crate::Events;

/// The surroundings of a use case. A plain struct: no methods that do work, no statics, so that two instances live in
/// one process.
#[derive(Debug, Clone)]
pub struct Ctx {
    /// Our rows.
    pub store: Store,
    /// Our bytes.
    pub media: MediaStore,
    /// Image work.
    pub studio: Studio,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// New ids.
    pub ids: IdGen,
    /// Where this instance lives.
    pub site: Arc<Site>,
    /// What the instance allows.
    pub policy: Arc<Policy>,
    /// Hints of what happened.
    pub events: Events,
    /// Bounds on password hashing, which is slow on purpose.
    pub passwords: crate::ctx::PasswordWork,
    /// How much strangers have told whom.
    pub strangers: crate::throttle::Throttle,
}

/// What the instance's configuration says about people.
#[derive(Debug, Clone)]
pub struct Policy {
    /// Limits of local content.
    pub limits: Limits,
    /// Who may register.
    pub registrations: Registrations,
    /// Which other servers this one speaks with.
    pub federation: FederationMode,
    /// Entries that a home timeline keeps.
    pub home_limit: i64,
    /// What people of one server whom somebody doesn't follow tell them in an hour, in words, and again by likes and the
    /// like; of the rest they hear when they ask.
    pub told_by_strangers: u32,
    /// The same of one stranger.
    pub told_by_stranger: u32,
    /// A line about the instance, plain text.
    pub description: String,
    /// Where the people who run it can be reached.
    pub contact_email: String,
}

impl Default for Policy {
    fn default() -> Self {
        Self {
            limits: Limits::default(),
            registrations: Registrations::Open,
            federation: FederationMode::Open,
            home_limit: 800,
            told_by_strangers: 300,
            told_by_stranger: 100,
            description: String::new(),
            contact_email: String::new(),
        }
    }
}

tintype_model::words! {
    /// Who may register.
    pub enum Registrations {
        /// Everybody.
        Open = "open",
        /// Nobody.
        Closed = "closed",
        /// Everybody may ask; the instance's people decide.
        Approval = "approval",
    }
}

tintype_model::words! {
    /// Which other servers this one speaks with.
    pub enum FederationMode {
        /// All but those that it blocks.
        Open = "open",
        /// Only those that it allows.
        Allowlist = "allowlist",
        /// None.
        Off = "off",
    }
}

/// What bounds the checking of passwords.
#[derive(Debug, Clone)]
pub struct PasswordWork {
    /// How many passwords may be hashed at once (each takes tens of MiB while it lasts).
    pub slots: Arc<tokio::sync::Semaphore>,
    /// How often somebody may try.
    pub throttle: crate::throttle::Throttle,
    /// Whether trying too often is refused.
    pub throttled: bool,
}

impl Default for PasswordWork {
    fn default() -> Self {
        Self {
            slots: Arc::new(tokio::sync::Semaphore::new(2)),
            throttle: crate::throttle::Throttle::default(),
            throttled: true,
        }
    }
}

impl Ctx {
    /// The present moment.
    pub fn now(&self) -> Millis {
        self.clock.now()
    }
}
