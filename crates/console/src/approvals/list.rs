//! `GET /v1/approvals`: the inbox, what is due first at the top.

use std::sync::Arc;

use axum::extract::State;
use axum::{Extension, Json};
use canonical::approval::ApprovalSubject;
use jiff::Timestamp;
use router::approve::{self, Case};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::view::{ApprovalView, view};
use crate::api::App;
use crate::ask::Asked;
use crate::gate::Caller;
use crate::page;
use crate::problem::{Problem, ProblemDocument};

/// What an approval is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub(crate) enum SubjectQuery {
    /// The return itself.
    Return,
    /// A credit.
    Credit,
    /// A manual override.
    Override,
    /// A replay.
    Replay,
}

impl SubjectQuery {
    fn subject(self) -> ApprovalSubject {
        match self {
            Self::Return => ApprovalSubject::Return,
            Self::Credit => ApprovalSubject::Calc,
            Self::Override => ApprovalSubject::Override,
            Self::Replay => ApprovalSubject::Replay,
        }
    }
}

/// Which approvals.
#[derive(Debug, Clone, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(crate) struct Filter {
    /// Only those that the person of this token may approve now, in their own name or for somebody who delegated to them.
    mine: Option<bool>,
    /// Only what waits for that role, or in which it may stand in.
    role: Option<String>,
    /// What they are for.
    #[param(inline)]
    subject: Option<SubjectQuery>,
    /// Legal entity.
    legal_entity: Option<String>,
    /// Customer account.
    customer: Option<String>,
    /// Return.
    return_id: Option<String>,
    /// Rows of a page, 1 to 200; 50 if nothing is said.
    limit: Option<u32>,
    /// `next` of the page before.
    cursor: Option<String>,
}

/// A page of the inbox.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct ApprovalPage {
    /// Approvals that wait for somebody, the one that is due first at the top.
    items: Vec<ApprovalView>,
    /// Where to read on; left out on the last page.
    #[serde(skip_serializing_if = "Option::is_none")]
    next: Option<String>,
}

/// Lists what waits for somebody's decision
#[utoipa::path(
    get,
    path = "/v1/approvals",
    tag = "approvals",
    params(Filter),
    responses(
        (status = 200, description = "A page", body = ApprovalPage),
        (status = 400, description = "The query cannot be read, or asks for mine and the token stands for no person", body = ProblemDocument, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn list(
    State(app): State<Arc<App>>,
    Extension(caller): Extension<Caller>,
    Asked(asked): Asked<Filter>,
) -> Result<Json<ApprovalPage>, Problem> {
    let limit = page::limit(asked.limit)?;
    let after = page::after(asked.cursor.as_deref())?;
    let after = after.map(|(at, id)| (at.as_microsecond(), id));
    let policies = app.policies();
    let approvers = policies.approvers();
    let person = caller.0.person.as_deref();
    let mine = match (asked.mine.unwrap_or(false), person) {
        (false, _) => None,
        (true, Some(person)) => Some((super::needed(&policies)?, person)),
        (true, None) => {
            let detail =
                "this token stands for no person, who alone has a share of their own in the inbox";
            return Err(Problem::bad_request("api.query", detail));
        }
    };
    let now = app.api.clock.now();
    let mut cases = approve::open(app.store()).await?;
    cases
        .retain(|case| asked.fits(case) && after.as_ref().is_none_or(|after| place(case) > *after));
    if let Some((approvers, person)) = mine {
        cases.retain(|case| !approve::ways(case, approvers, person, now).is_empty());
    }
    cases.sort_by_cached_key(place);
    let last = page::cut(&mut cases, limit);
    Ok(Json(ApprovalPage {
        next: last.map(|case| page::cursor(case.due(), &case.approval.approval_id)),
        items: cases
            .iter()
            .map(|case| view(case, approvers, &caller.0, now))
            .collect(),
    }))
}

/// Place in the inbox, as exact as cursors are.
fn place(case: &Case) -> (i64, String) {
    let id = case.approval.approval_id.clone();
    (Timestamp::as_microsecond(case.due()), id)
}

impl Filter {
    fn fits(&self, case: &Case) -> bool {
        let header = case.state.header();
        let is = |wanted: &Option<String>, value: &str| {
            wanted.as_deref().is_none_or(|wanted| wanted == value)
        };
        is(&self.legal_entity, &header.legal_entity)
            && is(&self.customer, &header.customer_account)
            && is(&self.return_id, &header.return_id)
            && self.role.as_deref().is_none_or(|role| case.waits_for(role))
            && self
                .subject
                .is_none_or(|subject| subject.subject() == case.approval.subject)
    }
}
