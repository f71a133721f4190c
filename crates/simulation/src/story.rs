//! What happens to the returns of a run: asked for, received in parts, inspected, disposed; some withdrawn, some dear.

use std::time::Duration;

use canonical::envelope::{Context, Envelope};
use canonical::{Condition, DispositionAction, Event, EventData, MessageKey, ReturnName};
use fastrand::Rng;
use testkit::facts;

use crate::feed::Feed;
use crate::plan::Plan;

/// Pieces invoiced on each line.
pub const INVOICED: i32 = 10;
/// Outbound freight invoiced on each line, minor units: it does not divide by the pieces.
pub const FREIGHT_MINOR: i64 = 1_003;

const CONDITIONS: [Condition; 3] = [
    Condition::ANewSealed,
    Condition::BOpened,
    Condition::DDamaged,
];
const ACTIONS: [DispositionAction; 3] = [
    DispositionAction::Restock,
    DispositionAction::Scrap,
    DispositionAction::Refurbish,
];

/// What lies in a queue and is no message of ours.
pub const STRAY: &str = "not a ticket";

/// What a partner says that is no message.
pub const GARBAGE: &str = "not a message";

/// Posts the story of a run.
pub fn tell(plan: &Plan, feed: &Feed) {
    let mut rng = Rng::with_seed(plan.seed ^ 0x0005_7027);
    for number in 0..plan.returns {
        let facts = facts_of(number, plan, &mut rng);
        let mut at = rng.u64(0..30_000);
        for (name, data) in facts {
            at = if plan.shuffled {
                rng.u64(0..90_000)
            } else {
                at + rng.u64(0..20_000)
            };
            say(feed, number, &name, data, Duration::from_millis(at));
        }
    }
    if rng.u8(0..3) == 0 {
        feed.post(
            "garbage",
            GARBAGE,
            Duration::from_millis(rng.u64(0..60_000)),
        );
    }
}

/// Says one fact of one return.
pub fn say(feed: &Feed, number: usize, name: &str, data: EventData, after: Duration) {
    let request = format!("P{number}");
    let event = Event {
        key: MessageKey::derive(&["sim", &request, name]),
        subject: ReturnName::External {
            system: "portal".to_owned(),
            value: request,
        },
        occurred_at: facts::at("2026-05-01T09:00:00Z"),
        data,
    };
    let context = Context {
        connector: crate::feed::CONNECTOR.to_owned(),
        correlation_id: String::new(),
        causation_id: String::new(),
        traceparent: String::new(),
        ingested_at: event.occurred_at,
    };
    if let Ok(text) = Envelope::seal(&event, &context).and_then(|e| serde_json::to_vec(&e)) {
        feed.post(&event.key.0, text, after);
    }
}

fn facts_of(number: usize, plan: &Plan, rng: &mut Rng) -> Vec<(String, EventData)> {
    let lines: i32 = rng.i32(1..3);
    let dear = rng.u8(0..4) == 0;
    // Two returns may want pieces of the same invoice line.
    let invoice = if number == 1 && rng.bool() { 0 } else { number };
    let wanted: Vec<i32> = (0..lines).map(|_| rng.i32(1..=6)).collect();
    let mut request = facts::request(
        wanted
            .iter()
            .zip(1..)
            .map(|(qty, no)| {
                let mut line = facts::line(no, *qty);
                if let Some(invoice_ref) = &mut line.invoice_ref {
                    invoice_ref.document = format!("INV-{invoice}");
                }
                if let Some(invoiced) = &mut line.invoiced {
                    invoiced.freight_minor = FREIGHT_MINOR;
                    invoiced.amount_minor *= if dear { 10 } else { 1 };
                }
                line
            })
            .collect(),
    );
    request.request_id = format!("P{number}");
    if rng.u8(0..3) == 0 {
        "edi-retailer".clone_into(&mut request.channel);
    }
    let mut facts = vec![("request".to_owned(), facts::asked(request))];
    if rng.u8(0..8) == 0 && !plan.shuffled {
        facts.push(("cancel".to_owned(), facts::cancelled()));
        return facts;
    }
    let sku = |line: usize| format!("SKU-{}", line + 1);
    // Each line in one or two receipts.
    let mut parts: [Vec<(String, i32)>; 2] = [Vec::new(), Vec::new()];
    for (line, qty) in wanted.iter().enumerate() {
        let first = rng.i32(1..=*qty);
        parts[0].push((sku(line), first));
        if first < *qty {
            parts[1].push((sku(line), qty - first));
        }
    }
    for (part, goods) in parts
        .iter()
        .enumerate()
        .filter(|(_, goods)| !goods.is_empty())
    {
        let goods: Vec<(&str, i32)> = goods
            .iter()
            .map(|(sku, qty)| (sku.as_str(), *qty))
            .collect();
        facts.push((
            format!("receipt-{part}"),
            facts::received(&format!("R{number}-{part}"), &goods),
        ));
    }
    let skus: Vec<String> = (0..wanted.len()).map(sku).collect();
    let found: Vec<(&str, i32, Condition)> = skus
        .iter()
        .zip(&wanted)
        .map(|(sku, qty)| {
            (
                sku.as_str(),
                *qty,
                CONDITIONS[rng.usize(0..CONDITIONS.len())],
            )
        })
        .collect();
    facts.push((
        "inspection".to_owned(),
        facts::inspected(&format!("I{number}"), &found),
    ));
    let disposed: Vec<(&str, i32, DispositionAction)> = skus
        .iter()
        .zip(&wanted)
        .map(|(sku, qty)| (sku.as_str(), *qty, ACTIONS[rng.usize(0..ACTIONS.len())]))
        .collect();
    facts.push((
        "disposition".to_owned(),
        facts::disposed(&format!("D{number}"), &disposed),
    ));
    facts
}
