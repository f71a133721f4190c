//! Reads the rules of approval, and makes sure that no amount and no trigger is left without one.

use canonical::Currency;
use canonical::approval::Requirement;
use toml::Spanned;

use super::approval::{ApprovalRule, ApprovalTrigger, Ground};
use super::document::{Approval, Need};
use super::expression::Question;
use super::reader::Reader;

/// All rules. A ladder that does not begin at zero, and a trigger that nobody answers, are problems: an approval that is
/// not demanded must be written down as such (`need = []`), never follow from silence.
pub(super) fn read(
    reader: &mut Reader<'_>,
    written: Vec<Spanned<Approval>>,
    currency: Currency,
) -> Vec<ApprovalRule> {
    let mut rules: Vec<ApprovalRule> = Vec::new();
    for rule in written {
        let place = reader.rule_place(&rule.span(), &rule.get_ref().id);
        let Some(rule) = read_rule(reader, &place, rule.into_inner(), currency) else {
            continue;
        };
        let same_rung = rules
            .iter()
            .find(|other| matches!(rule.ground, Ground::Amount(_)) && other.ground == rule.ground);
        if let Some(other) = same_rung {
            let what = format!("rules {:?} and {:?} are the same rung", other.id, rule.id);
            reader.problem(
                &place,
                what,
                "write everybody who must approve into one of them",
            );
        }
        rules.push(rule);
    }
    if reader.problems.is_empty() {
        complete(reader, &rules);
    }
    rules
}

fn complete(reader: &mut Reader<'_>, rules: &[ApprovalRule]) {
    let place = reader.place(&(0..0));
    if !rules.iter().any(|rule| rule.ground == Ground::Amount(0)) {
        let what = "no rule of approval speaks of small amounts".to_owned();
        let fix = "add one with gross_over = \"0\"; need = [] if nobody must approve";
        reader.problem(&place, what, fix);
    }
    let must_be_said = |trigger: &&ApprovalTrigger| trigger.falls_to().is_none();
    for trigger in ApprovalTrigger::ALL.iter().filter(must_be_said) {
        if !(rules.iter()).any(|rule| rule.ground == Ground::Trigger(*trigger)) {
            let word = trigger.word();
            let what = format!("no rule of approval answers trigger {word}");
            let fix = format!("add one with trigger = {word:?}; need = [] if nobody must approve");
            reader.problem(&place, what, fix);
        }
    }
}

fn read_rule(
    reader: &mut Reader<'_>,
    place: &str,
    rule: Approval,
    currency: Currency,
) -> Option<ApprovalRule> {
    let need = requirements(reader, place, rule.need);
    let over = match rule.gross_over {
        Some(decimal) => Some(reader.amount(place, "gross_over", &decimal, currency)?),
        None => None,
    };
    let when = reader.selector(place, rule.when, Question::Approval)?;
    let ground = match (rule.trigger, over, when.is_any()) {
        (Some(trigger), None, true) => Ground::Trigger(trigger),
        (None, Some(over), true) => Ground::Amount(over),
        // Below zero, so that a credit of nothing is picked too when the rule names no amount.
        (None, over, false) => Ground::Facts(Box::new(when), over.unwrap_or(-1)),
        (Some(_), _, _) => {
            let what = "a rule with a trigger also has gross_over or when".to_owned();
            reader.problem(
                place,
                what,
                "a trigger counts whatever the amount and the facts",
            );
            return None;
        }
        (None, None, true) => {
            let what = "the rule does not say when it counts".to_owned();
            reader.problem(place, what, "give it gross_over, when or trigger");
            return None;
        }
    };
    Some(ApprovalRule {
        id: rule.id,
        ground,
        need,
    })
}

fn requirements(reader: &mut Reader<'_>, place: &str, need: Vec<Need>) -> Vec<Requirement> {
    let mut required: Vec<Requirement> = Vec::new();
    for Need { role, count } in need {
        if role.trim().is_empty() || count == 0 {
            let what = format!("role {role:?} is needed {count} times");
            reader.problem(
                place,
                what,
                "name a role and how many people of it, at least one",
            );
        } else if required.iter().any(|have| have.role == role) {
            let what = format!("role {role:?} is named twice");
            reader.problem(place, what, "name it once with count = 2 for two people");
        } else {
            required.push(Requirement {
                role,
                min_count: count,
                limit_minor: None,
            });
        }
    }
    required
}
