//! The connectors of this build. A new one is one line here and one in this crate's `Cargo.toml`.

use std::sync::OnceLock;

use connector::Connector;

/// Every connector.
pub const CONNECTORS: &[Connector] = &[
    edi_partner::CONNECTOR,
    erp_rest::CONNECTOR,
    erp_soap::CONNECTOR,
    mail::CONNECTOR,
    warehouse_file::CONNECTOR,
    wms_json::CONNECTOR,
    // new connectors go here
];

/// Connectors that a test's program has beside these.
static BESIDE: OnceLock<&'static [Connector]> = OnceLock::new();

/// Adds connectors for the life of this process, once: for programs of tests.
#[doc(hidden)]
pub fn beside(connectors: &'static [Connector]) {
    BESIDE.get_or_init(|| connectors);
}

/// The connector of that name.
pub fn find(name: &str) -> Option<&'static Connector> {
    let beside = BESIDE.get().copied().unwrap_or_default();
    let mut all = CONNECTORS.iter().chain(beside);
    all.find(|connector| connector.name == name)
}

/// Names of all connectors, for messages.
pub fn names() -> String {
    CONNECTORS
        .iter()
        .map(|c| c.name)
        .collect::<Vec<_>>()
        .join(", ")
}
