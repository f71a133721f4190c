//! One batch of the router: deliveries in, ONE transaction, and what is to be published and said of each delivery.

use std::collections::{HashMap, HashSet};

use broker::{Delivery, Tag, Verdict as Settle};
use canonical::envelope::Envelope;
use canonical::{Event, EventData, ExceptionCode, ReturnName};
use jiff::{SignedDuration, Timestamp};
use store::{
    InboxRow, Lookup, OutboxMessage, ParkedRow, Reference, Store, StoreError, Unit, UnitOutcome,
};
use workflow::{Claim, Given, PolicySet, ReturnState, Verdict};

use crate::cache::{Cache, Cached};
use crate::metrics::{label, metrics};
use crate::report::Report;
use crate::routes::Routes;
use crate::unit::{self, Cause};
use crate::{trace, wire};

/// Times a unit is computed anew when the store finds it stale, before its messages go back to the queue.
const REDO: u32 = 8;

/// What a batch leaves to be done.
#[derive(Default)]
pub(crate) struct Done {
    /// Number of the outbox batches.
    pub(crate) batches: Vec<i64>,
    /// Messages to publish.
    pub(crate) outbox: Vec<OutboxMessage>,
    /// What to say of the deliveries once those are published.
    pub(crate) verdicts: Vec<(Tag, Settle)>,
}

/// What the router needs to know to decide.
pub(crate) struct Rules<'a> {
    pub(crate) policies: &'a PolicySet,
    pub(crate) routes: &'a Routes,
    /// How long an event waits for a return that is not known.
    pub(crate) park_for: SignedDuration,
}

/// An event of the batch, opened.
struct Item {
    tag: Tag,
    envelope: Envelope,
    text: String,
    event: Event,
    inbox: InboxRow,
    traceparent: String,
}

/// The events of one return, in order.
struct Group {
    lookup: Lookup,
    items: Vec<Item>,
    tries: u32,
}

/// A group with its computed unit.
struct Attempt {
    group: Group,
    unit: Unit,
    after: Option<(ReturnState, u64)>,
    verdicts: Vec<Verdict>,
    /// What to publish once the unit is written.
    outbox: Vec<OutboxMessage>,
    /// Names that the unit gives to the return.
    opened: Vec<Reference>,
    /// Names under which the unit parks events.
    parked: Vec<Reference>,
    /// Codes of the exceptions that the unit opens.
    raised: Vec<String>,
}

/// Works through a batch. `published`: outbox batches that were published since.
pub(crate) async fn work(
    store: &dyn Store,
    cache: &mut Cache,
    rules: &Rules<'_>,
    deliveries: Vec<Delivery>,
    published: Vec<i64>,
) -> Result<Done, StoreError> {
    metrics().batch_size.record(deliveries.len() as u64, &[]);
    let mut done = Done::default();
    let mut broken = Vec::new();
    let mut groups = open(cache, deliveries, &mut done, &mut broken);
    let mut published = published;
    if !broken.is_empty() {
        commit_broken(store, broken, &mut done).await?;
    }
    while !groups.is_empty() {
        let mut attempts = attempt(store, cache, rules, groups).await?;
        let units = attempts
            .iter_mut()
            .map(|a| std::mem::take(&mut a.unit))
            .collect();
        let commit = store.commit(units, std::mem::take(&mut published)).await?;
        if commit.batch != 0 {
            done.batches.push(commit.batch);
        }
        groups = Vec::new();
        for (attempt, outcome) in attempts.into_iter().zip(commit.outcomes) {
            if let Some(again) = conclude(store, cache, attempt, outcome, &mut done).await? {
                groups.push(again);
            }
        }
    }
    Ok(done)
}

/// Reads the envelopes and gathers the events of each return. What cannot be read goes to `broken`.
fn open(
    cache: &Cache,
    deliveries: Vec<Delivery>,
    done: &mut Done,
    broken: &mut Vec<(Delivery, String)>,
) -> Vec<Group> {
    let mut groups: Vec<Group> = Vec::new();
    let mut by_lookup: HashMap<Lookup, usize> = HashMap::new();
    let mut seen = HashSet::new();
    for delivery in deliveries {
        match read(&delivery) {
            Err(reason) => broken.push((delivery, reason)),
            Ok(item) => {
                // The same message twice in one batch: the first one speaks for both.
                if !seen.insert((item.inbox.key, item.inbox.content)) {
                    count(&item, "duplicate");
                    done.verdicts.push((item.tag, Settle::Ack));
                    continue;
                }
                let lookup = lookup_of(cache, &item.event);
                let at = *by_lookup.entry(lookup.clone()).or_insert_with(|| {
                    groups.push(Group {
                        lookup,
                        items: Vec::new(),
                        tries: 0,
                    });
                    groups.len() - 1
                });
                if let Some(group) = groups.get_mut(at) {
                    group.items.push(item);
                }
            }
        }
    }
    groups
}

fn read(delivery: &Delivery) -> Result<Item, String> {
    let text = std::str::from_utf8(&delivery.body)
        .map_err(|e| format!("the message is not UTF-8 from byte {}", e.valid_up_to()))?;
    let envelope = Envelope::parse(text).map_err(|e| e.to_string())?;
    let event = envelope.open().map_err(|e| e.to_string())?;
    let inbox = unit::inbox_row(&event.key, envelope.data.get());
    let traceparent = if envelope.traceparent.is_empty() {
        String::new()
    } else {
        envelope.traceparent.clone()
    };
    Ok(Item {
        tag: delivery.tag,
        text: text.to_owned(),
        envelope,
        event,
        inbox,
        traceparent,
    })
}

/// How the store finds the return that an event speaks of.
fn lookup_of(cache: &Cache, event: &Event) -> Lookup {
    if let EventData::ReturnRequested(request) = &event.data {
        return Lookup::Id(workflow::return_id_of(request));
    }
    match cache.id_of(&event.subject) {
        Some(id) => Lookup::Id(id),
        None => Lookup::Reference(reference_of(&event.subject)),
    }
}

/// The name space and value under which a return's name is stored.
pub(crate) fn reference_of(name: &ReturnName) -> Reference {
    match name {
        ReturnName::Id(id) => Reference {
            space: "id".to_owned(),
            value: id.clone(),
        },
        ReturnName::Rma { entity, number } => Reference {
            space: format!("rma/{entity}"),
            value: number.clone(),
        },
        ReturnName::External { system, value } => Reference {
            space: format!("ext/{system}"),
            value: value.clone(),
        },
    }
}

/// Loads what is not cached and computes each group's unit.
async fn attempt(
    store: &dyn Store,
    cache: &mut Cache,
    rules: &Rules<'_>,
    groups: Vec<Group>,
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
            let state = serde_json::from_str(&row.state).map_err(|e| {
                StoreError::Broken(format!(
                    "state of return {} cannot be read: {e}",
                    row.return_id
                ))
            })?;
            if let Some(slot) = states.get_mut(i) {
                *slot = Some(Cached {
                    state,
                    version: row.version,
                });
            }
        }
    }
    let lines: Vec<String> = groups
        .iter()
        .flat_map(|g| &g.items)
        .flat_map(|item| workflow::invoice_lines_of(&item.event))
        .collect();
    let claims: Vec<Claim> = if lines.is_empty() {
        Vec::new()
    } else {
        store.claims(&lines).await?.into_iter().map(claim).collect()
    };
    Ok(attempts_of(rules, groups, states, claims))
}

/// Computes each group's unit. Reservations made by earlier groups of the batch count for later ones.
fn attempts_of(
    rules: &Rules<'_>,
    groups: Vec<Group>,
    states: Vec<Option<Cached>>,
    mut claims: Vec<Claim>,
) -> Vec<Attempt> {
    let mut attempts = Vec::with_capacity(groups.len());
    for (group, cached) in groups.into_iter().zip(states) {
        let attempt = compute(rules, group, cached, &claims);
        claims.extend(attempt.unit.claims.iter().cloned().map(claim));
        attempts.push(attempt);
    }
    attempts
}

fn claim(row: store::ClaimRow) -> Claim {
    Claim {
        invoice_line: row.invoice_line,
        from: canonical::Qty::from_millionths(row.from),
        to: canonical::Qty::from_millionths(row.to),
        return_id: row.return_id,
    }
}

/// Applies the group's events in order and gathers what follows.
fn compute(rules: &Rules<'_>, group: Group, cached: Option<Cached>, claims: &[Claim]) -> Attempt {
    let mut unit = Unit::default();
    let mut verdicts = Vec::with_capacity(group.items.len());
    let (mut state, version) = match cached {
        Some(cached) => (Some(cached.state), cached.version),
        None => (None, 0),
    };
    let mut changed = false;
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
            claims,
        };
        let before = state.clone();
        let mut step = workflow::apply(state.take(), &item.event, &given);
        let verdict = step.verdict.clone();
        let after = step.state.take();
        changed |= after.is_some();
        state = after.or(before);
        unit.inbox.push(item.inbox);
        if verdict == Verdict::UnknownReturn {
            unit.inbox.pop();
            unit.park.push(parked(item, rules));
        } else {
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
            Some((state, version + 1))
        }
        (Some(state), false) => Some((state, version)),
        (None, _) => None,
    };
    Attempt {
        group,
        after,
        verdicts,
        outbox: unit.outbox.clone(),
        opened: unit.references.clone(),
        parked: unit.park.iter().map(|p| p.reference.clone()).collect(),
        raised: unit.exceptions.iter().map(|e| e.code.clone()).collect(),
        unit,
    }
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

fn parked(item: &Item, rules: &Rules<'_>) -> ParkedRow {
    ParkedRow {
        key: item.event.key.0.clone(),
        reference: reference_of(&item.event.subject),
        deadline: item
            .envelope
            .ingestedat
            .saturating_add(rules.park_for)
            .unwrap_or(Timestamp::MAX),
        message: wire::event_message(
            &item.envelope.id,
            &item.envelope.kind,
            item.text.clone().into(),
        ),
    }
}

/// What the store said of a unit. Gives the group back when it has to be computed anew.
async fn conclude(
    store: &dyn Store,
    cache: &mut Cache,
    attempt: Attempt,
    outcome: UnitOutcome,
    done: &mut Done,
) -> Result<Option<Group>, StoreError> {
    let Attempt {
        mut group,
        after,
        verdicts,
        outbox,
        opened,
        parked,
        raised,
        ..
    } = attempt;
    match outcome {
        UnitOutcome::Done => {
            for (item, verdict) in group.items.iter().zip(&verdicts) {
                count(item, verdict_word(verdict));
                done.verdicts.push((item.tag, Settle::Ack));
            }
            done.outbox.extend(outbox);
            for code in raised {
                metrics().exceptions.add(1, &[label("code", code)]);
            }
            if let Some((state, version)) = after {
                let id = state.header().return_id.clone();
                for item in group.items {
                    cache.remember(item.event.subject, id.clone());
                }
                cache.put(id, Cached { state, version });
            }
            if !opened.is_empty() {
                unpark(store, &opened, done).await?;
            }
            if !parked.is_empty() {
                unpark_if_known(store, &parked, done).await?;
            }
            Ok(None)
        }
        UnitOutcome::Seen(rows) => {
            let conflicts = drop_seen(&mut group, &rows, done);
            if !conflicts.is_empty() {
                let commit = store.commit(conflicts, Vec::new()).await?;
                done.batches
                    .extend((commit.batch != 0).then_some(commit.batch));
            }
            Ok((!group.items.is_empty()).then_some(group))
        }
        UnitOutcome::Stale | UnitOutcome::Overlap(_) if group.tries < REDO => {
            group.tries += 1;
            Ok(Some(group))
        }
        UnitOutcome::Stale | UnitOutcome::Overlap(_) => {
            done.verdicts
                .extend(group.items.iter().map(|i| (i.tag, Settle::NotTried)));
            Ok(None)
        }
        UnitOutcome::Taken {
            reference,
            return_id,
        } => {
            let reason = format!(
                "{} {:?} belongs to return {return_id} already: the sender used it twice",
                reference.space, reference.value
            );
            refuse(
                store,
                group,
                ExceptionCode::IdempotencyConflict,
                &reason,
                done,
            )
            .await?;
            Ok(None)
        }
        UnitOutcome::Failed(reason) if group.tries == 0 => {
            tracing::warn!(%reason, "the store refused a unit; trying once more");
            group.tries = REDO;
            Ok(Some(group))
        }
        UnitOutcome::Failed(reason) => {
            refuse(store, group, ExceptionCode::PoisonMessage, &reason, done).await?;
            Ok(None)
        }
    }
}

/// Takes messages that were seen before out of the group; what says something else under the same key is reported.
fn drop_seen(group: &mut Group, rows: &[InboxRow], done: &mut Done) -> Vec<Unit> {
    let mut conflicts = Vec::new();
    group.items.retain(|item| {
        let Some(row) = rows.iter().find(|row| row.key == item.inbox.key) else { return true };
        count(item, "duplicate");
        if row.content != item.inbox.content {
            let report = Report::new("route", ExceptionCode::IdempotencyConflict).reason(format!(
                "message {:?} was taken in before with another content: the first one stands; compare the two and discard, \
                 or have the sender correct it under a new id",
                item.envelope.id
            ));
            conflicts.push(exception_unit(report, item));
        }
        done.verdicts.push((item.tag, Settle::Ack));
        false
    });
    conflicts
}

fn exception_unit(report: Report, item: &Item) -> Unit {
    let report = report.owner(item.envelope.connector(), "", "");
    let row = report.row(
        item.envelope.ingestedat,
        crate::report::event_origin(&item.envelope),
        item.text.clone().into(),
    );
    metrics()
        .exceptions
        .add(1, &[label("code", row.code.clone())]);
    Unit {
        exceptions: vec![row],
        ..Unit::default()
    }
}

/// Puts all of a group into the exception store.
async fn refuse(
    store: &dyn Store,
    group: Group,
    code: ExceptionCode,
    reason: &str,
    done: &mut Done,
) -> Result<(), StoreError> {
    let units = group
        .items
        .iter()
        .map(|item| exception_unit(Report::new("route", code).reason(reason.to_owned()), item))
        .collect();
    store.commit(units, Vec::new()).await?;
    done.verdicts
        .extend(group.items.iter().map(|i| (i.tag, Settle::Ack)));
    Ok(())
}

/// Keeps messages that are no events of ours, with their bytes.
async fn commit_broken(
    store: &dyn Store,
    broken: Vec<(Delivery, String)>,
    done: &mut Done,
) -> Result<(), StoreError> {
    let now = Timestamp::now();
    let units = broken
        .iter()
        .map(|(delivery, reason)| {
            let origin = serde_json::json!({
                "channel": "events", "id": delivery.id, "routing_key": delivery.routing_key
            });
            let row = Report::new("route", ExceptionCode::SchemaInvalid)
                .reason(reason.clone())
                .row(now, origin.to_string(), delivery.body.clone());
            metrics()
                .exceptions
                .add(1, &[label("code", row.code.clone())]);
            Unit {
                exceptions: vec![row],
                ..Unit::default()
            }
        })
        .collect();
    store.commit(units, Vec::new()).await?;
    done.verdicts
        .extend(broken.iter().map(|(d, _)| (d.tag, Settle::Ack)));
    Ok(())
}

/// Gives events that waited for these names back to the flow.
async fn unpark(store: &dyn Store, names: &[Reference], done: &mut Done) -> Result<(), StoreError> {
    let rows = store.parked(names).await?;
    if rows.is_empty() {
        return Ok(());
    }
    let unit = Unit {
        unpark: rows.iter().map(|row| row.key.clone()).collect(),
        outbox: rows.into_iter().map(|row| row.message).collect(),
        ..Unit::default()
    };
    let outbox = unit.outbox.clone();
    let commit = store.commit(vec![unit], Vec::new()).await?;
    if commit.outcomes.first() == Some(&UnitOutcome::Done) {
        done.batches
            .extend((commit.batch != 0).then_some(commit.batch));
        done.outbox.extend(outbox);
    }
    Ok(())
}

/// Another router may have opened the return between our look and our parking: look once more.
async fn unpark_if_known(
    store: &dyn Store,
    names: &[Reference],
    done: &mut Done,
) -> Result<(), StoreError> {
    let lookups: Vec<Lookup> = names.iter().cloned().map(Lookup::Reference).collect();
    let rows = store.load(&lookups).await?;
    let known: Vec<Reference> = names
        .iter()
        .zip(rows)
        .filter_map(|(name, row)| row.map(|_| name.clone()))
        .collect();
    if known.is_empty() {
        Ok(())
    } else {
        unpark(store, &known, done).await
    }
}

fn verdict_word(verdict: &Verdict) -> &'static str {
    match verdict {
        Verdict::Applied => "applied",
        Verdict::Duplicate => "duplicate",
        Verdict::Parked => "parked",
        Verdict::Ignored(_) => "ignored",
        Verdict::UnknownReturn => "unknown-return",
    }
}

fn count(item: &Item, verdict: &'static str) {
    metrics().events.add(
        1,
        &[
            label("type", item.envelope.kind.clone()),
            label("verdict", verdict),
        ],
    );
}
