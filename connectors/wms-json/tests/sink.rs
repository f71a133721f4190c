//! The way out, against the WMS simulator and its ledger.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "tests"
)]

mod common;

use std::sync::Arc;
use std::time::Duration;

use canonical::Command;
use connector::{Confirmation, Failure, FailureKind, Found, Outbound, Settings, Sink};
use simulators::faults::{Fault, Rule};
use simulators::wms::{Config, DuplicateAsn, WmsSim};
use testkit::conformance::SilentPorts;
use wms_json::CONNECTOR;

struct Scene {
    sim: WmsSim,
    sink: Arc<dyn Sink>,
    settings: Settings,
}

impl Scene {
    async fn new(config: Config) -> Self {
        let sim = WmsSim::start(Config {
            autoplay: false,
            ..config
        })
        .await
        .unwrap();
        let settings = common::leading_to(&sim.url(), "k", "500ms");
        let sink = (CONNECTOR.build)(&settings, &SilentPorts)
            .unwrap()
            .sink
            .unwrap();
        Self {
            sim,
            sink,
            settings,
        }
    }

    fn body(&self, command: &Command) -> Vec<u8> {
        (CONNECTOR.codec)(&self.settings)
            .unwrap()
            .encode(command)
            .unwrap()
    }

    async fn send(&self, command: &Command) -> Result<Confirmation, Failure> {
        let body = self.body(command);
        self.sink
            .send(Outbound {
                key: &command.effect_key,
                command,
                body: &body,
            })
            .await
    }

    async fn find(&self, command: &Command) -> Result<Found, Failure> {
        let body = self.body(command);
        self.sink
            .find(Outbound {
                key: &command.effect_key,
                command,
                body: &body,
            })
            .await
    }

    fn fault(&self, fault: Fault) {
        self.sim.faults().add(Rule::once(fault).on("POST"));
    }
}

#[tokio::test]
async fn an_announcement_its_withdrawal_and_a_notification_arrive_once() {
    let scene = Scene::new(Config::default()).await;
    for command in [
        common::announcement(),
        common::cancellation(),
        common::notification(),
    ] {
        assert_eq!(
            scene.find(&command).await,
            Ok(Found::Nothing),
            "{}",
            command.kind
        );
        let first = scene.send(&command).await.unwrap();
        assert!(!first.duplicate);
        let second = scene.send(&command).await.unwrap();
        assert!(second.duplicate);
        assert_eq!(first.document, second.document);
        assert_eq!(
            scene.find(&command).await,
            Ok(Found::Complete(first.document))
        );
    }
    let ledger = scene.sim.ledger();
    assert_eq!((ledger.asns.len(), ledger.notifications.len()), (1, 1));
    assert_eq!(ledger.asns[0].expires_on.as_deref(), Some("2026-04-01"));
    assert_eq!(ledger.asns[0].lines[1].uom, "CS");
    assert!(ledger.asns[0].cancel_reference.is_some());
    assert_eq!(ledger.notifications[0]["text"], "credited");
}

#[tokio::test]
async fn a_lost_answer_is_in_doubt_and_then_found() {
    for fault in [
        Fault::CommitThenDrop,
        Fault::CommitThenHang,
        Fault::CommitThen503,
        Fault::Garbage,
        Fault::Truncate,
    ] {
        let scene = Scene::new(Config::default()).await;
        let command = common::announcement();
        scene.fault(fault);
        let failure = scene.send(&command).await.unwrap_err();
        assert_eq!(failure.kind, FailureKind::InDoubt, "{fault:?}: {failure}");
        assert!(
            matches!(scene.find(&command).await, Ok(Found::Complete(_))),
            "{fault:?}"
        );
        assert_eq!(scene.sim.ledger().asns.len(), 1);
    }
}

#[tokio::test]
async fn what_was_not_done_is_said_to_be_so() {
    let scene = Scene::new(Config::default()).await;
    let command = common::announcement();
    scene.fault(Fault::Throttle);
    let wait = Some(Duration::from_secs(1));
    let failure = scene.send(&command).await.unwrap_err();
    assert_eq!(failure.kind, FailureKind::Throttled { retry_after: wait });
    scene.fault(Fault::Refuse);
    assert_eq!(
        scene.send(&command).await.unwrap_err().kind,
        FailureKind::Rejected
    );
    scene.fault(Fault::DropBefore);
    assert_eq!(
        scene.send(&command).await.unwrap_err().kind,
        FailureKind::InDoubt
    );
    assert_eq!(scene.find(&command).await, Ok(Found::Nothing));
    assert!(scene.sim.ledger().asns.is_empty());
}

#[tokio::test]
async fn a_conflict_is_looked_up_or_refused() {
    let scene = Scene::new(Config {
        duplicate_asn: DuplicateAsn::Conflict,
        ..Config::default()
    })
    .await;
    let command = common::announcement();
    scene.send(&command).await.unwrap();
    let failure = scene.send(&command).await.unwrap_err();
    assert_eq!(
        (failure.kind, failure.code),
        (FailureKind::InDoubt, "wms-json.already-there")
    );
    let other = Command {
        effect_key: common::notification().effect_key,
        ..command
    };
    let failure = scene.send(&other).await.unwrap_err();
    assert_eq!(
        (failure.kind, failure.code),
        (FailureKind::Rejected, "wms-json.refused")
    );
}

#[tokio::test]
async fn several_and_differing_documents_are_seen() {
    let scene = Scene::new(Config {
        duplicate_asn: DuplicateAsn::Accept,
        ..Config::default()
    })
    .await;
    let command = common::announcement();
    scene.send(&command).await.unwrap();
    let mut less = command.clone();
    let canonical::CommandData::AnnounceReturn(data) = &mut less.data else {
        panic!()
    };
    data.lines.pop();
    match scene.find(&less).await {
        Ok(Found::Differs { difference, .. }) => {
            assert!(difference.contains("SKU-2"), "{difference}");
        }
        other => panic!("{other:?}"),
    }
    scene.send(&command).await.unwrap();
    assert!(matches!(scene.find(&command).await, Ok(Found::Several(found)) if found.len() == 2));
}

#[tokio::test]
async fn an_unknown_announcement_cannot_be_withdrawn() {
    let scene = Scene::new(Config::default()).await;
    let failure = scene.send(&common::cancellation()).await.unwrap_err();
    assert_eq!(
        (failure.kind, failure.code),
        (FailureKind::Rejected, "wms-json.refused")
    );
}
