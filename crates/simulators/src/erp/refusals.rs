//! The rules of the business, as pure checks of one paper.

use super::paper::{CreditMemo, MovementLine, MovementType, StockMovement};
use crate::answer::Refusal;
use crate::decimal::Decimal;

const LONGEST_KEY: usize = 50;

pub(super) fn key(key: &str) -> Result<(), Refusal> {
    if key.is_empty() || key.chars().count() > LONGEST_KEY {
        let message = "externalDocumentNumber must have 1 to 50 characters";
        return Err(Refusal::malformed(message));
    }
    Ok(())
}

pub(super) fn lines(count: usize) -> Result<(), Refusal> {
    if count == 0 {
        return Err(Refusal::rule(
            "EMPTY_DOCUMENT",
            "lines",
            "the document has no lines",
        ));
    }
    Ok(())
}

/// Σ lines − Σ charges, for net and tax, and net + tax = gross.
pub(super) fn totals(memo: &CreditMemo) -> Result<(), Refusal> {
    let lines_net = Decimal::sum(memo.lines.iter().map(|line| line.net_amount));
    let lines_tax = Decimal::sum(memo.lines.iter().map(super::paper::CreditLine::tax));
    let charges_net = Decimal::sum(memo.charges.iter().map(|charge| charge.net_amount));
    let charges_tax = Decimal::sum(memo.charges.iter().map(|charge| charge.tax_amount));
    equal("netAmount", memo.net_amount, lines_net - charges_net)?;
    equal("taxAmount", memo.tax_amount, lines_tax - charges_tax)?;
    equal(
        "grossAmount",
        memo.gross_amount,
        memo.net_amount + memo.tax_amount,
    )?;
    if memo.gross_amount.is_negative() {
        return Err(Refusal::rule(
            "WRONG_TOTALS",
            "grossAmount",
            "the credit is negative",
        ));
    }
    Ok(())
}

pub(super) fn equal(
    target: &'static str,
    stated: Decimal,
    reckoned: Decimal,
) -> Result<(), Refusal> {
    if stated == reckoned {
        return Ok(());
    }
    let message = format!("{target} is {stated}, the lines come to {reckoned}");
    Err(Refusal::rule("WRONG_TOTALS", target, message))
}

/// Statuses fit the movement type, quantities are positive.
pub(super) fn movement(movement: &StockMovement) -> Result<(), Refusal> {
    let kind = movement.movement_type;
    for line in &movement.lines {
        if !line.quantity.is_positive() {
            let message = "the quantity of a movement is positive";
            return Err(Refusal::rule("INVALID_MOVEMENT", "quantity", message));
        }
        if !fits(kind, line) {
            let message = format!("fromStatus and toStatus do not fit the movement type {kind:?}");
            return Err(Refusal::rule("INVALID_MOVEMENT", "movementType", message));
        }
    }
    Ok(())
}

fn fits(kind: MovementType, line: &MovementLine) -> bool {
    let (from, to) = (line.from_status.is_some(), line.to_status.is_some());
    match kind {
        MovementType::Receipt => to && !from,
        MovementType::Transfer => from && to,
        MovementType::Scrap | MovementType::Issue => from && !to,
    }
}
