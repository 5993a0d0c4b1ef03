//! From hints to streams: for every hint, who may see what of it.

use std::{collections::HashSet, sync::Arc, time::Duration};

use futures::{StreamExt, stream};
use serde::Serialize;
use tintype_model::{AccountId, NotificationId, StatusId, Visibility};
use tintype_service::{Ctx, Error, Hint, notifications, streams};
use tokio::{
    sync::broadcast::error::RecvError,
    time::{MissedTickBehavior, interval, timeout},
};

use super::{Channel, Hub, hub::Audience};
use crate::{
    ApiError, App,
    entities::{Notification, Status},
};

/// How often the tokens of open streams are looked at again.
const RECHECK: Duration = Duration::from_secs(5);
/// People who are asked about at once.
const AT_ONCE: usize = 4;
/// How long one hint may take: the next one waits for it.
const PATIENCE: Duration = Duration::from_secs(10);
/// The age up to which a post is news to public streams: one that was fetched later is none.
const NEWS: Duration = Duration::from_hours(24);

impl Hub {
    /// Serves the open streams until `stop`, then ends them.
    pub async fn run(&self, app: &App, stop: impl Future<Output = ()>) {
        tokio::select! {
            () = stop => {}
            () = self.hear(app) => {}
            () = self.recheck(app) => {}
        }
        self.close();
    }

    async fn hear(&self, app: &App) {
        let mut hints = app.ctx.events.listen();
        loop {
            match hints.recv().await {
                Ok(hint) if self.is_empty() => tracing::trace!(?hint, "nobody streams"),
                Ok(hint) => match timeout(PATIENCE, self.handle(app, hint)).await {
                    Ok(Ok(())) => {}
                    Ok(Err(error)) => tracing::warn!(%error, "streams missed something"),
                    Err(_) => tracing::warn!("streams missed something: it took too long"),
                },
                Err(RecvError::Lagged(missed)) => tracing::debug!(missed, "streams missed hints"),
                Err(RecvError::Closed) => return std::future::pending().await,
            }
        }
    }

    async fn handle(&self, app: &App, hint: Hint) -> Result<(), Error> {
        match hint {
            Hint::Published(status) => self.told(&app.ctx, status, "update").await,
            Hint::Edited(status) => self.told(&app.ctx, status, "status.update").await,
            Hint::Deleted { status, author, visibility } => {
                self.gone(&app.ctx, status, author, visibility).await
            }
            Hint::Notified(who, notification) => self.notified(&app.ctx, who, notification).await,
            Hint::Account(who) => {
                self.check(app, Some(who)).await;
                Ok(())
            }
            Hint::Changed(_) => Ok(()),
        }
    }

    /// A status, to those in whose timelines it stands.
    async fn told(&self, ctx: &Ctx, status: StatusId, event: &'static str) -> Result<(), Error> {
        let audience = self.audience();
        if audience.0.is_empty() {
            return Ok(());
        }
        let Some(gist) = streams::gist(ctx, status).await? else { return Ok(()) };
        let home: Vec<AccountId> = audience.having(|channel| *channel == Channel::User);
        let home = streams::followers(ctx, gist.author, &home).await?;
        let news = gist.public && (event != "update" || gist.created_at.plus(NEWS) > ctx.now());
        let concerned = audience.0.into_iter().filter_map(|(viewer, mut channels)| {
            channels.retain(|channel| match channel.timeline() {
                Some(streams::Timeline::Home) => home.contains(&viewer),
                Some(streams::Timeline::Public { .. }) => news,
                Some(streams::Timeline::Tag { key, .. }) => news && gist.tags.contains(&key),
                None => false,
            });
            (!channels.is_empty()).then_some((viewer, channels))
        });
        stream::iter(concerned)
            .for_each_concurrent(AT_ONCE, async |(viewer, channels)| {
                if let Err(error) = self.told_to(ctx, viewer, channels, status, event).await {
                    tracing::warn!(%error, "a stream missed a status");
                }
            })
            .await;
        Ok(())
    }

    async fn told_to(
        &self,
        ctx: &Ctx,
        viewer: AccountId,
        mut channels: HashSet<Channel>,
        status: StatusId,
        event: &'static str,
    ) -> Result<(), Error> {
        let timelines: HashSet<_> = channels.iter().filter_map(Channel::timeline).collect();
        let timelines: Vec<_> = timelines.into_iter().collect();
        let Some((standing, view)) = streams::shown(ctx, viewer, status, &timelines).await? else {
            return Ok(());
        };
        channels.retain(|channel| channel.timeline().is_some_and(|timeline| standing.contains(&timeline)));
        let Some(payload) = json(&Status::from(view)) else { return Ok(()) };
        self.status(viewer, &channels, status, event, &payload);
        Ok(())
    }

    /// Everybody may know that an open status is gone; of one for followers, they, and of any, who was shown it here.
    async fn gone(
        &self,
        ctx: &Ctx,
        status: StatusId,
        author: AccountId,
        visibility: Visibility,
    ) -> Result<(), Error> {
        let homes = if visibility == Visibility::Private {
            let homes = self.audience().having(|channel| *channel == Channel::User);
            streams::followers(ctx, author, &homes).await?
        } else {
            HashSet::new()
        };
        let open = visibility.is_open();
        self.delete(status, |viewer, channel| open || (*channel == Channel::User && homes.contains(&viewer)));
        Ok(())
    }

    async fn notified(&self, ctx: &Ctx, who: AccountId, id: NotificationId) -> Result<(), Error> {
        if !self.notifies(who) {
            return Ok(());
        }
        match notifications::get(ctx, who, id).await {
            Ok(view) => {
                if let Some(payload) = json(&Notification::from(view)) {
                    self.notification(who, &payload);
                }
                Ok(())
            }
            Err(Error::NotFound | Error::Gone) => Ok(()),
            Err(error) => Err(error),
        }
    }

    async fn recheck(&self, app: &App) {
        let mut tick = interval(RECHECK);
        tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            tick.tick().await;
            self.check(app, None).await;
        }
    }

    /// Ends the streams whose tokens open nothing any more. A database that doesn't answer ends none.
    async fn check(&self, app: &App, of: Option<AccountId>) {
        for bearer in self.bearers(of) {
            if let Err(ApiError::Token(_) | ApiError::Forbidden(_)) = app.grants.grant(&bearer.0).await {
                self.end(&bearer);
            }
        }
    }
}

impl Audience {
    /// Who has a channel of this kind.
    fn having(&self, wanted: impl Fn(&Channel) -> bool) -> Vec<AccountId> {
        self.0
            .iter()
            .filter(|(_, channels)| channels.iter().any(&wanted))
            .map(|(viewer, _)| *viewer)
            .collect()
    }
}

fn json(entity: &impl Serialize) -> Option<Arc<str>> {
    match serde_json::to_string(entity) {
        Ok(text) => Some(text.into()),
        Err(error) => {
            tracing::error!(%error, "an entity is no JSON");
            None
        }
    }
}
