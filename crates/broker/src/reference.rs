//! The reference of our benchmarks: the fastest relay that this client library and this broker allow.
//!
//! One connection, one channel, prefetch 1024, no state, no parsing: consume → publish the same bytes with confirm → ack
//! the confirmed prefix. Not a part of the product: it loses nothing, but it knows nothing either.

use std::collections::VecDeque;

use futures_util::StreamExt as _;
use futures_util::future::join_all;
use lapin::options::{
    BasicAckOptions, BasicConsumeOptions, BasicPublishOptions, BasicQosOptions,
    ConfirmSelectOptions,
};
use lapin::types::FieldTable;
use lapin::{BasicProperties, Connection, ConnectionProperties};

/// Deliveries in flight.
const WINDOW: u16 = 1024;

/// Relays `count` messages from one queue to another, both of which exist.
///
/// # Errors
/// Whatever the broker or the connection says: a benchmark that fails is repeated, not continued.
pub async fn relay(url: &str, from: &str, to: &str, count: usize) -> Result<(), lapin::Error> {
    let connection = Connection::connect(url, ConnectionProperties::default()).await?;
    let channel = connection.create_channel().await?;
    channel
        .confirm_select(ConfirmSelectOptions::default())
        .await?;
    channel
        .basic_qos(WINDOW, BasicQosOptions::default())
        .await?;
    let consume = BasicConsumeOptions::default();
    let mut deliveries = channel
        .basic_consume(
            from.into(),
            "reference".into(),
            consume,
            FieldTable::default(),
        )
        .await?
        .ready_chunks(256);
    let properties = BasicProperties::default().with_delivery_mode(2);
    let options = BasicPublishOptions {
        mandatory: true,
        ..BasicPublishOptions::default()
    };
    let mut flying: VecDeque<(u64, Vec<lapin::PublisherConfirm>)> = VecDeque::new();
    let mut relayed = 0;
    while relayed < count {
        let Some(chunk) = deliveries.next().await else {
            break;
        };
        let mut last = 0;
        let mut sends = Vec::with_capacity(chunk.len());
        for delivery in chunk {
            let delivery = delivery?;
            last = delivery.delivery_tag;
            let (channel, properties) = (&channel, properties.clone());
            sends.push(async move {
                let body = delivery.data;
                channel
                    .basic_publish("".into(), to.into(), options, &body, properties)
                    .await
            });
        }
        relayed += sends.len();
        let confirms = join_all(sends)
            .await
            .into_iter()
            .collect::<Result<Vec<_>, _>>()?;
        flying.push_back((last, confirms));
        while flying.len() > 3 || (relayed >= count && !flying.is_empty()) {
            let Some((tag, confirms)) = flying.pop_front() else {
                break;
            };
            for confirm in join_all(confirms).await {
                confirm?;
            }
            channel
                .basic_ack(tag, BasicAckOptions { multiple: true })
                .await?;
        }
    }
    connection.close(200, "done".into()).await
}
