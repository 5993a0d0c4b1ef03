//! Polls (<https://docs.joinmastodon.org/methods/polls/>).

use axum::{Json, extract::State};
use serde::Deserialize;
use serde_json::Value;
use tintype_model::PollId;
use tintype_service::polls::{self, PollDraft};

use crate::{
    AnyBody, ApiError, App, Caller, PathId,
    entities::Poll,
    lenient::{Flag, Int, Many, Text},
};

/// A poll that goes with a post. Some clients send an empty one with every post.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct PollForm {
    options: Many<Text>,
    expires_in: Int,
    multiple: Flag,
    hide_totals: Flag,
}

impl PollForm {
    /// The poll that came with a post; `None` where there is none, or it names no options.
    pub fn read(form: Option<Value>) -> Result<Option<PollDraft>, ApiError> {
        let Some(form) = form.filter(Value::is_object) else { return Ok(None) };
        let form: Self = serde_json::from_value(form).map_err(|error| {
            ApiError::BadRequest(format!("A parameter has the wrong form: poll: {error}"))
        })?;
        form.draft()
    }

    fn draft(self) -> Result<Option<PollDraft>, ApiError> {
        let Some(options) = self.options.given().filter(|options| !options.is_empty()) else {
            return Ok(None);
        };
        let expires_in = self.expires_in.given();
        Ok(Some(PollDraft {
            options: options.into_iter().filter_map(Text::raw).collect(),
            expires_in: expires_in.ok_or_else(|| ApiError::invalid("Expires in can't be blank"))?,
            multiple: self.multiple.on(),
            hide_totals: self.hide_totals.on(),
        }))
    }
}

/// What to vote for, by place.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct VoteForm {
    choices: Many<Text>,
}

/// `GET /api/v1/polls/{id}`
pub async fn show(
    State(app): State<App>,
    caller: Option<Caller>,
    PathId(id): PathId<PollId>,
) -> Result<Json<Poll>, ApiError> {
    let viewer = caller.map(|caller| caller.account);
    Ok(Json(polls::get(&app.ctx, &*app.resolver, viewer, id).await?.into()))
}

/// `POST /api/v1/polls/{id}/votes`
pub async fn vote(
    State(app): State<App>,
    caller: Caller,
    PathId(id): PathId<PollId>,
    AnyBody(form): AnyBody<VoteForm>,
) -> Result<Json<Poll>, ApiError> {
    let choices: Vec<i64> = form.choices.all_as("choices")?;
    Ok(Json(polls::vote(&app.ctx, caller.account, id, &choices).await?.into()))
}
