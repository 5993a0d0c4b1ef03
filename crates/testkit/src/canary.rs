//! A door that nobody may knock on.

use crate::wait;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

/// Listens on a loopback address, counts connections and closes them at once.
pub struct Canary {
    address: SocketAddr,
    counted: Arc<AtomicUsize>,
    fences: AtomicUsize,
    task: JoinHandle<()>,
}

impl Canary {
    /// Listens on 127.0.0.1.
    pub async fn start() -> Self {
        Self::start_on(Ipv4Addr::LOCALHOST.into()).await
    }

    /// Listens on another loopback address, so that a rule about addresses can tell it from the peers.
    pub async fn start_on(address: IpAddr) -> Self {
        Self::start_at(SocketAddr::new(address, 0)).await
    }

    /// Listens on this port, too: beside a peer on another address.
    pub async fn start_at(address: SocketAddr) -> Self {
        let listener = TcpListener::bind(address).await.unwrap_or_else(|error| panic!("canary: {error}"));
        let address = listener.local_addr().unwrap_or_else(|error| panic!("canary: {error}"));
        let counted = Arc::new(AtomicUsize::new(0));
        let counter = Arc::clone(&counted);
        let task = tokio::spawn(async move {
            while let Ok((connection, _)) = listener.accept().await {
                counter.fetch_add(1, Ordering::SeqCst);
                drop(connection);
            }
        });
        Self { address, counted, fences: AtomicUsize::new(0), task }
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// `http://127.0.0.1:PORT/path`.
    pub fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    /// Connections so far. Includes all that were made before this call: it knocks itself and waits until that was
    /// counted, and connections are accepted in order.
    pub async fn connections(&self) -> usize {
        let fences = self.fences.fetch_add(1, Ordering::SeqCst) + 1;
        let before = self.counted.load(Ordering::SeqCst);
        let fence = TcpStream::connect(self.address).await.unwrap_or_else(|error| panic!("canary: {error}"));
        // Its end is seen only after it was accepted, and then so was everybody before it.
        let mut nothing = [0_u8; 1];
        let _ = tokio::io::AsyncReadExt::read(&mut { fence }, &mut nothing).await;
        wait::until("the canary to count", wait::PATIENCE, async || {
            (self.counted.load(Ordering::SeqCst) > before).then_some(())
        })
        .await;
        self.counted.load(Ordering::SeqCst) - fences
    }

    /// # Panics
    /// When anybody ever connected.
    pub async fn assert_untouched(&self) {
        let connections = self.connections().await;
        assert_eq!(connections, 0, "connections at the canary on {}", self.address);
    }
}

impl Drop for Canary {
    fn drop(&mut self) {
        self.task.abort();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn counts_everybody_but_itself() {
        let canary = Canary::start().await;
        canary.assert_untouched().await;
        drop(TcpStream::connect(canary.address()).await.unwrap());
        assert_eq!(canary.connections().await, 1);
        assert_eq!(canary.connections().await, 1);
    }
}
