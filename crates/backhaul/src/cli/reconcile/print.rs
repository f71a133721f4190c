//! The outcome of a run: for people, as JSON, as files.

use std::path::Path;

use router::reconcile::{Item, Matched, Proof, items_csv};
use serde_json::{Value, json};
use store::ReconRunRow;

use crate::cli::{Ended, output};

/// Everything about a run.
pub(super) fn as_json(proof: &Proof) -> Value {
    json!({ "run_id": proof.run_id, "report": proof.report, "items": proof.items })
}

/// A table of matches, a table of items, and the outcome.
pub(super) fn people(proof: &Proof) -> Result<(), Ended> {
    let report = &proof.report;
    output::line(format!(
        "{} {} ({}): {}, run {}",
        report.entity,
        report.business_date,
        report.zone,
        report.status.word(),
        proof.run_id
    ))?;
    for input in report.inputs.iter().filter(|input| input.source != "here") {
        let complete = input.complete_to.map_or_else(
            || format!("could not be read: {}", input.failed),
            |at| format!("complete to {at:.0}"),
        );
        output::line(format!(
            "  {} lists {} {}, {complete}",
            input.source, input.documents, input.what
        ))?;
    }
    matches(&report.matches)?;
    let rows = proof.items.iter().map(row).collect();
    let header = [
        "",
        "match",
        "class",
        "day",
        "age",
        "key",
        "left",
        "right",
        "exception",
    ];
    output::table(&header, rows, "nothing is open")?;
    for cleared in &report.cleared {
        output::line(format!("put right since the last run: {cleared}"))?;
    }
    Ok(())
}

/// A table of matches.
pub(in crate::cli) fn matches(all: &[Matched]) -> Result<(), Ended> {
    let rows = all.iter().map(|matched| {
        vec![
            matched.matched.word().to_owned(),
            matched.title.clone(),
            matched.run.clone(),
            matched.keys.to_string(),
            matched.varied.to_string(),
            matched.sums_in_words().join("\n"),
        ]
    });
    let header = ["match", "compares", "run", "keys", "differ", "sums"];
    output::table(&header, rows.collect(), "nothing was compared")
}

fn row(item: &Item) -> Vec<String> {
    vec![
        item.priority.word().to_owned(),
        item.matched.word().to_owned(),
        item.class.word().to_owned(),
        item.business_date.to_string(),
        format!(
            "{} d{}",
            item.age_days,
            if item.carried { ", known" } else { "" }
        ),
        item.key.clone(),
        item.left.clone(),
        item.right.clone(),
        item.exception_id.clone(),
    ]
}

/// Runs as a table.
pub(super) fn runs(runs: &[ReconRunRow], as_json: bool) -> Result<(), Ended> {
    if as_json {
        let mut values = Vec::new();
        for run in runs {
            let report: Value = serde_json::from_str(&run.report)?;
            values.push(json!({
                "run_id": run.run_id, "entity": run.entity, "business_date": run.business_date, "status": run.status,
                "started_at": run.started_at, "ran_by": run.ran_by, "sign_off": run.sign_off, "report": report
            }));
        }
        return output::json(&values);
    }
    let rows = runs.iter().map(|run| {
        let signed = run.sign_off.as_ref().map(|sign| sign.signed_by.clone());
        vec![
            run.run_id.clone(),
            run.entity.clone(),
            run.business_date.to_string(),
            run.status.clone(),
            format!("{:.0}", run.started_at),
            run.ran_by.clone(),
            signed.unwrap_or_default(),
        ]
    });
    let header = [
        "run",
        "entity",
        "day",
        "status",
        "begun",
        "run by",
        "signed by",
    ];
    output::table(&header, rows.collect(), "no day was proven yet")
}

/// `recon-ENTITY-DATE.json` and `recon-ENTITY-DATE-items.csv` in that folder.
pub(super) fn write(folder: &Path, proof: &Proof) -> Result<(), Ended> {
    std::fs::create_dir_all(folder)?;
    let report = &proof.report;
    let name = format!("recon-{}-{}", report.entity, report.business_date);
    let text = serde_json::to_string_pretty(&as_json(proof))?;
    std::fs::write(folder.join(format!("{name}.json")), text)?;
    let path = folder.join(format!("{name}-items.csv"));
    let items = items_csv(&proof.run_id, &report.entity, &proof.items).map_err(Ended::Failed)?;
    std::fs::write(&path, items)
        .map_err(|error| Ended::Failed(format!("{}: {error}", path.display())))?;
    Ok(())
}
