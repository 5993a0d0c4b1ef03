//! Streams of the client API, as server-sent events or over a WebSocket, read in the background.

use crate::client::Client;
use crate::wait::PATIENCE;
use futures::{SinkExt as _, StreamExt as _};
use serde_json::Value;
use std::net::Ipv4Addr;
use std::time::Duration;
use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::TcpStream;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::task::JoinHandle;
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::{Error as SocketError, Message, client::IntoClientRequest as _};

/// Something that a stream told.
#[derive(Debug, Clone, PartialEq)]
pub struct Event {
    /// Where it happened, as a WebSocket says it (`["user"]`, `["hashtag", "cats"]`); empty in server-sent events.
    pub stream: Vec<String>,
    /// `update`, `delete`, `notification` …; `error` for what a WebSocket says is wrong.
    pub event: String,
    /// An entity, or the text of an id.
    pub payload: Value,
}

/// An open stream. Dropped, it is closed.
pub struct Listener {
    events: UnboundedReceiver<Event>,
    seen: Vec<Event>,
    frames: Option<UnboundedSender<Message>>,
    task: JoinHandle<()>,
    /// The protocol that the server named when it opened the WebSocket.
    pub protocol: Option<String>,
}

/// How a token is shown when a WebSocket is opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shown {
    /// `Authorization: Bearer`.
    Header,
    /// `access_token` in the query.
    Query,
    /// As the name of the protocol, as browsers do.
    Protocol,
}

impl Client {
    /// Opens server-sent events at a path such as `/api/v1/streaming/user`; returns when the stream has begun.
    ///
    /// # Panics
    /// Unless the answer is a stream.
    pub async fn listen(&self, path: &str) -> Listener {
        let mut lines = BufReader::new(connect(self.base()).await).lines();
        // In HTTP/1.0 the body is no more than its bytes, until the connection ends.
        let token = self.token().unwrap_or_default();
        let host = authority(self.base());
        let head = format!("GET {path} HTTP/1.0\r\nhost: {host}\r\nauthorization: Bearer {token}\r\n\r\n");
        lines.get_mut().write_all(head.as_bytes()).await.unwrap_or_else(|error| panic!("{path}: {error}"));
        let mut head = Vec::new();
        loop {
            match timeout(PATIENCE, lines.next_line()).await {
                Ok(Ok(Some(line))) if line == ":)" => break,
                Ok(Ok(Some(line))) => head.push(line),
                other => panic!("{path}: no stream: {head:#?} {other:?}"),
            }
        }
        let is_stream = head.first().is_some_and(|line| line.contains(" 200 "))
            && head.iter().any(|line| line.to_lowercase().starts_with("content-type: text/event-stream"));
        assert!(is_stream, "{path}: {head:#?}");
        let (to, events) = unbounded_channel();
        let task = tokio::spawn(async move {
            let mut event = String::new();
            while let Ok(Some(line)) = lines.next_line().await {
                if let Some(name) = line.strip_prefix("event: ") {
                    name.clone_into(&mut event);
                } else if let Some(data) = line.strip_prefix("data: ") {
                    let told = Event { stream: Vec::new(), event: event.clone(), payload: parsed(data) };
                    if to.send(told).is_err() {
                        break;
                    }
                }
            }
        });
        Listener { events, seen: Vec::new(), frames: None, task, protocol: None }
    }

    /// Opens a WebSocket with a query such as `stream=user`, or the status with which it was refused.
    ///
    /// # Errors
    /// The HTTP status of a refusal.
    ///
    /// # Panics
    /// When no answer came.
    pub async fn try_socket(&self, query: &str, shown: Shown) -> Result<Listener, u16> {
        let token = self.token().unwrap_or_default();
        let shown_there =
            if shown == Shown::Query { format!("&access_token={token}") } else { String::new() };
        let url = format!("ws://{}/api/v1/streaming?{query}{shown_there}", authority(self.base()));
        let mut request = url.into_client_request().unwrap_or_else(|error| panic!("{error}"));
        let header = match shown {
            Shown::Header => Some(("authorization", format!("Bearer {token}"))),
            Shown::Protocol => Some(("sec-websocket-protocol", token.to_owned())),
            Shown::Query => None,
        };
        if let Some((name, value)) = header {
            let value = value.parse().unwrap_or_else(|error| panic!("{name}: {error}"));
            request.headers_mut().insert(name, value);
        }
        let opened = tokio_tungstenite::client_async(request, connect(self.base()).await).await;
        let (socket, answer) = match opened {
            Ok(opened) => opened,
            Err(SocketError::Http(answer)) => return Err(answer.status().as_u16()),
            Err(error) => panic!("{query}: {error}"),
        };
        let protocol = answer.headers().get("sec-websocket-protocol");
        let protocol = protocol.map(|value| value.to_str().unwrap_or_default().to_owned());
        let (to, events) = unbounded_channel();
        let (frames, mut leaving) = unbounded_channel::<Message>();
        let task = tokio::spawn(async move {
            let (mut sink, mut source) = socket.split();
            loop {
                tokio::select! {
                    frame = source.next() => match frame {
                        Some(Ok(Message::Text(text))) => {
                            if to.send(told(text.as_str())).is_err() {
                                break;
                            }
                        }
                        Some(Ok(Message::Close(_)) | Err(_)) | None => break,
                        Some(Ok(_)) => {}
                    },
                    frame = leaving.recv() => match frame {
                        Some(frame) => {
                            if sink.send(frame).await.is_err() {
                                break;
                            }
                        }
                        None => break,
                    },
                }
            }
        });
        Ok(Listener { events, seen: Vec::new(), frames: Some(frames), task, protocol })
    }

    /// As [`Client::try_socket`], with the token in a header.
    ///
    /// # Panics
    /// When it was refused.
    pub async fn socket(&self, query: &str) -> Listener {
        let opened = self.try_socket(query, Shown::Header).await;
        opened.unwrap_or_else(|status| panic!("{query}: refused with {status}"))
    }
}

impl Listener {
    /// Says something over the WebSocket.
    ///
    /// # Panics
    /// When this is no WebSocket, or it is closed.
    pub fn say(&self, message: &Value) {
        self.send(Message::text(message.to_string()));
    }

    /// Says something that isn't text.
    pub fn say_bytes(&self, bytes: &[u8]) {
        self.send(Message::binary(bytes.to_vec()));
    }

    fn send(&self, message: Message) {
        let sent = self.frames.as_ref().map(|frames| frames.send(message));
        assert!(matches!(sent, Some(Ok(()))), "no open WebSocket");
    }

    /// Waits until an event fits: that one. Events before it are kept in [`Listener::seen`].
    ///
    /// # Panics
    /// When it doesn't come in time, with all that came.
    pub async fn until(&mut self, what: &str, fits: impl Fn(&Event) -> bool) -> Event {
        let found = timeout(PATIENCE, async {
            while let Some(event) = self.events.recv().await {
                self.seen.push(event.clone());
                if fits(&event) {
                    return Some(event);
                }
            }
            None
        })
        .await;
        let in_time = found.is_ok();
        match found.ok().flatten() {
            Some(event) => event,
            None if in_time => panic!("the stream ended before: {what}\n{:#?}", self.told()),
            None => panic!("waited {PATIENCE:?} in vain for: {what}\n{:#?}", self.told()),
        }
    }

    /// Waits for an event of this name about the entity with this id.
    pub async fn about(&mut self, event: &str, id: &str) -> Event {
        self.until(&format!("{event} of {id}"), |found| found.event == event && found.id() == Some(id)).await
    }

    /// Waits until the server ends the stream.
    ///
    /// # Panics
    /// When it doesn't within `patience`.
    pub async fn ended(&mut self, patience: Duration) {
        let ended = timeout(patience, async {
            while let Some(event) = self.events.recv().await {
                self.seen.push(event);
            }
        });
        assert!(ended.await.is_ok(), "the stream was still open after {patience:?}");
    }

    /// All that has been looked at so far.
    pub fn seen(&self) -> &[Event] {
        &self.seen
    }

    /// In short, what has been looked at so far: `update 123`.
    pub fn told(&self) -> Vec<String> {
        self.seen.iter().map(|event| format!("{} {}", event.event, event.id().unwrap_or("-"))).collect()
    }
}

impl Drop for Listener {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Event {
    /// The id of what it is about.
    pub fn id(&self) -> Option<&str> {
        self.payload.as_str().or_else(|| self.payload.get("id").and_then(Value::as_str))
    }
}

/// A frame's meaning: the payload is a text with JSON in it.
fn told(text: &str) -> Event {
    let frame: Value = serde_json::from_str(text).unwrap_or_else(|error| panic!("{text}: {error}"));
    let text_of = |key: &str| frame.get(key).and_then(Value::as_str);
    if let Some(error) = text_of("error") {
        return Event { stream: Vec::new(), event: "error".to_owned(), payload: Value::from(error) };
    }
    let names = frame.get("stream").and_then(Value::as_array).cloned().unwrap_or_default();
    Event {
        stream: names.iter().filter_map(|name| name.as_str().map(str::to_owned)).collect(),
        event: text_of("event").unwrap_or_else(|| panic!("no event: {text}")).to_owned(),
        payload: parsed(text_of("payload").unwrap_or_else(|| panic!("the payload is no text: {text}"))),
    }
}

/// An entity, or a bare id.
fn parsed(payload: &str) -> Value {
    if payload.starts_with(['{', '[']) {
        serde_json::from_str(payload).unwrap_or_else(|error| panic!("{payload}: {error}"))
    } else {
        Value::from(payload)
    }
}

/// `alpha.localhost:PORT`.
fn authority(base: &str) -> &str {
    base.split_once("://").map_or(base, |(_, authority)| authority)
}

async fn connect(base: &str) -> TcpStream {
    let port = authority(base).rsplit_once(':').and_then(|(_, port)| port.parse::<u16>().ok());
    let port = port.unwrap_or_else(|| panic!("{base} names no port"));
    TcpStream::connect((Ipv4Addr::LOCALHOST, port)).await.unwrap_or_else(|error| panic!("{base}: {error}"))
}
