//! A whole day of bad weather, with the router's rule: in doubt is looked up, never sent again unseen.

#![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]

use canonical::{Command, CommandData};
use connector::{FailureKind, Found};
use simulators::erp::{Config, Profile};
use simulators::faults::{Fault, Preset};

use crate::support::{Desk, another};

const EXTERNAL_ID: &str = "adjust.guard.kind = \"external-id\"";

/// Faults after which the effect is there although nobody was told.
const LOSING: &[Fault] = &[
    Fault::CommitThenDrop,
    Fault::CommitThen503,
    Fault::CommitThenHang,
    Fault::Garbage,
    Fault::Truncate,
];

/// Sends until it is known to be there. Attempts are bounded by the weather's own bound on faults in a row.
async fn deliver(desk: &Desk, command: &Command) -> String {
    let mut in_doubt = false;
    for _ in 0..60 {
        if in_doubt {
            match desk.find(command).await {
                Ok(Found::Complete(document)) => return document.doc_no,
                Ok(Found::Nothing | Found::Half(_)) => in_doubt = false,
                Ok(other) => panic!("{}: {other:?}", command.effect_key),
                Err(failure) => assert_harmless(failure.kind),
            }
            continue;
        }
        match desk.send(command).await {
            Ok(confirmation) => return confirmation.document.doc_no,
            Err(failure) if failure.kind == FailureKind::InDoubt => in_doubt = true,
            Err(failure) => assert_harmless(failure.kind),
        }
    }
    panic!("{} is never delivered", command.effect_key)
}

fn assert_harmless(kind: FailureKind) {
    assert!(
        matches!(
            kind,
            FailureKind::Unavailable | FailureKind::Throttled { .. }
        ),
        "{kind:?}"
    );
}

#[tokio::test]
async fn every_effect_is_there_once_after_a_heavy_day() {
    for (profile, more) in [
        (Profile::DraftAndPost, ""),
        (Profile::RecordService, EXTERNAL_ID),
    ] {
        let config = Config {
            faults: Preset::Heavy.rules(7),
            ..profile.config()
        };
        let desk = Desk::with(config, more).await;
        for n in 0..12 {
            for name in ["return-order", "receipt-hold", "scrap", "basic"] {
                let command = another(name, &format!("{name} {n}"));
                let number = deliver(&desk, &command).await;
                assert_eq!(desk.documents(&command).0, 1, "{name} {n}");
                if name == "basic" && n % 3 == 0 {
                    reverse(&desk, &command, number).await;
                }
            }
        }
        let ledger = desk.erp.ledger();
        assert_eq!(
            (ledger.duplicates, ledger.negative_stock),
            (vec![], vec![]),
            "{profile:?}"
        );
        // A day without lost answers to changes would prove nothing.
        let injected = desk.erp.faults().injected();
        let changes = injected
            .iter()
            .filter(|fault| fault.operation.starts_with("POST"));
        let lost = changes
            .filter(|fault| LOSING.contains(&fault.fault))
            .count();
        assert!(
            lost >= 5,
            "{profile:?}: only {lost} answers to changes were lost: {injected:?}"
        );
    }
}

async fn reverse(desk: &Desk, memo: &Command, number: String) {
    let mut reversal = another("reversal", &format!("reversal of {}", memo.effect_key));
    if let CommandData::ReverseCreditMemo(data) = &mut reversal.data {
        data.reverses = memo.effect_key.clone();
        data.document_no = number;
    }
    deliver(desk, &reversal).await;
    assert_eq!(desk.documents(&reversal).0, 1);
}
