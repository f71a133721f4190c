//! Codes that nobody knew, published by two people: what waited for them goes on by itself, once, with its own ids.

use std::path::Path;
use std::process::Output;
use std::time::{Duration, Instant};

use crate::support;
use crate::support::{EMBEDDED, POLICY};
use backhaul::sidecar::Running;
use serde_json::{Value, json};
use store::ReturnFilter;

/// A portal that speaks in codes of its own.
const PORTAL: &str = r#"
[connectors.portal]
type = "wms-json"
system = "portal"
rma_namespace = "rma"
[connectors.portal.sites]
0001 = "DC-EAST"
[connectors.portal.codes.sku]
A-100 = "SKU-100"
[connectors.portal.http]
path = "/in/portal"
unsigned = true
"#;

fn blocks() -> String {
    format!("{EMBEDDED}{POLICY}{PORTAL}")
}

async fn started(folder: &Path) -> Running {
    support::started(folder, &blocks()).await
}

/// A request with these codes.
fn request(id: &str, reason: &str, sku: &str, warehouse: &str) -> Value {
    json!({
        "type": "return.requested", "requestId": id, "requestedAt": "2026-03-01T09:00:00Z", "legalEntity": "US01",
        "returnType": "PHYSICAL", "channel": "portal", "segment": "retail", "customer": "C1", "currency": "USD",
        "returnTo": warehouse, "requestedBy": "carol",
        "lines": [{
            "line": 1, "sku": sku, "qty": "1", "uom": "EA", "reason": reason,
            "order": { "number": "O1", "line": "1" },
            "invoice": { "number": "I1", "line": "1", "date": "2026-02-20", "qty": "10", "amount": "100.00" }
        }]
    })
}

async fn send(running: &Running, body: &Value) -> u16 {
    let url = format!("http://{}/in/portal", running.sidecar.ingress().unwrap());
    let client = reqwest::Client::builder()
        .timeout(Duration::from_secs(30))
        .build()
        .unwrap();
    let response = client.post(url).body(body.to_string()).send().await;
    response.unwrap().status().as_u16()
}

async fn run(folder: &Path, arguments: &[&str]) -> Output {
    support::program(folder, &[&["crosswalk"], arguments].concat()).await
}

async fn json_of(folder: &Path, arguments: &[&str]) -> Value {
    support::json_of(folder, &[&["crosswalk"], arguments].concat()).await
}

fn stderr(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// What waits for a code. (Effects that nothing takes are missing master data, too, but not for want of a code.)
async fn open(running: &Running) -> Vec<store::ExceptionRow> {
    let rows = running.store.lacking().await.unwrap();
    assert!(rows.iter().all(|row| row.code == "MASTER_DATA_MISSING"));
    rows
}

/// Waits until there are so many returns, and gives them.
async fn returns(running: &Running, many: usize) -> Vec<store::ReturnRow> {
    let deadline = Instant::now() + Duration::from_mins(1);
    loop {
        let rows = running.store.returns(&ReturnFilter::default()).await;
        let rows = rows.unwrap();
        if rows.len() >= many {
            return rows;
        }
        assert!(
            Instant::now() < deadline,
            "{} of {many} returns",
            rows.len()
        );
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn scenario_05_publishing_a_code_lets_exactly_what_was_blocked_go_on() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let running = started(folder).await;

    // Reason, article and warehouse: each unknown once, one message for want of two codes, one with a code that stays unknown.
    for body in [
        request("P1", "KAPUTT", "A-100", "0001"),
        request("P2", "RECALL", "A-200", "0001"),
        request("P3", "RECALL", "A-100", "0002"),
        request("P4", "KAPUTT", "A-200", "0001"),
        request("P5", "UNHEARD-OF", "A-100", "0001"),
    ] {
        assert!((400..500).contains(&send(&running, &body).await), "{body}");
    }
    let blocked = open(&running).await;
    assert_eq!(blocked.len(), 5);
    let mut keys: Vec<String> = blocked
        .iter()
        .flat_map(|row| &row.missing)
        .map(|m| format!("{}/{}/{}/{}", m.list, m.system, m.direction, m.code))
        .collect();
    keys.sort();
    keys.dedup();
    let expected = [
        "reason/portal/IN/KAPUTT",
        "reason/portal/IN/UNHEARD-OF",
        "site/portal/IN/0002",
        "sku/portal/IN/A-200",
    ];
    assert_eq!(keys, expected, "the exact keys, in structured form");

    let unmapped = json_of(folder, &["unmapped"]).await;
    let told: Vec<(&str, &str, u64)> = unmapped
        .as_array()
        .unwrap()
        .iter()
        .map(|row| {
            (
                row["list"].as_str().unwrap(),
                row["code"].as_str().unwrap(),
                row["messages"].as_u64().unwrap(),
            )
        })
        .collect();
    let expected = [
        ("reason", "KAPUTT", 1),
        ("reason", "UNHEARD-OF", 1),
        ("site", "0002", 1),
        ("sku", "A-200", 2),
    ];
    assert_eq!(told, expected);

    // Four eyes.
    for (list, code, ours) in [
        ("reason", "KAPUTT", "DEFECTIVE_ON_ARRIVAL"),
        ("sku", "A-200", "SKU-200"),
        ("site", "0002", "DC-WEST"),
    ] {
        json_of(
            folder,
            &["draft", list, "portal", code, ours, "--by", "ada"],
        )
        .await;
    }
    let own = run(folder, &["approve", "--all", "--by", "ada"]).await;
    assert_eq!(own.status.code(), Some(3), "{}", stderr(&own));
    assert!(stderr(&own).contains("somebody else"), "{}", stderr(&own));

    // What each becomes is said before.
    let preview = json_of(folder, &["approve", "--all", "--by", "grace", "--dry-run"]).await;
    assert_eq!(preview["published"], false);
    let after: Vec<&str> = preview["unblocked"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|row| row["goes_on"] == true)
        .map(|row| row["after"][0].as_str().unwrap())
        .collect();
    assert_eq!(after.len(), 4, "{preview}");
    assert!(
        after
            .iter()
            .all(|event| event.starts_with("backhaul.return.requested.v1 "))
    );
    assert_eq!(open(&running).await.len(), 5, "a dry run does nothing");
    assert_eq!(running.store.crosswalk_publication().await.unwrap(), 0);

    // One of the two that wait for the article goes on; the other turns out to wait for a reason as well.
    let first = json_of(folder, &["approve", "2", "--by", "grace"]).await;
    assert_eq!(first["publication"], 1, "{first}");
    returns(&running, 1).await;
    let waiting = open(&running).await;
    assert_eq!(waiting.len(), 4);
    let kaputt = waiting.iter().flat_map(|row| &row.missing);
    assert_eq!(kaputt.filter(|m| m.code == "KAPUTT").count(), 2);
    let published = json_of(folder, &["approve", "--all", "--by", "grace"]).await;
    assert_eq!(published["publication"], 2, "{published}");
    // Pressed twice: nothing is published, and nothing goes twice.
    let again = json_of(folder, &["approve", "1", "2", "3", "--by", "grace"]).await;
    assert_eq!(again["published"], false, "{again}");

    let rows = returns(&running, 4).await;
    assert_eq!(rows.len(), 4);
    let left = open(&running).await;
    assert_eq!(left.len(), 1, "only what waits for another code");
    assert_eq!(left[0].missing[0].code, "UNHEARD-OF");

    // The same ids: sent again by the portal, they are recognised.
    for (id, sku, site) in [("P1", "A-100", "0001"), ("P3", "A-100", "0002")] {
        let reason = if id == "P1" { "KAPUTT" } else { "RECALL" };
        assert_eq!(send(&running, &request(id, reason, sku, site)).await, 202);
    }
    tokio::time::sleep(Duration::from_secs(1)).await;
    let rows_again = returns(&running, 4).await;
    assert_eq!(rows_again.len(), 4, "no return twice");
    let state: Value = serde_json::from_str(&rows[0].state).unwrap();
    assert_eq!(
        state["header"]["crosswalk_version"], "2",
        "the publication is pinned: {state}"
    );
    assert!(rows.iter().any(|row| row.site == "DC-WEST"));

    // Audited, and the chain holds.
    let shown = json_of(folder, &["show", "1"]).await;
    let history: Vec<&str> = shown["history"]
        .as_array()
        .unwrap()
        .iter()
        .map(|at| at["what"].as_str().unwrap())
        .collect();
    assert_eq!(history, ["crosswalk.drafted", "crosswalk.approved"]);
    store::audit_verify(running.store.as_ref()).await.unwrap();
    assert!(running.stop().await);
}

/// Whoever approved was cut off before anything went on: the running sidecar takes the publication up by itself.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_running_sidecar_takes_a_publication_up_and_finishes_what_was_cut_off() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let running = started(folder).await;
    let body = request("P1", "KAPUTT", "A-100", "0001");
    assert!((400..500).contains(&send(&running, &body).await));
    let entry = ["draft", "reason", "*", "KAPUTT", "DEFECTIVE_ON_ARRIVAL"];
    json_of(folder, &[&entry[..], &["--by", "ada"]].concat()).await;
    let book = running.store.crosswalk().await.unwrap();
    let now = "2026-03-02T00:00:00Z".parse().unwrap();
    let change = router::crosswalk::govern::approve(&book, &[1], ("grace", None), now).unwrap();
    assert!(running.store.change_crosswalk(change).await.unwrap());

    returns(&running, 1).await;
    assert!(open(&running).await.is_empty());
    // What comes now is read by it.
    assert_eq!(
        send(&running, &request("P2", "KAPUTT", "A-100", "0001")).await,
        202
    );
    returns(&running, 2).await;
    assert!(running.stop().await);

    // So does the next process, with its first message.
    let running = started(folder).await;
    assert_eq!(
        send(&running, &request("P3", "KAPUTT", "A-100", "0001")).await,
        202
    );
    returns(&running, 3).await;
    assert!(running.stop().await);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_file_is_imported_whole_or_not_and_exported_byte_for_byte() {
    let (one, two) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let bad = "list,system,source_code,canonical_code,direction\n\
               uom,portal,CS,XCS,IN\n\
               uom,nobody,CS,XCS,IN\n\
               reason,*,BAD,BROKEN,SIDEWAYS\n\
               reason,*,BAD,BROKEN,IN\n";
    let good = "list,system,source_code,canonical_code,owner\n\
                uom,portal,CS,XCS,\n\
                sku,portal,\"B \"\"1\"\", blue\",SKU-1,desk\n\
                reason,*,KAPUTT,DEFECTIVE_ON_ARRIVAL,\n\
                sku,portal,'=1+1,SKU-2,\n";
    for folder in [one.path(), two.path()] {
        std::fs::write(folder.join("backhaul.toml"), blocks()).unwrap();
        std::fs::write(folder.join("bad.csv"), bad).unwrap();
        std::fs::write(folder.join("good.csv"), good).unwrap();
    }
    let folder = one.path();
    let refused = run(folder, &["import", "bad.csv", "--by", "ada"]).await;
    assert_eq!(refused.status.code(), Some(2));
    let told = stderr(&refused);
    assert!(
        told.contains("line 4, column direction: \"SIDEWAYS\""),
        "{told}"
    );
    std::fs::write(folder.join("bad.csv"), bad.replace("SIDEWAYS", "IN")).unwrap();
    let told = stderr(&run(folder, &["import", "bad.csv", "--by", "ada"]).await);
    for place in [
        "line 3, column system",
        "line 4, column canonical_code",
        "line 5, column canonical_code",
    ] {
        assert!(told.contains(place), "{place} in {told}");
    }
    // A row of another length hides nothing of the others.
    let short = bad.replace("SIDEWAYS", "IN") + "uom,portal,PK\n";
    std::fs::write(folder.join("bad.csv"), short).unwrap();
    let told = stderr(&run(folder, &["import", "bad.csv", "--by", "ada"]).await);
    for place in [
        "line 3, column system",
        "line 5, column canonical_code",
        "line 6: the row has 3 fields, the header has 5",
    ] {
        assert!(told.contains(place), "{place} in {told}");
    }
    assert_eq!(
        json_of(folder, &["list"]).await["entries"],
        json!([]),
        "all or nothing"
    );

    let preview = json_of(folder, &["import", "good.csv", "--by", "ada", "--dry-run"]).await;
    assert_eq!(preview["changes"].as_array().unwrap().len(), 4);
    assert_eq!(preview["changes"][3]["entry"]["source_code"], "=1+1");
    assert_eq!(preview["changes"][0]["before"], Value::Null);
    assert_eq!(json_of(folder, &["list"]).await["entries"], json!([]));
    json_of(folder, &["import", "good.csv", "--by", "ada"]).await;
    json_of(folder, &["approve", "--all", "--by", "grace"]).await;
    let exported = run(folder, &["export"]).await.stdout;
    assert!(exported.starts_with(b"list,system,direction,source_code,"));
    let text = String::from_utf8_lossy(&exported);
    assert!(text.contains("sku,portal,IN,'=1+1,SKU-2,"), "{text}");

    // Again: it says nothing new. With another meaning: before and after.
    let known = json_of(folder, &["import", "good.csv", "--by", "ada"]).await;
    assert_eq!(
        (&known["unchanged"], &known["changes"]),
        (&json!(4), &json!([]))
    );
    std::fs::write(folder.join("good.csv"), good.replace("CS,XCS", "CS,XBX")).unwrap();
    let refused = run(folder, &["import", "good.csv", "--by", "ada"]).await;
    assert!(
        stderr(&refused).contains("--replace"),
        "{}",
        stderr(&refused)
    );
    let replaced = [
        "import",
        "good.csv",
        "--by",
        "ada",
        "--replace",
        "--dry-run",
    ];
    let replaced = json_of(folder, &replaced).await;
    assert_eq!(replaced["changes"][0]["before"], "XCS", "{replaced}");
    assert_eq!(replaced["changes"][0]["after"], "XBX");

    // What does not fit a connector is not published.
    let unit = ["draft", "uom", "portal", "KT", "kiste", "--by", "ada"];
    json_of(folder, &unit).await;
    let unfit = run(folder, &["approve", "5", "--by", "grace"]).await;
    assert_eq!(unfit.status.code(), Some(2));
    assert!(
        stderr(&unfit).contains("Recommendation 20"),
        "{}",
        stderr(&unfit)
    );
    let withdrawn = json_of(folder, &["retire", "5", "--by", "ada"]).await;
    assert_eq!(withdrawn["withdrawn"], json!([5]));

    std::fs::write(two.path().join("all.csv"), &exported).unwrap();
    json_of(two.path(), &["import", "all.csv", "--by", "ada"]).await;
    json_of(two.path(), &["approve", "--all", "--by", "grace"]).await;
    let again = run(two.path(), &["export"]).await.stdout;
    assert_eq!(
        String::from_utf8(again),
        String::from_utf8(exported),
        "byte for byte"
    );
}

/// What the block of the connector says is a meaning too: shown, and replaced only by whoever says so.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_the_configuration_says_is_replaced_only_on_purpose() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    std::fs::write(folder.join("backhaul.toml"), blocks()).unwrap();
    let file = "list,system,direction,source_code,canonical_code\n\
                sku,portal,IN,A-100,SKU-101\n\
                site,portal,OUT,DC-EAST,0009\n\
                site,*,IN,0002,DC-WEST\n";
    std::fs::write(folder.join("other.csv"), file).unwrap();
    let told = stderr(&run(folder, &["import", "other.csv", "--by", "ada"]).await);
    for place in [
        "line 2, column canonical_code: the configuration of portal says that \"A-100\" is \"SKU-100\"",
        "line 3, column canonical_code: the configuration of portal says that \"DC-EAST\" is \"0001\"",
    ] {
        assert!(told.contains(place), "{place} in {told}");
    }
    assert!(!told.contains("line 4"), "{told}");
    let import = [
        "import",
        "other.csv",
        "--by",
        "ada",
        "--replace",
        "--dry-run",
    ];
    let changes = json_of(folder, &import).await["changes"].clone();
    let before: Vec<&Value> = (0..3).map(|n| &changes[n]["before"]).collect();
    assert_eq!(before, [&json!("SKU-100"), &json!("0001"), &Value::Null]);
    let ever = json!("1970-01-01T00:00:00Z");
    assert_ne!(changes[0]["entry"]["effective_from"], ever, "from now on");
    assert_eq!(changes[2]["entry"]["effective_from"], ever);

    let entry = ["draft", "sku", "portal", "A-100", "SKU-101", "--by", "ada"];
    let refused = run(folder, &entry).await;
    assert_eq!(refused.status.code(), Some(2));
    assert!(stderr(&refused).contains("--replace"));
    let drafted = run(folder, &[&entry[..], &["--replace"]].concat()).await;
    let text = String::from_utf8_lossy(&drafted.stdout).into_owned();
    assert!(text.contains("until then \"SKU-100\""), "{text}");
}
