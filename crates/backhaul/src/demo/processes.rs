//! Sidecars as processes of their own: started again when they end, and reached through one address.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::process::Stdio;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::time::Duration;

use anyhow::{Context as _, Result};
use tokio::io::copy_bidirectional;
use tokio::net::{TcpListener, TcpStream};
use tokio::process::Command;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

/// Between the end of a process and its next start.
const AGAIN: Duration = Duration::from_millis(200);
/// Longest time that one may take to drain.
const DRAIN: Duration = Duration::from_secs(30);

/// A configuration that was written for a process, and where the process will listen.
pub(super) struct Written {
    /// The file.
    pub(super) config: PathBuf,
    /// Its listener for connectors.
    pub(super) ingress: SocketAddr,
}

/// Running sidecars. Dropped, they are killed.
pub(super) struct Processes {
    front: SocketAddr,
    restarts: Arc<AtomicU64>,
    stop: CancellationToken,
    tasks: JoinSet<()>,
}

impl Processes {
    /// Starts one for each, and the address that leads to them.
    pub(super) async fn start(written: Vec<Written>) -> Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let front = listener.local_addr()?;
        let program = std::env::current_exe().context("where is this program?")?;
        let (stop, restarts) = (CancellationToken::new(), Arc::new(AtomicU64::new(0)));
        let mut tasks = JoinSet::new();
        let behind = written.iter().map(|one| one.ingress).collect();
        for one in written {
            let (program, stop) = (program.clone(), stop.clone());
            tasks.spawn(keep_up(program, one.config, stop, Arc::clone(&restarts)));
        }
        tasks.spawn(lead(listener, behind));
        Ok(Self {
            front,
            restarts,
            stop,
            tasks,
        })
    }

    /// The one address.
    pub(super) fn front(&self) -> SocketAddr {
        self.front
    }

    /// How often one ended and was started again.
    pub(super) fn restarts(&self) -> u64 {
        self.restarts.load(Ordering::Relaxed)
    }

    /// SIGTERM to all, and waits for their drain.
    pub(super) async fn stop(mut self) {
        self.stop.cancel();
        let ended = async {
            // The last task leads for ever.
            while self.tasks.len() > 1 && self.tasks.join_next().await.is_some() {}
        };
        if tokio::time::timeout(DRAIN, ended).await.is_err() {
            tracing::warn!("a sidecar did not drain in time and is killed");
        }
        self.tasks.shutdown().await;
    }
}

/// Starts the process again and again until told to stop.
async fn keep_up(
    program: PathBuf,
    config: PathBuf,
    stop: CancellationToken,
    restarts: Arc<AtomicU64>,
) {
    while !stop.is_cancelled() {
        match spawn(&program, &config) {
            Ok(mut child) => {
                tokio::select! {
                    ended = child.wait() => {
                        restarts.fetch_add(1, Ordering::Relaxed);
                        tracing::warn!(?ended, config = %config.display(), "a sidecar ended; it is started again");
                    }
                    () = stop.cancelled() => {
                        terminate(&child).await;
                        if let Err(error) = child.wait().await {
                            tracing::warn!(%error, "a sidecar was not waited for");
                        }
                        return;
                    }
                }
            }
            Err(error) => tracing::error!("a sidecar cannot be started: {error:#}"),
        }
        tokio::time::sleep(AGAIN).await;
    }
}

fn spawn(program: &PathBuf, config: &PathBuf) -> Result<tokio::process::Child> {
    let log = std::fs::File::options()
        .create(true)
        .append(true)
        .open(config.with_extension("log"))?;
    Ok(Command::new(program)
        .args(["run", "--config"])
        .arg(config)
        .stdin(Stdio::null())
        .stdout(log.try_clone()?)
        .stderr(log)
        .kill_on_drop(true)
        .spawn()?)
}

async fn terminate(child: &tokio::process::Child) {
    if let Some(pid) = child.id() {
        let told = Command::new("kill").arg(pid.to_string()).status().await;
        if !told.is_ok_and(|status| status.success()) {
            tracing::warn!(pid, "a sidecar could not be told to stop");
        }
    }
}

/// Leads each connection to the next sidecar that takes it.
async fn lead(listener: TcpListener, behind: Vec<SocketAddr>) {
    let behind = Arc::new(behind);
    let next = Arc::new(AtomicUsize::new(0));
    let mut led = JoinSet::new();
    loop {
        let Ok((mut outside, _)) = listener.accept().await else {
            tokio::time::sleep(AGAIN).await;
            continue;
        };
        while led.try_join_next().is_some() {}
        let (behind, first) = (Arc::clone(&behind), next.fetch_add(1, Ordering::Relaxed));
        led.spawn(async move {
            let order = behind.iter().cycle().skip(first % behind.len().max(1));
            for address in order.take(behind.len()) {
                if let Ok(mut inside) = TcpStream::connect(address).await {
                    // What breaks here breaks for both ends, and they try again.
                    drop(copy_bidirectional(&mut outside, &mut inside).await);
                    return;
                }
            }
        });
    }
}
