//! The list of receipts: what came in and what was taken back on some days, page by page.

use std::collections::HashMap;

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use serde_json::{Value, json};

use super::floor::Floor;
use crate::answer::Refusal;

/// Events per page.
const PAGE: usize = 100;

/// A page of the list. Days are those of UTC.
pub(super) fn page(floor: &Floor, pairs: &HashMap<String, String>) -> Result<Value, Refusal> {
    let day = |name: &str| -> Result<Date, Refusal> {
        let text = pairs.get(name).map(String::as_str).unwrap_or_default();
        let wrong = || Refusal::malformed(format!("{name} is no day: {text:?}"));
        text.parse().map_err(|_| wrong())
    };
    let (from, to) = (day("from")?, day("to")?);
    let page = pairs.get("page").map(String::as_str).unwrap_or_default();
    let first: usize = match page {
        "" => 0,
        number => number
            .parse()
            .map_err(|_| Refusal::malformed(format!("there is no page {number:?}")))?,
    };
    let all: Vec<Value> = floor
        .receipts()
        .into_iter()
        .filter(|event| on(event).is_some_and(|day| (from..=to).contains(&day)))
        .collect();
    let events: Vec<&Value> = all.iter().skip(first * PAGE).take(PAGE).collect();
    let more = all.len() > (first + 1) * PAGE;
    let next = more.then(|| (first + 1).to_string());
    Ok(json!({ "events": events, "next": next }))
}

fn on(event: &Value) -> Option<Date> {
    let at: Timestamp = event.get("occurredAt")?.as_str()?.parse().ok()?;
    Some(at.to_zoned(TimeZone::UTC).date())
}

impl Floor {
    /// Receipts and reversals: of the stories, then those booked by hand.
    fn receipts(&self) -> Vec<Value> {
        let state = self.state();
        let told = state.returns.values().flat_map(|one| one.events.iter());
        let told = told.map(|event| event.body.clone());
        let all = told.chain(state.by_hand.iter().cloned());
        all.filter(|event| {
            matches!(
                event.get("type").and_then(Value::as_str),
                Some("receipt.created" | "receipt.reversed")
            )
        })
        .collect()
    }

    /// Somebody books a receipt, or a reversal, and nobody is told.
    pub(super) fn book(&self, event: Value) {
        self.state().by_hand.push(event);
    }

    /// Somebody strikes what was booked by hand for a receipt.
    pub(super) fn strike(&self, receipt_id: &str) {
        self.state()
            .by_hand
            .retain(|event| event.get("receiptId").and_then(Value::as_str) != Some(receipt_id));
    }
}
