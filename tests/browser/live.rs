//! A page that is open: told when something has changed, and leaving alone whoever reads or writes in it.

use serde_json::{Value, json};
use tests::browser::Browser;
use tests::world::{SECRET, ask, request, until_returns};
use tests::{post, until};

use crate::{Desk, PATIENCE, TOKEN, says};

/// The page is not loaded again by anybody, and does not look by itself for an hour.
const LEFT: &str = "window.stays = true; document.getElementById('main').dataset.live = 3600";

/// Waits until that holds on the page.
async fn holds(browser: &Browser, condition: &str) {
    let script = format!("return {condition}");
    let there = || async {
        let found = browser.run(&script).await.ok()?;
        (found == json!(true)).then_some(())
    };
    until(condition, PATIENCE, there).await.unwrap();
}

/// Waits until the page is told, and then leaves it to itself.
async fn left(browser: &Browser) {
    holds(browser, "stream !== null && stream.readyState === 1").await;
    browser.run(LEFT).await.unwrap();
}

async fn is(browser: &Browser, wanted: Value, script: &str) {
    assert_eq!(browser.run(script).await.unwrap(), wanted, "{script}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_that_is_open_shows_what_happens_and_takes_nothing_from_whoever_writes() {
    let desk = Desk::new().await;
    let sidecar = desk.sidecar().await;
    ask(&sidecar, 1..=1).await.unwrap();
    until_returns(&sidecar, "SETTLED", 1).await.unwrap();
    let browser = Browser::start().await.unwrap();
    desk.sign_in(&browser, "/returns").await;
    says(&browser, "RMA-1").await;
    left(&browser).await;
    ask(&sidecar, 2..=2).await.unwrap();
    says(&browser, "RMA-2").await;
    is(&browser, json!(true), "return window.stays").await;

    // What is written stays, and what is new waits for it.
    until_returns(&sidecar, "SETTLED", 2).await.unwrap();
    browser.write("#q", "INV-1").await.unwrap();
    browser.run(LEFT).await.unwrap();
    ask(&sidecar, 3..=3).await.unwrap();
    holds(
        &browser,
        "document.getElementById('main').hasAttribute('data-stale')",
    )
    .await;
    let later = "setTimeout(() => { window.later = true; }, 5000)";
    browser.run(later).await.unwrap();
    holds(&browser, "window.later === true").await;
    is(
        &browser,
        json!("INV-1"),
        "return document.getElementById('q').value",
    )
    .await;
    assert!(!browser.text().await.unwrap().contains("RMA-3"));
    browser
        .run("document.getElementById('q').value = ''")
        .await
        .unwrap();
    says(&browser, "RMA-3").await;
    is(&browser, json!("q"), "return document.activeElement.id").await;
    is(&browser, json!(true), "return window.stays").await;
    let complaints = browser.complaints().await.unwrap();
    assert!(complaints.is_empty(), "{complaints:?}");
    browser.quit().await.unwrap();
    sidecar.terminate().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_open_has_the_focus_or_is_rolled_stays_so() {
    let desk = Desk::new().await;
    let sidecar = desk.sidecar().await;
    // Bought too long ago: it waits for somebody.
    let mut late = request(1);
    *late.pointer_mut("/lines/0/invoice/date").unwrap() = json!("2024-01-02");
    let url = format!("{}/in/portal", sidecar.ingress);
    let body = serde_json::to_vec(&late).unwrap();
    assert_eq!(post(&url, SECRET, body).await.unwrap().0, 202);
    let pending = until_returns(&sidecar, "PENDING_AUTHORIZATION", 1);
    let id = pending.await.unwrap()[0]["return_id"].clone();
    let id = id.as_str().unwrap();
    let browser = Browser::start().await.unwrap();
    desk.sign_in(&browser, &format!("/returns/{id}")).await;
    says(&browser, "Timeline").await;
    left(&browser).await;
    browser.press("#timeline ~ ol summary").await.unwrap();
    says(&browser, "\"legal_entity\": \"US01\"").await;
    let roll = "scrollTo({ top: 300, behavior: 'instant' }); return scrollY";
    assert_eq!(browser.run(roll).await.unwrap(), json!(300));
    let withdraw = format!(
        "return fetch('/v1/returns/{id}', {{ method: 'PATCH', body: JSON.stringify({{ status: 'CANCELLED', reason: 'a test' }}), \
         headers: {{ authorization: 'Bearer {TOKEN}', 'content-type': 'application/json', 'idempotency-key': 'a', 'if-match': '*' }} }}).then((answer) => answer.ok)"
    );
    assert_eq!(browser.run(&withdraw).await.unwrap(), json!(true));
    says(&browser, "CANCELLED").await;
    is(&browser, json!(true), "return window.stays").await;
    is(&browser, json!(300), "return scrollY").await;
    let focused = "return document.activeElement.closest('#timeline ~ ol details')?.open";
    is(&browser, json!(true), focused).await;
    assert!(
        browser
            .text()
            .await
            .unwrap()
            .contains("\"legal_entity\": \"US01\"")
    );
    browser.quit().await.unwrap();
    sidecar.terminate().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_that_is_not_told_looks_by_itself() {
    let desk = Desk::new().await;
    let sidecar = desk.sidecar().await;
    let browser = Browser::start().await.unwrap();
    browser.block(&["*/live/*"]).await.unwrap();
    desk.sign_in(&browser, "/returns").await;
    browser.run("window.stays = true").await.unwrap();
    ask(&sidecar, 1..=1).await.unwrap();
    says(&browser, "RMA-1").await;
    is(&browser, json!(true), "return window.stays").await;
    is(&browser, json!(false), "return stream?.readyState === 1").await;
    browser.quit().await.unwrap();
    sidecar.terminate().await.unwrap();
}
