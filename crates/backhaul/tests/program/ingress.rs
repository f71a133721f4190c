//! The ports of the sidecar, with real requests and a real broker.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use backhaul::ingress::{Desk, Served};
use broker::{Broker, Destination, Embedded, Message, Rung, Topology};
use connector::{Answer, Inlet, Ports};
use reqwest::{Client, Response, StatusCode};
use store::Store;
use tempfile::TempDir;
use tokio::net::TcpListener;

struct Bench {
    broker: Arc<dyn Broker>,
    store: Arc<dyn Store>,
    client: Client,
    _folder: TempDir,
}

impl Bench {
    async fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let broker = Embedded::open(&folder.path().join("queue.db"))
            .await
            .unwrap();
        let client = Client::builder()
            .timeout(Duration::from_secs(20))
            .build()
            .unwrap();
        let url = format!("sqlite:{}", folder.path().join("store.db").display());
        Self {
            broker: Arc::new(broker),
            store: store::open(&url).await.unwrap(),
            client,
            _folder: folder,
        }
    }

    fn desk(&self, queue: usize, answer_within: Duration) -> Desk {
        Desk::new(
            Arc::clone(&self.broker),
            Arc::clone(&self.store),
            5,
            queue,
            answer_within,
        )
    }
}

async fn served(desk: Desk) -> (Served, SocketAddr) {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
    let served = desk.doors().serve(listener).unwrap();
    let addr = served.addr();
    (served, addr)
}

/// A connector that answers each delivery by its body.
fn answering(mut inlet: Box<dyn Inlet>) -> tokio::task::JoinHandle<Vec<connector::InletDelivery>> {
    tokio::spawn(async move {
        let mut taken = Vec::new();
        while let Ok(Some(delivery)) = inlet.next().await {
            let answer = match delivery.body.as_ref() {
                b"bad" => Answer::Refused {
                    status: 422,
                    code: "test.bad".to_owned(),
                    detail: "it is bad".to_owned(),
                    place: "/0".to_owned(),
                },
                b"later" => Answer::Later(Duration::from_secs(7)),
                b"last" => return taken,
                _ => Answer::Accepted,
            };
            inlet.answer(delivery.id, answer).await.unwrap();
            taken.push(delivery);
        }
        taken
    })
}

async fn post(bench: &Bench, addr: SocketAddr, body: impl Into<reqwest::Body>) -> Response {
    let request = bench
        .client
        .post(format!("http://{addr}/in/a"))
        .header("X-Key", "One");
    request.body(body).send().await.unwrap()
}

#[tokio::test]
async fn answers_are_what_the_connector_says() {
    let bench = Bench::new().await;
    let desk = bench.desk(8, Duration::from_secs(10));
    let inlet = desk.http("/in/a", 1000).unwrap();
    let (served, addr) = served(desk).await;
    let connector = answering(inlet);

    let accepted = post(&bench, addr, "good").await;
    assert_eq!(accepted.status(), StatusCode::ACCEPTED);

    let refused = post(&bench, addr, "bad").await;
    assert_eq!(refused.status(), StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(
        refused.headers()["content-type"],
        "application/problem+json"
    );
    let problem: serde_json::Value = refused.json().await.unwrap();
    assert_eq!(problem["code"], "test.bad");
    assert_eq!(problem["detail"], "it is bad");
    assert_eq!(problem["place"], "/0");
    assert_eq!(problem["status"], 422);

    let later = post(&bench, addr, "later").await;
    assert_eq!(later.status(), StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(later.headers()["retry-after"], "7");

    let gone = post(&bench, addr, "last").await;
    assert_eq!(gone.status(), StatusCode::SERVICE_UNAVAILABLE);
    let taken = connector.await.unwrap();
    assert_eq!(taken[0].headers["x-key"], "One");
    assert_eq!(taken[0].body.as_ref(), b"good");
    served.stop().await;
}

#[tokio::test]
async fn unknown_paths_and_methods_are_problems() {
    let bench = Bench::new().await;
    let desk = bench.desk(8, Duration::from_secs(10));
    let _inlet = desk.http("/in/a", 1000).unwrap();
    let (_served, addr) = served(desk).await;
    let get = bench
        .client
        .get(format!("http://{addr}/in/a"))
        .send()
        .await
        .unwrap();
    assert_eq!(get.status(), StatusCode::METHOD_NOT_ALLOWED);
    assert_eq!(get.headers()["allow"], "POST");
    for path in ["/", "/in", "/in/a/", "/in/b"] {
        let url = format!("http://{addr}{path}");
        let response = bench.client.post(url).body("x").send().await.unwrap();
        assert_eq!(response.status(), StatusCode::NOT_FOUND, "{path}");
        assert_eq!(
            response.headers()["content-type"],
            "application/problem+json"
        );
    }
}

#[tokio::test]
async fn a_body_too_long_is_cut_and_answered_413() {
    let bench = Bench::new().await;
    let desk = bench.desk(8, Duration::from_secs(10));
    let mut inlet = desk.http("/in/a", 1000).unwrap();
    let (_served, addr) = served(desk).await;
    let connector = tokio::spawn(async move {
        let delivery = inlet.next().await.unwrap().unwrap();
        inlet.answer(delivery.id, Answer::Accepted).await.unwrap();
        delivery
    });
    let response = post(&bench, addr, vec![b'x'; 100_000]).await;
    assert_eq!(response.status(), StatusCode::PAYLOAD_TOO_LARGE);
    let delivery = connector.await.unwrap();
    assert_eq!(delivery.body.len(), 1000);
    assert_eq!(delivery.headers["x-backhaul-truncated"], "true");
}

#[tokio::test]
async fn a_sender_cannot_claim_that_its_body_was_cut() {
    let bench = Bench::new().await;
    let desk = bench.desk(8, Duration::from_secs(10));
    let mut inlet = desk.http("/in/a", 1000).unwrap();
    let (_served, addr) = served(desk).await;
    let request = bench.client.post(format!("http://{addr}/in/a"));
    let request = request
        .header("x-backhaul-truncated", "true")
        .body("x")
        .send();
    let sending = tokio::spawn(request);
    let delivery = inlet.next().await.unwrap().unwrap();
    assert!(!delivery.headers.contains_key("x-backhaul-truncated"));
    inlet.answer(delivery.id, Answer::Accepted).await.unwrap();
    assert_eq!(
        sending.await.unwrap().unwrap().status(),
        StatusCode::ACCEPTED
    );
}

#[tokio::test]
async fn a_full_queue_and_a_silent_connector_say_later() {
    let bench = Bench::new().await;
    let desk = bench.desk(1, Duration::from_millis(300));
    let mut inlet = desk.http("/in/a", 1000).unwrap();
    let (_served, addr) = served(desk).await;
    // One waits and is never answered; the next finds the queue full.
    let (first, second) = tokio::join!(post(&bench, addr, "1"), post(&bench, addr, "2"));
    for response in [first, second] {
        assert_eq!(response.status(), StatusCode::SERVICE_UNAVAILABLE);
        assert!(response.headers().contains_key("retry-after"));
    }
    // Both senders were told to come again: what they left behind is not handed over.
    let third = tokio::spawn({
        let (client, url) = (bench.client.clone(), format!("http://{addr}/in/a"));
        async move { retry_until_taken(&client, &url).await }
    });
    let delivery = inlet.next().await.unwrap().unwrap();
    assert_eq!(delivery.body.as_ref(), b"3");
    inlet.answer(delivery.id, Answer::Accepted).await.unwrap();
    assert_eq!(third.await.unwrap(), StatusCode::ACCEPTED);
}

async fn retry_until_taken(client: &Client, url: &str) -> StatusCode {
    for _ in 0..50 {
        let status = client.post(url).body("3").send().await.unwrap().status();
        if status != StatusCode::SERVICE_UNAVAILABLE {
            return status;
        }
    }
    panic!("the queue stays full");
}

#[tokio::test]
async fn while_stopping_new_requests_are_told_to_come_again_and_open_ones_finish() {
    let bench = Bench::new().await;
    let desk = bench.desk(8, Duration::from_secs(10));
    let mut inlet = desk.http("/in/a", 1000).unwrap();
    let (served, addr) = served(desk).await;
    let open = tokio::spawn({
        let request = bench.client.post(format!("http://{addr}/in/a")).body("x");
        request.send()
    });
    let delivery = inlet.next().await.unwrap().unwrap();
    served.close();
    let late = post(&bench, addr, "y").await;
    assert_eq!(late.status(), StatusCode::SERVICE_UNAVAILABLE);
    inlet.answer(delivery.id, Answer::Accepted).await.unwrap();
    assert_eq!(open.await.unwrap().unwrap().status(), StatusCode::ACCEPTED);
    served.stop().await;
    assert!(
        bench
            .client
            .post(format!("http://{addr}/in/a"))
            .send()
            .await
            .is_err()
    );
}

#[tokio::test]
async fn a_path_is_had_once() {
    let bench = Bench::new().await;
    let desk = bench.desk(8, Duration::from_secs(10));
    let _inlet = desk.http("/in/a", 1000).unwrap();
    let twice = desk.http("/in/a", 1000).err().unwrap();
    assert!(twice.message.contains("/in/a"), "{twice}");
    assert!(desk.http("in/b", 1000).is_err());
    assert!(desk.http("/in/b?x", 1000).is_err());
}

#[tokio::test]
async fn a_queue_is_a_way_in_and_what_must_wait_comes_back() {
    let bench = Bench::new().await;
    let rungs = Topology {
        exchanges: Vec::new(),
        queues: Vec::new(),
        rungs: Rung::ALL.to_vec(),
    };
    bench.broker.declare(&rungs).await.unwrap();
    let desk = bench.desk(8, Duration::from_secs(10));
    let mut inlet = desk.amqp("partner.events").unwrap();
    let first = tokio::spawn(async move {
        let delivery = inlet.next().await.unwrap().unwrap();
        (inlet, delivery)
    });
    let message = Message {
        id: "m-1".to_owned(),
        to: Destination::Queue("partner.events".to_owned()),
        content_type: "application/json".to_owned(),
        headers: [("X-Key".to_owned(), "One".to_owned())].into(),
        body: "{}".into(),
    };
    // The queue comes into being with the first `next`.
    while bench
        .broker
        .publish(vec![message.clone()])
        .await
        .iter()
        .any(Result::is_err)
    {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    let (mut inlet, delivery) = first.await.unwrap();
    assert_eq!(delivery.body.as_ref(), b"{}");
    assert_eq!(delivery.headers["x-key"], "One");
    assert_eq!(delivery.headers["message-id"], "m-1");
    inlet
        .answer(delivery.id, Answer::Later(Duration::from_secs(1)))
        .await
        .unwrap();

    let again = inlet.next().await.unwrap().unwrap();
    assert_eq!(again.body.as_ref(), b"{}");
    assert_eq!(again.headers["message-id"], "m-1");
    inlet.answer(again.id, Answer::Accepted).await.unwrap();
    drop(inlet);
    assert_eq!(bench.broker.depth("partner.events").await.unwrap(), 0);
}
