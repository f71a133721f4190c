//! What is known when a mailbox does not do what it is asked.

use connector::Failure;
use mailbox::MailboxError;

use crate::failures;

/// The failure.
#[expect(clippy::needless_pass_by_value, reason = "it is given to map_err")]
pub(crate) fn failed(error: MailboxError) -> Failure {
    let text = error.to_string();
    match error {
        MailboxError::Unavailable(_) => Failure::unavailable(failures::MAILBOX_AWAY, text),
        MailboxError::InDoubt(_) => Failure::in_doubt(failures::MAILBOX_IN_DOUBT, text),
        MailboxError::Misconfigured(_) => Failure::misconfigured(failures::MAILBOX_WRONG, text),
        MailboxError::Conflict { .. } => Failure::rejected(failures::NAME_TAKEN, text),
    }
}
