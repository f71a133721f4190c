//! Crosswalks: a partner's codes and ours. An unknown code is refused with its list and its name, never passed through.

use std::collections::BTreeMap;
use std::fmt::Display;
use std::str::FromStr;

use canonical::crosswalk::Direction;

use crate::Failure;
use crate::published::InForce;

/// One list: the partner's code → ours.
#[derive(Debug, Clone)]
pub struct List<T> {
    name: &'static str,
    partner: &'static str,
    unmapped: &'static str,
    codes: BTreeMap<String, T>,
    /// Our code → the partner's, where that was published.
    outward: BTreeMap<String, String>,
}

/// A list that translates only where there is something in it: article numbers, sites. Empty, codes pass as they are.
#[derive(Debug, Clone)]
pub struct OptionalList(Option<List<String>>);

/// Makes the lists of a partner, and gathers what is wrong in its tables.
#[derive(Debug)]
pub struct Lists<'a> {
    /// What the partner is called in messages: "partner", "warehouse".
    pub partner: &'static str,
    /// Failure code for a code that is not in its list.
    pub unmapped: &'static str,
    /// Published entries: they stand over the tables.
    pub published: &'a InForce,
    /// Whatever is wrong in the tables is added here, as (option, sentence).
    pub wrong: &'a mut Vec<(String, String)>,
}

impl Lists<'_> {
    /// The list of that name. Without a table the partner speaks our words.
    pub fn list<T: FromStr + Copy + Display>(
        &mut self,
        name: &'static str,
        table: &BTreeMap<String, String>,
        all: &[T],
    ) -> List<T> {
        let mut codes = BTreeMap::new();
        if table.is_empty() {
            codes.extend(all.iter().map(|code| (code.to_string(), *code)));
        }
        for (theirs, ours) in table.iter().chain(self.published.inward(name)) {
            if let Ok(code) = ours.parse() {
                codes.insert(theirs.clone(), code);
            } else {
                let words: Vec<String> = all.iter().map(ToString::to_string).collect();
                let what = format!("{ours:?} is none of {}", words.join(", "));
                self.wrong.push((format!("codes.{name}.{theirs}"), what));
            }
        }
        self.named(name, codes)
    }

    /// The list of units, "uom". Without a table there are pieces only.
    pub fn units(&mut self, table: &BTreeMap<String, String>) -> List<String> {
        let mut codes = table.clone();
        if codes.is_empty() {
            codes.insert("EA".to_owned(), "EA".to_owned());
        }
        self.lay_over("uom", &mut codes);
        for (theirs, ours) in table.iter().chain(self.published.inward("uom")) {
            let fits = (2..=3).contains(&ours.len())
                && ours
                    .bytes()
                    .all(|b| b.is_ascii_uppercase() || b.is_ascii_digit());
            if !fits {
                let what =
                    format!("{ours:?} is no unit of UN/ECE Recommendation 20, such as EA or XCS");
                self.wrong.push((format!("codes.uom.{theirs}"), what));
            }
        }
        self.named("uom", codes)
    }

    /// A list of free words, which translates only where there is something in it.
    pub fn optional(&self, name: &'static str, table: &BTreeMap<String, String>) -> OptionalList {
        let mut codes = table.clone();
        self.lay_over(name, &mut codes);
        let list = self.named(name, codes);
        let is_empty = list.codes.is_empty() && list.outward.is_empty();
        OptionalList((!is_empty).then_some(list))
    }

    fn lay_over(&self, name: &str, codes: &mut BTreeMap<String, String>) {
        let published = self.published.inward(name);
        codes.extend(published.map(|(theirs, ours)| (theirs.clone(), ours.clone())));
    }

    fn named<T>(&self, name: &'static str, codes: BTreeMap<String, T>) -> List<T> {
        List {
            name,
            partner: self.partner,
            unmapped: self.unmapped,
            codes,
            outward: self
                .published
                .outward(name)
                .map(|(ours, theirs)| (ours.clone(), theirs.clone()))
                .collect(),
        }
    }
}

impl<T: Clone> List<T> {
    /// What the code at that place means.
    pub fn meaning(&self, code: &str, at: &str) -> Result<T, Failure> {
        self.codes.get(code).cloned().ok_or_else(|| {
            let name = self.name;
            let what = format!(
                "code {code:?} is not in the list {name:?}: add it under codes.{name}, then replay"
            );
            Failure::rejected(self.unmapped, what)
                .at(at)
                .lacking(name, Direction::In, code)
        })
    }
}

impl List<String> {
    /// The partner's code for ours; the first by the alphabet if there are several.
    pub fn theirs(&self, ours: &str) -> Result<&str, Failure> {
        if let Some(theirs) = self.outward.get(ours) {
            return Ok(theirs);
        }
        let found = self.codes.iter().find(|(_, code)| *code == ours);
        found.map(|(theirs, _)| theirs.as_str()).ok_or_else(|| {
            let (name, partner) = (self.name, self.partner);
            let what = format!("the list {name:?} has no code of the {partner} for {ours:?}");
            Failure::rejected(self.unmapped, what).lacking(name, Direction::Out, ours)
        })
    }
}

impl OptionalList {
    /// What the code at that place means.
    pub fn meaning(&self, code: &str, at: &str) -> Result<String, Failure> {
        match &self.0 {
            Some(list) if !list.codes.is_empty() => list.meaning(code, at),
            _ => Ok(code.to_owned()),
        }
    }

    /// The partner's code for ours; the first by the alphabet if there are several.
    pub fn theirs<'a>(&'a self, ours: &'a str) -> Result<&'a str, Failure> {
        match &self.0 {
            Some(list) => list.theirs(ours),
            None => Ok(ours),
        }
    }
}

/// Every list that connectors consult. In a list of their own, EDI partners tell what a condition means ("treatment").
pub const LISTS: &[&str] = &[
    "address",
    "adjustment",
    "condition",
    "damage",
    "denial",
    "disposition",
    "liability",
    "reason",
    "result",
    "return_type",
    "site",
    "sku",
    "time_zone",
    "treatment",
    "uom",
];

/// Our words of a list that is closed. `None` for one whose words are free (units, article numbers, sites).
pub fn words(list: &str) -> Option<Vec<String>> {
    fn all<T: Display>(words: &[T]) -> Vec<String> {
        words.iter().map(ToString::to_string).collect()
    }
    Some(match list {
        "reason" | "adjustment" => all(canonical::Reason::ALL),
        "return_type" => all(canonical::ReturnType::ALL),
        "condition" | "damage" => all(canonical::Condition::ALL),
        "result" => all(canonical::InspectionResult::ALL),
        "disposition" => all(canonical::DispositionAction::ALL),
        "liability" => all(canonical::Liability::ALL),
        "denial" => all(canonical::DenialReason::ALL),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, reason = "tests")]
    use canonical::Liability;

    use super::*;

    static NOTHING: std::sync::LazyLock<InForce> = std::sync::LazyLock::new(InForce::default);

    fn table(rows: &[(&str, &str)]) -> BTreeMap<String, String> {
        let own = |(theirs, ours): &(&str, &str)| ((*theirs).to_owned(), (*ours).to_owned());
        rows.iter().map(own).collect()
    }

    fn lists(wrong: &mut Vec<(String, String)>) -> Lists<'_> {
        Lists {
            partner: "warehouse",
            unmapped: "east.unmapped-code",
            published: &NOTHING,
            wrong,
        }
    }

    #[test]
    fn without_a_table_the_partner_speaks_our_words() {
        let mut wrong = Vec::new();
        let list = lists(&mut wrong).list("liability", &table(&[]), Liability::ALL);
        let units = lists(&mut wrong).units(&table(&[]));
        for code in Liability::ALL {
            assert_eq!(list.meaning(&code.to_string(), "").unwrap(), *code);
        }
        assert_eq!(units.theirs("EA").unwrap(), "EA");
        assert!(wrong.is_empty());
    }

    #[test]
    fn an_unknown_code_is_refused_with_its_list_and_place() {
        let mut wrong = Vec::new();
        let word = Liability::ALL.first().unwrap().to_string();
        let table = table(&[("C", word.as_str())]);
        let list = lists(&mut wrong).list("liability", &table, Liability::ALL);
        assert_eq!(list.meaning("C", "").unwrap().to_string(), word);
        // A table stands instead of our words, not beside them.
        let failure = list.meaning(&word, "line 7").unwrap_err();
        assert_eq!(failure.code, "east.unmapped-code");
        assert_eq!(failure.place, "line 7");
        assert!(
            failure.message.contains("codes.liability"),
            "{}",
            failure.message
        );
    }

    #[test]
    fn units_go_both_ways_and_the_first_of_several_goes_out() {
        let mut wrong = Vec::new();
        let units = lists(&mut wrong).units(&table(&[("PCS", "EA"), ("EACH", "EA")]));
        assert_eq!(units.meaning("PCS", "").unwrap(), "EA");
        assert_eq!(units.theirs("EA").unwrap(), "EACH");
        let failure = units.theirs("XCS").unwrap_err();
        assert_eq!(failure.code, "east.unmapped-code");
        assert_eq!(
            failure.message,
            "the list \"uom\" has no code of the warehouse for \"XCS\""
        );
    }

    #[test]
    fn what_is_wrong_in_a_table_is_told_with_its_option() {
        let mut wrong = Vec::new();
        lists(&mut wrong).list("liability", &table(&[("C", "NOBODY")]), Liability::ALL);
        lists(&mut wrong).units(&table(&[("BOX", "box")]));
        let places: Vec<&str> = wrong.iter().map(|(place, _)| place.as_str()).collect();
        assert_eq!(places, ["codes.liability.C", "codes.uom.BOX"]);
    }
}
