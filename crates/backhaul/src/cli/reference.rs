//! `backhaul reference`: the reference pages, made from the types, the registry and the commands themselves.

use std::path::{Path, PathBuf};

use canonical::EffectKind;
use clap::{Args, CommandFactory as _};
use connector::Connector;
use serde_json::{Map, Value};

use super::{Cli, Ended, output};
use crate::config;
use crate::registry;

mod machines;
mod matrix;
mod policy;

/// Arguments of `reference`.
#[derive(Debug, Args)]
#[command(after_help = "\
Exit codes: 0 done, 2 --check found pages that are not what this version is

Example:
  backhaul reference --out docs/reference")]
pub struct ReferenceArgs {
    /// Write the pages into this folder
    #[arg(
        long,
        value_name = "DIR",
        required_unless_present = "check",
        conflicts_with = "check"
    )]
    out: Option<PathBuf>,
    /// Compare this folder with them
    #[arg(long, value_name = "DIR")]
    check: Option<PathBuf>,
}

pub(super) fn run(args: &ReferenceArgs) -> Result<(), Ended> {
    if let Some(folder) = &args.out {
        for (file, text) in pages() {
            let path = folder.join(file);
            if let Some(parent) = path.parent() {
                std::fs::create_dir_all(parent)?;
            }
            std::fs::write(path, text)?;
        }
    }
    if let Some(folder) = &args.check {
        let stale = stale(folder);
        if !stale.is_empty() {
            let folder = folder.display();
            return Err(Ended::Wrong(format!(
                "not up to date: {}; write them with backhaul reference --out {folder}",
                stale.join(", ")
            )));
        }
        output::line("the reference is up to date")?;
    }
    Ok(())
}

fn stale(folder: &Path) -> Vec<String> {
    pages()
        .into_iter()
        .filter(|(file, text)| {
            std::fs::read_to_string(folder.join(file)).ok().as_deref() != Some(text)
        })
        .map(|(file, _)| file)
        .collect()
}

/// Every page: file and text.
fn pages() -> Vec<(String, String)> {
    let mut pages = vec![
        ("configuration.md".to_owned(), configuration()),
        ("commands.md".to_owned(), commands()),
        ("capabilities.md".to_owned(), matrix::page()),
        ("policy-facts.md".to_owned(), policy::facts()),
        ("state-machines.md".to_owned(), machines::page()),
        (
            "openapi.json".to_owned(),
            format!("{:#}\n", console::openapi()),
        ),
    ];
    let connectors = registry::CONNECTORS.iter();
    for c in connectors {
        pages.push((format!("connectors/{}.md", c.name), connector(c)));
        if !c.mappings.is_empty() {
            pages.push((format!("mappings/{}.md", c.name), mappings(c)));
        }
    }
    pages
}

/// First lines of a generated page.
fn head(title: &str) -> String {
    format!("# {title}\n\n<!-- Made by `backhaul reference`; do not edit. -->\n")
}

fn configuration() -> String {
    let mut page = head("Configuration");
    page.push_str(
        "\nOne TOML file; `deploy/backhaul.toml` is an example. `BACKHAUL__BLOCK__KEY` in the environment overrides a key. A text\n\
         may be given as `{ env = \"NAME\" }` or `{ file = \"path\" }`. Durations are texts such as `\"30s\"`, `\"15m\"`, `\"72h\"`.\n",
    );
    for (name, schema) in config::schemas() {
        sections(&mut page, &format!("`[{name}]`"), &schema);
    }
    page.push_str(
        "\n## `[[routes]]`\n\nWhich connector delivers an effect. Channel beats site, site beats entity, entity beats none; two routes that fit equally are refused.\n\n\
         | key | is |\n|---|---|\n| `kinds` | kinds of effects, see below |\n| `connector` | name of an instance |\n\
         | `entity` | only of this legal entity |\n| `site` | only of this site |\n| `channel` | only of this sales channel |\n\nKinds: ",
    );
    let kinds: Vec<String> = EffectKind::ALL
        .iter()
        .map(|kind| format!("`{kind}`"))
        .collect();
    page.push_str(&kinds.join(", "));
    page.push('\n');
    page
}

fn connector(connector: &Connector) -> String {
    let mut page = head(connector.name);
    let name = connector.name;
    put(
        &mut page,
        format!(
            "\nThis connector: {}. Its own page is `connectors/{name}/README.md`.\n",
            connector.summary
        ),
    );
    let schema = (connector.options)();
    sections(&mut page, "Options", &schema);
    if !connector.mappings.is_empty() {
        let names: Vec<String> = connector
            .mappings
            .iter()
            .map(|(name, _)| format!("`{name}`"))
            .collect();
        let names = names.join(", ");
        put(
            &mut page,
            format!(
                "\n## Mappings\n\nBuilt in: {names}. They are in [mappings/{name}.md](../mappings/{name}.md).\n"
            ),
        );
    }
    page.push_str("\n## Failures\n\n| code | meaning | what to do |\n|---|---|---|\n");
    for failure in connector.failures {
        let row = format!(
            "| `{}` | {} | {} |\n",
            failure.code, failure.meaning, failure.remedy
        );
        page.push_str(&row);
    }
    page
}

/// The mappings that are built in, to be read and to be copied.
fn mappings(connector: &Connector) -> String {
    let mut page = head(&format!("Mappings of {}", connector.name));
    put(
        &mut page,
        "\nBuilt in under these names. What is written in them is explained in the connector's README; a copy of one is the\n\
         beginning of your own.\n",
    );
    for (name, text) in connector.mappings {
        put(
            &mut page,
            format!("\n## `{name}`\n\n```toml\n{}\n```\n", text.trim_end()),
        );
    }
    page
}

/// A section for the schema, and one for each type that it names.
fn sections(page: &mut String, title: &str, schema: &Value) {
    section(page, title, schema);
    for (name, schema) in schema
        .get("$defs")
        .and_then(Value::as_object)
        .into_iter()
        .flatten()
    {
        section(page, name, schema);
    }
}

/// A heading, what the schema says of itself, and a table of its members or words.
fn section(page: &mut String, title: &str, schema: &Value) {
    put(page, format!("\n## {title}\n\n"));
    if let Some(text) = description(schema) {
        let text = text.strip_prefix(&format!("{title}: ")).unwrap_or(&text);
        put(page, format!("{text}\n\n"));
    }
    let variants = ["oneOf", "anyOf"]
        .iter()
        .find_map(|key| schema.get(key)?.as_array());
    match (members(schema), variants) {
        (Some(members), _) if !members.is_empty() => table(page, schema, members),
        (_, Some(variants)) => {
            for variant in variants {
                variant_of(page, variant);
            }
        }
        _ => {}
    }
}

fn table(page: &mut String, schema: &Value, members: &Map<String, Value>) {
    page.push_str("| key | value | is |\n|---|---|---|\n");
    for (name, member) in members {
        let required = schema.get("required").and_then(Value::as_array);
        let required = required.is_some_and(|keys| keys.iter().any(|key| key == name));
        let text = description(member).unwrap_or_default();
        let kind = kind(member);
        let needed = if required { "needed" } else { "" };
        put(page, format!("| `{name}` | {kind} {needed} | {text} |\n"));
    }
}

fn variant_of(page: &mut String, variant: &Value) {
    let text = description(variant).unwrap_or_default();
    if let Some(word) = variant.get("const").and_then(Value::as_str) {
        put(page, format!("- `{word}`: {text}\n"));
        return;
    }
    let members: Vec<String> = members(variant)
        .into_iter()
        .flatten()
        .map(
            |(name, member)| match member.get("const").and_then(Value::as_str) {
                Some(word) => format!("`{name} = \"{word}\"`"),
                None => format!("`{name}`"),
            },
        )
        .collect();
    put(page, format!("- {}: {text}\n", members.join(", ")));
}

fn members(schema: &Value) -> Option<&Map<String, Value>> {
    schema.get("properties")?.as_object()
}

/// The doc comment, on one line.
fn description(schema: &Value) -> Option<String> {
    let text = schema.get("description")?.as_str()?;
    Some(
        text.split_whitespace()
            .collect::<Vec<_>>()
            .join(" ")
            .replace('|', "\\|"),
    )
}

/// What kind of value: "text", "number", or the name of a section.
fn kind(schema: &Value) -> String {
    let reference = schema.get("$ref").and_then(Value::as_str);
    let alternatives = schema.get("anyOf").and_then(Value::as_array);
    let types = schema.get("type");
    if let Some(name) = reference.and_then(|path| path.rsplit('/').next()) {
        return format!("[{name}](#{})", name.to_lowercase());
    }
    if let Some(alternatives) = alternatives {
        return alternatives.first().map(kind).unwrap_or_default();
    }
    let word = match types {
        Some(Value::Array(words)) => words.first().and_then(Value::as_str),
        Some(word) => word.as_str(),
        None => None,
    };
    let item = || schema.get("items").map(kind).unwrap_or_default();
    match word.unwrap_or_default() {
        "string" => "text".to_owned(),
        "integer" | "number" => "number".to_owned(),
        "array" => format!("list of {}", item()),
        "object" => "table".to_owned(),
        other => other.to_owned(),
    }
}

fn commands() -> String {
    let mut page = head("Commands");
    let mut root = Cli::command().term_width(100);
    root.build();
    let mut all = vec![("backhaul".to_owned(), root)];
    while let Some((path, mut command)) = all.pop() {
        let help = command.render_long_help().to_string();
        let help: Vec<&str> = help.lines().map(str::trim_end).collect();
        put(
            &mut page,
            format!(
                "\n## `{path}`\n\n```text\n{}\n```\n",
                help.join("\n").trim_end()
            ),
        );
        let below = command.get_subcommands().filter(|c| c.get_name() != "help");
        let mut below: Vec<_> = below
            .map(|c| (format!("{path} {}", c.get_name()), c.clone()))
            .collect();
        below.reverse();
        all.extend(below);
    }
    page
}

/// Adds to a page.
fn put(page: &mut String, text: impl AsRef<str>) {
    page.push_str(text.as_ref());
}
