//! The stories that a warehouse plays: from a notice to deliveries. Pure.

use super::paper::{Notice, NoticeLine, Received};
use crate::decimal::Decimal;
use crate::draw;
use crate::wms::Story;

/// How often each is drawn.
const DRAWN: [Story; 10] = [
    Story::AllGood,
    Story::AllGood,
    Story::AllGood,
    Story::InTwoParts,
    Story::InTwoParts,
    Story::DamagedLine,
    Story::Split,
    Story::Split,
    Story::OverReceipt,
    Story::WrongItem,
];

/// Units in good condition, damaged, and of another article.
pub(super) const GOOD: &str = "07";
pub(super) const DAMAGED: &str = "01";
pub(super) const WRONG: &str = "05";

/// An article of a delivery.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Arrived {
    pub(super) line: Option<u32>,
    pub(super) sku: String,
    pub(super) uom: String,
    pub(super) serials: Vec<String>,
    /// Units by condition.
    pub(super) parts: Vec<(Decimal, &'static str)>,
}

impl Arrived {
    pub(super) fn total(&self) -> Decimal {
        Decimal::sum(self.parts.iter().map(|(qty, _)| *qty))
    }

    pub(super) fn good(&self) -> Decimal {
        let good = self
            .parts
            .iter()
            .filter(|(_, condition)| *condition == GOOD);
        Decimal::sum(good.map(|(qty, _)| *qty))
    }

    /// As it is booked, without what was announced.
    pub(super) fn booked(&self) -> Received {
        Received {
            line: self.line,
            sku: self.sku.clone(),
            uom: self.uom.clone(),
            announced: Decimal::ZERO,
            received: self.total(),
            good: self.good(),
        }
    }
}

/// The story of this return.
pub(super) fn drawn(seed: u64, rma: &str) -> Story {
    let pick = draw::pick(seed, &["edi-story", rma], &DRAWN);
    pick.copied().unwrap_or(Story::AllGood)
}

/// The deliveries, in order.
pub(super) fn deliveries(story: Story, seed: u64, notice: &Notice) -> Vec<Vec<Arrived>> {
    let all: Vec<Arrived> = notice
        .lines
        .iter()
        .map(|line| arrived(line, line.qty))
        .collect();
    match story {
        Story::AllGood | Story::InspectionFirst | Story::Reversed => vec![all],
        Story::InTwoParts => {
            let (first, rest) = in_two(&notice.lines);
            [first, rest]
                .into_iter()
                .filter(|part| !part.is_empty())
                .collect()
        }
        Story::DamagedLine => {
            let spoilt = draw::pick(seed, &["edi-damaged", &notice.rma], &notice.lines);
            let number = spoilt.map(|line| line.line);
            let spoil = |mut one: Arrived| {
                if one.line == number {
                    one.parts = vec![(one.total(), DAMAGED)];
                }
                one
            };
            vec![all.into_iter().map(spoil).collect()]
        }
        Story::Split => {
            let mut all = all;
            let parted = all.iter_mut().find_map(|one| {
                let lower = half(one.total())?;
                Some((one, lower))
            });
            if let Some((one, lower)) = parted {
                one.parts = vec![(lower, GOOD), (one.total() - lower, DAMAGED)];
            }
            vec![all]
        }
        Story::OverReceipt => {
            let mut all = all;
            if let Some(first) = all.first_mut() {
                first.parts = vec![(first.total() + Decimal::ONE, GOOD)];
            }
            vec![all]
        }
        Story::WrongItem => vec![with_another(all)],
    }
}

fn arrived(line: &NoticeLine, qty: Decimal) -> Arrived {
    Arrived {
        line: Some(line.line),
        sku: line.sku.clone(),
        uom: line.uom.clone(),
        serials: line.serials.clone(),
        parts: vec![(qty, GOOD)],
    }
}

/// The lower half of a whole number above one.
fn half(qty: Decimal) -> Option<Decimal> {
    let whole = qty.whole().filter(|whole| *whole >= 2)?;
    Some(Decimal::new(whole / 2, 0))
}

/// About half of each line, then the rest; what cannot be halved comes first.
fn in_two(lines: &[NoticeLine]) -> (Vec<Arrived>, Vec<Arrived>) {
    let (mut first, mut rest) = (Vec::new(), Vec::new());
    for line in lines {
        let Some(lower) = half(line.qty) else {
            first.push(arrived(line, line.qty));
            continue;
        };
        let mut before = arrived(line, lower);
        let mut after = arrived(line, line.qty - lower);
        let count = lower.whole().and_then(|count| usize::try_from(count).ok());
        let at = count.unwrap_or(0).min(before.serials.len());
        after.serials = before.serials.split_off(at);
        first.push(before);
        rest.push(after);
    }
    (first, rest)
}

/// One unit of the first line is something else.
fn with_another(lines: Vec<Arrived>) -> Vec<Arrived> {
    let mut lines = lines.into_iter();
    let Some(mut first) = lines.next() else {
        return Vec::new();
    };
    let other = Arrived {
        line: None,
        sku: format!("{}-OTHER", first.sku),
        uom: first.uom.clone(),
        serials: Vec::new(),
        parts: vec![(Decimal::ONE, WRONG)],
    };
    let kept = first.total() - Decimal::ONE;
    if kept.is_positive() {
        first.serials.pop();
        first.parts = vec![(kept, GOOD)];
        return [first, other].into_iter().chain(lines).collect();
    }
    [other].into_iter().chain(lines).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn notice() -> Notice {
        let line = |line, sku: &str, qty: i64, serials: &[&str]| NoticeLine {
            line,
            sku: sku.into(),
            qty: Decimal::new(qty, 0),
            uom: "EA".into(),
            serials: serials.iter().map(|serial| (*serial).into()).collect(),
        };
        Notice {
            rma: "R1".into(),
            reference: "R1".into(),
            site: "DC".into(),
            control: 1,
            lines: vec![line(1, "A", 3, &["s1", "s2", "s3"]), line(2, "B", 1, &[])],
            cancelled: None,
        }
    }

    #[test]
    fn every_story_brings_what_was_announced_but_for_one_too_many() {
        for story in Story::ALL {
            let all = deliveries(story, 7, &notice());
            let total = Decimal::sum(all.iter().flatten().map(Arrived::total));
            let expected = if story == Story::OverReceipt { 5 } else { 4 };
            assert_eq!(total, Decimal::new(expected, 0), "{story:?}");
        }
    }

    #[test]
    fn stories_differ_where_they_should() {
        let two = deliveries(Story::InTwoParts, 7, &notice());
        assert_eq!(two.len(), 2);
        assert_eq!(two[0][0].serials, ["s1"]);
        assert_eq!(two[1][0].serials, ["s2", "s3"]);
        let split = deliveries(Story::Split, 7, &notice());
        assert_eq!(
            split[0][0].parts,
            [(Decimal::ONE, GOOD), (Decimal::new(2, 0), DAMAGED)]
        );
        let wrong = deliveries(Story::WrongItem, 7, &notice());
        assert_eq!(
            (wrong[0][1].line, wrong[0][1].sku.as_str()),
            (None, "A-OTHER")
        );
        let damaged = deliveries(Story::DamagedLine, 7, &notice());
        assert_eq!(
            damaged[0]
                .iter()
                .filter(|one| one.good() == Decimal::ZERO)
                .count(),
            1
        );
    }
}
