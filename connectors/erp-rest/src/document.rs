//! A document as the ERP shows it, read by the profile's pointers and held against our paper. Pure.

use canonical::effect::ErpRef;
use connector::paper::Paper;
use serde_json::Value;

use crate::compare;
use crate::profile::Operation;
use crate::wire::{date_at, text_at};

/// A document of ours in the ERP.
#[derive(Debug, Clone)]
pub(crate) struct Document {
    pub(crate) id: String,
    pub(crate) etag: Option<String>,
    pub(crate) status: Option<String>,
    /// It was taken back; beside another one under our key it does not count.
    pub(crate) is_taken_back: bool,
    pub(crate) standing: Standing,
    pub(crate) reference: ErpRef,
}

/// How it stands with it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Standing {
    /// A draft that says what we said.
    Half,
    /// Finished, and it says what we said.
    Complete,
    /// It says something else, was taken back, or has a status nobody knows.
    Differs(String),
}

/// Why an answer shows no document of ours.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum NotOurs {
    /// It carries another key, or none.
    OtherKey(String),
    /// It has no id.
    NoId,
}

impl Document {
    /// Reads one. `etag` is the answer's header, which comes before the document's own member.
    pub(crate) fn read(
        operation: &Operation,
        paper: &Paper,
        value: &Value,
        etag: Option<&str>,
    ) -> Result<Self, NotOurs> {
        let key = text_at(value, &operation.key_at).unwrap_or_default();
        // Some ERPs write their reference fields in capitals; our keys are safe to compare without case.
        if !key.trim().eq_ignore_ascii_case(&paper.key) {
            return Err(NotOurs::OtherKey(key));
        }
        let id = text_at(value, &operation.id_at).ok_or(NotOurs::NoId)?;
        let at = |pointer: &Option<String>| pointer.as_ref().and_then(|at| text_at(value, at));
        let status = at(&operation.status_at);
        let etag = etag.map(str::to_owned).or_else(|| at(&operation.etag_at));
        let reference = ErpRef {
            posting_date: operation
                .posting_date_at
                .as_ref()
                .and_then(|at| date_at(value, at)?.parse().ok()),
            amount: compare::gross(paper, value, &operation.compare),
            ..ErpRef::new(
                operation.doc_type.clone(),
                at(&operation.number_at).unwrap_or_else(|| id.clone()),
            )
        };
        let standing = standing(operation, paper, value, status.as_deref());
        Ok(Self {
            id,
            etag,
            is_taken_back: status
                .as_ref()
                .is_some_and(|status| operation.reversed.contains(status)),
            status,
            standing,
            reference,
        })
    }
}

fn standing(operation: &Operation, paper: &Paper, value: &Value, status: Option<&str>) -> Standing {
    let is_in = |list: &[String], status: &str| list.iter().any(|known| known == status);
    let finished = match status {
        None if operation.status_at.is_none() => true,
        None => return Standing::Differs("it shows no status".to_owned()),
        Some(status) if is_in(&operation.complete, status) => true,
        Some(status) if is_in(&operation.half, status) => false,
        Some(status) if is_in(&operation.reversed, status) => {
            return Standing::Differs(format!("it was taken back: status {status:?}"));
        }
        Some(status) => {
            return Standing::Differs(format!("status {status:?} is not in the profile"));
        }
    };
    let differences = compare::differences(paper, value, &operation.compare);
    if !differences.is_empty() {
        return Standing::Differs(differences.join("; "));
    }
    if finished {
        Standing::Complete
    } else {
        Standing::Half
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::samples;

    fn memo(key: &str, status: &str, gross: &str) -> Value {
        json!({"id": "cm-1", "number": "CM-1", "externalDocumentNumber": key, "status": status,
               "customerNumber": "C10010", "currencyCode": "USD", "netAmount": "56.10", "taxAmount": "4.63",
               "grossAmount": gross, "postingDate": "2026-03-02", "@odata.etag": "W/\"1\""})
    }

    #[test]
    fn a_document_stands_as_its_status_and_sums_say() {
        let (operation, paper) = (
            samples::credit_memo_operation(),
            samples::credit_memo_paper(),
        );
        let read = |status: &str, gross: &str| {
            Document::read(&operation, &paper, &memo(&paper.key, status, gross), None)
                .unwrap()
                .standing
        };
        assert_eq!(read("Draft", "60.73"), Standing::Half);
        assert_eq!(read("Posted", "60.73"), Standing::Complete);
        for (status, gross) in [
            ("Cancelled", "60.73"),
            ("Weird", "60.73"),
            ("Posted", "60.74"),
            ("Draft", "1.00"),
        ] {
            assert!(
                matches!(read(status, gross), Standing::Differs(_)),
                "{status} {gross}"
            );
        }
    }

    #[test]
    fn a_document_without_our_key_is_not_ours() {
        let (operation, paper) = (
            samples::credit_memo_operation(),
            samples::credit_memo_paper(),
        );
        let other = memo("rt1-other", "Posted", "60.73");
        assert_eq!(
            Document::read(&operation, &paper, &other, None).unwrap_err(),
            NotOurs::OtherKey("rt1-other".to_owned())
        );
        let capitals = memo(&paper.key.to_ascii_uppercase(), "Posted", "60.73");
        let document = Document::read(&operation, &paper, &capitals, None).unwrap();
        assert_eq!(
            (document.reference.doc_no.as_str(), document.etag.as_deref()),
            ("CM-1", Some("W/\"1\""))
        );
    }
}
