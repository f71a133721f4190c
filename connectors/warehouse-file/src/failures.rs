//! Every failure this connector may report.

use connector::FailureCode;

/// Declares a code: constant and entry of the list.
const fn code(code: &'static str, meaning: &'static str, remedy: &'static str) -> FailureCode {
    FailureCode {
        code,
        meaning,
        remedy,
    }
}

pub(crate) const EMPTY: &str = "warehouse-file.empty";
pub(crate) const TOO_LARGE: &str = "warehouse-file.too-large";
pub(crate) const CHARSET: &str = "warehouse-file.wrong-charset";
pub(crate) const TRUNCATED: &str = "warehouse-file.truncated";
pub(crate) const CONTROL_TOTAL: &str = "warehouse-file.control-total";
pub(crate) const WRONG_SHAPE: &str = "warehouse-file.wrong-shape";
pub(crate) const UNKNOWN_RECORD: &str = "warehouse-file.unknown-record";
pub(crate) const LINE_TOO_LONG: &str = "warehouse-file.line-too-long";
pub(crate) const OPEN_QUOTE: &str = "warehouse-file.open-quote";
pub(crate) const MISSING_VALUE: &str = "warehouse-file.missing-value";
pub(crate) const BAD_VALUE: &str = "warehouse-file.bad-value";
pub(crate) const BAD_HEADER: &str = "warehouse-file.bad-header";
pub(crate) const UNMAPPED_CODE: &str = "warehouse-file.unmapped-code";
pub(crate) const UNKNOWN_SITE: &str = "warehouse-file.unknown-site";
pub(crate) const FILE_REFUSED: &str = "warehouse-file.file-refused";
pub(crate) const SEQUENCE_GAP: &str = "warehouse-file.sequence-gap";
pub(crate) const SEQUENCE_REPEAT: &str = "warehouse-file.sequence-repeat";
pub(crate) const ACK_UNSOLICITED: &str = "warehouse-file.ack-unsolicited";
pub(crate) const ACK_UNREADABLE: &str = "warehouse-file.ack-unreadable";
pub(crate) const NO_WORDS: &str = "warehouse-file.no-words";
pub(crate) const CANNOT_WRITE: &str = "warehouse-file.cannot-write";
pub(crate) const NOT_ACKNOWLEDGED: &str = "warehouse-file.not-acknowledged";
pub(crate) const KEY_CONFLICT: &str = "warehouse-file.key-conflict";
pub(crate) const UNREACHABLE: &str = "warehouse-file.unreachable";
pub(crate) const ANSWER_LOST: &str = "warehouse-file.answer-lost";
pub(crate) const NOTES_LOST: &str = "warehouse-file.notes-lost";
pub(crate) const MISCONFIGURED: &str = "warehouse-file.misconfigured";

/// The list, as documentation shows it.
pub(crate) const ALL: &[FailureCode] = &[
    code(
        EMPTY,
        "The file has no record.",
        "Ask the warehouse: an empty day has a header and a trailer, if the layout knows them.",
    ),
    code(
        TOO_LARGE,
        "The file is larger than `max_bytes`, and what was kept of it is cut; or it has more than 250000 rows.",
        "Have the warehouse split its files, or raise `max_bytes`.",
    ),
    code(
        CHARSET,
        "A byte is no character of the layout's encoding.",
        "Compare `form.encoding` with what the warehouse writes; the place is line and column.",
    ),
    code(
        TRUNCATED,
        "The end of the file is missing: no trailer, or no end of line. None of it was taken.",
        "The file was cut on its way, or read while it was written: have it sent again.",
    ),
    code(
        CONTROL_TOTAL,
        "The file does not have as many records, or as much quantity, as it says. None of it was taken.",
        "Have the warehouse send a corrected file.",
    ),
    code(
        WRONG_SHAPE,
        "A line does not have the columns, or the file does not have the header line, that the layout describes.",
        "Compare the place with the layout; a shifted row must be corrected by the warehouse.",
    ),
    code(
        UNKNOWN_RECORD,
        "The line's record type is not in the layout.",
        "Add it to the layout (role = \"ignored\" if it is of no interest), or set form.unknown_records = \"skip\".",
    ),
    code(
        LINE_TOO_LONG,
        "The line is longer than `form.max_line`.",
        "No row looks like that: the file is damaged, or its ends of lines are missing.",
    ),
    code(
        OPEN_QUOTE,
        "A quote opens in this line and does not close.",
        "Have the warehouse double quotes within values, or set another form.quote.",
    ),
    code(
        MISSING_VALUE,
        "A required column is blank, or the row is too short to have it.",
        "Have the warehouse correct the row and send it again.",
    ),
    code(
        BAD_VALUE,
        "A number, date, time or text is impossible.",
        "The place says where. Have the warehouse correct the row, or mend the column in the layout.",
    ),
    code(
        BAD_HEADER,
        "The header above the row cannot be read, so that the row cannot be understood.",
        "Mend what is said of the header; the rows below it come with it.",
    ),
    code(
        UNMAPPED_CODE,
        "The warehouse used a code that is in no table (`codes`).",
        "Agree on its meaning, add it to the table named in the message, and replay.",
    ),
    code(
        UNKNOWN_SITE,
        "The row does not say which of our sites it is about.",
        "Add the warehouse's code to `sites`, or set `site`.",
    ),
    code(
        FILE_REFUSED,
        "A row of the file was refused, and the block takes a file wholly or not at all (`on_bad_row = \"file\"`).",
        "Have the warehouse send a corrected file; rows that were good before are recognised.",
    ),
    code(
        SEQUENCE_GAP,
        "Files are missing: their numbers did not come.",
        "Ask the warehouse for the files with the numbers in the message.",
    ),
    code(
        SEQUENCE_REPEAT,
        "A number came a second time, with another file. The file was taken; rows that were known are recognised.",
        "Ask the warehouse whether the file is a correction, or its numbers began anew.",
    ),
    code(
        ACK_UNSOLICITED,
        "The warehouse answers an announcement that we did not write.",
        "Find out who else writes into its folder, or whether it answered twice.",
    ),
    code(
        ACK_UNREADABLE,
        "The warehouse's answer says neither yes nor no.",
        "Add its word to answer.accepted or answer.refused of the layout, then put the file into the inbox again.",
    ),
    code(
        NO_WORDS,
        "The layout has no document for this command.",
        "Add the document to the layout, or route the effect to another connector.",
    ),
    code(
        CANNOT_WRITE,
        "A value of the command cannot be written in the layout: it contains the separator, is too long, or is no character of the encoding.",
        "Correct the value, or give the layout a quote, a longer column or another encoding.",
    ),
    code(
        NOT_ACKNOWLEDGED,
        "The announcement is written; the warehouse has not answered yet.",
        "Nothing: it is looked for until `asn_acknowledged.within` is over, then the file is written again.",
    ),
    code(
        KEY_CONFLICT,
        "A file of this name lies in the outbox and says something else.",
        "Compare the two; remove the wrong one, then replay.",
    ),
    code(
        UNREACHABLE,
        "The mailbox cannot be reached; nothing was done.",
        "Nothing: it is tried again. If it lasts, see `doctor`.",
    ),
    code(
        ANSWER_LOST,
        "The connection broke while a file was written.",
        "Nothing: it is looked for before anything is written again.",
    ),
    code(
        NOTES_LOST,
        "What was noted of earlier files cannot be read or written now.",
        "Nothing: it is tried again when the store is back.",
    ),
    code(
        MISCONFIGURED,
        "The block, its layout or its mailbox cannot be used as it is.",
        "Run `backhaul check` and `backhaul doctor`.",
    ),
];
