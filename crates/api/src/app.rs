//! What every handler is given.

use std::sync::Arc;

use tintype_model::Site;

use crate::auth::Grants;

/// The state of this door. Cheap to clone: one per request.
#[derive(Clone)]
pub struct App {
    /// The instance's identity; the base of every absolute URL in an answer.
    pub site: Arc<Site>,
    /// What access tokens mean.
    pub grants: Arc<dyn Grants>,
    /// The largest file that may be uploaded, in bytes.
    pub upload_limit: usize,
}
