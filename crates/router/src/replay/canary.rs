//! What became of the first ones of a run.

use store::{EffectState, ExceptionState, Store, StoreError};

/// What is known of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Canary {
    /// They went well, as far as one can tell: effects are confirmed, and no message is back. `is_sure` if nothing more can be
    /// heard of any of them.
    Well {
        /// Effects tell when they are done; of a message nothing is heard when it went well.
        is_sure: bool,
    },
    /// Not known yet.
    Waiting,
    /// One failed again, because.
    Failed(String),
}

/// Looks at them.
///
/// # Errors
/// When the store cannot be read.
pub async fn look(store: &dyn Store, exceptions: &[String]) -> Result<Canary, StoreError> {
    let mut all = Canary::Well { is_sure: true };
    for id in exceptions {
        match one(store, id).await? {
            Canary::Well { is_sure: true } => {}
            Canary::Well { is_sure: false } => {
                if all != Canary::Waiting {
                    all = Canary::Well { is_sure: false };
                }
            }
            Canary::Waiting => all = Canary::Waiting,
            failed @ Canary::Failed(_) => return Ok(failed),
        }
    }
    Ok(all)
}

async fn one(store: &dyn Store, id: &str) -> Result<Canary, StoreError> {
    let Some(row) = store.exception(id).await? else {
        return Ok(Canary::Well { is_sure: false });
    };
    if row.state == ExceptionState::Open {
        return Ok(Canary::Failed(row.reason));
    }
    if row.effect_key.is_empty() {
        return Ok(Canary::Well { is_sure: false });
    }
    let Some(effect) = store.effect(&row.effect_key).await? else {
        return Ok(Canary::Waiting);
    };
    Ok(match effect.state {
        EffectState::Confirmed => Canary::Well { is_sure: true },
        EffectState::Rejected | EffectState::Ambiguous | EffectState::Parked => {
            Canary::Failed(effect.failure_text)
        }
        EffectState::Planned
        | EffectState::Ready
        | EffectState::InFlight
        | EffectState::Unknown
        | EffectState::Cancelled => Canary::Waiting,
    })
}
