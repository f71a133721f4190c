//! `/__…`: the ledger, and master data for a test.

use std::sync::Arc;

use axum::extract::State;
use axum::routing::{get, post};
use axum::{Json, Router};
use bytes::Bytes;
use jiff::civil::Date;
use serde::Deserialize;
use serde_json::{Value, json};

use super::{Customer, Desk, Invoice, Ledger};
use crate::answer::{Refusal, read};

pub(super) fn router() -> Router<Arc<Desk>> {
    Router::new()
        .route("/__ledger", get(ledger))
        .route("/__customers", post(customers))
        .route("/__invoices", post(invoices))
        .route("/__periods", post(periods))
        .route("/__creditMemos", post(credit_memo))
}

async fn ledger(State(desk): State<Arc<Desk>>) -> Json<Ledger> {
    Json(desk.books.ledger())
}

async fn customers(State(desk): State<Arc<Desk>>, body: Bytes) -> Result<Json<Value>, Refusal> {
    let customers: Vec<Customer> = read(&body)?;
    let count = customers.len();
    for customer in customers {
        desk.books.register_customer(customer);
    }
    Ok(Json(json!({ "registered": count })))
}

async fn invoices(State(desk): State<Arc<Desk>>, body: Bytes) -> Result<Json<Value>, Refusal> {
    let invoices: Vec<Invoice> = read(&body)?;
    let count = invoices.len();
    for invoice in invoices {
        desk.books.register_invoice(invoice);
    }
    Ok(Json(json!({ "registered": count })))
}

async fn credit_memo(State(desk): State<Arc<Desk>>, body: Bytes) -> Result<Json<Value>, Refusal> {
    Ok(Json(desk.books.key_by_hand(&body)?))
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Periods {
    closed_through: Option<Date>,
}

async fn periods(State(desk): State<Arc<Desk>>, body: Bytes) -> Result<Json<Value>, Refusal> {
    let Periods { closed_through } = read(&body)?;
    desk.books.close_through(closed_through);
    Ok(Json(json!({ "closedThrough": closed_through })))
}
