//! Watches a demo until nothing moves any more, and reads what became of each return.

use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

use anyhow::Result;
use canonical::{Lifecycle, Money};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use store::{EffectRow, EffectState, ExceptionFilter, ExceptionState, ReturnFilter, Store};
use workflow::{Bucket, ReturnState};

use super::desk::Desk;
use super::partners::{Partners, TRADERS, Trader};

/// Between two looks.
const LOOK: Duration = Duration::from_millis(500);
/// Looks in a row that must find nothing moving.
const QUIET: u32 = 4;

/// What became of the returns.
pub(crate) struct Outlook {
    /// Every return.
    pub(crate) returns: Vec<ReturnState>,
    /// Returns and effects that neither ended nor wait for somebody by name.
    pub(crate) unfinished: Vec<String>,
}

impl Outlook {
    /// RMA numbers.
    pub(crate) fn known(&self) -> BTreeSet<String> {
        self.returns
            .iter()
            .map(|r| r.header().rma_number.clone())
            .collect()
    }

    /// Received by RMA, as decimal text.
    pub(crate) fn received(&self) -> BTreeMap<String, String> {
        self.returns
            .iter()
            .map(|r| (r.header().rma_number.clone(), r.received().to_string()))
            .collect()
    }

    /// Returns of those partners who speak EDI.
    fn by_edi(&self, whose: fn(&Trader) -> bool) -> impl Iterator<Item = &ReturnState> {
        let is_theirs = move |channel: &str| {
            let mut traders = TRADERS.iter().filter(|trader| whose(trader));
            traders.any(|trader| trader.name == channel)
        };
        self.returns
            .iter()
            .filter(move |state| is_theirs(&state.header().channel))
    }

    /// Ids of the returns asked for by EDI that are decided: an answer is due.
    pub(crate) fn decided_by_edi(&self) -> BTreeSet<String> {
        self.by_edi(|_| true)
            .filter(|state| {
                !matches!(
                    state.lifecycle(),
                    Lifecycle::Requested | Lifecycle::PendingAuthorization
                )
            })
            .map(|state| state.header().return_id.clone())
            .collect()
    }

    /// Keys of the memos posted for partners who are told of their credits: an advice is due for each.
    pub(crate) fn credited_by_edi(&self, effects: &[EffectRow]) -> BTreeSet<String> {
        let ids: BTreeSet<&str> = self
            .by_edi(|trader| trader.is_advised)
            .map(|state| state.header().return_id.as_str())
            .collect();
        effects
            .iter()
            .filter(|effect| effect.kind == "ERP_CREDIT_MEMO")
            .filter(|effect| effect.state == EffectState::Confirmed)
            .filter(|effect| ids.contains(effect.return_id.as_str()))
            .map(|effect| effect.effect_key.clone())
            .collect()
    }

    /// Returns by state.
    pub(crate) fn states(&self) -> BTreeMap<String, u64> {
        let mut states = BTreeMap::new();
        for state in &self.returns {
            *states.entry(name(state)).or_default() += 1;
        }
        states
    }

    /// Returns by site and state.
    pub(crate) fn sites(&self) -> BTreeMap<String, BTreeMap<String, u64>> {
        let mut sites: BTreeMap<String, BTreeMap<String, u64>> = BTreeMap::new();
        for state in &self.returns {
            let site = sites
                .entry(state.header().return_to_site.clone())
                .or_default();
            *site.entry(name(state)).or_default() += 1;
        }
        sites
    }
}

/// The state in words.
fn name(state: &ReturnState) -> String {
    let code = state.business_code();
    match state.lifecycle() {
        Lifecycle::Settled | Lifecycle::Closed => "settled".to_owned(),
        Lifecycle::Declined => "declined".to_owned(),
        Lifecycle::PendingAuthorization => "waits: authorisation by a person".to_owned(),
        Lifecycle::Requested
        | Lifecycle::Authorized
        | Lifecycle::Cancelled
        | Lifecycle::Expired
        | Lifecycle::InProgress => {
            if state.open_approvals().next().is_some() {
                "waits: approval of a credit".to_owned()
            } else if state.is_blocked() {
                "waits: an effect in the exception store".to_owned()
            } else if state.waits_on_hold() {
                "waits: goods on hold, for a person".to_owned()
            } else if waits_for_warehouse(state) {
                "waits: the warehouse".to_owned()
            } else {
                format!("waits: {} ({code})", code.sentence())
            }
        }
    }
}

/// True while goods are expected, or wait for their inspection or disposition.
fn waits_for_warehouse(state: &ReturnState) -> bool {
    let open = [
        Bucket::Authorized,
        Bucket::InTransit,
        Bucket::PendingInspection,
        Bucket::Inspected,
        Bucket::Disposed,
    ];
    state.in_buckets(&open).is_positive()
}

/// True if the state is an end, or names whom or what it waits for.
fn is_named(state: &ReturnState) -> bool {
    match state.lifecycle() {
        Lifecycle::Settled
        | Lifecycle::Closed
        | Lifecycle::Declined
        | Lifecycle::Cancelled
        | Lifecycle::Expired
        | Lifecycle::PendingAuthorization => true,
        Lifecycle::Requested => false,
        Lifecycle::Authorized | Lifecycle::InProgress => {
            state.open_approvals().next().is_some()
                || state.is_blocked()
                || state.waits_on_hold()
                || waits_for_warehouse(state)
        }
    }
}

/// The progress bar; hidden when the output is for machines.
pub(crate) fn bar(returns: u32, json: bool) -> ProgressBar {
    let bar = ProgressBar::new(u64::from(returns));
    if json {
        bar.set_draw_target(ProgressDrawTarget::hidden());
    }
    let style = "{elapsed_precise} [{bar:30}] {pos}/{len} returns at rest · {msg}";
    if let Ok(style) = ProgressStyle::with_template(style) {
        bar.set_style(style);
    }
    bar
}

/// Waits until every return is known and nothing moves any more, or the time is over.
pub(crate) async fn until_quiet(
    store: &dyn Store,
    partners: &Partners,
    returns: usize,
    timeout: Duration,
    (desk, bar): (&mut Desk<'_>, &ProgressBar),
) -> Result<Outlook> {
    let deadline = Instant::now() + timeout;
    let mut quiet = 0;
    let mut last = String::new();
    loop {
        tokio::time::sleep(LOOK).await;
        let looked = tokio::try_join!(
            store.effect_counts(),
            store.return_counts(),
            store.outbox_len()
        );
        let (counts, by_code, unpublished) = match looked {
            Ok(counted) => counted,
            Err(error) => {
                bar.set_message(error.to_string());
                quiet = 0;
                continue;
            }
        };
        let moving: u64 = counts
            .iter()
            .filter(|(_, state, _)| {
                matches!(
                    state,
                    EffectState::Ready | EffectState::InFlight | EffectState::Unknown
                )
            })
            .map(|(_, _, count)| count)
            .sum();
        let confirmed: u64 = counts
            .iter()
            .filter(|(_, state, _)| *state == EffectState::Confirmed)
            .map(|(_, _, count)| count)
            .sum();
        let known: u64 = by_code.iter().map(|(_, _, count)| count).sum();
        let settled: u64 = by_code
            .iter()
            .filter(|(lifecycle, _, _)| ["SETTLED", "DECLINED"].contains(&lifecycle.as_str()))
            .map(|(_, _, count)| count)
            .sum();
        bar.set_position(settled);
        bar.set_message(format!("{confirmed} effects confirmed, {moving} moving"));
        let picture = format!("{counts:?} {by_code:?}");
        let still = moving == 0
            && unpublished == 0
            && known >= returns as u64
            && partners.idle()
            && picture == last;
        quiet = if still { quiet + 1 } else { 0 };
        last = picture;
        if quiet >= QUIET && !matches!(desk.release(store).await, Ok(0)) {
            quiet = 0;
        }
        if quiet >= QUIET || Instant::now() >= deadline {
            return look(store, quiet >= QUIET).await;
        }
    }
}

async fn look(store: &dyn Store, quiet: bool) -> Result<Outlook> {
    let mut unfinished = Vec::new();
    if !quiet {
        unfinished.push("the time is over and something still moves".to_owned());
    }
    let mut returns = Vec::new();
    for row in store.returns(&ReturnFilter::default()).await? {
        let state: ReturnState = serde_json::from_str(&row.state)?;
        if !is_named(&state) {
            unfinished.push(format!(
                "{} {} {} neither ended nor waits for anybody",
                row.rma_number, row.lifecycle, row.business_code
            ));
        }
        returns.push(state);
    }
    for effect in all_effects(store).await? {
        if matches!(
            effect.state,
            EffectState::Ready | EffectState::InFlight | EffectState::Unknown
        ) {
            unfinished.push(format!(
                "{} {} is {:?}",
                effect.kind, effect.effect_key, effect.state
            ));
        }
    }
    Ok(Outlook {
        returns,
        unfinished,
    })
}

/// Every effect of the store.
pub(crate) async fn all_effects(store: &dyn Store) -> Result<Vec<EffectRow>> {
    const PAGE: usize = 1000;
    let mut all = Vec::new();
    for kind in canonical::EffectKind::ALL {
        let mut after = String::new();
        loop {
            let page = store.effects_by_kind(kind.word(), &after, PAGE).await?;
            let Some(last) = page.last() else { break };
            last.effect_key.clone_into(&mut after);
            all.extend(page);
        }
    }
    Ok(all)
}

/// The money of an effect as decimal text.
pub(crate) fn amount(effect: &EffectRow) -> Option<String> {
    let ccy = effect.currency.as_ref()?.parse().ok()?;
    Some(Money::new(effect.amount_minor?, ccy).to_string())
}

/// Effects by kind and state.
pub(crate) fn count_effects(effects: &[EffectRow]) -> BTreeMap<String, u64> {
    let mut counts = BTreeMap::new();
    for effect in effects {
        *counts
            .entry(format!("{} {:?}", effect.kind, effect.state))
            .or_default() += 1;
    }
    counts
}

/// RMA numbers of returns whose warehouse contradicts itself (a snapshot that says less than the one before), by open
/// exception.
pub(crate) async fn contradictions(
    store: &dyn Store,
    outlook: &Outlook,
) -> Result<BTreeSet<String>> {
    let filter = ExceptionFilter {
        state: Some(ExceptionState::Open),
        code: Some(canonical::ExceptionCode::ReceiptConflict.word().to_owned()),
        ..ExceptionFilter::default()
    };
    let ids: BTreeSet<String> = store
        .exceptions(&filter)
        .await?
        .into_iter()
        .map(|row| row.return_id)
        .collect();
    let named = outlook
        .returns
        .iter()
        .map(ReturnState::header)
        .filter(|h| ids.contains(&h.return_id));
    Ok(named.map(|header| header.rma_number.clone()).collect())
}

/// Open exceptions by code.
pub(crate) async fn count_exceptions(store: &dyn Store) -> Result<BTreeMap<String, u64>> {
    let filter = ExceptionFilter {
        state: Some(ExceptionState::Open),
        ..ExceptionFilter::default()
    };
    let mut counts = BTreeMap::new();
    for row in store.exceptions(&filter).await? {
        *counts.entry(row.code).or_default() += 1;
    }
    Ok(counts)
}
