//! `POST /v1/messages/try`: a message is read by a connector, and what would follow is said; nothing of it is kept.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::Json;
use axum::body::Body;
use axum::extract::State;
use canonical::crosswalk::Direction;
use connector::{Failure, Inbound, Origin};
use http::HeaderMap;
use router::tryout::{self, Came, Trial};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

use crate::api::App;
use crate::ask;
use crate::problem::{FieldError, Problem, ProblemDocument};

/// A message, and who reads it.
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct TryRequest {
    /// Connector instance that reads it.
    pub(crate) connector: String,
    /// The message as text: this or `base64`.
    #[serde(default)]
    pub(crate) text: Option<String>,
    /// The message in base64.
    #[serde(default)]
    pub(crate) base64: Option<String>,
    /// Headers that came with it, if the connector looks at them.
    #[serde(default)]
    pub(crate) headers: BTreeMap<String, String>,
}

/// What a message would come to.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct TryView {
    /// Why nothing of it can be read; left out if something can.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) failure: Option<FailureView>,
    /// Its parts in their order.
    pub(crate) parts: Vec<PartView>,
}

/// A part of a message.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(untagged)]
pub(crate) enum PartView {
    /// It can be read.
    Read(Box<ReadView>),
    /// It cannot.
    Unread {
        /// Why.
        failure: FailureView,
    },
}

/// A part that can be read, and what would follow.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct ReadView {
    /// Type of the event (`backhaul.receipt.recorded.v1`, …).
    #[serde(rename = "type")]
    pub(crate) kind: String,
    /// Its key: told again, it is recognised by it.
    pub(crate) key: String,
    /// The return that it names.
    pub(crate) subject: String,
    /// What it says, in canonical form.
    pub(crate) data: Value,
    /// Id of the return; left out if there is none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) return_id: Option<String>,
    /// Its RMA number.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) rma_number: Option<String>,
    /// What would become of it.
    pub(crate) verdict: String,
    /// Status of the return afterwards; empty if there is none.
    pub(crate) status: String,
    /// Effects that would be planned.
    pub(crate) effects: Vec<EffectView>,
    /// Exceptions that would be opened.
    pub(crate) exceptions: Vec<ExceptionView>,
}

/// An effect that would be planned.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = PlannedEffect)]
pub(crate) struct EffectView {
    /// Kind (ERP_CREDIT_MEMO, …).
    pub(crate) kind: String,
    /// Connector that would deliver it; left out if no route takes it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) connector: Option<String>,
    /// True if it would wait for others.
    pub(crate) waits: bool,
}

/// An exception that would be opened.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = ForeseenException)]
pub(crate) struct ExceptionView {
    /// Business code.
    pub(crate) code: String,
    /// Why.
    pub(crate) reason: String,
}

/// Why something cannot be read.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct FailureView {
    /// Failure code of the connector.
    pub(crate) code: String,
    /// In words.
    pub(crate) message: String,
    /// Where in the message.
    pub(crate) place: String,
    /// The code that has to be published first; left out if it is not that.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) unmapped: Option<UnmappedView>,
}

/// A code that no list has.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct UnmappedView {
    /// Code list.
    pub(crate) list: String,
    /// The code.
    pub(crate) code: String,
    /// in: the partner's code becomes ours; out: ours becomes the partner's.
    pub(crate) direction: String,
}

/// Tries a message out
///
/// The connector reads it as if it came in now, and each part is put to the workflow after the one before it, with the returns,
/// policies and routes of this moment. Nothing is kept or sent, so that no Idempotency-Key is needed.
#[utoipa::path(
    post,
    path = "/v1/messages/try",
    tag = "messages",
    request_body(content = TryRequest, content_type = "application/json"),
    responses(
        (status = 200, description = "What it would come to", body = TryView),
        (status = 422, description = "Fields are wrong, or there is no such connector", body = ProblemDocument, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn attempt(
    State(app): State<Arc<App>>,
    headers: HeaderMap,
    body: Body,
) -> Result<Json<TryView>, Problem> {
    let sent = ask::json(&headers, body, app.api.max_body).await?;
    let asked: TryRequest = ask::read(&sent)?;
    Ok(Json(tried(&app, asked).await?))
}

/// The same, for whoever asks in another way.
pub(crate) async fn tried(app: &App, asked: TryRequest) -> Result<TryView, Problem> {
    let raw = ask::bytes(asked.text.as_deref(), asked.base64.as_deref())?;
    let codec = (app.api.codecs)(&asked.connector)
        .map_err(|why| Problem::conflict("api.misconfigured", why))?;
    let Some(codec) = codec else {
        return Err(Problem::invalid(vec![FieldError {
            pointer: "/connector".to_owned(),
            detail: format!("there is no connector {:?}", asked.connector),
        }]));
    };
    let now = app.api.clock.now();
    let message = Inbound {
        origin: Origin {
            connector: asked.connector,
            channel: "try".to_owned(),
            reference: String::new(),
            received_at: now,
            headers: asked.headers,
            token: 0,
        },
        raw,
        refused: None,
    };
    let policies = app.policies();
    let trial = Trial {
        store: app.store(),
        policies: &policies,
        routes: &app.api.routes,
        codec: codec.as_ref(),
        now,
    };
    Ok(match tryout::try_out(trial, &message).await? {
        Err(failure) => TryView {
            failure: Some(unread(&failure)),
            parts: Vec::new(),
        },
        Ok(parts) => TryView {
            failure: None,
            parts: parts.into_iter().map(part).collect(),
        },
    })
}

fn part(part: Result<Came, Failure>) -> PartView {
    let came = match part {
        Ok(came) => came,
        Err(failure) => {
            return PartView::Unread {
                failure: unread(&failure),
            };
        }
    };
    let json = came.event.data.to_json().ok();
    let data = json.and_then(|json| serde_json::from_str(json.get()).ok());
    let (return_id, rma_number) = came.of.unzip();
    PartView::Read(Box::new(ReadView {
        kind: came.event.data.type_name().to_owned(),
        key: came.event.key.as_str().to_owned(),
        subject: came.event.subject.to_string(),
        data: data.unwrap_or_default(),
        return_id,
        rma_number,
        verdict: came.verdict,
        status: came.status,
        effects: (came.effects.into_iter())
            .map(|effect| EffectView {
                kind: effect.kind.word().to_owned(),
                connector: effect.connector,
                waits: effect.waits,
            })
            .collect(),
        exceptions: (came.exceptions.into_iter())
            .map(|(code, reason)| ExceptionView {
                code: code.word().to_owned(),
                reason,
            })
            .collect(),
    }))
}

fn unread(failure: &Failure) -> FailureView {
    FailureView {
        code: failure.code.to_owned(),
        message: failure.message.clone(),
        place: failure.place.clone(),
        unmapped: failure.lacks.as_ref().map(|lacks| UnmappedView {
            list: lacks.list.to_owned(),
            code: lacks.code.clone(),
            direction: match lacks.direction {
                Direction::In => "in",
                Direction::Out => "out",
            }
            .to_owned(),
        }),
    }
}
