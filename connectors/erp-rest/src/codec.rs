//! Commands → bodies of requests. Nothing comes in by this connector.

use std::sync::Arc;

use canonical::{Command, CommandData};
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
        let message = "an erp-rest connector takes nothing in: it posts and looks up";
        Err(Failure::rejected(failures::NO_INBOUND, message))
    }

    fn encode(&self, command: &Command) -> Result<Vec<u8>, Failure> {
        // A question has no body: what is asked is in the address.
        if let CommandData::ReadInvoice(question) = &command.data {
            return Ok(question.document.clone().into_bytes());
        }
        let paper = self.interface.paper(command)?;
        self.interface.create_body(self.interface.task(&paper)?)
    }
}
