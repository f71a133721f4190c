//! ISA GS ST … SE GE IEA.

use super::assemble::{Assembler, unnamed_group};
use super::codes::Trouble;
use super::model::{Group, Level, Position, Segment, Set};
use super::segment::name;

impl Assembler {
    /// Takes the next segment of an X12 interchange.
    pub(super) fn take_x12(&mut self, body: &[u8], at: Position) {
        let id = name(body, self.reading.separators);
        match id {
            b"GS" | b"GE" | b"ST" | b"SE" | b"IEA" => {}
            b"TA1" if self.set.is_none() => {}
            _ => return self.take_x12_data(id, body, at),
        }
        let (mut segment, fault) = self.reading.segment(body, at);
        if let Some(fault) = fault {
            self.tell(fault);
        }
        match segment.id.as_str() {
            "GS" => self.take_gs(&segment),
            "GE" => self.take_ge(&segment),
            "ST" => {
                segment.at.in_set = 1;
                self.take_st(&segment);
            }
            "SE" => {
                segment.at.in_set = self.in_set + 1;
                self.take_se(&segment);
            }
            "IEA" => self.take_iea(&segment),
            _ => self.interchange.acknowledgements.push(segment),
        }
    }

    fn take_x12_data(&mut self, id: &[u8], body: &[u8], at: Position) {
        if self.set.is_none() {
            let (segment, _) = self.reading.segment(body, at);
            self.orphan(&segment);
            self.in_set = 0;
        }
        let is_binary = matches!(id, b"BIN" | b"BDS");
        if is_binary && let Some(set) = &self.set {
            let text = format!("set {} holds binary data, which is not taken", set.kind);
            let (mut segment, _) = self
                .reading
                .segment(name(body, self.reading.separators), at);
            segment.at.in_set = self.in_set + 1;
            self.say(Trouble::SegmentRefused, Level::Segment, &segment, text);
        }
        self.add(body, at);
    }

    fn take_gs(&mut self, header: &Segment) {
        self.abandon_set(header);
        self.abandon_x12_group(header);
        let [functional_id, sender, receiver, control, version] =
            [1, 2, 3, 6, 8].map(|n| header.joined(n, self.reading.separators.component));
        let [functional_id, sender, receiver, control, version] =
            [functional_id, sender, receiver, control, version].map(|text| text.trim().to_owned());
        let number = control.trim_start_matches('0').to_owned();
        let key = [
            functional_id.clone(),
            sender.clone(),
            receiver.clone(),
            number,
        ];
        let is_number = control.bytes().all(|byte| byte.is_ascii_digit());
        let is_valid = is_number && (1..=9).contains(&control.len());
        let text = format!("GS06 {control:?} is no number of one to nine digits");
        let group = Group {
            functional_id,
            sender,
            receiver,
            control,
            version,
            ..unnamed_group()
        };
        self.open_group(group, key, header);
        if !is_valid {
            self.say(Trouble::ControlInvalid, Level::Group, header, text);
        }
    }

    fn abandon_x12_group(&mut self, at: &Segment) {
        if let Some(group) = &self.group {
            let text = format!("group {} {} has no GE", group.functional_id, group.control);
            self.say(Trouble::TrailerMissing, Level::Group, at, text);
            self.close_group();
        }
    }

    fn take_ge(&mut self, trailer: &Segment) {
        self.abandon_set(trailer);
        let Some(group) = &mut self.group else {
            let text = "GE stands where no group is open".to_owned();
            return self.say(Trouble::Misplaced, Level::Interchange, trailer, text);
        };
        group.counted = trailer.get(1).trim().parse().ok();
        let (came, control) = (group.sets.len(), group.control.clone());
        self.control(Level::Group, trailer, &control);
        self.count(Level::Group, trailer, came);
        self.close_group();
    }

    fn take_st(&mut self, header: &Segment) {
        self.abandon_set(header);
        if self.group.is_none() {
            let text = "ST stands where no group is open: GS is missing".to_owned();
            self.say(Trouble::Misplaced, Level::Interchange, header, text);
            self.group = Some(unnamed_group());
        }
        let version = match header.get(3).trim() {
            "" => self.group.as_ref().map(|group| group.version.clone()),
            implementation => Some(implementation.to_owned()),
        };
        let set = Set {
            kind: header.get(1).trim().to_owned(),
            control: header.get(2).trim().to_owned(),
            version: version.unwrap_or_default(),
            segments: Vec::new(),
            faults: Vec::new(),
            at: header.at,
        };
        let (has_kind, control) = (!set.kind.is_empty(), set.control.clone());
        self.open_set(set, header);
        if !has_kind {
            let text = "ST01 does not say which set begins".to_owned();
            self.say(Trouble::KindMissing, Level::Set, header, text);
        }
        if control.is_empty() || control.chars().count() > 9 {
            let text = format!("ST02 {control:?} is no control number of up to nine characters");
            self.say(Trouble::ControlInvalid, Level::Set, header, text);
        }
    }

    fn take_se(&mut self, trailer: &Segment) {
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

    fn take_iea(&mut self, trailer: &Segment) {
        self.abandon_set(trailer);
        self.abandon_x12_group(trailer);
        let control = self.interchange.control.clone();
        self.control(Level::Interchange, trailer, &control);
        // Where there are only TA1, some count them.
        let said = trailer.get(1).trim().parse();
        let ta1s = self.interchange.acknowledgements.len();
        if self.groups > 0 || said != Ok(ta1s) {
            self.count(Level::Interchange, trailer, self.groups);
        }
        self.is_closed = true;
    }

    /// The bytes are over: whatever is still open has no trailer.
    pub(super) fn finish_x12(&mut self, end: &Segment) {
        if self.is_closed {
            return;
        }
        self.abandon_set(end);
        self.abandon_x12_group(end);
        let text = "the interchange ends without IEA".to_owned();
        self.say(Trouble::TrailerMissing, Level::Interchange, end, text);
    }
}
