//! After the credit: the warehouse looks again, the ERP's ledger shows memo and difference, and finance takes a memo back.

use std::time::Duration;

use canonical::EventData;
use canonical::approval::{ApprovalDecided, Decision, Verdict};
use jiff::Timestamp;
use router::operator::{self, Told};
use serde_json::{Value, json};
use simulators::Decimal;
use simulators::erp::Collection;
use simulators::wms::Story;
use tests::sidecar::Sidecar;
use tests::world::{SECRET, World, ask, until_returns};
use tests::{post, until};

async fn tell(sidecar: &Sidecar, event: Value) {
    let url = format!("{}/in/wms-east", sidecar.ingress);
    let (status, answer) = post(&url, SECRET, event.to_string().into_bytes())
        .await
        .unwrap();
    assert_eq!(status, 202, "{answer}");
}

/// The only return, as `return show` has it, once that is true of it.
async fn shown(sidecar: &Sidecar, id: &str, what: &str, holds: impl Fn(&Value) -> bool) -> Value {
    let found = until(what, Duration::from_mins(2), || async {
        let shown = sidecar.ask(&["return", "show", id, "--json"]).ok()?;
        holds(&shown).then_some(shown)
    })
    .await;
    found.unwrap_or_else(|error| {
        let shown = sidecar.ask(&["return", "show", id, "--json"]);
        panic!("{error}\n{shown:#?}\n{}", sidecar.log())
    })
}

fn is_settled(shown: &Value) -> bool {
    shown["return"]["lifecycle"] == "SETTLED"
}

/// Somebody of finance approves what waits.
async fn approve(world: &World, shown: &Value) {
    let state = &shown["state"];
    let approvals = state["approvals"].as_array().unwrap();
    let open = approvals
        .iter()
        .find(|a| a["state"] == "REQUESTED")
        .unwrap();
    let text = |member: &str| open[member].as_str().unwrap().to_owned();
    let now = Timestamp::now();
    let told = Told {
        return_id: state["header"]["return_id"].as_str().unwrap(),
        id: &text("approval_id"),
        data: EventData::ApprovalDecided(ApprovalDecided {
            approval_id: text("approval_id"),
            calc_hash: text("calc_hash"),
            version: None,
            decision: Decision {
                user: "fiona".to_owned(),
                role: open["required"][0]["role"].as_str().unwrap().to_owned(),
                on_behalf_of: None,
                decision: Verdict::Approve,
                reason: "seen".to_owned(),
                ts: now,
            },
        }),
        who: "fiona",
        reason: "seen",
    };
    let path = world.folder().join("data/backhaul.db");
    let store = store::open(&format!("sqlite:{}", path.display()))
        .await
        .unwrap();
    operator::tell(store.as_ref(), &told, now).await.unwrap();
    store.close().await;
}

/// The approval shows what is new, what is posted and the difference, and what truly follows.
fn says_what_follows(sidecar: &Sidecar, asked: &Value, memo: &str) {
    let approvals = asked["state"]["approvals"].as_array().unwrap();
    let open = approvals.iter().find(|a| a["state"] == "REQUESTED");
    let id = open.unwrap()["approval_id"].as_str().unwrap();
    let shown = sidecar.ask(&["approval", "show", id, "--json"]).unwrap();
    assert_eq!(shown["calculation"]["totals"]["gross_minor"], -3_572);
    assert_eq!(shown["correction"]["posted"]["gross_minor"], 7_145);
    let new = &shown["correction"]["new"];
    assert_eq!(new["totals"]["gross_minor"], 3_573);
    assert_eq!(new["components"][0]["policy_rule_id"], "credit-lost-theirs");
    assert_eq!(
        shown["if_approved"],
        json!([
            format!(
                "if approved: 35.72 USD of credit memo {memo} to C10010 is taken back: a partial reversal is posted in the books of US01"
            ),
            format!(
                "if rejected: credit memo {memo} stands as it is posted, and nothing of it is taken back"
            ),
        ])
    );
    let text = sidecar.command(&["approval", "show", id]).unwrap();
    let text = String::from_utf8_lossy(&text.stdout).into_owned();
    for line in [
        "new, by what is known of the goods now:",
        "posted so far: net 66.00 USD  tax 5.45 USD  gross 71.45 USD",
        "difference, new less posted:",
    ] {
        assert!(text.contains(line), "{line}: {text}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn scenario_22_the_ledger_shows_memo_and_difference_and_a_memo_is_taken_back() {
    let world = World::start(Some(Story::AllGood), "", "").await.unwrap();
    let sidecar = world.sidecar(env!("CARGO_BIN_EXE_product")).await.unwrap();
    ask(&sidecar, 1..=1).await.unwrap();
    let settled = until_returns(&sidecar, "SETTLED", 1).await.unwrap();
    let id = settled[0]["return_id"].as_str().unwrap().to_owned();
    let owed = || world.erp.ledger().receivable("C10010", "USD");
    let amount = |text: &str| text.parse::<Decimal>().unwrap();
    assert_eq!(owed(), amount("-71.45"));

    // the warehouse looks again: damaged by the customer, to be scrapped instead
    let before = shown(&sidecar, &id, "settled", is_settled).await;
    let disposition = before["state"]["dispositions"][0].as_str().unwrap();
    tell(
        &sidecar,
        json!({
            "type": "disposition.decided", "eventId": "again-1", "warehouse": "DC-EAST", "rma": "RMA-1",
            "occurredAt": "2026-03-09T10:00:00Z", "dispositionId": "AGAIN-1", "reverses": disposition,
            "lines": [{ "line": 1, "sku": "SKU-100", "qty": "3", "uom": "EA", "action": "scrap", "liability": "customer" }]
        }),
    )
    .await;
    let asked = shown(&sidecar, &id, "somebody is asked", |shown| {
        let approvals = shown["state"]["approvals"].as_array();
        approvals.is_some_and(|all| all.iter().any(|one| one["state"] == "REQUESTED"))
    })
    .await;
    assert_eq!(owed(), amount("-71.45"), "not without approval");
    let memo = world.erp.ledger().documents[&Collection::CreditMemos][0]["number"].clone();
    says_what_follows(&sidecar, &asked, memo.as_str().unwrap());
    approve(&world, &asked).await;
    shown(&sidecar, &id, "corrected", is_settled).await;
    assert_eq!(owed(), amount("-35.73"));
    let ledger = world.erp.ledger();
    let documents = |collection| {
        ledger
            .documents
            .get(&collection)
            .map_or(&[][..], Vec::as_slice)
    };
    let memos = documents(Collection::CreditMemos);
    assert_eq!(memos.len(), 1);
    assert_eq!(memos[0]["status"], "Posted", "the memo stands");
    let taken = documents(Collection::CreditMemoCancellations);
    assert_eq!(taken.len(), 1);
    assert_eq!(
        (
            &taken[0]["netAmount"],
            &taken[0]["taxAmount"],
            &taken[0]["grossAmount"]
        ),
        (&json!("33.00"), &json!("2.72"), &json!("35.72"))
    );
    assert_eq!(
        ledger.on_hand("SKU-100", "DC-EAST", "available"),
        Decimal::ZERO
    );

    // finance takes the rest back, and it is credited anew
    let number = memos[0]["number"].as_str().unwrap();
    let mut arguments = vec!["return", "reverse-credit", &id, "--memo", number];
    arguments.extend([
        "--reason",
        "wrong account",
        "--by",
        "fiona",
        "--credit-again",
    ]);
    let done = sidecar.command(&arguments).unwrap();
    assert!(
        done.status.success(),
        "{}",
        String::from_utf8_lossy(&done.stderr)
    );
    until(
        "the memo is taken back and posted anew",
        Duration::from_mins(2),
        || async {
            let ledger = world.erp.ledger();
            let memos = ledger.documents.get(&Collection::CreditMemos)?;
            let posted = memos
                .iter()
                .filter(|memo| memo["status"] == "Posted")
                .count();
            (posted == 2 && ledger.receivable("C10010", "USD") == amount("-35.73")).then_some(())
        },
    )
    .await
    .unwrap();
    shown(&sidecar, &id, "settled again", is_settled).await;
    let other = sidecar.command(&[
        "return",
        "reverse-credit",
        &id,
        "--memo",
        "CM-0",
        "--reason",
        "x",
        "--by",
        "fiona",
    ]);
    assert_eq!(other.unwrap().status.code(), Some(3), "no such memo");
    let audit = sidecar.command(&["audit", "verify"]).unwrap();
    assert!(audit.status.success());
}
