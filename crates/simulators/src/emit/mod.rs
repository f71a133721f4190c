//! Sending signed webhooks until they are taken, and the faults a sender has.

mod garbage;
mod sender;

pub(crate) use sender::{Delivery, Message, Sender, SenderOptions};

use serde::{Deserialize, Serialize};

/// How the sending of one message ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Outcome {
    /// Not yet known.
    Pending,
    /// Answered 2xx.
    Acknowledged,
    /// Answered with something that re-sending cannot help (4xx but 408 and 429, or 3xx).
    Refused,
    /// Given up after the last attempt, or because the simulator was shut down.
    Abandoned,
}
