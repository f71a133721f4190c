//! `GET /v1/approvals/{id}`: the figures, who may decide, who has, and what follows.

use std::sync::Arc;

use axum::extract::State;
use axum::{Extension, Json};
use canonical::approval::Decision;
use canonical::calculation::{Calculation, CreditTotals};
use jiff::Timestamp;
use router::approve::Case;
use serde::Serialize;
use utoipa::ToSchema;
use utoipa::openapi::schema::Array;
use utoipa::openapi::{RefOr, Schema};
use workflow::{Approvers, Correction, PolicySet};

use super::view::{ApprovalView, RoleView, names, roles, view};
use crate::access::Holder;
use crate::api::App;
use crate::ask::Named;
use crate::gate::Caller;
use crate::openapi::named;
use crate::problem::{Problem, ProblemDocument};

/// An approval with all that a decision needs.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct ApprovalDetail {
    #[serde(flatten)]
    approval: ApprovalView,
    /// Who must approve.
    required: Vec<RoleView>,
    /// What was decided so far.
    #[schema(schema_with = decisions)]
    decisions: Vec<Decision>,
    /// Who may approve it now.
    may: Vec<PersonView>,
    /// The figures, with the rule behind each, of a correction the difference that it posts; left out if the approval is for no credit, if the calculation is another one by
    /// now, or if its policy is not configured here.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(schema_with = calculation)]
    calculation: Option<Calculation>,
    /// What a correction is the difference of; left out for everything else, and with the calculation.
    #[serde(skip_serializing_if = "Option::is_none")]
    correction: Option<CorrectionView>,
    /// What follows from a yes and from a no.
    follows: Vec<String>,
    /// Business status code of the return (R100 … R900).
    business_code: String,
}

/// What a correction of a posted memo is the difference of: new less posted.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct CorrectionView {
    /// Version of the credit whose memo is corrected.
    corrects: u32,
    /// Number of that memo in the ERP; empty while it is not known.
    document_no: String,
    /// What the goods are worth by what is known of them now, with the rule behind each amount; left out if nothing is
    /// credited for them any more.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(schema_with = calculation)]
    new: Option<Calculation>,
    /// What is posted in all, with the corrections before this one.
    #[schema(schema_with = totals)]
    posted: CreditTotals,
}

impl From<Correction> for CorrectionView {
    fn from(correction: Correction) -> Self {
        Self {
            corrects: correction.corrects,
            document_no: correction.document_no,
            new: correction.new,
            posted: correction.posted,
        }
    }
}

/// Somebody who may approve.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct PersonView {
    /// Name to log in with.
    user: String,
    /// Name for people; empty if none is known.
    name: String,
    /// In whose name: their own, or that of somebody who delegated to them.
    #[serde(rename = "as")]
    as_whom: Vec<String>,
}

fn decisions() -> Array {
    Array::new(named("Decision"))
}

fn calculation() -> RefOr<Schema> {
    named("Calculation")
}

fn totals() -> RefOr<Schema> {
    named("CreditTotals")
}

/// Shows an approval
///
/// The calculation with the rule behind each amount, who may decide, who has, and what follows from a yes and from a no.
#[utoipa::path(
    get,
    path = "/v1/approvals/{id}",
    tag = "approvals",
    params(("id" = String, Path, description = "Approval")),
    responses(
        (status = 200, description = "The approval", body = ApprovalDetail),
        (status = 404, description = "No such approval", body = ProblemDocument, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn read(
    State(app): State<Arc<App>>,
    Extension(caller): Extension<Caller>,
    Named(id): Named,
) -> Result<Json<ApprovalDetail>, Problem> {
    let case = super::one(&app, &id).await?;
    let (policies, now) = (app.policies(), app.api.clock.now());
    Ok(Json(detail(&case, &policies, &caller.0, now)))
}

/// That approval, as they may see it.
pub(super) fn detail(
    case: &Case,
    policies: &PolicySet,
    holder: &Holder,
    now: Timestamp,
) -> ApprovalDetail {
    let approvers = policies.approvers();
    let needs = case.approval.required.iter();
    ApprovalDetail {
        approval: view(case, approvers, holder, now),
        required: roles(needs.map(|need| (need.role.clone(), need.min_count))),
        decisions: holder.shown_approval(case.approval.clone()).decisions,
        may: approvers.map_or_else(Vec::new, |approvers| may(case, approvers, now)),
        follows: case.follows(),
        calculation: case.calculation(policies),
        correction: case.correction(policies).map(CorrectionView::from),
        business_code: case.state.business_code().to_string(),
    }
}

fn may(case: &Case, approvers: &Approvers, now: Timestamp) -> Vec<PersonView> {
    let people = approvers.people().iter().map(|person| PersonView {
        user: person.user.clone(),
        name: person.name.clone(),
        as_whom: names(case, approvers, &person.user, now),
    });
    people.filter(|person| !person.as_whom.is_empty()).collect()
}
