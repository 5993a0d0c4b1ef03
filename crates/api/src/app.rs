//! What every handler is given.

use std::sync::Arc;

use tintype_service::{Ctx, Resolver, throttle::Throttle};

use crate::{
    auth::{Grants, Tokens},
    limits::Limits,
    streaming::Hub,
};

/// The state of this door. Cheap to clone: one per request.
#[derive(Clone)]
pub struct App {
    /// What use cases are handed.
    pub ctx: Ctx,
    /// What they ask of the network.
    pub resolver: Arc<dyn Resolver>,
    /// What access tokens mean.
    pub grants: Arc<dyn Grants>,
    /// The largest file that may be uploaded, in bytes.
    pub upload_limit: usize,
    /// How often whom may ask.
    pub limits: Limits,
    /// The open streams of this process.
    pub streams: Hub,
}

impl App {
    /// The door of an instance: tokens mean what its database says, uploads are as large as its studio takes, and requests
    /// are counted in memory if attempts to sign in are.
    pub fn new(ctx: Ctx, resolver: Arc<dyn Resolver>) -> Self {
        let grants = Arc::new(Tokens(ctx.clone()));
        let upload_limit = ctx.studio.limits().max_bytes;
        let limits = if ctx.passwords.throttled { Limits::of(Throttle::default()) } else { Limits::none() };
        Self { ctx, resolver, grants, upload_limit, limits, streams: Hub::default() }
    }
}
