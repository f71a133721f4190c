//! From file and environment to a configuration, with everything that is wrong on the way.

use std::collections::{BTreeMap, HashMap};
use std::path::Path;

use config::{File, FileFormat};
use router::Route;
use serde::Deserialize as _;
use toml::{Table, Value};

use super::instance::InstanceBlock;
use super::secret::{self, Secrets};
use super::{API, Config, ROUTER, Reading, block};
use crate::report::Report;

/// Variables of the environment.
#[derive(Debug, Clone, Default)]
pub struct Environment(HashMap<String, String>);

impl Environment {
    /// Those of this process.
    pub fn of_process() -> Self {
        Self(std::env::vars().collect())
    }

    /// These.
    pub fn of<const N: usize>(variables: [(&str, &str); N]) -> Self {
        Self(
            variables
                .map(|(name, value)| (name.to_owned(), value.to_owned()))
                .into(),
        )
    }

    pub(super) fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str)
    }

    fn source(&self) -> config::Environment {
        config::Environment::with_prefix("BACKHAUL")
            .prefix_separator("__")
            .separator("__")
            .source(Some(self.0.clone()))
    }
}

/// Reads a configuration file.
pub fn load(path: &Path, environment: &Environment, secrets: Secrets) -> Reading {
    let name = path.display().to_string();
    match std::fs::read_to_string(path) {
        Ok(text) => {
            let base = path.parent().unwrap_or_else(|| Path::new(""));
            parse(&text, &name, base, environment, secrets)
        }
        Err(error) => Reading {
            config: Config::default(),
            report: Report::of(
                name,
                format!("the configuration cannot be read: {error}"),
                "give its path with --config; deploy/backhaul.toml is an example",
            ),
        },
    }
}

/// Reads a configuration from text. `name` is what problems call it.
pub fn parse(
    text: &str,
    name: &str,
    base_dir: &Path,
    environment: &Environment,
    secrets: Secrets,
) -> Reading {
    let mut report = Report::default();
    let mut table = match merged(text, name, environment) {
        Ok(table) => table,
        Err(report) => {
            return Reading {
                config: Config::default(),
                report,
            };
        }
    };
    let unset = secret::resolve(&mut table, base_dir, environment, secrets, &mut report);
    let mut block = |key: &str| table.remove(key);
    let mut config = Config {
        base_dir: base_dir.to_owned(),
        broker: block::read("broker", block("broker"), &mut report),
        store: block::read("store", block("store"), &mut report),
        http: block::read("http", block("http"), &mut report),
        admin: block::read("admin", block("admin"), &mut report),
        api: block::read("api", block("api"), &mut report),
        policy: block::read("policy", block("policy"), &mut report),
        approvers: block::read("approvers", block("approvers"), &mut report),
        telemetry: block::read("telemetry", block("telemetry"), &mut report),
        router: block::read("router", block("router"), &mut report),
        reconcile: block::read("reconcile", block("reconcile"), &mut report),
        replays: block::read("replays", block("replays"), &mut report),
        routes: routes(block("routes"), &mut report),
        connectors: connectors(block("connectors"), &mut report),
        only: Vec::new(),
        unset,
    };
    for key in table.keys() {
        report.problem(
            key,
            "there is no such block",
            "blocks are broker, store, http, admin, api, policy, approvers, telemetry, router, reconcile, replays, routes, connectors",
        );
    }
    sound(&mut config, &mut report);
    Reading { config, report }
}

/// The file, overridden by the environment.
fn merged(text: &str, name: &str, environment: &Environment) -> Result<Table, Report> {
    if let Err(error) = toml::from_str::<Table>(text) {
        let at = error.span().map_or(0, |span| span.start);
        let line = text.bytes().take(at).filter(|byte| *byte == b'\n').count() + 1;
        return Err(Report::of(
            format!("{name}:{line}"),
            format!("not TOML: {}", block::message(&error)),
            "correct this line",
        ));
    }
    config::Config::builder()
        .add_source(File::from_str(text, FileFormat::Toml))
        .add_source(environment.source())
        .build()
        .and_then(config::Config::try_deserialize::<Table>)
        .map_err(|error| {
            let fix = "look at the variables of the environment that start with BACKHAUL__";
            Report::of(name, error.to_string(), fix)
        })
}

fn routes(value: Option<Value>, report: &mut Report) -> Vec<Route> {
    let items = match value {
        None => return Vec::new(),
        Some(Value::Array(items)) => items,
        Some(_) => {
            report.problem(
                "routes",
                "it is not a list",
                "write each route as [[routes]]",
            );
            return Vec::new();
        }
    };
    let mut routes = Vec::new();
    for (n, item) in items.into_iter().enumerate() {
        match Route::deserialize(item) {
            Ok(route) => routes.push(route),
            Err(error) => report.problem(
                format!("routes.{}", n + 1),
                block::message(&error),
                "a route has kinds and connector, and may have entity and site",
            ),
        }
    }
    routes
}

fn connectors(value: Option<Value>, report: &mut Report) -> BTreeMap<String, InstanceBlock> {
    let blocks = match value {
        None => return BTreeMap::new(),
        Some(Value::Table(blocks)) => blocks,
        Some(_) => {
            report.problem("connectors", "it is not a block", "write [connectors.NAME]");
            return BTreeMap::new();
        }
    };
    let mut instances = BTreeMap::new();
    for (name, value) in blocks {
        if !is_name(&name) {
            report.problem(
                format!("connectors.{name}"),
                "the name cannot be used in queue names and addresses",
                "use a–z, 0–9 and -, starting with a letter; not \"router\", \"timer\" or \"api\"",
            );
        }
        let block = InstanceBlock::read(&name, value, report);
        instances.insert(name, block);
    }
    instances
}

fn is_name(name: &str) -> bool {
    name.starts_with(|c: char| c.is_ascii_lowercase())
        && name
            .chars()
            .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-')
        && name.len() <= 60
        && name != ROUTER
        && name != API
        && name != "timer"
}

/// What a type cannot say.
fn sound(config: &mut Config, report: &mut Report) {
    let above_zero = "write a duration such as \"30s\"";
    let spans = [
        ("http.answer_within", config.http.answer_within),
        ("router.park_for", config.router.park_for),
        ("router.effect_sla", config.router.effect_sla),
        ("router.drain", config.router.drain),
    ];
    for (place, span) in spans {
        if !span.is_positive() {
            report.problem(place, "it is not above zero", above_zero);
        }
    }
    if config.reconcile.lag.is_negative() {
        report.problem("reconcile.lag", "it is below zero", above_zero);
    }
    if config.reconcile.supplier_lag.is_negative() {
        report.problem("reconcile.supplier_lag", "it is below zero", above_zero);
    }
    config.replays.check(report);
    if config.http.queue == 0 {
        report.problem("http.queue", "it is 0", "write at least 1");
    }
    if config.router.delivery_limit == 0 {
        report.problem("router.delivery_limit", "it is 0", "write at least 1");
    }
    if config.router.hang_after < jiff::SignedDuration::from_secs(1) {
        report.problem(
            "router.hang_after",
            "it is below a second",
            "write how long a message may take to be decoded: \"2m\"",
        );
    }
}
