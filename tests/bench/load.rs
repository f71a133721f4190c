//! The messages of the benchmark: whole lives of returns, as the connectors would publish them.

use anyhow::Result;
use canonical::envelope::{Context, Envelope};
use canonical::{Event, EventData, MessageKey, ReturnName};
use jiff::Timestamp;
use serde_json::json;

/// The envelopes of `returns` returns: all requests, then all receipts, inspections, dispositions.
pub(crate) fn events(returns: usize) -> Result<Vec<Envelope>> {
    let mut events = Vec::with_capacity(returns * 4);
    for stage in [request, receipt, inspection, disposition] {
        for n in 0..returns {
            events.push(seal(&stage(n)?)?);
        }
    }
    Ok(events)
}

fn seal(event: &Event) -> Result<Envelope> {
    let context = Context {
        connector: "bench".to_owned(),
        correlation_id: String::new(),
        causation_id: "bench".to_owned(),
        traceparent: "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01".to_owned(),
        ingested_at: "2026-03-02T12:00:00Z".parse()?,
    };
    Ok(Envelope::seal(event, &context)?)
}

fn event(n: usize, kind: &str, subject: ReturnName, data: &serde_json::Value) -> Result<Event> {
    let at: Timestamp = "2026-03-02T11:00:00Z".parse()?;
    let data = match EventData::from_json(kind, &data.to_string()) {
        Some(data) => data?,
        None => anyhow::bail!("{kind} is not an event"),
    };
    Ok(Event {
        key: MessageKey::derive(&["bench", kind, &n.to_string()]),
        subject,
        occurred_at: at,
        data,
    })
}

fn rma(n: usize) -> ReturnName {
    ReturnName::Rma {
        entity: "US01".to_owned(),
        number: format!("RMA-{n:07}"),
    }
}

fn request(n: usize) -> Result<Event> {
    let name = ReturnName::External {
        system: "bench".to_owned(),
        value: format!("P-{n:07}"),
    };
    let line = json!({
        "line_no": 1, "line_id": format!("P-{n:07}/1"), "sku": "SKU-100", "qty_requested": "3", "uom": "EA",
        "reason": "NO_LONGER_NEEDED",
        "order_ref": { "order": format!("SO-{n:07}") },
        "invoice_ref": { "document": format!("INV-{n:07}"), "line": "1", "date": "2026-02-10" },
        "invoiced": {
            "base_qty": "10", "ccy": "USD", "amount_minor": 22000,
            "taxes": [{ "jurisdiction": "US-TX", "tax_type": "SALES", "rate": "8.25", "amount_minor": 1815 }]
        }
    });
    event(
        n,
        "backhaul.return.requested.v1",
        name,
        &json!({
            "system": "bench", "request_id": format!("P-{n:07}"), "rma_number": format!("RMA-{n:07}"),
            "return_type": "PHYSICAL", "legal_entity": "US01", "channel": "b2b-portal",
            "customer_segment": "wholesale", "customer_account": format!("C{:05}", n % 500), "currency": "USD",
            "requested_at": "2026-03-02T10:00:00Z", "tz": "America/Chicago", "return_to_site": "DC-EAST",
            "lines": [line]
        }),
    )
}

fn source(n: usize) -> serde_json::Value {
    json!({ "adapter": "bench", "message_id": format!("m-{n:07}"), "semantics": "DELTA" })
}

fn receipt(n: usize) -> Result<Event> {
    event(
        n,
        "backhaul.receipt.recorded.v1",
        rma(n),
        &json!({
            "receipt_id": format!("GR-{n:07}"), "source": source(n), "received_at": "2026-03-02T11:00:00Z",
            "site": "DC-EAST", "tracking_no": format!("1Z{n:09}"), "carrier": "UPS",
            "lines": [{ "receipt_line_id": "1", "sku_scanned": "SKU-100", "qty": "3", "uom": "EA", "line_no": 1 }]
        }),
    )
}

fn inspection(n: usize) -> Result<Event> {
    event(
        n,
        "backhaul.inspection.finalized.v1",
        rma(n),
        &json!({
            "inspection_id": format!("QI-{n:07}"), "source": source(n), "site": "DC-EAST", "inspector": "inspector-7",
            "finalized_at": "2026-03-02T11:00:00Z",
            "findings": [{ "line_no": 1, "sku": "SKU-100", "qty": "3", "uom": "EA", "result": "PASS",
                           "condition": "A_NEW_SEALED", "receipt_id": format!("GR-{n:07}") }]
        }),
    )
}

fn disposition(n: usize) -> Result<Event> {
    event(
        n,
        "backhaul.disposition.decided.v1",
        rma(n),
        &json!({
            "disposition_id": format!("D-{n:07}"), "inspection_id": format!("QI-{n:07}"), "source": source(n),
            "site": "DC-EAST", "decided_at": "2026-03-02T11:00:00Z",
            "allocations": [{ "allocation_id": "1", "line_no": 1, "sku": "SKU-100", "qty": "3", "uom": "EA",
                              "action": "RESTOCK" }]
        }),
    )
}
