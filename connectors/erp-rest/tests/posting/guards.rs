//! Every guard against doubles, each before an ERP that has it.

use connector::{DuplicateGuard, FailureKind, Found};
use simulators::erp::{Config, Guard, Profile};
use simulators::faults::{Fault, Rule};

use crate::support::{Desk, another, command};

const HEADER: &str = "adjust.guard = { kind = \"idempotency-header\", headers = { Idempotency-Key = \"{key}\" } }\n\
                      adjust.csrf.path = \"/csrf\"";
const EXTERNAL_ID: &str = "adjust.guard.kind = \"external-id\"";
const NUMBER: &str = "adjust.guard.kind = \"unique-number\"";

/// An ERP's nature, the lines of the block that fit it, and what the sink must say of itself.
fn natures() -> [(Config, &'static str, DuplicateGuard); 4] {
    [
        (
            Profile::DraftAndPost.config(),
            "",
            DuplicateGuard::LookUpOnly,
        ),
        (Profile::Gateway.config(), HEADER, DuplicateGuard::NativeKey),
        (
            Profile::RecordService.config(),
            EXTERNAL_ID,
            DuplicateGuard::NativeKey,
        ),
        (
            Profile::Numbered.config(),
            NUMBER,
            DuplicateGuard::UniqueNumber,
        ),
    ]
}

#[tokio::test]
async fn every_guard_leaves_one_document_after_a_lost_answer() {
    for (config, more, guard) in natures() {
        let desk = Desk::with(config, more).await;
        assert_eq!(desk.sink().guard(), guard);
        for name in ["return-order", "receipt-hold", "basic"] {
            let command = command(name);
            desk.erp
                .faults()
                .add(Rule::once(Fault::CommitThenDrop).on("POST /api"));
            assert_eq!(
                desk.send(&command).await.unwrap_err().kind,
                FailureKind::InDoubt
            );
            let sent = desk.send(&command).await.unwrap();
            assert_eq!(
                desk.find(&command).await.unwrap(),
                Found::Complete(sent.document),
                "{guard:?}"
            );
            assert_eq!(desk.documents(&command).0, 1, "{guard:?} {name}");
            assert!(
                desk.send(&command).await.unwrap().duplicate,
                "{guard:?} {name}"
            );
        }
        assert_eq!(desk.erp.ledger().duplicates, []);
    }
}

#[tokio::test]
async fn a_native_key_holds_while_the_look_up_lags_behind() {
    let config = Config {
        index_lag_ms: 60_000,
        ..Profile::RecordService.config()
    };
    let desk = Desk::with(config, EXTERNAL_ID).await;
    let command = command("basic");
    desk.send(&command).await.unwrap();
    assert_eq!(
        desk.find(&command).await.unwrap(),
        Found::Nothing,
        "the index is a minute behind"
    );
    // The refusal names the document, and reading by address is always current.
    assert!(desk.send(&command).await.unwrap().duplicate);
    assert_eq!(desk.documents(&command), (1, 1));
}

#[tokio::test]
async fn the_same_key_for_another_body_is_in_doubt() {
    for (config, more, guard) in natures().into_iter().skip(1) {
        let desk = Desk::with(config, more).await;
        let first = command("basic");
        desk.send(&first).await.unwrap();
        let mut other = command("without-invoice");
        other.effect_key = first.effect_key.clone();
        let failure = desk.send(&other).await.unwrap_err();
        assert_eq!(
            (failure.kind, failure.code),
            (FailureKind::InDoubt, "erp-rest.differs"),
            "{guard:?}"
        );
        assert_eq!(desk.documents(&first).0, 1);
    }
}

#[tokio::test]
async fn two_steps_behind_a_native_key_are_resumed() {
    for guard in [Guard::IdempotencyHeader, Guard::ExternalId] {
        let config = Config {
            two_steps: true,
            guard,
            ..Profile::DraftAndPost.config()
        };
        let more = match guard {
            Guard::ExternalId => EXTERNAL_ID,
            _ => {
                "adjust.guard = { kind = \"idempotency-header\", headers = { Idempotency-Key = \"{key}\" } }"
            }
        };
        let desk = Desk::with(config, more).await;
        for (fault, n) in [(Fault::CommitThenDrop, 0), (Fault::CommitThenDrop, 1)] {
            let command = another("basic", &format!("{guard:?}{n}"));
            let operation = ["POST /api/creditMemos", "POST /api/creditMemos/{id}/post"][n];
            desk.erp.faults().add(Rule::once(fault).on(operation));
            assert_eq!(
                desk.send(&command).await.unwrap_err().kind,
                FailureKind::InDoubt
            );
            desk.send(&command).await.unwrap();
            assert_eq!(desk.documents(&command), (1, 1), "{guard:?} {operation}");
        }
    }
}

#[tokio::test]
async fn many_at_once_with_one_key_make_one_document_where_the_erp_guards() {
    for (config, more, guard) in natures().into_iter().skip(1) {
        let desk = Desk::with(
            Config {
                processing_ms: 20,
                ..config
            },
            more,
        )
        .await;
        let command = command("basic");
        let sends = (0..4).map(|_| desk.send(&command));
        for outcome in futures(sends).await {
            if let Err(failure) = outcome {
                assert_eq!(failure.kind, FailureKind::InDoubt, "{guard:?}: {failure}");
            }
        }
        assert_eq!(desk.documents(&command).0, 1, "{guard:?}");
    }
}

/// Runs them side by side on this thread.
async fn futures<T>(all: impl Iterator<Item = impl Future<Output = T>>) -> Vec<T> {
    let mut waiting: Vec<_> = all.map(Box::pin).collect();
    let mut done: Vec<Option<T>> = waiting.iter().map(|_| None).collect();
    std::future::poll_fn(|context| {
        let mut open = false;
        for (future, slot) in waiting.iter_mut().zip(&mut done) {
            if slot.is_none() {
                match future.as_mut().poll(context) {
                    std::task::Poll::Ready(value) => *slot = Some(value),
                    std::task::Poll::Pending => open = true,
                }
            }
        }
        if open {
            std::task::Poll::Pending
        } else {
            std::task::Poll::Ready(())
        }
    })
    .await;
    done.into_iter().flatten().collect()
}
