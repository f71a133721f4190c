//! Statuses: pure functions of quantities and credits, and the event that publishes them.

use std::collections::BTreeMap;

use canonical::status::StatusEvent;
use canonical::{CompensationStatus, InspectionStatus, Lifecycle, LogisticsStatus, Qty};
use jiff::Timestamp;

use crate::blind;
use crate::buckets::Bucket;
use crate::money_state::CreditState;
use crate::no_receipt;
use crate::state::ReturnState;

/// The status of the return now, as the event numbered `state.seq`.
pub(crate) fn event(state: &ReturnState, now: Timestamp, cause: &str) -> StatusEvent {
    let header = &state.header;
    StatusEvent {
        event_id: format!("{}-{}", header.return_id, state.seq),
        occurred_at: now,
        return_id: header.return_id.clone(),
        rma_number: header.rma_number.clone(),
        seq: state.seq,
        business_code: state.code,
        lifecycle: header.lifecycle,
        logistics_status: logistics(state),
        inspection_status: inspection(state),
        compensation_status: compensation(state),
        quantities: quantities(state),
        amounts: BTreeMap::from([
            (
                "calculated".to_owned(),
                state.amount_of(|credit| {
                    !matches!(
                        credit.state,
                        CreditState::Refused | CreditState::Superseded | CreditState::Reversed
                    )
                }),
            ),
            ("credited".to_owned(), state.credited()),
        ]),
        notes: Vec::new(),
        correlation_id: header.correlation_id.clone(),
        causation_id: cause.to_owned(),
    }
}

/// Quantities over all lines, by bucket; empty buckets are left out. Goods of unknown items are counted as the
/// warehouse counted them.
fn quantities(state: &ReturnState) -> BTreeMap<String, Qty> {
    let mut sums: BTreeMap<String, Qty> = BTreeMap::new();
    let held = state.lines.iter().flat_map(|line| line.buckets.held());
    let apart = strays(state).millionths() + blind::unplaced(state).millionths();
    let apart = Qty::from_millionths(apart);
    for (bucket, qty) in held.chain([(Bucket::UnmatchedHold, apart)]) {
        if qty.is_positive() {
            let sum = sums.entry(bucket.word().to_owned()).or_default();
            *sum = sum.checked_add(qty).unwrap_or(*sum);
        }
    }
    sums
}

/// Goods that came and belong to no line.
pub(crate) fn strays(state: &ReturnState) -> Qty {
    let total: i64 = state
        .receipts
        .iter()
        .filter(|receipt| !receipt.reversed)
        .flat_map(|receipt| &receipt.lines)
        .map(|line| line.stray().millionths())
        .sum();
    Qty::from_millionths(total)
}

impl ReturnState {
    /// How the return stands, as its status events tell it.
    pub fn standing(&self, now: Timestamp) -> StatusEvent {
        event(self, now, "")
    }

    /// Everything that came and was not taken back: accepted, on hold, or of no line of this return. In base units;
    /// goods of unknown items as the warehouse counted them.
    pub fn received(&self) -> Qty {
        let of_lines = if no_receipt::is_without_goods(self) {
            Qty::ZERO
        } else {
            self.in_buckets(Bucket::ACCEPTED)
        };
        let on_hold = self.in_buckets(&[Bucket::OverHold, Bucket::UnmatchedHold]);
        let sum = of_lines.millionths() + on_hold.millionths() + strays(self).millionths();
        Qty::from_millionths(sum + blind::unplaced(self).millionths())
    }

    /// True while goods that came wait for a person: too many, of another item, late.
    pub fn waits_on_hold(&self) -> bool {
        let held = [Bucket::OverHold, Bucket::UnmatchedHold, Bucket::Received];
        self.in_buckets(&held).is_positive() || strays(self).is_positive()
    }
}

/// Where the goods are.
pub(crate) fn logistics(state: &ReturnState) -> LogisticsStatus {
    let any = |buckets: &[Bucket]| state.in_buckets(buckets).is_positive();
    let came = any(Bucket::ACCEPTED);
    if any(&[Bucket::OverHold, Bucket::UnmatchedHold]) || strays(state).is_positive() {
        LogisticsStatus::Over
    } else if no_receipt::is_without_goods(state) {
        LogisticsStatus::NotRequired
    } else if came && any(&[Bucket::Authorized, Bucket::InTransit]) {
        LogisticsStatus::Partial
    } else if came && any(&[Bucket::Expired, Bucket::Cancelled, Bucket::ShortClosed]) {
        LogisticsStatus::ShortClosed
    } else if came {
        LogisticsStatus::Received
    } else if any(&[Bucket::InTransit]) {
        LogisticsStatus::InTransit
    } else if expects_goods(state) {
        LogisticsStatus::Awaiting
    } else {
        LogisticsStatus::NotRequired
    }
}

/// How far the inspection is.
pub(crate) fn inspection(state: &ReturnState) -> InspectionStatus {
    let came = state.in_buckets(Bucket::ACCEPTED).is_positive();
    let waiting = state.in_buckets(&[Bucket::Received, Bucket::PendingInspection]);
    let done = state.in_bucket(Bucket::Inspected).is_positive()
        || state.in_buckets(Bucket::DISPOSED).is_positive();
    if no_receipt::is_without_goods(state) {
        InspectionStatus::NotRequired
    } else if came && waiting.is_zero() {
        InspectionStatus::Complete
    } else if done {
        InspectionStatus::Partial
    } else if came || expects_goods(state) {
        InspectionStatus::Pending
    } else {
        InspectionStatus::NotRequired
    }
}

/// How far the money is: the worst that is open wins.
pub(crate) fn compensation(state: &ReturnState) -> CompensationStatus {
    let any = |wanted| state.credits.iter().any(|credit| credit.state == wanted);
    let open = state.in_buckets(Bucket::OPEN).is_positive();
    if any(CreditState::PendingApproval) {
        CompensationStatus::PendingApproval
    } else if any(CreditState::Held) {
        CompensationStatus::Calculated
    } else if any(CreditState::Posting) {
        CompensationStatus::Posting
    } else if any(CreditState::Credited) && open && !state.is_exposed() {
        CompensationStatus::PartiallyCredited
    } else if any(CreditState::Credited) {
        CompensationStatus::Credited
    } else if any(CreditState::Reversed) && !open {
        CompensationStatus::Reversed
    } else if state.in_bucket(Bucket::NoCredit).is_positive() && !open {
        CompensationStatus::NoCredit
    } else {
        CompensationStatus::NotDue
    }
}

fn expects_goods(state: &ReturnState) -> bool {
    !matches!(
        state.header.lifecycle,
        Lifecycle::Declined | Lifecycle::Cancelled | Lifecycle::Expired
    )
}
