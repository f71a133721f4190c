//! Messages that kill or hang the process, among fifty-five neighbours: they alone are put aside, after some restarts.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use broker::{Broker, Destination, Embedded, Message, Queue, RabbitConfig, Topology};
use serde_json::Value;
use simulators::erp::Collection;
use testkit::rabbit::Rabbit;
use tests::killer::{ABORT, ABORT_SENT, HANG};
use tests::sidecar::Sidecar;
use tests::world::{World, request};

/// Neighbours of the killers.
const NEIGHBOURS: u32 = 55;
/// Where they come in.
const QUEUE: &str = "killer.requests";
/// Failed deliveries that the broker allows: fewer than the deaths that the killers cause together.
const LIMIT: u32 = 8;
/// Patience with all of it. A lease must run out after each death in the middle of a delivery.
const WITHIN: Duration = Duration::from_mins(9);

/// A message that is a request, but for what its codec makes of it.
fn message(n: u32, mark: &str) -> Message {
    let mut body = request(n);
    if !mark.is_empty() {
        body["rma"] = Value::from(format!("RMA-{n}-{mark}"));
    }
    Message {
        id: format!("m-{n}"),
        to: Destination::Queue(QUEUE.to_owned()),
        content_type: "application/json".to_owned(),
        headers: BTreeMap::new(),
        body: serde_json::to_vec(&body).unwrap().into(),
    }
}

/// Neighbours, with the killers near the front, in the middle and at the end.
fn messages() -> Vec<Message> {
    let mut all: Vec<Message> = (1..=NEIGHBOURS).map(|n| message(n, "")).collect();
    all.insert(3, message(901, ABORT));
    all.insert(20, message(902, ABORT_SENT));
    all.insert(30, message(903, HANG));
    all.push(message(904, ABORT));
    all
}

async fn fill(broker: &dyn Broker) {
    let queue = Queue {
        name: QUEUE.to_owned(),
        delivery_limit: LIMIT,
        one_consumer: false,
        bindings: Vec::new(),
    };
    let topology = Topology {
        exchanges: Vec::new(),
        queues: vec![queue],
        rungs: Vec::new(),
    };
    broker.declare(&topology).await.unwrap();
    let sent = broker.publish(messages()).await;
    assert!(sent.iter().all(Result::is_ok), "{sent:?}");
}

/// The world with the killer: it takes requests from a queue, and announces returns to the warehouse.
async fn world(broker: &str) -> World {
    let before = format!("[broker]\nurl = \"{broker}\"\n");
    let world = World::start(None, &before, "").await.unwrap();
    let text = std::fs::read_to_string(world.config()).unwrap();
    let more = format!(
        r#"
[router]
delivery_limit = {LIMIT}
hang_after = "4s"

[connectors.killer]
type = "killer"
system = "portal"
entity = "US01"
deadline = "2s"
[connectors.killer.amqp]
queue = "{QUEUE}"
[connectors.killer.out]
base_url = "{}/"
guard = "native-key"
timeout = "1s"
connect_timeout = "1s"
[connectors.killer.retry]
settle_window = "3s"

[[routes]]
kinds = ["WMS_RMA_ASN"]
site = "DC-EAST"
connector = "killer"
"#,
        world.warehouse.url()
    );
    std::fs::write(world.config(), text + &more).unwrap();
    world
}

/// Exceptions, if the sidecar can be asked.
fn exceptions(sidecar: &Sidecar) -> Option<Vec<Value>> {
    let listed = sidecar.ask(&["exception", "list", "--json"]).ok()?;
    listed.as_array().cloned()
}

/// Starts the sidecar again whenever it dies, until that many exceptions are kept and every neighbour is announced.
async fn until_through(world: &World) -> (Sidecar, u32) {
    let begun = Instant::now();
    let mut deaths = 0;
    loop {
        let Ok(mut sidecar) = world.sidecar(env!("CARGO_BIN_EXE_product")).await else {
            deaths += 1;
            assert!(deaths < 40, "it never stays up");
            continue;
        };
        while sidecar.ended().unwrap().is_none() {
            let announced = world.warehouse.ledger().asns.len();
            let kept = exceptions(&sidecar).unwrap_or_default();
            if announced >= NEIGHBOURS as usize && kept.len() >= 4 {
                return (sidecar, deaths);
            }
            assert!(
                begun.elapsed() < WITHIN,
                "{deaths} deaths, {announced} announced, {kept:#?}\n{}",
                sidecar.log()
            );
            tokio::time::sleep(Duration::from_millis(200)).await;
        }
        deaths += 1;
        assert!(deaths < 40, "it never stays up: {}", sidecar.log());
    }
}

async fn the_killers_alone_are_put_aside(world: &World) {
    let (sidecar, deaths) = until_through(world).await;
    // Three each for those that are decoded; and one more for the one that is sent, before anybody suspects it.
    assert!((13..=17).contains(&deaths), "{deaths} deaths");
    let kept = exceptions(&sidecar).unwrap();
    assert_eq!(kept.len(), 4, "{kept:#?}");
    let mut found = BTreeMap::new();
    for row in &kept {
        assert_eq!(row["code"], "POISON_MESSAGE", "{row}");
        assert_eq!(row["connector"], "killer", "{row}");
        *found.entry(row["stage"].as_str().unwrap()).or_insert(0) += 1;
    }
    assert_eq!(found, BTreeMap::from([("deliver", 1), ("intake", 3)]));
    let returns = sidecar
        .ask(&["return", "list", "--json", "--limit", "500"])
        .unwrap();
    // The one whose announcement kills is a return like any other.
    assert_eq!(returns.as_array().unwrap().len(), NEIGHBOURS as usize + 1);
    let warehouse = world.warehouse.ledger();
    assert_eq!(warehouse.asns.len(), NEIGHBOURS as usize);
    assert!(
        warehouse.duplicates.is_empty(),
        "{:?}",
        warehouse.duplicates
    );
    let erp = world.erp.ledger();
    assert!(erp.duplicates.is_empty(), "{:?}", erp.duplicates);
    assert_eq!(
        erp.documents[&Collection::ReturnOrders].len(),
        NEIGHBOURS as usize + 1
    );
    assert!(sidecar.terminate().await.unwrap().success());
}

#[tokio::test(flavor = "multi_thread")]
async fn killers_on_the_embedded_broker() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("queue.db");
    let broker = Embedded::open(&path).await.unwrap();
    fill(&broker).await;
    broker.close().await;
    drop(broker);
    let world = world(&format!("embedded:{}", path.display())).await;
    the_killers_alone_are_put_aside(&world).await;
    let broker = Embedded::open(&path).await.unwrap();
    let topology = router::wire::topology(&["killer".to_owned(), "erp".to_owned()], &[], LIMIT);
    broker.declare(&topology).await.unwrap();
    nothing_is_dead(&broker, &topology).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn killers_on_rabbitmq() {
    let shared = Rabbit::shared().await.unwrap();
    let url = shared.vhost("poison").await.unwrap();
    let broker = Arc::new(broker::Rabbit::start(RabbitConfig::new(url.clone())).unwrap());
    fill(broker.as_ref()).await;
    let world = world(&url).await;
    the_killers_alone_are_put_aside(&world).await;
    let topology = router::wire::topology(&["killer".to_owned(), "erp".to_owned()], &[], LIMIT);
    nothing_is_dead(broker.as_ref(), &topology).await;
    assert_eq!(broker.depth(QUEUE).await.unwrap(), 0);
    let parked = broker.depth(&format!("{QUEUE}.parked")).await.unwrap();
    assert_eq!(parked, 0, "nobody was dead-lettered for what others did");
    broker.close().await;
}

async fn nothing_is_dead(broker: &dyn Broker, topology: &Topology) {
    for queue in &topology.queues {
        assert_eq!(
            broker.depth(&queue.parked()).await.unwrap(),
            0,
            "{}",
            queue.name
        );
    }
}
