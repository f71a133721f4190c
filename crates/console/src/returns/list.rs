//! `GET /v1/returns`: returns, latest change first.

use std::str::FromStr;
use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use canonical::{BusinessCode, Lifecycle};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use store::{ReturnFilter, ReturnRow};
use utoipa::{IntoParams, ToSchema};
use workflow::ReturnState;

use super::find;
use super::view::{Standing, standing};
use crate::api::App;
use crate::ask::Asked;
use crate::page;
use crate::problem::{Problem, ProblemDocument};

/// Returns that are looked at for one page, when a filter looks inside of them. Bounds the work of a request.
const LOOKED_AT: usize = 5_000;
/// Returns read at once meanwhile.
const AT_ONCE: usize = 500;

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
    /// Item of a line.
    pub(crate) sku: Option<String>,
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
    /// Where to read on; left out on the last page. A page may be short, even empty, and have more behind it: filters by
    /// channel, order, invoice, item and document look at 5,000 returns for a page.
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
    let inside = asked.looks_inside();
    let mut filter = ReturnFilter {
        lifecycle: asked.status.clone(),
        site: asked.site.clone(),
        business_code: asked.business_code.clone(),
        customer: asked.customer.clone(),
        rma_number: asked.rma.clone(),
        since: asked.updated_since,
        after: page::after(asked.cursor.as_deref())?,
        // One more tells whether there is another page.
        limit: if inside { AT_ONCE } else { limit + 1 },
    };
    let mut items: Vec<ReturnRow> = Vec::new();
    let mut looked_at = 0;
    loop {
        let rows = app.store().returns(&filter).await?;
        let is_last = rows.len() < filter.limit;
        for row in rows {
            if items.len() == limit || looked_at == LOOKED_AT {
                let next = filter.after.map(|(at, id)| page::cursor(at, &id));
                return Ok((items, next));
            }
            looked_at += 1;
            filter.after = Some((row.updated_at, row.return_id.clone()));
            if !inside || asked.fits(&row)? {
                items.push(row);
            }
        }
        if is_last {
            return Ok((items, None));
        }
    }
}

impl Filter {
    fn looks_inside(&self) -> bool {
        let sides = [
            &self.channel,
            &self.order,
            &self.invoice,
            &self.sku,
            &self.document,
        ];
        sides.iter().any(|side| side.is_some())
    }

    fn fits(&self, row: &ReturnRow) -> Result<bool, Problem> {
        let state: ReturnState = find::state(row)?;
        let is = |wanted: &Option<String>, value: Option<&str>| {
            wanted.as_deref().is_none_or(|wanted| value == Some(wanted))
        };
        let lines = || state.lines().iter().map(|line| &line.line);
        let has = |wanted: &Option<String>,
                   of: fn(&canonical::line::ReturnLine) -> Option<&str>| {
            wanted.is_none() || lines().any(|line| is(wanted, of(line)))
        };
        Ok(is(&self.channel, Some(&state.header().channel))
            && has(&self.order, |line| {
                line.order_ref.as_ref().map(|o| o.order.as_str())
            })
            && has(&self.invoice, |line| {
                line.invoice_ref.as_ref().map(|i| i.document.as_str())
            })
            && has(&self.sku, |line| Some(&line.sku))
            && self.document.as_ref().is_none_or(|wanted| {
                let mut effects = state.effects().iter();
                effects.any(|effect| effect.document_no == *wanted)
            }))
    }
}
