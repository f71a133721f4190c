//! Every step to the outside × everything that can go wrong there: the whole flow runs, and ends with the ledgers of the
//! run in which nothing went wrong.
//!
//! By default a few occurrences of each step; with BACKHAUL_LONG=1 every one.
#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "tests")]

use std::sync::atomic::{AtomicUsize, Ordering};

use connector::DuplicateGuard;
use jiff::Timestamp;
use serde_json::Value;
use simulation::hop::{Fault, Hop};
use simulation::plan::{Plan, Script};
use simulation::run::{Outcome, run};

/// What can go wrong at a step.
fn faults(hop: Hop) -> &'static [Fault] {
    match hop {
        Hop::TakeIn => &[Fault::CrashBefore],
        Hop::Settle => &[Fault::CrashBefore, Fault::CrashAfter, Fault::SentTwice],
        Hop::Publish => &[
            Fault::CrashBefore,
            Fault::CrashAfter,
            Fault::ConfirmLost,
            Fault::BrokerGone,
            Fault::PublishRefused,
            Fault::PublishLost,
            Fault::DeliveredTwice,
        ],
        Hop::Deliver => &[Fault::CrashBefore, Fault::ConnectionCut],
        Hop::Ack => &[
            Fault::CrashBefore,
            Fault::CrashAfter,
            Fault::ConnectionCut,
            Fault::DeadLetterRefused,
        ],
        Hop::Read => &[Fault::CrashBefore, Fault::CrashAfter, Fault::StoreGone],
        Hop::Outcome => &[
            Fault::CrashBefore,
            Fault::CrashAfter,
            Fault::StoreAnswerLost,
            Fault::WrittenLate,
            Fault::StoreGone,
            Fault::Freeze,
        ],
        Hop::Commit | Hop::Lease | Hop::Write => &[
            Fault::CrashBefore,
            Fault::CrashAfter,
            Fault::StoreAnswerLost,
            Fault::StoreGone,
            Fault::Freeze,
        ],
        Hop::Send => &[
            Fault::CrashBefore,
            Fault::CrashAfter,
            Fault::AnswerLost,
            Fault::RequestLost,
            Fault::TargetGone,
            Fault::Throttled,
            Fault::DoneLate,
            Fault::HalfDone,
            Fault::TooSlow,
            Fault::Misconfigured,
            Fault::AckNeverComes,
            Fault::Freeze,
        ],
        Hop::Find => &[Fault::CrashBefore, Fault::CrashAfter, Fault::TargetGone],
    }
}

/// A world in which every step is taken: an EDI partner that acknowledges later, bytes that are no message.
fn plan(guard: DuplicateGuard) -> Plan {
    Plan {
        processes: 1,
        returns: 3,
        guard,
        shuffled: false,
        refusals: false,
        stray: true,
        calm_after: std::time::Duration::from_mins(4),
        ..Plan::of(12)
    }
    .without_faults()
}

/// Which occurrences of a step that is taken so often: two, a third of the way from either end.
fn occurrences(times: u32) -> Vec<u32> {
    if std::env::var_os("BACKHAUL_LONG").is_some() {
        return (1..=times).collect();
    }
    let mut some = vec![(times / 3).max(1), (times * 2 / 3).max(1)];
    some.dedup();
    some
}

/// What a document says, whenever it was decided.
fn timeless(says: &str) -> Value {
    fn forget(value: &mut Value) {
        match value {
            Value::String(text) if text.parse::<Timestamp>().is_ok() => *value = Value::Null,
            Value::Array(items) => items.iter_mut().for_each(forget),
            Value::Object(members) => members.values_mut().for_each(forget),
            _ => {}
        }
    }
    let mut value = serde_json::from_str(says).unwrap();
    forget(&mut value);
    value
}

fn compare(calm: &Outcome, script: Script, outcome: &Outcome) -> Option<String> {
    let mut wrong = outcome.violations.clone();
    for (key, document) in &calm.ledger {
        let same = outcome.ledger.get(key).is_some_and(|(kind, says)| {
            *kind == document.0 && timeless(says) == timeless(&document.1)
        });
        if !same {
            wrong.push(format!(
                "{key} is {:?} instead of {document:?}",
                outcome.ledger.get(key)
            ));
        }
    }
    for key in outcome
        .ledger
        .keys()
        .filter(|key| !calm.ledger.contains_key(*key))
    {
        wrong.push(format!("{key} is one too many"));
    }
    if wrong.is_empty() {
        return None;
    }
    let skipped = outcome.history.len().saturating_sub(200);
    let history: Vec<&str> = outcome
        .history
        .iter()
        .skip(skipped)
        .map(String::as_str)
        .collect();
    Some(format!("{}\n{script:?}: {wrong:#?}", history.join("\n")))
}

fn every_step(guard: DuplicateGuard) {
    let calm = run(plan(guard)).unwrap();
    assert_eq!(calm.violations, Vec::<String>::new());
    let mut scripts = Vec::new();
    for hop in Hop::ALL {
        let times = calm.visits.get(&hop).copied().unwrap_or_default();
        assert!(times > 0, "{hop:?} is never taken");
        for fault in faults(hop) {
            for nth in occurrences(times) {
                let fault = *fault;
                scripts.push(Script { hop, nth, fault });
            }
        }
    }
    let (next, struck) = (AtomicUsize::new(0), AtomicUsize::new(0));
    std::thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                while let Some(script) = scripts.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let outcome = run(plan(guard).with_only(*script)).unwrap();
                    let failure = compare(&calm, *script, &outcome);
                    assert!(failure.is_none(), "{}", failure.unwrap());
                    struck.fetch_add(usize::from(!outcome.struck.is_empty()), Ordering::Relaxed);
                }
            });
        }
    });
    let (struck, all) = (struck.into_inner(), scripts.len());
    // Some faults mean nothing at some occurrences: nothing was dead-lettered at most acks.
    assert!(struck * 10 >= all * 7, "only {struck} of {all} struck");
    println!(
        "{guard:?}: {struck} of {all} faults struck, {} documents each time",
        calm.ledger.len()
    );
}

#[test]
fn every_step_fails_once_and_the_native_key_keeps_doubles_out() {
    every_step(DuplicateGuard::NativeKey);
}

#[test]
fn every_step_fails_once_and_only_looking_up_tells() {
    every_step(DuplicateGuard::LookUpOnly);
}
