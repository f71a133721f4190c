//! What must hold after every step, whatever happened: the invariants of a return, by their numbers.
//!
//! A world watches all of them, or one ([`World::watched`]), so that a failure says which.

mod effects;
mod exposure;
mod goods;
mod money;
mod stock;

use canonical::Qty;
use workflow::{ReturnState, Step, Verdict};

use super::World;
pub(crate) use money::posted;

/// An invariant of one return. Those over several returns (INV-5 to INV-7 in full) are in `several.rs`, those that need the
/// store in the store's suite and the simulation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Invariant {
    /// INV-1: no more is accepted than was authorised and is tolerated.
    Accepted,
    /// INV-2: no more is inspected than came.
    Inspected,
    /// INV-3: no more is disposed than was inspected.
    Disposed,
    /// INV-4: no more is credited than was disposed with a credit, or is credited without goods or before them.
    Credited,
    /// INV-5: a unit of an invoice line is credited once, and lies on the line.
    Units,
    /// INV-6: of no component more is credited than was invoiced; what is taken back was credited.
    Components,
    /// INV-8: stock that moved is what was disposed, and what is on hold.
    Stock,
    /// INV-9: a key is planned once, and means one thing.
    Keys,
    /// INV-10: no credit leaves before everything is there that it needs.
    Guard,
    /// INV-11: an approval is worth something for one calculation only.
    Approvals,
    /// INV-12: quantity is conserved, and what was told to have come is somewhere.
    Conserved,
    /// INV-13, for single facts: what is told again changes nothing, and a step that is nothing brings nothing.
    Again,
    /// INV-14: a command speaks of one currency, that of the invoice.
    Currency,
    /// INV-15, for the statuses: they are numbered without gaps.
    Gapless,
}

impl Invariant {
    /// What is looked after knows the example policy, or counts what partners told.
    pub(crate) const fn needs_the_example(self) -> bool {
        matches!(
            self,
            Self::Inspected
                | Self::Disposed
                | Self::Credited
                | Self::Guard
                | Self::Approvals
                | Self::Currency
        )
    }
}

/// Of a step, before it is taken over.
pub(crate) fn check_step(world: &World, before: Option<&ReturnState>, step: &Step) {
    let is_news = matches!(step.verdict, Verdict::Applied | Verdict::Parked);
    if world.watches(Invariant::Again) && !is_news {
        assert!(step.state.is_none(), "nothing changed: {:?}", step.verdict);
        assert!(step.plan.is_empty() && step.statuses.is_empty() && step.claims.is_empty());
        assert!(step.releases.is_empty() && step.timers.is_empty() && step.cancel.is_empty());
    }
    if world.watches(Invariant::Gapless) {
        effects::check_gapless(before, step);
    }
    for planned in &step.plan {
        if world.watches(Invariant::Keys) {
            effects::check_key(world, planned);
        }
        if world.watches(Invariant::Currency) {
            effects::check_currency(step.state.as_ref().unwrap(), &planned.command);
        }
        if world.watches(Invariant::Guard) {
            effects::check_guard(world, step, planned);
        }
        if world.watches(Invariant::Approvals) {
            effects::check_approved(world, step, &planned.command);
        }
        if world.watches(Invariant::Credited) {
            money::check_covered(step.state.as_ref().unwrap(), &planned.command);
        }
        if world.watches(Invariant::Components) {
            money::check_document(world, &planned.command);
        }
    }
    if world.watches(Invariant::Guard) {
        for key in &step.release {
            effects::check_released(world, step, key);
        }
    }
    if world.watched.is_none() {
        for key in &step.cancel {
            assert!(
                !world.effects[key].1,
                "only what was not ready is cancelled"
            );
        }
        for raised in &step.exceptions {
            assert!(
                raised.reason.len() > 40,
                "says what, where and what to do: {}",
                raised.reason
            );
        }
    }
}

/// Of the state.
pub(crate) fn check_state(world: &World, state: &ReturnState) {
    for line in state.lines() {
        if world.watches(Invariant::Accepted) {
            goods::check_accepted(world, line);
        }
        if world.watches(Invariant::Inspected) {
            goods::check_inspected(world, state, line);
        }
        if world.watches(Invariant::Disposed) {
            goods::check_disposed(world, state, line);
        }
        if world.watches(Invariant::Credited) {
            money::check_credited(state, line);
        }
        if world.watches(Invariant::Units) {
            money::check_units(world, state, line);
        }
        if world.watches(Invariant::Conserved) {
            goods::check_conserved(world, state, line);
        }
    }
    if world.watches(Invariant::Units) {
        money::check_memos_apart(world, state);
    }
    if world.watches(Invariant::Components) {
        money::check_ledger(world, state);
        if world.by_the_example {
            money::check_components(world, state);
        }
    }
    if world.watches(Invariant::Approvals) {
        effects::check_decisions(world, state);
    }
    if world.watches(Invariant::Stock) {
        stock::check(world, state);
    }
    if world.watched.is_none() {
        exposure::check_code(state);
        exposure::check(world, state);
    }
}

pub(super) fn sum(quantities: impl Iterator<Item = Qty>) -> Qty {
    Qty::from_millionths(quantities.map(Qty::millionths).sum())
}
