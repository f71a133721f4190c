//! From a return and its story to rows, step by step. Pure.

use jiff::Timestamp;

use super::row::{Found, Kind, Row};
use crate::decimal::Decimal;
use crate::wms::fact::{self, Fact, FactLine};
use crate::wms::{Asn, Story};

/// What happens at one time.
pub(super) type Step = Vec<Row>;

/// The rows of a return in the order in which they happen. Their time is set when they do.
pub(super) fn steps(seed: u64, asn: &Asn, story: Story) -> Vec<Step> {
    let facts = story.facts(seed, asn);
    let mut steps = Vec::new();
    for receipt in 1..=facts.iter().map(|fact| fact.receipt).max().unwrap_or(0) {
        let of_kind = |kind: fact::Kind| -> Vec<&FactLine> {
            let same = |fact: &&Fact| fact.receipt == receipt && fact.kind == kind;
            let lines = facts.iter().filter(same).flat_map(|fact| &fact.lines);
            lines.collect()
        };
        let visit = Visit {
            asn,
            receipt,
            received: of_kind(fact::Kind::Receipt),
            decided: of_kind(fact::Kind::Disposition),
            reversed: of_kind(fact::Kind::Reversal),
        };
        if story == Story::InspectionFirst {
            steps.extend(visit.inspection_first());
        } else {
            steps.extend(visit.receipt_first());
        }
    }
    steps.retain(|step| !step.is_empty());
    steps
}

/// One arrival of goods.
struct Visit<'a> {
    asn: &'a Asn,
    receipt: u32,
    received: Vec<&'a FactLine>,
    decided: Vec<&'a FactLine>,
    reversed: Vec<&'a FactLine>,
}

fn same_article(one: &FactLine, other: &FactLine) -> bool {
    one.line == other.line && one.sku == other.sku
}

impl Visit<'_> {
    fn row(&self, number: usize, kind: Kind, line: &FactLine) -> Row {
        let rma = &self.asn.rma_number;
        Row {
            kind,
            import_key: format!("{rma}.{}", self.receipt),
            number: u32::try_from(number).unwrap_or(u32::MAX),
            site: self.asn.site.clone(),
            rma: rma.clone(),
            line: line.line,
            sku: line.sku.clone(),
            qty: line.qty,
            confirmed: Decimal::ZERO,
            uom: line.uom.clone(),
            found: None,
            serials: line.serials.clone(),
            of: None,
            at: Timestamp::UNIX_EPOCH,
        }
    }

    /// Receipt rows that are decided at once; then what is taken back.
    fn receipt_first(&self) -> Vec<Step> {
        let mut rows: Vec<Row> = Vec::new();
        for (position, line) in self.decided.iter().enumerate() {
            let row = self.row(position + 1, Kind::Receipt, line);
            rows.push(Row {
                confirmed: line.qty,
                found: Some(found(line)),
                ..row
            });
        }
        // What was received and not decided stands in the first row of its article.
        for line in &self.received {
            let same = |other: &&&FactLine| same_article(line, other);
            let decided = self.decided.iter().filter(same).map(|other| other.qty);
            let extra = line.qty - Decimal::sum(decided);
            let first = rows
                .iter_mut()
                .find(|row| row.line == line.line && row.sku == line.sku);
            if let (Some(row), true) = (first, extra.is_positive()) {
                row.qty = row.qty + extra;
                row.serials.clone_from(&line.serials);
            }
        }
        let first = rows.len() + 1;
        let taken_back = |(position, line): (usize, &&FactLine)| {
            let of = rows
                .iter()
                .find(|row| row.line == line.line && row.sku == line.sku);
            let of = of.map(Row::id);
            Row {
                of,
                ..self.row(first + position, Kind::Reversal, line)
            }
        };
        let reversals = self.reversed.iter().enumerate().map(taken_back).collect();
        vec![rows, reversals]
    }

    /// Inspections of goods whose receipt is told later.
    fn inspection_first(&self) -> Vec<Step> {
        let first = self.decided.len() + 1;
        let receipts: Step = self
            .received
            .iter()
            .enumerate()
            .map(|(position, line)| self.row(first + position, Kind::Receipt, line))
            .collect();
        let inspected = |(position, line): (usize, &&FactLine)| {
            let of = receipts
                .iter()
                .find(|row| row.line == line.line && row.sku == line.sku);
            let row = self.row(position + 1, Kind::Inspection, line);
            Row {
                confirmed: line.qty,
                found: Some(found(line)),
                of: of.map(Row::id),
                ..row
            }
        };
        let inspections = self.decided.iter().enumerate().map(inspected).collect();
        vec![inspections, receipts]
    }
}

fn found(line: &FactLine) -> Found {
    Found {
        condition: line.condition,
        action: line.action,
        liability: line.liability,
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::wms::{AsnLine, AsnStatus};

    fn asn() -> Asn {
        let line = |line, sku: &str, quantity: i64| AsnLine {
            line,
            sku: sku.into(),
            quantity: Decimal::new(quantity, 0),
            uom: "EA".into(),
            serials: Vec::new(),
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
            lines: vec![line(1, "A", 3), line(2, "B", 1)],
        }
    }

    fn total(rows: &[Row], kind: Kind) -> Decimal {
        let of_kind = rows.iter().filter(|row| row.kind == kind);
        Decimal::sum(of_kind.map(|row| row.qty))
    }

    #[test]
    fn every_story_decides_on_what_is_left_and_rows_have_one_identity_each() {
        for story in Story::ALL {
            let rows: Vec<Row> = steps(7, &asn(), story).into_iter().flatten().collect();
            let ids: BTreeSet<String> = rows.iter().map(Row::id).collect();
            assert_eq!(ids.len(), rows.len(), "{story:?}");
            let kept = total(&rows, Kind::Receipt) - total(&rows, Kind::Reversal);
            let decided = Decimal::sum(rows.iter().map(|row| row.confirmed));
            assert_eq!(kept, decided, "{story:?}");
            let expected = if story == Story::OverReceipt { 5 } else { 4 };
            assert_eq!(kept, Decimal::new(expected, 0), "{story:?}");
            for row in rows.iter().filter(|row| row.kind != Kind::Receipt) {
                assert!(
                    ids.contains(row.of.as_deref().unwrap_or_default()),
                    "{row:?}"
                );
            }
        }
    }

    #[test]
    fn stories_of_two_times_are_two_steps() {
        for (story, count) in [
            (Story::AllGood, 1),
            (Story::InTwoParts, 2),
            (Story::InspectionFirst, 2),
            (Story::Reversed, 2),
        ] {
            assert_eq!(steps(7, &asn(), story).len(), count, "{story:?}");
        }
        let first = steps(7, &asn(), Story::InspectionFirst).swap_remove(0);
        assert!(first.iter().all(|row| row.kind == Kind::Inspection));
    }
}
