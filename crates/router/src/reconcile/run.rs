//! One run of the daily proof: reads both sides, compares them, keeps the outcome with all that follows from it.

use std::collections::{BTreeMap, BTreeSet};

use canonical::key::ulid;
use connector::Extractable;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use store::{AuditEntry, ReconFilter, ReconItemRow, ReconRunRow, ReconWrite, Store, Unit};
use store::{StoreError, UnitOutcome};

use super::class::{Class, Match, Priority};
use super::gather::Gathered;
use super::item::Item;
use super::ours::Standing;
use super::report::{Input, Matched, Report, Status, ageing, status};
use super::scope::Scope;
use super::sides::{Done, Lists, compare_credits, compare_lines, compare_stock};
use super::sources::{Source, here};
use super::{actions, arrivals, control, record};

/// What is to be proven.
#[derive(Debug, Clone)]
pub struct Ask {
    /// Legal entity.
    pub entity: String,
    /// Business day.
    pub date: Date,
    /// IANA zone in which it is a day.
    pub zone: String,
    /// What became known so shortly before may be missing on the other side.
    pub lag: SignedDuration,
    /// Who asks.
    pub who: String,
    /// Connectors that take in for this entity.
    pub takes: Vec<String>,
    /// How long a supplier may take to credit a claim; none if nobody tells what suppliers credited, or nobody watches.
    pub suppliers: Option<SignedDuration>,
    /// Names of the webhooks that are called with milestones.
    pub webhooks: Vec<String>,
    /// Now.
    pub now: Timestamp,
}

/// A run, kept.
#[derive(Debug, Clone)]
pub struct Proof {
    /// Its id.
    pub run_id: String,
    /// The outcome.
    pub report: Report,
    /// What does not agree.
    pub items: Vec<Item>,
}

/// Proves a day, and keeps the outcome.
///
/// - Nothing is corrected in the other system. What is in doubt is looked up again; everything else is told by one
///   exception, which ends by itself when a later run finds it put right.
/// - What earlier runs left open is compared again, whichever day it belongs to.
/// - A side that cannot be read leaves the day unproven, and what was open there stays open.
///
/// # Errors
/// The store's.
pub async fn run(store: &dyn Store, sources: &[Source], ask: &Ask) -> Result<Proof, StoreError> {
    let zone = TimeZone::get(&ask.zone).unwrap_or(TimeZone::UTC);
    let before = before(store, &ask.entity).await?;
    let scope = Scope {
        date: ask.date,
        open: before.iter().map(Item::subject).collect(),
        lag: ask.lag,
        now: ask.now,
    };
    let mut ours = Gathered::of_day(store, &ask.entity, ask.date, &zone).await?;
    let open = before.iter().map(|item| item.effect_key.clone());
    ours.also(open.collect()).await?;
    let days = days(&scope, &ours, &before);
    let arrived = arrivals::days(&scope, &before);
    let mut lists = Lists::default();
    for source in sources {
        if source.lists(Extractable::Receipts) {
            let list = source.receipts(&arrived, ask.now).await;
            lists.receipts.push((source, list));
        }
        if source.lists(Extractable::CreditMemos) {
            let list = source.credits(&days, ask.now).await;
            lists.credits.push((source, list));
        }
        if source.lists(Extractable::StockMovements) {
            let list = source.movements(&days, ask.now).await;
            lists.movements.push((source, list));
        }
    }
    ours.also(lists.keys().into_iter().collect()).await?;
    ours.reversed(&lists.taken_back()).await?;
    let mut done = Done {
        inputs: lists.inputs(),
        ..Done::default()
    };
    let credits = here("credits", ours.credits.values(), ask.now);
    let movements = here("stock movements", ours.movements.values(), ask.now);
    done.inputs.extend([credits, movements]);

    let c2 = compare_stock(&scope, &ours, &lists, &days, &mut done);
    let c3 = compare_credits(&scope, &ours, &lists, &days, &mut done);
    let c0 = control::compare(store, &scope, &ask.takes, &zone).await?;
    done.matched.push(Matched::of(Match::C0, &c0, &[]));
    done.items.extend(c0.items);
    let c6 = compare_lines(store, &scope, &ours, &[&c2, &c3], &before).await?;
    done.matched.push(Matched::of(Match::C6, &c6, &[]));
    for compared in [c2, c3, c6] {
        done.items.extend(compared.items);
    }
    let told = record::compare(store, &scope, ask, &zone, &before, &mut done).await?;
    arrivals::compare(store, &scope, ask, &zone, &lists.receipts, told, &mut done).await?;
    not_run(&mut done.matched);
    let items = settle(&before, done.items, &done.inputs);
    keep(store, ask, &before, items, done.inputs, done.matched, &ours).await
}

/// Items that the last run of the entity left open.
async fn before(store: &dyn Store, entity: &str) -> Result<Vec<Item>, StoreError> {
    let filter = ReconFilter {
        entity: Some(entity.to_owned()),
        limit: 1,
        ..ReconFilter::default()
    };
    let Some(last) = store.recon_runs(&filter).await?.into_iter().next() else {
        return Ok(Vec::new());
    };
    let rows = store.recon_items(&last.run_id).await?;
    rows.iter()
        .map(|row| {
            serde_json::from_str(&row.body).map_err(|error| {
                StoreError::Broken(format!("item {} of run {}: {error}", row.n, row.run_id))
            })
        })
        .collect()
}

/// Days to be listed: the day and its neighbours, and those of everything that is compared.
fn days(scope: &Scope, ours: &Gathered<'_>, before: &[Item]) -> BTreeSet<Date> {
    let mut days = BTreeSet::from([scope.date]);
    days.extend(scope.date.yesterday());
    days.extend(scope.date.tomorrow());
    let held = ours
        .all()
        .filter(|effect| scope.holds(Match::C2, effect) || scope.holds(Match::C3, effect));
    days.extend(held.map(|effect| effect.dated));
    let listed = before
        .iter()
        .filter(|item| !matches!(item.matched, Match::C1 | Match::C8 | Match::C9 | Match::C10));
    days.extend(listed.map(|item| item.business_date));
    days
}

/// Every match has its place in the report.
fn not_run(matched: &mut Vec<Matched>) {
    for wanted in Match::ALL {
        if !matched.iter().any(|m| m.matched == wanted) {
            matched.push(Matched::not_run(wanted, "no source"));
        }
    }
    matched.sort_by_key(|m| m.matched);
}

/// What is open now: what was found, with since when it is known; and what was open on a side that could not be read.
fn settle(before: &[Item], found: Vec<Item>, inputs: &[Input]) -> Vec<Item> {
    let known: BTreeMap<String, &Item> = before.iter().map(|i| (i.subject(), i)).collect();
    let mut items: Vec<Item> = found
        .into_iter()
        .map(|mut item| {
            if let Some(earlier) = known.get(&item.subject()) {
                item.first_seen = earlier.first_seen;
                item.carried = true;
            }
            let (matched, class) = (item.matched, item.class);
            item.priority = Priority::of(matched, class, item.delta_minor, item.age_days);
            item
        })
        .collect();
    let unread = |item: &Item| {
        let what = match item.matched {
            Match::C1 => Extractable::Receipts.name(),
            Match::C2 => Extractable::StockMovements.name(),
            Match::C3 => Extractable::CreditMemos.name(),
            _ => return false,
        };
        inputs.iter().any(|input| {
            input.source == item.connector && input.what == what && !input.failed.is_empty()
        })
    };
    let kept = before.iter().filter(|item| unread(item)).cloned();
    items.extend(kept.map(|item| Item {
        carried: true,
        exception_id: String::new(),
        ..item
    }));
    items.sort_by(|a, b| (a.priority, a.matched, &a.key).cmp(&(b.priority, b.matched, &b.key)));
    items
}

async fn keep(
    store: &dyn Store,
    ask: &Ask,
    before: &[Item],
    mut items: Vec<Item>,
    inputs: Vec<Input>,
    matches: Vec<Matched>,
    ours: &Gathered<'_>,
) -> Result<Proof, StoreError> {
    let exceptions = actions::exceptions(store, ask, &mut items).await?;
    let open: BTreeSet<String> = items.iter().map(Item::subject).collect();
    let cleared: Vec<String> = before
        .iter()
        .map(Item::subject)
        .filter(|subject| !open.contains(subject))
        .collect();
    let outcome = status(&items, &matches, &inputs);
    let report = Report {
        entity: ask.entity.clone(),
        business_date: ask.date,
        zone: ask.zone.clone(),
        lag_seconds: ask.lag.as_secs(),
        status: outcome,
        inputs,
        matches,
        ageing: ageing(&items),
        cleared,
    };
    let text = json(&report)?;
    let started = ask.now.as_microsecond().to_string();
    let day = ask.date.to_string();
    let material = ["recon", &ask.entity, &day, &started, &ask.who];
    let run_id = ulid(ask.now.as_millisecond(), &material);
    let mut rows = Vec::with_capacity(items.len());
    for (n, item) in (1..).zip(&items) {
        rows.push(ReconItemRow {
            run_id: run_id.clone(),
            n,
            item_key: item.item_key(),
            matched: item.matched.word().to_owned(),
            class: item.class.word().to_owned(),
            return_id: item.return_id.clone(),
            effect_key: item.effect_key.clone(),
            body: json(item)?,
        });
    }
    let unit = Unit {
        resolve: actions::ended(before, &items, &run_id),
        outbox: probes(&items, ours, ask.now),
        is_left: true,
        exceptions,
        audit: vec![entry(ask, &run_id, outcome, items.len())],
        recon: Some(Box::new(ReconWrite {
            run: ReconRunRow {
                run_id: run_id.clone(),
                entity: ask.entity.clone(),
                business_date: ask.date,
                started_at: ask.now,
                ran_by: ask.who.clone(),
                status: outcome.word().to_owned(),
                report: text,
                sign_off: None,
            },
            items: rows,
        })),
        ..Unit::default()
    };
    match store.commit(vec![unit], Vec::new()).await?.outcomes.first() {
        Some(UnitOutcome::Done) => Ok(Proof {
            run_id,
            report,
            items,
        }),
        other => Err(StoreError::Broken(format!(
            "the run was not kept: {other:?}"
        ))),
    }
}

/// What is missing there and in doubt here is looked up again.
fn probes(items: &[Item], ours: &Gathered<'_>, now: Timestamp) -> Vec<store::OutboxMessage> {
    let in_doubt = |key: &str| {
        let effect = ours.all().find(|effect| effect.key == key)?;
        (effect.standing == Standing::Unknown).then_some(effect)
    };
    items
        .iter()
        .filter(|item| item.class == Class::MissingInErp)
        .filter_map(|item| in_doubt(&item.effect_key))
        .map(|effect| crate::wire::effect(&effect.key, &effect.connector, now))
        .collect()
}

fn entry(ask: &Ask, run_id: &str, status: Status, items: usize) -> AuditEntry {
    let body = serde_json::json!({
        "entity": ask.entity, "business_date": ask.date, "status": status.word(), "items": items
    });
    AuditEntry {
        at: ask.now,
        actor: ask.who.clone(),
        action: "recon.run".to_owned(),
        subject: run_id.to_owned(),
        correlation_id: String::new(),
        after_hash: String::new(),
        body: body.to_string(),
    }
}

fn json<T: serde::Serialize>(value: &T) -> Result<String, StoreError> {
    serde_json::to_string(value).map_err(|error| StoreError::Broken(error.to_string()))
}
