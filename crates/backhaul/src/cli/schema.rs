//! `backhaul schema`

use std::path::{Path, PathBuf};

use clap::Args;
use serde_json::Value;

use super::{Ended, output};

/// Arguments of `schema`.
#[derive(Debug, Args)]
#[command(after_help = "\
Exit codes: 0 done, 2 --check found files that are not what this version speaks, 3 no schema has that name

Examples:
  backhaul schema
  backhaul schema receipt.recorded.v1
  backhaul schema --out docs/reference/schemas")]
pub struct SchemaArgs {
    /// The schema to print; names are listed if left out
    #[arg(conflicts_with_all = ["out", "check"])]
    name: Option<String>,
    /// Write all of them into this folder, one file each
    #[arg(long, value_name = "DIR", conflicts_with = "check")]
    out: Option<PathBuf>,
    /// Compare this folder with them
    #[arg(long, value_name = "DIR")]
    check: Option<PathBuf>,
}

pub(super) fn run(args: &SchemaArgs) -> Result<(), Ended> {
    match (&args.name, &args.out, &args.check) {
        (Some(name), _, _) => match all()?.into_iter().find(|(known, _)| known == name) {
            Some((_, text)) => output::bytes(text.as_bytes()),
            None => Err(Ended::Refused(format!(
                "no schema is called {name:?}: see backhaul schema"
            ))),
        },
        (None, Some(folder), _) => write(folder),
        (None, None, Some(folder)) => {
            let stale = stale(folder)?;
            if stale.is_empty() {
                return output::line("the schemas are up to date");
            }
            let folder = folder.display();
            Err(Ended::Wrong(format!(
                "not up to date: {}; write them with backhaul schema --out {folder}",
                stale.join(", ")
            )))
        }
        (None, None, None) => {
            let names: Vec<String> = all()?.into_iter().map(|(name, _)| name).collect();
            output::line(names.join("\n"))
        }
    }
}

/// Every schema: name, and text as committed.
fn all() -> Result<Vec<(String, String)>, Ended> {
    canonical::schema::all()
        .into_iter()
        .map(|(name, schema)| {
            // Through `Value`, whose members are sorted: the text does not depend on the order of fields.
            let value: Value = schema.to_value();
            let text = serde_json::to_string_pretty(&value)?;
            Ok((name.to_owned(), format!("{text}\n")))
        })
        .collect()
}

/// Writes every schema into a folder.
pub(crate) fn write(folder: &Path) -> Result<(), Ended> {
    std::fs::create_dir_all(folder)?;
    for (name, text) in all()? {
        std::fs::write(folder.join(format!("{name}.json")), text)?;
    }
    for extra in extra(folder)? {
        std::fs::remove_file(folder.join(extra))?;
    }
    Ok(())
}

/// Files of a folder that are missing, differ, or belong to no schema.
pub(crate) fn stale(folder: &Path) -> Result<Vec<String>, Ended> {
    let mut stale = Vec::new();
    for (name, text) in all()? {
        let file = format!("{name}.json");
        if std::fs::read_to_string(folder.join(&file)).ok().as_deref() != Some(text.as_str()) {
            stale.push(file);
        }
    }
    stale.extend(extra(folder)?);
    Ok(stale)
}

/// Schema files of a folder that belong to no schema.
fn extra(folder: &Path) -> Result<Vec<String>, Ended> {
    let known: Vec<String> = all()?
        .into_iter()
        .map(|(name, _)| format!("{name}.json"))
        .collect();
    let mut extra = Vec::new();
    let Ok(entries) = std::fs::read_dir(folder) else {
        return Ok(extra);
    };
    for entry in entries {
        let path = entry?.path();
        let is_schema = path
            .extension()
            .is_some_and(|extension| extension == "json");
        let file = path
            .file_name()
            .map(|name| name.to_string_lossy().into_owned());
        extra.extend(file.filter(|file| is_schema && !known.contains(file)));
    }
    Ok(extra)
}
