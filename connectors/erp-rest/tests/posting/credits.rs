//! The credits against an invoice are listed as the ERP's books show them, in each of its natures.

#![allow(clippy::unwrap_used, reason = "tests")]

use canonical::invoice::InvoiceRef;
use canonical::{Currency, Money};
use connector::{CreditsAgainst, FailureKind, ShownCredit};
use serde_json::json;
use simulators::erp::Profile;
use simulators::faults::{Fault, Rule};

use crate::support::{Desk, command};
use crate::told::{answer, built_with};

fn invoice(document: &str) -> InvoiceRef {
    serde_json::from_value(json!({"document": document, "line": "1", "date": "2026-02-01"}))
        .unwrap()
}

fn by_hand(invoice_in_header: bool) -> serde_json::Value {
    let mut memo = json!({
        "customerNumber": "C10010", "currencyCode": "USD", "documentDate": "2026-03-01", "postingDate": "2026-03-01",
        "lines": [{"lineNumber": 1, "itemNumber": "SKU-100", "quantity": "2", "unitOfMeasureCode": "EA", "netAmount": "44.00",
                   "taxes": [{"taxCode": "US-TX/SALES", "amount": "3.63"}]}],
        "netAmount": "44.00", "taxAmount": "3.63", "grossAmount": "47.63"
    });
    let place = if invoice_in_header {
        &mut memo
    } else {
        &mut memo["lines"][0]
    };
    place["invoiceNumber"] = json!("INV-5001");
    memo
}

async fn against(desk: &Desk, document: &str) -> Vec<ShownCredit> {
    let invoice = invoice(document);
    let shown = desk.sink().credits_against(&invoice, Currency::USD).await;
    match shown.unwrap() {
        CreditsAgainst::Shown(shown) => shown,
        CreditsAgainst::CannotSay => vec![],
    }
}

#[tokio::test]
async fn every_nature_lists_ours_and_those_keyed_by_hand() {
    for (profile, more) in [
        (Profile::DraftAndPost, ""),
        (
            Profile::RecordService,
            "adjust.guard.kind = \"external-id\"",
        ),
    ] {
        let desk = Desk::with(profile.config(), more).await;
        assert_eq!(against(&desk, "INV-5001").await, [], "{profile:?}");
        let memo = command("basic");
        desk.send(&memo).await.unwrap();
        desk.erp.key_by_hand(&by_hand(true)).unwrap();
        let clerk = desk.erp.key_by_hand(&by_hand(false)).unwrap();
        let shown = against(&desk, "INV-5001").await;
        let key = memo.effect_key.as_str();
        assert_eq!(shown.len(), 3, "{profile:?}: {shown:?}");
        assert_eq!(shown.iter().filter(|it| it.key == key).count(), 1);
        let gross = Money::new(4763, Currency::USD);
        let theirs = |it: &&ShownCredit| it.key.is_empty() && it.gross == gross;
        assert_eq!(shown.iter().filter(theirs).count(), 2, "{shown:?}");
        desk.erp
            .cancel_by_hand(clerk["id"].as_str().unwrap())
            .unwrap();
        assert_eq!(against(&desk, "INV-5001").await.len(), 2, "{profile:?}");
        assert_eq!(against(&desk, "INV-500").await, [], "another invoice");
    }
}

#[tokio::test]
async fn a_question_that_fails_is_no_empty_list() {
    let desk = Desk::of(Profile::DraftAndPost).await;
    let rule = Rule::times(Fault::Unavailable, 1).on("GET /api/creditMemos");
    desk.erp.faults().add(rule);
    let failure = desk
        .sink()
        .credits_against(&invoice("INV-5001"), Currency::USD)
        .await
        .unwrap_err();
    assert_eq!(failure.kind, FailureKind::Unavailable);
}

#[tokio::test]
async fn sap_is_asked_by_the_referenced_invoice_with_its_items() {
    let body = json!({"d": {"results": [{
        "CreditMemoRequest": "60000023", "PurchaseOrderByCustomer": "", "TransactionCurrency": "USD", "ReferenceSDDocument": "INV-1",
        "to_Item": {"results": [{"ReferenceSDDocument": "INV-1", "ReferenceSDDocumentItem": "10", "RequestedQuantity": "2",
                                 "RequestedQuantityUnit": "EA", "NetAmount": "44.00"}]}
    }]}});
    let vars = "vars = { sales_organization = \"1010\", distribution_channel = \"10\", division = \"00\", \
                credit_memo_request_type = \"CR\" }";
    let (built, asked) = built_with(
        "sap-odata",
        vars,
        vec![answer("200 OK", "", &body.to_string())],
    )
    .await;
    let sink = built.sink.unwrap();
    let shown = sink
        .credits_against(&invoice("INV-1"), Currency::USD)
        .await
        .unwrap();
    let CreditsAgainst::Shown(shown) = shown else {
        panic!("it can say");
    };
    assert_eq!(shown[0].document, "60000023");
    assert_eq!(shown[0].gross, Money::new(4400, Currency::USD));
    let asked = asked.lock().unwrap().join("\n");
    assert!(
        asked.contains("ReferenceSDDocument%20eq%20%27INV-1%27")
            && asked.contains("$expand=to_Item"),
        "{asked}"
    );
}

#[tokio::test]
async fn a_profile_without_the_question_cannot_say() {
    let (built, asked) = built_with("netsuite", "vars = { subsidiary = \"1\" }", vec![]).await;
    let sink = built.sink.unwrap();
    let said = sink
        .credits_against(&invoice("INV-1"), Currency::USD)
        .await
        .unwrap();
    assert_eq!(said, CreditsAgainst::CannotSay);
    assert!(asked.lock().unwrap().is_empty());
}
