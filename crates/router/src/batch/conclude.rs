//! What the store said of each unit: done, seen before, changed meanwhile, refused.

use broker::{Delivery, Verdict as Settle};
use canonical::ExceptionCode;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use store::{InboxRow, Lookup, Reference, Store, StoreError, Unit, UnitOutcome};
use workflow::Verdict;

use super::stray::Whose;
use super::{Attempt, Done, Group, Item, Rules, claimed, count, tally};
use crate::cache::{Cache, Cached};
use crate::metrics::{label, metrics};
use crate::report::Report;
use crate::whose;

/// Times a unit is computed anew when the store finds it stale, before its messages go back to the queue.
const REDO: u32 = 8;

/// What the store said of a unit. Gives the group back when it has to be computed anew.
pub(super) async fn conclude(
    store: &dyn Store,
    cache: &mut Cache,
    rules: &Rules<'_>,
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
            let mut return_id = String::new();
            if let Some((state, version)) = after {
                let id = state.header().return_id.clone();
                return_id.clone_from(&id);
                // A name that was learnt may become that of another return.
                if matches!(group.whose, Whose::Named) {
                    for item in group.items {
                        cache.remember(item.event.subject, id.clone());
                    }
                }
                cache.put(id, Cached { state, version });
            }
            if !opened.is_empty() {
                unpark(store, &opened, done).await?;
                claimed::hand_over(store, rules, &opened, &return_id, done).await?;
            }
            if !parked.is_empty() {
                unpark_if_known(store, &parked, done).await?;
            }
            Ok(None)
        }
        UnitOutcome::Seen(rows) => {
            let books = rules.policies.books(rules.clock.now());
            let seen = |item: &&Item| rows.iter().any(|row| row.key == item.inbox.key);
            let counted = tally::duplicates(group.items.iter().filter(seen), &books);
            let mut conflicts = drop_seen(&mut group, &rows, done);
            conflicts.extend(counted);
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
        // Another router has just found a return for these goods: it is found by their name now.
        UnitOutcome::Taken { reference, .. }
            if whose::told(&reference) != reference && group.tries < REDO =>
        {
            group.tries += 1;
            Ok(Some(group))
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
        let Some(row) = rows.iter().find(|row| row.key == item.inbox.key) else {
            return true;
        };
        count(item, "duplicate");
        if row.content != item.inbox.content {
            conflicts.push(conflict(item));
        }
        done.verdicts.push((item.tag, Settle::Ack));
        false
    });
    conflicts
}

/// Same key, other content: the first one stands, a person compares.
fn conflict(item: &Item) -> Unit {
    let report = Report::new("route", ExceptionCode::IdempotencyConflict).reason(format!(
        "message {:?} was taken in before with another content: the first one stands; compare the two and discard, or \
         have the sender correct it under a new id",
        item.envelope.id
    ));
    exception_unit(report, item)
}

/// Keeps messages that contradict an earlier one of their batch.
pub(super) async fn commit_conflicts(
    store: &dyn Store,
    conflicts: Vec<Item>,
    books: &TimeZone,
    done: &mut Done,
) -> Result<(), StoreError> {
    let units = conflicts.iter().map(conflict);
    let units = units
        .chain(tally::duplicates(conflicts.iter(), books))
        .collect();
    store.commit(units, Vec::new()).await?;
    for item in conflicts {
        count(&item, "duplicate");
        done.verdicts.push((item.tag, Settle::Ack));
    }
    Ok(())
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
pub(super) async fn commit_broken(
    store: &dyn Store,
    now: Timestamp,
    broken: Vec<(Delivery, String)>,
    done: &mut Done,
) -> Result<(), StoreError> {
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
    let learnt = names.iter().map(whose::learnt_from);
    let lookups: Vec<Lookup> = names
        .iter()
        .cloned()
        .chain(learnt)
        .map(Lookup::Reference)
        .collect();
    let rows = store.load(&lookups).await?;
    let known: Vec<Reference> = names
        .iter()
        .chain(names)
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
