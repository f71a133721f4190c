//! Parts of a connector that break (panic) break alone: what broke is a failure of the one message, and the process goes on.
//!
//! A mistake in a connector is no reason to stop the others. What ends the process itself (an abort, a stack that
//! overflows, memory that is gone) cannot be contained: see `suspect`.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use canonical::invoice::InvoiceRef;
use canonical::{Command, Currency};
use connector::{
    Built, Codec, Confirmation, CreditsAgainst, Decoded, DuplicateGuard, Extract, ExtractAsk,
    Extractable, Failure, Found, Inbound, Origin, Outbound, Settlement, Sink, Source,
};
use futures_util::FutureExt;

use crate::watch::Watch;

/// Failure of a codec that broke. Filed as `POISON_MESSAGE`.
pub(crate) const BROKE: &str = "router.broke-the-codec";
/// Failure of a source or a sink that broke: nothing is known of the message.
const BROKE_OFF: &str = "router.broke-the-connector";

/// The same connector, whose panics stay inside.
pub(crate) fn contained(built: Built, instance: &str, watch: &Arc<Watch>) -> Built {
    Built {
        codec: Arc::new(ContainedCodec {
            codec: built.codec,
            instance: instance.to_owned(),
            watch: Arc::clone(watch),
        }),
        source: built
            .source
            .map(|source| Box::new(ContainedSource(source)) as Box<dyn Source>),
        sink: built
            .sink
            .map(|sink| Arc::new(ContainedSink(sink)) as Arc<dyn Sink>),
    }
}

/// What it said when it broke.
fn said(panic: &(dyn Any + Send)) -> &str {
    if let Some(text) = panic.downcast_ref::<String>() {
        text
    } else if let Some(text) = panic.downcast_ref::<&str>() {
        text
    } else {
        "it did not say why"
    }
}

struct ContainedCodec {
    codec: Arc<dyn Codec>,
    instance: String,
    watch: Arc<Watch>,
}

impl Codec for ContainedCodec {
    fn decode(&self, raw: &Inbound) -> Result<Vec<Decoded>, Failure> {
        let reference = &raw.origin.reference;
        let under_way = format!("{} decodes {reference:?}", self.instance);
        let _entered = self.watch.enter(under_way);
        catch_unwind(AssertUnwindSafe(|| self.codec.decode(raw))).unwrap_or_else(|panic| {
            Err(Failure::malformed(
                BROKE,
                format!(
                    "the connector broke on it ({}): keep it for the makers of the connector, replay it with a version \
                     that is mended",
                    said(panic.as_ref())
                ),
            ))
        })
    }

    fn crosswalk_version(&self) -> u64 {
        self.codec.crosswalk_version()
    }

    fn encode(&self, command: &Command) -> Result<Vec<u8>, Failure> {
        let under_way = format!("{} encodes {}", self.instance, command.effect_key.0);
        let _entered = self.watch.enter(under_way);
        catch_unwind(AssertUnwindSafe(|| self.codec.encode(command))).unwrap_or_else(|panic| {
            Err(Failure::rejected(
                BROKE,
                format!(
                    "the connector broke when it wrote this ({}): nothing was sent",
                    said(panic.as_ref())
                ),
            ))
        })
    }
}

struct ContainedSource(Box<dyn Source>);

#[async_trait]
impl Source for ContainedSource {
    async fn next(&mut self) -> Result<Option<Inbound>, Failure> {
        let next = AssertUnwindSafe(self.0.next()).catch_unwind().await;
        next.unwrap_or_else(|panic| {
            Err(Failure::unavailable(
                BROKE_OFF,
                format!(
                    "the source broke ({}): it is asked again",
                    said(panic.as_ref())
                ),
            ))
        })
    }

    async fn settle(&mut self, origin: &Origin, how: Settlement) -> Result<(), Failure> {
        let settled = AssertUnwindSafe(self.0.settle(origin, how))
            .catch_unwind()
            .await;
        settled.unwrap_or_else(|panic| {
            Err(Failure::unavailable(
                BROKE_OFF,
                format!(
                    "the source broke when it was told ({}): the message may come again",
                    said(panic.as_ref())
                ),
            ))
        })
    }

    fn unfinished(&self) -> Vec<String> {
        catch_unwind(AssertUnwindSafe(|| self.0.unfinished())).unwrap_or_default()
    }
}

struct ContainedSink(Arc<dyn Sink>);

#[async_trait]
impl Sink for ContainedSink {
    async fn send(&self, effect: Outbound<'_>) -> Result<Confirmation, Failure> {
        let sent = AssertUnwindSafe(self.0.send(effect)).catch_unwind().await;
        sent.unwrap_or_else(|panic| Err(in_doubt(panic.as_ref())))
    }

    async fn find(&self, effect: Outbound<'_>) -> Result<Found, Failure> {
        let found = AssertUnwindSafe(self.0.find(effect)).catch_unwind().await;
        found.unwrap_or_else(|panic| Err(in_doubt(panic.as_ref())))
    }

    async fn credits_against(
        &self,
        invoice: &InvoiceRef,
        ccy: Currency,
    ) -> Result<CreditsAgainst, Failure> {
        let asked = AssertUnwindSafe(self.0.credits_against(invoice, ccy));
        let shown = asked.catch_unwind().await;
        shown.unwrap_or_else(|panic| {
            Err(Failure::unavailable(
                BROKE_OFF,
                format!(
                    "the connector broke while it asked for credits ({})",
                    said(panic.as_ref())
                ),
            ))
        })
    }

    fn guard(&self) -> DuplicateGuard {
        self.0.guard()
    }

    fn acknowledged_within(&self) -> Option<Duration> {
        self.0.acknowledged_within()
    }

    fn extracts(&self) -> Vec<Extractable> {
        self.0.extracts()
    }

    async fn extract(&self, ask: &ExtractAsk) -> Result<Extract, Failure> {
        let listed = AssertUnwindSafe(self.0.extract(ask)).catch_unwind().await;
        listed.unwrap_or_else(|panic| {
            Err(Failure::unavailable(
                BROKE_OFF,
                format!(
                    "the connector broke while it listed ({})",
                    said(panic.as_ref())
                ),
            ))
        })
    }

    async fn probe(&self) -> Result<String, Failure> {
        let probed = AssertUnwindSafe(self.0.probe()).catch_unwind().await;
        probed.unwrap_or_else(|panic| Err(in_doubt(panic.as_ref())))
    }
}

/// It may have sent something before it broke.
fn in_doubt(panic: &(dyn Any + Send)) -> Failure {
    Failure::in_doubt(
        BROKE_OFF,
        format!(
            "the connector broke while it spoke with the target ({})",
            said(panic)
        ),
    )
}

#[cfg(test)]
mod tests;
