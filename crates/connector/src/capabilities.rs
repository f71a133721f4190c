//! What a connector can do, and what may still go wrong: the capability matrix is made from these.

use canonical::EffectKind;

use crate::credits::CreditsShown;
use crate::extract::Extractable;
use crate::sink::DuplicateGuard;

/// What a connector can do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Capabilities {
    /// Ways on which it talks: "HTTP", "AMQP", "folder", "SFTP".
    pub transports: &'static [&'static str],
    /// Formats, for people: "X12 180", "caret rows".
    pub formats: &'static [&'static str],
    /// Facts that can come in: types of events, as in [`canonical::EventData::TYPES`]. Empty: nothing comes in.
    pub takes: &'static [&'static str],
    /// Effects that it has words for. Empty: nothing goes out.
    pub delivers: &'static [EffectKind],
    /// How its targets keep doubles out; by configuration if several.
    pub guards: &'static [DuplicateGuard],
    /// What its targets can list for the daily proof; by configuration. Empty: it cannot say.
    pub extracts: &'static [Extractable],
    /// Whether a target tells which credits it shows against an invoice.
    pub credits_shown: CreditsShown,
    /// How a target says that it has taken something: at once, or later, and by what.
    pub acknowledgement: &'static str,
    /// What may still happen although everything works as it should. One or two sentences.
    pub residual_risk: &'static str,
}
