//! Hints of what happened, after the commit. They may be lost: nothing that must happen hangs on them.

use tintype_model::{AccountId, NotificationId, StatusId};
use tokio::sync::broadcast;

/// What happened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Hint {
    /// A status is new here.
    Published(StatusId),
    /// A status is gone.
    Deleted(StatusId),
    /// A status, or its counts, changed.
    Changed(StatusId),
    /// Somebody was notified.
    Notified(AccountId, NotificationId),
    /// An account changed.
    Account(AccountId),
}

/// The bus of one process.
#[derive(Debug, Clone)]
pub struct Events(broadcast::Sender<Hint>);

impl Default for Events {
    fn default() -> Self {
        Self(broadcast::channel(1024).0)
    }
}

impl Events {
    /// Tells whoever listens.
    pub fn hint(&self, hint: Hint) {
        // Nobody listening is no error.
        let _ = self.0.send(hint);
    }

    /// Listens from now on.
    pub fn listen(&self) -> broadcast::Receiver<Hint> {
        self.0.subscribe()
    }
}
