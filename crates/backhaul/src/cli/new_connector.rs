//! `backhaul new-connector`: a folder that compiles and conforms, and the two lines outside it.

use std::path::{Path, PathBuf};

use clap::Args;

use super::{Ended, output};
use crate::registry;

/// Arguments of `new-connector`.
#[derive(Debug, Args)]
#[command(after_help = "\
Writes connectors/NAME, a line in crates/backhaul/Cargo.toml and a line in crates/backhaul/src/registry.rs.
The skeleton takes in JSON by HTTP, compiles, and passes the conformance suite; make it the partner's from there.
Exit codes: 2 the name cannot be used, 3 there is such a connector already

Examples:
  backhaul new-connector parcels-json
  cargo test -p parcels-json")]
pub struct NewConnectorArgs {
    /// Its name, as SYSTEM-WIRE: a–z, 0–9 and -
    name: String,
    /// Root of the repository
    #[arg(long, default_value = ".", value_name = "DIR")]
    root: PathBuf,
}

/// Path below the connector's folder, and what is written there.
const FILES: &[(&str, &str)] = &[
    (
        "Cargo.toml",
        include_str!("../../templates/connector/Cargo.toml.tmpl"),
    ),
    (
        "README.md",
        include_str!("../../templates/connector/README.md.tmpl"),
    ),
    (
        "src/lib.rs",
        include_str!("../../templates/connector/src/lib.rs.tmpl"),
    ),
    (
        "src/config.rs",
        include_str!("../../templates/connector/src/config.rs.tmpl"),
    ),
    (
        "src/failures.rs",
        include_str!("../../templates/connector/src/failures.rs.tmpl"),
    ),
    (
        "src/wire.rs",
        include_str!("../../templates/connector/src/wire.rs.tmpl"),
    ),
    (
        "src/translate.rs",
        include_str!("../../templates/connector/src/translate.rs.tmpl"),
    ),
    (
        "src/codec.rs",
        include_str!("../../templates/connector/src/codec.rs.tmpl"),
    ),
    (
        "src/source.rs",
        include_str!("../../templates/connector/src/source.rs.tmpl"),
    ),
    (
        "tests/conformance.rs",
        include_str!("../../templates/connector/tests/conformance.rs.tmpl"),
    ),
    (
        "testdata/basic.message.json",
        include_str!("../../templates/connector/testdata/basic.message.json"),
    ),
    (
        "testdata/basic.events.txt",
        include_str!("../../templates/connector/testdata/basic.events.txt"),
    ),
    (
        "testdata/several.message.json",
        include_str!("../../templates/connector/testdata/several.message.json"),
    ),
    (
        "testdata/several.events.txt",
        include_str!("../../templates/connector/testdata/several.events.txt"),
    ),
    (
        "testdata/without-carrier.message.json",
        include_str!("../../templates/connector/testdata/without-carrier.message.json"),
    ),
    (
        "testdata/without-carrier.events.txt",
        include_str!("../../templates/connector/testdata/without-carrier.events.txt"),
    ),
    (
        "testdata/one-bad.message.json",
        include_str!("../../templates/connector/testdata/one-bad.message.json"),
    ),
    (
        "testdata/one-bad.events.txt",
        include_str!("../../templates/connector/testdata/one-bad.events.txt"),
    ),
    (
        "testdata/truncated.message.json",
        include_str!("../../templates/connector/testdata/truncated.message.json"),
    ),
    (
        "testdata/truncated.events.txt",
        include_str!("../../templates/connector/testdata/truncated.events.txt"),
    ),
    (
        "testdata/not-a-list.message.json",
        include_str!("../../templates/connector/testdata/not-a-list.message.json"),
    ),
    (
        "testdata/not-a-list.events.txt",
        include_str!("../../templates/connector/testdata/not-a-list.events.txt"),
    ),
];

/// Behind this line of the registry's list nothing follows.
const END_OF_LIST: &str = "    // new connectors go here";

pub(super) fn run(args: &NewConnectorArgs) -> Result<(), Ended> {
    let name = &args.name;
    if !is_name(name) {
        return Err(Ended::Wrong(format!(
            "{name:?} cannot be the name of a connector: use a–z, 0–9 and single -, start with a letter, as in parcels-json"
        )));
    }
    write(name, &args.root)?;
    output::line(format!(
        "connectors/{name} is there, and registered. Next:\n  cargo fmt -p {name}\n  cargo test -p {name}\n  cargo run -p backhaul -- check"
    ))
}

fn is_name(name: &str) -> bool {
    let part = |part: &str| {
        !part.is_empty()
            && part
                .chars()
                .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit())
    };
    name.starts_with(|c: char| c.is_ascii_lowercase()) && name.split('-').all(part)
}

/// Writes everything, or nothing: what is in the way is found before the first file is written.
fn write(name: &str, root: &Path) -> Result<(), Ended> {
    let folder = root.join("connectors").join(name);
    let manifest = root.join("crates/backhaul/Cargo.toml");
    let list = root.join("crates/backhaul/src/registry.rs");
    if folder.exists() || registry::find(name).is_some() {
        return Err(Ended::Refused(format!(
            "there is a connector {name:?} already"
        )));
    }
    let read = |path: &Path| {
        std::fs::read_to_string(path).map_err(|error| {
            let path = path.display();
            Ended::Failed(format!(
                "{path} cannot be read: {error}; run this at the repository's root"
            ))
        })
    };
    let (dependencies, connectors) = (read(&manifest)?, read(&list)?);
    let module = name.replace('-', "_");
    let entry = format!("    {module}::CONNECTOR,");
    let connectors = before(&connectors, END_OF_LIST, &entry)
        .ok_or_else(|| Ended::Failed(format!("{} has no line {END_OF_LIST:?}", list.display())))?;
    let dependency = format!("{name} = {{ path = \"../../connectors/{name}\" }}");
    let dependencies = after(&dependencies, "[dependencies]", &dependency)
        .ok_or_else(|| Ended::Failed(format!("{} has no [dependencies]", manifest.display())))?;
    for (path, template) in FILES {
        let path = folder.join(path);
        if let Some(parent) = path.parent() {
            std::fs::create_dir_all(parent)?;
        }
        let text = template
            .replace("@name@", name)
            .replace("@module@", &module);
        std::fs::write(path, text)?;
    }
    std::fs::write(manifest, dependencies)?;
    std::fs::write(list, connectors)?;
    Ok(())
}

/// The text with a line put before that line.
fn before(text: &str, line: &str, new: &str) -> Option<String> {
    let (head, tail) = text.split_once(line)?;
    Some(format!("{head}{new}\n{line}{tail}"))
}

/// The text with a line put behind that line.
fn after(text: &str, line: &str, new: &str) -> Option<String> {
    let (head, tail) = text.split_once(&format!("{line}\n"))?;
    Some(format!("{head}{line}\n{new}\n{tail}"))
}
