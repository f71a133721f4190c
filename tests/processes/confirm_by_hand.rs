//! A document that somebody has posted by hand: the effect takes its number, nothing is sent, and the return goes on.

use std::time::Duration;

use simulators::erp::Collection;
use simulators::faults::{Fault, Rule};
use simulators::wms::Story;
use tests::until;
use tests::world::{World, ask, until_returns};

#[tokio::test(flavor = "multi_thread")]
async fn a_refused_memo_is_confirmed_by_hand_once() {
    let world = World::start(Some(Story::AllGood), "", "").await.unwrap();
    world
        .erp
        .faults()
        .add(Rule::times(Fault::Refuse, 1).on("POST /api/creditMemos"));
    let sidecar = world.sidecar(env!("CARGO_BIN_EXE_product")).await.unwrap();
    ask(&sidecar, 1..=1).await.unwrap();
    let kept = until("the memo is refused", Duration::from_mins(1), || async {
        let kept = sidecar.ask(&["exception", "list", "--json"]).ok()?;
        (kept.as_array()?.len() == 1).then_some(kept)
    })
    .await
    .unwrap();
    assert_eq!(kept[0]["code"], "ERP_REJECTED");
    let id = kept[0]["exception_id"].as_str().unwrap().to_owned();
    let mut arguments = vec!["exception", "confirm", &id, "--document", "CM-4711"];
    let unfounded = sidecar.command(&[&arguments[..], &["--reason", " "]].concat());
    assert_eq!(
        unfounded.unwrap().status.code(),
        Some(3),
        "it needs a reason"
    );
    arguments.extend(["--reason", "typed in by accounts receivable", "--as", "ada"]);
    let done = sidecar.command(&arguments).unwrap();
    let said = String::from_utf8_lossy(&done.stdout).into_owned();
    assert!(
        done.status.success(),
        "{said}{}",
        String::from_utf8_lossy(&done.stderr)
    );
    assert!(said.contains("CM-4711"), "{said}");
    until_returns(&sidecar, "SETTLED", 1).await.unwrap();
    let again = sidecar.command(&arguments).unwrap();
    assert_eq!(again.status.code(), Some(3), "pressed twice");
    let ledger = world.erp.ledger();
    let memos = ledger.documents.get(&Collection::CreditMemos);
    assert!(
        memos.is_none_or(Vec::is_empty),
        "nothing was sent: {memos:?}"
    );
    let audit = sidecar.command(&["audit", "verify"]).unwrap();
    assert!(audit.status.success());
}
