//! Many dead letters of one cause, given back by a run: a few first, at a pace, killed, cancelled half-way, resumed.
//!
//! 80 by default; BACKHAUL_LONG=1 makes them 10,000.

use std::process::{Command, Stdio};
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

/// What the command line answers about runs of replays.
fn replay(world: &World, args: &[&str]) -> (Option<i32>, Value) {
    let output = Command::new(env!("CARGO_BIN_EXE_product"))
        .arg("replay")
        .args(args)
        .args(["--json", "--config"])
        .arg(world.config())
        .stderr(Stdio::inherit())
        .output()
        .unwrap();
    let said = serde_json::from_slice(&output.stdout).unwrap_or_default();
    (output.status.code(), said)
}

/// Waits until that many of the run are given back, or that phase is reached.
async fn until_run(
    world: &World,
    id: &str,
    what: &str,
    is_there: impl Fn(&Value) -> bool,
) -> Value {
    let seen = || async {
        let (_, run) = replay(world, &["show", id]);
        is_there(&run).then_some(run)
    };
    until(what, Duration::from_mins(20), seen).await.unwrap()
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

    // Asked for by two at once it is one run, and a few go first.
    let half = u64::from(many / 2);
    let rate = (many / 10).to_string();
    let wish = [
        "start",
        "--code",
        "MASTER_DATA_MISSING",
        "--canary",
        "3",
        "--canary-seconds",
        "2",
        "--rate",
        &rate,
    ];
    let (code, run) = replay(&world, &wish);
    assert_eq!(code, Some(0), "{run}");
    let id = run["run_id"].as_str().unwrap().to_owned();
    assert_eq!(run["meant"], many);
    let (_, again) = replay(&world, &wish);
    assert_eq!(again["run_id"], id.as_str(), "pressed twice");
    let other = replay(
        &world,
        &["start", "--code", "MASTER_DATA_MISSING", "--rate", "0"],
    );
    assert_eq!(other.0, Some(3), "another pace is another run: {}", other.1);
    // T17: nobody runs now, and it waits for whoever starts with the new configuration.
    let (_, waits) = replay(&world, &["show", &id]);
    assert_eq!(
        (&waits["phase"], &waits["done"]),
        (&json!("first"), &json!(0))
    );
    let sidecar = world.sidecar(env!("CARGO_BIN_EXE_product")).await.unwrap();

    // The sidecar is killed while it drives the run, and the next one goes on where it stood.
    let done = |run: &Value| run["done"].as_u64().unwrap_or(0);
    until_run(&world, &id, "the rest has begun", |run| done(run) > 3).await;
    sidecar.kill().unwrap();
    let (_, left) = replay(&world, &["show", &id]);
    assert_eq!(left["phase"], "rest", "{left}");
    let sidecar = world.sidecar(env!("CARGO_BIN_EXE_product")).await.unwrap();

    // Cancelled half-way: what was given back stays so, the rest stays as it is.
    until_run(&world, &id, "half of them", |run| done(run) >= half).await;
    let (code, cancelled) = replay(&world, &["cancel", &id, "--as", "ada"]);
    assert_eq!((code, &cancelled["phase"]), (Some(0), &json!("cancelled")));
    let cancelled = until_run(&world, &id, "what was under way is counted", |run| {
        run["under_way"] == 0
    })
    .await;
    let left = open(&sidecar);
    let given = done(&cancelled);
    assert!(left > 0, "{cancelled}");
    assert_eq!(given + left as u64, u64::from(many), "{cancelled}");
    assert_eq!(replay(&world, &["cancel", &id]).0, Some(3), "it is over");

    // Resumed: a few first again, then the rest.
    let (code, resumed) = replay(&world, &["resume", &id]);
    assert_eq!((code, &resumed["phase"]), (Some(0), &json!("first")));
    let ended = until_run(&world, &id, "all of them", |run| run["phase"] == "done").await;
    assert_eq!(
        (done(&ended), &ended["refused"]),
        (u64::from(many), &json!(0)),
        "{ended}"
    );
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
