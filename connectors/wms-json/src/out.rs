//! Canonical commands → what we say to a warehouse.

use canonical::command::{Announcement, AnnouncementCancel, Notification};
use canonical::{Command, CommandData};
use connector::Failure;
use jiff::tz::TimeZone;
use serde::Serialize;

use crate::failures;
use crate::translate::Partner;
use crate::wire;

/// Writes a command as the partner's JSON.
pub(crate) fn encode(partner: &Partner, command: &Command) -> Result<Vec<u8>, Failure> {
    match &command.data {
        CommandData::AnnounceReturn(data) => bytes(&announcement(partner, command, data)?),
        CommandData::CancelAnnouncement(data) => bytes(&cancel(command, data)),
        CommandData::Notify(data) => bytes(&notification(command, data)),
        CommandData::CreateReturnOrder(_)
        | CommandData::ChangeReturnOrder(_)
        | CommandData::AnswerRequest(_)
        | CommandData::AdviseCredit(_)
        | CommandData::ReadInvoice(_)
        | CommandData::QuoteTax(_)
        | CommandData::CommitTax(_)
        | CommandData::VoidTax(_)
        | CommandData::MoveStock(_)
        | CommandData::PostCreditMemo(_)
        | CommandData::ReverseCreditMemo(_)
        | CommandData::InvoiceRecovery(_)
        | CommandData::ReverseRecovery(_)
        | CommandData::OrderReplacement(_)
        | CommandData::ReturnToSupplier(_)
        | CommandData::ClaimFromSupplier(_) => {
            let what = format!("a warehouse has no words for {}", command.kind);
            Err(Failure::rejected(failures::CANNOT_SAY, what))
        }
    }
}

fn announcement(
    partner: &Partner,
    command: &Command,
    data: &Announcement,
) -> Result<wire::Announcement, Failure> {
    let lines = data.lines.iter().map(|line| {
        Ok(wire::AnnouncementLine {
            line: line.line_no,
            sku: partner.codes.sku.theirs(&line.sku)?.to_owned(),
            quantity: line.qty.to_string(),
            uom: partner.codes.uom.theirs(&line.uom)?.to_owned(),
            serials: line.serials.clone(),
        })
    });
    Ok(wire::Announcement {
        external_reference: command.effect_key.to_string(),
        rma_number: command.rma_number.clone(),
        site: partner.their_site(&command.site).to_owned(),
        customer: command.customer_account.clone(),
        expires_on: data
            .expires_at
            .map(|at| at.to_zoned(TimeZone::UTC).date().to_string()),
        lines: lines.collect::<Result<_, Failure>>()?,
    })
}

fn cancel(command: &Command, data: &AnnouncementCancel) -> wire::Cancel {
    wire::Cancel {
        external_reference: command.effect_key.to_string(),
        reason: data.reason.clone(),
    }
}

fn notification(command: &Command, data: &Notification) -> wire::Notification {
    wire::Notification {
        key: command.effect_key.to_string(),
        recipient: data.recipient.clone(),
        channel: data.channel.clone(),
        milestone: data.milestone.to_string(),
        milestone_seq: data.milestone_seq,
        rma: command.rma_number.clone(),
        text: data.milestone.sentence().to_owned(),
        values: data.values.clone(),
    }
}

fn bytes(message: &impl Serialize) -> Result<Vec<u8>, Failure> {
    serde_json::to_vec(message)
        .map_err(|error| Failure::rejected(failures::CANNOT_SAY, error.to_string()))
}
