//! UNB (UNG) UNH … UNT (UNE) UNZ.

use super::assemble::{Assembler, unnamed_group};
use super::codes::Trouble;
use super::model::{Group, Level, Position, Segment, Set};
use super::segment::name;

impl Assembler {
    /// Takes the next segment of an EDIFACT interchange.
    pub(super) fn take_edifact(&mut self, body: &[u8], at: Position) {
        match name(body, self.reading.separators) {
            b"UNG" | b"UNE" | b"UNH" | b"UNT" | b"UNO" | b"UNP" | b"UNZ" => {}
            _ => {
                if self.set.is_none() {
                    let (segment, _) = self.reading.segment(body, at);
                    self.orphan(&segment);
                    self.in_set = 0;
                }
                return self.add(body, at);
            }
        }
        let (mut segment, fault) = self.reading.segment(body, at);
        if let Some(fault) = fault {
            self.tell(fault);
        }
        match segment.id.as_str() {
            "UNG" => self.take_ung(&segment),
            "UNE" => self.take_une(&segment),
            "UNH" => {
                segment.at.in_set = 1;
                self.take_unh(&segment);
            }
            "UNT" => {
                segment.at.in_set = self.in_set + 1;
                self.take_unt(&segment);
            }
            "UNO" => self.take_uno(&segment),
            "UNP" => {}
            _ => self.take_unz(&segment),
        }
    }

    fn take_ung(&mut self, header: &Segment) {
        self.abandon_set(header);
        self.abandon_edifact_group(header);
        if self.interchange.groups.iter().any(is_unnamed) {
            let text = "messages stand beside groups".to_owned();
            self.say(Trouble::Mixed, Level::Interchange, header, text);
        }
        let [functional_id, sender, receiver, control] =
            [1, 2, 3, 5].map(|n| header.get(n).trim().to_owned());
        let key = [
            functional_id.clone(),
            sender.clone(),
            receiver.clone(),
            control.clone(),
        ];
        let version = components(header, 7, 1);
        let group = Group {
            functional_id,
            sender,
            receiver,
            control,
            version,
            ..unnamed_group()
        };
        self.open_group(group, key, header);
    }

    fn abandon_edifact_group(&mut self, at: &Segment) {
        if let Some(group) = &self.group {
            if !is_unnamed(group) {
                let text = format!("group {} {} has no UNE", group.functional_id, group.control);
                self.say(Trouble::TrailerMissing, Level::Group, at, text);
            }
            self.close_group();
        }
    }

    fn take_une(&mut self, trailer: &Segment) {
        self.abandon_set(trailer);
        let Some(group) = self.group.as_mut().filter(|group| !is_unnamed(group)) else {
            let text = "UNE stands where no group is open".to_owned();
            return self.say(Trouble::Misplaced, Level::Interchange, trailer, text);
        };
        group.counted = trailer.get(1).trim().parse().ok();
        let (came, control) = (group.sets.len(), group.control.clone());
        self.control(Level::Group, trailer, &control);
        self.count(Level::Group, trailer, came);
        self.close_group();
    }

    fn take_unh(&mut self, header: &Segment) {
        self.abandon_set(header);
        self.ensure_group(header);
        let set = Set {
            kind: header.component(2, 1).trim().to_owned(),
            control: header.get(1).trim().to_owned(),
            version: components(header, 2, 2),
            segments: Vec::new(),
            faults: Vec::new(),
            at: header.at,
        };
        let (has_kind, has_control) = (!set.kind.is_empty(), !set.control.is_empty());
        self.open_set(set, header);
        if !has_kind {
            let text = "UNH does not say which message begins".to_owned();
            self.say(Trouble::KindMissing, Level::Set, header, text);
        }
        if !has_control {
            let text = "UNH has no message reference".to_owned();
            self.say(Trouble::ControlInvalid, Level::Set, header, text);
        }
    }

    fn ensure_group(&mut self, header: &Segment) {
        if self.group.is_some() {
            return;
        }
        self.group = Some(unnamed_group());
        if self.groups > 0 {
            let text = format!("{} stands beside groups", header.id);
            self.say(Trouble::Mixed, Level::Interchange, header, text);
        }
    }

    fn take_unt(&mut self, trailer: &Segment) {
        if self.set.is_none() {
            self.orphan(trailer);
            self.in_set = 0;
        }
        let Some(set) = &mut self.set else { return };
        if set.kind.is_empty() && set.control.is_empty() {
            trailer.get(2).trim().clone_into(&mut set.control);
        }
        let control = set.control.clone();
        self.control(Level::Set, trailer, &control);
        self.count(Level::Set, trailer, self.in_set + 1);
        self.close_set();
    }

    /// A package of binary data: a set of its own that is refused.
    fn take_uno(&mut self, header: &Segment) {
        self.abandon_set(header);
        self.ensure_group(header);
        let set = Set {
            kind: "UNO".to_owned(),
            control: header.get(1).trim().to_owned(),
            version: String::new(),
            segments: Vec::new(),
            faults: Vec::new(),
            at: header.at,
        };
        self.open_set(set, header);
        let text = "a package of binary data is not taken".to_owned();
        self.say(Trouble::SegmentRefused, Level::Set, header, text);
        self.close_set();
    }

    fn take_unz(&mut self, trailer: &Segment) {
        self.abandon_set(trailer);
        self.abandon_edifact_group(trailer);
        let control = self.interchange.control.clone();
        self.control(Level::Interchange, trailer, &control);
        let came = if self.groups > 0 {
            self.groups
        } else {
            self.sets
        };
        self.count(Level::Interchange, trailer, came);
        self.is_closed = true;
    }

    /// The bytes are over: whatever is still open has no trailer.
    pub(super) fn finish_edifact(&mut self, end: &Segment) {
        if self.is_closed {
            return;
        }
        self.abandon_set(end);
        self.abandon_edifact_group(end);
        let text = "the interchange ends without UNZ".to_owned();
        self.say(Trouble::TrailerMissing, Level::Interchange, end, text);
    }
}

/// The group of messages outside of a UNG.
fn is_unnamed(group: &Group) -> bool {
    group.control.is_empty() && group.functional_id.is_empty() && group.sender.is_empty()
}

/// The components of element `n` from `first` on, with colons between, without empty ones at the end.
fn components(segment: &Segment, n: usize, first: usize) -> String {
    let parts: Vec<&str> = (first..=5)
        .map(|c| segment.component(n, c).trim())
        .collect();
    parts.join(":").trim_end_matches(':').to_owned()
}
