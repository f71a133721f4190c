//! One batch of the router: deliveries in, ONE transaction, and what is to be published and said of each delivery.

mod claimed;
mod compute;
mod conclude;
mod history;
mod read;
mod stray;
mod tally;

pub use compute::claim;
pub(crate) use read::reference_of;

use broker::{Tag, Verdict as Settle};
use canonical::Event;
use canonical::envelope::Envelope;
use jiff::SignedDuration;
use store::{Clock, InboxRow, Lookup, OutboxMessage, Reference, Store, StoreError, Unit};
use workflow::{PolicySet, ReturnState, Verdict};

use crate::cache::Cache;
use crate::metrics::{label, metrics};
use crate::routes::Routes;
use crate::watch::Watch;

pub(crate) use read::{Opened, read_all};

/// What a batch leaves to be done.
#[derive(Default)]
pub(crate) struct Done {
    /// Number of the outbox batches.
    pub(crate) batches: Vec<i64>,
    /// Messages to publish.
    pub(crate) outbox: Vec<OutboxMessage>,
    /// What to say of the deliveries once those are published.
    pub(crate) verdicts: Vec<(Tag, Settle)>,
    /// Messages that came twice in the batch, to be counted.
    twins: Vec<Item>,
}

/// What the router needs to know to decide.
pub(crate) struct Rules<'a> {
    pub(crate) policies: &'a PolicySet,
    pub(crate) routes: &'a Routes,
    /// How long an event waits for a return that is not known.
    pub(crate) park_for: SignedDuration,
    /// How long an effect may be under way before a person is told.
    pub(crate) effect_sla: SignedDuration,
    pub(crate) clock: &'a Clock,
    pub(crate) watch: &'a Watch,
}

/// An event of the batch, opened.
pub(crate) struct Item {
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
    /// How its return was found, as of the last try.
    whose: stray::Whose,
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
    opened: Vec<Opened>,
    published: Vec<i64>,
) -> Result<Done, StoreError> {
    metrics().batch_size.record(opened.len() as u64, &[]);
    let mut done = Done::default();
    let books = rules.policies.books(rules.clock.now());
    let (mut broken, mut conflicts) = (Vec::new(), Vec::new());
    let mut groups = read::gather(cache, opened, &mut done, &mut broken, &mut conflicts);
    let mut published = published;
    if !broken.is_empty() {
        conclude::commit_broken(store, rules.clock.now(), broken, &mut done).await?;
    }
    if !conflicts.is_empty() {
        conclude::commit_conflicts(store, conflicts, &books, &mut done).await?;
    }
    if let Some(unit) = tally::duplicates(std::mem::take(&mut done.twins).iter(), &books) {
        store.commit(vec![unit], Vec::new()).await?;
    }
    while !groups.is_empty() {
        let mut attempts = compute::attempt(store, cache, rules, groups).await?;
        let units = attempts
            .iter_mut()
            .map(|a| {
                let told = a.group.items.iter().zip(&a.verdicts);
                let told = told.map(|(item, verdict)| (item, word(verdict)));
                let mut unit = std::mem::take(&mut a.unit);
                unit.tallies = tally::of(told, &books);
                unit
            })
            .collect();
        let commit = store.commit(units, std::mem::take(&mut published)).await?;
        if commit.batch != 0 {
            done.batches.push(commit.batch);
        }
        groups = Vec::new();
        for (attempt, outcome) in attempts.into_iter().zip(commit.outcomes) {
            if let Some(again) =
                conclude::conclude(store, cache, rules, attempt, outcome, &mut done).await?
            {
                groups.push(again);
            }
        }
    }
    Ok(done)
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

/// Under which word a message is counted that the store takes in.
const fn word(verdict: &Verdict) -> &'static str {
    match verdict {
        Verdict::Duplicate => tally::DUPLICATE,
        Verdict::Applied | Verdict::Parked | Verdict::Ignored(_) | Verdict::UnknownReturn => {
            tally::TAKEN
        }
    }
}
