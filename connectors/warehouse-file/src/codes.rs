//! Crosswalks: the warehouse's codes and ours. An unknown code is refused with its list and its name, never passed through.

use std::collections::BTreeMap;
use std::fmt::Display;
use std::str::FromStr;

use canonical::{Condition, DispositionAction, InspectionResult, Liability};
use connector::Failure;

use crate::config::Tables;
use crate::failures;

/// One list: the warehouse's code → ours.
#[derive(Debug, Clone)]
pub(crate) struct List<T> {
    name: &'static str,
    codes: BTreeMap<String, T>,
}

/// Every list.
#[derive(Debug, Clone)]
pub(crate) struct Codes {
    pub(crate) condition: List<Condition>,
    pub(crate) result: List<InspectionResult>,
    pub(crate) disposition: List<DispositionAction>,
    pub(crate) liability: List<Liability>,
    pub(crate) uom: List<String>,
}

impl Codes {
    /// Makes the lists. Whatever is wrong in the tables is added to `wrong`, as (option, sentence).
    pub(crate) fn new(tables: &Tables, wrong: &mut Vec<(String, String)>) -> Self {
        Self {
            condition: list("condition", &tables.condition, Condition::ALL, wrong),
            result: list("result", &tables.result, InspectionResult::ALL, wrong),
            disposition: list(
                "disposition",
                &tables.disposition,
                DispositionAction::ALL,
                wrong,
            ),
            liability: list("liability", &tables.liability, Liability::ALL, wrong),
            uom: units(&tables.uom, wrong),
        }
    }
}

fn list<T: FromStr + Copy + Display>(
    name: &'static str,
    table: &BTreeMap<String, String>,
    all: &[T],
    wrong: &mut Vec<(String, String)>,
) -> List<T> {
    let mut codes = BTreeMap::new();
    if table.is_empty() {
        codes.extend(all.iter().map(|code| (code.to_string(), *code)));
    }
    for (theirs, ours) in table {
        if let Ok(code) = ours.parse() {
            codes.insert(theirs.clone(), code);
        } else {
            let words: Vec<String> = all.iter().map(ToString::to_string).collect();
            let what = format!("{ours:?} is none of {}", words.join(", "));
            wrong.push((format!("codes.{name}.{theirs}"), what));
        }
    }
    List { name, codes }
}

fn units(table: &BTreeMap<String, String>, wrong: &mut Vec<(String, String)>) -> List<String> {
    let mut codes = table.clone();
    if codes.is_empty() {
        codes.insert("EA".to_owned(), "EA".to_owned());
    }
    for (theirs, ours) in table {
        let fits = (2..=3).contains(&ours.len())
            && ours
                .bytes()
                .all(|b| b.is_ascii_uppercase() || b.is_ascii_digit());
        if !fits {
            let what =
                format!("{ours:?} is no unit of UN/ECE Recommendation 20, such as EA or XCS");
            wrong.push((format!("codes.uom.{theirs}"), what));
        }
    }
    List { name: "uom", codes }
}

impl<T: Clone> List<T> {
    /// What the code at that place means.
    pub(crate) fn meaning(&self, code: &str, at: &str) -> Result<T, Failure> {
        self.codes.get(code).cloned().ok_or_else(|| {
            let name = self.name;
            let what = format!(
                "code {code:?} is not in the list {name:?}: add it under codes.{name}, then replay"
            );
            Failure::rejected(failures::UNMAPPED_CODE, what).at(at)
        })
    }
}

impl List<String> {
    /// The warehouse's code for ours; the first by the alphabet if there are several.
    pub(crate) fn theirs(&self, ours: &str) -> Result<&str, Failure> {
        let found = self.codes.iter().find(|(_, code)| *code == ours);
        found.map(|(theirs, _)| theirs.as_str()).ok_or_else(|| {
            let name = self.name;
            let what = format!("the list {name:?} has no code of the warehouse for {ours:?}");
            Failure::rejected(failures::UNMAPPED_CODE, what)
        })
    }
}
