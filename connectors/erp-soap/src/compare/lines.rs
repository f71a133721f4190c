//! Lines of a document, held against those of our paper. Pure.

use canonical::Currency;

use super::{is_same_amount, is_same_quantity, is_same_text};
use crate::profile::{Compare, Lines};
use crate::wire::{Element, select_below, text_at};

/// A line of ours, as far as it can be compared.
#[derive(Debug, Clone)]
pub(super) struct Line<'a> {
    pub(super) item: &'a str,
    pub(super) quantity: &'a str,
    pub(super) net: Option<&'a str>,
}

/// Each of our lines must have one there, in any order, and none may be left over.
pub(super) fn differences(
    said: &[Line<'_>],
    document: &Element,
    lines: &Lines,
    places: &Compare,
    ccy: Option<Currency>,
) -> Vec<String> {
    let mut there = select_below(document, &lines.at);
    let mut found = Vec::new();
    for line in said {
        let position = there
            .iter()
            .position(|seen| is_same(line, seen, lines, places, ccy));
        match position {
            Some(index) => {
                there.remove(index);
            }
            None => found.push(format!("no line there for {} {}", line.quantity, line.item)),
        }
    }
    if !there.is_empty() {
        found.push(format!("{} more lines there", there.len()));
    }
    found
}

fn is_same(
    line: &Line<'_>,
    seen: &Element,
    lines: &Lines,
    places: &Compare,
    ccy: Option<Currency>,
) -> bool {
    let at = |path: &Option<String>| path.as_ref().map(|at| text_at(seen, at).unwrap_or("0"));
    let item = text_at(seen, &lines.item).unwrap_or_default();
    let quantity = at(&lines.quantity);
    let net = match (line.net, at(&lines.net), ccy) {
        (Some(said), Some(seen), Some(ccy)) => is_same_amount(said, seen, ccy, places.negative),
        _ => true,
    };
    is_same_text(line.item, item, places.leading_zeros)
        && quantity.is_none_or(|seen| is_same_quantity(line.quantity, seen))
        && net
}
