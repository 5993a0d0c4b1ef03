//! One's own account: signing up, reading and changing it (<https://docs.joinmastodon.org/methods/accounts/>).

use axum::{Json, extract::State};
use serde::Deserialize;
use tintype_model::AccountId;
use tintype_service::{
    accounts::{self, ProfileChange},
    follows, oauth, policies,
    registration::{self, NewPerson},
    users::{self, Defaults},
};

use crate::{
    AnyBody, AnyUpload, ApiError, App, Caller, Grant,
    body::Uploads,
    entities::{CredentialAccount, Token},
    lenient::{Flag, Many, Text},
};

/// What a new person says of themselves.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct SignUpForm {
    username: Text,
    email: Text,
    password: Text,
    agreement: Flag,
    locale: Text,
    reason: Text,
}

impl SignUpForm {
    fn person(self) -> NewPerson {
        NewPerson {
            username: self.username.raw().unwrap_or_default(),
            email: self.email.raw().unwrap_or_default(),
            password: self.password.raw().unwrap_or_default(),
            reason: self.reason.given(),
            locale: self.locale.given(),
            agreement: self.agreement.on(),
        }
    }
}

/// What somebody changes of their profile and their defaults; what isn't given stays.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct ProfileForm {
    display_name: Text,
    note: Text,
    locked: Flag,
    bot: Flag,
    discoverable: Flag,
    hide_collections: Flag,
    indexable: Flag,
    fields_attributes: Many<FieldForm>,
    source: Option<SourceForm>,
    attribution_domains: Many<Text>,
}

/// A row of the profile.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct FieldForm {
    name: Text,
    value: Text,
}

/// Defaults of posts.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct SourceForm {
    privacy: Text,
    sensitive: Flag,
    language: Text,
    quote_policy: Text,
}

impl ProfileForm {
    /// What changes of the profile, which others are told, and of the defaults, which they aren't.
    fn change(self, files: &mut Uploads) -> Result<(Option<ProfileChange>, Defaults), ApiError> {
        let source = self.source.unwrap_or_default();
        let defaults = Defaults {
            visibility: source.privacy.given_as("privacy")?,
            sensitive: source.sensitive.given(),
            language: source.language.raw().map(|language| Some(language).filter(|l| !l.is_empty())),
        };
        let row = |row: FieldForm| (row.name.raw().unwrap_or_default(), row.value.raw().unwrap_or_default());
        let profile = ProfileChange {
            display_name: self.display_name.raw(),
            note: self.note.raw(),
            avatar: files.take("avatar").map(|file| file.bytes),
            header: files.take("header").map(|file| file.bytes),
            locked: self.locked.given(),
            bot: self.bot.given(),
            discoverable: self.discoverable.given(),
            hide_collections: self.hide_collections.given(),
            indexable: self.indexable.given(),
            fields: self.fields_attributes.given().map(|rows| rows.into_iter().map(row).collect()),
        };
        let flags =
            [profile.locked, profile.bot, profile.discoverable, profile.hide_collections, profile.indexable];
        let changes = profile.display_name.is_some()
            || profile.note.is_some()
            || profile.avatar.is_some()
            || profile.header.is_some()
            || profile.fields.is_some()
            || flags.iter().any(Option::is_some);
        Ok((changes.then_some(profile), defaults))
    }
}

/// `POST /api/v1/accounts`
pub async fn create(
    State(app): State<App>,
    grant: Grant,
    AnyBody(form): AnyBody<SignUpForm>,
) -> Result<Json<Token>, ApiError> {
    let account = registration::register(&app.ctx, form.person()).await.map_err(ApiError::registration)?;
    let issued = oauth::issue_for(&app.ctx, grant.app, account, grant.scopes).await?;
    Ok(Json(issued.into()))
}

/// `GET /api/v1/accounts/verify_credentials`
pub async fn verify(State(app): State<App>, caller: Caller) -> Result<Json<CredentialAccount>, ApiError> {
    show(&app, caller.account).await
}

/// `PATCH /api/v1/accounts/update_credentials`
pub async fn update(
    State(app): State<App>,
    caller: Caller,
    AnyUpload { form, mut files }: AnyUpload<ProfileForm>,
) -> Result<Json<CredentialAccount>, ApiError> {
    let quoting = match &form.source {
        Some(source) => source.quote_policy.clone().given_as("quote_policy")?,
        None => None,
    };
    let domains: Option<Vec<String>> = form.attribution_domains.clone().given_as("attribution_domains")?;
    let (profile, defaults) = form.change(&mut files)?;
    if let Some(policy) = quoting {
        policies::set_default_quote_policy(&app.ctx, caller.account, policy).await?;
    }
    if let Some(domains) = domains {
        accounts::set_attribution_domains(&app.ctx, caller.account, domains).await?;
    }
    users::set_defaults(&app.ctx, caller.account, defaults).await?;
    if let Some(profile) = profile {
        accounts::update_profile(&app.ctx, caller.account, profile).await?;
    }
    show(&app, caller.account).await
}

/// The caller's own account.
pub(super) async fn show(app: &App, own: AccountId) -> Result<Json<CredentialAccount>, ApiError> {
    let view = accounts::get(&app.ctx, own).await?;
    let preferences = users::preferences(&app.ctx, own).await?;
    let waiting = follows::requests_count(&app.ctx, own).await?;
    Ok(Json(CredentialAccount::new(view, preferences, waiting)))
}
