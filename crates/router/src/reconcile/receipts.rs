//! C1: receipts of a warehouse against receipts here, by site and receipt. Pure.
//!
//! Both sides are read by the connector's own translation, so that codes, units and sites are ours on either. A receipt is
//! compared as it was told; what was taken back is compared as a fact of its own.

use std::collections::{BTreeMap, BTreeSet};

use canonical::Qty;
use connector::extract::{ReceiptHeld, ReceiptLineHeld};
use jiff::ToSpan as _;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use serde::Serialize;
use workflow::{KnownLine, KnownReceipt};

use super::class::{Class, Match};
use super::facts::day;
use super::item::{Compared, Item};
use super::scope::{Listed, Scope};

const C1: Match = Match::C1;
/// Days before the business day that are compared again: warehouses book late, and date back.
const BACK: i64 = 3;

/// A receipt here.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct OurReceipt {
    /// Its return.
    pub return_id: String,
    /// RMA number of the return, for people.
    pub rma_number: String,
    /// As the return knows it.
    pub receipt: KnownReceipt,
}

/// Site and receipt.
type Name<'a> = (&'a str, &'a str);

/// Days whose receipts a run compares, the business day the last of them.
pub(super) fn compared_days(date: Date) -> impl Iterator<Item = Date> {
    (0..=BACK).map(move |n| date.saturating_sub(n.days()))
}

/// Compares receipts here with those that a warehouse lists. Those of others, which the list names too, are ours as well:
/// the same goods may be told of over another connector.
pub fn receipts(
    scope: &Scope,
    zone: &TimeZone,
    ours: &[OurReceipt],
    theirs: &Listed<'_, ReceiptHeld>,
) -> Compared {
    let mut compared = Compared::default();
    let known: BTreeMap<Name<'_>, &OurReceipt> = ours
        .iter()
        .map(|one| {
            (
                (one.receipt.site.as_str(), one.receipt.receipt_id.as_str()),
                one,
            )
        })
        .collect();
    let came = theirs.documents.iter().filter(|d| d.reversal_id.is_none());
    let held: BTreeMap<Name<'_>, &ReceiptHeld> = came
        .map(|one| ((one.site.as_str(), one.receipt_id.as_str()), one))
        .collect();
    let sides = Sides {
        scope,
        zone,
        theirs,
    };
    let names: BTreeSet<&Name<'_>> = known.keys().chain(held.keys()).collect();
    for name in names {
        let (ours, held) = (known.get(name).copied(), held.get(name).copied());
        let is_listed_here =
            held.is_some() || ours.is_some_and(|ours| ours.receipt.connector == theirs.connector);
        if !is_listed_here || !sides.wanted(*name, ours, held) {
            continue;
        }
        compared.left += usize::from(ours.is_some_and(|ours| !ours.receipt.lines.is_empty()));
        compared.right += usize::from(held.is_some());
        compared.found(sides.one(ours, held));
    }
    for reversal in theirs.documents {
        let Some(id) = reversal.reversal_id.as_deref() else {
            continue;
        };
        let name = (reversal.site.as_str(), reversal.receipt_id.as_str());
        let key = format!("{}/{id}", key(name));
        let on = day(reversal.at, zone);
        // A receipt that is not here as a whole is one difference, not two.
        let is_told_of = held.contains_key(&name) && !known.contains_key(&name);
        if is_told_of || !sides.is_near(on, &key) {
            continue;
        }
        compared.right += 1;
        let ours = known.get(&name).copied();
        compared.found(
            sides
                .reversal(&key, id, reversal, ours)
                .into_iter()
                .collect(),
        );
    }
    compared
}

/// What is compared, and how.
struct Sides<'a> {
    scope: &'a Scope,
    zone: &'a TimeZone,
    theirs: &'a Listed<'a, ReceiptHeld>,
}

fn key((site, receipt): Name<'_>) -> String {
    format!("{site}/{receipt}")
}

impl Sides<'_> {
    fn is_near(&self, on: Date, key: &str) -> bool {
        let first = self.scope.date.saturating_sub(BACK.days());
        (first..=self.scope.date).contains(&on)
            || self.scope.is_open(C1, self.theirs.connector, key)
    }

    fn wanted(
        &self,
        name: Name<'_>,
        ours: Option<&OurReceipt>,
        held: Option<&ReceiptHeld>,
    ) -> bool {
        let ours = ours.and_then(|ours| ours.receipt.received_at);
        let mut days = [ours, held.map(|held| held.at)].into_iter().flatten();
        days.any(|at| self.is_near(day(at, self.zone), &key(name)))
    }

    fn item(&self, class: Class, key: &str, on: Date, ours: Option<&OurReceipt>) -> Item {
        Item {
            return_id: ours.map_or_else(String::new, |ours| ours.return_id.clone()),
            ..self
                .scope
                .strange(C1, class, self.theirs.connector, key, on)
        }
    }

    fn one(&self, ours: Option<&OurReceipt>, held: Option<&ReceiptHeld>) -> Vec<Item> {
        match (ours, held) {
            (Some(ours), Some(held)) if ours.receipt.lines.is_empty() => {
                vec![self.missing_here(held)]
            }
            (Some(ours), Some(held)) => self.differences(ours, held),
            (Some(ours), None) => self.missing_there(ours).into_iter().collect(),
            (None, Some(held)) => vec![self.missing_here(held)],
            (None, None) => Vec::new(),
        }
    }

    fn missing_here(&self, held: &ReceiptHeld) -> Item {
        let is_young = self.scope.is_young(held.at, self.scope.lag);
        let name = (held.site.as_str(), held.receipt_id.as_str());
        let connector = self.theirs.connector;
        let (class, reason) = if is_young {
            let reason =
                format!("{connector} has just taken it in: looked at again by the next run");
            (Class::Timing, reason)
        } else {
            let reason = format!(
                "{connector} took receipt {} in at {} for {}, and it is not here: look for a message of it among the \
                 exceptions and replay it; if there is none, have the warehouse tell it again",
                held.receipt_id, held.site, held.named
            );
            (Class::MissingHere, reason)
        };
        Item {
            right: said(&held.lines),
            reason,
            ..self.item(class, &key(name), day(held.at, self.zone), None)
        }
    }

    fn missing_there(&self, ours: &OurReceipt) -> Option<Item> {
        let receipt = &ours.receipt;
        // Heard of by its reversal alone: there is nothing to be listed.
        let at = receipt.received_at?;
        let seen_to = self.theirs.complete_to.saturating_sub(self.scope.lag);
        let is_young = at > seen_to.unwrap_or(self.theirs.complete_to);
        let connector = self.theirs.connector;
        let (class, reason) = if is_young {
            let reason =
                format!("{connector} does not list it yet: looked at again by the next run");
            (Class::Timing, reason)
        } else {
            let reason = format!(
                "receipt {} at {} was told here for {}, and {connector} does not list it: ask the warehouse whether the \
                 goods came; if they did not, have the receipt reversed",
                receipt.receipt_id, receipt.site, ours.rma_number
            );
            (Class::MissingThere, reason)
        };
        let name = (receipt.site.as_str(), receipt.receipt_id.as_str());
        Some(Item {
            left: here(&receipt.lines),
            reason,
            ..self.item(class, &key(name), day(at, self.zone), Some(ours))
        })
    }

    /// One item for each kind of difference, however many lines differ so.
    fn differences(&self, ours: &OurReceipt, held: &ReceiptHeld) -> Vec<Item> {
        let mut found: BTreeMap<Class, Vec<(String, String)>> = BTreeMap::new();
        let mut put = |class: Class, left: String, right: String| {
            found.entry(class).or_default().push((left, right));
        };
        let mut left: BTreeMap<&str, &KnownLine> = BTreeMap::new();
        for line in &ours.receipt.lines {
            left.insert(&line.line, line);
        }
        for theirs in &held.lines {
            match left.remove(theirs.line.as_str()) {
                Some(line) => {
                    if let Some(class) = differs(line, theirs) {
                        put(class, one_here(line), one_there(theirs));
                    }
                }
                None => put(Class::Qty, "nothing".to_owned(), one_there(theirs)),
            }
        }
        for line in left.into_values() {
            put(Class::Qty, one_here(line), "nothing".to_owned());
        }
        let came = ours.receipt.received_at.map(|at| day(at, self.zone));
        let on = day(held.at, self.zone);
        if let Some(came) = came.filter(|came| *came != on) {
            put(Class::Period, came.to_string(), on.to_string());
        }
        let name = (held.site.as_str(), held.receipt_id.as_str());
        let items = found.into_iter().map(|(class, pairs)| {
            let side = |pick: fn(&(String, String)) -> &String| {
                let texts: Vec<&str> = pairs.iter().map(|pair| pick(pair).as_str()).collect();
                texts.join("; ")
            };
            let (left, right) = (side(|pair| &pair.0), side(|pair| &pair.1));
            Item {
                reason: format!(
                    "{} of receipt {} at {} differs: {left} here, {right} there. Ask the warehouse which is right; for a \
                     reversal and a new receipt if it is theirs",
                    what(class),
                    held.receipt_id,
                    held.site
                ),
                left,
                right,
                ..self.item(class, &key(name), on, Some(ours))
            }
        });
        items.collect()
    }

    fn reversal(
        &self,
        key: &str,
        id: &str,
        held: &ReceiptHeld,
        ours: Option<&OurReceipt>,
    ) -> Option<Item> {
        let is_known = |ours: &OurReceipt| {
            ours.receipt.reversed || ours.receipt.reversals.iter().any(|known| known == id)
        };
        if ours.is_some_and(is_known) {
            return None;
        }
        let connector = self.theirs.connector;
        let (class, reason) = if self.scope.is_young(held.at, self.scope.lag) {
            let reason =
                format!("{connector} has just taken it back: looked at again by the next run");
            (Class::Timing, reason)
        } else {
            let reason = format!(
                "{connector} took receipt {} at {} back ({id}), and here its goods stand: look for a message of it among \
                 the exceptions; if there is none, have the warehouse tell the reversal again",
                held.receipt_id, held.site
            );
            (Class::ReversalMismatch, reason)
        };
        Some(Item {
            left: ours.map_or_else(String::new, |ours| here(&ours.receipt.lines)),
            right: format!("reversed by {id}"),
            reason,
            ..self.item(class, key, day(held.at, self.zone), ours)
        })
    }
}

/// How a line differs: what weighs most.
fn differs(ours: &KnownLine, theirs: &ReceiptLineHeld) -> Option<Class> {
    let same = |a: &str, b: &str| a.trim().eq_ignore_ascii_case(b.trim());
    if !same(&ours.sku, &theirs.sku) {
        return Some(Class::Sku);
    }
    if !same(&ours.uom, &theirs.uom) {
        return Some(Class::Uom);
    }
    if ours.qty != theirs.qty {
        return Some(Class::Qty);
    }
    let set = |list: &[String]| -> BTreeSet<String> {
        list.iter().map(|n| n.trim().to_ascii_uppercase()).collect()
    };
    let is_other =
        set(&ours.serials) != set(&theirs.serials) || set(&ours.lots) != set(&theirs.lots);
    is_other.then_some(Class::LotSerial)
}

const fn what(class: Class) -> &'static str {
    match class {
        Class::Sku => "the item",
        Class::Uom => "the unit",
        Class::LotSerial => "lot or serial number",
        Class::Period => "the day",
        _ => "the quantity",
    }
}

fn here(lines: &[KnownLine]) -> String {
    let lines: Vec<String> = lines.iter().map(one_here).collect();
    lines.join("; ")
}

fn said(lines: &[ReceiptLineHeld]) -> String {
    let lines: Vec<String> = lines.iter().map(one_there).collect();
    lines.join("; ")
}

fn one_here(line: &KnownLine) -> String {
    told(
        line.qty,
        &line.uom,
        &line.sku,
        [&line.serials[..], &line.lots[..]],
    )
}

fn one_there(line: &ReceiptLineHeld) -> String {
    told(
        line.qty,
        &line.uom,
        &line.sku,
        [&line.serials[..], &line.lots[..]],
    )
}

fn told(qty: Qty, uom: &str, sku: &str, numbers: [&[String]; 2]) -> String {
    let numbers = numbers.concat();
    if numbers.is_empty() {
        format!("{qty} {uom} {sku}")
    } else {
        format!("{qty} {uom} {sku} ({})", numbers.join(", "))
    }
}
