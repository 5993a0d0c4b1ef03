//! Somebody with an account and an app.

use super::Client;
use std::ops::Deref;

/// A local account of an instance with a token for it; everything [`Client`] can do, a person can do.
#[derive(Clone)]
pub struct Person {
    /// The account's id on the home instance.
    pub id: String,
    pub username: String,
    /// The home instance, `alpha.localhost:PORT`.
    pub domain: String,
    pub email: String,
    pub password: String,
    pub client: Client,
}

impl Person {
    /// How others write to this person: `alice@alpha.localhost:PORT`.
    pub fn handle(&self) -> String {
        format!("{}@{}", self.username, self.domain)
    }

    /// The actor's id, `http://alpha.localhost:PORT/users/alice`.
    pub fn actor(&self) -> String {
        format!("{}/users/{}", self.client.base(), self.username)
    }
}

impl Deref for Person {
    type Target = Client;

    fn deref(&self) -> &Client {
        &self.client
    }
}
