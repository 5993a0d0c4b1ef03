//! Changing what was posted, and how it was before (<https://docs.joinmastodon.org/methods/statuses/#edit>).

use axum::{Json, extract::State};
use serde::Deserialize;
use serde_json::Value;
use tintype_model::{MediaId, StatusId};
use tintype_service::{
    edits::{self, Change},
    policies,
};

use super::polls::PollForm;
use crate::{
    AnyBody, ApiError, App, Caller, PathId,
    entities::{Status, StatusEdit, StatusSource},
    lenient::{Flag, Focus, Many, Text},
};

/// How a post shall be from now on. Texts and a poll that aren't given are taken away; pictures stay unless a list of them
/// comes.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct EditForm {
    status: Text,
    spoiler_text: Text,
    sensitive: Flag,
    language: Text,
    media_ids: Many<Text>,
    media_attributes: Many<MediaAttributesForm>,
    poll: Option<Value>,
    quote_approval_policy: Text,
}

/// What is said of one of its pictures.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct MediaAttributesForm {
    id: Text,
    description: Text,
    focus: Focus,
}

/// A picture, its new alt text, its new focal point.
type MediaAttributes = (MediaId, Option<String>, Option<(f64, f64)>);

impl MediaAttributesForm {
    fn attributes(self) -> Result<Option<MediaAttributes>, ApiError> {
        let id = self.id.given_as("media_attributes")?;
        Ok(id.map(|id| (id, self.description.raw(), self.focus.given())))
    }
}

impl EditForm {
    fn change(self) -> Result<Change, ApiError> {
        let attributes = self.media_attributes.list().into_iter();
        Ok(Change {
            text: self.status.raw().unwrap_or_default(),
            spoiler_text: self.spoiler_text.raw().unwrap_or_default(),
            sensitive: self.sensitive.given(),
            language: self.language.given(),
            media: self.media_ids.given_as("media_ids")?,
            poll: PollForm::read(self.poll)?,
            media_attributes: attributes
                .filter_map(|one| one.attributes().transpose())
                .collect::<Result<_, _>>()?,
        })
    }
}

/// `PUT /api/v1/statuses/{id}`
pub async fn update(
    State(app): State<App>,
    caller: Caller,
    PathId(id): PathId<StatusId>,
    AnyBody(form): AnyBody<EditForm>,
) -> Result<Json<Status>, ApiError> {
    let policy = form.quote_approval_policy.clone().given_as("quote_approval_policy")?;
    let change = form.change()?;
    if let Some(policy) = policy {
        policies::set_quote_policy(&app.ctx, caller.account, id, policy).await?;
    }
    let view = edits::edit(&app.ctx, &*app.resolver, caller.account, id, change).await?;
    Ok(Json(view.into()))
}

/// `GET /api/v1/statuses/{id}/history`
pub async fn history(
    State(app): State<App>,
    caller: Option<Caller>,
    PathId(id): PathId<StatusId>,
) -> Result<Json<Vec<StatusEdit>>, ApiError> {
    let views = edits::history(&app.ctx, caller.map(|caller| caller.account), id).await?;
    Ok(Json(views.into_iter().map(StatusEdit::from).collect()))
}

/// `GET /api/v1/statuses/{id}/source`
pub async fn source(
    State(app): State<App>,
    caller: Caller,
    PathId(id): PathId<StatusId>,
) -> Result<Json<StatusSource>, ApiError> {
    let view = edits::source(&app.ctx, caller.account, id).await?;
    Ok(Json(view.into()))
}
