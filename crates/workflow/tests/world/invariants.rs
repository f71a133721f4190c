//! What must hold after every step, whatever happened.

use std::collections::BTreeMap;

use canonical::command::CreditReversal;
use canonical::{
    BusinessCode, Command, CommandData, Condition, CreditBasis, EffectKey, EffectKind, Qty,
    ReturnType, StockStatus,
};
use workflow::{
    Bucket, CreditState, EffectRecord, EffectState, ReturnState, SliceCredit, Step, Verdict,
};

use super::World;

/// Of a step, before it is taken over.
pub(crate) fn check_step(world: &World, before: Option<&ReturnState>, step: &Step) {
    if !matches!(step.verdict, Verdict::Applied | Verdict::Parked) {
        assert!(step.state.is_none(), "nothing changed: {:?}", step.verdict);
        assert!(step.plan.is_empty() && step.statuses.is_empty() && step.claims.is_empty());
        assert!(step.releases.is_empty() && step.timers.is_empty() && step.cancel.is_empty());
    }
    // statuses are numbered without gaps
    let mut seq = before.map_or(0, ReturnState::status_seq);
    for status in &step.statuses {
        seq += 1;
        assert_eq!(status.seq, seq, "gapless");
    }
    if let Some(after) = &step.state {
        assert_eq!(after.status_seq(), seq);
    }
    for planned in &step.plan {
        let command = &planned.command;
        assert!(
            !world.effects.contains_key(&command.effect_key),
            "planned once: {}",
            command.key_text
        );
        assert_eq!(
            planned.ready,
            planned
                .depends_on
                .iter()
                .all(|key| world.confirmed.contains(key)),
            "{}",
            command.key_text
        );
        if command.kind == EffectKind::ErpCreditMemo {
            check_memo(step.state.as_ref().unwrap(), &command.data);
        }
        if let CommandData::ReverseCreditMemo(reversal) = &command.data {
            check_reversal(world, reversal);
        }
    }
    for key in &step.cancel {
        assert!(
            !world.effects[key].1,
            "only what was not ready is cancelled"
        );
    }
    for raised in &step.exceptions {
        assert!(
            raised.reason.len() > 40,
            "says what, where and what to do: {}",
            raised.reason
        );
    }
}

/// No memo without receipt, inspection and disposition of exactly its units; its lines sum to its totals.
fn check_memo(state: &ReturnState, data: &CommandData) {
    let CommandData::PostCreditMemo(memo) = data else {
        panic!("a memo: {data:?}")
    };
    let is_advance = memo.calculation.basis == CreditBasis::Advance;
    if is_advance {
        assert!(state.is_exposed() && state.slices().is_empty());
    }
    for unit in memo.calculation.slices.iter().filter(|_| !is_advance) {
        let line = state
            .lines()
            .iter()
            .find(|l| l.line.line_no == unit.line_no)
            .unwrap();
        let inspected = line.buckets.sum(Bucket::DISPOSED);
        assert!(inspected >= unit.base_qty, "inspected before credited");
        assert!(
            state
                .slices()
                .iter()
                .any(|slice| slice.line_no == unit.line_no
                    && slice.at == Some((unit.position_from, unit.position_to))
                    && (slice.condition() >= Some(Condition::ANewSealed)
                        || state.header().return_type == ReturnType::CreditOnly))
        );
    }
    let totals = &memo.calculation.totals;
    assert!(totals.payable_minor > 0);
    assert_eq!(
        memo.lines.iter().map(|l| l.net_minor).sum::<i64>(),
        totals.net_minor
    );
    assert_eq!(
        memo.lines.iter().map(|l| l.tax_minor).sum::<i64>(),
        totals.tax_minor
    );
}

/// What is taken back is a memo that is posted, or a part of it, to the minor unit.
fn check_reversal(world: &World, reversal: &CreditReversal) {
    assert!(world.confirmed.contains(&reversal.reverses));
    let CommandData::PostCreditMemo(memo) = &world.effects[&reversal.reverses].0.data else {
        panic!("a memo is taken back: {reversal:?}")
    };
    assert!(0 < reversal.amount.minor && reversal.amount.minor <= memo.amount().minor);
    let Some(part) = &reversal.part else {
        return assert_eq!(reversal.amount, memo.amount(), "equal to its original");
    };
    assert_eq!(part.net_minor + part.tax_minor, reversal.amount.minor);
    let net: i64 = part.lines.iter().map(|line| line.net_minor).sum();
    let tax: i64 = part.lines.iter().map(|line| line.tax_minor).sum();
    assert_eq!((net, tax), (part.net_minor, part.tax_minor));
}

/// What the ERP has is what the return says, never more than was invoiced; no unit is in two memos that stand.
fn check_money(world: &World, state: &ReturnState) {
    let invoiced: i64 = state
        .lines()
        .iter()
        .filter_map(|line| line.line.invoiced.as_ref())
        .map(|i| i.amount_minor + i.taxes.iter().map(|tax| tax.amount_minor).sum::<i64>())
        .sum();
    let credited = state.credited().minor;
    assert!(
        (0..=invoiced).contains(&credited),
        "{credited} of {invoiced}"
    );
    let is_coming = |(key, (command, _)): (&EffectKey, &(Command, bool))| {
        command.kind == EffectKind::ErpCreditReversal && !world.confirmed.contains(key)
    };
    if !world.effects.iter().any(is_coming) {
        let posted: i64 = world
            .confirmed
            .iter()
            .map(|key| match &world.effects[key].0.data {
                CommandData::PostCreditMemo(memo) => memo.amount().minor,
                CommandData::ReverseCreditMemo(reversal) => -reversal.amount.minor,
                _ => 0,
            })
            .sum();
        assert_eq!(posted, credited, "the ledger says what the return says");
    }
    let mut units: Vec<(String, Qty, Qty)> = state
        .credits()
        .iter()
        .filter(|credit| {
            credit.corrects.is_none()
                && matches!(credit.state, CreditState::Posting | CreditState::Credited)
        })
        .filter_map(
            |credit| match &world.effects[credit.effect_key.as_ref()?].0.data {
                CommandData::PostCreditMemo(memo) => Some(memo.calculation.slices.clone()),
                _ => None,
            },
        )
        .flatten()
        .map(|slice| (slice.line_id, slice.position_from, slice.position_to))
        .collect();
    units.sort();
    for pair in units.windows(2) {
        assert!(
            pair[0].0 != pair[1].0 || pair[0].2 <= pair[1].1,
            "no unit in two memos: {units:?}"
        );
    }
}

/// Of the state.
pub(crate) fn check_state(world: &World, state: &ReturnState) {
    for line in state.lines() {
        let buckets = &line.buckets;
        assert!(buckets.is_sound(), "conserved: {buckets:?}");
        let gone = buckets.sum(&[Bucket::Cancelled, Bucket::Expired, Bucket::ShortClosed]);
        let accepted = buckets.sum(Bucket::ACCEPTED);
        assert!(
            accepted <= add(line.base.minus_floor(gone), world.tolerance),
            "accepted within what was authorised: {buckets:?}"
        );
        let no = line.line.line_no;
        let mine = || {
            state
                .slices()
                .iter()
                .filter(move |slice| slice.line_no == no)
        };
        assert_eq!(
            sum(mine().map(|s| s.qty)),
            buckets.sum(Bucket::DISPOSED),
            "slices are the disposed"
        );
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
            assert_eq!(qty, buckets.get(bucket), "{credit:?}");
        }
        let mut units: Vec<(Qty, Qty)> = mine().filter_map(|slice| slice.at).collect();
        units.sort_unstable();
        for pair in units.windows(2) {
            assert!(pair[0].1 <= pair[1].0, "no unit twice: {units:?}");
        }
        for (from, to) in units {
            assert!(
                Qty::ZERO <= from && from < to && to <= world.axis,
                "on the invoice line"
            );
        }
    }
    check_stock(world, state);
    check_money(world, state);
    check_code(state);
    check_exposure(world, state);
    assert!(state.credited().minor >= 0);
}

/// At most one recovery is live, each is taken back at most once, and no more is recovered than was advanced.
fn check_exposure(world: &World, state: &ReturnState) {
    let Some(exposure) = state.exposure() else {
        return;
    };
    let live = exposure
        .recoveries
        .iter()
        .filter(|r| r.reversed_by.is_none());
    assert!(live.count() <= 1, "one live recovery: {exposure:?}");
    let (mut invoices, mut reversals) = (0, BTreeMap::<_, usize>::new());
    for (key, (command, _)) in &world.effects {
        match &command.data {
            CommandData::InvoiceRecovery(_) if !world.cancelled.contains(key) => invoices += 1,
            CommandData::ReverseRecovery(reversal) => {
                *reversals.entry(reversal.reverses.clone()).or_default() += 1;
            }
            _ => {}
        }
    }
    assert!(reversals.values().all(|count| *count == 1), "{reversals:?}");
    let live = usize::from(exposure.live_recovery().is_some());
    assert_eq!(invoices, reversals.len() + live, "{exposure:?}");
    if let Some(recovery) = exposure.live_recovery() {
        let owed: i64 = recovery
            .lines
            .iter()
            .map(|l| l.net_minor + l.tax_minor)
            .sum();
        let advanced: i64 = state
            .lines()
            .iter()
            .filter_map(|line| line.line.invoiced.as_ref())
            .map(|i| i.amount_minor + i.taxes.iter().map(|tax| tax.amount_minor).sum::<i64>())
            .sum();
        assert!(0 < owed && owed <= advanced, "{owed} of {advanced}");
    }
    if exposure.due_at.is_some() {
        assert!(
            !matches!(
                state.lifecycle(),
                canonical::Lifecycle::Expired | canonical::Lifecycle::Cancelled
            ),
            "an exposed return neither expires nor is withdrawn"
        );
    }
}

/// A failure is shown only while an effect is behind it.
fn check_code(state: &ReturnState) {
    let code = state.business_code();
    if !matches!(code, BusinessCode::R610 | BusinessCode::R700) {
        return;
    }
    let is_stock = |kind| {
        matches!(
            kind,
            EffectKind::ErpStockTransfer | EffectKind::ErpScrap | EffectKind::ErpReceiptHold
        )
    };
    let is_behind = |effect: &EffectRecord| {
        matches!(effect.state, EffectState::Blocked(_))
            && effect.kind != EffectKind::Notify
            && is_stock(effect.kind) == (code == BusinessCode::R610)
    };
    assert!(state.effects().iter().any(is_behind), "{code} of nothing");
}

/// Millionths of an item in a status.
type Stock = BTreeMap<(String, StockStatus), i64>;

/// Buckets of goods that came and are not disposed.
const ON_HOLD: &[Bucket] = &[
    Bucket::Received,
    Bucket::OverHold,
    Bucket::UnmatchedHold,
    Bucket::PendingInspection,
    Bucket::Inspected,
];

/// Stock that was moved, and not moved back, is what was disposed with a stock effect; what is on hold in the ERP is what
/// came and is not disposed.
fn check_stock(world: &World, state: &ReturnState) {
    let mut moved: Stock = BTreeMap::new();
    for (key, (command, _)) in &world.effects {
        let CommandData::MoveStock(movement) = &command.data else {
            continue;
        };
        if world.cancelled.contains(key) {
            continue;
        }
        for (status, sign) in [(movement.to_status, 1), (movement.from_status, -1)] {
            *moved.entry((movement.sku.clone(), status)).or_default() +=
                sign * movement.base_qty.millionths();
        }
    }
    let mut disposed: Stock = BTreeMap::new();
    let before = if world.books_arrivals {
        StockStatus::ReturnsHold
    } else {
        StockStatus::None
    };
    for line in state.lines() {
        // what a customer keeps never was in stock
        let kept: i64 = state
            .slices()
            .iter()
            .filter(|slice| slice.line_no == line.line.line_no && slice.disposition.is_empty())
            .map(|slice| slice.qty.millionths())
            .sum();
        let here = line.buckets.sum(ON_HOLD).millionths()
            + line.buckets.sum(Bucket::DISPOSED).millionths()
            - kept;
        if world.books_arrivals {
            for (status, sign) in [(before, 1), (StockStatus::None, -1)] {
                *disposed.entry((line.line.sku.clone(), status)).or_default() += sign * here;
            }
        }
    }
    for slice in state.slices() {
        let line = state
            .lines()
            .iter()
            .find(|l| l.line.line_no == slice.line_no)
            .unwrap();
        if let Some(target) = slice.target {
            *disposed.entry((line.line.sku.clone(), target)).or_default() += slice.qty.millionths();
            *disposed.entry((line.line.sku.clone(), before)).or_default() -= slice.qty.millionths();
        }
    }
    moved.retain(|_, qty| *qty != 0);
    disposed.retain(|_, qty| *qty != 0);
    assert_eq!(moved, disposed, "stock follows the goods");
    check_posted(world);
}

/// What the ERP was told so far, in whatever order, never leaves less than nothing.
fn check_posted(world: &World) {
    let mut posted: Stock = BTreeMap::new();
    for key in &world.confirmed {
        let CommandData::MoveStock(movement) = &world.effects[key].0.data else {
            continue;
        };
        let statuses = [(movement.to_status, 1), (movement.from_status, -1)];
        for (status, sign) in statuses
            .into_iter()
            .filter(|(status, _)| *status != StockStatus::None)
        {
            *posted.entry((movement.sku.clone(), status)).or_default() +=
                sign * movement.base_qty.millionths();
        }
    }
    assert!(
        posted.values().all(|qty| *qty >= 0),
        "never less than nothing: {posted:?}"
    );
}

fn sum(quantities: impl Iterator<Item = Qty>) -> Qty {
    Qty::from_millionths(quantities.map(Qty::millionths).sum())
}

fn add(a: Qty, b: Qty) -> Qty {
    a.checked_add(b).unwrap()
}
