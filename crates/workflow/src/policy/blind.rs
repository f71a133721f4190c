//! What a policy says about goods that come without a return.

use canonical::StockStatus;
use serde::Deserialize;
use toml::Spanned;

use super::reader::Reader;
use super::values::Words;

/// Minutes that goods which name an RMA number wait for it to become known, if the policy does not say.
const WAIT: u32 = 60;
/// Hours within which they are to be identified, if the policy does not say.
const IDENTIFY: u32 = 48;
/// The longest wait, in minutes: a year.
const YEAR: u32 = 366 * 24 * 60;

/// Where goods may stand while nobody knows whose they are.
const HOLDS: &[StockStatus] = &[StockStatus::ReturnsHold, StockStatus::QualityHold];

/// Goods without a return, as written.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct BlindBlock {
    accept: bool,
    sites: Option<Words>,
    hold_site_status: Option<Words>,
    #[serde(default = "identify", deserialize_with = "super::document::hours")]
    identify_sla_h: u32,
    #[serde(default = "wait")]
    wait_min: u32,
}

fn identify() -> u32 {
    IDENTIFY
}

fn wait() -> u32 {
    WAIT
}

/// How goods are taken in that came without a return.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BlindTerms {
    /// At these sites; at any if empty.
    pub sites: Vec<String>,
    /// Where they stand at the site until it is known whose they are.
    pub hold_status: StockStatus,
    /// Hours within which that is to be found out, at least 1.
    pub identify_hours: u32,
    /// Minutes that goods which name an RMA number nobody knows wait for it to become known. Those that name none do not
    /// wait.
    pub wait_minutes: u32,
}

impl BlindTerms {
    /// True if goods at that site are taken in.
    pub fn takes(&self, site: &str) -> bool {
        self.sites.is_empty() || self.sites.iter().any(|named| named == site)
    }
}

/// `None` when there is no block or it takes nothing, or after a problem.
pub(super) fn read(
    reader: &mut Reader<'_>,
    written: Option<Spanned<BlindBlock>>,
) -> Option<BlindTerms> {
    let written = written?;
    let place = reader.place(&written.span());
    let block = written.into_inner();
    let sites = reader.words(&place, "sites", block.sites);
    let status = reader.codes(&place, "hold_site_status", block.hold_site_status, HOLDS);
    if status.len() > 1 || status.iter().any(|status| !HOLDS.contains(status)) {
        reader.problem(
            &place,
            "hold_site_status is no place for goods that nobody knows".to_owned(),
            "write RETURNS_HOLD or QUALITY_HOLD",
        );
    }
    if block.identify_sla_h == 0 {
        reader.problem(
            &place,
            "identify_sla_h is 0".to_owned(),
            "give people an hour at least to find out whose the goods are",
        );
    }
    if block.wait_min > YEAR {
        let what = format!("wait_min: {} minutes are more than a year", block.wait_min);
        reader.problem(&place, what, "write fewer; 0: they do not wait");
    }
    block.accept.then(|| BlindTerms {
        sites,
        hold_status: status.first().copied().unwrap_or(StockStatus::ReturnsHold),
        identify_hours: block.identify_sla_h,
        wait_minutes: block.wait_min,
    })
}
