//! Whatever the simulated portal and warehouse say is understood.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "tests"
)]

mod common;

use std::collections::BTreeSet;
use std::time::Duration;

use simulators::portal;
use simulators::wms::{Config, Story, WmsSim};
use testkit::golden::inbound;
use tokio::time::timeout;
use wms_json::CONNECTOR;

#[test]
fn every_request_of_the_portal() {
    let codec = (CONNECTOR.codec)(&common::block("portal")).unwrap();
    let mut keys = BTreeSet::new();
    for request in portal::requests(7, 300, &["DC-EAST", "DC-WEST", "3PL-SOUTH"]) {
        let events = codec
            .decode(&inbound(serde_json::to_vec(&request).unwrap()))
            .unwrap();
        keys.extend(events.into_iter().map(|event| event.unwrap().key));
    }
    assert_eq!(keys.len(), 300);
}

#[tokio::test]
async fn every_story_of_the_warehouse() {
    let codec = (CONNECTOR.codec)(&common::block("wms-west")).unwrap();
    let client = reqwest::Client::builder().build().unwrap();
    for story in Story::ALL {
        let config = Config {
            story: Some(story),
            pace_ms: 1,
            ..Config::default()
        };
        let sim = WmsSim::start(config).await.unwrap();
        let asn = r#"{"externalReference":"rt1-a","rmaNumber":"RMA-9","site":"DC-WEST","lines":[
            {"line":1,"sku":"S1","quantity":"4","uom":"EA"},{"line":2,"sku":"S2","quantity":"2","uom":"CS"}]}"#;
        let request = client.post(format!("{}/asn", sim.url())).body(asn);
        let announced = request
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
        let truth = client
            .get(format!("{}/returns/RMA-9", sim.url()))
            .send()
            .await
            .unwrap();
        let events = codec
            .decode(&inbound(truth.bytes().await.unwrap()))
            .unwrap();
        assert!(events.len() >= 3, "{story:?}");
        for event in events {
            if let Err(failure) = event {
                panic!("{story:?}: {failure}");
            }
        }
    }
}
