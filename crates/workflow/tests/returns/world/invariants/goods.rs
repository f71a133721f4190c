//! INV-1, INV-2, INV-3, INV-12: what came, was inspected and disposed. Compared with what the partners told
//! ([`super::super::told::Told`]), not only with what the return itself says.

use canonical::Qty;
use workflow::{Bucket, LineState, ReturnState, SliceCredit};

use super::{World, sum};

/// What a customer keeps is credited without goods: it never came.
pub(super) fn kept(state: &ReturnState, line_no: u32) -> Qty {
    let slices = state.slices().iter();
    sum(slices
        .filter(|slice| slice.line_no == line_no && slice.disposition.is_empty())
        .map(|slice| slice.qty))
}

pub(super) fn check_accepted(world: &World, line: &LineState) {
    let buckets = &line.buckets;
    let gone = buckets.sum(&[Bucket::Cancelled, Bucket::Expired, Bucket::ShortClosed]);
    let accepted = buckets.sum(Bucket::ACCEPTED);
    let allowed = line.base.minus_floor(gone);
    assert!(
        accepted <= allowed.checked_add(world.tolerance).unwrap(),
        "accepted within what was authorised: {buckets:?}"
    );
    if let Some(invoiced) = line
        .line
        .invoiced
        .as_ref()
        .filter(|_| accepted.is_positive())
    {
        assert!(line.base <= invoiced.base_qty, "within what was invoiced");
    }
}

pub(super) fn check_inspected(world: &World, state: &ReturnState, line: &LineState) {
    let buckets = &line.buckets;
    let inspected = buckets.get(Bucket::Inspected);
    let inspected = inspected.checked_add(disposed(state, line)).unwrap();
    let came = world.told.received(&line.line.sku);
    assert!(inspected <= came, "{inspected} inspected, {came} came");
}

pub(super) fn check_disposed(world: &World, state: &ReturnState, line: &LineState) {
    let disposed = disposed(state, line);
    let inspected = world.told.inspected(&line.line.sku);
    assert!(disposed <= inspected, "{disposed} disposed of {inspected}");
    let no = line.line.line_no;
    let mine = || state.slices().iter().filter(move |s| s.line_no == no);
    let all = line.buckets.sum(Bucket::DISPOSED);
    assert_eq!(sum(mine().map(|slice| slice.qty)), all, "in slices");
    for (credit, bucket) in [
        (SliceCredit::Due, Bucket::CreditDue),
        (SliceCredit::Reserved, Bucket::CreditReserved),
        (SliceCredit::Credited, Bucket::Credited),
        (SliceCredit::None, Bucket::NoCredit),
        (SliceCredit::Reversed, Bucket::CreditReversed),
    ] {
        // what left in advance is in the bucket of what it came to
        let also = match credit {
            SliceCredit::Credited => SliceCredit::Advanced,
            SliceCredit::None => SliceCredit::Replaced,
            other => other,
        };
        let qty = sum(mine()
            .filter(|slice| slice.credit == credit || slice.credit == also)
            .map(|slice| slice.qty));
        assert_eq!(qty, line.buckets.get(bucket), "{credit:?}");
    }
}

fn disposed(state: &ReturnState, line: &LineState) -> Qty {
    let all = line.buckets.sum(Bucket::DISPOSED);
    all.minus_floor(kept(state, line.line.line_no))
}

pub(super) fn check_conserved(world: &World, state: &ReturnState, line: &LineState) {
    let buckets = &line.buckets;
    assert!(buckets.is_sound(), "conserved: {buckets:?}");
    if !world.by_the_example || state.header().authorized_at.is_none() {
        return;
    }
    let mut places = Bucket::ACCEPTED.to_vec();
    places.extend([Bucket::OverHold, Bucket::UnmatchedHold]);
    let here = buckets.sum(&places);
    let here = here.minus_floor(kept(state, line.line.line_no));
    let came = world.told.received(&line.line.sku);
    if world.told.is_exact() {
        assert_eq!(here, came, "what came is somewhere: {buckets:?}");
    }
    assert!(here <= came, "{here} are here, {came} came");
}
