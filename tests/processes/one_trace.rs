//! From the webhook to the ERP's answer in ONE trace: the trace context travels across the broker and the store.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use simulators::wms::Story;
use tests::world::{SECRET, World, request, until_returns};
use tests::{signature, until};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;

const TRACE: &str = "0af7651916cd43dd8448eb211c80319c";

/// A collector that takes OTLP over HTTP and keeps the bodies.
async fn collector() -> (String, Arc<Mutex<Vec<Vec<u8>>>>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    let bodies = Arc::new(Mutex::new(Vec::new()));
    let kept = Arc::clone(&bodies);
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let kept = Arc::clone(&kept);
            tokio::spawn(async move {
                let mut buffer = Vec::new();
                let mut chunk = [0_u8; 16 * 1024];
                while let Ok(read) = stream.read(&mut chunk).await {
                    if read == 0 {
                        break;
                    }
                    buffer.extend_from_slice(&chunk[..read]);
                    if let Some(body) = whole_body(&buffer) {
                        kept.lock().unwrap().push(body);
                        buffer.clear();
                        let answer = b"HTTP/1.1 200 OK\r\ncontent-type: application/x-protobuf\r\ncontent-length: 0\r\n\r\n";
                        if stream.write_all(answer).await.is_err() {
                            break;
                        }
                    }
                }
            });
        }
    });
    (address, bodies)
}

/// The body, once it is there in full.
fn whole_body(request: &[u8]) -> Option<Vec<u8>> {
    let end = request.windows(4).position(|w| w == b"\r\n\r\n")? + 4;
    let head = String::from_utf8_lossy(&request[..end]).to_ascii_lowercase();
    let length: usize = head
        .split("content-length:")
        .nth(1)?
        .lines()
        .next()?
        .trim()
        .parse()
        .ok()?;
    (request.len() >= end + length).then(|| request[end..end + length].to_vec())
}

/// Names of spans of our trace. A span on the wire (opentelemetry-proto, trace.proto): field 1 is the trace id of 16
/// bytes, field 5 the name.
fn names(bodies: &[Vec<u8>]) -> Vec<String> {
    let id = data_encoding::HEXLOWER.decode(TRACE.as_bytes()).unwrap();
    let marker = [&[0x0a, 16][..], &id].concat();
    let mut names = Vec::new();
    for body in bodies {
        for at in body
            .windows(marker.len())
            .enumerate()
            .filter(|(_, w)| **w == marker[..])
        {
            let rest = &body[at.0 + marker.len()..];
            for name in ["intake", "route", "deliver"] {
                let field = [
                    &[0x2a, u8::try_from(name.len()).unwrap()][..],
                    name.as_bytes(),
                ]
                .concat();
                if rest.windows(field.len()).take(80).any(|w| w == field) {
                    names.push(name.to_owned());
                }
            }
        }
    }
    names
}

#[tokio::test(flavor = "multi_thread")]
async fn a_return_is_one_trace_from_request_to_credit() {
    let (address, bodies) = collector().await;
    let telemetry = format!("[telemetry]\notlp = \"{address}\"\n");
    let world = World::start(Some(Story::AllGood), &telemetry, "")
        .await
        .unwrap();
    let sidecar = world.sidecar(env!("CARGO_BIN_EXE_product")).await.unwrap();
    let body = serde_json::to_vec(&request(1)).unwrap();
    let answer = reqwest::Client::builder()
        .timeout(Duration::from_secs(30))
        .build()
        .unwrap()
        .post(format!("{}/in/portal", sidecar.ingress))
        .header("x-signature", signature(SECRET, &body))
        .header("traceparent", format!("00-{TRACE}-b7ad6b7169203331-01"))
        .body(body)
        .send()
        .await
        .unwrap();
    assert_eq!(answer.status(), 202);
    until_returns(&sidecar, "SETTLED", 1).await.unwrap();
    let log = sidecar.log();
    assert!(sidecar.terminate().await.unwrap().success());
    let found = until("spans", Duration::from_secs(20), || async {
        let names = names(&bodies.lock().unwrap());
        let all = ["intake", "route", "deliver"]
            .iter()
            .all(|n| names.contains(&(*n).to_owned()));
        all.then_some(names)
    })
    .await;
    assert!(found.is_ok(), "{:?}\n{log}", names(&bodies.lock().unwrap()));
}
