//! An advance against what came back: what does not come, or comes worse than assumed, is invoiced, exactly once.
//!
//! What is owed is the advance less what the goods that were decided on earn, both by the same calculation; goods that
//! come back as assumed earn their advance to the minor unit. There is at most one live recovery. When what is owed
//! changes afterwards (goods came late, a disposition was taken back), the live one is reversed and, if anything is
//! still owed, another one is made over the new sum: a document is never edited.

use std::collections::BTreeMap;

use canonical::calculation::Calculation;
use canonical::command::{CreditMemoLine, CreditReversal, RecoveryInvoice};
use canonical::exception::Severity;
use canonical::line::ReturnLine;
use canonical::{CommandData, EffectKey, EffectKind, ExceptionCode, Money, Qty};

use crate::buckets::Bucket;
use crate::credit::{self, CreditProblem, SliceInput};
use crate::exposure::{self, ExposureKind, Owed, Recovery};
use crate::money_state::{EffectState, Slice, SliceCredit};
use crate::plan::{self, base_uom};
use crate::policy::{Policy, Ruled};
use crate::rule::{facts, gap};
use crate::state::ReturnState;
use crate::step::Verdict;
use crate::work::{Problem, Work};
use crate::{account, keys, post};

/// What exceptions about an advance are about.
pub(crate) const ABOUT: &str = "advance";

/// What the exception about goods that earn more than was advanced is about.
const ABOUT_SURPLUS: &str = "advance/surplus";

/// Goods that are looked at: nobody knows yet what they earn.
const UNDECIDED: &[Bucket] = &[
    Bucket::Received,
    Bucket::PendingInspection,
    Bucket::Inspected,
    Bucket::Disposed,
];

/// The goods are due. What is missing then is recovered, unless goods that came are still looked at.
pub(crate) fn ring(work: &mut Work<'_>) -> Verdict {
    let exposure = work.state.exposure.as_ref();
    let Some(due_at) = exposure.and_then(|exposure| exposure.due_at) else {
        return Verdict::Ignored("nothing was credited or replaced in advance".to_owned());
    };
    if work.given.now < due_at {
        return Verdict::Ignored(format!("the goods are due at {due_at} only"));
    }
    let is_recovered = exposure.is_some_and(|exposure| exposure.live_recovery().is_some());
    let is_told = work.is_open(ExceptionCode::AdvanceOverdue, ABOUT);
    if is_recovered || is_told || !exposure::is_missing(&work.state) {
        return Verdict::Duplicate;
    }
    Verdict::Applied
}

/// Compares the advance with what came back, as soon as everything came and was decided on, or is due.
pub(crate) fn reconcile(work: &mut Work<'_>) {
    let Some(due_at) = work.state.exposure.as_ref().and_then(|e| e.due_at) else {
        return;
    };
    let is_due = due_at <= work.given.now;
    let is_missing = exposure::is_missing(&work.state);
    if is_missing && is_due && live(&work.state).is_none() {
        overdue(work);
    }
    let is_undecided = work.state.in_buckets(UNDECIDED).is_positive();
    if is_undecided || (is_missing && !is_due) {
        set_open(work, true);
        return;
    }
    let Some(policy) = work.policy() else {
        let reason = format!(
            "policy version {:?} of this return is not loaded, so that nobody can say what of its advance was earned: \
             load it again, then replay",
            work.state.header.policy_version
        );
        gap(work, ABOUT, reason);
        set_open(work, true);
        return;
    };
    match owed(&work.state, policy) {
        Ok(reckoning) => {
            work.cured(ExceptionCode::PolicyGap, ABOUT);
            set_open(work, false);
            settle(work, reckoning);
        }
        Err(problem) => {
            let reason = format!(
                "what of the advance was earned cannot be calculated: {problem}; correct it, then replay"
            );
            gap(work, ABOUT, reason);
            set_open(work, true);
        }
    }
}

fn set_open(work: &mut Work<'_>, open: bool) {
    if let Some(exposure) = &mut work.state.exposure {
        exposure.open = open;
    }
}

fn live(state: &ReturnState) -> Option<&Recovery> {
    state.exposure.as_ref()?.live_recovery()
}

fn settle(work: &mut Work<'_>, reckoning: Reckoning) {
    if reckoning.surplus {
        let reason = "the goods earn more than was advanced for them; the advance stands and nothing more is credited by \
                      itself: credit the difference by hand if the customer is to have it"
            .to_owned();
        work.raise_until_cured(Problem {
            code: ExceptionCode::NotAllowedNow,
            severity: Severity::Warning,
            about: ABOUT_SURPLUS,
            reason,
        });
    } else {
        work.cured(ExceptionCode::NotAllowedNow, ABOUT_SURPLUS);
    }
    let owed = reckoning.owed;
    if live(&work.state).map_or(&[][..], |recovery| &recovery.lines) == owed.as_slice() {
        if owed.is_empty() {
            work.cured(ExceptionCode::AdvanceOverdue, ABOUT);
        }
        return;
    }
    let after = reverse(work);
    if owed.is_empty() {
        work.cured(ExceptionCode::AdvanceOverdue, ABOUT);
    } else {
        invoice(work, owed, after);
    }
}

/// The recovery is in the ERP: nothing is overdue any more.
pub(crate) fn recovered(work: &mut Work<'_>) {
    work.cured(ExceptionCode::AdvanceOverdue, ABOUT);
}

fn overdue(work: &mut Work<'_>) {
    let what = match work.state.exposure.as_ref().map(|exposure| exposure.kind) {
        Some(ExposureKind::Replacement) => "replaced",
        _ => "credited",
    };
    let reason = format!(
        "goods that were {what} in advance are due and not back; what is missing is invoiced once nothing that came is \
         undecided: ask customer {} for the goods; when they come after all, the invoice is taken back",
        work.state.header.customer_account
    );
    work.raise_until_cured(Problem {
        code: ExceptionCode::AdvanceOverdue,
        severity: Severity::Error,
        about: ABOUT,
        reason,
    });
}

/// Takes the live recovery back. Gives what a new one has to wait for.
fn reverse(work: &mut Work<'_>) -> Option<EffectKey> {
    let key = live(&work.state)?.effect_key.clone();
    let is_planned =
        |effect: &crate::EffectRecord| effect.key == key && effect.state == EffectState::Planned;
    let planned = work.state.effects.iter().position(is_planned);
    let by = match planned.and_then(|at| work.state.effects.get_mut(at)) {
        Some(effect) => {
            effect.state = EffectState::Cancelled;
            plan::cancel(work, key.clone());
            key.clone()
        }
        None => plan_reversal(work, &key)?,
    };
    let recoveries = work
        .state
        .exposure
        .iter_mut()
        .flat_map(|e| &mut e.recoveries);
    for recovery in recoveries.filter(|recovery| recovery.effect_key == key) {
        recovery.reversed_by = Some(by.clone());
    }
    (by != key).then_some(by)
}

fn plan_reversal(work: &mut Work<'_>, key: &EffectKey) -> Option<EffectKey> {
    let gross: i64 = live(&work.state)?
        .lines
        .iter()
        .map(|line| line.net_minor.saturating_add(line.tax_minor))
        .sum();
    let document_no = work.state.effect(key)?.document_no.clone();
    let keyed = keys::recovery_reversal(key);
    let by = keyed.0.clone();
    let dates = post::dates(work);
    let data = CommandData::ReverseRecovery(CreditReversal {
        reverses: key.clone(),
        document_no,
        amount: Money::new(gross, work.state.header.currency),
        reason: "goods that were advanced came back after their recovery".to_owned(),
        document_date: Some(dates.0),
        posting_date: dates.1,
        part: None,
    });
    let kind = EffectKind::ErpRecoveryReversal;
    plan::effect(work, keyed, kind, "", vec![key.clone()], data);
    Some(by)
}

/// Invoices what is owed, after the advance itself and after the reversal of an earlier invoice.
fn invoice(work: &mut Work<'_>, owed: Vec<Owed>, after: Option<EffectKey>) {
    let Some(advance) = advance_key(&work.state) else {
        return;
    };
    let seq = work
        .state
        .exposure
        .as_ref()
        .map_or(0, |exposure| exposure.recoveries.len())
        + 1;
    let header = &work.state.header;
    let keyed = keys::recovery(&header.return_id, &advance, seq);
    let effect_key = keyed.0.clone();
    let lines: Vec<CreditMemoLine> = owed
        .iter()
        .filter_map(|owed| invoice_line(&work.state, owed))
        .collect();
    let document_no = work
        .state
        .effect(&advance)
        .map(|effect| effect.document_no.clone());
    let dates = post::dates(work);
    let data = CommandData::InvoiceRecovery(Box::new(RecoveryInvoice {
        recovers: advance.clone(),
        document_no: document_no.unwrap_or_default(),
        bill_to: account::surviving(work, &header.bill_to),
        ccy: header.currency,
        document_date: dates.0,
        posting_date: dates.1,
        net_minor: lines.iter().map(|line| line.net_minor).sum(),
        tax_minor: lines.iter().map(|line| line.tax_minor).sum(),
        lines,
        reason: "advanced for goods that did not come back as agreed".to_owned(),
    }));
    let waits_for = [advance].into_iter().chain(after).collect();
    let kind = EffectKind::ErpRecoveryInvoice;
    plan::effect(work, keyed, kind, "", waits_for, data);
    if let Some(exposure) = &mut work.state.exposure {
        exposure.recoveries.push(Recovery {
            effect_key,
            lines: owed,
            reversed_by: None,
        });
    }
}

fn invoice_line(state: &ReturnState, owed: &Owed) -> Option<CreditMemoLine> {
    let line = state
        .lines
        .iter()
        .find(|line| line.line.line_no == owed.line_no)?;
    Some(CreditMemoLine {
        line_no: owed.line_no,
        sku: line.line.sku.clone(),
        base_qty: owed.qty,
        uom: base_uom(&line.line).to_owned(),
        net_minor: owed.net_minor,
        tax_minor: owed.tax_minor,
        taxes: Vec::new(),
        text: format!(
            "Return {}: advanced and not earned, {} not back or without credit",
            state.header.rma_number, owed.qty
        ),
        invoice_ref: line.line.invoice_ref.clone(),
        component: None,
    })
}

/// The effect by which the advance left.
pub(crate) fn advance_key(state: &ReturnState) -> Option<EffectKey> {
    let exposure = state.exposure.as_ref()?;
    match exposure.kind {
        ExposureKind::Credit => {
            let version = exposure.credit?;
            let credit = state.credits.iter().find(|c| c.version == version)?;
            credit.effect_key.clone()
        }
        ExposureKind::Replacement => {
            let line = state.lines.first()?;
            Some(keys::replacement_up_front(state.return_id(), &line.line.line_id).0)
        }
    }
}

/// What is owed, and whether some goods earn more than was advanced for them.
struct Reckoning {
    owed: Vec<Owed>,
    surplus: bool,
}

/// Net and tax by line, minor units.
type Amounts = BTreeMap<u32, (i64, i64)>;

fn owed(state: &ReturnState, policy: &Policy) -> Result<Reckoning, CreditProblem> {
    let is_replaced = exposure::is_replaced_up_front(state);
    let goods = earning(state, policy);
    let (advanced, earned) = if is_replaced {
        let whole = exposure::advanced(state);
        (worth(&whole, None)?, worth(&goods, Some((state, policy)))?)
    } else {
        let whole = exposure::advanced(state);
        (
            amounts(state, policy, &whole)?,
            amounts(state, policy, &goods)?,
        )
    };
    let mut reckoning = Reckoning {
        owed: Vec::new(),
        surplus: false,
    };
    for line in &state.lines {
        let no = line.line.line_no;
        let (net, tax) = advanced.get(&no).copied().unwrap_or_default();
        let (earned_net, earned_tax) = earned.get(&no).copied().unwrap_or_default();
        let (net, tax) = (net - earned_net, tax - earned_tax);
        reckoning.surplus |= net < 0 || tax < 0;
        if net > 0 || tax > 0 {
            reckoning.owed.push(Owed {
                line_no: no,
                qty: without_credit(state, no, line.base),
                net_minor: net.max(0),
                tax_minor: tax.max(0),
            });
        }
    }
    Ok(reckoning)
}

/// Units of a line for which nothing is due: not back, or decided to be without credit.
fn without_credit(state: &ReturnState, line_no: u32, base: Qty) -> Qty {
    let earning: i64 = state
        .slices
        .iter()
        .filter(|slice| slice.line_no == line_no && is_earning(slice))
        .map(|slice| slice.qty.millionths())
        .sum();
    base.minus_floor(Qty::from_millionths(earning))
}

fn is_earning(slice: &Slice) -> bool {
    matches!(slice.credit, SliceCredit::Advanced | SliceCredit::Replaced)
}

/// The goods that came and earn something. What the policy answers as it does for the goods that were assumed counts as
/// such goods, so that the cut of dispositions never moves a minor unit.
fn earning<'a>(state: &'a ReturnState, policy: &Policy) -> Vec<SliceInput<'a>> {
    let mut inputs = Vec::new();
    for slice in state.slices.iter().filter(|slice| is_earning(slice)) {
        let line = state
            .lines
            .iter()
            .find(|line| line.line.line_no == slice.line_no);
        let (Some(line), Some(at)) = (line, slice.at) else {
            continue;
        };
        let assumed = exposure::assumed(line, at);
        let is_as_assumed = facts(state, slice).is_some_and(|found| {
            let wanted = assumed.facts(&state.header);
            let percent = |facts| policy.credit_percent(facts).map(|ruled| ruled.value);
            let fee = |facts| policy.restocking_fee(facts).map(|ruled| ruled.rule_id);
            let id = |ruled: Option<Ruled<_>>| ruled.map(|ruled| ruled.rule_id);
            let freight = |facts| policy.outbound_freight(facts);
            let label = |facts| policy.return_label(facts).map(id);
            percent(&found) == percent(&wanted)
                && fee(&found) == fee(&wanted)
                && freight(&found) == freight(&wanted)
                && label(&found) == label(&wanted)
        });
        inputs.push(if is_as_assumed {
            assumed
        } else {
            SliceInput {
                action: slice.action,
                condition: slice.condition(),
                liability: slice.liability,
                ..assumed
            }
        });
    }
    exposure::joined(inputs)
}

/// Amounts of a credit for these units, by line.
fn amounts(
    state: &ReturnState,
    policy: &Policy,
    inputs: &[SliceInput<'_>],
) -> Result<Amounts, CreditProblem> {
    let header = &state.header;
    let as_of = header.requested_at;
    let Some(calculation) = credit::calculate(header, inputs, policy, 0, as_of)? else {
        return Ok(Amounts::new());
    };
    Ok(by_line(state, &calculation))
}

fn by_line(state: &ReturnState, calculation: &Calculation) -> Amounts {
    let lines: Vec<ReturnLine> = state.lines.iter().map(|line| line.line.clone()).collect();
    let mut amounts = Amounts::new();
    for line in credit::memo_lines(&state.header, calculation, &lines) {
        let (net, tax) = amounts.entry(line.line_no).or_default();
        *net += line.net_minor;
        *tax += line.tax_minor;
    }
    amounts
}

/// What these units were invoiced at, by line; what of it is earned if a policy is asked.
fn worth(
    inputs: &[SliceInput<'_>],
    asked: Option<(&ReturnState, &Policy)>,
) -> Result<Amounts, CreditProblem> {
    let mut amounts = Amounts::new();
    for input in inputs {
        let line_no = input.line.line_no;
        let percent = match asked {
            None => Qty::whole(100),
            Some((state, policy)) => input.percent(&state.header, policy)?.value,
        };
        let at = (input.position_from, input.position_to);
        let (net, tax) =
            credit::worth(input.line, at, percent).ok_or(CreditProblem::NoInvoice { line_no })?;
        let (sum, taxes) = amounts.entry(line_no).or_default();
        *sum += net;
        *taxes += tax;
    }
    Ok(amounts)
}
