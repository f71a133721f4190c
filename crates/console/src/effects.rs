//! `GET /v1/effects/{key}`: what was asked of another system, and what came of it.

use std::sync::Arc;

use axum::extract::State;
use axum::{Extension, Json};
use jiff::Timestamp;
use serde::Serialize;
use serde_json::Value;
use store::{AttemptRow, EffectRow, EffectState};
use utoipa::ToSchema;

use crate::access::{Holder, Scope};
use crate::api::App;
use crate::ask::Named;
use crate::gate::Caller;
use crate::problem::{Problem, ProblemDocument};

/// An effect.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct EffectView {
    /// Its key, for ever.
    effect_key: String,
    /// Return it belongs to.
    return_id: String,
    /// Kind (ERP_CREDIT_MEMO, …).
    kind: String,
    /// Connector instance that delivers it.
    connector: String,
    /// State (PLANNED, READY, IN_FLIGHT, UNKNOWN, CONFIRMED, REJECTED, AMBIGUOUS, PARKED, CANCELLED).
    #[schema(value_type = String)]
    state: EffectState,
    /// Money at stake, minor units.
    #[serde(skip_serializing_if = "Option::is_none")]
    amount_minor: Option<i64>,
    /// Its currency.
    #[serde(skip_serializing_if = "Option::is_none")]
    currency: Option<String>,
    /// How often it was sent.
    sends: u32,
    /// Code of the last failure.
    #[serde(skip_serializing_if = "String::is_empty")]
    failure_code: String,
    /// The last failure in words.
    #[serde(skip_serializing_if = "String::is_empty")]
    failure: String,
    /// The target's document, once confirmed.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Object>)]
    document: Option<Value>,
    /// What is asked, for those who may see bodies (bodies:read).
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Object>)]
    command: Option<Value>,
    /// When it was planned.
    #[schema(value_type = String, format = DateTime)]
    created_at: Timestamp,
    /// When it was last changed.
    #[schema(value_type = String, format = DateTime)]
    updated_at: Timestamp,
}

pub(crate) fn effect(row: EffectRow, holder: &Holder) -> EffectView {
    let json = |text: &str| {
        serde_json::from_str(text)
            .ok()
            .map(|json| holder.shown(json))
    };
    let sees_bodies = holder.may(Scope::BodiesRead);
    EffectView {
        command: sees_bodies.then(|| json(&row.command)).flatten(),
        document: row.document.as_deref().and_then(json),
        effect_key: row.effect_key,
        return_id: row.return_id,
        kind: row.kind,
        connector: row.connector,
        state: row.state,
        amount_minor: row.amount_minor,
        currency: row.currency,
        sends: row.attempts,
        failure_code: row.failure_code,
        failure: holder.shown_text(&row.failure_text),
        created_at: row.created_at,
        updated_at: row.updated_at,
    }
}

/// An effect with every attempt.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct EffectHistory {
    #[serde(flatten)]
    effect: EffectView,
    /// Sends and look-ups, oldest first.
    attempts: Vec<Attempt>,
}

/// A send or a look-up.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct Attempt {
    /// "send" or "find".
    what: String,
    /// Begun.
    #[schema(value_type = String, format = DateTime)]
    begun_at: Timestamp,
    /// Ended; left out while running, or when the process died.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime)]
    ended_at: Option<Timestamp>,
    /// What is known of its outcome (OK, REJECTED, RETRYABLE, UNKNOWN, MISS, …).
    class: String,
    /// Code of the failure.
    #[serde(skip_serializing_if = "String::is_empty")]
    failure_code: String,
    /// The failure in words.
    #[serde(skip_serializing_if = "String::is_empty")]
    failure: String,
}

fn attempt(row: AttemptRow, holder: &Holder) -> Attempt {
    Attempt {
        what: row.what,
        begun_at: row.begun_at,
        ended_at: row.ended_at,
        class: row.class,
        failure_code: row.failure_code,
        failure: holder.shown_text(&row.failure_text),
    }
}

/// Shows an effect with its attempts
#[utoipa::path(
    get,
    path = "/v1/effects/{key}",
    tag = "effects",
    params(("key" = String, Path, description = "Effect key")),
    responses(
        (status = 200, description = "The effect", body = EffectHistory),
        (status = 404, description = "No such effect", body = ProblemDocument, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn read(
    State(app): State<Arc<App>>,
    Extension(caller): Extension<Caller>,
    Named(key): Named,
) -> Result<Json<EffectHistory>, Problem> {
    let Some(row) = app.store().effect(&key).await? else {
        return Err(Problem::not_found(format!("there is no effect {key:?}")));
    };
    let attempts = app.store().attempts(&key).await?;
    Ok(Json(EffectHistory {
        effect: effect(row, &caller.0),
        attempts: attempts
            .into_iter()
            .map(|row| attempt(row, &caller.0))
            .collect(),
    }))
}
