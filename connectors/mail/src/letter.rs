//! A command as a message (RFC 5322). Pure: the same command gives the same bytes.

use std::time::SystemTime;

use canonical::command::Notification;
use canonical::{Command, CommandData};
use connector::Failure;
use lettre::Message;
use lettre::address::Envelope;
use lettre::message::Mailbox;
use lettre::message::header::{ContentType, HeaderName, HeaderValue, Headers};

use crate::book::Book;
use crate::failures;
use crate::templates::Templates;

/// Who writes.
#[derive(Debug, Clone)]
pub(crate) struct Sender {
    pub(crate) from: Mailbox,
    pub(crate) reply_to: Option<Mailbox>,
}

/// Everything a message is made of.
#[derive(Debug)]
pub(crate) struct Desk {
    pub(crate) sender: Sender,
    pub(crate) book: Book,
    pub(crate) templates: Templates,
}

impl Desk {
    /// The message, whole.
    pub(crate) fn letter(&self, command: &Command) -> Result<Vec<u8>, Failure> {
        let notification = notification(command)?;
        let account = notification.recipient.as_str();
        let language = self.book.language(account);
        let mut values = notification.values.clone();
        for (name, value) in [
            ("customer", account),
            ("milestone", notification.milestone.word()),
            ("legal_entity", &command.legal_entity),
        ] {
            values.insert(name.to_owned(), value.to_owned());
        }
        // One line each: a value must not end the subject and begin another header.
        for value in values.values_mut() {
            *value = value.replace(char::is_control, " ");
        }
        let text = self
            .templates
            .fill(language, notification.milestone, values)
            .map_err(|what| Failure::rejected(failures::TEMPLATE, what))?;
        let written = u64::try_from(command.issued_at.as_second()).unwrap_or_default();
        let mut message = Message::builder()
            .from(self.sender.from.clone())
            .date(SystemTime::UNIX_EPOCH + std::time::Duration::from_secs(written))
            .message_id(Some(self.message_id(command)))
            .subject(text.subject)
            .header(ContentType::TEXT_PLAIN);
        for address in self.book.addresses(account)? {
            message = message.to(address);
        }
        if let Some(reply_to) = &self.sender.reply_to {
            message = message.reply_to(reply_to.clone());
        }
        let mut message = message
            .body(text.body)
            .map_err(|error| Failure::rejected(failures::TEMPLATE, error.to_string()))?;
        automatic(message.headers_mut(), language);
        Ok(message.formatted())
    }

    /// Who hands it over to whom.
    pub(crate) fn envelope(&self, command: &Command) -> Result<Envelope, Failure> {
        let addresses = self.book.addresses(&notification(command)?.recipient)?;
        let to = addresses.into_iter().map(|mailbox| mailbox.email).collect();
        Envelope::new(Some(self.sender.from.email.clone()), to)
            .map_err(|error| Failure::rejected(failures::BAD_ADDRESS, error.to_string()))
    }

    /// Derived from the effect: a mail system that recognises doubles recognises this one.
    pub(crate) fn message_id(&self, command: &Command) -> String {
        let domain = self.sender.from.email.domain();
        format!("<{}@{domain}>", command.effect_key)
    }
}

/// Says that no person wrote it, so that no machine answers (RFC 3834 §5), and in which language it is.
fn automatic(headers: &mut Headers, language: &str) {
    for (name, value) in [
        ("Auto-Submitted", "auto-generated"),
        ("Content-Language", language),
    ] {
        if let Ok(name) = HeaderName::new_from_ascii(name.to_owned()) {
            headers.insert_raw(HeaderValue::new(name, value.to_owned()));
        }
    }
}

fn notification(command: &Command) -> Result<&Notification, Failure> {
    if let CommandData::Notify(notification) = &command.data {
        return Ok(notification);
    }
    let what = format!("{} is no message to a customer", command.kind);
    Err(Failure::rejected(failures::CANNOT_SAY, what))
}
