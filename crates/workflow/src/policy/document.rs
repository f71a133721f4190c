//! A policy file as written: its keys, before anything is checked. Unknown keys are refused.

use std::collections::BTreeMap;

use canonical::TaxTreatment;
use serde::Deserialize;
use serde::de::{Deserializer, Error as _};
use toml::Spanned;
use toml::value::Datetime;

use super::approval::ApprovalTrigger;
use super::blind::BlindBlock;
use super::calendar::Calendar;
use super::freight::FreightCredit;
use super::values::{Decimal, Words};
use super::when::when;
use super::without_goods::{AdvanceBlock, NoReceiptBlock, VendorReturnBlock};
use super::{Granularity, InventoryPosting};

/// The file.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Document {
    pub(super) version: String,
    pub(super) entity: String,
    pub(super) base_currency: Spanned<String>,
    pub(super) tz: Spanned<String>,
    pub(super) effective_from: Spanned<Datetime>,
    pub(super) effective_to: Option<Spanned<Datetime>>,
    pub(super) credit_granularity: Granularity,
    #[serde(default)]
    pub(super) inventory_posting: InventoryPosting,
    #[serde(deserialize_with = "days")]
    pub(super) grace_days: u32,
    #[serde(deserialize_with = "hours")]
    pub(super) orphan_wait_hours: u32,
    #[serde(default = "two_days", deserialize_with = "hours")]
    pub(super) inspection_wait_hours: u32,
    #[serde(deserialize_with = "hours")]
    pub(super) approval_sla_hours: u32,
    pub(super) over_receipt: Spanned<OverReceipt>,
    #[serde(default)]
    pub(super) documents: Documents,
    pub(super) no_receipt_credit: Option<Spanned<NoReceiptBlock>>,
    pub(super) advance_credit: Option<Spanned<AdvanceBlock>>,
    pub(super) advance_replacement: Option<Spanned<AdvanceBlock>>,
    pub(super) blind_return: Option<Spanned<BlindBlock>>,
    #[serde(default)]
    pub(super) vendor_return: VendorReturnBlock,
    #[serde(default)]
    pub(super) posting: Posting,
    #[serde(default)]
    pub(super) recall: Recall,
    #[serde(default)]
    pub(super) account: Vec<Spanned<AccountChange>>,
    pub(super) tolerances: Tolerances,
    #[serde(default)]
    pub(super) invoice_facts: InvoiceFactsBlock,
    pub(super) tax_engine: Option<Spanned<TaxEngine>>,
    #[serde(default)]
    pub(super) window: Vec<Spanned<Window>>,
    #[serde(default)]
    pub(super) credit_percent: Vec<Spanned<CreditPercent>>,
    #[serde(default)]
    pub(super) restocking_fee: Vec<Spanned<RestockingFee>>,
    #[serde(default)]
    pub(super) outbound_freight: Vec<Spanned<OutboundFreight>>,
    #[serde(default)]
    pub(super) return_label: Vec<Spanned<ReturnLabel>>,
    #[serde(default)]
    pub(super) approval: Vec<Spanned<Approval>>,
    pub(super) aggregate_window: Option<AggregateWindow>,
    pub(super) approval_decrease_tolerance: Option<Spanned<Decimal>>,
    pub(super) approval_calendar: Option<Spanned<Calendar>>,
    #[serde(default)]
    pub(super) escalation: BTreeMap<String, String>,
}

/// Credits of one customer on one invoice that are added up before they are compared with the ladder.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct AggregateWindow {
    pub(super) days: Spanned<u32>,
}

/// What may come on top of what was authorised: the smaller of both.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct OverReceipt {
    pub(super) percent: Decimal,
    pub(super) base_qty: Decimal,
}

/// The entity has a tax engine that is asked before a credit leaves.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct TaxEngine {
    #[serde(deserialize_with = "hours")]
    pub(super) wait_hours: u32,
}

/// Whether the ERP is asked what was invoiced.
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct InvoiceFactsBlock {
    /// Asked for lines that name an invoice without telling what was invoiced.
    pub(super) ask_when_missing: bool,
}

/// How far figures may lie apart before a person decides. Absent: not at all.
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct Tolerances {
    pub(super) price: Option<Spanned<Tolerance>>,
    pub(super) tax: Option<Spanned<Tolerance>>,
}

/// Within both: an amount, and a percentage of what is expected.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Tolerance {
    pub(super) abs: Decimal,
    pub(super) percent: Decimal,
}

/// Channels whose partners are told by documents of their own.
#[derive(Debug, Default, Clone, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct Documents {
    pub(super) answer: Vec<String>,
    pub(super) credit_advice: Vec<String>,
}

/// The posting calendar.
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct Posting {
    pub(super) closed_until: Option<Spanned<Datetime>>,
}

/// What is recalled.
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct Recall {
    pub(super) lots: Vec<String>,
}

/// What became of a customer's account.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct AccountChange {
    pub(super) account: String,
    pub(super) from: Spanned<Datetime>,
    pub(super) merged_into: Option<String>,
    #[serde(default)]
    pub(super) closed: bool,
}

/// Which facts a rule speaks about.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct When {
    pub(super) customer: Option<Words>,
    pub(super) segment: Option<Words>,
    pub(super) channel: Option<Words>,
    pub(super) item: Option<Words>,
    pub(super) reason: Option<Words>,
    pub(super) action: Option<Words>,
    pub(super) condition: Option<Words>,
    pub(super) liability: Option<Words>,
    pub(super) cel: Option<String>,
}

/// A rule on the return window.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Window {
    pub(super) id: String,
    #[serde(default, deserialize_with = "when")]
    pub(super) when: When,
    #[serde(deserialize_with = "days")]
    pub(super) days: u32,
}

/// A rule on how much is credited.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct CreditPercent {
    pub(super) id: String,
    #[serde(default, deserialize_with = "when")]
    pub(super) when: When,
    pub(super) percent: Decimal,
}

/// A rule on the restocking fee.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RestockingFee {
    pub(super) id: String,
    #[serde(default, deserialize_with = "when")]
    pub(super) when: When,
    pub(super) percent: Decimal,
    pub(super) min: Option<Decimal>,
    pub(super) max: Option<Decimal>,
    pub(super) tax_treatment: Option<TaxTreatment>,
}

/// A rule on freight to the customer.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct OutboundFreight {
    pub(super) id: String,
    #[serde(default, deserialize_with = "when")]
    pub(super) when: When,
    pub(super) credit: FreightCredit,
}

/// A rule on the return label.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ReturnLabel {
    pub(super) id: String,
    #[serde(default, deserialize_with = "when")]
    pub(super) when: When,
    pub(super) amount: Decimal,
    pub(super) tax_treatment: Option<TaxTreatment>,
}

/// A rule on who must approve.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Approval {
    pub(super) id: String,
    #[serde(default, deserialize_with = "when")]
    pub(super) when: When,
    pub(super) gross_over: Option<Decimal>,
    pub(super) trigger: Option<ApprovalTrigger>,
    pub(super) need: Vec<Need>,
}

/// A role that must approve.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Need {
    pub(super) role: String,
    #[serde(default = "one")]
    pub(super) count: u32,
}

fn one() -> u32 {
    1
}

fn two_days() -> u32 {
    48
}

/// Longest time of a policy, in days: a century. Calendars end somewhere.
const CENTURY: u32 = 36_500;

/// Days, not more than a century.
pub(super) fn days<'de, D: Deserializer<'de>>(deserializer: D) -> Result<u32, D::Error> {
    bounded(deserializer, CENTURY, "days")
}

/// Hours, not more than a century.
pub(super) fn hours<'de, D: Deserializer<'de>>(deserializer: D) -> Result<u32, D::Error> {
    bounded(deserializer, CENTURY * 24, "hours")
}

fn bounded<'de, D: Deserializer<'de>>(
    deserializer: D,
    most: u32,
    unit: &str,
) -> Result<u32, D::Error> {
    let number = u32::deserialize(deserializer)?;
    if number > most {
        let what = format!("{number} {unit} are more than a century ({most})");
        return Err(D::Error::custom(what));
    }
    Ok(number)
}
