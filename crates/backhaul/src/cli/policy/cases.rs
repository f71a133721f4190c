//! A table of cases as written: facts, and what is expected of a policy.

use std::path::{Path, PathBuf};

use canonical::{Condition, Currency, DispositionAction, Liability, Qty, Reason, ReturnType};
use jiff::civil::Date;
use serde::Deserialize;
use toml::Spanned;
use toml::value::Datetime;
use workflow::policy::{ApprovalTrigger, Facts, FreightCredit, Further, Question, Requested};

use super::Ended;

/// The file.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    policy: Option<PathBuf>,
    #[serde(default)]
    given: toml::Table,
    #[serde(default, rename = "case")]
    cases: Vec<Spanned<Written>>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    name: String,
    #[serde(default)]
    given: toml::Table,
    expect: Expected,
}

/// What is expected. A word in place of a value: "exception".
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Expected {
    window: Option<toml::Value>,
    credit_percent: Option<toml::Value>,
    restocking_fee: Option<toml::Value>,
    outbound_freight: Option<toml::Value>,
    return_label: Option<toml::Value>,
    approval: Option<toml::Value>,
    #[serde(default)]
    rules: std::collections::BTreeMap<String, String>,
}

/// Facts as written.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Given {
    #[serde(default)]
    customer: String,
    segment: Option<String>,
    #[serde(default)]
    channel: String,
    #[serde(default)]
    item: String,
    reason: Reason,
    return_type: Option<ReturnType>,
    site: Option<String>,
    ship_from: Option<String>,
    currency: Option<Currency>,
    requested_on: Option<Datetime>,
    invoice_date: Option<Datetime>,
    has_invoice: Option<bool>,
    invoiced_minor: Option<i64>,
    claimed_minor: Option<i64>,
    quantity: Option<i64>,
    has_evidence: Option<bool>,
    supplier: Option<String>,
    action: Option<DispositionAction>,
    liability: Option<Liability>,
    condition: Option<Condition>,
    #[serde(default)]
    pub(super) gross_minor: i64,
    #[serde(default)]
    pub(super) triggers: Vec<ApprovalTrigger>,
}

/// A case.
#[derive(Debug)]
pub(super) struct Case {
    /// Line of the file.
    pub(super) line: usize,
    pub(super) name: String,
    pub(super) given: Given,
    /// What is asked, and the answer and the rule that are expected.
    pub(super) expect: Vec<Expectation>,
}

/// What is expected of a question; nothing is compared where nothing is expected.
#[derive(Debug)]
pub(super) struct Expectation {
    pub(super) question: Question,
    pub(super) answer: Option<String>,
    pub(super) rule: Option<String>,
}

/// The answer that stands for none.
pub(super) const EXCEPTION: &str = "exception";

/// The answer when a policy does not speak of freight: none is credited.
pub(super) const NO_FREIGHT: &str = "none";

/// The answer when a policy does not speak of labels: none is charged.
pub(super) const NO_LABEL: &str = "0";

/// The answer when nobody must approve.
pub(super) const NOBODY: &str = "nobody";

/// The policy that a table names, and its cases.
pub(super) fn read(path: &Path) -> Result<(Option<PathBuf>, Vec<Case>), Ended> {
    let name = path.display();
    let text = std::fs::read_to_string(path)
        .map_err(|error| Ended::Failed(format!("{name} cannot be read: {error}")))?;
    let line_of = |at: usize| {
        let before = text.get(..at).unwrap_or_default();
        before.matches('\n').count() + 1
    };
    let file: File = toml::from_str(&text).map_err(|error| {
        let at = error.span().map_or(0, |span| span.start);
        let what = error.message().trim().replace('\n', ", ");
        Ended::Wrong(format!("{name}:{}: {what}", line_of(at)))
    })?;
    if file.cases.is_empty() {
        return Err(Ended::Wrong(format!(
            "{name} has no cases: write [[case]] with name, given and expect"
        )));
    }
    let mut cases = Vec::new();
    for written in file.cases {
        let line = line_of(written.span().start);
        let case = written.into_inner();
        let wrong =
            |what: String| Ended::Wrong(format!("{name}:{line} case {:?}: {what}", case.name));
        let mut facts = file.given.clone();
        facts.extend(case.given.clone());
        let given: Given = facts
            .try_into()
            .map_err(|error: toml::de::Error| wrong(format!("given: {}", error.message())))?;
        let expect = expectations(&case.expect).map_err(wrong)?;
        cases.push(Case {
            line,
            name: case.name.clone(),
            given,
            expect,
        });
    }
    let folder = path.parent().unwrap_or_else(|| Path::new(""));
    Ok((file.policy.map(|policy| folder.join(policy)), cases))
}

fn expectations(expected: &Expected) -> Result<Vec<Expectation>, String> {
    if let Some(word) = expected.rules.keys().find(|word| {
        Question::ALL
            .iter()
            .all(|question| question.word() != word.as_str())
    }) {
        return Err(format!("rules: {word} is no question of a policy"));
    }
    let mut found = Vec::new();
    for question in Question::ALL {
        let written = match question {
            Question::Window => &expected.window,
            Question::CreditPercent => &expected.credit_percent,
            Question::RestockingFee => &expected.restocking_fee,
            Question::OutboundFreight => &expected.outbound_freight,
            Question::ReturnLabel => &expected.return_label,
            Question::Approval => &expected.approval,
        };
        let answer = written
            .as_ref()
            .map(|value| answer(question, value))
            .transpose()?;
        let rule = expected.rules.get(question.word()).cloned();
        if answer.is_some() || rule.is_some() {
            found.push(Expectation {
                question,
                answer,
                rule,
            });
        }
    }
    if found.is_empty() {
        return Err("it expects nothing".to_owned());
    }
    Ok(found)
}

/// An expected answer as the policy's own is written.
fn answer(question: Question, value: &toml::Value) -> Result<String, String> {
    let word = question.word();
    match (question, value) {
        (_, toml::Value::String(text)) if text == EXCEPTION => Ok(EXCEPTION.to_owned()),
        (Question::Window, toml::Value::Integer(days)) => Ok(days.to_string()),
        (Question::OutboundFreight, toml::Value::String(text)) if is_freight(text) => {
            Ok(text.clone())
        }
        (Question::OutboundFreight, _) => Err(format!(
            "{word}: write \"with_units\", \"when_all_came_back\" or \"none\", or \"{EXCEPTION}\""
        )),
        (
            Question::CreditPercent | Question::RestockingFee | Question::ReturnLabel,
            toml::Value::Integer(number),
        ) => Ok(number.to_string()),
        (
            Question::CreditPercent | Question::RestockingFee | Question::ReturnLabel,
            toml::Value::String(text),
        ) => in_number(text).map_err(|error| format!("{word}: {error}")),
        (Question::Approval, toml::Value::Array(list)) => {
            let roles = list.iter().map(|role| role.as_str().map(str::to_owned));
            let roles: Option<Vec<String>> = roles.collect();
            roles
                .map(in_words)
                .ok_or_else(|| format!("{word}: write roles, or [] for nobody"))
        }
        (Question::Window, _) => Err(format!("{word}: write days, or \"{EXCEPTION}\"")),
        (Question::Approval, _) => Err(format!("{word}: write [\"role\"], or \"{EXCEPTION}\"")),
        _ => Err(format!(
            "{word}: write \"15\" or \"15.5\", or \"{EXCEPTION}\""
        )),
    }
}

fn is_freight(text: &str) -> bool {
    let words = [
        FreightCredit::WithUnits,
        FreightCredit::WhenAllCameBack,
        FreightCredit::None,
    ];
    words.iter().any(|word| word.word() == text)
}

/// A decimal, written as all others: 12.50 is 12.5.
pub(super) fn in_number(text: &str) -> Result<String, String> {
    let number = text.parse::<Qty>();
    number
        .map(|number| number.to_string())
        .map_err(|error| error.to_string())
}

/// Roles in order, each once.
pub(super) fn in_words(mut roles: Vec<String>) -> String {
    roles.sort();
    roles.dedup();
    if roles.is_empty() {
        NOBODY.to_owned()
    } else {
        roles.join(", ")
    }
}

impl Given {
    /// As the policy is asked.
    pub(super) fn facts(&self) -> Facts<'_> {
        let invoice_date = day(self.invoice_date.as_ref());
        Facts {
            customer: &self.customer,
            segment: self.segment.as_deref(),
            channel: &self.channel,
            sku: &self.item,
            reason: self.reason,
            action: self.action,
            liability: self.liability,
            condition: self.condition,
            further: Further {
                return_type: self.return_type,
                site: self.site.as_deref(),
                ship_from: self.ship_from.as_deref(),
                currency: self.currency,
                requested: day(self.requested_on.as_ref()).map(Requested::On),
                has_invoice: self.has_invoice.or_else(|| invoice_date.map(|_| true)),
                invoice_date,
                invoiced_minor: self.invoiced_minor,
                claimed_minor: self.claimed_minor,
                quantity: self.quantity,
                has_evidence: self.has_evidence,
                supplier: self.supplier.as_deref(),
            },
        }
    }
}

fn day(written: Option<&Datetime>) -> Option<Date> {
    written?.date?.to_string().parse().ok()
}
