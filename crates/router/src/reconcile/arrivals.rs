//! C1 with its surroundings: whose the receipts of a list are, and which exception tells of one that is missing already.

use std::collections::{BTreeMap, BTreeSet};

use canonical::ReturnName;
use connector::extract::ReceiptHeld;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use store::{ExceptionFilter, ExceptionRow, ExceptionState, Lookup, ReturnRow, Store, StoreError};
use workflow::ReturnState;

use super::actions::STAGE;
use super::class::{Class, Match};
use super::item::{Compared, Item};
use super::receipts::{OurReceipt, compared_days, receipts};
use super::report::Matched;
use super::run::Ask;
use super::scope::{Listed, Scope};
use super::sides::Done;
use super::sources::{List, Source, here};
use crate::batch::reference_of;

/// Lists of receipts, by warehouse.
pub(super) type Lists<'a> = [(&'a Source, List<ReceiptHeld>)];

/// Days to be asked for: those that are compared and those of what is open, each with its neighbours, because a warehouse
/// counts days in a zone of its own.
pub(super) fn days(scope: &Scope, before: &[Item]) -> BTreeSet<Date> {
    let open = before.iter().filter(|item| item.matched == Match::C1);
    let open = open.map(|item| item.business_date);
    let days: BTreeSet<Date> = compared_days(scope.date).chain(open).collect();
    let around = |day: Date| [day.yesterday().ok(), Some(day), day.tomorrow().ok()];
    days.into_iter().flat_map(around).flatten().collect()
}

/// What a return holds of receipts.
pub(super) fn of_return(state: &ReturnState) -> impl Iterator<Item = OurReceipt> {
    state.receipts().into_iter().map(move |receipt| OurReceipt {
        return_id: state.return_id().to_owned(),
        rma_number: state.header().rma_number.clone(),
        receipt,
    })
}

/// Compares each list with what came here. A list that is not whole proves nothing.
pub(super) async fn compare(
    store: &dyn Store,
    scope: &Scope,
    ask: &Ask,
    zone: &TimeZone,
    lists: &Lists<'_>,
    mut ours: Vec<OurReceipt>,
    done: &mut Done,
) -> Result<(), StoreError> {
    if lists.is_empty() {
        return Ok(());
    }
    let days = BTreeSet::new();
    let mut compared = Compared::default();
    let mut unproven = Vec::new();
    for (source, list) in lists {
        let Some(complete_to) = list.input.complete_to.filter(|_| list.is_whole()) else {
            let failed = &list.input.failed;
            unproven.push(format!("{} could not be read: {failed}", source.connector));
            continue;
        };
        let documents = owned(store, ask, source, &list.documents, &mut ours).await?;
        let theirs = Listed {
            connector: &source.connector,
            documents: &documents,
            complete_to,
            days: &days,
            tells_orphans: source.tells_orphans,
        };
        compared.join(receipts(scope, zone, &ours, &theirs));
    }
    known_already(store, lists, &mut compared.items).await?;
    done.inputs.push(here("receipts", ours.iter(), ask.now));
    let mut matched = Matched::of(Match::C1, &compared, &unproven);
    let unlisted = unlisted(lists, &ours);
    if !unlisted.is_empty() {
        let more = format!("; {} list no receipts", unlisted.join(", "));
        matched.run.push_str(&more);
    }
    done.matched.push(matched);
    done.items.extend(compared.items);
    Ok(())
}

/// Connectors that told of receipts and list none: nobody promised to compare those.
fn unlisted(lists: &Lists<'_>, ours: &[OurReceipt]) -> Vec<String> {
    let told: BTreeSet<&str> = ours.iter().map(|o| o.receipt.connector.as_str()).collect();
    let listed: BTreeSet<&str> = lists.iter().map(|(s, _)| s.connector.as_str()).collect();
    let left = told.difference(&listed).filter(|name| !name.is_empty());
    left.map(|name| (*name).to_owned()).collect()
}

/// The documents that this entity's run tells of: those of its returns, and those of nobody once. Returns that ended long
/// ago are read for what they hold.
async fn owned(
    store: &dyn Store,
    ask: &Ask,
    source: &Source,
    documents: &[ReceiptHeld],
    ours: &mut Vec<OurReceipt>,
) -> Result<Vec<ReceiptHeld>, StoreError> {
    let mut owned = Vec::new();
    let mut asked: BTreeMap<ReturnName, bool> = BTreeMap::new();
    let name = |one: &OurReceipt| (one.receipt.site.clone(), one.receipt.receipt_id.clone());
    let known: BTreeSet<(String, String)> = ours.iter().map(name).collect();
    for document in documents {
        if known.contains(&(document.site.clone(), document.receipt_id.clone())) {
            owned.push(document.clone());
            continue;
        }
        let is_ours = match asked.get(&document.named) {
            Some(is_ours) => *is_ours,
            None => match by_name(store, &document.named).await? {
                Some(row) if row.entity == ask.entity => {
                    let state = state_of(&row)?;
                    ours.extend(of_return(&state));
                    true
                }
                Some(_) => false,
                None => match &document.named {
                    ReturnName::Rma { entity, .. } => *entity == ask.entity,
                    ReturnName::Id(_) | ReturnName::External { .. } => source.tells_orphans,
                },
            },
        };
        asked.insert(document.named.clone(), is_ours);
        if is_ours {
            owned.push(document.clone());
        }
    }
    Ok(owned)
}

async fn by_name(store: &dyn Store, name: &ReturnName) -> Result<Option<ReturnRow>, StoreError> {
    let lookup = Lookup::Reference(reference_of(name));
    let found = store.load(&[lookup]).await?;
    Ok(found.into_iter().flatten().next())
}

fn state_of(row: &ReturnRow) -> Result<ReturnState, StoreError> {
    serde_json::from_str(&row.state)
        .map_err(|error| StoreError::Broken(format!("return {}: {error}", row.return_id)))
}

/// What is missing here may wait behind an exception: its message was refused, or waited in vain for its return.
async fn known_already(
    store: &dyn Store,
    lists: &Lists<'_>,
    items: &mut [Item],
) -> Result<(), StoreError> {
    let is_missing = |item: &&mut Item| item.class == Class::MissingHere;
    let mut missing = items.iter_mut().filter(is_missing).peekable();
    if missing.peek().is_none() {
        return Ok(());
    }
    let filter = ExceptionFilter {
        state: Some(ExceptionState::Open),
        ..ExceptionFilter::default()
    };
    let open = store.exceptions(&filter).await?;
    for item in missing {
        let all = lists.iter().flat_map(|(_, list)| &list.documents);
        let mut same = all.filter(|d| format!("{}/{}", d.site, d.receipt_id) == item.key);
        let Some(document) = same.next() else {
            continue;
        };
        let told = open
            .iter()
            .find(|row| row.connector == item.connector && tells_of(row, document));
        if let Some(row) = told {
            item.exception_id.clone_from(&row.exception_id);
        }
    }
    Ok(())
}

/// True if the exception is about that receipt: it names it, or the return that it came for.
fn tells_of(row: &ExceptionRow, document: &ReceiptHeld) -> bool {
    let about = match &document.named {
        ReturnName::Id(value)
        | ReturnName::Rma { number: value, .. }
        | ReturnName::External { value, .. } => format!("{value:?}"),
    };
    let receipt = format!("receipt {} of site {}:", document.receipt_id, document.site);
    row.stage != STAGE
        && row.return_id.is_empty()
        && (row.reason.contains(&about) || row.reason.contains(&receipt))
}
