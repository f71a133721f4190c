//! The portal sends what it made, signed, each until it is taken.

use std::collections::BTreeSet;

use crate::support::Receiver;
use http::StatusCode;
use serde_json::Value;
use simulators::faults::{Fault, Faults, Rule};
use simulators::portal::{requests, send_all};
use simulators::signature;

const SITES: [&str; 2] = ["DC-EAST", "DC-WEST"];

#[tokio::test]
async fn every_request_arrives_signed_despite_refused_attempts() {
    let receiver = Receiver::start(&[StatusCode::BAD_GATEWAY, StatusCode::TOO_MANY_REQUESTS]).await;
    let made = requests(7, 25, &SITES);
    let report = send_all(&receiver.url, "p", &made, &Faults::default())
        .await
        .unwrap();
    assert_eq!((report.requests, report.acknowledged), (25, 25));
    let arrived = receiver.arrived();
    assert_eq!(arrived.len(), 27, "two had to be sent again");
    assert!(
        arrived
            .iter()
            .all(|one| signature::verify(b"p", &one.body, &one.signature))
    );
    let ids: BTreeSet<String> = arrived
        .iter()
        .map(|one| one.json()["id"].as_str().unwrap().to_owned())
        .collect();
    assert_eq!(ids, made.iter().map(|request| request.id.clone()).collect());
}

#[tokio::test]
async fn a_refused_request_is_reported_and_not_sent_again() {
    let receiver = Receiver::start(&[StatusCode::BAD_REQUEST]).await;
    let made = requests(7, 1, &SITES);
    let report = send_all(&receiver.url, "p", &made, &Faults::default())
        .await
        .unwrap();
    assert_eq!(report.refused, [made[0].id.clone()]);
    assert_eq!(receiver.arrived().len(), 1);
}

#[tokio::test]
async fn doubles_and_rubbish_come_on_top() {
    let receiver = Receiver::start(&[]).await;
    let faults = Faults::new([
        Rule::times(Fault::Duplicate, 4).on("EMIT"),
        Rule::times(Fault::Garbage, 3).on("EMIT"),
    ]);
    let made = requests(7, 20, &SITES);
    let report = send_all(&receiver.url, "p", &made, &faults).await.unwrap();
    assert_eq!((report.garbage, report.garbage_taken), (9, 9));
    assert!((4..=8).contains(&report.doubles), "{report:?}");
    assert_eq!(report.acknowledged, 20 + report.doubles);
    let arrived = receiver.arrived();
    assert_eq!(arrived.len(), 29 + report.doubles);
    let broken = arrived
        .iter()
        .filter(|one| serde_json::from_slice::<Value>(&one.body).is_err());
    assert_eq!(broken.count(), 3);
}
