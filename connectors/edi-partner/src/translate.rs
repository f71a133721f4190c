//! Sets ↔ canonical events and commands. Never sees bytes.

mod edifact;
mod invoic_out;
pub(crate) mod out;
mod party;
mod receipt;
mod request;
mod retann_in;
mod retins_out;
mod values;
mod view;
mod x12_180_in;
mod x12_180_out;
mod x12_812_out;
mod x12_861_in;
mod x12_944_in;

use canonical::receipt::FactSource;
use canonical::{Event, EventData, MessageKey, ReturnName, Semantics};
use connector::Failure;
use jiff::Timestamp;

use crate::failures;
use crate::partner::Partner;
use crate::profile::Opening;
use crate::wire::model::{Interchange, Set, Syntax};

/// A set in its surroundings.
pub(crate) struct Told<'a> {
    /// Whose it is.
    pub(crate) partner: &'a Partner,
    /// Connector instance that took it in.
    pub(crate) connector: &'a str,
    /// Its interchange.
    pub(crate) interchange: &'a Interchange,
    /// The set.
    pub(crate) set: &'a Set,
}

/// Translates a set. No events: it says nothing to us.
pub(crate) fn translate(told: &Told<'_>) -> Result<Vec<Event>, Failure> {
    let opening = told.partner.profile.opening;
    match (told.interchange.syntax, told.set.kind.as_str()) {
        (Syntax::X12, "180") if opening != Opening::None => x12_180_in::translate(told),
        (Syntax::X12, "944") => x12_944_in::translate(told),
        (Syntax::X12, "861") => x12_861_in::translate(told),
        (Syntax::X12, "997" | "999") | (Syntax::Edifact, "CONTRL") => Ok(Vec::new()),
        (Syntax::Edifact, "RETANN") if opening != Opening::None => retann_in::translate(told),
        (_, kind) => {
            let what = format!("a set of the kind {kind:?} is not taken in from this partner");
            Err(Failure::rejected(failures::UNKNOWN_SET, what).at(told.place()))
        }
    }
}

impl Told<'_> {
    /// Place of the set as a whole.
    pub(crate) fn place(&self) -> String {
        let opener = match self.interchange.syntax {
            Syntax::X12 => "ST",
            Syntax::Edifact => "UNH",
        };
        format!("segment {} ({opener})", self.set.at.segment)
    }

    /// The return with that RMA number.
    fn rma(&self, number: &str) -> ReturnName {
        let number = number.to_owned();
        match &self.partner.rma_namespace {
            Some(namespace) => ReturnName::External {
                system: namespace.clone(),
                value: number,
            },
            None => ReturnName::Rma {
                entity: self.partner.legal_entity.clone(),
                number,
            },
        }
    }

    /// Something of the partner that is no RMA number.
    fn external(&self, kind: &str, value: &str) -> ReturnName {
        ReturnName::External {
            system: format!("{}.{kind}", self.partner.system),
            value: value.to_owned(),
        }
    }

    fn source(&self, document: &str) -> FactSource {
        let (interchange, set) = (&self.interchange.control, &self.set.control);
        FactSource {
            adapter: self.connector.to_owned(),
            message_id: Some(format!("{interchange}/{set}")),
            doc_no: Some(document.to_owned()),
            doc_line: None,
            seq: None,
            semantics: Semantics::Delta,
        }
    }
}

/// An event of these parts.
fn event(key: &[&str], subject: ReturnName, occurred_at: Timestamp, data: EventData) -> Event {
    Event {
        key: MessageKey::derive(key),
        subject,
        occurred_at,
        data,
    }
}
