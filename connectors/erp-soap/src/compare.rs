//! Is the document in the ERP what our paper says? Pure.

use canonical::{Currency, Money, Qty};
use connector::paper::{Matter, Paper};

use crate::profile::Compare;
use crate::wire::{Element, text_at};

mod lines;

use lines::Line;

/// What a paper says, as far as it can be compared.
#[derive(Debug, Default)]
struct Said<'a> {
    customer: Option<&'a str>,
    currency: Option<&'a str>,
    net: Option<&'a str>,
    tax: Option<&'a str>,
    gross: Option<&'a str>,
    item: Option<&'a str>,
    quantity: Option<&'a str>,
    reverses_number: Option<&'a str>,
    lines: Option<Vec<Line<'a>>>,
}

/// Everything that differs, for people; empty when the document says what the paper says.
///
/// - Texts are compared without regard to case and surrounding blanks: some ERPs write codes in capitals.
/// - Customers and items are compared without zeros in front where the profile says that the ERP adds them.
/// - Amounts and quantities are compared as numbers: `5.4` is `5.40`.
/// - Zero and absent are the same amount.
pub(crate) fn differences(paper: &Paper, document: &Element, places: &Compare) -> Vec<String> {
    let said = said(paper);
    let mut found = Vec::new();
    let seen = |path: &Option<String>| path.as_ref().map(|at| text_at(document, at));
    let mut text = |what: &str, said: Option<&str>, seen: Option<Option<&str>>| {
        let (Some(said), Some(seen)) = (said, seen) else {
            return;
        };
        let seen = seen.unwrap_or_default();
        if !is_same_text(said, seen, places.leading_zeros) {
            found.push(format!("{what} {said:?} is {seen:?} there"));
        }
    };
    text("customer", said.customer, seen(&places.customer));
    let home = places.home_currency.as_deref();
    let currency = seen(&places.currency).map(|seen| seen.or(home));
    text("currency", said.currency, currency);
    text("item", said.item, seen(&places.item));
    text(
        "reversed memo",
        said.reverses_number,
        seen(&places.reverses_number),
    );
    let ccy = said.currency.and_then(|code| code.parse::<Currency>().ok());
    for (what, said, path) in [
        ("net", said.net, &places.net),
        ("tax", said.tax, &places.tax),
        ("gross", said.gross, &places.gross),
    ] {
        let (Some(said), Some(seen), Some(ccy)) = (said, seen(path), ccy) else {
            continue;
        };
        let seen = seen.unwrap_or("0");
        if !is_same_amount(said, seen, ccy, places.negative) {
            found.push(format!("{what} {said} is {seen} there"));
        }
    }
    if let (Some(said), Some(seen)) = (said.quantity, seen(&places.quantity)) {
        let seen = seen.unwrap_or("0");
        if !is_same_quantity(said, seen) {
            found.push(format!("quantity {said} is {seen} there"));
        }
    }
    if let (Some(said), Some(lines)) = (&said.lines, &places.lines) {
        found.extend(lines::differences(said, document, lines, places, ccy));
    }
    found
}

/// The gross amount that the document shows, as a magnitude.
pub(crate) fn gross(paper: &Paper, document: &Element, places: &Compare) -> Option<Money> {
    let ccy = said(paper).currency?.parse().ok()?;
    amount(
        text_at(document, places.gross.as_ref()?)?,
        ccy,
        places.negative,
    )
}

fn said(paper: &Paper) -> Said<'_> {
    match &paper.matter {
        Matter::ReturnOrder(order) => Said {
            customer: Some(&paper.customer),
            lines: Some(
                order
                    .lines
                    .iter()
                    .map(|line| Line {
                        item: &line.item,
                        quantity: &line.quantity,
                        net: None,
                    })
                    .collect(),
            ),
            ..Said::default()
        },
        Matter::StockMovement(stock) => Said {
            item: Some(&stock.item),
            quantity: Some(&stock.quantity),
            ..Said::default()
        },
        Matter::CreditMemo(credit) => Said {
            customer: Some(&credit.bill_to),
            currency: Some(&credit.currency),
            net: Some(&credit.net),
            tax: Some(&credit.tax),
            gross: Some(&credit.gross),
            lines: Some(
                credit
                    .lines
                    .iter()
                    .map(|line| Line {
                        item: &line.item,
                        quantity: &line.quantity,
                        net: Some(&line.net),
                    })
                    .collect(),
            ),
            ..Said::default()
        },
        Matter::CreditReversal(reversal) => Said {
            currency: Some(&reversal.currency),
            gross: Some(&reversal.gross),
            reverses_number: Some(&reversal.reverses_number),
            ..Said::default()
        },
        // no profile has an operation for these
        Matter::ReturnOrderChange(_)
        | Matter::RecoveryInvoice(_)
        | Matter::RecoveryReversal(_)
        | Matter::ReplacementOrder(_)
        | Matter::SupplierReturn(_)
        | Matter::SupplierClaim(_)
        | Matter::TaxQuote(_)
        | Matter::TaxCommit(_)
        | Matter::TaxVoid(_) => Said::default(),
    }
}

fn is_same_text(said: &str, seen: &str, leading_zeros: bool) -> bool {
    let bare = |text: &str| {
        let text = text.trim();
        if leading_zeros {
            text.trim_start_matches('0').to_ascii_lowercase()
        } else {
            text.to_ascii_lowercase()
        }
    };
    bare(said) == bare(seen)
}

fn is_same_quantity(said: &str, seen: &str) -> bool {
    matches!((said.parse::<Qty>(), plain(seen).parse::<Qty>()), (Ok(said), Ok(seen)) if said == seen)
}

fn is_same_amount(said: &str, seen: &str, ccy: Currency, negative: bool) -> bool {
    let said = Money::parse(said, ccy).ok();
    said.is_some() && said == amount(seen, ccy, negative)
}

fn amount(text: &str, ccy: Currency, negative: bool) -> Option<Money> {
    let amount = Money::parse(plain(text), ccy).ok()?;
    if negative {
        amount.negated().ok()
    } else {
        Some(amount)
    }
}

/// A decimal of XML Schema as we write it: without plus.
fn plain(text: &str) -> &str {
    text.strip_prefix('+').unwrap_or(text)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::profile::Lines;
    use crate::samples;
    use crate::wire::{Answer, read};

    fn document(inside: &str) -> Element {
        let text = format!(
            "<s:Envelope xmlns:s=\"http://schemas.xmlsoap.org/soap/envelope/\"><s:Body><D>{inside}</D></s:Body></s:Envelope>"
        );
        match read(text.as_bytes(), "").unwrap() {
            Answer::Said(element) => element,
            Answer::Fault(fault) => panic!("{fault:?}"),
        }
    }

    fn places(negative: bool) -> Compare {
        let at = |path: &str| Some(path.to_owned());
        Compare {
            customer: at("Customer"),
            currency: at("Currency"),
            home_currency: at("USD"),
            net: at("Net"),
            tax: at("Tax"),
            gross: at("Gross"),
            negative,
            ..Compare::default()
        }
    }

    const SAME: &str = "<Customer>C10010</Customer><Currency>USD</Currency><Net>56.10</Net><Tax>4.63</Tax>\
                        <Gross>60.73</Gross>";

    #[test]
    fn the_same_is_the_same_however_it_is_written() {
        let paper = samples::credit_memo_paper();
        let other = "<Customer> c10010\n</Customer><Currency/><Net>+56.1</Net><Tax>4.6300</Tax><Gross>060.73</Gross>";
        for inside in [SAME, other] {
            let found = differences(&paper, &document(inside), &places(false));
            assert_eq!(found, [""; 0], "{inside}");
        }
        let negative = document(
            "<Customer>C10010</Customer><Currency>USD</Currency><Net>-56.1</Net><Tax>-4.63</Tax><Gross>-60.73</Gross>",
        );
        assert_eq!(differences(&paper, &negative, &places(true)), [""; 0]);
        assert!(!differences(&paper, &negative, &places(false)).is_empty());
    }

    #[test]
    fn each_difference_is_named() {
        let paper = samples::credit_memo_paper();
        for (what, from, to) in [
            ("customer", "C10010", "C9"),
            ("currency", "USD", "EUR"),
            ("net", "56.10", "56.11"),
            ("tax", "4.63", ""),
            ("gross", "60.73", "60.731"),
        ] {
            let found = differences(&paper, &document(&SAME.replace(from, to)), &places(false));
            assert!(
                found.len() == 1 && found[0].starts_with(what),
                "{what}: {found:?}"
            );
        }
    }

    #[test]
    fn zeros_in_front_mean_nothing_where_the_profile_says_so() {
        let paper = samples::credit_memo_paper();
        for (seen, leading_zeros, many) in [
            ("00C10010", true, 0),
            ("00C10010", false, 1),
            ("C1001", true, 1),
            ("C100100", true, 1),
        ] {
            let places = Compare {
                customer: Some("Customer".to_owned()),
                leading_zeros,
                ..Compare::default()
            };
            let document = document(&format!("<Customer>{seen}</Customer>"));
            let found = differences(&paper, &document, &places);
            assert_eq!(found.len(), many, "{seen}: {found:?}");
        }
    }

    #[test]
    fn lines_are_compared_in_any_order() {
        let paper = samples::credit_memo_paper();
        let places = Compare {
            lines: Some(Lines {
                at: "L/I".to_owned(),
                item: "Sku".to_owned(),
                quantity: Some("Q".to_owned()),
                net: Some("N".to_owned()),
            }),
            ..Compare::default()
        };
        let right = "<I><Sku>SKU-100</Sku><Q>3.000</Q><N>56.10</N></I>";
        let wrong = "<I><Sku>SKU-100</Sku><Q>2</Q><N>56.10</N></I>";
        for (lines, what) in [
            (right.to_owned(), None),
            (wrong.to_owned(), Some("no line there for 3 SKU-100")),
            (format!("{wrong}{right}"), Some("1 more lines there")),
            (String::new(), Some("no line there")),
        ] {
            let found = differences(&paper, &document(&format!("<L>{lines}</L>")), &places);
            match what {
                None => assert_eq!(found, [""; 0]),
                Some(what) => assert!(found.join(" ").contains(what), "{lines}: {found:?}"),
            }
        }
    }
}
