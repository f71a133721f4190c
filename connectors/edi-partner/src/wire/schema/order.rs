//! Segments against the structure of their set. A segment that finds no place is told and left out, so that one fault
//! does not make the rest look wrong.

use super::table::{Node, Use, has, tables};
use crate::wire::codes::{Trouble, code};
use crate::wire::model::{Fault, Level, Position, Segment, Set, Syntax};

/// A level that is being filled: the set itself, or a loop.
#[derive(Debug)]
struct Frame<'a> {
    nodes: &'a [Node],
    /// The node that was met last.
    at: usize,
    /// How often it was met.
    count: usize,
}

/// Checks the segments of a set.
pub(super) fn check(structure: &[Node], set: &Set, syntax: Syntax) -> Vec<Fault> {
    let first = Frame {
        nodes: structure,
        at: 0,
        count: 0,
    };
    let mut walk = Walk {
        syntax,
        structure,
        frames: vec![first],
        faults: Vec::new(),
    };
    for segment in &set.segments {
        walk.take(segment);
    }
    let last = set.segments.last().map_or(set.at, |segment| segment.at);
    let end = Position {
        segment: last.segment + 1,
        in_set: last.in_set.max(1) + 1,
        byte: last.byte,
    };
    while let Some(frame) = walk.frames.pop() {
        walk.missing(&frame, frame.nodes.len(), end);
    }
    walk.faults
}

struct Walk<'a> {
    syntax: Syntax,
    structure: &'a [Node],
    frames: Vec<Frame<'a>>,
    faults: Vec<Fault>,
}

/// Where a segment goes.
struct Place {
    frame: usize,
    node: usize,
}

impl Walk<'_> {
    fn take(&mut self, segment: &Segment) {
        let place = self.place(&segment.id, false);
        let place = place.or_else(|| self.place(&segment.id, true));
        let Some(Place { frame, node }) = place else {
            return self.misplaced(segment);
        };
        while self.frames.len() > frame + 1 {
            if let Some(left) = self.frames.pop() {
                self.missing(&left, left.nodes.len(), segment.at);
            }
        }
        let Some(mut open) = self.frames.pop() else {
            return;
        };
        if node > open.at {
            self.missing(&open, node, segment.at);
            open.at = node;
            open.count = 0;
        }
        open.count += 1;
        let (count, nodes) = (open.count, open.nodes);
        self.frames.push(open);
        let Some(node) = nodes.get(node) else { return };
        if count > node.begins().most {
            let trouble = match node {
                Node::Segment(_) => Trouble::SegmentUse,
                Node::Loop { .. } => Trouble::LoopUse,
            };
            let most = node.begins().most;
            let text = format!("{} is used more than {most} times", segment.id);
            self.say(trouble, &segment.id, segment.at, text);
        }
        if let Node::Loop { nodes, .. } = node {
            let (at, count) = (0, 1);
            self.frames.push(Frame { nodes, at, count });
        }
    }

    /// The nearest place: in the innermost loop first. `full`: also where the most uses are used up.
    fn place(&self, id: &str, full: bool) -> Option<Place> {
        for (depth, frame) in self.frames.iter().enumerate().rev() {
            for (index, node) in frame.nodes.iter().enumerate().skip(frame.at) {
                let used = if index == frame.at { frame.count } else { 0 };
                // A loop begins anew outside of itself: its first segment is met once in it.
                let is_first_of_loop = depth > 0 && index == 0;
                let has_room = used < node.begins().most || (full && !is_first_of_loop);
                if node.begins().id == id && has_room {
                    let (frame, node) = (depth, index);
                    return Some(Place { frame, node });
                }
            }
        }
        None
    }

    /// Tells the mandatory nodes of a frame that were not met before node `until`.
    fn missing(&mut self, frame: &Frame<'_>, until: usize, at: Position) {
        for (index, node) in frame.nodes.iter().enumerate().take(until).skip(frame.at) {
            let is_met = index == frame.at && frame.count > 0;
            let Use { id, mandatory, .. } = node.begins();
            if *mandatory && !is_met {
                let text = format!("{id} is missing");
                self.say(Trouble::SegmentMissing, id, at, text);
            }
        }
    }

    fn misplaced(&mut self, segment: &Segment) {
        let id = &segment.id;
        let (trouble, text) = if has(self.structure, id) {
            let text = format!("{id} stands at the wrong place");
            (Trouble::SegmentOrder, text)
        } else if tables().knows(id, self.syntax) {
            let text = format!("{id} is no segment of this set");
            (Trouble::SegmentNotInSet, text)
        } else {
            (
                Trouble::SegmentUnknown,
                format!("{id:?} is no segment that is known"),
            )
        };
        self.say(trouble, id, segment.at, text);
    }

    fn say(&mut self, trouble: Trouble, id: &str, at: Position, text: String) {
        if self.faults.len() >= super::MOST_FAULTS {
            return;
        }
        let level = Level::Segment;
        self.faults.push(Fault {
            at,
            segment: id.chars().take(99).collect(),
            ..Fault::new(level, code(self.syntax, level, trouble), text)
        });
    }
}
