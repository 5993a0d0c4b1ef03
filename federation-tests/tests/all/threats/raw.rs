//! HTTP byte by byte: requests that no client library would send, and servers that answer in drops.

use std::net::Ipv4Addr;
use std::time::Duration;
use tintype_testkit::Instance;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;
use tokio::time::timeout;

/// What came back until the connection ended or fell silent.
#[derive(Debug, Clone)]
pub struct RawAnswer {
    /// 0 when nothing came that looks like HTTP.
    pub status: u16,
    pub text: String,
    /// Whether the server ended the connection.
    pub closed: bool,
}

pub async fn connect(instance: &Instance) -> TcpStream {
    let address = (Ipv4Addr::LOCALHOST, instance.port());
    TcpStream::connect(address).await.unwrap_or_else(|error| panic!("{}: {error}", instance.domain()))
}

/// Sends bytes, reads until the connection ends or nothing comes for this long.
pub async fn exchange(instance: &Instance, request: &[u8], silence: Duration) -> RawAnswer {
    let mut stream = connect(instance).await;
    // Whoever refuses early closes early: that is seen in what is read.
    let _ = stream.write_all(request).await;
    read(&mut stream, silence).await
}

/// Reads until the connection ends or nothing comes for this long.
pub async fn read(stream: &mut TcpStream, silence: Duration) -> RawAnswer {
    let (mut bytes, mut part) = (Vec::new(), vec![0_u8; 64 << 10]);
    let closed = loop {
        match timeout(silence, stream.read(&mut part)).await {
            Ok(Ok(0) | Err(_)) => break true,
            Ok(Ok(read)) => bytes.extend_from_slice(&part[..read]),
            Err(_) => break false,
        }
    };
    let text = String::from_utf8_lossy(&bytes).into_owned();
    let status = text.strip_prefix("HTTP/1.").and_then(|rest| rest.get(2..5)).and_then(|s| s.parse().ok());
    RawAnswer { status: status.unwrap_or_default(), text, closed }
}

/// GET of a target that is sent as it is: the answer.
pub async fn get(instance: &Instance, target: &str) -> RawAnswer {
    let host = instance.domain();
    let request = format!("GET {target} HTTP/1.1\r\nhost: {host}\r\nconnection: close\r\n\r\n");
    exchange(instance, request.as_bytes(), Duration::from_secs(20)).await
}

/// A server that sends these bytes one by one, with a pause between them, and never ends. Stops when dropped.
pub struct Dripping {
    port: u16,
    task: JoinHandle<()>,
}

impl Dripping {
    pub async fn start(start: &'static str, drop: u8, pause: Duration) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let task = tokio::spawn(async move {
            while let Ok((mut stream, _)) = listener.accept().await {
                tokio::spawn(async move {
                    let (mut reader, mut writer) = stream.split();
                    // What is asked is of no interest; it is read so that the asker isn't stopped by it.
                    let mut nothing = vec![0_u8; 4 << 10];
                    let reading = async { while reader.read(&mut nothing).await.is_ok_and(|n| n > 0) {} };
                    let writing = async {
                        if writer.write_all(start.as_bytes()).await.is_err() {
                            return;
                        }
                        loop {
                            tokio::time::sleep(pause).await;
                            if writer.write_all(&[drop]).await.is_err() {
                                return;
                            }
                        }
                    };
                    tokio::join!(reading, writing);
                });
            }
        });
        Self { port, task }
    }

    /// `slow.localhost:PORT`.
    pub fn domain(&self, host: &str) -> String {
        format!("{host}:{}", self.port)
    }
}

impl Drop for Dripping {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// Zeroes, packed by gzip with fixed Huffman codes (RFC 1951 §3.2.6): one literal, then copies of it, 258 bytes in 13 bits.
pub fn gzip_of_zeroes(bytes: usize) -> Vec<u8> {
    let mut bits = Bits::default();
    bits.low_first(1, 1); // the last block
    bits.low_first(1, 2); // fixed codes
    bits.high_first(0b0011_0000, 8); // the literal 0
    for _ in 0..bytes / 258 {
        bits.high_first(0b1100_0101, 8); // length 258
        bits.high_first(0, 5); // distance 1
    }
    bits.high_first(0, 7); // the end
    let mut gzip = vec![0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 0, 255];
    gzip.extend(bits.done());
    // Nobody gets far enough to miss the right checksum.
    gzip.extend([0; 8]);
    gzip
}

/// The same bytes in gzip's clothes, packed by nothing.
pub fn gzip_stored(bytes: &[u8]) -> Vec<u8> {
    let mut gzip = vec![0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 0, 255];
    let mut parts = bytes.chunks(65_535).peekable();
    while let Some(part) = parts.next() {
        let length = u16::try_from(part.len()).unwrap();
        gzip.push(u8::from(parts.peek().is_none()));
        gzip.extend(length.to_le_bytes());
        gzip.extend((!length).to_le_bytes());
        gzip.extend(part);
    }
    gzip.extend(crc32(bytes).to_le_bytes());
    gzip.extend(u32::try_from(bytes.len()).unwrap().to_le_bytes());
    gzip
}

/// The checksum of gzip and PNG.
pub fn crc32(bytes: &[u8]) -> u32 {
    let mut crc = u32::MAX;
    for byte in bytes {
        crc ^= u32::from(*byte);
        for _ in 0..8 {
            crc = if crc & 1 == 1 { (crc >> 1) ^ 0xEDB8_8320 } else { crc >> 1 };
        }
    }
    !crc
}

#[derive(Default)]
struct Bits {
    bytes: Vec<u8>,
    used: usize,
}

impl Bits {
    fn push(&mut self, bit: u32) {
        if self.used.is_multiple_of(8) {
            self.bytes.push(0);
        }
        let last = self.bytes.len() - 1;
        self.bytes[last] |= u8::try_from(bit & 1).unwrap() << (self.used % 8);
        self.used += 1;
    }

    fn low_first(&mut self, value: u32, bits: u32) {
        (0..bits).for_each(|at| self.push(value >> at));
    }

    fn high_first(&mut self, value: u32, bits: u32) {
        (0..bits).rev().for_each(|at| self.push(value >> at));
    }

    fn done(self) -> Vec<u8> {
        self.bytes
    }
}
