//! Silence through the whole router, on embedded broker and store: the clock is handed in, nobody waits for hours.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "tests")]

mod support;

use std::sync::Arc;
use std::time::Duration;

use broker::Embedded;
use canonical::{Condition, EffectKind};
use jiff::SignedDuration;
use router::{Instance, RetryPolicy, Route, Routes, Running, Sidecar, Tuning};
use store::{
    EffectRow, EffectState, ExceptionFilter, ExceptionRow, ExceptionState, ReturnFilter,
    SqliteStore, Store,
};
use support::target::Target;
use support::{Ground, policies, until};
use testkit::facts;

struct House {
    ground: Ground,
    target: Arc<Target>,
}

impl House {
    async fn new() -> Self {
        Self {
            ground: Ground::new().await,
            target: Target::away(),
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
                built: self.target.built(),
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
    house.ground.tell(facts::asked(request)).await;
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

    house.target.answer();
    house.ground.pass(2 * 60);
    until("it is over", || async {
        // A send that was under way when the clock jumped is in doubt, and waits for the settle window.
        house.ground.pass(1);
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
    house.target.answer();
    let running = house.start().await;
    let request = facts::request(vec![facts::line(1, 4)]);
    house.ground.tell(facts::asked(request)).await;
    house
        .ground
        .tell(facts::received("R1", &[("SKU-1", 4)]))
        .await;
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
    house.ground.tell(facts::inspected("I1", &found)).await;
    until("it is over", || async {
        are(
            &house.exceptions("INSPECTION_OVERDUE").await,
            ExceptionState::Resolved,
        )
    })
    .await;
    assert!(running.drain().await.whole);
}
