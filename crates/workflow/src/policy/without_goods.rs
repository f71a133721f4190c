//! What a policy says about money and goods that leave before, or without, goods that come back; and about suppliers.

use canonical::{Currency, Reason};
use serde::Deserialize;
use toml::Spanned;

use super::approval::{ApprovalRule, ApprovalTrigger, Ground};
use super::reader::Reader;
use super::values::{Decimal, Words};

/// Credit without goods, as written.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct NoReceiptBlock {
    enabled: bool,
    max_gross: Decimal,
    reasons: Words,
    evidence: Option<String>,
    max_per_customer_90d: Option<u32>,
}

/// Credit, or replacement, before goods, as written.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct AdvanceBlock {
    segments: Option<Words>,
    max_gross: Decimal,
    #[serde(deserialize_with = "super::document::days")]
    due_days: u32,
    recovery: Recovery,
}

/// Returns to suppliers, as written.
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct VendorReturnBlock {
    pub(super) customer_credit: CustomerCredit,
}

/// How an advance is recovered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Recovery {
    /// By an invoice.
    Invoice,
}

/// When the customer is credited for goods that go to their supplier.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CustomerCredit {
    /// Whatever the supplier does.
    #[default]
    Independent,
    /// Once the supplier has credited us.
    AfterSupplierCredit,
}

/// When a customer is credited without sending goods back, and nobody is asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NoReceiptCredit {
    /// At most so much per return, gross, minor units of base currency.
    pub max_gross_minor: i64,
    /// For these reasons only.
    pub reasons: Vec<Reason>,
    /// With this kind of evidence on every line, if any is demanded.
    pub evidence: Option<String>,
    /// At most so many per customer in 90 days, this one included; any number if none.
    pub max_per_customer_90d: Option<u32>,
}

/// When a customer is credited, or gets other goods, before theirs are back, and nobody is asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AdvanceTerms {
    /// Customer segments; any if empty.
    pub segments: Vec<String>,
    /// At most so much per return, gross, minor units of base currency.
    pub max_gross_minor: i64,
    /// Days from the advance within which the goods are due; they end with the local day.
    pub due_days: u32,
}

/// `None` when the block is off, or after a problem.
pub(super) fn no_receipt(
    reader: &mut Reader<'_>,
    written: Option<Spanned<NoReceiptBlock>>,
    currency: Currency,
    approval: &[ApprovalRule],
) -> Option<NoReceiptCredit> {
    let written = written?;
    let place = reader.place(&written.span());
    let block = written.into_inner();
    let max_gross_minor = reader.amount(&place, "max_gross", &block.max_gross, currency);
    let reasons = reader.codes(&place, "reasons", Some(block.reasons), Reason::ALL);
    if block
        .evidence
        .as_ref()
        .is_some_and(|kind| kind.trim().is_empty())
    {
        reader.problem(
            &place,
            "evidence names nothing".to_owned(),
            "name a kind such as \"photo\", or leave it out if none is demanded",
        );
    }
    if !block.enabled {
        return None;
    }
    let answers = |rule: &ApprovalRule| {
        rule.ground == Ground::Trigger(ApprovalTrigger::NoReceipt) && !rule.need.is_empty()
    };
    if reader.problems.is_empty() && !approval.iter().any(answers) {
        reader.problem(
            &place,
            "credits without goods are on, and nobody is named for those outside of its rules"
                .to_owned(),
            "add a rule of approval with trigger = \"no_receipt\" that needs somebody",
        );
    }
    Some(NoReceiptCredit {
        max_gross_minor: max_gross_minor?,
        reasons,
        evidence: block.evidence,
        max_per_customer_90d: block.max_per_customer_90d,
    })
}

/// `None` when there is no block, or after a problem.
pub(super) fn advance(
    reader: &mut Reader<'_>,
    written: Option<Spanned<AdvanceBlock>>,
    currency: Currency,
) -> Option<AdvanceTerms> {
    let written = written?;
    let place = reader.place(&written.span());
    let block = written.into_inner();
    let Recovery::Invoice = block.recovery;
    let max_gross_minor = reader.amount(&place, "max_gross", &block.max_gross, currency);
    let segments = reader.words(&place, "segments", block.segments);
    if block.due_days == 0 {
        reader.problem(
            &place,
            "due_days is 0".to_owned(),
            "give the goods a day at least: they cannot be back before they are credited",
        );
    }
    Some(AdvanceTerms {
        segments,
        max_gross_minor: max_gross_minor?,
        due_days: block.due_days,
    })
}
