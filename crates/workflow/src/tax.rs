//! The tax engine: asked before a credit leaves, told of it after, and told again when it is taken back.
//!
//! The credit's tax is always the invoice's, apportioned. The engine says what it would give back at the original date and
//! rates; a difference that the policy does not tolerate is for a person. An engine that does not answer in time holds up
//! nobody: the credit is provisional then, and trued up by the answer when it comes.

use canonical::calculation::{Calculation, Variance};
use canonical::command::{CreditReversal, TaxRefund, TaxRefundLine, TaxVoid};
use canonical::event::TimerKind;
use canonical::exception::Severity;
use canonical::{CommandData, ComponentType, EffectKey, EffectKind, ExceptionCode, Money};
use serde::{Deserialize, Serialize};

use crate::credit;
use crate::money_state::{CreditRecord, CreditState};
use crate::policy::Policy;
use crate::step::Verdict;
use crate::work::{Problem, Work};
use crate::{keys, plan, rule};

/// Kind of the variance.
pub(crate) const TAX: &str = "TAX";

/// How a credit stands with the tax engine.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TaxStand {
    /// Effect that asks the engine.
    pub quote_key: EffectKey,
    /// Tax of the calculation, minor units.
    pub expected_minor: i64,
    /// What the engine said, minor units; none as long as it has not answered.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub quoted_minor: Option<i64>,
    /// True if the credit went on without the answer.
    #[serde(default)]
    pub provisional: bool,
}

/// True if the credit must still wait for the engine. Its answer, or that there is none, is put into the variances.
pub(crate) fn waits(
    work: &mut Work<'_>,
    policy: &Policy,
    version: u32,
    calculation: &mut Calculation,
) -> bool {
    let Some(wait_hours) = policy.tax_engine_wait_hours() else {
        return false;
    };
    let has_invoice = calculation
        .slices
        .iter()
        .any(|slice| !slice.invoice_line.is_empty());
    if !has_invoice {
        return false;
    }
    let Some(stand) = stand(work, version) else {
        ask(work, version, calculation, wait_hours);
        return true;
    };
    let expected = stand.expected_minor;
    match (stand.quoted_minor, stand.provisional) {
        (None, false) => true,
        (None, true) => {
            let decision = "PROVISIONAL: the tax engine did not answer in time; the invoice's tax is used and trued up";
            calculation
                .variances
                .push(variance(expected, expected, 0, decision));
            false
        }
        (Some(quoted), _) => {
            if quoted != expected {
                let allowed = tolerated(work, policy, expected);
                let decision = if apart(quoted, expected) <= allowed {
                    "tolerated: the invoice's tax is used"
                } else {
                    ""
                };
                calculation
                    .variances
                    .push(variance(expected, quoted, allowed, decision));
            }
            false
        }
    }
}

fn variance(
    expected_minor: i64,
    actual_minor: i64,
    tolerance_minor: i64,
    decision: &str,
) -> Variance {
    Variance {
        kind: TAX.to_owned(),
        expected_minor,
        actual_minor,
        tolerance_minor,
        decision: decision.to_owned(),
    }
}

fn apart(a: i64, b: i64) -> i64 {
    a.saturating_sub(b).saturating_abs()
}

/// What is tolerated, in minor units of the credit; nothing where it cannot be converted.
fn tolerated(work: &Work<'_>, policy: &Policy, expected: i64) -> i64 {
    credit::tolerated(&work.state.header, policy, policy.tax_tolerance(), expected).unwrap_or(0)
}

fn stand(work: &Work<'_>, version: u32) -> Option<TaxStand> {
    let mut credits = work.state.credits.iter();
    credits
        .find(|credit| credit.version == version)?
        .tax
        .clone()
}

/// Plans the question, and the end of the wait for its answer.
fn ask(work: &mut Work<'_>, version: u32, calculation: &Calculation, wait_hours: u32) {
    let keyed = keys::tax_quote(work.state.return_id(), &calculation.calc_hash);
    let stand = TaxStand {
        quote_key: keyed.0.clone(),
        expected_minor: calculation.totals.tax_minor,
        quoted_minor: None,
        provisional: false,
    };
    let data = CommandData::QuoteTax(Box::new(refund(work, calculation)));
    plan::effect(
        work,
        keyed,
        EffectKind::TaxRefundQuote,
        "",
        Vec::new(),
        data,
    );
    if let Some(credit) = credit_of(work, version) {
        credit.tax = Some(stand);
    }
    let due_at = work.in_hours(wait_hours);
    work.set_timer(TimerKind::TaxQuote, &version.to_string(), due_at);
}

fn credit_of<'w>(work: &'w mut Work<'_>, version: u32) -> Option<&'w mut CreditRecord> {
    let mut credits = work.state.credits.iter_mut();
    credits.find(|credit| credit.version == version)
}

/// The engine has not answered in time: the credit goes on without it.
pub(crate) fn too_late(work: &mut Work<'_>, of: &str) -> Verdict {
    let version = of.parse().unwrap_or_default();
    let Some(credit) = credit_of(work, version) else {
        return Verdict::Ignored(format!("credit {of} is none of this return's"));
    };
    match &mut credit.tax {
        Some(tax) if credit.state == CreditState::Held && tax.quoted_minor.is_none() => {
            if tax.provisional {
                return Verdict::Duplicate;
            }
            tax.provisional = true;
            Verdict::Applied
        }
        _ => Verdict::Duplicate,
    }
}

/// The engine has answered. A credit that went on without it is trued up: what differs by more than is tolerated is for a
/// person, as the memo is posted.
pub(crate) fn answered(work: &mut Work<'_>, key: &EffectKey, amount: Option<Money>) {
    let Some(amount) = amount.filter(|amount| amount.ccy == work.state.header.currency) else {
        return;
    };
    let policy = work.policy();
    let credits = work.state.credits.iter_mut();
    let asked = credits
        .filter_map(|credit| {
            let tax = credit.tax.as_mut()?;
            (tax.quote_key == *key).then_some((credit.version, credit.state, tax))
        })
        .last();
    let Some((version, state, tax)) = asked else {
        return;
    };
    tax.quoted_minor = Some(amount.minor);
    let (provisional, expected) = (tax.provisional, tax.expected_minor);
    work.drop_timer(TimerKind::TaxQuote, &version.to_string());
    if !provisional {
        return;
    }
    let has_left = match state {
        CreditState::Posting | CreditState::Credited => true,
        // Whoever is asked to approve it was not told: calculated, asked and approved anew.
        CreditState::Held | CreditState::PendingApproval => {
            rule::supersede(work, version);
            false
        }
        CreditState::Refused | CreditState::Superseded | CreditState::Reversed => false,
    };
    let allowed = policy.map_or(0, |policy| tolerated(work, policy, expected));
    if has_left && apart(amount.minor, expected) > allowed {
        let words = credit::told(
            &variance(expected, amount.minor, allowed, ""),
            work.state.header.currency,
        );
        work.raise(Problem {
            code: ExceptionCode::TaxVariance,
            severity: Severity::Warning,
            about: &format!("tax/{version}"),
            reason: format!(
                "{words}; the credit went on provisionally before the tax engine answered: correct it, then close this"
            ),
        });
    }
}

/// Plans what the engine is told once the memo is posted.
pub(crate) fn commit(
    work: &mut Work<'_>,
    version: u32,
    memo: &EffectKey,
    calculation: &Calculation,
) {
    if stand(work, version).is_none() {
        return;
    }
    let keyed = keys::tax_commit(memo);
    let data = CommandData::CommitTax(Box::new(refund(work, calculation)));
    let kind = EffectKind::TaxRefundCommit;
    plan::effect(work, keyed, kind, "", vec![memo.clone()], data);
}

/// Plans the withdrawal at the engine, after the reversal of a memo that the engine was told of.
pub(crate) fn void(work: &mut Work<'_>, reversal_key: &EffectKey, reversal: &CreditReversal) {
    let (voids, _) = keys::tax_commit(&reversal.reverses);
    if work.state.effect(&voids).is_none() {
        return;
    }
    let keyed = keys::tax_void(&reversal.reverses);
    if work.state.effect(&keyed.0).is_some() {
        return;
    }
    let data = CommandData::VoidTax(TaxVoid {
        voids: voids.clone(),
        ccy: reversal.amount.ccy,
        reason: reversal.reason.clone(),
    });
    let waits_for = vec![voids, reversal_key.clone()];
    plan::effect(work, keyed, EffectKind::TaxRefundVoid, "", waits_for, data);
}

/// What is refunded, line by line, with the date that decides the rates.
fn refund(work: &Work<'_>, calculation: &Calculation) -> TaxRefund {
    let lines: Vec<_> = work
        .state
        .lines
        .iter()
        .map(|line| line.line.clone())
        .collect();
    let goods = credit::memo_lines(&work.state.header, calculation, &lines);
    TaxRefund {
        bill_to: work.state.header.bill_to.clone(),
        refund_date: crate::post::dates(work).0,
        ccy: calculation.ccy,
        tax_minor: calculation.totals.tax_minor,
        lines: goods
            .into_iter()
            // No tax is given back for freight beside that in the lines' taxes: the engine is not asked for any.
            .filter(|line| line.component != Some(ComponentType::OutboundFreight))
            .filter_map(|line| {
                Some(TaxRefundLine {
                    invoice_ref: line.invoice_ref?,
                    line_no: line.line_no,
                    sku: line.sku,
                    base_qty: line.base_qty,
                    net_minor: line.net_minor,
                    tax_minor: line.tax_minor,
                })
            })
            .collect(),
    }
}
