//! `backhaul topology`

use broker::{Queue, Topology};
use clap::Args;
use serde_json::{Map, Value, json};

use super::{ConfigArg, Ended, output};

/// Arguments of `topology`.
#[derive(Debug, Args)]
#[command(after_help = "\
Everything is declared at start by itself; this is for those who must declare it beforehand, or want to know.
Arguments are those of RabbitMQ. Exchanges are durable topic exchanges, queues are durable.

Example:
  backhaul topology --json | jq '.queues[] | .name'")]
pub struct TopologyArgs {
    #[command(flatten)]
    config: ConfigArg,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

/// Delivery limit of `.parked` queues: never reached, since nothing is dropped there.
const PARKED_LIMIT: u32 = 1_000_000_000;

pub(super) fn run(args: &TopologyArgs) -> Result<(), Ended> {
    let config = args.config.load_without_secrets()?;
    let topology = crate::sidecar::topology(&config);
    if args.json {
        return output::json(&describe(&topology));
    }
    let mut rows: Vec<Vec<String>> = exchanges(&topology)
        .into_iter()
        .map(|name| {
            vec![
                "exchange".to_owned(),
                name,
                "topic".to_owned(),
                String::new(),
            ]
        })
        .collect();
    for queue in queues(&topology) {
        let bindings: Vec<String> = queue
            .bindings
            .iter()
            .map(|(exchange, key)| format!("{exchange} {key}"))
            .collect();
        let arguments: Vec<String> = queue
            .arguments
            .iter()
            .map(|(name, value)| format!("{name}={value}"))
            .collect();
        rows.push(vec![
            "queue".to_owned(),
            queue.name,
            arguments.join("\n"),
            bindings.join("\n"),
        ]);
    }
    output::table(&["what", "name", "arguments", "bound to"], rows, "nothing")
}

struct Described {
    name: String,
    arguments: Map<String, Value>,
    bindings: Vec<(String, String)>,
}

/// The topology with RabbitMQ's arguments, as JSON.
pub(crate) fn describe(topology: &Topology) -> Value {
    let exchanges: Vec<Value> = exchanges(topology)
        .into_iter()
        .map(|name| json!({ "name": name, "type": "topic", "durable": true }))
        .collect();
    let queues: Vec<Value> = queues(topology)
        .into_iter()
        .map(|queue| {
            let bindings: Vec<Value> = queue
                .bindings
                .iter()
                .map(|(exchange, key)| json!({ "exchange": exchange, "key": key }))
                .collect();
            json!({
                "name": queue.name, "durable": true, "arguments": queue.arguments, "bindings": bindings
            })
        })
        .collect();
    json!({ "exchanges": exchanges, "queues": queues })
}

/// Each rung has an exchange of its own, so that a message's routing key stays the queue that it comes back to.
fn exchanges(topology: &Topology) -> Vec<String> {
    let named = topology
        .exchanges
        .iter()
        .map(|exchange| exchange.name.clone());
    named
        .chain(topology.rungs.iter().map(|rung| rung.queue()))
        .collect()
}

fn queues(topology: &Topology) -> Vec<Described> {
    let mut all = Vec::new();
    for queue in &topology.queues {
        all.push(Described {
            name: queue.name.clone(),
            arguments: work(queue),
            bindings: queue.bindings.clone(),
        });
        all.push(Described {
            name: queue.parked(),
            arguments: Map::from_iter([
                ("x-queue-type".to_owned(), json!("quorum")),
                ("x-delivery-limit".to_owned(), json!(PARKED_LIMIT)),
            ]),
            bindings: Vec::new(),
        });
    }
    for rung in &topology.rungs {
        let mut arguments = dead_letters();
        let milliseconds = u64::try_from(rung.delay().as_millis()).unwrap_or(u64::MAX);
        arguments.insert("x-message-ttl".to_owned(), json!(milliseconds));
        let bindings = vec![(rung.queue(), "#".to_owned())];
        all.push(Described {
            name: rung.queue(),
            arguments,
            bindings,
        });
    }
    all
}

fn work(queue: &Queue) -> Map<String, Value> {
    let mut arguments = dead_letters();
    arguments.insert(
        "x-dead-letter-routing-key".to_owned(),
        json!(queue.parked()),
    );
    arguments.insert("x-delivery-limit".to_owned(), json!(queue.delivery_limit));
    if queue.one_consumer {
        arguments.insert("x-single-active-consumer".to_owned(), json!(true));
    }
    arguments
}

fn dead_letters() -> Map<String, Value> {
    Map::from_iter([
        ("x-queue-type".to_owned(), json!("quorum")),
        ("x-overflow".to_owned(), json!("reject-publish")),
        ("x-dead-letter-strategy".to_owned(), json!("at-least-once")),
        ("x-dead-letter-exchange".to_owned(), json!("")),
    ])
}
