//! A short fault campaign: sidecars, RabbitMQ and PostgreSQL are killed, stopped and cut off while returns run.
//!
//! `BACKHAUL_LONG=1`: on a cluster of three, with thousands of returns. `cargo campaign --help` has the rest.

use std::process::Command;

use serde_json::Value;

#[test]
fn whatever_is_killed_every_ledger_agrees() {
    let long = std::env::var_os("BACKHAUL_LONG").is_some();
    let (place, sidecars, returns, trouble) = if long {
        ("cluster", "4", "20000", "1200")
    } else {
        ("broker", "2", "80", "25")
    };
    let output = Command::new(env!("CARGO_BIN_EXE_campaign"))
        .args(["--json", "--faults", "some", "--place", place])
        .args([
            "--sidecars",
            sidecars,
            "--returns",
            returns,
            "--trouble",
            trouble,
        ])
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    let report: Value = serde_json::from_slice(&output.stdout).expect(&said);
    assert!(output.status.success(), "{report:#}\n{said}");
    for none in ["duplicates", "losses", "differing", "unknown"] {
        assert_eq!(report[none], 0, "{report:#}");
    }
    assert_eq!(report["unfinished"], Value::Array(Vec::new()));
    assert!(
        !report["struck"].as_array().unwrap().is_empty(),
        "nothing was struck"
    );
    assert!(report["documents"].as_u64().unwrap() > 500, "{report:#}");
}
