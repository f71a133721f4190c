//! Events that waited long enough for their return: they go on, or become exceptions that can be replayed.

use std::borrow::Cow;

use canonical::envelope::Envelope;
use canonical::receipt::Receipt;
use canonical::{ExceptionCode, ReturnName};
use jiff::Timestamp;
use store::{Lookup, ParkedRow, Store, StoreError, Unit};
use workflow::PolicySet;
use workflow::cascade::{Cascade, arrival};

use crate::report::Report;
use crate::whose;

/// Looks at everything that waited long enough. What is published by it lies in the outbox.
pub(crate) async fn look(
    store: &dyn Store,
    policies: &PolicySet,
    now: Timestamp,
    limit: usize,
) -> Result<(), StoreError> {
    let rows = store.overdue(now, limit).await?;
    if rows.is_empty() {
        return Ok(());
    }
    let waiting: Vec<Waiting> = rows.into_iter().map(Waiting::of).collect();
    let lookups: Vec<Lookup> = waiting.iter().flat_map(Waiting::names).collect();
    let known = store.load(&lookups).await?;
    let known: Vec<Lookup> = lookups
        .into_iter()
        .zip(known)
        .filter_map(|(name, row)| row.map(|_| name))
        .collect();
    let mut units = Vec::new();
    for waiting in waiting {
        let is_known = waiting.names().any(|name| known.contains(&name));
        units.push(if is_known {
            waiting.goes_on()
        } else {
            unknown(store, policies, waiting, now).await?
        });
    }
    store.commit(units, Vec::new()).await.map(drop)
}

/// An event that waits, as far as it can be read.
struct Waiting {
    row: ParkedRow,
    envelope: Option<Envelope>,
    subject: Option<ReturnName>,
    /// What it says has come.
    receipt: Option<Receipt>,
}

impl Waiting {
    fn of(row: ParkedRow) -> Self {
        let text = std::str::from_utf8(&row.message.body).ok();
        let envelope = text.and_then(|text| Envelope::parse(text).ok());
        let event = envelope.as_ref().and_then(|envelope| envelope.open().ok());
        let (subject, receipt) = match event {
            Some(event) => {
                let came = arrival(&event).map(Cow::into_owned);
                (Some(event.subject), came)
            }
            None => (None, None),
        };
        Self {
            row,
            envelope,
            subject,
            receipt,
        }
    }

    /// The names under which its return may have become known.
    fn names(&self) -> impl Iterator<Item = Lookup> {
        let own = self.row.reference.clone();
        let learnt = self.subject.as_ref().and_then(whose::learnt);
        std::iter::once(own).chain(learnt).map(Lookup::Reference)
    }

    fn goes_on(self) -> Unit {
        Unit {
            unpark: vec![self.row.key],
            outbox: vec![self.row.message],
            ..Unit::default()
        }
    }
}

/// The return is not known. A receipt or snapshot by which something came goes on if a single open return can be meant, or if a policy takes it in without one:
/// whoever decides on it finds the same.
async fn unknown(
    store: &dyn Store,
    policies: &PolicySet,
    waiting: Waiting,
    now: Timestamp,
) -> Result<Unit, StoreError> {
    let (Some(subject), Some(receipt)) = (&waiting.subject, &waiting.receipt) else {
        return Ok(give_up(waiting, "", now));
    };
    let doubt = match whose::taking(policies, subject, receipt) {
        Ok(Some(_)) => return Ok(waiting.goes_on()),
        Ok(None) => String::new(),
        Err(entities) => format!(
            "; the policies of {} would all take goods of site {} in without a return: name the site in one of them",
            entities.join(" and "),
            receipt.site
        ),
    };
    let (cascade, _) = whose::cascade(store, subject, receipt).await?;
    let which = match cascade {
        Cascade::One(_) => return Ok(waiting.goes_on()),
        Cascade::Nothing => String::new(),
        Cascade::Several(candidates) => {
            let names: Vec<&str> = candidates.iter().map(|c| c.rma_number.as_str()).collect();
            format!(
                "; returns {} expect such goods, and nothing tells which is meant",
                names.join(", ")
            )
        }
    };
    Ok(give_up(waiting, &format!("{which}{doubt}"), now))
}

fn give_up(waiting: Waiting, why: &str, now: Timestamp) -> Unit {
    let waiting_came = waiting.receipt.is_some();
    let Waiting { row, envelope, .. } = waiting;
    let kind = envelope
        .as_ref()
        .map(|e| e.kind.as_str())
        .unwrap_or_default();
    let is_of_goods = waiting_came || kind.starts_with("backhaul.receipt");
    let code = if is_of_goods {
        ExceptionCode::UnmatchedReceipt
    } else if kind.starts_with("backhaul.inspection") || kind.starts_with("backhaul.disposition") {
        ExceptionCode::OrphanInspection
    } else {
        ExceptionCode::MasterDataMissing
    };
    let connector = envelope
        .as_ref()
        .map(Envelope::connector)
        .unwrap_or_default()
        .to_owned();
    let report = Report::new("route", code)
        .reason(format!(
            "no return is known as {} {:?}: it waited in vain{why}; replay it when the return exists, or discard it",
            row.reference.space, row.reference.value
        ))
        .owner(&connector, "", "")
        .row(
            now,
            serde_json::json!({ "channel": "events", "id": row.key }).to_string(),
            row.message.body,
        );
    Unit {
        unpark: vec![row.key],
        exceptions: vec![report],
        ..Unit::default()
    }
}
