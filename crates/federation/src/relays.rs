//! Asking a relay to take us: by the address of its inbox, or by its actor's, which is fetched first (FEP-ae0c).

use tintype_service::{Error, relays};
use tintype_store::relays::Relay;

use crate::{Federation, fetch::Errand, wire::http_url};

/// Asks the relay at an address. One whose path ends in `/inbox` is an inbox, any other an actor.
///
/// # Errors
/// `Invalid` for what is no address or no actor; `Remote` when the actor can't be fetched; as [`relays::add`].
pub async fn add(federation: &Federation, url: &str) -> Result<Relay, Error> {
    let address = http_url(url.trim()).ok_or_else(|| Error::invalid("That is no address of a relay"))?;
    if address.path().ends_with("/inbox") {
        // Whoever may not be asked hears nothing of us.
        return relays::add(federation.ctx(), address.as_str(), None).await;
    }
    let actor = federation.fetch_actor(&address, None, &Errand::while_waiting()).await;
    let actor = actor.map_err(|error| Error::Remote(error.to_string()))?;
    relays::add(federation.ctx(), &actor.uri, Some((actor.uri.clone(), actor.inbox_url))).await
}
