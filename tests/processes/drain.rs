//! SIGTERM: what was finished and what was left is said, and it is true.

use std::time::{Duration, Instant};

use simulators::erp::Collection;
use simulators::faults::{Fault, Rule};
use simulators::wms::Story;
use tests::until;
use tests::world::{World, ask, until_returns};

/// How long the ERP would let us wait.
const HANGS: Duration = Duration::from_mins(2);

#[tokio::test(flavor = "multi_thread")]
async fn a_drain_that_is_cut_off_names_the_effects_in_flight() {
    let world = World::start(Some(Story::AllGood), "", "[router]\ndrain = \"1s\"\n")
        .await
        .unwrap();
    let text = std::fs::read_to_string(world.config()).unwrap();
    let patient = text
        .replace("timeout = \"2s\"", "timeout = \"3m\"")
        .replace("deadline = \"5s\"", "deadline = \"4m\"")
        .replace("settle_window = \"6s\"", "settle_window = \"5m\"");
    std::fs::write(world.config(), patient).unwrap();
    let hang = Rule::times(Fault::CommitThenHang, 3)
        .on("POST /api/creditMemos")
        .delay_ms(u64::try_from(HANGS.as_millis()).unwrap());
    world.erp.faults().add(hang);
    let mut sidecar = world.sidecar(env!("CARGO_BIN_EXE_product")).await.unwrap();
    ask(&sidecar, 1..=2).await.unwrap();
    until("two memos hang", Duration::from_mins(1), || async {
        let ledger = world.erp.ledger();
        let memos = ledger.documents.get(&Collection::CreditMemos)?;
        (memos.len() >= 2).then_some(())
    })
    .await
    .unwrap();
    let shown = sidecar.ask(&["return", "list", "--json"]).unwrap();
    assert_eq!(shown.as_array().unwrap().len(), 2);

    let began = Instant::now();
    sidecar.signal("TERM").unwrap();
    let status = sidecar.until_ended().await.unwrap();
    assert!(
        began.elapsed() < HANGS / 2,
        "it waited for the ERP: {:?}",
        began.elapsed()
    );
    assert_eq!(status.code(), Some(1), "{}", sidecar.log());
    let log = sidecar.log();
    let said: Vec<&str> = log
        .lines()
        .filter(|line| line.starts_with("left"))
        .collect();
    let effects: Vec<&&str> = said
        .iter()
        .filter(|line| line.contains("(ERP_CREDIT_MEMO at erp) in flight: its lease stays until"))
        .collect();
    assert_eq!(effects.len(), 2, "{log}");
    assert!(
        said.iter().any(
            |line| line.contains("2 deliveries of returns.effects.erp, taken and not finished")
        ),
        "{log}"
    );
    assert!(!said.contains(&"left nothing"), "{log}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_drain_that_ends_in_peace_left_nothing() {
    let world = World::start(Some(Story::AllGood), "", "").await.unwrap();
    let mut sidecar = world.sidecar(env!("CARGO_BIN_EXE_product")).await.unwrap();
    ask(&sidecar, 1..=3).await.unwrap();
    until_returns(&sidecar, "SETTLED", 3).await.unwrap();
    sidecar.signal("TERM").unwrap();
    let status = sidecar.until_ended().await.unwrap();
    let log = sidecar.log();
    assert!(status.success(), "{log}");
    assert!(log.lines().any(|line| line == "left nothing"), "{log}");
    assert!(
        log.lines()
            .any(|line| line.starts_with("finished while draining: ")),
        "{log}"
    );
}
