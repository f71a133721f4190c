//! What delivery asks before a credit memo is sent: which credits the target shows against its invoices.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use canonical::command::CreditMemo;
use canonical::invoice::InvoiceRef;
use canonical::{Command, CommandData, Currency, EffectKind};
use connector::{CreditsAgainst, Failure, FailureKind, ShownCredit};
use jiff::{SignedDuration, Timestamp};
use store::{EffectRow, EffectState, StoreError};

use super::Worker;
use super::outage::locked;
use crate::cap;

/// How long an answer that leaves room holds for the same memo: a memo that is taken up again within it is not held up by the
/// question.
const HOLDS: SignedDuration = SignedDuration::from_mins(5);

/// Pauses before a question that went wrong is put again.
const ASKED_AGAIN_AFTER: [Duration; 2] = [Duration::from_millis(100), Duration::from_millis(400)];

/// Memos for which there was room, and when that was said.
#[derive(Default)]
pub(super) struct Fitted(BTreeMap<String, Timestamp>);

impl Fitted {
    fn holds(&mut self, effect_key: &str, now: Timestamp) -> bool {
        self.0
            .retain(|_, said| now.duration_since(*said).abs() < HOLDS);
        self.0.contains_key(effect_key)
    }
}

/// Failure code of a credit that does not fit any more; filed as `CREDIT_CAP_EXCEEDED`.
const OVER_INVOICE: &str = "router.over-invoice";

impl Worker {
    /// Asks the target before a credit memo is sent. `Rejected` if credits that we did not post leave no room for it;
    /// anything that could not be found out is `Unavailable`, so that it is asked again and never assumed. A memo that the
    /// target shows already is let through: sending it again finishes or recognises it, and there was room when it was made.
    pub(super) async fn fits(&self, row: &EffectRow, command: &Command) -> Result<(), Failure> {
        let CommandData::PostCreditMemo(memo) = &command.data else {
            return Ok(());
        };
        if memo.invoiced.is_empty() {
            return Ok(());
        }
        let now = self.way.clock.now();
        if locked(&self.fitted).holds(&row.effect_key, now) {
            return Ok(());
        }
        let asked = tokio::time::timeout(self.way.deadline, self.foreign(row, memo)).await;
        let foreign = asked.unwrap_or_else(|_| {
            let message = "the target did not list the credits against the invoice within the connector's deadline";
            Err(Failure::unavailable("router.deadline", message))
        })?;
        if !foreign.is_empty() {
            let ours = self
                .ours(row, command, memo)
                .await
                .map_err(|error| unknown(&error))?;
            if let Some(reason) = cap::exceeded(memo, &foreign, &ours) {
                return Err(Failure::rejected(OVER_INVOICE, reason));
            }
        }
        locked(&self.fitted).0.insert(row.effect_key.clone(), now);
        Ok(())
    }

    /// Credits against the memo's invoices that are not ours, each with its invoice; none if the memo itself is there.
    async fn foreign(
        &self,
        row: &EffectRow,
        memo: &CreditMemo,
    ) -> Result<Vec<(String, ShownCredit)>, Failure> {
        let (mut asked, mut foreign) = (BTreeSet::new(), Vec::new());
        for line in &memo.invoiced {
            let invoice = &line.invoice_ref;
            if !asked.insert(invoice.document.as_str()) {
                continue;
            }
            let ccy = memo.calculation.ccy;
            let shown = match self.shown(invoice, ccy).await? {
                CreditsAgainst::CannotSay => return Ok(Vec::new()),
                CreditsAgainst::Shown(shown) => shown,
            };
            if shown.iter().any(|credit| key_of(credit) == row.effect_key) {
                return Ok(Vec::new());
            }
            for credit in shown {
                if !self
                    .is_ours(&credit)
                    .await
                    .map_err(|error| unknown(&error))?
                {
                    foreign.push((invoice.document.clone(), credit));
                }
            }
        }
        Ok(foreign)
    }

    /// What the target shows. A question changes nothing there, so one that went wrong is put again at once, a few times:
    /// the memo behind it would wait far longer.
    async fn shown(&self, invoice: &InvoiceRef, ccy: Currency) -> Result<CreditsAgainst, Failure> {
        let mut pauses = ASKED_AGAIN_AFTER.iter();
        loop {
            let failure = match self.way.sink.credits_against(invoice, ccy).await {
                Ok(answer) => return Ok(answer),
                Err(failure) => failure,
            };
            let is_passing = matches!(
                failure.kind,
                FailureKind::Unavailable | FailureKind::InDoubt | FailureKind::Malformed
            );
            match pauses.next() {
                Some(pause) if is_passing => {
                    tokio::time::sleep(*pause).await;
                }
                _ => return Err(nothing_was_sent(failure)),
            }
        }
    }

    /// A key is ours only if there is such an effect: what merely looks like one was keyed by somebody else.
    async fn is_ours(&self, credit: &ShownCredit) -> Result<bool, StoreError> {
        let key = key_of(credit);
        Ok(!key.is_empty() && self.way.store.effect(&key).await?.is_some())
    }

    /// Our memos against the same invoice lines that are posted or may be: those of every return that holds units of them.
    async fn ours(
        &self,
        row: &EffectRow,
        command: &Command,
        memo: &CreditMemo,
    ) -> Result<Vec<CreditMemo>, StoreError> {
        let lines: Vec<String> = memo
            .invoiced
            .iter()
            .map(|line| workflow::claims::invoice_line(&command.legal_entity, &line.invoice_ref))
            .collect();
        let mut returns: BTreeSet<String> = BTreeSet::from([row.return_id.clone()]);
        returns.extend(
            self.way
                .store
                .claims(&lines)
                .await?
                .into_iter()
                .map(|claim| claim.return_id),
        );
        let mut ours = Vec::new();
        for return_id in returns {
            let effects = self.way.store.effects_of(&return_id).await?;
            let taken_back: BTreeSet<String> = effects.iter().filter_map(reversed_by).collect();
            for effect in effects {
                let counts = effect.effect_key != row.effect_key
                    && may_be_there(&effect)
                    && !taken_back.contains(&effect.effect_key);
                if let Some(other) = counts.then(|| memo_of(&effect)).flatten() {
                    ours.push(other);
                }
            }
        }
        Ok(ours)
    }
}

/// Some targets write references in capitals; our keys have none.
fn key_of(credit: &ShownCredit) -> String {
    credit.key.trim().to_ascii_lowercase()
}

/// The key of the memo that a confirmed reversal took back.
fn reversed_by(effect: &EffectRow) -> Option<String> {
    let is_done = effect.state == EffectState::Confirmed
        && effect.kind == EffectKind::ErpCreditReversal.word();
    match serde_json::from_str::<Command>(&effect.command).ok()?.data {
        CommandData::ReverseCreditMemo(reversal) if is_done => {
            Some(reversal.reverses.as_str().to_owned())
        }
        _ => None,
    }
}

fn memo_of(effect: &EffectRow) -> Option<CreditMemo> {
    match serde_json::from_str::<Command>(&effect.command).ok()?.data {
        CommandData::PostCreditMemo(memo) => Some(*memo),
        _ => None,
    }
}

/// Posted, or not known not to be.
fn may_be_there(effect: &EffectRow) -> bool {
    match effect.state {
        EffectState::Confirmed
        | EffectState::InFlight
        | EffectState::Unknown
        | EffectState::Ambiguous => true,
        EffectState::Parked => effect.last_sent_at.is_some(),
        EffectState::Planned
        | EffectState::Ready
        | EffectState::Rejected
        | EffectState::Cancelled => false,
    }
}

/// A question that failed changed nothing: whatever the connector says of it, it is asked again.
fn nothing_was_sent(failure: Failure) -> Failure {
    let kind = match failure.kind {
        FailureKind::Throttled { .. } | FailureKind::Misconfigured | FailureKind::Unavailable => {
            failure.kind
        }
        FailureKind::Malformed
        | FailureKind::Rejected
        | FailureKind::InDoubt
        | FailureKind::Unacknowledged => FailureKind::Unavailable,
    };
    Failure {
        kind,
        message: format!(
            "the credits against the invoice could not be listed, so nothing was sent: {}",
            failure.message
        ),
        ..failure
    }
}

fn unknown(error: &StoreError) -> Failure {
    let message = format!("whose the credits against the invoice are is not known: {error}");
    Failure::unavailable("router.store", message)
}

#[cfg(test)]
mod tests;
