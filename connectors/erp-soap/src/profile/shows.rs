//! Where an answer shows a document, and what it shows of it.

use serde::Deserialize;

/// Where an answer shows documents. All paths but `at` are below the document.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Shows {
    /// The documents, from the element in the body.
    pub(crate) at: String,
    /// Our key. When absent, whatever the answer shows is ours.
    #[serde(default)]
    pub(crate) key: Option<String>,
    /// Its number.
    pub(crate) number: String,
    /// Its id, if it has one besides the number.
    #[serde(default)]
    pub(crate) id: Option<String>,
    /// Its status. A document without is finished; one that was just made, and has a finishing step before it, is a draft.
    #[serde(default)]
    pub(crate) status: Option<String>,
    /// Its posting date.
    #[serde(default)]
    pub(crate) posting_date: Option<String>,
    /// Says (`true`, `1`, `X`) that it was there before.
    #[serde(default)]
    pub(crate) duplicate: Option<String>,
    /// What must be the same as on our paper.
    #[serde(default)]
    pub(crate) compare: Compare,
}

/// Where a document shows what must be the same as on our paper. What has no path is not compared.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Compare {
    /// Customer (for credits: the account that is credited).
    pub(crate) customer: Option<String>,
    /// Currency.
    pub(crate) currency: Option<String>,
    /// Currency that the ERP leaves empty: that of the books.
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
    /// True if the ERP fills numbers of customers and items with zeros from the left.
    #[serde(default)]
    pub(crate) leading_zeros: bool,
    /// Item (of a movement).
    pub(crate) item: Option<String>,
    /// Quantity (of a movement).
    pub(crate) quantity: Option<String>,
    /// Number of the memo (of a reversal).
    pub(crate) reverses_number: Option<String>,
    /// Lines (of a credit memo or a return order).
    pub(crate) lines: Option<Lines>,
}

/// Where a document shows its lines. Lines are compared in any order.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Lines {
    /// The lines, below the document.
    pub(crate) at: String,
    /// Below a line: its item.
    pub(crate) item: String,
    /// Below a line: its quantity.
    #[serde(default)]
    pub(crate) quantity: Option<String>,
    /// Below a line: its net amount.
    #[serde(default)]
    pub(crate) net: Option<String>,
}

impl Shows {
    /// Every path in it.
    pub(crate) fn paths(&self) -> impl Iterator<Item = &String> {
        let compare = &self.compare;
        let lines = compare.lines.iter().flat_map(|lines| {
            [Some(&lines.at), Some(&lines.item)]
                .into_iter()
                .chain([lines.quantity.as_ref(), lines.net.as_ref()])
                .flatten()
        });
        [Some(&self.at), Some(&self.number)]
            .into_iter()
            .chain(
                [
                    &self.key,
                    &self.id,
                    &self.status,
                    &self.posting_date,
                    &self.duplicate,
                    &compare.customer,
                    &compare.currency,
                    &compare.net,
                    &compare.tax,
                    &compare.gross,
                    &compare.item,
                    &compare.quantity,
                    &compare.reverses_number,
                ]
                .map(Option::as_ref),
            )
            .flatten()
            .chain(lines)
    }
}
