//! What a target shows of the credits against an invoice: also those that somebody keyed there by hand.

use canonical::{Money, Qty};

/// The credits against an invoice, as the target shows them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CreditsAgainst {
    /// The target has no question for it: nothing is known, and nothing is held against a credit.
    CannotSay,
    /// Every credit that is not taken back, drafts included where the target shows them; one entry for each line.
    Shown(Vec<ShownCredit>),
}

/// A credit, or one line of it, against an invoice.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ShownCredit {
    /// Number of the document in the target.
    pub document: String,
    /// What stands in the field that carries our key; empty if nothing does.
    pub key: String,
    /// Line of the invoice; none when the target does not know it.
    pub invoice_line: Option<String>,
    /// How many units, and the target's code of the unit; none when it does not say.
    pub quantity: Option<(Qty, String)>,
    /// Net, as a magnitude; none when the target shows the gross only.
    pub net: Option<Money>,
    /// Tax, as a magnitude; none when the target shows the gross only.
    pub tax: Option<Money>,
    /// Gross, as a magnitude.
    pub gross: Money,
}

/// Whether a connector's targets can be asked which credits they show against an invoice.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CreditsShown {
    /// They cannot: a credit keyed by hand is found by the reconciliation only.
    CannotSay,
    /// Where the profile says how to ask.
    ByProfile,
}

impl CreditsShown {
    /// Short name for tables.
    pub const fn name(self) -> &'static str {
        match self {
            Self::CannotSay => "cannot say",
            Self::ByProfile => "asked before a credit is sent, where the profile says how",
        }
    }
}
