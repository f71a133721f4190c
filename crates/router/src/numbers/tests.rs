//! The numbers, on facts made up for them and counted by hand.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "tests"
)]

mod zones;

use std::collections::BTreeMap;
use std::sync::Arc;

use canonical::{Condition, DispositionAction, Event, EventData, MessageKey, ReturnName};
use jiff::Timestamp;
use jiff::civil::{Date, date};
use jiff::tz::TimeZone;
use store::{EffectFact, EffectState, ExceptionRow, ExceptionState, TallyRow};
use testkit::facts;
use workflow::{Given, PolicySet, ReturnState, apply};

use super::{Ask, Dimension, Dims, Number, Numbers, Told};
use crate::reconcile::item::{Compared, Sums};
use crate::reconcile::report::Matched;
use crate::reconcile::{Match, Report, Status};

const US01: &str = include_str!("../../../../deploy/policy/us01.toml");
const DAY: Date = date(2026, 5, 5);

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

/// A return whose goods came, were inspected and put back into stock.
struct Story {
    warehouse: &'static str,
    channel: &'static str,
    segment: &'static str,
    pieces: i32,
    received: &'static str,
    inspected: &'static str,
}

const EAST: Story = Story {
    warehouse: "WH1",
    channel: "portal",
    segment: "gold",
    pieces: 4,
    received: "2026-05-05T12:00:00Z",
    inspected: "2026-05-05T14:00:00Z",
};

const WEST: Story = Story {
    warehouse: "WH2",
    channel: "b2b",
    segment: "silver",
    pieces: 1,
    received: "2026-05-05T08:00:00Z",
    inspected: "2026-05-05T18:00:00Z",
};

fn told(story: &Story) -> ReturnState {
    let documents = [("us01.toml".to_owned(), US01.to_owned())];
    let policies = PolicySet::load(&documents).unwrap();
    let mut request = facts::request(vec![facts::line(1, story.pieces)]);
    request.request_id = story.warehouse.to_owned();
    request.return_to_site = story.warehouse.to_owned();
    request.channel = story.channel.to_owned();
    request.customer_segment = Some(story.segment.to_owned());
    let mut receipt = facts::receipt("R1", &[("SKU-1", story.pieces)]);
    receipt.site = story.warehouse.to_owned();
    receipt.received_at = at(story.received);
    let good = Condition::ANewSealed;
    let mut inspection = facts::inspection("I1", &[("SKU-1", story.pieces, good)]);
    inspection.site = story.warehouse.to_owned();
    inspection.finalized_at = at(story.inspected);
    let restock = DispositionAction::Restock;
    let mut disposition = facts::disposition("D1", &[("SKU-1", story.pieces, restock)]);
    disposition.site = story.warehouse.to_owned();
    let mut state = None;
    for (n, (when, data)) in [
        ("2026-05-01T09:00:00Z", facts::asked(request)),
        (story.received, EventData::ReceiptRecorded(receipt)),
        (story.inspected, EventData::InspectionFinalized(inspection)),
        (story.inspected, EventData::DispositionDecided(disposition)),
    ]
    .into_iter()
    .enumerate()
    {
        let key = format!("{}-{n}", story.warehouse);
        let event = Event {
            key: MessageKey(key.clone()),
            subject: ReturnName::External {
                system: "portal".to_owned(),
                value: story.warehouse.to_owned(),
            },
            occurred_at: at(when),
            data,
        };
        let given = Given {
            policies: &policies,
            now: at(when),
            connector: "test",
            correlation_id: "corr",
            causation_id: &key,
            crosswalk_version: "",
            claims: &[],
            history: None,
            again: false,
            found: workflow::Found::ByName,
        };
        let step = apply(state.take(), &event, &given);
        state = Some(step.state.unwrap_or_else(|| panic!("{:?}", step.verdict)));
    }
    state.unwrap()
}

/// The credit memo of a return, as the store knows it.
fn memo(state: &ReturnState, end: EffectState, class: &str, changed: &str) -> EffectFact {
    let key = state.credits().iter().find_map(|c| c.effect_key.as_ref());
    EffectFact {
        effect_key: key.expect("a credit memo is planned").as_str().to_owned(),
        return_id: state.return_id().to_owned(),
        kind: "ERP_CREDIT_MEMO".to_owned(),
        connector: "erp".to_owned(),
        state: end,
        amount_minor: None,
        currency: None,
        created_at: at("2026-05-05T14:30:00Z"),
        updated_at: at(changed),
        sends: 1,
        first_sent_at: Some(at("2026-05-05T18:30:00Z")),
        first_class: class.to_owned(),
        unknown: 0,
        averted: 0,
    }
}

fn exception(state: ExceptionState, opened: &str, changed: &str) -> ExceptionRow {
    ExceptionRow {
        exception_id: opened.to_owned(),
        fingerprint: opened.to_owned(),
        code: "ERP_REJECTED".to_owned(),
        failure_code: String::new(),
        stage: "deliver".to_owned(),
        missing: Vec::new(),
        connector: "erp".to_owned(),
        site: String::new(),
        customer: String::new(),
        return_id: String::new(),
        effect_key: String::new(),
        reason: String::new(),
        place: String::new(),
        amount_minor: Some(2_381),
        currency: Some("USD".to_owned()),
        state,
        occurrences: 1,
        opened_at: at(opened),
        updated_at: at(changed),
        resolution: String::new(),
        origin: String::new(),
        raw: bytes::Bytes::new(),
    }
}

fn proof() -> Report {
    let compared = Compared {
        left: 1,
        right: 2,
        keys: 2,
        varied: 1,
        sums: BTreeMap::from([(
            "USD".to_owned(),
            Sums {
                left_minor: 9_000,
                right_minor: 10_080,
                net_minor: -1_080,
                abs_minor: 1_080,
            },
        )]),
        ..Compared::default()
    };
    let c3 = Matched {
        escaped: 1,
        ..Matched::of(Match::C3, &compared, &[])
    };
    let c6 = Matched {
        sums: BTreeMap::from([(
            "USD".to_owned(),
            Sums {
                left_minor: 8_800,
                right_minor: 11_000,
                net_minor: -2_200,
                abs_minor: 2_200,
            },
        )]),
        ..Matched::of(Match::C6, &compared, &[])
    };
    Report {
        entity: "US01".to_owned(),
        business_date: DAY,
        zone: "America/Chicago".to_owned(),
        lag_seconds: 0,
        status: Status::NotProven,
        inputs: Vec::new(),
        matches: vec![c3, c6],
        ageing: BTreeMap::new(),
        cleared: Vec::new(),
    }
}

fn ask(from: Date, to: Date, by: &[Dimension]) -> Ask {
    Ask {
        from,
        to,
        as_of: at("2026-05-06T05:00:00Z"),
        by: by.to_vec(),
        zones: BTreeMap::from([("US01".to_owned(), TimeZone::get("America/Chicago").unwrap())]),
        sla_days: 14,
    }
}

fn fixture(by: &[Dimension]) -> Told {
    let mut numbers = Numbers::new(ask(DAY, DAY, by));
    let east = told(&EAST);
    let posted = memo(&east, EffectState::Confirmed, "OK", "2026-05-05T17:00:00Z");
    numbers.take_return(&east, &[posted]);
    let west = told(&WEST);
    let class = "REJECTED";
    let refused = memo(&west, EffectState::Rejected, class, "2026-05-05T19:00:00Z");
    numbers.take_return(&west, &[refused]);
    let open = exception(
        ExceptionState::Open,
        "2026-05-05T19:00:00Z",
        "2026-05-05T19:00:00Z",
    );
    let resolved = exception(
        ExceptionState::Resolved,
        "2026-05-05T10:00:00Z",
        "2026-05-05T11:00:00Z",
    );
    for row in [open, resolved] {
        let dims = Dims {
            adapter: "erp".to_owned(),
            entity: "US01".to_owned(),
            ..Dims::default()
        };
        numbers.take_exception(&row, &dims);
    }
    for (what, count) in [("taken", 8), ("duplicate", 2)] {
        numbers.take_tally(&TallyRow {
            day: DAY,
            what: what.to_owned(),
            connector: "wms".to_owned(),
            count,
        });
    }
    numbers.take_proof(&proof());
    numbers.told()
}

/// The number of that metric and part, in the group with these values (none: over all).
fn find<'t>(told: &'t Told, metric: &str, part: &str, group: &[&str]) -> Option<&'t Number> {
    told.numbers.iter().find(|number| {
        number.metric == metric
            && number.part == part
            && number
                .group
                .values()
                .map(String::as_str)
                .eq(group.iter().copied())
    })
}

fn value(told: &Told, metric: &str, part: &str, group: &[&str]) -> Option<String> {
    let number = find(told, metric, part, group);
    number
        .unwrap_or_else(|| panic!("no {metric} {part} {group:?}"))
        .value
        .clone()
}

#[test]
fn scenario_55_each_number_is_what_a_hand_counts() {
    let told = fixture(&[]);
    for (metric, part, expected) in [
        // Five pieces: four took two hours, one took ten.
        ("receipt_to_inspection", "", "12960"),
        // Only the eastern one is credited: three hours after its inspection.
        ("inspection_to_credit", "", "10800"),
        ("inspection_to_credit", "posting", "9000"),
        ("inspection_to_credit_by_value", "", "10800"),
        ("inspected_pending_credit_units", "posting failed", "1"),
        ("inspected_pending_credit_value", "posting failed", "2200"),
        // Both were authorised on 1 May at nine and are open on the 6th at five: 4 days and 20 hours.
        ("rma_aging", "", "417600"),
        ("rma_aging_returns", "3-7 d", "2"),
        ("rma_aging_units", "3-7 d", "5"),
        ("rma_aging_expected_credit", "3-7 d", "11000"),
        ("rma_overdue", "", "0"),
        // Authorised until received: 4 d 3 h and 3 d 23 h.
        ("stage_duration", "R200", "349200"),
        ("posting_first_pass", "", "0.5"),
        ("posting_first_pass", "ERP_CREDIT_MEMO", "0.5"),
        ("posting_eventual", "", "0.5"),
        ("postings_failed", "REJECTED", "1"),
        ("exception_backlog", "", "1"),
        ("exception_value_at_risk", "", "2381"),
        ("exception_age", "", "36000"),
        ("exception_inflow", "", "2"),
        ("exception_outflow", "", "1"),
        ("exception_time_to_resolve", "", "3600"),
        ("duplicate_rate_inbound", "", "0.2"),
        ("duplicate_rate_prevented", "", "0"),
        ("duplicate_rate_escaped", "", "0.5"),
        ("recon_variance_amount", "C3", "0.12"),
        ("recon_variance_net", "C3", "-1080"),
        ("recon_variance_rate", "C3", "0.5"),
        ("inventory_credit_variance", "", "0.25"),
    ] {
        let found = value(&told, metric, part, &[]);
        assert_eq!(found.as_deref(), Some(expected), "{metric} {part}");
    }
    let escaped = find(&told, "duplicate_rate_escaped", "", &[]).unwrap();
    assert_eq!(escaped.numerator, "1");
    let number = find(&told, "receipt_to_inspection", "", &[]).unwrap();
    let spread = number.spread.clone().unwrap();
    assert_eq!(
        (spread.n, spread.p50, spread.p90),
        (2, Some(7_200), Some(36_000))
    );
    assert_eq!(number.denominator.as_deref(), Some("5"));
}

#[test]
fn scenario_55_numbers_are_told_by_warehouse_segment_and_channel() {
    for (dimension, east, west) in [
        (Dimension::Warehouse, "WH1", "WH2"),
        (Dimension::Segment, "gold", "silver"),
        (Dimension::Channel, "portal", "b2b"),
    ] {
        let told = fixture(&[dimension]);
        let of = |metric: &str, group: &str| value(&told, metric, "", &[group]);
        let text = |text: &str| Some(text.to_owned());
        assert_eq!(of("receipt_to_inspection", east), text("7200"));
        assert_eq!(of("receipt_to_inspection", west), text("36000"));
        assert_eq!(of("posting_first_pass", east), text("1"));
        assert_eq!(of("posting_first_pass", west), text("0"));
        assert_eq!(of("inspection_to_credit", east), text("10800"));
        assert!(find(&told, "inspection_to_credit", "", &[west]).is_none());
        assert_eq!(
            value(&told, "receipt_to_inspection", "", &[]),
            text("12960")
        );
    }
    let told = fixture(&[Dimension::Warehouse, Dimension::Channel]);
    let both = value(&told, "posting_first_pass", "", &["portal", "WH1"]);
    assert_eq!(both.as_deref(), Some("1"), "groups are named by dimension");
}

#[test]
fn scenario_55_rates_over_an_empty_period_are_null() {
    let long_ago = date(2026, 1, 1);
    let mut numbers = Numbers::new(ask(long_ago, long_ago, &[]));
    let east = told(&EAST);
    let posted = memo(&east, EffectState::Confirmed, "OK", "2026-05-05T17:00:00Z");
    numbers.take_return(&east, &[posted]);
    let told = numbers.told();
    for metric in [
        "receipt_to_inspection",
        "inspection_to_credit",
        "posting_first_pass",
        "posting_eventual",
        "exception_time_to_resolve",
        "duplicate_rate_inbound",
        "duplicate_rate_prevented",
        "duplicate_rate_escaped",
        "recon_variance_amount",
        "recon_variance_rate",
        "inventory_credit_variance",
        "stage_duration",
        "approval_latency",
    ] {
        assert_eq!(value(&told, metric, "", &[]), None, "{metric}");
    }
    let none = find(&told, "receipt_to_inspection", "", &[]).unwrap();
    assert_eq!(none.spread.as_ref().unwrap().p50, None);
}

#[test]
fn a_clock_that_ran_backwards_is_counted_and_takes_no_time() {
    let story = Story {
        received: "2026-05-05T15:00:00Z",
        ..EAST
    };
    let mut numbers = Numbers::new(ask(DAY, DAY, &[]));
    numbers.take_return(&told(&story), &[]);
    let told = numbers.told();
    assert_eq!(
        value(&told, "receipt_to_inspection", "", &[]).as_deref(),
        Some("0")
    );
    let anomalies = value(&told, "clock_anomaly", "", &[]).unwrap();
    assert!(anomalies.parse::<u32>().unwrap() >= 1, "{anomalies}");
}

/// Whoever has counted each day has counted every course over them.
#[test]
fn a_course_is_told_by_its_days() {
    let documents = [("us01.toml".to_owned(), US01.to_owned())];
    let policies = PolicySet::load(&documents).unwrap();
    let entities = vec!["US01".to_owned()];
    let now = at("2026-05-06T12:00:00Z");
    let states = [told(&EAST), told(&WEST)];
    let counted = |mut numbers: Numbers| {
        for state in &states {
            let fact = memo(state, EffectState::Confirmed, "OK", "2026-05-05T19:00:00Z");
            numbers.take_return(state, &[fact]);
        }
        numbers.told()
    };
    let period = || super::Period::default();
    let steps = |period: super::Period| {
        let steps = period.steps(super::Step::Day, &policies, &entities, now);
        steps.unwrap()
    };
    let days: Vec<Arc<Told>> = steps(period())
        .into_iter()
        .map(|day| Arc::new(counted(Numbers::new(day))))
        .collect();
    let mut told_something = 0;
    for metric in super::ALL {
        let ask = period().course(metric.name, super::Step::Day, &policies, &entities, now);
        let by_days = ask.unwrap().by(&days).expect("all days are there");
        assert_eq!(by_days.steps.len(), 14);
        for (n, step) in steps(period()).into_iter().enumerate() {
            let alone = counted(Numbers::only(step, metric));
            for number in &alone.numbers {
                let is_it = |line: &&super::Line| {
                    (&line.part, &line.currency) == (&number.part, &number.currency)
                };
                let line = by_days.lines.iter().find(is_it).expect("the line");
                let point = &line.points[n];
                assert_eq!(point.value, number.value, "{} {n}", metric.name);
                assert_eq!(point.numerator, number.numerator);
                told_something += usize::from(number.numerator != "0");
            }
        }
    }
    assert!(told_something > 30, "{told_something}");

    // What is not one of these days is not told by them.
    let week = period().course(
        "awaiting_receipt",
        super::Step::Week,
        &policies,
        &entities,
        now,
    );
    assert_eq!(week.unwrap().by(&days), None);
    let earlier = super::Period {
        from: Some(date(2026, 4, 1)),
        to: Some(date(2026, 4, 2)),
        ..period()
    };
    let earlier = earlier.course(
        "awaiting_receipt",
        super::Step::Day,
        &policies,
        &entities,
        now,
    );
    assert_eq!(earlier.unwrap().by(&days), None);
}
