//! A delivery as the router does it: what is in doubt is looked up before it is sent again.

#![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]

use canonical::Command;
use connector::{FailureKind, Found};

use crate::desk::Way;
use crate::proxy::Proxy;

/// Most sends of one delivery.
const ROUNDS: usize = 8;

/// How a delivery went.
#[derive(Debug, Default)]
pub(crate) struct Delivery {
    /// Code of each failure on the way.
    pub(crate) failures: Vec<&'static str>,
    /// Confirmed, or seen complete. Otherwise several documents were seen: a person's work.
    pub(crate) done: bool,
}

/// Delivers while the proxy lets one request go wrong.
pub(crate) async fn deliver(way: &Way, proxy: &Proxy, command: &Command) -> Delivery {
    let mut delivery = Delivery::default();
    for _ in 0..ROUNDS {
        let Err(failure) = way.send(command).await else {
            delivery.done = true;
            return delivery;
        };
        delivery.failures.push(failure.code);
        proxy.settled().await;
        match failure.kind {
            FailureKind::Unavailable | FailureKind::Throttled { .. } => continue,
            FailureKind::InDoubt => {}
            _ => panic!("{failure}"),
        }
        match way.find(command).await.unwrap() {
            Found::Nothing | Found::Half(_) => {}
            Found::Complete(_) => {
                delivery.done = true;
                return delivery;
            }
            Found::Several(_) => return delivery,
            other => panic!("{other:?}"),
        }
    }
    panic!("not delivered: {:?}", delivery.failures);
}
