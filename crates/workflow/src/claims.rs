//! Claims on an invoice line: which of its units a return holds, so that none is credited twice. Claims on a piece: which
//! return it came back with.

use canonical::invoice::InvoiceRef;
use canonical::line::ReturnLine;
use canonical::{Money, Qty};

use crate::state::ReturnState;
use crate::step::Claim;

/// Name of an invoice line over all returns: "ENTITY|INVOICE|LINE".
pub fn invoice_line(entity: &str, invoice: &InvoiceRef) -> String {
    format!("{entity}|{}|{}", invoice.document, invoice.line)
}

/// Name of a piece over all returns, by item and serial number. No legal entity is empty, so that no invoice line has it.
pub fn piece(sku: &str, serial: &str) -> String {
    format!("|{sku}|{serial}")
}

/// What a line says that its invoice line is, in words that can be compared: units, item, amount, tax. Empty where it says nothing.
pub fn told(line: &ReturnLine) -> String {
    let Some(invoiced) = &line.invoiced else {
        return String::new();
    };
    let tax = invoiced.taxes.iter().map(|tax| tax.amount_minor);
    let tax = tax.fold(0, i64::saturating_add);
    let net = if invoiced.price_includes_tax {
        invoiced.amount_minor.saturating_sub(tax)
    } else {
        invoiced.amount_minor
    };
    let money = |minor| Money::new(minor, invoiced.ccy);
    format!(
        "{} base units of {} for {} and {} tax",
        invoiced.base_qty,
        line.sku,
        money(net),
        money(tax)
    )
}

/// Which line says of its invoice line what another return, or another line, does not: in words. Units of a line that is told in two
/// ways could be credited beyond what was invoiced.
pub(crate) fn contradiction(state: &ReturnState, claims: &[Claim]) -> Option<String> {
    let header = &state.header;
    let mut own: Vec<(String, String)> = Vec::new();
    for line in &state.lines {
        let (Some(reference), facts) = (&line.line.invoice_ref, told(&line.line)) else {
            continue;
        };
        if facts.is_empty() {
            continue;
        }
        let name = invoice_line(&header.legal_entity, reference);
        let of_others = claims
            .iter()
            .filter(|claim| claim.return_id != header.return_id)
            .filter(|claim| claim.invoice_line == name && !claim.facts.is_empty())
            .map(|claim| (format!("return {}", claim.return_id), &claim.facts));
        let of_ours = own.iter().filter(|(known, _)| *known == name);
        let of_ours = of_ours.map(|(_, facts)| ("another line of this return".to_owned(), facts));
        let mut all = of_others.chain(of_ours);
        if let Some((who, otherwise)) = all.find(|(_, otherwise)| **otherwise != facts) {
            return Some(format!(
                "line {}: it says of line {} of invoice {}: {facts}; {who} says: {otherwise}. Find out what was invoiced; withdraw \
                 or amend what is wrong, then replay this request",
                line.line.line_no, reference.line, reference.document
            ));
        }
        own.push((name, facts));
    }
    None
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
