//! Everything wrong with a configuration, offline and at once: blocks, connectors, mappings and samples, policies, routes.
//!
//! What is checked here is checked again at every start: a sidecar that starts is one that passes.

mod api;
mod approvers;
mod oidc;
mod parts;
mod policy;
mod routes;
mod words;

use std::path::Path;
use std::sync::Arc;

use connector::{Codec, Connector, Problem, Published};
use workflow::PolicySet;

pub use approvers::{file as approvers_file, known as approvers};
pub use policy::{entities, files as policy_files, load as policies};

use crate::config::{self, API, Config, Environment, ROUTER, Reading, Secrets};
use crate::registry;
use crate::report::{Report, Severity};

/// Checks a configuration file. Secrets that are not there are warnings.
pub fn file(path: &Path, environment: &Environment) -> Report {
    let Reading { config, mut report } = config::load(path, environment, Secrets::MayBeAbsent);
    report.extend(check(&config));
    report
}

/// Checks a configuration that was read.
pub fn check(config: &Config) -> Report {
    let mut report = Report::default();
    addresses(config, &mut report);
    parts::check(config, &mut report);
    api::check(config, &mut report);
    oidc::check(config, &mut report);
    let policies = match policy::load(config) {
        Ok(set) => Some(set),
        Err(problems) => {
            report.extend(problems);
            None
        }
    };
    if let Some(policies) = &policies {
        approvers::check(config, policies, &mut report);
    }
    routes::check(config, &mut report);
    none_without_policy(config, policies.as_ref(), &mut report);
    // A secret that is not there was reported; what follows from its absence is not news.
    report
        .findings
        .retain(|finding| !config.is_unset(&finding.place));
    report
}

/// The connector of an instance.
pub(crate) fn connector_of(config: &Config, name: &str) -> Option<&'static Connector> {
    registry::find(&config.connectors.get(name)?.kind)
}

/// The codec of an instance, as configured, with the crosswalks that are published; none if there is no such instance.
pub(crate) fn codec_of(
    config: &Config,
    name: &str,
    published: Published,
) -> Result<Option<Arc<dyn Codec>>, Problem> {
    let (Some(block), Some(connector)) = (config.connectors.get(name), connector_of(config, name))
    else {
        return Ok(None);
    };
    let mut settings = block.settings(name, &config.base_dir);
    settings.published = published;
    (connector.codec)(&settings).map(Some)
}

fn addresses(config: &Config, report: &mut Report) {
    for (place, outcome) in [
        (
            "broker.url",
            crate::sidecar::broker_address(&config.broker.url).map(drop),
        ),
        (
            "store.url",
            crate::sidecar::store_address(&config.store.url, config).map(drop),
        ),
    ] {
        if let Err((what, fix)) = outcome {
            report.problem(place, what, fix);
        }
    }
    for name in &config.only {
        if name != ROUTER && name != API && !config.connectors.contains_key(name) {
            let known: Vec<&str> = config.connectors.keys().map(String::as_str).collect();
            let what = format!("there is no part {name:?} to run");
            report.problem(
                "--only",
                what,
                format!("one of {ROUTER}, {API}, {}", known.join(", ")),
            );
        }
    }
    if config.http.listen == config.admin.listen && config.http.listen.port() != 0 {
        report.problem(
            "admin.listen",
            "it is also http.listen",
            "give it a port of its own",
        );
    }
    if let Err(error) = crate::telemetry::filter(&config.telemetry.level) {
        let what = format!("{:?} is not a level: {error}", config.telemetry.level);
        report.problem("telemetry.level", what, "write info, or info,router=debug");
    }
}

fn none_without_policy(config: &Config, policies: Option<&PolicySet>, report: &mut Report) {
    if config.policy.files.is_empty() && policies.is_some() && config.runs(ROUTER) {
        report.add(
            Severity::Warning,
            Problem::new(
                "policy.files",
                "there is no policy: every return becomes an exception (POLICY_GAP)",
                "name the policy files; deploy/policy/us01.toml is an example",
            ),
        );
    }
}
