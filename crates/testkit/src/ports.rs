//! Ports below the range from which clients get theirs: nobody is given one of them by chance while its server is down.

use std::net::{Ipv4Addr, SocketAddrV4, TcpListener};
use std::sync::atomic::{AtomicU16, Ordering};

use anyhow::{Result, bail};

/// First of them. Brokers and SFTP servers have those from 21,000 on.
const FIRST: u16 = 26_000;
/// How many.
const MANY: u16 = 6_000;

/// One that nobody listens on. Each call of a process gives another; processes begin in different places.
///
/// # Errors
/// When all are taken.
pub fn free() -> Result<u16> {
    static NEXT: AtomicU16 = AtomicU16::new(0);
    let start = u16::try_from(std::process::id() % 60_000)
        .unwrap_or(0)
        .wrapping_mul(37);
    for _ in 0..MANY {
        let n = NEXT.fetch_add(1, Ordering::Relaxed).wrapping_add(start);
        let port = FIRST + n % MANY;
        if TcpListener::bind(SocketAddrV4::new(Ipv4Addr::LOCALHOST, port)).is_ok() {
            return Ok(port);
        }
    }
    bail!("no port is free from {FIRST} on")
}
