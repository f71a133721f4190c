//! What a customer asks for: the portal's requests, with prices that an EDI document can say exactly.

use super::config::{Config, Syntax};
use super::paper::{Asked, AskedLine};
use crate::decimal::Decimal;
use crate::portal::{self, Item, Request};

/// Serial numbers that a line of a RETANN has room for, besides invoice and order.
const NUMBERED: i64 = 7;

/// The requests that a configuration asks for, all in its one currency.
pub(super) fn drawn(config: &Config) -> Vec<Asked> {
    let sites: Vec<&str> = config.sites.iter().map(String::as_str).collect();
    // The rarest currency is drawn once in eight times.
    let many = config.returns.saturating_mul(24).saturating_add(64);
    let all = match config.since {
        _ if config.returns == 0 => Vec::new(),
        Some(since) => portal::requests_since(since, config.seed, many, &sites),
        None => portal::requests(config.seed, many, &sites),
    };
    let ours = all.iter().filter(|one| one.currency == config.currency);
    let taken = ours.take(config.returns);
    taken.filter_map(|one| asked(one, config)).collect()
}

/// A request in this partner's terms; nothing when its amounts cannot be said.
pub(super) fn asked(request: &Request, config: &Config) -> Option<Asked> {
    let lines: Option<Vec<AskedLine>> = request
        .items
        .iter()
        .map(|item| line(item, config.syntax))
        .collect();
    Some(Asked {
        id: request.id.clone(),
        rma: (config.proposes_rma && config.syntax == Syntax::X12).then(|| request.rma.clone()),
        account: request.customer.account.clone(),
        name: request.customer.name.clone(),
        legal_entity: request.legal_entity.clone(),
        site: request.return_to.clone(),
        currency: request.currency.clone(),
        asked_at: request.requested_at,
        lines: lines?,
    })
}

/// The net amount stays as invoiced; the quantity is the largest that divides it evenly.
fn line(item: &Item, syntax: Syntax) -> Option<AskedLine> {
    let invoice = &item.invoice;
    let (net, digits) = minor(invoice.net_amount)?;
    let most = invoice.quantity.whole()?.max(1);
    let invoiced = (1..=most).rev().find(|count| net % count == 0)?;
    let qty = item.qty.whole()?.min(invoiced);
    let most = match syntax {
        Syntax::X12 => qty,
        Syntax::Edifact => qty.min(NUMBERED),
    };
    let count = usize::try_from(most).ok()?;
    Some(AskedLine {
        line: item.line,
        sku: item.sku.clone(),
        uom: item.uom.clone(),
        qty,
        invoiced,
        unit_price: Decimal::new(net / invoiced, digits),
        net_amount: invoice.net_amount,
        invoice: invoice.number.clone(),
        invoice_line: invoice.line,
        invoice_date: invoice.date,
        order: item.order.number.clone(),
        order_line: item.order.line,
        reason: item.reason.clone(),
        note: item.note.clone(),
        serials: item.serials.iter().take(count).cloned().collect(),
    })
}

/// Minor units and their digits.
fn minor(amount: Decimal) -> Option<(i64, u32)> {
    let text = amount.to_string();
    let digits = text
        .split_once('.')
        .map_or(0, |(_, fraction)| fraction.len());
    let units = text.replace('.', "").parse().ok()?;
    Some((units, u32::try_from(digits).ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_price_times_its_quantity_is_the_invoices_net() {
        for currency in ["USD", "EUR", "JPY", "KWD"] {
            let config = Config {
                returns: 60,
                currency: currency.to_owned(),
                ..Config::default()
            };
            let all = drawn(&config);
            assert_eq!(all.len(), 60, "{currency}");
            for line in all.iter().flat_map(|one| &one.lines) {
                let times = usize::try_from(line.invoiced).expect("few");
                let total = Decimal::sum(std::iter::repeat_n(line.unit_price, times));
                assert_eq!(total, line.net_amount, "{line:?}");
                assert!(line.qty >= 1 && line.qty <= line.invoiced);
                assert!(line.serials.len() <= usize::try_from(line.qty).expect("few"));
            }
        }
    }
}
