//! `POST /v1/returns/{id}/identification`: somebody says whose goods are that came without a return.

use std::time::Duration;

use axum::response::Response;
use canonical::header::ReturnRequest;
use canonical::identification::{Identification, Identified, Sale};
use canonical::{EventData, ReturnType};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa::openapi::{RefOr, Schema};
use workflow::ReturnState;

use super::create::SOURCE;
use super::tell::Teller;
use super::view::ReturnView;
use super::{change, check, find};
use crate::api::App;
use crate::ask;
use crate::once::{Answer, Doing};
use crate::openapi::named;
use crate::post::Post;
use crate::problem::{FieldError, Problem, ProblemDocument};
use crate::wait;

const ROUTE: &str = "POST /v1/returns/{id}/identification";

/// What was found out.
#[derive(Debug, Clone, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Finding {
    /// Whose the goods are: of a sale (`SALE`), of another return (`RETURN`, by any of its names), or that nobody can tell
    /// (`UNIDENTIFIABLE`).
    #[schema(schema_with = identified)]
    found: Identified,
    /// Why; goes into the audit.
    #[schema(min_length = 1, max_length = 500)]
    reason: String,
}

fn identified() -> RefOr<Schema> {
    named("Identified")
}

/// Says whose unannounced goods are
///
/// For returns of type `BLIND` that goods opened which came without one (`[blind_return]` of the policy), as long as nobody
/// has decided on them; what was said before may be said anew. The goods of a sale are decided on as a return of it, by somebody
/// else; those of another return go there, and this one is cancelled; if nobody can tell, it is declined, and the goods
/// stay on hold until they are sent away. With `Prefer: wait=5` the answer waits until it is done.
#[utoipa::path(
    post,
    path = "/v1/returns/{id}/identification",
    tag = "returns",
    request_body(content = Finding, content_type = "application/json"),
    params(
        ("id" = String, Path, description = "Id, RMA number, rma:ENTITY/NUMBER or ext:SYSTEM/VALUE"),
        ("Idempotency-Key" = String, Header, description = "Of your own choice, unique per request"),
        ("Prefer" = Option<String>, Header, description = "wait=SECONDS: wait until it is done"),
    ),
    responses(
        (status = 200, description = "Done; how the return stands", body = ReturnView),
        (status = 202, description = "Taken; the return as it was", body = ReturnView),
        (status = 404, description = "No such return", body = ProblemDocument, content_type = "application/problem+json"),
        (status = 409, description = "It holds no goods that wait for that, or they cannot come back from that sale", body = ProblemDocument, content_type = "application/problem+json"),
        (status = 422, description = "Fields are wrong, or the key was used for another request", body = ProblemDocument, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn identify(post: Post) -> Result<Response, Problem> {
    let ids = post.ids.clone();
    let (finding, told) = post.read::<Finding>().await?;
    ask::reason(&finding.reason)?;
    let waits = wait::preferred(&told.headers);
    let (teller, name) = (Teller::of(&told, ids)?, told.id.clone());
    told.once(ROUTE, (&told.id, waits), |doing| {
        done(teller, name, finding, doing, waits)
    })
    .await
}

async fn done(
    teller: Teller,
    name: String,
    finding: Finding,
    doing: Doing,
    waits: Duration,
) -> Result<Answer, Problem> {
    let app = &teller.app;
    let row = find::find(app, &name).await?;
    let state = find::state(&row)?;
    let found = checked(app, &state, &finding.found).await?;
    // Who says it is not asked whether it may come back: a token that stands for somebody says it in their name.
    let data = EventData::GoodsIdentified(Box::new(Identification {
        request_id: teller.key.clone(),
        requested_by: teller.by(),
        reason: finding.reason.clone(),
        found,
    }));
    let event = teller.event("identification", &row, data);
    if !doing.again {
        change::may_be_made(app, &state, &event).await?;
    }
    teller.tell(&row, &event, (doing, &finding), waits).await
}

/// What is wrong with it is said at once; a return is named by its id from here on.
async fn checked(
    app: &App,
    state: &ReturnState,
    found: &Identified,
) -> Result<Identified, Problem> {
    Ok(match found {
        Identified::Sale(sale) => {
            let wrong = check::request(&as_request(state, sale), app.api.clock.now());
            if !wrong.is_empty() {
                return Err(Problem::invalid(wrong.into_iter().map(inside).collect()));
            }
            found.clone()
        }
        Identified::Return { return_id } => Identified::Return {
            return_id: find::find(app, return_id).await?.return_id,
        },
        Identified::Unidentifiable { .. } => found.clone(),
    })
}

fn inside(wrong: FieldError) -> FieldError {
    FieldError {
        pointer: format!("/found{}", wrong.pointer),
        ..wrong
    }
}

/// The sale as if its customer had asked for the return.
fn as_request(state: &ReturnState, sale: &Sale) -> ReturnRequest {
    let header = state.header();
    ReturnRequest {
        system: SOURCE.to_owned(),
        request_id: header.return_id.clone(),
        rma_number: None,
        return_type: ReturnType::Blind,
        legal_entity: header.legal_entity.clone(),
        channel: sale.channel.clone(),
        customer_segment: sale.customer_segment.clone(),
        customer_account: sale.customer_account.clone(),
        bill_to: sale.bill_to.clone(),
        ship_from: sale.ship_from.clone(),
        currency: sale.currency,
        base_currency: sale.base_currency,
        fx_rate: sale.fx_rate,
        requested_at: header.requested_at,
        tz: header.tz.clone(),
        return_to_site: header.return_to_site.clone(),
        requested_by: None,
        external_refs: Vec::new(),
        lines: sale.lines.clone(),
    }
}
