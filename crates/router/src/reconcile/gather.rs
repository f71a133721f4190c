//! Reads our side: effects of the day, those that were left open, and those that the other side names.

use std::collections::{BTreeMap, BTreeSet};

use canonical::EffectKind;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan as _};
use store::{Span, Store, StoreError};

use super::ours::{Fact, OurCredit, OurMovement, Ours, read};

/// Effects per page.
const AT_ONCE: usize = 500;

const KINDS: [EffectKind; 5] = [
    EffectKind::ErpCreditMemo,
    EffectKind::ErpCreditReversal,
    EffectKind::ErpStockTransfer,
    EffectKind::ErpScrap,
    EffectKind::ErpReceiptHold,
];

/// Our side.
pub(super) struct Gathered<'a> {
    store: &'a dyn Store,
    entity: &'a str,
    zone: &'a TimeZone,
    pub(super) credits: BTreeMap<String, OurCredit>,
    pub(super) movements: BTreeMap<String, OurMovement>,
    /// Memo → whether its reversal is confirmed.
    reversals: BTreeMap<String, bool>,
    /// Keys that belong to another entity, or to nothing that is proven.
    pub(super) foreign: BTreeSet<String>,
}

impl<'a> Gathered<'a> {
    /// Effects that were alive around the day: a document may be dated a day off.
    pub(super) async fn of_day(
        store: &'a dyn Store,
        entity: &'a str,
        date: Date,
        zone: &'a TimeZone,
    ) -> Result<Self, StoreError> {
        let mut gathered = Self {
            store,
            entity,
            zone,
            credits: BTreeMap::new(),
            movements: BTreeMap::new(),
            reversals: BTreeMap::new(),
            foreign: BTreeSet::new(),
        };
        let span = Span {
            from: midnight(date.saturating_sub(1.day()), zone),
            to: midnight(date.saturating_add(2.days()), zone),
        };
        let kinds = KINDS.map(|kind| kind.word().to_owned());
        let mut after = String::new();
        loop {
            let page = store.effects_alive(&kinds, span, &after, AT_ONCE).await?;
            for row in &page {
                gathered.take(row);
            }
            match page.last() {
                Some(last) if page.len() == AT_ONCE => after.clone_from(&last.effect_key),
                _ => return Ok(gathered),
            }
        }
    }

    fn take(&mut self, row: &store::EffectRow) {
        match read(row, self.entity, self.zone) {
            Some(Fact::Credit(credit)) => {
                self.credits.insert(row.effect_key.clone(), credit);
            }
            Some(Fact::Movement(movement)) => {
                self.movements.insert(row.effect_key.clone(), movement);
            }
            Some(Fact::Reversal {
                reverses,
                confirmed,
            }) => {
                let known = self.reversals.entry(reverses).or_default();
                *known |= confirmed;
            }
            None => {}
        }
    }

    /// Effects by their keys, as far as they are not known yet.
    pub(super) async fn also(&mut self, keys: Vec<String>) -> Result<(), StoreError> {
        for key in &keys {
            let is_known = self.credits.contains_key(key)
                || self.movements.contains_key(key)
                || self.foreign.contains(key);
            if key.is_empty() || is_known {
                continue;
            }
            if let Some(row) = self.store.effect(key).await? {
                self.take(&row);
                let is_ours = self.credits.contains_key(key) || self.movements.contains_key(key);
                if !is_ours && is_elsewhere(&row, self.entity) {
                    self.foreign.insert(key.clone());
                }
            }
        }
        Ok(())
    }

    /// Marks credits that were taken back by us; those in `taken_back` are looked at more closely.
    pub(super) async fn reversed(
        &mut self,
        taken_back: &BTreeSet<String>,
    ) -> Result<(), StoreError> {
        let unknown: Vec<String> = taken_back
            .iter()
            .filter(|key| !self.reversals.contains_key(*key))
            .filter_map(|key| Some(self.credits.get(key)?.ours.return_id.clone()))
            .collect();
        for return_id in unknown {
            for row in self.store.effects_of(&return_id).await? {
                if row.kind == EffectKind::ErpCreditReversal.word() {
                    self.take(&row);
                }
            }
        }
        for (key, confirmed) in &self.reversals {
            if let Some(credit) = self.credits.get_mut(key) {
                credit.reversed = *confirmed;
                credit.reversing = !*confirmed;
            }
        }
        Ok(())
    }

    /// Every effect.
    pub(super) fn all(&self) -> impl Iterator<Item = &Ours> {
        let credits = self.credits.values().map(|credit| &credit.ours);
        credits.chain(self.movements.values().map(|movement| &movement.ours))
    }
}

/// True if the effect belongs to another entity: its document is for that entity's run.
fn is_elsewhere(row: &store::EffectRow, entity: &str) -> bool {
    serde_json::from_str::<canonical::Command>(&row.command)
        .is_ok_and(|command| command.legal_entity != entity)
}

/// The instant at which a day begins.
pub(super) fn midnight(date: Date, zone: &TimeZone) -> Timestamp {
    zone.to_ambiguous_zoned(date.at(0, 0, 0, 0))
        .compatible()
        .map_or(Timestamp::UNIX_EPOCH, |zoned| zoned.timestamp())
}
