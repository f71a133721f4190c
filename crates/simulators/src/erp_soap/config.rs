//! What a SOAP ERP is like.

use std::collections::BTreeSet;

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::Code;
use crate::faults::Rule;

/// How a caller proves who it is.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Security {
    /// Not at all.
    #[default]
    None,
    /// HTTP basic.
    Basic(Account),
    /// WS-Security UsernameToken, password in the clear.
    UsernameText(Account),
    /// WS-Security UsernameToken, password digest.
    UsernameDigest(Account),
}

/// A user and its password.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Account {
    /// User.
    pub user: String,
    /// Password.
    pub password: String,
}

impl Default for Account {
    fn default() -> Self {
        Self {
            user: "backhaul".to_owned(),
            password: "s3cret".to_owned(),
        }
    }
}

/// What a second document with the same `ExternalKey` gets.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Duplicates {
    /// The first document, `Duplicate` true.
    #[default]
    Return,
    /// The fault `Client.DuplicateDocument`.
    Fault,
    /// There is no guard, a double comes into being.
    None,
}

/// When the ERP is open, over and over from its start.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Window {
    /// Milliseconds it is open.
    pub opens_for_ms: u64,
    /// Milliseconds it is closed after that.
    pub closed_for_ms: u64,
    /// How it says that it is closed.
    #[serde(default)]
    pub says: Closed,
}

/// How a closed ERP answers.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Closed {
    /// The fault `Server.Closed`.
    #[default]
    Fault,
    /// HTTP 503 with `retry-after`.
    Unavailable,
}

/// A SOAP ERP's nature.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// Who may come in.
    pub security: Security,
    /// Guard against doubles.
    pub duplicates: Duplicates,
    /// Rules that are answered with HTTP 200 and `RETURN` TYPE `E` instead of a fault.
    pub soft: BTreeSet<Code>,
    /// Whether a customer must have been registered.
    pub strict_customers: bool,
    /// Whether an invoice must have been registered to be credited.
    pub strict_invoices: bool,
    /// Posting dates up to this one are in closed periods.
    pub closed_through: Option<Date>,
    /// When it is open; absent: always.
    pub window: Option<Window>,
    /// Whether look-ups are answered outside the window.
    pub look_ups_when_closed: bool,
    /// Whether a second request during the first gets `Server.Busy`.
    pub one_session: bool,
    /// Milliseconds until a look-up finds a document.
    pub look_up_lag_ms: u64,
    /// Milliseconds of work before a document is committed.
    pub processing_ms: u64,
    /// Faults switched on from the start.
    pub faults: Vec<Rule>,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            security: Security::None,
            duplicates: Duplicates::Return,
            soft: BTreeSet::from([
                Code::AmountOverInvoice,
                Code::PeriodClosed,
                Code::WrongTotals,
                Code::AlreadyReversed,
            ]),
            strict_customers: false,
            strict_invoices: false,
            closed_through: None,
            window: None,
            look_ups_when_closed: false,
            one_session: false,
            look_up_lag_ms: 0,
            processing_ms: 0,
            faults: Vec::new(),
        }
    }
}
