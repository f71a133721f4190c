//! The comparisons, on books made up for them.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "tests"
)]

mod receipts;
mod record;

use std::collections::BTreeSet;

use canonical::{Currency, Qty, StockStatus};
use connector::extract::{CreditHeld, MovementHeld};
use jiff::civil::{Date, date};
use jiff::{SignedDuration, Timestamp};
use proptest::prelude::*;

use super::class::{Class, Match, Priority};
use super::credits::credits;
use super::item::{Compared, subject};
use super::lines::{Line, Pieces, Presence, lines};
use super::ours::{OurCredit, OurMovement, Ours, Standing};
use super::report::{Matched, Status, status};
use super::scope::{Listed, Scope};
use super::stock::stock;

const DAY: Date = date(2026, 3, 2);

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn scope() -> Scope {
    Scope {
        date: DAY,
        open: BTreeSet::new(),
        lag: SignedDuration::from_hours(4),
        now: at("2026-03-03T02:00:00Z"),
    }
}

fn ours(key: &str) -> Ours {
    Ours {
        key: key.to_owned(),
        connector: "erp".to_owned(),
        return_id: "R-1".to_owned(),
        standing: Standing::Confirmed,
        since: at("2026-03-02T10:00:00Z"),
        dated: DAY,
        asked: DAY,
        touched: [DAY, DAY],
        document_no: Some(format!("CM-{key}")),
    }
}

fn credit(key: &str, net: i64, tax: i64) -> OurCredit {
    OurCredit {
        ours: ours(key),
        customer: "C10010".to_owned(),
        currency: Currency::USD,
        net_minor: net,
        tax_minor: tax,
        gross_minor: net + tax,
        beside: Vec::new(),
        invoices: vec!["INV-1".to_owned()],
        reversed: false,
        reversing: false,
    }
}

fn memo(credit: &OurCredit) -> CreditHeld {
    CreditHeld {
        number: credit.ours.document_no.clone().unwrap_or_default(),
        key: credit.ours.key.clone(),
        customer: Some(credit.customer.clone()),
        currency: credit.currency,
        net_minor: Some(credit.net_minor),
        tax_minor: Some(credit.tax_minor),
        gross_minor: Some(credit.gross_minor),
        posted_on: Some(credit.ours.dated),
        applied_to: Some("inv-1".to_owned()),
        open_minor: None,
        reversed: false,
    }
}

fn compare(scope: &Scope, ours: &[OurCredit], theirs: &[CreditHeld], to: &str) -> Compared {
    let days = BTreeSet::from([date(2026, 3, 1), DAY, date(2026, 3, 3)]);
    let listed = Listed {
        connector: "erp",
        documents: theirs,
        complete_to: at(to),
        days: &days,
        tells_orphans: true,
    };
    credits(scope, ours, &listed)
}

const LATE: &str = "2026-03-03T08:00:00Z";

fn classes(compared: &Compared) -> Vec<Class> {
    compared.items.iter().map(|item| item.class).collect()
}

/// A change of a document there, and what it is told as.
type Change<'c> = (fn(&mut CreditHeld), &'c [Class]);
type Moved = (fn(&mut MovementHeld), Class);

#[test]
fn equal_books_agree() {
    let mine = [credit("a", 1000, 80), credit("b", 500, 0)];
    let theirs: Vec<CreditHeld> = mine.iter().map(memo).collect();
    let compared = compare(&scope(), &mine, &theirs, LATE);
    assert_eq!(classes(&compared), []);
    assert_eq!((compared.keys, compared.varied, compared.left), (2, 0, 2));
    let sums = compared.sums["USD"];
    assert_eq!((sums.left_minor, sums.net_minor), (1580, 0));
}

#[test]
fn scenario_50_a_memo_keyed_by_hand_is_an_orphan_and_two_with_one_key_are_a_double() {
    let mine = [credit("a", 1000, 80)];
    let by_hand = CreditHeld {
        number: "CM-77".to_owned(),
        key: String::new(),
        ..memo(&mine[0])
    };
    let twin = CreditHeld {
        number: "CM-78".to_owned(),
        ..memo(&mine[0])
    };
    let theirs = [memo(&mine[0]), by_hand, twin];
    let compared = compare(&scope(), &mine, &theirs, LATE);
    assert_eq!(
        classes(&compared),
        [Class::DuplicateInErp, Class::OrphanInErp]
    );
    let double = &compared.items[0];
    assert_eq!((double.extra, double.delta_minor), (1, Some(-1080)));
    assert_eq!(double.priority, Priority::P1);
    let matched = Matched::of(Match::C3, &compared, &[]);
    assert_eq!(matched.escaped, 1);
    assert_eq!(status(&compared.items, &[matched], &[]), Status::NotProven);
}

#[test]
fn scenario_51_posted_at_23_59_and_listed_at_00_00_is_timing_until_the_next_run() {
    let mut mine = [credit("a", 1000, 80)];
    mine[0].ours.since = at("2026-03-02T23:59:00Z");
    let compared = compare(&scope(), &mine, &[], "2026-03-03T00:00:00Z");
    assert_eq!(classes(&compared), [Class::Timing]);
    let matched = [Matched::of(Match::C3, &compared, &[])];
    let outcome = status(&compared.items, &matched, &[]);
    assert_eq!(outcome, Status::ProvenWithTiming);
    assert_eq!(outcome.exit_code(), 1);

    // The next day's run compares it again: it is there now.
    let next = Scope {
        date: date(2026, 3, 3),
        open: compared.items.iter().map(super::Item::subject).collect(),
        now: at("2026-03-04T00:00:00Z"),
        ..scope()
    };
    let cleared = compare(&next, &mine, &[memo(&mine[0])], "2026-03-04T00:00:00Z");
    assert_eq!((cleared.keys, classes(&cleared)), (1, vec![]));
    // And if it were not: it is old enough to be missing.
    let missing = compare(&next, &mine, &[], "2026-03-04T00:00:00Z");
    assert_eq!(classes(&missing), [Class::MissingInErp]);
    assert_eq!(missing.items[0].age_days, 1);
}

#[test]
fn what_was_refused_is_never_too_young() {
    let mut mine = [credit("a", 1000, 80)];
    mine[0].ours.since = at("2026-03-03T01:59:00Z");
    mine[0].ours.standing = Standing::Stopped;
    let compared = compare(&scope(), &mine, &[], "2026-03-03T02:00:00Z");
    assert_eq!(classes(&compared), [Class::MissingInErp]);
}

#[test]
fn each_difference_has_its_class() {
    let mine = credit("a", 1000, 80);
    let cases: [Change<'_>; 9] = [
        (|m| m.net_minor = Some(1001), &[Class::Rounding]),
        (|m| m.net_minor = Some(900), &[Class::AmountNet]),
        (|m| m.tax_minor = Some(70), &[Class::AmountTax]),
        (
            |m| (m.net_minor, m.tax_minor) = (Some(900), Some(70)),
            &[Class::AmountNet, Class::AmountTax],
        ),
        (|m| m.customer = Some("C9".into()), &[Class::Customer]),
        (|m| m.currency = Currency::EUR, &[Class::CurrencyFx]),
        (|m| m.posted_on = Some(date(2026, 4, 1)), &[Class::Period]),
        (|m| m.applied_to = Some("INV-2".into()), &[Class::Unapplied]),
        (|m| m.reversed = true, &[Class::ReversalMismatch]),
    ];
    for (change, expected) in cases {
        let mut theirs = memo(&mine);
        change(&mut theirs);
        let compared = compare(&scope(), std::slice::from_ref(&mine), &[theirs], LATE);
        assert_eq!(classes(&compared), expected);
    }
    // A fee of 1.50, a label of 0.30 and freight of 2.00: each of them left out there, and several, but no other amount.
    let fees = OurCredit {
        beside: vec![-150, -30, 200],
        ..mine.clone()
    };
    for (net, expected) in [
        (1150, Class::AmountFeeFreight),
        (1030, Class::AmountFeeFreight),
        (800, Class::AmountFeeFreight),
        (980, Class::AmountFeeFreight),
        (990, Class::AmountNet),
    ] {
        let mut theirs = memo(&mine);
        theirs.net_minor = Some(net);
        let compared = compare(&scope(), std::slice::from_ref(&fees), &[theirs], LATE);
        assert_eq!(classes(&compared), [expected], "{net}");
    }
}

#[test]
fn a_reversal_must_be_on_both_sides() {
    let mut mine = credit("a", 1000, 80);
    mine.reversed = true;
    let live = compare(&scope(), std::slice::from_ref(&mine), &[memo(&mine)], LATE);
    assert_eq!(classes(&live), [Class::ReversalMismatch]);
    let taken_back = CreditHeld {
        reversed: true,
        ..memo(&mine)
    };
    let both = compare(&scope(), &[mine], &[taken_back], LATE);
    assert_eq!(classes(&both), []);
}

#[test]
fn a_second_memo_of_another_day_is_a_double_all_the_same() {
    let mut mine = credit("a", 1000, 80);
    mine.ours.dated = date(2026, 2, 10);
    mine.ours.touched = [mine.ours.dated; 2];
    mine.ours.asked = DAY;
    let mut theirs = memo(&mine);
    (theirs.number, theirs.posted_on) = ("CM-99".to_owned(), Some(DAY));
    let compared = compare(&scope(), &[mine], &[theirs], LATE);
    assert_eq!(classes(&compared), [Class::DuplicateInErp]);
    assert_eq!(compared.items[0].extra, 1);
}

fn moved(key: &str) -> (OurMovement, MovementHeld) {
    let mine = OurMovement {
        ours: ours(key),
        sku: "SKU-1".to_owned(),
        qty: Qty::whole(3),
        uom: "EA".to_owned(),
        site: "DC-EAST".to_owned(),
        from: StockStatus::ReturnsHold,
        to: StockStatus::Available,
    };
    let theirs = MovementHeld {
        number: format!("CM-{key}"),
        key: key.to_owned(),
        sku: "sku-1".to_owned(),
        qty: Qty::whole(3),
        uom: Some("EA".to_owned()),
        site: Some("DC-EAST".to_owned()),
        from_status: Some(StockStatus::ReturnsHold),
        to_status: Some(StockStatus::Available),
        posted_on: Some(DAY),
        reversed: false,
    };
    (mine, theirs)
}

fn compare_stock(ours: &[OurMovement], theirs: &[MovementHeld]) -> Compared {
    let days = BTreeSet::from([DAY]);
    let listed = Listed {
        connector: "erp",
        documents: theirs,
        complete_to: at(LATE),
        days: &days,
        tells_orphans: true,
    };
    stock(&scope(), ours, &listed)
}

#[test]
fn movements_are_compared_by_item_quantity_unit_status_and_site() {
    let (mine, theirs) = moved("a");
    let mine = [mine];
    assert_eq!(
        classes(&compare_stock(&mine, std::slice::from_ref(&theirs))),
        []
    );
    assert_eq!(classes(&compare_stock(&mine, &[])), [Class::MissingInErp]);
    assert_eq!(
        classes(&compare_stock(&[], std::slice::from_ref(&theirs))),
        [Class::OrphanInErp]
    );
    let cases: [Moved; 5] = [
        (|m| m.qty = Qty::whole(2), Class::Qty),
        (|m| m.uom = Some("XCS".into()), Class::Uom),
        (|m| m.sku = "SKU-2".into(), Class::Sku),
        (|m| m.to_status = Some(StockStatus::Scrapped), Class::Status),
        (|m| m.site = Some("DC-WEST".into()), Class::MasterData),
    ];
    for (change, class) in cases {
        let mut other = theirs.clone();
        change(&mut other);
        assert_eq!(classes(&compare_stock(&mine, &[other])), [class]);
    }
    let twin = MovementHeld {
        number: "CM-2".to_owned(),
        ..theirs.clone()
    };
    let double = compare_stock(&mine, &[theirs, twin]);
    assert_eq!(classes(&double), [Class::DuplicateInErp]);
    assert_eq!(double.items[0].priority, Priority::P1);
}

#[test]
fn what_is_scrapped_may_be_in_no_books_any_more() {
    let (mut mine, mut theirs) = moved("a");
    (mine.to, theirs.to_status) = (StockStatus::Scrapped, Some(StockStatus::None));
    let compared = compare_stock(&[mine.clone()], &[theirs.clone()]);
    assert_eq!(classes(&compared), []);
    // Undone, it comes into them anew.
    (mine.to, theirs.to_status) = (StockStatus::Available, Some(StockStatus::Available));
    (mine.from, theirs.from_status) = (StockStatus::Scrapped, Some(StockStatus::None));
    let compared = compare_stock(&[mine.clone()], &[theirs.clone()]);
    assert_eq!(classes(&compared), []);
    theirs.to_status = Some(StockStatus::None);
    let gone = compare_stock(&[mine], &[theirs]);
    assert_eq!(classes(&gone), [Class::Status]);
}

fn line(pieces: Vec<Pieces>) -> Line {
    Line {
        return_id: "R-1".to_owned(),
        rma_number: "RMA-1".to_owned(),
        line_no: 1,
        dated: DAY,
        currency: Currency::USD,
        invoiced: Some((22_000, Qty::whole(10))),
        pieces,
    }
}

#[test]
fn scenario_47_stock_without_credit_is_one_variance_of_the_line() {
    let pieces = |credit: Presence| Pieces {
        qty: Qty::whole(3),
        stock: Some(Presence::There),
        credit: Some(credit),
    };
    let failed = line(vec![pieces(Presence::Absent(
        "C3|erp|a|MISSING_IN_ERP".into(),
    ))]);
    let compared = lines(&scope(), &[failed]);
    assert_eq!(classes(&compared), [Class::Qty]);
    let item = &compared.items[0];
    assert_eq!(item.delta_minor, Some(-6_600), "3 of 10 pieces of 220.00");
    assert_eq!(item.cause, "C3|erp|a|MISSING_IN_ERP");
    let healed = lines(&scope(), &[line(vec![pieces(Presence::There)])]);
    assert_eq!(classes(&healed), []);
    let young = lines(&scope(), &[line(vec![pieces(Presence::Young)])]);
    assert_eq!(classes(&young), [Class::Timing]);
    let waiting = lines(&scope(), &[line(vec![pieces(Presence::Waiting)])]);
    assert_eq!(classes(&waiting), [], "it waits for an approval");
}

#[test]
fn a_side_that_could_not_be_read_leaves_the_day_unproven() {
    let unread = Matched::of(Match::C3, &Compared::default(), &["erp: 503".to_owned()]);
    assert_eq!(status(&[], &[unread], &[]), Status::NotProven);
    let no_source = Matched::not_run(Match::C4, "no source");
    assert_eq!(status(&[], &[no_source], &[]), Status::Proven);
}

/// What happened to one credit on its way into the other books.
#[derive(Debug, Clone, Copy)]
enum Fate {
    Same,
    Lost,
    Twice,
    Less(i64),
    Taxed(i64),
}

fn fates() -> impl Strategy<Value = Vec<(i64, i64, Fate)>> {
    let fate = prop_oneof![
        4 => Just(Fate::Same),
        1 => Just(Fate::Lost),
        1 => Just(Fate::Twice),
        1 => (2..50_i64).prop_map(Fate::Less),
        1 => (2..50_i64).prop_map(Fate::Taxed),
    ];
    prop::collection::vec((100..100_000_i64, 0..10_000_i64, fate), 0..40)
}

proptest! {
    /// Whatever happened: nothing is silent, nothing is invented, and the items explain the difference of the sums exactly.
    #[test]
    fn items_explain_the_difference_of_the_sums(books in fates(), strangers in 0..5_usize, turn in 0..40_usize) {
        let (mut mine, mut theirs) = (Vec::new(), Vec::new());
        let mut expected = 0;
        for (n, (net, tax, fate)) in books.iter().enumerate() {
            let credit = credit(&format!("k{n}"), *net, *tax);
            let mut held = memo(&credit);
            match fate {
                Fate::Same => theirs.push(held),
                Fate::Lost => expected += 1,
                Fate::Twice => {
                    expected += 1;
                    theirs.push(held.clone());
                    held.number = format!("X-{n}");
                    theirs.push(held);
                }
                Fate::Less(by) => {
                    expected += 1;
                    held.net_minor = Some(net - by);
                    held.gross_minor = Some(net + tax - by);
                    theirs.push(held);
                }
                Fate::Taxed(by) => {
                    expected += 1;
                    held.tax_minor = Some(tax + by);
                    held.gross_minor = Some(net + tax + by);
                    theirs.push(held);
                }
            }
            mine.push(credit);
        }
        for n in 0..strangers {
            expected += 1;
            let mut stranger = memo(&credit("nobody", 500, 0));
            (stranger.number, stranger.key) = (format!("HAND-{n}"), String::new());
            theirs.push(stranger);
        }
        let compared = compare(&scope(), &mine, &theirs, LATE);
        prop_assert_eq!(compared.items.len(), expected);
        prop_assert_eq!(compared.varied, expected);
        prop_assert_eq!(compared.keys, mine.len() + strangers);
        let sums = compared.sums.get("USD").copied().unwrap_or_default();
        let explained: i64 = compared.items.iter().filter_map(|item| item.delta_minor).sum();
        prop_assert_eq!(sums.net_minor, explained);
        prop_assert_eq!(sums.net_minor, sums.left_minor - sums.right_minor);
        prop_assert!(sums.abs_minor >= sums.net_minor.abs());

        // The order of the lists says nothing.
        if !theirs.is_empty() {
            let middle = turn % theirs.len();
            theirs.rotate_left(middle);
        }
        mine.reverse();
        prop_assert_eq!(compare(&scope(), &mine, &theirs, LATE), compared);
    }

    /// What is open stays open until it is put right, whichever day the run is for.
    #[test]
    fn what_is_open_is_compared_again(days in 1..30_i8) {
        let mine = credit("a", 1000, 80);
        let later = Scope {
            date: date(2026, 4, days),
            open: BTreeSet::from([subject(Match::C3, "erp", "a")]),
            now: at("2026-05-01T00:00:00Z"),
            ..scope()
        };
        let to = "2026-05-01T00:00:00Z";
        let missing = compare(&later, std::slice::from_ref(&mine), &[], to);
        prop_assert_eq!(classes(&missing), vec![Class::MissingInErp]);
        prop_assert_eq!(missing.items[0].business_date, DAY);
        let there = compare(&later, std::slice::from_ref(&mine), &[memo(&mine)], to);
        prop_assert!(there.items.is_empty());
        let forgotten = Scope { open: BTreeSet::new(), ..later };
        prop_assert_eq!(compare(&forgotten, &[mine], &[], to).keys, 0);
    }
}
