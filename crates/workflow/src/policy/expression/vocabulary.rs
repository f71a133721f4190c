//! The facts that a condition may name: what they are called, of what kind they are, and when they are known.

use std::borrow::Cow;

use canonical::{Condition, DispositionAction, Liability, Reason, ReturnType};

use super::super::selector::Facts;
use super::Question;

/// Kind of a fact.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// True or false.
    Truth,
    /// A whole number; amounts are in minor units.
    Number,
    /// A text.
    Text,
    /// A day as ISO text: "2026-05-01".
    Date,
    /// A word of a code list.
    Code(Codes),
}

/// Code lists that facts are from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Codes {
    /// Reasons of a return.
    Reason,
    /// Kinds of return.
    ReturnType,
    /// What is done with the goods.
    Action,
    /// Who bears it.
    Liability,
    /// Condition of the goods.
    Condition,
}

impl Codes {
    /// Its words.
    pub fn words(self) -> Vec<&'static str> {
        match self {
            Self::Reason => Reason::ALL.iter().map(|code| code.word()).collect(),
            Self::ReturnType => ReturnType::ALL.iter().map(|code| code.word()).collect(),
            Self::Action => (DispositionAction::ALL.iter())
                .map(|code| code.word())
                .collect(),
            Self::Liability => Liability::ALL.iter().map(|code| code.word()).collect(),
            Self::Condition => Condition::ALL.iter().map(|code| code.word()).collect(),
        }
    }
}

impl Kind {
    /// For people.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Truth => "true or false",
            Self::Number => "whole number",
            Self::Text => "text",
            Self::Date => "date",
            Self::Code(Codes::Reason) => "reason",
            Self::Code(Codes::ReturnType) => "type of return",
            Self::Code(Codes::Action) => "action",
            Self::Code(Codes::Liability) => "liability",
            Self::Code(Codes::Condition) => "condition",
        }
    }
}

/// A fact that a condition may name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Fact {
    /// Customer account.
    Customer,
    /// Customer segment.
    Segment,
    /// Sales channel.
    Channel,
    /// Item.
    Item,
    /// Reason of the return.
    Reason,
    /// Type of the return.
    ReturnType,
    /// Site the goods go to.
    Site,
    /// Where they come from.
    ShipFrom,
    /// Currency of the invoice.
    Currency,
    /// Day of the request.
    RequestedOn,
    /// Is there an invoice?
    HasInvoice,
    /// Day of the invoice.
    InvoiceDate,
    /// Days between both.
    DaysSinceInvoice,
    /// Invoiced amount of the line.
    InvoicedMinor,
    /// Claimed unit price.
    ClaimedMinor,
    /// Base units asked for.
    Quantity,
    /// Is there evidence?
    HasEvidence,
    /// The supplier.
    Supplier,
    /// What is done with the goods.
    Action,
    /// Who bears it.
    Liability,
    /// Condition of the goods.
    Condition,
    /// Gross of the credit.
    GrossMinor,
}

/// A fact's value; nothing when it is not known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Known<'a> {
    /// Not known.
    Nothing,
    /// True or false.
    Truth(bool),
    /// A number.
    Number(i64),
    /// A text, a date or a code.
    Text(Cow<'a, str>),
}

impl std::fmt::Display for Known<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Nothing => f.write_str("not known"),
            Self::Truth(truth) => write!(f, "{truth}"),
            Self::Number(number) => write!(f, "{number}"),
            Self::Text(text) => f.write_str(text),
        }
    }
}

impl Fact {
    /// Every fact, in the order of the reference.
    pub const ALL: &'static [Self] = &[
        Self::Customer,
        Self::Segment,
        Self::Channel,
        Self::Item,
        Self::Reason,
        Self::ReturnType,
        Self::Site,
        Self::ShipFrom,
        Self::Currency,
        Self::RequestedOn,
        Self::HasInvoice,
        Self::InvoiceDate,
        Self::DaysSinceInvoice,
        Self::InvoicedMinor,
        Self::ClaimedMinor,
        Self::Quantity,
        Self::HasEvidence,
        Self::Supplier,
        Self::Action,
        Self::Liability,
        Self::Condition,
        Self::GrossMinor,
    ];

    /// The fact of that name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|fact| fact.name() == name)
    }

    /// Its name in a condition.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Customer => "customer",
            Self::Segment => "segment",
            Self::Channel => "channel",
            Self::Item => "item",
            Self::Reason => "reason",
            Self::ReturnType => "return_type",
            Self::Site => "site",
            Self::ShipFrom => "ship_from",
            Self::Currency => "currency",
            Self::RequestedOn => "requested_on",
            Self::HasInvoice => "has_invoice",
            Self::InvoiceDate => "invoice_date",
            Self::DaysSinceInvoice => "days_since_invoice",
            Self::InvoicedMinor => "invoiced_minor",
            Self::ClaimedMinor => "claimed_minor",
            Self::Quantity => "quantity",
            Self::HasEvidence => "has_evidence",
            Self::Supplier => "supplier",
            Self::Action => "action",
            Self::Liability => "liability",
            Self::Condition => "condition",
            Self::GrossMinor => "gross_minor",
        }
    }

    /// Its kind.
    pub const fn kind(self) -> Kind {
        match self {
            Self::Customer
            | Self::Segment
            | Self::Channel
            | Self::Item
            | Self::Site
            | Self::ShipFrom
            | Self::Currency
            | Self::Supplier => Kind::Text,
            Self::Reason => Kind::Code(Codes::Reason),
            Self::ReturnType => Kind::Code(Codes::ReturnType),
            Self::Action => Kind::Code(Codes::Action),
            Self::Liability => Kind::Code(Codes::Liability),
            Self::Condition => Kind::Code(Codes::Condition),
            Self::RequestedOn | Self::InvoiceDate => Kind::Date,
            Self::HasInvoice | Self::HasEvidence => Kind::Truth,
            Self::DaysSinceInvoice
            | Self::InvoicedMinor
            | Self::ClaimedMinor
            | Self::Quantity
            | Self::GrossMinor => Kind::Number,
        }
    }

    /// What it is, for people.
    pub const fn meaning(self) -> &'static str {
        match self {
            Self::Customer => "customer account, as at the invoice",
            Self::Segment => "customer segment",
            Self::Channel => "sales channel",
            Self::Item => "item number",
            Self::Reason => "reason of the line",
            Self::ReturnType => "type of the return",
            Self::Site => "site that the goods go to",
            Self::ShipFrom => "where the goods come from",
            Self::Currency => "currency of the invoice",
            Self::RequestedOn => "day of the request, in the zone of the customer's site",
            Self::HasInvoice => "the line goes back to an invoice",
            Self::InvoiceDate => "day of the invoice",
            Self::DaysSinceInvoice => "days from the invoice to the request",
            Self::InvoicedMinor => {
                "amount of the whole invoice line, minor units of the invoice's currency"
            }
            Self::ClaimedMinor => {
                "price that the customer claims for one unit of measure, minor units"
            }
            Self::Quantity => "base units asked for on the line, rounded up to whole ones",
            Self::HasEvidence => "the line names a photo, a report or the like",
            Self::Supplier => "supplier that the line's goods go back to",
            Self::Action => "what is done with the goods",
            Self::Liability => "who bears it",
            Self::Condition => "condition of the goods, as inspected",
            Self::GrossMinor => {
                "gross that is compared with the ladder of amounts, minor units of base_currency"
            }
        }
    }

    /// True if that question is asked when the fact can be known.
    pub const fn is_known_to(self, question: Question) -> bool {
        match self {
            Self::Action | Self::Liability | Self::Condition => {
                !matches!(question, Question::Window)
            }
            Self::GrossMinor => matches!(question, Question::Approval),
            _ => true,
        }
    }

    /// True if it may be missing where it can be known: it is null then.
    pub const fn may_be_null(self, question: Question) -> bool {
        match self {
            Self::Segment
            | Self::ShipFrom
            | Self::InvoiceDate
            | Self::DaysSinceInvoice
            | Self::InvoicedMinor
            | Self::ClaimedMinor
            | Self::Supplier
            | Self::Condition => true,
            Self::Action | Self::Liability => matches!(question, Question::Approval),
            _ => false,
        }
    }

    /// Its value.
    pub fn of<'a>(self, facts: &Facts<'a>, gross_minor: Option<i64>) -> Known<'a> {
        let further = &facts.further;
        match self {
            Self::Customer => text(Some(facts.customer)),
            Self::Segment => text(facts.segment),
            Self::Channel => text(Some(facts.channel)),
            Self::Item => text(Some(facts.sku)),
            Self::Reason => text(Some(facts.reason.word())),
            Self::ReturnType => text(further.return_type.map(ReturnType::word)),
            Self::Site => text(further.site),
            Self::ShipFrom => text(further.ship_from),
            Self::Currency => owned(further.currency),
            Self::RequestedOn => owned(further.requested_on()),
            Self::HasInvoice => further.has_invoice.map_or(Known::Nothing, Known::Truth),
            Self::InvoiceDate => owned(further.invoice_date),
            Self::DaysSinceInvoice => number(further.days_since_invoice()),
            Self::InvoicedMinor => number(further.invoiced_minor),
            Self::ClaimedMinor => number(further.claimed_minor),
            Self::Quantity => number(further.quantity),
            Self::HasEvidence => further.has_evidence.map_or(Known::Nothing, Known::Truth),
            Self::Supplier => text(further.supplier),
            Self::Action => text(facts.action.map(DispositionAction::word)),
            Self::Liability => text(facts.liability.map(Liability::word)),
            Self::Condition => text(facts.condition.map(Condition::word)),
            Self::GrossMinor => number(gross_minor),
        }
    }
}

fn text(text: Option<&str>) -> Known<'_> {
    text.map_or(Known::Nothing, |text| Known::Text(Cow::Borrowed(text)))
}

fn owned(value: Option<impl std::fmt::Display>) -> Known<'static> {
    value.map_or(Known::Nothing, |value| {
        Known::Text(Cow::Owned(value.to_string()))
    })
}

fn number(number: Option<i64>) -> Known<'static> {
    number.map_or(Known::Nothing, Known::Number)
}
