//! Playing a return: its facts happen at the configured pace, and somebody is told.

use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;

use super::fact::Kind;
use super::floor::Told;
use super::ledger::SentEvent;
use super::{Asn, Story, Warehouse};
use crate::draw;
use crate::emit::{Message, Outcome};
use crate::faults::Fault;

/// Starts to play in the background; false when there is nothing to play.
pub(super) fn start(warehouse: &Arc<Warehouse>, rma: &str) -> bool {
    let seed = warehouse.config.seed;
    let story = warehouse
        .config
        .story
        .unwrap_or_else(|| Story::drawn(seed, rma));
    let Some(asn) = warehouse.floor.begin(rma, story) else {
        return false;
    };
    let warehouse = warehouse.clone();
    tokio::spawn(async move {
        let completed = play(&warehouse, &asn, story).await;
        warehouse.floor.end(&asn.rma_number, completed);
    });
    true
}

/// True when the return was played to its end.
async fn play(warehouse: &Warehouse, asn: &Asn, story: Story) -> bool {
    let Ok(_hand) = warehouse.hands.acquire().await else {
        return false;
    };
    let rma = asn.rma_number.as_str();
    let (seed, how) = (warehouse.config.seed, warehouse.config.dialect);
    let reordered = warehouse
        .faults
        .draw("EMIT webhook", rma, Fault::SERIES)
        .is_some();
    let mut waiting: Vec<Told> = Vec::new();
    for fact in story.facts(seed, asn) {
        if !pause(warehouse).await {
            return false;
        }
        let told = warehouse
            .floor
            .happen((seed, how, Timestamp::now()), rma, &fact);
        let Some(told) = told else { return false };
        waiting.push(told);
        let held_back = story == Story::InspectionFirst && fact.kind == Kind::Receipt;
        if reordered || held_back {
            continue;
        }
        // The inspection before the receipt that was held back.
        waiting.reverse();
        tell_all(warehouse, asn, &mut waiting).await;
    }
    draw::shuffle(seed, &["reorder", rma], &mut waiting);
    tell_all(warehouse, asn, &mut waiting).await;
    true
}

/// The time between two facts; false when it is closing time.
async fn pause(warehouse: &Warehouse) -> bool {
    let pace = Duration::from_millis(warehouse.config.pace_ms);
    tokio::select! {
        () = tokio::time::sleep(pace) => true,
        () = warehouse.cancel.cancelled() => false,
    }
}

async fn tell_all(warehouse: &Warehouse, asn: &Asn, waiting: &mut Vec<Told>) {
    for told in waiting.drain(..) {
        tell(warehouse, asn, told).await;
    }
}

async fn tell(warehouse: &Warehouse, asn: &Asn, told: Told) {
    let Some(target) = warehouse.target() else {
        return;
    };
    let webhook_id = draw::uuid(warehouse.config.seed, &["webhook", &told.event_id]);
    let entry = SentEvent::pending(&webhook_id, &asn.rma_number, told.what);
    let position = {
        let mut state = warehouse.floor.state();
        state.sent.push(entry);
        state.sent.len() - 1
    };
    let body = told.body.to_string();
    let headers = vec![("x-warehouse", asn.site.clone())];
    let message = Message {
        webhook_id,
        body,
        headers,
    };
    let deliveries = warehouse.sender.send(&target, &message).await;
    let mut state = warehouse.floor.state();
    for (nth, delivery) in deliveries.into_iter().enumerate() {
        if delivery.outcome == Outcome::Abandoned && !delivery.garbage {
            tracing::warn!(rma.id = asn.rma_number, "gave a webhook up");
        }
        let sent = SentEvent::settled(&asn.rma_number, told.what, delivery);
        match state.sent.get_mut(position) {
            Some(pending) if nth == 0 => *pending = sent,
            _ => state.sent.push(sent),
        }
    }
}
