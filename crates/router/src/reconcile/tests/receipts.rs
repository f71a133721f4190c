//! C1 on receipts made up for it.

use std::collections::BTreeSet;

use canonical::{Qty, ReturnName};
use connector::extract::{ReceiptHeld, ReceiptLineHeld};
use jiff::civil::date;
use jiff::tz::TimeZone;
use workflow::{KnownLine, KnownReceipt};

use super::{LATE, at, classes, scope};
use crate::reconcile::Item;
use crate::reconcile::class::Class;
use crate::reconcile::item::Compared;
use crate::reconcile::receipts::{OurReceipt, receipts};
use crate::reconcile::scope::{Listed, Scope};

fn ours(id: &str) -> OurReceipt {
    let line = |line: &str, sku: &str| KnownLine {
        line: line.to_owned(),
        sku: sku.to_owned(),
        qty: Qty::whole(3),
        uom: "EA".to_owned(),
        serials: vec!["S1".to_owned(), "S2".to_owned()],
        lots: vec!["L7".to_owned()],
    };
    OurReceipt {
        return_id: "R-1".to_owned(),
        rma_number: "RMA-1".to_owned(),
        receipt: KnownReceipt {
            connector: "wms-east".to_owned(),
            site: "DC-EAST".to_owned(),
            receipt_id: id.to_owned(),
            received_at: Some(at("2026-03-02T10:00:00Z")),
            reversed: false,
            reversals: Vec::new(),
            lines: vec![line("1", "SKU-1"), line("2", "SKU-2")],
        },
    }
}

fn held(ours: &OurReceipt) -> ReceiptHeld {
    let lines = ours.receipt.lines.iter().map(|line| ReceiptLineHeld {
        line: line.line.clone(),
        sku: line.sku.to_ascii_lowercase(),
        qty: line.qty,
        uom: line.uom.clone(),
        // As a set: another order is no difference.
        serials: line.serials.iter().rev().cloned().collect(),
        lots: line.lots.clone(),
    });
    ReceiptHeld {
        receipt_id: ours.receipt.receipt_id.clone(),
        reversal_id: None,
        named: ReturnName::Rma {
            entity: "US01".to_owned(),
            number: ours.rma_number.clone(),
        },
        site: ours.receipt.site.clone(),
        at: at("2026-03-02T10:00:00Z"),
        lines: lines.collect(),
    }
}

fn reversal(ours: &OurReceipt, id: &str) -> ReceiptHeld {
    ReceiptHeld {
        reversal_id: Some(id.to_owned()),
        at: at("2026-03-02T12:00:00Z"),
        lines: Vec::new(),
        ..held(ours)
    }
}

fn compare(scope: &Scope, ours: &[OurReceipt], theirs: &[ReceiptHeld], to: &str) -> Compared {
    let listed = Listed {
        connector: "wms-east",
        documents: theirs,
        complete_to: at(to),
        days: &BTreeSet::new(),
        tells_orphans: true,
    };
    receipts(scope, &TimeZone::UTC, ours, &listed)
}

#[test]
fn equal_receipts_agree_whatever_the_order_of_serial_numbers() {
    let mine = [ours("A"), ours("B")];
    let theirs = [held(&mine[1]), held(&mine[0])];
    let compared = compare(&scope(), &mine, &theirs, LATE);
    assert_eq!(classes(&compared), []);
    assert_eq!((compared.keys, compared.left, compared.right), (2, 2, 2));
}

#[test]
fn what_one_side_lacks_is_missing_there_or_here() {
    let mine = [ours("A")];
    let theirs = [held(&ours("B"))];
    let compared = compare(&scope(), &mine, &theirs, LATE);
    assert_eq!(
        classes(&compared),
        [Class::MissingThere, Class::MissingHere]
    );
    let keys: Vec<&str> = compared.items.iter().map(|i| i.key.as_str()).collect();
    assert_eq!(keys, ["DC-EAST/A", "DC-EAST/B"]);
    assert_eq!(compared.items[0].return_id, "R-1");
    assert!(compared.items[1].reason.contains("RMA-1"), "{compared:?}");

    // Told by a warehouse that lists nothing: not for this list to say.
    let mut elsewhere = ours("A");
    elsewhere.receipt.connector = "wms-west".to_owned();
    let compared = compare(&scope(), &[elsewhere], &[], LATE);
    assert_eq!((classes(&compared), compared.keys), (vec![], 0));
}

#[test]
fn what_is_young_is_timing_on_either_side() {
    let mut mine = ours("A");
    mine.receipt.received_at = Some(at("2026-03-02T23:30:00Z"));
    let seen_to = "2026-03-03T02:00:00Z";
    let compared = compare(&scope(), &[mine.clone()], &[], seen_to);
    assert_eq!(classes(&compared), [Class::Timing]);
    let theirs = [ReceiptHeld {
        at: at("2026-03-02T23:30:00Z"),
        ..held(&mine)
    }];
    let compared = compare(&scope(), &[], &theirs, seen_to);
    assert_eq!(classes(&compared), [Class::Timing]);
    // The next day's run looks at it again, and then it is missing.
    let next = Scope {
        date: date(2026, 3, 3),
        open: compared.items.iter().map(Item::subject).collect(),
        now: at("2026-03-04T02:00:00Z"),
        ..scope()
    };
    let compared = compare(&next, &[], &theirs, "2026-03-04T02:00:00Z");
    assert_eq!(classes(&compared), [Class::MissingHere]);
}

#[test]
fn each_difference_of_a_line_has_its_class_and_each_class_one_item() {
    type Change = fn(&mut ReceiptLineHeld);
    let cases: [(Change, Class); 5] = [
        (|line| line.sku = "SKU-9".to_owned(), Class::Sku),
        (|line| line.uom = "XCS".to_owned(), Class::Uom),
        (|line| line.qty = Qty::whole(2), Class::Qty),
        (
            |line| line.serials = vec!["S1".to_owned()],
            Class::LotSerial,
        ),
        (|line| line.lots = vec!["L8".to_owned()], Class::LotSerial),
    ];
    let mine = [ours("A")];
    for (change, class) in cases {
        let mut theirs = held(&mine[0]);
        theirs.lines.iter_mut().for_each(change);
        let compared = compare(&scope(), &mine, &[theirs], LATE);
        assert_eq!(classes(&compared), [class]);
        assert!(compared.items[0].left.contains("; "), "both lines");
        assert_eq!(compared.varied, 1);
    }
    let mut less = held(&mine[0]);
    less.lines.pop();
    let compared = compare(&scope(), &mine, &[less], LATE);
    assert_eq!(classes(&compared), [Class::Qty]);
    assert_eq!(compared.items[0].right, "nothing");
    let moved = ReceiptHeld {
        at: at("2026-03-01T10:00:00Z"),
        ..held(&mine[0])
    };
    let compared = compare(&scope(), &mine, &[moved], LATE);
    assert_eq!(classes(&compared), [Class::Period]);
}

#[test]
fn what_was_taken_back_there_is_taken_back_here() {
    let mut mine = ours("A");
    let theirs = [held(&mine), reversal(&mine, "REV-1")];
    let compared = compare(&scope(), &[mine.clone()], &theirs, LATE);
    assert_eq!(classes(&compared), [Class::ReversalMismatch]);
    assert_eq!(compared.items[0].key, "DC-EAST/A/REV-1");
    // Of a receipt that is not here at all there is one difference, not two.
    let compared = compare(&scope(), &[], &theirs, LATE);
    assert_eq!(classes(&compared), [Class::MissingHere]);

    mine.receipt.reversals = vec!["REV-1".to_owned()];
    let compared = compare(&scope(), &[mine.clone()], &theirs, LATE);
    assert_eq!(classes(&compared), []);
    mine.receipt.reversals.clear();
    mine.receipt.reversed = true;
    let compared = compare(&scope(), &[mine], &theirs, LATE);
    assert_eq!(classes(&compared), []);
}

#[test]
fn days_gone_by_are_compared_again_for_a_while() {
    let late = |day: &str| ReceiptHeld {
        at: at(&format!("{day}T10:00:00Z")),
        ..held(&ours("A"))
    };
    for (day, expected) in [
        ("2026-02-26", vec![]),
        ("2026-02-27", vec![Class::MissingHere]),
        ("2026-03-02", vec![Class::MissingHere]),
        ("2026-03-03", vec![]),
    ] {
        let compared = compare(&scope(), &[], &[late(day)], LATE);
        assert_eq!(classes(&compared), expected, "{day}");
    }
}
