//! `{ env = "NAME" }` and `{ file = "path" }`: resolved before anybody reads the value.

use std::path::Path;

use toml::{Table, Value};

use super::read::Environment;
use crate::report::Report;

/// What it means that a variable or file is not there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Secrets {
    /// A problem: the sidecar is to be started.
    Needed,
    /// A warning: only the form is checked, perhaps on a machine that must not have them.
    MayBeAbsent,
}

/// Stands in for a value that is not there, when only the form is checked. Also an address, since those may be secret.
const ABSENT: &str = "http://not-set.invalid";

/// Resolves every reference in a table. Returns the places of those that could not be resolved.
pub(super) fn resolve(
    table: &mut Table,
    base_dir: &Path,
    environment: &Environment,
    secrets: Secrets,
    report: &mut Report,
) -> Vec<String> {
    let mut resolver = Resolver {
        base_dir,
        environment,
        secrets,
        report,
        unset: Vec::new(),
    };
    for (key, value) in table.iter_mut() {
        match value {
            // A block is never a text, also if its one key is called `file`: [approvers].
            Value::Table(block) => {
                for (within, value) in block.iter_mut() {
                    resolver.walk(&format!("{key}.{within}"), value);
                }
            }
            other => resolver.walk(key, other),
        }
    }
    resolver.unset
}

struct Resolver<'a> {
    base_dir: &'a Path,
    environment: &'a Environment,
    secrets: Secrets,
    report: &'a mut Report,
    unset: Vec<String>,
}

impl Resolver<'_> {
    fn walk(&mut self, place: &str, value: &mut Value) {
        if let Some(reference) = reference(value) {
            *value = Value::String(self.text(place, &reference));
            return;
        }
        match value {
            Value::Table(table) => {
                for (key, value) in table.iter_mut() {
                    self.walk(&format!("{place}.{key}"), value);
                }
            }
            Value::Array(items) => {
                for (n, item) in items.iter_mut().enumerate() {
                    self.walk(&format!("{place}.{n}"), item);
                }
            }
            Value::String(_)
            | Value::Integer(_)
            | Value::Float(_)
            | Value::Boolean(_)
            | Value::Datetime(_) => {}
        }
    }

    fn text(&mut self, place: &str, reference: &Reference) -> String {
        let (found, what, fix) = match reference {
            Reference::Env(name) => (
                self.environment.get(name).map(str::to_owned),
                format!("environment variable {name} is not set"),
                format!("set {name} before starting"),
            ),
            Reference::File(path) => {
                let path = self.base_dir.join(path);
                let read = std::fs::read_to_string(&path);
                let why = read
                    .as_ref()
                    .err()
                    .map(ToString::to_string)
                    .unwrap_or_default();
                (
                    read.ok()
                        .map(|text| text.trim_end_matches(['\r', '\n']).to_owned()),
                    format!("{} cannot be read: {why}", path.display()),
                    "put the file there, readable for this user".to_owned(),
                )
            }
        };
        found.unwrap_or_else(|| {
            match self.secrets {
                Secrets::Needed => self.report.problem(place, what, fix),
                Secrets::MayBeAbsent => self.report.warning(place, what, fix),
            }
            self.unset.push(place.to_owned());
            ABSENT.to_owned()
        })
    }
}

enum Reference {
    Env(String),
    File(String),
}

/// A table of exactly one key, `env` or `file`, with a text.
fn reference(value: &Value) -> Option<Reference> {
    let table = value.as_table().filter(|table| table.len() == 1)?;
    let (key, value) = table.iter().next()?;
    let text = value.as_str()?.to_owned();
    match key.as_str() {
        "env" => Some(Reference::Env(text)),
        "file" => Some(Reference::File(text)),
        _ => None,
    }
}
