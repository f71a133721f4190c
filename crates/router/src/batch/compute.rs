//! Computes what a batch means: states loaded or from the cache, events applied in order, one unit for each return.

use std::panic::AssertUnwindSafe;

use canonical::{EventData, ExceptionCode};
use jiff::Timestamp;
use store::{ExceptionRow, HistoryRead, Lookup, ParkedRow, ReturnRow, Store, StoreError, Unit};
use workflow::{Claim, Given, History, HistoryAsk, ReturnState, Step, Verdict};

use super::read::reference_of;
use super::stray::{self, Whose};
use super::{Attempt, Group, Item, Rules, history};
use crate::cache::{Cache, Cached};
use crate::report::Report;
use crate::unit::{self, Cause};
use crate::{search, sla, trace, whose, wire};

/// Loads what is not cached and computes each group's unit.
pub(super) async fn attempt(
    store: &dyn Store,
    cache: &mut Cache,
    rules: &Rules<'_>,
    mut groups: Vec<Group>,
) -> Result<Vec<Attempt>, StoreError> {
    let mut states: Vec<Option<Cached>> = groups
        .iter()
        .map(|group| match &group.lookup {
            Lookup::Id(id) => cache.take(id),
            Lookup::Reference(_) => None,
        })
        .collect();
    let wanted: Vec<usize> = states
        .iter()
        .enumerate()
        .filter(|(_, s)| s.is_none())
        .map(|(i, _)| i)
        .collect();
    if !wanted.is_empty() {
        let lookups: Vec<Lookup> = wanted
            .iter()
            .filter_map(|i| groups.get(*i))
            .map(|g| g.lookup.clone())
            .collect();
        for (i, row) in wanted.into_iter().zip(store.load(&lookups).await?) {
            let Some(row) = row else { continue };
            if let Some(slot) = states.get_mut(i) {
                *slot = Some(cached(&row)?);
            }
        }
    }
    stray::look(store, rules, &mut groups, &mut states).await?;
    let lines: Vec<String> = groups
        .iter()
        .zip(&states)
        .flat_map(|(group, state)| {
            let state = state.as_ref().map(|cached| &cached.state);
            let of = move |item: &Item| workflow::invoice_lines_of(&item.event, state);
            group.items.iter().flat_map(of)
        })
        .collect();
    let claims: Vec<Claim> = if lines.is_empty() {
        Vec::new()
    } else {
        store.claims(&lines).await?.into_iter().map(claim).collect()
    };
    let (mut attempts, waiting) = attempts_of(rules, groups, states, claims);
    if !waiting.is_empty() {
        history::attempts(store, rules, waiting, &mut attempts).await?;
    }
    Ok(attempts)
}

/// A return as stored, parsed.
pub(super) fn cached(row: &ReturnRow) -> Result<Cached, StoreError> {
    let state = serde_json::from_str(&row.state).map_err(|e| {
        StoreError::Broken(format!(
            "state of return {} cannot be read: {e}",
            row.return_id
        ))
    })?;
    Ok(Cached {
        state,
        version: row.version,
    })
}

/// Computes each group's unit. Reservations made by earlier groups of the batch count for later ones. Given apart are
/// the groups that cannot be decided without what other returns were credited.
fn attempts_of(
    rules: &Rules<'_>,
    groups: Vec<Group>,
    states: Vec<Option<Cached>>,
    mut claims: Vec<Claim>,
) -> (Vec<Attempt>, Vec<Waiting>) {
    let mut attempts = Vec::with_capacity(groups.len());
    let mut waiting = Vec::new();
    for (group, cached) in groups.into_iter().zip(states) {
        match compute(rules, group, cached, Known::claims(&claims)) {
            Ok(attempt) => {
                claims.extend(attempt.unit.claims.iter().cloned().map(claim));
                attempts.push(attempt);
            }
            Err(group) => waiting.push(Waiting {
                claims: claims.clone(),
                ..*group
            }),
        }
    }
    (attempts, waiting)
}

/// What is known of other returns when a group is computed.
#[derive(Clone, Copy)]
pub(super) struct Known<'a> {
    pub(super) claims: &'a [Claim],
    pub(super) history: Option<&'a HistoryRead>,
}

impl<'a> Known<'a> {
    fn claims(claims: &'a [Claim]) -> Self {
        Self {
            claims,
            history: None,
        }
    }
}

/// A group that cannot be decided without what other returns were credited, as it was before any of its events.
pub(super) struct Waiting {
    pub(super) group: Group,
    pub(super) cached: Option<Cached>,
    pub(super) claims: Vec<Claim>,
    pub(super) asks: HistoryAsk,
}

/// A claim as the workflow is given it.
pub fn claim(row: store::ClaimRow) -> Claim {
    Claim {
        invoice_line: row.invoice_line,
        from: canonical::Qty::from_millionths(row.from),
        to: canonical::Qty::from_millionths(row.to),
        return_id: row.return_id,
        facts: row.facts,
    }
}

/// Applies the group's events in order and gathers what follows. A group that asks for what other returns were credited
/// comes back untouched.
pub(super) fn compute(
    rules: &Rules<'_>,
    group: Group,
    cached: Option<Cached>,
    known: Known<'_>,
) -> Result<Attempt, Box<Waiting>> {
    let mut unit = Unit {
        history: known.history.cloned(),
        ..Unit::default()
    };
    let history = known.history.map(|read| History {
        rolling: &read.found.rolling,
        no_receipt_credits_90d: read.found.no_receipt,
    });
    let mut verdicts = Vec::with_capacity(group.items.len());
    let (mut state, version) = match cached {
        Some(cached) => (Some(cached.state), cached.version),
        None => (None, 0),
    };
    let mut changed = false;
    // The state before any event, once one has changed it.
    let mut first: Option<ReturnState> = None;
    let mut now = Timestamp::UNIX_EPOCH;
    for item in &group.items {
        now = item.envelope.ingestedat;
        let span = span_of(item);
        let given = Given {
            policies: rules.policies,
            now,
            connector: item.envelope.connector(),
            correlation_id: &item.envelope.correlationid,
            causation_id: &item.envelope.id,
            crosswalk_version: &item.envelope.crosswalkversion,
            claims: known.claims,
            history,
            again: item.envelope.id.contains(crate::desk::REPLAY_MARK),
            found: group.whose.found(rules),
        };
        let before = state.clone();
        let under_way = rules
            .watch
            .enter(format!("event {:?} is decided", item.envelope.id));
        let step = apply(state.take(), item, &given);
        drop(under_way);
        let Some(mut step) = step else {
            state = before;
            unit.exceptions.push(poison(item));
            verdicts.push(Verdict::Ignored("it broke the workflow".to_owned()));
            continue;
        };
        if let Some(asks) = step.asks.take()
            && history.is_none()
        {
            let state = if changed { first } else { before };
            return Err(Box::new(Waiting {
                group,
                cached: state.map(|state| Cached { state, version }),
                claims: Vec::new(),
                asks,
            }));
        }
        let verdict = step.verdict.clone();
        state = match (step.state.take(), before) {
            (Some(after), before) => {
                if !changed {
                    first = before;
                }
                changed = true;
                Some(after)
            }
            (None, before) => before,
        };
        unit.inbox.push(item.inbox);
        if verdict == Verdict::UnknownReturn {
            unit.inbox.pop();
            unit.park.push(parked(item, &group.whose, rules));
        } else {
            sla::settled(&mut unit, &item.event);
            let follow = trace::of(&span, &item.traceparent);
            let cause = Cause {
                envelope: &item.envelope,
                text: &item.text,
                traceparent: &follow,
            };
            if let Err(error) = unit::add(&mut unit, step, state.as_ref(), &cause, rules.routes) {
                tracing::error!(%error, message.key = %item.envelope.id, "a step cannot be written down");
            }
        }
        verdicts.push(verdict);
    }
    let after = match (state, changed) {
        (Some(state), true) => {
            if let Err(error) = unit::write_state(&mut unit, &state, version + 1, now) {
                tracing::error!(%error, "a state cannot be written down");
            }
            unit.credits = history::credit_rows(first.as_ref(), &state);
            unit.approvals = history::approval_rows(first.as_ref(), &state);
            unit.terms = search::new_terms(first.as_ref(), &state);
            let return_id = &state.header().return_id;
            sla::watch(&mut unit, return_id, rules.clock.now(), rules.effect_sla);
            Some((state, version + 1))
        }
        (Some(state), false) => {
            // That nothing changes was decided on this version: on a later one it might.
            unit.read = Some((state.header().return_id.clone(), version));
            Some((state, version))
        }
        (None, _) => None,
    };
    Ok(Attempt {
        group,
        after,
        verdicts,
        outbox: unit.outbox.clone(),
        opened: unit.references.iter().map(whose::told).collect(),
        parked: unit.park.iter().map(|p| p.reference.clone()).collect(),
        raised: unit.exceptions.iter().map(|e| e.code.clone()).collect(),
        unit,
    })
}

/// Applies an event. `None`: it broke the workflow, which is a mistake of ours; its neighbours must not suffer.
fn apply(state: Option<ReturnState>, item: &Item, given: &Given<'_>) -> Option<Step> {
    let apply = AssertUnwindSafe(|| workflow::apply(state, &item.event, given));
    std::panic::catch_unwind(apply).ok()
}

fn poison(item: &Item) -> ExceptionRow {
    Report::new("route", ExceptionCode::PoisonMessage)
        .reason("the event broke the workflow: keep it for the makers of Backhaul, replay it with a version that is mended".to_owned())
        .owner(item.envelope.connector(), "", "")
        .row(
            item.envelope.ingestedat,
            crate::report::event_origin(&item.envelope),
            item.text.clone().into(),
        )
}

fn span_of(item: &Item) -> tracing::Span {
    if !trace::on() {
        return tracing::Span::none();
    }
    let span = tracing::info_span!(
        "route",
        message.key = %item.envelope.id,
        event.r#type = %item.envelope.kind,
        correlation.id = %item.envelope.correlationid,
    );
    trace::adopt(&span, &item.traceparent);
    span
}

/// Facts that may open a return of their own.
fn may_open(data: &EventData) -> bool {
    matches!(
        data,
        EventData::ReceiptRecorded(_) | EventData::SnapshotReported(_)
    )
}

/// An event whose return is not known waits, a receipt or snapshot as long as was found.
fn parked(item: &Item, whose: &Whose, rules: &Rules<'_>) -> ParkedRow {
    let ingested = item.envelope.ingestedat;
    let deadline = match (whose, &item.event.data) {
        (Whose::Waits(until), data) if may_open(data) => *until,
        _ => ingested
            .saturating_add(rules.park_for)
            .unwrap_or(Timestamp::MAX),
    };
    ParkedRow {
        key: item.event.key.0.clone(),
        reference: reference_of(&item.event.subject),
        deadline,
        message: wire::event_message(
            &item.envelope.id,
            &item.envelope.kind,
            item.text.clone().into(),
        ),
    }
}
