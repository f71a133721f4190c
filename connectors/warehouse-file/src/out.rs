//! Canonical commands → files for the warehouse.

use canonical::command::{Announcement, OrderLine};
use canonical::{Command, CommandData};
use connector::Failure;
use jiff::tz::TimeZone;

use crate::layout::{Field, Outgoing, Prepared};
use crate::translate::Partner;
use crate::wire::{self, Value, Values};
use crate::{failures, names};

/// Writes a command as a file.
pub(crate) fn encode(
    layout: &Prepared,
    partner: &Partner,
    command: &Command,
) -> Result<Vec<u8>, Failure> {
    let outgoing = outgoing(layout, command)?;
    let mut header = Values::new();
    let mut set = |field: Field, text: &str| {
        if !text.is_empty() {
            header.insert(field, Value::Text(text.to_owned()));
        }
    };
    set(Field::Key, command.effect_key.as_str());
    set(Field::Rma, &command.rma_number);
    set(Field::Site, partner.their_site(&command.site));
    set(Field::Customer, &command.customer_account);
    let rows = match &command.data {
        CommandData::AnnounceReturn(data) => {
            if let Some(date) = expires_on(data) {
                header.insert(Field::ExpiresOn, Value::Date(date));
            }
            let lines = data.lines.iter();
            lines
                .map(|line| row(outgoing, partner, line))
                .collect::<Result<_, Failure>>()?
        }
        CommandData::CancelAnnouncement(data) => {
            set(Field::AnnouncedAs, data.announced_as.as_str());
            set(Field::Text, &data.reason);
            vec![Values::new()]
        }
        _ => return Err(no_words(command)),
    };
    header.insert(Field::IssuedAt, Value::Moment(command.issued_at));
    wire::write(&outgoing.document, &header, &rows)
}

/// The day on which the announcement runs out.
fn expires_on(data: &Announcement) -> Option<jiff::civil::Date> {
    data.expires_at.map(|at| at.to_zoned(TimeZone::UTC).date())
}

fn row(outgoing: &Outgoing, partner: &Partner, line: &OrderLine) -> Result<Values, Failure> {
    let mut row = Values::new();
    let reason = line.reason.to_string();
    let theirs = outgoing.words.get(&reason).cloned();
    row.insert(Field::Line, Value::Text(line.line_no.to_string()));
    row.insert(
        Field::Sku,
        Value::Text(partner.codes.sku.theirs(&line.sku)?.to_owned()),
    );
    row.insert(Field::Qty, Value::Text(line.qty.to_string()));
    let uom = partner.codes.uom.theirs(&line.uom)?;
    row.insert(Field::Uom, Value::Text(uom.to_owned()));
    row.insert(Field::Reason, Value::Text(theirs.unwrap_or(reason)));
    row.insert(Field::Serial, Value::List(line.serials.clone()));
    if let Some(order) = &line.order {
        row.insert(Field::Order, Value::Text(order.clone()));
    }
    Ok(row)
}

/// The document that says this command.
fn outgoing<'a>(layout: &'a Prepared, command: &Command) -> Result<&'a Outgoing, Failure> {
    let outgoing = match &command.data {
        CommandData::AnnounceReturn(_) => layout.announce.as_ref(),
        CommandData::CancelAnnouncement(_) => layout.cancel.as_ref(),
        _ => None,
    };
    outgoing.ok_or_else(|| no_words(command))
}

fn no_words(command: &Command) -> Failure {
    let what = format!("the layout has no document for {}", command.kind);
    Failure::rejected(failures::NO_WORDS, what)
}

/// Kind of document and name of the file of a command: always the same for the same effect.
pub(crate) fn file_name(
    layout: &Prepared,
    command: &Command,
) -> Result<(&'static str, String), Failure> {
    let kind = match &command.data {
        CommandData::CancelAnnouncement(_) => "asn-cancel",
        _ => "asn",
    };
    let template = &outgoing(layout, command)?.name;
    let values = [
        ("key", command.effect_key.as_str()),
        ("rma", command.rma_number.as_str()),
    ];
    let name = names::filled(template, &values).ok_or_else(|| {
        let what = format!(
            "RMA {:?} cannot be part of the name of a file ({template})",
            command.rma_number
        );
        Failure::rejected(failures::CANNOT_WRITE, what)
    })?;
    Ok((kind, name))
}
