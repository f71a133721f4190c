//! The connectors of this build. A new one is one line here and one in this crate's `Cargo.toml`.

use connector::Connector;

/// Every connector.
pub const CONNECTORS: &[Connector] = &[
    edi_partner::CONNECTOR,
    erp_rest::CONNECTOR,
    erp_soap::CONNECTOR,
    warehouse_file::CONNECTOR,
    wms_json::CONNECTOR,
    // new connectors go here
];

/// The connector of that name.
pub fn find(name: &str) -> Option<&'static Connector> {
    CONNECTORS.iter().find(|connector| connector.name == name)
}

/// Names of all connectors, for messages.
pub fn names() -> String {
    CONNECTORS
        .iter()
        .map(|c| c.name)
        .collect::<Vec<_>>()
        .join(", ")
}
