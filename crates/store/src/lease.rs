//! Who may work on an effect, and what is left when somebody stops. Pure: both stores read a row, ask here, and write.

use crate::rows::{EffectRow, EffectState, Lease, LeaseRequest};

/// What an attempt does. The word is stored with it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Attempt {
    Send,
    Find,
}

impl Attempt {
    pub(crate) const fn word(self) -> &'static str {
        match self {
            Self::Send => "send",
            Self::Find => "find",
        }
    }
}

/// An answer, and whether the row in it has to be written together with an attempt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Decision {
    pub lease: Lease,
    pub attempt: Option<Attempt>,
}

impl Decision {
    fn no(lease: Lease) -> Self {
        Self {
            lease,
            attempt: None,
        }
    }

    /// The row as it must be written, if at all.
    pub(crate) fn written(&self) -> Option<(Attempt, &EffectRow)> {
        match (self.attempt, &self.lease) {
            (Some(attempt), Lease::Send(row) | Lease::Verify(row)) => Some((attempt, row)),
            _ => None,
        }
    }
}

/// Decides on a request.
///
/// - Ready is sent, unless it is too early.
/// - Unknown is looked up, unless somebody does so already, or it is too early.
/// - In flight under a lease that ran out: whoever had it may have sent it, so it is unknown from now on.
pub(crate) fn decide(mut row: EffectRow, request: &LeaseRequest) -> Decision {
    let held = row.lease_until.filter(|until| *until > request.now);
    let early = row.not_before.filter(|start| *start > request.now);
    let attempt = match row.state {
        EffectState::Ready => Attempt::Send,
        EffectState::Unknown | EffectState::InFlight => {
            if let Some(until) = held {
                return Decision::no(Lease::Held(until));
            }
            Attempt::Find
        }
        EffectState::Planned
        | EffectState::Confirmed
        | EffectState::Rejected
        | EffectState::Ambiguous
        | EffectState::Parked
        | EffectState::Cancelled => return Decision::no(Lease::Settled(row.state)),
    };
    if let Some(start) = early {
        return Decision::no(Lease::Early(start));
    }
    row.fence += 1;
    row.owner.clone_from(&request.owner);
    row.lease_until = Some(request.until);
    row.not_before = None;
    row.updated_at = request.now;
    let lease = match attempt {
        Attempt::Send => {
            row.state = EffectState::InFlight;
            row.attempts += 1;
            row.misses = 0;
            row.last_sent_at = Some(request.now);
            Lease::Send(Box::new(row))
        }
        Attempt::Find => {
            row.state = EffectState::Unknown;
            Lease::Verify(Box::new(row))
        }
    };
    Decision {
        lease,
        attempt: Some(attempt),
    }
}

/// The state in which a person gives an effect back, or confirms it by a document that is there; none when it is not theirs
/// to give.
pub(crate) fn reopened(row: &EffectRow, is_there: bool) -> Option<EffectState> {
    match row.state {
        EffectState::Parked | EffectState::Rejected | EffectState::Ambiguous => {
            let was_sent = row.attempts > 0 || row.last_sent_at.is_some();
            match (is_there, was_sent) {
                (false, true) => Some(EffectState::Unknown),
                (false, false) => Some(EffectState::Ready),
                (true, true) => Some(EffectState::Confirmed),
                // What was never sent cannot be there.
                (true, false) => None,
            }
        }
        EffectState::Planned
        | EffectState::Ready
        | EffectState::InFlight
        | EffectState::Unknown
        | EffectState::Confirmed
        | EffectState::Cancelled => None,
    }
}
