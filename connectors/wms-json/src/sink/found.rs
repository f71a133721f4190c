//! What a look-up found. Pure.

use canonical::{CommandData, Qty};
use connector::{Failure, FailureKind, Found, Outbound};

use super::classify::{error, reference, said};
use super::client::Answer;
use crate::failures;
use crate::translate::Partner;
use crate::wire;

/// The documents of an answer to a look-up. A look-up changes nothing: whatever went wrong, it can be asked again.
pub(super) fn documents(answer: &Answer) -> Result<Vec<wire::Told>, Failure> {
    let said = said(answer.status.as_u16(), error(&answer.body).as_ref());
    match answer.status.as_u16() {
        200..=299 => wire::told_list(&answer.body).ok_or_else(|| {
            let what = format!("{said}, but the answer is no list of documents");
            Failure::unavailable(failures::UNREADABLE_ANSWER, what)
        }),
        401 | 403 => Err(Failure::misconfigured(failures::CREDENTIALS, said)),
        300..=399 | 404 | 405 => Err(Failure::misconfigured(failures::WRONG_ADDRESS, said)),
        429 => {
            let kind = FailureKind::Throttled {
                retry_after: answer.wait,
            };
            Err(Failure::new(kind, failures::THROTTLED, said))
        }
        400 | 402 | 406..=407 | 409..=428 | 430..=499 => {
            Err(Failure::rejected(failures::REFUSED, said))
        }
        _ => Err(Failure::unavailable(failures::SERVER_ERROR, said)),
    }
}

/// Those under our key, compared with what we said.
pub(super) fn found(
    what: &str,
    effect: &Outbound<'_>,
    partner: &Partner,
    documents: Vec<wire::Told>,
) -> Found {
    let key = effect.key.as_str();
    let mut ours: Vec<wire::Told> = documents;
    ours.retain(|told| told.keys.iter().any(|k| k == key));
    match ours.as_slice() {
        [] => Found::Nothing,
        [told] => match difference(effect, partner, told) {
            None => Found::Complete(reference(what, told)),
            Some(difference) => Found::Differs {
                document: reference(what, told),
                difference,
            },
        },
        several => Found::Several(several.iter().map(|told| reference(what, told)).collect()),
    }
}

fn difference(effect: &Outbound<'_>, partner: &Partner, told: &wire::Told) -> Option<String> {
    let rma = &effect.command.rma_number;
    if let Some(theirs) = told.rma.as_ref().filter(|theirs| *theirs != rma) {
        return Some(format!("it is about RMA {theirs}, ours about {rma}"));
    }
    match &effect.command.data {
        CommandData::AnnounceReturn(data) => {
            let sku = |ours: &str| partner.codes.sku.theirs(ours).unwrap_or(ours).to_owned();
            let ours = data.lines.iter().map(|line| (sku(&line.sku), line.qty));
            let (mut ours, mut theirs) = (ours.collect::<Vec<_>>(), quantities(told)?);
            ours.sort();
            theirs.sort();
            (ours != theirs).then(|| format!("it has {theirs:?}, ours has {ours:?}"))
        }
        CommandData::CancelAnnouncement(_) => {
            let status = told.status.as_deref().unwrap_or("cancelled");
            (status != "cancelled")
                .then(|| format!("its status is {status:?} at {}", partner.system))
        }
        CommandData::Notify(_)
        | CommandData::AnswerRequest(_)
        | CommandData::AdviseCredit(_)
        | CommandData::ReadInvoice(_)
        | CommandData::QuoteTax(_)
        | CommandData::CommitTax(_)
        | CommandData::VoidTax(_)
        | CommandData::CreateReturnOrder(_)
        | CommandData::ChangeReturnOrder(_)
        | CommandData::MoveStock(_)
        | CommandData::PostCreditMemo(_)
        | CommandData::ReverseCreditMemo(_)
        | CommandData::InvoiceRecovery(_)
        | CommandData::ReverseRecovery(_)
        | CommandData::OrderReplacement(_)
        | CommandData::ReturnToSupplier(_)
        | CommandData::ClaimFromSupplier(_) => None,
    }
}

/// Articles and quantities, if the partner shows lines.
fn quantities(told: &wire::Told) -> Option<Vec<(String, Qty)>> {
    (!told.lines.is_empty()).then(|| {
        let line = |(sku, qty): &(String, String)| (sku.clone(), qty.parse().unwrap_or_default());
        told.lines.iter().map(line).collect()
    })
}
