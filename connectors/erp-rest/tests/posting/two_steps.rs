//! Documents that are made as drafts and posted by a second request.

use std::time::{Duration, Instant};

use connector::{FailureKind, Found};
use simulators::erp::{Config, Profile};
use simulators::faults::{Fault, Rule};

use crate::support::{Desk, another, command};
use crate::told::{answer, memo, send_with};

const CREATE: &str = "POST /api/creditMemos";

/// How the simulator names the second step.
fn post_step(desk: &Desk, fault: Fault) {
    for operation in [
        "POST /api/creditMemos/{id}/post",
        "POST /api/creditMemos({id})/post",
    ] {
        desk.erp.faults().add(Rule::once(fault).on(operation));
    }
}

#[tokio::test]
async fn a_draft_whose_answer_was_lost_is_found_and_finished() {
    for fault in [
        Fault::CommitThenDrop,
        Fault::CommitThen503,
        Fault::Garbage,
        Fault::Truncate,
    ] {
        let desk = Desk::of(Profile::DraftAndPost).await;
        let command = another("basic", &format!("{fault:?}"));
        desk.erp.faults().add(Rule::once(fault).on(CREATE));
        assert_eq!(
            desk.send(&command).await.unwrap_err().kind,
            FailureKind::InDoubt,
            "{fault:?}"
        );
        let found = desk.find(&command).await.unwrap();
        assert!(matches!(found, Found::Half(_)), "{fault:?}: {found:?}");
        assert_eq!(desk.documents(&command), (1, 0));
        desk.send(&command).await.unwrap();
        assert_eq!(desk.documents(&command), (1, 1), "{fault:?}");
        assert!(matches!(
            desk.find(&command).await.unwrap(),
            Found::Complete(_)
        ));
    }
}

#[tokio::test]
async fn a_posting_whose_answer_was_lost_is_found_complete() {
    for fault in [
        Fault::CommitThenDrop,
        Fault::CommitThen503,
        Fault::Garbage,
        Fault::Truncate,
    ] {
        let desk = Desk::of(Profile::DraftAndPost).await;
        let command = another("basic", &format!("{fault:?}"));
        post_step(&desk, fault);
        assert_eq!(
            desk.send(&command).await.unwrap_err().kind,
            FailureKind::InDoubt,
            "{fault:?}"
        );
        assert!(
            matches!(desk.find(&command).await.unwrap(), Found::Complete(_)),
            "{fault:?}"
        );
        assert!(desk.send(&command).await.unwrap().duplicate);
        assert_eq!(desk.documents(&command), (1, 1), "{fault:?}");
    }
}

#[tokio::test]
async fn a_draft_that_was_just_made_and_not_posted_is_in_doubt_even_if_the_posting_was_surely_not_done()
 {
    // Otherwise it would be sent again at once, and a look-up that lags behind would not show the draft.
    let desk = Desk::of(Profile::DraftAndPost).await;
    let command = command("basic");
    post_step(&desk, Fault::Throttle);
    let failure = desk.send(&command).await.unwrap_err();
    assert_eq!(
        (failure.kind, failure.code),
        (FailureKind::InDoubt, "erp-rest.half-finished")
    );
    assert!(matches!(desk.find(&command).await.unwrap(), Found::Half(_)));
}

#[tokio::test]
async fn a_draft_that_changed_meanwhile_is_read_again_and_posted() {
    // The look-up's ETag is made a wrong one: the posting meets 412, and the draft's own ETag is right.
    let more = "adjust.operations.credit-memo.etag_at = \"/number\"";
    let desk = Desk::with(Profile::DraftAndPost.config(), more).await;
    let command = command("basic");
    desk.erp
        .faults()
        .add(Rule::once(Fault::CommitThenDrop).on(CREATE));
    desk.send(&command).await.unwrap_err();
    desk.send(&command).await.unwrap();
    assert_eq!(desk.documents(&command), (1, 1));
}

#[tokio::test]
async fn a_look_up_that_still_shows_the_draft_of_a_posted_memo_does_no_harm() {
    let config = Config {
        index_lag_ms: 250,
        ..Profile::DraftAndPost.config()
    };
    let desk = Desk::with(config, "").await;
    let command = command("basic");
    desk.erp
        .faults()
        .add(Rule::once(Fault::CommitThenDrop).on(CREATE));
    desk.send(&command).await.unwrap_err();
    let deadline = Instant::now() + Duration::from_secs(10);
    while !matches!(desk.find(&command).await.unwrap(), Found::Half(_)) {
        assert!(
            Instant::now() < deadline,
            "the draft does not come into sight"
        );
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    post_step(&desk, Fault::CommitThenDrop);
    assert_eq!(
        desk.send(&command).await.unwrap_err().kind,
        FailureKind::InDoubt
    );
    desk.erp.faults().clear();
    // Posted, but the look-up may show the draft for a while.
    assert!(desk.send(&command).await.unwrap().duplicate);
    assert_eq!(desk.documents(&command), (1, 1));
}

#[tokio::test]
async fn a_draft_with_other_sums_is_not_posted() {
    let desk = Desk::of(Profile::DraftAndPost).await;
    let (mut small, large) = (command("without-invoice"), command("basic"));
    small.effect_key = large.effect_key.clone();
    desk.erp
        .faults()
        .add(Rule::once(Fault::CommitThenDrop).on(CREATE));
    desk.send(&small).await.unwrap_err();
    assert!(matches!(
        desk.find(&large).await.unwrap(),
        Found::Differs { .. }
    ));
    assert_eq!(
        desk.send(&large).await.unwrap_err().code,
        "erp-rest.differs"
    );
    assert_eq!(desk.documents(&large), (1, 0));
}

#[tokio::test]
async fn a_memo_is_reversed_once_also_when_the_answer_is_lost() {
    let desk = Desk::of(Profile::DraftAndPost).await;
    let (memo, mut reversal) = (command("basic"), command("reversal"));
    let failure = desk.send(&reversal).await.unwrap_err();
    assert_eq!(
        (failure.kind, failure.code),
        (FailureKind::Rejected, "erp-rest.target-missing")
    );
    let posted = desk.send(&memo).await.unwrap();
    if let canonical::CommandData::ReverseCreditMemo(data) = &mut reversal.data {
        data.document_no = posted.document.doc_no;
    }
    desk.erp
        .faults()
        .add(Rule::once(Fault::CommitThenDrop).on(CREATE));
    assert_eq!(
        desk.send(&reversal).await.unwrap_err().kind,
        FailureKind::InDoubt
    );
    assert!(matches!(
        desk.find(&reversal).await.unwrap(),
        Found::Complete(_)
    ));
    assert!(desk.send(&reversal).await.unwrap().duplicate);
    // The memo itself is there still, and says that it was taken back.
    let found = desk.find(&memo).await.unwrap();
    assert!(
        matches!(&found, Found::Differs { difference, .. } if difference.contains("taken back")),
        "{found:?}"
    );
    let owed = desk.erp.ledger().receivables;
    assert!(
        owed.iter()
            .all(|row| row.balance.to_string().trim_matches(['0', '.']).is_empty()),
        "{owed:?}"
    );
}

#[tokio::test]
async fn a_document_that_is_seen_in_two_places_is_one() {
    // Some ERPs list drafts and posted documents apart, and show one in both while it is being posted.
    let place = "{ name = \"again\", list_at = \"/value\", \
                 path = \"/api/creditMemos?$filter=externalDocumentNumber eq {key:odata}\" }";
    let more = format!("adjust.operations.credit-memo.places = [{place}, {place}]");
    let desk = Desk::with(Profile::DraftAndPost.config(), &more).await;
    let command = command("basic");
    desk.send(&command).await.unwrap();
    let found = desk.find(&command).await.unwrap();
    assert!(matches!(found, Found::Complete(_)), "{found:?}");
    assert!(desk.send(&command).await.unwrap().duplicate);
}

#[tokio::test]
async fn drafts_of_a_create_that_was_sent_twice_are_seen_before_one_is_posted() {
    let more = "adjust.guard.look_again = true";
    let desk = Desk::with(Profile::DraftAndPost.config(), more).await;
    let command = command("basic");
    desk.erp
        .faults()
        .add(Rule::once(Fault::Duplicate).on(CREATE));
    let failure = desk.send(&command).await.unwrap_err();
    assert_eq!(
        (failure.kind, failure.code),
        (FailureKind::InDoubt, "erp-rest.several")
    );
    assert_eq!(desk.documents(&command), (2, 0));
    assert!(matches!(
        desk.find(&command).await.unwrap(),
        Found::Several(both) if both.len() == 2
    ));
    // Without a second look one of them is posted; the other stays, and is seen by the next look only.
    let hasty = Desk::of(Profile::DraftAndPost).await;
    hasty
        .erp
        .faults()
        .add(Rule::once(Fault::Duplicate).on(CREATE));
    hasty.send(&command).await.unwrap();
    assert_eq!(hasty.documents(&command), (2, 1));
}

#[tokio::test]
async fn of_several_memos_the_one_that_was_not_taken_back_counts() {
    let key = command("basic").effect_key.to_string();
    let taken_back = memo(&key, "Cancelled", "60.73").replace("cm-1", "cm-0");
    for (others, expected) in [
        (vec![memo(&key, "Posted", "60.73")], None),
        // Nothing is left: that is told, and nothing is made anew.
        (vec![], Some("erp-rest.differs")),
    ] {
        let list = [vec![taken_back.clone()], others].concat().join(", ");
        let found = answer("200 OK", "", &format!("{{\"value\": [{list}]}}"));
        let (outcome, asked) = send_with("", vec![found]).await;
        assert_eq!(outcome.as_ref().err().map(|failure| failure.code), expected);
        assert_eq!(asked.len(), 1);
    }
}
