//! Streams over a WebSocket (RFC 6455): many at once, begun and ended by messages of the client.

use std::time::Duration;

use axum::{
    extract::{
        State, WebSocketUpgrade,
        ws::{CloseFrame, Message as Frame, WebSocket, close_code, rejection::WebSocketUpgradeRejection},
    },
    response::Response,
};
use serde::Deserialize;
use serde_json::json;
use tintype_model::Scopes;
use tokio::time::{Instant, MissedTickBehavior, interval_at, timeout};

use super::{
    Channel,
    hub::{Message, Stream},
};
use crate::{
    AnyQuery, ApiError, App, Caller,
    auth::Bearer,
    lenient::{Many, Text},
};

/// How often the other end must show that it is alive.
const PING: Duration = Duration::from_secs(30);
/// How long it may take to take one message.
const PATIENCE: Duration = Duration::from_secs(5);
/// The longest message of a client; a name and a hashtag need far less.
const LONGEST: usize = 8 << 10;

/// What a client says, in the query string or in a message.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Said {
    #[serde(rename = "type")]
    kind: Text,
    stream: Many<Text>,
    tag: Many<Text>,
}

/// `GET /api/v1/streaming`: nothing for those who don't upgrade.
pub async fn open(
    State(app): State<App>,
    caller: Caller,
    bearer: Bearer,
    AnyQuery(said): AnyQuery<Said>,
    upgrade: Result<WebSocketUpgrade, WebSocketUpgradeRejection>,
) -> Result<Response, ApiError> {
    let mut upgrade =
        upgrade.map_err(|_| ApiError::NotFound)?.max_message_size(LONGEST).max_frame_size(LONGEST);
    // Browsers close a socket that doesn't name one of the protocols that they offered; the token came as one.
    let offered = upgrade.requested_protocols().next().cloned();
    if let Some(offered) = offered {
        upgrade.set_selected_protocol(offered);
    }
    let mut talk = Talk { stream: app.streams.open(&caller, bearer)?, scopes: caller.scopes };
    let wrong = talk.subscribe(said);
    Ok(upgrade.on_upgrade(async move |socket| talk.hold(socket, wrong).await))
}

/// One connection.
struct Talk {
    stream: Stream,
    scopes: Scopes,
}

impl Talk {
    /// Carries messages both ways until either end has had enough.
    async fn hold(mut self, mut socket: WebSocket, wrong: Option<Frame>) {
        if let Some(wrong) = wrong
            && !sent(&mut socket, wrong).await
        {
            return;
        }
        let mut ping = interval_at(Instant::now() + PING, PING);
        ping.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut alive = true;
        loop {
            let answer = tokio::select! {
                message = self.stream.next() => match message {
                    Some(message) => Some(frame(&message)),
                    None => break bye(&mut socket, close_code::AWAY).await,
                },
                heard = socket.recv() => match heard {
                    Some(Ok(Frame::Text(text))) => self.hear(text.as_str()),
                    Some(Ok(Frame::Binary(_))) => break bye(&mut socket, close_code::UNSUPPORTED).await,
                    Some(Ok(Frame::Ping(_) | Frame::Pong(_))) => {
                        alive = true;
                        None
                    }
                    Some(Ok(Frame::Close(_)) | Err(_)) | None => break,
                },
                _ = ping.tick() => {
                    if !std::mem::take(&mut alive) {
                        break;
                    }
                    Some(Frame::Ping(bytes::Bytes::new()))
                }
            };
            if let Some(answer) = answer
                && !sent(&mut socket, answer).await
            {
                break;
            }
        }
    }

    /// What to answer to a message. One that makes no sense is passed over.
    fn hear(&mut self, text: &str) -> Option<Frame> {
        let said: Said = serde_json::from_str(text).ok()?;
        match said.kind.clone().given().as_deref() {
            Some("subscribe") => self.subscribe(said),
            Some("unsubscribe") => {
                if let Ok(Some(channel)) = self.channel(said) {
                    self.stream.unsubscribe(&channel);
                }
                None
            }
            _ => None,
        }
    }

    /// Begins a stream; what to answer if that can't be.
    fn subscribe(&mut self, said: Said) -> Option<Frame> {
        match self.channel(said) {
            Ok(channel) => {
                if let Some(channel) = channel {
                    self.stream.subscribe(channel);
                }
                None
            }
            Err((status, text)) => Some(Frame::text(json!({ "error": text, "status": status }).to_string())),
        }
    }

    /// The channel that is meant; `None` when none is named.
    fn channel(&self, said: Said) -> Result<Option<Channel>, (u16, &'static str)> {
        let first = |many: Many<Text>| many.texts().into_iter().next();
        let Some(name) = first(said.stream) else { return Ok(None) };
        let tag = first(said.tag);
        Channel::open(&name, tag.as_deref(), &self.scopes).map(Some).map_err(super::channel::Refused::told)
    }
}

fn frame(message: &Message) -> Frame {
    let text = json!({
        "stream": message.channel.name(),
        "event": message.event,
        // A text with JSON in it, not JSON.
        "payload": &*message.payload,
    });
    Frame::text(text.to_string())
}

/// `false` when the other end is gone, or doesn't take it in time.
async fn sent(socket: &mut WebSocket, frame: Frame) -> bool {
    matches!(timeout(PATIENCE, socket.send(frame)).await, Ok(Ok(())))
}

async fn bye(socket: &mut WebSocket, code: u16) {
    sent(socket, Frame::Close(Some(CloseFrame { code, reason: "".into() }))).await;
}
