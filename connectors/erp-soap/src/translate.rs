//! Canonical commands → papers. Pure; no bytes here.

use std::collections::BTreeMap;

use canonical::command::{CreditMemo, CreditMemoLine, CreditReversal, ReturnOrder, StockMovement};
use canonical::{Command, CommandData, Currency, Money, StockStatus};
use connector::Failure;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use uuid::Uuid;

use crate::failures;
use crate::wire::{
    Charge, CreditPaper, CreditPaperLine, Matter, Movement, Paper, ReturnOrderLine,
    ReturnOrderPaper, ReversalPaper, StockPaper, TaxPart,
};

/// Writes a command as a paper. `Rejected` when an ERP has no paper for it, or when its amounts cannot be put on one.
pub(crate) fn paper(command: &Command, vars: &BTreeMap<String, String>) -> Result<Paper, Failure> {
    let matter = match &command.data {
        CommandData::CreateReturnOrder(order) => Matter::ReturnOrder(return_order(order)),
        CommandData::MoveStock(movement) => Matter::StockMovement(stock(movement)?),
        CommandData::PostCreditMemo(memo) => Matter::CreditMemo(credit(memo)?),
        CommandData::ReverseCreditMemo(reversal) => Matter::CreditReversal(reverse(reversal)),
        CommandData::AnnounceReturn(_)
        | CommandData::CancelAnnouncement(_)
        | CommandData::AnswerRequest(_)
        | CommandData::AdviseCredit(_)
        | CommandData::Notify(_) => {
            let message = format!(
                "an ERP keeps no paper for {}: send it elsewhere",
                command.kind
            );
            return Err(Failure::rejected(failures::NO_WORDS, message));
        }
    };
    let key = command.effect_key.as_str();
    let site = match &command.data {
        CommandData::MoveStock(movement) => movement.site.clone(),
        _ => command.site.clone(),
    };
    Ok(Paper {
        key: key.to_owned(),
        key_guid: guid(key),
        return_id: command.return_id.clone(),
        rma_number: command.rma_number.clone(),
        legal_entity: command.legal_entity.clone(),
        site,
        customer: command.customer_account.clone(),
        correlation_id: command.correlation_id.clone(),
        issued_on: day(command.issued_at),
        issued_at: command.issued_at.to_string(),
        vars: vars.clone(),
        matter,
    })
}

/// A UUID of version 5 over the key: the same key gives the same one.
pub(crate) fn guid(key: &str) -> String {
    Uuid::new_v5(&Uuid::NAMESPACE_OID, key.as_bytes())
        .simple()
        .to_string()
}

fn return_order(order: &ReturnOrder) -> ReturnOrderPaper {
    let line = |line: &canonical::command::OrderLine| ReturnOrderLine {
        number: line.line_no,
        item: line.sku.clone(),
        quantity: line.qty.to_string(),
        unit: line.uom.clone(),
        reason: line.reason.to_string(),
        order: line.order.clone(),
        invoice: line
            .invoice_ref
            .as_ref()
            .map(|invoice| invoice.document.clone()),
        invoice_line: line
            .invoice_ref
            .as_ref()
            .map(|invoice| invoice.line.clone()),
        serials: line.serials.clone(),
    };
    ReturnOrderPaper {
        currency: order.ccy.to_string(),
        lines: order.lines.iter().map(line).collect(),
    }
}

fn stock(movement: &StockMovement) -> Result<StockPaper, Failure> {
    let kind = match (movement.from_status, movement.to_status) {
        (from, to) if from == to => {
            let message = format!("a movement from {from} to {to} moves nothing");
            return Err(Failure::rejected(failures::NO_WORDS, message).at("/data/to_status"));
        }
        (StockStatus::None, _) => Movement::Receipt,
        (_, StockStatus::None) => Movement::Issue,
        (_, StockStatus::Scrapped) => Movement::Scrap,
        (_, _) => Movement::Transfer,
    };
    let status = |status: StockStatus| (status != StockStatus::None).then(|| status.to_string());
    let leaves = matches!(kind, Movement::Scrap | Movement::Issue);
    Ok(StockPaper {
        movement: kind,
        item: movement.sku.clone(),
        quantity: movement.base_qty.to_string(),
        unit: movement.uom.clone(),
        from_status: status(movement.from_status),
        to_status: if leaves {
            None
        } else {
            status(movement.to_status)
        },
        disposition: movement.disposition_id.clone(),
        moved_on: day(movement.moved_at),
        serials: movement.serials.clone(),
    })
}

fn credit(memo: &CreditMemo) -> Result<CreditPaper, Failure> {
    let (ccy, totals) = (memo.calculation.ccy, &memo.calculation.totals);
    let amount = |minor: i64| Money::new(minor, ccy).decimal();
    if totals.net_minor < 0 || totals.tax_minor < 0 || totals.gross_minor < 0 {
        let message = format!(
            "a credit of {} is a claim on the customer",
            amount(totals.gross_minor)
        );
        return Err(Failure::rejected(failures::NO_WORDS, message).at("/data/calculation/totals"));
    }
    let (mut lines, mut charges) = (Vec::new(), Vec::new());
    for line in &memo.lines {
        match (line.net_minor, line.tax_minor) {
            (net, tax) if net >= 0 && tax >= 0 => lines.push(credit_line(memo, line)),
            (net, tax) if net <= 0 && tax <= 0 => charges.push(charge(line, ccy)),
            (net, tax) => {
                let message = format!(
                    "net {} and tax {} of line {} have opposite signs: no document shows that",
                    amount(net),
                    amount(tax),
                    line.line_no
                );
                return Err(Failure::rejected(failures::NO_WORDS, message).at("/data/lines"));
            }
        }
    }
    let mut invoices: Vec<Option<&str>> = memo.lines.iter().map(invoice_of).collect();
    invoices.dedup();
    Ok(CreditPaper {
        bill_to: memo.bill_to.clone(),
        currency: ccy.to_string(),
        document_date: memo.document_date.to_string(),
        reason: memo.reason.to_string(),
        invoice: match invoices.as_slice() {
            [Some(only)] => Some((*only).to_owned()),
            _ => None,
        },
        lines,
        charges,
        net: amount(totals.net_minor),
        tax: amount(totals.tax_minor),
        gross: amount(totals.gross_minor),
        approved_by: memo.approved_by.clone(),
    })
}

fn invoice_of(line: &CreditMemoLine) -> Option<&str> {
    line.invoice_ref
        .as_ref()
        .map(|invoice| invoice.document.as_str())
}

fn credit_line(memo: &CreditMemo, line: &CreditMemoLine) -> CreditPaperLine {
    let amount = |minor: i64| Money::new(minor, memo.calculation.ccy).decimal();
    CreditPaperLine {
        number: line.line_no,
        item: line.sku.clone(),
        quantity: line.base_qty.to_string(),
        unit: line.uom.clone(),
        net: amount(line.net_minor),
        tax: amount(line.tax_minor),
        text: line.text.clone(),
        invoice: invoice_of(line).map(str::to_owned),
        invoice_line: line
            .invoice_ref
            .as_ref()
            .map(|invoice| invoice.line.clone()),
        taxes: taxes(memo, line),
    }
}

/// The calculation's taxes of this line when they are the line's tax exactly; otherwise the line's tax in one part, as
/// what the document says must add up.
fn taxes(memo: &CreditMemo, line: &CreditMemoLine) -> Vec<TaxPart> {
    let amount = |minor: i64| Money::new(minor, memo.calculation.ccy).decimal();
    let of_line: Vec<_> = memo
        .calculation
        .tax_lines
        .iter()
        .filter(|tax| tax.line_no == line.line_no)
        .collect();
    let sum: i128 = of_line.iter().map(|tax| i128::from(tax.tax_minor)).sum();
    if sum == i128::from(line.tax_minor) && of_line.iter().all(|tax| tax.tax_minor >= 0) {
        let part = |tax: &&canonical::calculation::CreditTax| TaxPart {
            code: format!("{}/{}", tax.jurisdiction, tax.tax_type),
            rate: tax.rate_at_invoice.to_string(),
            taxable: amount(tax.taxable_minor),
            amount: amount(tax.tax_minor),
        };
        return of_line.iter().map(part).collect();
    }
    let first = of_line.first();
    vec![TaxPart {
        code: first.map_or_else(String::new, |tax| {
            format!("{}/{}", tax.jurisdiction, tax.tax_type)
        }),
        rate: first.map_or_else(String::new, |tax| tax.rate_at_invoice.to_string()),
        taxable: amount(line.net_minor),
        amount: amount(line.tax_minor),
    }]
}

fn charge(line: &CreditMemoLine, ccy: Currency) -> Charge {
    let magnitude = |minor: i64| Money::new(minor.checked_neg().unwrap_or(i64::MAX), ccy).decimal();
    Charge {
        text: line.text.clone(),
        net: magnitude(line.net_minor),
        tax: magnitude(line.tax_minor),
    }
}

fn reverse(reversal: &CreditReversal) -> ReversalPaper {
    ReversalPaper {
        reverses: reversal.reverses.to_string(),
        reverses_number: reversal.document_no.clone(),
        currency: reversal.amount.ccy.to_string(),
        gross: reversal.amount.decimal(),
        reason: reversal.reason.clone(),
    }
}

fn day(instant: Timestamp) -> String {
    instant.to_zoned(TimeZone::UTC).date().to_string()
}
