//! What returns are looked for by, as the store keeps it.

use store::SearchTerm;
use workflow::{ReturnState, TermKind};

/// One thing that a return is looked for by.
pub fn term(kind: TermKind, value: &str) -> SearchTerm {
    SearchTerm {
        kind: kind.word().to_owned(),
        value: value.to_owned(),
    }
}

/// Those sides of a question that are given.
pub fn given(sides: &[(TermKind, &Option<String>)]) -> Vec<SearchTerm> {
    let given = sides.iter();
    given
        .filter_map(|(kind, value)| Some(term(*kind, value.as_deref()?)))
        .collect()
}

/// What a return is found by from now on.
pub(crate) fn new_terms(before: Option<&ReturnState>, after: &ReturnState) -> Vec<SearchTerm> {
    let new = workflow::new_terms(before, after).into_iter();
    new.map(|(kind, value)| term(kind, value)).collect()
}
