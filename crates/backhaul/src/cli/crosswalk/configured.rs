//! What the blocks of connectors say of codes: their tables `codes.LIST` and `sites`.

use canonical::crosswalk::Direction;
use router::crosswalk::govern::Configured;
use toml::{Table, Value};

use crate::config::Config;

/// Everything that the configuration of all connector instances says of codes, in both directions. Of several codes for
/// one of ours the first by the alphabet goes out.
pub(super) fn all(config: &Config) -> Vec<Configured> {
    let mut found = Vec::new();
    for (system, block) in &config.connectors {
        let codes = block.table.get("codes").and_then(Value::as_table);
        for (list, table) in codes.into_iter().flatten() {
            add(&mut found, system, list, table.as_table());
        }
        let sites = block.table.get("sites").and_then(Value::as_table);
        add(&mut found, system, "site", sites);
    }
    found
}

fn add(found: &mut Vec<Configured>, system: &str, list: &str, table: Option<&Table>) {
    let mut codes: Vec<(&str, &str)> = table
        .into_iter()
        .flatten()
        .filter_map(|(theirs, ours)| Some((theirs.as_str(), ours.as_str()?)))
        .collect();
    codes.sort_unstable();
    let start = found.len();
    let one = |direction, source: &str, becomes: &str| Configured {
        list: list.to_owned(),
        system: system.to_owned(),
        direction,
        source_code: source.to_owned(),
        canonical_code: becomes.to_owned(),
    };
    for (theirs, ours) in codes {
        found.push(one(Direction::In, theirs, ours));
        let goes_out = found
            .iter()
            .skip(start)
            .any(|known| known.direction == Direction::Out && known.source_code == ours);
        if !goes_out {
            found.push(one(Direction::Out, ours, theirs));
        }
    }
}
