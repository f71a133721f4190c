//! Many dead letters of one cause, given back with a canary and a pace, cut off half-way, given back again by two at once.
//!
//! 80 by default; BACKHAUL_LONG=1 makes them 10,000.
#![allow(clippy::unwrap_used, reason = "tests")]

use std::process::{Child, Command, Stdio};
use std::time::Duration;

use serde_json::{Value, json};
use simulators::erp::Collection;
use simulators::wms::Story;
use tests::sidecar::Sidecar;
use tests::world::{SECRET, World, request};
use tests::{post, until};

fn many() -> u32 {
    if std::env::var_os("BACKHAUL_LONG").is_some() {
        10_000
    } else {
        80
    }
}

fn open(sidecar: &Sidecar) -> usize {
    let listed = sidecar.ask(&["exception", "list", "--limit", "0", "--json"]);
    listed.unwrap().as_array().unwrap().len()
}

fn replaying(world: &World, rate: &str) -> Child {
    Command::new(env!("CARGO_BIN_EXE_product"))
        .args([
            "exception",
            "replay",
            "--code",
            "MASTER_DATA_MISSING",
            "--yes",
        ])
        .args([
            "--canary",
            "3",
            "--canary-seconds",
            "2",
            "--rate",
            rate,
            "--json",
        ])
        .arg("--config")
        .arg(world.config())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap()
}

/// T13: resumable, safe to cancel, safe to press twice, paced; every effect once.
#[tokio::test(flavor = "multi_thread")]
async fn t13_a_replay_of_many_is_cut_off_and_goes_on() {
    let many = many();
    let world = World::start(Some(Story::AllGood), "", "").await.unwrap();
    let sidecar = world.sidecar(env!("CARGO_BIN_EXE_product")).await.unwrap();
    let url = format!("{}/in/portal", sidecar.ingress);
    for number in 1..=many {
        let mut message = request(number);
        *message.pointer_mut("/lines/0/reason").unwrap() = json!("broken");
        let body = serde_json::to_vec(&message).unwrap();
        let (status, answer) = post(&url, SECRET, body).await.unwrap();
        assert!((400..500).contains(&status), "{answer}");
    }
    assert_eq!(open(&sidecar), many as usize);
    assert!(sidecar.terminate().await.unwrap().success());
    let text = std::fs::read_to_string(world.config()).unwrap();
    let table = "[connectors.portal.codes.reason]\nbroken = \"DEFECTIVE_ON_ARRIVAL\"\n\n[connectors.wms-east]";
    let mended = text.replacen("[connectors.wms-east]", table, 1);
    std::fs::write(world.config(), mended).unwrap();
    let sidecar = world.sidecar(env!("CARGO_BIN_EXE_product")).await.unwrap();

    // Killed when some are done and some are not.
    let mut first = replaying(&world, "20");
    let half = || async {
        let left = open(&sidecar);
        (left < many as usize - 10 && left > 10).then_some(left)
    };
    let left = until("half of them are replayed", Duration::from_mins(5), half)
        .await
        .unwrap();
    first.kill().unwrap();
    first.wait().unwrap();
    assert!(left < many as usize, "some were done");

    // Again, twice at the same time: what one has done the other is refused.
    let both = [replaying(&world, "0"), replaying(&world, "0")];
    let mut done = 0;
    for child in both {
        let output = child.wait_with_output().unwrap();
        let decisions: Value = serde_json::from_slice(&output.stdout).unwrap();
        let decisions = decisions.as_array().unwrap();
        let mine = decisions.iter().filter(|d| d["done"] == true).count();
        done += mine;
    }
    assert!(done <= left, "each exception is replayed by one");
    let settled = || async {
        let listed = sidecar
            .ask(&["return", "list", "--limit", "0", "--json"])
            .ok()?;
        let listed = listed.as_array()?.iter();
        let settled = listed.filter(|r| r["lifecycle"] == "SETTLED").count();
        (settled == many as usize).then_some(())
    };
    until("all are settled", Duration::from_mins(20), settled)
        .await
        .unwrap();
    assert_eq!(open(&sidecar), 0);
    let ledger = world.erp.ledger();
    assert!(ledger.duplicates.is_empty(), "{:?}", ledger.duplicates);
    assert_eq!(
        ledger.documents[&Collection::ReturnOrders].len(),
        many as usize
    );
    assert!(world.warehouse.ledger().duplicates.is_empty());
}
