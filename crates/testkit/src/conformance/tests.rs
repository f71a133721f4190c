//! The suite itself: a connector that does everything wrong is found out everywhere.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};

use async_trait::async_trait;
use bytes::Bytes;
use canonical::{Command, EffectKey};
use connector::{
    Built, Capabilities, Codec, Confirmation, Connector, CreditsShown, Decoded, DuplicateGuard,
    Failure, FailureCode, Found, Inbound, Origin, Outbound, Settings, Sink,
};

use super::*;

struct Wrong;

static TURN: AtomicU8 = AtomicU8::new(0);

impl Codec for Wrong {
    fn decode(&self, raw: &Inbound) -> Result<Vec<Decoded>, Failure> {
        assert!(raw.raw.len() == 4, "it panics on everything but its sample");
        match TURN.fetch_add(1, Ordering::Relaxed) % 2 {
            0 => Ok(Vec::new()),
            _ => Err(Failure::in_doubt("wrong.undeclared", "who knows")),
        }
    }

    fn encode(&self, _command: &Command) -> Result<Vec<u8>, Failure> {
        Ok(vec![TURN.fetch_add(1, Ordering::Relaxed)])
    }
}

#[async_trait]
impl Sink for Wrong {
    async fn send(&self, _effect: Outbound<'_>) -> Result<Confirmation, Failure> {
        Err(Failure::malformed(
            "wrong.undeclared",
            "sending never works",
        ))
    }

    async fn find(&self, _effect: Outbound<'_>) -> Result<Found, Failure> {
        Ok(Found::Several(Vec::new()))
    }

    fn guard(&self) -> DuplicateGuard {
        DuplicateGuard::None
    }

    async fn probe(&self) -> Result<String, Failure> {
        Ok(String::new())
    }
}

const WRONG: Connector = Connector {
    name: "wrong",
    summary: "does everything wrong",
    capabilities: Capabilities {
        transports: &[],
        formats: &[],
        takes: &[],
        delivers: &[],
        guards: &[],
        extracts: &[],
        credits_shown: CreditsShown::CannotSay,
        acknowledgement: "never",
        residual_risk: "everything",
    },
    options: || serde_json::json!(true),
    mappings: &[],
    failures: &[FailureCode {
        code: "other.code",
        meaning: "",
        remedy: "",
    }],
    check: |_| Vec::new(),
    codec: |_| Ok(Arc::new(Wrong)),
    build: |_, _| {
        Ok(Built {
            codec: Arc::new(Wrong),
            source: None,
            sink: Some(Arc::new(Wrong)),
        })
    },
};

struct WrongHarness(Vec<Waiver>);

struct Nowhere;

impl Partner for Nowhere {
    fn settings(&self) -> Settings {
        WrongHarness(Vec::new()).settings()
    }

    fn applied(&self, _key: &EffectKey) -> usize {
        7
    }
}

#[async_trait]
impl Harness for WrongHarness {
    fn settings(&self) -> Settings {
        let (table, base_dir) = (toml::Table::new(), PathBuf::from("."));
        Settings {
            instance: "wrong".to_owned(),
            table,
            base_dir,
            published: connector::Published::default(),
        }
    }

    fn readme(&self) -> String {
        String::new()
    }

    fn testdata(&self) -> PathBuf {
        PathBuf::from("no-such-folder")
    }

    fn inbound(&self) -> Vec<Inbound> {
        let origin = Origin {
            connector: "wrong".to_owned(),
            channel: "test".to_owned(),
            reference: "sample".to_owned(),
            received_at: jiff::Timestamp::UNIX_EPOCH,
            headers: std::collections::BTreeMap::new(),
            token: 0,
        };
        vec![Inbound {
            origin,
            raw: Bytes::from_static(b"good"),
            refused: None,
        }]
    }

    fn neighbours(&self) -> Option<Neighbours> {
        let message = self.inbound().pop()?;
        Some(Neighbours {
            message,
            good: 1,
            bad: 1,
        })
    }

    fn commands(&self) -> Vec<Command> {
        let command = serde_json::json!({
            "effect_key": "rt1-x", "key_text": "x", "kind": "WMS_RMA_CANCEL", "return_id": "R", "rma_number": "1",
            "legal_entity": "US01", "site": "DC", "customer_account": "C", "correlation_id": "c",
            "issued_at": "2026-03-02T14:05:00Z",
            "data": {"do": "cancel-announcement", "announced_as": "rt1-y", "reason": "test"}
        });
        serde_json::from_value(command).into_iter().collect()
    }

    async fn partner(&self, _weather: Weather) -> Option<Box<dyn Partner>> {
        Some(Box::new(Nowhere))
    }

    fn waivers(&self) -> Vec<Waiver> {
        self.0.clone()
    }
}

#[tokio::test]
async fn a_connector_that_does_everything_wrong_holds_nowhere() {
    let report = run(&WRONG, &WrongHarness(Vec::new())).await;
    assert_eq!(report.broken(), Behaviour::ALL, "{report}");
}

#[tokio::test]
async fn what_is_waived_is_shown_with_its_reason() {
    let waivers = Waiver::all(Behaviour::INBOUND, "takes nothing in");
    let report = run(&WRONG, &WrongHarness(waivers)).await;
    assert_eq!(
        report.broken().len(),
        Behaviour::ALL.len() - Behaviour::INBOUND.len()
    );
    assert!(
        report
            .to_string()
            .contains("waived  HostileInputIsMalformed: takes nothing in")
    );
}

#[test]
fn a_golden_is_an_input_and_what_it_becomes() {
    let folder = tempfile::tempdir().unwrap();
    let below = folder.path().join("answers");
    std::fs::create_dir(&below).unwrap();
    for name in [
        "basic.edi",
        "basic.json",
        "truncated.edi",
        "truncated.err",
        "lonely.edi",
        "answers/late.http",
    ] {
        std::fs::write(folder.path().join(name), "").unwrap();
    }
    assert_eq!(goldens(folder.path()), 2);
    std::fs::write(below.join("late.err"), "").unwrap();
    assert_eq!(goldens(folder.path()), 3);
}
