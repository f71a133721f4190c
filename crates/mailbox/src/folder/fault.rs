//! What an error of the file system means.

use std::io::{Error, ErrorKind};
use std::path::Path;

use crate::port::MailboxError;

/// Nothing was done. A person must mend it, or it passes.
pub(super) fn fault(what: &str, path: &Path, error: &Error) -> MailboxError {
    let message = format!("{}: {what}: {error}", path.display());
    match error.kind() {
        ErrorKind::PermissionDenied
        | ErrorKind::ReadOnlyFilesystem
        | ErrorKind::NotFound
        | ErrorKind::NotADirectory
        | ErrorKind::IsADirectory
        | ErrorKind::InvalidFilename
        | ErrorKind::Unsupported => MailboxError::Misconfigured(message),
        ErrorKind::CrossesDevices => MailboxError::Misconfigured(format!(
            "{message}; the folders `in`, `work`, `done` and `rejected` must lie on one file system"
        )),
        // A full disk, a quota, a share that does not answer: these pass.
        _ => MailboxError::Unavailable(message),
    }
}

/// It was done, and may be undone by a crash.
pub(super) fn doubt(what: &str, path: &Path, error: &Error) -> MailboxError {
    MailboxError::InDoubt(format!("{}: {what}: {error}", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(kind: ErrorKind) -> MailboxError {
        fault(
            "it cannot be written",
            Path::new("/box/out"),
            &Error::from(kind),
        )
    }

    #[test]
    fn a_full_disk_passes_and_missing_rights_do_not() {
        for kind in [
            ErrorKind::StorageFull,
            ErrorKind::QuotaExceeded,
            ErrorKind::StaleNetworkFileHandle,
            ErrorKind::TimedOut,
            ErrorKind::Other,
        ] {
            assert!(matches!(of(kind), MailboxError::Unavailable(_)), "{kind:?}");
        }
        for kind in [
            ErrorKind::PermissionDenied,
            ErrorKind::ReadOnlyFilesystem,
            ErrorKind::NotFound,
            ErrorKind::CrossesDevices,
        ] {
            assert!(
                matches!(of(kind), MailboxError::Misconfigured(_)),
                "{kind:?}"
            );
        }
        assert!(
            of(ErrorKind::StorageFull)
                .to_string()
                .starts_with("/box/out: it cannot be written")
        );
    }
}
