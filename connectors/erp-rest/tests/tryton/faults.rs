//! Every step with every way in which its answer can be lost.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "tests"
)]

use std::time::Duration;

use canonical::{Command, CommandData, Money, Qty};

use crate::delivery::deliver;
use crate::desk::{Desk, PATIENCE, Way, command};
use crate::proxy::Proxy;

/// A request of a document's life: which command, what the proxy matches, and the model of the document.
struct Step {
    name: &'static str,
    command: &'static str,
    matches: &'static str,
    model: &'static str,
    complete: &'static str,
}

const MEMO: &str = "account.invoice";
const RETURN: &str = "stock.shipment.out.return";

const STEPS: &[Step] = &[
    Step {
        name: "memo create",
        command: "basic",
        matches: "POST .*/account.invoice[?]",
        model: MEMO,
        complete: "posted",
    },
    Step {
        name: "memo post",
        command: "basic",
        matches: "POST .*/post[?]",
        model: MEMO,
        complete: "posted",
    },
    Step {
        name: "return create",
        command: "receipt-hold",
        matches: "POST .*/stock.shipment.out.return[?]",
        model: RETURN,
        complete: "done",
    },
    Step {
        name: "return receive",
        command: "receipt-hold",
        matches: "POST .*/receive[?]",
        model: RETURN,
        complete: "done",
    },
    Step {
        name: "return do",
        command: "receipt-hold",
        matches: "POST .*/do[?]",
        model: RETURN,
        complete: "done",
    },
];

const MODES: &[&str] = &[
    "hang_after",
    "reset_after",
    "truncate_after",
    "status_after:503",
    "dup",
    "hang_before",
    "status_before:429",
    "status_before:503",
];

/// What runs by default: each step, and each fault where it hurts.
const SHORT: &[(&str, &str)] = &[
    ("memo create", "reset_after"),
    ("memo create", "dup"),
    ("memo post", "hang_after"),
    ("memo post", "status_after:503"),
    ("memo post", "dup"),
    ("return create", "truncate_after"),
    ("return receive", "reset_after"),
    ("return do", "dup"),
];

pub(crate) async fn run(desk: &Desk) {
    let is_long = std::env::var_os("BACKHAUL_LONG").is_some();
    let mut proved = 0;
    for step in STEPS {
        for mode in MODES {
            if is_long || SHORT.contains(&(step.name, mode)) {
                prove(desk, step, mode).await;
                proved += 1;
            }
        }
    }
    assert!(proved >= SHORT.len(), "{proved}");
    println!("{proved} faults, each effect once");
}

async fn prove(desk: &Desk, step: &Step, mode: &str) {
    let what = format!("{} {mode}", step.name);
    let command = command(step.command, &what);
    let before = Balances::of(desk).await;
    let delay = PATIENCE + Duration::from_secs(1);
    let proxy = Proxy::before(&desk.server, mode, step.matches, delay).await;
    let way = Way::to(&proxy.url(), &desk.server.key);
    let mut delivery = deliver(&way, &proxy, &command).await;
    assert!(proxy.went_wrong().await, "{what} came about");
    let first = delivery.failures.first().copied();
    assert_eq!(first, first_failure(step, mode), "{what}");
    println!("{what}: {:?}", delivery.failures);
    let key = command.effect_key.as_str();
    if mode == "dup" && step.name.ends_with("create") {
        // A gateway made two drafts of one request: none is finished before a person took one back.
        assert!(!delivery.done, "{what}: {delivery:?}");
        let drafts = desk.books.states(step.model, key).await;
        assert_eq!(drafts, ["draft", "draft"], "{what}");
        assert_eq!(Balances::of(desk).await, before, "{what}");
        desk.books.remove_draft(step.model, key).await;
        delivery = deliver(&way, &proxy, &command).await;
    }
    assert!(delivery.done, "{what}: {delivery:?}");
    let mut states = desk.books.states(step.model, key).await;
    states.retain(|state| state != "cancelled");
    assert_eq!(states, [step.complete], "{what}");
    assert_eq!(Balances::of(desk).await, before.after(&command), "{what}");
    // Sent once more, it is known and moves nothing.
    let again = way.send(&command).await.unwrap();
    assert!(again.duplicate, "{what}");
    assert_eq!(Balances::of(desk).await, before.after(&command), "{what}");
}

/// The code of the first failure that the router sees; none where the connector looks for itself.
fn first_failure(step: &Step, mode: &str) -> Option<&'static str> {
    let creates = step.name.ends_with("create");
    match mode {
        "dup" if creates => Some("erp-rest.several"),
        // The second of the two is refused, and the look after it shows that the first was done.
        "dup" => None,
        "status_before:429" if creates => Some("erp-rest.throttled"),
        "status_before:429" => Some("erp-rest.half-finished"),
        "status_before:503" | "status_after:503" => Some("erp-rest.server-error"),
        _ => Some("erp-rest.answer-lost"),
    }
}

/// What the customer owes and what lies in the warehouse.
#[derive(Debug, PartialEq, Eq)]
struct Balances {
    owed: Money,
    held: Qty,
}

impl Balances {
    async fn of(desk: &Desk) -> Self {
        Self {
            owed: desk.books.receivable().await,
            held: desk.books.on_hand("WH").await,
        }
    }

    /// As they must be after the command was done once.
    fn after(&self, command: &Command) -> Self {
        let (mut owed, mut held) = (self.owed, self.held);
        match &command.data {
            CommandData::PostCreditMemo(memo) => owed = owed.minus(memo.amount()).unwrap(),
            CommandData::MoveStock(movement) => {
                held = held.checked_add(movement.base_qty).unwrap();
            }
            other => panic!("{other:?}"),
        }
        Self { owed, held }
    }
}
