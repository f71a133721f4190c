//! What an operation came to, as element of the body.

use super::FINANCE;
use super::document::Document;
use super::trouble::{Code, Trouble};
use super::xml::Element;

/// A remark on something that was done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Note {
    Posted,
    UnknownCustomer,
    UncheckedInvoice,
    ExistingDocument,
    NothingFound,
}

impl Note {
    /// TYPE, NUMBER, CODE, MESSAGE.
    fn words(self) -> [&'static str; 4] {
        match self {
            Self::Posted => ["S", "000", "POSTED", "done"],
            Self::UnknownCustomer => [
                "W",
                "901",
                "CUSTOMER_NOT_IN_MASTER",
                "the customer is not in the master data",
            ],
            Self::UncheckedInvoice => [
                "W",
                "902",
                "INVOICE_NOT_CHECKED",
                "the invoice is not here, its amount was not checked",
            ],
            Self::ExistingDocument => [
                "I",
                "903",
                "EXISTING_DOCUMENT",
                "the external key was posted before",
            ],
            Self::NothingFound => ["I", "904", "NOTHING_FOUND", "there is no such document"],
        }
    }

    fn item(self) -> Element {
        let [kind, number, code, message] = self.words();
        item([kind, number, code, message], None)
    }
}

/// A document that was posted, now or before.
#[derive(Debug)]
pub(super) struct Posting {
    pub(super) document: Document,
    pub(super) duplicate: bool,
    pub(super) notes: Vec<Note>,
}

impl Posting {
    /// The answer of `operation`. Warnings stand before the success, as they often do.
    pub(super) fn element(&self, operation: &str) -> Element {
        let notes = self.notes.iter().copied().chain([Note::Posted]);
        posted(
            operation,
            self.document.element(),
            self.duplicate,
            notes.map(Note::item).collect(),
        )
    }
}

/// A rule of the business said no, softly: nothing when the code has no number.
pub(super) fn refused(operation: &str, trouble: &Trouble) -> Option<Element> {
    let words = [
        "E",
        trouble.code.number()?,
        trouble.code.word(),
        &trouble.message,
    ];
    let document = Element::nil(FINANCE, "Document");
    let items = vec![item(words, trouble.field.as_deref())];
    Some(posted(operation, document, false, items))
}

/// The answer to a look-up.
pub(super) fn found(documents: &[Document]) -> Element {
    let note = if documents.is_empty() {
        Note::NothingFound
    } else {
        Note::Posted
    };
    let elements = documents.iter().map(Document::element).collect();
    let children = vec![
        text("Count", documents.len().to_string()),
        Element::with_children(FINANCE, "Documents", elements),
        items(vec![note.item()]),
    ];
    response("FindDocument", children)
}

/// The answer to a ping.
pub(super) fn pong(open: bool) -> Element {
    let now = jiff::Timestamp::now().to_string();
    let children = vec![
        text("Time", now),
        text("Open", open.to_string()),
        items(vec![Note::Posted.item()]),
    ];
    response("Ping", children)
}

/// The detail of a fault.
pub(super) fn detail(trouble: &Trouble) -> Element {
    let mut children = vec![
        text("Code", trouble.code.word()),
        text("Message", trouble.message.clone()),
    ];
    if let Some(field) = &trouble.field {
        children.push(text("Field", field.clone()));
    }
    if let Some(document) = &trouble.document {
        children.push(text("Document", document.clone()));
    }
    if trouble.code == Code::Internal {
        children.push(text("Native", "ORA-03113"));
    }
    Element::with_children(FINANCE, "FinanceFault", children)
}

fn posted(operation: &str, document: Element, duplicate: bool, notes: Vec<Element>) -> Element {
    let children = vec![
        document,
        text("Duplicate", duplicate.to_string()),
        items(notes),
    ];
    response(operation, children)
}

fn response(operation: &str, children: Vec<Element>) -> Element {
    let result = Element::with_children(FINANCE, "Result", children);
    Element::with_children(FINANCE, &format!("{operation}Response"), vec![result])
}

fn items(items: Vec<Element>) -> Element {
    Element::with_children(FINANCE, "RETURN", items)
}

fn item([kind, number, code, message]: [&str; 4], field: Option<&str>) -> Element {
    let field = match field {
        Some(field) => text("FIELD", field),
        None => Element::nil(FINANCE, "FIELD"),
    };
    let children = vec![
        text("TYPE", kind),
        text("NUMBER", number),
        text("CODE", code),
        text("MESSAGE", message),
        field,
    ];
    Element::with_children(FINANCE, "item", children)
}

fn text(name: &str, value: impl Into<String>) -> Element {
    Element::with_text(FINANCE, name, value)
}
