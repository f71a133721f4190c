//! Tryton in fair weather, and what it refuses.

#![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]

use canonical::{CommandData, Money, Qty};
use connector::{FailureKind, Found};

use crate::desk::{Desk, Way, command};

pub(crate) async fn run(desk: &Desk) {
    reached(desk).await;
    memos(desk).await;
    movements(desk).await;
    refusals(desk).await;
}

/// Address, credentials and what guards against doubles.
async fn reached(desk: &Desk) {
    let said = desk.way.sink().probe().await.unwrap();
    assert!(
        said.ends_with("answers as tryton; guard: look-up only"),
        "{said}"
    );
    let stranger = Way::to(&desk.server.url(), "another");
    let failure = stranger.sink().probe().await.unwrap_err();
    assert_eq!(
        (failure.kind, failure.code),
        (FailureKind::Misconfigured, "erp-rest.unauthorized")
    );
}

/// Memos with a price that has no four decimals, with a fee, of several invoices: the books show the approved sums.
async fn memos(desk: &Desk) {
    for name in ["basic", "fee-line", "two-invoices", "without-invoice"] {
        let memo = command(name, "plain");
        let owed = desk.books.receivable().await;
        assert_eq!(desk.way.find(&memo).await.unwrap(), Found::Nothing);
        let confirmed = desk.way.send(&memo).await.unwrap();
        let amount = memo.amount().unwrap();
        assert!(!confirmed.duplicate);
        assert_eq!(confirmed.document.doc_type, "account.invoice");
        assert_eq!(confirmed.document.amount, Some(amount), "{name}");
        assert_eq!(confirmed.document.posting_date, Some(crate::books::today()));
        assert_eq!(
            desk.way.find(&memo).await.unwrap(),
            Found::Complete(confirmed.document),
            "{name}"
        );
        let now = desk.books.receivable().await;
        assert_eq!(
            now,
            Money::new(owed.minor - amount.minor, amount.ccy),
            "{name}"
        );
    }
}

/// In, from hold to storage, to scrap, and back to the customer: each place has what it should have.
async fn movements(desk: &Desk) {
    let places = ["WH", "HOLD", "lost", "CUS"];
    let three: Qty = "3".parse().unwrap();
    for (name, changes) in [
        ("receipt-hold", [1, 1, 0, -1]),
        ("transfer", [0, -1, 0, 0]),
        ("receipt-hold", [1, 1, 0, -1]),
        ("scrap", [-1, -1, 1, 0]),
        ("receipt-hold", [1, 1, 0, -1]),
        ("sent-back", [-1, -1, 0, 1]),
    ] {
        let mut before = Vec::new();
        for place in places {
            before.push(desk.books.on_hand(place).await);
        }
        let movement = command(name, &format!("plain {before:?}"));
        let confirmed = desk.way.send(&movement).await.unwrap();
        assert!(
            confirmed.document.doc_type.starts_with("stock.shipment."),
            "{name}"
        );
        for ((place, before), change) in places.iter().zip(before).zip(changes) {
            let expected = match change {
                1 => before.checked_add(three).unwrap(),
                -1 => before.checked_sub(three).unwrap(),
                _ => before,
            };
            assert_eq!(desk.books.on_hand(place).await, expected, "{name} {place}");
        }
        assert_eq!(
            desk.way.find(&movement).await.unwrap(),
            Found::Complete(confirmed.document),
            "{name}"
        );
    }
}

/// What Tryton does not know or does not allow is told, and leaves its books as they were.
async fn refusals(desk: &Desk) {
    let owed = desk.books.receivable().await;
    let mut unknown = command("basic", "unknown customer");
    if let CommandData::PostCreditMemo(memo) = &mut unknown.data {
        "C-NOBODY".clone_into(&mut memo.bill_to);
    }
    let failure = desk.way.send(&unknown).await.unwrap_err();
    assert_eq!(
        (failure.kind, failure.code, failure.place.as_str()),
        (FailureKind::Rejected, "erp-rest.unknown-reference", "party")
    );
    assert_eq!(desk.way.find(&unknown).await.unwrap(), Found::Nothing);

    // No period is open then: the draft is made, and its posting is refused with the ERP's own sentence.
    let mut old = command("basic", "old");
    if let CommandData::PostCreditMemo(memo) = &mut old.data {
        memo.document_date = "2001-01-01".parse().unwrap();
    }
    let failure = desk.way.send(&old).await.unwrap_err();
    assert_eq!(
        (failure.kind, failure.code),
        (FailureKind::Rejected, "erp-rest.refused")
    );
    assert!(failure.message.contains("period"), "{failure}");
    assert!(matches!(desk.way.find(&old).await.unwrap(), Found::Half(_)));
    assert_eq!(desk.books.receivable().await, owed);
}
