//! The sidecar is killed while the ERP has answered nothing yet, again and again: each credit memo exists once.

use std::time::Duration;

use simulators::erp::Collection;
use simulators::faults::{Fault, Rule};
use simulators::wms::Story;
use tests::until;
use tests::world::{World, ask, until_returns};

#[tokio::test(flavor = "multi_thread")]
async fn a_memo_whose_answer_is_lost_with_the_process_exists_once() {
    let world = World::start(Some(Story::AllGood), "", "").await.unwrap();
    // The ERP posts, and answers only when nobody listens any more.
    let slow = Rule::times(Fault::CommitThenHang, 3)
        .on("POST /api/creditMemos")
        .delay_ms(20_000);
    world.erp.faults().add(slow);
    let sidecar = world.sidecar(env!("CARGO_BIN_EXE_product")).await.unwrap();
    ask(&sidecar, 1..=3).await.unwrap();
    until("a memo was begun", Duration::from_mins(1), || async {
        let ledger = world.erp.ledger();
        ledger
            .documents
            .get(&Collection::CreditMemos)
            .filter(|memos| !memos.is_empty())
            .map(drop)
    })
    .await
    .unwrap();
    sidecar.kill().unwrap();

    let sidecar = world.sidecar(env!("CARGO_BIN_EXE_product")).await.unwrap();
    until_returns(&sidecar, "SETTLED", 3).await.unwrap();
    let ledger = world.erp.ledger();
    assert!(ledger.duplicates.is_empty(), "{:?}", ledger.duplicates);
    let memos = &ledger.documents[&Collection::CreditMemos];
    assert_eq!(memos.len(), 3, "{memos:?}");
    assert!(
        memos.iter().all(|memo| memo["status"] == "Posted"),
        "{memos:?}"
    );
    assert!(sidecar.terminate().await.unwrap().success());
}

#[tokio::test(flavor = "multi_thread")]
async fn killed_at_any_moment_it_takes_up_again() {
    let world = World::start(Some(Story::InTwoParts), "", "").await.unwrap();
    for round in 0..4_u32 {
        let sidecar = world.sidecar(env!("CARGO_BIN_EXE_product")).await.unwrap();
        ask(&sidecar, round * 10 + 1..=round * 10 + 10)
            .await
            .unwrap();
        let posted = world.erp.ledger().journal.len();
        until("the round is under way", Duration::from_mins(1), || async {
            (world.erp.ledger().journal.len() >= posted + 5).then_some(())
        })
        .await
        .unwrap();
        sidecar.kill().unwrap();
    }
    let sidecar = world.sidecar(env!("CARGO_BIN_EXE_product")).await.unwrap();
    until_returns(&sidecar, "SETTLED", 40).await.unwrap();
    let ledger = world.erp.ledger();
    assert!(ledger.duplicates.is_empty(), "{:?}", ledger.duplicates);
    assert_eq!(ledger.documents[&Collection::ReturnOrders].len(), 40);
    // Two parts each: two memos, which sum up to the whole line.
    assert_eq!(ledger.documents[&Collection::CreditMemos].len(), 80);
    assert!(world.warehouse.ledger().duplicates.is_empty());
    let verified = sidecar.command(&["audit", "verify"]).unwrap();
    assert!(
        verified.status.success(),
        "{}",
        String::from_utf8_lossy(&verified.stderr)
    );
}
