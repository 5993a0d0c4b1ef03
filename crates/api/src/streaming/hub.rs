//! The open streams of one process.

use std::{
    collections::{HashMap, HashSet, VecDeque},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use tintype_model::{AccountId, StatusId};
use tokio::sync::mpsc;

use super::Channel;
use crate::{ApiError, Caller, auth::Bearer};

/// Streams that one person may have open.
const PER_PERSON: usize = 32;
/// Streams that may be open in all.
const IN_ALL: usize = 8192;
/// Channels of one stream.
const CHANNELS: usize = 64;
/// Messages that wait for a slow reader; one more, and its stream ends. It comes back and reads what it missed.
const WAITING: usize = 256;
/// Statuses that a stream remembers to have carried: they are news only once, and it is told when they are gone.
const REMEMBERED: usize = 128;

/// The open streams. Cheap to clone.
#[derive(Debug, Clone, Default)]
pub struct Hub(Arc<Mutex<Streams>>);

#[derive(Debug, Default)]
struct Streams {
    last: u64,
    closed: bool,
    open: HashMap<u64, Open>,
}

#[derive(Debug)]
struct Open {
    viewer: AccountId,
    bearer: Bearer,
    /// Whether `user` carries notifications.
    notified: bool,
    channels: Vec<Channel>,
    carried: Carried,
    to: mpsc::Sender<Message>,
}

/// Something to tell the reader of a stream.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message {
    /// Where it happened.
    pub channel: Channel,
    /// What: `update`, `status.update`, `delete`, `notification`.
    pub event: &'static str,
    /// JSON, or an id.
    pub payload: Arc<str>,
}

/// What a stream carried lately, and on which channels; the newest last.
#[derive(Debug, Default)]
struct Carried(VecDeque<(StatusId, Vec<Channel>)>);

/// The reader's end of a stream; dropped, the stream is closed.
#[derive(Debug)]
pub struct Stream {
    hub: Hub,
    id: u64,
    from: mpsc::Receiver<Message>,
}

/// Whom a status has to be asked about.
#[derive(Debug, Default)]
pub(super) struct Audience(pub HashMap<AccountId, HashSet<Channel>>);

impl Hub {
    /// Opens a stream, of nothing yet. Errors: `TooMany`.
    pub fn open(&self, caller: &Caller, bearer: Bearer) -> Result<Stream, ApiError> {
        let mut streams = self.streams();
        let theirs = streams.open.values().filter(|open| open.viewer == caller.account).count();
        if streams.closed {
            return Err(ApiError::Temporary);
        }
        if theirs >= PER_PERSON || streams.open.len() >= IN_ALL {
            return Err(ApiError::TooMany { retry_after: None });
        }
        let (to, from) = mpsc::channel(WAITING);
        streams.last += 1;
        let id = streams.last;
        let open = Open {
            viewer: caller.account,
            bearer,
            notified: caller.scopes.allow("read:notifications"),
            channels: Vec::new(),
            carried: Carried::default(),
            to,
        };
        streams.open.insert(id, open);
        Ok(Stream { hub: self.clone(), id, from })
    }

    /// Ends all streams and opens no more.
    pub fn close(&self) {
        let mut streams = self.streams();
        streams.closed = true;
        streams.open.clear();
    }

    /// How many streams are open.
    pub fn len(&self) -> usize {
        self.streams().open.len()
    }

    /// Whether no stream is open.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// All tokens of open streams, or those of one person's.
    pub(super) fn bearers(&self, of: Option<AccountId>) -> HashSet<Bearer> {
        let streams = self.streams();
        let some = streams.open.values().filter(|open| of.is_none_or(|of| open.viewer == of));
        some.map(|open| open.bearer.clone()).collect()
    }

    /// Ends the streams of a token.
    pub(super) fn end(&self, bearer: &Bearer) {
        self.streams().open.retain(|_, open| open.bearer != *bearer);
    }

    /// Who has streams of statuses open, and which.
    pub(super) fn audience(&self) -> Audience {
        let mut audience = Audience::default();
        for open in self.streams().open.values() {
            let channels = open.channels.iter().filter(|channel| **channel != Channel::Notifications);
            audience.0.entry(open.viewer).or_default().extend(channels.cloned());
        }
        audience.0.retain(|_, channels| !channels.is_empty());
        audience
    }

    /// Whether somebody's notifications are streamed.
    pub(super) fn notifies(&self, who: AccountId) -> bool {
        self.streams().open.values().any(|open| open.viewer == who && open.notifications().next().is_some())
    }

    /// Tells a status (a new one, or its new version) to somebody's streams of these channels. A new one is told once.
    pub(super) fn status(
        &self,
        viewer: AccountId,
        channels: &HashSet<Channel>,
        status: StatusId,
        event: &'static str,
        payload: &Arc<str>,
    ) {
        self.each(|open| {
            if open.viewer != viewer {
                return true;
            }
            let told: Vec<Channel> =
                open.channels.iter().filter(|c| channels.contains(*c)).cloned().collect();
            told.into_iter().all(|channel| {
                let new = open.carried.insert(status, &channel);
                (!new && event == "update") || open.tell(channel, event, payload)
            })
        });
    }

    /// Tells of a notification.
    pub(super) fn notification(&self, who: AccountId, payload: &Arc<str>) {
        self.each(|open| {
            if open.viewer != who {
                return true;
            }
            let told: Vec<Channel> = open.notifications().cloned().collect();
            told.into_iter().all(|channel| open.tell(channel, "notification", payload))
        });
    }

    /// Tells that a status is gone: to the channels that carried it, and to those that `also` names.
    pub(super) fn delete(&self, status: StatusId, also: impl Fn(AccountId, &Channel) -> bool) {
        let payload: Arc<str> = status.to_string().into();
        self.each(|open| {
            let told: Vec<Channel> = open
                .channels
                .iter()
                .filter(|channel| channel.timeline().is_some())
                .filter(|channel| open.carried.has(status, channel) || also(open.viewer, channel))
                .cloned()
                .collect();
            told.into_iter().all(|channel| open.tell(channel, "delete", &payload))
        });
    }

    /// Visits every stream; those for which it says `false` end.
    fn each(&self, mut visit: impl FnMut(&mut Open) -> bool) {
        self.streams().open.retain(|_, open| visit(open));
    }

    fn streams(&self) -> MutexGuard<'_, Streams> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Open {
    /// `false` when the reader is too slow, or gone.
    fn tell(&self, channel: Channel, event: &'static str, payload: &Arc<str>) -> bool {
        self.to.try_send(Message { channel, event, payload: payload.clone() }).is_ok()
    }

    fn notifications(&self) -> impl Iterator<Item = &Channel> {
        self.channels.iter().filter(|channel| match channel {
            Channel::User => self.notified,
            channel => **channel == Channel::Notifications,
        })
    }
}

impl Carried {
    /// Remembers a status; whether it is new to this channel.
    fn insert(&mut self, status: StatusId, channel: &Channel) -> bool {
        if let Some((_, channels)) = self.0.iter_mut().find(|(id, _)| *id == status) {
            let new = !channels.contains(channel);
            if new {
                channels.push(channel.clone());
            }
            return new;
        }
        self.0.push_back((status, vec![channel.clone()]));
        if self.0.len() > REMEMBERED {
            self.0.pop_front();
        }
        true
    }

    fn has(&self, status: StatusId, channel: &Channel) -> bool {
        self.0.iter().any(|(id, channels)| *id == status && channels.contains(channel))
    }
}

impl Stream {
    /// The next message; `None` when the stream has ended.
    pub async fn next(&mut self) -> Option<Message> {
        self.from.recv().await
    }

    /// Adds a channel; twice is once, and too many are left out.
    pub fn subscribe(&self, channel: Channel) {
        if let Some(open) = self.hub.streams().open.get_mut(&self.id)
            && open.channels.len() < CHANNELS
            && !open.channels.contains(&channel)
        {
            open.channels.push(channel);
        }
    }

    /// Takes a channel away.
    pub fn unsubscribe(&self, channel: &Channel) {
        if let Some(open) = self.hub.streams().open.get_mut(&self.id) {
            open.channels.retain(|have| have != channel);
        }
    }
}

impl Drop for Stream {
    fn drop(&mut self) {
        self.hub.streams().open.remove(&self.id);
    }
}
