//! Whose goods are these? Asked of a receipt that names a return nobody knows: the clues it gives are looked up, one rung
//! after the other, and it is matched only where a single open return expects what came.
//!
//! A rung that finds several returns decides nothing, but only one of those may be found by the rungs after it. The same
//! receipt and the same returns give the same answer, always.

use std::borrow::Cow;

use canonical::receipt::Receipt;
use canonical::{Event, EventData, Lifecycle, ReturnName};

use crate::state::ReturnState;
use crate::terms::TermKind;
use crate::{no_receipt, snapshot};

/// Serial numbers of a receipt that are looked up, at most.
const SERIALS: usize = 100;

/// Something a receipt says by which a return may be found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Clue {
    /// What it is.
    pub kind: TermKind,
    /// The value, as told.
    pub value: String,
}

/// A return that goods may belong to.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Candidate {
    /// Its id.
    pub return_id: String,
    /// Its RMA number.
    pub rma_number: String,
}

/// The return that goods belong to, and what showed it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Match {
    /// The return.
    pub of: Candidate,
    /// By what it was found.
    pub clue: Clue,
}

/// What became of looking.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Cascade {
    /// Nothing was found.
    Nothing,
    /// One return, and no other.
    One(Match),
    /// Several returns could be meant: a person must say which.
    Several(Vec<Candidate>),
}

/// What an event says has come, as a receipt: a receipt itself, or what a snapshot says was received so far. None: nothing.
pub fn arrival(event: &Event) -> Option<Cow<'_, Receipt>> {
    match &event.data {
        EventData::ReceiptRecorded(receipt) => Some(Cow::Borrowed(receipt)),
        EventData::SnapshotReported(told) => snapshot::came(told, &event.subject).map(Cow::Owned),
        _ => None,
    }
}

/// What to look up, rung by rung: RMA number, tracking number, order, invoice, serial numbers. What a receipt is called in
/// its warehouse is no clue, because two systems may number alike.
pub fn clues(subject: &ReturnName, receipt: &Receipt) -> Vec<Clue> {
    let named = match subject {
        ReturnName::Id(_) => None,
        ReturnName::Rma { number, .. } => Some(number.as_str()),
        ReturnName::External { value, .. } => Some(value.as_str()),
    };
    let tracking = receipt.tracking_no.as_deref();
    let named = named.filter(|name| *name != receipt.receipt_id && Some(*name) != tracking);
    let mut clues = Vec::new();
    let mut add = |kind: TermKind, value: &str| {
        let clue = Clue {
            kind,
            value: value.to_owned(),
        };
        if !value.is_empty() && !clues.contains(&clue) {
            clues.push(clue);
        }
    };
    if let Some(name) = named {
        add(TermKind::Rma, name);
    }
    for number in tracking.into_iter().chain(named) {
        add(TermKind::Tracking, number);
    }
    if let Some(name) = named {
        add(TermKind::Order, name);
        add(TermKind::Invoice, name);
    }
    let serials = receipt.lines.iter().flat_map(|line| &line.serials);
    for serial in serials.take(SERIALS) {
        add(TermKind::Serial, serial);
    }
    clues
}

/// True if these goods can belong to the return: it is open, of the legal entity that was named if one was, and expects
/// something of every item.
pub fn fits(state: &ReturnState, subject: &ReturnName, receipt: &Receipt) -> bool {
    let is_open = matches!(
        state.lifecycle(),
        Lifecycle::Authorized | Lifecycle::InProgress
    );
    let is_theirs = match subject {
        ReturnName::Rma { entity, .. } => state.header.legal_entity == *entity,
        ReturnName::Id(_) | ReturnName::External { .. } => true,
    };
    let expects = |sku: &str| {
        let mut lines = state.lines.iter().filter(|line| line.is_item(sku));
        lines.any(|line| line.expected().is_positive())
    };
    is_open
        && is_theirs
        && state.cancelling.is_none()
        && !no_receipt::is_without_goods(state)
        && !receipt.lines.is_empty()
        && receipt.lines.iter().all(|line| expects(&line.sku_scanned))
}

/// Decides, from what each clue found of returns that fit ([`fits`]). Clues of the same kind count as one rung.
pub fn choose(found: &[(Clue, Vec<Candidate>)]) -> Cascade {
    let mut narrowed: Option<Vec<Candidate>> = None;
    for rung in found.chunk_by(|(a, _), (b, _)| a.kind == b.kind) {
        let mut candidates: Vec<Candidate> =
            rung.iter().flat_map(|(_, found)| found.clone()).collect();
        candidates.sort();
        candidates.dedup();
        if let Some(narrowed) = &narrowed {
            candidates.retain(|candidate| narrowed.contains(candidate));
        }
        match candidates.as_slice() {
            [] => {}
            [one] => {
                let shows = |(_, found): &&(Clue, Vec<Candidate>)| found.contains(one);
                let Some((clue, _)) = rung.iter().find(shows) else {
                    continue;
                };
                return Cascade::One(Match {
                    of: one.clone(),
                    clue: clue.clone(),
                });
            }
            _ => narrowed = Some(candidates),
        }
    }
    narrowed.map_or(Cascade::Nothing, Cascade::Several)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn clue(kind: TermKind, value: &str) -> Clue {
        Clue {
            kind,
            value: value.to_owned(),
        }
    }

    fn returns(ids: &[&str]) -> Vec<Candidate> {
        let ids = ids.iter();
        ids.map(|id| Candidate {
            return_id: (*id).to_owned(),
            rma_number: format!("RMA-{id}"),
        })
        .collect()
    }

    fn matched(cascade: &Cascade) -> (String, TermKind) {
        match cascade {
            Cascade::One(found) => (found.of.return_id.clone(), found.clue.kind),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn the_first_rung_with_a_single_return_decides() {
        let found = [
            (clue(TermKind::Rma, "7"), Vec::new()),
            (clue(TermKind::Tracking, "1Z"), returns(&["a"])),
            (clue(TermKind::Serial, "S1"), returns(&["b"])),
        ];
        assert_eq!(
            matched(&choose(&found)),
            ("a".to_owned(), TermKind::Tracking)
        );
        assert_eq!(choose(&found[..1]), Cascade::Nothing);
        assert_eq!(choose(&[]), Cascade::Nothing);
    }

    #[test]
    fn two_returns_are_no_match_unless_a_later_rung_tells_them_apart() {
        let two = (clue(TermKind::Order, "SO-1"), returns(&["b", "a"]));
        assert_eq!(
            choose(std::slice::from_ref(&two)),
            Cascade::Several(returns(&["a", "b"]))
        );
        let told_apart = [
            two.clone(),
            (clue(TermKind::Serial, "S1"), returns(&["b", "c"])),
        ];
        assert_eq!(
            matched(&choose(&told_apart)),
            ("b".to_owned(), TermKind::Serial)
        );
        let elsewhere = [two, (clue(TermKind::Serial, "S1"), returns(&["c"]))];
        assert_eq!(
            choose(&elsewhere),
            Cascade::Several(returns(&["a", "b"])),
            "another return is no answer to which of the two"
        );
    }

    #[test]
    fn serial_numbers_of_two_returns_in_one_parcel_are_no_match() {
        let found = [
            (clue(TermKind::Serial, "S1"), returns(&["a"])),
            (clue(TermKind::Serial, "S2"), returns(&["b"])),
        ];
        assert_eq!(choose(&found), Cascade::Several(returns(&["a", "b"])));
    }
}
