//! Local people's own settings.

use tintype_model::{AccountId, Millis, Role, Visibility};

use crate::{Ctx, Error, Result, passwords, registration::is_language};

/// What a person has set, and what the instance knows of them alone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Preferences {
    /// How far posts reach that don't say.
    pub default_visibility: Visibility,
    /// Whether their pictures are hidden at first.
    pub default_sensitive: bool,
    /// BCP 47.
    pub default_language: Option<String>,
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
    let user = ctx.store.read().await?.user(account).await?.ok_or(Error::NotFound)?;
    Ok(Preferences {
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

/// Gives a person a role.
pub async fn set_role(ctx: &Ctx, account: AccountId, role: Role) -> Result<()> {
    let mut tx = ctx.store.begin().await?;
    if !tx.set_role(account, role).await? {
        return Err(Error::NotFound);
    }
    tx.commit().await?;
    Ok(())
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
}
