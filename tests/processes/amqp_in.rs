//! Messages that come by a queue instead of a webhook: the same codec, the same failure boundary, the same replay.

use std::collections::BTreeMap;
use std::time::Duration;

use broker::{Broker as _, Destination, Message, RabbitConfig};
use simulators::wms::Story;
use testkit::rabbit::Rabbit;
use tests::until;
use tests::world::{World, request, until_returns};

const BLOCK: &str = r#"
[connectors.portal-queue]
type = "wms-json"
system = "portal"
entity = "US01"
[connectors.portal-queue.amqp]
queue = "portal.requests"
"#;

fn message(id: &str, body: Vec<u8>) -> Message {
    Message {
        id: id.to_owned(),
        to: Destination::Queue("portal.requests".to_owned()),
        content_type: "application/json".to_owned(),
        headers: BTreeMap::new(),
        body: body.into(),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_queue_is_a_way_in() {
    let url = Rabbit::shared()
        .await
        .unwrap()
        .vhost("amqp-in")
        .await
        .unwrap();
    let broker = format!("[broker]\nurl = \"{url}\"\n");
    let world = World::start(Some(Story::AllGood), &broker, BLOCK)
        .await
        .unwrap();
    let sidecar = world.sidecar(env!("CARGO_BIN_EXE_product")).await.unwrap();
    let sender = broker::Rabbit::start(RabbitConfig::new(url)).unwrap();
    let good = serde_json::to_vec(&request(1)).unwrap();
    // The sidecar is ready before its connectors have declared their queues.
    until("the queue is there", Duration::from_secs(20), || async {
        let sent = sender.publish(vec![message("m-0", good.clone())]).await;
        sent.iter().all(Result::is_ok).then_some(())
    })
    .await
    .unwrap();
    // The same again, and rubbish between: one return, one exception.
    let sent = sender
        .publish(vec![
            message("m-1", good.clone()),
            message("m-2", b"{\"type\": \"return.requ".to_vec()),
            message("m-3", good),
        ])
        .await;
    assert!(sent.iter().all(Result::is_ok), "{sent:?}");
    until_returns(&sidecar, "SETTLED", 1).await.unwrap();
    let kept = until("the rubbish is kept", Duration::from_secs(20), || async {
        let kept = sidecar.ask(&["exception", "list", "--json"]).ok()?;
        (kept.as_array()?.len() == 1).then_some(kept)
    })
    .await
    .unwrap();
    assert_eq!(kept[0]["connector"], "portal-queue");
    assert_eq!(kept[0]["code"], "SCHEMA_INVALID");
    assert_eq!(sender.depth("portal.requests").await.unwrap(), 0);
    sender.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_broker_gives_up_on_reaches_the_exception_store() {
    let url = Rabbit::shared()
        .await
        .unwrap()
        .vhost("dead-letter")
        .await
        .unwrap();
    let config = format!("[broker]\nurl = \"{url}\"\n");
    let world = World::start(None, &config, "").await.unwrap();
    let sidecar = world.sidecar(env!("CARGO_BIN_EXE_product")).await.unwrap();
    let sender = broker::Rabbit::start(RabbitConfig::new(url)).unwrap();
    let mut rubbish = message("no-ticket", b"not a ticket".to_vec());
    rubbish.to = Destination::Queue("returns.effects.erp".to_owned());
    assert_eq!(sender.publish(vec![rubbish]).await, vec![Ok(())]);
    let kept = until(
        "the dead letter is kept",
        Duration::from_secs(20),
        || async {
            let kept = sidecar.ask(&["exception", "list", "--json"]).ok()?;
            (kept.as_array()?.len() == 1).then_some(kept)
        },
    )
    .await
    .unwrap();
    assert_eq!(kept[0]["code"], "POISON_MESSAGE");
    assert_eq!(kept[0]["connector"], "erp");
    assert_eq!(sender.depth("returns.effects.erp.parked").await.unwrap(), 0);
    sender.close().await;
}
