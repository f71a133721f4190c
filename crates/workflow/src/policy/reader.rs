//! Reads the values of a policy file, and goes on after a problem so that all are found at once.

use std::fmt::Display;
use std::ops::Range;
use std::str::FromStr;

use canonical::{Condition, Currency, DispositionAction, Liability, Money, Qty, Reason};
use jiff::tz::TimeZone;
use jiff::{Timestamp, civil};
use toml::Spanned;
use toml::value::Datetime;

use super::document::When;
use super::expression::{Expression, Question};
use super::selector::Selector;
use super::set::Problem;
use super::values::{Decimal, Words};

/// Liability that stands for any.
const ANY: &str = "*";

/// The file being read, and what was found wrong in it.
pub(crate) struct Reader<'a> {
    file: &'a str,
    text: &'a str,
    pub(crate) problems: Vec<Problem>,
}

impl<'a> Reader<'a> {
    pub(crate) fn new(file: &'a str, text: &'a str) -> Self {
        Self {
            file,
            text,
            problems: Vec::new(),
        }
    }

    /// File and line, as people look for it.
    pub(crate) fn place(&self, span: &Range<usize>) -> String {
        match self.text.get(..span.start) {
            Some(before) => format!("{}:{}", self.file, before.matches('\n').count() + 1),
            None => self.file.to_owned(),
        }
    }

    /// File, line and rule.
    pub(crate) fn rule_place(&self, span: &Range<usize>, rule_id: &str) -> String {
        format!("{} rule {rule_id:?}", self.place(span))
    }

    pub(crate) fn problem(&mut self, place: &str, what: String, fix: impl Into<String>) {
        self.problems.push(Problem {
            place: place.to_owned(),
            what,
            fix: fix.into(),
        });
    }

    pub(crate) fn currency(&mut self, code: &Spanned<String>) -> Option<Currency> {
        let read = code.get_ref().parse();
        self.keep(&code.span(), read, "write a code such as USD")
    }

    pub(crate) fn zone(&mut self, name: &Spanned<String>) -> Option<TimeZone> {
        let read = TimeZone::get(name.get_ref());
        self.keep(
            &name.span(),
            read,
            "write an IANA zone such as America/Chicago",
        )
    }

    /// A date is the start of that day in the entity's zone; so is a time without offset in that zone.
    pub(crate) fn instant(&mut self, at: &Spanned<Datetime>, zone: &TimeZone) -> Option<Timestamp> {
        let written = at.get_ref();
        let text = written.to_string();
        let read = match (written.date, written.time, written.offset) {
            (Some(_), Some(_), Some(_)) => text.parse::<Timestamp>(),
            (Some(_), Some(_), None) => text
                .parse::<civil::DateTime>()
                .and_then(|local| local.to_zoned(zone.clone()))
                .map(|zoned| zoned.timestamp()),
            _ => text
                .parse::<civil::Date>()
                .and_then(|day| day.to_zoned(zone.clone()))
                .map(|zoned| zoned.timestamp()),
        };
        self.keep(
            &at.span(),
            read,
            "write a date such as 2026-01-01, or a date and a time",
        )
    }

    fn keep<T, E: Display>(
        &mut self,
        span: &Range<usize>,
        read: Result<T, E>,
        fix: &str,
    ) -> Option<T> {
        match read {
            Ok(value) => Some(value),
            Err(error) => {
                let place = self.place(span);
                self.problem(&place, error.to_string(), fix);
                None
            }
        }
    }

    /// A percentage from 0 to 100.
    pub(super) fn percent(&mut self, place: &str, key: &str, decimal: &Decimal) -> Option<Qty> {
        let percent = self.quantity(place, key, decimal)?;
        if percent > Qty::whole(100) {
            self.problem(
                place,
                format!("{key} is {percent}"),
                "a percentage is from 0 to 100",
            );
            return None;
        }
        Some(percent)
    }

    /// A decimal that is not negative.
    pub(super) fn quantity(&mut self, place: &str, key: &str, decimal: &Decimal) -> Option<Qty> {
        match decimal.0.parse::<Qty>() {
            Ok(qty) if qty >= Qty::ZERO => Some(qty),
            Ok(qty) => {
                self.problem(place, format!("{key} is {qty}"), "it cannot be negative");
                None
            }
            Err(error) => {
                self.problem(place, format!("{key}: {error}"), "write \"15\" or \"15.5\"");
                None
            }
        }
    }

    /// An amount that is not negative, in minor units.
    pub(crate) fn amount(
        &mut self,
        place: &str,
        key: &str,
        decimal: &Decimal,
        ccy: Currency,
    ) -> Option<i64> {
        match Money::parse(&decimal.0, ccy) {
            Ok(money) if money.minor >= 0 => Some(money.minor),
            Ok(money) => {
                self.problem(place, format!("{key} is {money}"), "it cannot be negative");
                None
            }
            Err(error) => {
                let fix = format!("write it in {ccy} with at most {} decimals", ccy.exponent());
                self.problem(place, format!("{key}: {error}"), fix);
                None
            }
        }
    }

    /// Which facts a rule speaks about that answers a question.
    pub(super) fn selector(
        &mut self,
        place: &str,
        when: When,
        question: Question,
    ) -> Option<Selector> {
        let liability = when.liability.filter(|words| words.0 != [ANY]);
        let before = self.problems.len();
        let mut selector = Selector {
            customer: self.words(place, "customer", when.customer),
            segment: self.words(place, "segment", when.segment),
            channel: self.words(place, "channel", when.channel),
            item: self.words(place, "item", when.item),
            reason: self.codes(place, "reason", when.reason, Reason::ALL),
            action: self.codes(place, "action", when.action, DispositionAction::ALL),
            condition: self.codes(place, "condition", when.condition, Condition::ALL),
            liability: self.codes(place, "liability", liability, Liability::ALL),
            cel: None,
        };
        if let Some(source) = when.cel {
            selector.cel = self.condition(place, &source, question, &selector);
        }
        (self.problems.len() == before).then_some(selector)
    }

    fn condition(
        &mut self,
        place: &str,
        source: &str,
        question: Question,
        selector: &Selector,
    ) -> Option<Expression> {
        match Expression::compile(source, question, &|fact| selector.wanted(fact)) {
            Ok(condition) => Some(condition),
            Err((at, what)) => {
                let place = format!("{place}, character {at} of its condition");
                let fix = "correct it; docs/reference/policy-facts.md lists the facts and what can be said of them";
                self.problem(&place, what, fix);
                None
            }
        }
    }

    pub(super) fn words(&mut self, place: &str, key: &str, words: Option<Words>) -> Vec<String> {
        let Some(Words(words)) = words else {
            return Vec::new();
        };
        if words.is_empty() || words.iter().any(|word| word.trim().is_empty()) {
            self.problem(
                place,
                format!("{key} names nothing"),
                format!("name one, or leave {key} out for any"),
            );
        }
        words
    }

    pub(super) fn codes<T>(
        &mut self,
        place: &str,
        key: &str,
        words: Option<Words>,
        all: &[T],
    ) -> Vec<T>
    where
        T: FromStr<Err = canonical::UnknownCode> + Display,
    {
        let mut codes = Vec::new();
        for word in self.words(place, key, words) {
            match word.parse() {
                Ok(code) => codes.push(code),
                Err(error) => {
                    let known: Vec<String> = all.iter().map(ToString::to_string).collect();
                    let fix = format!("write one of {}", known.join(", "));
                    self.problem(place, format!("{key}: {error}"), fix);
                }
            }
        }
        codes
    }
}
