//! `backhaul policy test`

use std::path::PathBuf;

use canonical::Money;
use clap::Args;
use serde_json::{Value, json};
use workflow::policy::{Policy, Question, Unanswered};

use super::cases::{self, Case, EXCEPTION, Expectation, Given};
use super::{Ended, of_file, output};

/// Arguments of `policy test`.
#[derive(Debug, Args)]
#[command(after_help = "\
The table is TOML: policy = \"us01.toml\" beside it, [given] with facts of every case, then
  [[case]]
  name = \"a key account sends it back late\"
  given = { segment = \"key_account\", reason = \"EXCESS_STOCK\", action = \"RESTOCK\", liability = \"CUSTOMER\" }
  expect = { window = 90, credit_percent = \"100\", restocking_fee = \"15\", rules = { window = \"window-key-account\" } }
Further: outbound_freight = \"with_units\" (\"when_all_came_back\", \"none\"), return_label = \"12.00\",
approval = [\"finance_manager\"] with gross_minor and triggers given, and \"exception\" for what has no answer.
Exit codes: 2 if an expectation is not met

Examples:
  backhaul policy test deploy/policy/us01.cases.toml
  backhaul policy test us01.cases.toml --policy us01-next.toml --json")]
pub struct TestArgs {
    /// The table of cases
    #[arg(value_name = "FILE")]
    table: PathBuf,
    /// Ask this policy instead of the one that the table names
    #[arg(long, value_name = "FILE")]
    policy: Option<PathBuf>,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

/// A question of a case, and how it was answered.
struct Asked<'a> {
    case: &'a Case,
    expected: &'a Expectation,
    answer: String,
    rules: Vec<String>,
    /// Why there is no answer.
    why: String,
}

impl Asked<'_> {
    fn is_met(&self) -> bool {
        let answer = self.expected.answer.as_ref();
        let rule = self.expected.rule.as_ref();
        answer.is_none_or(|answer| *answer == self.answer)
            && rule.is_none_or(|rule| self.rules.contains(rule))
    }

    fn expected(&self) -> String {
        let rule = self.expected.rule.as_ref().map(|rule| format!("by {rule}"));
        let words = self.expected.answer.clone().into_iter().chain(rule);
        words.collect::<Vec<_>>().join(" ")
    }
}

pub(super) fn run(args: &TestArgs) -> Result<(), Ended> {
    let (named, cases) = cases::read(&args.table)?;
    let file = args.policy.clone().or(named).ok_or_else(|| {
        let table = args.table.display();
        Ended::Wrong(format!(
            "{table} names no policy: write policy = \"FILE\", or give --policy"
        ))
    })?;
    let policy = of_file(&file)?;
    let mut asked = Vec::new();
    for case in &cases {
        for expected in &case.expect {
            let answer = answer(&policy, expected.question, &case.given);
            let why = answer.as_ref().err();
            let why = why.map_or_else(String::new, |why| why.told(expected.question));
            let (answer, rules) = answer.unwrap_or_else(|_| (EXCEPTION.to_owned(), Vec::new()));
            asked.push(Asked {
                case,
                expected,
                answer,
                rules,
                why,
            });
        }
    }
    let differ = asked.iter().filter(|asked| !asked.is_met()).count();
    if args.json {
        output::json(&value(&policy, &asked, differ))?;
    } else {
        print(args, &asked)?;
    }
    let (all, version) = (asked.len(), &policy.version);
    if differ > 0 {
        return Err(Ended::Wrong(format!(
            "{differ} of {all} expectations are not met by policy {version}"
        )));
    }
    if args.json {
        return Ok(());
    }
    output::line(format!(
        "all {all} expectations are met by policy {version}"
    ))
}

/// The answer as a table writes it, and the rules that gave it.
fn answer(
    policy: &Policy,
    question: Question,
    given: &Given,
) -> Result<(String, Vec<String>), Unanswered> {
    let facts = given.facts();
    match question {
        Question::Window => {
            let ruled = policy.window_days(&facts)?;
            Ok((ruled.value.to_string(), vec![ruled.rule_id]))
        }
        Question::CreditPercent => {
            let ruled = policy.credit_percent(&facts)?;
            Ok((ruled.value.to_string(), vec![ruled.rule_id]))
        }
        Question::RestockingFee => {
            let ruled = policy.restocking_fee(&facts)?;
            Ok((ruled.value.percent.to_string(), vec![ruled.rule_id]))
        }
        Question::OutboundFreight => Ok(match policy.outbound_freight(&facts)? {
            Some(ruled) => (ruled.value.word().to_owned(), vec![ruled.rule_id]),
            None => (cases::NO_FREIGHT.to_owned(), Vec::new()),
        }),
        Question::ReturnLabel => Ok(match policy.return_label(&facts)? {
            Some(ruled) => {
                let amount = Money::new(ruled.value.amount_minor, policy.base_currency).decimal();
                let amount = cases::in_number(&amount).unwrap_or(amount);
                (amount, vec![ruled.rule_id])
            }
            None => (cases::NO_LABEL.to_owned(), Vec::new()),
        }),
        Question::Approval => {
            let demands = policy.approvals(given.gross_minor, &[facts], &given.triggers)?;
            let roles = demands.iter().map(|(_, need)| need.role.clone()).collect();
            let mut rules: Vec<String> = demands.into_iter().map(|(rule, _)| rule).collect();
            rules.dedup();
            Ok((cases::in_words(roles), rules))
        }
    }
}

fn print(args: &TestArgs, asked: &[Asked<'_>]) -> Result<(), Ended> {
    let file = args.table.file_name().unwrap_or_default().to_string_lossy();
    let rows = asked.iter().map(|asked| {
        let found = if asked.why.is_empty() {
            asked.answer.clone()
        } else {
            format!("{}: {}", asked.answer, asked.why.trim_end_matches(','))
        };
        vec![
            format!("{file}:{}", asked.case.line),
            asked.case.name.clone(),
            asked.expected.question.word().to_owned(),
            asked.expected(),
            found,
            asked.rules.join(", "),
            if asked.is_met() { "" } else { "differs" }.to_owned(),
        ]
    });
    let header = ["line", "case", "question", "expected", "found", "by", ""];
    output::table(&header, rows.collect(), "nothing is expected")
}

fn value(policy: &Policy, asked: &[Asked<'_>], differ: usize) -> Value {
    let rows: Vec<Value> = asked
        .iter()
        .map(|asked| {
            json!({
                "line": asked.case.line, "case": asked.case.name,
                "question": asked.expected.question.word(),
                "expected": asked.expected.answer, "expected_rule": asked.expected.rule,
                "found": asked.answer, "rule_ids": asked.rules, "why": asked.why, "met": asked.is_met(),
            })
        })
        .collect();
    json!({ "policy_version": policy.version, "differ": differ, "expectations": rows })
}
