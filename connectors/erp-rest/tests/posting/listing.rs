//! Lists for the daily proof: everything finished, page by page, as its books show it.
#![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]

use canonical::{CommandData, Qty, StockStatus};
use connector::extract::{CreditHeld, MovementHeld};
use connector::{ExtractAsk, Extractable, Extracted, FailureKind};
use jiff::civil::{Date, date};
use simulators::erp::Profile;
use simulators::faults::{Fault, Rule};

use crate::support::{Desk, another, command};

/// Reads a list to its end; also how many pages it had.
async fn list(desk: &Desk, what: Extractable, (from, to): (Date, Date)) -> (Vec<Extracted>, usize) {
    let (mut documents, mut pages, mut page) = (Vec::new(), 0, None);
    loop {
        let ask = ExtractAsk {
            what,
            from,
            to,
            page,
        };
        let extract = desk.sink().extract(&ask).await.unwrap();
        assert_eq!(extract.behind.as_secs(), 5, "as the profile says");
        documents.extend(extract.documents);
        pages += 1;
        match extract.next {
            Some(next) => page = Some(next),
            None => return (documents, pages),
        }
    }
}

const ALWAYS: (Date, Date) = (date(2020, 1, 1), date(2099, 12, 31));

fn credit(extracted: &Extracted) -> &CreditHeld {
    match extracted {
        Extracted::Credit(memo) => memo,
        other => panic!("{other:?}"),
    }
}

fn movement(extracted: &Extracted) -> &MovementHeld {
    match extracted {
        Extracted::Movement(movement) => movement,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn posted_memos_are_listed_and_drafts_are_not() {
    let desk = Desk::of(Profile::DraftAndPost).await;
    let posted = command("basic");
    let confirmed = desk.send(&posted).await.unwrap();
    let half = another("basic", "half");
    let stopped = Rule::once(Fault::Refuse).on("POST /api/creditMemos/{id}/post");
    desk.erp.faults().add(stopped);
    assert!(desk.send(&half).await.is_err());
    let (documents, _) = list(&desk, Extractable::CreditMemos, ALWAYS).await;
    let drafts = desk.documents(&half).0;
    assert_eq!(drafts, 1, "the draft is there");
    assert_eq!(documents.len(), 1, "{documents:?}");
    let memo = credit(&documents[0]);
    let CommandData::PostCreditMemo(asked) = &posted.data else {
        panic!("a memo")
    };
    let totals = &asked.calculation.totals;
    assert_eq!(memo.key, posted.effect_key.as_str());
    assert_eq!(memo.number, confirmed.document.doc_no);
    assert_eq!(memo.gross_minor, Some(totals.gross_minor));
    assert_eq!(
        (memo.net_minor, memo.tax_minor),
        (Some(totals.net_minor), Some(totals.tax_minor))
    );
    assert_eq!(memo.customer.as_deref(), Some(asked.bill_to.as_str()));
    assert_eq!(memo.posted_on, confirmed.document.posting_date);
    assert!(!memo.reversed);
    let elsewhere = (date(2020, 1, 1), date(2020, 1, 2));
    let (none, _) = list(&desk, Extractable::CreditMemos, elsewhere).await;
    assert_eq!(none, []);
}

#[tokio::test]
async fn movements_are_listed_over_several_pages() {
    let desk = Desk::of(Profile::DraftAndPost).await;
    for n in 0..105 {
        let movement = another("receipt-hold", &format!("movement-{n}"));
        desk.send(&movement).await.unwrap();
    }
    let (documents, pages) = list(&desk, Extractable::StockMovements, ALWAYS).await;
    assert_eq!((documents.len(), pages), (105, 2));
    let CommandData::MoveStock(asked) = command("receipt-hold").data else {
        panic!("a movement")
    };
    let first = movement(&documents[0]);
    assert_eq!(
        (first.sku.as_str(), first.qty),
        (asked.sku.as_str(), asked.base_qty)
    );
    assert!(first.qty > Qty::ZERO);
    assert_eq!(first.from_status, Some(StockStatus::None));
    assert_eq!(first.to_status, Some(StockStatus::ReturnsHold));
    assert_eq!(first.site.as_deref(), Some(asked.site.as_str()));
}

#[tokio::test]
async fn what_it_cannot_list_is_said() {
    let desk = Desk::of(Profile::DraftAndPost).await;
    let possible = [Extractable::CreditMemos, Extractable::StockMovements];
    assert_eq!(desk.sink().extracts(), possible);
    let ask = ExtractAsk {
        what: Extractable::Receipts,
        from: ALWAYS.0,
        to: ALWAYS.1,
        page: None,
    };
    let failure = desk.sink().extract(&ask).await.unwrap_err();
    assert_eq!(failure.kind, FailureKind::Rejected);
    assert_eq!(failure.code, connector::extract::NO_EXTRACT);
}
