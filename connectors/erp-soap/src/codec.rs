//! Commands → envelopes. Nothing comes in by this connector.

use std::sync::Arc;

use canonical::Command;
use connector::{Codec, Decoded, Failure, Inbound};

use crate::failures;
use crate::interface::Interface;

/// The codec of one block.
#[derive(Debug)]
pub(crate) struct ErpCodec {
    pub(crate) interface: Arc<Interface>,
}

impl Codec for ErpCodec {
    fn decode(&self, _raw: &Inbound) -> Result<Vec<Decoded>, Failure> {
        let message = "an erp-soap connector takes nothing in: it posts and looks up";
        Err(Failure::rejected(failures::NO_INBOUND, message))
    }

    /// The envelope without its security header, which is good for one sending only.
    fn encode(&self, command: &Command) -> Result<Vec<u8>, Failure> {
        let paper = self.interface.paper(command)?;
        self.interface.create(self.interface.task(&paper)?)
    }
}
