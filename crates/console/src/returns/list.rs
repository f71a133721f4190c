//! `GET /v1/returns`: returns, latest change first.

use std::str::FromStr;
use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use canonical::{BusinessCode, Lifecycle};
use jiff::Timestamp;
use router::search;
use serde::{Deserialize, Serialize};
use store::{ReturnFilter, ReturnRow, SearchTerm};
use utoipa::{IntoParams, ToSchema};
use workflow::TermKind;

use super::view::{Standing, standing};
use crate::api::App;
use crate::ask::Asked;
use crate::page;
use crate::problem::{Problem, ProblemDocument};

/// Which returns.
#[derive(Debug, Clone, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(crate) struct Filter {
    /// Lifecycle (REQUESTED, AUTHORIZED, …).
    pub(crate) status: Option<String>,
    /// Business status code (R100 … R900).
    pub(crate) business_code: Option<String>,
    /// Site that the goods go to.
    pub(crate) site: Option<String>,
    /// Sales channel.
    pub(crate) channel: Option<String>,
    /// Customer account.
    pub(crate) customer: Option<String>,
    /// RMA number.
    pub(crate) rma: Option<String>,
    /// Order number of a line.
    pub(crate) order: Option<String>,
    /// Invoice number of a line.
    pub(crate) invoice: Option<String>,
    /// Item of a line: its number, its GTIN or the customer's item number.
    pub(crate) sku: Option<String>,
    /// Serial number of a piece, expected or received.
    pub(crate) serial: Option<String>,
    /// Tracking number of a parcel.
    pub(crate) tracking: Option<String>,
    /// Number of a document in an ERP.
    pub(crate) document: Option<String>,
    /// Changed at that time or later (RFC 3339).
    #[param(value_type = Option<String>, format = DateTime)]
    pub(crate) updated_since: Option<Timestamp>,
    /// Rows of a page, 1 to 200; 50 if nothing is said.
    pub(crate) limit: Option<u32>,
    /// `next` of the page before.
    pub(crate) cursor: Option<String>,
}

/// A page of returns.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct ReturnPage {
    /// The returns, latest change first.
    items: Vec<Standing>,
    /// Where to read on; left out on the last page.
    #[serde(skip_serializing_if = "Option::is_none")]
    next: Option<String>,
}

/// Lists returns
#[utoipa::path(
    get,
    path = "/v1/returns",
    tag = "returns",
    params(Filter),
    responses(
        (status = 200, description = "A page", body = ReturnPage),
        (status = 400, description = "The query cannot be read", body = ProblemDocument, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn list(
    State(app): State<Arc<App>>,
    Asked(asked): Asked<Filter>,
) -> Result<Json<ReturnPage>, Problem> {
    word::<Lifecycle>("status", asked.status.as_deref())?;
    word::<BusinessCode>("business_code", asked.business_code.as_deref())?;
    let (rows, next) = found(&app, &asked).await?;
    let items = rows.iter().map(standing).collect();
    Ok(Json(ReturnPage { items, next }))
}

/// A word that there is not would find nothing, as if there were no such return.
fn word<T: FromStr>(name: &str, given: Option<&str>) -> Result<(), Problem> {
    match given.filter(|word| word.parse::<T>().is_err()) {
        None => Ok(()),
        Some(word) => Err(Problem::bad_request(
            "api.query",
            format!("{name}: there is no {word:?}"),
        )),
    }
}

/// The returns of a page, and where to read on.
pub(crate) async fn found(
    app: &App,
    asked: &Filter,
) -> Result<(Vec<ReturnRow>, Option<String>), Problem> {
    let limit = page::limit(asked.limit)?;
    let filter = ReturnFilter {
        lifecycle: asked.status.clone(),
        site: asked.site.clone(),
        business_code: asked.business_code.clone(),
        terms: asked.terms(),
        since: asked.updated_since,
        after: page::after(asked.cursor.as_deref())?,
        // One more tells whether there is another page.
        limit: limit + 1,
    };
    let mut rows = app.store().returns(&filter).await?;
    let last = page::cut(&mut rows, limit);
    let next = last.map(|row| page::cursor(row.updated_at, &row.return_id));
    Ok((rows, next))
}

impl Filter {
    fn terms(&self) -> Vec<SearchTerm> {
        search::given(&[
            (TermKind::Rma, &self.rma),
            (TermKind::Serial, &self.serial),
            (TermKind::Tracking, &self.tracking),
            (TermKind::Document, &self.document),
            (TermKind::Order, &self.order),
            (TermKind::Invoice, &self.invoice),
            (TermKind::Customer, &self.customer),
            (TermKind::Item, &self.sku),
            (TermKind::Channel, &self.channel),
        ])
    }
}
