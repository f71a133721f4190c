//! What is at stake in an approval: the credit that it is for, the money, and what follows from a yes and from a no.

use canonical::Money;
use canonical::approval::{Approval, ApprovalSubject};
use canonical::calculation::Calculation;
use jiff::Timestamp;
use workflow::{
    Correction, CreditRecord, PolicySet, approvals, calculation_of, corrected_memo, correction_of,
};

use crate::approve::Case;

impl Case {
    /// The credit that it is for; none for what moves no money.
    pub fn credit(&self) -> Option<&CreditRecord> {
        let id = &self.approval.approval_id;
        let credits = self.state.credits().iter();
        credits.rev().find(|c| c.approval_id.as_ref() == Some(id))
    }

    /// What the customer would get, below zero what they would give back; none for what moves no money.
    pub fn money(&self) -> Option<Money> {
        let currency = self.state.header().currency;
        self.credit().map(|c| Money::new(c.payable_minor, currency))
    }

    /// The calculation, of a correction the difference; none if it is another one by now, or its policy is not configured
    /// here.
    pub fn calculation(&self, policies: &PolicySet) -> Option<Calculation> {
        calculation_of(&self.state, policies, self.credit()?.version)
    }

    /// What a correction is the difference of; none for everything else, and where there is no calculation.
    pub fn correction(&self, policies: &PolicySet) -> Option<Correction> {
        correction_of(&self.state, policies, self.credit()?.version)
    }

    /// What it is for, in a word.
    pub const fn what(&self) -> &'static str {
        match self.approval.subject {
            ApprovalSubject::Return => "return",
            ApprovalSubject::Calc => "credit",
            ApprovalSubject::Override => "override",
            ApprovalSubject::Replay => "replay",
        }
    }

    /// True if it waits for that role, or that role may stand in.
    pub fn waits_for(&self, role: &str) -> bool {
        let missing = approvals::missing(&self.approval);
        let stands_in = self.approval.stand_ins.iter().any(|other| other == role);
        stands_in || missing.iter().any(|(asked, _)| asked == role)
    }

    /// When it is escalated; the end of time if never. What is due first stands first.
    pub fn due(&self) -> Timestamp {
        self.approval.expires_at.unwrap_or(Timestamp::MAX)
    }

    /// What follows from a yes and from a no, in sentences.
    pub fn follows(&self) -> Vec<String> {
        let header = self.state.header();
        if !approvals::is_open(&self.approval) {
            let state = self.approval.state;
            return vec![format!("it is {state} and takes no decisions")];
        }
        match self.approval.subject {
            ApprovalSubject::Calc => match self.credit() {
                Some(credit) if credit.corrects.is_some() => self.of_correction(credit),
                Some(_) | None => self.of_credit(),
            },
            ApprovalSubject::Return if header.authorized_at.is_none() => vec![
                format!(
                    "if approved: the return is authorised, and {} expects the goods; no money moves yet",
                    header.return_to_site
                ),
                "if rejected: it is declined, and its units of the invoice are free again"
                    .to_owned(),
            ],
            ApprovalSubject::Return => vec![
                "if approved: the late goods are inspected as if they had come in time".to_owned(),
                "if rejected: they stay on hold, and are not credited".to_owned(),
            ],
            ApprovalSubject::Override | ApprovalSubject::Replay => Vec::new(),
        }
    }

    fn of_credit(&self) -> Vec<String> {
        let header = self.state.header();
        let money = self.money();
        let amount = money.map_or_else(String::new, |money| format!(" of {money}"));
        vec![
            format!(
                "if approved: a credit memo{amount} to {} is posted in the books of {}",
                header.bill_to, header.legal_entity
            ),
            "if rejected: these units are not credited".to_owned(),
        ]
    }

    fn of_correction(&self, credit: &CreditRecord) -> Vec<String> {
        let header = self.state.header();
        let (bill_to, entity) = (&header.bill_to, &header.legal_entity);
        let memo = match corrected_memo(&self.state, credit) {
            number if number.is_empty() => "the posted credit memo".to_owned(),
            number => format!("credit memo {number}"),
        };
        let amount = Money::new(credit.payable_minor.saturating_abs(), header.currency);
        let (yes, no) = match credit.payable_minor {
            ..0 => (
                format!(
                    "{amount} of {memo} to {bill_to} is taken back: a partial reversal is posted in the books of {entity}"
                ),
                "nothing of it is taken back",
            ),
            0.. => (
                format!(
                    "a credit memo of {amount}, the difference to {memo}, to {bill_to} is posted in the books of {entity}"
                ),
                "nothing is added to it",
            ),
        };
        vec![
            format!("if approved: {yes}"),
            format!("if rejected: {memo} stands as it is posted, and {no}"),
        ]
    }
}

/// Roles, and how many people of each.
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
