//! The client against real sockets on loopback: peers that misbehave, and canaries that must never be called.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "helpers of tests may panic as tests do")]

mod addresses;
mod bodies;
mod dns;
mod headers;
mod peer;
mod redirects;
mod tls;
mod turns;

use std::net::SocketAddr;
use std::time::Duration;

use tintype_net::{Client, Error, Limits, Request, Response, Settings};
use url::Url;

/// An instance under a public domain, without exceptions.
fn settings() -> Settings {
    Settings {
        local_mode: false,
        allow: Vec::new(),
        ca_file: None,
        dns: None,
        user_agent: "tintype-test".to_owned(),
        own_domain: "own.example".to_owned(),
        limits: Limits {
            connect: Duration::from_secs(2),
            deadline: Duration::from_secs(5),
            ..Limits::default()
        },
    }
}

/// A client that may call exactly these.
fn allowing(peers: &[SocketAddr]) -> Client {
    let allow = peers.iter().map(|peer| peer.to_string().parse().unwrap()).collect();
    Client::new(Settings { allow, ..settings() }).unwrap()
}

async fn get(client: &Client, url: &str) -> Result<Response, Error> {
    client.send(Request::get(Url::parse(url).unwrap())).await
}

async fn failure(client: &Client, url: &str) -> Error {
    match get(client, url).await {
        Ok(response) => panic!("{url} answered {}", response.status),
        Err(error) => error,
    }
}
