//! Policy files: read together, since they may contradict each other.

use canonical::EffectKind;
use workflow::PolicySet;

use super::approvers;
use crate::config::Config;
use crate::report::Report;

/// Reads the policies of a configuration with those who may approve what they ask for, or says everything that is wrong with them.
pub fn load(config: &Config) -> Result<PolicySet, Report> {
    let (documents, mut report) = documents(config);
    let approvers = approvers::load(config, &mut report);
    match PolicySet::load(&documents) {
        Ok(policies) => report.or(match approvers {
            Some(approvers) => policies.with_approvers(approvers),
            None => policies,
        }),
        Err(problems) => {
            for problem in problems {
                report.problem(problem.place, problem.what, problem.fix);
            }
            Err(report)
        }
    }
}

/// Legal entities that a policy speaks of.
pub fn entities(config: &Config) -> Vec<String> {
    let (documents, _) = documents(config);
    let mut entities: Vec<String> = documents
        .iter()
        .filter_map(|(_, text)| toml::from_str::<toml::Table>(text).ok())
        .filter_map(|table| table.get("entity")?.as_str().map(str::to_owned))
        .collect();
    entities.sort();
    entities.dedup();
    entities
}

/// Kinds of effects that the policies of an entity lead to besides the ordinary ones: because they let money or goods leave before
/// goods are back, or because the ERP is asked what was invoiced.
pub(super) fn more_kinds(config: &Config, entity: &str) -> Vec<EffectKind> {
    let (documents, _) = documents(config);
    let tables = documents
        .iter()
        .filter_map(|(_, text)| toml::from_str::<toml::Table>(text).ok())
        .filter(|table| table.get("entity").and_then(|it| it.as_str()) == Some(entity));
    let mut kinds = Vec::new();
    for table in tables {
        let facts = table.get("invoice_facts");
        let asks = facts.and_then(|facts| facts.get("ask_when_missing"));
        if asks.and_then(toml::Value::as_bool) == Some(true) {
            kinds.push(EffectKind::InvoiceFacts);
        }
        let is_replaced = table.contains_key("advance_replacement");
        if is_replaced || table.contains_key("advance_credit") {
            kinds.extend([
                EffectKind::ErpRecoveryInvoice,
                EffectKind::ErpRecoveryReversal,
            ]);
        }
        if is_replaced {
            kinds.push(EffectKind::ReplacementOrder);
        }
    }
    kinds.sort_unstable();
    kinds.dedup();
    kinds
}

/// Policy files that can be read: name and text.
pub fn files(config: &Config) -> Vec<(String, String)> {
    documents(config).0
}

fn documents(config: &Config) -> (Vec<(String, String)>, Report) {
    let mut documents = Vec::new();
    let mut report = Report::default();
    for file in &config.policy.files {
        let path = config.path(file);
        match std::fs::read_to_string(&path) {
            Ok(text) => documents.push((file.display().to_string(), text)),
            Err(error) => report.problem(
                "policy.files",
                format!("{} cannot be read: {error}", path.display()),
                "give a path relative to the configuration file",
            ),
        }
    }
    (documents, report)
}
