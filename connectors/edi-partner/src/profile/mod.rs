//! Profiles: how one partner speaks, as data.
//!
//! A profile is a TOML document. Some are built in; an installation may bring its own, or change parts of one (`adjust`
//! in its configuration is laid over the profile before it is read).

mod check;
mod codes;
mod rules;
mod shipped;

use jiff::SignedDuration;
use serde::Deserialize;

pub(crate) use check::problems;
pub(crate) use codes::{Codes, Tables, Treatment};
pub(crate) use rules::{
    AdviceRules, AnswerRules, Books, Items, Prices, ReceiptRules, RequestRules,
};
pub(crate) use shipped::{SHIPPED, names, shipped};

/// How one partner speaks.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Profile {
    /// Name, for people.
    pub(crate) name: String,
    /// What is written: X12 or EDIFACT. Both are read.
    pub(crate) syntax: Writes,
    /// Version that is written: GS08, or S009 behind the message type (`D:01B:UN:EAN003`).
    pub(crate) version: String,
    /// ISA12, or S001 (`UNOC:3`).
    pub(crate) interchange_version: String,
    /// Separators that are written.
    #[serde(default)]
    pub(crate) separators: OutSeparators,
    /// First year that a date of six digits may mean: 1970 means 1970 to 2069.
    #[serde(default = "from_1970")]
    pub(crate) years_from: i16,
    /// What we acknowledge, and how.
    #[serde(default)]
    pub(crate) acknowledge: Acknowledge,
    /// Whether the partner acknowledges what we send, and how fast.
    #[serde(default)]
    pub(crate) ack_expected: Option<AckExpected>,
    /// How the partner keeps doubles out.
    #[serde(default)]
    pub(crate) guard: Guard,
    /// Document that opens a return.
    #[serde(default)]
    pub(crate) opening: Opening,
    /// Document that closes a return.
    #[serde(default)]
    pub(crate) closing: Closing,
    /// Which item number is which.
    pub(crate) items: Items,
    /// How requests are read.
    #[serde(default)]
    pub(crate) request: RequestRules,
    /// How receipts are read.
    #[serde(default)]
    pub(crate) receipt: ReceiptRules,
    /// How requests are answered and returns announced.
    #[serde(default)]
    pub(crate) answer: AnswerRules,
    /// How credits are advised.
    #[serde(default)]
    pub(crate) advice: AdviceRules,
    /// Codes of the partner and ours.
    #[serde(default)]
    pub(crate) codes: Tables,
}

/// What is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Writes {
    /// X12.
    X12,
    /// EDIFACT.
    Edifact,
}

/// Separators that are written. Empty ones are the usual ones of the syntax.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct OutSeparators {
    /// Between elements.
    pub(crate) element: Option<char>,
    /// Between components.
    pub(crate) component: Option<char>,
    /// Between repetitions.
    pub(crate) repetition: Option<char>,
    /// Ends a segment.
    pub(crate) terminator: Option<char>,
    /// Decimal mark of EDIFACT: a point or a comma.
    pub(crate) decimal: Option<char>,
    /// A line break behind each segment.
    pub(crate) line_breaks: bool,
    /// Write a UNA (EDIFACT).
    pub(crate) una: bool,
}

/// What we acknowledge, and how.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Acknowledge {
    /// Each group of X12.
    pub(crate) functional: Functional,
    /// Each interchange of X12.
    pub(crate) ta1: When,
    /// Each interchange of EDIFACT.
    pub(crate) contrl: When,
    /// True if a set of a kind that we do not take is refused in the acknowledgement; else its syntax is accepted and a
    /// person looks at it.
    pub(crate) refuse_unknown_sets: bool,
}

/// How groups of X12 are acknowledged.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
pub(crate) enum Functional {
    /// By a 997.
    #[default]
    #[serde(rename = "997")]
    By997,
    /// By a 999.
    #[serde(rename = "999")]
    By999,
    /// Not at all.
    #[serde(rename = "none")]
    None,
}

/// When interchanges are acknowledged. A TA1 that refuses is written unless this says never.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum When {
    /// If the sender asks for it (ISA14, UNB 0031), or if it is refused.
    #[default]
    Requested,
    /// Always.
    Always,
    /// Never.
    Never,
}

/// The partner acknowledges what we send.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct AckExpected {
    /// How long it may take. Afterwards the same document is sent again under the same number.
    pub(crate) within: SignedDuration,
}

/// How the partner keeps doubles out.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Guard {
    /// It refuses a control number that it knows.
    UniqueNumber,
    /// It may not; we look at our own notes.
    #[default]
    LookUpOnly,
}

/// Document that opens a return.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Opening {
    /// A 180.
    #[default]
    #[serde(rename = "180")]
    By180,
    /// A RETANN.
    Retann,
    /// None: returns of this partner are opened elsewhere.
    None,
}

/// Document that closes a return.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
pub(crate) enum Closing {
    /// An 812.
    #[serde(rename = "812")]
    By812,
    /// An INVOIC that is a credit note (381).
    #[serde(rename = "invoic")]
    Invoic,
    /// None: the partner is told of credits elsewhere.
    #[default]
    #[serde(rename = "none")]
    None,
}

const fn from_1970() -> i16 {
    1970
}

/// Reads a profile, with `adjust` laid over it.
pub(crate) fn read(text: &str, adjust: &toml::Table) -> Result<Profile, toml::de::Error> {
    let mut table: toml::Table = toml::from_str(text)?;
    lay_over(&mut table, adjust);
    Profile::deserialize(toml::Value::Table(table))
}

/// Tables are merged, everything else is replaced. `"none"` in the place of a table takes it away.
fn lay_over(table: &mut toml::Table, adjust: &toml::Table) {
    for (name, value) in adjust {
        match (table.get_mut(name), value) {
            (Some(toml::Value::Table(below)), toml::Value::Table(above)) => lay_over(below, above),
            (Some(toml::Value::Table(_)), toml::Value::String(word)) if word == "none" => {
                table.remove(name);
            }
            _ => {
                table.insert(name.clone(), value.clone());
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_shipped_profile_is_read() {
        for (name, text) in SHIPPED {
            let profile = read(text, &toml::Table::new()).unwrap();
            assert_eq!(profile.name, *name);
        }
    }

    #[test]
    fn adjustments_change_what_they_name_and_nothing_else() {
        let adjust: toml::Table =
            toml::from_str("version = \"004030\"\n[codes.uom]\nCS = \"XCS\"").unwrap();
        let plain = read(shipped("x12-4010").unwrap(), &toml::Table::new()).unwrap();
        let adjusted = read(shipped("x12-4010").unwrap(), &adjust).unwrap();
        assert_eq!(adjusted.version, "004030");
        assert_eq!(adjusted.codes.uom.len(), plain.codes.uom.len() + 1);
    }

    #[test]
    fn the_expectation_of_acknowledgements_can_be_taken_away() {
        let adjust: toml::Table = toml::from_str("ack_expected = \"none\"").unwrap();
        let profile = read(shipped("x12-4010").unwrap(), &adjust).unwrap();
        assert!(profile.ack_expected.is_none());
    }

    #[test]
    fn a_misspelt_member_is_refused() {
        let adjust: toml::Table = toml::from_str("[codes]\nresaon = {}").unwrap();
        assert!(read(shipped("x12-4010").unwrap(), &adjust).is_err());
    }
}
