//! The way in: signatures, notifications and their documents, answers to the sender.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "tests"
)]

mod common;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use connector::{
    Answer, Failure, Inlet, InletDelivery, Notes, Ports, Settings, Settlement, Source,
};
use jiff::Timestamp;
use simulators::wms::{Config, Story, WmsSim};
use testkit::conformance::SilentPorts;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::time::timeout;
use wms_json::CONNECTOR;

const SECRET: &[u8] = b"a-secret-of-32-random-characters";

/// A listener without a network: deliveries and answers go through channels.
struct Line {
    deliveries: Mutex<Option<UnboundedReceiver<InletDelivery>>>,
    answers: UnboundedSender<(u64, Answer)>,
}

struct LineInlet {
    deliveries: UnboundedReceiver<InletDelivery>,
    answers: UnboundedSender<(u64, Answer)>,
}

impl Ports for Line {
    fn http(&self, path: &str, _max_bytes: usize) -> Result<Box<dyn Inlet>, Failure> {
        assert!(path.starts_with("/in/"));
        let deliveries = self.deliveries.lock().unwrap().take().unwrap();
        Ok(Box::new(LineInlet {
            deliveries,
            answers: self.answers.clone(),
        }))
    }

    fn amqp(&self, _queue: &str) -> Result<Box<dyn Inlet>, Failure> {
        self.http("/in/queue", 0)
    }

    fn notes(&self, instance: &str) -> Arc<dyn Notes> {
        SilentPorts.notes(instance)
    }
}

#[async_trait]
impl Inlet for LineInlet {
    async fn next(&mut self) -> Result<Option<InletDelivery>, Failure> {
        Ok(self.deliveries.recv().await)
    }

    async fn answer(&mut self, id: u64, answer: Answer) -> Result<(), Failure> {
        self.answers.send((id, answer)).unwrap();
        Ok(())
    }
}

struct Scene {
    source: Box<dyn Source>,
    sender: UnboundedSender<InletDelivery>,
    answers: UnboundedReceiver<(u64, Answer)>,
}

impl Scene {
    fn new(settings: &Settings) -> Self {
        let (sender, deliveries) = unbounded_channel();
        let (answer, answers) = unbounded_channel();
        let line = Line {
            deliveries: Mutex::new(Some(deliveries)),
            answers: answer,
        };
        let source = (CONNECTOR.build)(settings, &line).unwrap().source.unwrap();
        Self {
            source,
            sender,
            answers,
        }
    }

    fn deliver(&self, id: u64, body: &str, headers: &[(&str, &str)]) {
        let signature = simulators::signature::sign(SECRET, body.as_bytes());
        let mut all = BTreeMap::from([("x-signature".to_owned(), signature)]);
        all.extend(
            headers
                .iter()
                .map(|(k, v)| ((*k).to_owned(), (*v).to_owned())),
        );
        let received_at = Timestamp::now();
        all.entry("x-timestamp".to_owned())
            .or_insert_with(|| received_at.as_second().to_string());
        let body = body.as_bytes().to_vec().into();
        self.sender
            .send(InletDelivery {
                id,
                headers: all,
                body,
                received_at,
            })
            .unwrap();
    }

    fn answered(&mut self) -> (u64, Answer) {
        self.answers.try_recv().unwrap()
    }
}

#[tokio::test]
async fn a_delivery_is_handed_over_untouched_and_answered_when_settled() {
    let mut scene = Scene::new(&common::block("wms-east"));
    let body = " { \"any\": \"thing\"}\n";
    scene.deliver(
        7,
        body,
        &[("x-webhook-id", "wh-1"), ("authorization", "secret")],
    );
    scene.deliver(8, "{}", &[]);
    let first = scene.source.next().await.unwrap().unwrap();
    let second = scene.source.next().await.unwrap().unwrap();
    assert_eq!(first.raw, body.as_bytes());
    assert_eq!(
        (
            first.origin.channel.as_str(),
            first.origin.reference.as_str()
        ),
        ("http", "wh-1")
    );
    assert!(first.refused.is_none() && first.origin.headers.is_empty());
    scene
        .source
        .settle(&second.origin, Settlement::NotNow)
        .await
        .unwrap();
    scene
        .source
        .settle(&first.origin, Settlement::Stored)
        .await
        .unwrap();
    assert!(matches!(scene.answered(), (8, Answer::Later(_))));
    assert_eq!(scene.answered(), (7, Answer::Accepted));
    drop(scene.sender);
    assert!(scene.source.next().await.unwrap().is_none());
}

#[tokio::test]
async fn a_wrong_sender_is_refused_and_its_bytes_are_kept() {
    let mut scene = Scene::new(&common::block("wms-east"));
    scene.deliver(1, "{}", &[("x-signature", "AAAA")]);
    scene.deliver(2, "{}", &[("x-timestamp", "1000000000")]);
    scene.deliver(3, "{}", &[("x-backhaul-truncated", "true")]);
    for (id, status, code) in [
        (1, 401, "wms-json.signature-invalid"),
        (2, 401, "wms-json.stale"),
        (3, 413, "wms-json.too-large"),
    ] {
        let inbound = scene.source.next().await.unwrap().unwrap();
        assert_eq!(inbound.raw, b"{}"[..]);
        let failure = inbound.refused.unwrap();
        assert_eq!(failure.code, code);
        scene
            .source
            .settle(&inbound.origin, Settlement::Parked(failure))
            .await
            .unwrap();
        match scene.answered() {
            (
                answered,
                Answer::Refused {
                    status: s, code: c, ..
                },
            ) => {
                assert_eq!((answered, s, c.as_str()), (id, status, code));
            }
            other => panic!("{other:?}"),
        }
    }
}

fn notified(url: &str) -> Settings {
    let mut settings = common::block("wms-west");
    let fetch = settings.table["fetch"].as_table_mut().unwrap();
    fetch.insert("url".into(), format!("{url}/returns/{{rma}}").into());
    fetch["auth"]
        .as_table_mut()
        .unwrap()
        .insert("value".into(), "k".into());
    settings
}

#[tokio::test]
async fn the_document_of_a_notification_is_fetched() {
    let sim = WmsSim::start(Config {
        story: Some(Story::AllGood),
        pace_ms: 1,
        api_key: Some("k".to_owned()),
        ..Config::default()
    })
    .await
    .unwrap();
    let asn = r#"{"externalReference":"rt1-a","rmaNumber":"RMA-9","site":"DC-WEST","lines":[{"line":1,"sku":"S","quantity":"2","uom":"EA"}]}"#;
    let request = reqwest::Client::builder()
        .build()
        .unwrap()
        .post(format!("{}/asn", sim.url()));
    let announced = request
        .header("x-api-key", "k")
        .body(asn)
        .header("content-type", "application/json")
        .send()
        .await
        .unwrap();
    assert_eq!(announced.status(), 201);
    timeout(Duration::from_secs(20), async {
        while !sim.is_idle() {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    })
    .await
    .unwrap();

    let settings = notified(&sim.url());
    let codec = (CONNECTOR.codec)(&settings).unwrap();
    let mut scene = Scene::new(&settings);
    scene.deliver(1, r#"{"event":"return.updated","rma":"RMA-9"}"#, &[]);
    scene.deliver(2, r#"{"event":"return.updated","rma":"RMA-9"}"#, &[]);
    let mut keys = Vec::new();
    for _ in 0..2 {
        let inbound = scene.source.next().await.unwrap().unwrap();
        assert!(inbound.refused.is_none());
        let events = codec.decode(&inbound).unwrap();
        keys.push(
            events
                .into_iter()
                .map(|e| e.unwrap().key.0)
                .collect::<Vec<_>>(),
        );
    }
    let expected = [
        "receipt|DC-WEST|RCPT-RMA-9-1",
        "inspection|DC-WEST|INSP-RMA-9-1|1",
        "disposition|DC-WEST|DISP-RMA-9-1",
    ];
    assert_eq!(keys[0], expected);
    assert_eq!(keys[0], keys[1]);

    scene.deliver(3, r#"{"event":"return.updated","rma":"RMA-UNKNOWN"}"#, &[]);
    let unknown = scene.source.next().await.unwrap().unwrap();
    assert_eq!(unknown.refused.unwrap().code, "wms-json.fetch-not-found");
    scene.deliver(4, "{\"event\"", &[]);
    let garbage = scene.source.next().await.unwrap().unwrap();
    assert_eq!(garbage.refused.unwrap().code, "wms-json.not-json");
}

#[tokio::test]
async fn a_notification_whose_partner_is_away_comes_again() {
    let mut scene = Scene::new(&notified("http://127.0.0.1:1"));
    scene.deliver(1, r#"{"rma":"RMA-9"}"#, &[]);
    let waiting = timeout(Duration::from_millis(500), scene.source.next()).await;
    assert!(waiting.is_err(), "nothing is handed over");
    assert!(matches!(scene.answered(), (1, Answer::Later(_))));
}
