//! Delivers effects to a partner, and looks them up.

use std::time::Duration;

use async_trait::async_trait;
use canonical::effect::ErpRef;
use canonical::invoice::InvoiceRef;
use canonical::{Command, Currency, EffectKey};

use crate::credits::CreditsAgainst;
use crate::extract::{Extract, ExtractAsk, Extractable};
use crate::failure::Failure;

/// An effect to deliver or to look up.
#[derive(Debug, Clone, Copy)]
pub struct Outbound<'a> {
    /// Its key: the target must keep it in a place where `find` looks.
    pub key: &'a EffectKey,
    /// The command it was encoded from.
    pub command: &'a Command,
    /// The bytes that the codec made of it.
    pub body: &'a [u8],
}

/// The target has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Confirmation {
    /// The document there.
    pub document: ErpRef,
    /// True if it was there before (the target recognised the key).
    pub duplicate: bool,
}

/// What a look-up found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Found {
    /// Nothing under that key, in any of the places where it could be.
    Nothing,
    /// Exactly one, complete, and it says what we said.
    Complete(ErpRef),
    /// Exactly one, half finished (a draft): sending again resumes it and makes no second one.
    Half(ErpRef),
    /// One that says something else.
    Differs {
        /// The document.
        document: ErpRef,
        /// What differs, for people.
        difference: String,
    },
    /// The partner has understood it and refuses it. Told once: looked up again (after a person gave it back), it is
    /// [`Found::Nothing`], so that it can be sent anew.
    Refused {
        /// The document.
        document: ErpRef,
        /// The partner's reason, for people.
        reason: String,
    },
    /// Several.
    Several(Vec<ErpRef>),
}

/// How the target keeps doubles out. Each sink declares it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DuplicateGuard {
    /// The target recognises our key (idempotency key, external id).
    NativeKey,
    /// The target refuses a second document with the same number.
    UniqueNumber,
    /// Only looking it up tells.
    LookUpOnly,
    /// Nothing tells: a person releases each re-send.
    None,
}

impl DuplicateGuard {
    /// Short name for tables.
    pub const fn name(self) -> &'static str {
        match self {
            Self::NativeKey => "native key",
            Self::UniqueNumber => "unique number",
            Self::LookUpOnly => "look-up only",
            Self::None => "none",
        }
    }
}

/// A way out.
///
/// # Behaviour
/// - `send` reports `Unavailable` or `Throttled` only when the effect is surely not applied; whenever the answer was lost
///   or cannot be understood it reports `InDoubt`.
/// - A partner that acknowledges later: `send` and `find` report `Unacknowledged` once the document is handed over durably,
///   until the acknowledgement is there. When it is overdue, `find` gives `Nothing`: sending again repeats the same document.
/// - `send` never tries again by itself. It may be called again for the same key: a half-finished document is resumed.
#[async_trait]
pub trait Sink: Send + Sync {
    /// Delivers.
    async fn send(&self, effect: Outbound<'_>) -> Result<Confirmation, Failure>;

    /// Looks it up by its key, in every place where a half-finished one can be.
    async fn find(&self, effect: Outbound<'_>) -> Result<Found, Failure>;

    /// Lists the credits that the target shows against an invoice, whoever made them. Those of the whole invoice, not of the
    /// one line: a credit that names no line counts too. An empty list means that the target was asked and has none. `ccy`
    /// is the currency of the invoice, for targets that leave out their own.
    async fn credits_against(
        &self,
        invoice: &InvoiceRef,
        ccy: Currency,
    ) -> Result<CreditsAgainst, Failure> {
        let _ = (invoice, ccy);
        Ok(CreditsAgainst::CannotSay)
    }

    /// How the target keeps doubles out.
    fn guard(&self) -> DuplicateGuard;

    /// How long its partner may take to acknowledge a document; none if it says at once what became of it.
    fn acknowledged_within(&self) -> Option<Duration> {
        None
    }

    /// What it can list for the daily proof, as configured. Nothing unless it says so.
    fn extracts(&self) -> Vec<Extractable> {
        Vec::new()
    }

    /// Documents of those business days that are finished, reversed ones among them; drafts are left out. Changes nothing.
    async fn extract(&self, ask: &ExtractAsk) -> Result<Extract, Failure> {
        Err(Failure::rejected(
            crate::extract::NO_EXTRACT,
            format!("this connector cannot list {}", ask.what.name()),
        ))
    }

    /// Reaches the target without changing anything: address, credentials, version. A sentence for `doctor`.
    async fn probe(&self) -> Result<String, Failure>;
}
