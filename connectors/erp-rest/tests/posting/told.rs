//! A server that answers whatever it is told, and a connector that sends to it.

#![allow(clippy::unwrap_used, reason = "tests")]

use std::sync::{Arc, Mutex};

use connector::{Built, Confirmation, Failure, Outbound};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

use crate::support::{built, command, settings};

/// Answers in turn, one connection each; keeps the first line of every request.
async fn serve(answers: Vec<String>) -> (String, Arc<Mutex<Vec<String>>>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let asked = Arc::new(Mutex::new(Vec::new()));
    let book = asked.clone();
    tokio::spawn(async move {
        for answer in answers {
            let (mut line, _) = listener.accept().await.unwrap();
            let mut request = vec![0; 64 * 1024];
            let mut length = 0;
            while !is_whole(&request[..length]) {
                length += line.read(&mut request[length..]).await.unwrap();
            }
            let text = String::from_utf8_lossy(&request[..length]).into_owned();
            book.lock()
                .unwrap()
                .push(text.lines().next().unwrap().to_owned());
            line.write_all(answer.as_bytes()).await.ok();
            line.shutdown().await.ok();
        }
    });
    (url, asked)
}

fn is_whole(request: &[u8]) -> bool {
    let text = String::from_utf8_lossy(request).to_lowercase();
    let Some((head, body)) = text.split_once("\r\n\r\n") else {
        return false;
    };
    let length = head
        .lines()
        .find_map(|line| line.strip_prefix("content-length: "));
    length.is_none_or(|length| body.len() >= length.parse().unwrap())
}

pub(crate) fn answer(status: &str, headers: &str, body: &str) -> String {
    let length = body.len();
    format!(
        "HTTP/1.1 {status}\r\ncontent-length: {length}\r\nconnection: close\r\n{headers}\r\n{body}"
    )
}

pub(crate) fn memo(key: &str, status: &str, gross: &str) -> String {
    format!(
        "{{\"id\": \"cm-1\", \"number\": \"CM-1\", \"externalDocumentNumber\": \"{key}\", \"status\": \"{status}\", \
         \"customerNumber\": \"C10010\", \"currencyCode\": \"USD\", \"netAmount\": \"56.10\", \"taxAmount\": \"4.63\", \
         \"grossAmount\": \"{gross}\"}}"
    )
}

/// Sends the basic credit memo to a server that answers so, with the simulator's profile and more lines. The first lines of the
/// requests come with it.
pub(crate) async fn send_with(
    more: &str,
    answers: Vec<String>,
) -> (Result<Confirmation, Failure>, Vec<String>) {
    let (url, asked) = serve(answers).await;
    let block = format!("base_url = \"{url}\"\nprofile = \"sim\"\ntimeout = \"5s\"\n{more}");
    let built = built(&settings(&block));
    let command = command("basic");
    let body = built.codec.encode(&command).unwrap();
    let effect = Outbound {
        key: &command.effect_key,
        command: &command,
        body: &body,
    };
    let outcome = built.sink.as_ref().unwrap().send(effect).await;
    let asked = asked.lock().unwrap().clone();
    (outcome, asked)
}

/// A connector with that profile and more lines, to a server that answers so; the first lines of the requests.
pub(crate) async fn built_with(
    profile: &str,
    more: &str,
    answers: Vec<String>,
) -> (Built, Arc<Mutex<Vec<String>>>) {
    let (url, asked) = serve(answers).await;
    let block = format!("base_url = \"{url}\"\nprofile = \"{profile}\"\ntimeout = \"5s\"\n{more}");
    (built(&settings(&block)), asked)
}
