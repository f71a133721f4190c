//! A target that takes everything it is sent; or is away until it answers.
#![allow(
    dead_code,
    reason = "shared by several test files, each of which uses a part"
)]

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use async_trait::async_trait;
use canonical::Command;
use canonical::effect::ErpRef;
use connector::{
    Built, Codec, Confirmation, Decoded, DuplicateGuard, Failure, FailureKind, Found, Inbound,
    Outbound, Sink,
};

/// See the module.
pub(crate) struct Target {
    answers: AtomicBool,
}

impl Target {
    pub(crate) fn answering() -> Arc<Self> {
        Arc::new(Self {
            answers: AtomicBool::new(true),
        })
    }

    pub(crate) fn away() -> Arc<Self> {
        Arc::new(Self {
            answers: AtomicBool::new(false),
        })
    }

    /// From now on it answers.
    pub(crate) fn answer(&self) {
        self.answers.store(true, Ordering::Relaxed);
    }

    /// The connector that leads to it.
    pub(crate) fn built(self: &Arc<Self>) -> Built {
        Built {
            codec: Arc::<Self>::clone(self),
            source: None,
            sink: Some(Arc::<Self>::clone(self)),
        }
    }
}

impl Codec for Target {
    fn decode(&self, _: &Inbound) -> Result<Vec<Decoded>, Failure> {
        Ok(Vec::new())
    }

    fn encode(&self, _: &Command) -> Result<Vec<u8>, Failure> {
        Ok(Vec::new())
    }
}

#[async_trait]
impl Sink for Target {
    async fn send(&self, effect: Outbound<'_>) -> Result<Confirmation, Failure> {
        if !self.answers.load(Ordering::Relaxed) {
            return Err(Failure::new(
                FailureKind::Unavailable,
                "x.away",
                "nobody answers",
            ));
        }
        let document = ErpRef::new("DOC", effect.key.as_str());
        Ok(Confirmation {
            document,
            duplicate: false,
        })
    }

    async fn find(&self, _: Outbound<'_>) -> Result<Found, Failure> {
        Ok(Found::Nothing)
    }

    fn guard(&self) -> DuplicateGuard {
        DuplicateGuard::NativeKey
    }

    async fn probe(&self) -> Result<String, Failure> {
        Ok(String::new())
    }
}
