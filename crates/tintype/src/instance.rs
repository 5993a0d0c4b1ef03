//! One instance: its parts wired together, served, and stopped in order. Nothing here is global: two instances live in
//! one process.

use std::{sync::Arc, time::Duration};

use anyhow::{Context, Result, anyhow, bail};
use axum::{Router, routing};
use tintype_api::{App, limits::Limits};
use tintype_federation::Federation;
use tintype_media::{MediaStore, Studio};
use tintype_model::{Clock, IdGen, SystemClock, random, secret};
use tintype_service::{
    Ctx, Events, Hint, Policy, ctx::PasswordWork, redis::Redis, setup, throttle::Throttle,
};
use tintype_store::{Options, Store};
use tokio::{
    net::TcpListener,
    sync::{mpsc, watch},
    task::JoinSet,
};

use crate::{
    config::{Config, Synchronous},
    listening, proxies, requests, sign_ups,
};

/// How long an orderly stop waits for requests and jobs in flight.
const GRACE: Duration = Duration::from_secs(10);

/// An instance with its database open.
pub struct Instance {
    pub config: Config,
    pub ctx: Ctx,
    /// What ties it to other processes of this instance, and what those should hear.
    shared: Option<(Redis, mpsc::Receiver<Hint>)>,
}

impl Instance {
    /// Opens the database (creating and migrating it), the media folder and the instance's secrets.
    pub async fn open(config: Config) -> Result<Self> {
        let site = config.site()?;
        let options = Options {
            durable_to_power_loss: config.database.synchronous == Synchronous::Full,
            connections: config.database.connections,
            ..Options::new(&config.database.url)
        };
        let store = Store::open(&options).await.context("opening the database")?;
        let mut tx = store.begin().await?;
        let domain = tx.setting_once("domain", &site.domain).await?;
        let media_secret = tx.setting_once("media_secret", &secret::token()).await?;
        tx.commit().await?;
        if domain != site.domain {
            bail!(
                "this database belongs to {domain} and can't become {}: people elsewhere know it by that name",
                site.domain
            );
        }
        let clock: Arc<dyn Clock> = Arc::new(SystemClock);
        let (events, shared) = match &config.redis.url {
            None => (Events::default(), None),
            Some(url) => {
                let redis = Redis::open(url, &site.domain).map_err(|error| anyhow!("redis.url: {error}"))?;
                let (events, leaving) = Events::shared();
                (events, Some((redis, leaving)))
            }
        };
        let ctx = Ctx {
            media: MediaStore::local(&config.media.path, secret::key(&media_secret)).context("media.path")?,
            studio: Studio::new(tintype_media::Limits::default()),
            ids: IdGen::new(clock.clone()),
            site: Arc::new(site),
            policy: Arc::new(Policy {
                registrations: config.registrations.mode,
                federation: config.federation.mode,
                description: config.instance.description.clone(),
                contact_email: config.instance.contact_email.clone(),
                told_by_strangers: config.federation.limits.notifications_by_strangers,
                told_by_stranger: config.federation.limits.notifications_by_stranger,
                ..Policy::default()
            }),
            events,
            passwords: PasswordWork { throttled: config.rate_limits.enabled, ..PasswordWork::default() },
            strangers: Throttle::default(),
            store,
            clock,
        };
        Ok(Self { config, ctx, shared })
    }

    /// Serves until `stop` says so, then finishes what is in flight.
    pub async fn serve(self, listener: TcpListener, mut stop: watch::Receiver<bool>) -> Result<()> {
        let Self { config, ctx, shared } = self;
        let federation = federation(&config, &ctx).await?;
        let api = api(&config, &ctx, &federation, shared.as_ref().map(|(redis, _)| redis));
        let router = router(&config, &api, &federation);
        let mut tasks: JoinSet<Result<()>> = JoinSet::new();
        let until_asked = || {
            let mut stop = stop.clone();
            async move {
                let _ = stop.wait_for(|s| *s).await;
            }
        };
        let server = listening::serve(listener, router, stop.clone());
        tasks.spawn(async move {
            server.await;
            Ok(())
        });
        let jobs = tintype_worker::runtime(&ctx, &federation, secret_holder());
        let stopped = until_asked();
        tasks.spawn(async move { jobs.run(stopped).await.context("jobs") });
        let (store, stopped) = (ctx.store.clone(), until_asked());
        tasks.spawn(async move {
            tokio::select! { () = store.watch() => {}, () = stopped => {} }
            Ok(())
        });
        let stopped = until_asked();
        tasks.spawn(async move {
            api.streams.run(&api, stopped).await;
            Ok(())
        });
        if let Some((redis, leaving)) = shared {
            let (events, stopped) = (ctx.events.clone(), until_asked());
            tasks.spawn(async move {
                tokio::select! { () = redis.carry(&events, leaving) => {}, () = stopped => {} }
                Ok(())
            });
        }
        // Whatever ends while nobody asked it to is fatal; after the asking, all have GRACE to end.
        let ended = tokio::select! {
            _ = stop.wait_for(|s| *s) => None,
            Some(ended) = tasks.join_next() => Some(ended.context("a part of the server died").and_then(|r| r)),
        };
        // Asked directly: a part may hear of it, and end, before the line above does.
        let asked = *stop.borrow();
        let outcome = match ended {
            Some(Ok(())) if !asked => Err(anyhow!("a part of the server ended")),
            Some(Err(error)) => Err(error),
            _ => finish(tasks).await,
        };
        ctx.store.close().await;
        outcome
    }
}

async fn finish(mut tasks: JoinSet<Result<()>>) -> Result<()> {
    let all = async {
        while let Some(ended) = tasks.join_next().await {
            ended.context("stopping")??;
        }
        Ok(())
    };
    // Connections that idle and jobs that drag are cut off: their leases run out, their work is done again.
    tokio::time::timeout(GRACE, all).await.unwrap_or(Ok(()))
}

/// The federation door of an instance, with its way out.
pub async fn federation(config: &Config, ctx: &Ctx) -> Result<Federation> {
    let bounds = &config.federation.limits;
    tintype_federation::limits::set(bounds).map_err(|why| anyhow::anyhow!("federation.limits: {why}"))?;
    let net = tintype_net::Client::new(tintype_net::Settings {
        local_mode: config.is_local()?,
        allow: config.net.allow.clone(),
        ca_file: config.net.ca_file.clone(),
        dns: config.net.dns,
        user_agent: format!("Tintype/{} (+{})", env!("CARGO_PKG_VERSION"), ctx.site.base),
        own_domain: ctx.site.domain.clone(),
        limits: tintype_net::Limits {
            connect: Duration::from_secs(bounds.connect_seconds),
            max_redirects: bounds.redirects,
            per_host: bounds.requests_per_host,
            total: bounds.requests_at_once,
            ..tintype_net::Limits::default()
        },
    })?;
    let settings = tintype_federation::Settings {
        authorized_fetch: config.federation.authorized_fetch,
        first_wait: Duration::from_secs(config.federation.first_retry_seconds.max(1)),
    };
    Federation::new(ctx.clone(), net, settings).await.context("opening the federation door")
}

/// The one-time link to create the first account, while there is none.
pub async fn setup_link(ctx: &Ctx) -> Result<Option<String>> {
    Ok(setup::token(ctx).await?.map(|token| ctx.site.page(&format!("/setup?token={token}"))))
}

/// The door for client apps, with its budgets.
fn api(config: &Config, ctx: &Ctx, federation: &Federation, redis: Option<&Redis>) -> App {
    let throttle = redis.map_or_else(Throttle::default, |redis| Throttle::shared(redis.clone()));
    let limits = if config.rate_limits.enabled { Limits::of(throttle) } else { Limits::none() };
    App { limits, ..App::new(ctx.clone(), Arc::new(federation.clone())) }
}

fn router(config: &Config, api: &App, federation: &Federation) -> Router {
    let (ctx, resolver) = (api.ctx.clone(), api.resolver.clone());
    let counted = axum::middleware::from_fn_with_state(api.clone(), sign_ups::counted);
    let trusted: Arc<[proxies::Network]> = config.server.trusted_proxies.clone().into();
    let site = api.ctx.site.clone();
    Router::new()
        .route("/health", routing::get(|| async { "OK" }))
        .merge(tintype_federation::router(federation.clone()))
        .merge(tintype_api::files::router(api.clone()))
        .merge(tintype_web::router(tintype_web::App { ctx, resolver }).layer(counted))
        .merge(tintype_api::router(api))
        // Set last: a part's own would go out with that part's headers.
        .fallback(async move || tintype_web::not_found(&site.base))
        .layer(axum::middleware::map_response(requests::as_declared))
        .layer(axum::middleware::from_fn(requests::in_time))
        .layer(axum::middleware::from_fn(requests::log))
        .layer(axum::middleware::from_fn_with_state(trusted, proxies::client))
}

/// Who holds leases: a name that no process has had before.
fn secret_holder() -> String {
    format!("{:016x}", u64::from_le_bytes(random::bytes()))
}
