//! Records that a body names by our codes and the ERP by its own ids.

#![allow(clippy::unwrap_used, reason = "tests")]

use connector::{Confirmation, Failure, FailureKind};

use crate::support::command;
use crate::told::{answer, memo, send_with};

/// The customer goes into the body by its id.
const BY_ID: &str = "adjust.guard.kind = \"external-id\"\n\
    [adjust.texts]\nby_code = '[[\"code\", \"=\", {of:json}]]'\n\
    [adjust.references.customer]\npath = \"/api/customers?d={by_code:base64url}\"\nlist_at = \"\"\nid_at = \"/id\"\n\
    [adjust.operations.credit-memo]\nshape = '{key: .key, customer: {\"$look_up\": \"customer\", of: .bill_to}}'";

async fn send(answers: &[String]) -> (Result<Confirmation, Failure>, Vec<String>) {
    send_with(BY_ID, answers.to_vec()).await
}

fn ok(body: &str) -> String {
    answer("200 OK", "", body)
}

#[tokio::test]
async fn a_record_is_looked_up_before_the_document_is_made() {
    let key = command("basic").effect_key.to_string();
    let answers = [ok("[{\"id\": 7}]"), ok(&memo(&key, "Posted", "60.73"))];
    let (outcome, asked) = send(&answers).await;
    outcome.unwrap();
    // The domain [["code", "=", "C10010"]] in base64url.
    let look = "GET /api/customers?d=W1siY29kZSIsICI9IiwgIkMxMDAxMCJdXQ%3D%3D HTTP/1.1";
    assert_eq!(asked, [look, "POST /api/creditMemos HTTP/1.1"]);
}

#[tokio::test]
async fn a_record_that_is_not_there_or_not_the_only_one_is_told_and_nothing_is_made() {
    for body in [
        "[]",
        "[{\"id\": 7}, {\"id\": 8}]",
        "[{\"code\": \"C10010\"}]",
    ] {
        let (outcome, asked) = send(&[ok(body)]).await;
        let failure = outcome.unwrap_err();
        assert_eq!(
            (failure.kind, failure.code, failure.place.as_str()),
            (
                FailureKind::Rejected,
                "erp-rest.unknown-reference",
                "customer"
            ),
            "{body}"
        );
        assert!(failure.message.contains("C10010"), "{failure}");
        assert_eq!(asked.len(), 1);
    }
}

#[tokio::test]
async fn a_look_up_that_fails_leaves_nothing_in_doubt() {
    for (reply, kind) in [
        (answer("503 X", "", "<html>"), FailureKind::Unavailable),
        (ok("<html>"), FailureKind::Unavailable),
        (ok("{\"id\": 7}"), FailureKind::Unavailable),
        (answer("404 X", "", ""), FailureKind::Misconfigured),
        (answer("403 X", "", ""), FailureKind::Misconfigured),
    ] {
        let (outcome, asked) = send(&[reply]).await;
        assert_eq!(outcome.unwrap_err().kind, kind);
        assert_eq!(asked.len(), 1);
    }
}
