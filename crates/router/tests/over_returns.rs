//! The invariants that hold over several returns and need the store: through the whole router, on the real SQLite store.
//! Those of one return: `crates/workflow/tests/invariants.rs`.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "tests"
)]

mod support;

use std::sync::Arc;
use std::time::Duration;

use broker::{Broker as _, Embedded};
use canonical::envelope::{Context, Envelope};
use canonical::{
    CommandData, Condition, DispositionAction, EffectKind, Event, EventData, MessageKey, Qty,
    ReturnName, TrackingMode,
};
use proptest::prelude::*;
use router::{Instance, RetryPolicy, Route, Routes, Running, Sidecar, Tuning, wire};
use store::{ClaimRow, ExceptionFilter, SqliteStore, Store, audit_verify};
use support::target::Target;
use support::{Ground, policies, until};
use testkit::facts;
use workflow::{Bucket, EffectState, ReturnState};

/// The invoice line that all returns go back to, of ten units.
const LINE: &str = "US01|INV-1|1";
/// Pieces that were shipped.
const SERIALS: [&str; 6] = ["S1", "S2", "S3", "S4", "S5", "S6"];

/// What is told of one return, in the order in which it happened.
#[derive(Debug, Clone)]
struct Story {
    wanted: i32,
    /// First serial number and pieces of each receipt.
    receipts: Vec<(usize, usize)>,
    cancelled: bool,
    taken_back: bool,
}

impl Story {
    fn facts(&self, name: &str) -> Vec<EventData> {
        let mut line = facts::line(1, self.wanted);
        line.tracking_mode = TrackingMode::Serial;
        let mut request = facts::request(vec![line]);
        request.request_id = name.to_owned();
        let mut all = vec![facts::asked(request)];
        if self.cancelled {
            all.push(facts::cancelled());
        }
        let mut pieces = 0;
        for (n, (from, count)) in self.receipts.iter().enumerate() {
            let qty = i32::try_from(*count).unwrap();
            let mut receipt = facts::receipt(&format!("R-{name}-{n}"), &[("SKU-1", qty)]);
            let numbers = SERIALS.iter().cycle().skip(*from).take(*count);
            receipt.lines[0].serials = numbers.map(|serial| (*serial).to_owned()).collect();
            all.push(EventData::ReceiptRecorded(receipt));
            pieces += qty;
        }
        if self.taken_back && !self.receipts.is_empty() {
            all.push(facts::reversed(&format!("R-{name}-0")));
        }
        let good = [("SKU-1", pieces, Condition::ANewSealed)];
        all.push(facts::inspected(&format!("I-{name}"), &good));
        let back = [("SKU-1", pieces, DispositionAction::Restock)];
        all.push(facts::disposed(&format!("D-{name}"), &back));
        all
    }
}

fn story() -> impl Strategy<Value = Story> {
    let receipts = prop::collection::vec((0..SERIALS.len(), 1..4_usize), 1..3);
    let often = prop::bool::weighted(0.2);
    (1..8_i32, receipts, often, prop::bool::weighted(0.2)).prop_map(
        |(wanted, receipts, cancelled, taken_back)| Story {
            wanted,
            receipts,
            cancelled,
            taken_back,
        },
    )
}

async fn start(ground: &Ground) -> Running {
    let sidecar = Sidecar {
        published: connector::Published::default(),
        broker: Arc::<Embedded>::clone(&ground.broker),
        store: Arc::<SqliteStore>::clone(&ground.store),
        policies: policies(),
        routes: Routes::new(vec![Route {
            kinds: EffectKind::ALL.to_vec(),
            entity: None,
            site: None,
            channel: None,
            connector: "out".to_owned(),
        }]),
        instances: vec![Instance {
            name: "out".to_owned(),
            built: Target::answering().built(),
            retry: RetryPolicy::default(),
            max_in_flight: 4,
            deadline: Duration::from_secs(5),
        }],
        all_connectors: vec!["out".to_owned()],
        one_session: Vec::new(),
        tuning: Tuning::default(),
        clock: ground.clock(),
    };
    sidecar.start().await.unwrap()
}

/// A fact of a return, under the key of its message.
type Told = (String, String, EventData);

/// Publishes everything at once, then a return that marks the end, and waits until nothing is under way any more.
async fn tell(ground: &Ground, all: &[Told], end: &str) {
    let mut last = facts::request(vec![facts::line(9, 1)]);
    last.request_id = end.to_owned();
    let last = (end.to_owned(), end.to_owned(), facts::asked(last));
    let now = ground.clock().now();
    let messages = all.iter().chain([&last]).map(|(key, name, data)| {
        let event = Event {
            key: MessageKey(key.clone()),
            subject: ReturnName::External {
                system: "portal".to_owned(),
                value: name.clone(),
            },
            occurred_at: now,
            data: data.clone(),
        };
        let context = Context {
            connector: "portal".to_owned(),
            correlation_id: String::new(),
            causation_id: String::new(),
            traceparent: String::new(),
            ingested_at: now,
        };
        let envelope = Envelope::seal(&event, &context).unwrap();
        wire::to_broker(wire::event(&envelope).unwrap()).unwrap()
    });
    let sent = ground.broker.publish(messages.collect()).await;
    assert!(sent.iter().all(Result::is_ok), "{sent:?}");
    let mark = workflow::return_id_of(&match &last.2 {
        EventData::ReturnRequested(asked) => (**asked).clone(),
        other => panic!("a request: {other:?}"),
    });
    until("everything is at rest", || async {
        let states = states(ground).await;
        let is_moving = |state: &ReturnState| {
            let mut effects = state.effects().iter();
            effects.any(|effect| effect.state == EffectState::Ready)
        };
        states.iter().any(|state| state.return_id() == mark)
            && !states.iter().any(is_moving)
            && ground.store.outbox_len().await.unwrap() == 0
    })
    .await;
}

async fn states(ground: &Ground) -> Vec<ReturnState> {
    let rows = ground.store.returns_after("", 100).await.unwrap();
    let states = rows.iter().map(|row| serde_json::from_str(&row.state));
    states.collect::<Result<_, _>>().unwrap()
}

async fn claims(ground: &Ground) -> Vec<ClaimRow> {
    let mut names = vec![LINE.to_owned()];
    names.extend(SERIALS.map(|serial| format!("|SKU-1|{serial}")));
    ground.store.claims(&names).await.unwrap()
}

/// States, effects, exceptions and reservations: what must not change when everything is told again. The marks of the end
/// are left out.
async fn picture(ground: &Ground) -> Vec<String> {
    let mut picture = Vec::new();
    for row in ground.store.returns_after("", 100).await.unwrap() {
        let state: ReturnState = serde_json::from_str(&row.state).unwrap();
        if state.lines()[0].line.line_no == 9 {
            continue;
        }
        picture.push(format!("{} {} {}", row.return_id, row.version, row.state));
        for effect in ground.store.effects_of(&row.return_id).await.unwrap() {
            picture.push(format!("{effect:?}"));
        }
    }
    let exceptions = ground.store.exceptions(&ExceptionFilter::default()).await;
    picture.extend(exceptions.unwrap().iter().map(|row| format!("{row:?}")));
    picture.extend(claims(ground).await.iter().map(|row| format!("{row:?}")));
    picture.sort();
    picture
}

/// INV-5: no unit is reserved twice, none that was not invoiced. INV-7: no piece either, and each one that is accepted, or
/// came beyond what was authorised, is held by its return.
async fn check_reservations(ground: &Ground) {
    let mut held = claims(ground).await;
    held.sort_by(|a, b| (&a.invoice_line, a.from).cmp(&(&b.invoice_line, b.from)));
    for pair in held.windows(2) {
        let is_apart = pair[0].invoice_line != pair[1].invoice_line || pair[0].to <= pair[1].from;
        assert!(is_apart, "reserved twice: {pair:?}");
    }
    let of_line = held.iter().filter(|claim| claim.invoice_line == LINE);
    for claim in of_line {
        assert!(0 <= claim.from && claim.to <= 10 * Qty::UNIT, "{claim:?}");
    }
    let mut known = Bucket::ACCEPTED.to_vec();
    known.push(Bucket::OverHold);
    let here: i64 = states(ground)
        .await
        .iter()
        .map(|state| state.in_buckets(&known).millionths())
        .sum();
    let pieces = held.iter().filter(|claim| claim.invoice_line != LINE);
    let pieces: i64 = pieces.map(|claim| claim.to - claim.from).sum();
    assert_eq!(here, pieces, "a number for each piece");
}

/// INV-6: of the invoice line's net and tax no more is credited than was invoiced.
async fn check_credits(ground: &Ground) {
    let kind = EffectKind::ErpCreditMemo.word();
    let memos = ground.store.effects_by_kind(kind, "", 100).await.unwrap();
    let (mut net, mut tax) = (0, 0);
    for row in memos {
        let command: canonical::Command = serde_json::from_str(&row.command).unwrap();
        let CommandData::PostCreditMemo(memo) = command.data else {
            panic!("a memo")
        };
        net += memo.calculation.totals.net_minor;
        tax += memo.calculation.totals.tax_minor;
    }
    assert!(net <= 22_000 && tax <= 1_815, "{net} {tax}");
}

async fn all_holds(stories: Vec<Story>, order: Vec<u32>) {
    let ground = Ground::new().await;
    let running = start(&ground).await;
    let mut all: Vec<Told> = Vec::new();
    for (n, story) in stories.iter().enumerate() {
        let name = format!("P{n}");
        for (at, data) in story.facts(&name).into_iter().enumerate() {
            all.push((format!("{name}-{at}"), name.clone(), data));
        }
    }
    // each message comes twice, in any order
    let mut twice = [all.clone(), all.clone()].concat();
    let mut keys = order.iter().cycle();
    twice.sort_by_cached_key(|_| keys.next());
    tell(&ground, &twice, "END-1").await;
    check_reservations(&ground).await;
    check_credits(&ground).await;
    let before = picture(&ground).await;
    assert!(before.len() > stories.len());

    // the whole batch again; and once more by another way, under other keys
    tell(&ground, &all, "END-2").await;
    assert_eq!(before, picture(&ground).await, "told again");
    let settled: Vec<Told> = all
        .iter()
        .filter(|(_, _, data)| !matches!(data, EventData::CancelRequested(_)))
        .map(|(key, name, data)| (format!("other-{key}"), name.clone(), data.clone()))
        .collect();
    tell(&ground, &settled, "END-3").await;
    assert_eq!(before, picture(&ground).await, "told by another way");

    let verified = audit_verify(ground.store.as_ref()).await.unwrap();
    let (end, _) = ground.store.audit_head().await.unwrap();
    assert_eq!(verified.entries, end);
    assert!(running.drain().await.whole);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 5, max_shrink_iters: 12, ..ProptestConfig::default() })]

    #[test]
    fn inv_05_07_13_15_hold_over_returns_that_are_told_at_once_and_again(
        stories in prop::collection::vec(story(), 2..5),
        order in prop::collection::vec(any::<u32>(), 60),
    ) {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(2)
            .enable_all()
            .build()
            .unwrap();
        runtime.block_on(all_holds(stories, order));
    }
}
