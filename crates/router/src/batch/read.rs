//! Opens a batch: envelopes read, events gathered by the return that they speak of.

use std::collections::{HashMap, HashSet};

use broker::{Delivery, Verdict as Settle};
use canonical::envelope::Envelope;
use canonical::{Event, EventData, ReturnName};
use store::{Lookup, Reference};

use super::{Done, Group, Item, count};
use crate::cache::Cache;
use crate::unit;

/// Reads the envelopes and gathers the events of each return. What cannot be read goes to `broken`.
pub(super) fn open(
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
pub(super) fn reference_of(name: &ReturnName) -> Reference {
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
