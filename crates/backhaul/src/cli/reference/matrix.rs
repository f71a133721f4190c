//! The capability matrix: what each connector takes in and delivers, and what may still go wrong.

use canonical::{EffectKind, EventData};
use connector::{Connector, DuplicateGuard, Extractable};

use super::{head, put};
use crate::registry::CONNECTORS;

pub(super) fn page() -> String {
    let mut page = head("Capabilities of the connectors");
    put(&mut page, "\n## In short\n\n");
    header(&mut page, "");
    row(&mut page, "transports", |c| {
        c.capabilities.transports.join(", ")
    });
    row(&mut page, "formats", |c| c.capabilities.formats.join(", "));
    row(&mut page, "doubles are kept out by", guards);
    row(&mut page, "credits keyed by hand", |c| {
        c.capabilities.credits_shown.name().to_owned()
    });
    row(&mut page, "acknowledged", |c| {
        c.capabilities.acknowledgement.to_owned()
    });
    row(&mut page, "lists for the daily proof", extracts);

    put(&mut page, "\n## What comes in\n\n");
    header(&mut page, "fact");
    for kind in EventData::TYPES {
        let takes = |c: &Connector| c.capabilities.takes.contains(kind);
        if CONNECTORS.iter().any(takes) {
            row(&mut page, &format!("`{kind}`"), |c| mark(takes(c)));
        }
    }

    put(&mut page, "\n## What goes out\n\n");
    header(&mut page, "effect");
    for kind in EffectKind::ALL {
        let delivers = |c: &Connector| c.capabilities.delivers.contains(kind);
        if CONNECTORS.iter().any(delivers) {
            row(&mut page, &format!("`{kind}`"), |c| mark(delivers(c)));
        }
    }

    put(
        &mut page,
        "\n## Residual risk\n\nWhat may still happen although everything works as it should.\n\n",
    );
    for connector in CONNECTORS {
        let risk = connector.capabilities.residual_risk;
        put(&mut page, format!("- `{}`: {risk}\n", connector.name));
    }
    page
}

fn header(page: &mut String, first: &str) {
    put(page, format!("| {first} |"));
    for connector in CONNECTORS {
        let name = connector.name;
        put(page, format!(" [{name}](connectors/{name}.md) |"));
    }
    put(
        page,
        format!("\n|---|{}\n", "---|".repeat(CONNECTORS.len())),
    );
}

fn row(page: &mut String, first: &str, cell: impl Fn(&Connector) -> String) {
    put(page, format!("| {first} |"));
    for connector in CONNECTORS {
        put(page, format!(" {} |", cell(connector)));
    }
    put(page, "\n");
}

fn mark(yes: bool) -> String {
    if yes { "yes" } else { "" }.to_owned()
}

fn extracts(connector: &Connector) -> String {
    let kinds = connector.capabilities.extracts.iter();
    let names: Vec<&str> = kinds.copied().map(Extractable::name).collect();
    match names.as_slice() {
        [] => "cannot say".to_owned(),
        names => names.join(", "),
    }
}

fn guards(connector: &Connector) -> String {
    let names = connector.capabilities.guards.iter();
    let names: Vec<&str> = names.copied().map(DuplicateGuard::name).collect();
    match names.as_slice() {
        [] => "nothing goes out".to_owned(),
        names => names.join(", "),
    }
}
