//! Local people's own settings.

use tintype_model::{AccountId, Millis, Page, QuotePolicy, Role, SessionId, Visibility};
use tintype_store::accounts::Account;

use crate::{Ctx, Error, Result, passwords, registration::is_language, sessions};

/// What a person has set, and what the instance knows of them alone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Preferences {
    /// How far posts reach that don't say.
    pub default_visibility: Visibility,
    /// Whether their pictures are hidden at first.
    pub default_sensitive: bool,
    /// BCP 47.
    pub default_language: Option<String>,
    /// Who may quote posts that don't say.
    pub default_quote_policy: QuotePolicy,
    /// Websites that may name the person as their author.
    pub attribution_domains: Vec<String>,
    /// BCP 47, of the instance's own words.
    pub locale: String,
    pub role: Role,
    pub email: String,
    pub confirmed: bool,
    pub approved: bool,
    pub disabled: bool,
    pub created_at: Millis,
}

/// A change of what posts are given that don't say otherwise; `None` leaves a thing as it is.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Defaults {
    pub visibility: Option<Visibility>,
    pub sensitive: Option<bool>,
    /// `Some(None)`: no language.
    pub language: Option<Option<String>>,
}

/// What a local person has set. `NotFound` for anybody else.
pub async fn preferences(ctx: &Ctx, account: AccountId) -> Result<Preferences> {
    let mut reader = ctx.store.read().await?;
    let user = reader.user(account).await?.ok_or(Error::NotFound)?;
    let domains = reader.attribution_domains(account).await?.unwrap_or_default();
    Ok(Preferences {
        default_quote_policy: reader.default_quote_policy(account).await?.unwrap_or_default(),
        attribution_domains: serde_json::from_str(&domains).unwrap_or_default(),
        default_visibility: user.default_visibility,
        default_sensitive: user.default_sensitive,
        default_language: user.default_language,
        locale: user.locale,
        role: user.role,
        email: user.email,
        confirmed: user.confirmed_at.is_some(),
        approved: user.approved,
        disabled: user.disabled,
        created_at: user.created_at,
    })
}

/// Changes the defaults of a person's posts.
pub async fn set_defaults(ctx: &Ctx, account: AccountId, change: Defaults) -> Result<()> {
    // Direct messages are never a default: a slip would be silence.
    if change.visibility == Some(Visibility::Direct) {
        return Err(Error::invalid("Default visibility is not included in the list"));
    }
    let language = change.language.map(|language| language.filter(|l| !l.is_empty()));
    if let Some(Some(language)) = &language
        && !is_language(language)
    {
        return Err(Error::invalid("Language is invalid"));
    }
    let mut tx = ctx.store.begin().await?;
    let user = tx.read().user(account).await?.ok_or(Error::NotFound)?;
    let language = language.unwrap_or(user.default_language);
    tx.set_defaults(
        account,
        change.visibility.unwrap_or(user.default_visibility),
        change.sensitive.unwrap_or(user.default_sensitive),
        language.as_deref(),
    )
    .await?;
    tx.commit().await?;
    Ok(())
}

/// Sets a new password and ends everything that the old one opened: sessions and access tokens.
pub async fn reset_password(ctx: &Ctx, account: AccountId, password: &str) -> Result<()> {
    passwords::check(ctx, password)?;
    let hash = passwords::hash(ctx, password).await?;
    let mut tx = ctx.store.begin().await?;
    if !tx.set_password_hash(account, &hash).await? {
        return Err(Error::NotFound);
    }
    tx.delete_sessions_of(account).await?;
    tx.revoke_tokens_of(account, ctx.now()).await?;
    tx.commit().await?;
    Ok(())
}

/// Changes one's own password, and ends all sessions but the one to keep. Apps keep their tokens: each can be revoked.
///
/// Errors: `Invalid` when the present password is another; `TooMany`; what a new password must be like.
pub async fn change_password(
    ctx: &Ctx,
    who: AccountId,
    current: &str,
    new: &str,
    keep: Option<SessionId>,
) -> Result<()> {
    let user = ctx.store.read().await?.user(who).await?.ok_or(Error::NotFound)?;
    sessions::may_guess(ctx, who)?;
    if !passwords::verify(ctx, current, Some(&user.password_hash)).await? {
        return Err(Error::field("current_password", "ERR_INVALID", "Current password is invalid"));
    }
    passwords::check(ctx, new)?;
    let hash = passwords::hash(ctx, new).await?;
    let mut tx = ctx.store.begin().await?;
    if !tx.set_password_hash(who, &hash).await? {
        return Err(Error::NotFound);
    }
    match keep {
        Some(keep) => tx.delete_sessions_except(who, keep).await?,
        None => tx.delete_sessions_of(who).await?,
    };
    tx.commit().await?;
    Ok(())
}

/// Locks a person out, ending their sessions at once, or lets them in again.
///
/// Errors: `Forbidden` for the last owner.
pub async fn set_disabled(ctx: &Ctx, account: AccountId, disabled: bool) -> Result<()> {
    if disabled {
        spare_last_owner(ctx, account).await?;
    }
    let mut tx = ctx.store.begin().await?;
    if !tx.set_disabled(account, disabled).await? {
        return Err(Error::NotFound);
    }
    if disabled {
        tx.delete_sessions_of(account).await?;
    }
    tx.commit().await?;
    Ok(())
}

/// Gives a person a role.
///
/// Errors: `Forbidden` when it takes the last owner's away.
pub async fn set_role(ctx: &Ctx, account: AccountId, role: Role) -> Result<()> {
    if role != Role::Owner {
        spare_last_owner(ctx, account).await?;
    }
    let mut tx = ctx.store.begin().await?;
    if !tx.set_role(account, role).await? {
        return Err(Error::NotFound);
    }
    tx.commit().await?;
    Ok(())
}

/// Refuses when an account is the only owner who can act: without one, nobody could run the instance any more.
pub(crate) async fn spare_last_owner(ctx: &Ctx, account: AccountId) -> Result<()> {
    let mut reader = ctx.store.read().await?;
    if reader.user(account).await?.is_none_or(|user| user.role != Role::Owner) {
        return Ok(());
    }
    // Owners have no index of their own; this happens so rarely that everybody is asked.
    let mut page = Page::newest(200);
    loop {
        let people = reader.local_accounts(&page).await?;
        let Some(last) = people.last().map(|person| person.id) else { break };
        for person in people.iter().filter(|person| person.id != account && Account::is_active(person)) {
            let user = reader.user(person.id).await?;
            if user.is_some_and(|user| user.role == Role::Owner && user.approved && !user.disabled) {
                return Ok(());
            }
        }
        page.max_id = Some(last.0);
    }
    Err(Error::Forbidden("This is the last owner of the instance; make somebody else an owner first"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        given::{instance, member},
        sessions::{self, Attempt},
    };

    #[tokio::test]
    async fn defaults_change_one_by_one() {
        let (ctx, _dir) = instance().await;
        let alice = member(&ctx, "alice").await;
        let change = |visibility, sensitive, language: Option<Option<&str>>| Defaults {
            visibility,
            sensitive,
            language: language.map(|l| l.map(str::to_owned)),
        };
        set_defaults(&ctx, alice, change(Some(Visibility::Private), None, Some(Some("de")))).await.unwrap();
        set_defaults(&ctx, alice, change(None, Some(true), None)).await.unwrap();
        let found = preferences(&ctx, alice).await.unwrap();
        assert_eq!(
            (found.default_visibility, found.default_sensitive, found.default_language.as_deref()),
            (Visibility::Private, true, Some("de"))
        );
        set_defaults(&ctx, alice, change(None, None, Some(None))).await.unwrap();
        assert_eq!(preferences(&ctx, alice).await.unwrap().default_language, None);
        assert!(set_defaults(&ctx, alice, change(Some(Visibility::Direct), None, None)).await.is_err());
        assert!(set_defaults(&ctx, alice, change(None, None, Some(Some("<b>")))).await.is_err());
        assert!(matches!(preferences(&ctx, AccountId(1)).await, Err(Error::NotFound)));
    }

    #[tokio::test]
    async fn a_new_password_ends_what_the_old_one_opened() {
        let (ctx, _dir) = instance().await;
        let alice = member(&ctx, "alice").await;
        let session = sessions::start(&ctx, alice, "").await.unwrap();
        let token = crate::oauth::issue(&ctx, alice, "read".parse().unwrap(), "test").await.unwrap();
        reset_password(&ctx, alice, "battery staple").await.unwrap();
        assert_eq!(sessions::who(&ctx, &session.0).await.unwrap(), None);
        assert!(matches!(crate::oauth::authenticate(&ctx, &token).await, Err(Error::Unauthorized(_))));
        let attempt = |password: &str| Attempt {
            name: "alice".into(),
            password: password.into(),
            ..Attempt::default()
        };
        assert!(sessions::sign_in(&ctx, attempt("correct horse")).await.is_err());
        assert!(sessions::sign_in(&ctx, attempt("battery staple")).await.is_ok());
    }

    #[tokio::test]
    async fn a_password_is_changed_by_who_knows_it() {
        let (ctx, _dir) = instance().await;
        let alice = member(&ctx, "alice").await;
        let (here, there) = (
            sessions::start(&ctx, alice, "").await.unwrap(),
            sessions::start(&ctx, alice, "").await.unwrap(),
        );
        let keep = sessions::who(&ctx, &here.0).await.unwrap().unwrap().session;
        let change =
            async |current: &str, new: &str| change_password(&ctx, alice, current, new, Some(keep)).await;
        assert!(matches!(change("wrong horse", "battery staple").await, Err(Error::Invalid(_))));
        assert!(matches!(change("correct horse", "short").await, Err(Error::Invalid(_))));
        assert!(sessions::who(&ctx, &there.0).await.unwrap().is_some());
        change("correct horse", "battery staple").await.unwrap();
        assert!(sessions::who(&ctx, &here.0).await.unwrap().is_some());
        assert_eq!(sessions::who(&ctx, &there.0).await.unwrap(), None);
        let refused = async || {
            for _ in 0..20 {
                if matches!(change("guess", "battery staple").await, Err(Error::TooMany)) {
                    return true;
                }
            }
            false
        };
        assert!(refused().await, "guessing is slowed down");
        let attempt =
            Attempt { name: "alice".into(), password: "battery staple".into(), ..Attempt::default() };
        assert!(sessions::sign_in(&ctx, attempt).await.is_ok());
    }

    #[tokio::test]
    async fn who_is_locked_out_is_out_at_once() {
        let (ctx, _dir) = instance().await;
        let alice = member(&ctx, "alice").await;
        let session = sessions::start(&ctx, alice, "").await.unwrap();
        set_disabled(&ctx, alice, true).await.unwrap();
        assert_eq!(sessions::who(&ctx, &session.0).await.unwrap(), None);
        set_disabled(&ctx, alice, false).await.unwrap();
        assert_eq!(sessions::who(&ctx, &session.0).await.unwrap(), None, "ended for good");
        assert!(sessions::start(&ctx, alice, "").await.is_ok());
        assert!(matches!(set_disabled(&ctx, AccountId(1), true).await, Err(Error::NotFound)));
    }
}
