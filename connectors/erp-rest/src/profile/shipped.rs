//! The profiles that are built in.

/// Name and text of each.
pub(crate) const SHIPPED: &[(&str, &str)] = &[
    ("sim", include_str!("../../profiles/sim.toml")),
    (
        "business-central",
        include_str!("../../profiles/business-central.toml"),
    ),
    ("netsuite", include_str!("../../profiles/netsuite.toml")),
    ("sap-odata", include_str!("../../profiles/sap-odata.toml")),
    ("avatax", include_str!("../../profiles/avatax.toml")),
    ("tryton", include_str!("../../profiles/tryton.toml")),
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
