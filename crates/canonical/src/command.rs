//! Canonical commands: what an effect asks of its target. A connector encodes them for its partner.

use jiff::Timestamp;
use jiff::civil::Date;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::calculation::{Calculation, CreditTax};
use crate::codes::{BusinessCode, ComponentType, DenialReason, EffectKind, Reason, StockStatus};
use crate::invoice::InvoiceRef;
use crate::key::EffectKey;
use crate::money::Money;
use crate::quantity::Qty;

mod onward;

pub use onward::{RecoveryInvoice, ReplacementOrder, SupplierClaim, SupplierReturnOrder};

/// A command for one target, with what every document of a return carries.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Command {
    /// Key of the effect: goes into the target's reference field.
    pub effect_key: EffectKey,
    /// The key's material in full, for people.
    pub key_text: String,
    /// Kind.
    pub kind: EffectKind,
    /// Return.
    pub return_id: String,
    /// RMA number.
    pub rma_number: String,
    /// Legal entity.
    pub legal_entity: String,
    /// Site.
    pub site: String,
    /// Sales channel of the return.
    #[serde(default)]
    pub channel: String,
    /// Customer account.
    pub customer_account: String,
    /// Correlation id.
    pub correlation_id: String,
    /// When it was decided.
    pub issued_at: Timestamp,
    /// What to do.
    pub data: CommandData,
}

impl Command {
    /// The amount at stake, if it moves money.
    pub fn amount(&self) -> Option<Money> {
        match &self.data {
            CommandData::PostCreditMemo(memo) => Some(memo.amount()),
            CommandData::ReverseCreditMemo(reversal) => Some(reversal.amount),
            CommandData::InvoiceRecovery(invoice) => Some(invoice.amount()),
            CommandData::ReverseRecovery(reversal) => Some(reversal.amount),
            CommandData::ClaimFromSupplier(claim) => claim.amount,
            CommandData::CreateReturnOrder(_)
            | CommandData::ChangeReturnOrder(_)
            | CommandData::OrderReplacement(_)
            | CommandData::ReturnToSupplier(_)
            | CommandData::AnnounceReturn(_)
            | CommandData::CancelAnnouncement(_)
            | CommandData::MoveStock(_)
            | CommandData::AnswerRequest(_)
            | CommandData::ReadInvoice(_)
            | CommandData::Notify(_) => None,
            CommandData::AdviseCredit(advice) => Some(advice.memo.amount()),
            CommandData::QuoteTax(refund) | CommandData::CommitTax(refund) => {
                Some(Money::new(refund.tax_minor, refund.ccy))
            }
            CommandData::VoidTax(_) => None,
        }
    }
}

/// What to do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "do", rename_all = "kebab-case")]
pub enum CommandData {
    /// Create a return order in the ERP.
    CreateReturnOrder(ReturnOrder),
    /// Change that return order: the return was amended.
    ChangeReturnOrder(ReturnOrderChange),
    /// Announce the return to the warehouse (RMA/ASN).
    AnnounceReturn(Announcement),
    /// Withdraw the announcement.
    CancelAnnouncement(AnnouncementCancel),
    /// Move stock, or write it off.
    MoveStock(StockMovement),
    /// Post a credit memo.
    PostCreditMemo(Box<CreditMemo>),
    /// Reverse a credit memo.
    ReverseCreditMemo(CreditReversal),
    /// Tell the customer.
    Notify(Notification),
    /// Answer the partner that asked for the return: authorised, in part, or denied (X12 180, EDIFACT RETINS).
    AnswerRequest(RequestAnswer),
    /// Tell the partner that asked for the return what was credited (X12 812, EDIFACT INVOIC 381).
    AdviseCredit(Box<CreditAdvice>),
    /// Ask the ERP what it invoiced.
    ReadInvoice(InvoiceQuestion),
    /// Ask the tax engine what it would give back.
    QuoteTax(Box<TaxRefund>),
    /// Tell the tax engine of a refund.
    CommitTax(Box<TaxRefund>),
    /// Withdraw a refund that the tax engine was told of.
    VoidTax(TaxVoid),
    /// Invoice what was credited or replaced in advance and did not come back.
    InvoiceRecovery(Box<RecoveryInvoice>),
    /// Take such an invoice back: the goods came after all.
    ReverseRecovery(CreditReversal),
    /// Send the customer other goods.
    OrderReplacement(ReplacementOrder),
    /// Send goods to their supplier.
    ReturnToSupplier(SupplierReturnOrder),
    /// Claim their value from the supplier.
    ClaimFromSupplier(SupplierClaim),
}

/// Which invoice the ERP is asked for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct InvoiceQuestion {
    /// Number of the invoice.
    pub document: String,
    /// Its date, as the customer's side named it.
    pub date: Date,
    /// Currency of the return: of the invoice where the ERP names none.
    pub ccy: crate::currency::Currency,
    /// Lines of the invoice that are returned.
    pub lines: Vec<String>,
}

/// A line of a return order or an announcement.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct OrderLine {
    /// Number.
    pub line_no: u32,
    /// Item.
    pub sku: String,
    /// How many, in `uom`.
    pub qty: Qty,
    /// Unit of measure.
    pub uom: String,
    /// Why.
    pub reason: Reason,
    /// Order it was sold on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub order: Option<String>,
    /// Invoice line.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub invoice_ref: Option<InvoiceRef>,
    /// Serial numbers expected.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub serials: Vec<String>,
}

/// A return order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ReturnOrder {
    /// Currency.
    pub ccy: crate::currency::Currency,
    /// Lines.
    pub lines: Vec<OrderLine>,
}

/// What a return order is to become.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ReturnOrderChange {
    /// Key of the return order.
    pub ordered_as: EffectKey,
    /// Currency.
    pub ccy: crate::currency::Currency,
    /// All of its lines, as they are to be: one that is not here is taken out.
    pub lines: Vec<OrderLine>,
}

/// An announcement to the warehouse.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Announcement {
    /// Until when the goods may come.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires_at: Option<Timestamp>,
    /// Lines.
    pub lines: Vec<OrderLine>,
}

/// The withdrawal of an announcement.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct AnnouncementCancel {
    /// Key of the announcement.
    pub announced_as: EffectKey,
    /// Why.
    pub reason: String,
}

/// A movement of stock.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct StockMovement {
    /// Item.
    pub sku: String,
    /// How many, in base units.
    pub base_qty: Qty,
    /// Base unit of measure.
    pub uom: String,
    /// Site.
    pub site: String,
    /// From which status.
    pub from_status: StockStatus,
    /// To which status.
    pub to_status: StockStatus,
    /// Disposition that asked for it; empty for goods that are booked when they arrive, and when those are taken back.
    pub disposition_id: String,
    /// When it physically happened.
    pub moved_at: Timestamp,
    /// Serial numbers.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub serials: Vec<String>,
}

/// What was decided on a request for a return.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum RequestDecision {
    /// All of it may come back.
    Authorized,
    /// A part of it may come back.
    PartlyAuthorized,
    /// Nothing may come back.
    Denied,
}

/// The answer to a request for a return.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct RequestAnswer {
    /// System that asked.
    pub system: String,
    /// Its request.
    pub request_id: String,
    /// The decision.
    pub decision: RequestDecision,
    /// Why not, when denied.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub denial: Option<DenialReason>,
    /// Until when the goods may come.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires_at: Option<Timestamp>,
    /// Lines as asked for.
    pub lines: Vec<AnsweredLine>,
}

/// A line of an answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct AnsweredLine {
    /// Number.
    pub line_no: u32,
    /// Item.
    pub sku: String,
    /// The customer's item number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub customer_sku: Option<String>,
    /// How many were asked for, in `uom`.
    pub qty_requested: Qty,
    /// How many may come back, in `uom`.
    pub qty_authorized: Qty,
    /// Unit of measure.
    pub uom: String,
    /// Why they come back.
    pub reason: Reason,
    /// Invoice line.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub invoice_ref: Option<InvoiceRef>,
}

/// What was credited, for the partner that asked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct CreditAdvice {
    /// System that asked.
    pub system: String,
    /// Its request.
    pub request_id: String,
    /// Key of the memo.
    pub advises: EffectKey,
    /// Number of the memo in the ERP.
    pub document_no: String,
    /// The memo as posted.
    pub memo: CreditMemo,
}

/// A line of a credit memo; amounts in minor units of the calculation's currency.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct CreditMemoLine {
    /// Number of the return line.
    pub line_no: u32,
    /// Item.
    pub sku: String,
    /// Base units credited.
    pub base_qty: Qty,
    /// Base unit of measure.
    pub uom: String,
    /// Net.
    pub net_minor: i64,
    /// Tax.
    pub tax_minor: i64,
    /// What it is for.
    pub text: String,
    /// Invoice line.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub invoice_ref: Option<InvoiceRef>,
    /// The tax in parts, one for each tax with its rate, with the sign of the line; they add up to `tax_minor`. None where an older
    /// version wrote it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub taxes: Vec<CreditTax>,
    /// OUTBOUND_FREIGHT or RETURN_LABEL_FEE; none for goods, their restocking fees, and corrections.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub component: Option<ComponentType>,
}

/// What was invoiced on a line that a credit memo takes from: all credits against it together may come to no more.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct InvoicedLine {
    /// Invoice line.
    pub invoice_ref: InvoiceRef,
    /// Units invoiced, base units.
    pub base_qty: Qty,
    /// Gross invoiced, minor units of the calculation's currency.
    pub gross_minor: i64,
}

/// A credit memo. Only the workflow's release guard makes one: receipt, inspection, policy and approval are behind it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct CreditMemo {
    /// The calculation, in full.
    pub calculation: Calculation,
    /// Account to credit.
    pub bill_to: String,
    /// Date of the document.
    pub document_date: Date,
    /// Date of posting when it is another than that of the document: the first day after a closed period.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub posting_date: Option<Date>,
    /// The memo that this one adds to, when it is a correction.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub corrects: Option<MemoRef>,
    /// Main reason.
    pub reason: Reason,
    /// Lines; their net and tax sum up to the calculation's totals exactly.
    pub lines: Vec<CreditMemoLine>,
    /// People who approved.
    #[serde(default)]
    pub approved_by: Vec<String>,
    /// The invoice lines that it takes from; those without an invoice are not there.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub invoiced: Vec<InvoicedLine>,
}

impl CreditMemo {
    /// What is paid out.
    pub const fn amount(&self) -> Money {
        Money::new(self.calculation.totals.payable_minor, self.calculation.ccy)
    }
}

/// A credit memo that was posted before.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct MemoRef {
    /// Its key.
    pub effect_key: EffectKey,
    /// Its number in the target.
    pub document_no: String,
}

/// The reversal of a credit memo, or of a part of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct CreditReversal {
    /// Key of the memo.
    pub reverses: EffectKey,
    /// Number of the memo in the target.
    pub document_no: String,
    /// What is taken back: the memo's payable amount, or the part of it.
    pub amount: Money,
    /// Why.
    pub reason: String,
    /// Day on which it was decided, where the entity keeps its books.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub document_date: Option<Date>,
    /// Date of posting when it is another than that of the document: the first day after a closed period.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub posting_date: Option<Date>,
    /// The part of the memo that is taken back; none: the whole memo.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub part: Option<Box<ReversedPart>>,
}

/// A part of a credit memo that is taken back. Amounts are magnitudes in minor units of the memo's currency.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ReversedPart {
    /// Hash of the calculation that it follows from; empty for the rest of a memo that was corrected before.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub calc_hash: String,
    /// Net.
    pub net_minor: i64,
    /// Tax. Net and tax are the reversal's amount exactly.
    pub tax_minor: i64,
    /// Lines; what is taken back is positive. Their net and tax sum up to those of the part exactly.
    pub lines: Vec<CreditMemoLine>,
    /// People who approved.
    #[serde(default)]
    pub approved_by: Vec<String>,
}

/// A refund, as a tax engine is asked about it and told of it. The original date decides the rates, not that of the refund.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct TaxRefund {
    /// Account that is credited.
    pub bill_to: String,
    /// Day of the refund.
    pub refund_date: Date,
    /// Currency.
    pub ccy: crate::currency::Currency,
    /// Lines that go back to an invoice.
    pub lines: Vec<TaxRefundLine>,
    /// Tax that the invoice gives back for the whole credit, minor units.
    pub tax_minor: i64,
}

/// A line of a refund; amounts in minor units, negative for fees.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct TaxRefundLine {
    /// Number of the return line.
    pub line_no: u32,
    /// Invoice line.
    pub invoice_ref: InvoiceRef,
    /// Item.
    pub sku: String,
    /// Base units.
    pub base_qty: Qty,
    /// Net.
    pub net_minor: i64,
    /// Tax that the invoice gives back.
    pub tax_minor: i64,
}

/// The withdrawal of a refund at the tax engine.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct TaxVoid {
    /// Key under which it was told.
    pub voids: EffectKey,
    /// Currency of the refund.
    pub ccy: crate::currency::Currency,
    /// Why.
    pub reason: String,
}

/// A message to the customer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Notification {
    /// Milestone.
    pub milestone: BusinessCode,
    /// Number of this milestone within the return, from 1.
    pub milestone_seq: u32,
    /// Channel.
    pub channel: String,
    /// Recipient.
    pub recipient: String,
    /// Values for the template.
    pub values: std::collections::BTreeMap<String, String>,
}
