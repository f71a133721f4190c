//! What portals and warehouses say, as `wms-json` documents it.

use canonical::header::ReturnRequest;
use serde_json::{Value, json};
use testkit::facts;

/// A line of a request: number, item, pieces, and the reason.
pub(crate) fn line(number: u32, sku: &str, qty: u32, reason: &str) -> Value {
    json!({ "line": number, "sku": sku, "qty": qty.to_string(), "uom": "EA", "reason": reason })
}

/// A request for a return of one invoice: ten pieces at 22.00 USD plus 8.25 % per line, invoiced on 20 February 2026.
pub(crate) fn request(id: &str, lines: Vec<Value>) -> Value {
    let lines: Vec<Value> = lines
        .into_iter()
        .map(|line| invoiced(line, &format!("INV-{id}")))
        .collect();
    json!({
        "type": "return.requested", "requestId": id, "rma": format!("RMA-{id}"),
        "requestedAt": "2026-03-02T10:00:00Z", "legalEntity": "US01", "returnType": "PHYSICAL", "channel": "b2b",
        "customer": "C10010", "currency": "USD", "timeZone": "America/Chicago", "returnTo": "DC-EAST",
        "lines": lines
    })
}

/// The line with its invoice, unless it has one.
pub(crate) fn invoiced(mut line: Value, invoice: &str) -> Value {
    if line.get("invoice").is_none() {
        let number = line["line"].to_string();
        line["order"] = json!({ "number": format!("SO-{invoice}"), "line": number });
        line["invoice"] = json!({
            "number": invoice, "line": number, "date": "2026-02-20", "qty": "10", "amount": "220.00",
            "taxes": [{ "jurisdiction": "US-TX", "type": "SALES", "rate": "8.25", "amount": "18.15" }]
        });
    }
    line
}

/// The same document with other values for some members.
pub(crate) fn with(mut document: Value, more: &Value) -> Value {
    if let (Some(document), Some(more)) = (document.as_object_mut(), more.as_object()) {
        document.extend(more.clone());
    }
    document
}

fn fact(kind: &str, rma: &str, at: &str, id: (&str, &str), lines: &[Value]) -> Value {
    let mut fact = json!({
        "type": kind, "warehouse": "DC-EAST", "rma": rma, "occurredAt": at, "lines": lines
    });
    fact[id.0] = json!(id.1);
    fact
}

fn goods(sku: &str, qty: u32) -> Value {
    json!({ "sku": sku, "qty": qty.to_string(), "uom": "EA" })
}

/// Goods arrived on 5 March 2026.
pub(crate) fn receipt(rma: &str, id: &str, lines: &[(&str, u32)]) -> Value {
    let lines: Vec<Value> = lines
        .iter()
        .map(|(sku, qty)| with(goods(sku, *qty), &json!({ "condition": "A_NEW_SEALED" })))
        .collect();
    fact(
        "receipt.created",
        rma,
        "2026-03-05T08:00:00Z",
        ("receiptId", id),
        &lines,
    )
}

/// Goods were found in a condition.
pub(crate) fn inspection(rma: &str, id: &str, lines: &[(&str, u32, &str)]) -> Value {
    let lines: Vec<Value> = lines
        .iter()
        .map(|(sku, qty, condition)| {
            let more = json!({ "result": "PASS", "condition": condition });
            with(goods(sku, *qty), &more)
        })
        .collect();
    fact(
        "inspection.finalized",
        rma,
        "2026-03-05T09:00:00Z",
        ("inspectionId", id),
        &lines,
    )
}

/// It was decided what becomes of them.
pub(crate) fn disposition(rma: &str, id: &str, lines: &[(&str, u32, &str)]) -> Value {
    let lines: Vec<Value> = lines
        .iter()
        .map(|(sku, qty, action)| with(goods(sku, *qty), &json!({ "action": action })))
        .collect();
    fact(
        "disposition.decided",
        rma,
        "2026-03-05T10:00:00Z",
        ("dispositionId", id),
        &lines,
    )
}

/// Everything that came is new, and this becomes of it.
pub(crate) fn story(rma: &str, id: &str, sku: &str, parts: &[(u32, &str)]) -> [Value; 3] {
    let qty = parts.iter().map(|(qty, _)| qty).sum();
    let parts: Vec<_> = parts
        .iter()
        .map(|(qty, action)| (sku, *qty, *action))
        .collect();
    [
        receipt(rma, &format!("R-{rma}-{id}"), &[(sku, qty)]),
        inspection(rma, &format!("I-{rma}-{id}"), &[(sku, qty, "A_NEW_SEALED")]),
        disposition(rma, &format!("D-{rma}-{id}"), &parts),
    ]
}

/// Everything that came is new and goes back on the shelf.
pub(crate) fn restocked(rma: &str, id: &str, sku: &str, qty: u32) -> [Value; 3] {
    story(rma, id, sku, &[(qty, "RESTOCK")])
}

/// What the API is asked: so many of ten pieces of SKU-1 that were invoiced at 22.00 USD plus 8.25 % each.
pub(crate) fn by_api(id: &str, qty: i32) -> ReturnRequest {
    let mut line = facts::line(1, qty);
    if let Some(invoice) = line.invoice_ref.as_mut() {
        invoice.document = format!("INV-{id}");
    }
    ReturnRequest {
        system: "boss".to_owned(),
        request_id: id.to_owned(),
        rma_number: Some(format!("RMA-{id}")),
        customer_account: "C10010".to_owned(),
        return_to_site: "DC-EAST".to_owned(),
        ..facts::request(vec![line])
    }
}
