//! Documents for the partner who asked for a return: the answer to the request, and what was credited.

use canonical::command::{AnsweredLine, CreditAdvice, CreditMemo, RequestAnswer, RequestDecision};
use canonical::{CommandData, DenialReason, EffectKey, EffectKind, Qty};

use crate::state::ReturnState;
use crate::work::Work;
use crate::{keys, plan};

/// Answers the request, if the partner's channel gets answers: once, when it is decided.
pub(crate) fn answer(work: &mut Work<'_>, denial: Option<DenialReason>) {
    let header = &work.state.header;
    if !work.policy().is_some_and(|p| p.answers(&header.channel)) {
        return;
    }
    let keyed = keys::answer(&header.return_id);
    if work.state.effect(&keyed.0).is_some() {
        return;
    }
    let request = &work.state.request;
    let data = CommandData::AnswerRequest(RequestAnswer {
        system: request.system.clone(),
        request_id: request.request_id.clone(),
        decision: decision(&work.state, denial),
        denial,
        expires_at: header.expires_at,
        lines: lines(&work.state, denial.is_some()),
    });
    plan::effect(work, keyed, EffectKind::Edi180, "", Vec::new(), data);
}

fn decision(state: &ReturnState, denial: Option<DenialReason>) -> RequestDecision {
    let lines = || state.lines.iter().map(|line| &line.line);
    if denial.is_some() || lines().all(|line| line.qty_authorized.is_zero()) {
        RequestDecision::Denied
    } else if lines().any(|line| line.qty_authorized < line.qty_requested) {
        RequestDecision::PartlyAuthorized
    } else {
        RequestDecision::Authorized
    }
}

fn lines(state: &ReturnState, denied: bool) -> Vec<AnsweredLine> {
    let lines = state.lines.iter().map(|line| &line.line);
    lines
        .map(|line| AnsweredLine {
            line_no: line.line_no,
            sku: line.sku.clone(),
            customer_sku: line.customer_sku.clone(),
            qty_requested: line.qty_requested,
            qty_authorized: if denied {
                Qty::ZERO
            } else {
                line.qty_authorized
            },
            uom: line.uom.clone(),
            reason: line.reason,
            invoice_ref: line.invoice_ref.clone(),
        })
        .collect()
}

/// True if the partner will be told of the return's credits: their memos are kept until then.
pub(crate) fn is_advised(work: &Work<'_>) -> bool {
    let channel = &work.state.header.channel;
    work.policy().is_some_and(|p| p.advises_credit(channel))
}

/// Tells the partner of a memo that is posted.
pub(crate) fn advise(work: &mut Work<'_>, memo_key: &EffectKey, memo: CreditMemo) {
    let document_no = work
        .state
        .effect(memo_key)
        .map(|effect| effect.document_no.clone());
    let request = &work.state.request;
    let keyed = keys::credit_advice(work.state.return_id(), memo_key);
    let data = CommandData::AdviseCredit(Box::new(CreditAdvice {
        system: request.system.clone(),
        request_id: request.request_id.clone(),
        advises: memo_key.clone(),
        document_no: document_no.unwrap_or_default(),
        memo,
    }));
    plan::effect(work, keyed, EffectKind::Edi812, "", Vec::new(), data);
}
