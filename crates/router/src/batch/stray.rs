//! Goods that came under a name that no return has: found by what was learnt before, by what they say, or by nothing.

use std::borrow::Cow;

use canonical::event::EventData;
use canonical::receipt::Receipt;
use canonical::{MatchMethod, ReturnName};
use jiff::{SignedDuration, Timestamp};
use store::{Lookup, Store, StoreError};
use workflow::Found;
use workflow::cascade::{Candidate, Cascade, Match, arrival};
use workflow::policy::Policy;

use super::compute::cached;
use super::{Group, Item, Rules};
use crate::cache::Cached;
use crate::whose;

/// How the return of a group was found.
#[derive(Debug, Default)]
pub(super) enum Whose {
    /// By its name, or it was not looked for in another way.
    #[default]
    Named,
    /// By a name under which its goods were told before.
    Learnt,
    /// By what the receipt says.
    Matched(Match),
    /// Not at all, and the policy of that version takes its goods in.
    Nobodys {
        version: String,
        candidates: Vec<Candidate>,
    },
    /// Not yet: what came waits until then for the return that it names.
    Waits(Timestamp),
}

impl Whose {
    /// What the workflow is told of it.
    pub(super) fn found<'a>(&'a self, rules: &Rules<'a>) -> Found<'a> {
        match self {
            Self::Named | Self::Learnt | Self::Waits(_) => Found::ByName,
            Self::Matched(found) => Found::By(found),
            Self::Nobodys {
                version,
                candidates,
            } => match rules.policies.version(version) {
                Some(policy) => Found::Nobodys { policy, candidates },
                None => Found::ByName,
            },
        }
    }
}

/// Looks once more for the returns of groups that speak of goods and whose name nobody has.
pub(super) async fn look(
    store: &dyn Store,
    rules: &Rules<'_>,
    groups: &mut [Group],
    states: &mut [Option<Cached>],
) -> Result<(), StoreError> {
    let mut strays: Vec<(&mut Group, &mut Option<Cached>, Lookup)> = Vec::new();
    for (group, state) in groups.iter_mut().zip(states) {
        group.whose = Whose::Named;
        if state.is_none()
            && let Some(name) = learnt_name(group)
        {
            strays.push((group, state, name));
        }
    }
    if strays.is_empty() {
        return Ok(());
    }
    let names: Vec<Lookup> = strays.iter().map(|(_, _, name)| name.clone()).collect();
    let known = store.load(&names).await?;
    for ((group, state, _), row) in strays.into_iter().zip(known) {
        if let Some(row) = row {
            *state = Some(cached(&row)?);
            group.whose = Whose::Learnt;
        } else if let Some((item, came)) = arrival_of(group) {
            (group.whose, *state) = unknown(store, rules, (item, &came)).await?;
        }
    }
    Ok(())
}

/// The name under which the goods of a group may have been told before.
fn learnt_name(group: &Group) -> Option<Lookup> {
    let item = group.items.iter().find(|item| is_of_goods(item))?;
    whose::learnt(&item.event.subject).map(Lookup::Reference)
}

fn is_of_goods(item: &Item) -> bool {
    matches!(
        item.event.data,
        EventData::GoodsInTransit(_)
            | EventData::ReceiptRecorded(_)
            | EventData::ReceiptReversed(_)
            | EventData::InspectionFinalized(_)
            | EventData::DispositionDecided(_)
            | EventData::SnapshotReported(_)
    )
}

/// What came, as the first event of the group says that tells of anything.
fn arrival_of(group: &Group) -> Option<(&Item, Cow<'_, Receipt>)> {
    let mut items = group.items.iter();
    items.find_map(|item| Some((item, arrival(&item.event)?)))
}

/// Goods whose return nobody knows. One that names an RMA number waits first: the request for it may be on its way.
async fn unknown(
    store: &dyn Store,
    rules: &Rules<'_>,
    (item, receipt): (&Item, &Receipt),
) -> Result<(Whose, Option<Cached>), StoreError> {
    let subject = &item.event.subject;
    let policy = taking(rules, subject, receipt);
    let terms = policy.and_then(Policy::blind_return);
    let wait = terms.map_or(rules.park_for, |terms| {
        SignedDuration::from_mins(i64::from(terms.wait_minutes))
    });
    let until = item.envelope.ingestedat.saturating_add(wait);
    let until = until.unwrap_or(Timestamp::MAX);
    let is_asked_for = item.envelope.id.contains(crate::desk::REPLAY_MARK);
    if names_a_return(receipt) && !is_asked_for && rules.clock.now() < until {
        return Ok((Whose::Waits(until), None));
    }
    let candidates = match whose::cascade(store, subject, receipt).await? {
        (Cascade::One(found), Some(row)) => {
            return Ok((Whose::Matched(found), Some(cached(&row)?)));
        }
        (Cascade::Several(candidates), _) => candidates,
        (Cascade::One(_) | Cascade::Nothing, _) => Vec::new(),
    };
    Ok(match policy {
        Some(policy) => {
            let version = policy.version.clone();
            let nobodys = Whose::Nobodys {
                version,
                candidates,
            };
            (nobodys, None)
        }
        None => (Whose::Waits(until), None),
    })
}

/// The policy by which such goods are taken in, if there is one and no other.
fn taking<'a>(rules: &Rules<'a>, subject: &ReturnName, receipt: &Receipt) -> Option<&'a Policy> {
    whose::taking(rules.policies, subject, receipt).unwrap_or_default()
}

/// True if the sender names an RMA number.
fn names_a_return(receipt: &Receipt) -> bool {
    let mut lines = receipt.lines.iter();
    lines.any(|line| line.match_method == MatchMethod::Rma)
}
