//! Our side of the proof: what was released to the ERP, read from stored effects. Pure.

use std::collections::BTreeMap;

use canonical::calculation::Sign;
use canonical::codes::ComponentType;
use canonical::command::{CreditMemo, StockMovement};
use canonical::effect::ErpRef;
use canonical::{Command, CommandData, Currency, Qty, StockStatus};
use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use serde::Serialize;
use store::{EffectRow, EffectState};

/// Where an effect stands, as far as the proof asks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub enum Standing {
    /// Confirmed by the ERP.
    Confirmed,
    /// On its way.
    UnderWay,
    /// Sent, and it is not known what became of it.
    Unknown,
    /// Refused, ambiguous or given up: a person is asked.
    Stopped,
}

impl Standing {
    /// None for what was never released.
    pub(crate) const fn of(state: EffectState) -> Option<Self> {
        match state {
            EffectState::Confirmed => Some(Self::Confirmed),
            EffectState::Ready | EffectState::InFlight => Some(Self::UnderWay),
            EffectState::Unknown => Some(Self::Unknown),
            EffectState::Rejected | EffectState::Ambiguous | EffectState::Parked => {
                Some(Self::Stopped)
            }
            EffectState::Planned | EffectState::Cancelled => None,
        }
    }
}

/// What every effect of the proof has.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Ours {
    /// Its key.
    pub key: String,
    /// Connector instance that delivers it.
    pub connector: String,
    /// Its return.
    pub return_id: String,
    /// Where it stands.
    pub standing: Standing,
    /// Since when it ought to be seen: its confirmation, or its release.
    pub since: Timestamp,
    /// Its business day: that of its posting, or the one it asks for.
    pub dated: Date,
    /// The day that it asks for.
    pub asked: Date,
    /// Days on which it was released and last changed: it is proven on those too, however it is dated.
    pub touched: [Date; 2],
    /// Number of its document, once confirmed.
    pub document_no: Option<String>,
}

impl Ours {
    /// Of an effect that asks for that day.
    pub(crate) fn of(row: &EffectRow, standing: Standing, asked: Date, zone: &TimeZone) -> Self {
        let document = row.document.as_ref();
        let document: Option<ErpRef> = document.and_then(|text| serde_json::from_str(text).ok());
        let posted = document.as_ref().and_then(|d| d.posting_date);
        let day = |at: Timestamp| at.to_zoned(zone.clone()).date();
        Self {
            key: row.effect_key.clone(),
            connector: row.connector.clone(),
            return_id: row.return_id.clone(),
            standing,
            since: if standing == Standing::Confirmed {
                row.updated_at
            } else {
                row.created_at
            },
            dated: posted.unwrap_or(asked),
            asked,
            touched: [day(row.created_at), day(row.updated_at)],
            document_no: document.as_ref().map(|d| d.doc_no.clone()),
        }
    }
}

/// A credit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct OurCredit {
    /// The effect.
    pub ours: Ours,
    /// Account that is credited.
    pub customer: String,
    /// Currency.
    pub currency: Currency,
    /// Net.
    pub net_minor: i64,
    /// Tax.
    pub tax_minor: i64,
    /// Gross.
    pub gross_minor: i64,
    /// What of the net is beside the goods: fees, label and freight, each kind by itself, below zero if to our favour.
    pub beside: Vec<i64>,
    /// Invoices that it is about.
    pub invoices: Vec<String>,
    /// Taken back by us: the reversal is confirmed.
    pub reversed: bool,
    /// A reversal is under way: either is right.
    pub reversing: bool,
}

/// A movement of stock.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct OurMovement {
    /// The effect.
    pub ours: Ours,
    /// Item.
    pub sku: String,
    /// How many, in base units.
    pub qty: Qty,
    /// Base unit.
    pub uom: String,
    /// Site.
    pub site: String,
    /// Status that the goods left.
    pub from: StockStatus,
    /// Status that the goods reached.
    pub to: StockStatus,
}

/// An effect as the proof sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fact {
    /// A credit memo.
    Credit(OurCredit),
    /// A reversal: key of the memo, and whether it is confirmed.
    Reversal {
        /// The memo.
        reverses: String,
        /// The ERP has taken it back.
        confirmed: bool,
    },
    /// A movement of stock.
    Movement(OurMovement),
}

/// Reads an effect. None for what the proof does not ask about: other kinds, other entities, never released.
pub fn read(row: &EffectRow, entity: &str, zone: &TimeZone) -> Option<Fact> {
    let standing = Standing::of(row.state)?;
    let command: Command = serde_json::from_str(&row.command).ok()?;
    if command.legal_entity != entity {
        return None;
    }
    let ours = |asked: Date| Ours::of(row, standing, asked, zone);
    match &command.data {
        CommandData::PostCreditMemo(memo) => {
            Some(Fact::Credit(credit(memo, ours(memo.document_date))))
        }
        CommandData::ReverseCreditMemo(reversal) if reversal.part.is_none() => {
            Some(Fact::Reversal {
                reverses: reversal.reverses.as_str().to_owned(),
                confirmed: standing == Standing::Confirmed,
            })
        }
        CommandData::MoveStock(stock) => {
            // The day as it is told to the ERP: in UTC.
            let asked = stock.moved_at.to_zoned(TimeZone::UTC).date();
            Some(Fact::Movement(movement(stock, ours(asked))))
        }
        // A part that is taken back leaves the memo as it is.
        CommandData::ReverseCreditMemo(_)
        | CommandData::ReadInvoice(_)
        | CommandData::QuoteTax(_)
        | CommandData::CommitTax(_)
        | CommandData::VoidTax(_)
        | CommandData::InvoiceRecovery(_)
        | CommandData::ReverseRecovery(_)
        | CommandData::OrderReplacement(_)
        | CommandData::ReturnToSupplier(_)
        | CommandData::ClaimFromSupplier(_)
        | CommandData::CreateReturnOrder(_)
        | CommandData::ChangeReturnOrder(_)
        | CommandData::AnnounceReturn(_)
        | CommandData::CancelAnnouncement(_)
        | CommandData::AnswerRequest(_)
        | CommandData::Notify(_)
        | CommandData::AdviseCredit(_) => None,
    }
}

fn credit(memo: &CreditMemo, ours: Ours) -> OurCredit {
    let totals = &memo.calculation.totals;
    let mut invoices: Vec<String> = memo
        .lines
        .iter()
        .filter_map(|line| Some(line.invoice_ref.as_ref()?.document.clone()))
        .collect();
    invoices.sort();
    invoices.dedup();
    OurCredit {
        customer: memo.bill_to.clone(),
        currency: memo.calculation.ccy,
        net_minor: totals.net_minor,
        tax_minor: totals.tax_minor,
        gross_minor: totals.gross_minor,
        beside: beside(memo),
        invoices,
        reversed: false,
        reversing: false,
        ours,
    }
}

/// Fees, label and freight of a memo without their tax, each kind by itself.
fn beside(memo: &CreditMemo) -> Vec<i64> {
    let mut kinds: BTreeMap<ComponentType, i64> = BTreeMap::new();
    for component in &memo.calculation.components {
        let is_beside =
            component.sign == Sign::Charge || component.kind == ComponentType::OutboundFreight;
        let is_goods = matches!(component.kind, ComponentType::Goods | ComponentType::Tax);
        if is_beside && !is_goods {
            let signed = match component.sign {
                Sign::Credit => component.amount_minor,
                Sign::Charge => -component.amount_minor,
            };
            *kinds.entry(component.kind).or_default() += signed;
        }
    }
    kinds.into_values().collect()
}

fn movement(stock: &StockMovement, ours: Ours) -> OurMovement {
    OurMovement {
        sku: stock.sku.clone(),
        qty: stock.base_qty,
        uom: stock.uom.clone(),
        site: stock.site.clone(),
        from: stock.from_status,
        to: stock.to_status,
        ours,
    }
}
