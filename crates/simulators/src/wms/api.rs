//! The routes of the WMS.

use std::collections::HashMap;
use std::sync::Arc;

use axum::extract::{Path, Query, Request, State};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use bytes::Bytes;
use http::StatusCode;
use serde_json::{Value, json};
use subtle::ConstantTimeEq;

use super::asn::{CallOff, NewAsn};
use super::{Ledger, Warehouse, ledger, play, receipts};
use crate::answer::{Done, Refusal, read};

type Shared = State<Arc<Warehouse>>;
type Pairs = Query<HashMap<String, String>>;

pub(super) fn router(warehouse: Arc<Warehouse>) -> Router {
    let known = from_fn_with_state(warehouse.clone(), admit);
    Router::new()
        .route("/asn", get(find).post(announce))
        .route("/asn/{rma}", get(show))
        .route("/asn/{rma}/cancel", post(call_off))
        .route("/returns/{rma}", get(truth))
        .route("/receipts", get(received))
        .route("/notifications", get(notified).post(notify))
        .route_layer(known)
        .route("/__ledger", get(show_ledger))
        .route("/__play/{rma}", post(play_now))
        .with_state(warehouse)
}

async fn admit(State(warehouse): Shared, request: Request, next: Next) -> Response {
    if let Some(key) = &warehouse.config.api_key {
        let given = request
            .headers()
            .get("x-api-key")
            .map(http::HeaderValue::as_bytes);
        let admitted: bool = key.as_bytes().ct_eq(given.unwrap_or_default()).into();
        if !admitted {
            let message = "the header x-api-key is missing or wrong";
            let status = StatusCode::UNAUTHORIZED;
            return Refusal::new(status, "UNAUTHORIZED", message).into_response();
        }
    }
    next.run(request).await
}

async fn announce(State(warehouse): Shared, body: Bytes) -> Result<Done, Refusal> {
    let new: NewAsn = read(&body)?;
    let rma = new.rma_number.clone();
    let (answer, is_new) = warehouse
        .floor
        .announce(warehouse.config.duplicate_asn, new)?;
    if is_new && warehouse.config.autoplay {
        play::start(&warehouse, &rma);
    }
    Ok(answer)
}

async fn find(State(warehouse): Shared, Query(pairs): Pairs) -> Result<Json<Value>, Refusal> {
    let found = if let Some(key) = pairs.get("externalReference") {
        warehouse.floor.by_key(key, warehouse.config.duplicate_asn)
    } else if let Some(key) = pairs.get("cancelReference") {
        warehouse
            .floor
            .find(|asn| asn.cancel_reference.as_ref() == Some(key))
    } else {
        return Err(Refusal::malformed(
            "externalReference or cancelReference is missing",
        ));
    };
    Ok(Json(json!({ "value": found })))
}

async fn show(State(warehouse): Shared, Path(rma): Path<String>) -> Result<Done, Refusal> {
    Ok(Done::ok(json!(warehouse.floor.asn(&rma)?)))
}

async fn call_off(
    State(warehouse): Shared,
    Path(rma): Path<String>,
    body: Bytes,
) -> Result<Done, Refusal> {
    let order: CallOff = read(&body)?;
    warehouse.floor.call_off(&rma, order)
}

async fn truth(State(warehouse): Shared, Path(rma): Path<String>) -> Result<Done, Refusal> {
    warehouse.floor.truth(&rma)
}

async fn received(State(warehouse): Shared, Query(pairs): Pairs) -> Result<Json<Value>, Refusal> {
    receipts::page(&warehouse.floor, &pairs).map(Json)
}

async fn notify(State(warehouse): Shared, body: Bytes) -> Result<Done, Refusal> {
    warehouse.notifications.take(&body)
}

async fn notified(State(warehouse): Shared, Query(pairs): Pairs) -> Result<Done, Refusal> {
    let key = pairs
        .get("key")
        .ok_or_else(|| Refusal::malformed("key is missing"))?;
    Ok(warehouse.notifications.find(key))
}

async fn show_ledger(State(warehouse): Shared) -> Json<Ledger> {
    Json(ledger::of(&warehouse))
}

async fn play_now(State(warehouse): Shared, Path(rma): Path<String>) -> Json<Value> {
    let started = play::start(&warehouse, &rma);
    Json(json!({ "started": started }))
}
