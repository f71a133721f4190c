//! Silence through the whole router, on embedded broker and store: the clock is handed in, nobody waits for hours.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "tests")]

mod support;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use broker::{Broker, Embedded};
use canonical::effect::ErpRef;
use canonical::envelope::{Context, Envelope};
use canonical::{Command, Condition, EffectKind, Event, EventData, MessageKey, ReturnName};
use connector::{
    Built, Codec, Confirmation, Decoded, DuplicateGuard, Failure, FailureKind, Found, Inbound,
    Outbound, Sink,
};
use jiff::SignedDuration;
use router::{Instance, RetryPolicy, Route, Routes, Running, Sidecar, Tuning, wire};
use store::{
    EffectRow, EffectState, ExceptionFilter, ExceptionRow, ExceptionState, ReturnFilter,
    SqliteStore, Store,
};
use support::{Ground, policies, until};
use testkit::facts;

/// A target that is away until it answers.
struct Target {
    answers: AtomicBool,
}

impl Codec for Target {
    fn decode(&self, _: &Inbound) -> Result<Vec<Decoded>, Failure> {
        Ok(Vec::new())
    }

    fn encode(&self, _: &Command) -> Result<Vec<u8>, Failure> {
        Ok(Vec::new())
    }
}

#[async_trait]
impl Sink for Target {
    async fn send(&self, effect: Outbound<'_>) -> Result<Confirmation, Failure> {
        if !self.answers.load(Ordering::Relaxed) {
            return Err(Failure::new(
                FailureKind::Unavailable,
                "x.away",
                "nobody answers",
            ));
        }
        let document = ErpRef {
            doc_type: "DOC".to_owned(),
            doc_no: effect.key.as_str().to_owned(),
            line: None,
            posting_date: None,
            period: None,
            url: None,
            amount: None,
        };
        Ok(Confirmation {
            document,
            duplicate: false,
        })
    }

    async fn find(&self, _: Outbound<'_>) -> Result<Found, Failure> {
        Ok(Found::Nothing)
    }

    fn guard(&self) -> DuplicateGuard {
        DuplicateGuard::NativeKey
    }

    async fn probe(&self) -> Result<String, Failure> {
        Ok(String::new())
    }
}

struct House {
    ground: Ground,
    target: Arc<Target>,
    told: AtomicI64,
}

impl House {
    async fn new() -> Self {
        Self {
            ground: Ground::new().await,
            target: Arc::new(Target {
                answers: AtomicBool::new(false),
            }),
            told: AtomicI64::new(0),
        }
    }

    async fn start(&self) -> Running {
        let sidecar = Sidecar {
            published: connector::Published::default(),
            broker: Arc::<Embedded>::clone(&self.ground.broker),
            store: Arc::<SqliteStore>::clone(&self.ground.store),
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
                built: Built {
                    codec: Arc::<Target>::clone(&self.target),
                    source: None,
                    sink: Some(Arc::<Target>::clone(&self.target)),
                },
                retry: RetryPolicy::default(),
                max_in_flight: 4,
                deadline: Duration::from_secs(5),
            }],
            all_connectors: vec!["out".to_owned()],
            one_session: Vec::new(),
            tuning: Tuning::default(),
            clock: self.ground.clock(),
        };
        sidecar.start().await.unwrap()
    }

    async fn tell(&self, data: EventData) {
        let now = self.ground.clock().now();
        let number = self.told.fetch_add(1, Ordering::Relaxed);
        let event = Event {
            key: MessageKey(format!("event-{number}")),
            subject: ReturnName::External {
                system: "portal".to_owned(),
                value: "P1".to_owned(),
            },
            occurred_at: now,
            data,
        };
        let context = Context {
            connector: "portal".to_owned(),
            correlation_id: String::new(),
            causation_id: String::new(),
            traceparent: String::new(),
            ingested_at: now,
        };
        let envelope = Envelope::seal(&event, &context).unwrap();
        let message = wire::to_broker(wire::event(&envelope).unwrap()).unwrap();
        let sent = self.ground.broker.publish(vec![message]).await;
        assert!(sent.iter().all(Result::is_ok), "{sent:?}");
    }

    async fn effects(&self) -> Vec<EffectRow> {
        let returns = self
            .ground
            .store
            .returns(&ReturnFilter::default())
            .await
            .unwrap();
        match returns.first() {
            Some(row) => self.ground.store.effects_of(&row.return_id).await.unwrap(),
            None => Vec::new(),
        }
    }

    /// Exceptions of that code.
    async fn exceptions(&self, code: &str) -> Vec<ExceptionRow> {
        let filter = ExceptionFilter {
            code: Some(code.to_owned()),
            ..ExceptionFilter::default()
        };
        self.ground.store.exceptions(&filter).await.unwrap()
    }
}

fn are(rows: &[ExceptionRow], state: ExceptionState) -> bool {
    !rows.is_empty() && rows.iter().all(|row| row.state == state)
}

#[tokio::test]
async fn an_effect_without_outcome_is_told_once_goes_on_and_ends_it() {
    let house = House::new().await;
    let running = house.start().await;
    let request = facts::request(vec![facts::line(1, 4)]);
    house.tell(facts::asked(request)).await;
    until("the effects were tried", || async {
        let effects = house.effects().await;
        let moving: Vec<_> = effects
            .iter()
            .filter(|e| e.state != EffectState::Planned)
            .collect();
        !moving.is_empty() && moving.iter().all(|e| e.attempts > 0)
    })
    .await;
    assert_eq!(house.exceptions("ERP_UNKNOWN_SLA").await, []);
    house.ground.pass(3 * 60);
    until("it is told", || async {
        are(
            &house.exceptions("ERP_UNKNOWN_SLA").await,
            ExceptionState::Open,
        )
    })
    .await;
    let told = house.exceptions("ERP_UNKNOWN_SLA").await;
    assert!(told.iter().all(|row| row.occurrences == 1), "{told:?}");
    assert!(told[0].reason.contains("nobody answers"), "{told:?}");
    // A restart and more time: no second one of the same silence, and the effect still moves.
    assert!(running.drain().await.whole);
    let running = house.start().await;
    let tried = |effects: &[EffectRow]| effects.iter().map(|e| e.attempts).sum::<u32>();
    let before = tried(&house.effects().await);
    house.ground.pass(3 * 60);
    until("it is tried again", || async {
        tried(&house.effects().await) > before
    })
    .await;
    assert_eq!(house.exceptions("ERP_UNKNOWN_SLA").await, told);

    house.target.answers.store(true, Ordering::Relaxed);
    house.ground.pass(2 * 60);
    until("it is over", || async {
        are(
            &house.exceptions("ERP_UNKNOWN_SLA").await,
            ExceptionState::Resolved,
        )
    })
    .await;
    let effects = house.effects().await;
    let late = effects
        .iter()
        .filter(|e| told.iter().any(|row| row.effect_key == e.effect_key));
    assert!(
        late.clone().count() > 0 && late.clone().all(|e| e.state == EffectState::Confirmed),
        "{effects:?}"
    );
    assert!(running.drain().await.whole);
}

#[tokio::test]
async fn goods_that_nobody_inspects_are_told_once_and_their_inspection_ends_it() {
    let house = House::new().await;
    house.target.answers.store(true, Ordering::Relaxed);
    let running = house.start().await;
    let request = facts::request(vec![facts::line(1, 4)]);
    house.tell(facts::asked(request)).await;
    house.tell(facts::received("R1", &[("SKU-1", 4)])).await;
    until("the receipt is known", || async {
        let due = house.ground.clock().now() + SignedDuration::from_hours(49);
        let timers = house.ground.store.due(due, 100).await.unwrap();
        timers.iter().any(|t| t.kind.starts_with("INSPECTION_WAIT"))
    })
    .await;
    house.ground.pass(49 * 60);
    until("it is told", || async {
        are(
            &house.exceptions("INSPECTION_OVERDUE").await,
            ExceptionState::Open,
        )
    })
    .await;
    let told = house.exceptions("INSPECTION_OVERDUE").await;
    assert_eq!((told.len(), told[0].occurrences), (1, 1), "{told:?}");
    let found = [("SKU-1", 4, Condition::ANewSealed)];
    house.tell(facts::inspected("I1", &found)).await;
    until("it is over", || async {
        are(
            &house.exceptions("INSPECTION_OVERDUE").await,
            ExceptionState::Resolved,
        )
    })
    .await;
    assert!(running.drain().await.whole);
}
