//! Golden files: what a connector makes of a partner's message, one file for each condition.
//!
//! `testdata/CONDITION.INPUT` stands beside `CONDITION.json` (the canonical events; in a batch also those that could not
//! be read) or `CONDITION.err` (nothing could be read: code, place, sentence). `UPDATE_EXPECT=1` writes what is found.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use anyhow::{Context as _, Result, bail};
use canonical::Event;
use connector::{Codec, Decoded, Failure, Inbound, Origin};
use jiff::Timestamp;
use serde_json::{Value, json};

/// A message as if it had come in now: always the same origin, so that outcomes can be compared.
pub fn inbound(raw: impl Into<bytes::Bytes>) -> Inbound {
    Inbound {
        origin: Origin {
            connector: "golden".to_owned(),
            channel: "golden".to_owned(),
            reference: String::new(),
            received_at: Timestamp::UNIX_EPOCH,
            headers: BTreeMap::new(),
            token: 0,
        },
        raw: raw.into(),
        refused: None,
    }
}

/// Decodes every `*.INPUT` of the folder and compares with what is expected. The error lists every difference. Returns
/// the conditions that were looked at.
pub fn check(folder: &Path, input: &str, codec: &dyn Codec) -> Result<BTreeSet<String>> {
    let update = std::env::var_os("UPDATE_EXPECT").is_some();
    let suffix = format!(".{input}");
    let mut conditions = BTreeSet::new();
    let mut differences = String::new();
    let entries = fs::read_dir(folder).with_context(|| format!("read {}", folder.display()))?;
    for entry in entries {
        let name = entry?.file_name().to_string_lossy().into_owned();
        let Some(condition) = name.strip_suffix(&suffix) else {
            continue;
        };
        let raw = fs::read(folder.join(&name))?;
        let (found, again) = (
            codec.decode(&inbound(raw.clone())),
            codec.decode(&inbound(raw)),
        );
        if text(&found)? != text(&again)? {
            writeln!(differences, "{name}: decoding it twice gives two outcomes")?;
        }
        compare(folder, condition, &found, update, &mut differences)?;
        conditions.insert(condition.to_owned());
    }
    if conditions.is_empty() {
        bail!("{} has no file *{suffix}", folder.display());
    }
    if !differences.is_empty() {
        bail!("{differences}UPDATE_EXPECT=1 writes what was found");
    }
    Ok(conditions)
}

fn compare(
    folder: &Path,
    condition: &str,
    found: &Result<Vec<Decoded>, Failure>,
    update: bool,
    differences: &mut String,
) -> Result<()> {
    let (is, is_not) = if is_refusal(found) {
        ("err", "json")
    } else {
        ("json", "err")
    };
    let path = folder.join(format!("{condition}.{is}"));
    let other = folder.join(format!("{condition}.{is_not}"));
    let found = text(found)?;
    if update {
        fs::write(&path, &found)?;
        if other.exists() {
            fs::remove_file(&other)?;
        }
        return Ok(());
    }
    if other.exists() {
        writeln!(
            differences,
            "{condition}: expected .{is_not}, found .{is}:\n{found}"
        )?;
    }
    match fs::read_to_string(&path) {
        Ok(expected) if expected == found => {}
        Ok(expected) => {
            let line = first_difference(&expected, &found);
            writeln!(differences, "{condition}.{is}, line {line}: found\n{found}")?;
        }
        Err(error) => writeln!(differences, "{}: {error}; found\n{found}", path.display())?,
    }
    Ok(())
}

fn first_difference(expected: &str, found: &str) -> usize {
    let same = expected
        .lines()
        .zip(found.lines())
        .take_while(|(a, b)| a == b);
    same.count() + 1
}

/// True if nothing of the message could be read.
fn is_refusal(outcome: &Result<Vec<Decoded>, Failure>) -> bool {
    match outcome {
        Ok(events) => !events.is_empty() && events.iter().all(Result::is_err),
        Err(_) => true,
    }
}

/// An outcome as it stands in a file.
fn text(outcome: &Result<Vec<Decoded>, Failure>) -> Result<String> {
    let refused = |failure: &Failure| {
        format!(
            "code: {}\nplace: {}\nmessage: {}\n",
            failure.code, failure.place, failure.message
        )
    };
    match outcome {
        Err(failure) => Ok(refused(failure)),
        Ok(events) if is_refusal(outcome) => {
            let failures = events.iter().filter_map(|event| event.as_ref().err());
            Ok(failures.map(refused).collect::<Vec<_>>().join("\n"))
        }
        Ok(events) => {
            let shown = events.iter().map(shown).collect::<Result<Vec<_>>>()?;
            Ok(format!("{}\n", serde_json::to_string_pretty(&shown)?))
        }
    }
}

fn shown(event: &Decoded) -> Result<Value> {
    Ok(match event {
        Ok(event) => event_json(event)?,
        Err(failure) => {
            json!({"failure": failure.code, "message": failure.message, "place": failure.place})
        }
    })
}

/// An event as it stands in a file.
pub fn event_json(event: &Event) -> Result<Value> {
    let data: Value = serde_json::from_str(event.data.to_json()?.get())?;
    Ok(json!({
        "key": event.key,
        "type": event.data.type_name(),
        "subject": event.subject,
        "time": event.occurred_at,
        "data": data,
    }))
}
