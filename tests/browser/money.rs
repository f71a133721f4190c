//! Money is confirmed by hand, stopped, and taken back.

use std::time::Duration;

use serde_json::json;
use simulators::erp::Collection;
use simulators::faults::{Fault, Rule};
use tests::browser::Browser;
use tests::until;
use tests::world::{ask, until_returns};

use super::{Desk, looked_at, says};

/// Opens what is folded up on the page, and presses the button of the form with that end of its address.
async fn send(browser: &Browser, action: &str) {
    let form = format!("form[action$='/{action}']");
    let opened = format!("document.querySelector(\"{form}\").closest('details').open = true");
    browser.run(&opened).await.unwrap();
    looked_at(browser, action).await;
    browser.press(&format!("{form} button")).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn somebody_confirms_a_memo_stops_the_money_and_takes_a_memo_back() {
    let desk = Desk::new().await;
    let refusal = Rule::times(Fault::Refuse, 1).on("POST /api/creditMemos");
    desk.world.erp.faults().add(refusal);
    let sidecar = desk.sidecar().await;
    ask(&sidecar, 1..=2).await.unwrap();
    until_returns(&sidecar, "SETTLED", 1).await.unwrap();
    let kept = until("a memo is refused", Duration::from_mins(1), || async {
        let kept = sidecar.ask(&["exception", "list", "--json"]).ok()?;
        (kept.as_array()?.len() == 1).then_some(kept)
    })
    .await
    .unwrap();
    let (id, refused) = (
        kept[0]["exception_id"].as_str().unwrap(),
        &kept[0]["return_id"],
    );

    // What became of it nobody can look up: somebody has typed it in.
    let browser = Browser::start().await.unwrap();
    desk.sign_in(&browser, &format!("/exceptions/{id}")).await;
    says(&browser, "Its document is there").await;
    browser.write("#document", "CM-4711").await.unwrap();
    let seen = "typed in by accounts receivable";
    browser.write("#seen", seen).await.unwrap();
    looked_at(&browser, "confirm").await;
    browser
        .press("form[action$='/confirm'] button")
        .await
        .unwrap();
    says(&browser, "confirmed by api/ada as CM-4711").await;
    until_returns(&sidecar, "SETTLED", 2).await.unwrap();
    let memos = || {
        let ledger = desk.world.erp.ledger();
        let memos = ledger.documents.get(&Collection::CreditMemos);
        memos.map_or_else(Vec::new, Clone::clone)
    };
    assert_eq!(memos().len(), 1, "nothing was sent");

    // The money of the other one is stopped, goes on, and is taken back.
    let all = sidecar.ask(&["return", "list", "--json"]).unwrap();
    let other = all.as_array().unwrap().iter();
    let mut other = other.filter(|one| one["return_id"] != *refused);
    let other = other.next().unwrap()["return_id"].as_str().unwrap();
    let page = format!("{}/returns/{other}", desk.base);
    browser.go(&page).await.unwrap();
    says(&browser, "Stop its money for now").await;
    send(&browser, "hold").await;
    says(&browser, "Its money is stopped").await;
    send(&browser, "release").await;
    says(&browser, "Stop its money for now").await;
    browser
        .run("document.querySelector('#reverse_reason').closest('details').open = true")
        .await
        .unwrap();
    browser
        .write("#reverse_reason", "wrong account")
        .await
        .unwrap();
    send(&browser, "credit-reversals").await;
    until("the memo is taken back", Duration::from_mins(2), || async {
        let memos = memos();
        let posted = memos.iter().filter(|memo| memo["status"] == "Posted");
        (posted.count() == 0).then_some(())
    })
    .await
    .unwrap();
    let number = memos()[0]["number"].clone();
    assert_ne!(number, json!("CM-4711"));
    browser.quit().await.unwrap();
    sidecar.terminate().await.unwrap();
}
