//! Random names and ports.

use std::net::{Ipv4Addr, TcpListener};

/// `2 × bytes` random hex digits.
pub fn hex(bytes: usize) -> String {
    let mut buffer = vec![0_u8; bytes];
    fill(&mut buffer);
    base16(&buffer)
}

/// Lower-case hex digits of some bytes.
pub fn base16(bytes: &[u8]) -> String {
    let digit = |four: u8| char::from_digit(u32::from(four), 16).unwrap_or_default();
    bytes.iter().flat_map(|byte| [digit(byte >> 4), digit(byte & 15)]).collect()
}

fn fill(buffer: &mut [u8]) {
    aws_lc_rs::rand::fill(buffer).unwrap_or_else(|_| panic!("the system's random numbers failed"));
}

/// A TCP port on 127.0.0.1 that nobody listens on now.
///
/// Taken from below the range in which the system places outgoing connections, so that a stopped instance finds its
/// port free when it is started again.
pub fn free_port() -> u16 {
    for _ in 0..1000 {
        let mut two = [0_u8; 2];
        fill(&mut two);
        let port = 15_000 + u16::from_le_bytes(two) % 17_000;
        if TcpListener::bind((Ipv4Addr::LOCALHOST, port)).is_ok() {
            return port;
        }
    }
    panic!("no free port between 15000 and 32000");
}
