//! INV-4, INV-5, INV-6: what is credited, of which units, and that it comes back as it went.

use std::collections::BTreeMap;

use canonical::calculation::Sign;
use canonical::command::{CreditMemo, CreditReversal};
use canonical::{
    Command, CommandData, ComponentType, Condition, CreditBasis, DispositionAction, EffectKey,
    EffectKind, Qty, ReturnType,
};
use workflow::{Bucket, CreditState, LineState, ReturnState, Slice, SliceCredit};

use super::{World, goods, sum};

/// What the example policy credits nothing for, written down once more.
const WITHOUT_CREDIT: &[DispositionAction] = &[
    DispositionAction::ReturnToCustomer,
    DispositionAction::RepairReturn,
    DispositionAction::ReplaceRestock,
    DispositionAction::ReplaceScrap,
    DispositionAction::Missing,
    DispositionAction::Quarantine,
];

/// No memo without receipt, inspection and disposition of exactly its units; of an advance, no more than was authorised.
pub(super) fn check_covered(state: &ReturnState, command: &Command) {
    let CommandData::PostCreditMemo(memo) = &command.data else {
        return;
    };
    let is_advance = memo.calculation.basis == CreditBasis::Advance;
    if is_advance {
        assert!(state.is_exposed() && state.slices().is_empty());
    }
    for line in state.lines() {
        let units = || {
            let slices = memo.calculation.slices.iter();
            slices.filter(|unit| unit.line_no == line.line.line_no)
        };
        let wanted = sum(units().map(|unit| unit.base_qty));
        if is_advance {
            assert!(wanted <= line.base, "{wanted} in advance");
            continue;
        }
        assert!(wanted <= line.buckets.sum(Bucket::DISPOSED), "{wanted}");
        for unit in units() {
            let is_it = |slice: &&Slice| {
                slice.line_no == unit.line_no
                    && slice.at == Some((unit.position_from, unit.position_to))
            };
            let slice = state.slices().iter().find(is_it).unwrap();
            let is_inspected = slice.condition() >= Some(Condition::ANewSealed);
            assert!(is_inspected || state.header().return_type == ReturnType::CreditOnly);
            let is_correction = memo.calculation.basis == CreditBasis::Correction;
            assert!(
                is_correction || !WITHOUT_CREDIT.contains(&slice.action),
                "{} is credited with nothing",
                slice.action
            );
        }
    }
}

/// Credited, and being credited, is what was disposed with a credit or is kept.
pub(super) fn check_credited(state: &ReturnState, line: &LineState) {
    let buckets = [Bucket::Credited, Bucket::CreditReserved];
    let credited = line.buckets.sum(&buckets);
    let slices = state.slices().iter();
    let mine = slices.filter(|slice| slice.line_no == line.line.line_no);
    let deserved = sum(mine
        .filter(|slice| !WITHOUT_CREDIT.contains(&slice.action))
        .filter(|slice| !slice.disposition.is_empty() && slice.at.is_some())
        .map(|slice| slice.qty));
    let kept = goods::kept(state, line.line.line_no);
    assert!(
        credited <= deserved.checked_add(kept).unwrap(),
        "{credited} credited, {deserved} deserve it: {:?}",
        line.buckets
    );
    if state.header().return_type != ReturnType::CreditOnly {
        assert_eq!(kept, Qty::ZERO);
    }
}

/// What is taken back is a memo that is posted, or a part of it; every document sums up to the minor unit.
pub(super) fn check_document(world: &World, command: &Command) {
    match &command.data {
        CommandData::PostCreditMemo(memo) => check_memo(memo),
        CommandData::ReverseCreditMemo(reversal) => check_reversal(world, reversal),
        _ => {}
    }
}

fn check_memo(memo: &CreditMemo) {
    let totals = &memo.calculation.totals;
    assert!(totals.payable_minor > 0);
    let net: i64 = memo.lines.iter().map(|line| line.net_minor).sum();
    let tax: i64 = memo.lines.iter().map(|line| line.tax_minor).sum();
    assert_eq!((net, tax), (totals.net_minor, totals.tax_minor));
    assert_eq!(totals.gross_minor, net + tax);
    let by_rate = memo.calculation.tax_lines.iter();
    assert_eq!(by_rate.map(|line| line.tax_minor).sum::<i64>(), tax);
    let components = memo.calculation.components.iter();
    let components: i64 = components
        .map(|component| match (component.sign, component.kind) {
            (_, ComponentType::Tax) => 0,
            (Sign::Credit, _) => component.amount_minor,
            (Sign::Charge, _) => -component.amount_minor,
        })
        .sum();
    assert_eq!(components, net);
}

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

/// What the ERP has is what the return says, never more than was invoiced.
pub(super) fn check_ledger(world: &World, state: &ReturnState) {
    let invoiced: i64 = state
        .lines()
        .iter()
        .filter_map(|line| line.line.invoiced.as_ref())
        .map(|i| {
            let taxes: i64 = i.taxes.iter().map(|tax| tax.amount_minor).sum();
            i.amount_minor + taxes + i.freight_minor
        })
        .sum();
    let credited = state.credited().minor;
    assert!(
        (0..=invoiced).contains(&credited),
        "{credited} of {invoiced}"
    );
    let is_coming = |(key, (command, _)): (&EffectKey, &(Command, bool))| {
        command.kind == EffectKind::ErpCreditReversal && !world.confirmed.contains(key)
    };
    if world.effects.iter().any(is_coming) {
        return;
    }
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

/// Net and tax in the ERP's books, by return line.
pub(crate) fn posted(world: &World) -> BTreeMap<u32, (i64, i64)> {
    let mut books: BTreeMap<u32, (i64, i64)> = BTreeMap::new();
    for key in &world.confirmed {
        let (lines, sign) = match &world.effects[key].0.data {
            CommandData::PostCreditMemo(memo) => (&memo.lines, 1),
            CommandData::ReverseCreditMemo(reversal) => (lines_of(world, reversal), -1),
            _ => continue,
        };
        for line in lines {
            let (net, tax) = books.entry(line.line_no).or_default();
            *net += sign * line.net_minor;
            *tax += sign * line.tax_minor;
        }
    }
    books
}

fn lines_of<'a>(
    world: &'a World,
    reversal: &'a CreditReversal,
) -> &'a Vec<canonical::command::CreditMemoLine> {
    match (&reversal.part, &world.effects[&reversal.reverses].0.data) {
        (Some(part), _) => &part.lines,
        (None, CommandData::PostCreditMemo(memo)) => &memo.lines,
        (None, other) => panic!("a memo is taken back: {other:?}"),
    }
}

/// Of each line's net and tax, between nothing and what was invoiced is posted.
pub(super) fn check_components(world: &World, state: &ReturnState) {
    for (line_no, (net, tax)) in posted(world) {
        let line = state.lines().iter().find(|l| l.line.line_no == line_no);
        let invoiced = line.unwrap().line.invoiced.as_ref().unwrap();
        let taxed: i64 = invoiced.taxes.iter().map(|tax| tax.amount_minor).sum();
        let most = invoiced.amount_minor + invoiced.freight_minor;
        let is_within = (0..=most).contains(&net) && (0..=taxed).contains(&tax);
        assert!(is_within, "line {line_no}: net {net}, tax {tax} are posted");
    }
}

/// No unit of an invoice line is in two slices, and none lies outside of it.
pub(super) fn check_units(world: &World, state: &ReturnState, line: &LineState) {
    let slices = state.slices().iter();
    let mine = slices.filter(|slice| slice.line_no == line.line.line_no);
    let mut units: Vec<(Qty, Qty)> = mine.filter_map(|slice| slice.at).collect();
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

/// No unit is in two memos that stand, and what is being credited is reserved.
pub(super) fn check_memos_apart(world: &World, state: &ReturnState) {
    let is_standing = |credit: &&workflow::CreditRecord| {
        credit.corrects.is_none()
            && matches!(credit.state, CreditState::Posting | CreditState::Credited)
    };
    let memos = state.credits().iter().filter(is_standing);
    let slices =
        memos.filter_map(
            |credit| match &world.effects[credit.effect_key.as_ref()?].0.data {
                CommandData::PostCreditMemo(memo) => Some(memo.calculation.slices.clone()),
                _ => None,
            },
        );
    let mut units: Vec<(String, Qty, Qty)> = slices
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
    for line in state.lines().iter().filter(|_| world.by_the_example) {
        let held = sum(world
            .claims
            .iter()
            .filter(|claim| claim.return_id == state.return_id())
            .filter(|claim| {
                claim
                    .invoice_line
                    .ends_with(&format!("|{}", line.line.line_no))
            })
            .map(|claim| claim.to.minus_floor(claim.from)));
        let slices = state.slices().iter();
        let being = sum(slices
            .filter(|slice| slice.line_no == line.line.line_no)
            .filter(|s| matches!(s.credit, SliceCredit::Reserved | SliceCredit::Credited))
            .map(|slice| slice.qty));
        assert!(being <= held, "{being} credited, {held} reserved");
    }
}
