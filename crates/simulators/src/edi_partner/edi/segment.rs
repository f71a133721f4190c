//! A segment: a name and elements of components.

/// A segment; elements and components are counted from 1, as in the standards.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::edi_partner) struct Segment {
    pub(in crate::edi_partner) id: String,
    pub(in crate::edi_partner) elements: Vec<Vec<String>>,
}

impl Segment {
    /// One with simple elements.
    pub(in crate::edi_partner) fn new<const N: usize>(id: &str, elements: [&str; N]) -> Self {
        let simple = |text: &str| vec![text.to_owned()];
        Self {
            id: id.to_owned(),
            elements: elements.into_iter().map(simple).collect(),
        }
    }

    /// A further element of components.
    #[must_use]
    pub(in crate::edi_partner) fn with<const N: usize>(mut self, components: [&str; N]) -> Self {
        self.elements
            .push(components.into_iter().map(str::to_owned).collect());
        self
    }

    /// Component `c` of element `n`, or "".
    pub(in crate::edi_partner) fn part(&self, n: usize, c: usize) -> &str {
        let element = n.checked_sub(1).and_then(|n| self.elements.get(n));
        let part = element.and_then(|parts| c.checked_sub(1).and_then(|c| parts.get(c)));
        part.map_or("", String::as_str)
    }

    /// First component of element `n`, or "".
    pub(in crate::edi_partner) fn get(&self, n: usize) -> &str {
        self.part(n, 1)
    }

    /// Element `n` becomes this; nothing happens when there is none.
    pub(in crate::edi_partner) fn set(&mut self, n: usize, text: &str) {
        if let Some(element) = n.checked_sub(1).and_then(|n| self.elements.get_mut(n)) {
            *element = vec![text.to_owned()];
        }
    }

    /// The text of it, without the terminator; `clean` makes a value fit for the syntax.
    pub(super) fn text(
        &self,
        element: char,
        component: char,
        clean: impl Fn(&str) -> String,
    ) -> String {
        let mut elements: Vec<String> = Vec::new();
        for parts in &self.elements {
            let parts: Vec<String> = parts.iter().map(|part| clean(part)).collect();
            let joined = parts.join(&component.to_string());
            elements.push(joined.trim_end_matches(component).to_owned());
        }
        while elements.last().is_some_and(String::is_empty) {
            elements.pop();
        }
        let mut text = self.id.clone();
        for one in elements {
            text.push(element);
            text.push_str(&one);
        }
        text
    }
}
