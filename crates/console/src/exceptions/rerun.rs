//! `POST /v1/exceptions/rerun`: what was refused at the intake is read again.

use std::sync::Arc;
use std::time::Duration;

use axum::response::Response;
use canonical::ExceptionCode;
use http::StatusCode;
use router::edit::{Again, again, refused_at_intake};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::many::{MOST, one_person_may};
use crate::mask::without_mail;
use crate::once::Answer;
use crate::post::Post;
use crate::problem::{Problem, ProblemDocument};

const ROUTE: &str = "POST /v1/exceptions/rerun";

/// Which, and how far.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct RerunRequest {
    /// Business codes; `MASTER_DATA_MISSING` and `SCHEMA_INVALID` if left out.
    #[schema(value_type = Vec<String>)]
    codes: Vec<ExceptionCode>,
    /// Connector instance.
    connector: Option<String>,
    /// Say what can be read now, and do nothing.
    dry_run: bool,
}

impl Default for RerunRequest {
    fn default() -> Self {
        Self {
            codes: vec![
                ExceptionCode::MasterDataMissing,
                ExceptionCode::SchemaInvalid,
            ],
            connector: None,
            dry_run: false,
        }
    }
}

/// What they come to.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct RerunView {
    /// Each of them.
    items: Vec<AgainView>,
    /// How many more there are: ask again for them.
    left: u64,
}

/// What one of them comes to.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct AgainView {
    /// The exception.
    exception_id: String,
    /// What was wrong.
    before: String,
    /// Its events by type and key; or what is still wrong.
    after: Vec<String>,
    /// It can be read now.
    readable: bool,
    /// It went its way.
    done: bool,
}

/// Reads what was refused at the intake again
///
/// With the configuration and the published codes of this moment: after a code was added, or a mapping was mended. Those that can be read go their
/// way, at most 500 in one request; the others stay as they are, with what is still wrong.
#[utoipa::path(
    post,
    path = "/v1/exceptions/rerun",
    tag = "exceptions",
    request_body(content = RerunRequest, content_type = "application/json"),
    params(("Idempotency-Key" = String, Header, description = "Of your own choice, unique per request")),
    responses(
        (status = 200, description = "What became of them", body = RerunView),
        (status = 409, description = "It is so much that two persons decide, or a connector is configured wrongly", body = ProblemDocument, content_type = "application/problem+json"),
        (status = 422, description = "Fields are wrong", body = ProblemDocument, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn rerun(post: Post) -> Result<Response, Problem> {
    let (asked, told) = post.read::<RerunRequest>().await?;
    let (app, who) = (Arc::clone(&told.app), told.caller.0.actor());
    told.once(ROUTE, ("", Duration::ZERO), |_| async move {
        let connector = asked.connector.as_deref();
        let mut rows = refused_at_intake(app.store(), &asked.codes, connector).await?;
        // Oldest first: ids grow with time.
        rows.sort_by(|a, b| a.exception_id.cmp(&b.exception_id));
        if !asked.dry_run {
            one_person_may(&app, &rows)?;
        }
        let left = rows.len().saturating_sub(MOST) as u64;
        rows.truncate(MOST);
        let mut items = Vec::with_capacity(rows.len());
        for row in rows {
            // Lists come without bytes.
            let Some(row) = app.store().exception(&row.exception_id).await? else {
                continue;
            };
            let codec = (app.api.codecs)(&row.connector)
                .map_err(|why| Problem::conflict("api.misconfigured", why))?;
            let how = (who.as_str(), codec.as_deref(), asked.dry_run);
            let now = app.api.clock.now();
            items.push(view(again(app.store(), &row, how, now).await?));
        }
        Ok(Answer::json(StatusCode::OK, &RerunView { items, left }))
    })
    .await
}

/// An answer is kept, and told to everybody with its key: what may be personal is covered.
fn view(again: Again) -> AgainView {
    AgainView {
        exception_id: again.exception_id,
        before: without_mail(&again.before),
        after: again.after.iter().map(|text| without_mail(text)).collect(),
        readable: again.is_readable,
        done: again.done,
    }
}
