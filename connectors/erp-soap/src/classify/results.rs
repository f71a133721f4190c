//! Result lines: a no inside an answer that looks like a yes.

use connector::Failure;

use super::meaning::{Said, of};
use super::{Reply, Verdict};
use crate::failures;
use crate::profile::{Meaning, Profile, Results};
use crate::wire::{Element, select, text_at};

/// What the result lines of an answer say against it. `None`: nothing.
///
/// - A line of a refusing kind is a refusal; one whose code the profile knows speaks for all.
/// - In a batch only the line of our own document counts; when there is none, nothing is known of it.
pub(super) fn judge(
    answer: &Element,
    profile: &Profile,
    key: &str,
    reply: &Reply,
) -> Option<Verdict> {
    let results = profile.answers.results.as_ref()?;
    let lines: Vec<&Element> = results
        .at
        .iter()
        .flat_map(|at| select(answer, at).unwrap_or_default())
        .collect();
    let ours = match &results.key {
        None => lines,
        Some(_) if lines.is_empty() => return None,
        Some(at) => {
            let ours: Vec<&Element> = lines
                .into_iter()
                .filter(|line| {
                    text_at(line, at).is_some_and(|there| there.eq_ignore_ascii_case(key))
                })
                .collect();
            if ours.is_empty() {
                let message = "the answer has results, but none for our document";
                return Some(Verdict::Failed(Failure::in_doubt(
                    failures::WRONG_DOCUMENT,
                    message,
                )));
            }
            ours
        }
    };
    let refusals = ours.into_iter().filter(|line| {
        let kind = text_at(line, &results.kind).unwrap_or_default();
        results.refusals.iter().any(|refusal| refusal == kind)
    });
    let mut first = None;
    for line in refusals {
        let code = code(line, results);
        match profile.answers.codes.get(&code) {
            Some(meaning) => return Some(verdict(*meaning, line, &code, results, reply)),
            None => first = first.or(Some((line, code))),
        }
    }
    first.map(|(line, code)| verdict(Meaning::Refused, line, &code, results, reply))
}

fn code(line: &Element, results: &Results) -> String {
    let parts: Vec<&str> = results
        .code
        .iter()
        .filter_map(|at| text_at(line, at))
        .collect();
    parts.join("/")
}

fn verdict(
    meaning: Meaning,
    line: &Element,
    code: &str,
    results: &Results,
    reply: &Reply,
) -> Verdict {
    let said = Said {
        code,
        message: text_at(line, &results.message).unwrap_or_default(),
        place: results
            .field
            .as_ref()
            .and_then(|at| text_at(line, at))
            .unwrap_or_default(),
    };
    of(meaning, &said, reply)
}
