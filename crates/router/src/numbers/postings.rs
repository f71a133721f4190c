//! Numbers of effects: how many were taken at once, in the end, not at all; doubles that were kept out.

use store::{EffectFact, EffectState};

use super::{Dims, EVENTUAL, FAILED, FIRST_PASS, Numbers, Of, PREVENTED, UNKNOWN};

impl Numbers {
    pub(super) fn posting(&mut self, effect: &EffectFact, dims: &Dims) {
        let dims = Dims {
            adapter: effect.connector.clone(),
            ..dims.clone()
        };
        let of = |part| Of { part, currency: "" };
        let both = ["", effect.kind.as_str()];
        if let Some(sent) = effect.first_sent_at
            && self.is_in_period(sent, &dims.entity)
        {
            let at_once = effect.state == EffectState::Confirmed
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
        let released = !matches!(effect.state, EffectState::Planned | EffectState::Cancelled);
        if released && self.is_in_period(effect.created_at, &dims.entity) {
            let confirmed = effect.state == EffectState::Confirmed;
            let in_time = confirmed && effect.updated_at <= self.ask.as_of;
            for part in both {
                self.add(EVENTUAL, of(part), &dims, |cell| cell.one(in_time));
            }
        }
        match effect.state {
            EffectState::Rejected | EffectState::Parked | EffectState::Ambiguous => {
                self.add(FAILED, of(effect.state.word()), &dims, |cell| cell.num += 1);
            }
            EffectState::Unknown => self.add(UNKNOWN, of(""), &dims, |cell| cell.num += 1),
            EffectState::Planned
            | EffectState::Ready
            | EffectState::InFlight
            | EffectState::Confirmed
            | EffectState::Cancelled => {}
        }
    }
}
