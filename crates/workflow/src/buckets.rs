//! Where the quantity of a line is: double-entry moves between buckets, in base units.
//!
//! Quantity enters from [`Bucket::Outside`], the contra account, and leaves to it; every move takes from one bucket what
//! it gives to another, so that the sum over all of them is always zero. No bucket but the contra account can go below
//! zero.

use std::collections::BTreeMap;

use canonical::Qty;
use serde::{Deserialize, Serialize};

/// A place for quantity.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Bucket {
    /// Contra account: what came into being, negative.
    Outside,
    /// Authorised, expected.
    Authorized,
    /// Authorised, on its way.
    InTransit,
    /// Withdrawn before it came.
    Cancelled,
    /// Not sent in time.
    Expired,
    /// Not expected any more although part came.
    ShortClosed,
    /// Came, but waits for a person before it may be inspected (late returns).
    Received,
    /// Came beyond what was authorised.
    OverHold,
    /// Came, but does not belong (wrong item, serial number, unit).
    UnmatchedHold,
    /// Accepted, to be inspected.
    PendingInspection,
    /// Inspected, to be disposed.
    Inspected,
    /// Disposed, credit not ruled yet (quarantine, gap in the policy).
    Disposed,
    /// A credit is due.
    CreditDue,
    /// No credit is due.
    NoCredit,
    /// In a credit memo that is under way.
    CreditReserved,
    /// Credited.
    Credited,
    /// Credited and taken back.
    CreditReversed,
}

impl Bucket {
    /// Every bucket that holds goods or claims on them; all but the contra account.
    pub const HELD: &'static [Self] = &[
        Self::Authorized,
        Self::InTransit,
        Self::Cancelled,
        Self::Expired,
        Self::ShortClosed,
        Self::Received,
        Self::OverHold,
        Self::UnmatchedHold,
        Self::PendingInspection,
        Self::Inspected,
        Self::Disposed,
        Self::CreditDue,
        Self::NoCredit,
        Self::CreditReserved,
        Self::Credited,
        Self::CreditReversed,
    ];

    /// Buckets of goods that were accepted, whatever became of them since.
    pub const ACCEPTED: &'static [Self] = &[
        Self::Received,
        Self::PendingInspection,
        Self::Inspected,
        Self::Disposed,
        Self::CreditDue,
        Self::NoCredit,
        Self::CreditReserved,
        Self::Credited,
        Self::CreditReversed,
    ];

    /// Buckets of goods that were disposed, whatever became of their credit.
    pub const DISPOSED: &'static [Self] = &[
        Self::Disposed,
        Self::CreditDue,
        Self::NoCredit,
        Self::CreditReserved,
        Self::Credited,
        Self::CreditReversed,
    ];

    /// Buckets in which quantity is still under way: a return with any of it is not settled.
    pub const OPEN: &'static [Self] = &[
        Self::Authorized,
        Self::InTransit,
        Self::Received,
        Self::OverHold,
        Self::UnmatchedHold,
        Self::PendingInspection,
        Self::Inspected,
        Self::Disposed,
        Self::CreditDue,
        Self::CreditReserved,
    ];

    /// Name, as published.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Outside => "outside",
            Self::Authorized => "authorized",
            Self::InTransit => "in_transit",
            Self::Cancelled => "cancelled",
            Self::Expired => "expired",
            Self::ShortClosed => "short_closed",
            Self::Received => "received",
            Self::OverHold => "over_hold",
            Self::UnmatchedHold => "unmatched_hold",
            Self::PendingInspection => "pending_inspection",
            Self::Inspected => "inspected",
            Self::Disposed => "disposed",
            Self::CreditDue => "credit_due",
            Self::NoCredit => "no_credit",
            Self::CreditReserved => "credit_reserved",
            Self::Credited => "credited",
            Self::CreditReversed => "credit_reversed",
        }
    }
}

/// The quantities of a line, by bucket.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Buckets(BTreeMap<Bucket, Qty>);

impl Buckets {
    /// What is in a bucket.
    pub fn get(&self, bucket: Bucket) -> Qty {
        self.0.get(&bucket).copied().unwrap_or(Qty::ZERO)
    }

    /// What is in several buckets together.
    pub fn sum(&self, buckets: &[Bucket]) -> Qty {
        let total: i64 = buckets.iter().map(|b| self.get(*b).millionths()).sum();
        Qty::from_millionths(total)
    }

    /// Moves as much of `wanted` as `from` holds; the contra account holds any amount. Says how much it was.
    pub fn shift(&mut self, from: Bucket, to: Bucket, wanted: Qty) -> Qty {
        let moved = if from == Bucket::Outside {
            wanted
        } else {
            wanted.min(self.get(from))
        };
        if !moved.is_positive() || from == to {
            return Qty::ZERO;
        }
        self.add(from, -moved.millionths());
        self.add(to, moved.millionths());
        moved
    }

    fn add(&mut self, bucket: Bucket, millionths: i64) {
        let now = self.get(bucket).millionths().saturating_add(millionths);
        if now == 0 {
            self.0.remove(&bucket);
        } else {
            self.0.insert(bucket, Qty::from_millionths(now));
        }
    }

    /// True while the entries balance and nothing but the contra account is negative.
    pub fn is_sound(&self) -> bool {
        let total: i64 = self.0.values().map(|q| q.millionths()).sum();
        let negative = self
            .0
            .iter()
            .any(|(bucket, qty)| *bucket != Bucket::Outside && *qty < Qty::ZERO);
        total == 0 && !negative
    }

    /// What is held, by bucket.
    pub fn held(&self) -> impl Iterator<Item = (Bucket, Qty)> {
        self.0
            .iter()
            .filter(|(bucket, _)| **bucket != Bucket::Outside)
            .map(|(bucket, qty)| (*bucket, *qty))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_bucket_gives_no_more_than_it_holds() {
        let mut buckets = Buckets::default();
        buckets.shift(Bucket::Outside, Bucket::Authorized, Qty::whole(5));
        let moved = buckets.shift(Bucket::Authorized, Bucket::PendingInspection, Qty::whole(7));
        assert_eq!(moved, Qty::whole(5));
        assert_eq!(buckets.get(Bucket::Authorized), Qty::ZERO);
        assert_eq!(buckets.get(Bucket::Outside), Qty::whole(-5));
    }

    proptest! {
        #[test]
        fn any_moves_conserve_quantity(
            moves in prop::collection::vec((0..17_usize, 1..17_usize, -3_i32..20), 0..60),
        ) {
            let all: Vec<Bucket> = std::iter::once(Bucket::Outside)
                .chain(Bucket::HELD.iter().copied())
                .collect();
            let mut buckets = Buckets::default();
            for (from, to, qty) in moves {
                let (Some(from), Some(to)) = (all.get(from), all.get(to)) else { continue };
                buckets.shift(*from, *to, Qty::whole(qty));
                prop_assert!(buckets.is_sound());
            }
        }
    }
}
