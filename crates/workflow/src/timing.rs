//! When things happened to the goods of a return, for the numbers. Pure.

use std::collections::VecDeque;

use canonical::{BusinessCode, Qty};
use jiff::Timestamp;

use crate::buckets::Bucket;
use crate::facts::Piece;
use crate::state::ReturnState;

/// Goods of a line with their instants. Which receipt inspected goods came with is often not told: the first that came are
/// taken for the first that were inspected.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Timed {
    /// Return line.
    pub line_no: u32,
    /// How many, in base units.
    pub qty: Qty,
    /// When they came; none if it is not known any more.
    pub received_at: Option<Timestamp>,
    /// When they were first inspected to the end; none while they wait, or if it is not known any more.
    pub inspected_at: Option<Timestamp>,
    /// False while they wait for their inspection.
    pub is_inspected: bool,
    /// Position among [`ReturnState::slices`]; none while they wait for their disposition.
    pub slice: Option<usize>,
}

/// A milestone, and when what led to it happened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Passed {
    /// The milestone.
    pub code: BusinessCode,
    /// When.
    pub at: Timestamp,
}

/// Inspected goods that look for the receipt they came with.
struct Inspected {
    qty: Qty,
    at: Option<Timestamp>,
    slice: Option<usize>,
}

impl ReturnState {
    /// Milestones in their order.
    pub fn passed(&self) -> impl Iterator<Item = Passed> + '_ {
        self.passed.iter().filter_map(|(code, millis)| {
            let at = Timestamp::from_millisecond(*millis).ok()?;
            Some(Passed { code: *code, at })
        })
    }

    /// All goods that were accepted, with their instants.
    pub fn timed(&self) -> Vec<Timed> {
        let lines = self.lines.iter().map(|line| line.line.line_no);
        lines.flat_map(|line_no| self.timed_line(line_no)).collect()
    }

    fn timed_line(&self, line_no: u32) -> Vec<Timed> {
        let mut came = self.came(line_no);
        let mut timed = Vec::new();
        for mut goods in self.inspected(line_no) {
            while goods.qty.is_positive() {
                let (qty, received_at) = match came.front_mut() {
                    Some((left, at)) => {
                        let qty = goods.qty.min(*left);
                        *left = left.minus_floor(qty);
                        (qty, *at)
                    }
                    None => (goods.qty, None),
                };
                if came.front().is_some_and(|(left, _)| left.is_zero()) {
                    came.pop_front();
                }
                goods.qty = goods.qty.minus_floor(qty);
                timed.push(Timed {
                    line_no,
                    qty,
                    received_at,
                    inspected_at: goods.at,
                    is_inspected: true,
                    slice: goods.slice,
                });
            }
        }
        timed.extend(came.into_iter().map(|(qty, received_at)| Timed {
            line_no,
            qty,
            received_at,
            inspected_at: None,
            is_inspected: false,
            slice: None,
        }));
        timed
    }

    /// What came for a line and was accepted, earliest first.
    fn came(&self, line_no: u32) -> VecDeque<(Qty, Option<Timestamp>)> {
        let mut came: Vec<(Option<Timestamp>, Qty)> = Vec::new();
        for receipt in self.receipts.iter().filter(|receipt| !receipt.reversed) {
            let parts = receipt.lines.iter().flat_map(|line| &line.parts);
            let accepted = parts.filter(|part| {
                part.line_no == line_no
                    && part.qty.is_positive()
                    && !matches!(part.to, Bucket::OverHold | Bucket::UnmatchedHold)
            });
            came.extend(accepted.map(|part| (receipt.received_at, part.qty)));
        }
        came.sort_by_key(|(at, _)| *at);
        came.into_iter().map(|(at, qty)| (qty, at)).collect()
    }

    /// What of a line was inspected, earliest first.
    fn inspected(&self, line_no: u32) -> Vec<Inspected> {
        let first = |piece: &Piece| {
            let versions = self.inspections.iter().filter(|i| i.id == piece.inspection);
            versions.min_by_key(|i| i.version)?.finalized_at
        };
        let goods = |piece: &Piece, slice: Option<usize>| Inspected {
            qty: piece.qty,
            at: first(piece),
            slice,
        };
        let mut inspected: Vec<Inspected> = Vec::new();
        for (n, slice) in self.slices.iter().enumerate() {
            if slice.line_no == line_no {
                inspected.extend(slice.pieces.iter().map(|piece| goods(piece, Some(n))));
            }
        }
        for line in self
            .lines
            .iter()
            .filter(|line| line.line.line_no == line_no)
        {
            inspected.extend(line.pool.iter().map(|piece| goods(piece, None)));
        }
        inspected.sort_by_key(|goods| goods.at);
        inspected
    }
}
