//! First set-up: a link with a one-time secret, good for making the owner's account while there is none.

use tintype_model::{AccountId, Role, secret};

use crate::{
    Ctx, Error, Result,
    registration::{NewPerson, Newcomer},
};

/// The setting that holds the secret's fingerprint.
const SETTING: &str = "setup_token";

/// A new secret for the link `/setup?token=…`, which makes earlier ones void; `None` once there is an owner.
pub async fn token(ctx: &Ctx) -> Result<Option<String>> {
    let mut tx = ctx.store.begin().await?;
    if tx.read().owner().await?.is_some() {
        tx.drop_setting(SETTING).await?;
        tx.commit().await?;
        return Ok(None);
    }
    let token = secret::token();
    tx.set_setting(SETTING, &secret::fingerprint(&token)).await?;
    tx.commit().await?;
    Ok(Some(token))
}

/// Whether a secret is good now.
pub async fn is_open(ctx: &Ctx, token: &str) -> Result<bool> {
    let mut reader = ctx.store.read().await?;
    let expected = reader.setting(SETTING).await?;
    let fits = expected.is_some_and(|expected| secret::same(&expected, &secret::fingerprint(token)));
    Ok(fits && reader.owner().await?.is_none())
}

/// Makes the owner's account and uses the secret up, both or neither.
///
/// Errors: `NotFound` for a secret that isn't good (any more); what registration refuses.
pub async fn claim(ctx: &Ctx, token: &str, person: NewPerson) -> Result<AccountId> {
    if !is_open(ctx, token).await? {
        return Err(Error::NotFound);
    }
    let owner = Newcomer::prepare(ctx, person, Role::Owner, true).await?;
    let mut tx = ctx.store.begin().await?;
    let expected = tx.read().setting(SETTING).await?;
    let fits = expected.is_some_and(|expected| secret::same(&expected, &secret::fingerprint(token)));
    // Of two claims at once one deletes the row, and the other finds it gone.
    if !fits || !tx.drop_setting(SETTING).await? || tx.read().owner().await?.is_some() {
        tx.rollback().await?;
        return Err(Error::NotFound);
    }
    let id = owner.insert(&mut tx).await?;
    tx.commit().await?;
    Ok(id)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::given::{instance, newcomer};

    #[tokio::test]
    async fn the_link_makes_one_owner() {
        let (ctx, _dir) = instance().await;
        let stale = token(&ctx).await.unwrap().unwrap();
        let fresh = token(&ctx).await.unwrap().unwrap();
        assert!(!is_open(&ctx, &stale).await.unwrap());
        assert!(is_open(&ctx, &fresh).await.unwrap());
        assert!(matches!(claim(&ctx, &stale, newcomer("eve")).await, Err(Error::NotFound)));
        assert!(matches!(claim(&ctx, "", newcomer("eve")).await, Err(Error::NotFound)));
        let bad = NewPerson { password: "short".to_owned(), ..newcomer("anna") };
        assert!(matches!(claim(&ctx, &fresh, bad).await, Err(Error::Invalid(_))), "a slip doesn't use it up");

        let ask = |name: &'static str| {
            let (ctx, token) = (ctx.clone(), fresh.clone());
            tokio::spawn(async move { claim(&ctx, &token, newcomer(name)).await })
        };
        let (one, other) = futures::join!(ask("anna"), ask("eve"));
        let owners: Vec<_> = [one, other].into_iter().filter_map(|r| r.unwrap().ok()).collect();
        assert_eq!(owners.len(), 1);
        let user = ctx.store.read().await.unwrap().user(owners[0]).await.unwrap().unwrap();
        assert_eq!(user.role, Role::Owner);
        assert!(!is_open(&ctx, &fresh).await.unwrap());
        assert_eq!(token(&ctx).await.unwrap(), None);
    }
}
