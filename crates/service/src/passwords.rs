//! Passwords: Argon2id with 19 MiB, two passes and one lane, the first choice of the OWASP password storage cheat sheet.

use std::time::Duration;

use argon2::{Algorithm, Argon2, Params, PasswordHasher as _, PasswordVerifier as _, Version};
use tintype_model::random;

use crate::{Ctx, Error, Result};

/// KiB of memory, passes, lanes.
const COST: (u32, u32, u32) = (19 * 1024, 2, 1);

/// How long a check waits for its turn before the instance says that it is too busy.
const PATIENCE: Duration = Duration::from_secs(10);

/// The hash of no password, at the present cost: what an unknown person's attempt is checked against, so that the time
/// it takes doesn't tell whether there is such a person.
const NOBODY: &str =
    "$argon2id$v=19$m=19456,t=2,p=1$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

/// Refuses a new password that is too short or too long. Counts characters.
pub fn check(ctx: &Ctx, password: &str) -> Result<()> {
    let allowed = &ctx.policy.limits.password_characters;
    let characters = password.chars().count();
    if password.is_empty() {
        Err(Error::field("password", "ERR_BLANK", "Password can't be blank"))
    } else if characters < *allowed.start() {
        let text = format!("Password is too short (minimum is {} characters)", allowed.start());
        Err(Error::field("password", "ERR_TOO_SHORT", text))
    } else if characters > *allowed.end() {
        let text = format!("Password is too long (maximum is {} characters)", allowed.end());
        Err(Error::field("password", "ERR_TOO_LONG", text))
    } else {
        Ok(())
    }
}

/// The hash of a password, in PHC form. The password has been through [`check`].
pub async fn hash(ctx: &Ctx, password: &str) -> Result<String> {
    let password = password.to_owned();
    work(ctx, move || {
        let salt = random::bytes::<16>();
        let hash = argon2()?.hash_password_with_salt(password.as_bytes(), &salt);
        hash.map(|hash| hash.to_string()).map_err(|e| Error::Internal(format!("hashing a password: {e}")))
    })
    .await?
}

/// Whether a password belongs to a hash. Without a hash (there is no such person) the answer is no, after as much work.
pub async fn verify(ctx: &Ctx, password: &str, hash: Option<&str>) -> Result<bool> {
    if password.chars().count() > *ctx.policy.limits.password_characters.end() {
        // Nobody has such a password; this takes no time for anybody.
        return Ok(false);
    }
    let (password, known) = (password.to_owned(), hash.is_some());
    let hash = hash.unwrap_or(NOBODY).to_owned();
    work(ctx, move || Ok(argon2()?.verify_password(password.as_bytes(), hash.as_str()).is_ok() && known))
        .await?
}

fn argon2() -> Result<Argon2<'static>> {
    let (memory, passes, lanes) = COST;
    let params =
        Params::new(memory, passes, lanes, None).map_err(|e| Error::Internal(format!("argon2: {e}")))?;
    Ok(Argon2::new(Algorithm::Argon2id, Version::V0x13, params))
}

/// Runs slow work off the async threads, a little of it at a time.
async fn work<T: Send + 'static>(ctx: &Ctx, job: impl FnOnce() -> T + Send + 'static) -> Result<T> {
    let turn = tokio::time::timeout(PATIENCE, ctx.passwords.slots.clone().acquire_owned()).await;
    let slot = turn.map_err(|_| Error::Unavailable)?.map_err(|_| Error::Unavailable)?;
    let done = tokio::task::spawn_blocking(move || {
        let out = job();
        drop(slot);
        out
    });
    done.await.map_err(|e| Error::Internal(format!("hashing a password: {e}")))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::given::instance;

    #[tokio::test]
    async fn only_the_right_password_fits() {
        let (ctx, _dir) = instance().await;
        let hash = hash(&ctx, "correct horse").await.unwrap();
        assert!(hash.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{hash}");
        assert!(verify(&ctx, "correct horse", Some(&hash)).await.unwrap());
        assert!(!verify(&ctx, "correct horse ", Some(&hash)).await.unwrap());
        assert!(!verify(&ctx, "correct horse", None).await.unwrap());
        assert!(!verify(&ctx, &"x".repeat(1_000_000), Some(&hash)).await.unwrap());
        assert!(!verify(&ctx, "correct horse", Some("no hash")).await.unwrap());
    }

    #[test]
    fn nobodys_hash_costs_what_a_real_one_costs() {
        // A malformed one would be refused at once and tell who exists.
        let refused = argon2().unwrap().verify_password(b"x", NOBODY).unwrap_err();
        assert_eq!(refused, argon2::password_hash::Error::PasswordInvalid);
        let (memory, passes, lanes) = COST;
        assert!(NOBODY.contains(&format!("m={memory},t={passes},p={lanes}")));
    }

    #[tokio::test]
    async fn lengths_are_limited() {
        let (ctx, _dir) = instance().await;
        for (password, fits) in [
            ("", false),
            ("1234567", false),
            ("12345678", true),
            (&*"ü".repeat(128), true),
            (&*"x".repeat(129), false),
        ] {
            assert_eq!(check(&ctx, password).is_ok(), fits, "{password}");
        }
    }
}
