//! Processes that end with this one.

#![allow(clippy::unwrap_used, reason = "tests")]

use std::ffi::OsStr;
use std::fs::{self, File};
use std::net::TcpListener;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// Runs its arguments until its own standard input ends: also when this process is killed.
const TETHER: &str = "\"$@\" & pid=$!; cat >/dev/null; kill $pid; wait $pid";

/// Longest wait for a process to be ready.
const READY: Duration = Duration::from_mins(1);

/// A process that ends with this value.
pub(crate) struct Tethered(Child);

impl Drop for Tethered {
    fn drop(&mut self) {
        drop(self.0.stdin.take());
        self.0.wait().ok();
    }
}

impl Tethered {
    /// Started; waits until its log says that it is ready.
    pub(crate) async fn start(words: &[&OsStr], log: &Path, ready: &str) -> Self {
        let out = File::create(log).unwrap();
        let mut command = Command::new("sh");
        command.args(["-c", TETHER, "sh"]).args(words);
        command
            .stdin(Stdio::piped())
            .stderr(out.try_clone().unwrap())
            .stdout(out);
        let process = Self(command.spawn().unwrap());
        let deadline = Instant::now() + READY;
        loop {
            let said = fs::read_to_string(log).unwrap();
            if said.contains(ready) {
                return process;
            }
            assert!(Instant::now() < deadline, "not ready: {said}");
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }
}

/// A port that nobody listens on.
pub(crate) fn free_port() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    listener.local_addr().unwrap().port()
}
