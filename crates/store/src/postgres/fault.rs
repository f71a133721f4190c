//! What PostgreSQL's errors mean. Classes: <https://www.postgresql.org/docs/15/errcodes-appendix.html>.

use sqlx::Error;
use sqlx::error::DatabaseError;

use crate::port::StoreError;

fn code(error: &Error) -> Option<String> {
    error
        .as_database_error()
        .and_then(DatabaseError::code)
        .map(std::borrow::Cow::into_owned)
}

/// The store as a whole. Whatever is not about the data or the schema may be better in a moment.
pub(super) fn fault(error: &Error) -> StoreError {
    let text = error.to_string();
    match error {
        Error::ColumnDecode { .. }
        | Error::Decode(_)
        | Error::Encode(_)
        | Error::ColumnNotFound(_)
        | Error::ColumnIndexOutOfBounds { .. }
        | Error::TypeNotFound { .. }
        | Error::Configuration(_)
        | Error::RowNotFound => StoreError::Broken(text),
        Error::Database(_) => match code(error).as_deref().and_then(|code| code.get(..2)) {
            // Data, constraints, unknown tables or columns, disk full, corrupted.
            Some("22" | "23" | "42" | "53" | "58" | "XX") if !is_out_of_connections(error) => {
                StoreError::Broken(text)
            }
            _ => StoreError::Unavailable(text),
        },
        _ => StoreError::Unavailable(text),
    }
}

fn is_out_of_connections(error: &Error) -> bool {
    code(error).as_deref() == Some("53300")
}

/// True if the data of one unit is at fault: its neighbours can be written.
pub(super) fn is_of_the_data(error: &Error) -> bool {
    match error {
        Error::Encode(_) => true,
        _ => matches!(
            code(error).as_deref().and_then(|code| code.get(..2)),
            Some("22" | "23" | "54")
        ),
    }
}

/// True if the transaction lost against another one and was rolled back: it can be done again at once.
pub(super) fn is_of_the_moment(error: &Error) -> bool {
    matches!(code(error).as_deref(), Some("40001" | "40P01"))
}

/// True if the server answered: the connection is usable after a rollback.
pub(super) fn was_answered(error: &Error) -> bool {
    // Class 57 is the server going away; class 08 the connection.
    match code(error) {
        Some(code) => {
            !code.starts_with("57P") && !code.starts_with("08") && !code.starts_with("25P03")
        }
        None => false,
    }
}
