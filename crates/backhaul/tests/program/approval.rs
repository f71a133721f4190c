//! The approval desk from the command line, beside a sidecar that runs on the same store.

use std::path::Path;
use std::process::Output;
use std::time::{Duration, Instant};

use crate::support;
use crate::support::finance::{blocks, start, write};
use backhaul::config::{self, Environment, Secrets};
use backhaul::sidecar::Running;
use serde_json::{Value, json};
use testkit::told;

/// Goods of that gross came back, and were inspected and restocked.
async fn credited(running: &Running, name: &str, gross_minor: i64) {
    support::tell(running, told::restocked(name, gross_minor)).await;
}

async fn desk(folder: &Path, arguments: &[&str]) -> Output {
    support::program(folder, &[&["approval"], arguments].concat()).await
}

async fn json_of(folder: &Path, arguments: &[&str]) -> Value {
    support::json_of(folder, &[&["approval"], arguments].concat()).await
}

async fn waiting(folder: &Path, count: usize) -> Vec<Value> {
    let deadline = Instant::now() + Duration::from_mins(1);
    loop {
        let list = json_of(folder, &["list"]).await;
        let list = list.as_array().unwrap();
        if list.len() == count {
            return list.clone();
        }
        assert!(Instant::now() < deadline, "{count} do not come: {list:?}");
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
}

/// What the command says when it refuses.
async fn refused(folder: &Path, arguments: &[&str]) -> String {
    let output = desk(folder, arguments).await;
    assert_eq!(output.status.code(), Some(3), "{output:?}");
    String::from_utf8_lossy(&output.stderr).into_owned()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_waits_is_listed_shown_approved_and_rejected() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    write(folder);
    let running = start(folder).await;
    credited(&running, "P1", 50_100).await;
    credited(&running, "P2", 500_100).await;
    let list = waiting(folder, 2).await;
    let one = list.iter().find(|a| a["amount_minor"] == 50_100).unwrap();
    let two = list.iter().find(|a| a["amount_minor"] == 500_100).unwrap();
    assert_eq!(one["customer"], "C-100");
    assert_eq!(one["currency"], "USD");
    assert_eq!(
        one["missing"],
        json!([{ "role": "returns_supervisor", "count": 1 }])
    );
    assert_eq!(one["rule_ids"], json!(["amount-500"]));
    assert_eq!(two["missing"][0]["role"], "finance_manager");
    let (one, two) = (
        one["approval_id"].as_str().unwrap(),
        two["approval_id"].as_str().unwrap(),
    );

    let role = json_of(folder, &["list", "--role", "finance_manager"]).await;
    assert_eq!(role.as_array().unwrap().len(), 1);
    let mine = json_of(folder, &["list", "--mine", "sue"]).await;
    assert_eq!(mine[0]["approval_id"], one);
    assert_eq!(mine.as_array().unwrap().len(), 1);
    let inspectors = json_of(folder, &["list", "--mine", "asmith"]).await;
    assert_eq!(inspectors, json!([]), "she inspected the goods, as ivan");

    let shown = json_of(folder, &["show", one]).await;
    assert_eq!(
        shown["calculation"]["components"][0]["policy_rule_id"],
        "credit-full"
    );
    let text = desk(folder, &["show", one]).await;
    let text = String::from_utf8_lossy(&text.stdout).into_owned();
    assert!(
        text.contains("if approved: a credit memo of 501.00 USD"),
        "{text}"
    );
    assert!(text.contains("credit-full"), "{text}");

    let why = refused(folder, &["approve", one, "--by", "asmith"]).await;
    assert!(why.contains("took part in this return"), "{why}");
    let why = refused(folder, &["approve", two, "--by", "sue"]).await;
    assert!(why.contains("does not hold role"), "{why}");
    let why = refused(folder, &["approve", one, "--by", "sue", "--version", "7"]).await;
    assert!(why.contains("is at version 0 by now"), "{why}");
    refused(folder, &["show", "APR-none"]).await;
    let wrong = desk(
        folder,
        &["reject", two, "--by", "dpatel", "--reason", "BECAUSE"],
    )
    .await;
    assert_eq!(wrong.status.code(), Some(2), "{wrong:?}");
    let told = String::from_utf8_lossy(&wrong.stderr).into_owned();
    assert!(told.contains("EXCESSIVE_WEAR, "), "{told}");

    let for_sue = [
        "approve",
        one,
        "--by",
        "eroth",
        "--on-behalf-of",
        "sue",
        "--comment",
        "seen",
        "--version",
        "0",
    ];
    let done = json_of(folder, &for_sue).await;
    assert_eq!(done["counts"], true, "{done}");
    assert_eq!(done["state"], "APPROVED");
    let reject = [
        "reject",
        two,
        "--by",
        "dpatel",
        "--reason",
        "NOT_DEFECTIVE",
        "--comment",
        "works",
    ];
    let done = json_of(folder, &reject).await;
    assert_eq!(done["state"], "REJECTED", "{done}");
    assert_eq!(json_of(folder, &["list"]).await, json!([]));
    let late = refused(folder, &["approve", two, "--by", "cmeyer"]).await;
    assert!(
        late.contains("dpatel rejected as finance_manager"),
        "{late}"
    );
    let shown = json_of(folder, &["show", one]).await;
    assert_eq!(shown["decisions"][0]["on_behalf_of"], "sue");
    assert_eq!(shown["decisions"][0]["role"], "returns_supervisor");
    let rows = running
        .store
        .audit(shown["return_id"].as_str().unwrap(), 0, 100)
        .await
        .unwrap();
    let refusals = rows
        .iter()
        .filter(|row| row.entry.action == "approval.refused");
    assert_eq!(refusals.count(), 2, "asmith, and sue on the wrong version");
    assert!(
        rows.iter()
            .any(|row| row.entry.action == "approval.approve" && row.entry.actor == "eroth")
    );
    assert!(store::audit_verify(running.store.as_ref()).await.is_ok());

    // Without a sidecar it is recorded, and taken at the next start.
    credited(&running, "P3", 60_000).await;
    let three = waiting(folder, 1).await[0]["approval_id"]
        .as_str()
        .unwrap()
        .to_owned();
    assert!(running.stop().await);
    let recorded = json_of(folder, &["approve", &three, "--by", "sue", "--wait", "0"]).await;
    assert_eq!(recorded["counts"], Value::Null, "{recorded}");
    let running = start(folder).await;
    waiting(folder, 0).await;
    let shown = json_of(folder, &["show", &three]).await;
    assert_eq!(shown["state"], "APPROVED");
    assert!(running.stop().await);
}

/// What is wrong with the file is said offline, and a role that nobody holds is a warning.
#[test]
fn the_file_of_approvers_is_checked() {
    let folder = tempfile::tempdir().unwrap();
    write(folder.path());
    let checked = || {
        let environment = Environment::default();
        let reading = config::parse(
            &blocks(),
            "test",
            folder.path(),
            &environment,
            Secrets::Needed,
        );
        backhaul::check::check(&reading.config)
    };
    assert!(!checked().to_string().contains("role"), "{}", checked());
    let path = folder.path().join("approvers.toml");
    let people = std::fs::read_to_string(&path).unwrap();
    let limit = "[[limit]]\nrole = \"controller\"";
    let (before, limit) = people.split_once(limit).unwrap();
    let (_, after) = limit.split_once("\n\n").unwrap();
    let without = format!("{before}\n\n{after}");
    std::fs::write(
        &path,
        without.replace("roles = [\"controller\"]", "roles = [\"janitor\"]"),
    )
    .unwrap();
    let report = checked();
    assert!(report.is_ok(), "{report}");
    let said = report.to_string();
    assert!(
        said.contains("asks for 1 of role \"controller\", and 0 people hold it"),
        "{said}"
    );
    std::fs::write(&path, people.replace("to = \"5000.00\"", "to = \"much\"")).unwrap();
    let report = checked();
    assert!(!report.is_ok());
    assert!(report.to_string().contains("approvers.toml:"), "{report}");
    std::fs::remove_file(&path).unwrap();
    assert!(
        checked().to_string().contains("approvers.file"),
        "{}",
        checked()
    );
}
