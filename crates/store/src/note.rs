//! Notes of connectors.

/// Names a note: whose it is, the space it lies in, its key there. Unique.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct NoteName {
    /// Connector instance.
    pub owner: String,
    /// Space, named by the connector.
    pub space: String,
    /// Key.
    pub key: String,
}
