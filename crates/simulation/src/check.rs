//! What must hold in the end, whatever went wrong on the way.

use std::collections::{BTreeMap, BTreeSet};

use canonical::status::StatusEvent;
use canonical::{CommandData, EffectKind, Envelope};
use jiff::{SignedDuration, Timestamp};
use store::{
    EffectRow, EffectState, ExceptionFilter, ExceptionState, ReplayRunFilter, SqliteStore, Store,
    StoreError, audit_verify,
};
use workflow::{PolicySet, ReturnState};

use crate::amqp::Amqp;
use crate::feed::Feed;
use crate::once;
use crate::operator::states;
use crate::partner::Partners;
use crate::shown;
use crate::story::{self, INVOICED};
use crate::world::World;

/// Far from now: what is due by then is there at all.
const EVER: SignedDuration = SignedDuration::from_hours(100_000);

/// What a run left behind.
pub struct Seen<'a> {
    /// The run.
    pub world: &'a World,
    /// The store.
    pub store: &'a SqliteStore,
    /// The broker.
    pub amqp: &'a Amqp,
    /// The targets.
    pub partners: &'a Partners,
    /// What was said.
    pub feed: &'a Feed,
    /// The policies.
    pub policies: &'a PolicySet,
}

/// Nothing is under way any more.
pub async fn is_quiet(
    amqp: &Amqp,
    store: &SqliteStore,
    feed: &Feed,
    now: Timestamp,
) -> Result<bool, StoreError> {
    let ever = now.saturating_add(EVER).unwrap_or(Timestamp::MAX);
    let moving = |state: &EffectState| {
        matches!(
            state,
            EffectState::Ready | EffectState::InFlight | EffectState::Unknown
        )
    };
    let runs = ReplayRunFilter {
        is_active: true,
        ..ReplayRunFilter::default()
    };
    let broker = amqp.queues().depth() == 0 && amqp.unsettled() == 0;
    Ok(broker
        && feed.is_done()
        && !store
            .effect_counts()
            .await?
            .iter()
            .any(|(_, state, _)| moving(state))
        && store.unpublished(ever, 1).await?.is_empty()
        && store.replay_runs(runs).await?.is_empty()
        && store.overdue(ever, 1).await?.is_empty())
}

/// Every document in every target, one for each key.
pub fn ledger(partners: &Partners) -> BTreeMap<String, (EffectKind, String)> {
    let mut ledger = BTreeMap::new();
    for partner in partners.all() {
        for (key, documents) in &partner.books().documents {
            if let Some(document) = documents.first() {
                ledger.insert(key.clone(), (document.kind, document.says.clone()));
            }
        }
    }
    ledger
}

/// Everything that does not hold.
pub async fn all(seen: &Seen<'_>) -> Result<Vec<String>, StoreError> {
    let mut wrong = Vec::new();
    let states = states(seen.store).await?;
    let mut effects = Vec::new();
    for state in &states {
        effects.extend(seen.store.effects_of(state.return_id()).await?);
    }
    once(seen.partners, &effects, &mut wrong);
    once::check(&effects, seen.partners, &mut wrong);
    known(seen, &effects, &states, &mut wrong).await?;
    money(&states, seen.partners, &mut wrong);
    buckets(&states, &mut wrong);
    caps(seen.store, &states, &mut wrong).await?;
    facts(seen, &mut wrong).await?;
    statuses(seen.amqp, &states, &mut wrong);
    wrong.extend(shown::lost(seen.store, &states).await?);
    wrong.extend(shown::mistold(seen.store, &states, seen.world.now()).await?);
    if let Err(error) = audit_verify(seen.store).await {
        wrong.push(format!("audit: {error}"));
    }
    Ok(wrong)
}

/// INV-9: one key, at most one document; and every document is one that was planned, and says what was planned.
fn once(partners: &Partners, effects: &[EffectRow], wrong: &mut Vec<String>) {
    let planned: BTreeMap<&str, &EffectRow> =
        effects.iter().map(|e| (e.effect_key.as_str(), e)).collect();
    for partner in partners.all() {
        for (key, documents) in &partner.books().documents {
            if documents.len() > 1 {
                wrong.push(format!(
                    "{} documents in {} for {key}",
                    documents.len(),
                    partner.name
                ));
            }
            let Some(effect) = planned.get(key.as_str()) else {
                wrong.push(format!(
                    "{} has a document for {key}, which nobody planned",
                    partner.name
                ));
                continue;
            };
            let command: Option<canonical::Command> = serde_json::from_str(&effect.command).ok();
            let says = command
                .and_then(|c| serde_json::to_string(&c.data).ok())
                .unwrap_or_default();
            if documents.iter().any(|d| d.says != says) {
                wrong.push(format!(
                    "the document in {} for {key} says something else than planned",
                    partner.name
                ));
            }
        }
    }
}

/// What is said to be confirmed is there; what is said to be nowhere is not; what is given up has an exception; the
/// workflow knows what the store knows.
async fn known(
    seen: &Seen<'_>,
    effects: &[EffectRow],
    states: &[ReturnState],
    wrong: &mut Vec<String>,
) -> Result<(), StoreError> {
    let ledger = ledger(seen.partners);
    let half: BTreeSet<String> = seen
        .partners
        .all()
        .iter()
        .flat_map(|p| {
            let books = p.books();
            let half = books
                .documents
                .iter()
                .filter(|(_, d)| d.iter().any(|d| d.half));
            half.map(|(key, _)| key.clone()).collect::<Vec<_>>()
        })
        .collect();
    let open = seen
        .store
        .exceptions(&ExceptionFilter {
            state: Some(ExceptionState::Open),
            ..ExceptionFilter::default()
        })
        .await?;
    // One that only says that an effect takes long shows no effect that was given up.
    let (late, open): (Vec<_>, Vec<_>) = open.into_iter().partition(|e| e.stage == "watch");
    let late: BTreeSet<&str> = late.iter().map(|e| e.effect_key.as_str()).collect();
    let shown: BTreeSet<&str> = open.iter().map(|e| e.effect_key.as_str()).collect();
    let recorded: BTreeMap<String, workflow::EffectState> = states
        .iter()
        .flat_map(ReturnState::effects)
        .map(|e| (e.key.0.clone(), e.state))
        .collect();
    for effect in effects {
        let key = effect.effect_key.as_str();
        let there = ledger.contains_key(key);
        let named = format!("{} {key} is {}", effect.kind, effect.state.word());
        if late.contains(key) {
            wrong.push(format!(
                "{named}, and an open exception says that it takes long"
            ));
        }
        match effect.state {
            EffectState::Confirmed if !there || half.contains(key) => {
                wrong.push(format!("{named}, but its target has it not, or half"));
            }
            EffectState::Planned | EffectState::Cancelled if there => {
                wrong.push(format!("{named}, but its target has it"));
            }
            EffectState::Rejected | EffectState::Parked | EffectState::Ambiguous
                if !shown.contains(key) =>
            {
                wrong.push(format!("{named}, and no open exception shows it"));
            }
            EffectState::Ready | EffectState::InFlight | EffectState::Unknown => {
                wrong.push(format!(
                    "{named}: still under way ({} {})",
                    effect.failure_code, effect.attempts
                ));
            }
            EffectState::Confirmed
            | EffectState::Planned
            | EffectState::Cancelled
            | EffectState::Rejected
            | EffectState::Parked
            | EffectState::Ambiguous => {}
        }
        let agrees = match (effect.state, recorded.get(key)) {
            (EffectState::Confirmed, Some(workflow::EffectState::Confirmed)) => true,
            (EffectState::Planned, Some(workflow::EffectState::Planned)) => true,
            (EffectState::Cancelled, Some(workflow::EffectState::Cancelled)) => true,
            (
                EffectState::Rejected | EffectState::Parked | EffectState::Ambiguous,
                Some(workflow::EffectState::Blocked(_)),
            ) => true,
            (EffectState::Ready | EffectState::InFlight | EffectState::Unknown, _) => true,
            (_, _) => false,
        };
        if !agrees {
            wrong.push(format!(
                "{named}, but the return says {:?}",
                recorded.get(key)
            ));
        }
    }
    for (key, state) in &recorded {
        if !effects.iter().any(|e| &e.effect_key == key) {
            wrong.push(format!(
                "effect {key} ({state:?}) of a return is not in the store"
            ));
        }
    }
    Ok(())
}

/// What the returns say was credited is what credit memos in the ERP sum to.
fn money(states: &[ReturnState], partners: &Partners, wrong: &mut Vec<String>) {
    let mut posted: BTreeMap<String, i64> = BTreeMap::new();
    let mut credited: BTreeMap<String, i64> = BTreeMap::new();
    let books = partners.erp.books();
    for documents in books.documents.values() {
        for document in documents
            .iter()
            .filter(|d| d.kind == EffectKind::ErpCreditMemo)
        {
            if let Ok(CommandData::PostCreditMemo(memo)) = serde_json::from_str(&document.says) {
                let amount = memo.amount();
                *posted.entry(amount.ccy.code().to_owned()).or_default() += amount.minor;
            } else {
                wrong.push(format!("memo {} cannot be read", document.number));
            }
        }
    }
    for state in states {
        let amount = state.credited();
        *credited.entry(amount.ccy.code().to_owned()).or_default() += amount.minor;
    }
    posted.retain(|_, minor| *minor != 0);
    credited.retain(|_, minor| *minor != 0);
    // What is there and not confirmed (given up, a person looks) is in the ERP only.
    let blind = partners.erp.guard == connector::DuplicateGuard::None;
    if posted != credited && !blind {
        wrong.push(format!("credited {credited:?}, but the ERP has {posted:?}"));
    }
}

/// INV-12: pieces are conserved.
fn buckets(states: &[ReturnState], wrong: &mut Vec<String>) {
    for state in states {
        for line in state.lines() {
            if !line.buckets.is_sound() {
                wrong.push(format!(
                    "line {} of {}: {:?}",
                    line.line.line_no,
                    state.return_id(),
                    line.buckets
                ));
            }
        }
    }
}

/// INV-5: pieces of an invoice line are reserved once, and no more than there are.
async fn caps(
    store: &SqliteStore,
    states: &[ReturnState],
    wrong: &mut Vec<String>,
) -> Result<(), StoreError> {
    let lines: BTreeSet<String> = states
        .iter()
        .flat_map(|state| {
            let entity = state.header().legal_entity.clone();
            state.lines().iter().filter_map(move |line| {
                let invoice = line.line.invoice_ref.as_ref()?;
                Some(format!("{entity}|{}|{}", invoice.document, invoice.line))
            })
        })
        .collect();
    let lines: Vec<String> = lines.into_iter().collect();
    let mut last: Option<store::ClaimRow> = None;
    for claim in store.claims(&lines).await? {
        let same = last
            .as_ref()
            .is_some_and(|l| l.invoice_line == claim.invoice_line);
        if same && last.as_ref().is_some_and(|l| l.to > claim.from) {
            wrong.push(format!("reserved twice: {last:?} and {claim:?}"));
        }
        if claim.to > i64::from(INVOICED) * canonical::Qty::UNIT {
            wrong.push(format!("reserved more than invoiced: {claim:?}"));
        }
        last = Some(claim);
    }
    Ok(())
}

/// I7, INV-15: every message that was said is in the audit exactly once, or in the exception store; nothing else is.
async fn facts(seen: &Seen<'_>, wrong: &mut Vec<String>) -> Result<(), StoreError> {
    let mut counted: BTreeMap<String, u32> = BTreeMap::new();
    let mut after = 0;
    loop {
        let page = seen.store.audit("", after, 1000).await?;
        let Some(last) = page.last() else { break };
        after = last.seq;
        for row in page {
            if let Ok(envelope) = Envelope::parse(&row.entry.body) {
                *counted.entry(envelope.id).or_default() += 1;
            }
        }
    }
    for (id, times) in &counted {
        if *times > 1 {
            wrong.push(format!("{id} was applied {times} times"));
        }
    }
    let kept = seen.store.exceptions(&ExceptionFilter::default()).await?;
    let mut raw = Vec::new();
    for row in kept {
        if let Some(whole) = seen.store.exception(&row.exception_id).await? {
            raw.push(whole.raw);
        }
    }
    if seen.world.plan.stray && !raw.iter().any(|raw| raw == story::STRAY.as_bytes()) {
        wrong.push("bytes that are no message were dropped from their queue".to_owned());
    }
    for (name, said) in seen.feed.said() {
        if !counted.contains_key(&name) && !raw.iter().any(|raw| contains(raw, &name, &said)) {
            wrong.push(format!("{name} was taken in and is nowhere"));
        }
    }
    Ok(())
}

fn contains(raw: &[u8], name: &str, said: &[u8]) -> bool {
    raw == said || String::from_utf8_lossy(raw).contains(name)
}

/// Status events of each return: published without gaps up to the last one, and each tells one story, however often it comes.
fn statuses(amqp: &Amqp, states: &[ReturnState], wrong: &mut Vec<String>) {
    let mut told: BTreeMap<String, BTreeSet<u64>> = BTreeMap::new();
    let mut first: BTreeMap<(String, u64), StatusEvent> = BTreeMap::new();
    for message in &amqp.queues().statuses {
        let Ok(status) = serde_json::from_slice::<StatusEvent>(&message.body) else {
            wrong.push(format!("status event {} cannot be read", message.id));
            continue;
        };
        let (id, seq) = (status.return_id.clone(), status.seq);
        told.entry(id.clone()).or_default().insert(seq);
        let before = first
            .entry((id.clone(), seq))
            .or_insert_with(|| status.clone());
        if *before != status {
            wrong.push(format!(
                "status event {seq} of {id} was told as {before:?} and as {status:?}"
            ));
        }
    }
    for state in states {
        let told = told.remove(state.return_id()).unwrap_or_default();
        let wanted: BTreeSet<u64> = (1..=state.status_seq()).collect();
        if told != wanted {
            wrong.push(format!(
                "status events of {}: {told:?}, but there were {}",
                state.return_id(),
                state.status_seq()
            ));
        }
    }
    for (id, seqs) in told {
        wrong.push(format!(
            "status events {seqs:?} of {id}, which is no return"
        ));
    }
}
