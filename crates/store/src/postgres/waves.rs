//! Splits units into waves: within a wave no two touch the same row, so that each kind of row can be written by one
//! statement. Mostly there is one wave. Exceptions are written one by one anyway, and do not count. Pure.

use std::collections::HashMap;

use crate::rows::{EffectWrite, Unit};

/// Basis of credits for goods that do not come back.
const NO_RECEIPT: &str = "CREDIT_ONLY";

/// Something that only one unit of a wave may touch.
#[derive(PartialEq, Eq, Hash)]
enum Touched<'u> {
    Inbox(&'u [u8; 16]),
    Return(&'u str),
    Reference(&'u str, &'u str),
    Line(&'u str),
    Effect(&'u str),
    Timer(&'u str),
    Parked(&'u str),
    /// Customer and invoice: what is added up there, or was.
    Credits(&'u str, &'u str),
    /// Legal entity and customer: credits without receipt.
    NoReceipt(&'u str, &'u str),
}

fn touched(unit: &Unit) -> impl Iterator<Item = Touched<'_>> {
    let effects = unit.effects.iter().map(|write| match write {
        EffectWrite::Plan(row) => row.effect_key.as_str(),
        EffectWrite::Release(key) | EffectWrite::Cancel(key) => key.as_str(),
    });
    let timers = unit
        .timers
        .iter()
        .map(|timer| &timer.key)
        .chain(&unit.timers_done);
    let parked = unit
        .park
        .iter()
        .map(|parked| &parked.key)
        .chain(&unit.unpark);
    let lines = unit
        .claims
        .iter()
        .chain(&unit.releases)
        .map(|claim| claim.invoice_line.as_str());
    let names = unit.references.iter();
    let credits = unit.credits.iter();
    let credits = credits.map(|c| Touched::Credits(&c.customer, &c.invoice));
    let without = unit.credits.iter().filter(|c| c.basis == NO_RECEIPT);
    let without = without.map(|c| Touched::NoReceipt(&c.entity, &c.customer));
    let history = unit.history.iter().flat_map(|read| {
        let query = &read.query;
        let sums = query.invoices.iter();
        let sums = sums.map(|invoice| Touched::Credits(&query.customer, invoice));
        let counts = query.no_receipt.iter();
        sums.chain(counts.map(|(entity, _)| Touched::NoReceipt(entity, &query.customer)))
    });
    (unit.inbox.iter().map(|row| Touched::Inbox(&row.key)))
        .chain(
            unit.state
                .iter()
                .map(|state| Touched::Return(&state.return_id)),
        )
        .chain(unit.read.iter().map(|(id, _)| Touched::Return(id)))
        .chain(names.map(|name| Touched::Reference(&name.space, &name.value)))
        .chain(lines.map(Touched::Line))
        .chain(effects.map(Touched::Effect))
        .chain(timers.map(|key| Touched::Timer(key)))
        .chain(parked.map(|key| Touched::Parked(key)))
        .chain(credits)
        .chain(without)
        .chain(history)
}

/// Positions of the units of each wave. A unit comes in a later wave than every earlier unit that it meets.
pub(super) fn waves(units: &[&Unit]) -> Vec<Vec<usize>> {
    let mut last: HashMap<Touched<'_>, usize> = HashMap::new();
    let mut waves: Vec<Vec<usize>> = Vec::new();
    for (i, unit) in units.iter().enumerate() {
        let after = |touch: Touched<'_>| last.get(&touch).map_or(0, |wave| wave + 1);
        let wave = touched(unit).map(after).max().unwrap_or(0);
        last.extend(touched(unit).map(|touch| (touch, wave)));
        match waves.get_mut(wave) {
            Some(members) => members.push(i),
            None => waves.push(vec![i]),
        }
    }
    waves
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rows::InboxRow;

    fn unit(keys: &[u8]) -> Unit {
        let inbox = keys
            .iter()
            .map(|key| InboxRow {
                key: [*key; 16],
                content: 0,
            })
            .collect();
        Unit {
            inbox,
            ..Unit::default()
        }
    }

    #[test]
    fn those_that_meet_keep_their_order() {
        let units = [
            unit(&[1]),
            unit(&[2]),
            unit(&[1, 3]),
            unit(&[3]),
            unit(&[4]),
        ];
        let units: Vec<&Unit> = units.iter().collect();
        assert_eq!(waves(&units), [vec![0, 1, 4], vec![2], vec![3]]);
    }

    #[test]
    fn strangers_share_a_wave() {
        assert_eq!(waves(&[]), Vec::<Vec<usize>>::new());
        let units = [unit(&[1]), unit(&[2]), unit(&[])];
        let units: Vec<&Unit> = units.iter().collect();
        assert_eq!(waves(&units), [vec![0, 1, 2]]);
    }
}
