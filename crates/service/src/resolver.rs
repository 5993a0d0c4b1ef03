//! What use cases ask of the network. Implemented by the federation door; handed in as an argument, so that a signature
//! shows which use cases may wait for somebody else's server.

use async_trait::async_trait;
use tintype_model::{AccountId, Handle, StatusId};

use crate::Result;

/// What stands behind a URL.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Found {
    /// An actor.
    Account(AccountId),
    /// A status.
    Status(StatusId),
}

/// Finds accounts and objects, here or elsewhere, and stores what it finds. Never called inside a transaction.
#[async_trait]
pub trait Resolver: Send + Sync {
    /// The account of a handle. A known one is answered from the database; an unknown one of another domain is looked up
    /// by WebFinger and fetched. `None`: there is no such account.
    async fn account(&self, handle: &Handle) -> Result<Option<AccountId>>;

    /// The actor or status of a URL or ActivityPub id, known or fetched. `None`: nothing that we understand is there, or
    /// it is not ours to see.
    async fn object(&self, url: &str) -> Result<Option<Found>>;

    /// Brings what is stored of an account of another server up to what that shows now. One of this server is as it is.
    async fn refresh(&self, account: AccountId) -> Result<()> {
        let _ = account;
        Ok(())
    }

    /// Asks the server of a remote poll, by its status' id, for its numbers, and stores them.
    async fn refresh_poll(&self, _uri: &str) -> Result<()> {
        Ok(())
    }

    /// The bytes of a remote file, at most `max` of them.
    async fn file(&self, url: &str, max: usize) -> Result<bytes::Bytes>;
}
