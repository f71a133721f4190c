//! Segments → sets → groups → the interchange: the envelope's rules. A bad set ends where the next one begins; its
//! neighbours do not suffer.

use std::collections::HashSet;

use super::codes::{Trouble, code};
use super::model::{Fault, Group, Interchange, Level, Position, Segment, Set, Syntax};
use super::segment::Reading;

/// Eats segments, one after the other, and gives the interchange.
#[derive(Debug)]
pub(super) struct Assembler {
    pub(super) reading: Reading,
    /// Whether sets keep their segments, or are only counted and measured.
    pub(super) keep: bool,
    pub(super) interchange: Interchange,
    pub(super) group: Option<Group>,
    pub(super) set: Option<Set>,
    /// Segments of the set so far, its header included.
    pub(super) in_set: usize,
    /// The trailer was seen.
    pub(super) is_closed: bool,
    /// Sets so far, also of closed groups.
    pub(super) sets: usize,
    /// Groups with a header of their own.
    pub(super) groups: usize,
    pub(super) group_keys: HashSet<[String; 4]>,
    pub(super) set_controls: HashSet<String>,
    pub(super) faults: usize,
}

impl Assembler {
    pub(super) fn new(reading: Reading, keep: bool, interchange: Interchange) -> Self {
        Self {
            reading,
            keep,
            interchange,
            group: None,
            set: None,
            in_set: 0,
            is_closed: false,
            sets: 0,
            groups: 0,
            group_keys: HashSet::new(),
            set_controls: HashSet::new(),
            faults: 0,
        }
    }

    /// A fault at a level, told where it belongs. Beyond the bound only the count goes on: whatever has a fault has
    /// at least its first one.
    pub(super) fn say(&mut self, trouble: Trouble, level: Level, at: &Segment, text: String) {
        let code = code(self.interchange.syntax, level, trouble);
        let fault = Fault {
            at: at.at,
            segment: at.id.chars().take(99).collect(),
            ..Fault::new(level, code, text)
        };
        self.tell(fault);
    }

    /// Tells a fault to what it is about.
    pub(super) fn tell(&mut self, fault: Fault) {
        self.faults += 1;
        let is_full = self.faults > self.reading.limits.max_faults;
        let faults = match fault.level {
            Level::Interchange => &mut self.interchange.faults,
            Level::Group => match &mut self.group {
                Some(group) => &mut group.faults,
                None => &mut self.interchange.faults,
            },
            Level::Set | Level::Segment | Level::Element => match &mut self.set {
                Some(set) => &mut set.faults,
                None => &mut self.interchange.faults,
            },
        };
        if !is_full || faults.is_empty() {
            faults.push(fault);
        }
    }

    /// Begins a group.
    pub(super) fn open_group(&mut self, group: Group, key: [String; 4], header: &Segment) {
        self.group = Some(group);
        self.groups += 1;
        self.set_controls.clear();
        if !self.group_keys.insert(key) {
            let text = format!("control number {} is used by two groups", key_text(header));
            self.say(Trouble::Duplicate, Level::Group, header, text);
        }
    }

    /// Begins a set in the open group.
    pub(super) fn open_set(&mut self, set: Set, header: &Segment) {
        let control = set.control.clone();
        self.set = Some(set);
        self.in_set = 1;
        self.sets += 1;
        if self.sets > self.reading.limits.max_sets {
            return;
        }
        if !control.is_empty() && !self.set_controls.insert(control.clone()) {
            let text = format!("control number {control} is used by two sets");
            self.say(Trouble::Duplicate, Level::Set, header, text);
        }
    }

    /// A segment within a set.
    pub(super) fn add(&mut self, body: &[u8], mut at: Position) {
        self.in_set += 1;
        at.in_set = self.in_set;
        if !self.keep && self.reading.measure(body).is_none() {
            return;
        }
        let (segment, fault) = self.reading.segment(body, at);
        if let Some(fault) = fault {
            self.tell(fault);
        }
        if let (true, Some(set)) = (self.keep, &mut self.set) {
            set.segments.push(segment);
        }
    }

    /// Ends the open set without its trailer.
    pub(super) fn abandon_set(&mut self, at: &Segment) {
        if let Some(set) = &self.set {
            let text = match set.kind.as_str() {
                "" => "the set has no trailer".to_owned(),
                kind => format!("set {kind} {} has no trailer", set.control),
            };
            self.say(Trouble::TrailerMissing, Level::Set, at, text);
            self.close_set();
        }
    }

    /// Puts the open set into its group.
    pub(super) fn close_set(&mut self) {
        let Some(set) = self.set.take() else { return };
        if let Some(group) = &mut self.group {
            group.sets.push(set);
        }
    }

    /// Puts the open group into the interchange.
    pub(super) fn close_group(&mut self) {
        self.interchange.groups.extend(self.group.take());
    }

    /// A segment that stands outside of every set, in a group: the set whose header is lost.
    pub(super) fn orphan(&mut self, header: &Segment) {
        if self.group.is_none() {
            self.group = Some(unnamed_group());
        }
        let set = Set {
            kind: String::new(),
            control: String::new(),
            version: String::new(),
            segments: Vec::new(),
            faults: Vec::new(),
            at: header.at,
        };
        self.open_set(set, header);
        let text = format!(
            "{} stands outside of a set: its header is missing",
            header.id
        );
        self.say(Trouble::KindMissing, Level::Set, header, text);
    }

    /// Compares a trailer's count with what came.
    pub(super) fn count(&mut self, level: Level, trailer: &Segment, came: usize) {
        let said = trailer.get(1).trim();
        if said.parse() != Ok(came) {
            let text = format!("{} counts {said:?}, {came} came", trailer.id);
            self.say(Trouble::CountWrong, level, trailer, text);
        }
    }

    /// Compares a trailer's control number with the header's.
    pub(super) fn control(&mut self, level: Level, trailer: &Segment, header: &str) {
        let said = trailer.get(2).trim();
        if !same_control(self.interchange.syntax, level, said, header) {
            let text = format!(
                "{} names control number {said:?}, its header {header:?}",
                trailer.id
            );
            self.say(Trouble::ControlMismatch, level, trailer, text);
        }
    }
}

/// A group for sets that have none.
pub(super) fn unnamed_group() -> Group {
    Group {
        functional_id: String::new(),
        sender: String::new(),
        receiver: String::new(),
        control: String::new(),
        version: String::new(),
        sets: Vec::new(),
        counted: None,
        faults: Vec::new(),
    }
}

/// X12 interchanges and groups compare as numbers, so that leading zeros do not matter; everything else as text.
fn same_control(syntax: Syntax, level: Level, one: &str, other: &str) -> bool {
    let is_number = syntax == Syntax::X12 && level < Level::Set;
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    if is_number && digits(one) && digits(other) {
        return one.trim_start_matches('0') == other.trim_start_matches('0');
    }
    one == other.trim()
}

fn key_text(header: &Segment) -> &str {
    match header.id.as_str() {
        "GS" => header.get(6),
        _ => header.get(5),
    }
}
