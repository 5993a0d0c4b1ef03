//! Keys: the public ones of remote actors besides the one in their own row, and what local actors make proofs with.

use tintype_model::AccountId;

use crate::{Reader, Result, Tx, dialect::storable};

impl Reader<'_> {
    /// The public key of this id, SubjectPublicKeyInfo in PEM, if it is one of a remote actor's further keys.
    pub async fn public_key(&mut self, key_id: &str) -> Result<Option<String>> {
        const SQL: &str = "SELECT pem FROM public_keys WHERE id = $1";
        Ok(on!(self, c => sqlx::query_scalar(SQL).bind(key_id).fetch_optional(c).await)?)
    }

    /// The Ed25519 key that a local actor makes proofs with, PKCS#8 PEM; `None` if none was made yet.
    pub async fn proof_key(&mut self, id: AccountId) -> Result<Option<String>> {
        const SQL: &str = "SELECT ed25519_pem FROM account_keys WHERE account_id = $1";
        let row: Option<Option<String>> =
            on!(self, c => sqlx::query_scalar(SQL).bind(id).fetch_optional(c).await)?;
        Ok(row.flatten())
    }
}

impl Tx {
    /// Replaces an account's further keys by these, pairs of id and PEM. An id that is another account's stays theirs.
    pub async fn replace_public_keys(&mut self, id: AccountId, keys: &[(String, String)]) -> Result<()> {
        const GONE: &str = "DELETE FROM public_keys WHERE account_id = $1";
        const SQL: &str =
            "INSERT INTO public_keys (id, account_id, pem) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING";
        exec!(self, sqlx::query(GONE).bind(id))?;
        for (key_id, pem) in keys {
            storable(&[Some(key_id), Some(pem)])?;
            exec!(self, sqlx::query(SQL).bind(key_id).bind(id).bind(pem))?;
        }
        Ok(())
    }

    /// Gives a local actor a key to make proofs with; `false` if it has one, or has no keys at all.
    pub async fn set_proof_key(&mut self, id: AccountId, pem: &str) -> Result<bool> {
        const SQL: &str =
            "UPDATE account_keys SET ed25519_pem = $2 WHERE account_id = $1 AND ed25519_pem IS NULL";
        Ok(exec!(self, sqlx::query(SQL).bind(id).bind(pem))? == 1)
    }
}
