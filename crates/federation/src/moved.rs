//! Inboxes that moved: what is pending follows the actor, and an inbox that seems to be gone makes us ask whether it has
//! moved.

use tintype_model::{JobId, handle::domain_of};
use tintype_service::inbox::{self, Envelope, Received};
use tintype_store::{Tx, accounts::Account};
use url::Url;

use crate::{
    Federation, Result,
    fetch::{DELETED, Errand, FetchError, GONE},
    outgoing::deliver_job,
    wire::http_url,
};

/// Accounts that are asked for their inbox when one does not answer.
const ASKED: i64 = 3;

impl Federation {
    /// Sends what is pending for the inboxes that an actor had to those that it has now: in the transaction that stores
    /// the actor, after it is stored.
    pub(crate) async fn follow_inboxes(&self, tx: &mut Tx, old: &Account, new: &Account) -> Result<()> {
        if old.inbox_url != new.inbox_url {
            self.move_inbox(tx, &old.inbox_url, new.delivery_inbox()).await?;
        }
        if let Some(shared) = &old.shared_inbox_url
            && new.shared_inbox_url.as_ref() != Some(shared)
            // Others may still be reached there.
            && tx.read().accounts_at_inbox(shared, 1).await?.is_empty()
        {
            self.move_inbox(tx, shared, new.delivery_inbox()).await?;
        }
        Ok(())
    }

    async fn move_inbox(&self, tx: &mut Tx, old: &str, new: &str) -> Result<()> {
        let Some(host) = http_url(new).as_ref().and_then(domain_of) else { return Ok(()) };
        let now = self.0.ctx.now();
        if tx.move_inbox(old, new, &host, now).await? > 0 {
            // It has just told us so: whatever failed there before is no reason to wait.
            tx.host_woken(&host, now).await?;
            tx.enqueue(self.0.ctx.ids.next::<JobId>(), &deliver_job(&host, now)?, now).await?;
        }
        Ok(())
    }

    /// Asks some of those who have this inbox whether they still do; what moved follows them. Not more than once a minute
    /// for one inbox, however much fails there.
    pub(crate) async fn ask_for_inbox(&self, inbox: &str) {
        let ask = async {
            if let Err(error) = self.refresh_those_at(inbox).await {
                tracing::debug!(%error, "nobody could be asked for their inbox");
            }
        };
        self.0.asked_inboxes.get_with(inbox.to_owned(), Box::pin(ask)).await;
    }

    async fn refresh_those_at(&self, inbox: &str) -> Result<()> {
        let mut reader = self.0.ctx.store.read().await?;
        let ids = reader.accounts_at_inbox(inbox, ASKED).await?;
        let accounts = reader.accounts(&ids).await?;
        drop(reader);
        let errand = Errand::while_waiting();
        for account in accounts {
            let Ok(id) = Url::parse(&account.uri) else { continue };
            match self.fetch_actor(&id, None, &errand).await {
                Ok(_) => {}
                Err(FetchError::Gone(GONE | DELETED)) => self.departed(&account).await?,
                Err(error) => {
                    tracing::debug!(%error, account.id = %account.id, "an actor whose inbox fails can't be asked");
                }
            }
        }
        Ok(())
    }

    /// An inbox fails, and its owner's own server says that they are gone for good (410, or a tombstone): the Delete that said
    /// so was lost, and nothing is sent to them for ever.
    async fn departed(&self, account: &Account) -> Result<()> {
        if account.deleted_at.is_some() {
            return Ok(());
        }
        tracing::info!(account.id = %account.id, "an actor is gone, by its own server's word");
        let uri = format!("{}#gone", account.uri);
        let gone = Envelope { uri, actor: account.id, received: Received::DeleteAccount };
        inbox::apply(&self.0.ctx, &gone).await?;
        Ok(())
    }
}
