//! Answers that a well-behaved ERP never gives, from a server that gives whatever it is told.

#![allow(clippy::unwrap_used, reason = "tests")]

use connector::{Confirmation, Failure, FailureKind};

use crate::support::command;
use crate::told::{answer, memo, send_with};

/// Sends the basic credit memo to a server that answers so.
async fn send(answers: Vec<String>) -> (Result<Confirmation, Failure>, Vec<String>) {
    send_with("adjust.guard.kind = \"external-id\"", answers).await
}

#[tokio::test]
async fn a_yes_that_proves_nothing_is_in_doubt() {
    let key = command("basic").effect_key.to_string();
    let endless = format!("{{\"a\": \"{}\"}}", "x".repeat(5_000_000));
    let deep = "[".repeat(100_000);
    for (body, code) in [
        (
            memo("rt1-somebody-else", "Posted", "60.73"),
            "erp-rest.wrong-document",
        ),
        (memo("", "Posted", "60.73"), "erp-rest.wrong-document"),
        (memo(&key, "Posted", "60.74"), "erp-rest.differs"),
        (memo(&key, "Draft", "60.74"), "erp-rest.differs"),
        (memo(&key, "Sideways", "60.73"), "erp-rest.differs"),
        ("[]".to_owned(), "erp-rest.wrong-document"),
        (String::new(), "erp-rest.garbage"),
        (endless, "erp-rest.garbage"),
        (deep, "erp-rest.garbage"),
    ] {
        let (outcome, asked) = send(vec![answer("201 Created", "", &body)]).await;
        let failure = outcome.unwrap_err();
        assert_eq!(
            (failure.kind, failure.code),
            (FailureKind::InDoubt, code),
            "{failure}"
        );
        assert_eq!(
            asked.len(),
            1,
            "nothing may be posted on top of it: {asked:?}"
        );
    }
}

#[tokio::test]
async fn a_yes_without_a_body_is_read_at_its_address() {
    let key = command("basic").effect_key.to_string();
    let read = answer("200 OK", "", &memo(&key, "Posted", "60.73"));
    let made = answer("204 No Content", "location: /api/creditMemos/cm-1\r\n", "");
    let (outcome, asked) = send(vec![made.clone(), read]).await;
    assert_eq!(outcome.unwrap().document.doc_no, "CM-1");
    assert_eq!(asked[1], "GET /api/creditMemos/cm-1 HTTP/1.1");
    // It was made: a reading that fails leaves it in doubt.
    let (outcome, _) = send(vec![made, answer("500 Oops", "", "")]).await;
    assert_eq!(outcome.unwrap_err().kind, FailureKind::InDoubt);
}

#[tokio::test]
async fn credentials_do_not_follow_an_address_to_another_host() {
    let elsewhere = answer(
        "204 No Content",
        "location: http://127.0.0.2:9/api/creditMemos/cm-1\r\n",
        "",
    );
    let (outcome, asked) = send(vec![elsewhere]).await;
    assert_eq!(outcome.unwrap_err().code, "erp-rest.garbage");
    assert_eq!(asked.len(), 1);
    let (outcome, asked) = send(vec![answer(
        "302 Found",
        "location: http://127.0.0.2:9/login\r\n",
        "",
    )])
    .await;
    assert_eq!(outcome.unwrap_err().kind, FailureKind::Misconfigured);
    assert_eq!(asked.len(), 1);
}

#[tokio::test]
async fn half_an_answer_is_in_doubt() {
    let cut = "HTTP/1.1 201 Created\r\ncontent-length: 500\r\n\r\n{\"id\": \"cm-1\"".to_owned();
    for bytes in [
        cut,
        String::new(),
        "HTTP/1.1 2".to_owned(),
        "SSH-2.0-OpenSSH\r\n".to_owned(),
    ] {
        let (outcome, _) = send(vec![bytes.clone()]).await;
        assert_eq!(outcome.unwrap_err().kind, FailureKind::InDoubt, "{bytes}");
    }
}
