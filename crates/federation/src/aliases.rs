//! Who is the same person elsewhere, and where somebody lives now: of others as they say it, of ours as we do.

use tintype_model::{AccountId, Millis};
use tintype_store::{Reader, Tx, accounts::Account};
use url::Url;

use crate::{
    Federation, Result,
    wire::{Actor, out},
};

/// Adds to the document of a local account its other names, and where it lives now.
pub(crate) async fn add(reader: &mut Reader<'_>, account: &Account, document: &mut out::Actor) -> Result<()> {
    if !account.is_active() {
        return Ok(());
    }
    document.also_known_as = reader.aliases_of(account.id).await?;
    if let Some(target) = reader.move_of(account.id).await?.and_then(|moved| moved.target_id) {
        document.moved_to = reader.account(target).await?.map(|target| target.uri);
    }
    Ok(())
}

impl Federation {
    /// Keeps what an actor of another server says of itself elsewhere, in the transaction that stores it. That it lives
    /// there is believed when that account says so too; a Move is what brings its followers there.
    pub(crate) async fn keep_names(&self, tx: &mut Tx, id: AccountId, actor: &Actor) -> Result<()> {
        let names: Vec<String> = actor.also_known_as.iter().map(Url::to_string).collect();
        tx.set_aliases(id, &names).await?;
        let known = tx.read().move_of(id).await?;
        let Some(target) = actor.moved_to.as_ref().filter(|target| **target != actor.id) else {
            tx.end_move(id).await?;
            return Ok(());
        };
        let target = tx.read().account_by_uri(target.as_str()).await?;
        let Some(target) = target.filter(Account::is_active) else { return Ok(()) };
        if known.and_then(|moved| moved.target_id) == Some(target.id)
            || !tx.read().aliases_of(target.id).await?.contains(&actor.id.to_string())
        {
            return Ok(());
        }
        // It has not been carried out here: whenever the Move comes, it isn't too soon.
        tx.set_move(id, target.id, known.map_or(Millis(0), |moved| moved.moved_at)).await?;
        Ok(())
    }
}
