//! The stories a warehouse plays: from an announced return to a list of facts. Pure.

use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::fact::{Action, Condition, Fact, FactLine, Kind, Liability};
use super::{Asn, AsnLine};
use crate::decimal::Decimal;
use crate::draw;

/// What happens to a return; the table in the [wire](super) tells each.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Story {
    /// Everything comes, everything is good.
    AllGood,
    /// Half comes, then the rest.
    InTwoParts,
    /// One line is damaged and scrapped.
    DamagedLine,
    /// One unit more than announced.
    OverReceipt,
    /// One unit is another article.
    WrongItem,
    /// One line's quantity gets two decisions.
    Split,
    /// The inspection is told before its receipt.
    InspectionFirst,
    /// One unit too many is counted, and taken back.
    Reversed,
}

/// No story has this name.
#[derive(Debug, thiserror::Error)]
#[error("unknown story {0:?}")]
pub struct UnknownStory(String);

/// How often each is drawn.
const DRAWN: [Story; 16] = [
    Story::AllGood,
    Story::AllGood,
    Story::AllGood,
    Story::AllGood,
    Story::AllGood,
    Story::InTwoParts,
    Story::InTwoParts,
    Story::InTwoParts,
    Story::DamagedLine,
    Story::DamagedLine,
    Story::Split,
    Story::Split,
    Story::InspectionFirst,
    Story::OverReceipt,
    Story::WrongItem,
    Story::Reversed,
];

impl Story {
    /// Every story.
    pub const ALL: [Self; 8] = [
        Self::AllGood,
        Self::InTwoParts,
        Self::DamagedLine,
        Self::OverReceipt,
        Self::WrongItem,
        Self::Split,
        Self::InspectionFirst,
        Self::Reversed,
    ];

    /// Its name on the wire.
    pub fn name(self) -> &'static str {
        match self {
            Self::AllGood => "all-good",
            Self::InTwoParts => "in-two-parts",
            Self::DamagedLine => "damaged-line",
            Self::OverReceipt => "over-receipt",
            Self::WrongItem => "wrong-item",
            Self::Split => "split",
            Self::InspectionFirst => "inspection-first",
            Self::Reversed => "reversed",
        }
    }

    /// The story of this return.
    pub(crate) fn drawn(seed: u64, rma: &str) -> Self {
        draw::pick(seed, &["story", rma], &DRAWN)
            .copied()
            .unwrap_or(Self::AllGood)
    }

    /// The facts, in the order in which they happen.
    pub(crate) fn facts(self, seed: u64, asn: &Asn) -> Vec<Fact> {
        let rma = asn.rma_number.as_str();
        let good: Vec<FactLine> = asn.lines.iter().map(|line| good(seed, rma, line)).collect();
        match self {
            Self::AllGood | Self::InspectionFirst => whole(1, good),
            Self::InTwoParts => {
                let (first, rest): (Vec<_>, Vec<_>) = good.iter().map(halves).unzip();
                let rest: Vec<FactLine> = rest.into_iter().flatten().collect();
                let mut facts = whole(1, first);
                if !rest.is_empty() {
                    facts.extend(whole(2, rest));
                }
                facts
            }
            Self::DamagedLine => {
                let nth = draw::pick(seed, &["damaged", &asn.rma_number], &asn.lines);
                let number = nth.map(|line| line.line);
                let liable = [Liability::Carrier, Liability::Customer];
                let liable = draw::pick(seed, &["liable", &asn.rma_number], &liable);
                let spoil = |line: FactLine| {
                    if line.line == number {
                        scrapped(line, liable.copied())
                    } else {
                        line
                    }
                };
                whole(1, good.into_iter().map(spoil).collect())
            }
            Self::OverReceipt => whole(1, one_more(good)),
            Self::WrongItem => whole(1, with_wrong_item(good)),
            Self::Split => whole(1, split(seed, &asn.rma_number, good)),
            Self::Reversed => {
                let extra = good.first().map(|line| FactLine {
                    qty: Decimal::ONE,
                    ..line.clone()
                });
                let lines = extra.map(|line| {
                    vec![FactLine {
                        serials: Vec::new(),
                        ..line
                    }]
                });
                let reversal = Fact {
                    kind: Kind::Reversal,
                    receipt: 1,
                    lines: lines.unwrap_or_default(),
                };
                let mut facts = whole(1, good.clone());
                if let Some(receipt) = facts.first_mut() {
                    receipt.lines = one_more(good);
                }
                facts.insert(1, reversal);
                facts
            }
        }
    }
}

impl FromStr for Story {
    type Err = UnknownStory;

    fn from_str(name: &str) -> Result<Self, UnknownStory> {
        let found = Self::ALL.into_iter().find(|story| story.name() == name);
        found.ok_or_else(|| UnknownStory(name.to_owned()))
    }
}

/// As announced and fit for sale; every fourth line comes in an opened carton.
fn good(seed: u64, rma: &str, line: &AsnLine) -> FactLine {
    let opened = draw::below(seed, &["opened", rma, &line.line.to_string()], 4) == 0;
    FactLine {
        line: Some(line.line),
        sku: line.sku.clone(),
        qty: line.quantity,
        uom: line.uom.clone(),
        serials: line.serials.clone(),
        condition: if opened {
            Condition::Opened
        } else {
            Condition::Sealed
        },
        action: Action::Restock,
        liability: Liability::Undetermined,
    }
}

/// Received, inspected and decided as the lines say. The dock sees no damage, and counts a split line as one.
fn whole(receipt: u32, lines: Vec<FactLine>) -> Vec<Fact> {
    let mut docked: Vec<FactLine> = Vec::new();
    for line in &lines {
        let same = |seen: &&mut FactLine| seen.line == line.line && seen.sku == line.sku;
        if let Some(seen) = docked.iter_mut().find(same) {
            seen.qty = seen.qty + line.qty;
            seen.serials.extend(line.serials.iter().cloned());
            continue;
        }
        let condition = match line.condition {
            Condition::WrongItem => Condition::WrongItem,
            _ => Condition::Sealed,
        };
        docked.push(FactLine {
            condition,
            ..line.clone()
        });
    }
    vec![
        Fact {
            kind: Kind::Receipt,
            receipt,
            lines: docked,
        },
        Fact {
            kind: Kind::Inspection,
            receipt,
            lines: lines.clone(),
        },
        Fact {
            kind: Kind::Disposition,
            receipt,
            lines,
        },
    ]
}

fn scrapped(line: FactLine, liability: Option<Liability>) -> FactLine {
    let liability = liability.unwrap_or(Liability::Carrier);
    FactLine {
        condition: Condition::Damaged,
        action: Action::Scrap,
        liability,
        ..line
    }
}

/// The lower half and the rest; one unit, or a broken quantity, cannot be halved.
fn halves(line: &FactLine) -> (FactLine, Option<FactLine>) {
    match line.qty.whole() {
        Some(qty) if qty >= 2 => {
            let (lower, rest) = parted(line, qty / 2);
            (lower, Some(rest))
        }
        _ => (line.clone(), None),
    }
}

/// `first` units (and serial numbers), and the others.
fn parted(line: &FactLine, first: i64) -> (FactLine, FactLine) {
    let qty = Decimal::new(first, 0);
    let mut serials = line.serials.clone();
    let at = usize::try_from(first)
        .unwrap_or(usize::MAX)
        .min(serials.len());
    let others = serials.split_off(at);
    let lower = FactLine {
        qty,
        serials,
        ..line.clone()
    };
    (
        lower,
        FactLine {
            qty: line.qty - qty,
            serials: others,
            ..line.clone()
        },
    )
}

fn one_more(mut lines: Vec<FactLine>) -> Vec<FactLine> {
    if let Some(first) = lines.first_mut() {
        first.qty = first.qty + Decimal::ONE;
        if !first.serials.is_empty() {
            first.serials.push(format!("EXTRA-{}", first.sku));
        }
    }
    lines
}

/// One unit of the first line is something else.
fn with_wrong_item(lines: Vec<FactLine>) -> Vec<FactLine> {
    let mut lines = lines.into_iter();
    let Some(first) = lines.next() else {
        return Vec::new();
    };
    let wrong = FactLine {
        line: None,
        sku: format!("{}-OTHER", first.sku),
        qty: Decimal::ONE,
        serials: Vec::new(),
        condition: Condition::WrongItem,
        action: Action::Quarantine,
        ..first.clone()
    };
    let kept = match first.qty.whole() {
        Some(qty) if qty >= 2 => Some(parted(&first, qty - 1).0),
        _ => None,
    };
    kept.into_iter().chain([wrong]).chain(lines).collect()
}

/// The first line that can be parted gets two decisions.
fn split(seed: u64, rma: &str, lines: Vec<FactLine>) -> Vec<FactLine> {
    let to_vendor = draw::below(seed, &["split", rma], 2) == 1;
    let mut parted_one = false;
    let mut out = Vec::new();
    for line in lines {
        let (lower, rest) = halves(&line);
        match rest {
            Some(rest) if !parted_one => {
                parted_one = true;
                out.push(lower);
                out.push(if to_vendor {
                    FactLine {
                        condition: Condition::Defective,
                        action: Action::ReturnToVendor,
                        liability: Liability::Supplier,
                        ..rest
                    }
                } else {
                    scrapped(rest, None)
                });
            }
            _ => out.push(line),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::super::AsnStatus;
    use super::*;

    fn asn() -> Asn {
        let line = |line, sku: &str, quantity: i64, serials: &[&str]| AsnLine {
            line,
            sku: sku.into(),
            quantity: Decimal::new(quantity, 0),
            uom: "EA".into(),
            serials: serials.iter().map(|serial| (*serial).into()).collect(),
        };
        Asn {
            asn_id: "asn-000001".into(),
            external_reference: "k".into(),
            rma_number: "R1".into(),
            site: "DC1".into(),
            customer: None,
            expires_on: None,
            status: AsnStatus::Expected,
            cancel_reference: None,
            lines: vec![line(1, "A", 3, &["s1", "s2", "s3"]), line(2, "B", 1, &[])],
        }
    }

    fn total(facts: &[Fact], kind: Kind) -> Decimal {
        let lines = facts
            .iter()
            .filter(|fact| fact.kind == kind)
            .flat_map(|fact| &fact.lines);
        Decimal::sum(lines.map(|line| line.qty))
    }

    #[test]
    fn every_story_decides_on_exactly_what_is_left_of_the_receipts() {
        for story in Story::ALL {
            let facts = story.facts(7, &asn());
            let kept = total(&facts, Kind::Receipt) - total(&facts, Kind::Reversal);
            assert_eq!(total(&facts, Kind::Inspection), kept, "{story:?}");
            assert_eq!(total(&facts, Kind::Disposition), kept, "{story:?}");
            let announced = Decimal::new(if story == Story::OverReceipt { 5 } else { 4 }, 0);
            assert_eq!(kept, announced, "{story:?}");
        }
    }

    #[test]
    fn serial_numbers_follow_their_units() {
        let facts = Story::InTwoParts.facts(7, &asn());
        assert_eq!(facts[0].lines[0].serials, ["s1"]);
        assert_eq!(facts[3].lines[0].serials, ["s2", "s3"]);
    }

    #[test]
    fn all_stories_are_drawn_sooner_or_later() {
        let drawn: std::collections::BTreeSet<Story> = (0..400)
            .map(|n| Story::drawn(1, &format!("R{n}")))
            .collect();
        assert_eq!(drawn.len(), Story::ALL.len());
    }
}
