//! One thing that an ERP can be asked to do: how the document is made, finished and found again.

use serde::Deserialize;

use super::Shows;

/// How a kind of document is made, finished and found again.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Operation {
    /// What the ERP calls the document.
    pub(crate) doc_type: String,
    /// The call that makes it.
    pub(crate) create: Call,
    /// The second call, if the first makes a draft only, or needs to be committed.
    #[serde(default)]
    pub(crate) finish: Option<Call>,
    /// Look-ups by our key: every place where a document of ours can be, half finished or finished.
    #[serde(default)]
    pub(crate) places: Vec<Call>,
    /// Statuses of a draft.
    #[serde(default)]
    pub(crate) half: Vec<String>,
    /// Statuses of a finished document.
    #[serde(default)]
    pub(crate) complete: Vec<String>,
    /// Statuses of one that was taken back.
    #[serde(default)]
    pub(crate) reversed: Vec<String>,
    /// Of a reversal: true when its shape takes a part of a memo back too (`.part`, `.net`, `.tax`, `.gross`).
    #[serde(default)]
    pub(crate) parts: bool,
}

impl Operation {
    /// Its calls, with what each is for.
    pub(crate) fn calls(&self) -> impl Iterator<Item = (String, &Call)> {
        let create = std::iter::once(("create".to_owned(), &self.create));
        let finish = self
            .finish
            .iter()
            .map(|finish| ("finish".to_owned(), finish));
        let places = self.places.iter().enumerate();
        create
            .chain(finish)
            .chain(places.map(|(index, place)| (format!("places[{index}]"), place)))
    }
}

/// A call of a SOAP operation.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Call {
    /// Element in the body.
    pub(crate) element: String,
    /// Its namespace; the profile's when absent.
    #[serde(default)]
    pub(crate) namespace: Option<String>,
    /// The action: `SOAPAction` of SOAP 1.1, `action=` of SOAP 1.2.
    #[serde(default)]
    pub(crate) action: String,
    /// Put behind `url`, for ERPs with an address for each service.
    #[serde(default)]
    pub(crate) path: String,
    /// jq from our paper to what stands inside the element.
    pub(crate) shape: String,
    /// How the answer shows documents. When absent, it shows none.
    #[serde(default)]
    pub(crate) shows: Option<Shows>,
}
