//! One thing that an ERP can be asked to do: how the document is made, finished, read and found again.

use serde::Deserialize;

use super::finish::{self, Finish};

/// How a kind of document is made, finished, read and found again. Pointers are JSON pointers into the document.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Operation {
    /// What the ERP calls the document.
    pub(crate) doc_type: String,
    /// jq from our paper to the body of the create.
    pub(crate) shape: String,
    /// The create.
    pub(crate) create: Request,
    /// An existing document that the create is done upon (`{target}` in paths).
    #[serde(default)]
    pub(crate) target: Option<Target>,
    /// The steps from draft to document, if creating makes a draft only: one, or a list.
    #[serde(default, deserialize_with = "finish::steps")]
    pub(crate) finish: Vec<Finish>,
    /// Where a document is read by its id (`{id}`), always current.
    #[serde(default)]
    pub(crate) read: Option<String>,
    /// Every place where a document of ours can be, half finished or finished.
    #[serde(default)]
    pub(crate) places: Vec<Place>,
    /// Where the document itself lies in the answer to a create or a read; empty: at the top.
    #[serde(default)]
    pub(crate) document_at: String,
    /// Our key in the document.
    pub(crate) key_at: String,
    /// Its id.
    pub(crate) id_at: String,
    /// Its number; the id when absent.
    #[serde(default)]
    pub(crate) number_at: Option<String>,
    /// Its status; a document is complete when absent.
    #[serde(default)]
    pub(crate) status_at: Option<String>,
    /// Its ETag, if it is in the document besides the header.
    #[serde(default)]
    pub(crate) etag_at: Option<String>,
    /// Its posting date: a text, or an object with `year`, `month` and `day`.
    #[serde(default)]
    pub(crate) posting_date_at: Option<String>,
    /// Statuses of a draft.
    #[serde(default)]
    pub(crate) half: Vec<String>,
    /// Statuses of a finished document.
    #[serde(default)]
    pub(crate) complete: Vec<String>,
    /// Statuses of one that was taken back.
    #[serde(default)]
    pub(crate) reversed: Vec<String>,
    /// How finished documents of a day are listed; nothing can be proven against an ERP that cannot.
    #[serde(default)]
    pub(crate) extract: Option<Listing>,
    /// Of a reversal: true when its shape takes a part of a memo back too (`.part`, `.net`, `.tax`, `.gross`).
    #[serde(default)]
    pub(crate) parts: bool,
    /// What must be the same in the document as on our paper.
    #[serde(default)]
    pub(crate) compare: Compare,
}

/// A request that changes something.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Request {
    /// Method.
    #[serde(default)]
    pub(crate) method: Method,
    /// Path template.
    pub(crate) path: String,
}

/// Method of a request that changes something.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub(crate) enum Method {
    /// `POST`.
    #[default]
    Post,
    /// `PUT`.
    Put,
    /// `PATCH`.
    Patch,
}

impl From<Method> for http::Method {
    fn from(method: Method) -> Self {
        match method {
            Method::Post => Self::POST,
            Method::Put => Self::PUT,
            Method::Patch => Self::PATCH,
        }
    }
}

/// An existing document that a create is done upon: a reversal upon the memo.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Target {
    /// Where to find it: path template with `{reverses}` or `{reverses_number}`.
    pub(crate) path: String,
    /// Where the list of documents lies in the answer.
    pub(crate) list_at: String,
    /// Its id.
    pub(crate) id_at: String,
    /// Its ETag, when the create must carry it in `If-Match`.
    #[serde(default)]
    pub(crate) etag_at: Option<String>,
}

/// A place where documents can be looked up by our key.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Place {
    /// Name, for messages.
    pub(crate) name: String,
    /// Path template with our key.
    pub(crate) path: String,
    /// Where the list of documents lies in the answer. Absent: the answer is the one document, and 404 means none.
    #[serde(default)]
    pub(crate) list_at: Option<String>,
    /// Where the address of the next page lies.
    #[serde(default)]
    pub(crate) next_at: Option<String>,
}

/// How documents of business days are listed, for the daily proof.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Listing {
    /// Path template with `{from}` and `{to}`: first and last day.
    pub(crate) path: String,
    /// Where the list of documents lies in the answer.
    pub(crate) list_at: String,
    /// Where the address of the next page lies.
    #[serde(default)]
    pub(crate) next_at: Option<String>,
    /// By so much the list may be behind what was booked ("5m").
    #[serde(default)]
    pub(crate) behind: jiff::SignedDuration,
    /// Invoice that a memo is applied to.
    #[serde(default)]
    pub(crate) applied_to: Option<String>,
    /// Amount of a memo that is not applied yet.
    #[serde(default)]
    pub(crate) open: Option<String>,
    /// Unit of a movement.
    #[serde(default)]
    pub(crate) uom: Option<String>,
    /// Site of a movement.
    #[serde(default)]
    pub(crate) site: Option<String>,
    /// Status that goods left.
    #[serde(default)]
    pub(crate) from_status: Option<String>,
    /// Status that goods reached.
    #[serde(default)]
    pub(crate) to_status: Option<String>,
    /// The ERP's words for statuses of stock, and ours.
    #[serde(default)]
    pub(crate) statuses: std::collections::BTreeMap<String, canonical::StockStatus>,
}

/// Where a document shows what must be the same as on our paper. What has no pointer is not compared.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Compare {
    /// Customer (for credits: the account that is credited).
    pub(crate) customer: Option<String>,
    /// Currency.
    pub(crate) currency: Option<String>,
    /// Currency that the ERP leaves empty: that of the books.
    #[serde(default)]
    pub(crate) home_currency: Option<String>,
    /// Net amount.
    pub(crate) net: Option<String>,
    /// Tax amount.
    pub(crate) tax: Option<String>,
    /// Gross amount.
    pub(crate) gross: Option<String>,
    /// True if the ERP shows credits with a minus.
    #[serde(default)]
    pub(crate) negative: bool,
    /// Item (of a movement).
    pub(crate) item: Option<String>,
    /// Quantity (of a movement).
    pub(crate) quantity: Option<String>,
    /// Number of the memo (of a reversal).
    pub(crate) reverses_number: Option<String>,
}

/// A record that bodies name by our code: `{"$look_up": "party", "of": "C10010"}`. Looked up before anything is made.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Reference {
    /// Where to find it: path template with `{of}`, our code.
    pub(crate) path: String,
    /// Where the list of records lies in the answer.
    pub(crate) list_at: String,
    /// What is put into the body, unless it says `at` itself.
    pub(crate) id_at: String,
}
