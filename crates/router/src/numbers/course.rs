//! One number over time: step by step of a period, from one reading of the store.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use jiff::civil::Date;
use jiff::{Span, Timestamp};
use serde::{Deserialize, Serialize};
use store::{Store, StoreError};
use workflow::PolicySet;

use super::cell::Cell;
use super::read::read_into;
use super::{ALL, Ask, Metric, Number, Numbers, Period, Told};

/// Steps of a course at most.
pub const MOST_STEPS: usize = 92;
/// Steps of a course whose first day is left out.
const USUAL: i64 = 14;

/// How long a step is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Step {
    /// A day.
    #[default]
    Day,
    /// Seven days.
    Week,
    /// A month of the calendar; the first and the last may be parts of one.
    Month,
}

impl Step {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Day, Self::Week, Self::Month];

    /// Its word.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Day => "day",
            Self::Week => "week",
            Self::Month => "month",
        }
    }

    fn back(self, steps: i64) -> Span {
        match self {
            Self::Day => Span::new().days(steps),
            Self::Week => Span::new().weeks(steps),
            Self::Month => Span::new().months(steps),
        }
    }

    /// Last day of the step that begins on that day.
    fn end(self, first: Date) -> Date {
        match self {
            Self::Day => first,
            Self::Week => first.saturating_add(Span::new().days(6)),
            Self::Month => first.last_of_month(),
        }
    }
}

impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}

impl FromStr for Step {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let step = Self::ALL.into_iter().find(|step| step.word() == text);
        step.ok_or_else(|| format!("{text:?} is no step: day, week or month"))
    }
}

/// A step of a course.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Stretch {
    /// First day.
    pub from: Date,
    /// Last day.
    pub to: Date,
    /// The instant at which stocks and ages are told: its end, or now.
    pub as_of: Timestamp,
}

/// What the number is in one step.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Point {
    /// Numerator.
    pub numerator: String,
    /// Denominator, for rates and means.
    pub denominator: Option<String>,
    /// The value; none over nothing.
    pub value: Option<String>,
}

/// The number of one part, currency and group, step by step.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Line {
    /// Part of the metric; empty for all of it.
    pub part: String,
    /// Currency of amounts, else empty.
    pub currency: String,
    /// The group, by dimension; empty over all.
    pub group: BTreeMap<&'static str, String>,
    /// One for each step.
    pub points: Vec<Point>,
}

/// A metric over time.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Course {
    /// The metric.
    pub metric: &'static str,
    /// Unit of its values.
    pub unit: &'static str,
    /// Length of a step.
    pub step: Step,
    /// The steps, from the first to the last.
    pub steps: Vec<Stretch>,
    /// Over all first, then by part, currency and group.
    pub lines: Vec<Line>,
}

/// What is asked of a course.
#[derive(Debug, Clone)]
pub struct CourseAsk {
    metric: Metric,
    step: Step,
    asks: Vec<Ask>,
}

/// Names of all metrics.
pub fn metrics() -> Vec<&'static str> {
    let mut names: Vec<_> = ALL.iter().map(|metric| metric.name).collect();
    names.sort_unstable();
    names
}

impl Period {
    /// The period in steps. Without a first day it has fourteen.
    ///
    /// # Errors
    /// If it ends before it begins, or has more than [`MOST_STEPS`] steps; in words.
    pub fn steps(
        self,
        step: Step,
        policies: &PolicySet,
        entities: &[String],
        now: Timestamp,
    ) -> Result<Vec<Ask>, String> {
        let from = self.from;
        let whole = self.clone().ask(policies, entities, now)?;
        let mut first = from.unwrap_or_else(|| whole.to.saturating_sub(step.back(USUAL - 1)));
        let mut asks = Vec::new();
        while first <= whole.to {
            if asks.len() == MOST_STEPS {
                return Err(format!(
                    "{first} is more than {MOST_STEPS} steps of a {step} after the first: take a longer step"
                ));
            }
            let last = step.end(first).min(whole.to);
            let part = Self {
                from: Some(first),
                to: Some(last),
                ..self.clone()
            };
            asks.push(part.ask(policies, entities, now)?);
            let Ok(next) = last.tomorrow() else { break };
            first = next;
        }
        Ok(asks)
    }

    /// The same, for one metric.
    ///
    /// # Errors
    /// If there is no such metric, and those of [`Period::steps`]; in words.
    pub fn course(
        self,
        metric: &str,
        step: Step,
        policies: &PolicySet,
        entities: &[String],
        now: Timestamp,
    ) -> Result<CourseAsk, String> {
        let known = ALL.into_iter().find(|known| known.name == metric);
        let metric = known.ok_or_else(|| {
            let names = metrics().join(", ");
            format!("{metric:?} is no metric; there are {names}")
        })?;
        let asks = self.steps(step, policies, entities, now)?;
        Ok(CourseAsk { metric, step, asks })
    }
}

/// Reads everything once, and tells the number for each step.
///
/// # Errors
/// The store's.
pub async fn course(store: &dyn Store, ask: CourseAsk) -> Result<Course, StoreError> {
    let CourseAsk { metric, step, asks } = ask;
    let each = asks.into_iter().map(|ask| Numbers::only(ask, metric));
    let told: Vec<Told> = read_into(store, each.collect())
        .await?
        .into_iter()
        .map(Numbers::told)
        .collect();
    Ok(over(metric, step, told.iter()))
}

impl CourseAsk {
    /// The days, if all that is asked for are days, over all.
    pub fn days(&self) -> Option<Vec<Date>> {
        self.asks.iter().map(Ask::day).collect()
    }

    /// The course by the numbers of days that somebody has read before; none if one of them is missing.
    pub fn by(&self, days: &[Arc<Told>]) -> Option<Course> {
        let of = |day: &Date| days.iter().find(|told| told.to == *day);
        let told: Option<Vec<&Told>> = self
            .days()?
            .iter()
            .map(|day| of(day).map(Arc::as_ref))
            .collect();
        Some(over(self.metric, self.step, told?.into_iter()))
    }
}

fn over<'a>(metric: Metric, step: Step, told: impl Iterator<Item = &'a Told> + Clone) -> Course {
    let steps = told.clone().map(|told| Stretch {
        from: told.from,
        to: told.to,
        as_of: told.as_of,
    });
    let by_step: Vec<BTreeMap<Name, &Number>> = told
        .map(|told| {
            let of_it = told.numbers.iter().filter(|n| n.metric == metric.name);
            of_it.map(|number| (name(number), number)).collect()
        })
        .collect();
    let names: BTreeSet<&Name> = by_step.iter().flat_map(BTreeMap::keys).collect();
    let lines = names.into_iter().map(|name| Line {
        part: name.part.clone(),
        currency: name.currency.clone(),
        group: name.group.clone(),
        points: by_step
            .iter()
            .map(|numbers| {
                let number = numbers.get(name);
                number.map_or_else(|| nothing(metric), |number| point(number))
            })
            .collect(),
    });
    Course {
        metric: metric.name,
        unit: metric.unit,
        step,
        lines: lines.collect(),
        steps: steps.collect(),
    }
}

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Name {
    group: BTreeMap<&'static str, String>,
    part: String,
    currency: String,
}

fn name(number: &Number) -> Name {
    Name {
        group: number.group.clone(),
        part: number.part.clone(),
        currency: number.currency.clone(),
    }
}

fn point(number: &Number) -> Point {
    Point {
        numerator: number.numerator.clone(),
        denominator: number.denominator.clone(),
        value: number.value.clone(),
    }
}

/// The point of a step in which there was nothing to add up.
fn nothing(metric: Metric) -> Point {
    Cell::default().tell(metric.shape, |told| Point {
        numerator: told.numerator,
        denominator: told.denominator,
        value: told.value,
    })
}
