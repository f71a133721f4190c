//! A JSON document, exact and of bounded depth.

use std::cmp::Ordering;
use std::fmt;
use std::sync::Arc;

use super::budget::{self, Limit};
use super::number::Number;

/// Deepest nesting of arrays and objects.
pub const MAX_DEPTH: u16 = 128;

/// Largest value that a mapping may make, bytes when written out (about).
const MAX_SIZE: u64 = 64 * 1024 * 1024;

/// Members of an object, in the order in which they were written.
pub(super) type Members = jaq_json::Map<Arc<str>, Json>;

/// A JSON document.
#[derive(Debug, Clone)]
pub enum Json {
    /// `null`
    Null,
    /// `true`, `false`
    Bool(bool),
    /// A number, exact.
    Number(Number),
    /// A text.
    Text(Arc<str>),
    /// An array.
    Array(Arc<Array>),
    /// An object.
    Object(Arc<Object>),
}

/// An array and how deep it is.
#[derive(Debug, Clone)]
pub struct Array {
    pub(super) items: Vec<Json>,
    measure: Measure,
}

/// An object and how deep it is.
#[derive(Debug, Clone)]
pub struct Object {
    pub(super) members: Members,
    measure: Measure,
}

/// How deep a value is, and how large when written out. Parts may be shared, so that little memory can mean a lot.
#[derive(Debug, Clone, Copy)]
struct Measure {
    depth: u16,
    size: u64,
}

impl Json {
    /// A text.
    pub fn text(text: &str) -> Self {
        budget::makes(text.len());
        Self::Text(Arc::from(text))
    }

    /// An array. Ends a running mapping if it is too deep or too large.
    pub(super) fn array(items: Vec<Self>) -> Self {
        budget::makes(24 + items.len() * size_of::<Self>());
        let measure = Measure::around(items.iter());
        Self::Array(Arc::new(Array { items, measure }))
    }

    /// An object. Ends a running mapping if it is too deep or too large.
    pub(super) fn object(members: Members) -> Self {
        budget::makes(64 + members.len() * 2 * size_of::<Self>());
        let measure = Measure::around(members.values());
        Self::Object(Arc::new(Object { members, measure }))
    }

    /// Levels of arrays and objects.
    pub fn depth(&self) -> u16 {
        self.measure().depth
    }

    fn measure(&self) -> Measure {
        match self {
            Self::Null | Self::Bool(_) | Self::Number(_) => Measure { depth: 0, size: 8 },
            Self::Text(text) => Measure {
                depth: 0,
                size: 8 + text.len() as u64,
            },
            Self::Array(a) => a.measure,
            Self::Object(o) => o.measure,
        }
    }

    /// What kind of value it is, for people: "a number", "an object".
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::Null => "null",
            Self::Bool(_) => "a boolean",
            Self::Number(_) => "a number",
            Self::Text(_) => "a text",
            Self::Array(_) => "an array",
            Self::Object(_) => "an object",
        }
    }

    /// The text, if it is one.
    pub fn as_text(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            _ => None,
        }
    }

    /// The number, if it is one.
    pub const fn as_number(&self) -> Option<&Number> {
        match self {
            Self::Number(number) => Some(number),
            _ => None,
        }
    }

    /// The items, if it is an array.
    pub fn items(&self) -> Option<&[Self]> {
        match self {
            Self::Array(a) => Some(&a.items),
            _ => None,
        }
    }

    /// True for an object.
    pub const fn is_object(&self) -> bool {
        matches!(self, Self::Object(_))
    }

    /// A member, if it is an object that has it.
    pub fn get(&self, name: &str) -> Option<&Self> {
        match self {
            Self::Object(o) => o.members.get(name),
            _ => None,
        }
    }

    /// Names and values, if it is an object; else nothing.
    pub fn members(&self) -> impl Iterator<Item = (&str, &Self)> {
        let members = match self {
            Self::Object(o) => Some(&o.members),
            _ => None,
        };
        members
            .into_iter()
            .flat_map(|m| m.iter().map(|(name, value)| (name.as_ref(), value)))
    }

    const fn rank(&self) -> u8 {
        match self {
            Self::Null => 0,
            Self::Bool(false) => 1,
            Self::Bool(true) => 2,
            Self::Number(_) => 3,
            Self::Text(_) => 4,
            Self::Array(_) => 5,
            Self::Object(_) => 6,
        }
    }
}

impl Measure {
    /// That of a value with these children. Ends a running mapping if it is too deep or too large.
    fn around<'a>(children: impl Iterator<Item = &'a Json>) -> Self {
        let none = Self { depth: 0, size: 8 };
        let all = children.map(Json::measure).fold(none, |all, child| Self {
            depth: all.depth.max(child.depth),
            size: all.size.saturating_add(child.size),
        });
        let measure = Self {
            depth: all.depth + 1,
            ..all
        };
        if measure.depth > MAX_DEPTH {
            budget::end(Limit::Depth);
        }
        if measure.size > MAX_SIZE {
            budget::end(Limit::Bytes);
        }
        measure
    }
}

impl Ord for Json {
    /// As jq orders: null, false, true, numbers, texts, arrays, objects; objects by their names, then by their values.
    fn cmp(&self, other: &Self) -> Ordering {
        match (self, other) {
            (Self::Number(a), Self::Number(b)) => {
                budget::steps(1);
                a.cmp(b)
            }
            (Self::Text(a), Self::Text(b)) => {
                budget::looks_at(a.len().min(b.len()));
                a.cmp(b)
            }
            (Self::Array(a), Self::Array(b)) => {
                budget::steps(1);
                a.items.cmp(&b.items)
            }
            (Self::Object(a), Self::Object(b)) => {
                budget::steps(1 + a.members.len() as u64 + b.members.len() as u64);
                let (a, b) = (sorted(&a.members), sorted(&b.members));
                a.iter()
                    .map(|(name, _)| name)
                    .cmp(b.iter().map(|(name, _)| name))
                    .then_with(|| a.iter().map(|(_, v)| v).cmp(b.iter().map(|(_, v)| v)))
            }
            (a, b) => a.rank().cmp(&b.rank()),
        }
    }
}

fn sorted(members: &Members) -> Vec<(&Arc<str>, &Json)> {
    let mut sorted: Vec<_> = members.iter().collect();
    sorted.sort_unstable_by_key(|(name, _)| *name);
    sorted
}

impl PartialOrd for Json {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Json {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Json {}

/// As compact JSON.
impl fmt::Display for Json {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Null => f.write_str("null"),
            Self::Bool(b) => write!(f, "{b}"),
            Self::Number(n) => write!(f, "{n}"),
            Self::Text(text) => quoted(f, text),
            Self::Array(a) => {
                f.write_str("[")?;
                for (i, item) in a.items.iter().enumerate() {
                    write!(f, "{}{item}", if i == 0 { "" } else { "," })?;
                }
                f.write_str("]")
            }
            Self::Object(o) => {
                f.write_str("{")?;
                for (i, (name, value)) in o.members.iter().enumerate() {
                    f.write_str(if i == 0 { "" } else { "," })?;
                    quoted(f, name)?;
                    write!(f, ":{value}")?;
                }
                f.write_str("}")
            }
        }
    }
}

fn quoted(f: &mut fmt::Formatter<'_>, text: &str) -> fmt::Result {
    f.write_str(&serde_json::to_string(text).map_err(|_| fmt::Error)?)
}
