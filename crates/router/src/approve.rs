//! The approval desk: who waits for whom, and taking a decision in.
//!
//! A decision is checked by the workflow before it is taken, and again, with the force of law, when the router applies it:
//! what somebody else decided in between is found there. It is one store transaction with its message and its audit
//! entry, and so is a refusal: whoever tries what they may not do is on record.

use std::time::Duration;

use canonical::approval::{Approval, ApprovalDecided, Decision, Verdict};
use canonical::envelope::{Context, Envelope};
use canonical::{Event, EventData, MessageKey, ReturnName};
use jiff::Timestamp;
use store::{AuditEntry, Lookup, OutboxMessage, Store, StoreError, Unit, UnitOutcome};
use tokio::time::Instant;
use workflow::approvals::{self, Court, Refusal};
use workflow::{Approvers, ReturnState};

use crate::wire;

/// Type of the event of a decision.
pub(crate) const DECIDED: &str = "backhaul.approval.decided.v1";
/// What the audit calls a decision that does not count.
const REFUSED: &str = "approval.refused";
/// Who says so, in the envelope; the person is in the decision.
const DESK: &str = "approval-desk";
/// Audit entries of a return that are looked through at once for the outcome.
const AT_ONCE: usize = 1_000;
/// Between two looks for the outcome.
const EVERY: Duration = Duration::from_millis(100);

/// An approval with the return that it belongs to.
#[derive(Debug, Clone)]
pub struct Case {
    /// The return.
    pub state: ReturnState,
    /// The approval.
    pub approval: Approval,
}

/// What somebody says.
#[derive(Debug, Clone)]
pub struct Answer {
    /// Who.
    pub user: String,
    /// For whom, if by delegation.
    pub on_behalf_of: Option<String>,
    /// In which role; empty: whichever of the missing ones the person holds.
    pub role: String,
    /// Yes or no.
    pub verdict: Verdict,
    /// A comment; of a no the reason code, with words after a colon.
    pub reason: String,
    /// Version of the approval that they looked at; none: as it is now.
    pub version: Option<u32>,
    /// Hash of the calculation that they looked at; none: that of the approval.
    pub calc_hash: Option<String>,
    /// The request that it came by, if by one.
    pub through: Option<Through>,
}

/// A request that an answer came by.
#[derive(Debug, Clone)]
pub struct Through {
    /// Its name: the same request again is the same decision.
    pub request: MessageKey,
    /// Whose request, as the audit names it.
    pub via: String,
}

/// What came of an answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Given {
    /// On its way to the router, under that message id; what the router says is found behind that audit position. Recovery publishes it if
    /// nobody does at once ([`crate::front::Front::publish`]).
    Taken {
        /// Message id.
        event_id: String,
        /// Position of the audit before.
        after: u64,
        /// Its message, as it lies in the outbox.
        message: Box<OutboxMessage>,
        /// The batch of the outbox that it lies in, alone.
        batch: i64,
    },
    /// Does not count, because. On record.
    Refused(Refusal),
}

/// What the router made of an answer.
#[derive(Debug, Clone)]
pub enum Outcome {
    /// It counts; the case as it is now.
    Counts(Box<Case>),
    /// It does not count, because.
    Refused(String),
}

/// All approvals that wait for somebody, by return.
pub async fn open(store: &dyn Store) -> Result<Vec<Case>, StoreError> {
    let rows = store.open_approvals().await?;
    let mut ids: Vec<String> = rows.into_iter().map(|row| row.return_id).collect();
    ids.dedup();
    let mut cases = Vec::new();
    for page in ids.chunks(AT_ONCE) {
        let lookups: Vec<Lookup> = page.iter().cloned().map(Lookup::Id).collect();
        for row in store.load(&lookups).await?.into_iter().flatten() {
            let state = read(&row.return_id, &row.state)?;
            let open: Vec<Approval> = state.open_approvals().cloned().collect();
            cases.extend(open.into_iter().map(|approval| Case {
                state: state.clone(),
                approval,
            }));
        }
    }
    Ok(cases)
}

/// One approval, open or not.
pub async fn find(store: &dyn Store, approval_id: &str) -> Result<Option<Case>, StoreError> {
    let Some(row) = store.approval(approval_id).await? else {
        return Ok(None);
    };
    let found = store.load(&[Lookup::Id(row.return_id)]).await?;
    let Some(row) = found.into_iter().flatten().next() else {
        return Ok(None);
    };
    let state = read(&row.return_id, &row.state)?;
    let mut approvals = state.approvals().iter();
    let approval = approvals.find(|a| a.approval_id == approval_id).cloned();
    Ok(approval.map(|approval| Case { state, approval }))
}

fn read(return_id: &str, json: &str) -> Result<ReturnState, StoreError> {
    serde_json::from_str(json)
        .map_err(|e| StoreError::Broken(format!("state of return {return_id} cannot be read: {e}")))
}

impl Answer {
    fn decided(&self, case: &Case, now: Timestamp) -> ApprovalDecided {
        ApprovalDecided {
            approval_id: case.approval.approval_id.clone(),
            calc_hash: self
                .calc_hash
                .clone()
                .unwrap_or_else(|| case.approval.calc_hash.clone()),
            version: Some(self.version.unwrap_or(case.approval.version)),
            decision: Decision {
                user: self.user.clone(),
                role: self.role.clone(),
                on_behalf_of: self.on_behalf_of.clone(),
                decision: self.verdict,
                reason: self.reason.clone(),
                ts: now,
            },
        }
    }

    /// Id of the event of this answer: always the same for the same request.
    pub fn event_id(&self, approval_id: &str, now: Timestamp) -> MessageKey {
        let at = now.as_microsecond().to_string();
        let by = self.through.as_ref().map_or(at.as_str(), |t| &t.request.0);
        MessageKey::derive(&["approval", approval_id, &self.user, by])
    }

    /// What the audit says of it.
    fn record(&self, decided: &ApprovalDecided) -> serde_json::Value {
        let mut record = serde_json::json!({ "decided": decided });
        if let Some(through) = &self.through {
            record["via"] = through.via.clone().into();
        }
        record
    }
}

/// Whether an answer would count now; the approval as it would be then.
pub fn would(
    case: &Case,
    approvers: Option<&Approvers>,
    answer: &Answer,
    now: Timestamp,
) -> Result<Approval, Refusal> {
    let took_part = case.state.took_part();
    let court = Court {
        took_part: &took_part,
        approvers,
    };
    let mut approval = case.approval.clone();
    approvals::decide(&mut approval, &answer.decided(case, now), &court)?;
    Ok(approval)
}

/// For whom somebody may approve a case now: themselves (none), or whoever delegated to them. Empty if they may not.
pub fn ways(case: &Case, approvers: &Approvers, user: &str, now: Timestamp) -> Vec<Option<String>> {
    let others = approvers.principals_of(user, now);
    std::iter::once(None)
        .chain(others.map(|person| Some(person.user.clone())))
        .filter(|on_behalf_of| {
            let answer = Answer {
                user: user.to_owned(),
                on_behalf_of: on_behalf_of.clone(),
                role: String::new(),
                verdict: Verdict::Approve,
                reason: String::new(),
                version: None,
                calc_hash: None,
                through: None,
            };
            would(case, Some(approvers), &answer, now).is_ok()
        })
        .collect()
}

/// Takes an answer, or refuses it; either is recorded.
pub async fn give(
    store: &dyn Store,
    case: &Case,
    approvers: Option<&Approvers>,
    answer: &Answer,
    now: Timestamp,
) -> Result<Given, StoreError> {
    let mut decided = answer.decided(case, now);
    let (after, _) = store.audit_head().await?;
    match would(case, approvers, answer, now) {
        // The role that was found is said: the event stands for itself.
        Ok(then) => {
            if let Some(last) = then.decisions.last() {
                decided.decision.role.clone_from(&last.role);
            }
        }
        Err(refusal) => {
            let mut body = answer.record(&decided);
            body["why"] = refusal.to_string().into();
            let unit = Unit {
                audit: vec![entry(case, &answer.user, REFUSED, &body, now)],
                ..Unit::default()
            };
            written(store, unit).await?;
            return Ok(Given::Refused(refusal));
        }
    }
    let action = match answer.verdict {
        Verdict::Approve => "approval.approve",
        Verdict::Reject => "approval.reject",
    };
    let body = answer.record(&decided);
    let key = answer.event_id(&decided.approval_id, now);
    let event = Event {
        key,
        subject: ReturnName::Id(case.state.return_id().to_owned()),
        occurred_at: now,
        data: EventData::ApprovalDecided(decided),
    };
    let context = Context {
        connector: DESK.to_owned(),
        correlation_id: case.state.header().correlation_id.clone(),
        causation_id: String::new(),
        traceparent: String::new(),
        ingested_at: now,
    };
    let message = Envelope::seal(&event, &context).and_then(|sealed| wire::event(&sealed));
    let message = message.map_err(|e| StoreError::Broken(format!("writing an event: {e}")))?;
    let event_id = event.key.0;
    let unit = Unit {
        audit: vec![entry(case, &answer.user, action, &body, now)],
        outbox: vec![message.clone()],
        // A request's is published by whoever answers it.
        is_left: answer.through.is_none(),
        ..Unit::default()
    };
    let batch = written(store, unit).await?;
    Ok(Given::Taken {
        event_id,
        after,
        message: Box::new(message),
        batch,
    })
}

async fn written(store: &dyn Store, unit: Unit) -> Result<i64, StoreError> {
    let commit = store.commit(vec![unit], Vec::new()).await?;
    match commit.outcomes.into_iter().next() {
        Some(UnitOutcome::Done) => Ok(commit.batch),
        other => Err(StoreError::Broken(format!(
            "the decision was not written: {other:?}"
        ))),
    }
}

fn entry(
    case: &Case,
    who: &str,
    action: &str,
    body: &serde_json::Value,
    now: Timestamp,
) -> AuditEntry {
    AuditEntry {
        at: now,
        actor: who.to_owned(),
        action: action.to_owned(),
        subject: case.state.return_id().to_owned(),
        correlation_id: case.state.header().correlation_id.clone(),
        after_hash: String::new(),
        body: body.to_string(),
    }
}

/// Entry for a decision that the router did not let count.
pub(crate) fn refused(envelope: &Envelope, return_id: &str, why: &str) -> AuditEntry {
    let decided = serde_json::from_str::<ApprovalDecided>(envelope.data.get()).ok();
    let who = decided.map_or_else(
        || envelope.connector().to_owned(),
        |decided| decided.decision.user,
    );
    AuditEntry {
        at: envelope.ingestedat,
        actor: who,
        action: REFUSED.to_owned(),
        subject: return_id.to_owned(),
        correlation_id: envelope.correlationid.clone(),
        after_hash: String::new(),
        body: serde_json::json!({ "event_id": envelope.id, "why": why }).to_string(),
    }
}

/// What the router made of an answer; none: it has not come to it yet.
pub async fn outcome(
    store: &dyn Store,
    case: &Case,
    event_id: &str,
    after: u64,
) -> Result<Option<Outcome>, StoreError> {
    let mut after = after;
    let mut was_applied = false;
    loop {
        let rows = store.audit(case.state.return_id(), after, AT_ONCE).await?;
        for row in &rows {
            let body =
                serde_json::from_str::<serde_json::Value>(&row.entry.body).unwrap_or_default();
            let text = |key: &str| body.get(key).and_then(serde_json::Value::as_str);
            let action = row.entry.action.as_str();
            if action == REFUSED && text("event_id") == Some(event_id) {
                let why = text("why").unwrap_or_default().to_owned();
                return Ok(Some(Outcome::Refused(why)));
            }
            was_applied |= action == DECIDED && text("id") == Some(event_id);
        }
        match rows.last() {
            Some(last) if rows.len() == AT_ONCE => after = last.seq,
            _ => break,
        }
    }
    if !was_applied {
        return Ok(None);
    }
    let now = find(store, &case.approval.approval_id).await?;
    Ok(now.map(|case| Outcome::Counts(Box::new(case))))
}

/// What the router makes of an answer within that time; none: it has not come to it.
pub async fn heard(
    store: &dyn Store,
    case: &Case,
    (event_id, after): (&str, u64),
    longest: Duration,
) -> Result<Option<Outcome>, StoreError> {
    let until = Instant::now() + longest;
    loop {
        let outcome = outcome(store, case, event_id, after).await?;
        if outcome.is_some() || Instant::now() >= until {
            return Ok(outcome);
        }
        tokio::time::sleep(EVERY).await;
    }
}
