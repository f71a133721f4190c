//! Making requests, the same for the same seed, with invoices that add up.

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp, ToSpan};

use super::catalogue::{ARTICLES, Article, MARKETS, Market, REASONS, Tax};
use super::{Customer, Discount, InvoiceSnapshot, Item, OrderRef, Request, TaxLine};
use crate::decimal::Decimal;
use crate::draw;

/// 2026-03-01, midnight UTC.
const START: Timestamp = Timestamp::constant(1_772_323_200, 0);

/// `n` requests for returns to the given sites (none without sites), made in the first two weeks of March 2026.
pub fn requests(seed: u64, n: usize, sites: &[&str]) -> Vec<Request> {
    requests_since(START, seed, n, sites)
}

/// The same made in the two weeks after `start`; invoices are 15 to 44 days older than that.
pub fn requests_since(start: Timestamp, seed: u64, n: usize, sites: &[&str]) -> Vec<Request> {
    if sites.is_empty() {
        return Vec::new();
    }
    (1..=n)
        .map(|number| {
            request(
                &Dice {
                    seed,
                    number,
                    start,
                },
                sites,
            )
        })
        .collect()
}

/// The draws of one request.
struct Dice {
    seed: u64,
    number: usize,
    start: Timestamp,
}

impl Dice {
    fn below(&self, what: &str, line: u32, bound: u64) -> u64 {
        let (number, line) = (self.number.to_string(), line.to_string());
        draw::below(self.seed, &["portal", what, &number, &line], bound)
    }

    fn amount(&self, what: &str, line: u32, bound: u64) -> i64 {
        i64::try_from(self.below(what, line, bound)).unwrap_or(0)
    }

    fn pick<'a, T>(&self, what: &str, line: u32, choices: &'a [T]) -> Option<&'a T> {
        let (number, line) = (self.number.to_string(), line.to_string());
        draw::pick(self.seed, &["portal", what, &number, &line], choices)
    }

    fn name(&self, word: &str) -> String {
        format!("{word}-{}-{:06}", self.seed, self.number)
    }
}

fn request(dice: &Dice, sites: &[&str]) -> Request {
    // Half of the requests are in USD, the others spread.
    let market = match dice.below("market", 0, 8) {
        0..=3 => &MARKETS[0],
        4 | 5 => &MARKETS[1],
        6 => &MARKETS[2],
        _ => &MARKETS[3],
    };
    let nth = dice.below("customer", 0, 10);
    let retail = dice.below("segment", 0, 4) == 0;
    let name = dice
        .pick("name", 0, &market.names)
        .copied()
        .unwrap_or_default();
    let lines = 1 + u32::try_from(dice.below("lines", 0, 3)).unwrap_or(0);
    let site = dice.pick("site", 0, sites).copied().unwrap_or_default();
    Request {
        id: dice.name("PR"),
        rma: dice.name("RMA"),
        kind: "return.requested".to_owned(),
        legal_entity: market.legal_entity.to_owned(),
        channel: if retail { "b2c-portal" } else { "b2b-portal" }.to_owned(),
        return_to: site.to_owned(),
        return_type: "physical".to_owned(),
        customer: Customer {
            account: format!("C{}", market.first_customer + nth),
            name: name.to_owned(),
            segment: if retail { "retail" } else { "wholesale" }.to_owned(),
        },
        currency: market.currency.to_owned(),
        requested_at: requested_at(dice),
        time_zone: market.time_zone.to_owned(),
        items: (1..=lines).map(|line| item(dice, market, line)).collect(),
    }
}

/// Some minute of two weeks.
fn requested_at(dice: &Dice) -> Timestamp {
    let minutes = dice.amount("minute", 0, 14 * 24 * 60);
    dice.start
        .checked_add(SignedDuration::from_mins(minutes))
        .unwrap_or(dice.start)
}

fn item(dice: &Dice, market: &Market, line: u32) -> Item {
    // Articles of one request differ, so that a line is told by its article too.
    let first = dice.below("article", 0, 10);
    let index = usize::try_from((first + u64::from(line) * 3) % 10).unwrap_or(0);
    let article = ARTICLES.get(index).unwrap_or(&ARTICLES[0]);
    let invoiced = 1 + dice.amount("invoiced", line, 12);
    let returned = 1 + dice.amount("returned", line, u64::try_from(invoiced).unwrap_or(1));
    let (reason, note) = dice
        .pick("reason", line, &REASONS)
        .copied()
        .unwrap_or_default();
    let serial = |nth: i64| format!("SN{}{:06}{line}{nth:03}", dice.seed, dice.number);
    Item {
        line,
        sku: article.sku.to_owned(),
        qty: Decimal::new(returned, 0),
        uom: article.uom.to_owned(),
        reason: reason.to_owned(),
        note: note.map(str::to_owned),
        serials: if article.serial {
            (1..=returned).map(serial).collect()
        } else {
            Vec::new()
        },
        order: OrderRef {
            number: dice.name("SO"),
            line,
        },
        invoice: invoice(dice, market, article, (line, invoiced)),
    }
}

/// An invoice line that adds up in minor units.
fn invoice(
    dice: &Dice,
    market: &Market,
    article: &Article,
    (line, quantity): (u32, i64),
) -> InvoiceSnapshot {
    let money = |minor: i64| Decimal::new(minor, market.digits);
    // A few odd minor units, so that nothing divides evenly.
    let unit_price = article.price * market.price_factor + dice.amount("odd", line, 7);
    let list = unit_price * quantity;
    let mut discounts = Vec::new();
    let mut off = 0;
    for (kind, one_in, percent) in [("line", 3, 10), ("header-share", 4, 3)] {
        if dice.below(kind, line, one_in) == 0 {
            let amount = rounded(list * percent, 100);
            off += amount;
            discounts.push(Discount {
                kind: kind.to_owned(),
                amount: money(amount),
            });
        }
    }
    let priced = list - off;
    let applies = |tax: &&Tax| tax.always || dice.below("district", 0, 2) == 0;
    let levied: Vec<(&Tax, i64)> = market
        .taxes
        .iter()
        .filter(applies)
        .map(|tax| {
            let contained = if market.prices_include_tax {
                tax.rate
            } else {
                0
            };
            (tax, rounded(priced * tax.rate, 10_000 + contained))
        })
        .collect();
    let total_tax: i64 = levied.iter().map(|(_, amount)| amount).sum();
    let net = if market.prices_include_tax {
        priced - total_tax
    } else {
        priced
    };
    let tax_line = |(tax, amount): (&Tax, i64)| TaxLine {
        jurisdiction: tax.jurisdiction.to_owned(),
        kind: tax.kind.to_owned(),
        rate: Decimal::new(tax.rate, 2),
        amount: money(amount),
    };
    let days = 15 + dice.amount("age", 0, 30);
    let day = dice.start.to_zoned(TimeZone::UTC).date();
    InvoiceSnapshot {
        number: dice.name("INV"),
        line,
        date: day.checked_sub(days.days()).unwrap_or(day),
        quantity: Decimal::new(quantity, 0),
        uom: article.uom.to_owned(),
        unit_price: money(unit_price),
        list_amount: money(list),
        discounts,
        net_amount: money(net),
        taxes: levied.into_iter().map(tax_line).collect(),
        gross_amount: money(net + total_tax),
        currency: market.currency.to_owned(),
        prices_include_tax: market.prices_include_tax,
    }
}

/// A quotient of two positive numbers, halves up.
fn rounded(amount: i64, by: i64) -> i64 {
    (2 * amount + by) / (2 * by)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    const SITES: [&str; 3] = ["DC-EAST", "DC-WEST", "DC-EU"];

    #[test]
    fn the_same_seed_gives_the_same_requests() {
        assert_eq!(requests(7, 50, &SITES), requests(7, 50, &SITES));
        assert_ne!(requests(7, 50, &SITES), requests(8, 50, &SITES));
        assert!(requests(7, 50, &[]).is_empty());
    }

    #[test]
    fn every_invoice_adds_up() {
        for item in requests(7, 300, &SITES)
            .into_iter()
            .flat_map(|request| request.items)
        {
            let invoice = item.invoice;
            let off = Decimal::sum(invoice.discounts.iter().map(|discount| discount.amount));
            let tax = Decimal::sum(invoice.taxes.iter().map(|tax| tax.amount));
            let priced = invoice.list_amount - off;
            let total = if invoice.prices_include_tax {
                invoice.gross_amount
            } else {
                invoice.net_amount
            };
            assert_eq!(priced, total);
            assert_eq!(invoice.net_amount + tax, invoice.gross_amount);
            assert!(item.qty <= invoice.quantity && item.qty.is_positive());
        }
    }

    #[test]
    fn the_world_is_wide() {
        let all = requests(7, 300, &SITES);
        let distinct = |of: fn(&Request) -> &str| all.iter().map(of).collect::<BTreeSet<_>>().len();
        assert_eq!(distinct(|request| &request.currency), 4);
        assert_eq!(distinct(|request| &request.return_to), 3);
        assert_eq!(distinct(|request| &request.id), 300);
        assert!(distinct(|request| &request.customer.account) > 30);
        let items = || all.iter().flat_map(|request| &request.items);
        assert_eq!(
            items()
                .map(|item| &item.reason)
                .collect::<BTreeSet<_>>()
                .len(),
            10
        );
        assert!(items().any(|item| item.invoice.taxes.len() == 2));
        let yen = items()
            .find(|item| item.invoice.currency == "JPY")
            .expect("some yen");
        assert!(!yen.invoice.net_amount.to_string().contains('.'));
    }

    #[test]
    fn it_reads_what_it_writes() {
        for request in requests(3, 20, &SITES) {
            let text = serde_json::to_string(&request).expect("JSON");
            assert_eq!(
                serde_json::from_str::<Request>(&text).expect("a request"),
                request
            );
        }
    }
}
