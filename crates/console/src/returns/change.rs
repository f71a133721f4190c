//! Lines of a return that are to change: what is wrong with them, and whether the workflow would take them.

use std::collections::BTreeSet;

use canonical::event::LineAmendment;
use canonical::line::ReturnLine;
use canonical::{Event, Qty, Reason};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use workflow::{ReturnState, Verdict, apply, invoice_lines_of};

use super::check;
use super::eligibility::{claims, given};
use crate::api::App;
use crate::problem::{FieldError, Problem};

/// What a line is to become.
#[derive(Debug, Clone, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct LineChange {
    /// Line of the return.
    line_no: u32,
    /// Quantity that is asked for now, in the unit of the line, above zero and within what is invoiced; of an authorised return, what
    /// is authorised from now on: no less than what came, 0 for a line of which nothing is to come any more.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    qty_requested: Option<Qty>,
    /// Why it comes back.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    reason: Option<Reason>,
}

impl LineChange {
    /// As the workflow is told.
    pub(super) fn amendment(&self) -> LineAmendment {
        LineAmendment {
            line_no: self.line_no,
            qty_requested: self.qty_requested,
            reason: self.reason,
        }
    }
}

/// True if the lines are so, and those are there that were to be added.
pub(super) fn is_made(state: &ReturnState, changes: &[LineChange], added: &[ReturnLine]) -> bool {
    let has = |line_no: u32| state.lines().iter().any(|l| l.line.line_no == line_no);
    let changed = changes.iter().all(|change| {
        let line = state.lines().iter().map(|line| &line.line);
        let line = line.clone().find(|line| line.line_no == change.line_no);
        line.is_some_and(|line| {
            change.qty_requested.is_none_or(|q| q == line.qty_requested)
                && change.reason.is_none_or(|r| r == line.reason)
        })
    });
    changed && added.iter().all(|line| has(line.line_no))
}

/// What is wrong with the fields is said at once.
pub(super) fn check(
    state: &ReturnState,
    changes: &[LineChange],
    added: &[ReturnLine],
) -> Result<(), Problem> {
    let mut wrong = wrong(state, changes);
    wrong.extend(check::added(added, state.header().currency));
    if wrong.is_empty() {
        return Ok(());
    }
    Err(Problem::invalid(wrong))
}

/// What the workflow would refuse is refused; it decides all the same.
pub(super) async fn may_be_made(
    app: &App,
    state: &ReturnState,
    event: &Event,
) -> Result<(), Problem> {
    let lines = invoice_lines_of(event, Some(state));
    let claims = claims(app, &lines).await?;
    let policies = app.policies();
    let given = given(&policies, &claims, event.occurred_at);
    match apply(Some(state.clone()), event, &given).verdict {
        Verdict::Ignored(why) => Err(Problem::conflict("api.not-allowed-now", why)),
        _ => Ok(()),
    }
}

/// Everything that is wrong with the fields.
fn wrong(state: &ReturnState, changes: &[LineChange]) -> Vec<FieldError> {
    let mut found = Vec::new();
    let mut add = |pointer: String, detail: String| found.push(FieldError { pointer, detail });
    let mut seen = BTreeSet::new();
    let is_authorized = state.header().authorized_at.is_some();
    for (n, change) in changes.iter().enumerate() {
        let (at, no) = (format!("/lines/{n}"), change.line_no);
        if !seen.insert(no) {
            add(format!("{at}/line_no"), format!("line {no} is there twice"));
        }
        let Some(line) = state.lines().iter().find(|line| line.line.line_no == no) else {
            add(
                format!("{at}/line_no"),
                format!("the return has no line {no}"),
            );
            continue;
        };
        let Some(qty) = change.qty_requested else {
            if change.reason.is_none() {
                add(
                    at,
                    "say what is to change: qty_requested, reason".to_owned(),
                );
            }
            continue;
        };
        let at = format!("{at}/qty_requested");
        let may_be_none = is_authorized && qty.is_zero();
        if !qty.is_positive() && !may_be_none {
            add(at, "a quantity is above zero".to_owned());
            continue;
        }
        let invoiced = line.line.invoiced.as_ref().map(|i| i.base_qty);
        match (qty.times(line.line.base_per_uom), invoiced) {
            (None, _) => add(
                at,
                format!(
                    "{qty} {} is not an exact quantity of base units",
                    line.line.uom
                ),
            ),
            (Some(base), Some(most)) if base > most => add(
                at,
                format!("that is {base} base units, and {most} were invoiced"),
            ),
            _ => {}
        }
    }
    found
}
