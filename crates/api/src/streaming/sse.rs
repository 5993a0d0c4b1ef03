//! Streams as server-sent events (<https://html.spec.whatwg.org/multipage/server-sent-events.html>).

use std::{convert::Infallible, time::Duration};

use axum::{
    body::Body,
    extract::{Request, State},
    http::{HeaderValue, header},
    response::{IntoResponse, Response},
};
use bytes::Bytes;
use futures::stream::unfold;
use serde::Deserialize;
use tokio::time::{Interval, MissedTickBehavior, interval};

use super::{
    Channel,
    channel::Refused,
    hub::{Message, Stream},
};
use crate::{
    AnyQuery, ApiError, App, Caller,
    auth::Bearer,
    lenient::{Flag, Text},
    route::Row,
};

/// How often a silent stream shows that it is alive.
const HEARTBEAT: Duration = Duration::from_secs(15);

/// Which posts.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct StreamForm {
    tag: Text,
    only_media: Flag,
}

/// `GET /api/v1/streaming/{…}`: the name of the stream is the rest of the path, with colons for its slashes.
pub async fn open(
    State(app): State<App>,
    caller: Caller,
    bearer: Bearer,
    AnyQuery(form): AnyQuery<StreamForm>,
    request: Request,
) -> Result<Response, ApiError> {
    let row = request.extensions().get::<Row>().ok_or(ApiError::NotFound)?;
    let mut name = row.path.trim_start_matches("/api/v1/streaming/").replace('/', ":");
    if form.only_media.on() && name.starts_with("public") {
        name.push_str(":media");
    }
    let channel = Channel::open(&name, form.tag.given().as_deref(), &caller.scopes).map_err(refusal)?;
    let stream = app.streams.open(&caller, bearer)?;
    stream.subscribe(channel);
    Ok(answer(stream))
}

fn refusal(refused: Refused) -> ApiError {
    let (_, text) = refused.told();
    match refused {
        Refused::Scope => ApiError::Scope,
        Refused::Unknown | Refused::NoTag => ApiError::BadRequest(text.to_owned()),
    }
}

fn answer(stream: Stream) -> Response {
    let mut beat = interval(HEARTBEAT);
    beat.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let text = unfold((stream, beat, false), async |(mut stream, mut beat, begun)| {
        let next = if begun { next(&mut stream, &mut beat).await? } else { Bytes::from_static(b":)\n") };
        Some((Ok::<_, Infallible>(next), (stream, beat, true)))
    });
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static("text/event-stream")),
        (header::CACHE_CONTROL, HeaderValue::from_static("private, no-store")),
        // Reverse proxies that gather answers before they pass them on leave this one alone.
        (header::HeaderName::from_static("x-accel-buffering"), HeaderValue::from_static("no")),
    ];
    (headers, Body::from_stream(text)).into_response()
}

async fn next(stream: &mut Stream, beat: &mut Interval) -> Option<Bytes> {
    tokio::select! {
        message = stream.next() => message.map(|message| line(&message)),
        _ = beat.tick() => Some(Bytes::from_static(b":thump\n")),
    }
}

fn line(message: &Message) -> Bytes {
    // JSON and ids have no line breaks.
    format!("event: {}\ndata: {}\n\n", message.event, message.payload).into()
}
