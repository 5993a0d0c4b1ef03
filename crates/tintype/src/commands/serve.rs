//! `tintype serve`

use anyhow::{Context, Result};
use tokio::{
    net::TcpListener,
    signal::unix::{SignalKind, signal},
    sync::watch,
};

use crate::{
    config::Config,
    instance::{Instance, setup_link},
    telemetry,
};

/// Serves until SIGTERM or Ctrl-C.
pub async fn run(config: Config) -> Result<()> {
    telemetry::start(&config.log)?;
    let listener = TcpListener::bind(config.server.listen)
        .await
        .with_context(|| format!("server.listen: {}", config.server.listen))?;
    let instance = Instance::open(config).await?;
    println!("Tintype {} serves {}", env!("CARGO_PKG_VERSION"), instance.ctx.site.base);
    if let Some(link) = setup_link(&instance.ctx).await? {
        println!("Create the first account (this link works once): {link}");
    }
    let (stop, stopped) = watch::channel(false);
    let mut terminate = signal(SignalKind::terminate())?;
    tokio::spawn(async move {
        tokio::select! { _ = terminate.recv() => {}, _ = tokio::signal::ctrl_c() => {} }
        tracing::info!("stopping");
        let _ = stop.send(true);
    });
    instance.serve(listener, stopped).await
}
