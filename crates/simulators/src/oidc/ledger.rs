//! What the provider was asked, and what it did.

/// Counts and refusals.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Ledger {
    /// Times that its description was asked for.
    pub descriptions: u32,
    /// Times that its keys were asked for.
    pub keys: u32,
    /// Browsers that it sent back with a code.
    pub codes: u32,
    /// Codes that it gave a token for.
    pub tokens: u32,
    /// What it refused, and why.
    pub refused: Vec<String>,
}
