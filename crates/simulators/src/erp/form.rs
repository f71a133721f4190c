//! What is sent in, by collection, once its form is right.

use serde_json::Value;

use super::books::Body;
use super::onward::{GoodsOrder, RecoveryInvoice};
use super::paper::{CreditMemo, ReturnOrder, StockMovement};
use super::{Collection, refusals};
use crate::answer::{Refusal, read_value};

/// A paper of which the form is right.
pub(super) enum Paper {
    Order(ReturnOrder),
    Movement(StockMovement),
    Memo(Box<CreditMemo>),
    Recovery(RecoveryInvoice),
    Goods(Collection, GoodsOrder),
}

impl Paper {
    pub(super) fn read(collection: Collection, body: &Body) -> Result<Self, Refusal> {
        let value = Value::Object(body.clone());
        let paper = match collection {
            Collection::ReturnOrders => Self::Order(read_value(&value)?),
            Collection::StockMovements => Self::Movement(read_value(&value)?),
            Collection::CreditMemos => Self::Memo(Box::new(read_value(&value)?)),
            Collection::RecoveryInvoices => Self::Recovery(read_value(&value)?),
            Collection::ReplacementOrders
            | Collection::VendorReturns
            | Collection::VendorClaims => Self::Goods(collection, read_value(&value)?),
            Collection::CreditMemoCancellations | Collection::RecoveryInvoiceCancellations => {
                return Err(Refusal::not_found("cancellations are made by cancelling"));
            }
        };
        refusals::key(paper.key())?;
        paper.check()?;
        Ok(paper)
    }

    pub(super) fn key(&self) -> &str {
        match self {
            Self::Order(order) => &order.external_document_number,
            Self::Movement(movement) => &movement.external_document_number,
            Self::Memo(memo) => &memo.external_document_number,
            Self::Recovery(invoice) => &invoice.external_document_number,
            Self::Goods(_, order) => &order.external_document_number,
        }
    }

    pub(super) fn check(&self) -> Result<(), Refusal> {
        match self {
            Self::Order(order) => refusals::lines(order.lines.len()),
            Self::Movement(movement) => {
                refusals::lines(movement.lines.len())?;
                refusals::movement(movement)
            }
            Self::Memo(memo) => {
                refusals::lines(memo.lines.len())?;
                refusals::totals(memo)
            }
            Self::Recovery(invoice) => {
                refusals::lines(invoice.lines.len())?;
                invoice.check()
            }
            Self::Goods(collection, order) => {
                refusals::lines(order.lines.len())?;
                order.check(*collection)
            }
        }
    }
}
