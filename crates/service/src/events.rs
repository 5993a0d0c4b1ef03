//! Hints of what happened, after the commit. They may be lost: nothing that must happen hangs on them.

use tintype_model::{AccountId, NotificationId, StatusId, Visibility};
use tokio::sync::{broadcast, mpsc};

/// Hints that a slow listener may be behind before it misses some.
const WAITING: usize = 1024;

/// What happened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Hint {
    /// A status is new here, or has reached more home timelines.
    Published(StatusId),
    /// A status is gone, and who could see it.
    Deleted { status: StatusId, author: AccountId, visibility: Visibility },
    /// The text or the pictures of a status changed.
    Edited(StatusId),
    /// The counts of a status changed.
    Changed(StatusId),
    /// Somebody was notified.
    Notified(AccountId, NotificationId),
    /// An account changed, or who may act for it.
    Account(AccountId),
}

/// The bus of one process; also what leaves it, if processes of one instance tell each other. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Events {
    here: broadcast::Sender<Hint>,
    elsewhere: Option<mpsc::Sender<Hint>>,
}

impl Default for Events {
    fn default() -> Self {
        Self { here: broadcast::channel(WAITING).0, elsewhere: None }
    }
}

impl Events {
    /// A bus whose own hints can also be told to other processes: what is received is what they should hear.
    pub fn shared() -> (Self, mpsc::Receiver<Hint>) {
        let (elsewhere, leaving) = mpsc::channel(WAITING);
        (Self { elsewhere: Some(elsewhere), ..Self::default() }, leaving)
    }

    /// Tells whoever listens, here and in other processes. Never waits.
    pub fn hint(&self, hint: Hint) {
        if let Some(elsewhere) = &self.elsewhere {
            // Full while nobody takes them away: lost, as hints may be.
            let _ = elsewhere.try_send(hint);
        }
        self.echo(hint);
    }

    /// Tells those here what another process told us.
    pub fn echo(&self, hint: Hint) {
        // Nobody listening is no error.
        let _ = self.here.send(hint);
    }

    /// Listens from now on.
    pub fn listen(&self) -> broadcast::Receiver<Hint> {
        self.here.subscribe()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hints_leave_once_and_echoes_stay() {
        let (events, mut leaving) = Events::shared();
        let mut here = events.listen();
        let (ours, theirs) = (Hint::Published(StatusId(1)), Hint::Edited(StatusId(2)));
        events.hint(ours);
        events.echo(theirs);
        assert_eq!((here.try_recv(), here.try_recv()), (Ok(ours), Ok(theirs)));
        assert_eq!(leaving.try_recv(), Ok(ours));
        assert!(leaving.try_recv().is_err());
        for n in 0..2 * WAITING {
            events.hint(Hint::Changed(StatusId(i64::try_from(n).unwrap())));
        }
        assert_eq!(leaving.len(), WAITING, "those that nobody takes are lost");
    }
}
