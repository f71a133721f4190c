//! How far a webhook has come with a return: what the daily proof asks.

use std::collections::BTreeMap;

use canonical::ExceptionCode;
use jiff::Timestamp;
use store::{ExceptionFilter, ExceptionState, NoteName, Store, StoreError};

use super::{BEGAN, PENDING, Pending, TOLD, owner, pending_key};

/// What is known of a webhook as a whole.
pub(crate) struct Listener {
    name: String,
    /// Since when it is told; none if no process has called it yet.
    pub(crate) began: Option<Timestamp>,
    /// Returns with the last status whose calls were given up and not decided on since: its number, and the exception.
    given_up: BTreeMap<String, (u64, String)>,
}

/// How far it has come with a return.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Progress {
    /// Number of the last status that was told; none if it was never told of the return.
    pub(crate) told: Option<u64>,
    /// Since when the wanted status waits, if it does.
    pub(crate) waits_since: Option<Timestamp>,
    /// The exception of the wanted status, if its calls were given up; or empty.
    pub(crate) given_up: String,
}

impl Listener {
    /// As `webhook/NAME`.
    pub(crate) fn owner(&self) -> String {
        owner(&self.name)
    }

    /// Reads what is known of the webhook of that name.
    pub(crate) async fn read(store: &dyn Store, name: &str) -> Result<Self, StoreError> {
        let began = store.note(&named(name, BEGAN, "")).await?;
        let filter = ExceptionFilter {
            state: Some(ExceptionState::Open),
            code: Some(ExceptionCode::DeliveryExhausted.to_string()),
            connector: Some(owner(name)),
            ..ExceptionFilter::default()
        };
        let mut given_up: BTreeMap<String, (u64, String)> = BTreeMap::new();
        for row in store.exceptions(&filter).await? {
            let Some(seq) = seq_of(&row.origin) else {
                continue;
            };
            let known = given_up.get(&row.return_id).map_or(0, |(seq, _)| *seq);
            if seq > known {
                given_up.insert(row.return_id, (seq, row.exception_id));
            }
        }
        Ok(Self {
            name: name.to_owned(),
            began: began.and_then(|at| at.parse().ok()),
            given_up,
        })
    }

    /// How far it has come with the return, whose last status has that number.
    pub(crate) async fn progress(
        &self,
        store: &dyn Store,
        return_id: &str,
        seq: u64,
    ) -> Result<Progress, StoreError> {
        let told = store.note(&named(&self.name, TOLD, return_id)).await?;
        let key = pending_key(return_id, seq);
        let waits = store.note(&named(&self.name, PENDING, &key)).await?;
        let waits = waits.and_then(|text| serde_json::from_str::<Pending>(&text).ok());
        let given_up = self.given_up.get(return_id);
        let given_up = given_up.filter(|(given_up, _)| *given_up == seq);
        Ok(Progress {
            told: told.and_then(|seq| seq.parse().ok()),
            waits_since: waits.map(|pending| pending.noted_at),
            given_up: given_up.map_or_else(String::new, |(_, id)| id.clone()),
        })
    }
}

fn named(hook: &str, space: &str, key: &str) -> NoteName {
    NoteName {
        owner: owner(hook),
        space: space.to_owned(),
        key: key.to_owned(),
    }
}

/// The number of the status event that an exception is about.
fn seq_of(origin: &str) -> Option<u64> {
    let origin: serde_json::Value = serde_json::from_str(origin).ok()?;
    let (_, seq) = origin.get("id")?.as_str()?.rsplit_once('-')?;
    seq.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_number_of_a_status_is_read_from_where_its_exception_came() {
        let origin = r#"{"channel":"queue","queue":"returns.webhook.crm","id":"01JNB5T4ZC3F8Q0W7R2M6K1X9D-7"}"#;
        assert_eq!(seq_of(origin), Some(7));
        assert_eq!(seq_of(r#"{"id":"whatever"}"#), None);
        assert_eq!(seq_of(""), None);
    }
}
