//! What documents say of an invoice, by the profiles' own jq.

use std::collections::BTreeMap;

use serde_json::json;

use super::*;
use crate::profile;

fn read_as(name: &str, document: &Value, invoice: &str) -> Result<Vec<ShownCredit>, String> {
    let profile = profile::read(profile::shipped(name).unwrap(), &toml::Table::new()).unwrap();
    let interface = Interface::new(profile, BTreeMap::new()).unwrap();
    let (credits, shape) = interface.credits().unwrap();
    read(shape, credits, document, invoice, Currency::USD)
}

fn usd(minor: i64) -> Money {
    Money::new(minor, Currency::USD)
}

#[test]
fn a_memo_of_the_simulator_is_one_credit_for_each_line_of_the_invoice() {
    let memo = json!({
        "number": "CM-1", "status": "Posted", "externalDocumentNumber": "", "currencyCode": "USD", "invoiceNumber": "INV-1",
        "lines": [
            {"quantity": "3", "unitOfMeasureCode": "EA", "netAmount": "66.00", "invoiceLine": 1,
             "taxes": [{"amount": "5.00"}, {"amount": "0.45"}]},
            {"quantity": "1", "unitOfMeasureCode": "CA", "netAmount": "10.00", "invoiceNumber": "INV-2"}
        ]
    });
    let shown = read_as("sim", &memo, "INV-1").unwrap();
    assert_eq!(shown.len(), 1, "{shown:?}");
    let line = &shown[0];
    assert_eq!(line.document, "CM-1");
    assert_eq!(line.invoice_line.as_deref(), Some("1"));
    assert_eq!(line.quantity, Some((Qty::whole(3), "EA".to_owned())));
    assert_eq!(
        (line.net, line.tax, line.gross),
        (Some(usd(6600)), Some(usd(545)), usd(7145))
    );
    assert_eq!(read_as("sim", &memo, "INV-2").unwrap()[0].gross, usd(1000));
    let mut taken_back = memo;
    taken_back["status"] = json!("Cancelled");
    assert_eq!(read_as("sim", &taken_back, "INV-1"), Ok(vec![]));
}

#[test]
fn business_central_shows_the_whole_document_and_no_line() {
    let memo = json!({
        "number": "1009", "status": "Open", "externalDocumentNumber": "", "currencyCode": "", "invoiceNumber": "INV-1",
        "totalAmountExcludingTax": 6825.6, "totalTaxAmount": 682.56, "totalAmountIncludingTax": 7508.16
    });
    let shown = read_as("business-central", &memo, "INV-1").unwrap();
    assert_eq!(
        (shown[0].invoice_line.as_deref(), shown[0].gross),
        (None, usd(750_816))
    );
    let mut corrective = memo;
    corrective["status"] = json!("Corrective");
    assert_eq!(
        read_as("business-central", &corrective, "INV-1"),
        Ok(vec![])
    );
}

#[test]
fn sap_shows_items_and_rejected_ones_count_for_nothing() {
    let request = json!({
        "CreditMemoRequest": "60000023", "PurchaseOrderByCustomer": "hand", "TransactionCurrency": "USD",
        "ReferenceSDDocument": "INV-1",
        "to_Item": {"results": [
            {"ReferenceSDDocument": "INV-1", "ReferenceSDDocumentItem": "000010", "RequestedQuantity": "2",
             "RequestedQuantityUnit": "EA", "NetAmount": "44.00", "TaxAmount": "3.63", "SalesDocumentRjcnReason": ""},
            {"ReferenceSDDocument": "", "ReferenceSDDocumentItem": "000020", "RequestedQuantity": "1",
             "RequestedQuantityUnit": "EA", "NetAmount": "5.00", "SalesDocumentRjcnReason": "50"}
        ]}
    });
    let shown = read_as("sap-odata", &request, "INV-1").unwrap();
    assert_eq!(shown.len(), 1, "{shown:?}");
    assert_eq!(
        (
            &*shown[0].key,
            shown[0].invoice_line.as_deref(),
            shown[0].gross
        ),
        ("hand", Some("000010"), usd(4763))
    );
}

#[test]
fn what_cannot_be_read_is_no_empty_list() {
    for memo in [
        json!({"number": "CM-1", "status": "Posted", "currencyCode": "USD"}),
        json!({"status": "Posted", "currencyCode": "USD", "lines": [{"netAmount": "1.00"}]}),
        json!({"number": "CM-1", "status": "Posted", "currencyCode": "ZZZ", "lines": [{"netAmount": "1.00"}]}),
        json!({"number": "CM-1", "status": "Posted", "currencyCode": "USD", "lines": [{"netAmount": "1.001"}]}),
        json!({"number": "CM-1", "status": "Posted", "currencyCode": "USD", "lines": [{"quantity": "3"}]}),
    ] {
        assert!(read_as("sim", &memo, "INV-1").is_err(), "{memo}");
    }
}
