//! How far the caller has read (<https://docs.joinmastodon.org/methods/markers/>).

use axum::{Json, extract::State};
use serde::Deserialize;
use tintype_model::StatusId;
use tintype_service::markers::{self, MarkerTimeline};

use crate::{
    AnyBody, AnyQuery, ApiError, App, Caller,
    entities::Markers,
    lenient::{Many, Text},
};

/// Of which timelines.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct WhichForm {
    timeline: Many<Text>,
}

/// How far, by timeline.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct MarkersForm {
    home: Option<MarkerForm>,
    notifications: Option<MarkerForm>,
}

/// The last one that was read.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct MarkerForm {
    last_read_id: Text,
}

impl MarkersForm {
    fn marks(self) -> Result<Vec<(MarkerTimeline, i64)>, ApiError> {
        let mut marks = Vec::new();
        for (timeline, form) in
            [(MarkerTimeline::Home, self.home), (MarkerTimeline::Notifications, self.notifications)]
        {
            // Of whatever list it is: an id is a number.
            let id: Option<StatusId> = form.unwrap_or_default().last_read_id.given_as("last_read_id")?;
            marks.extend(id.map(|id| (timeline, id.0)));
        }
        Ok(marks)
    }
}

/// `GET /api/v1/markers`
pub async fn list(
    State(app): State<App>,
    caller: Caller,
    AnyQuery(form): AnyQuery<WhichForm>,
) -> Result<Json<Markers>, ApiError> {
    let found = markers::get(&app.ctx, caller.account, &form.timeline.known_as()).await?;
    Ok(Json(found.into_iter().collect()))
}

/// `POST /api/v1/markers`
pub async fn save(
    State(app): State<App>,
    caller: Caller,
    AnyBody(form): AnyBody<MarkersForm>,
) -> Result<Json<Markers>, ApiError> {
    let saved = markers::save(&app.ctx, caller.account, &form.marks()?).await?;
    Ok(Json(saved.into_iter().collect()))
}
