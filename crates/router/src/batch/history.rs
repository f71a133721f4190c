//! What other returns were credited: loaded for those groups whose decision depends on it, and no others.

use canonical::ApprovalState;
use store::{ApprovalRow, CreditRow, CreditState, HistoryFound, HistoryQuery, HistoryRead};
use store::{Store, StoreError};
use workflow::{CreditFactState, HistoryAsk, ReturnState};

use super::compute::{Known, Waiting, compute};
use super::{Attempt, Rules};

/// Computes the groups that asked, one after the other: what an earlier one adds to a sum counts for the later ones, as
/// if it were written. If that is not written in the end, or another process adds to the sum meanwhile, the store
/// finds the later ones stale, and they are computed anew.
pub(super) async fn attempts(
    store: &dyn Store,
    rules: &Rules<'_>,
    waiting: Vec<Waiting>,
    attempts: &mut Vec<Attempt>,
) -> Result<(), StoreError> {
    let queries: Vec<HistoryQuery> = waiting.iter().map(|w| query(&w.asks)).collect();
    let found = store.history(&queries).await?;
    for ((waiting, query), found) in waiting.into_iter().zip(queries).zip(found) {
        let mut read = HistoryRead { query, found };
        let added = attempts.iter().flat_map(|attempt| &attempt.unit.credits);
        let added: Vec<&CreditRow> = added.collect();
        add(&mut read, &added);
        let known = Known {
            claims: &waiting.claims,
            history: Some(&read),
        };
        // With a history it asks for nothing: a group never comes back twice.
        if let Ok(attempt) = compute(rules, waiting.group, waiting.cached, known) {
            attempts.push(attempt);
        }
    }
    Ok(())
}

fn query(asks: &HistoryAsk) -> HistoryQuery {
    HistoryQuery {
        return_id: asks.return_id.clone(),
        customer: asks.customer.clone(),
        invoices: asks.invoices.clone(),
        since: asks.since,
        no_receipt: asks.no_receipt.clone(),
    }
}

/// Adds credits of the same batch, which are new: those that change an earlier one are left to the store to find.
fn add(read: &mut HistoryRead, credits: &[&CreditRow]) {
    let HistoryRead { query, found } = read;
    let others = credits.iter().filter(|credit| {
        credit.customer == query.customer
            && credit.return_id != query.return_id
            && credit.state == CreditState::Open
    });
    let HistoryFound {
        rolling,
        no_receipt,
    } = found;
    let mut without: Vec<&str> = Vec::new();
    for credit in others {
        if let Some((_, sum)) = rolling
            .iter_mut()
            .find(|(invoice, _)| *invoice == credit.invoice && credit.at >= query.since)
        {
            *sum = sum.saturating_add(credit.gross_minor);
        }
        let counts = query.no_receipt.as_ref().is_some_and(|(entity, since)| {
            credit.basis == canonical::CreditBasis::CreditOnly.word()
                && credit.entity == *entity
                && credit.at >= *since
        });
        if counts && !without.contains(&credit.return_id.as_str()) {
            without.push(&credit.return_id);
        }
    }
    if let Some(count) = no_receipt {
        *count = count.saturating_add(u32::try_from(without.len()).unwrap_or(u32::MAX));
    }
}

/// Credits of the return that are new or stand otherwise than before.
pub(super) fn credit_rows(before: Option<&ReturnState>, after: &ReturnState) -> Vec<CreditRow> {
    let facts = workflow::credit_facts(before, after).into_iter();
    facts
        .map(|fact| CreditRow {
            return_id: fact.return_id,
            calc_version: fact.calc_version,
            invoice: fact.invoice,
            entity: fact.entity,
            customer: fact.customer,
            basis: fact.basis.word().to_owned(),
            gross_minor: fact.gross_base_minor,
            at: fact.at,
            state: match fact.state {
                CreditFactState::Open => CreditState::Open,
                CreditFactState::Credited => CreditState::Credited,
                CreditFactState::Gone => CreditState::Gone,
            },
        })
        .collect()
}

/// Approvals of the return that are new, or closed.
pub(super) fn approval_rows(before: Option<&ReturnState>, after: &ReturnState) -> Vec<ApprovalRow> {
    let is_open = |state| matches!(state, ApprovalState::Requested | ApprovalState::Escalated);
    let known = before.map_or(&[][..], ReturnState::approvals);
    let changed = after.approvals().iter().filter(|approval| {
        let old = known.iter().find(|o| o.approval_id == approval.approval_id);
        old.is_none_or(|old| is_open(old.state) != is_open(approval.state))
    });
    changed
        .map(|approval| ApprovalRow {
            approval_id: approval.approval_id.clone(),
            return_id: after.header().return_id.clone(),
            is_open: is_open(approval.state),
        })
        .collect()
}
