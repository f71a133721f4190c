//! Has a connector words for what a route leads to it? Asked of the kind of connector, and of its profile where profiles
//! differ.

use std::path::Path;

use canonical::{Command, EffectKind};

use crate::config::InstanceBlock;
use crate::registry;

/// Commands of kinds that not every profile of an ERP has words for.
const SAMPLES: &[&str] = &[
    include_str!("../../../../connectors/erp-rest/testdata/recovery.command.json"),
    include_str!("../../../../connectors/erp-rest/testdata/recovery-reversal.command.json"),
    include_str!("../../../../connectors/erp-rest/testdata/replacement.command.json"),
    include_str!("../../../../connectors/erp-rest/testdata/supplier-return.command.json"),
    include_str!("../../../../connectors/erp-rest/testdata/supplier-claim.command.json"),
];

/// Ending of the codes by which a connector says that its profile has no words for a command.
const NO_WORDS: &str = ".no-words";

/// True if an instance is known to have no words for a kind. One that is not sound is not judged: that is told elsewhere.
pub(super) fn has_none(
    block: &InstanceBlock,
    name: &str,
    base_dir: &Path,
    kind: EffectKind,
) -> bool {
    let Some(connector) = registry::find(&block.kind) else {
        return false;
    };
    if !connector.capabilities.delivers.contains(&kind) {
        return true;
    }
    let mut samples = SAMPLES
        .iter()
        .filter_map(|text| serde_json::from_str::<Command>(text).ok());
    let Some(sample) = samples.find(|sample| sample.kind == kind) else {
        return false;
    };
    let Ok(codec) = (connector.codec)(&block.settings(name, base_dir)) else {
        return false;
    };
    codec
        .encode(&sample)
        .is_err_and(|failure| failure.code.ends_with(NO_WORDS))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_sample_is_a_command_of_another_kind() {
        let mut kinds: Vec<EffectKind> = SAMPLES
            .iter()
            .filter_map(|text| serde_json::from_str::<Command>(text).ok())
            .map(|command| command.kind)
            .collect();
        kinds.sort_unstable();
        kinds.dedup();
        assert_eq!(kinds.len(), SAMPLES.len());
    }
}
