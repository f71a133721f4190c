//! One run of the raw relay.

use std::time::Instant;

use anyhow::Result;
use broker::{Broker as _, Destination, Message, Queue, RabbitConfig, Topology};
use canonical::envelope::{self, Envelope};
use testkit::rabbit::Rabbit;

use crate::{Sample, usage};

/// Fills a queue with the events, relays them all to another.
pub(crate) async fn run(rabbit: &Rabbit, events: &[Envelope], round: usize) -> Result<Sample> {
    let url = rabbit.vhost(&format!("reference-{round}")).await?;
    let broker = broker::Rabbit::start(RabbitConfig::new(url.clone()))?;
    let queue = |name: &str| Queue {
        name: name.to_owned(),
        delivery_limit: 20,
        one_consumer: false,
        bindings: Vec::new(),
    };
    let topology = Topology {
        exchanges: Vec::new(),
        queues: vec![queue("bench.in"), queue("bench.out")],
        rungs: Vec::new(),
    };
    broker.declare(&topology).await?;
    fill(&broker, events, |_| {
        Destination::Queue("bench.in".to_owned())
    })
    .await?;
    let (begun, cpu) = (Instant::now(), usage::cpu_seconds());
    broker::reference::relay(&url, "bench.in", "bench.out", events.len()).await?;
    let sample = Sample {
        variant: "reference",
        consumed: events.len(),
        published: events.len(),
        seconds: begun.elapsed().as_secs_f64(),
        cpu: usage::cpu_seconds() - cpu,
        resident_mb: usage::resident_mb(),
    };
    anyhow::ensure!(
        broker.depth("bench.out").await? >= events.len() as u64,
        "messages are missing"
    );
    broker.close().await;
    rabbit.api("DELETE", &vhost_path(&url), "").await?;
    Ok(sample)
}

/// Publishes all events with confirm.
pub(crate) async fn fill(
    broker: &broker::Rabbit,
    events: &[Envelope],
    to: impl Fn(&Envelope) -> Destination,
) -> Result<()> {
    for chunk in events.chunks(500) {
        let mut messages = Vec::with_capacity(chunk.len());
        for event in chunk {
            messages.push(Message {
                id: event.id.clone(),
                to: to(event),
                content_type: envelope::MEDIA_TYPE.to_owned(),
                headers: std::collections::BTreeMap::new(),
                body: serde_json::to_vec(event)?.into(),
            });
        }
        for answer in broker.publish(messages).await {
            answer?;
        }
    }
    Ok(())
}

/// Management path of the virtual host behind an AMQP address.
pub(crate) fn vhost_path(url: &str) -> String {
    format!("/api/vhosts/{}", url.rsplit('/').next().unwrap_or_default())
}
