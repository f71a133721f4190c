//! The layouts that are built in.

/// Name and text of each.
pub(crate) const SHIPPED: &[(&str, &str)] = &[
    ("caret-rtn", include_str!("../../profiles/caret-rtn.toml")),
    (
        "csv-returns",
        include_str!("../../profiles/csv-returns.toml"),
    ),
    (
        "fixed-returns",
        include_str!("../../profiles/fixed-returns.toml"),
    ),
];

/// Text of the layout of that name.
pub(crate) fn shipped(name: &str) -> Option<&'static str> {
    SHIPPED
        .iter()
        .find(|(known, _)| *known == name)
        .map(|(_, text)| *text)
}

/// Their names, for messages.
pub(crate) fn names() -> String {
    let names: Vec<&str> = SHIPPED.iter().map(|(name, _)| *name).collect();
    names.join(", ")
}
