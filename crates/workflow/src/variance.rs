//! A price or a tax that lies further from the invoice than the policy tolerates: a person decides before the credit leaves.

use canonical::ExceptionCode;
use canonical::approval::Requirement;
use canonical::calculation::{Calculation, Variance};
use canonical::exception::Severity;

use crate::credit;
use crate::policy::{ApprovalTrigger, Policy};
use crate::tax;
use crate::work::{Problem, Work};

/// Decision of a policy whose rule on variances asks nobody.
const ALLOWED: &str = "allowed by the policy";

/// What follows from the variances of a calculation.
pub(crate) enum Demand {
    /// Nothing is undecided.
    Nothing,
    /// These must approve.
    Approval(Vec<(String, Requirement)>),
    /// Somebody must decide, and the policy names nobody.
    Nobody,
}

/// Whom undecided variances need. Where the policy's rule asks nobody, they are decided by it.
pub(crate) fn demand(policy: &Policy, calculation: &mut Calculation) -> Demand {
    if calculation.variances.iter().all(is_decided) {
        return Demand::Nothing;
    }
    match policy.approvals_on(ApprovalTrigger::Variance) {
        None => Demand::Nobody,
        Some(demands) if demands.is_empty() => {
            for variance in &mut calculation.variances {
                if !is_decided(variance) {
                    ALLOWED.clone_into(&mut variance.decision);
                }
            }
            Demand::Nothing
        }
        Some(demands) => Demand::Approval(demands),
    }
}

/// Says what differs, until the credit has left or was calculated anew.
pub(crate) fn raise(work: &mut Work<'_>, policy: &Policy, calculation: &Calculation) {
    let asks = policy.approvals_on(ApprovalTrigger::Variance).is_some();
    for (kind, code) in KINDS {
        let undecided = calculation.variances.iter();
        let words: Vec<String> = undecided
            .filter(|variance| variance.kind == *kind && !is_decided(variance))
            .map(|variance| credit::told(variance, calculation.ccy))
            .collect();
        if words.is_empty() {
            continue;
        }
        let what = if asks {
            "it is credited, at the invoice at most, once that is approved"
        } else {
            "nobody is asked: add an approval rule with trigger = \"variance\" to the policy, then replay"
        };
        work.raise_until_cured(Problem {
            code: *code,
            severity: Severity::Warning,
            about: &about(calculation.calc_version),
            reason: format!("{}; {what}", words.join("; ")),
        });
    }
}

/// The credit of that version has left, or counts for nothing any more.
pub(crate) fn cured(work: &mut Work<'_>, version: u32) {
    for (_, code) in KINDS {
        work.cured(*code, &about(version));
    }
}

const KINDS: &[(&str, ExceptionCode)] = &[
    (credit::PRICE, ExceptionCode::PriceVariance),
    (tax::TAX, ExceptionCode::TaxVariance),
];

fn about(version: u32) -> String {
    format!("variance/{version}")
}

fn is_decided(variance: &Variance) -> bool {
    !variance.decision.is_empty()
}
