//! The numbers: every metric of the house, from one implementation. Pure: [`Numbers`] is given facts, one return at a time,
//! and tells all metrics at the end; [`read()`] gives it what the store has.
//!
//! - Times are those of the trade (when goods came, when they were inspected, when the ERP confirmed), not of taking in.
//! - A duration belongs to the period in which its end lies, by the local date of the entity's books.
//! - Percentiles are weighted by quantity. A duration below zero counts as zero, and is counted as a clock anomaly.
//! - A rate over nothing is null, neither 0 nor 100 %.

mod cell;
mod course;
mod csv;
mod dimension;
mod goods;
mod others;
mod pattern;
mod period;
mod postings;
mod read;

use std::collections::BTreeMap;

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use serde::Serialize;
use workflow::ReturnState;

pub use self::csv::csv;
pub use cell::Spread;
pub use course::{Course, CourseAsk, Line, MOST_STEPS, Point, Step, Stretch, course, metrics};
pub use dimension::{Dimension, Dims};
pub use pattern::Pattern;
pub use period::{Period, SLA_DAYS};
pub use read::{read, read_each};

use cell::{Cell, Shape};
use pattern::Patterns;

/// What is asked.
#[derive(Debug, Clone)]
pub struct Ask {
    /// First day of the period.
    pub from: Date,
    /// Last day of the period.
    pub to: Date,
    /// The instant at which stocks and ages are told, where the period has not ended before in the entity's books.
    pub as_of: Timestamp,
    /// What the numbers are told by, besides over all.
    pub by: Vec<Dimension>,
    /// Zones of the entities' books; others keep them in UTC.
    pub zones: BTreeMap<String, TimeZone>,
    /// A return that is open for longer is overdue, in days.
    pub sla_days: i64,
}

/// One number.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Number {
    /// The metric.
    pub metric: &'static str,
    /// Part of it: a stage, a state, a bucket; empty for all of it.
    pub part: String,
    /// Currency of amounts, else empty. Amounts are in minor units.
    pub currency: String,
    /// The group, by dimension; empty over all.
    pub group: BTreeMap<&'static str, String>,
    /// "seconds", "units", "returns", "minor" …
    pub unit: &'static str,
    /// Numerator.
    pub numerator: String,
    /// Denominator, for rates and means.
    pub denominator: Option<String>,
    /// The value; none over nothing.
    pub value: Option<String>,
    /// How durations are spread.
    pub spread: Option<Spread>,
}

/// All numbers of a period.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Told {
    /// First day.
    pub from: Date,
    /// Last day.
    pub to: Date,
    /// As of.
    pub as_of: Timestamp,
    /// The numbers, by metric, part and group.
    pub numbers: Vec<Number>,
    /// Cells in which more fails than elsewhere.
    pub patterns: Vec<Pattern>,
}

/// A metric: its name, what its cells hold, its unit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Metric {
    name: &'static str,
    shape: Shape,
    unit: &'static str,
}

const fn metric(name: &'static str, shape: Shape, unit: &'static str) -> Metric {
    Metric { name, shape, unit }
}

pub(crate) const RMA_AGING: Metric = metric("rma_aging", Shape::Spread, "seconds");
pub(crate) const REQUESTED_AGING: Metric = metric("requested_aging", Shape::Spread, "seconds");
pub(crate) const AGING_RETURNS: Metric = metric("rma_aging_returns", Shape::Count, "returns");
pub(crate) const AGING_UNITS: Metric = metric("rma_aging_units", Shape::Units, "units");
pub(crate) const AGING_CREDIT: Metric = metric("rma_aging_expected_credit", Shape::Count, "minor");
pub(crate) const OVERDUE: Metric = metric("rma_overdue", Shape::Ratio, "returns");
pub(crate) const AWAITING: Metric = metric("awaiting_receipt", Shape::Count, "returns");
pub(crate) const AWAITING_UNITS: Metric = metric("awaiting_receipt_units", Shape::Units, "units");
pub(crate) const TO_INSPECTION: Metric = metric("receipt_to_inspection", Shape::Spread, "seconds");
pub(crate) const BACKLOG_AGE: Metric = metric("inspection_backlog_age", Shape::Spread, "seconds");
pub(crate) const TO_CREDIT: Metric = metric("inspection_to_credit", Shape::Spread, "seconds");
pub(crate) const TO_CREDIT_VALUE: Metric =
    metric("inspection_to_credit_by_value", Shape::Weighed, "seconds");
pub(crate) const PENDING_UNITS: Metric =
    metric("inspected_pending_credit_units", Shape::Units, "units");
pub(crate) const PENDING_VALUE: Metric =
    metric("inspected_pending_credit_value", Shape::Count, "minor");
pub(crate) const FIRST_PASS: Metric = metric("posting_first_pass", Shape::Ratio, "effects");
pub(crate) const EVENTUAL: Metric = metric("posting_eventual", Shape::Ratio, "effects");
pub(crate) const FAILED: Metric = metric("postings_failed", Shape::Count, "effects");
pub(crate) const UNKNOWN: Metric = metric("postings_unknown", Shape::Count, "effects");
pub(crate) const EXCEPTIONS: Metric = metric("exception_backlog", Shape::Count, "exceptions");
pub(crate) const EXCEPTION_VALUE: Metric = metric("exception_value_at_risk", Shape::Count, "minor");
pub(crate) const EXCEPTION_AGE: Metric = metric("exception_age", Shape::Spread, "seconds");
pub(crate) const INFLOW: Metric = metric("exception_inflow", Shape::Count, "exceptions");
pub(crate) const OUTFLOW: Metric = metric("exception_outflow", Shape::Count, "exceptions");
pub(crate) const MTTR: Metric = metric("exception_time_to_resolve", Shape::Mean, "seconds");
pub(crate) const INBOUND: Metric = metric("duplicate_rate_inbound", Shape::Ratio, "messages");
pub(crate) const PREVENTED: Metric = metric("duplicate_rate_prevented", Shape::Ratio, "effects");
pub(crate) const ESCAPED: Metric = metric("duplicate_rate_escaped", Shape::Ratio, "documents");
pub(crate) const VARIANCE: Metric = metric("recon_variance_amount", Shape::Ratio, "minor");
pub(crate) const VARIANCE_NET: Metric = metric("recon_variance_net", Shape::Count, "minor");
pub(crate) const VARIANCE_RATE: Metric = metric("recon_variance_rate", Shape::Ratio, "keys");
pub(crate) const INVENTORY: Metric = metric("inventory_credit_variance", Shape::Ratio, "minor");
pub(crate) const STAGE: Metric = metric("stage_duration", Shape::Mean, "seconds");
pub(crate) const LATENCY: Metric = metric("approval_latency", Shape::Spread, "seconds");
pub(crate) const ANOMALY: Metric = metric("clock_anomaly", Shape::Count, "durations");

/// Told also when there is nothing to tell.
const ALL: [Metric; 33] = [
    RMA_AGING,
    REQUESTED_AGING,
    AGING_RETURNS,
    AGING_UNITS,
    OVERDUE,
    AWAITING,
    AWAITING_UNITS,
    TO_INSPECTION,
    BACKLOG_AGE,
    TO_CREDIT,
    TO_CREDIT_VALUE,
    PENDING_UNITS,
    FIRST_PASS,
    EVENTUAL,
    FAILED,
    UNKNOWN,
    EXCEPTIONS,
    EXCEPTION_VALUE,
    EXCEPTION_AGE,
    INFLOW,
    OUTFLOW,
    MTTR,
    INBOUND,
    PREVENTED,
    ESCAPED,
    VARIANCE,
    VARIANCE_NET,
    VARIANCE_RATE,
    INVENTORY,
    STAGE,
    LATENCY,
    ANOMALY,
    PENDING_VALUE,
];

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Key {
    metric: Metric,
    part: String,
    currency: String,
    group: Vec<String>,
}

/// The numbers as they grow.
#[derive(Debug)]
pub struct Numbers {
    ask: Ask,
    /// Whatever is before or after is on no day of the period, in no zone.
    outside: (Timestamp, Timestamp),
    /// By entity.
    ends: BTreeMap<String, Timestamp>,
    /// That metric alone.
    only: Option<Metric>,
    cells: BTreeMap<Key, Cell>,
    patterns: Patterns,
}

/// What a cell belongs to, besides its group.
#[derive(Debug, Clone, Copy, Default)]
struct Of<'a> {
    part: &'a str,
    currency: &'a str,
}

impl Numbers {
    /// Nothing yet.
    pub fn new(ask: Ask) -> Self {
        Self {
            outside: ask.outside(),
            ends: ask.ends(),
            ask,
            only: None,
            cells: BTreeMap::new(),
            patterns: Patterns::default(),
        }
    }

    /// Nothing yet, and nothing but that metric.
    fn only(ask: Ask, metric: Metric) -> Self {
        Self {
            only: Some(metric),
            ..Self::new(ask)
        }
    }

    /// A return with its effects.
    pub fn take_return(&mut self, state: &ReturnState, effects: &[store::EffectFact]) {
        let dims = Dims::of(state.header());
        self.ages(state, &dims);
        self.goods(state, effects, &dims);
        self.stages(state, &dims);
        self.approvals(state, &dims);
        for effect in effects {
            self.posting(effect, &dims);
        }
    }

    /// Adds to the cell over all, and to that of its group.
    fn add(&mut self, metric: Metric, of: Of<'_>, dims: &Dims, change: impl Fn(&mut Cell)) {
        if self.only.is_some_and(|only| only != metric) {
            return;
        }
        let mut cell = |group: Vec<String>| {
            let key = Key {
                metric,
                part: of.part.to_owned(),
                currency: of.currency.to_owned(),
                group,
            };
            change(self.cells.entry(key).or_default());
        };
        cell(Vec::new());
        if !self.ask.by.is_empty() {
            cell(self.ask.by.iter().map(|by| dims.get(*by)).collect());
        }
    }

    /// A duration in seconds, not below zero.
    fn span(&mut self, from: Timestamp, to: Timestamp, dims: &Dims) -> i64 {
        let seconds = to.duration_since(from).as_secs();
        if seconds < 0 {
            self.add(ANOMALY, Of::default(), dims, |cell| cell.num += 1);
        }
        seconds.max(0)
    }

    /// The instant at which stocks and ages of an entity are told.
    fn as_of(&self, entity: &str) -> Timestamp {
        self.ends.get(entity).copied().unwrap_or(self.ask.as_of)
    }

    /// The day of an instant where an entity keeps its books.
    fn day(&self, at: Timestamp, entity: &str) -> Date {
        let zone = self.ask.zones.get(entity).cloned();
        at.to_zoned(zone.unwrap_or(TimeZone::UTC)).date()
    }

    /// True if it lies in the period.
    fn is_in_period(&self, at: Timestamp, entity: &str) -> bool {
        let (begin, end) = self.outside;
        if at < begin || at > end {
            return false;
        }
        let day = self.day(at, entity);
        self.ask.from <= day && day <= self.ask.to
    }

    /// All metrics.
    pub fn told(mut self) -> Told {
        let told = |metric: &Metric| self.only.is_none_or(|only| only == *metric);
        for metric in ALL.into_iter().filter(told) {
            let known = self.cells.keys().any(|key| key.metric == metric);
            if !known {
                let key = Key {
                    metric,
                    part: String::new(),
                    currency: String::new(),
                    group: Vec::new(),
                };
                self.cells.insert(key, Cell::default());
            }
        }
        let by = &self.ask.by;
        let number = |(key, cell): (Key, Cell)| {
            let names = by.iter().map(|dimension| dimension.word());
            let group = names.zip(key.group).collect();
            cell.tell(key.metric.shape, move |told| Number {
                metric: key.metric.name,
                part: key.part,
                currency: key.currency,
                group,
                unit: key.metric.unit,
                numerator: told.numerator,
                denominator: told.denominator,
                value: told.value,
                spread: told.spread,
            })
        };
        let mut numbers: Vec<Number> = self.cells.into_iter().map(number).collect();
        numbers.sort_by(|a, b| {
            (a.metric, &a.part, &a.currency, &a.group).cmp(&(
                b.metric,
                &b.part,
                &b.currency,
                &b.group,
            ))
        });
        Told {
            from: self.ask.from,
            to: self.ask.to,
            as_of: self.ask.as_of,
            numbers,
            patterns: self.patterns.told(),
        }
    }
}

#[cfg(test)]
mod tests;
