//! Numbers of returns and their goods: ages, cycle times, stages, approvals.

use canonical::approval::{Approval, ApprovalSubject};
use canonical::money::round_ratio;
use canonical::{BusinessCode, Qty};
use jiff::Timestamp;
use store::{EffectFact, EffectState};
use workflow::{CreditRecord, CreditState, LineState, ReturnState, Slice, SliceCredit};

use super::{
    AGING_CREDIT, AGING_RETURNS, AGING_UNITS, AWAITING, AWAITING_UNITS, BACKLOG_AGE, Dims, LATENCY,
    Numbers, OVERDUE, Of, PENDING_UNITS, PENDING_VALUE, REQUESTED_AGING, RMA_AGING, STAGE,
    TO_CREDIT, TO_CREDIT_VALUE, TO_INSPECTION,
};

/// One unit, in millionths.
const ONE: i64 = Qty::UNIT;
const DAY: i64 = 24 * 60 * 60;

/// Where a return stands, by the milestone reached last; none when it has ended.
fn stage(code: BusinessCode) -> Option<&'static str> {
    use BusinessCode as B;
    Some(match code {
        B::R100 | B::R110 | B::R120 => "requested",
        B::R200 | B::R210 => "awaiting receipt",
        B::R300 => "part received",
        B::R310 | B::R320 | B::R400 => "awaiting inspection",
        B::R410
        | B::R420
        | B::R500
        | B::R510
        | B::R520
        | B::R530
        | B::R540
        | B::R550
        | B::R560
        | B::R600 => "awaiting credit",
        B::R610 | B::R700 => "exception",
        B::R130 | B::R220 | B::R230 | B::R800 | B::R900 => return None,
    })
}

/// Statuses of returns that have ended. What is not changed any more has nothing to tell to any period that begins later.
pub(super) fn ended() -> Vec<&'static str> {
    let codes = BusinessCode::ALL.iter();
    let ended = codes.filter(|code| stage(**code).is_none());
    ended.map(|code| code.word()).collect()
}

fn bucket(days: i64) -> &'static str {
    match days {
        ..=2 => "0-2 d",
        3..=7 => "3-7 d",
        8..=14 => "8-14 d",
        15..=30 => "15-30 d",
        31..=60 => "31-60 d",
        _ => "over 60 d",
    }
}

/// Value of units at the invoice, in minor units of its currency; 0 without invoice.
fn value(line: &LineState, qty: Qty) -> i64 {
    let Some(invoiced) = &line.line.invoiced else {
        return 0;
    };
    let (amount, base) = (invoiced.amount_minor, invoiced.base_qty.millionths());
    round_ratio(
        i128::from(amount) * i128::from(qty.millionths()),
        i128::from(base),
    )
    .unwrap_or(0)
}

impl Numbers {
    /// Milestone as of the asked instant. A return that an older version wrote has only what it is now.
    fn code_as_of(&self, state: &ReturnState) -> Option<BusinessCode> {
        let header = state.header();
        let as_of = self.as_of(&header.legal_entity);
        if header.requested_at > as_of {
            return None;
        }
        let mut passed = state.passed().peekable();
        if passed.peek().is_none() {
            return Some(state.business_code());
        }
        let before = passed.filter(|passed| passed.at <= as_of);
        Some(before.last().map_or(BusinessCode::R100, |p| p.code))
    }

    /// True if it had not ended by the asked instant: goods of one that has wait for nothing any more.
    fn goes_on(&self, state: &ReturnState) -> bool {
        self.code_as_of(state).and_then(stage).is_some()
    }

    pub(super) fn ages(&mut self, state: &ReturnState, dims: &Dims) {
        let Some(code) = self.code_as_of(state) else {
            return;
        };
        let Some(stage) = stage(code) else { return };
        let (header, as_of) = (state.header(), self.as_of(&dims.entity));
        if stage == "requested" {
            let seconds = self.span(header.requested_at, as_of, dims);
            self.add(REQUESTED_AGING, Of::default(), dims, |cell| {
                cell.duration(seconds, ONE);
            });
            return;
        }
        let since = header.authorized_at.unwrap_or(header.requested_at);
        let seconds = self.span(since, as_of, dims);
        let of = |part| Of { part, currency: "" };
        self.add(RMA_AGING, of(""), dims, |c| c.duration(seconds, ONE));
        self.add(RMA_AGING, of(stage), dims, |c| c.duration(seconds, ONE));
        let days = seconds / DAY;
        let overdue = days > self.ask.sla_days;
        self.add(OVERDUE, of(""), dims, |c| c.one(overdue));
        let units: i64 = state.lines().iter().map(|l| l.base.millionths()).sum();
        let credit: i64 = state
            .lines()
            .iter()
            .map(|line| value(line, line.base))
            .sum();
        self.add(AGING_RETURNS, of(bucket(days)), dims, |c| c.num += 1);
        self.add(AGING_UNITS, of(bucket(days)), dims, |c| {
            c.num += i128::from(units);
        });
        let of_money = Of {
            part: bucket(days),
            currency: header.currency.code(),
        };
        self.add(AGING_CREDIT, of_money, dims, |c| {
            c.num += i128::from(credit);
        });
        let came = state
            .timed()
            .iter()
            .any(|goods| goods.received_at.is_none_or(|at| at <= as_of));
        if matches!(code, BusinessCode::R200 | BusinessCode::R210) && !came {
            self.add(AWAITING, of(""), dims, |c| c.num += 1);
            self.add(AWAITING_UNITS, of(""), dims, |c| c.num += i128::from(units));
        }
    }

    pub(super) fn goods(&mut self, state: &ReturnState, effects: &[EffectFact], dims: &Dims) {
        let entity = dims.entity.clone();
        let (goes_on, as_of) = (self.goes_on(state), self.as_of(&entity));
        for goods in state.timed() {
            let Some(line) = state
                .lines()
                .iter()
                .find(|line| line.line.line_no == goods.line_no)
            else {
                continue;
            };
            let slice = goods.slice.and_then(|n| state.slices().get(n));
            let dims = Dims {
                reason: line.line.reason.word().to_owned(),
                disposition: slice.map_or_else(String::new, |s| s.action.word().to_owned()),
                ..dims.clone()
            };
            let weight = goods.qty.millionths();
            match (goods.received_at, goods.inspected_at) {
                (Some(came), Some(inspected)) if self.is_in_period(inspected, &entity) => {
                    let seconds = self.span(came, inspected, &dims);
                    self.add(TO_INSPECTION, Of::default(), &dims, |cell| {
                        cell.duration(seconds, weight);
                    });
                }
                (Some(came), None) if goes_on && !goods.is_inspected && came <= as_of => {
                    let seconds = self.span(came, as_of, &dims);
                    self.add(BACKLOG_AGE, Of::default(), &dims, |cell| {
                        cell.duration(seconds, weight);
                    });
                }
                _ => {}
            }
            if let (Some(slice), Some(inspected)) = (slice, goods.inspected_at) {
                self.credit_of(state, effects, (line, slice), (goods.qty, inspected), &dims);
            }
        }
    }

    /// Inspected goods on their way to a credit, or credited.
    fn credit_of(
        &mut self,
        state: &ReturnState,
        effects: &[EffectFact],
        (line, slice): (&LineState, &Slice),
        (qty, inspected): (Qty, Timestamp),
        dims: &Dims,
    ) {
        if matches!(slice.credit, SliceCredit::None) {
            return;
        }
        let as_of = self.as_of(&dims.entity);
        let version = slice.calc_version;
        let credit = state
            .credits()
            .iter()
            .find(|credit| Some(credit.version) == version);
        let effect = credit
            .and_then(|credit| credit.effect_key.as_ref())
            .and_then(|key| effects.iter().find(|e| e.effect_key == key.as_str()));
        let confirmed = effect.filter(|effect| effect.state == EffectState::Confirmed);
        let money = value(line, qty);
        let currency = state.header().currency;
        let weight = qty.millionths();
        match (confirmed, credit) {
            (Some(effect), Some(credit)) if effect.updated_at <= as_of => {
                if !self.is_in_period(effect.updated_at, &dims.entity) {
                    return;
                }
                let total = self.span(inspected, effect.updated_at, dims);
                self.add(TO_CREDIT, Of::default(), dims, |c| {
                    c.duration(total, weight);
                });
                let of_money = Of {
                    part: "",
                    currency: currency.code(),
                };
                self.add(TO_CREDIT_VALUE, of_money, dims, |c| {
                    c.duration(total, money);
                });
                let waits = waits(state, credit, effect, inspected);
                for (part, from, to) in waits {
                    let seconds = self.span(from, to, dims);
                    let of = Of { part, currency: "" };
                    self.add(TO_CREDIT, of, dims, |c| c.duration(seconds, weight));
                }
            }
            _ if inspected <= as_of && self.goes_on(state) => {
                let part = cause(slice, credit, effect);
                let of = Of { part, currency: "" };
                self.add(PENDING_UNITS, of, dims, |c| c.num += i128::from(weight));
                let of = Of {
                    part,
                    currency: currency.code(),
                };
                self.add(PENDING_VALUE, of, dims, |c| c.num += i128::from(money));
            }
            _ => {}
        }
    }

    /// Time in each milestone that was left in the period.
    pub(super) fn stages(&mut self, state: &ReturnState, dims: &Dims) {
        let passed: Vec<workflow::Passed> = state.passed().collect();
        for pair in passed.windows(2) {
            let [entered, left] = pair else { continue };
            if self.is_in_period(left.at, &dims.entity) {
                let seconds = self.span(entered.at, left.at, dims);
                let of = Of {
                    part: entered.code.word(),
                    currency: "",
                };
                self.add(STAGE, of, dims, |cell| {
                    cell.num += i128::from(seconds);
                    cell.den += 1;
                });
            }
        }
    }

    /// How long approvals that were decided in the period took.
    pub(super) fn approvals(&mut self, state: &ReturnState, dims: &Dims) {
        for approval in state.approvals() {
            let (Some(decided), Some(asked)) = (decided(approval), asked(state, approval)) else {
                continue;
            };
            if self.is_in_period(decided, &dims.entity) {
                let seconds = self.span(asked, decided, dims);
                self.add(LATENCY, Of::default(), dims, |c| c.duration(seconds, ONE));
            }
        }
    }
}

/// When it was decided for good: by the last of those who had to.
fn decided(approval: &Approval) -> Option<Timestamp> {
    use canonical::ApprovalState as S;
    if !matches!(approval.state, S::Approved | S::Rejected) {
        return None;
    }
    approval.decisions.iter().map(|decision| decision.ts).max()
}

/// When it was asked for: with its calculation, or with the return.
fn asked(state: &ReturnState, approval: &Approval) -> Option<Timestamp> {
    match approval.subject {
        ApprovalSubject::Return => Some(state.header().requested_at),
        ApprovalSubject::Calc | ApprovalSubject::Override | ApprovalSubject::Replay => {
            let of =
                |credit: &&CreditRecord| credit.approval_id.as_ref() == Some(&approval.approval_id);
            Some(state.credits().iter().find(of)?.as_of)
        }
    }
}

/// The parts of the way from inspection to credit.
fn waits(
    state: &ReturnState,
    credit: &CreditRecord,
    effect: &EffectFact,
    inspected: Timestamp,
) -> Vec<(&'static str, Timestamp, Timestamp)> {
    let mut waits = vec![("calc wait", inspected, credit.as_of)];
    let approval = credit.approval_id.as_ref().and_then(|id| {
        let mut approvals = state.approvals().iter();
        approvals.find(|approval| approval.approval_id == *id)
    });
    if let Some(decided) = approval.and_then(decided) {
        waits.push(("approval wait", credit.as_of, decided));
    }
    waits.push(("posting", effect.created_at, effect.updated_at));
    waits
}

/// What a credit waits for.
fn cause(
    slice: &Slice,
    credit: Option<&CreditRecord>,
    effect: Option<&EffectFact>,
) -> &'static str {
    match (slice.credit, credit.map(|credit| credit.state), effect) {
        (SliceCredit::Provisional, ..) => "re-inspection",
        (SliceCredit::Unruled, ..) => "policy",
        (_, Some(CreditState::Held), _) => "hold",
        (_, Some(CreditState::PendingApproval), _) => "approval",
        (_, Some(CreditState::Refused), _) => "refused",
        (_, _, Some(effect)) => match effect.state {
            EffectState::Rejected | EffectState::Parked | EffectState::Ambiguous => {
                "posting failed"
            }
            EffectState::Unknown => "outcome unknown",
            EffectState::Planned
            | EffectState::Ready
            | EffectState::InFlight
            | EffectState::Confirmed
            | EffectState::Cancelled => "posting",
        },
        _ => "calculation",
    }
}
