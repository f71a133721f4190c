//! The daily proof on the console's pages: found, looked at, taken away, signed by another person than who ran it.

use crate::proofs::kept;
use crate::support::{Bench, people};
use crate::visitor::Visitor;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_day_is_looked_at_and_signed_on_a_page() {
    let bench = Bench::with(&people()).await;
    kept(&bench, "R1", "US01", "2026-03-02", 1, "PROVEN").await;
    kept(&bench, "R2", "DE01", "2026-03-03", 2, "NOT_PROVEN").await;

    let mut viewer = Visitor::signed_in(&bench, "viewer").await;
    assert_eq!(viewer.get("/proofs").await.status, 403);
    assert!(!viewer.see("/returns").await.says("href=\"/proofs\""));

    let mut sue = Visitor::signed_in(&bench, "sue-desk").await;
    let all = sue.see("/proofs").await;
    assert!(
        all.says("href=\"/proofs/R1\"") && all.says("href=\"/proofs/R2\""),
        "{}",
        all.text
    );
    let some = sue
        .see("/proofs?entity=&from=2026-03-03&to=&status=NOT_PROVEN")
        .await;
    assert!(
        !some.says("/proofs/R1") && some.says("/proofs/R2"),
        "{}",
        some.text
    );
    for wrong in ["from=soon", "status=FINE", "cursor=x"] {
        assert_eq!(
            sue.get(&format!("/proofs?{wrong}")).await.status,
            400,
            "{wrong}"
        );
    }
    assert_eq!(sue.get("/proofs/R9").await.status, 404);

    let page = sue.see("/proofs/R2").await;
    for words in [
        "not proven",
        "100.00 USD ↔ 97.50 USD, differing 2.50 USD",
        "could not be read",
        "=credit-1",
        "&#60;keyed&#62;",
        "2 aged 0 d",
    ] {
        assert!(page.says(words), "{words}: {}", page.text);
    }
    assert!(!page.says("jane@"), "{}", page.text);
    let of_tax = sue.see("/proofs/R2?match=C5").await;
    assert!(
        of_tax.says("=credit-2") && !of_tax.says("=credit-1"),
        "{}",
        of_tax.text
    );
    let file = sue.get("/proofs/R2?match=&format=csv").await;
    assert_eq!(file.status, 400, "an empty match is none of them");
    let file = sue.get("/proofs/R2?format=csv").await;
    let named = "attachment; filename=\"recon-DE01-2026-03-03-items.csv\"";
    assert_eq!(file.headers["content-disposition"], named);
    assert_eq!(file.text.lines().count(), 4, "{}", file.text);

    // Who ran it is told why not; nobody signs what they may not.
    let mut fay = Visitor::signed_in(&bench, "fay-desk").await;
    assert!(fay.see("/proofs/R2").await.says("You ran it"));
    let mut boss = Visitor::signed_in(&bench, "boss").await;
    assert!(boss.see("/proofs/R2").await.says("stands for no person"));

    for _ in 0..2 {
        let done = sue.send(&page, "/proofs/R2", &[("note", "seen")]).await;
        assert_eq!(
            (done.status, done.to()),
            (303, "/proofs/R2"),
            "{}",
            done.text
        );
    }
    let signed = sue.see("/proofs/R2").await;
    assert!(
        signed.says("by sue") && signed.says(": seen"),
        "{}",
        signed.text
    );
    assert!(!signed.says("Your signature"));
    // The form of another who had the page open comes too late.
    let mut ada = Visitor::signed_in(&bench, "ada-desk").await;
    let other = ada.see("/proofs/R1").await;
    let first = sue.see("/proofs/R1").await;
    let done = sue.send(&first, "/proofs/R1", &[("note", "")]).await;
    assert_eq!(done.status, 303, "{}", done.text);
    let late = ada.send(&other, "/proofs/R1", &[("note", "")]).await;
    assert_eq!(late.status, 409, "{}", late.text);
    assert!(late.says("sue signed it"), "{}", late.text);
    assert!(bench.running.stop().await);
}
