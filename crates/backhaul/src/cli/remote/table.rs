//! What the API answers, as tables and lines for people.

use serde_json::Value;

use super::{Ended, output};

/// A column: its title, and where its cells are.
pub(super) enum Column {
    /// What the member says.
    Is(&'static str, &'static str),
    /// The first of two members that says something.
    Or(&'static str, &'static str, &'static str),
    /// An amount in minor units beside its currency.
    Money(&'static str),
    /// Sums by currency, in minor units.
    Sums(&'static str, &'static str),
}

impl Column {
    const fn title(&self) -> &'static str {
        match self {
            Self::Is(title, _)
            | Self::Or(title, ..)
            | Self::Money(title)
            | Self::Sums(title, _) => title,
        }
    }

    fn cell(&self, item: &Value) -> String {
        match self {
            Self::Is(_, name) => text(item, name),
            Self::Or(_, first, second) => match text(item, first) {
                said if said.is_empty() => text(item, second),
                said => said,
            },
            Self::Money(_) => {
                let minor = item.get("amount_minor").and_then(Value::as_i64);
                output::money(minor, item.get("currency").and_then(Value::as_str))
            }
            Self::Sums(_, name) => sums(item, name),
        }
    }
}

/// Prints rows.
pub(super) fn table(items: &[Value], columns: &[Column], when_empty: &str) -> Result<(), Ended> {
    let titles: Vec<&str> = columns.iter().map(Column::title).collect();
    let rows = items.iter().map(|item| {
        let cells = columns.iter().map(|column| column.cell(item));
        cells.collect()
    });
    output::table(&titles, rows.collect(), when_empty)
}

/// What the member at that pointer (RFC 6901, or a plain name) says; nothing if there is none.
pub(super) fn text(of: &Value, name: &str) -> String {
    let found = match name.strip_prefix('/') {
        Some(_) => of.pointer(name),
        None => of.get(name),
    };
    found.map_or_else(String::new, said)
}

fn said(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        Value::Bool(true) => "yes".to_owned(),
        Value::Bool(false) => "no".to_owned(),
        Value::Number(number) => number.to_string(),
        Value::Array(all) => {
            let all: Vec<String> = all.iter().map(said).collect();
            all.join(", ")
        }
        Value::Object(members) => {
            let members = members.iter().filter(|(_, value)| !value.is_null());
            let all: Vec<String> = members
                .map(|(name, value)| format!("{name}={}", said(value)))
                .collect();
            all.join(" ")
        }
    }
}

/// Sums by currency, one a line.
pub(super) fn sums(of: &Value, name: &str) -> String {
    let all = of.get(name).and_then(Value::as_object);
    let all = all.into_iter().flatten();
    let all: Vec<String> = all
        .map(|(currency, minor)| output::money(minor.as_i64(), Some(currency)))
        .collect();
    all.join("\n")
}

/// Prints what each member says, one a line; those that say nothing are left out.
pub(super) fn facts(of: &Value, names: &[(&str, &str)]) -> Result<(), Ended> {
    for (title, name) in names {
        let said = text(of, name);
        if !said.is_empty() {
            output::line(format!("{title:<13} {said}"))?;
        }
    }
    Ok(())
}

impl Column {
    /// True if any of them says something there.
    pub(super) fn is_told_in(&self, items: &[Value]) -> bool {
        items.iter().any(|item| !self.cell(item).is_empty())
    }
}
