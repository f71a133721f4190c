//! How an ERP is asked which credits it shows against an invoice.

use serde::Deserialize;

use super::Place;

/// The question and how its answer is read. Every page of the answer goes through `shape`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Credits {
    /// Places that list credits: `{invoice}` is the number of the invoice. All are asked.
    pub(crate) places: Vec<Place>,
    /// jq from one document of a list to objects, one for each line of it:
    /// `{document, key, invoice, line, quantity, unit, currency, net, taxes: […], gross}`. Texts or numbers; what is absent
    /// is null. `gross` may be absent if `net` is there: it is then net and taxes. What was taken back is left out by the
    /// shape, and lines of other invoices may be.
    pub(crate) shape: String,
    /// True if the ERP shows credits with a minus.
    #[serde(default)]
    pub(crate) negative: bool,
}
