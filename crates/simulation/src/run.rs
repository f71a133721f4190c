//! One seed, from the beginning to the end.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, RwLock};
use std::time::Duration;

use broker::topology::effect_queue;
use broker::{Destination, Message};
use canonical::EffectKind;
use connector::{Built, DuplicateGuard};
use jiff::SignedDuration;
use router::{Instance, RetryPolicy, Route, Routes, Sidecar, Tuning};
use store::{Clock, SqliteStore, StoreError};
use workflow::PolicySet;

use crate::amqp::{self, Amqp};
use crate::check;
use crate::feed::{CONNECTOR, Feed, Mouth};
use crate::hop::{Fault, Hop};
use crate::operator::Operator;
use crate::partner::{Partner, Partners};
use crate::plan::Plan;
use crate::process::Process;
use crate::sink::{Json, Way};
use crate::store as wire;
use crate::story;
use crate::world::World;

/// The policy that is shipped as an example.
const POLICY: &str = include_str!("../../../deploy/policy/us01.toml");
/// What it says besides: freight goes with the units, and each return pays its label.
const FREIGHT_AND_LABEL: &str = r#"
[[outbound_freight]]
id = "freight-with-units"
credit = "with_units"

[[return_label]]
id = "label-always"
amount = "3.00"
tax_treatment = "reduce_base"
"#;
/// Once faults have stopped, everything is settled within that time.
const PATIENCE: Duration = Duration::from_hours(3);
/// Longest time that a send or a look-up may take.
const DEADLINE: Duration = Duration::from_secs(10);

/// What came of a run.
#[derive(Debug)]
pub struct Outcome {
    /// How it was set up.
    pub plan: Plan,
    /// What does not hold; empty: everything does.
    pub violations: Vec<String>,
    /// How often each fault struck.
    pub struck: BTreeMap<Fault, u64>,
    /// How often each step was taken.
    pub visits: BTreeMap<Hop, u32>,
    /// Tells one history from another.
    pub fingerprint: u64,
    /// The history, for people.
    pub history: Vec<String>,
    /// Documents in the targets: our key → kind and what they say.
    pub ledger: BTreeMap<String, (EffectKind, String)>,
    /// Simulated time that it took.
    pub took: Duration,
}

/// What the processes of a run work with.
#[derive(Clone)]
struct Parts {
    world: Arc<World>,
    amqp: Arc<Amqp>,
    store: Arc<SqliteStore>,
    gone_until: wire::GoneUntil,
    leased: wire::Leased,
    partners: Arc<Partners>,
    feed: Arc<Feed>,
    policies: Arc<PolicySet>,
    troubles: Arc<std::sync::Mutex<Vec<String>>>,
}

/// Runs it, on this thread.
pub fn run(plan: Plan) -> anyhow::Result<Outcome> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .start_paused(true)
        .build()?;
    runtime.block_on(live(plan))
}

async fn live(plan: Plan) -> anyhow::Result<Outcome> {
    let world = World::new(plan);
    let clock = {
        let world = Arc::clone(&world);
        Clock::simulated(move || world.now())
    };
    let policies = PolicySet::load(&[(
        "us01.toml".to_owned(),
        POLICY.to_owned() + FREIGHT_AND_LABEL,
    )])
    .map_err(|problems| anyhow::anyhow!("{problems:?}"))?;
    let parts = Parts {
        amqp: Amqp::new(&world),
        store: Arc::new(SqliteStore::simulated(clock)?),
        gone_until: Arc::default(),
        leased: Arc::default(),
        partners: Arc::new(partners(&world.plan)),
        feed: Feed::new(),
        policies: Arc::new(policies),
        troubles: Arc::default(),
        world,
    };
    story::tell(&parts.world.plan, &parts.feed);
    let slots: Vec<_> = (0..parts.world.plan.processes)
        .map(|slot| tokio::spawn(keep_alive(parts.clone(), slot as u64)))
        .collect();
    let mut operator = Operator {
        world: Arc::clone(&parts.world),
        store: Arc::clone(&parts.store),
        feed: Arc::clone(&parts.feed),
        partners: Arc::clone(&parts.partners),
        routes: routes(),
        said: BTreeSet::new(),
    };
    if parts.world.plan.stray {
        tokio::spawn(go_astray(Arc::clone(&parts.amqp)));
    }
    let settled = until_settled(&parts, &mut operator).await?;
    for slot in slots {
        slot.abort();
    }
    let mut violations = parts.troubles.lock().map(|t| t.clone()).unwrap_or_default();
    if !settled {
        let queues = parts.amqp.queues();
        let (full, waiting) = (queues.full(), queues.waiting);
        drop(queues);
        violations.push(format!(
            "not settled {PATIENCE:?} after the last fault: queues {full:?}, {waiting} on the ladder, {} unsettled, all \
             said: {}",
            parts.amqp.unsettled(),
            parts.feed.is_done(),
        ));
    }
    let seen = check::Seen {
        world: &parts.world,
        store: &parts.store,
        amqp: &parts.amqp,
        partners: &parts.partners,
        feed: &parts.feed,
        policies: &parts.policies,
    };
    violations.extend(check::all(&seen).await?);
    Ok(Outcome {
        violations,
        struck: parts.world.chance.struck(),
        visits: parts.world.chance.visits(),
        fingerprint: parts.world.fingerprint(),
        history: parts.world.history(),
        ledger: check::ledger(&parts.partners),
        took: parts.world.elapsed(),
        plan: parts.world.plan.clone(),
    })
}

/// Somebody puts bytes into a queue that are no message of ours.
async fn go_astray(amqp: Arc<Amqp>) {
    let queue = effect_queue("erp");
    while amqp.queues().wake(&queue).is_none() {
        tokio::time::sleep(Duration::from_secs(1)).await;
    }
    let message = Message {
        id: "stray".to_owned(),
        to: Destination::Queue(queue),
        content_type: "text/plain".to_owned(),
        headers: BTreeMap::new(),
        body: story::STRAY.into(),
    };
    amqp.queues().store(&message, false);
}

fn partners(plan: &Plan) -> Partners {
    let mut erp = Partner::new("erp", plan.guard);
    erp.refuses = plan.refusals;
    let mut edi = Partner::new("edi", DuplicateGuard::UniqueNumber);
    edi.later = true;
    Partners {
        erp: Arc::new(erp),
        warehouse: Arc::new(Partner::new("wms", DuplicateGuard::NativeKey)),
        mail: Arc::new(Partner::new("mail", DuplicateGuard::UniqueNumber)),
        edi: Arc::new(edi),
    }
}

fn routes() -> Routes {
    let route = |connector: &str, kinds: &[EffectKind]| Route {
        kinds: kinds.to_vec(),
        entity: None,
        site: None,
        channel: None,
        connector: connector.to_owned(),
    };
    Routes::new(vec![
        route("wms", &[EffectKind::WmsRmaAsn, EffectKind::WmsRmaCancel]),
        route("mail", &[EffectKind::Notify]),
        route("edi", &[EffectKind::Edi180, EffectKind::Edi812]),
        route(
            "erp",
            &[
                EffectKind::ErpReturnOrder,
                EffectKind::ErpReceiptHold,
                EffectKind::ErpStockTransfer,
                EffectKind::ErpScrap,
                EffectKind::ErpCreditMemo,
                EffectKind::ErpCreditReversal,
            ],
        ),
    ])
}

/// Time passes: people decide, faults stop, everything comes to rest. `false`: it does not.
async fn until_settled(parts: &Parts, operator: &mut Operator) -> Result<bool, StoreError> {
    let calm_after = parts.world.plan.calm_after;
    let mut quiet = 0;
    loop {
        tokio::time::sleep(Duration::from_secs(5)).await;
        operator.approve().await?;
        let elapsed = parts.world.elapsed();
        if elapsed < calm_after {
            if parts.world.plan.script.is_none() && parts.world.chance.pick(0..12) == 0 {
                operator.give_back().await?;
            }
            continue;
        }
        if !parts.world.chance.is_calm() {
            parts.world.tell("faults stop");
            parts.world.chance.calm();
        }
        if !check::is_quiet(&parts.amqp, &parts.store, &parts.feed, parts.world.now()).await? {
            quiet = 0;
        } else if operator.give_back().await? == 0 {
            quiet += 1;
        }
        if quiet >= 3 {
            return Ok(true);
        }
        if elapsed > calm_after + PATIENCE {
            return Ok(false);
        }
    }
}

/// A slot in which a process runs; when it dies, the next one is started.
async fn keep_alive(parts: Parts, slot: u64) {
    let mut number = slot * 1000;
    loop {
        number += 1;
        let process = Process::new(&parts.world, number);
        process.tell("starts");
        let started = tokio::select! {
            biased;
            () = process.has_died() => None,
            started = sidecar(&parts, &process).start() => Some(started),
        };
        match started {
            None => {}
            Some(Ok(mut running)) => {
                tokio::select! {
                    biased;
                    () = process.has_died() => {}
                    reason = running.failed() => {
                        process.tell(format!("ends: {reason}"));
                        if let Ok(mut troubles) = parts.troubles.lock() {
                            troubles.push(format!("process {number} ended by itself: {reason}"));
                        }
                        process.kill();
                    }
                }
            }
            Some(Err(reason)) => process.tell(format!("does not start: {reason}")),
        }
        parts.amqp.disconnect(number);
        parts.feed.disconnect(number);
        let pause = parts.world.chance.pick(500..8_000);
        tokio::time::sleep(Duration::from_millis(pause)).await;
    }
}

fn sidecar(parts: &Parts, process: &Arc<Process>) -> Sidecar {
    let way = |name: &str, partner: &Arc<Partner>| Instance {
        name: name.to_owned(),
        built: Built {
            codec: Arc::new(Json),
            source: None,
            sink: Some(Arc::new(Way {
                partner: Arc::clone(partner),
                process: Arc::clone(process),
            })),
        },
        retry: retry(),
        max_in_flight: 4,
        deadline: DEADLINE,
    };
    let partners = &parts.partners;
    let mut instances = vec![
        way("erp", &partners.erp),
        way("wms", &partners.warehouse),
        way("mail", &partners.mail),
        way("edi", &partners.edi),
    ];
    instances.push(Instance {
        name: CONNECTOR.to_owned(),
        built: Built {
            codec: Arc::new(Json),
            source: Some(Box::new(Mouth {
                feed: Arc::clone(&parts.feed),
                process: Arc::clone(process),
            })),
            sink: None,
        },
        retry: retry(),
        max_in_flight: 1,
        deadline: DEADLINE,
    });
    Sidecar {
        published: connector::Published::default(),
        broker: Arc::new(amqp::Connection {
            amqp: Arc::clone(&parts.amqp),
            process: Arc::clone(process),
        }),
        store: Arc::new(wire::Connection {
            inner: Arc::clone(&parts.store),
            process: Arc::clone(process),
            gone_until: Arc::clone(&parts.gone_until),
            leased: Arc::clone(&parts.leased),
        }),
        policies: Arc::new(RwLock::new(Arc::clone(&parts.policies))),
        routes: routes(),
        all_connectors: instances.iter().map(|i| i.name.clone()).collect(),
        one_session: Vec::new(),
        instances,
        tuning: Tuning {
            process: format!("p{}", process.number),
            delivery_limit: 20,
            park_for: SignedDuration::from_mins(30),
            effect_sla: SignedDuration::from_mins(2),
            expect_every: [(CONNECTOR.to_owned(), SignedDuration::from_mins(5))].into(),
            route: true,
            drain: Duration::from_secs(5),
        },
        clock: process.clock(),
    }
}

/// Patience that fits targets which answer within 10 s and do what they do within 20 s, and clocks that are 5 s off.
fn retry() -> RetryPolicy {
    RetryPolicy {
        max_tries: 12,
        settle_window: Duration::from_secs(75),
        probe_misses: 2,
        max_reposts: 1,
        unknown_sla: Duration::from_mins(40),
        pause: Duration::from_secs(20),
        longest_wait: Duration::from_secs(30),
    }
}
