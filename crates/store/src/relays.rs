//! Servers that pass public posts on to others (FEP-ae0c).

use tintype_model::{Millis, RelayId, text_enum};

use crate::{Reader, Result, Tx, dialect::storable};

text_enum! {
    /// In which way a relay is spoken with.
    pub enum RelayStyle {
        /// By its inbox: our posts go there as they are.
        Mastodon = "mastodon",
        /// By its actor: the instance boosts our posts there.
        Litepub = "litepub",
    }
}

text_enum! {
    /// How far it has come with a relay.
    pub enum RelayState {
        /// Asked for; gives no right yet.
        Pending = "pending",
        /// It took us.
        Accepted = "accepted",
        /// It didn't, or no more.
        Rejected = "rejected",
    }
}

/// A row of `relays`.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct Relay {
    pub id: RelayId,
    /// As it was given: the address of an inbox, or of an actor.
    pub url: String,
    pub style: RelayStyle,
    pub inbox: String,
    /// Who speaks for it, as far as that is known.
    pub actor_uri: Option<String>,
    /// The id of our Follow.
    pub follow_uri: String,
    pub state: RelayState,
    pub created_at: Millis,
    pub answered_at: Option<Millis>,
}

/// The columns of [`Relay`].
macro_rules! relay_columns {
    () => {
        "id, url, style, inbox, actor_uri, follow_uri, state, created_at, answered_at"
    };
}

impl Reader<'_> {
    /// All relays, in the order in which they were added.
    pub async fn relays(&mut self) -> Result<Vec<Relay>> {
        const SQL: &str = concat!("SELECT ", relay_columns!(), " FROM relays ORDER BY id");
        Ok(on!(self, c => sqlx::query_as(SQL).fetch_all(c).await)?)
    }

    /// A relay.
    pub async fn relay(&mut self, id: RelayId) -> Result<Option<Relay>> {
        const SQL: &str = concat!("SELECT ", relay_columns!(), " FROM relays WHERE id = $1");
        Ok(on!(self, c => sqlx::query_as(SQL).bind(id).fetch_optional(c).await)?)
    }

    /// The relay that was asked by a Follow of this id.
    pub async fn relay_by_follow(&mut self, follow_uri: &str) -> Result<Option<Relay>> {
        const SQL: &str = concat!("SELECT ", relay_columns!(), " FROM relays WHERE follow_uri = $1");
        Ok(on!(self, c => sqlx::query_as(SQL).bind(follow_uri).fetch_optional(c).await)?)
    }

    /// The relay that an actor speaks for, whatever it answered.
    pub async fn relay_of_actor(&mut self, actor_uri: &str) -> Result<Option<Relay>> {
        const SQL: &str =
            concat!("SELECT ", relay_columns!(), " FROM relays WHERE actor_uri = $1 ORDER BY id LIMIT 1");
        Ok(on!(self, c => sqlx::query_as(SQL).bind(actor_uri).fetch_optional(c).await)?)
    }

    /// Whether an actor speaks for a relay that took us: what it passes on is worth fetching.
    pub async fn is_relay(&mut self, actor_uri: &str) -> Result<bool> {
        const SQL: &str = "SELECT COUNT(*) FROM relays WHERE actor_uri = $1 AND state = 'accepted'";
        Ok(on!(self, c => sqlx::query_scalar::<_, i64>(SQL).bind(actor_uri).fetch_one(c).await)? > 0)
    }
}

impl Tx {
    /// Adds a relay; `false` (and no change) if its address is there.
    pub async fn insert_relay(&mut self, r: &Relay) -> Result<bool> {
        const SQL: &str = "INSERT INTO relays (id, url, style, inbox, actor_uri, follow_uri, state, created_at, answered_at) \
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) ON CONFLICT DO NOTHING";
        storable(&[Some(&r.url), Some(&r.inbox), Some(&r.follow_uri), r.actor_uri.as_deref()])?;
        let done = exec!(
            self,
            sqlx::query(SQL)
                .bind(r.id)
                .bind(&r.url)
                .bind(r.style)
                .bind(&r.inbox)
                .bind(&r.actor_uri)
                .bind(&r.follow_uri)
                .bind(r.state)
                .bind(r.created_at)
                .bind(r.answered_at)
        )?;
        Ok(done == 1)
    }

    /// What a relay answered, and who spoke for it; `false` if it isn't there.
    pub async fn answer_relay(
        &mut self,
        id: RelayId,
        state: RelayState,
        actor_uri: &str,
        now: Millis,
    ) -> Result<bool> {
        const SQL: &str = "UPDATE relays SET state = $2, actor_uri = $3, answered_at = $4 WHERE id = $1";
        storable(&[Some(actor_uri)])?;
        Ok(exec!(self, sqlx::query(SQL).bind(id).bind(state).bind(actor_uri).bind(now))? == 1)
    }

    /// Removes a relay; the one that there was.
    pub async fn delete_relay(&mut self, url: &str) -> Result<Option<Relay>> {
        const SQL: &str = concat!("DELETE FROM relays WHERE url = $1 RETURNING ", relay_columns!());
        storable(&[Some(url)])?;
        Ok(on!(self, c => sqlx::query_as(SQL).bind(url).fetch_optional(c).await)?)
    }
}
