//! A warehouse with a JSON shape of its own goes live by a configuration block and a jq mapping alone.

use serde_json::json;
use simulators::erp::Collection;
use tests::post;
use tests::sidecar::command;
use tests::world::{SECRET, World, ask, until_returns};

/// What the integration team writes: code tables and the way in.
const BLOCK: &str = r#"
[connectors.lager-sued]
type = "wms-json"
system = "lager-sued"
entity = "US01"
mapping = "lager-sued.jq"
sites = { "S7" = "DC-EAST" }
[connectors.lager-sued.http]
path = "/in/lager-sued"
secret = "scenario-secret"
[connectors.lager-sued.codes]
condition = { "NEU" = "A_NEW_SEALED" }
result = { "OK" = "PASS" }
disposition = { "EINLAGERN" = "RESTOCK" }
uom = { "STK" = "EA" }
"#;

/// And the mapping: their words into the documented shape.
const MAPPING: &str = r#"
{ "WE": "receipt.created", "PRUEF": "inspection.finalized", "ENTSCHEID": "disposition.decided" } as $types
| .vorgaenge[]
| . as $v
| {
    type: $types[.art], warehouse: .lager, rma: .rma, occurredAt: .zeit,
    receiptId: (if .art == "WE" then .beleg else null end),
    inspectionId: (if .art == "PRUEF" then .beleg else null end),
    dispositionId: (if .art == "ENTSCHEID" then .beleg else null end),
    lines: [.positionen[] | {
      line: .pos, sku: .artikel, qty: .menge, uom: .einheit,
      condition: .zustand, result: .ergebnis, action: .verbleib
    } | del(.[] | select(. == null))]
  }
| del(.[] | select(. == null))
"#;

#[tokio::test(flavor = "multi_thread")]
async fn a_foreign_shape_goes_live_by_configuration() {
    let world = World::start(None, "", BLOCK).await.unwrap();
    std::fs::write(world.folder().join("lager-sued.jq"), MAPPING).unwrap();
    let program = std::path::Path::new(env!("CARGO_BIN_EXE_product"));
    let checked = command(program, &world.config(), &["check"]).unwrap();
    assert!(
        checked.status.success(),
        "{}",
        String::from_utf8_lossy(&checked.stdout)
    );

    let sidecar = world.sidecar(env!("CARGO_BIN_EXE_product")).await.unwrap();
    ask(&sidecar, [1]).await.unwrap();
    until_returns(&sidecar, "AUTHORIZED", 1).await.unwrap();
    let position = |more: serde_json::Value| {
        let mut position =
            json!({ "pos": 1, "artikel": "SKU-100", "menge": "3", "einheit": "STK" });
        position
            .as_object_mut()
            .unwrap()
            .extend(more.as_object().unwrap().clone());
        json!([position])
    };
    let event = |art: &str, beleg: &str, more| {
        json!({
            "art": art, "lager": "S7", "rma": "RMA-1", "zeit": "2026-03-05T08:00:00+01:00", "beleg": beleg,
            "positionen": position(more)
        })
    };
    // All three in one message, the inspection before its receipt.
    let message = json!({ "vorgaenge": [
        event("PRUEF", "P1", json!({ "zustand": "NEU", "ergebnis": "OK" })),
        event("WE", "W1", json!({ "zustand": "NEU" })),
        event("ENTSCHEID", "E1", json!({ "verbleib": "EINLAGERN" })),
    ]});
    let url = format!("{}/in/lager-sued", sidecar.ingress);
    let (status, answer) = post(&url, SECRET, serde_json::to_vec(&message).unwrap())
        .await
        .unwrap();
    assert_eq!(status, 202, "{answer}");
    until_returns(&sidecar, "SETTLED", 1).await.unwrap();

    let ledger = world.erp.ledger();
    let memos = &ledger.documents[&Collection::CreditMemos];
    assert_eq!(memos.len(), 1);
    // 3 of 10 pieces: net 66.00, tax 5.45, no fee for goods that were dead on arrival.
    assert_eq!(memos[0]["netAmount"], "66.00");
    assert_eq!(memos[0]["grossAmount"], "71.45");
    assert_eq!(memos[0]["status"], "Posted");
}
