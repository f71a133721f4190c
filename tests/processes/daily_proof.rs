//! The daily proof and the numbers, on the whole product and a simulated ERP.

use std::time::Duration;

use jiff::Timestamp;
use jiff::civil::Date;
use serde_json::{Value, json};
use simulators::erp::{Collection, Profile};
use simulators::faults::{Fault, Rule};
use simulators::wms::Story;
use tests::sidecar::Sidecar;
use tests::until;
use tests::world::{World, ask, until_returns};

const PRODUCT: &str = env!("CARGO_BIN_EXE_product");

/// Today, where US01 keeps its books.
fn today() -> Date {
    let now = Timestamp::now().in_tz("America/Chicago").unwrap();
    now.date()
}

/// A run of the proof: its exit code, and what it says.
fn prove(sidecar: &Sidecar, date: Date) -> (i32, Value) {
    let date = date.to_string();
    let arguments = [
        "reconcile",
        "--date",
        &date,
        "--entity",
        "US01",
        "--as",
        "ada",
        "--json",
    ];
    let output = sidecar.command(&arguments).unwrap();
    let code = output.status.code().unwrap();
    let said: Value = serde_json::from_slice(&output.stdout)
        .unwrap_or_else(|_| panic!("{}", String::from_utf8_lossy(&output.stderr)));
    (code, said[0].clone())
}

/// Waits until the only return is settled and nothing of it is under way: what is to be told is confirmed after the credit.
async fn until_done(sidecar: &Sidecar) {
    let settled = until_returns(sidecar, "SETTLED", 1).await.unwrap();
    let id = settled[0]["return_id"].as_str().unwrap().to_owned();
    until("all is confirmed", Duration::from_mins(1), || async {
        let shown = sidecar.ask(&["return", "show", &id, "--json"]).ok()?;
        let mut effects = shown["effects"].as_array()?.iter();
        effects
            .all(|effect| effect["state"] == "CONFIRMED")
            .then_some(())
    })
    .await
    .unwrap();
}

/// (match, class) of the items.
fn items(said: &Value) -> Vec<(String, String)> {
    let word = |item: &Value, name: &str| item[name].as_str().unwrap().to_owned();
    let items = said["items"].as_array().unwrap().iter();
    let mut items: Vec<(String, String)> = items
        .map(|item| (word(item, "matched"), word(item, "class")))
        .collect();
    items.sort();
    items
}

fn pair(matched: &str, class: &str) -> (String, String) {
    (matched.to_owned(), class.to_owned())
}

fn open_exceptions(sidecar: &Sidecar) -> Vec<Value> {
    let listed = sidecar.ask(&["exception", "list", "--json"]).unwrap();
    let open = listed.as_array().unwrap().iter();
    open.filter(|row| row["state"] == "OPEN").cloned().collect()
}

/// Enters and posts a memo by hand, as a person at the ERP would.
async fn key_in(world: &World, key: &str) -> String {
    let client = client();
    let token = token(world, &client).await;
    let date = today().to_string();
    let body = json!({
        "externalDocumentNumber": key, "customerNumber": "C10010", "currencyCode": "USD", "documentDate": date,
        "postingDate": date, "lines": [{ "lineNumber": 1, "itemNumber": "SKU-100", "quantity": "1",
        "unitOfMeasureCode": "EA", "netAmount": "22.00", "taxes": [] }], "charges": [], "netAmount": "22.00",
        "taxAmount": "0.00", "grossAmount": "22.00"
    });
    let url = format!("{}/api/creditMemos", world.erp.url());
    let made = client
        .post(&url)
        .bearer_auth(&token)
        .json(&body)
        .send()
        .await
        .unwrap();
    assert_eq!(made.status(), 201);
    let made: Value = made.json().await.unwrap();
    let id = made["id"].as_str().unwrap().to_owned();
    change(&client, &token, &format!("{url}({id})/post"), &json!({})).await;
    id
}

fn client() -> reqwest::Client {
    let builder = reqwest::Client::builder().timeout(Duration::from_secs(30));
    builder.build().unwrap()
}

async fn take_back(world: &World, id: &str) {
    let client = client();
    let token = token(world, &client).await;
    let url = format!("{}/api/creditMemos({id})/cancel", world.erp.url());
    let body = json!({ "externalDocumentNumber": format!("BACK-{id}") });
    change(&client, &token, &url, &body).await;
}

async fn change(client: &reqwest::Client, token: &str, url: &str, body: &Value) {
    let request = client.post(url).bearer_auth(token).header("if-match", "*");
    let answer = request.json(body).send().await.unwrap();
    let status = answer.status();
    let said = answer.text().await.unwrap();
    assert!(status.is_success(), "{url}: {status} {said}");
}

async fn token(world: &World, client: &reqwest::Client) -> String {
    let form = "grant_type=client_credentials&client_id=backhaul&client_secret=s3cret";
    let answer = client
        .post(format!("{}/oauth/token", world.erp.url()))
        .header("content-type", "application/x-www-form-urlencoded")
        .body(form)
        .send()
        .await
        .unwrap();
    let said: Value = answer.json().await.unwrap();
    said["access_token"].as_str().unwrap().to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn scenario_47_stock_posted_and_credit_refused_is_one_variance_that_heals() {
    let world = World::start(Some(Story::AllGood), "", "").await.unwrap();
    let refuse = Rule::times(Fault::Refuse, 1).on("POST /api/creditMemos");
    world.erp.faults().add(refuse);
    let sidecar = world.sidecar(PRODUCT).await.unwrap();
    ask(&sidecar, 1..=1).await.unwrap();
    let refused = until("the memo is refused", Duration::from_mins(2), || async {
        let open = open_exceptions(&sidecar);
        let posted = world.erp.ledger().counts[&Collection::StockMovements];
        (open.len() == 1 && posted >= 2).then(|| open[0].clone())
    })
    .await
    .unwrap();

    let (code, said) = until("the stock is confirmed", Duration::from_mins(1), || async {
        let (code, said) = prove(&sidecar, today());
        let expected = [pair("C3", "MISSING_IN_ERP"), pair("C6", "QTY")];
        (items(&said) == expected).then_some((code, said))
    })
    .await
    .unwrap();
    assert_eq!(code, 2, "not proven");
    for item in said["items"].as_array().unwrap() {
        assert_eq!(item["exception_id"], refused["exception_id"], "{item}");
        assert_eq!(item["priority"], "P1");
    }
    assert_eq!(
        open_exceptions(&sidecar).len(),
        1,
        "it has its exception already"
    );

    let id = refused["exception_id"].as_str().unwrap();
    let replayed = sidecar.command(&["exception", "replay", id]).unwrap();
    assert!(replayed.status.success());
    until_done(&sidecar).await;
    let (code, said) = prove(&sidecar, today());
    assert_eq!((code, items(&said)), (0, vec![]), "{said}");
    assert_eq!(said["report"]["status"], "PROVEN");
    assert_eq!(said["report"]["cleared"].as_array().unwrap().len(), 2);
    assert!(open_exceptions(&sidecar).is_empty());
    let memos = &world.erp.ledger().documents[&Collection::CreditMemos];
    assert_eq!(memos.len(), 1, "no manual journal: {memos:?}");

    // What nobody can answer is named.
    let matches = said["report"]["matches"].as_array().unwrap();
    assert_eq!(matches.len(), 11);
    let c4 = matches.iter().find(|m| m["matched"] == "C4").unwrap();
    assert_eq!(c4["run"], "not run: no source");

    // Who ran it does not sign it, and it is signed once.
    let run = said["run_id"].as_str().unwrap();
    let sign = |by: &str| {
        let signed = sidecar.command(&["reconcile", "sign-off", run, "--by", by]);
        signed.unwrap().status.code()
    };
    assert_eq!(sign("ada"), Some(3));
    assert_eq!(sign("grace"), Some(0));
    assert_eq!(sign("linus"), Some(3));
    let shown = sidecar.ask(&["reconcile", "show", run, "--json"]).unwrap();
    assert_eq!(shown["sign_off"]["signed_by"], "grace");
    assert!(
        sidecar
            .command(&["audit", "verify"])
            .unwrap()
            .status
            .success()
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn scenario_50_a_memo_keyed_by_hand_is_an_orphan_and_a_second_one_a_double() {
    let world = World::start(Some(Story::AllGood), "", "").await.unwrap();
    let sidecar = world.sidecar(PRODUCT).await.unwrap();
    ask(&sidecar, 1..=1).await.unwrap();
    until_done(&sidecar).await;
    let (code, said) = prove(&sidecar, today());
    assert_eq!((code, items(&said)), (0, vec![]), "{said}");

    let ours = world.erp.ledger().documents[&Collection::CreditMemos][0].clone();
    let ours = ours["externalDocumentNumber"].as_str().unwrap().to_owned();
    let by_hand = key_in(&world, "MANUAL-7").await;
    let second = key_in(&world, &ours).await;
    let (code, said) = prove(&sidecar, today());
    assert_eq!(code, 2);
    let expected = [pair("C3", "DUPLICATE_IN_ERP"), pair("C3", "ORPHAN_IN_ERP")];
    assert_eq!(items(&said), expected);
    for item in said["items"].as_array().unwrap() {
        assert_eq!(item["priority"], "P1", "{item}");
        assert_ne!(item["exception_id"], "", "{item}");
    }
    let codes: Vec<Value> = open_exceptions(&sidecar)
        .iter()
        .map(|e| e["code"].clone())
        .collect();
    assert_eq!(codes.len(), 2, "{codes:?}");
    assert!(codes.contains(&json!("ERP_ORPHAN_DOC")) && codes.contains(&json!("ERP_AMBIGUOUS")));
    let told = sidecar
        .ask(&["metrics", "--from", &today().to_string(), "--json"])
        .unwrap();
    let escaped = told["numbers"].as_array().unwrap().iter();
    let escaped: Vec<&Value> = escaped
        .filter(|n| n["metric"] == "duplicate_rate_escaped")
        .collect();
    assert_eq!(escaped[0]["numerator"], "1");

    // Another run finds the same two, and no others.
    let (_, again) = prove(&sidecar, today());
    assert_eq!(items(&again), expected);
    assert!(again["items"][0]["carried"].as_bool().unwrap());
    assert_eq!(open_exceptions(&sidecar).len(), 2);

    take_back(&world, &by_hand).await;
    take_back(&world, &second).await;
    let (code, said) = prove(&sidecar, today());
    assert_eq!((code, items(&said)), (0, vec![]), "{said}");
    assert!(
        open_exceptions(&sidecar).is_empty(),
        "they ended by themselves"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn scenario_51_what_the_list_does_not_show_yet_is_timing_and_cleared_by_the_next_run() {
    // The ERP's list is half a minute behind its books.
    let late = simulators::erp::Config {
        index_lag_ms: 30_000,
        ..Profile::DraftAndPost.config()
    };
    let world = World::with_erp(late, Some(Story::AllGood), "", "")
        .await
        .unwrap();
    let sidecar = world.sidecar(PRODUCT).await.unwrap();
    ask(&sidecar, 1..=1).await.unwrap();
    until_returns(&sidecar, "SETTLED", 1).await.unwrap();
    let (code, said) = prove(&sidecar, today());
    assert_eq!(said["report"]["status"], "PROVEN_WITH_TIMING", "{said}");
    assert_eq!(code, 1);
    let found = items(&said);
    assert!(found.contains(&pair("C3", "TIMING")), "{found:?}");
    assert!(
        found.iter().all(|(_, class)| class == "TIMING"),
        "{found:?}"
    );
    assert!(
        open_exceptions(&sidecar).is_empty(),
        "nobody is called for it"
    );

    let (code, said) = until("the list shows it", Duration::from_mins(2), || async {
        let (code, said) = prove(&sidecar, today().tomorrow().unwrap());
        (code != 1).then_some((code, said))
    })
    .await
    .unwrap();
    assert_eq!((code, items(&said)), (0, vec![]), "{said}");
}
