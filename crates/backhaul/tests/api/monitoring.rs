//! Dashboards and alerts ask for metrics and labels that the product exports, and for codes that there are.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use backhaul::admin::EXPORTED;
use canonical::{BusinessCode, ExceptionCode};
use jiff::Timestamp;
use serde_json::Value;
use store::{ReconRunRow, ReconWrite, Unit};

use crate::support::{Bench, asked, warehouse};

fn folder(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../deploy")
        .join(name)
}

fn files(name: &str) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder(name)).unwrap();
    let mut files: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).collect();
    files.sort();
    assert!(!files.is_empty(), "{name}");
    files
}

/// Labels by metric, as promised.
fn exported() -> BTreeMap<&'static str, BTreeSet<&'static str>> {
    let labels = |labels: &'static [&'static str]| labels.iter().copied().collect();
    EXPORTED
        .iter()
        .map(|(name, of)| (*name, labels(of)))
        .collect()
}

/// The metric of a series: a histogram has three.
fn metric(series: &str) -> &str {
    let ends = ["_bucket", "_sum", "_count"].into_iter();
    let mut ends = ends.filter_map(|end| series.strip_suffix(end));
    ends.find(|name| exported().contains_key(name))
        .unwrap_or(series)
}

/// Labels and values of `a="x",b=~"y|z"`.
fn pairs(selector: &str) -> Vec<(&str, &str)> {
    let mut found = Vec::new();
    let mut rest = selector;
    while let Some((before, behind)) = rest.split_once('"') {
        let label = before.trim_matches([',', ' ', '=', '~', '!']);
        let (value, behind) = behind.split_once('"').unwrap();
        found.push((label, value));
        rest = behind;
    }
    found
}

/// What is wrong with a question in PromQL: names, labels and values that there are not.
fn wrong(question: &str) -> Vec<String> {
    let known = exported();
    let mut found = Vec::new();
    let mut labels = BTreeSet::from(["le"]);
    let mut asks = 0;
    for (at, _) in question.match_indices("backhaul_") {
        let (_, rest) = question.split_at(at);
        let end = rest.find(|c: char| !c.is_ascii_alphanumeric() && c != '_');
        let (series, behind) = rest.split_at(end.unwrap_or(rest.len()));
        asks += 1;
        let Some(of) = known.get(metric(series)) else {
            found.push(format!("{series} is not exported"));
            continue;
        };
        labels.extend(of);
        let selector = behind.strip_prefix('{').and_then(|s| s.split_once('}'));
        for (label, value) in selector.map_or_else(Vec::new, |(selector, _)| pairs(selector)) {
            if !of.contains(label) {
                found.push(format!("{series} has no label {label}"));
            }
            let words = value.split('|').filter(|_| !value.contains(".+"));
            for word in words {
                let is_there = match (metric(series), label) {
                    ("backhaul_effects", "state") => {
                        serde_json::from_value::<store::EffectState>(word.into()).is_ok()
                    }
                    ("backhaul_returns", "code") => word.parse::<BusinessCode>().is_ok(),
                    (_, "code") => word.parse::<ExceptionCode>().is_ok(),
                    ("backhaul_reconcile_status", "status") => {
                        serde_json::from_value::<router::reconcile::Status>(word.into()).is_ok()
                    }
                    _ => true,
                };
                if !is_there {
                    found.push(format!("{series} is never of {label} {word}"));
                }
            }
        }
    }
    if asks == 0 {
        found.push(format!("{question} asks for nothing"));
    }
    for group in question.split(" by (").skip(1) {
        let (group, _) = group.split_once(')').unwrap();
        for label in group.split(',').map(str::trim) {
            if !labels.contains(label) {
                found.push(format!("nothing in {question} has a label {label}"));
            }
        }
    }
    found
}

/// Questions of a dashboard.
fn questions(value: &Value, found: &mut Vec<String>) {
    match value {
        Value::Object(members) => {
            if let Some(Value::String(expr)) = members.get("expr") {
                found.push(expr.clone());
            }
            members.values().for_each(|value| questions(value, found));
        }
        Value::Array(items) => items.iter().for_each(|value| questions(value, found)),
        _ => {}
    }
}

#[test]
fn dashboards_and_alerts_ask_for_what_there_is() {
    let mut asked = Vec::new();
    let mut uids = BTreeSet::new();
    for file in files("grafana") {
        let text = std::fs::read_to_string(&file).unwrap();
        let dashboard: Value = serde_json::from_str(&text).unwrap();
        assert!(
            uids.insert(dashboard["uid"].to_string()),
            "{}",
            file.display()
        );
        questions(&dashboard, &mut asked);
    }
    let drawn = asked.len();
    for file in files("alerts") {
        let text = std::fs::read_to_string(&file).unwrap();
        let exprs = text
            .lines()
            .filter_map(|line| line.trim().strip_prefix("expr: '"));
        asked.extend(exprs.map(|expr| expr.trim_end_matches('\'').to_owned()));
        let alerts = text.matches("- alert: ").count();
        for each in [
            "expr: '",
            "for: ",
            "severity: ",
            "summary: '",
            "description: '",
        ] {
            let lines = text.lines().map(str::trim);
            let count = lines.filter(|line| line.starts_with(each)).count();
            assert_eq!(count, alerts, "{each:?} in {}", file.display());
        }
    }
    assert!(drawn >= 20 && asked.len() - drawn >= 15, "{drawn}");
    let problems: Vec<String> = asked.iter().flat_map(|question| wrong(question)).collect();
    assert!(problems.is_empty(), "{}", problems.join("\n"));

    // Every metric is of use to somebody, and described where people look.
    let text = asked.join("\n");
    let manual = std::fs::read_to_string(folder("../docs/operations.md")).unwrap();
    for (name, labels) in EXPORTED {
        assert!(text.contains(name), "{name} is on no dashboard");
        let row = manual
            .lines()
            .find(|line| line.contains(&format!("| `{name}` |")));
        let row = row.unwrap_or_else(|| panic!("{name} is not in docs/operations.md"));
        for label in *labels {
            assert!(
                row.contains(&format!("`{label}`")),
                "{label} of {name}: {row}"
            );
        }
    }
}

#[test]
fn a_wrong_question_is_found() {
    for question in [
        "sum(backhaul_effect)",
        "backhaul_effects{status=\"UNKNOWN\"}",
        "backhaul_effects{state=\"LOST\"}",
        "max by (site) (backhaul_exceptions_open{code=\"SOURCE_SILENT\"})",
        "backhaul_exceptions_open{code=\"SILENT\"}",
        "up == 0",
    ] {
        assert_eq!(
            wrong(question).len(),
            1,
            "{question}: {:?}",
            wrong(question)
        );
    }
}

#[test]
fn prometheus_takes_the_alerts() {
    let promtool = match testkit::promtool::available() {
        Ok(promtool) => promtool,
        Err(why) => {
            eprintln!("left out: {why}");
            return;
        }
    };
    let files = files("alerts");
    let said = testkit::promtool::check_rules(&promtool, &files).unwrap();
    assert!(said.contains("rules found"), "{said}");
    let folder = tempfile::tempdir().unwrap();
    let broken = folder.path().join("broken.yaml");
    let text = std::fs::read_to_string(&files[0]).unwrap();
    std::fs::write(&broken, text.replacen(") > 0", " > 0", 1)).unwrap();
    assert!(testkit::promtool::check_rules(&promtool, &[broken]).is_err());
}

/// Series of a scrape, with their labels.
fn scraped(text: &str) -> BTreeMap<String, BTreeSet<String>> {
    let mut found: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for line in text.lines().filter(|line| line.starts_with("backhaul_")) {
        let (series, _) = line.rsplit_once(' ').unwrap();
        let (name, selector) = series.split_once('{').unwrap_or((series, ""));
        let labels = pairs(selector.trim_end_matches('}'));
        let labels = labels.into_iter().map(|(label, _)| label.to_owned());
        // Of the library that counts, and of a histogram's steps.
        let labels = labels.filter(|label| !label.starts_with("otel_scope_") && label != "le");
        found
            .entry(metric(name).to_owned())
            .or_default()
            .extend(labels);
    }
    found
}

/// A target that is down, goods that came, a proof that does not come out: everything that is promised is scraped.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_promised_is_exported_and_nothing_else() {
    let bench = Bench::with(&warehouse("http://127.0.0.1:9")).await;
    bench.garbage("no JSON").await;
    let run = ReconRunRow {
        run_id: "01".to_owned(),
        entity: "US01".to_owned(),
        business_date: jiff::civil::date(2026, 3, 2),
        started_at: Timestamp::now(),
        ran_by: "ada".to_owned(),
        status: router::reconcile::Status::NotProven.word().to_owned(),
        report: serde_json::to_string(&router::reconcile::Report {
            entity: "US01".to_owned(),
            business_date: jiff::civil::date(2026, 3, 2),
            zone: "UTC".to_owned(),
            lag_seconds: 0,
            status: router::reconcile::Status::NotProven,
            inputs: Vec::new(),
            matches: Vec::new(),
            ageing: BTreeMap::from([("2-7".to_owned(), 3)]),
            cleared: Vec::new(),
        })
        .unwrap(),
        sign_off: None,
    };
    let unit = Unit {
        recon: Some(Box::new(ReconWrite {
            run,
            items: Vec::new(),
        })),
        ..Unit::default()
    };
    bench
        .running
        .store
        .commit(vec![unit], Vec::new())
        .await
        .unwrap();
    for n in 0..6 {
        let name = format!("M{n}");
        let answer = bench
            .decided(&name, &asked(&name, &format!("INV-{name}"), 1))
            .await;
        assert_eq!(answer.status(), 201);
    }
    let promised = exported();
    let deadline = Instant::now() + Duration::from_mins(1);
    loop {
        let text = bench.metrics().await;
        let found = scraped(&text);
        for (name, labels) in &found {
            let promised = promised.get(name.as_str());
            let promised = promised.unwrap_or_else(|| panic!("{name} is not promised"));
            let more: Vec<&String> = labels
                .iter()
                .filter(|label| !promised.contains(label.as_str()))
                .collect();
            assert!(more.is_empty(), "{name} has {more:?} besides");
        }
        let missing: Vec<&str> = promised
            .iter()
            .filter(|(name, labels)| {
                found
                    .get(**name)
                    .is_none_or(|found| found.len() != labels.len())
            })
            .map(|(name, _)| *name)
            .collect();
        if missing.is_empty() {
            assert!(text.contains("backhaul_reconcile_items{age=\"2-7\",entity=\"US01\"} 3"));
            break;
        }
        assert!(
            Instant::now() < deadline,
            "{missing:?} do not come:\n{text}"
        );
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
    assert!(bench.running.stop().await);
}
