//! What a partner is like.

use std::path::{Path, PathBuf};
use std::str::FromStr;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::faults::Rule;
use crate::wms::Story;

/// Which side of a return it is on.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Nature {
    /// Asks for returns and wants credit.
    #[default]
    Customer,
    /// Receives returned goods for somebody else.
    Warehouse,
}

/// No nature has this name.
#[derive(Debug, thiserror::Error)]
#[error("unknown nature {0:?}: customer or warehouse")]
pub struct UnknownNature(String);

impl FromStr for Nature {
    type Err = UnknownNature;

    fn from_str(name: &str) -> Result<Self, UnknownNature> {
        match name {
            "customer" => Ok(Self::Customer),
            "warehouse" => Ok(Self::Warehouse),
            other => Err(UnknownNature(other.to_owned())),
        }
    }
}

/// What it writes and reads.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Syntax {
    /// ANSI X12.
    #[default]
    X12,
    /// UN/EDIFACT; a customer only.
    Edifact,
}

/// No syntax has this name.
#[derive(Debug, thiserror::Error)]
#[error("unknown syntax {0:?}: x12 or edifact")]
pub struct UnknownSyntax(String);

impl FromStr for Syntax {
    type Err = UnknownSyntax;

    fn from_str(name: &str) -> Result<Self, UnknownSyntax> {
        match name {
            "x12" => Ok(Self::X12),
            "edifact" => Ok(Self::Edifact),
            other => Err(UnknownSyntax(other.to_owned())),
        }
    }
}

/// How a warehouse says what it received.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Receipts {
    /// Warehouse stock transfer receipt advice.
    #[default]
    #[serde(rename = "944")]
    X944,
    /// Receiving advice.
    #[serde(rename = "861")]
    X861,
}

/// A party of an interchange.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Party {
    /// Qualifier of the id (`ZZ`, `01`, `14`).
    pub qualifier: String,
    /// The id, 15 characters at most in X12.
    pub id: String,
}

impl Party {
    /// A party whose id both sides agreed on.
    pub fn agreed(id: &str) -> Self {
        Self {
            qualifier: "ZZ".to_owned(),
            id: id.to_owned(),
        }
    }
}

/// How its files look, as far as that is a matter of habit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Quirks {
    /// Between elements; none: `*` or `+`.
    pub element: Option<char>,
    /// Between components; none: `>` or `:`.
    pub component: Option<char>,
    /// Ends a segment; none: `~` or `'`.
    pub terminator: Option<char>,
    /// What follows a terminator: nothing, `\n`, `\r\n`.
    pub suffix: String,
    /// A byte order mark at the start of each file (X12).
    pub bom: bool,
    /// The last segment of a file has no terminator.
    pub no_last_terminator: bool,
    /// Interchanges that may share a file.
    pub interchanges_per_file: usize,
    /// Sets that may share a group.
    pub sets_per_group: usize,
    /// GS08, or version, release and agency of a message; none: `004010`, `D:01B:UN:EAN003`.
    pub version: Option<String>,
    /// ISA12.
    pub isa_version: String,
    /// Writes the decimal mark as a comma (EDIFACT).
    pub decimal_comma: bool,
    /// Leaves UNA out (EDIFACT, with the default separators only).
    pub no_una: bool,
    /// Marks everything as a test.
    pub test: bool,
}

impl Default for Quirks {
    fn default() -> Self {
        Self {
            element: None,
            component: None,
            terminator: None,
            suffix: "\n".to_owned(),
            bom: false,
            no_last_terminator: false,
            interchanges_per_file: 1,
            sets_per_group: 5,
            version: None,
            isa_version: "00401".to_owned(),
            decimal_comma: false,
            no_una: false,
            test: false,
        }
    }
}

/// A partner's nature and habits.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// Which side it is on.
    pub nature: Nature,
    /// What it speaks.
    pub syntax: Syntax,
    /// Folder into which it drops files for the other side.
    pub drop: PathBuf,
    /// Folder from which it takes what the other side has put there.
    pub take: PathBuf,
    /// Folder that keeps what was taken; without one it is deleted.
    pub archive: Option<PathBuf>,
    /// Its own id.
    pub us: Party,
    /// The other side's id.
    pub them: Party,
    /// How its files look.
    pub quirks: Quirks,
    /// Seed of all draws. A customer beside the portal needs another one: the numbers of their requests are made alike.
    pub seed: u64,
    /// Returns that a customer asks for by itself, from the start.
    pub returns: usize,
    /// Sites that a customer returns to.
    pub sites: Vec<String>,
    /// The one currency of a customer.
    pub currency: String,
    /// Requests are made in the two weeks after this instant; none: as the portal's.
    pub since: Option<Timestamp>,
    /// Whether a customer proposes an RMA number (X12).
    pub proposes_rma: bool,
    /// Whether a customer writes its own article numbers too (X12).
    pub buyer_items: bool,
    /// How a warehouse says what it received.
    pub receipts: Receipts,
    /// The same story for all instead of a drawn one.
    pub story: Option<Story>,
    /// Whether it acknowledges what it takes.
    pub acknowledges: bool,
    /// Whether it waits for acknowledgements, and sends again without one.
    pub expects_acks: bool,
    /// Whether it asks for a TA1 (ISA14).
    pub ask_ta1: bool,
    /// First control number of its series.
    pub first_number: u64,
    /// Milliseconds between two looks into the folder.
    pub poll_ms: u64,
    /// Milliseconds before a receipt is told.
    pub pace_ms: u64,
    /// Milliseconds after which an interchange without an acknowledgement is sent again; twice as many after that, and so on,
    /// six times.
    pub ack_within_ms: u64,
    /// Sendings of one interchange before it is given up.
    pub max_attempts: u32,
    /// Faults switched on from the start.
    pub faults: Vec<Rule>,
}

impl Config {
    /// A customer that exchanges files with a mailbox whose folders `in` and `out` are below `root`.
    pub fn customer(root: &Path) -> Self {
        Self {
            drop: root.join("in"),
            take: root.join("out"),
            ..Self::default()
        }
    }

    /// A warehouse, the same way.
    pub fn warehouse(root: &Path) -> Self {
        Self {
            nature: Nature::Warehouse,
            us: Party::agreed("WAREHOUSE"),
            returns: 0,
            ..Self::customer(root)
        }
    }
}

impl Default for Config {
    fn default() -> Self {
        Self {
            nature: Nature::Customer,
            syntax: Syntax::X12,
            drop: PathBuf::from("in"),
            take: PathBuf::from("out"),
            archive: None,
            us: Party::agreed("CUSTOMER"),
            them: Party::agreed("BACKHAUL"),
            quirks: Quirks::default(),
            seed: 1,
            returns: 0,
            sites: vec!["DC-EAST".to_owned()],
            currency: "USD".to_owned(),
            since: None,
            proposes_rma: true,
            buyer_items: false,
            receipts: Receipts::X944,
            story: None,
            acknowledges: true,
            expects_acks: true,
            ask_ta1: false,
            first_number: 1,
            poll_ms: 50,
            pace_ms: 20,
            ack_within_ms: 15_000,
            max_attempts: 20,
            faults: Vec::new(),
        }
    }
}
