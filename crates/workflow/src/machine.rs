//! The life of a return as a table: from where to where it goes, and on what. Nothing else happens: in builds with
//! assertions each step is compared with it.

use canonical::Lifecycle;

/// A step in the life of a return.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Transition {
    /// From where.
    pub from: Lifecycle,
    /// To where.
    pub to: Lifecycle,
    /// On what.
    pub on: &'static str,
}

/// Every step. A return begins as `REQUESTED`; one that is opened for goods that came without it, as `PENDING_AUTHORIZATION`.
pub const TRANSITIONS: &[Transition] = &[
    step(
        Lifecycle::Requested,
        Lifecycle::Authorized,
        "the policy allows it, and its units of the invoice are free",
    ),
    step(
        Lifecycle::Requested,
        Lifecycle::PendingAuthorization,
        "the policy asks somebody",
    ),
    step(
        Lifecycle::Requested,
        Lifecycle::Declined,
        "too few units of the invoice are free, or nobody can tell whose goods they are",
    ),
    step(
        Lifecycle::Requested,
        Lifecycle::Cancelled,
        "withdrawn while something was missing, or its goods belong to another return",
    ),
    step(
        Lifecycle::PendingAuthorization,
        Lifecycle::Authorized,
        "everybody asked has approved",
    ),
    step(
        Lifecycle::PendingAuthorization,
        Lifecycle::Declined,
        "somebody asked has rejected, or nobody can tell whose goods they are",
    ),
    step(
        Lifecycle::PendingAuthorization,
        Lifecycle::Cancelled,
        "withdrawn, or its goods belong to another return or left again",
    ),
    step(
        Lifecycle::Authorized,
        Lifecycle::InProgress,
        "goods came, or a credit or replacement left before them",
    ),
    step(
        Lifecycle::Authorized,
        Lifecycle::Expired,
        "the time for its goods is over",
    ),
    step(
        Lifecycle::Authorized,
        Lifecycle::Cancelled,
        "withdrawn, and the warehouse expects nothing any more",
    ),
    step(
        Lifecycle::InProgress,
        Lifecycle::Settled,
        "every quantity is at its end, and every effect confirmed",
    ),
    step(
        Lifecycle::InProgress,
        Lifecycle::Authorized,
        "all that came was taken back",
    ),
    step(
        Lifecycle::InProgress,
        Lifecycle::Cancelled,
        "all that came after it was withdrawn was taken back",
    ),
    step(
        Lifecycle::InProgress,
        Lifecycle::Expired,
        "all that came after it expired was taken back",
    ),
    step(
        Lifecycle::Expired,
        Lifecycle::InProgress,
        "goods came after all",
    ),
    step(
        Lifecycle::Cancelled,
        Lifecycle::InProgress,
        "goods came after all",
    ),
    step(
        Lifecycle::Settled,
        Lifecycle::InProgress,
        "something about its goods or its money is open again",
    ),
];

const fn step(from: Lifecycle, to: Lifecycle, on: &'static str) -> Transition {
    Transition { from, to, on }
}

/// True if a return may go from here to there. One that is closed goes on as one that is settled.
pub(crate) fn may(from: Lifecycle, to: Lifecycle) -> bool {
    let from = match from {
        Lifecycle::Closed => Lifecycle::Settled,
        other => other,
    };
    from == to
        || TRANSITIONS
            .iter()
            .any(|step| step.from == from && step.to == to)
}
