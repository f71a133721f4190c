//! What the client library's errors mean to us.

use lapin::protocol::{AMQPErrorKind, AMQPHardError, AMQPSoftError};
use lapin::{Error, ErrorKind};

use crate::port::BrokerError;

/// What an error says of the thing we asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Fault {
    /// The broker closed the channel and said that this does not exist.
    NotFound(String),
    /// The broker closed the channel: it exists with other arguments, or is locked, or too large.
    Precondition(String),
    /// The broker refuses us: wrong password, no permission, no such virtual host.
    Denied(String),
    /// The connection is lost, or something else that passes.
    Lost(String),
}

impl Fault {
    pub(super) fn of(error: &Error) -> Self {
        let ErrorKind::ProtocolError(amqp) = error.kind() else {
            return Self::Lost(error.to_string());
        };
        let text = amqp.get_message().to_string();
        match amqp.kind() {
            AMQPErrorKind::Soft(AMQPSoftError::NOTFOUND) => Self::NotFound(text),
            AMQPErrorKind::Soft(AMQPSoftError::ACCESSREFUSED) => Self::Denied(text),
            AMQPErrorKind::Soft(
                AMQPSoftError::PRECONDITIONFAILED
                | AMQPSoftError::RESOURCELOCKED
                | AMQPSoftError::CONTENTTOOLARGE,
            ) => Self::Precondition(text),
            AMQPErrorKind::Hard(AMQPHardError::NOTALLOWED | AMQPHardError::INVALIDPATH) => {
                Self::Denied(text)
            }
            AMQPErrorKind::Soft(_) | AMQPErrorKind::Hard(_) => Self::Lost(text),
        }
    }
}

impl From<Fault> for BrokerError {
    fn from(fault: Fault) -> Self {
        match fault {
            Fault::NotFound(text) | Fault::Precondition(text) | Fault::Denied(text) => {
                Self::Refused(text)
            }
            Fault::Lost(text) => Self::Unreachable(text),
        }
    }
}
