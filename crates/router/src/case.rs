//! An approval in words: what it is for, who is missing, what follows from an answer.

use canonical::Money;
use canonical::approval::{Approval, ApprovalSubject};
use canonical::calculation::Calculation;
use workflow::{CreditRecord, approvals};

use crate::approve::Case;

/// The credit that an approval is for.
pub fn credit_of(case: &Case) -> Option<&CreditRecord> {
    let id = &case.approval.approval_id;
    let credits = case.state.credits().iter();
    credits.rev().find(|c| c.approval_id.as_ref() == Some(id))
}

/// What the customer would get; none for what moves no money.
pub fn money(case: &Case) -> Option<Money> {
    let credit = credit_of(case)?;
    Some(Money::new(
        credit.payable_minor,
        case.state.header().currency,
    ))
}

/// What it is for, in a word.
pub const fn what(subject: ApprovalSubject) -> &'static str {
    match subject {
        ApprovalSubject::Return => "return",
        ApprovalSubject::Calc => "credit",
        ApprovalSubject::Override => "override",
        ApprovalSubject::Replay => "replay",
    }
}

/// Roles and how many people of each.
pub fn roles<'a>(needs: impl Iterator<Item = (&'a str, u32)>) -> String {
    let words: Vec<String> = needs
        .map(|(role, count)| match count {
            1 => role.to_owned(),
            _ => format!("{count} × {role}"),
        })
        .collect();
    words.join(", ")
}

/// Roles that are still missing, with those that may stand in; empty if none is.
pub fn missing(approval: &Approval) -> String {
    let missing = approvals::missing(approval);
    let text = roles(missing.iter().map(|(role, count)| (role.as_str(), *count)));
    if approval.stand_ins.is_empty() || text.is_empty() {
        text
    } else {
        format!("{text} (or {})", approval.stand_ins.join(", "))
    }
}

/// What follows from a yes and from a no, in sentences.
pub fn follows(case: &Case, calculation: Option<&Calculation>) -> Vec<String> {
    let header = case.state.header();
    let mut lines = Vec::new();
    if !approvals::is_open(&case.approval) {
        return vec![format!(
            "it is {} and takes no decisions",
            case.approval.state
        )];
    }
    match case.approval.subject {
        ApprovalSubject::Calc => {
            let amount = calculation.map(|c| Money::new(c.totals.payable_minor, c.ccy));
            let amount = amount.map_or_else(|| "the credit".to_owned(), |m| m.to_string());
            lines.push(format!(
                "if approved: a credit memo of {amount} to {} is posted in the books of {}",
                header.bill_to, header.legal_entity
            ));
            lines.push("if rejected: these units are not credited".to_owned());
        }
        ApprovalSubject::Return if header.authorized_at.is_none() => {
            lines.push(format!(
                "if approved: the return is authorised, and {} expects the goods; no money moves yet",
                header.return_to_site
            ));
            lines.push(
                "if rejected: it is declined, and its units of the invoice are free again"
                    .to_owned(),
            );
        }
        ApprovalSubject::Return => {
            lines.push(
                "if approved: the late goods are inspected as if they had come in time".to_owned(),
            );
            lines.push("if rejected: they stay on hold, and are not credited".to_owned());
        }
        ApprovalSubject::Override | ApprovalSubject::Replay => {}
    }
    lines
}
