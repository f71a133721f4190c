//! Takes the picture of a configuration and its store.

use std::path::Path;

use broker::Topology;
use canonical::key::short_hash;
use connector::Connector;
use store::Store;
use toml::{Table, Value};

use super::{Item, Picture};
use crate::check;
use crate::config::Config;
use crate::sidecar;

/// Options that name a mapping: a file, or one that is built in.
const MAPPINGS: [&str; 4] = ["mapping", "layout", "profile", "profile_file"];
/// Tables of codes and of agreements with a partner. None of them holds a secret.
const CROSSWALKS: [&str; 5] = ["codes", "sites", "entities", "accounts", "adjust"];
/// Characters of a hash that are kept.
const HASH: usize = 26;

/// The picture of that configuration on that store. It is the same in every process that runs the configuration,
/// whichever parts it runs.
pub async fn take(config: &Config, store: &dyn Store) -> Picture {
    let mut picture = Picture::default();
    picture.says("backhaul", format!("version {}", env!("CARGO_PKG_VERSION")));
    if let Ok(described) = store.describe().await
        && let Some(schema) = described.split(", ").find(|p| p.starts_with("schema "))
    {
        picture.says("store", schema.to_owned());
    }
    picture.topology(&sidecar::topology(config));
    for (file, text) in check::policy_files(config) {
        let says = policy(&text);
        picture.content(format!("policy {file}"), says, &text);
    }
    if let Some((file, text)) = check::approvers_file(config) {
        picture.content(format!("approvers {file}"), String::new(), &text);
    }
    for (name, block) in &config.connectors {
        picture.says(&format!("connector {name}"), format!("type {}", block.kind));
        let connector = check::connector_of(config, name);
        picture.mappings(name, "", &block.table, connector, &config.base_dir);
        for table in CROSSWALKS {
            if let Some(Value::Table(codes)) = block.table.get(table) {
                let subject = format!("crosswalk {name} {table}");
                picture.content(subject, String::new(), &codes.to_string());
            }
        }
    }
    picture
}

impl Picture {
    fn says(&mut self, subject: &str, says: String) {
        let item = Item {
            says,
            content: String::new(),
        };
        self.0.insert(subject.to_owned(), item);
    }

    fn content(&mut self, subject: String, says: String, content: &str) {
        let item = Item {
            says,
            content: short_hash(&[content], HASH),
        };
        self.0.insert(subject, item);
    }

    fn topology(&mut self, topology: &Topology) {
        for exchange in &topology.exchanges {
            self.says(&format!("exchange {}", exchange.name), String::new());
        }
        for queue in &topology.queues {
            let bound: Vec<String> = queue
                .bindings
                .iter()
                .map(|(exchange, key)| format!("{exchange} {key}"))
                .collect();
            let limit = queue.delivery_limit;
            let mut says = format!("delivery limit {limit}");
            if queue.one_consumer {
                says.push_str(", one consumer at a time");
            }
            if !bound.is_empty() {
                says.push_str(", bound to ");
                says.push_str(&bound.join(" and "));
            }
            self.says(&format!("queue {}", queue.name), says);
        }
        for rung in &topology.rungs {
            let says = format!("waits {} s", rung.delay().as_secs());
            self.says(&format!("queue {}", rung.queue()), says);
        }
    }

    /// Mappings that a block names, in it and in its tables.
    fn mappings(
        &mut self,
        name: &str,
        within: &str,
        table: &Table,
        connector: Option<&Connector>,
        base_dir: &Path,
    ) {
        for (key, value) in table {
            match value {
                Value::Table(inner) if !CROSSWALKS.contains(&key.as_str()) => {
                    let within = format!("{within}{key}.");
                    self.mappings(name, &within, inner, connector, base_dir);
                }
                Value::String(given) if MAPPINGS.contains(&key.as_str()) => {
                    let subject = format!("mapping {name} {within}{key}");
                    let (says, content) = mapping(given, connector, base_dir);
                    self.content(subject, says, &content);
                }
                _ => {}
            }
        }
    }
}

/// What a mapping is, and its content.
fn mapping(given: &str, connector: Option<&Connector>, base_dir: &Path) -> (String, String) {
    let built_in =
        connector.and_then(|connector| connector.mappings.iter().find(|(name, _)| *name == given));
    if let Some((name, text)) = built_in {
        return (format!("built-in {name}"), (*text).to_owned());
    }
    // What cannot be read keeps a sidecar from starting; a picture is taken of the rest.
    let bytes = std::fs::read(base_dir.join(given)).unwrap_or_default();
    let text = String::from_utf8_lossy(&bytes).into_owned();
    (format!("file {given}"), text)
}

fn policy(text: &str) -> String {
    let table: Table = toml::from_str(text).unwrap_or_default();
    let word = |key: &str| table.get(key).and_then(Value::as_str).unwrap_or("?");
    format!("{} version {}", word("entity"), word("version"))
}
