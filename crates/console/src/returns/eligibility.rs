//! `POST /v1/returns/eligibility`: what would become of a request, without making it.

use std::sync::Arc;

use axum::Json;
use axum::body::Body;
use axum::extract::State;
use canonical::header::ReturnRequest;
use canonical::{Currency, Qty};
use http::HeaderMap;
use jiff::Timestamp;
use router::claim;
use serde::Serialize;
use utoipa::ToSchema;
use workflow::{Claim, Given, LineOutlook, Outlook, PolicySet, precheck};

use super::check;
use super::create::{SOURCE, event};
use crate::api::App;
use crate::ask;
use crate::problem::{Problem, ProblemDocument};

/// What would become of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Outcome {
    /// It would be authorised.
    Eligible,
    /// A person would be asked.
    NeedsApproval,
    /// It would be declined.
    Declined,
    /// Nobody could decide: something is missing.
    Undecided,
}

/// What would become of a request, as things stand now.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct Eligibility {
    /// What would become of it.
    outcome: Outcome,
    /// The code: why it would be declined (our word for X12 element 1294), or which exception would be opened.
    #[serde(skip_serializing_if = "String::is_empty")]
    code: String,
    /// Why, in words.
    #[serde(skip_serializing_if = "String::is_empty")]
    why: String,
    /// Roles that would have to agree.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    roles: Vec<String>,
    /// Policy that would hold; empty if none does.
    policy_version: String,
    /// Its lines.
    lines: Vec<LineEligibility>,
    /// The credit if every unit came back fit for stock; left out when the policy cannot say.
    #[serde(skip_serializing_if = "Option::is_none")]
    expected_credit: Option<ExpectedCredit>,
}

/// How much is left for a line. Quantities are decimal texts, in base units.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct LineEligibility {
    /// Line of the request.
    line_no: u32,
    /// Asked for.
    #[schema(value_type = String)]
    requested: Qty,
    /// On the invoice line; left out without one.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    invoiced: Option<Qty>,
    /// Of that, what no other return holds.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    available: Option<Qty>,
}

/// A credit, in minor units.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct ExpectedCredit {
    /// Currency (ISO 4217).
    #[schema(value_type = String)]
    currency: Currency,
    /// Net after fees.
    net_minor: i64,
    /// Tax after fees.
    tax_minor: i64,
    /// Net and tax.
    gross_minor: i64,
    /// Fees that would be taken.
    fees_minor: i64,
    /// What the customer would get.
    payable_minor: i64,
}

/// Asks whether something could be returned
///
/// The answer is that of the workflow, with the policy and the reservations of this moment. Nothing is written, so that no
/// Idempotency-Key is needed; a request that is made later may be answered otherwise.
#[utoipa::path(
    post,
    path = "/v1/returns/eligibility",
    tag = "returns",
    request_body(content = ref("#/components/schemas/ReturnRequest"), content_type = "application/json"),
    responses(
        (status = 200, description = "What would become of it", body = Eligibility),
        (status = 422, description = "Fields are wrong", body = ProblemDocument, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn eligibility(
    State(app): State<Arc<App>>,
    headers: HeaderMap,
    body: Body,
) -> Result<Json<Eligibility>, Problem> {
    let bytes = ask::json(&headers, body, app.api.max_body).await?;
    let asked: ReturnRequest = ask::read(&bytes)?;
    let now = app.api.clock.now();
    let wrong = check::request(&asked, now);
    if !wrong.is_empty() {
        return Err(Problem::invalid(wrong));
    }
    let lines = workflow::invoice_lines_of(&event(&asked), None);
    let claims = claims(&app, &lines).await?;
    let policies = app.policies();
    let given = given(&policies, &claims, now);
    let found = precheck(&asked, &given);
    let (outcome, code, why, roles) = match found.outlook {
        Outlook::Eligible => (Outcome::Eligible, String::new(), String::new(), Vec::new()),
        Outlook::NeedsApproval { why, roles } => {
            (Outcome::NeedsApproval, String::new(), why, roles)
        }
        Outlook::Declined(denial) => {
            let why = "see the code and the quantities of the lines".to_owned();
            (Outcome::Declined, denial.word().to_owned(), why, Vec::new())
        }
        Outlook::Undecided { code, reason } => (Outcome::Undecided, code, reason, Vec::new()),
    };
    Ok(Json(Eligibility {
        outcome,
        code,
        why,
        roles,
        policy_version: found.policy_version,
        lines: found.lines.iter().map(line).collect(),
        expected_credit: found.expected.map(|calculation| ExpectedCredit {
            currency: calculation.ccy,
            net_minor: calculation.totals.net_minor,
            tax_minor: calculation.totals.tax_minor,
            gross_minor: calculation.totals.gross_minor,
            fees_minor: calculation.totals.fees_minor,
            payable_minor: calculation.totals.payable_minor,
        }),
    }))
}

fn line(line: &LineOutlook) -> LineEligibility {
    LineEligibility {
        line_no: line.line_no,
        requested: line.requested,
        invoiced: line.invoiced,
        available: line.available,
    }
}

/// Reservations on invoice lines.
pub(super) async fn claims(app: &App, lines: &[String]) -> Result<Vec<Claim>, Problem> {
    let claims = app.store().claims(lines).await?;
    Ok(claims.into_iter().map(claim).collect())
}

/// By what the workflow judges what is only asked about.
pub(super) fn given<'a>(policies: &'a PolicySet, claims: &'a [Claim], now: Timestamp) -> Given<'a> {
    Given {
        policies,
        now,
        connector: SOURCE,
        correlation_id: "",
        causation_id: "",
        claims,
        again: false,
        crosswalk_version: "",
        history: None,
        found: workflow::Found::ByName,
    }
}
