//! Claims on an invoice line: which of its units a return holds, so that none is credited twice. Claims on a piece: which
//! return it came back with.

use canonical::Qty;
use canonical::invoice::InvoiceRef;

/// Name of an invoice line over all returns: "ENTITY|INVOICE|LINE".
pub fn invoice_line(entity: &str, invoice: &InvoiceRef) -> String {
    format!("{entity}|{}|{}", invoice.document, invoice.line)
}

/// Name of a piece over all returns, by item and serial number. No legal entity is empty, so that no invoice line has it.
pub fn piece(sku: &str, serial: &str) -> String {
    format!("|{sku}|{serial}")
}

/// The lowest units of an invoice line that nobody holds: half-open intervals in base units, ascending, disjoint, in
/// sum exactly `wanted`. Several when what is free has gaps. `invoiced` is the length of the axis; `taken` may be in any
/// order and may overlap. `None` when less than `wanted` is free or `wanted` is negative.
pub fn lowest_free(invoiced: Qty, taken: &[(Qty, Qty)], wanted: Qty) -> Option<Vec<(Qty, Qty)>> {
    if wanted < Qty::ZERO {
        return None;
    }
    let mut held: Vec<(Qty, Qty)> = taken.iter().copied().filter(|(a, b)| a < b).collect();
    held.sort_unstable();
    held.push((invoiced, invoiced));

    let mut found = Vec::new();
    let mut missing = wanted;
    let mut free_from = Qty::ZERO;
    for (from, to) in held {
        let free_to = from.min(invoiced);
        if missing.is_positive() && free_from < free_to {
            let take = free_to.checked_sub(free_from)?.min(missing);
            found.push((free_from, free_from.checked_add(take)?));
            missing = missing.checked_sub(take)?;
        }
        free_from = free_from.max(to);
    }
    missing.is_zero().then_some(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn units(intervals: &[(i32, i32)]) -> Vec<(Qty, Qty)> {
        intervals
            .iter()
            .map(|&(a, b)| (Qty::whole(a), Qty::whole(b)))
            .collect()
    }

    #[test]
    fn gaps_are_filled_from_below() {
        let taken = units(&[(5, 6), (0, 2), (1, 3)]);
        assert_eq!(
            lowest_free(Qty::whole(10), &taken, Qty::whole(4)),
            Some(units(&[(3, 5), (6, 8)]))
        );
    }

    #[test]
    fn more_than_is_left_is_refused() {
        let taken = units(&[(0, 6)]);
        assert_eq!(
            lowest_free(Qty::whole(10), &taken, Qty::whole(4)),
            Some(units(&[(6, 10)]))
        );
        assert_eq!(lowest_free(Qty::whole(10), &taken, Qty::whole(5)), None);
        assert_eq!(lowest_free(Qty::whole(10), &[], Qty::whole(-1)), None);
        assert_eq!(lowest_free(Qty::whole(10), &taken, Qty::ZERO), Some(vec![]));
    }

    #[test]
    fn what_lies_beyond_the_invoice_takes_nothing() {
        let taken = units(&[(8, 14), (-3, 1)]);
        assert_eq!(
            lowest_free(Qty::whole(10), &taken, Qty::whole(7)),
            Some(units(&[(1, 8)]))
        );
        assert_eq!(lowest_free(Qty::whole(10), &taken, Qty::whole(8)), None);
    }
}
