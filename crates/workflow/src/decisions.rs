//! What a policy decides about a return: each question that the return puts to it, asked again. The same for the policy that
//! the return is under and for any other.

use canonical::approval::{ApprovalAmount, ApprovalSubject, Requirement};
use canonical::{Money, ReturnType};

use crate::authorize;
use crate::correct;
use crate::eligibility;
use crate::exposure;
use crate::money_state::{CreditRecord, CreditState, Slice, SliceCredit};
use crate::policy::{ApprovalTrigger, Facts, Fee, Policy, Question, Ruled, Trace, Unanswered};
use crate::release;
use crate::rule::{facts, slices_of};
use crate::state::ReturnState;
use crate::worth;

/// A question of a return, and the policy's answer.
#[derive(Debug, Clone)]
pub struct Decision<'a> {
    /// What it is about: "line 1", "line 1, D1/1", "credit 1".
    pub about: String,
    /// The question.
    pub question: Question,
    /// The answer, for people; or why there is none.
    pub answer: Result<String, Unanswered>,
    /// Rules that gave it.
    pub rule_ids: Vec<String>,
    facts: Vec<Facts<'a>>,
    gross_minor: Option<i64>,
    triggers: Vec<ApprovalTrigger>,
}

impl Decision<'_> {
    /// Why the policy answers so.
    pub fn trace(&self, policy: &Policy) -> Trace {
        policy.trace(self.question, &self.facts, self.gross_minor, &self.triggers)
    }
}

/// Every question that the return puts to a policy as it stands: the window of each line, who may allow it outside, credit,
/// fee, freight and label of what was disposed, who must approve each credit.
pub fn decisions<'a>(state: &'a ReturnState, policy: &Policy) -> Vec<Decision<'a>> {
    let mut found = windows(state, policy);
    for slice in state.slices.iter().filter(|slice| is_asked_about(slice)) {
        let Some(facts) = facts(state, slice) else {
            continue;
        };
        let about = match slice.of() {
            of if of.is_empty() => format!("line {}", slice.line_no),
            of => format!("line {}, {of}", slice.line_no),
        };
        let percent = policy.credit_percent(&facts);
        let credited = percent.as_ref().is_ok_and(|ruled| !ruled.value.is_zero());
        found.push(of_rule(
            about.clone(),
            Question::CreditPercent,
            facts,
            percent,
            |percent| format!("{percent} %"),
        ));
        if credited {
            let fee = policy.restocking_fee(&facts);
            found.push(of_rule(
                about.clone(),
                Question::RestockingFee,
                facts,
                fee,
                |fee| told(fee, policy),
            ));
            found.extend(freight_and_label(about, facts, policy));
        }
    }
    for (group, amounts) in worth::calculated(state, policy) {
        let amounts = amounts.ok();
        found.extend(amounts.and_then(|amounts| approval(state, policy, (&group, amounts))));
    }
    found
}

/// Freight and label, as far as the policy speaks of them.
fn freight_and_label<'a>(about: String, facts: Facts<'a>, policy: &Policy) -> Vec<Decision<'a>> {
    let mut found = Vec::new();
    if let Some(freight) = policy.outbound_freight(&facts).transpose() {
        let question = Question::OutboundFreight;
        found.push(of_rule(about.clone(), question, facts, freight, |credit| {
            credit.word().to_owned()
        }));
    }
    if let Some(label) = policy.return_label(&facts).transpose() {
        found.push(of_rule(
            about,
            Question::ReturnLabel,
            facts,
            label,
            |label| {
                let amount = Money::new(label.amount_minor, policy.base_currency);
                match label.amount_minor {
                    0 => "no charge".to_owned(),
                    _ => format!("{amount} once per return, {}", label.tax_treatment),
                }
            },
        ));
    }
    found
}

fn windows<'a>(state: &'a ReturnState, policy: &Policy) -> Vec<Decision<'a>> {
    let mut found = Vec::new();
    let mut is_late = state.header.return_type == ReturnType::Blind;
    for line in &state.lines {
        let facts = Facts::of(&state.header, &line.line);
        let days = policy.window_days(&facts);
        let late = (days.as_ref())
            .is_ok_and(|days| eligibility::is_outside(state, &line.line, days.value));
        is_late |= late;
        let about = format!("line {}", line.line.line_no);
        found.push(of_rule(about, Question::Window, facts, days, |days| {
            format!(
                "{days} days: asked {}",
                if late { "too late" } else { "in time" }
            )
        }));
    }
    if is_late {
        let lines = state.lines.iter();
        let facts = lines
            .map(|line| Facts::of(&state.header, &line.line))
            .collect();
        let triggers = vec![authorize::trigger(state)];
        found.push(of_approvals(
            "request".to_owned(),
            policy,
            facts,
            0,
            triggers,
        ));
    }
    found
}

fn of_rule<T>(
    about: String,
    question: Question,
    facts: Facts<'_>,
    ruled: Result<Ruled<T>, Unanswered>,
    told: impl Fn(&T) -> String,
) -> Decision<'_> {
    Decision {
        about,
        question,
        rule_ids: ruled.iter().map(|ruled| ruled.rule_id.clone()).collect(),
        answer: ruled.map(|ruled| told(&ruled.value)),
        facts: vec![facts],
        gross_minor: None,
        triggers: Vec::new(),
    }
}

fn of_approvals<'a>(
    about: String,
    policy: &Policy,
    facts: Vec<Facts<'a>>,
    gross_minor: i64,
    triggers: Vec<ApprovalTrigger>,
) -> Decision<'a> {
    let demands = policy.approvals(gross_minor, &facts, &triggers);
    let mut rule_ids: Vec<String> = demands.iter().flatten().map(|(id, _)| id.clone()).collect();
    rule_ids.dedup();
    Decision {
        about,
        question: Question::Approval,
        answer: demands.map(|demands| who(&demands)),
        rule_ids,
        facts,
        gross_minor: Some(gross_minor),
        triggers,
    }
}

/// Roles, as the approval would list them.
fn who(demands: &[(String, Requirement)]) -> String {
    let needs = demands.iter().map(|(_, need)| match need.min_count {
        1 => need.role.clone(),
        count => format!("{count} × {}", need.role),
    });
    let mut needs: Vec<String> = needs.collect();
    needs.sort();
    needs.dedup();
    if needs.is_empty() {
        "nobody".to_owned()
    } else {
        needs.join(", ")
    }
}

fn told(fee: &Fee, policy: &Policy) -> String {
    if fee.percent.is_zero() {
        return "no fee".to_owned();
    }
    let bound = |word: &str, minor: Option<i64>| {
        let money = minor.map(|minor| Money::new(minor, policy.base_currency));
        money.map_or_else(String::new, |money| format!(", {word} {money}"))
    };
    format!(
        "{} %{}{}, {}",
        fee.percent,
        bound("at least", fee.min_minor),
        bound("at most", fee.max_minor),
        fee.tax_treatment
    )
}

/// True if the policy says what is credited for it: not while a later inspection decides, nor for what came beyond the
/// authorised quantity, was replaced or credited in advance, or whose credit was taken back.
fn is_asked_about(slice: &Slice) -> bool {
    let by_others = matches!(
        slice.credit,
        SliceCredit::Provisional
            | SliceCredit::Replaced
            | SliceCredit::Advanced
            | SliceCredit::Reversed
    );
    slice.at.is_some() && !by_others
}

/// Slices that are credited together.
pub(crate) enum Group<'a> {
    /// As a credit of the return has them.
    Credit(&'a CreditRecord),
    /// What is in no credit.
    Rest(Vec<usize>),
}

impl Group<'_> {
    pub(crate) fn about(&self) -> String {
        match self {
            Self::Credit(credit) => format!("credit {}", credit.version),
            Self::Rest(_) => "what is not credited".to_owned(),
        }
    }

    pub(crate) fn slices(&self, state: &ReturnState) -> Vec<usize> {
        match self {
            Self::Credit(credit) => slices_of(state, credit.version),
            Self::Rest(slices) => slices.clone(),
        }
    }
}

/// How the slices of a return are put together: as in its credits, and all others as one more. Not those whose credit
/// somebody refused or took back.
pub(crate) fn groups(state: &ReturnState) -> Vec<Group<'_>> {
    let is_live = |credit: &&CreditRecord| {
        let is_over = matches!(
            credit.state,
            CreditState::Superseded | CreditState::Refused | CreditState::Reversed
        );
        let has_goods = !slices_of(state, credit.version).is_empty();
        !is_over && (has_goods || exposure::is_advance(state, credit.version))
    };
    let mut groups: Vec<Group<'_>> = (state.credits.iter())
        .filter(is_live)
        .map(Group::Credit)
        .collect();
    let rest = state.slices.iter().enumerate();
    let rest: Vec<usize> = rest
        .filter(|(_, slice)| slice.calc_version.is_none() && is_asked_about(slice))
        .map(|(index, _)| index)
        .collect();
    if !rest.is_empty() {
        groups.push(Group::Rest(rest));
    }
    groups
}

/// Who must approve a credit under a policy; none while nobody can say what it is worth in the policy's currency. The other credits that were added up when it was asked for are added up again.
fn approval<'a>(
    state: &'a ReturnState,
    policy: &Policy,
    (group, (gross, payable)): (&Group<'_>, (i64, i64)),
) -> Option<Decision<'a>> {
    (payable > 0).then_some(())?;
    let credit = match group {
        Group::Credit(credit) => Some(*credit),
        Group::Rest(_) => None,
    };
    let corrected = credit.filter(|credit| credit.corrects.is_some());
    let slices = group.slices(state);
    let slices: Vec<&Slice> = (slices.iter())
        .filter_map(|index| state.slices.get(*index))
        .collect();
    let is_advance = slices.is_empty();
    let facts = release::asked_with(state, &slices, is_advance);
    let triggers = release::triggers(state, &slices, corrected.is_some());
    let base = |minor| release::gross_in_base(state, policy, minor).ok();
    let less = corrected.map_or(0, |credit| gross.saturating_sub(posted(state, credit)));
    if less < 0 {
        return Some(of_less(
            group.about(),
            policy,
            facts,
            (base(less.saturating_abs())?, triggers),
        ));
    }
    let counted = match credit {
        Some(credit) if credit.corrects.is_some() => base(correct::in_all(state, credit.version))?,
        Some(credit) => asked(state, credit).map_or(0, |amount| amount.gross_minor),
        None => 0,
    };
    let others = credit.and_then(|credit| asked(state, credit));
    let others = others.map_or(0, |amount| {
        amount.compared_minor.saturating_sub(counted).max(0)
    });
    let gross = base(gross)?.saturating_add(others);
    Some(of_approvals(group.about(), policy, facts, gross, triggers))
}

/// What was compared when somebody was asked to approve a credit.
fn asked(state: &ReturnState, credit: &CreditRecord) -> Option<ApprovalAmount> {
    let id = credit.approval_id.as_ref()?;
    let mut approvals = state.approvals.iter();
    let asked = approvals
        .find(|asked| asked.subject == ApprovalSubject::Calc && asked.approval_id == *id)?;
    asked.amount
}

/// What was posted of a memo in all before it was corrected, minor units.
fn posted(state: &ReturnState, correction: &CreditRecord) -> i64 {
    correct::in_all(state, correction.version).saturating_sub(correction.gross_minor)
}

/// Who must approve that a part of a memo is taken back: compared is what is taken back, and somebody always must.
fn of_less<'a>(
    about: String,
    policy: &Policy,
    facts: Vec<Facts<'a>>,
    (less, triggers): (i64, Vec<ApprovalTrigger>),
) -> Decision<'a> {
    let found = of_approvals(about, policy, facts, less, triggers);
    if found.answer.is_err() || !found.rule_ids.is_empty() {
        return found;
    }
    let exception = vec![ApprovalTrigger::PolicyException];
    of_approvals(found.about, policy, found.facts, 0, exception)
}
