//! How facts are told: each event in the delta shape, the snapshot, the notification.

use jiff::Timestamp;
use serde_json::{Map, Value, json};

use super::fact::{Action, Condition, Fact, FactLine, Kind, Liability};
use super::floor::Row;
use super::{Asn, AsnStatus};
use crate::decimal::Decimal;
use crate::draw;

const INSPECTORS: [&str; 4] = ["w.haas", "m.okafor", "j.lind", "s.tanaka"];

/// A fact that happened, with its identity.
#[derive(Debug, Clone)]
pub(super) struct Event {
    pub(super) event_id: String,
    pub(super) body: Value,
}

/// The event of a fact in the delta shape.
pub(super) fn event(seed: u64, asn: &Asn, sequence: usize, fact: &Fact, at: Timestamp) -> Event {
    let rma = asn.rma_number.as_str();
    let nth = sequence.to_string();
    let event_id = format!("evt-{}", draw::hex(seed, &["event", &asn.site, rma, &nth]));
    let named = |word: &str| format!("{word}-{rma}-{}", fact.receipt);
    let mut body = json!({
        "eventId": event_id,
        "sequence": sequence,
        "type": fact.kind.event_type(),
        "warehouse": asn.site,
        "rma": rma,
        "asnReference": asn.external_reference,
        "occurredAt": at.to_string(),
        "receiptId": named("RCPT"),
        "lines": fact.lines.iter().map(|line| told(fact.kind, line)).collect::<Vec<_>>(),
    });
    let more = match fact.kind {
        Kind::Receipt => vec![],
        Kind::Inspection => {
            let inspector = draw::pick(seed, &["inspector", rma], &INSPECTORS);
            let inspector = inspector.copied().unwrap_or_default().to_owned();
            vec![("inspectionId", named("INSP")), ("inspector", inspector)]
        }
        Kind::Disposition => {
            vec![
                ("inspectionId", named("INSP")),
                ("dispositionId", named("DISP")),
            ]
        }
        Kind::Reversal => {
            vec![
                ("reversalId", named("REV")),
                ("reason", "counted twice".to_owned()),
            ]
        }
    };
    if let Some(members) = body.as_object_mut() {
        members.extend(
            more.into_iter()
                .map(|(name, value)| (name.to_owned(), value.into())),
        );
    }
    Event { event_id, body }
}

fn told(kind: Kind, line: &FactLine) -> Value {
    let mut members = Map::new();
    let mut tell = |name: &str, value: Value| members.insert(name.to_owned(), value);
    if let Some(number) = line.line {
        tell("line", number.into());
    }
    tell("sku", line.sku.clone().into());
    tell("qty", line.qty.to_string().into());
    tell("uom", line.uom.clone().into());
    if !line.serials.is_empty() {
        tell("serials", line.serials.clone().into());
    }
    match kind {
        Kind::Receipt => {
            tell("condition", json!(line.condition));
        }
        Kind::Inspection => {
            tell("condition", json!(line.condition));
            tell("result", line.condition.result().into());
            tell("findings", line.condition.findings().into());
        }
        Kind::Disposition => {
            tell("action", json!(line.action));
            tell("liability", json!(line.liability));
        }
        Kind::Reversal => {}
    }
    Value::Object(members)
}

/// Everything so far.
pub(super) fn snapshot(asn: &Asn, rows: &[Row], version: usize, at: Timestamp) -> Value {
    let decided =
        |row: &Row, action: Action| row.disposed.get(action.word()).copied().unwrap_or_default();
    let item = |row: &Row| {
        let mut item = json!({
            "sku": row.sku,
            "uom": row.uom,
            "quantity": count(row.announced),
            "quantity_received": count(row.received),
            "quantity_inspected": count(row.inspected),
            "restock": count(decided(row, Action::Restock)),
            "scrap": count(decided(row, Action::Scrap)),
            "hold": count(decided(row, Action::Quarantine)),
            "return_to_vendor": count(decided(row, Action::ReturnToVendor)),
            "condition": row.condition.unwrap_or(Condition::Sealed),
            "liability": row.liability.unwrap_or(Liability::Undetermined),
        });
        if let (Some(number), Some(members)) = (row.line, item.as_object_mut()) {
            members.insert("line".to_owned(), number.into());
        }
        item
    };
    json!({
        "return_id": format!("ret-{}", asn.rma_number),
        "rma": asn.rma_number,
        "warehouse": asn.site,
        "asn_reference": asn.external_reference,
        "version": version,
        "updated_at": at.to_string(),
        "status": asn.status,
        "items": rows.iter().map(item).collect::<Vec<_>>(),
    })
}

/// A whole number where it is one, else the decimal as text.
fn count(quantity: Decimal) -> Value {
    quantity
        .whole()
        .map_or_else(|| quantity.to_string().into(), Value::from)
}

/// That something changed.
pub(super) fn notification(asn: &Asn, event: &Event) -> Value {
    json!({
        "event": "return.updated",
        "id": event.event_id,
        "rma": asn.rma_number,
        "warehouse": asn.site,
    })
}

/// The truth about a return: every event so far.
pub(super) fn truth(asn: &Asn, status: AsnStatus, events: &[Event]) -> Value {
    json!({
        "rma": asn.rma_number,
        "warehouse": asn.site,
        "asnReference": asn.external_reference,
        "status": status,
        "events": events.iter().map(|event| &event.body).collect::<Vec<_>>(),
    })
}
