//! A credit that somebody keyed into the ERP by hand: ours does not go on top of it.

use std::time::Duration;

use serde_json::{Value, json};
use simulators::erp::{Collection, ErpSim};
use simulators::faults::{Fault, Rule};
use simulators::wms::Story;
use tests::until;
use tests::world::{World, ask, until_returns};

/// So many of the 10 pieces of the invoice, at 22.00 and 8.25 %.
fn keyed(erp: &ErpSim, invoice: &str, pieces: u32, net: &str, tax: &str, gross: &str) -> Value {
    let memo = json!({
        "customerNumber": "C10010", "currencyCode": "USD", "documentDate": "2026-03-01", "postingDate": "2026-03-01",
        "lines": [{
            "lineNumber": 1, "itemNumber": "SKU-100", "quantity": pieces.to_string(), "unitOfMeasureCode": "EA",
            "netAmount": net, "invoiceNumber": invoice, "invoiceLine": 1,
            "taxes": [{ "taxCode": "US-TX/SALES", "amount": tax }]
        }],
        "netAmount": net, "taxAmount": tax, "grossAmount": gross
    });
    erp.key_by_hand(&memo).unwrap()
}

fn memos(erp: &ErpSim, invoice: &str) -> usize {
    let ledger = erp.ledger();
    let memos = ledger.documents[&Collection::CreditMemos].iter();
    memos
        .filter(|memo| memo["lines"][0]["invoiceNumber"] == invoice && memo["status"] == "Posted")
        .count()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_credit_keyed_by_hand_stops_the_second_until_it_is_taken_back() {
    let world = World::start(Some(Story::AllGood), "", "").await.unwrap();
    // 8 of 10 are credited already, and we want to credit 3; of the other invoice there is enough left.
    let clerk = keyed(&world.erp, "INV-1", 8, "176.00", "14.52", "190.52");
    keyed(&world.erp, "INV-2", 7, "154.00", "12.71", "166.71");
    // The question itself fails at first: nobody assumes that there is nothing.
    world
        .erp
        .faults()
        .add(Rule::times(Fault::Unavailable, 2).on("GET /api/creditMemos"));
    let sidecar = world.sidecar(env!("CARGO_BIN_EXE_product")).await.unwrap();
    ask(&sidecar, 1..=2).await.unwrap();
    let kept = until("the memo is stopped", Duration::from_mins(1), || async {
        let kept = sidecar.ask(&["exception", "list", "--json"]).ok()?;
        (kept.as_array()?.len() == 1).then_some(kept)
    })
    .await;
    let kept = kept.unwrap_or_else(|error| {
        let listed = sidecar.ask(&["exception", "list", "--json"]);
        panic!(
            "{error}: {listed:#?}\n{:?}",
            sidecar.ask(&["return", "list", "--json"])
        )
    });
    assert_eq!(kept[0]["code"], "CREDIT_CAP_EXCEEDED", "{kept}");
    let number = clerk["number"].as_str().unwrap();
    let reason = kept[0]["reason"].as_str().unwrap();
    assert!(
        reason.contains(number) && reason.contains("INV-1"),
        "{reason}"
    );
    until_returns(&sidecar, "SETTLED", 1).await.unwrap();
    assert_eq!(memos(&world.erp, "INV-1"), 1, "only the clerk's");
    assert_eq!(memos(&world.erp, "INV-2"), 2);

    world
        .erp
        .cancel_by_hand(clerk["id"].as_str().unwrap())
        .unwrap();
    let id = kept[0]["exception_id"].as_str().unwrap();
    let done = sidecar.command(&["exception", "replay", id]).unwrap();
    assert!(
        done.status.success(),
        "{}",
        String::from_utf8_lossy(&done.stderr)
    );
    until_returns(&sidecar, "SETTLED", 2).await.unwrap();
    assert_eq!(memos(&world.erp, "INV-1"), 1, "only ours");
    assert!(world.erp.ledger().duplicates.is_empty());
}
