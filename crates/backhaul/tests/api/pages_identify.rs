//! Whose unannounced goods are, said on the console's page: a sale, another return, nobody's; each once.

use serde_json::Value;

use crate::support::{Bench, asked};
use crate::visitor::Visitor;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_page_asks_whose_unannounced_goods_are() {
    let bench = Bench::new().await;
    let row = bench.unannounced("1Z-7", &[("SKU-1", 4)]).await;
    let of = format!("/returns/{}", row.return_id);
    let here = format!("{of}/identification");

    // Who may not say it is not asked.
    let mut viewer = Visitor::signed_in(&bench, "viewer").await;
    assert!(!viewer.see(&of).await.says(&here));
    assert_eq!(viewer.get(&here).await.status, 403);

    let mut shop = Visitor::signed_in(&bench, "shop").await;
    let page = shop.see(&of).await;
    assert!(page.says(&format!("href=\"{here}\"")), "{}", page.text);
    let page = shop.see(&here).await;
    for words in [
        "Item SKU-1: 4 on hold",
        "name=\"sku_0\" value=\"SKU-1\"",
        "name=\"qty_0\" value=\"4\"",
        "name=\"currency\" value=\"USD\"",
    ] {
        assert!(page.says(words), "{words}: {}", page.text);
    }

    // What is wrong is said, and what was filled in stays.
    let invoice = asked("B1", "INV-B", 4).lines.remove(0).invoice_ref.unwrap();
    let date = invoice.date.to_string();
    let filled = |customer: &'static str, qty: &'static str| {
        [
            ("outcome", "sale"),
            ("reason", "the packing slip was inside"),
            ("channel", "b2b"),
            ("customer", customer),
            ("currency", "USD"),
            ("rate", "1/1"),
            ("sku_0", "SKU-1"),
            ("qty_0", qty),
            ("uom_0", "EA"),
            ("why_0", "NO_LONGER_NEEDED"),
            ("invoice_0", "INV-B"),
            ("invoice_line_0", "1"),
        ]
    };
    let with_date = |fields: &[(&'static str, &'static str)]| {
        let mut fields: Vec<(String, String)> = fields
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
            .collect();
        fields.push(("invoice_date_0".to_owned(), date.clone()));
        fields
    };
    for (customer, qty, pointer) in [
        ("", "4", "/found/customer_account"),
        ("C-100", "0", "/found/lines/0/qty_requested"),
    ] {
        let fields = with_date(&filled(customer, qty));
        let fields: Vec<(&str, &str)> = fields.iter().map(|(n, v)| (&**n, &**v)).collect();
        let wrong = shop.send(&page, &here, &fields).await;
        assert_eq!(wrong.status, 422, "{}", wrong.text);
        assert!(wrong.says(pointer), "{pointer}: {}", wrong.text);
        assert!(wrong.says("name=\"invoice_0\" value=\"INV-B\""));
    }
    let nowhere = [
        ("outcome", "return"),
        ("return", "RMA-NONE"),
        ("reason", "x"),
    ];
    let nowhere = shop.send(&page, &here, &nowhere).await;
    assert_eq!(nowhere.status, 404, "{}", nowhere.text);
    assert!(nowhere.says("RMA-NONE"), "{}", nowhere.text);

    // The sale is decided on by somebody else; pressing twice is once.
    let fields = with_date(&filled("C-100", "4"));
    let fields: Vec<(&str, &str)> = fields.iter().map(|(n, v)| (&**n, &**v)).collect();
    for _ in 0..2 {
        let done = shop.send(&page, &here, &fields).await;
        assert_eq!((done.status, done.to()), (303, &*of), "{}", done.text);
    }
    let seen = bench.see(&format!("/v1{of}"), "viewer").await;
    assert_eq!(seen["header"]["customer_account"], "C-100", "{seen}");
    assert_eq!(seen["header"]["lifecycle"], "PENDING_AUTHORIZATION");
    let audit = format!("/v1/audit?subject={}", row.return_id);
    let audit = bench.see(&audit, "boss").await;
    let said = |entry: &&Value| entry["action"] == "backhaul.return.identified.v1";
    let said = audit["items"].as_array().unwrap().iter().filter(said);
    assert_eq!(said.count(), 1, "{audit}");
    // It may be said anew: the page knows what was said.
    let page = shop.see(&here).await;
    assert!(
        page.says("name=\"customer\" value=\"C-100\""),
        "{}",
        page.text
    );
    assert!(page.says("name=\"invoice_0\" value=\"INV-B\""));

    let nobody = [("outcome", "unidentifiable"), ("reason", "no slip")];
    let done = shop.send(&page, &here, &nobody).await;
    assert_eq!((done.status, done.to()), (303, &*of), "{}", done.text);
    let seen = bench.see(&format!("/v1{of}"), "viewer").await;
    assert_eq!(seen["header"]["lifecycle"], "DECLINED", "{seen}");
    let over = shop.get(&here).await;
    assert_eq!(over.status, 409, "{}", over.text);
    assert!(bench.running.stop().await);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn goods_are_given_to_the_return_that_a_page_names() {
    let bench = Bench::new().await;
    let made = bench.decided("A1", &asked("A1", "INV-A", 4)).await;
    let made: Value = made.json().await.unwrap();
    let rma = made["rma_number"].as_str().unwrap();
    let id = made["return_id"].as_str().unwrap();
    let row = bench.unannounced("1Z-8", &[("SKU-9", 1)]).await;
    let here = format!("/returns/{}/identification", row.return_id);
    let mut shop = Visitor::signed_in(&bench, "shop").await;
    let page = shop.see(&here).await;
    let named = [("outcome", "return"), ("return", rma), ("reason", "a call")];
    let done = shop.send(&page, &here, &named).await;
    assert_eq!(done.status, 303, "{}", done.text);
    let blind = bench
        .see(&format!("/v1/returns/{}", row.return_id), "viewer")
        .await;
    assert_eq!(blind["header"]["lifecycle"], "CANCELLED", "{blind}");
    // The other return is told of the receipt.
    let timeline = format!("/returns/{id}");
    shop.until(&timeline, "receipt.recorded.v1").await;
    assert!(bench.running.stop().await);
}
