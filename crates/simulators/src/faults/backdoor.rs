//! `/__faults`: switching faults from outside.

use axum::extract::State;
use axum::routing::get;
use axum::{Json, Router};
use bytes::Bytes;
use serde::Deserialize;
use serde_json::{Value, json};

use super::{Faults, Preset, Rule};
use crate::answer::{Refusal, read};

#[derive(Deserialize)]
#[serde(untagged)]
enum Switch {
    Preset {
        preset: Preset,
        #[serde(default)]
        seed: u64,
    },
    Rule(Rule),
    Rules(Vec<Rule>),
}

/// The routes of the switchboard.
pub(crate) fn router(faults: Faults) -> Router {
    let routes = get(show).post(switch).delete(clear);
    Router::new().route("/__faults", routes).with_state(faults)
}

async fn show(State(faults): State<Faults>) -> Json<Value> {
    let (rules, counts) = (faults.rules(), faults.counts());
    Json(json!({"rules": rules, "counts": counts, "injected": faults.injected()}))
}

async fn switch(State(faults): State<Faults>, body: Bytes) -> Result<Json<Value>, Refusal> {
    let rules = match read(&body)? {
        Switch::Preset { preset, seed } => preset.rules(seed),
        Switch::Rule(rule) => vec![rule],
        Switch::Rules(rules) => rules,
    };
    for rule in rules {
        faults.add(rule);
    }
    Ok(show(State(faults)).await)
}

async fn clear(State(faults): State<Faults>) -> Json<Value> {
    faults.clear();
    show(State(faults)).await
}
