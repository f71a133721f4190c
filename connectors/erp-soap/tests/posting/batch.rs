//! An ERP that answers with several documents at once, some done and some not.

use connector::{FailureKind, Found};

use crate::scripted::{Scripted, envelope, ok};
use crate::support::{Clerk, block, command, settings};

/// A profile in which an answer has a line for each document.
const MORE: &str = "adjust.answers.results = { at = [\"BatchResponse/Line\"], kind = \"Kind\", refusals = [\"E\"], \
                    code = [\"Code\"], message = \"Text\", key = \"Key\" }\n\
                    [adjust.operations.credit-memo.create]\nshows = { at = \"BatchResponse/Line\", key = \"Key\", \
                    number = \"No\" }\n";

fn line(key: &str, kind: &str, number: &str) -> String {
    format!(
        "<Line><Key>{key}</Key><Kind>{kind}</Kind><Code>PeriodClosed</Code><Text>t</Text><No>{number}</No></Line>"
    )
}

async fn send(lines: String) -> Result<connector::Confirmation, connector::Failure> {
    let answer = ok(
        "",
        &envelope(&format!("<BatchResponse>{lines}</BatchResponse>")),
    );
    let erp = Scripted::start(move |_| answer.clone()).await;
    let clerk = Clerk::new(&settings(&format!(
        "url = \"{}\"\nprofile = \"legacy-erp\"\n{MORE}",
        erp.url()
    )));
    clerk.send(&command("basic")).await
}

#[tokio::test]
async fn our_own_line_decides() {
    let memo = command("basic");
    let ours = memo.effect_key.as_str();
    let done = send(line("rt1-a", "E", "") + &line(ours, "S", "CM7") + &line("rt1-b", "S", "CM8"))
        .await
        .unwrap();
    assert_eq!(done.document.doc_no, "CM7");
    let failure = send(line("rt1-a", "S", "CM6") + &line(ours, "E", ""))
        .await
        .unwrap_err();
    assert_eq!(
        (failure.kind, failure.code),
        (FailureKind::Rejected, "erp-soap.period-closed")
    );
}

#[tokio::test]
async fn an_answer_that_does_not_speak_of_ours_says_nothing() {
    for lines in [line("rt1-a", "S", "CM6"), line("rt1-a", "E", "")] {
        let failure = send(lines).await.unwrap_err();
        assert_eq!(
            (failure.kind, failure.code),
            (FailureKind::InDoubt, "erp-soap.wrong-document")
        );
    }
    let failure = send(String::new()).await.unwrap_err();
    assert_eq!(
        (failure.kind, failure.code),
        (FailureKind::InDoubt, "erp-soap.garbage")
    );
}

#[tokio::test]
async fn a_document_without_a_number_is_in_doubt() {
    let memo = command("basic");
    let failure = send(line(memo.effect_key.as_str(), "S", ""))
        .await
        .unwrap_err();
    assert_eq!(
        (failure.kind, failure.code),
        (FailureKind::InDoubt, "erp-soap.garbage")
    );
}

#[tokio::test]
async fn a_look_up_that_is_answered_by_something_else_finds_nothing_out() {
    // Taken for "nothing there", it would make a double.
    let answer = ok("", &envelope("<WelcomeResponse/>"));
    let erp = Scripted::start(move |_| answer.clone()).await;
    let clerk = Clerk::new(&block(&erp.url(), ""));
    let failure = clerk.find(&command("basic")).await.unwrap_err();
    assert_eq!(
        (failure.kind, failure.code),
        (FailureKind::Unavailable, "erp-soap.look-up-failed")
    );
    let answer = ok("", &envelope("<FindDocumentResponse/>"));
    let erp = Scripted::start(move |_| answer.clone()).await;
    let clerk = Clerk::new(&block(&erp.url(), ""));
    let found = clerk.find(&command("basic")).await.unwrap();
    assert_eq!(found, Found::Nothing);
}
