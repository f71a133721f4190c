//! The profiles that are built in.

/// Name and text of each.
pub(crate) const SHIPPED: &[(&str, &str)] = &[
    ("x12-4010", include_str!("../../profiles/x12-4010.toml")),
    ("x12-5010", include_str!("../../profiles/x12-5010.toml")),
    (
        "edifact-d01b",
        include_str!("../../profiles/edifact-d01b.toml"),
    ),
    (
        "edifact-d96a",
        include_str!("../../profiles/edifact-d96a.toml"),
    ),
];

/// Text of the profile of that name.
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
