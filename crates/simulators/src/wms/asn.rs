//! Announced returns.

use serde::{Deserialize, Serialize};

use crate::decimal::Decimal;

/// An announced return, as kept and as shown.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Asn {
    /// The WMS's own id.
    pub asn_id: String,
    /// The announcer's key.
    pub external_reference: String,
    /// Printed on the parcel.
    pub rma_number: String,
    /// Where it is expected.
    pub site: String,
    /// Who sends it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub customer: Option<String>,
    /// Last day it is expected.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expires_on: Option<String>,
    /// Where it is in its life.
    pub status: AsnStatus,
    /// Key of its cancellation.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cancel_reference: Option<String>,
    /// What is expected.
    pub lines: Vec<AsnLine>,
}

/// One article expected.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AsnLine {
    /// Line number.
    pub line: u32,
    /// Article.
    pub sku: String,
    /// How many.
    pub quantity: Decimal,
    /// Unit.
    pub uom: String,
    /// Serial numbers, when they are tracked.
    #[serde(default)]
    pub serials: Vec<String>,
}

/// An ASN's life.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum AsnStatus {
    /// Nothing came yet.
    Expected,
    /// Something came.
    Receiving,
    /// Everything is decided.
    Completed,
    /// Called off.
    Cancelled,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct NewAsn {
    pub(super) external_reference: String,
    pub(super) rma_number: String,
    pub(super) site: String,
    pub(super) customer: Option<String>,
    pub(super) expires_on: Option<String>,
    pub(super) lines: Vec<AsnLine>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct CallOff {
    pub(super) external_reference: String,
}

impl NewAsn {
    pub(super) fn into_asn(self, asn_id: String) -> Asn {
        Asn {
            asn_id,
            external_reference: self.external_reference,
            rma_number: self.rma_number,
            site: self.site,
            customer: self.customer,
            expires_on: self.expires_on,
            status: AsnStatus::Expected,
            cancel_reference: None,
            lines: self.lines,
        }
    }
}
