//! What SQLite's errors mean: try again, broken, or this unit alone.

use rusqlite::{Error, ErrorCode};

use crate::port::StoreError;

/// The store as a whole.
#[expect(clippy::needless_pass_by_value, reason = "made for map_err")]
pub(super) fn fault(error: Error) -> StoreError {
    match error.sqlite_error_code() {
        Some(
            ErrorCode::DatabaseBusy
            | ErrorCode::DatabaseLocked
            | ErrorCode::FileLockingProtocolFailed
            | ErrorCode::OperationInterrupted
            | ErrorCode::SchemaChanged,
        ) => StoreError::Unavailable(error.to_string()),
        _ => StoreError::Broken(error.to_string()),
    }
}

/// True if the data of one unit is at fault: its neighbours can be written.
pub(super) fn is_of_the_data(error: &Error) -> bool {
    if let Error::ToSqlConversionFailure(_) | Error::IntegralValueOutOfRange(..) = error {
        return true;
    }
    matches!(
        error.sqlite_error_code(),
        Some(
            ErrorCode::ConstraintViolation
                | ErrorCode::TooBig
                | ErrorCode::TypeMismatch
                | ErrorCode::ParameterOutOfRange
        )
    )
}
