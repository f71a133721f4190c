//! Whose unannounced goods are, said on the command line beside a sidecar that runs on the same store.

use std::path::Path;
use std::process::Output;
use std::time::{Duration, Instant};

use backhaul::sidecar::{self, Running};
use serde_json::{Value, json};

use crate::support::{self, EMBEDDED, POLICY, configured};

/// A sidecar that holds a parcel which nobody announced; the return that holds it.
async fn with_parcel(folder: &Path) -> (Running, String) {
    let config = configured(folder, &format!("{EMBEDDED}{POLICY}"));
    let policy = folder.join("us01.toml");
    let text = std::fs::read_to_string(&policy).unwrap();
    std::fs::write(&policy, text + "\n[blind_return]\naccept = true\n").unwrap();
    let running = sidecar::start(&config).await.unwrap();
    let parcel = testkit::told::unannounced("DC-EAST", "1Z-5", &[("SKU-1", 4)]);
    support::tell(&running, vec![parcel]).await;
    let id = standing(folder, &[], "PENDING_AUTHORIZATION").await;
    (running, id)
}

/// The id of the return that stands so, waited for.
async fn standing(folder: &Path, more: &[&str], lifecycle: &str) -> String {
    let deadline = Instant::now() + Duration::from_mins(1);
    loop {
        let arguments = [&["return", "list", "--lifecycle", lifecycle], more].concat();
        let rows = support::json_of(folder, &arguments).await;
        if let Some(row) = rows.as_array().unwrap().first() {
            return row["return_id"].as_str().unwrap().to_owned();
        }
        assert!(Instant::now() < deadline, "none is {lifecycle}");
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
}

async fn identify(folder: &Path, arguments: &[&str]) -> Output {
    support::program(folder, &[&["return", "identify"], arguments].concat()).await
}

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn goods_are_identified_as_a_sale_that_was_drafted() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let (running, id) = with_parcel(folder).await;

    let draft = identify(folder, &[&id, "--draft"]).await;
    assert!(draft.status.success(), "{}", said(&draft));
    let mut sale: Value = serde_json::from_slice(&draft.stdout).unwrap();
    let line = &sale["lines"][0];
    assert_eq!(
        (&line["sku"], &line["qty_requested"]),
        (&json!("SKU-1"), &json!("4"))
    );
    let by = ["--by", "max", "--reason", "the packing slip was inside"];
    let file = folder.join("sale.json");
    let write = |sale: &Value| std::fs::write(&file, sale.to_string()).unwrap();

    // Nobody invoiced them to this customer on a day from which the policy would take them: a person is asked.
    sale["channel"] = json!("b2b");
    sale["customer_account"] = json!("C-100");
    sale["lines"][0]["reason"] = json!("NO_LONGER_NEEDED");
    sale["lines"][0]["qty_requested"] = json!("0");
    write(&sale);
    let arguments = [&[&*id, "--sale", "sale.json"], &by[..]].concat();
    let nothing = identify(folder, &arguments).await;
    assert_eq!(nothing.status.code(), Some(3), "{}", said(&nothing));
    sale["lines"][0]["qty_requested"] = json!("4");
    write(&sale);
    let done = identify(folder, &arguments).await;
    assert!(done.status.success(), "{}", said(&done));
    standing(folder, &["--customer", "C-100"], "PENDING_AUTHORIZATION").await;

    for wrong in [
        vec![&*id, "--by", "max", "--reason", "x"],
        vec![
            &*id,
            "--sale",
            "sale.json",
            "--unidentifiable",
            "--by",
            "max",
            "--reason",
            "x",
        ],
        vec![&*id, "--unidentifiable", "--by", "max"],
        vec![&*id, "--unidentifiable", "--by", " ", "--reason", "x"],
        vec![&*id, "--sale", "none.json", "--by", "max", "--reason", "x"],
    ] {
        let wrong = identify(folder, &wrong).await;
        assert!(
            matches!(wrong.status.code(), Some(1 | 2)),
            "{}",
            said(&wrong)
        );
    }

    let nobody = identify(
        folder,
        &[
            &id,
            "--unidentifiable",
            "--by",
            "max",
            "--reason",
            "no slip",
        ],
    )
    .await;
    assert!(nobody.status.success(), "{}", said(&nobody));
    standing(folder, &[], "DECLINED").await;
    let over = identify(folder, &[&id, "--draft"]).await;
    assert_eq!(over.status.code(), Some(3), "{}", said(&over));
    assert!(running.stop().await);
}
