//! What was finished and left is told as counted.

use super::*;
use crate::hands::{Count, Inputs};

fn held(queue: Count, inputs: Inputs) -> Held {
    Held {
        queues: BTreeMap::from([("q".to_owned(), queue)]),
        inputs: BTreeMap::from([("wms".to_owned(), inputs)]),
    }
}

#[test]
fn only_what_was_done_since_the_drain_began_counts() {
    let count = |open, finished, back| Count {
        open,
        finished,
        back,
    };
    let inputs = |finished| Inputs {
        finished,
        ..Inputs::default()
    };
    let drained = Drained::of_hands(
        &held(count(3, 10, 1), inputs(5)),
        &held(count(0, 13, 1), inputs(6)),
    );
    assert_eq!(
        drained.lines(),
        [
            "finished while draining: 3 deliveries, 1 input",
            "left nothing"
        ]
    );
}

#[test]
fn each_thing_left_is_named() {
    let now = held(
        Count {
            open: 2,
            finished: 0,
            back: 1,
        },
        Inputs {
            open: BTreeMap::from([(1, "a.edi#1".to_owned()), (2, "a.edi#2".to_owned())]),
            files: vec!["a.edi".to_owned()],
            finished: 0,
        },
    );
    let mut drained = Drained::of_hands(&Held::default(), &now);
    drained.left.outbox = 1;
    drained.left.effects.push(LeftEffect {
        key: "E".to_owned(),
        kind: "ERP_CREDIT_MEMO".to_owned(),
        connector: "erp".to_owned(),
        until: Some(Timestamp::UNIX_EPOCH),
    });
    assert_eq!(
        drained.lines()[1..],
        [
            "left: effect E (ERP_CREDIT_MEMO at erp) in flight: its lease stays until 1970-01-01T00:00:00Z, then whoever \
             comes looks it up",
            "left: 2 deliveries of q, taken and not finished: back in the queue",
            "left: 1 delivery of q, given back to the queue",
            "left: 1 message in the outbox: published by another process, or at the next start",
            "left: 1 input of wms, claimed and not finished: a.edi: taken up at the next start, or sent again",
        ]
    );
}

#[test]
fn of_many_effects_the_number_is_told() {
    let effect = LeftEffect {
        key: "E".to_owned(),
        kind: String::new(),
        connector: String::new(),
        until: None,
    };
    let left = Left {
        effects: vec![effect; TOLD + 3],
        ..Left::default()
    };
    let lines = left.lines();
    assert_eq!(lines.len(), TOLD + 1);
    assert_eq!(lines[TOLD], "left: 3 more effects in flight");
}
