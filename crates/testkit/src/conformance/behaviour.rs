//! The behaviours by name.

use std::fmt;

/// What every connector does, unless its harness waives it with a reason.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Behaviour {
    /// The schema of the options is an object that knows every option of the sample block, and `check` finds nothing wrong
    /// with that block.
    OptionsAreDescribed,
    /// An option that nobody knows is refused, with place and fix.
    UnknownOptionIsRefused,
    /// The README names every failure code; each code begins with the connector's name.
    ReadmeHasEveryCode,
    /// What its capabilities name is what it does: the facts and commands of the harness are among them.
    CapabilitiesAreTrue,
    /// There are at least [`super::MIN_GOLDENS`] golden files, named for their condition.
    EnoughGoldens,
    /// A command gives the same bytes each time.
    EncodesTheSameTwice,
    /// The same bytes give the same events with the same keys.
    DecodesTheSameTwice,
    /// One bad part of a message does not keep its neighbours out.
    NeighboursAreUnharmed,
    /// Empty, binary, endless or endlessly deep input is `Malformed`, with the place.
    HostileInputIsMalformed,
    /// Truncated and mutated input never panics; what cannot be read is `Malformed` or `Rejected`.
    DamagedInputNeverPanics,
    /// `probe` says something about a partner that is there.
    ProbeAnswers,
    /// Nothing is found under a key that was never sent.
    UnknownKeyIsNothing,
    /// Sending twice leaves one effect, and it is found.
    SendIsIdempotent,
    /// What was left half finished is found so, and finished by the next send.
    HalfFinishedIsResumed,
    /// A partner that asks to wait is `Throttled`, with the time it gave; nothing is done.
    ThrottledSaysHowLong,
    /// A partner's own failure is `InDoubt`, or `Unavailable` if nothing was done.
    ServerErrorIsInDoubt,
    /// A partner that does not answer the door is `Unavailable`.
    NobodyThereIsUnavailable,
    /// Wrong credentials are `Misconfigured`.
    WrongLoginIsMisconfigured,
    /// An answer that is lost after the commit is `InDoubt`, and the look-up finds the effect.
    LostAnswerIsInDoubt,
    /// An answer that cannot be read is `InDoubt`, and the look-up finds the effect.
    GarbageAnswerIsInDoubt,
    /// Every failure met in all of the above has a declared code.
    EveryCodeIsDeclared,
}

impl Behaviour {
    /// Every behaviour, in the order in which they are tried; the last one judges what the others met.
    pub const ALL: &'static [Self] = &[
        Self::OptionsAreDescribed,
        Self::UnknownOptionIsRefused,
        Self::ReadmeHasEveryCode,
        Self::CapabilitiesAreTrue,
        Self::EnoughGoldens,
        Self::EncodesTheSameTwice,
        Self::DecodesTheSameTwice,
        Self::NeighboursAreUnharmed,
        Self::HostileInputIsMalformed,
        Self::DamagedInputNeverPanics,
        Self::ProbeAnswers,
        Self::UnknownKeyIsNothing,
        Self::SendIsIdempotent,
        Self::HalfFinishedIsResumed,
        Self::ThrottledSaysHowLong,
        Self::ServerErrorIsInDoubt,
        Self::NobodyThereIsUnavailable,
        Self::WrongLoginIsMisconfigured,
        Self::LostAnswerIsInDoubt,
        Self::GarbageAnswerIsInDoubt,
        Self::EveryCodeIsDeclared,
    ];

    /// What a connector that takes nothing in may waive as a whole.
    pub const INBOUND: &'static [Self] = &[
        Self::DecodesTheSameTwice,
        Self::NeighboursAreUnharmed,
        Self::HostileInputIsMalformed,
        Self::DamagedInputNeverPanics,
    ];

    /// What a connector that sends nothing may waive as a whole.
    pub const OUTBOUND: &'static [Self] = &[
        Self::EncodesTheSameTwice,
        Self::ProbeAnswers,
        Self::UnknownKeyIsNothing,
        Self::SendIsIdempotent,
        Self::HalfFinishedIsResumed,
        Self::ThrottledSaysHowLong,
        Self::ServerErrorIsInDoubt,
        Self::NobodyThereIsUnavailable,
        Self::WrongLoginIsMisconfigured,
        Self::LostAnswerIsInDoubt,
        Self::GarbageAnswerIsInDoubt,
    ];
}

impl fmt::Display for Behaviour {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self, f)
    }
}
