//! What partners told of goods, counted without the workflow: each receipt once, an inspection in its highest version.

use std::collections::{BTreeMap, BTreeSet};

use canonical::{EventData, Qty};
use workflow::Verdict;

/// Millionths by item.
type Goods = BTreeMap<String, i64>;

/// See the module.
#[derive(Debug, Default)]
pub(crate) struct Told {
    receipts: BTreeMap<String, Goods>,
    taken_back: BTreeMap<String, Goods>,
    void: BTreeSet<String>,
    inspections: BTreeMap<String, (u32, Goods)>,
    snapshots: BTreeMap<(Option<String>, String), (i64, i64)>,
    is_vague: bool,
}

impl Told {
    /// A fact, with what became of it. `early`: the return was not decided on, the fact is looked at when it is.
    pub(crate) fn hear(&mut self, data: &EventData, verdict: &Verdict, early: bool) {
        if !matches!(verdict, Verdict::Applied | Verdict::Parked) {
            return;
        }
        let is_applied = *verdict == Verdict::Applied;
        match data {
            EventData::ReceiptRecorded(receipt) => {
                let goods = self.receipts.entry(receipt.receipt_id.clone());
                goods.or_insert_with(|| {
                    let lines = receipt.lines.iter();
                    total(lines.map(|line| (&line.sku_scanned, line.qty)))
                });
            }
            EventData::ReceiptReversed(reversal) => {
                let id = &reversal.reverses_receipt_id;
                let is_whole = reversal.lines.is_empty();
                if is_whole && (is_applied || !self.receipts.contains_key(id)) {
                    self.void.insert(id.clone());
                } else if is_applied {
                    let back = self.taken_back.entry(id.clone()).or_default();
                    let lines = reversal.lines.iter();
                    for (sku, qty) in total(lines.map(|line| (&line.sku, line.qty))) {
                        *back.entry(sku).or_default() += qty;
                    }
                } else {
                    // whether it can be applied shows when its receipt comes
                    self.is_vague = true;
                }
            }
            EventData::InspectionFinalized(inspection) => {
                let lines = inspection.findings.iter();
                let goods = total(lines.map(|finding| (&finding.sku, finding.qty)));
                let known = self.inspections.entry(inspection.inspection_id.clone());
                let (version, found) = known.or_default();
                if early {
                    for (sku, qty) in goods {
                        let most = found.entry(sku).or_default();
                        *most = qty.max(*most);
                    }
                } else if *version <= inspection.version {
                    *found = goods;
                }
                *version = inspection.version.max(*version);
            }
            EventData::SnapshotReported(snapshot) => {
                self.is_vague |= early;
                for item in &snapshot.items {
                    let of = (snapshot.record.clone(), item.sku.clone());
                    let mark = self.snapshots.entry(of).or_default();
                    mark.0 = mark.0.max(item.received.millionths());
                    let disposed = item.restocked.millionths() + item.scrapped.millionths();
                    mark.1 += disposed;
                }
            }
            _ => {}
        }
    }

    /// True if it is known to the piece what came.
    pub(crate) fn is_exact(&self) -> bool {
        !self.is_vague
    }

    /// What came of an item and was not taken back; no less than that if it is not exact.
    pub(crate) fn received(&self, sku: &str) -> Qty {
        let live = self
            .receipts
            .iter()
            .filter(|(id, _)| !self.void.contains(*id));
        let of = |goods: Option<&Goods>| goods.and_then(|goods| goods.get(sku)).copied();
        let came: i64 = live
            .map(|(id, goods)| {
                let back = of(self.taken_back.get(id)).unwrap_or_default();
                of(Some(goods)).unwrap_or_default() - back
            })
            .sum();
        let shown: i64 = self.shown(sku).map(|mark| mark.0).sum();
        Qty::from_millionths(came + shown)
    }

    /// What snapshots say of an item, by the record that counts.
    fn shown(&self, sku: &str) -> impl Iterator<Item = &(i64, i64)> {
        let marks = self.snapshots.iter();
        let mine = marks.filter(move |((_, of), _)| of == sku);
        mine.map(|(_, mark)| mark)
    }

    /// What was inspected of an item, at most.
    pub(crate) fn inspected(&self, sku: &str) -> Qty {
        let inspections = self.inspections.values();
        let found: i64 = inspections.filter_map(|(_, goods)| goods.get(sku)).sum();
        let shown: i64 = self.shown(sku).map(|mark| mark.1).sum();
        Qty::from_millionths(found + shown)
    }
}

fn total<'a>(lines: impl Iterator<Item = (&'a String, Qty)>) -> Goods {
    let mut goods = Goods::new();
    for (sku, qty) in lines {
        *goods.entry(sku.clone()).or_default() += qty.millionths();
    }
    goods
}
