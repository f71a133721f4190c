//! Reads returns one by one, those that are alive and those that an earlier run left something open of: for the matches of
//! which our own record has both sides.

use std::collections::{BTreeMap, BTreeSet};

use broker::Destination;
use broker::topology::STATUS;
use canonical::status::StatusEvent;
use canonical::{BusinessCode, EffectKind, ExceptionCode};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp, ToSpan as _};
use store::{
    EffectRow, ExceptionFilter, ExceptionState, Lookup, OutboxRow, ReturnRow, Span, Store,
    StoreError,
};
use workflow::{EffectState, ReturnState};

use super::advances::Advance;
use super::arrivals;
use super::claims::Account;
use super::class::Match;
use super::facts::{OUTWARD, account, advance, day, told};
use super::gather::midnight;
use super::item::Item;
use super::outward::{Progress, Told};
use super::receipts::OurReceipt;
use super::run::Ask;
use super::scope::Scope;
use crate::webhooks::Listener;
use crate::wire;

/// Returns, or effects, per page.
const AT_ONCE: usize = 200;
/// Statuses in the outbox that are looked at.
const STUCK: usize = 1_000;
/// Days on which nobody may have proven anything.
const MISSED: SignedDuration = SignedDuration::from_hours(7 * 24);

/// Milestones of returns that have ended: nothing more is to be expected of them.
const ENDED: [BusinessCode; 5] = [
    BusinessCode::R130,
    BusinessCode::R220,
    BusinessCode::R230,
    BusinessCode::R800,
    BusinessCode::R900,
];

/// What the returns tell.
#[derive(Default)]
pub(super) struct Seen {
    pub(super) advances: Vec<Advance>,
    pub(super) accounts: Vec<Account>,
    pub(super) told: BTreeMap<String, Told>,
    pub(super) progress: Vec<Progress>,
    pub(super) receipts: Vec<OurReceipt>,
}

/// Who looks, and where.
struct Eyes<'a> {
    store: &'a dyn Store,
    scope: &'a Scope,
    ask: &'a Ask,
    zone: &'a TimeZone,
    listeners: Vec<Listener>,
    /// The first status of each return that the broker has not taken yet, and since when.
    stuck: BTreeMap<String, (u64, Timestamp)>,
}

/// Looks at all returns that may have something to tell.
pub(super) async fn see(
    store: &dyn Store,
    scope: &Scope,
    ask: &Ask,
    zone: &TimeZone,
    before: &[Item],
) -> Result<Seen, StoreError> {
    let mut listeners = Vec::new();
    for name in &ask.webhooks {
        listeners.push(Listener::read(store, name).await?);
    }
    let eyes = Eyes {
        store,
        scope,
        ask,
        zone,
        listeners,
        stuck: stuck(store, scope).await?,
    };
    let mut seen = Seen::default();
    for row in eyes
        .effects(&OUTWARD, SignedDuration::from_hours(24))
        .await?
    {
        seen.tell(&row, ask, zone);
    }
    let ids = eyes.returns(before).await?;
    for page in ids.chunks(AT_ONCE) {
        let lookups: Vec<Lookup> = page.iter().cloned().map(Lookup::Id).collect();
        let rows = store.load(&lookups).await?.into_iter().flatten();
        for row in rows.filter(|row| row.entity == ask.entity) {
            eyes.look(&row, &mut seen).await?;
        }
    }
    Ok(seen)
}

impl Seen {
    fn tell(&mut self, row: &EffectRow, ask: &Ask, zone: &TimeZone) {
        if let Some(told) = told(row, &ask.entity, zone) {
            self.told.insert(row.effect_key.clone(), told);
        }
    }
}

impl Eyes<'_> {
    /// Ids of the returns to be looked at.
    async fn returns(&self, before: &[Item]) -> Result<Vec<String>, StoreError> {
        let since = midnight(self.scope.date, self.zone);
        let ended = ENDED.map(BusinessCode::word);
        let alive = self.store.returns_alive(since, &ended).await?;
        let mut ids: BTreeSet<String> = alive.into_iter().collect();
        let open = before.iter().filter(|item| {
            let of_return = [Match::C1, Match::C8, Match::C9, Match::C10];
            of_return.contains(&item.matched)
        });
        ids.extend(open.map(|item| item.return_id.clone()));
        // Of a return that ended by expiry goods may be due all the same.
        let filter = ExceptionFilter {
            state: Some(ExceptionState::Open),
            code: Some(ExceptionCode::AdvanceOverdue.to_string()),
            ..ExceptionFilter::default()
        };
        let overdue = self.store.exceptions(&filter).await?;
        ids.extend(overdue.into_iter().map(|row| row.return_id));
        // The customer's return may have ended long before the supplier credits.
        if let Some(lag) = self.ask.suppliers {
            let back = lag.saturating_add(MISSED);
            let claims = self.effects(&[EffectKind::SupplierClaim], back).await?;
            ids.extend(claims.into_iter().map(|row| row.return_id));
        }
        ids.extend(self.stuck.keys().cloned());
        ids.remove("");
        Ok(ids.into_iter().collect())
    }

    /// Effects of these kinds that were alive on the day, or so long before it.
    async fn effects(
        &self,
        kinds: &[EffectKind],
        back: SignedDuration,
    ) -> Result<Vec<EffectRow>, StoreError> {
        let kinds: Vec<String> = kinds.iter().map(|kind| kind.word().to_owned()).collect();
        let date = self.scope.date;
        let begin = midnight(date, self.zone);
        let span = Span {
            from: begin.saturating_sub(back).unwrap_or(Timestamp::MIN),
            to: midnight(date.saturating_add(2.days()), self.zone),
        };
        let mut all: Vec<EffectRow> = Vec::new();
        loop {
            let after = all.last().map_or("", |row| row.effect_key.as_str());
            let page = self
                .store
                .effects_alive(&kinds, span, after, AT_ONCE)
                .await?;
            let is_last = page.len() < AT_ONCE;
            all.extend(page);
            if is_last {
                return Ok(all);
            }
        }
    }

    async fn look(&self, row: &ReturnRow, seen: &mut Seen) -> Result<(), StoreError> {
        let state: ReturnState = serde_json::from_str(&row.state)
            .map_err(|error| StoreError::Broken(format!("return {}: {error}", row.return_id)))?;
        seen.receipts.extend(arrivals::of_return(&state));
        if tells_by_effects(&state) {
            let effects = self.store.effects_of(&row.return_id).await?;
            seen.advances.extend(advance(&state, &effects, self.zone));
            seen.accounts.extend(account(&state, &effects, self.zone));
            for effect in effects.iter().filter(|effect| !is_over(effect)) {
                seen.tell(effect, self.ask, self.zone);
            }
        }
        self.listen(row, &state, seen).await
    }

    /// How far everybody who is told of milestones has come with the return.
    async fn listen(
        &self,
        row: &ReturnRow,
        state: &ReturnState,
        seen: &mut Seen,
    ) -> Result<(), StoreError> {
        let (seq, id) = (state.status_seq(), state.return_id());
        let progress = |listener: String, told: u64, since: Timestamp| Progress {
            return_id: id.to_owned(),
            rma_number: state.header().rma_number.clone(),
            listener,
            code: state.business_code(),
            seq,
            told,
            since,
            on: day(since, self.zone),
            given_up: String::new(),
        };
        if let Some((first, since)) = self.stuck.get(id) {
            let told = first.saturating_sub(1);
            seen.progress
                .push(progress(STATUS.to_owned(), told, *since));
        }
        let of_day = row.updated_at >= midnight(self.scope.date, self.zone);
        for listener in &self.listeners {
            let owner = listener.owner();
            if !of_day && !self.scope.is_open(Match::C10, &owner, id) {
                continue;
            }
            let come = listener.progress(self.store, id, seq).await?;
            // What was reached before anybody listened was told to nobody.
            let asked_at = state.header().requested_at;
            let is_before = listener.began.is_none_or(|began| asked_at < began);
            if come.told.is_none() && come.waits_since.is_none() && is_before {
                continue;
            }
            let since = come.waits_since.unwrap_or(row.updated_at);
            seen.progress.push(Progress {
                given_up: come.given_up,
                ..progress(owner, come.told.unwrap_or(0), since)
            });
        }
        Ok(())
    }
}

/// True if the effects of the return have something to tell.
fn tells_by_effects(state: &ReturnState) -> bool {
    let is_asked = |effect: &workflow::EffectRecord| {
        let is_open = !matches!(
            effect.state,
            EffectState::Confirmed | EffectState::Cancelled
        );
        effect.kind == EffectKind::SupplierClaim || (is_open && OUTWARD.contains(&effect.kind))
    };
    state.is_exposed()
        || !state.supplier_answers().is_empty()
        || state.effects().iter().any(is_asked)
}

fn is_over(effect: &EffectRow) -> bool {
    matches!(
        effect.state,
        store::EffectState::Confirmed | store::EffectState::Cancelled
    )
}

/// Statuses that the broker ought to have taken.
async fn stuck(
    store: &dyn Store,
    scope: &Scope,
) -> Result<BTreeMap<String, (u64, Timestamp)>, StoreError> {
    let before = scope.now.saturating_sub(scope.lag).unwrap_or(scope.now);
    let mut stuck: BTreeMap<String, (u64, Timestamp)> = BTreeMap::new();
    for row in store.unpublished(before, STUCK).await? {
        let at = row.at;
        let Some(event) = status(row) else { continue };
        let known = stuck.entry(event.return_id).or_insert((event.seq, at));
        if event.seq < known.0 {
            *known = (event.seq, at);
        }
    }
    Ok(stuck)
}

fn status(row: OutboxRow) -> Option<StatusEvent> {
    let message = wire::to_broker(row.message).ok()?;
    match &message.to {
        Destination::Topic { exchange, .. } if exchange == STATUS => {
            serde_json::from_slice(&message.body).ok()
        }
        _ => None,
    }
}
