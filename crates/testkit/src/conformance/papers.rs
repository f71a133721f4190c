//! What is written about a connector: options, README, goldens, failure codes.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::PoisonError;

use canonical::EventData;

use super::{Held, MIN_GOLDENS, Trial};

pub(super) fn options_are_described(trial: &Trial<'_>) -> Held {
    let schema = (trial.connector.options)();
    if schema.get("type").and_then(serde_json::Value::as_str) != Some("object") {
        return Err("the schema of the options does not describe an object".to_owned());
    }
    let known = schema
        .get("properties")
        .and_then(serde_json::Value::as_object);
    let settings = trial.harness.settings();
    for option in settings.table.keys() {
        if !known.is_some_and(|known| known.contains_key(option)) {
            return Err(format!(
                "the schema does not know the option {option:?} of the sample block"
            ));
        }
    }
    let undescribed = known
        .iter()
        .flat_map(|known| known.iter())
        .find(|(_, schema)| schema.get("description").is_none() && schema.get("$ref").is_none());
    if let Some((option, _)) = undescribed {
        return Err(format!(
            "the schema does not describe the option {option:?}"
        ));
    }
    match (trial.connector.check)(&settings).as_slice() {
        [] => Ok(()),
        problems => Err(format!(
            "check finds faults in the sample block: {problems:?}"
        )),
    }
}

pub(super) fn unknown_option_is_refused(trial: &Trial<'_>) -> Held {
    let mut settings = trial.harness.settings();
    settings
        .table
        .insert("no_such_option".to_owned(), toml::Value::Boolean(true));
    let problems = (trial.connector.check)(&settings);
    let Some(problem) = problems.first() else {
        return Err("check says nothing about no_such_option = true".to_owned());
    };
    if problem.fix.is_empty() || !problem.place.contains(&settings.instance) {
        return Err(format!("the problem has no place or no fix: {problem:?}"));
    }
    if (trial.connector.codec)(&settings).is_ok() {
        return Err("a codec is made of a block with an unknown option".to_owned());
    }
    Ok(())
}

pub(super) fn readme_has_every_code(trial: &Trial<'_>) -> Held {
    let readme = trial.harness.readme();
    let mut seen = BTreeSet::new();
    for failure in trial.connector.failures {
        let code = failure.code;
        if !code.starts_with(&format!("{}.", trial.connector.name)) {
            return Err(format!("{code} does not begin with the connector's name"));
        }
        if !seen.insert(code) {
            return Err(format!("{code} is declared twice"));
        }
        if failure.meaning.is_empty() || failure.remedy.is_empty() {
            return Err(format!("{code} has no meaning or no remedy"));
        }
        if !readme.contains(&format!("`{code}`")) {
            return Err(format!("the README does not name `{code}`"));
        }
    }
    Ok(())
}

pub(super) fn capabilities_are_true(trial: &Trial<'_>) -> Held {
    let can = &trial.connector.capabilities;
    if can.transports.is_empty() || can.acknowledgement.is_empty() || can.residual_risk.is_empty() {
        return Err("transports, acknowledgement or residual risk is not said".to_owned());
    }
    let unknown = can
        .takes
        .iter()
        .find(|kind| !EventData::TYPES.contains(kind));
    if let Some(kind) = unknown {
        return Err(format!("there is no event {kind:?}"));
    }
    let commands = trial.harness.commands();
    if let Some(command) = commands.iter().find(|c| !can.delivers.contains(&c.kind)) {
        return Err(format!("{} is sent and not named", command.kind));
    }
    if can.delivers.is_empty() != commands.is_empty() {
        return Err("what it delivers and what the harness sends do not fit".to_owned());
    }
    if !can.delivers.is_empty() && can.guards.is_empty() {
        return Err("it delivers, and names no guard against doubles".to_owned());
    }
    let codec = (trial.connector.codec)(&trial.harness.settings());
    let codec = codec.map_err(|problem| problem.what)?;
    for message in trial.harness.inbound() {
        let events = codec.decode(&message).unwrap_or_default();
        for event in events.into_iter().flatten() {
            let kind = event.data.type_name();
            if !can.takes.contains(&kind) {
                return Err(format!("{kind} comes in and is not named"));
            }
        }
    }
    Ok(())
}

pub(super) fn enough_goldens(trial: &Trial<'_>) -> Held {
    let folder = trial.harness.testdata();
    let found = goldens(&folder);
    if found < MIN_GOLDENS {
        return Err(format!(
            "{} has {found} goldens, at least {MIN_GOLDENS}",
            folder.display()
        ));
    }
    Ok(())
}

/// Goldens below a folder: conditions (the name up to its first dot) with at least two files, an input and what it becomes.
pub fn goldens(folder: &Path) -> usize {
    let (mut conditions, mut below) = (BTreeMap::<String, usize>::new(), 0);
    let Ok(entries) = std::fs::read_dir(folder) else {
        return 0;
    };
    for entry in entries.flatten() {
        let path = entry.path();
        if path.is_dir() {
            below += goldens(&path);
        } else if let Some((condition, _)) = entry.file_name().to_string_lossy().split_once('.') {
            *conditions.entry(condition.to_owned()).or_default() += 1;
        }
    }
    below + conditions.values().filter(|files| **files >= 2).count()
}

pub(super) fn every_code_is_declared(trial: &Trial<'_>) -> Held {
    let met = trial.met.lock().unwrap_or_else(PoisonError::into_inner);
    let declared = |code| {
        trial
            .connector
            .failures
            .iter()
            .any(|failure| failure.code == code)
    };
    match met.iter().find(|failure| !declared(failure.code)) {
        Some(failure) => Err(format!("{failure}: the code is not declared")),
        None => Ok(()),
    }
}
