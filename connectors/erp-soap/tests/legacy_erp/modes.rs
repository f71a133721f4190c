//! Every way in which this ERP fails, in both versions of SOAP and with each rule for keys that come again.

use std::time::Duration;

use canonical::Command;
use connector::{FailureKind, Found};

use crate::server::{Clerk, Erp, command};

/// What goes wrong, how long it takes, and what the first send must say.
const MODES: [(&str, f32, &[&str]); 11] = [
    ("timeout_after_commit", 1.6, &["in-doubt"]),
    ("timeout_before_commit", 1.6, &["in-doubt"]),
    ("reset_after_commit", 0.0, &["in-doubt"]),
    // A closed period: a person opens it, and it is sent again.
    ("fault", 0.0, &["rejected"]),
    ("fault_after_commit", 0.0, &["in-doubt"]),
    ("http503", 0.0, &["in-doubt"]),
    ("http503_after_commit", 0.0, &["in-doubt"]),
    ("malformed", 0.0, &["in-doubt"]),
    ("truncate", 0.0, &["in-doubt"]),
    ("html500", 0.0, &["in-doubt"]),
    ("slow", 1.6, &["in-doubt"]),
];

/// Longer than any request of this ERP: how long the router waits before it believes that nothing is there.
const SETTLED: Duration = Duration::from_millis(1200);

/// As the router does: after a doubt it looks, waits until nothing can be on its way any more, and sends again only what is
/// not there.
async fn deliver(clerk: &Clerk, command: &Command) -> Vec<String> {
    let mut said = Vec::new();
    for _ in 0..5 {
        match clerk.send(command).await {
            Ok(_) => {
                said.push("sent".to_owned());
                return said;
            }
            Err(failure) => {
                said.push(failure.kind.name().to_owned());
                if failure.kind != FailureKind::InDoubt {
                    continue;
                }
            }
        }
        if is_there(clerk, command).await {
            return said;
        }
        tokio::time::sleep(SETTLED).await;
        if is_there(clerk, command).await {
            return said;
        }
    }
    panic!("it is not delivered: {said:?}")
}

async fn is_there(clerk: &Clerk, command: &Command) -> bool {
    match clerk.find(command).await.unwrap() {
        Found::Complete(_) => true,
        Found::Nothing => false,
        other => panic!("{other:?}"),
    }
}

async fn every_mode(duplicates: &str, soap: &str, password: &str, more: &str) {
    let Some(erp) = Erp::start(duplicates).await else {
        return;
    };
    let clerk = erp.clerk(soap, password, more);
    let mut cents: i64 = 1_000_000;
    for (mode, delay, first) in MODES {
        let command = command("basic", mode);
        erp.trouble(mode, delay).await;
        let said = deliver(&clerk, &command).await;
        assert!(
            first.contains(&said[0].as_str()),
            "{duplicates} {soap} {mode}: {said:?}"
        );
        // It is not made again later, either.
        let again = clerk.send(&command).await.unwrap();
        assert!(again.duplicate, "{duplicates} {soap} {mode}: {again:?}");
        cents -= 6073;
        let balance = format!("{}.{:02}", cents / 100, cents % 100);
        assert_eq!(
            erp.books(&command).await,
            (1, balance),
            "{duplicates} {soap} {mode}: {said:?}"
        );
    }
}

const LOOK_FIRST: &str = "adjust.guard = \"look-up-only\"";

#[tokio::test]
async fn soap_11_and_a_key_that_is_answered_again() {
    every_mode("return", "1.1", "digest", "").await;
}

#[tokio::test]
async fn soap_12_and_a_key_that_is_answered_again() {
    every_mode("return", "1.2", "text", "").await;
}

#[tokio::test]
async fn soap_11_and_a_key_that_is_refused_again() {
    every_mode("fault", "1.1", "text", "").await;
}

#[tokio::test]
async fn soap_12_and_a_key_that_is_refused_again() {
    every_mode("fault", "1.2", "digest", "").await;
}

#[tokio::test]
async fn soap_11_and_no_rule_for_keys_at_all() {
    every_mode("none", "1.1", "digest", LOOK_FIRST).await;
}

#[tokio::test]
async fn soap_12_and_no_rule_for_keys_at_all() {
    every_mode("none", "1.2", "digest", LOOK_FIRST).await;
}
