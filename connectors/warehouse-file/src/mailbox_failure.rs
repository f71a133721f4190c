//! What a mailbox could not do → what is known.

use connector::Failure;
use mailbox::MailboxError;

use crate::failures;

/// The failure.
pub(crate) fn of(error: &MailboxError) -> Failure {
    let what = error.to_string();
    match error {
        MailboxError::Unavailable(_) => Failure::unavailable(failures::UNREACHABLE, what),
        MailboxError::InDoubt(_) => Failure::in_doubt(failures::ANSWER_LOST, what),
        MailboxError::Misconfigured(_) => Failure::misconfigured(failures::MISCONFIGURED, what),
        MailboxError::Conflict { .. } => Failure::rejected(failures::KEY_CONFLICT, what),
    }
}
