//! The rules of the business, as pure checks of one paper.

use super::memo::{Memo, MemoLine};
use super::paper::{Movement, MovementKind, MovementLine, Paper};
use super::trouble::{Code, Trouble};
use crate::decimal::Decimal;

/// What can be said of a paper without the books.
pub(super) fn check(paper: &Paper) -> Result<(), Trouble> {
    match paper {
        Paper::Order(order) => lines("Order", order.lines.len()),
        Paper::Movement(movement) => {
            lines("Movement", movement.lines.len())?;
            check_movement(movement)
        }
        Paper::Memo(memo) => {
            lines("Memo", memo.lines.len())?;
            totals(memo)
        }
        Paper::Reversal(_) => Ok(()),
    }
}

fn lines(paper: &str, count: usize) -> Result<(), Trouble> {
    if count > 0 {
        return Ok(());
    }
    let message = "the document has no lines";
    Err(Trouble::new(Code::EmptyDocument, message).at(format!("{paper}/Lines")))
}

/// Σ lines − Σ charges, for net and tax, and net + tax = gross.
fn totals(memo: &Memo) -> Result<(), Trouble> {
    let lines_net = Decimal::sum(memo.lines.iter().map(|line| line.net));
    let lines_tax = Decimal::sum(memo.lines.iter().map(MemoLine::tax));
    let charges_net = Decimal::sum(memo.charges.iter().map(|charge| charge.net));
    let charges_tax = Decimal::sum(memo.charges.iter().map(|charge| charge.tax));
    equal("Net", memo.net, lines_net - charges_net)?;
    equal("Tax", memo.tax, lines_tax - charges_tax)?;
    equal("Gross", memo.gross, memo.net + memo.tax)?;
    if memo.gross.is_negative() {
        let message = "the credit is negative";
        return Err(Trouble::new(Code::WrongTotals, message).at("Memo/Gross"));
    }
    Ok(())
}

fn equal(field: &str, stated: Decimal, reckoned: Decimal) -> Result<(), Trouble> {
    if stated == reckoned {
        return Ok(());
    }
    let message = format!("{field} is {stated}, the lines come to {reckoned}");
    Err(Trouble::new(Code::WrongTotals, message).at(format!("Memo/{field}")))
}

/// Statuses fit the movement type, quantities are positive.
fn check_movement(movement: &Movement) -> Result<(), Trouble> {
    for line in &movement.lines {
        if !line.quantity.is_positive() {
            let message = "the quantity of a movement is positive";
            let trouble = Trouble::new(Code::InvalidMovement, message);
            return Err(trouble.at("Movement/Lines/Line/Quantity"));
        }
        if !fits(movement.kind, line) {
            let message = "FromStatus and ToStatus do not fit the type";
            return Err(Trouble::new(Code::InvalidMovement, message).at("Movement/Type"));
        }
    }
    Ok(())
}

fn fits(kind: MovementKind, line: &MovementLine) -> bool {
    let (from, to) = (line.from.is_some(), line.to.is_some());
    match kind {
        MovementKind::Receipt => to && !from,
        MovementKind::Transfer => from && to,
        MovementKind::Scrap | MovementKind::Issue => from && !to,
    }
}
