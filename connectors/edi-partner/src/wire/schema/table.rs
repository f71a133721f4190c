//! The tables, compiled in as data and read once.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use serde::Deserialize;

use super::parse;
use super::version::directory;
use crate::wire::model::Syntax;

/// What a segment may have at one place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Field {
    /// A plain element.
    Simple(Spec),
    /// A composite with its components.
    Composite { mandatory: bool, parts: Vec<Field> },
    /// From here on nothing is looked at.
    Open,
}

/// An element as the dictionary has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Spec {
    pub(super) number: String,
    pub(super) mandatory: bool,
    pub(super) kind: Kind,
    pub(super) shortest: usize,
    pub(super) longest: usize,
}

/// The type of an element.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// Text (AN, an), and codes (ID).
    Text,
    /// Letters alone (a).
    Letters,
    /// Whole numbers with an implied point (N0, N2).
    Whole,
    /// Numbers with a point (R, n).
    Decimal,
    /// DT.
    Date,
    /// TM.
    Time,
}

/// A line of a set's structure.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Node {
    /// A segment.
    Segment(Use),
    /// A loop, which begins with the segment of its name.
    Loop { begins: Use, nodes: Vec<Node> },
}

/// How often something is used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Use {
    pub(super) id: String,
    pub(super) mandatory: bool,
    pub(super) most: usize,
}

impl Node {
    pub(super) fn begins(&self) -> &Use {
        match self {
            Self::Segment(begins) | Self::Loop { begins, .. } => begins,
        }
    }
}

/// Everything of one syntax.
#[derive(Debug, Default)]
struct Tables {
    structures: BTreeMap<String, Vec<Node>>,
    segments: BTreeMap<String, Vec<Field>>,
    later: Vec<Later>,
}

/// Elements that became longer with a version.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct Later {
    from: String,
    longest: BTreeMap<String, usize>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct SegmentsFile {
    segments: BTreeMap<String, String>,
    #[serde(default)]
    later: Vec<Later>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct SetFile {
    kind: String,
    #[expect(dead_code, reason = "for people who read the file")]
    name: String,
    structure: String,
}

/// The tables of both syntaxes.
#[derive(Debug, Default)]
pub(super) struct AllTables {
    x12: Tables,
    edifact: Tables,
}

impl AllTables {
    fn of(&self, syntax: Syntax) -> &Tables {
        match syntax {
            Syntax::X12 => &self.x12,
            Syntax::Edifact => &self.edifact,
        }
    }

    /// The structure of a set.
    pub(super) fn structure(&self, kind: &str, syntax: Syntax) -> Option<&[Node]> {
        self.of(syntax).structures.get(kind).map(Vec::as_slice)
    }

    /// The elements of a segment.
    pub(super) fn fields(&self, id: &str, syntax: Syntax) -> Option<&[Field]> {
        self.of(syntax).segments.get(id).map(Vec::as_slice)
    }

    /// Whether any set of ours has this segment.
    pub(super) fn knows(&self, id: &str, syntax: Syntax) -> bool {
        let tables = self.of(syntax);
        let mut structures = tables.structures.values();
        tables.segments.contains_key(id) || structures.any(|nodes| has(nodes, id))
    }

    /// The greatest length of an element in a version: `order` as `Version` has it.
    pub(super) fn longest(&self, spec: &Spec, syntax: Syntax, order: &str) -> usize {
        let mut longest = spec.longest;
        for later in &self.of(syntax).later {
            let is_later = order >= later.from.as_str();
            if let (true, Some(length)) = (is_later, later.longest.get(&spec.number)) {
                longest = longest.max(*length);
            }
        }
        longest
    }
}

/// Whether a structure has a segment at any place.
pub(super) fn has(nodes: &[Node], id: &str) -> bool {
    nodes.iter().any(|node| match node {
        Node::Segment(begins) => begins.id == id,
        Node::Loop { nodes, .. } => has(nodes, id),
    })
}

/// The tables, read at the first use.
pub(super) fn tables() -> &'static AllTables {
    // That the files can be read is tested; nothing of them comes from outside.
    static TABLES: LazyLock<AllTables> = LazyLock::new(|| load().unwrap_or_default());
    &TABLES
}

pub(super) fn load() -> Result<AllTables, String> {
    let x12 = read(
        include_str!("../../../schema/x12/segments.toml"),
        &[
            include_str!("../../../schema/x12/180.toml"),
            include_str!("../../../schema/x12/812.toml"),
            include_str!("../../../schema/x12/861.toml"),
            include_str!("../../../schema/x12/944.toml"),
            include_str!("../../../schema/x12/997.toml"),
            include_str!("../../../schema/x12/999.toml"),
        ],
    )?;
    let edifact = read(
        include_str!("../../../schema/edifact/segments.toml"),
        &[
            include_str!("../../../schema/edifact/CONTRL.toml"),
            include_str!("../../../schema/edifact/RETANN.toml"),
            include_str!("../../../schema/edifact/RETINS.toml"),
        ],
    )?;
    Ok(AllTables { x12, edifact })
}

fn read(segments: &str, sets: &[&str]) -> Result<Tables, String> {
    let file: SegmentsFile = toml::from_str(segments).map_err(|error| error.to_string())?;
    let mut tables = Tables::default();
    for (id, text) in file.segments {
        let fields = parse::fields(&text).map_err(|what| format!("{id}: {what}"))?;
        tables.segments.insert(id, fields);
    }
    for mut later in file.later {
        if let Some(order) = directory(&later.from) {
            later.from = order;
        }
        tables.later.push(later);
    }
    for set in sets {
        let file: SetFile = toml::from_str(set).map_err(|error| error.to_string())?;
        let nodes = parse::structure(&file.structure);
        let nodes = nodes.map_err(|what| format!("{}: {what}", file.kind))?;
        tables.structures.insert(file.kind, nodes);
    }
    Ok(tables)
}
