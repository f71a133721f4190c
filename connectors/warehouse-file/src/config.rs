//! The block's options.

use std::collections::BTreeMap;
use std::path::PathBuf;

use jiff::SignedDuration;
use schemars::JsonSchema;
use serde::Deserialize;

/// Options of a `warehouse-file` block.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Options {
    /// Name of the warehouse's system, for returns that are named by nothing else. Without it, the name of the block.
    pub system: Option<String>,
    /// Legal entity whose RMA numbers the warehouse uses. Leave it out when it handles returns of several.
    pub entity: Option<String>,
    /// Name space in which RMA numbers are unique over all legal entities; used when there is no `entity`.
    #[serde(default = "rma_namespace")]
    pub rma_namespace: String,
    /// Our site, if the files come from one warehouse. Without `site` and `sites`, the warehouse's codes are taken as ours.
    pub site: Option<String>,
    /// The warehouse's code = our site.
    #[serde(default)]
    pub sites: BTreeMap<String, String>,
    /// Name of a built-in layout (`caret-rtn`, `csv-returns`, `fixed-returns`), or a TOML file relative to the
    /// configuration file.
    #[serde(default = "layout")]
    pub layout: String,
    /// Laid over the layout before it is read: tables are merged, everything else is replaced.
    #[serde(default)]
    #[schemars(with = "serde_json::Map<String, serde_json::Value>")]
    pub adjust: toml::Table,
    /// Time zone of the warehouse's clock (`Europe/Berlin`); stands above that of the layout.
    pub zone: Option<String>,
    /// The warehouse's codes = ours, by list. A list that is given here replaces that of the layout.
    #[serde(default)]
    pub codes: Tables,
    /// What a row that cannot be taken does to its file.
    #[serde(default)]
    pub on_bad_row: BadRow,
    /// Check the numbers of files.
    pub sequence: Option<Sequence>,
    /// Sample files and what must come out; `backhaul check` runs them.
    #[serde(default)]
    pub samples: Vec<Sample>,
    /// Where files are exchanged. Without it the block can only translate.
    pub mailbox: Option<mailbox::Options>,
    /// How often the mailbox is looked at.
    #[serde(default = "poll")]
    #[schemars(with = "String")]
    pub poll: SignedDuration,
    /// Largest file, bytes.
    #[serde(default = "max_bytes")]
    pub max_bytes: u64,
    /// Files that are taken, by name: `*` stands for any characters. Others stay where they are.
    #[serde(default = "pattern")]
    pub pattern: String,
    /// True to answer each file with an acknowledgement: which rows were taken, which were refused and why.
    #[serde(default)]
    pub acknowledge: bool,
    /// The warehouse answers our announcements with files.
    pub asn_acknowledged: Option<AsnAcknowledged>,
}

/// What a row that cannot be taken does to its file.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum BadRow {
    /// Only that row is refused.
    #[default]
    Row,
    /// The whole file is refused.
    File,
}

/// `sequence`: the numbers of files.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Sequence {
    /// Where the number stands.
    #[serde(default)]
    pub from: NumberFrom,
    /// What a gap does.
    #[serde(default)]
    pub on_gap: OnGap,
    /// `on_gap = "hold"`: how long files behind a gap wait for it.
    #[serde(default = "gap_patience")]
    #[schemars(with = "String")]
    pub gap_patience: SignedDuration,
}

/// Where a file's number stands.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum NumberFrom {
    /// In the column `sequence` of a header or trailer.
    #[default]
    Content,
    /// In the name: its last digits before the ending.
    Name,
}

/// What a gap does.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum OnGap {
    /// The file is taken, and an exception says which numbers are missing.
    #[default]
    Alarm,
    /// Files behind the gap wait until it is filled, or `gap_patience` is over.
    Hold,
}

/// `asn_acknowledged`: the warehouse answers our announcements.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AsnAcknowledged {
    /// Names of its answers: `*` stands for any characters.
    pub pattern: String,
    /// How long an answer may take; afterwards the announcement is written again.
    #[schemars(with = "String")]
    pub within: SignedDuration,
}

/// The warehouse's codes = ours. Without a table, a list knows our own words only.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Tables {
    /// Conditions of goods.
    pub condition: BTreeMap<String, String>,
    /// Results of inspections.
    pub result: BTreeMap<String, String>,
    /// Disposition codes = actions.
    pub disposition: BTreeMap<String, String>,
    /// Who bears it.
    pub liability: BTreeMap<String, String>,
    /// Units of measure = UN/ECE Recommendation 20 (packaging of Recommendation 21 with `X` in front). Without a table
    /// only `EA` is known.
    pub uom: BTreeMap<String, String>,
    /// Article numbers = ours. Without a table, and with none published, they pass as they are.
    pub sku: BTreeMap<String, String>,
}

/// A sample.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Sample {
    /// File of the warehouse, relative to the configuration file.
    pub file: PathBuf,
    /// What must come out, as `backhaul translate` prints it.
    pub expect: PathBuf,
}

impl Tables {
    /// These, and those of the layout for lists that have none here.
    pub(crate) fn over(&self, below: &Self) -> Self {
        let list = |above: &BTreeMap<String, String>, below: &BTreeMap<String, String>| {
            let list = if above.is_empty() { below } else { above };
            list.clone()
        };
        Self {
            condition: list(&self.condition, &below.condition),
            result: list(&self.result, &below.result),
            disposition: list(&self.disposition, &below.disposition),
            liability: list(&self.liability, &below.liability),
            uom: list(&self.uom, &below.uom),
            sku: list(&self.sku, &below.sku),
        }
    }
}

fn rma_namespace() -> String {
    "rma".to_owned()
}

fn layout() -> String {
    "caret-rtn".to_owned()
}

fn pattern() -> String {
    "*".to_owned()
}

const fn poll() -> SignedDuration {
    SignedDuration::from_secs(5)
}

const fn max_bytes() -> u64 {
    64 * 1024 * 1024
}

const fn gap_patience() -> SignedDuration {
    SignedDuration::from_hours(4)
}
