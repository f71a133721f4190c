//! The warehouse floor: announced returns, what physically happened to them, what was told. Behind one lock held shortly.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Mutex, MutexGuard, PoisonError};

use http::StatusCode;
use http::header::LOCATION;
use jiff::Timestamp;
use serde_json::{Value, json};

use super::asn::{CallOff, NewAsn};
use super::dialect::{self, Event};
use super::fact::{Condition, Fact, FactLine, Kind, Liability};
use super::ledger::SentEvent;
use super::{Asn, AsnStatus, Dialect, DuplicateAsn, Story};
use crate::answer::{Done, Refusal};
use crate::decimal::Decimal;

pub(super) const DUPLICATE: http::HeaderName = http::HeaderName::from_static("x-duplicate");

/// The floor.
#[derive(Debug, Default)]
pub(super) struct Floor(Mutex<State>);

#[derive(Debug, Default)]
pub(super) struct State {
    pub(super) asns: Vec<Asn>,
    by_key: HashMap<String, usize>,
    by_rma: HashMap<String, usize>,
    pub(super) returns: BTreeMap<String, Return>,
    pub(super) sent: Vec<SentEvent>,
    /// Receipts that were booked by hand.
    pub(super) by_hand: Vec<Value>,
    playing: usize,
}

/// What physically happened to one return.
#[derive(Debug, Default)]
pub(super) struct Return {
    pub(super) story: Option<Story>,
    pub(super) rows: Vec<Row>,
    pub(super) events: Vec<Event>,
    updates: usize,
}

/// One article of a return.
#[derive(Debug, Clone)]
pub(super) struct Row {
    pub(super) line: Option<u32>,
    pub(super) sku: String,
    pub(super) uom: String,
    pub(super) announced: Decimal,
    pub(super) received: Decimal,
    pub(super) inspected: Decimal,
    pub(super) disposed: BTreeMap<&'static str, Decimal>,
    pub(super) condition: Option<Condition>,
    pub(super) liability: Option<Liability>,
}

/// A message about a fact.
#[derive(Debug, Clone)]
pub(super) struct Told {
    pub(super) event_id: String,
    pub(super) what: &'static str,
    pub(super) body: Value,
}

impl Floor {
    pub(super) fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes an announcement. The flag says whether it is new.
    pub(super) fn announce(
        &self,
        guard: DuplicateAsn,
        new: NewAsn,
    ) -> Result<(Done, bool), Refusal> {
        if new.lines.is_empty() {
            return Err(Refusal::rule("EMPTY_ASN", "lines", "nothing is announced"));
        }
        let mut state = self.state();
        let known = state.by_key.get(&new.external_reference).copied();
        if let Some(known) = known.and_then(|position| state.asns.get(position)) {
            match guard {
                DuplicateAsn::Return => {
                    return Ok((Done::ok(json!(known)).with(DUPLICATE, "true"), false));
                }
                DuplicateAsn::Conflict => {
                    let message = format!("{} is announced already", new.external_reference);
                    let refusal = Refusal::conflict("ALREADY_EXISTS", message);
                    return Err(refusal.with(LOCATION, format!("/asn/{}", known.rma_number)));
                }
                DuplicateAsn::Accept => {}
            }
        }
        let earlier = state.by_rma.get(&new.rma_number).copied();
        let earlier = earlier.and_then(|position| state.asns.get(position));
        let is_known = earlier.is_some();
        // What was called off may be announced anew.
        let is_over = earlier.is_some_and(|asn| asn.status == AsnStatus::Cancelled);
        let taken = is_known && !is_over;
        if taken && guard != DuplicateAsn::Accept {
            let message = format!("{} is announced under another reference", new.rma_number);
            return Err(Refusal::conflict("RMA_IN_USE", message));
        }
        let position = state.asns.len();
        let asn = new.into_asn(format!("asn-{:06}", position + 1));
        let answer = Done::created(format!("/asn/{}", asn.rma_number), json!(asn));
        state
            .by_key
            .entry(asn.external_reference.clone())
            .or_insert(position);
        if !taken {
            state.by_rma.insert(asn.rma_number.clone(), position);
        }
        let rows = asn.lines.iter().map(|line| Row {
            announced: line.quantity,
            ..Row::empty(Some(line.line), &line.sku, &line.uom)
        });
        let fresh = || Return {
            rows: rows.collect(),
            ..Return::default()
        };
        if is_over {
            state.returns.insert(asn.rma_number.clone(), fresh());
        } else {
            let one = state.returns.entry(asn.rma_number.clone());
            one.or_insert_with(fresh);
        }
        state.asns.push(asn);
        Ok((answer, !taken))
    }

    /// Calls an announcement off, if nothing came yet.
    pub(super) fn call_off(&self, rma: &str, order: CallOff) -> Result<Done, Refusal> {
        let mut state = self.state();
        let key = Some(&order.external_reference);
        let is_known = |asn: &&Asn| asn.rma_number == rma && asn.cancel_reference.as_ref() == key;
        if let Some(asn) = state.asns.iter().find(is_known) {
            return Ok(Done::ok(json!(asn)).with(DUPLICATE, "true"));
        }
        let asn = state.asn_mut(rma)?;
        let again = asn.cancel_reference.as_ref() == Some(&order.external_reference);
        match asn.status {
            AsnStatus::Cancelled if again => {
                return Ok(Done::ok(json!(asn)).with(DUPLICATE, "true"));
            }
            AsnStatus::Cancelled => {
                let message = format!("{rma} was cancelled before");
                return Err(Refusal::conflict("ALREADY_CANCELLED", message));
            }
            AsnStatus::Receiving | AsnStatus::Completed => {
                let message = format!("goods of {rma} have arrived");
                return Err(Refusal::conflict("ALREADY_RECEIVED", message));
            }
            AsnStatus::Expected => {}
        }
        asn.status = AsnStatus::Cancelled;
        asn.cancel_reference = Some(order.external_reference);
        Ok(Done::ok(json!(asn)))
    }

    pub(super) fn find(&self, wanted: impl Fn(&Asn) -> bool) -> Vec<Asn> {
        self.state()
            .asns
            .iter()
            .filter(|asn| wanted(asn))
            .cloned()
            .collect()
    }

    /// The announcement with this key, looked up fast; all of them when doubles are accepted.
    pub(super) fn by_key(&self, key: &str, guard: DuplicateAsn) -> Vec<Asn> {
        if guard == DuplicateAsn::Accept {
            return self.find(|asn| asn.external_reference == key);
        }
        let state = self.state();
        let found = state
            .by_key
            .get(key)
            .and_then(|position| state.asns.get(*position));
        found.cloned().into_iter().collect()
    }

    pub(super) fn asn(&self, rma: &str) -> Result<Asn, Refusal> {
        let mut state = self.state();
        state.asn_mut(rma).map(|asn| asn.clone())
    }

    /// Every event of a return so far.
    pub(super) fn truth(&self, rma: &str) -> Result<Done, Refusal> {
        let mut state = self.state();
        let asn = state.asn_mut(rma)?.clone();
        let events = state.returns.get(rma).map(|one| one.events.as_slice());
        let truth = dialect::truth(&asn, asn.status, events.unwrap_or_default());
        Ok(Done::ok(truth))
    }

    /// Begins to play a return: the announcement and its story; nothing when it is over or cancelled.
    pub(super) fn begin(&self, rma: &str, story: Story) -> Option<Asn> {
        let mut state = self.state();
        let asn = state.asn_mut(rma).ok()?.clone();
        let one = state.returns.get_mut(rma)?;
        if asn.status != AsnStatus::Expected || one.story.is_some() {
            return None;
        }
        one.story = Some(story);
        state.playing += 1;
        Some(asn)
    }

    /// The end of a play.
    pub(super) fn end(&self, rma: &str, completed: bool) {
        let mut state = self.state();
        state.playing = state.playing.saturating_sub(1);
        if let (true, Ok(asn)) = (completed, state.asn_mut(rma)) {
            asn.status = AsnStatus::Completed;
        }
    }

    pub(super) fn is_idle(&self) -> bool {
        self.state().is_idle()
    }

    /// A fact happens. Gives the message about it; nothing when the return was called off before its first fact.
    pub(super) fn happen(
        &self,
        (seed, how, at): (u64, Dialect, Timestamp),
        rma: &str,
        fact: &Fact,
    ) -> Option<Told> {
        let mut state = self.state();
        let asn = state.asn_mut(rma).ok()?;
        if asn.status == AsnStatus::Cancelled {
            return None;
        }
        asn.status = AsnStatus::Receiving;
        let asn = asn.clone();
        let one = state.returns.get_mut(rma)?;
        for line in &fact.lines {
            one.apply(fact.kind, line);
        }
        let event = dialect::event(seed, &asn, one.events.len() + 1, fact, at);
        one.updates += 1;
        let body = match how {
            Dialect::Delta => event.body.clone(),
            Dialect::Snapshot => dialect::snapshot(&asn, &one.rows, one.updates, at),
            Dialect::Notify => dialect::notification(&asn, &event),
        };
        let told = Told {
            event_id: event.event_id.clone(),
            what: fact.kind.event_type(),
            body,
        };
        one.events.push(event);
        Some(told)
    }
}

impl State {
    pub(super) fn is_idle(&self) -> bool {
        self.playing == 0
    }

    fn asn_mut(&mut self, rma: &str) -> Result<&mut Asn, Refusal> {
        let found = self
            .by_rma
            .get(rma)
            .and_then(|position| self.asns.get_mut(*position));
        found.ok_or_else(|| {
            Refusal::new(
                StatusCode::NOT_FOUND,
                "NOT_FOUND",
                format!("there is no RMA {rma}"),
            )
        })
    }
}

impl Return {
    fn apply(&mut self, kind: Kind, line: &FactLine) {
        let same = |row: &Row| row.line == line.line && row.sku == line.sku;
        let position = self.rows.iter().position(same).unwrap_or(self.rows.len());
        if position == self.rows.len() {
            self.rows.push(Row::empty(line.line, &line.sku, &line.uom));
        }
        let Some(row) = self.rows.get_mut(position) else {
            return;
        };
        match kind {
            Kind::Receipt => row.received = row.received + line.qty,
            Kind::Reversal => row.received = row.received - line.qty,
            Kind::Inspection => {
                row.inspected = row.inspected + line.qty;
                row.condition = row.condition.max(Some(line.condition));
            }
            Kind::Disposition => {
                let decided = row.disposed.entry(line.action.word()).or_default();
                *decided = *decided + line.qty;
                row.liability = row.liability.max(Some(line.liability));
            }
        }
    }
}

impl Row {
    fn empty(line: Option<u32>, sku: &str, uom: &str) -> Self {
        Self {
            line,
            sku: sku.to_owned(),
            uom: uom.to_owned(),
            announced: Decimal::ZERO,
            received: Decimal::ZERO,
            inspected: Decimal::ZERO,
            disposed: BTreeMap::new(),
            condition: None,
            liability: None,
        }
    }
}
