//! The commands against a running sidecar: what they print, and how they end.

use std::path::Path;
use std::process::{Command, Stdio};

use console::access;
use serde_json::Value;

use crate::proofs::kept;
use crate::support::{Bench, asked, people};

/// How a command ended.
pub struct Ended {
    pub code: i32,
    pub out: String,
    pub err: String,
}

impl Ended {
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.out).unwrap_or_else(|_| panic!("{}{}", self.out, self.err))
    }
}

/// Runs the program with that token against that address, in an environment of nothing else.
pub async fn run_at(url: &str, token: &str, args: &[&str]) -> Ended {
    let mut command = Command::new(env!("CARGO_BIN_EXE_backhaul"));
    command.args(args).env_clear().env("BACKHAUL_URL", url);
    if !token.is_empty() {
        command.env("BACKHAUL_TOKEN", token);
    }
    command
        .stdin(Stdio::null())
        .current_dir(std::env::temp_dir());
    let output = tokio::task::spawn_blocking(move || command.output().unwrap());
    let output = output.await.unwrap();
    Ended {
        code: output.status.code().unwrap(),
        out: String::from_utf8(output.stdout).unwrap(),
        err: String::from_utf8(output.stderr).unwrap(),
    }
}

pub async fn run(bench: &Bench, token: &str, args: &[&str]) -> Ended {
    let url = format!("http://{}", bench.running.sidecar.api().unwrap());
    run_at(&url, token, args).await
}

/// The same, which ends well. What it prints.
pub async fn done(bench: &Bench, token: &str, args: &[&str]) -> String {
    let ended = run(bench, token, args).await;
    assert_eq!(ended.code, 0, "{args:?}: {}{}", ended.out, ended.err);
    ended.out
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn returns_are_looked_at_from_elsewhere() {
    let bench = Bench::new().await;
    let mut ids = Vec::new();
    for name in ["A1", "A2", "A3"] {
        let made: Value = bench
            .decided(name, &asked(name, name, 1))
            .await
            .json()
            .await
            .unwrap();
        ids.push(made["return_id"].as_str().unwrap().to_owned());
    }
    let id = ids[0].as_str();

    let all = done(&bench, "viewer", &["return", "list"]).await;
    assert!(ids.iter().all(|id| all.contains(id.as_str())), "{all}");
    let two = run(
        &bench,
        "viewer",
        &["return", "list", "--limit", "2", "--json"],
    )
    .await;
    assert_eq!(two.json().as_array().unwrap().len(), 2);
    let none = done(&bench, "viewer", &["return", "list", "--serial", "SN-0"]).await;
    assert!(none.contains("no such returns"), "{none}");

    let shown = done(&bench, "viewer", &["return", "show", id]).await;
    assert!(
        shown.contains(id) && shown.contains("AUTHORIZED"),
        "{shown}"
    );
    assert!(shown.contains("for those with exceptions:read"), "{shown}");
    let shown = run(&bench, "boss", &["return", "show", id, "--json"]).await;
    assert_eq!(shown.json()["return"]["return_id"], id);
    let timeline = done(&bench, "viewer", &["return", "timeline", id]).await;
    assert!(
        timeline.contains("backhaul.return.requested.v1"),
        "{timeline}"
    );

    // How it ends says what is wrong.
    let sorry = run(&bench, "viewer", &["return", "show", "RMA-NONE"]).await;
    assert_eq!(sorry.code, 3, "{}", sorry.err);
    let may_not = run(&bench, "clerk", &["return", "list"]).await;
    assert_eq!(may_not.code, 3, "{}", may_not.err);
    assert!(may_not.err.contains("returns:read"), "{}", may_not.err);
    let unknown = run(&bench, "nobody", &["return", "list"]).await;
    assert_eq!(unknown.code, 1, "{}", unknown.err);
    let silent = run(&bench, "", &["return", "list"]).await;
    assert_eq!(silent.code, 2);
    assert!(silent.err.contains("BACKHAUL_TOKEN"), "{}", silent.err);
    let wrong = run(&bench, "viewer", &["return", "list", "--lifecycle", "GONE"]).await;
    assert_eq!(wrong.code, 2, "{}", wrong.err);
    for (url, code) in [
        ("http://127.0.0.1:9", 1),
        ("ftp://here", 2),
        ("http://me:secret@127.0.0.1:9", 2),
        ("me:secret@127.0.0.1:9", 2),
        ("http://me:secret@here:99999", 2),
    ] {
        let ended = run_at(url, "viewer", &["return", "list"]).await;
        assert_eq!(ended.code, code, "{}", ended.err);
        let told = ended.out + &ended.err;
        assert!(
            !told.contains("viewer") && !told.contains("secret"),
            "{told}"
        );
    }
    // An empty variable is none: the store is meant, and here there is no configuration of one.
    let store = run_at(
        "",
        "viewer",
        &["approval", "approve", "APR-1", "--by", "ada"],
    )
    .await;
    assert!(store.err.contains("backhaul.toml"), "{}", store.err);
    // A name is a name, and no way to another route.
    for name in ["..", ".", "", "eligibility"] {
        let none = run(&bench, "boss", &["return", "show", name]).await;
        assert_ne!(none.code, 0, "{name}: {}", none.out);
        assert_eq!(none.out, "", "{name}");
    }
    let path = bench.folder.path().join("token");
    std::fs::write(&path, "viewer\n").unwrap();
    let file = path.to_str().unwrap();
    let from_file = run(&bench, "", &["return", "list", "--token-file", file]).await;
    assert_eq!(from_file.code, 0, "{}", from_file.err);
    assert!(bench.running.stop().await);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn goods_are_identified_from_elsewhere() {
    let bench = Bench::new().await;
    let row = bench.unannounced("1Z-8", &[("SKU-1", 4)]).await;
    let args = [
        "return",
        "identify",
        &row.rma_number,
        "--unidentifiable",
        "--reason",
        "no label",
    ];
    let said = done(&bench, "shop", &args).await;
    assert!(said.contains(&row.rma_number), "{said}");
    let seen = bench
        .see(&format!("/v1/returns/{}", row.return_id), "viewer")
        .await;
    assert_eq!(seen["status"], "DECLINED", "{seen}");
    // Who the token stands for is who says so.
    let by = run(&bench, "shop", &[&args[..], &["--by", "max"]].concat()).await;
    assert_eq!(by.code, 2, "{}", by.err);
    assert!(bench.running.stop().await);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn money_is_stopped_from_elsewhere() {
    let bench = Bench::new().await;
    let made: Value = bench
        .decided("A1", &asked("A1", "A1", 1))
        .await
        .json()
        .await
        .unwrap();
    let id = made["return_id"].as_str().unwrap();
    let hold = [
        "return", "hold", id, "--flag", "FRAUD", "--reason", "too many",
    ];
    let held = done(&bench, "boss", &hold).await;
    assert!(held.contains("is stopped by FRAUD"), "{held}");
    let by = run(&bench, "boss", &[&hold[..], &["--by", "max"]].concat()).await;
    assert_eq!(by.code, 2, "{}", by.err);
    let may_not = run(&bench, "shop", &hold).await;
    assert_eq!(may_not.code, 3, "{}", may_not.err);
    assert!(may_not.err.contains("returns:hold"), "{}", may_not.err);
    let lift = ["return", "release", id, "--flag", "FRAUD"];
    let lifted = done(&bench, "boss", &lift).await;
    assert!(lifted.contains("is stopped by nothing"), "{lifted}");
    let again = run(&bench, "boss", &lift).await;
    assert_eq!(again.code, 3, "{}", again.err);
    let back = [
        "return",
        "reverse-credit",
        id,
        "--memo",
        "CM-1",
        "--reason",
        "wrong customer",
    ];
    let back = run(&bench, "boss", &back).await;
    assert_eq!(back.code, 3, "{}", back.err);
    assert!(back.err.contains("no such credit memo"), "{}", back.err);
    assert!(bench.running.stop().await);
}

fn written(folder: &Path, name: &str, text: &str) -> String {
    let path = folder.join(name);
    std::fs::write(&path, text).unwrap();
    path.to_str().unwrap().to_owned()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn exceptions_are_worked_on_from_elsewhere() {
    let bench = Bench::new().await;
    let first = bench.garbage("no JSON").await;
    let second = bench.garbage("none either").await;

    let all = done(&bench, "reader", &["exception", "list"]).await;
    assert!(all.contains(&first) && all.contains(&second), "{all}");
    let groups = done(
        &bench,
        "reader",
        &["exception", "groups", "--by", "cause,site"],
    )
    .await;
    assert!(
        groups.contains("SCHEMA_INVALID") && !groups.contains("customer"),
        "{groups}"
    );
    let shown = done(&bench, "reader", &["exception", "show", &first]).await;
    assert!(shown.contains("no JSON"), "{shown}");
    let raw = done(&bench, "reader", &["exception", "show", &first, "--raw"]).await;
    assert_eq!(raw, "no JSON");
    let covered = run(&bench, "clerk", &["exception", "show", &first, "--raw"]).await;
    assert_eq!(
        (covered.code, covered.out.as_str()),
        (3, ""),
        "{}",
        covered.err
    );

    let would = [
        "exception",
        "replay",
        "--code",
        "SCHEMA_INVALID",
        "--dry-run",
    ];
    let would = done(&bench, "boss", &would).await;
    assert!(would.contains("2 of 2 decoded again"), "{would}");
    let file = written(bench.folder.path(), "copy.json", "no JSON again");
    let copy = ["exception", "edit", &first, "--file", &file, "--check"];
    let unread = run(&bench, "editor", &copy).await;
    assert_eq!(unread.code, 2, "{}", unread.err);

    for name in ["..", "groups"] {
        let none = run(&bench, "boss", &["exception", "show", name]).await;
        assert_eq!((none.code, none.out.as_str()), (3, ""), "{}", none.err);
    }
    let one = [
        "exception",
        "replay",
        "--code",
        "SCHEMA_INVALID",
        "--dry-run",
        "--limit",
        "1",
    ];
    let one = run(&bench, "boss", &[&one[..], &["--json"]].concat()).await;
    assert_eq!(one.json().as_array().unwrap().len(), 1, "{}", one.out);

    // Many only on request, and one that is refused keeps none back.
    let many = [
        "exception",
        "discard",
        "--code",
        "SCHEMA_INVALID",
        "--reason",
        "a test",
    ];
    let back = run(&bench, "boss", &many).await;
    assert_eq!(back.code, 2, "{}", back.err);
    assert!(back.err.contains("choose 2 exceptions"), "{}", back.err);
    done(
        &bench,
        "discarder",
        &["exception", "discard", &second, "--reason", "a test"],
    )
    .await;
    let both = [
        "exception",
        "discard",
        &second,
        &first,
        "--reason",
        "a test",
        "--json",
    ];
    let both = run(&bench, "discarder", &both).await;
    assert_eq!(both.code, 3, "{}", both.err);
    let decided: Vec<bool> = both
        .json()
        .as_array()
        .unwrap()
        .iter()
        .map(|d| d["done"] == true)
        .collect();
    assert_eq!(decided, [false, true], "{}", both.out);
    let left = done(&bench, "reader", &["exception", "list"]).await;
    assert!(left.contains("no such exceptions"), "{left}");
    assert!(bench.running.stop().await);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_two_have_to_decide_is_not_given_back_from_elsewhere() {
    let bench = Bench::with("[replays]\nagree_above = 2\n").await;
    for body in ["no JSON", "no JSON either", "still none"] {
        bench.garbage(body).await;
    }
    let open = run(&bench, "boss", &["exception", "list", "--json"])
        .await
        .json();
    let ids = open.as_array().unwrap().iter();
    let ids: Vec<&str> = ids
        .map(|one| one["exception_id"].as_str().unwrap())
        .collect();
    let replay = ["exception", "replay", "--vouch"];
    let by_cause = ["--connector", "portal", "--yes"];
    for chosen in [&by_cause[..], &ids[..]] {
        let no = run(&bench, "boss", &[&replay[..], chosen].concat()).await;
        assert_eq!(no.code, 3, "{}{}", no.out, no.err);
        assert!(no.err.contains("two persons decide"), "{}", no.err);
    }
    let two = done(&bench, "boss", &[&replay[..], &ids[..2]].concat()).await;
    assert_eq!(two.matches("replayed by api/boss").count(), 2, "{two}");
    assert!(bench.running.stop().await);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_group_is_replayed_from_elsewhere() {
    let bench = Bench::new().await;
    bench.garbage("no JSON").await;
    let start = [
        "replay",
        "start",
        "--code",
        "SCHEMA_INVALID",
        "--canary",
        "0",
        "--follow",
        "--json",
    ];
    let run_of = run(&bench, "replayer", &start).await;
    // Who may replay may not look: it is asked for all the same.
    assert_eq!(run_of.code, 3, "{}", run_of.err);
    let runs = run(&bench, "boss", &["replay", "list", "--json"])
        .await
        .json();
    let id = runs[0]["run_id"].as_str().unwrap().to_owned();
    let ended = run(&bench, "boss", &["replay", "show", &id, "--follow"]).await;
    assert!(ended.out.contains(&id), "{}{}", ended.out, ended.err);
    assert!(ended.err.contains("1 of 1 given back"), "{}", ended.err);
    let over = run(&bench, "boss", &["replay", "cancel", &id]).await;
    assert_eq!(over.code, 3, "{}", over.err);
    let none = run(
        &bench,
        "boss",
        &["replay", "start", "--code", "ERP_REJECTED"],
    )
    .await;
    assert_eq!(none.code, 3, "{}", none.err);
    assert!(bench.running.stop().await);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn approvals_are_decided_from_elsewhere() {
    let bench = Bench::with(&people()).await;
    bench.restocked("A1", 50_100).await;
    let id = loop {
        let open = run(&bench, "inbox", &["approval", "list", "--json"])
            .await
            .json();
        if let Some(id) = open[0]["approval_id"].as_str() {
            break id.to_owned();
        }
        tokio::time::sleep(std::time::Duration::from_millis(100)).await;
    };
    let listed = done(&bench, "sue-desk", &["approval", "list", "--mine", "me"]).await;
    assert!(listed.contains(&id), "{listed}");
    let shown = done(&bench, "inbox", &["approval", "show", &id]).await;
    assert!(shown.contains("501.00"), "{shown}");

    // A token that stands for nobody, somebody whose limit is too low, an old version, and then a yes.
    for token in ["approver", "fay-desk"] {
        let no = run(&bench, token, &["approval", "approve", &id]).await;
        assert_eq!(no.code, 3, "{token}: {}{}", no.out, no.err);
    }
    let old = run(
        &bench,
        "sue-desk",
        &["approval", "approve", &id, "--version", "7"],
    )
    .await;
    assert_eq!(old.code, 3, "{}", old.err);
    let yes = done(
        &bench,
        "sue-desk",
        &["approval", "approve", &id, "--comment", "seen"],
    )
    .await;
    assert!(yes.contains("it counts: the approval is APPROVED"), "{yes}");
    let late = ["approval", "reject", &id, "--reason", "EXCESSIVE_WEAR"];
    let late = run(&bench, "sue-desk", &late).await;
    assert_eq!(late.code, 3, "{}", late.err);
    let unknown = run(&bench, "sue-desk", &["approval", "show", "APR-none"]).await;
    assert_eq!(unknown.code, 3, "{}", unknown.err);
    assert!(bench.running.stop().await);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn proofs_numbers_and_the_audit_are_looked_at_from_elsewhere() {
    let hash = access::write_hash(&access::hash("looker"));
    let looker = format!(
        "[[api.token]]\nname = \"looker\"\nscopes = [\"proofs:read\"]\nsha256 = \"{hash}\"\n"
    );
    let bench = Bench::with(&format!("{looker}{}", people())).await;
    kept(&bench, "R1", "US01", "2026-03-02", 1, "PROVEN").await;
    kept(&bench, "R2", "DE01", "2026-03-03", 2, "NOT_PROVEN").await;

    let one = done(&bench, "looker", &["reconcile", "list", "--entity", "DE01"]).await;
    assert!(one.contains("R2") && !one.contains("R1"), "{one}");
    let shown = done(&bench, "looker", &["reconcile", "show", "R2"]).await;
    for words in ["100.00 USD ↔ 97.50 USD", "=credit-1", "AMOUNT_NET"] {
        assert!(shown.contains(words), "{words}: {shown}");
    }
    let own = run(&bench, "fay-desk", &["reconcile", "sign-off", "R2"]).await;
    assert_eq!(own.code, 3, "{}", own.err);
    assert!(own.err.contains("fay ran it"), "{}", own.err);
    let signed = ["reconcile", "sign-off", "R2", "--note", "seen"];
    let signed = done(&bench, "sue-desk", &signed).await;
    assert!(signed.contains("is signed by sue"), "{signed}");

    let audit = done(&bench, "auditor", &["audit", "verify"]).await;
    assert!(audit.contains("the audit holds"), "{audit}");
    let audit = run(&bench, "auditor", &["audit", "verify", "--json"]).await;
    assert_eq!(audit.json()["ok"], true);
    let numbers = done(&bench, "teller", &["metrics", "--by", "warehouse"]).await;
    assert!(numbers.contains("awaiting_receipt"), "{numbers}");
    let csv = done(&bench, "teller", &["metrics", "--csv"]).await;
    assert!(csv.starts_with("metric,part,group"), "{csv}");
    // A day is proven on the store: whoever named a sidecar does not mean that.
    let day = run(&bench, "boss", &["reconcile", "--date", "2026-03-02"]).await;
    assert_eq!((day.code, day.out.as_str()), (2, ""), "{}", day.err);
    assert!(day.err.contains("BACKHAUL_URL="), "{}", day.err);
    assert!(bench.running.stop().await);
}
