//! Policies from the command line: why a return was decided so, tables of cases, and what another version would change.

use std::path::Path;
use std::process::{Command, Output};
use std::time::{Duration, Instant};

use crate::support::finance::{start, write};
use crate::support::tell;
use canonical::Reason;
use serde_json::{Value, json};
use store::{ReturnFilter, Store};
use testkit::{facts, told};
use workflow::ReturnState;

const VERSION: &str = "us01-2026-01-01.r1";

fn policy(folder: &Path, arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_backhaul"));
    let command = command.arg("policy").args(arguments);
    let command = command.current_dir(folder).env_remove("BACKHAUL_CONFIG");
    command.output().unwrap()
}

#[track_caller]
fn ends_with(output: &Output, code: i32) -> String {
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let errors = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(code), "{text}\n{errors}");
    format!("{text}{errors}")
}

#[track_caller]
fn json_of(folder: &Path, arguments: &[&str]) -> Value {
    let output = policy(folder, &[arguments, &["--json"]].concat());
    ends_with(&output, 0);
    serde_json::from_slice(&output.stdout).unwrap()
}

/// Three returns: one with a fee that somebody must approve, one without, one asked for too late.
async fn play(folder: &Path) {
    write(folder);
    let running = start(folder).await;
    tell(&running, told::restocked("P1", 40_000)).await;
    let mut line = facts::line(1, 10);
    line.reason = Reason::NoLongerNeeded;
    "INV-P2".clone_into(&mut line.invoice_ref.as_mut().unwrap().document);
    let invoiced = line.invoiced.as_mut().unwrap();
    invoiced.amount_minor = 100_000;
    invoiced.taxes.clear();
    let mut request = facts::request(vec![line.clone()]);
    "P2".clone_into(&mut request.request_id);
    tell(&running, told::returned(request.clone())).await;
    let invoice = line.invoice_ref.as_mut().unwrap();
    (invoice.document, invoice.date) = ("INV-P3".to_owned(), jiff::civil::date(2026, 2, 20));
    request.lines = vec![line];
    "P3".clone_into(&mut request.request_id);
    tell(&running, told::returned(request)).await;
    let deadline = Instant::now() + Duration::from_mins(1);
    while !is_played(running.store.as_ref()).await {
        assert!(Instant::now() < deadline, "the returns do not come so far");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    assert!(running.stop().await);
}

/// Two returns are credited or wait for approval, and the third waits to be allowed.
async fn is_played(store: &dyn Store) -> bool {
    let rows = store.returns(&ReturnFilter::default()).await.unwrap();
    let states = rows
        .iter()
        .map(|row| serde_json::from_str::<ReturnState>(&row.state).unwrap());
    let settled = states.filter(|state| {
        !state.credits().is_empty()
            || state.lifecycle() == canonical::Lifecycle::PendingAuthorization
    });
    settled.count() == 3
}

/// The decision about that, on that question.
fn decision<'a>(explained: &'a Value, about: &str, question: &str) -> &'a Value {
    let decisions = explained["decisions"].as_array().unwrap();
    let found = decisions
        .iter()
        .find(|d| d["about"] == about && d["question"] == question);
    found.unwrap_or_else(|| panic!("{about}: {question}: {explained:#}"))
}

fn why<'a>(decision: &'a Value, rule: &str) -> &'a str {
    let rules = decision["rules"].as_array().unwrap();
    let found = rules.iter().find(|r| r["rule_id"] == rule);
    found.unwrap_or_else(|| panic!("{rule}: {decision:#}"))["why"]
        .as_str()
        .unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_return_is_explained_and_replayed_under_another_policy() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    play(folder).await;

    let explained = json_of(folder, &["explain", "ext:portal/P2"]);
    assert_eq!(explained["policy_version"], VERSION);
    let window = decision(&explained, "line 1", "window");
    assert_eq!(window["answer"], "30 days: asked in time");
    assert_eq!(window["rule_ids"], json!(["window-default"]));
    assert_eq!(window["facts"]["reason"], "NO_LONGER_NEEDED");
    assert_eq!(
        why(window, "window-key-account"),
        "segment is not known, not key_account"
    );
    assert_eq!(
        why(window, "window-recall"),
        "reason is NO_LONGER_NEEDED, not RECALL"
    );
    let fee = decision(&explained, "line 1, D-P2/1", "restocking_fee");
    assert_eq!(
        fee["answer"],
        "15 %, at least 5.00 USD, at most 500.00 USD, reduce_base"
    );
    assert_eq!(
        why(fee, "fee-none"),
        "less specific than the one that answers"
    );
    let approval = decision(&explained, "credit 1", "approval");
    assert_eq!(approval["answer"], "returns_supervisor");
    assert_eq!(approval["facts"]["gross_minor"], "85000");
    assert_eq!(why(approval, "amount-small"), "a higher rung counts");
    assert_eq!(
        why(approval, "amount-5000"),
        "the amount is not above 500000 minor units"
    );
    assert_eq!(why(approval, "late-return"), "no late_return");
    assert_eq!(explained["approvals"][0]["rule_ids"], json!(["amount-500"]));
    let text = ends_with(&policy(folder, &["explain", "ext:portal/P3"]), 0);
    assert!(
        text.contains("line 1: window: 30 days: asked too late"),
        "{text}"
    );
    assert!(
        text.contains("request: approval: returns_manager"),
        "{text}"
    );
    assert!(text.contains("* policy-exception: counts"), "{text}");
    ends_with(&policy(folder, &["explain", "ext:portal/P9"]), 3);

    // The same policy with a higher fee, and a condition that lets long-standing requests through.
    let us01 = std::fs::read_to_string(folder.join("us01.toml")).unwrap();
    let next = us01
        .replace(VERSION, "us01-next")
        .replace("percent = \"15\"", "percent = \"20\"");
    let rule = "[[window]]\nid = \"window-dear\"\nwhen = \"invoiced_minor >= 100000\"\ndays = 90\n";
    std::fs::write(folder.join("next.toml"), format!("{next}\n{rule}")).unwrap();
    let diff = json_of(folder, &["diff", VERSION, "next.toml"]);
    assert_eq!(diff["returns_looked_at"], 3);
    assert_eq!(
        diff["totals"],
        json!([{
            "currency": "USD", "returns_changed": 1,
            "before_minor": 40_000 + 85_000, "after_minor": 40_000 + 80_000, "difference_minor": -5_000,
        }])
    );
    let returns = diff["returns"].as_array().unwrap();
    assert_eq!(returns.len(), 2, "{diff:#}");
    let two = returns
        .iter()
        .find(|r| r["difference_minor"] == -5_000)
        .unwrap();
    let changed: Vec<&str> = (two["changes"].as_array().unwrap().iter())
        .map(|change| change["question"].as_str().unwrap())
        .collect();
    assert_eq!(changed, ["window", "restocking_fee"]);
    let three = returns.iter().find(|r| r["difference_minor"] == 0).unwrap();
    let request = (three["changes"].as_array().unwrap().iter())
        .find(|change| change["about"] == "request")
        .unwrap();
    assert_eq!(request["before"], "returns_manager");
    assert_eq!(request["after"], "not asked");
    let text = ends_with(&policy(folder, &["diff", VERSION, "next.toml"]), 0);
    assert!(text.contains("-50.00 USD"), "{text}");
    assert!(
        text.contains("3 returns of US01 looked at: 2 are decided otherwise"),
        "{text}"
    );
    let later = json_of(
        folder,
        &["diff", VERSION, "next.toml", "--since", "2026-05-02"],
    );
    assert_eq!(later["returns_looked_at"], 0);
    let same = json_of(folder, &["diff", VERSION, "us01.toml"]);
    assert_eq!(same["returns"], json!([]));
    ends_with(&policy(folder, &["diff", VERSION, "us01-none"]), 3);
    ends_with(
        &policy(folder, &["diff", VERSION, "next.toml", "--since", "soon"]),
        2,
    );

    // One that charges for labels, and credits freight.
    let labels = us01.replace(VERSION, "us01-labels");
    std::fs::write(folder.join("labels.toml"), format!("{labels}\n{FREIGHT}")).unwrap();
    let diff = json_of(folder, &["diff", VERSION, "labels.toml"]);
    assert_eq!(
        diff["totals"][0]["after_minor"],
        40_000 + 83_800,
        "{diff:#}"
    );
    let changes = diff["returns"].as_array().unwrap().iter();
    let changes = changes.flat_map(|one| one["changes"].as_array().unwrap());
    let label = changes
        .filter(|change| change["question"] == "return_label")
        .find(|change| change["after"] == "12.00 USD once per return, reduce_base");
    assert_eq!(label.unwrap()["before"], "not asked");

    // A condition that fails for some of them.
    let failing = "[[credit_percent]]\nid = \"claimed\"\nwhen = { action = \"RESTOCK\", cel = \"claimed_minor > 5\" }\npercent = \"1\"\n";
    std::fs::write(folder.join("failing.toml"), format!("{next}\n{failing}")).unwrap();
    let diff = json_of(folder, &["diff", VERSION, "failing.toml"]);
    assert_eq!(diff["returns_unsure"], 2, "{diff:#}");
    let text = ends_with(&policy(folder, &["diff", VERSION, "failing.toml"]), 0);
    assert!(text.contains("nobody can say"), "{text}");
}

/// Tables that the example has not.
const FREIGHT: &str = r#"
[[outbound_freight]]
id = "freight-none"
credit = "none"
[[outbound_freight]]
id = "freight-ours"
when = { reason = "DEFECTIVE_ON_ARRIVAL" }
credit = "with_units"
[[return_label]]
id = "label-ours"
when = { liability = ["SELLER", "SUPPLIER"] }
amount = "0"
[[return_label]]
id = "label-theirs"
when = { liability = "CUSTOMER" }
amount = "12.00"
tax_treatment = "reduce_base"
"#;

#[test]
fn freight_and_labels_are_expected_like_any_answer() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    write(folder);
    let us01 = std::fs::read_to_string(folder.join("us01.toml")).unwrap();
    std::fs::write(folder.join("us01.toml"), format!("{us01}\n{FREIGHT}")).unwrap();
    let table = r#"policy = "us01.toml"
[given]
action = "RESTOCK"
reason = "DEFECTIVE_ON_ARRIVAL"
[[case]]
name = "ours"
given = { liability = "SUPPLIER" }
expect = { outbound_freight = "with_units", return_label = 0, rules = { outbound_freight = "freight-ours" } }
[[case]]
name = "theirs"
given = { liability = "CUSTOMER", reason = "NO_LONGER_NEEDED" }
expect = { outbound_freight = "none", return_label = "12.00", rules = { return_label = "label-theirs" } }
[[case]]
name = "the carrier's"
given = { liability = "CARRIER" }
expect = { return_label = "exception" }
"#;
    std::fs::write(folder.join("cases.toml"), table).unwrap();
    let text = ends_with(&policy(folder, &["test", "cases.toml"]), 0);
    assert!(text.contains("all 5 expectations are met"), "{text}");
    let wrong = table.replace("12.00", "12.01");
    std::fs::write(folder.join("cases.toml"), wrong).unwrap();
    let text = ends_with(&policy(folder, &["test", "cases.toml"]), 2);
    assert!(text.contains("1 of 5 expectations"), "{text}");
    let wrong = table.replace("\"with_units\"", "\"always\"");
    std::fs::write(folder.join("cases.toml"), wrong).unwrap();
    let text = ends_with(&policy(folder, &["test", "cases.toml"]), 2);
    assert!(text.contains("write \"with_units\""), "{text}");
}

#[test]
fn the_example_policy_meets_its_table_of_cases() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let text = ends_with(
        &policy(&root, &["test", "deploy/policy/us01.cases.toml"]),
        0,
    );
    assert!(
        text.contains("expectations are met by policy us01-2026-01-01.r1"),
        "{text}"
    );
}

#[test]
fn a_table_of_cases_is_compared_line_by_line() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    write(folder);
    let table = r#"policy = "us01.toml"

[given]
segment = "key_account"
action = "RESTOCK"
liability = "CUSTOMER"

[[case]]
name = "second thoughts"
given = { reason = "NO_LONGER_NEEDED", gross_minor = 2500001 }
expect = { window = 90, credit_percent = "100", restocking_fee = 15, approval = ["finance_manager", "controller"] }

[[case]]
name = "a recall"
given = { reason = "RECALL", triggers = ["late_return"] }
expect = { window = 3650, approval = ["returns_manager"], rules = { restocking_fee = "fee-none" } }
"#;
    std::fs::write(folder.join("cases.toml"), table).unwrap();
    let text = ends_with(&policy(folder, &["test", "cases.toml"]), 0);
    assert!(
        text.contains("all 7 expectations are met by policy us01-2026-01-01.r1"),
        "{text}"
    );

    let wrong = table
        .replace("window = 90", "window = 60")
        .replace("fee-none", "fee-second-thoughts");
    std::fs::write(folder.join("wrong.toml"), wrong).unwrap();
    let text = ends_with(&policy(folder, &["test", "wrong.toml"]), 2);
    assert!(text.contains("2 of 7 expectations are not met"), "{text}");
    let row = text.lines().find(|line| line.contains("window")).unwrap();
    for word in ["wrong.toml:8", "60", "90", "window-key-account", "differs"] {
        assert!(row.contains(word), "{word}: {text}");
    }
    let output = policy(folder, &["test", "wrong.toml", "--json"]);
    ends_with(&output, 2);
    let value: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(value["differ"], 2);
    assert_eq!(value["expectations"][0]["line"], 8);
    assert_eq!(value["expectations"][0]["met"], false);

    for (from, to, says) in [
        (
            "\"RECALL\"",
            "\"RECAL\"",
            "cases.toml:13 case \"a recall\": given: ",
        ),
        ("window = 3650", "window = \"long\"", "window: write days"),
        (
            "restocking_fee = 15",
            "fee = 15",
            "cases.toml:11: unknown field `fee`",
        ),
        (
            "rules = { restocking_fee",
            "rules = { fee",
            "fee is no question",
        ),
        ("policy = \"us01.toml\"", "", "names no policy"),
        (
            "policy = \"us01.toml\"",
            "policy = \"cases.toml\"",
            "unknown field `case`",
        ),
    ] {
        assert!(table.contains(from));
        std::fs::write(folder.join("cases.toml"), table.replace(from, to)).unwrap();
        let text = ends_with(&policy(folder, &["test", "cases.toml"]), 2);
        assert!(text.contains(says), "{says}: {text}");
    }
    // What has no answer can be expected too.
    let us01 = std::fs::read_to_string(folder.join("us01.toml")).unwrap();
    let rule = "[[window]]\nid = \"w\"\nwhen = { segment = \"key_account\", cel = \"claimed_minor > 5\" }\ndays = 1\n";
    std::fs::write(folder.join("us01.toml"), format!("{us01}\n{rule}")).unwrap();
    let expects = table.replace("window = 90", "window = \"exception\"");
    std::fs::write(folder.join("cases.toml"), expects).unwrap();
    ends_with(&policy(folder, &["test", "cases.toml"]), 0);
}
