//! Commands → messages. Nothing comes in.

use canonical::Command;
use connector::{Codec, Decoded, Failure, Inbound};

use crate::failures;
use crate::letter::Desk;

/// The codec of a block.
#[derive(Debug)]
pub(crate) struct MailCodec(pub(crate) Desk);

impl Codec for MailCodec {
    fn decode(&self, _: &Inbound) -> Result<Vec<Decoded>, Failure> {
        let what = "mail is only sent, not taken in";
        Err(Failure::malformed(failures::NOT_TAKEN_IN, what).at("byte 0"))
    }

    fn encode(&self, command: &Command) -> Result<Vec<u8>, Failure> {
        self.0.letter(command)
    }
}
