//! A connector like `wms-json` that ends or blocks its process when a message tells it to. Only the program of these tests
//! has it.

use std::sync::Arc;

use async_trait::async_trait;
use backhaul::registry;
use canonical::Command;
use connector::{
    Built, Codec, Confirmation, Connector, Decoded, DuplicateGuard, Extract, ExtractAsk,
    Extractable, Failure, Found, Inbound, Outbound, Ports, Problem, Settings, Sink,
};

/// A message with this in it ends the process when it is decoded.
pub const ABORT: &str = "ABORT-WHEN-DECODED";
/// A message with this in it is decoded for ever.
pub const HANG: &str = "HANG-WHEN-DECODED";
/// An effect for an RMA number with this in it ends the process when it is sent or looked up.
pub const ABORT_SENT: &str = "ABORT-WHEN-SENT";

/// For the program of the tests.
pub const CONNECTORS: &[Connector] = &[match registry::CONNECTORS {
    [.., like] => Connector {
        name: "killer",
        summary: "wms-json that ends its process when it is told to",
        check,
        codec,
        build,
        ..*like
    },
    [] => panic!("there are connectors"),
}];

fn like() -> Option<&'static Connector> {
    registry::CONNECTORS.last()
}

fn check(settings: &Settings) -> Vec<Problem> {
    like().map_or_else(Vec::new, |like| (like.check)(settings))
}

fn codec(settings: &Settings) -> Result<Arc<dyn Codec>, Problem> {
    match like() {
        Some(like) => Ok(Arc::new(Killer((like.codec)(settings)?))),
        None => Err(Problem::new("killer", "nothing to be like", "add one")),
    }
}

fn build(settings: &Settings, ports: &dyn Ports) -> Result<Built, Failure> {
    let Some(like) = like() else {
        return Err(Failure::misconfigured(
            "killer.nobody",
            "nothing to be like",
        ));
    };
    let built = (like.build)(settings, ports)?;
    Ok(Built {
        codec: Arc::new(Killer(built.codec)),
        source: built.source,
        sink: built
            .sink
            .map(|sink| Arc::new(KillerSink(sink)) as Arc<dyn Sink>),
    })
}

struct Killer(Arc<dyn Codec>);

impl Codec for Killer {
    fn decode(&self, raw: &Inbound) -> Result<Vec<Decoded>, Failure> {
        let says = |word: &str| {
            raw.raw
                .windows(word.len())
                .any(|part| part == word.as_bytes())
        };
        if says(ABORT) {
            std::process::abort();
        }
        while says(HANG) {
            std::hint::spin_loop();
        }
        self.0.decode(raw)
    }

    fn encode(&self, command: &Command) -> Result<Vec<u8>, Failure> {
        self.0.encode(command)
    }
}

struct KillerSink(Arc<dyn Sink>);

impl KillerSink {
    fn look(effect: &Outbound<'_>) {
        if effect.command.rma_number.contains(ABORT_SENT) {
            std::process::abort();
        }
    }
}

#[async_trait]
impl Sink for KillerSink {
    async fn send(&self, effect: Outbound<'_>) -> Result<Confirmation, Failure> {
        Self::look(&effect);
        self.0.send(effect).await
    }

    async fn find(&self, effect: Outbound<'_>) -> Result<Found, Failure> {
        Self::look(&effect);
        self.0.find(effect).await
    }

    fn guard(&self) -> DuplicateGuard {
        self.0.guard()
    }

    fn extracts(&self) -> Vec<Extractable> {
        self.0.extracts()
    }

    async fn extract(&self, ask: &ExtractAsk) -> Result<Extract, Failure> {
        self.0.extract(ask).await
    }

    async fn probe(&self) -> Result<String, Failure> {
        self.0.probe().await
    }
}
