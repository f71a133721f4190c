//! A server that gives one answer to whatever it is asked: for answers that no sane partner gives.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use anyhow::Result;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

/// The answer: media type and body.
type Answer = Arc<Mutex<(String, Vec<u8>)>>;

/// Largest request that is read.
const LARGEST: usize = 1 << 20;

/// A running server. Dropped, it ends.
pub struct Parrot {
    answer: Answer,
    address: String,
    task: JoinHandle<()>,
}

impl Parrot {
    /// Starts it; it answers with nothing until it is taught something.
    pub async fn start() -> Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let address = format!("http://{}", listener.local_addr()?);
        let answer = Answer::default();
        let task = tokio::spawn(serve(listener, Arc::clone(&answer)));
        Ok(Self {
            answer,
            address,
            task,
        })
    }

    /// Its address, without a slash at the end.
    pub fn address(&self) -> &str {
        &self.address
    }

    /// From now on this is the answer, with status 200.
    pub fn teach(&self, media_type: &str, body: Vec<u8>) {
        let mut answer = self.answer.lock().unwrap_or_else(PoisonError::into_inner);
        *answer = (media_type.to_owned(), body);
    }
}

impl Drop for Parrot {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn serve(listener: TcpListener, answer: Answer) {
    while let Ok((stream, _)) = listener.accept().await {
        let answer = Arc::clone(&answer);
        tokio::spawn(async move {
            let talk = talk(stream, &answer);
            // Whoever asks sees for itself that a connection broke.
            drop(tokio::time::timeout(Duration::from_secs(30), talk).await);
        });
    }
}

async fn talk(mut stream: TcpStream, answer: &Answer) -> Result<()> {
    read_request(&mut stream).await?;
    let (media_type, body) = answer
        .lock()
        .unwrap_or_else(PoisonError::into_inner)
        .clone();
    let head = format!(
        "HTTP/1.1 200 OK\r\ncontent-type: {media_type}\r\ncontent-length: {}\r\nconnection: close\r\n\r\n",
        body.len()
    );
    stream.write_all(head.as_bytes()).await?;
    stream.write_all(&body).await?;
    Ok(stream.shutdown().await?)
}

/// Head and body, so that the asker is not cut off while it still writes.
async fn read_request(stream: &mut TcpStream) -> Result<()> {
    let mut request = Vec::new();
    loop {
        let end = request.windows(4).position(|four| four == b"\r\n\r\n");
        if let Some(end) = end {
            let head = String::from_utf8_lossy(request.get(..end).unwrap_or_default());
            let length = head.lines().find_map(|line| {
                let (name, value) = line.split_once(':')?;
                let is_it = name.eq_ignore_ascii_case("content-length");
                is_it.then(|| value.trim().parse::<usize>().ok())?
            });
            if request.len() >= end + 4 + length.unwrap_or_default() {
                return Ok(());
            }
        }
        anyhow::ensure!(request.len() < LARGEST, "too large a request");
        anyhow::ensure!(stream.read_buf(&mut request).await? > 0, "the asker left");
    }
}
