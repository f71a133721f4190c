//! C8, C9 and C10 on facts made up for them.

use canonical::{BusinessCode, Currency, Money, Qty};
use jiff::SignedDuration;
use jiff::civil::date;

use super::{DAY, at, classes, ours, scope};
use crate::reconcile::advances::{Advance, Charged, advances};
use crate::reconcile::claims::{Account, Claim, Credited, claims};
use crate::reconcile::class::{Class, Match, Priority};
use crate::reconcile::item::{Compared, subject};
use crate::reconcile::ours::Standing;
use crate::reconcile::outward::{Progress, Told, outward};
use crate::reconcile::scope::Scope;

/// Midnight at the end of the day.
const END: &str = "2026-03-03T00:00:00Z";
/// Thirty days.
const MONTH: SignedDuration = SignedDuration::from_hours(720);

fn usd(minor: i64) -> Money {
    Money::new(minor, Currency::USD)
}

/// 238.15 for ten pieces, of which three are not back, due on that day.
fn advance(due: &str) -> Advance {
    let due_at = at(due);
    Advance {
        return_id: "R-1".to_owned(),
        rma_number: "RMA-1".to_owned(),
        customer: "C10010".to_owned(),
        currency: Currency::USD,
        advanced_minor: 23_815,
        missing_minor: 7_145,
        missing: Qty::whole(3),
        due_at,
        due_on: due_at.to_zoned(jiff::tz::TimeZone::UTC).date(),
        charged: None,
    }
}

fn risk(scope: &Scope, advance: Advance) -> Compared {
    advances(scope, at(END), &[advance])
}

/// Left, right and what differs without its sign.
fn sums(compared: &Compared) -> (i64, i64, i64) {
    let sums = compared.sums.get("USD").copied().unwrap_or_default();
    (sums.left_minor, sums.right_minor, sums.abs_minor)
}

#[test]
fn goods_of_an_advance_are_at_risk_once_they_are_due() {
    let waiting = risk(&scope(), advance("2026-03-20T23:59:59Z"));
    assert_eq!(classes(&waiting), []);
    assert_eq!(sums(&waiting), (23_815, 23_815, 0));
    assert_eq!((waiting.left, waiting.right, waiting.keys), (1, 0, 1));

    let overdue = risk(&scope(), advance("2026-02-26T23:59:59Z"));
    assert_eq!(classes(&overdue), [Class::AdvanceOverdue]);
    let item = &overdue.items[0];
    assert_eq!((item.delta_minor, item.age_days), (Some(7_145), 4));
    assert_eq!(item.priority, Priority::P1, "money that is out");
    assert_eq!(sums(&overdue), (23_815, 16_670, 7_145));

    let last_night = risk(&scope(), advance("2026-03-02T23:59:59Z"));
    assert_eq!(classes(&last_night), [Class::Timing]);
    assert_eq!(sums(&last_night), (23_815, 16_670, 0));

    let back = Advance {
        missing: Qty::ZERO,
        missing_minor: 0,
        ..advance("2026-02-26T23:59:59Z")
    };
    let back = risk(&scope(), back);
    assert_eq!((classes(&back), back.right), (vec![], 1));
}

#[test]
fn what_was_open_is_looked_at_as_it_is_now_whatever_day_is_proven() {
    let due = "2026-03-02T12:00:00Z";
    let earlier = |open: &[&str]| Scope {
        date: date(2026, 3, 1),
        now: at("2026-03-05T02:00:00Z"),
        open: open.iter().map(|key| subject(Match::C8, "", key)).collect(),
        ..scope()
    };
    let ended = at("2026-03-02T00:00:00Z");
    let unknown = advances(&earlier(&[]), ended, &[advance(due)]);
    assert_eq!(classes(&unknown), [], "it was not due on that day");
    let open = advances(&earlier(&["R-1"]), ended, &[advance(due)]);
    assert_eq!(classes(&open), [Class::AdvanceOverdue]);
}

#[test]
fn an_advance_that_is_recovered_is_none_any_more() {
    let cases = [
        (Some(Standing::Confirmed), "2026-03-02T10:00:00Z", None),
        (
            Some(Standing::UnderWay),
            "2026-03-03T01:00:00Z",
            Some(Class::Timing),
        ),
        (
            Some(Standing::UnderWay),
            "2026-03-02T10:00:00Z",
            Some(Class::AdvanceOverdue),
        ),
        (
            Some(Standing::Stopped),
            "2026-03-03T01:59:00Z",
            Some(Class::AdvanceOverdue),
        ),
        (None, "2026-03-01T10:00:00Z", Some(Class::AdvanceOverdue)),
    ];
    for (standing, since, class) in cases {
        let charged = Charged {
            effect_key: "rt1-x".to_owned(),
            minor: 7_145,
            standing,
            since: at(since),
        };
        let compared = risk(
            &scope(),
            Advance {
                charged: Some(charged),
                ..advance("2026-02-26T23:59:59Z")
            },
        );
        let expected: Vec<Class> = class.into_iter().collect();
        assert_eq!(classes(&compared), expected, "{standing:?}");
        for item in &compared.items {
            assert_eq!(item.delta_minor, Some(7_145));
            assert_eq!(item.effect_key, "rt1-x");
        }
    }
}

/// Three pieces that cost 45.00 were claimed on 2 March.
fn claim(line_no: u32) -> Claim {
    Claim {
        effect_key: format!("rt1-{line_no}"),
        connector: "erp".to_owned(),
        standing: Standing::Confirmed,
        since: at("2026-03-02T10:00:00Z"),
        dated: DAY,
        line_no,
        supplier: "V-77".to_owned(),
        supplier_rma: "VRMA-12".to_owned(),
        qty: Qty::whole(3),
        amount: Some(usd(4_500)),
    }
}

fn credited(number: &str, line_no: Option<u32>, minor: i64) -> Credited {
    Credited {
        number: number.to_owned(),
        line_no,
        supplier: "V-77".to_owned(),
        amount: Some(usd(minor)),
        qty: None,
        at: at("2026-03-02T10:00:00Z"),
        on: DAY,
    }
}

fn told_later(days: i8) -> Scope {
    let now = date(2026, 3, 2).checked_add(jiff::Span::new().days(days));
    let now = now.unwrap().at(11, 0, 0, 0).in_tz("UTC").unwrap();
    Scope {
        date: now.date(),
        now: now.timestamp(),
        ..scope()
    }
}

fn settle(days: i8, claimed: &[Claim], credits: &[Credited]) -> Compared {
    let account = Account {
        return_id: "R-1".to_owned(),
        rma_number: "RMA-1".to_owned(),
        claims: claimed.to_vec(),
        credits: credits.to_vec(),
    };
    claims(&told_later(days), MONTH, &[account])
}

#[test]
fn a_claim_waits_for_its_credit_as_long_as_a_supplier_may_take() {
    let young = settle(29, &[claim(1)], &[]);
    assert_eq!(classes(&young), [Class::Timing]);
    let late = settle(31, &[claim(1)], &[]);
    assert_eq!(classes(&late), [Class::MissingInErp]);
    let item = &late.items[0];
    assert_eq!((item.delta_minor, item.age_days), (Some(4_500), 31));
    assert_eq!(item.key, "R-1/1/V-77");
    assert_eq!(item.priority, Priority::P2, "by value and age");
    assert_eq!(sums(&late), (4_500, 0, 4_500));

    let paid = settle(31, &[claim(1)], &[credited("VC-1", Some(1), 4_500)]);
    assert_eq!((classes(&paid), sums(&paid)), (vec![], (4_500, 4_500, 0)));
    let silent = Credited {
        amount: None,
        ..credited("VC-1", None, 0)
    };
    let silent = settle(31, &[claim(1)], &[silent]);
    assert_eq!(
        (classes(&silent), sums(&silent)),
        (vec![], (4_500, 4_500, 0))
    );
}

#[test]
fn a_refused_claim_is_never_too_young() {
    let refused = Claim {
        standing: Standing::Stopped,
        ..claim(1)
    };
    let compared = settle(0, &[refused], &[]);
    assert_eq!(classes(&compared), [Class::MissingInErp]);
    assert_eq!(compared.items[0].effect_key, "rt1-1");
}

#[test]
fn credits_of_suppliers_are_compared_by_amount_currency_and_quantity() {
    let euros = Credited {
        amount: Some(Money::new(4_500, Currency::EUR)),
        ..credited("VC-1", Some(1), 0)
    };
    let fewer = Credited {
        qty: Some(Qty::whole(2)),
        ..credited("VC-1", Some(1), 4_500)
    };
    let one = |credit: Credited| vec![credit];
    let cases = [
        (one(credited("VC-1", Some(1), 4_499)), vec![Class::Rounding]),
        (
            one(credited("VC-1", Some(1), 4_000)),
            vec![Class::AmountNet],
        ),
        (
            one(credited("VC-1", Some(1), 5_000)),
            vec![Class::AmountNet],
        ),
        (one(euros), vec![Class::CurrencyFx]),
        (one(fewer), vec![Class::Qty]),
        (
            vec![
                credited("VC-1", Some(1), 4_000),
                credited("VC-2", Some(1), 500),
            ],
            vec![],
        ),
    ];
    for (credits, expected) in cases {
        let compared = settle(31, &[claim(1)], &credits);
        assert_eq!(classes(&compared), expected, "{credits:?}");
    }
    // What is missing of a young claim may still come; what is too much is too much at once.
    let part = settle(3, &[claim(1)], &[credited("VC-1", Some(1), 4_000)]);
    assert_eq!(classes(&part), [Class::Timing]);
    let much = settle(3, &[claim(1)], &[credited("VC-1", Some(1), 5_000)]);
    assert_eq!(classes(&much), [Class::AmountNet]);
    assert_eq!(much.items[0].priority, Priority::P1);
}

#[test]
fn lines_that_a_supplier_credits_together_are_compared_together() {
    let both = [claim(1), claim(2)];
    let together = settle(31, &both, &[credited("VC-1", None, 9_000)]);
    assert_eq!((classes(&together), together.keys), (vec![], 1));
    let apart = settle(31, &both, &[credited("VC-1", Some(2), 4_500)]);
    assert_eq!(
        (classes(&apart), apart.keys),
        (vec![Class::MissingInErp], 2)
    );
    assert_eq!(apart.items[0].key, "R-1/1/V-77");
}

#[test]
fn a_credit_for_nothing_is_an_orphan_when_nobody_claims_after_it() {
    let soon = settle(0, &[], &[credited("VC-1", None, 4_500)]);
    assert_eq!(classes(&soon), [Class::Timing]);
    let orphan = settle(1, &[], &[credited("VC-1", None, 4_500)]);
    assert_eq!(classes(&orphan), [Class::OrphanInErp]);
    assert_eq!(orphan.items[0].delta_minor, Some(-4_500));
    assert_eq!(sums(&orphan), (0, 4_500, 4_500));
}

fn message(standing: Standing, since: &str) -> Told {
    let mut ours = ours("rt1-n");
    (ours.standing, ours.since) = (standing, at(since));
    Told {
        ours,
        what: "NOTIFY R540".to_owned(),
    }
}

#[test]
fn what_was_to_be_told_is_confirmed_or_a_variance_of_the_status() {
    let early = "2026-03-02T10:00:00Z";
    let cases = [
        (Standing::Confirmed, early, vec![]),
        (
            Standing::UnderWay,
            "2026-03-03T01:00:00Z",
            vec![Class::Timing],
        ),
        (Standing::UnderWay, early, vec![Class::Status]),
        (
            Standing::Stopped,
            "2026-03-03T01:59:00Z",
            vec![Class::Status],
        ),
    ];
    for (standing, since, expected) in cases {
        let compared = outward(&scope(), &[message(standing, since)], &[]);
        assert_eq!(classes(&compared), expected, "{standing:?}");
        assert_eq!(compared.keys, 1);
    }
    // One of another day is proven on that day, unless it is not confirmed yet.
    let mut other = message(Standing::Confirmed, early);
    other.ours.dated = date(2026, 2, 10);
    other.ours.touched = [other.ours.dated; 2];
    assert_eq!(outward(&scope(), &[other.clone()], &[]).keys, 0);
    other.ours.standing = Standing::Stopped;
    assert_eq!(classes(&outward(&scope(), &[other], &[])), [Class::Status]);
}

fn heard(told: u64, since: &str) -> Progress {
    Progress {
        return_id: "R-1".to_owned(),
        rma_number: "RMA-1".to_owned(),
        listener: "webhook/crm".to_owned(),
        code: BusinessCode::R540,
        seq: 7,
        told,
        since: at(since),
        on: DAY,
        given_up: String::new(),
    }
}

#[test]
fn a_listener_that_has_not_heard_the_last_status_is_one_variance() {
    let early = "2026-03-02T10:00:00Z";
    let classes_of = |progress: Progress| classes(&outward(&scope(), &[], &[progress]));
    assert_eq!(classes_of(heard(7, early)), []);
    assert_eq!(classes_of(heard(4, early)), [Class::Status]);
    assert_eq!(
        classes_of(heard(4, "2026-03-03T01:00:00Z")),
        [Class::Timing]
    );
    let given_up = Progress {
        given_up: "EX-1".to_owned(),
        ..heard(7, "2026-03-03T01:59:00Z")
    };
    let compared = outward(&scope(), &[], &[given_up]);
    assert_eq!(classes(&compared), [Class::Status]);
    let item = &compared.items[0];
    assert_eq!(item.exception_id, "EX-1", "it is told already");
    assert_eq!(
        (item.left.as_str(), item.connector.as_str()),
        ("R540 (7)", "webhook/crm")
    );
}
