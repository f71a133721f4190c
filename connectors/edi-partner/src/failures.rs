//! The failure codes of this connector.

use connector::FailureCode;

/// Declares a code: constant and entry of the list.
const fn code(code: &'static str, meaning: &'static str, remedy: &'static str) -> FailureCode {
    FailureCode {
        code,
        meaning,
        remedy,
    }
}

pub(crate) const UNREADABLE: &str = "edi-partner.unreadable";
pub(crate) const TOO_LARGE: &str = "edi-partner.too-large";
pub(crate) const BAD_ENVELOPE: &str = "edi-partner.bad-envelope";
pub(crate) const BAD_SET: &str = "edi-partner.bad-set";
pub(crate) const BAD_VALUE: &str = "edi-partner.bad-value";
pub(crate) const MISSING: &str = "edi-partner.missing";
pub(crate) const WRONG_PARTNER: &str = "edi-partner.wrong-partner";
pub(crate) const TEST_INTERCHANGE: &str = "edi-partner.test-interchange";
pub(crate) const UNKNOWN_SET: &str = "edi-partner.unknown-set";
pub(crate) const UNKNOWN_PURPOSE: &str = "edi-partner.unknown-purpose";
pub(crate) const UNMAPPED_CODE: &str = "edi-partner.unmapped-code";
pub(crate) const UNKNOWN_SITE: &str = "edi-partner.unknown-site";
pub(crate) const UNKNOWN_REFERENCE: &str = "edi-partner.unknown-reference";
pub(crate) const CONTROL_TOTAL: &str = "edi-partner.control-total";
pub(crate) const INEXACT_AMOUNT: &str = "edi-partner.inexact-amount";
pub(crate) const KEY_CONFLICT: &str = "edi-partner.key-conflict";
pub(crate) const ACK_UNSOLICITED: &str = "edi-partner.ack-unsolicited";
pub(crate) const ACK_LATE: &str = "edi-partner.ack-late";
pub(crate) const NO_WORDS: &str = "edi-partner.no-words";
pub(crate) const NOT_WRITABLE: &str = "edi-partner.not-writable";
pub(crate) const UNACKNOWLEDGED: &str = "edi-partner.unacknowledged";
pub(crate) const REFUSED: &str = "edi-partner.refused";
pub(crate) const MAILBOX_AWAY: &str = "edi-partner.mailbox-away";
pub(crate) const MAILBOX_IN_DOUBT: &str = "edi-partner.mailbox-in-doubt";
pub(crate) const MAILBOX_WRONG: &str = "edi-partner.mailbox-wrong";
pub(crate) const NAME_TAKEN: &str = "edi-partner.name-taken";
pub(crate) const NOTES_AWAY: &str = "edi-partner.notes-away";
pub(crate) const BAD_CONFIGURATION: &str = "edi-partner.bad-configuration";

/// All of them; the README's table is this list.
pub(crate) const CODES: &[FailureCode] = &[
    code(
        UNREADABLE,
        "a file, or a part of it, is neither X12 nor EDIFACT, or ends inside of its header",
        "look at the file; the partner sends it anew",
    ),
    code(
        TOO_LARGE,
        "an interchange is beyond the limits",
        "raise `max_bytes` if it is genuine, else ask the partner to split it",
    ),
    code(
        BAD_ENVELOPE,
        "control numbers or counts of an interchange or a group disagree: nothing of it is taken",
        "none: the partner has been told by TA1, 997 or CONTRL and sends it anew",
    ),
    code(
        BAD_SET,
        "a set is not built as its table demands: this set is not taken, its neighbours are",
        "none: the partner has been told by 997 or CONTRL and sends it corrected",
    ),
    code(
        BAD_VALUE,
        "a date, a quantity, an amount or a number cannot be read, or cannot be meant",
        "the partner sends the set corrected",
    ),
    code(
        MISSING,
        "a set lacks something without which it says nothing to us",
        "the partner sends the set corrected, or the profile gives a default",
    ),
    code(
        WRONG_PARTNER,
        "sender or receiver of the interchange are not the ones of this block",
        "move the file to its block, or mend `ours` and `theirs`",
    ),
    code(
        TEST_INTERCHANGE,
        "a test interchange came to a live block, or a live one to a test block",
        "set `test`, or ask the partner to set the usage indicator",
    ),
    code(
        UNKNOWN_SET,
        "this kind of set is not taken in from this partner",
        "agree with the partner what is sent; nothing of it was applied",
    ),
    code(
        UNKNOWN_PURPOSE,
        "the set asks for something that cannot be done with it (replace, duplicate, answer)",
        "read it; do by hand what it asks for, or let the partner cancel and ask anew",
    ),
    code(
        UNMAPPED_CODE,
        "a code of the partner, or one of ours, is not in the profile",
        "add it under `adjust.codes`, then replay",
    ),
    code(
        UNKNOWN_SITE,
        "the site is none of ours",
        "add it under `sites`, then replay",
    ),
    code(
        UNKNOWN_REFERENCE,
        "the customer is none of ours",
        "add it under `accounts`, then replay",
    ),
    code(
        CONTROL_TOTAL,
        "the lines of a receipt do not add up to its own total",
        "ask the warehouse what really came; it sends the receipt corrected",
    ),
    code(
        INEXACT_AMOUNT,
        "an amount cannot be said exactly: in minor units, or with the two decimals of an 812",
        "agree on another document or price with the partner; nothing was rounded",
    ),
    code(
        KEY_CONFLICT,
        "a control number came again with other content, or a document of ours would go again with other content",
        "ask the partner which of both is right; the later one was not applied, or not sent",
    ),
    code(
        ACK_UNSOLICITED,
        "the partner acknowledges something that we did not send, or that nobody waits for",
        "compare control numbers with the partner; nothing was changed",
    ),
    code(
        ACK_LATE,
        "an acknowledgement came after its deadline; it was taken all the same",
        "none, if it is rare; else ask the partner, or raise `ack_expected.within`",
    ),
    code(
        NO_WORDS,
        "this partner has no document for this command",
        "route the command elsewhere, or change the profile",
    ),
    code(
        NOT_WRITABLE,
        "a value cannot be written in X12 or EDIFACT: it contains a separator or a foreign character",
        "change the separators in the profile, or the value in our books",
    ),
    code(
        UNACKNOWLEDGED,
        "the document lies in the partner's mailbox; its acknowledgement is awaited",
        "none: it is looked up, and sent again under the same number when it is overdue",
    ),
    code(
        REFUSED,
        "the partner has refused the document by its acknowledgement",
        "read its codes; mend the profile or the data, then replay: it goes again under a new number",
    ),
    code(
        MAILBOX_AWAY,
        "the mailbox cannot be reached; nothing was done",
        "none, if it passes by itself; else look at network, server and disk",
    ),
    code(
        MAILBOX_IN_DOUBT,
        "the connection broke while a file was being put",
        "none: the same file is put again",
    ),
    code(
        MAILBOX_WRONG,
        "address, credentials or folders of the mailbox are wrong",
        "mend `mailbox`; it goes on by itself afterwards",
    ),
    code(
        NAME_TAKEN,
        "the outbox has a file of this name that says something else",
        "look who else writes there; move the file away",
    ),
    code(
        NOTES_AWAY,
        "the store with control numbers and waiting acknowledgements cannot be reached",
        "none: it is tried again",
    ),
    code(
        BAD_CONFIGURATION,
        "the block or its profile is wrong",
        "run `backhaul check`; it names each place and the fix",
    ),
];
