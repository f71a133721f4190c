//! The warehouse's answers to our announcements.

use connector::Failure;

use crate::failures;
use crate::layout::{Field, Prepared};
use crate::wire;

/// An answer to one announcement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Answer {
    /// What it names: our key, or the file that we wrote; `None`: nothing, and the name of the answer tells.
    pub(crate) about: Option<String>,
    /// Refused for that reason; `None`: accepted.
    pub(crate) refused: Option<String>,
    /// Where it stands.
    pub(crate) at: String,
}

/// Reads a file of answers. One that cannot be understood keeps the others out: the file is put in again when it is mended.
pub(crate) fn read(layout: &Prepared, bytes: &[u8]) -> Result<Vec<Answer>, Failure> {
    let Some(answering) = &layout.answer else {
        let what = "the layout does not describe the warehouse's answers";
        return Err(Failure::malformed(failures::ACK_UNREADABLE, what).at("line 1"));
    };
    let told = wire::read(&answering.document, bytes)?;
    let answers = told.lines.into_iter().map(|line| {
        let row = line.row?;
        let unreadable = |what: String, field: Field| {
            Failure::malformed(failures::ACK_UNREADABLE, what).at(row.at(field))
        };
        let about = row.text(Field::Key).or_else(|| row.text(Field::File));
        let about = about.map(str::to_owned);
        let status = row.text(Field::Status).unwrap_or_default();
        let is_one_of = |words: &[String]| words.iter().any(|word| word == status);
        let refused = if is_one_of(&answering.accepted) {
            None
        } else if is_one_of(&answering.refused) {
            let reasons = [Field::Code, Field::Text].into_iter();
            let reasons: Vec<&str> = reasons.filter_map(|field| row.text(field)).collect();
            Some(if reasons.is_empty() {
                format!("refused ({status}) without a reason")
            } else {
                reasons.join(": ")
            })
        } else {
            let what = format!("{status:?} is neither a yes nor a no of the layout");
            return Err(unreadable(what, Field::Status));
        };
        Ok(Answer {
            about,
            refused,
            at: row.at(Field::Status),
        })
    });
    answers.collect()
}
