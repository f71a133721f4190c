//! Ports on which nothing ever comes in: enough to build a connector and try its way out.

use std::future::pending;
use std::sync::Arc;

use async_trait::async_trait;
use connector::{Answer, Failure, Inlet, InletDelivery, Notes, Ports};

use crate::notes::MemoryNotes;

/// Ports on which nothing ever comes in.
#[derive(Debug, Clone, Copy)]
pub struct SilentPorts;

struct SilentInlet;

impl Ports for SilentPorts {
    fn http(&self, _path: &str, _max_bytes: usize) -> Result<Box<dyn Inlet>, Failure> {
        Ok(Box::new(SilentInlet))
    }

    fn amqp(&self, _queue: &str) -> Result<Box<dyn Inlet>, Failure> {
        Ok(Box::new(SilentInlet))
    }

    /// New notes at each call.
    fn notes(&self, _instance: &str) -> Arc<dyn Notes> {
        Arc::new(MemoryNotes::default())
    }
}

#[async_trait]
impl Inlet for SilentInlet {
    async fn next(&mut self) -> Result<Option<InletDelivery>, Failure> {
        pending().await
    }

    async fn answer(&mut self, _id: u64, _answer: Answer) -> Result<(), Failure> {
        Ok(())
    }
}
