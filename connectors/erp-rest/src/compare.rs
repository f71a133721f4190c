//! Is the document in the ERP what our paper says? Pure.

use canonical::{Currency, Money, Qty};
use connector::paper::{Matter, Paper};
use serde_json::Value;

use crate::profile::Compare;
use crate::wire::text_at;

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
}

/// Everything that differs, for people; empty when the document says what the paper says.
///
/// - Texts are compared without regard to case and surrounding blanks: some ERPs write codes in capitals.
/// - Amounts and quantities are compared as numbers: `5.4` is `5.40`.
/// - Zero and absent are the same amount.
pub(crate) fn differences(paper: &Paper, document: &Value, places: &Compare) -> Vec<String> {
    let said = said(paper);
    let mut found = Vec::new();
    let seen = |pointer: &Option<String>| pointer.as_ref().map(|at| text_at(document, at));
    let mut text = |what: &str, said: Option<&str>, seen: Option<Option<String>>| {
        let (Some(said), Some(seen)) = (said, seen) else {
            return;
        };
        let seen = seen.unwrap_or_default();
        if !seen.trim().eq_ignore_ascii_case(said.trim()) {
            found.push(format!("{what} {said:?} is {seen:?} there"));
        }
    };
    text("customer", said.customer, seen(&places.customer));
    let currency = seen(&places.currency).map(|seen| seen.or_else(|| places.home_currency.clone()));
    text("currency", said.currency, currency);
    text("item", said.item, seen(&places.item));
    text(
        "reversed memo",
        said.reverses_number,
        seen(&places.reverses_number),
    );
    let ccy = said.currency.and_then(|code| code.parse::<Currency>().ok());
    for (what, said, pointer) in [
        ("net", said.net, &places.net),
        ("tax", said.tax, &places.tax),
        ("gross", said.gross, &places.gross),
    ] {
        let (Some(said), Some(seen), Some(ccy)) = (said, seen(pointer), ccy) else {
            continue;
        };
        let seen = seen.unwrap_or_else(|| "0".to_owned());
        if !is_same_amount(said, &seen, ccy, places.negative) {
            found.push(format!("{what} {said} is {seen} there"));
        }
    }
    if let (Some(said), Some(seen)) = (said.quantity, seen(&places.quantity)) {
        let seen = seen.unwrap_or_else(|| "0".to_owned());
        let same = matches!((said.parse::<Qty>(), seen.parse::<Qty>()), (Ok(a), Ok(b)) if a == b);
        if !same {
            found.push(format!("quantity {said} is {seen} there"));
        }
    }
    found
}

/// The gross amount that the document shows, as a magnitude.
pub(crate) fn gross(paper: &Paper, document: &Value, places: &Compare) -> Option<Money> {
    let ccy = said(paper).currency?.parse().ok()?;
    amount(
        &text_at(document, places.gross.as_ref()?)?,
        ccy,
        places.negative,
    )
}

fn said(paper: &Paper) -> Said<'_> {
    match &paper.matter {
        Matter::ReturnOrder(_) | Matter::ReturnOrderChange(_) => Said {
            customer: Some(&paper.customer),
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
            ..Said::default()
        },
        // What the engine makes of it is what it is asked for: not compared.
        Matter::TaxQuote(tax) | Matter::TaxCommit(tax) => Said {
            customer: Some(&tax.bill_to),
            currency: Some(&tax.currency),
            ..Said::default()
        },
        Matter::TaxVoid(void) => Said {
            currency: Some(&void.currency),
            ..Said::default()
        },
        Matter::CreditReversal(reversal) | Matter::RecoveryReversal(reversal) => Said {
            currency: Some(&reversal.currency),
            gross: Some(&reversal.gross),
            reverses_number: Some(&reversal.reverses_number),
            ..Said::default()
        },
        Matter::RecoveryInvoice(recovery) => Said {
            customer: Some(&recovery.bill_to),
            currency: Some(&recovery.currency),
            net: Some(&recovery.net),
            tax: Some(&recovery.tax),
            gross: Some(&recovery.gross),
            ..Said::default()
        },
        Matter::ReplacementOrder(order) => Said {
            customer: Some(&paper.customer),
            item: Some(&order.item),
            quantity: Some(&order.quantity),
            ..Said::default()
        },
        Matter::SupplierReturn(goods) | Matter::SupplierClaim(goods) => Said {
            item: Some(&goods.item),
            quantity: Some(&goods.quantity),
            currency: goods.currency.as_deref(),
            gross: goods.amount.as_deref(),
            ..Said::default()
        },
    }
}

fn is_same_amount(said: &str, seen: &str, ccy: Currency, negative: bool) -> bool {
    let said = Money::parse(said, ccy).ok();
    said.is_some() && said == amount(seen, ccy, negative)
}

fn amount(text: &str, ccy: Currency, negative: bool) -> Option<Money> {
    let amount = Money::parse(text, ccy).ok()?;
    if negative {
        amount.negated().ok()
    } else {
        Some(amount)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::samples;

    fn places(negative: bool) -> Compare {
        let at = |pointer: &str| Some(pointer.to_owned());
        Compare {
            customer: at("/customer"),
            currency: at("/currency"),
            home_currency: at("USD"),
            net: at("/net"),
            tax: at("/tax"),
            gross: at("/gross"),
            negative,
            ..Compare::default()
        }
    }

    #[test]
    fn the_same_is_the_same_however_it_is_written() {
        let paper = samples::credit_memo_paper();
        for document in [
            json!({"customer": "c10010", "currency": "USD", "net": "56.10", "tax": "4.63", "gross": "60.73"}),
            json!({"customer": "C10010 ", "currency": "", "net": 56.1, "tax": 4.63, "gross": 60.73}),
        ] {
            assert_eq!(
                differences(&paper, &document, &places(false)),
                [""; 0],
                "{document}"
            );
        }
        let negative = json!({"customer": "C10010", "currency": "USD", "net": "-56.1", "tax": "-4.63", "gross": "-60.73"});
        assert_eq!(differences(&paper, &negative, &places(true)), [""; 0]);
        assert!(!differences(&paper, &negative, &places(false)).is_empty());
    }

    #[test]
    fn each_difference_is_named() {
        let paper = samples::credit_memo_paper();
        let same = json!({"customer": "C10010", "currency": "USD", "net": "56.10", "tax": "4.63", "gross": "60.73"});
        for (member, other) in [
            ("customer", json!("C9")),
            ("currency", json!("EUR")),
            ("net", json!("56.11")),
            ("tax", json!(null)),
            ("gross", json!("60.731")),
        ] {
            let mut document = same.clone();
            document[member] = other;
            let found = differences(&paper, &document, &places(false));
            assert!(
                found.len() == 1 && found[0].starts_with(member),
                "{member}: {found:?}"
            );
        }
    }
}
