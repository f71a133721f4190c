//! What a path below `/api/` means: `creditMemos`, `creditMemos/cm-1`, `creditMemos(cm-1)/post`.

use std::fmt;

use serde::{Deserialize, Serialize};

/// The kinds of documents.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Collection {
    /// What is expected back.
    ReturnOrders,
    /// Receipts, transfers, scrappings.
    StockMovements,
    /// Credits, draft or posted.
    CreditMemos,
    /// Reversals of credit memos.
    CreditMemoCancellations,
    /// Invoices for what was advanced and did not come back.
    RecoveryInvoices,
    /// Reversals of such invoices.
    RecoveryInvoiceCancellations,
    /// Other goods for the customer.
    ReplacementOrders,
    /// Goods on their way to a vendor.
    VendorReturns,
    /// Claims on vendors.
    VendorClaims,
}

impl Collection {
    /// Every collection.
    pub const ALL: [Self; 9] = [
        Self::ReturnOrders,
        Self::StockMovements,
        Self::CreditMemos,
        Self::CreditMemoCancellations,
        Self::RecoveryInvoices,
        Self::RecoveryInvoiceCancellations,
        Self::ReplacementOrders,
        Self::VendorReturns,
        Self::VendorClaims,
    ];

    /// Its name in paths.
    pub fn name(self) -> &'static str {
        match self {
            Self::ReturnOrders => "returnOrders",
            Self::StockMovements => "stockMovements",
            Self::CreditMemos => "creditMemos",
            Self::CreditMemoCancellations => "creditMemoCancellations",
            Self::RecoveryInvoices => "recoveryInvoices",
            Self::RecoveryInvoiceCancellations => "recoveryInvoiceCancellations",
            Self::ReplacementOrders => "replacementOrders",
            Self::VendorReturns => "vendorReturns",
            Self::VendorClaims => "vendorClaims",
        }
    }

    /// Beginning of its ids; numbers use it in capitals.
    pub(super) fn prefix(self) -> &'static str {
        match self {
            Self::ReturnOrders => "ro",
            Self::StockMovements => "sm",
            Self::CreditMemos => "cm",
            Self::CreditMemoCancellations => "cc",
            Self::RecoveryInvoices => "ri",
            Self::RecoveryInvoiceCancellations => "rc",
            Self::ReplacementOrders => "rp",
            Self::VendorReturns => "vr",
            Self::VendorClaims => "vc",
        }
    }

    fn named(name: &str) -> Option<Self> {
        Self::ALL
            .into_iter()
            .find(|collection| collection.name() == name)
    }
}

impl fmt::Display for Collection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// A place below `/api/`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Address {
    pub(super) collection: Collection,
    pub(super) id: Option<String>,
    pub(super) action: Option<String>,
}

impl Address {
    /// Reads a path without its `/api/`.
    pub(super) fn parse(path: &str) -> Option<Self> {
        let mut segments = path.split('/').filter(|segment| !segment.is_empty());
        let first = segments.next()?;
        let (name, inside) = match first.split_once('(') {
            Some((name, rest)) => (name, Some(rest.strip_suffix(')')?.trim_matches('\''))),
            None => (first, None),
        };
        let collection = Collection::named(name)?;
        let id = inside.or_else(|| segments.next()).map(str::to_owned);
        let action = segments.next().map(str::to_owned);
        segments.next().is_none().then_some(Self {
            collection,
            id,
            action,
        })
    }

    /// The route with a place-holder for the id.
    pub(super) fn route(&self) -> String {
        let id = if self.id.is_some() { "/{id}" } else { "" };
        let action = self
            .action
            .as_ref()
            .map(|action| format!("/{action}"))
            .unwrap_or_default();
        format!("/api/{}{id}{action}", self.collection)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_spellings_mean_the_same() {
        let slash = Address::parse("creditMemos/cm-1/post").expect("an address");
        assert_eq!(
            Some(&slash),
            Address::parse("creditMemos(cm-1)/post").as_ref()
        );
        assert_eq!(
            Some(&slash),
            Address::parse("creditMemos('cm-1')/post").as_ref()
        );
        assert_eq!(slash.route(), "/api/creditMemos/{id}/post");
    }

    #[test]
    fn nonsense_is_no_address() {
        for path in ["", "ledgers", "creditMemos(cm-1", "creditMemos/a/b/c"] {
            assert_eq!(Address::parse(path), None, "{path:?}");
        }
    }
}
