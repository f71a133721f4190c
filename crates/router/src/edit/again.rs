//! What was refused at the intake is read again, with the configuration as it is now: after a code was added to a table, or a
//! mapping was mended.

use canonical::ExceptionCode;
use connector::Codec;
use jiff::Timestamp;
use store::{ExceptionFilter, ExceptionRow, ExceptionState, Store, StoreError};

use super::{Edit, Edited, NoCopy, edit, read};

/// What one of them comes to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Again {
    /// The exception.
    pub exception_id: String,
    /// What was wrong.
    pub before: String,
    /// Its events by type and key; or what is still wrong.
    pub after: Vec<String>,
    /// It can be read now.
    pub is_readable: bool,
    /// It went its way.
    pub done: bool,
}

/// Open exceptions of the intake with one of these codes, of one connector or of all, without their bytes.
pub async fn refused_at_intake(
    store: &dyn Store,
    codes: &[ExceptionCode],
    connector: Option<&str>,
) -> Result<Vec<ExceptionRow>, StoreError> {
    let mut found = Vec::new();
    for code in codes {
        let filter = ExceptionFilter {
            state: Some(ExceptionState::Open),
            code: Some(code.word().to_owned()),
            connector: connector.map(str::to_owned),
            ..ExceptionFilter::default()
        };
        let rows = store.exceptions(&filter).await?;
        found.extend(rows.into_iter().filter(|row| row.stage == "intake"));
    }
    Ok(found)
}

/// Reads one again, and lets it go if it can be read; `dry`: only says what would become of it.
pub async fn again(
    store: &dyn Store,
    row: &ExceptionRow,
    (who, codec, dry): (&str, Option<&dyn Codec>, bool),
    now: Timestamp,
) -> Result<Again, StoreError> {
    let how = Edit {
        who,
        reason: "read again with the configuration as it is now",
        codec,
    };
    let edited = if dry {
        match read(row, &row.raw, how) {
            Ok(copy) => Edited::Done(copy),
            Err(none) => Edited::Not(none),
        }
    } else {
        edit(store, row, &row.raw, how, now).await?
    };
    let (is_readable, after) = match edited {
        Edited::Done(copy) => {
            let events = copy.events.iter();
            let events = events.map(|(key, kind)| format!("{kind} {key}"));
            (true, events.collect())
        }
        Edited::Not(NoCopy::Refused(why)) => (false, vec![why]),
        Edited::Not(NoCopy::Unreadable(failures)) => {
            let failures = failures.iter().map(ToString::to_string);
            (false, failures.collect())
        }
    };
    Ok(Again {
        exception_id: row.exception_id.clone(),
        before: row.reason.clone(),
        after,
        is_readable,
        done: is_readable && !dry,
    })
}
