//! What would become of a request, without asking for it: the same decision, with nothing written.

use canonical::calculation::Calculation;
use canonical::header::ReturnRequest;
use canonical::{
    CommandData, DenialReason, DispositionAction, Event, EventData, ExceptionCode, Lifecycle,
    MessageKey, Qty, ReturnName,
};

use crate::apply::apply;
use crate::claims::invoice_line;
use crate::credit::{SliceInput, calculate};
use crate::eligibility::{self, Eligibility};
use crate::request;
use crate::state::ReturnState;
use crate::step::{Given, Step};
use crate::work::Work;

/// What would become of a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outlook {
    /// It would be authorised.
    Eligible,
    /// A person would be asked; why, and which roles.
    NeedsApproval {
        /// Why.
        why: String,
        /// Roles that would have to agree.
        roles: Vec<String>,
    },
    /// It would be declined.
    Declined(DenialReason),
    /// Nobody could decide; what is missing.
    Undecided {
        /// Exception that would be opened; `MASTER_DATA_MISSING` while the ERP's answer is what is missing.
        code: String,
        /// What, and what to do.
        reason: String,
    },
}

/// How much of an invoice line is left for a line of the request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LineOutlook {
    /// Line of the request.
    pub line_no: u32,
    /// What it asks for, in base units.
    pub requested: Qty,
    /// What the invoice line says, in base units; none without a frozen invoice line.
    pub invoiced: Option<Qty>,
    /// What no other return holds of it, in base units.
    pub available: Option<Qty>,
}

/// The answer to a request that is not made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Precheck {
    /// What would become of it.
    pub outlook: Outlook,
    /// Its lines.
    pub lines: Vec<LineOutlook>,
    /// Policy that would hold; empty if none does.
    pub policy_version: String,
    /// The credit if everything came back fit for stock; none when the policy cannot say.
    pub expected: Option<Calculation>,
}

/// Looks at a request as [`apply`] would, with the same surroundings, and says what it finds.
pub fn precheck(request: &ReturnRequest, given: &Given<'_>) -> Precheck {
    let event = Event {
        key: MessageKey::derive(&["return-request", &request.system, &request.request_id]),
        subject: ReturnName::External {
            system: request.system.clone(),
            value: request.request_id.clone(),
        },
        occurred_at: request.requested_at,
        data: EventData::ReturnRequested(Box::new(request.clone())),
    };
    let before = Work::new(request::fresh(request, given), *given, event.key.as_str());
    let step = apply(None, &event, given);
    let policy = before.policy();
    Precheck {
        outlook: outlook(&before, &step),
        lines: lines(request, &before.state, given),
        policy_version: policy.map(|p| p.version.clone()).unwrap_or_default(),
        expected: step.state.as_ref().and_then(|state| {
            let slices = slices(state);
            calculate(&state.header, &slices, policy?, 1, given.now)
                .ok()
                .flatten()
        }),
    }
}

fn outlook(before: &Work<'_>, step: &Step) -> Outlook {
    let Some(state) = &step.state else {
        return undecided(step);
    };
    match state.lifecycle() {
        Lifecycle::Requested => undecided(step),
        Lifecycle::Declined => Outlook::Declined(state.denial().unwrap_or(DenialReason::MoreInfo)),
        Lifecycle::PendingAuthorization => {
            let why = match eligibility::evaluate(before) {
                Eligibility::NeedsApproval { why } => why,
                _ => "the policy asks for an approval".to_owned(),
            };
            let required = state.open_approvals().flat_map(|a| &a.required);
            let mut roles: Vec<String> = required.map(|need| need.role.clone()).collect();
            roles.sort();
            roles.dedup();
            Outlook::NeedsApproval { why, roles }
        }
        Lifecycle::Authorized
        | Lifecycle::InProgress
        | Lifecycle::Settled
        | Lifecycle::Closed
        | Lifecycle::Cancelled
        | Lifecycle::Expired => Outlook::Eligible,
    }
}

fn undecided(step: &Step) -> Outlook {
    let first = step.exceptions.first();
    Outlook::Undecided {
        code: first
            .map_or(ExceptionCode::MasterDataMissing, |raised| raised.code)
            .word()
            .to_owned(),
        reason: first.map_or_else(|| waits_for(step), |e| e.reason.clone()),
    }
}

/// What a request waits for of which nothing is wrong.
fn waits_for(step: &Step) -> String {
    let asked = step.plan.iter().filter_map(|planned| {
        let CommandData::ReadInvoice(question) = &planned.command.data else {
            return None;
        };
        Some(question.document.as_str())
    });
    let asked: Vec<&str> = asked.collect();
    if asked.is_empty() {
        return "it cannot be decided".to_owned();
    }
    format!(
        "it is decided when the ERP has told what was invoiced on {}: ask for the return, or tell it with the request",
        asked.join(", ")
    )
}

fn lines(request: &ReturnRequest, state: &ReturnState, given: &Given<'_>) -> Vec<LineOutlook> {
    let of = |line: &crate::state::LineState| {
        let invoiced = line.line.invoiced.as_ref().map(|i| i.base_qty);
        let name = line.line.invoice_ref.as_ref();
        let name = name.map(|invoice| invoice_line(&request.legal_entity, invoice));
        let held: i64 = given
            .claims
            .iter()
            .filter(|c| Some(&c.invoice_line) == name.as_ref())
            .filter(|c| c.return_id != state.return_id())
            .map(|c| c.to.millionths().saturating_sub(c.from.millionths()))
            .fold(0, i64::saturating_add);
        LineOutlook {
            line_no: line.line.line_no,
            requested: line.base,
            invoiced,
            available: name
                .and(invoiced)
                .map(|all| all.minus_floor(Qty::from_millionths(held))),
        }
    };
    state.lines().iter().map(of).collect()
}

/// Every reserved unit, as if it had come back fit for stock.
fn slices(state: &ReturnState) -> Vec<SliceInput<'_>> {
    let mut slices = Vec::new();
    for line in &state.lines {
        slices.extend(line.claims.iter().map(|(from, to)| SliceInput {
            line: &line.line,
            disposition_id: "expected/1".to_owned(),
            position_from: *from,
            position_to: *to,
            action: DispositionAction::Restock,
            condition: None,
            liability: line.line.reason.default_liability(),
        }));
    }
    slices
}
