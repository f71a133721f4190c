//! Serving a router over cuttable connections, and the handle of a running simulator.

use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use axum::Router;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use crate::line::{Line, Lines};

/// How long open requests may go on after the end was asked for.
const LAST_ANSWERS: Duration = Duration::from_secs(2);

/// Serves until cancelled; then lets open requests end, but not for long.
pub(crate) async fn serve(
    router: Router,
    listener: TcpListener,
    cancel: CancellationToken,
) -> io::Result<()> {
    let service = router.into_make_service_with_connect_info::<Line>();
    let server = axum::serve(Lines(listener), service)
        .with_graceful_shutdown(cancel.clone().cancelled_owned());
    let too_long = async {
        cancel.cancelled().await;
        tokio::time::sleep(LAST_ANSWERS).await;
    };
    tokio::select! {
        ended = server => ended,
        () = too_long => Ok(()),
    }
}

/// A simulator running in the background of this process; ends when dropped.
#[derive(Debug)]
pub struct Running {
    addr: SocketAddr,
    cancel: CancellationToken,
    task: Option<JoinHandle<io::Result<()>>>,
}

impl Running {
    pub(crate) async fn start(router: Router, cancel: CancellationToken) -> io::Result<Self> {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
        let addr = listener.local_addr()?;
        let task = tokio::spawn(serve(router, listener, cancel.clone()));
        Ok(Self {
            addr,
            cancel,
            task: Some(task),
        })
    }

    /// Where it listens.
    pub fn addr(&self) -> SocketAddr {
        self.addr
    }

    /// `http://127.0.0.1:PORT`, without a slash at the end.
    pub fn url(&self) -> String {
        format!("http://{}", self.addr)
    }

    /// Ends it and waits until the port is closed.
    pub async fn shutdown(mut self) {
        self.cancel.cancel();
        if let Some(task) = self.task.take()
            && let Ok(Err(error)) = task.await
        {
            tracing::warn!(%error, "a simulator ended badly");
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.cancel.cancel();
    }
}
