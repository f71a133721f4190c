//! The outcome of an effect became known.

use canonical::effect::EffectReport;
use canonical::{BusinessCode, EffectKey, EffectKind, EffectResult};

use crate::correct;
use crate::invoiced;
use crate::lifecycle;
use crate::milestone::blocked_code;
use crate::money_state::{CreditState, EffectRecord, EffectState, SliceCredit};
use crate::partner;
use crate::plan;
use crate::recovery;
use crate::rule;
use crate::step::Verdict;
use crate::tax;
use crate::uncredit;
use crate::work::Work;

/// Takes an outcome in. A confirmation is final; anything else may still become one after a replay.
pub(crate) fn record(work: &mut Work<'_>, report: &EffectReport) -> Verdict {
    let key = &report.effect_key;
    let is_it = |effect: &&mut EffectRecord| effect.key == *key;
    let Some(effect) = work.state.effects.iter_mut().find(is_it) else {
        return Verdict::Ignored(format!("effect {key} is none of this return's"));
    };
    let (kind, of) = (effect.kind, effect.of.clone());
    let is_again =
        (effect.state, report.result) == (EffectState::Confirmed, EffectResult::Confirmed);
    if is_again && kind == EffectKind::InvoiceFacts && invoiced::ask_again(work) {
        return Verdict::Applied;
    }
    let Some(effect) = work.state.effects.iter_mut().find(is_it) else {
        return Verdict::Ignored(format!("effect {key} is none of this return's"));
    };
    match (effect.state, report.result) {
        (EffectState::Confirmed, EffectResult::Confirmed) => Verdict::Duplicate,
        (EffectState::Confirmed, result) => Verdict::Ignored(format!(
            "effect {key} is confirmed, and is now said to be {result}"
        )),
        (EffectState::Blocked(before), now) if before == now => Verdict::Duplicate,
        (_, EffectResult::Confirmed) => {
            effect.state = EffectState::Confirmed;
            if let Some(document) = &report.erp_ref {
                effect.document_no.clone_from(&document.doc_no);
            }
            confirmed(work, key, kind);
            if kind == EffectKind::InvoiceFacts {
                let document = report.erp_ref.as_ref();
                let facts = document.and_then(|document| document.invoice.as_deref());
                invoiced::answered(work, &of, facts);
            }
            if kind == EffectKind::TaxRefundQuote {
                let amount = report.erp_ref.as_ref().and_then(|document| document.amount);
                tax::answered(work, key, amount);
            }
            Verdict::Applied
        }
        (_, result @ (EffectResult::Rejected | EffectResult::Ambiguous | EffectResult::Parked)) => {
            effect.state = EffectState::Blocked(result);
            if let Some(code) = blocked_code(kind) {
                work.milestone(code);
            }
            Verdict::Applied
        }
    }
}

fn confirmed(work: &mut Work<'_>, key: &EffectKey, kind: EffectKind) {
    release_dependents(work);
    match kind {
        EffectKind::ErpCreditMemo => credited(work, key),
        EffectKind::WmsRmaCancel => lifecycle::cancel_confirmed(work),
        EffectKind::ErpCreditReversal => taken_back(work, key),
        EffectKind::ErpRecoveryInvoice => {
            recovery::recovered(work);
            work.milestone(BusinessCode::R560);
        }
        EffectKind::ErpRecoveryReversal => work.milestone(BusinessCode::R540),
        EffectKind::ErpStockTransfer | EffectKind::ErpScrap => {
            let open = work.state.effects.iter().any(|effect| {
                matches!(
                    effect.kind,
                    EffectKind::ErpStockTransfer | EffectKind::ErpScrap
                ) && !matches!(
                    effect.state,
                    EffectState::Confirmed | EffectState::Cancelled
                )
            });
            if !open {
                work.milestone(BusinessCode::R600);
            }
        }
        _ => {}
    }
}

/// Lets go what waited for this effect and for nothing else any more.
fn release_dependents(work: &mut Work<'_>) {
    let free: Vec<usize> = (0..work.state.effects.len())
        .filter(|index| {
            work.state.effects.get(*index).is_some_and(|effect| {
                effect.state == EffectState::Planned
                    && effect
                        .waits_for
                        .iter()
                        .all(|key| work.state.is_confirmed(key))
            })
        })
        .collect();
    for index in free {
        if let Some(effect) = work.state.effects.get_mut(index) {
            effect.state = EffectState::Ready;
            work.step.release.push(effect.key.clone());
        }
    }
}

/// A reversal is posted: a part of a memo is taken back by a correction, or a memo as a whole.
fn taken_back(work: &mut Work<'_>, key: &EffectKey) {
    let correction = work
        .state
        .credits
        .iter_mut()
        .find(|credit| credit.corrects.is_some() && credit.effect_key.as_ref() == Some(key));
    match correction {
        Some(correction) if correction.state == CreditState::Posting => {
            correction.state = CreditState::Credited;
            let version = correction.version;
            correct::confirmed(work, version);
        }
        _ => uncredit::confirmed(work, key),
    }
}

fn credited(work: &mut Work<'_>, key: &EffectKey) {
    let credit = work
        .state
        .credits
        .iter_mut()
        .find(|credit| credit.effect_key.as_ref() == Some(key));
    let Some(credit) = credit else { return };
    credit.state = CreditState::Credited;
    let (version, memo) = (credit.version, credit.memo.take());
    let is_correction = credit.corrects.is_some();
    if is_correction {
        correct::confirmed(work, version);
    } else {
        rule::set_credits(&mut work.state, version, SliceCredit::Credited);
        work.milestone(BusinessCode::R540);
    }
    plan::notification(work, BusinessCode::R540);
    if let Some(memo) = memo {
        partner::advise(work, key, *memo);
    }
}
