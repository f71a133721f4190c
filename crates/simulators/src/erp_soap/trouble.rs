//! Why something was not done: the codes, and how each is told.

use serde::{Deserialize, Serialize};

/// What went wrong. The table in the [wire](super) says what each means.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Code {
    /// No envelope.
    Malformed,
    /// Element missing, unknown, out of order or of the wrong form.
    Schema,
    /// No such operation.
    UnknownOperation,
    /// The action names another operation.
    WrongAction,
    /// The envelope is of the other SOAP version.
    VersionMismatch,
    /// A header block that is not understood.
    MustUnderstand,
    /// Who is it?
    FailedAuthentication,
    /// No such customer.
    UnknownCustomer,
    /// No postings for this customer.
    CustomerBlocked,
    /// No such invoice.
    UnknownInvoice,
    /// More credited than invoiced.
    AmountOverInvoice,
    /// The posting date is in a closed period.
    PeriodClosed,
    /// Header and lines do not add up.
    WrongTotals,
    /// No lines.
    EmptyDocument,
    /// Movement type and statuses do not fit.
    InvalidMovement,
    /// Nothing there to reverse.
    UnknownDocument,
    /// Reversed before, under another key.
    AlreadyReversed,
    /// The key is taken.
    DuplicateDocument,
    /// The key is taken by other content.
    KeyConflict,
    /// Refused on demand.
    SimulatedRefusal,
    /// Outside the batch window.
    Closed,
    /// Another session is open.
    Busy,
    /// Nobody knows what was done.
    Internal,
}

impl Code {
    /// The word in `Code` and `CODE`.
    pub fn word(self) -> &'static str {
        match self {
            Self::Malformed => "MALFORMED",
            Self::Schema => "SCHEMA",
            Self::UnknownOperation => "UNKNOWN_OPERATION",
            Self::WrongAction => "WRONG_ACTION",
            Self::VersionMismatch => "VERSION_MISMATCH",
            Self::MustUnderstand => "MUST_UNDERSTAND",
            Self::FailedAuthentication => "FAILED_AUTHENTICATION",
            Self::UnknownCustomer => "UNKNOWN_CUSTOMER",
            Self::CustomerBlocked => "CUSTOMER_BLOCKED",
            Self::UnknownInvoice => "UNKNOWN_INVOICE",
            Self::AmountOverInvoice => "AMOUNT_OVER_INVOICE",
            Self::PeriodClosed => "PERIOD_CLOSED",
            Self::WrongTotals => "WRONG_TOTALS",
            Self::EmptyDocument => "EMPTY_DOCUMENT",
            Self::InvalidMovement => "INVALID_MOVEMENT",
            Self::UnknownDocument => "UNKNOWN_DOCUMENT",
            Self::AlreadyReversed => "ALREADY_REVERSED",
            Self::DuplicateDocument => "DUPLICATE_DOCUMENT",
            Self::KeyConflict => "KEY_CONFLICT",
            Self::SimulatedRefusal => "SIMULATED_REFUSAL",
            Self::Closed => "CLOSED",
            Self::Busy => "BUSY",
            Self::Internal => "INTERNAL",
        }
    }

    /// The part of a fault code after the dot.
    pub(super) fn subcode(self) -> &'static str {
        match self {
            Self::Malformed => "Malformed",
            Self::Schema => "Schema",
            Self::UnknownOperation => "UnknownOperation",
            Self::WrongAction => "WrongAction",
            Self::VersionMismatch => "VersionMismatch",
            Self::MustUnderstand => "MustUnderstand",
            Self::FailedAuthentication => "FailedAuthentication",
            Self::UnknownCustomer => "UnknownCustomer",
            Self::CustomerBlocked => "CustomerBlocked",
            Self::UnknownInvoice => "UnknownInvoice",
            Self::AmountOverInvoice => "AmountOverInvoice",
            Self::PeriodClosed => "PeriodClosed",
            Self::WrongTotals => "WrongTotals",
            Self::EmptyDocument => "EmptyDocument",
            Self::InvalidMovement => "InvalidMovement",
            Self::UnknownDocument => "UnknownDocument",
            Self::AlreadyReversed => "AlreadyReversed",
            Self::DuplicateDocument => "DuplicateDocument",
            Self::KeyConflict => "KeyConflict",
            Self::SimulatedRefusal => "SimulatedRefusal",
            Self::Closed => "Closed",
            Self::Busy => "Busy",
            Self::Internal => "Internal",
        }
    }

    /// Whose fault it is.
    pub(super) fn side(self) -> Side {
        match self {
            Self::VersionMismatch => Side::Version,
            Self::MustUnderstand => Side::Header,
            Self::Closed | Self::Busy | Self::Internal => Side::Server,
            _ => Side::Client,
        }
    }

    /// `NUMBER` of a rule of the business; the others are always faults.
    pub(super) fn number(self) -> Option<&'static str> {
        match self {
            Self::UnknownCustomer => Some("101"),
            Self::CustomerBlocked => Some("102"),
            Self::UnknownInvoice => Some("201"),
            Self::AmountOverInvoice => Some("202"),
            Self::PeriodClosed => Some("301"),
            Self::WrongTotals => Some("401"),
            Self::EmptyDocument => Some("402"),
            Self::InvalidMovement => Some("403"),
            Self::UnknownDocument => Some("501"),
            Self::AlreadyReversed => Some("502"),
            _ => None,
        }
    }
}

/// The standard fault codes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Side {
    Client,
    Server,
    Version,
    Header,
}

/// Something that was not done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Trouble {
    pub(super) code: Code,
    pub(super) message: String,
    pub(super) field: Option<String>,
    /// The document that exists already.
    pub(super) document: Option<String>,
}

impl Trouble {
    pub(super) fn new(code: Code, message: impl Into<String>) -> Self {
        Self {
            code,
            message: message.into(),
            field: None,
            document: None,
        }
    }

    pub(super) fn at(mut self, field: impl Into<String>) -> Self {
        self.field = Some(field.into());
        self
    }

    pub(super) fn exists(mut self, number: impl Into<String>) -> Self {
        self.document = Some(number.into());
        self
    }
}
