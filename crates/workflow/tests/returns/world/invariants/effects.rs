//! INV-9, INV-10, INV-11, INV-14, INV-15: what leaves the house, and with whose word.

use std::collections::BTreeSet;

use canonical::approval::{Approval, ApprovalSubject, Verdict as Say};
use canonical::{
    ApprovalState, Command, CommandData, CreditBasis, Currency, EffectKey, EffectKind, Lifecycle,
    ReturnType,
};
use serde_json::Value;
use workflow::{EffectState, PlannedEffect, ReturnState, Step};

use super::World;

/// The lowest rung of the example policy that names somebody, minor units.
const ASKED_ABOVE: i64 = 50_000;

pub(super) fn check_gapless(before: Option<&ReturnState>, step: &Step) {
    let mut seq = before.map_or(0, ReturnState::status_seq);
    for status in &step.statuses {
        seq += 1;
        assert_eq!(status.seq, seq, "gapless");
    }
    if let Some(after) = &step.state {
        assert_eq!(after.status_seq(), seq);
    }
}

pub(super) fn check_key(world: &World, planned: &PlannedEffect) {
    let command = &planned.command;
    assert!(
        !world.effects.contains_key(&command.effect_key),
        "planned once: {}",
        command.key_text
    );
    for (other, _) in world.effects.values() {
        assert_ne!(other.key_text, command.key_text, "one meaning, one key");
        check_one(world, planned, other);
    }
}

/// A return has one order in the ERP, and one announcement that holds: another one takes its place after it was withdrawn.
fn check_one(world: &World, planned: &PlannedEffect, other: &Command) {
    match (&planned.command.data, &other.data) {
        (CommandData::CreateReturnOrder(_), CommandData::CreateReturnOrder(_)) => {
            panic!("a return has one order")
        }
        (CommandData::AnnounceReturn(_), CommandData::AnnounceReturn(_)) => {
            let effects = world.state.iter().flat_map(ReturnState::effects);
            let mut never_came = effects.filter(|effect| {
                matches!(effect.state, EffectState::Blocked(_)) && effect.key == other.effect_key
            });
            let waits = !planned.depends_on.is_empty();
            assert!(
                waits || never_came.next().is_some(),
                "it waits for the withdrawal of {}",
                other.key_text
            );
        }
        (CommandData::CancelAnnouncement(one), CommandData::CancelAnnouncement(two)) => {
            assert_ne!(one.announced_as, two.announced_as, "withdrawn once");
        }
        _ => {}
    }
}

/// Every currency that a command names is that of the invoice, to which the return is bound.
pub(super) fn check_currency(state: &ReturnState, command: &Command) {
    let mut named = BTreeSet::new();
    collect(&serde_json::to_value(&command.data).unwrap(), &mut named);
    let home = state.header().currency.code();
    assert!(
        named.iter().all(|ccy| ccy == home),
        "{} in {named:?}, the invoice is in {home}",
        command.key_text
    );
    let is_money = matches!(
        command.data,
        CommandData::PostCreditMemo(_) | CommandData::ReverseCreditMemo(_)
    );
    assert!(!is_money || !named.is_empty(), "an amount has a currency");
}

fn collect(value: &Value, named: &mut BTreeSet<String>) {
    match value {
        Value::Object(members) => {
            for (name, value) in members {
                if let (true, Some(ccy)) = (name == "ccy" || name == "currency", value.as_str()) {
                    named.insert(ccy.to_owned());
                }
                collect(value, named);
            }
        }
        Value::Array(items) => items.iter().for_each(|item| collect(item, named)),
        _ => {}
    }
}

/// A credit is planned when nothing holds it and whoever must has approved; it is ready when what it waits for is there.
pub(super) fn check_guard(world: &World, step: &Step, planned: &PlannedEffect) {
    let command = &planned.command;
    let mut needs = planned.depends_on.iter();
    let is_there = needs.all(|key| world.confirmed.contains(key));
    assert_eq!(planned.ready, is_there, "{}", command.key_text);
    let CommandData::PostCreditMemo(memo) = &command.data else {
        return;
    };
    let state = step.state.as_ref().unwrap();
    assert_eq!(state.header().hold_flags, [], "nothing holds it");
    let basis = memo.calculation.basis;
    assert!(
        matches!(
            state.lifecycle(),
            Lifecycle::InProgress | Lifecycle::Settled
        ),
        "{}",
        state.lifecycle()
    );
    assert_eq!(
        basis == CreditBasis::CreditOnly,
        basis != CreditBasis::Correction && state.header().return_type == ReturnType::CreditOnly
    );
    let is_order = |kind| kind == Some(EffectKind::ErpReturnOrder);
    let waits = |key: &EffectKey| is_order(state.effect_kind(key.as_str()));
    assert!(
        planned.depends_on.iter().any(waits),
        "after the return order"
    );
    // an euro of these tests is more than a dollar
    let has_cents = matches!(state.header().currency, Currency::USD | Currency::EUR);
    let is_dear = has_cents && memo.amount().minor > ASKED_ABOVE;
    let must_ask = is_dear || basis == CreditBasis::Correction;
    assert!(
        !must_ask || !memo.approved_by.is_empty(),
        "{} goes out with nobody's word",
        memo.amount()
    );
}

/// What waited becomes ready when all of what it waited for is there.
pub(super) fn check_released(world: &World, step: &Step, key: &EffectKey) {
    let state = step.state.as_ref().unwrap();
    let effect = state.effect(key).unwrap();
    assert!(!world.cancelled.contains(key), "it was withdrawn");
    for needed in &effect.waits_for {
        assert!(world.confirmed.contains(needed), "{needed} is not there");
    }
}

/// Names on a document are those of people who approved exactly its calculation.
pub(super) fn check_approved(world: &World, step: &Step, command: &Command) {
    let (hash, names) = match &command.data {
        CommandData::PostCreditMemo(memo) => (&memo.calculation.calc_hash, &memo.approved_by),
        CommandData::ReverseCreditMemo(reversal) => match &reversal.part {
            Some(part) => (&part.calc_hash, &part.approved_by),
            None => return,
        },
        _ => return,
    };
    let state = step.state.as_ref().unwrap();
    let approvals = state.approvals().iter();
    let mine: Vec<&Approval> = approvals
        .filter(|approval| approval.calc_hash == *hash && !hash.is_empty())
        .collect();
    let is_granted = |approval: &&Approval| approval.state == ApprovalState::Approved;
    let granted = mine.iter().copied().find(is_granted);
    assert_eq!(
        granted.is_some(),
        !names.is_empty(),
        "{names:?} stand on {}",
        command.key_text
    );
    for name in names {
        assert!(
            world.said.contains(&(hash.clone(), name.clone())),
            "{name} approved another calculation"
        );
    }
}

/// A decision counts for the calculation that was looked at, and nobody decides on what they took part in.
pub(super) fn check_decisions(world: &World, state: &ReturnState) {
    for approval in state.approvals() {
        if approval.subject != ApprovalSubject::Calc {
            continue;
        }
        for decision in &approval.decisions {
            let said = (approval.calc_hash.clone(), decision.user.clone());
            let counts = decision.decision == Say::Reject
                || approval.carried_from.is_some()
                || world.said.contains(&said);
            assert!(counts, "{} did not approve this", decision.user);
            assert_ne!(decision.user, approval.requested_by, "four eyes");
        }
    }
    for credit in state.credits() {
        let Some(id) = &credit.approval_id else {
            continue;
        };
        let approvals = state.approvals().iter();
        let approval = approvals.clone().find(|a| a.approval_id == *id).unwrap();
        assert_eq!(approval.calc_hash, credit.calc_hash, "of this credit");
    }
}
