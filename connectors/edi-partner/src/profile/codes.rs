//! Crosswalks: the partner's codes and ours. An unknown code is refused with its list and its name, never passed through.

use std::collections::BTreeMap;
use std::fmt::Display;
use std::str::FromStr;

use canonical::crosswalk::Direction;
use canonical::{Condition, DenialReason, DispositionAction, InspectionResult, Reason, ReturnType};
use connector::{Failure, InForce};
use serde::Deserialize;

use crate::failures;

/// The code tables as they stand in a profile.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Tables {
    /// Reason of a return (1293) → ours.
    pub(crate) reason: BTreeMap<String, String>,
    /// Our reason → 1293, for announcements and answers.
    pub(crate) reason_out: BTreeMap<String, String>,
    /// What the partner asks for (1292; EDIFACT 7007) → kind of return.
    pub(crate) return_type: BTreeMap<String, String>,
    /// Our reason → 426, for credit advices.
    pub(crate) adjustment: BTreeMap<String, String>,
    /// Why a return is denied → 1294.
    pub(crate) denial: BTreeMap<String, String>,
    /// Condition (412) → what it means.
    pub(crate) condition: BTreeMap<String, TreatmentWords>,
    /// Reason of damage (853) → condition.
    pub(crate) damage: BTreeMap<String, String>,
    /// Unit of measure (355; EDIFACT 6411) → UN/ECE Recommendation 20.
    pub(crate) uom: BTreeMap<String, String>,
    /// Time zone (623) → IANA zone.
    pub(crate) time_zone: BTreeMap<String, String>,
}

/// What a condition means, in words.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct TreatmentWords {
    /// Condition.
    pub(crate) condition: String,
    /// Result of the inspection.
    pub(crate) result: String,
    /// What is done with the goods.
    pub(crate) action: String,
    /// False for goods that did not come (short), or that are counted elsewhere (over).
    #[serde(default = "yes")]
    pub(crate) counts: bool,
}

impl Tables {
    /// Puts published entries over the tables. The meaning of a condition is told as CONDITION/RESULT/ACTION, in a list of
    /// its own, "treatment".
    pub(crate) fn lay_over(&mut self, published: &InForce, wrong: &mut Vec<(String, String)>) {
        let own = |(code, becomes): (&String, &String)| (code.clone(), becomes.clone());
        for (table, list) in [
            (&mut self.reason, "reason"),
            (&mut self.return_type, "return_type"),
            (&mut self.damage, "damage"),
            (&mut self.uom, "uom"),
            (&mut self.time_zone, "time_zone"),
        ] {
            table.extend(published.inward(list).map(own));
        }
        for (table, list) in [
            (&mut self.reason_out, "reason"),
            (&mut self.adjustment, "adjustment"),
            (&mut self.denial, "denial"),
        ] {
            table.extend(published.outward(list).map(own));
        }
        for (code, becomes) in published.inward(TREATMENT) {
            let words: Vec<&str> = becomes.split('/').collect();
            let [condition, result, action] = words[..] else {
                let what = format!(
                    "{becomes:?} is not CONDITION/RESULT/ACTION, such as D_DAMAGED/FAIL/SCRAP"
                );
                wrong.push((format!("codes.condition.{code}"), what));
                continue;
            };
            let words = TreatmentWords {
                condition: condition.to_owned(),
                result: result.to_owned(),
                action: action.to_owned(),
                counts: true,
            };
            self.condition.insert(code.clone(), words);
        }
    }
}

/// Name under which the meanings of conditions are governed.
const TREATMENT: &str = "treatment";

const fn yes() -> bool {
    true
}

/// What a condition means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Treatment {
    /// Condition.
    pub(crate) condition: Condition,
    /// Result of the inspection.
    pub(crate) result: InspectionResult,
    /// What is done with the goods.
    pub(crate) action: DispositionAction,
    /// False for goods that did not come.
    pub(crate) counts: bool,
}

/// One list: a code → what it means.
#[derive(Debug, Clone)]
pub(crate) struct List<T> {
    name: &'static str,
    codes: BTreeMap<String, T>,
    /// Our code → the partner's, where that was published.
    outward: BTreeMap<String, String>,
}

/// Every list.
#[derive(Debug, Clone)]
pub(crate) struct Codes {
    pub(crate) reason: List<Reason>,
    pub(crate) reason_out: List<String>,
    pub(crate) return_type: List<ReturnType>,
    pub(crate) adjustment: List<String>,
    pub(crate) denial: List<String>,
    pub(crate) condition: List<Treatment>,
    pub(crate) damage: List<Condition>,
    pub(crate) uom: List<String>,
    pub(crate) time_zone: List<String>,
}

impl Codes {
    /// Makes the lists. Whatever is wrong in the tables is added to `wrong`, as (place, sentence).
    pub(crate) fn new(
        tables: &Tables,
        published: &InForce,
        wrong: &mut Vec<(String, String)>,
    ) -> Self {
        let mut uom = units(&tables.uom, wrong);
        let outward = published.outward("uom");
        uom.outward
            .extend(outward.map(|(ours, theirs)| (ours.clone(), theirs.clone())));
        keys("reason_out", &tables.reason_out, Reason::ALL, wrong);
        keys("adjustment", &tables.adjustment, Reason::ALL, wrong);
        keys("denial", &tables.denial, DenialReason::ALL, wrong);
        Self {
            reason: list("reason", &tables.reason, Reason::ALL, wrong),
            reason_out: plain("reason_out", &tables.reason_out),
            return_type: list("return_type", &tables.return_type, ReturnType::ALL, wrong),
            adjustment: plain("adjustment", &tables.adjustment),
            denial: plain("denial", &tables.denial),
            condition: treatments(&tables.condition, wrong),
            damage: list("damage", &tables.damage, Condition::ALL, wrong),
            uom,
            time_zone: zones(&tables.time_zone, wrong),
        }
    }
}

fn plain(name: &'static str, table: &BTreeMap<String, String>) -> List<String> {
    List::of(name, table.clone())
}

fn word<T: FromStr + Copy + Display>(
    at: String,
    text: &str,
    all: &[T],
    wrong: &mut Vec<(String, String)>,
) -> Option<T> {
    let found = text.parse().ok();
    if found.is_none() {
        let words: Vec<String> = all.iter().map(ToString::to_string).collect();
        wrong.push((at, format!("{text:?} is none of {}", words.join(", "))));
    }
    found
}

fn keys<T: FromStr + Copy + Display>(
    name: &str,
    table: &BTreeMap<String, String>,
    all: &[T],
    wrong: &mut Vec<(String, String)>,
) {
    for key in table.keys() {
        word(format!("codes.{name}.{key}"), key, all, wrong);
    }
}

fn list<T: FromStr + Copy + Display>(
    name: &'static str,
    table: &BTreeMap<String, String>,
    all: &[T],
    wrong: &mut Vec<(String, String)>,
) -> List<T> {
    let mut codes = BTreeMap::new();
    for (theirs, ours) in table {
        if let Some(code) = word(format!("codes.{name}.{theirs}"), ours, all, wrong) {
            codes.insert(theirs.clone(), code);
        }
    }
    List::of(name, codes)
}

fn treatments(
    table: &BTreeMap<String, TreatmentWords>,
    wrong: &mut Vec<(String, String)>,
) -> List<Treatment> {
    let mut codes = BTreeMap::new();
    for (theirs, words) in table {
        let at = |member: &str| format!("codes.condition.{theirs}.{member}");
        let condition = word(at("condition"), &words.condition, Condition::ALL, wrong);
        let result = word(at("result"), &words.result, InspectionResult::ALL, wrong);
        let action = word(at("action"), &words.action, DispositionAction::ALL, wrong);
        if let (Some(condition), Some(result), Some(action)) = (condition, result, action) {
            let counts = words.counts;
            let treatment = Treatment {
                condition,
                result,
                action,
                counts,
            };
            codes.insert(theirs.clone(), treatment);
        }
    }
    List::of("condition", codes)
}

fn units(table: &BTreeMap<String, String>, wrong: &mut Vec<(String, String)>) -> List<String> {
    for (theirs, ours) in table {
        let plain = |b: u8| b.is_ascii_uppercase() || b.is_ascii_digit();
        if !(2..=3).contains(&ours.len()) || !ours.bytes().all(plain) {
            let what =
                format!("{ours:?} is no unit of UN/ECE Recommendation 20, such as EA or XCS");
            wrong.push((format!("codes.uom.{theirs}"), what));
        }
    }
    plain("uom", table)
}

fn zones(table: &BTreeMap<String, String>, wrong: &mut Vec<(String, String)>) -> List<String> {
    for (theirs, ours) in table {
        if jiff::tz::TimeZone::get(ours).is_err() {
            let what = format!("{ours:?} is no IANA time zone");
            wrong.push((format!("codes.time_zone.{theirs}"), what));
        }
    }
    plain("time_zone", table)
}

impl<T> List<T> {
    const fn of(name: &'static str, codes: BTreeMap<String, T>) -> Self {
        Self {
            name,
            codes,
            outward: BTreeMap::new(),
        }
    }
}

impl<T: Clone> List<T> {
    /// What the code at that place means.
    pub(crate) fn meaning(&self, code: &str, at: &str) -> Result<T, Failure> {
        self.codes.get(code).cloned().ok_or_else(|| {
            let name = self.name;
            let what = format!(
                "code {code:?} is not in the list {name:?}: add it under adjust.codes.{name}, then replay"
            );
            let list = if name == "condition" { TREATMENT } else { name };
            Failure::rejected(failures::UNMAPPED_CODE, what)
                .at(at)
                .lacking(list, Direction::In, code)
        })
    }

    /// What the code means, if the list has it.
    pub(crate) fn known(&self, code: &str) -> Option<&T> {
        self.codes.get(code)
    }
}

impl List<String> {
    /// The partner's code for ours; the first by the alphabet if there are several.
    pub(crate) fn theirs(&self, ours: &str, at: &str) -> Result<&str, Failure> {
        if let Some(theirs) = self.outward.get(ours) {
            return Ok(theirs);
        }
        let found = self.codes.iter().find(|(_, code)| *code == ours);
        found.map(|(theirs, _)| theirs.as_str()).ok_or_else(|| {
            let name = self.name;
            let what = format!("the list {name:?} has no code of the partner for {ours:?}");
            Failure::rejected(failures::UNMAPPED_CODE, what)
                .at(at)
                .lacking(name, Direction::Out, ours)
        })
    }
}
