//! The day is proven by one person and signed by another.

use std::process::Command;

use serde_json::Value;
use tests::browser::Browser;
use tests::world::{ask, until_returns};

use super::{Desk, looked_at, says};

/// Proves today, as somebody; gives the run and its status.
fn prove(desk: &Desk, who: &str) -> (String, String) {
    let today = jiff::Timestamp::now().strftime("%Y-%m-%d").to_string();
    let output = Command::new(env!("CARGO_BIN_EXE_product"))
        .args(["reconcile", "--json", "--as", who, "--date", &today])
        .args(["--entity", "US01", "--config"])
        .arg(desk.world.config())
        .output()
        .unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    let told: Value = serde_json::from_str(&text).unwrap();
    let word = |of: &Value| of.as_str().unwrap().to_owned();
    (word(&told[0]["run_id"]), word(&told[0]["report"]["status"]))
}

#[tokio::test(flavor = "multi_thread")]
async fn somebody_signs_the_day_that_another_has_proven() {
    let desk = Desk::of_bjones().await;
    let sidecar = desk.sidecar().await;
    ask(&sidecar, 1..=2).await.unwrap();
    until_returns(&sidecar, "SETTLED", 2).await.unwrap();
    let (own, _) = prove(&desk, "bjones");
    let (run, status) = prove(&desk, "carol");

    let browser = Browser::start().await.unwrap();
    desk.sign_in(&browser, "/proofs").await;
    says(&browser, "carol").await;
    looked_at(&browser, "proofs").await;

    // Whoever ran it does not sign it.
    let place = |run: &str| format!("{}/proofs/{run}", desk.base);
    browser.go(&place(&own)).await.unwrap();
    says(&browser, "You ran it: somebody else has to sign").await;
    browser.go(&place(&run)).await.unwrap();
    let words = match status.as_str() {
        "NOT_PROVEN" => "not proven",
        _ => "proven",
    };
    says(&browser, words).await;
    says(&browser, "credits here ↔ credit memos in the ERP").await;
    looked_at(&browser, "proof").await;
    browser
        .write("#note", "compared with the bank")
        .await
        .unwrap();
    browser.press("section.card button").await.unwrap();
    says(&browser, "by bjones").await;
    says(&browser, "compared with the bank").await;
    looked_at(&browser, "signed").await;
    browser.quit().await.unwrap();
    sidecar.terminate().await.unwrap();
}
