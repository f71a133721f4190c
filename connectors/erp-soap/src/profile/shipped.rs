//! The profiles that are built in.

/// Name and text of each.
pub(crate) const SHIPPED: &[(&str, &str)] = &[
    ("sim", include_str!("../../profiles/sim.toml")),
    ("legacy-erp", include_str!("../../profiles/legacy-erp.toml")),
    ("sap-bapi", include_str!("../../profiles/sap-bapi.toml")),
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
