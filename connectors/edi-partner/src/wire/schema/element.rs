//! Elements of a segment against its table.

use super::table::{Field, Spec, tables};
use super::value;
use super::version::Version;
use crate::wire::codes::{Trouble, code};
use crate::wire::model::{Element, Fault, Level, Segment, Syntax};

/// Checks every element of a segment.
pub(super) fn check(
    segment: &Segment,
    fields: &[Field],
    version: &Version,
    faults: &mut Vec<Fault>,
) {
    let mut check = Check {
        segment,
        version,
        faults,
    };
    for (index, field) in fields.iter().enumerate() {
        let element = segment.elements.get(index);
        match field {
            Field::Open => return,
            Field::Simple(spec) => check.simple(index + 1, spec, element),
            Field::Composite { mandatory, parts } => {
                check.composite(index + 1, *mandatory, parts, element);
            }
        }
    }
    let more = segment.elements.iter().enumerate().skip(fields.len());
    let more = more.filter(|(_, element)| !is_empty(element));
    if let Some((index, element)) = { more }.next() {
        let text = format!("{} has no element {}", segment.id, index + 1);
        let value = element.0.iter().flatten().next();
        let value = value.map_or("", String::as_str);
        check.say(Trouble::TooMany, (index + 1, 0), value, text);
    }
}

fn is_empty(element: &Element) -> bool {
    element
        .0
        .iter()
        .flatten()
        .all(|text| text.trim().is_empty())
}

struct Check<'a> {
    segment: &'a Segment,
    version: &'a Version,
    faults: &'a mut Vec<Fault>,
}

impl Check<'_> {
    fn simple(&mut self, n: usize, spec: &Spec, element: Option<&Element>) {
        let Some(element) = element.filter(|element| !is_empty(element)) else {
            if spec.mandatory {
                let text = format!("{}{n:02} is missing", self.segment.id);
                self.say(Trouble::ElementMissing, (n, 0), "", text);
            }
            return;
        };
        for components in &element.0 {
            match (components.as_slice(), self.version.syntax) {
                ([value], _) => self.value((n, 0), spec, value),
                // What separates components is data where there are none.
                (several, Syntax::X12) => self.value((n, 0), spec, &several.join(":")),
                ([value, more @ ..], Syntax::Edifact) => {
                    self.value((n, 0), spec, value);
                    if let Some(index) = more.iter().position(|text| !text.is_empty()) {
                        let text = format!("{} element {n} has no components", self.segment.id);
                        self.say(Trouble::TooMany, (n, index + 2), "", text);
                    }
                }
                ([], Syntax::Edifact) => {}
            }
        }
    }

    fn composite(&mut self, n: usize, mandatory: bool, parts: &[Field], element: Option<&Element>) {
        let Some(element) = element.filter(|element| !is_empty(element)) else {
            if mandatory {
                let text = format!("{} element {n} is missing", self.segment.id);
                self.say(Trouble::ElementMissing, (n, 0), "", text);
            }
            return;
        };
        for components in &element.0 {
            self.components(n, parts, components);
        }
    }

    fn components(&mut self, n: usize, parts: &[Field], components: &[String]) {
        for (index, part) in parts.iter().enumerate() {
            let Field::Simple(spec) = part else { return };
            let place = (n, index + 1);
            match components.get(index).map(String::as_str) {
                Some(value) if !value.trim().is_empty() => self.value(place, spec, value),
                _ if spec.mandatory => {
                    let id = &self.segment.id;
                    let text = format!("{id} element {n} component {} is missing", index + 1);
                    self.say(Trouble::ElementMissing, place, "", text);
                }
                _ => {}
            }
        }
        let more = components.iter().enumerate().skip(parts.len());
        let more = more.filter(|(_, text)| !text.is_empty());
        if let Some((index, value)) = { more }.next() {
            let id = &self.segment.id;
            let text = format!("{id} element {n} has no component {}", index + 1);
            self.say(Trouble::TooMany, (n, index + 1), value, text);
        }
        let is_dtm = self.version.syntax == Syntax::Edifact && self.segment.id == "DTM";
        if let (true, [_, value, format, ..]) = (is_dtm, components)
            && !value::is_dtm(value, format)
        {
            let text = format!("DTM: {value:?} is no date in format {format}");
            self.say(Trouble::Date, (n, 2), value, text);
        }
    }

    fn value(&mut self, place: (usize, usize), spec: &Spec, value: &str) {
        let is_short_date = self.version.has_short_dates();
        let mut longest = spec.longest;
        let mut trouble = value::trouble(spec, longest, is_short_date, value);
        if trouble == Some(Trouble::TooLong) {
            // It may be allowed to be longer in this version.
            longest = tables().longest(spec, self.version.syntax, &self.version.order);
            trouble = value::trouble(spec, longest, is_short_date, value);
        }
        let Some(trouble) = trouble else { return };
        let what = match trouble {
            Trouble::TooShort => format!("is shorter than {}", spec.shortest),
            Trouble::TooLong => format!("is longer than {longest}"),
            Trouble::Date => "is no date".to_owned(),
            Trouble::Time => "is no time".to_owned(),
            _ => "has a character that may not stand there".to_owned(),
        };
        let (id, n) = (&self.segment.id, place.0);
        let shown: String = value.chars().take(99).collect();
        let text = match place.1 {
            0 => format!("{id}{n:02} {shown:?} {what}"),
            c => format!("{id}{n:02}-{c} {shown:?} {what}"),
        };
        self.say(trouble, place, value, text);
    }

    fn say(&mut self, trouble: Trouble, place: (usize, usize), value: &str, text: String) {
        let level = Level::Element;
        self.faults.push(Fault {
            at: self.segment.at,
            segment: self.segment.id.clone(),
            element: place.0,
            component: place.1,
            value: value.chars().take(99).collect(),
            ..Fault::new(level, code(self.version.syntax, level, trouble), text)
        });
    }
}
