//! A document as the ERP shows it, read by the profile's paths and held against our paper. Pure.

use canonical::effect::ErpRef;
use connector::paper::Paper;

use crate::compare;
use crate::profile::{Operation, Shows};
use crate::wire::{Element, text_at};

/// A document of ours in the ERP.
#[derive(Debug, Clone)]
pub(crate) struct Document {
    pub(crate) id: String,
    pub(crate) standing: Standing,
    pub(crate) reference: ErpRef,
    /// The ERP says that it was there before.
    pub(crate) is_repeat: bool,
    /// It was taken back there.
    pub(crate) is_taken_back: bool,
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
    /// It has no number.
    NoNumber,
}

impl Document {
    /// Reads one. `unsaid` is how it stands with one that shows no status.
    pub(crate) fn read(
        operation: &Operation,
        paper: &Paper,
        shows: &Shows,
        element: &Element,
        unsaid: Standing,
    ) -> Result<Self, NotOurs> {
        let at = |path: &Option<String>| path.as_ref().and_then(|path| text_at(element, path));
        if shows.key.is_some() {
            let key = at(&shows.key).unwrap_or_default();
            // Some ERPs write their reference fields in capitals; our keys are safe to compare without case.
            if !key.eq_ignore_ascii_case(&paper.key) && !key.eq_ignore_ascii_case(&paper.key_guid) {
                return Err(NotOurs::OtherKey(key.to_owned()));
            }
        }
        let number = text_at(element, &shows.number).ok_or(NotOurs::NoNumber)?;
        let reference = ErpRef {
            // A date of XML Schema may carry a time zone or a time behind it.
            posting_date: at(&shows.posting_date).and_then(|text| text.get(..10)?.parse().ok()),
            amount: compare::gross(paper, element, &shows.compare),
            ..ErpRef::new(operation.doc_type.clone(), number)
        };
        Ok(Self {
            id: at(&shows.id).unwrap_or(number).to_owned(),
            standing: standing(operation, paper, shows, element, unsaid),
            reference,
            is_repeat: at(&shows.duplicate).is_some_and(is_yes),
            is_taken_back: at(&shows.status)
                .is_some_and(|status| operation.reversed.iter().any(|known| known == status)),
        })
    }
}

fn is_yes(text: &str) -> bool {
    text == "1" || text.eq_ignore_ascii_case("true") || text.eq_ignore_ascii_case("x")
}

fn standing(
    operation: &Operation,
    paper: &Paper,
    shows: &Shows,
    element: &Element,
    unsaid: Standing,
) -> Standing {
    let status = shows.status.as_ref().map(|path| text_at(element, path));
    let is_in = |list: &[String], status: &str| list.iter().any(|known| known == status);
    let stands = match status {
        None => unsaid,
        Some(None) => return Standing::Differs("it shows no status".to_owned()),
        Some(Some(status)) if is_in(&operation.complete, status) => Standing::Complete,
        Some(Some(status)) if is_in(&operation.half, status) => Standing::Half,
        Some(Some(status)) if is_in(&operation.reversed, status) => {
            return Standing::Differs(format!("it was taken back: status {status:?}"));
        }
        Some(Some(status)) => {
            return Standing::Differs(format!("status {status:?} is not in the profile"));
        }
    };
    let differences = compare::differences(paper, element, &shows.compare);
    if differences.is_empty() {
        stands
    } else {
        Standing::Differs(differences.join("; "))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::samples;
    use crate::wire::{Answer, read};

    /// The document as the simulator shows it.
    fn memo(key: &str, status: &str, gross: &str) -> Element {
        let text = format!(
            "<s:Envelope xmlns:s=\"http://schemas.xmlsoap.org/soap/envelope/\"><s:Body><Document>\
             <Number>CM1</Number><ExternalKey>{key}</ExternalKey><Status>{status}</Status><Customer>C10010</Customer>\
             <Currency>USD</Currency><PostingDate>2026-03-02Z</PostingDate><Net>56.10</Net><Tax>4.63</Tax>\
             <Gross>{gross}</Gross><Lines><Line><Item>SKU-100</Item><Quantity>3.0</Quantity><Net>56.1</Net></Line></Lines>\
             </Document></s:Body></s:Envelope>"
        );
        match read(text.as_bytes(), "").unwrap() {
            Answer::Said(element) => element,
            Answer::Fault(fault) => panic!("{fault:?}"),
        }
    }

    fn read_one(key: &str, status: &str, gross: &str) -> Result<Document, NotOurs> {
        let operation = samples::profile("sim").operations.credit_memo.unwrap();
        let shows = operation.places[0].shows.clone().unwrap();
        let element = memo(key, status, gross);
        let paper = samples::credit_memo_paper();
        Document::read(&operation, &paper, &shows, &element, Standing::Complete)
    }

    #[test]
    fn a_document_stands_as_its_status_and_sums_say() {
        let key = samples::credit_memo_paper().key;
        let document = read_one(&key, "Posted", "60.73").unwrap();
        assert_eq!(document.standing, Standing::Complete);
        assert_eq!(document.id, "CM1");
        let posted = document.reference.posting_date.unwrap();
        assert_eq!(posted.to_string(), "2026-03-02");
        for (status, gross) in [
            ("Reversed", "60.73"),
            ("Weird", "60.73"),
            ("", "60.73"),
            ("Posted", "60.74"),
        ] {
            let standing = read_one(&key, status, gross).unwrap().standing;
            assert!(matches!(standing, Standing::Differs(_)), "{status} {gross}");
        }
    }

    #[test]
    fn a_document_without_our_key_is_not_ours() {
        let other = NotOurs::OtherKey("rt1-other".to_owned());
        assert_eq!(read_one("rt1-other", "Posted", "60.73").unwrap_err(), other);
        let capitals = samples::credit_memo_paper().key.to_ascii_uppercase();
        assert!(read_one(&capitals, "Posted", "60.73").is_ok());
    }
}
