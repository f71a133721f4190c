//! Documents that are finished by several steps.

#![allow(clippy::unwrap_used, reason = "tests")]

use connector::{Confirmation, Failure, FailureKind};

use crate::support::command;
use crate::told::{answer, memo, send_with};

/// Released, then posted.
const STEPS: &str = "[adjust.operations.credit-memo]\nhalf = [\"Draft\", \"Released\"]\nfinish = [\n\
    { from = [\"Draft\"], path = \"/api/creditMemos({id})/release\" },\n\
    { from = [\"Released\"], path = \"/api/creditMemos({id})/post\", shape = \"{postingDate: .document_date}\" },\n]";

async fn send(answers: &[String]) -> (Result<Confirmation, Failure>, Vec<String>) {
    let (outcome, asked) = send_with(STEPS, answers.to_vec()).await;
    let short = |line: &String| {
        let words: Vec<&str> = line.split([' ', '?']).take(2).collect();
        words.join(" ")
    };
    (outcome, asked.iter().map(short).collect())
}

/// The memo in that status, as an answer.
fn shown(status: &str) -> String {
    let key = command("basic").effect_key.to_string();
    answer("200 OK", "", &memo(&key, status, "60.73"))
}

/// The look-up's answer: the memo in that status, or nothing.
fn listed(status: Option<&str>) -> String {
    let key = command("basic").effect_key.to_string();
    let found = status.map_or_else(String::new, |status| memo(&key, status, "60.73"));
    answer("200 OK", "", &format!("{{\"value\": [{found}]}}"))
}

const LOOK: &str = "GET /api/creditMemos";
const CREATE: &str = "POST /api/creditMemos";
const RELEASE: &str = "POST /api/creditMemos(cm-1)/release";
const POST: &str = "POST /api/creditMemos(cm-1)/post";
const READ: &str = "GET /api/creditMemos(cm-1)";

#[tokio::test]
async fn each_step_is_taken_in_its_turn() {
    let answers = [
        listed(None),
        shown("Draft"),
        shown("Released"),
        shown("Posted"),
    ];
    let (outcome, asked) = send(&answers).await;
    assert!(!outcome.unwrap().duplicate);
    assert_eq!(asked, [LOOK, CREATE, RELEASE, POST]);
}

#[tokio::test]
async fn a_document_that_stopped_between_two_steps_takes_the_second_only() {
    let (outcome, asked) = send(&[listed(Some("Released")), shown("Posted")]).await;
    assert!(outcome.unwrap().duplicate);
    assert_eq!(asked, [LOOK, POST]);
}

#[tokio::test]
async fn a_step_that_was_done_before_and_is_refused_now_is_not_a_refusal() {
    // The look-up lagged behind: it was released already.
    let refused = answer("400 Bad Request", "", "{}");
    let answers = [
        listed(Some("Draft")),
        refused.clone(),
        shown("Released"),
        shown("Posted"),
    ];
    let (outcome, asked) = send(&answers).await;
    assert!(outcome.unwrap().duplicate);
    assert_eq!(asked, [LOOK, RELEASE, READ, POST]);

    // It was not: then the refusal counts.
    let (outcome, asked) = send(&[listed(Some("Draft")), refused, shown("Draft")]).await;
    assert_eq!(outcome.unwrap_err().kind, FailureKind::Rejected);
    assert_eq!(asked, [LOOK, RELEASE, READ]);

    // Nobody knows: the look failed.
    let refused = answer("400 Bad Request", "", "{}");
    let down = answer("503 Down", "", "");
    let failure = send(&[listed(Some("Draft")), refused, down])
        .await
        .0
        .unwrap_err();
    assert_eq!(
        (failure.kind, failure.code),
        (FailureKind::InDoubt, "erp-rest.half-finished")
    );
}

#[tokio::test]
async fn after_the_first_step_a_second_one_that_was_not_done_leaves_the_whole_in_doubt() {
    let throttled = answer("429 Too Many Requests", "", "");
    let locked = answer("403 Forbidden", "", "");
    for undone in [throttled.clone(), locked] {
        let answers = [listed(Some("Draft")), shown("Released"), undone];
        let failure = send(&answers).await.0.unwrap_err();
        assert_eq!(
            (failure.kind, failure.code),
            (FailureKind::InDoubt, "erp-rest.half-finished")
        );
    }
    // Nothing was done at all: that may be said.
    let failure = send(&[listed(Some("Draft")), throttled])
        .await
        .0
        .unwrap_err();
    assert_eq!(failure.code, "erp-rest.throttled");
}

#[tokio::test]
async fn a_step_that_changes_nothing_is_not_taken_again() {
    let (outcome, asked) = send(&[listed(Some("Draft")), shown("Draft")]).await;
    assert_eq!(outcome.unwrap_err().code, "erp-rest.half-finished");
    assert_eq!(asked, [LOOK, RELEASE]);
}

#[tokio::test]
async fn a_draft_that_became_another_document_is_not_finished() {
    let (outcome, asked) = send(&[listed(Some("Draft")), shown("Cancelled")]).await;
    assert_eq!(outcome.unwrap_err().code, "erp-rest.differs");
    assert_eq!(asked, [LOOK, RELEASE]);
}
