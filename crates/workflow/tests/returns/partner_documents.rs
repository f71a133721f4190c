//! Partners who ask by a document are answered by one, and told by one what was credited.

use crate::world::World;
use crate::world::facts::{asked, disposed, inspected, line, received, request};
use canonical::command::{CreditAdvice, RequestAnswer, RequestDecision};
use canonical::{
    CommandData, Condition, DenialReason, DispositionAction, EffectKind, EventData, Lifecycle, Qty,
};

const US01: &str = include_str!("../../../../deploy/policy/us01.toml");

/// The example policy, with documents for other channels.
fn world(answer: &str, credit_advice: &str) -> World {
    let text = US01
        .replace(
            "answer = [\"edi-retailer\"]",
            &format!("answer = [{answer}]"),
        )
        .replace(
            "credit_advice = [\"edi-retailer\"]",
            &format!("credit_advice = [{credit_advice}]"),
        );
    World::with_policy(&text)
}

fn answers(world: &World) -> Vec<RequestAnswer> {
    let commands = world.commands(EffectKind::Edi180).into_iter();
    commands
        .map(|command| match command.data.clone() {
            CommandData::AnswerRequest(answer) => answer,
            other => panic!("{other:?}"),
        })
        .collect()
}

fn advices(world: &World) -> Vec<CreditAdvice> {
    let commands = world.commands(EffectKind::Edi812).into_iter();
    commands
        .map(|command| match command.data.clone() {
            CommandData::AdviseCredit(advice) => *advice,
            other => panic!("{other:?}"),
        })
        .collect()
}

fn goods_come(world: &mut World) {
    world.tell(received("R1", &[("SKU-1", 4)]));
    world.tell(inspected("I1", &[("SKU-1", 4, Condition::ANewSealed)]));
    world.tell(disposed("D1", &[("SKU-1", 4, DispositionAction::Restock)]));
}

#[test]
fn an_authorisation_is_answered_once() {
    let mut world = world("\"portal\"", "");
    world.tell(asked(request(vec![line(1, 4), line(2, 2)])));
    world.tell(asked(request(vec![line(1, 4), line(2, 2)])));
    let answers = answers(&world);
    assert_eq!(answers.len(), 1);
    assert_eq!(answers[0].decision, RequestDecision::Authorized);
    assert_eq!(answers[0].request_id, "P1");
    assert_eq!(answers[0].denial, None);
    assert!(answers[0].expires_at.is_some());
    let lines: Vec<(Qty, Qty)> = answers[0]
        .lines
        .iter()
        .map(|line| (line.qty_requested, line.qty_authorized))
        .collect();
    assert_eq!(
        lines,
        [
            (Qty::whole(4), Qty::whole(4)),
            (Qty::whole(2), Qty::whole(2))
        ]
    );
}

#[test]
fn a_denial_is_answered_with_its_reason() {
    let mut world = world("\"portal\"", "");
    // More than the invoice line has.
    world.tell(asked(request(vec![line(1, 40)])));
    assert_eq!(world.state().lifecycle(), Lifecycle::Declined);
    let answers = answers(&world);
    assert_eq!(answers.len(), 1);
    assert_eq!(answers[0].decision, RequestDecision::Denied);
    assert!(
        answers[0]
            .denial
            .is_some_and(|reason| reason != DenialReason::WindowExceeded)
    );
    assert!(
        answers[0]
            .lines
            .iter()
            .all(|line| line.qty_authorized.is_zero())
    );
}

#[test]
fn a_credit_is_advised_after_it_was_posted() {
    let mut world = world("", "\"portal\"");
    world.tell(asked(request(vec![line(1, 4)])));
    goods_come(&mut world);
    assert!(advices(&world).is_empty(), "nothing is posted yet");
    world.confirm_all();
    let advices = advices(&world);
    assert_eq!(advices.len(), 1);
    let memo = &world.commands(EffectKind::ErpCreditMemo)[0].clone();
    assert_eq!(advices[0].advises, memo.effect_key);
    assert!(!advices[0].document_no.is_empty());
    let CommandData::PostCreditMemo(posted) = &memo.data else {
        panic!("a memo")
    };
    assert_eq!(advices[0].memo, **posted);
    assert!(answers(&world).is_empty(), "answers were not asked for");
    world.confirm_all();
    assert_eq!(world.state().lifecycle(), Lifecycle::Settled);
}

#[test]
fn other_channels_get_no_documents() {
    let mut world = world("\"edi\"", "\"edi\"");
    let EventData::ReturnRequested(request) = asked(request(vec![line(1, 4)])) else {
        panic!("a request")
    };
    assert_eq!(request.channel, "portal");
    world.tell(EventData::ReturnRequested(request));
    goods_come(&mut world);
    world.confirm_all();
    assert!(answers(&world).is_empty() && advices(&world).is_empty());
    assert_eq!(world.state().lifecycle(), Lifecycle::Settled);
}
