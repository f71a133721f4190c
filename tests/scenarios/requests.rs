//! Scenarios 1 to 6: how a return is asked for.

use anyhow::{Result, ensure};
use canonical::{DenialReason, Lifecycle};
use reqwest::Method;
use serde_json::{Value, json};
use simulators::erp::Collection;

use crate::say::{by_api, invoiced, line, receipt, request, restocked, with};
use crate::stage::{Setting, Stage};
use crate::table::Scenario;

pub(crate) fn scenarios() -> Vec<Scenario> {
    vec![
        Scenario::new(1, "a request sent again is the same return", sent_again),
        Scenario::new(
            2,
            "a key under which something else was asked is refused, one at work is told so",
            one_key,
        ),
        Scenario::new(
            5,
            "what waits for a code goes on by itself when it is published",
            code_published,
        ),
        Scenario::new(
            3,
            "two channels never share a unit of an invoice line",
            two_channels,
        ),
        Scenario::new(
            4,
            "after the window a person decides first",
            after_the_window,
        ),
        Scenario::new(
            3,
            "what has not come of an authorised return is revised, and its partners are told anew",
            revised,
        ),
        Scenario::new(
            6,
            "nothing is credited before goods come",
            nothing_before_goods,
        ),
    ]
}

async fn sent_again() -> Result<()> {
    let stage = Stage::new().await?;
    let asked = request("1", vec![line(1, "SKU-100", 3, "DEFECTIVE_ON_ARRIVAL")]);
    let first = stage.authorized(&asked).await?;
    stage.until_quiet().await?;
    let effects = stage.store.effects_of(first.return_id()).await?;
    for _ in 0..2 {
        stage.tell("portal", &asked).await?;
    }
    // What is asked for next is known: then what came before it was worked on.
    let next = request("2", vec![line(1, "SKU-100", 1, "DEFECTIVE_ON_ARRIVAL")]);
    stage.authorized(&next).await?;
    stage.until_quiet().await?;
    ensure!(stage.returns().await?.len() == 2, "one return per request");
    let again = stage.the("RMA-1").await?;
    ensure!(again.return_id() == first.return_id());
    let after = stage.store.effects_of(first.return_id()).await?;
    ensure!(after.len() == effects.len(), "no new effect");
    ensure!(
        stage.warehouse.ledger().asns.len() == 2,
        "one announcement each"
    );
    Ok(())
}

async fn two_channels() -> Result<()> {
    let stage = Stage::new().await?;
    let of_one_invoice = |id: &str| {
        let line = invoiced(line(1, "SKU-100", 6, "DEFECTIVE_ON_ARRIVAL"), "INV-SHARED");
        request(id, vec![line])
    };
    let (one, other) = (of_one_invoice("A"), of_one_invoice("B"));
    let (a, b) = tokio::join!(
        stage.tell("portal", &one),
        stage.tell("marketplace", &other)
    );
    a?;
    b?;
    let decided = |state: &workflow::ReturnState| state.lifecycle() != Lifecycle::Requested;
    let a = stage.until_return("RMA-A", "decided", decided).await?;
    let b = stage.until_return("RMA-B", "decided", decided).await?;
    let lifecycles = [a.lifecycle(), b.lifecycle()];
    let won = lifecycles.iter().filter(|l| **l == Lifecycle::Authorized);
    ensure!(won.count() == 1, "{lifecycles:?}");
    let lost = if a.lifecycle() == Lifecycle::Authorized {
        b
    } else {
        a
    };
    ensure!(lost.lifecycle() == Lifecycle::Declined, "{lifecycles:?}");
    ensure!(
        lost.denial() == Some(DenialReason::QuantityDifference),
        "{:?}",
        lost.denial()
    );
    let claims = stage
        .store
        .claims(&["US01|INV-SHARED|1".to_owned()])
        .await?;
    ensure!(claims.len() == 1, "{claims:?}");
    // Four are left, and four may still be asked for.
    let rest = invoiced(line(1, "SKU-100", 4, "DEFECTIVE_ON_ARRIVAL"), "INV-SHARED");
    stage.authorized(&request("C", vec![rest])).await?;
    Ok(())
}

async fn after_the_window() -> Result<()> {
    let stage = Stage::new().await?;
    let mut late = request("1", vec![line(1, "SKU-100", 3, "NO_LONGER_NEEDED")]);
    late["lines"][0]["invoice"]["date"] = json!("2025-12-20");
    stage.tell("portal", &late).await?;
    let waits = |s: &workflow::ReturnState| s.lifecycle() == Lifecycle::PendingAuthorization;
    let state = stage
        .until_return("RMA-1", "waits for a person", waits)
        .await?;
    let asked: Vec<_> = state.open_approvals().collect();
    ensure!(asked.len() == 1, "one approval is asked for: {asked:?}");
    ensure!(asked[0].required[0].role == "returns_manager", "{asked:?}");
    ensure!(
        stage.store.effects_of(state.return_id()).await?.is_empty(),
        "no RMA before"
    );
    ensure!(stage.warehouse.ledger().asns.is_empty());
    Ok(())
}

async fn nothing_before_goods() -> Result<()> {
    let stage = Stage::new().await?;
    let asked = request("1", vec![line(1, "SKU-100", 3, "DEFECTIVE_ON_ARRIVAL")]);
    let asked = with(asked, &json!({ "segment": "key_account" }));
    stage.authorized(&asked).await?;
    stage.until_quiet().await?;
    ensure!(stage.effects("RMA-1", "ERP_CREDIT_MEMO").await?.is_empty());
    stage
        .facts([receipt("RMA-1", "R1", &[("SKU-100", 3)])])
        .await?;
    let received = |s: &workflow::ReturnState| s.lifecycle() == Lifecycle::InProgress;
    stage.until_return("RMA-1", "goods came", received).await?;
    stage.until_quiet().await?;
    ensure!(stage.effects("RMA-1", "ERP_CREDIT_MEMO").await?.is_empty());
    ensure!(stage.memos().is_empty());
    Ok(())
}

async fn one_key() -> Result<()> {
    let stage = Stage::set(Setting::default().people()).await?;
    let post = |key: &'static str, body: Value| {
        let stage = &stage;
        async move {
            let keyed = Some((key, &body));
            stage
                .ask_api(Method::POST, "/v1/returns", "boss", keyed)
                .await
        }
    };
    let body = serde_json::to_value(by_api("1", 3))?;
    let (status, first) = post("k", body.clone()).await?;
    ensure!(status == 201, "{status} {first}");
    // Another payload under the key.
    let other = with(body.clone(), &json!({ "channel": "web" }));
    let (status, said) = post("k", other).await?;
    ensure!(
        status == 422 && said["code"] == "api.idempotency-key-reused",
        "{status} {said}"
    );
    let all = stage.returns().await?;
    ensure!(
        all.len() == 1 && all[0].header().channel == "portal",
        "the first one stands"
    );
    let (status, again) = post("k", body.clone()).await?;
    ensure!(status == 201 && again == first, "{status} {again}");
    // Nobody has rules for this entity, so that whoever takes the key waits; the other one is told at once.
    let slow = serde_json::to_value(by_api("2", 3))?;
    let slow = with(slow, &json!({ "legal_entity": "XX99" }));
    let (status, said) = tokio::select! {
        one = post("slow", slow.clone()) => one?,
        other = post("slow", slow.clone()) => other?,
    };
    ensure!(
        status == 409 && said["code"] == "api.idempotency-key-in-progress",
        "{status} {said}"
    );
    Ok(())
}

/// A shop that speaks in codes of its own.
const SHOP: &str = r#"
[connectors.shop]
type = "wms-json"
system = "shop"
rma_namespace = "rma"
[connectors.shop.sites]
0001 = "DC-EAST"
[connectors.shop.codes.sku]
A-100 = "SKU-100"
[connectors.shop.http]
path = "/in/shop"
secret = "scenario-secret"
"#;

async fn code_published() -> Result<()> {
    let stage = Stage::set(Setting::default().blocks(SHOP)).await?;
    let asked = |id: &str, sku: &str, reason: &str, site: &str| {
        with(
            request(id, vec![line(1, sku, 3, reason)]),
            &json!({ "returnTo": site }),
        )
    };
    let blocked = [
        (
            "sku",
            "A-200",
            "SKU-200",
            asked("1", "A-200", "RECALL", "0001"),
        ),
        (
            "reason",
            "KAPUTT",
            "DEFECTIVE_ON_ARRIVAL",
            asked("2", "A-100", "KAPUTT", "0001"),
        ),
        (
            "site",
            "0002",
            "DC-WEST",
            asked("3", "A-100", "RECALL", "0002"),
        ),
    ];
    for (list, code, _, message) in &blocked {
        let (status, said) = stage.told("shop", message).await?;
        ensure!((400..500).contains(&status), "{status} {said}");
        let waits = stage.store.lacking().await?;
        let row = waits
            .iter()
            .find(|row| row.missing.iter().any(|m| m.code == *code));
        let Some(row) = row else {
            anyhow::bail!("{code} is not named: {waits:?}")
        };
        ensure!(
            row.code == "MASTER_DATA_MISSING" && row.missing.len() == 1,
            "{row:?}"
        );
        let key = &row.missing[0];
        ensure!(
            (
                key.list.as_str(),
                key.system.as_str(),
                key.direction.as_str()
            ) == (*list, "shop", "IN"),
            "{key:?}"
        );
    }
    ensure!(stage.returns().await?.is_empty());
    for (list, code, ours, _) in &blocked {
        stage.publish("shop", list, code, ours).await?;
    }
    let mut ids = Vec::new();
    for rma in ["RMA-1", "RMA-2", "RMA-3"] {
        let open = |s: &workflow::ReturnState| s.lifecycle() == Lifecycle::Authorized;
        ids.push(
            stage
                .until_return(rma, "authorised", open)
                .await?
                .return_id()
                .to_owned(),
        );
    }
    ensure!(stage.the("RMA-3").await?.header().return_to_site == "DC-WEST");
    ensure!(stage.store.lacking().await?.is_empty());
    // Under the same ids: sent again, they are the same returns.
    for (_, _, _, message) in &blocked {
        stage.tell("shop", message).await?;
    }
    let last = request("9", vec![line(1, "SKU-100", 1, "RECALL")]);
    stage.authorized(&last).await?;
    stage.until_quiet().await?;
    let all = stage.returns().await?;
    ensure!(all.len() == 4 && ids.iter().all(|id| all.iter().any(|s| s.return_id() == id)));
    Ok(())
}

async fn revised() -> Result<()> {
    let stage = Stage::set(Setting::default().people()).await?;
    stage.asked_by_api(&by_api("7", 6)).await?;
    stage.until_quiet().await?;
    let id = stage.the("RMA-7").await?.return_id().to_owned();
    let path = format!("/v1/returns/{id}");
    let less =
        json!({ "lines": [{ "line_no": 1, "qty_requested": "4" }], "reason": "two are kept" });
    for _ in 0..2 {
        let (status, said) = stage
            .ask_api(Method::PATCH, &path, "boss", Some(("less", &less)))
            .await?;
        ensure!(status == 200, "{status} {said}");
    }
    // The warehouse: withdrawn once, announced anew once, with what is still to come.
    let asns = || {
        let ledger = stage.warehouse.ledger();
        let asns = ledger.asns.into_iter();
        asns.map(|asn| {
            let status = serde_json::to_value(asn.status).unwrap_or_default();
            let lines = asn.lines.iter();
            let lines: Vec<String> = lines.map(|line| line.quantity.to_string()).collect();
            (status, lines)
        })
        .collect::<Vec<_>>()
    };
    let both = || async { (asns().len() == 2).then_some(()) };
    stage.until("the new announcement", both).await?;
    let expected = [
        (json!("cancelled"), vec!["6".to_owned()]),
        (json!("expected"), vec!["4".to_owned()]),
    ];
    ensure!(asns() == expected, "{:?}", asns());
    // The ERP: its order is changed, and no second one made.
    let orders = || {
        let ledger = stage.erp.ledger();
        let orders = ledger.documents.get(&Collection::ReturnOrders);
        let orders = orders.into_iter().flatten();
        orders
            .map(|order| order["lines"][0]["quantity"].clone())
            .collect::<Vec<_>>()
    };
    let changed = || async { (orders() == [json!("4")]).then_some(()) };
    stage.until("the return order is changed", changed).await?;
    // What was given back is free: all but four of ten.
    let outlook = serde_json::to_value(by_api("8", 1))?;
    let mut outlook = outlook;
    outlook["lines"][0]["invoice_ref"]["document"] = json!("INV-7");
    let (status, said) = stage
        .ask_api(
            Method::POST,
            "/v1/returns/eligibility",
            "boss",
            Some(("look", &outlook)),
        )
        .await?;
    ensure!(
        status == 200 && said["lines"][0]["available"] == "6",
        "{said}"
    );
    // Goods and money do not wait for that person.
    stage.facts(restocked("RMA-7", "1", "SKU-1", 4)).await?;
    stage
        .until_memos("RMA-7", &[["88.00", "7.26", "95.26"].map(str::to_owned)])
        .await?;
    let below = json!({ "lines": [{ "line_no": 1, "qty_requested": "3" }], "reason": "too late" });
    let (status, said) = stage
        .ask_api(Method::PATCH, &path, "boss", Some(("below", &below)))
        .await?;
    ensure!(status == 409, "{status} {said}");
    Ok(())
}
