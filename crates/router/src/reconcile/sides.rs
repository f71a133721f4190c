//! Both sides brought together: each connector's lists against what went to it, then the lines of the returns behind them.

use std::collections::{BTreeMap, BTreeSet};

use connector::extract::{CreditHeld, MovementHeld, ReceiptHeld};
use jiff::civil::Date;
use store::{Lookup, Store, StoreError};

use super::class::{Class, Match};
use super::credits::credits;
use super::gather::Gathered;
use super::item::{Compared, Item};
use super::lines::{Presence, lines, lines_of};
use super::ours::Ours;
use super::report::{Input, Matched};
use super::scope::{Listed, Scope};
use super::sources::{List, Source};
use super::stock::stock;

#[derive(Default)]
pub(super) struct Done {
    pub(super) inputs: Vec<Input>,
    pub(super) matched: Vec<Matched>,
    pub(super) items: Vec<Item>,
}

#[derive(Default)]
pub(super) struct Lists<'a> {
    pub(super) credits: Vec<(&'a Source, List<CreditHeld>)>,
    pub(super) movements: Vec<(&'a Source, List<MovementHeld>)>,
    pub(super) receipts: Vec<(&'a Source, List<ReceiptHeld>)>,
}

impl Lists<'_> {
    /// Keys that the other side names.
    pub(super) fn keys(&self) -> BTreeSet<String> {
        let credits = self.credits.iter().flat_map(|(_, list)| &list.documents);
        let movements = self.movements.iter().flat_map(|(_, list)| &list.documents);
        let keys = credits
            .map(|memo| memo.key.clone())
            .chain(movements.map(|m| m.key.clone()));
        keys.filter(|key| !key.is_empty()).collect()
    }

    /// Keys of memos that were taken back there.
    pub(super) fn taken_back(&self) -> BTreeSet<String> {
        let memos = self.credits.iter().flat_map(|(_, list)| &list.documents);
        memos
            .filter(|memo| memo.reversed)
            .map(|memo| memo.key.clone())
            .collect()
    }

    pub(super) fn inputs(&self) -> Vec<Input> {
        let credits = self.credits.iter().map(|(_, list)| list.input.clone());
        let movements = self.movements.iter().map(|(_, list)| list.input.clone());
        let receipts = self.receipts.iter().map(|(_, list)| list.input.clone());
        credits.chain(movements).chain(receipts).collect()
    }
}

/// Connectors to which something of ours went that nobody lists.
fn unlisted<'o>(held: impl Iterator<Item = &'o Ours>, listed: &BTreeSet<&str>) -> Vec<String> {
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for ours in held.filter(|ours| !listed.contains(ours.connector.as_str())) {
        *counts.entry(&ours.connector).or_default() += 1;
    }
    counts
        .into_iter()
        .map(|(connector, n)| format!("{connector} lists nothing, {n} of ours are not proven"))
        .collect()
}

/// What one match compares: ours of a sort with what the connectors list of the same sort.
struct Sort<'s, O, D> {
    matched: Match,
    held: &'s BTreeMap<String, O>,
    ours: fn(&O) -> &Ours,
    lists: &'s [(&'s Source, List<D>)],
    key: fn(&D) -> &str,
    compare: fn(&Scope, &[O], &Listed<'_, D>) -> Compared,
}

pub(super) fn compare_stock(
    scope: &Scope,
    ours: &Gathered<'_>,
    lists: &Lists<'_>,
    days: &BTreeSet<Date>,
    done: &mut Done,
) -> Compared {
    let sort = Sort {
        matched: Match::C2,
        held: &ours.movements,
        ours: |movement| &movement.ours,
        lists: &lists.movements,
        key: |movement| &movement.key,
        compare: stock,
    };
    compare(scope, &sort, &ours.foreign, days, done)
}

pub(super) fn compare_credits(
    scope: &Scope,
    ours: &Gathered<'_>,
    lists: &Lists<'_>,
    days: &BTreeSet<Date>,
    done: &mut Done,
) -> Compared {
    let sort = Sort {
        matched: Match::C3,
        held: &ours.credits,
        ours: |credit| &credit.ours,
        lists: &lists.credits,
        key: |memo| &memo.key,
        compare: credits,
    };
    compare(scope, &sort, &ours.foreign, days, done)
}

/// Each list with what went to its connector. A list that is not whole proves nothing.
fn compare<O: Clone, D: Clone>(
    scope: &Scope,
    sort: &Sort<'_, O, D>,
    foreign: &BTreeSet<String>,
    days: &BTreeSet<Date>,
    done: &mut Done,
) -> Compared {
    let mut compared = Compared::default();
    let listed: BTreeSet<&str> = sort
        .lists
        .iter()
        .map(|(source, _)| source.connector.as_str())
        .collect();
    let held = sort.held.values().map(sort.ours);
    let mut unproven = unlisted(held.filter(|o| scope.holds(sort.matched, o)), &listed);
    for (source, list) in sort.lists {
        let Some(complete_to) = list.input.complete_to.filter(|_| list.is_whole()) else {
            unproven.push(format!(
                "{} could not be read: {}",
                source.connector, list.input.failed
            ));
            continue;
        };
        let documents: Vec<D> = list
            .documents
            .iter()
            .filter(|document| !foreign.contains((sort.key)(document)))
            .cloned()
            .collect();
        let mine: Vec<O> = sort
            .held
            .values()
            .filter(|held| (sort.ours)(held).connector == source.connector)
            .cloned()
            .collect();
        let theirs = Listed {
            connector: &source.connector,
            documents: &documents,
            complete_to,
            days,
            tells_orphans: source.tells_orphans,
        };
        compared.join((sort.compare)(scope, &mine, &theirs));
    }
    done.matched
        .push(if listed.is_empty() && unproven.is_empty() {
            Matched::not_run(sort.matched, "no source")
        } else {
            Matched::of(sort.matched, &compared, &unproven)
        });
    compared
}

/// C6 over the returns that are touched.
pub(super) async fn compare_lines(
    store: &dyn Store,
    scope: &Scope,
    ours: &Gathered<'_>,
    compared: &[&Compared],
    before: &[Item],
) -> Result<Compared, StoreError> {
    let held = ours
        .all()
        .filter(|effect| scope.holds(Match::C2, effect) || scope.holds(Match::C3, effect));
    let mut returns: BTreeSet<&str> = held.map(|effect| effect.return_id.as_str()).collect();
    let open = before.iter().filter(|item| item.matched == Match::C6);
    returns.extend(open.clone().map(|item| item.return_id.as_str()));
    let dated: BTreeMap<&str, Date> = open
        .map(|item| (item.return_id.as_str(), item.business_date))
        .collect();
    let returns: Vec<String> = returns.into_iter().map(str::to_owned).collect();
    let states = states(store, &returns).await?;
    let there: BTreeSet<&str> = compared
        .iter()
        .flat_map(|c| &c.there)
        .map(String::as_str)
        .collect();
    let absent: BTreeMap<&str, &Item> = compared
        .iter()
        .flat_map(|c| &c.items)
        .filter(|item| !item.effect_key.is_empty() && !there.contains(item.effect_key.as_str()))
        .map(|item| (item.effect_key.as_str(), item))
        .collect();
    let presence = |key: &str, state: workflow::EffectState| -> Presence {
        if there.contains(key) {
            return Presence::There;
        }
        match absent.get(key) {
            Some(item) if item.class == Class::Timing => return Presence::Young,
            Some(item) => return Presence::Absent(item.item_key()),
            None => {}
        }
        match state {
            workflow::EffectState::Confirmed => Presence::There,
            workflow::EffectState::Blocked(_) => Presence::Absent(String::new()),
            workflow::EffectState::Ready => Presence::Young,
            workflow::EffectState::Planned | workflow::EffectState::Cancelled => Presence::Waiting,
        }
    };
    let mut all = Vec::new();
    for state in &states {
        let day = dated.get(state.return_id()).copied();
        all.extend(lines_of(state, day.unwrap_or(scope.date), presence));
    }
    Ok(lines(scope, &all))
}

/// States of these returns.
async fn states(
    store: &dyn Store,
    returns: &[String],
) -> Result<Vec<workflow::ReturnState>, StoreError> {
    let mut states = Vec::new();
    for page in returns.chunks(200) {
        let lookups: Vec<Lookup> = page.iter().cloned().map(Lookup::Id).collect();
        for row in store.load(&lookups).await?.into_iter().flatten() {
            let state = serde_json::from_str(&row.state).map_err(|error| {
                StoreError::Broken(format!("return {}: {error}", row.return_id))
            })?;
            states.push(state);
        }
    }
    Ok(states)
}
