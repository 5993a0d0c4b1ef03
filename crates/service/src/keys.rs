//! Keys of local actors, and the actor of the instance itself.

use aws_lc_rs::{
    encoding::AsDer as _,
    rsa::KeySize,
    signature::{Ed25519KeyPair, KeyPair as _, RsaKeyPair},
};
use pem::{EncodeConfig, LineEnding, Pem};
use tintype_model::{AccountId, Millis};
use tintype_store::accounts::{Account, AccountKind};

use crate::{Ctx, Error, Hint, Outgoing, Result, outgoing};

/// A new RSA key of 2048 bits: the private half as PKCS#8, the public half as SubjectPublicKeyInfo, both in PEM.
///
/// Takes some 100 ms of one core; it runs off the async threads. Call it before the transaction.
pub async fn generate() -> Result<(String, String)> {
    let made = tokio::task::spawn_blocking(|| {
        let pair = RsaKeyPair::generate(KeySize::Rsa2048)?;
        let private = pair.as_der()?;
        let public = pair.public_key().as_der()?;
        Ok::<_, aws_lc_rs::error::Unspecified>((
            encode("PRIVATE KEY", private.as_ref()),
            encode("PUBLIC KEY", public.as_ref()),
        ))
    });
    let made = made.await.map_err(|e| Error::Internal(format!("making a key: {e}")))?;
    made.map_err(|e| Error::Internal(format!("making a key: {e}")))
}

fn encode(tag: &str, der: &[u8]) -> String {
    pem::encode_config(&Pem::new(tag, der), EncodeConfig::new().set_line_ending(LineEnding::LF))
}

/// The account of the instance itself, which signs fetches. Made once; whoever comes second finds it made.
pub async fn ensure_instance_actor(ctx: &Ctx) -> Result<Account> {
    let uri = ctx.site.instance_actor();
    if let Some(account) = ctx.store.read().await?.account_by_uri(&uri).await? {
        return Ok(account);
    }
    let (private, public) = generate().await?;
    let now = ctx.now();
    let account = Account {
        kind: AccountKind::Application,
        username: ctx.site.domain.clone(),
        // No handle has this key, so nobody can look it up, mention it or register it.
        acct_key: format!("{}@", ctx.site.domain),
        url: ctx.site.base.clone(),
        display_name: ctx.site.title.clone(),
        inbox_url: ctx.site.shared_inbox(),
        shared_inbox_url: Some(ctx.site.shared_inbox()),
        outbox_url: Some(format!("{uri}/outbox")),
        public_key_id: Some(ctx.site.key_of(&uri)),
        public_key_pem: Some(public),
        locked: true,
        bot: true,
        discoverable: false,
        ..blank(ctx.ids.next(), uri.clone(), now)
    };
    let mut tx = ctx.store.begin().await?;
    if tx.insert_account(&account).await? {
        tx.insert_private_key(account.id, &private, now).await?;
        tx.commit().await?;
        return Ok(account);
    }
    let made = tx.read().account_by_uri(&uri).await?;
    tx.rollback().await?;
    made.ok_or_else(|| Error::Internal("the name of the instance's actor is taken".to_owned()))
}

/// The Ed25519 key that a local account makes object integrity proofs with, PKCS#8 PEM; made when it is first asked for.
/// `None` for accounts without keys: they are gone, or of other servers.
pub async fn proof_key(ctx: &Ctx, id: AccountId) -> Result<Option<String>> {
    if let Some(known) = ctx.store.read().await?.proof_key(id).await? {
        return Ok(Some(known));
    }
    let pair = Ed25519KeyPair::generate().map_err(|e| Error::Internal(format!("making a key: {e}")))?;
    let private = pair.to_pkcs8v1().map_err(|e| Error::Internal(format!("making a key: {e}")))?;
    let mut tx = ctx.store.begin().await?;
    tx.set_proof_key(id, &encode("PRIVATE KEY", private.as_ref())).await?;
    // Somebody else may have been faster; there is one in any case, if there are any keys.
    let made = tx.read().proof_key(id).await?;
    tx.commit().await?;
    Ok(made)
}

/// Gives a local account a new key, and tells the servers of its followers. Others learn of it when they meet a signature
/// that the old one didn't make.
///
/// Errors: `NotFound` for accounts of other servers; `Gone`; `Forbidden` for the instance's own actor.
pub async fn rotate(ctx: &Ctx, id: AccountId) -> Result<()> {
    let account = ctx.store.read().await?.account(id).await?.filter(|a| a.local).ok_or(Error::NotFound)?;
    if account.kind == AccountKind::Application {
        return Err(Error::Forbidden("The instance's own actor keeps its key"));
    }
    if account.deleted_at.is_some() {
        return Err(Error::Gone);
    }
    let (private, public) = generate().await?;
    let mut tx = ctx.store.begin().await?;
    if !tx.replace_key(id, &private, &public, ctx.now()).await? {
        return Err(Error::NotFound);
    }
    let news = Outgoing::ProfileChanged { activity: ctx.ids.next(), account: id, uri: account.uri };
    outgoing::enqueue(ctx, &mut tx, &news).await?;
    tx.commit().await?;
    ctx.events.hint(Hint::Account(id));
    Ok(())
}

/// A local account with nothing in it yet.
pub(crate) fn blank(id: AccountId, uri: String, now: Millis) -> Account {
    Account {
        id,
        username: String::new(),
        domain: None,
        acct_key: String::new(),
        local: true,
        kind: AccountKind::Person,
        url: uri.clone(),
        uri,
        display_name: String::new(),
        note: String::new(),
        note_source: String::new(),
        fields: "[]".to_owned(),
        avatar_key: None,
        avatar_remote_url: None,
        header_key: None,
        header_remote_url: None,
        locked: false,
        bot: false,
        discoverable: true,
        indexable: false,
        big: false,
        hide_collections: false,
        inbox_url: String::new(),
        shared_inbox_url: None,
        outbox_url: None,
        followers_url: None,
        following_url: None,
        featured_url: None,
        public_key_id: None,
        public_key_pem: None,
        followers_count: 0,
        following_count: 0,
        statuses_count: 0,
        last_status_at: None,
        created_at: now,
        updated_at: now,
        fetched_at: None,
        silenced_at: None,
        suspended_at: None,
        deleted_at: None,
        version: 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::given::instance;

    #[tokio::test]
    async fn a_key_is_pem_that_others_can_read() {
        let (private, public) = generate().await.unwrap();
        let parsed = pem::parse(&private).unwrap();
        assert_eq!(parsed.tag(), "PRIVATE KEY");
        let pair = RsaKeyPair::from_pkcs8(parsed.contents()).unwrap();
        assert_eq!(pair.public_modulus_len(), 256);
        assert_eq!(encode("PUBLIC KEY", pair.public_key().as_der().unwrap().as_ref()), public);
        assert!(public.starts_with("-----BEGIN PUBLIC KEY-----\n"));
    }

    #[tokio::test]
    async fn the_instance_has_one_actor() {
        let (ctx, _dir) = instance().await;
        let both = futures::join!(
            tokio::spawn({
                let ctx = ctx.clone();
                async move { ensure_instance_actor(&ctx).await }
            }),
            tokio::spawn({
                let ctx = ctx.clone();
                async move { ensure_instance_actor(&ctx).await }
            }),
        );
        let (one, other) = (both.0.unwrap().unwrap(), both.1.unwrap().unwrap());
        assert_eq!(one.id, other.id);
        assert_eq!(one.public_key_pem, other.public_key_pem);
        assert_eq!(one.uri, "https://photos.example/actor");
        assert!(ctx.store.read().await.unwrap().private_key(one.id).await.unwrap().is_some());
        let (first, again) = (proof_key(&ctx, one.id).await.unwrap(), proof_key(&ctx, one.id).await.unwrap());
        assert_eq!(first, again, "made once");
        let parsed = pem::parse(first.unwrap()).unwrap();
        assert!(Ed25519KeyPair::from_pkcs8(parsed.contents()).is_ok());
        assert_eq!(proof_key(&ctx, AccountId(1)).await.unwrap(), None, "nobody's");
    }
}
