//! Playing a return: its steps happen one after another, and their rows become ready for a file.

use std::time::{Duration, Instant};

use jiff::Timestamp;

use super::jobs::Job;
use super::plan::{self, Step};
use super::row::{Kind, Row};
use super::state::State;
use super::{Config, Story};
use crate::decimal::Decimal;
use crate::wms::{AsnStatus, StockRow};

impl State {
    /// Begins to play; false when there is nothing to play.
    pub(super) fn begin(&mut self, config: &Config, rma: &str) -> bool {
        let Some(asn) = self.asn_mut(rma).map(|asn| asn.clone()) else {
            return false;
        };
        if asn.status != AsnStatus::Expected || self.stories.contains_key(rma) {
            return false;
        }
        let drawn = || Story::drawn(config.seed, rma);
        let story = config.story.unwrap_or_else(drawn);
        let steps = plan::steps(config.seed, &asn, story);
        let rma = rma.to_owned();
        self.stories.insert(rma.clone(), story);
        self.playing += 1;
        let pace = Duration::from_millis(config.pace_ms);
        self.jobs.after(pace, Job::Happen { rma, steps });
        true
    }

    /// The first of the steps happens.
    pub(super) fn happen(&mut self, config: &Config, rma: String, steps: Vec<Step>) {
        let mut steps = steps.into_iter();
        let is_on = self
            .asn_mut(&rma)
            .is_some_and(|asn| asn.status != AsnStatus::Cancelled);
        let (Some(rows), true) = (steps.next(), is_on) else {
            self.playing = self.playing.saturating_sub(1);
            return;
        };
        let at = Timestamp::now();
        for row in rows {
            self.book(&row);
            self.ready.push(Row { at, ..row });
        }
        self.ready_since.get_or_insert_with(Instant::now);
        let rest: Vec<Step> = steps.collect();
        let status = if rest.is_empty() {
            AsnStatus::Completed
        } else {
            AsnStatus::Receiving
        };
        if let Some(asn) = self.asn_mut(&rma) {
            asn.status = status;
        }
        if rest.is_empty() {
            self.playing = self.playing.saturating_sub(1);
            return;
        }
        let pace = Duration::from_millis(config.pace_ms);
        self.jobs.after(pace, Job::Happen { rma, steps: rest });
    }

    fn book(&mut self, row: &Row) {
        let stock = self.stock.entry(row.rma.clone()).or_default();
        let same = |known: &StockRow| known.line == row.line && known.sku == row.sku;
        let position = stock.iter().position(same).unwrap_or(stock.len());
        if position == stock.len() {
            stock.push(unannounced(row));
        }
        let Some(known) = stock.get_mut(position) else {
            return;
        };
        match row.kind {
            Kind::Receipt => known.received = known.received + row.qty,
            Kind::Reversal => known.received = known.received - row.qty,
            Kind::Inspection => {}
        }
        if let Some(found) = row.found {
            known.inspected = known.inspected + row.confirmed;
            let decided = known.disposed.entry(found.action.word()).or_default();
            *decided = *decided + row.confirmed;
        }
    }
}

fn unannounced(row: &Row) -> StockRow {
    StockRow {
        rma: row.rma.clone(),
        line: row.line,
        sku: row.sku.clone(),
        site: row.site.clone(),
        uom: row.uom.clone(),
        announced: Decimal::ZERO,
        received: Decimal::ZERO,
        inspected: Decimal::ZERO,
        disposed: std::collections::BTreeMap::new(),
    }
}
