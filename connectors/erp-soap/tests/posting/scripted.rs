//! A server that says what a test tells it to, for answers that no ERP gives twice.

#![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

/// Gives an answer (head and body) to each request, by what the request says.
type Script = dyn Fn(&str) -> Vec<u8> + Send + Sync;

/// The server.
pub(crate) struct Scripted {
    addr: SocketAddr,
    asked: Arc<Mutex<Vec<String>>>,
}

impl Scripted {
    pub(crate) async fn start(script: impl Fn(&str) -> Vec<u8> + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let addr = listener.local_addr().unwrap();
        let asked = Arc::new(Mutex::new(Vec::new()));
        let (script, notes): (Arc<Script>, _) = (Arc::new(script), asked.clone());
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(serve(stream, script.clone(), notes.clone()));
            }
        });
        Self { addr, asked }
    }

    pub(crate) fn url(&self) -> String {
        format!("http://{}/soap", self.addr)
    }

    /// Every request, head and body.
    pub(crate) fn asked(&self) -> Vec<String> {
        self.asked.lock().unwrap().clone()
    }
}

async fn serve(mut stream: TcpStream, script: Arc<Script>, asked: Arc<Mutex<Vec<String>>>) {
    let mut request = Vec::new();
    let mut buffer = [0_u8; 8192];
    loop {
        let read = stream.read(&mut buffer).await.unwrap_or(0);
        request.extend_from_slice(&buffer[..read]);
        let text = String::from_utf8_lossy(&request).into_owned();
        if read == 0 || is_whole(&text) {
            asked.lock().unwrap().push(text.clone());
            stream.write_all(&script(&text)).await.ok();
            stream.shutdown().await.ok();
            return;
        }
    }
}

fn is_whole(request: &str) -> bool {
    let Some((head, body)) = request.split_once("\r\n\r\n") else {
        return false;
    };
    let length = head.lines().find_map(|line| {
        let (name, value) = line.split_once(':')?;
        name.eq_ignore_ascii_case("content-length")
            .then(|| value.trim().parse().unwrap())
    });
    body.len() >= length.unwrap_or(0)
}

/// An answer with status 200.
pub(crate) fn ok(headers: &str, body: &str) -> Vec<u8> {
    let length = body.len();
    format!("HTTP/1.1 200 OK\r\ncontent-type: text/xml; charset=utf-8\r\n{headers}content-length: {length}\r\n\r\n{body}")
        .into_bytes()
}

/// An envelope of SOAP 1.1.
pub(crate) fn envelope(inside: &str) -> String {
    format!(
        "<S:Envelope xmlns:S=\"http://schemas.xmlsoap.org/soap/envelope/\"><S:Body>{inside}</S:Body></S:Envelope>"
    )
}
