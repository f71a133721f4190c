//! Papers: what an ERP is asked to put into its books, in plain values. Every connector to an ERP lays the same ones
//! before its profile's jq. Pure.

mod charge;
mod credit;
mod credit_line;
mod onward;
mod order;
mod recovery;
mod reversal;
mod stock;
mod tax;

use std::collections::BTreeMap;

use canonical::{Command, CommandData};
use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde::Serialize;
use uuid::Uuid;

pub use charge::Charge;
pub use credit::CreditPaper;
pub use credit_line::{CreditPaperLine, TaxPart};
pub use onward::{ReplacementPaper, SupplierPaper};
pub use order::{ReturnOrderChangePaper, ReturnOrderLine, ReturnOrderPaper};
pub use recovery::{RecoveryPaper, RecoveryPaperLine};
pub use reversal::{ReversalPaper, ReversalPaperLine};
pub use stock::{Movement, StockPaper};
pub use tax::{TaxPaper, TaxPaperLine, TaxVoidPaper};

use crate::Failure;

/// A paper to be laid before the ERP: what a profile's jq gets as its input. Amounts and quantities are decimal texts,
/// dates `YYYY-MM-DD`, so that nothing is lost on the way through jq.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Paper {
    /// Our key, for the ERP's reference field.
    pub key: String,
    /// The same as a name-based UUID, for targets that want one.
    pub key_guid: String,
    /// The return.
    pub return_id: String,
    /// Its RMA number.
    pub rma_number: String,
    /// Whose books.
    pub legal_entity: String,
    /// Where the goods are.
    pub site: String,
    /// The customer's account.
    pub customer: String,
    /// What ties everything about the return together.
    pub correlation_id: String,
    /// Day (UTC) on which it was decided.
    pub issued_on: String,
    /// Instant at which it was decided.
    pub issued_at: String,
    /// The instance's own values, from its configuration.
    pub vars: BTreeMap<String, String>,
    /// What it is about.
    #[serde(flatten)]
    pub matter: Matter,
}

/// What the paper is about.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "paper", rename_all = "kebab-case")]
pub enum Matter {
    /// The customer sends goods back.
    ReturnOrder(ReturnOrderPaper),
    /// A return order is to say something else from now on.
    ReturnOrderChange(ReturnOrderChangePaper),
    /// Goods move.
    StockMovement(StockPaper),
    /// The customer gets a credit.
    CreditMemo(CreditPaper),
    /// A credit is taken back.
    CreditReversal(ReversalPaper),
    /// A tax engine is asked about a refund.
    TaxQuote(TaxPaper),
    /// A tax engine is told of a refund.
    TaxCommit(TaxPaper),
    /// A refund that it was told of is withdrawn; the paper's key is the one under which it was told.
    TaxVoid(TaxVoidPaper),
    /// The customer pays back what was advanced.
    RecoveryInvoice(RecoveryPaper),
    /// Such an invoice is taken back.
    RecoveryReversal(ReversalPaper),
    /// The customer gets other goods.
    ReplacementOrder(ReplacementPaper),
    /// Goods go to their supplier.
    SupplierReturn(SupplierPaper),
    /// Their value is claimed from the supplier.
    SupplierClaim(SupplierPaper),
}

impl Paper {
    /// Writes a command as a paper. `Rejected` with the code `no_words` when an ERP has no paper for it, or when its
    /// amounts cannot be put on one.
    pub fn of(
        command: &Command,
        vars: &BTreeMap<String, String>,
        no_words: &'static str,
    ) -> Result<Self, Failure> {
        let matter = match &command.data {
            CommandData::CreateReturnOrder(order) => {
                Matter::ReturnOrder(ReturnOrderPaper::of(order))
            }
            CommandData::MoveStock(movement) => {
                Matter::StockMovement(StockPaper::of(movement, no_words)?)
            }
            CommandData::PostCreditMemo(memo) => {
                Matter::CreditMemo(CreditPaper::of(memo, no_words)?)
            }
            CommandData::ReverseCreditMemo(reversal) => {
                Matter::CreditReversal(ReversalPaper::of(reversal))
            }
            CommandData::QuoteTax(refund) => Matter::TaxQuote(TaxPaper::of(refund)),
            CommandData::CommitTax(refund) => Matter::TaxCommit(TaxPaper::of(refund)),
            CommandData::VoidTax(void) => Matter::TaxVoid(TaxVoidPaper::of(void)),
            CommandData::InvoiceRecovery(invoice) => {
                Matter::RecoveryInvoice(RecoveryPaper::of(invoice, no_words)?)
            }
            CommandData::ReverseRecovery(reversal) => {
                Matter::RecoveryReversal(ReversalPaper::of(reversal))
            }
            CommandData::OrderReplacement(order) => {
                Matter::ReplacementOrder(ReplacementPaper::of(order))
            }
            CommandData::ReturnToSupplier(goods) => {
                Matter::SupplierReturn(SupplierPaper::of_return(goods))
            }
            CommandData::ClaimFromSupplier(claim) => {
                Matter::SupplierClaim(SupplierPaper::of_claim(claim))
            }
            CommandData::ChangeReturnOrder(change) => {
                Matter::ReturnOrderChange(ReturnOrderChangePaper::of(change))
            }
            CommandData::AnnounceReturn(_)
            | CommandData::CancelAnnouncement(_)
            | CommandData::AnswerRequest(_)
            | CommandData::AdviseCredit(_)
            | CommandData::ReadInvoice(_)
            | CommandData::Notify(_) => {
                let message = format!(
                    "an ERP keeps no paper for {}: send it elsewhere",
                    command.kind
                );
                return Err(Failure::rejected(no_words, message));
            }
        };
        // A withdrawal has no document of its own: it is what became of the one that is withdrawn.
        let key = match &command.data {
            CommandData::VoidTax(void) => void.voids.as_str(),
            _ => command.effect_key.as_str(),
        };
        let site = match &command.data {
            CommandData::MoveStock(movement) => movement.site.clone(),
            CommandData::ReturnToSupplier(goods) => goods.site.clone(),
            CommandData::ClaimFromSupplier(claim) => claim.goods.site.clone(),
            _ => command.site.clone(),
        };
        Ok(Self {
            key: key.to_owned(),
            key_guid: guid(key),
            return_id: command.return_id.clone(),
            rma_number: command.rma_number.clone(),
            legal_entity: command.legal_entity.clone(),
            site,
            customer: command.customer_account.clone(),
            correlation_id: command.correlation_id.clone(),
            issued_on: day(command.issued_at),
            issued_at: command.issued_at.to_string(),
            vars: vars.clone(),
            matter,
        })
    }
}

/// A UUID of version 5 over the key: the same key gives the same one.
fn guid(key: &str) -> String {
    Uuid::new_v5(&Uuid::NAMESPACE_OID, key.as_bytes())
        .simple()
        .to_string()
}

fn day(instant: Timestamp) -> String {
    instant.to_zoned(TimeZone::UTC).date().to_string()
}

#[cfg(test)]
mod tests;
