//! `$filter`, `$top`, `$skip`: the little of OData this ERP understands.

use crate::answer::Refusal;

const LARGEST_PAGE: usize = 100;

/// A query, read.
#[derive(Debug, Default)]
pub(super) struct Query {
    /// Joined by `or`; within each, joined by `and`. None: everything.
    pub(super) alternatives: Vec<Vec<Condition>>,
    pub(super) top: usize,
    pub(super) skip: usize,
    filter: Option<String>,
}

/// `FIELD OP VALUE`, or `lines/any(x:x/FIELD OP VALUE)`.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Condition {
    pub(super) field: String,
    /// True if it is about any of the lines, not about the document.
    pub(super) of_lines: bool,
    pub(super) operator: Operator,
    pub(super) value: String,
}

/// A comparison, by text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Operator {
    Eq,
    Ne,
    Ge,
    Le,
    Gt,
    Lt,
}

impl Operator {
    fn named(name: &str) -> Option<Self> {
        match name {
            "eq" => Some(Self::Eq),
            "ne" => Some(Self::Ne),
            "ge" => Some(Self::Ge),
            "le" => Some(Self::Le),
            "gt" => Some(Self::Gt),
            "lt" => Some(Self::Lt),
            _ => None,
        }
    }

    pub(super) fn holds(self, left: &str, right: &str) -> bool {
        match self {
            Self::Eq => left == right,
            Self::Ne => left != right,
            Self::Ge => left >= right,
            Self::Le => left <= right,
            Self::Gt => left > right,
            Self::Lt => left < right,
        }
    }
}

impl Query {
    /// Reads the part of the address after the question mark.
    pub(super) fn parse(text: &str) -> Result<Self, Refusal> {
        let mut query = Self {
            top: LARGEST_PAGE,
            ..Self::default()
        };
        for (name, value) in url::form_urlencoded::parse(text.as_bytes()) {
            match name.as_ref() {
                "$filter" => {
                    query.alternatives = alternatives(&value)?;
                    query.filter = Some(value.into_owned());
                }
                "$top" => query.top = number(&value)?.clamp(1, LARGEST_PAGE),
                "$skip" => query.skip = number(&value)?,
                _ => {}
            }
        }
        Ok(query)
    }

    /// The key asked for, when the query asks for exactly one.
    pub(super) fn key(&self) -> Option<&str> {
        let by_key = |condition: &&Condition| {
            condition.field == "externalDocumentNumber"
                && !condition.of_lines
                && condition.operator == Operator::Eq
        };
        let [conditions] = self.alternatives.as_slice() else {
            return None;
        };
        conditions
            .iter()
            .find(by_key)
            .map(|condition| condition.value.as_str())
    }

    /// The address of the next page.
    pub(super) fn next_page(&self, collection: &str) -> String {
        let mut query = url::form_urlencoded::Serializer::new(String::new());
        if let Some(filter) = &self.filter {
            query.append_pair("$filter", filter);
        }
        query.append_pair("$top", &self.top.to_string());
        query.append_pair("$skip", &(self.skip + self.top).to_string());
        format!("/api/{collection}?{}", query.finish())
    }
}

/// The key a raw query asks for, for naming faults.
pub(super) fn asked_key(text: &str) -> Option<String> {
    Query::parse(text).ok()?.key().map(str::to_owned)
}

fn number(text: &str) -> Result<usize, Refusal> {
    text.parse()
        .map_err(|_| Refusal::malformed(format!("{text:?} is not a count")))
}

fn alternatives(filter: &str) -> Result<Vec<Vec<Condition>>, Refusal> {
    let unreadable = || Refusal::malformed(format!("unreadable $filter {filter:?}"));
    let mut rest = filter.trim();
    let (mut all, mut conditions) = (Vec::new(), Vec::new());
    loop {
        let (field, after) = rest.split_once(' ').ok_or_else(unreadable)?;
        let (operator, after) = after.trim_start().split_once(' ').ok_or_else(unreadable)?;
        let operator = Operator::named(operator).ok_or_else(unreadable)?;
        let (value, mut after) = literal(after.trim_start()).ok_or_else(unreadable)?;
        let of_lines = field.strip_prefix("lines/any(");
        let field = match of_lines {
            None => field,
            Some(inside) => {
                after = after
                    .trim_start()
                    .strip_prefix(')')
                    .ok_or_else(unreadable)?;
                let (variable, member) = inside.split_once(':').ok_or_else(unreadable)?;
                let member = member.trim_start().strip_prefix(variable);
                let member = member.and_then(|member| member.strip_prefix('/'));
                member.ok_or_else(unreadable)?
            }
        };
        conditions.push(Condition {
            field: field.to_owned(),
            of_lines: of_lines.is_some(),
            operator,
            value,
        });
        let after = after.trim();
        if after.is_empty() {
            all.push(conditions);
            return Ok(all);
        }
        rest = match after.strip_prefix("or ") {
            Some(more) => {
                all.push(std::mem::take(&mut conditions));
                more
            }
            None => after.strip_prefix("and ").ok_or_else(unreadable)?,
        }
        .trim_start();
    }
}

/// A quoted text (quotes inside doubled) or a bare word, and what follows it.
fn literal(text: &str) -> Option<(String, &str)> {
    let Some(mut rest) = text.strip_prefix('\'') else {
        let (word, after) = text.split_once(' ').unwrap_or((text, ""));
        return (!word.is_empty()).then(|| (word.to_owned(), after));
    };
    let mut value = String::new();
    loop {
        let (piece, after) = rest.split_once('\'')?;
        value.push_str(piece);
        match after.strip_prefix('\'') {
            Some(more) => {
                value.push('\'');
                rest = more;
            }
            None => return Some((value, after)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_conditions_with_quotes_inside() {
        let filter = "customerNumber eq 'O''Neill and sons' and postingDate ge 2026-01-01";
        let read = conditions(filter).expect("conditions");
        assert_eq!(read[0].value, "O'Neill and sons");
        assert_eq!(read[1].operator, Operator::Ge);
        assert_eq!(read[1].value, "2026-01-01");
    }

    #[test]
    fn reads_conditions_on_lines() {
        let filter = "lines/any(l:l/invoiceNumber eq 'INV-1') and status eq 'Posted'";
        let read = conditions(filter).expect("conditions");
        assert!(read[0].of_lines && !read[1].of_lines);
        assert_eq!(
            (&*read[0].field, &*read[0].value),
            ("invoiceNumber", "INV-1")
        );
    }

    fn conditions(filter: &str) -> Result<Vec<Condition>, Refusal> {
        alternatives(filter).map(|all| all.into_iter().flatten().collect())
    }

    #[test]
    fn and_binds_tighter_than_or() {
        let filter = "a eq '1' and b eq '2' or lines/any(l:l/c eq '3')";
        let read = alternatives(filter).expect("alternatives");
        assert_eq!(read.iter().map(Vec::len).collect::<Vec<_>>(), [2, 1]);
        assert!(read[1][0].of_lines);
    }

    #[test]
    fn refuses_what_it_does_not_understand() {
        for filter in [
            "",
            "a",
            "a eq",
            "a eq 'b",
            "a like 'b'",
            "a eq 'b' or",
            "a eq 'b' xor c eq 'd'",
            "lines/any(l:l/a eq 'b'",
            "lines/any(l:m/a eq 'b')",
        ] {
            assert!(conditions(filter).is_err(), "{filter:?}");
        }
    }

    #[test]
    fn the_next_page_keeps_the_filter() {
        let text = "$filter=externalDocumentNumber%20eq%20%27k%27&$top=5";
        let query = Query::parse(text).expect("a query");
        assert_eq!(query.key(), Some("k"));
        let next = query.next_page("creditMemos");
        let again = Query::parse(next.split_once('?').expect("a query").1).expect("a query");
        assert_eq!((again.key(), again.top, again.skip), (Some("k"), 5, 5));
    }
}
