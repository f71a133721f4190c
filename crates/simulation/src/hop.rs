//! The steps to the outside, and what may go wrong at them.

/// A step at which a process touches something outside itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Hop {
    /// A partner's message is taken in.
    TakeIn,
    /// The partner is told what became of it.
    Settle,
    /// Events, effects or waiting messages are published.
    Publish,
    /// Deliveries are taken from a queue.
    Deliver,
    /// Deliveries are acked, given back or dead-lettered.
    Ack,
    /// The store is read.
    Read,
    /// A batch of events is committed.
    Commit,
    /// An effect is leased.
    Lease,
    /// The outcome of an effect is recorded.
    Outcome,
    /// Any other write to the store.
    Write,
    /// An effect is sent to its target.
    Send,
    /// An effect is looked up in its target.
    Find,
}

impl Hop {
    /// All.
    pub const ALL: [Self; 12] = [
        Self::TakeIn,
        Self::Settle,
        Self::Publish,
        Self::Deliver,
        Self::Ack,
        Self::Read,
        Self::Commit,
        Self::Lease,
        Self::Outcome,
        Self::Write,
        Self::Send,
        Self::Find,
    ];
}

/// Something that goes wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Fault {
    /// The process dies before the step is done.
    CrashBefore,
    /// The process dies after the step is done, before it learns of that.
    CrashAfter,
    /// The process stands still for a while (SIGSTOP, a long pause of the machine), then goes on as if nothing had been.
    Freeze,
    /// The process's clock jumps.
    ClockJump,
    /// The store does not answer for a while.
    StoreGone,
    /// The store has done it; the answer is lost.
    StoreAnswerLost,
    /// The store is told of an outcome, and writes it while somebody else works on the effect already; the caller gets no
    /// answer (bytes that lie in a socket, a server that stands still).
    WrittenLate,
    /// The broker does not answer for a while.
    BrokerGone,
    /// The broker refuses a message (full, alarm).
    PublishRefused,
    /// The broker has stored a message; the confirm is lost.
    ConfirmLost,
    /// A message is lost on its way to the broker.
    PublishLost,
    /// The connection breaks: what is not acked comes again.
    ConnectionCut,
    /// A message is delivered twice.
    DeliveredTwice,
    /// A message overtakes those before it.
    Overtaken,
    /// The broker cannot put a message into the dead-letter queue now.
    DeadLetterRefused,
    /// The target cannot be reached for a while.
    TargetGone,
    /// The target asks to wait.
    Throttled,
    /// The target has done it; the answer is lost.
    AnswerLost,
    /// The request is lost; nobody knows.
    RequestLost,
    /// The target does it later than it is waited for.
    DoneLate,
    /// The target has done half of it.
    HalfDone,
    /// The target does it and never answers.
    TooSlow,
    /// The target says that our credentials are wrong.
    Misconfigured,
    /// The partner's acknowledgement (997, CONTRL) never comes.
    AckNeverComes,
    /// The partner sends a message again although it was taken.
    SentTwice,
}

impl Fault {
    /// All.
    pub const ALL: [Self; 25] = [
        Self::CrashBefore,
        Self::CrashAfter,
        Self::Freeze,
        Self::ClockJump,
        Self::StoreGone,
        Self::StoreAnswerLost,
        Self::WrittenLate,
        Self::BrokerGone,
        Self::PublishRefused,
        Self::ConfirmLost,
        Self::PublishLost,
        Self::ConnectionCut,
        Self::DeliveredTwice,
        Self::Overtaken,
        Self::DeadLetterRefused,
        Self::TargetGone,
        Self::Throttled,
        Self::AnswerLost,
        Self::RequestLost,
        Self::DoneLate,
        Self::HalfDone,
        Self::TooSlow,
        Self::Misconfigured,
        Self::AckNeverComes,
        Self::SentTwice,
    ];
}
