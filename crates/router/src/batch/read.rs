//! Opens a batch: envelopes read, then events gathered by the return that they speak of.

use std::collections::HashMap;
use std::collections::hash_map::Entry;

use broker::{Delivery, Verdict as Settle};
use canonical::envelope::Envelope;
use canonical::{Event, EventData, ReturnName};
use store::{Lookup, Reference};

use super::stray::Whose;
use super::{Done, Group, Item, count};
use crate::cache::Cache;
use crate::unit;
use crate::watch::Watch;

/// A delivery whose envelope was read, or why it could not be.
pub(crate) type Opened = Result<Item, Box<(Delivery, String)>>;

/// Reads the envelopes of a batch. Needs nothing but the bytes, so that it can run ahead of the deciding stage.
pub(crate) fn read_all(deliveries: &[Delivery], watch: &Watch) -> Vec<Opened> {
    let _entered = watch.enter(format!("{} messages are read", deliveries.len()));
    deliveries
        .iter()
        .map(|delivery| read(delivery).map_err(|reason| Box::new((delivery.clone(), reason))))
        .collect()
}

/// Gathers the events of each return. What could not be read goes to `broken`, what contradicts an earlier message of
/// the batch to `conflicts`.
pub(super) fn gather(
    cache: &Cache,
    opened: Vec<Opened>,
    done: &mut Done,
    broken: &mut Vec<(Delivery, String)>,
    conflicts: &mut Vec<Item>,
) -> Vec<Group> {
    let mut groups: Vec<Group> = Vec::new();
    let mut by_lookup: HashMap<Lookup, usize> = HashMap::new();
    let mut seen = HashMap::new();
    for message in opened {
        match message {
            Err(unreadable) => broken.push(*unreadable),
            Ok(item) => {
                // The same message twice in one batch: the first one speaks for both. The same key with another content
                // is a conflict, as if the first one had been stored already.
                match seen.entry(item.inbox.key) {
                    Entry::Vacant(first) => drop(first.insert(item.inbox.content)),
                    Entry::Occupied(first) if *first.get() == item.inbox.content => {
                        count(&item, "duplicate");
                        done.verdicts.push((item.tag, Settle::Ack));
                        done.twins.push(item);
                        continue;
                    }
                    Entry::Occupied(_) => {
                        conflicts.push(item);
                        continue;
                    }
                }
                let lookup = lookup_of(cache, &item.event);
                let at = *by_lookup.entry(lookup.clone()).or_insert_with(|| {
                    groups.push(Group {
                        lookup,
                        items: Vec::new(),
                        tries: 0,
                        whose: Whose::Named,
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
