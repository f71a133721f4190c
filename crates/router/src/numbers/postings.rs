//! Numbers of effects: how many were taken at once, in the end, not at all; doubles that were kept out.

use store::{EffectFact, EffectState};

use super::{Dims, EVENTUAL, FAILED, FIRST_PASS, Numbers, Of, PREVENTED, UNKNOWN};

impl Numbers {
    pub(super) fn posting(&mut self, effect: &EffectFact, dims: &Dims) {
        use EffectState as S;
        let in_period = |at| self.is_in_period(at, &dims.entity);
        let was_sent = effect.first_sent_at.is_some_and(in_period);
        let was_released =
            !matches!(effect.state, S::Planned | S::Cancelled) && in_period(effect.created_at);
        let stands = matches!(
            effect.state,
            S::Rejected | S::Parked | S::Ambiguous | S::Unknown
        );
        // Most effects are of another time.
        if !(was_sent || was_released || stands) {
            return;
        }
        let dims = Dims {
            adapter: effect.connector.clone(),
            ..dims.clone()
        };
        let of = |part| Of { part, currency: "" };
        let both = ["", effect.kind.as_str()];
        if was_sent {
            let at_once = effect.state == S::Confirmed
                && effect.sends == 1
                && effect.unknown == 0
                && matches!(effect.first_class.as_str(), "OK" | "HANDED-OVER");
            let averted = i128::from(effect.averted);
            for part in both {
                self.add(FIRST_PASS, of(part), &dims, |cell| cell.one(at_once));
            }
            self.add(PREVENTED, of(""), &dims, |cell| {
                cell.num += averted;
                cell.den += 1;
            });
            self.patterns.volume(&dims);
        }
        if was_released {
            let confirmed = effect.state == S::Confirmed;
            let in_time = confirmed && effect.updated_at <= self.as_of(&dims.entity);
            for part in both {
                self.add(EVENTUAL, of(part), &dims, |cell| cell.one(in_time));
            }
        }
        match effect.state {
            S::Rejected | S::Parked | S::Ambiguous => {
                self.add(FAILED, of(effect.state.word()), &dims, |cell| cell.num += 1);
            }
            S::Unknown => self.add(UNKNOWN, of(""), &dims, |cell| cell.num += 1),
            S::Planned | S::Ready | S::InFlight | S::Confirmed | S::Cancelled => {}
        }
    }
}
