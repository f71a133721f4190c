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

pub(crate) const NO_WORDS: &str = "erp-rest.no-words";
pub(crate) const NO_INBOUND: &str = "erp-rest.no-inbound";
pub(crate) const SHAPE_FAILED: &str = "erp-rest.shape-failed";
pub(crate) const BAD_SHAPE: &str = "erp-rest.bad-shape";
pub(crate) const REFUSED: &str = "erp-rest.refused";
pub(crate) const PERIOD_CLOSED: &str = "erp-rest.period-closed";
pub(crate) const CUSTOMER_BLOCKED: &str = "erp-rest.customer-blocked";
pub(crate) const UNKNOWN_REFERENCE: &str = "erp-rest.unknown-reference";
pub(crate) const OVER_INVOICE: &str = "erp-rest.over-invoice";
pub(crate) const WRONG_TOTALS: &str = "erp-rest.wrong-totals";
pub(crate) const TARGET_MISSING: &str = "erp-rest.target-missing";
pub(crate) const UNAUTHORIZED: &str = "erp-rest.unauthorized";
pub(crate) const FORBIDDEN: &str = "erp-rest.forbidden";
pub(crate) const WRONG_ADDRESS: &str = "erp-rest.wrong-address";
pub(crate) const BAD_CONFIGURATION: &str = "erp-rest.bad-configuration";
pub(crate) const UNREACHABLE: &str = "erp-rest.unreachable";
pub(crate) const BUSY: &str = "erp-rest.busy";
pub(crate) const THROTTLED: &str = "erp-rest.throttled";
pub(crate) const LOOK_UP_FAILED: &str = "erp-rest.look-up-failed";
pub(crate) const NO_INVOICE: &str = "erp-rest.no-invoice";
pub(crate) const UNREADABLE_INVOICE: &str = "erp-rest.unreadable-invoice";
pub(crate) const NO_LOOK_UP: &str = "erp-rest.no-look-up";
pub(crate) const ANSWER_LOST: &str = "erp-rest.answer-lost";
pub(crate) const SERVER_ERROR: &str = "erp-rest.server-error";
pub(crate) const GARBAGE: &str = "erp-rest.garbage";
pub(crate) const ACCEPTED: &str = "erp-rest.accepted";
pub(crate) const IN_PROGRESS: &str = "erp-rest.in-progress";
pub(crate) const WRONG_DOCUMENT: &str = "erp-rest.wrong-document";
pub(crate) const DIFFERS: &str = "erp-rest.differs";
pub(crate) const SEVERAL: &str = "erp-rest.several";
pub(crate) const NOT_VISIBLE: &str = "erp-rest.not-visible";
pub(crate) const HALF_FINISHED: &str = "erp-rest.half-finished";

/// All of them; the README's table is this list.
pub(crate) const CODES: &[FailureCode] = &[
    code(
        NO_WORDS,
        "the ERP, or its profile, has no document for this command",
        "route the command elsewhere, or add the operation to the profile",
    ),
    code(
        NO_INBOUND,
        "something was handed in, but this connector takes nothing in",
        "send it to the connector of the partner it came from",
    ),
    code(
        SHAPE_FAILED,
        "the profile's jq could not make a body of the command",
        "mend the shape in the profile, then replay",
    ),
    code(
        BAD_SHAPE,
        "the ERP does not understand the body",
        "mend the shape in the profile, then replay",
    ),
    code(
        REFUSED,
        "the ERP refused for a reason the profile does not know",
        "read its sentence; add the code to the profile if it comes again",
    ),
    code(
        PERIOD_CLOSED,
        "the posting date lies in a closed period",
        "finance opens the period or chooses another date, then replay",
    ),
    code(
        CUSTOMER_BLOCKED,
        "the customer may not be posted to",
        "finance lifts the block in the ERP, then replay",
    ),
    code(
        UNKNOWN_REFERENCE,
        "the ERP does not know the customer, item, site, invoice or code",
        "mend the crosswalk or the ERP's master data, then replay",
    ),
    code(
        OVER_INVOICE,
        "more would be credited than the invoice has left",
        "look for a credit that was posted by hand; decide what is owed",
    ),
    code(
        WRONG_TOTALS,
        "the ERP calculates other sums than the document says",
        "compare tax codes and rounding; nothing was posted",
    ),
    code(
        TARGET_MISSING,
        "the document that is to be reversed or changed is not in the ERP",
        "look whether it was removed by hand",
    ),
    code(
        UNAUTHORIZED,
        "the ERP does not accept the credentials, also after a fresh token",
        "mend `auth`; after a restart it goes on by itself",
    ),
    code(
        FORBIDDEN,
        "the account may not do this",
        "give the account the right in the ERP; the connector goes on by itself",
    ),
    code(
        WRONG_ADDRESS,
        "the address leads elsewhere: not found, moved, or not for this method",
        "mend `base_url`, `vars` or the profile's paths; after a restart it goes on by itself",
    ),
    code(
        BAD_CONFIGURATION,
        "the block or its profile is wrong",
        "run `backhaul check`; it names each place and the fix",
    ),
    code(
        UNREACHABLE,
        "no connection: name, port, TLS or network; nothing was sent",
        "none, if it passes by itself; else look at network and certificate",
    ),
    code(
        BUSY,
        "the ERP is busy or locked and surely did nothing",
        "none: it is tried again",
    ),
    code(
        THROTTLED,
        "too many requests; nothing was done",
        "none: it is tried again; lower the concurrency if it lasts",
    ),
    code(
        NO_INVOICE,
        "the ERP was asked what it invoiced and has no such invoice",
        "correct the number with whoever asked for the return, or replay when the ERP has it",
    ),
    code(
        UNREADABLE_INVOICE,
        "the ERP shows several invoices of that number, or one that the profile cannot read",
        "mend `invoices` in the profile or the invoice in the ERP, then replay",
    ),
    code(
        LOOK_UP_FAILED,
        "a look-up failed; nothing was changed",
        "none: it is looked up again",
    ),
    code(
        NO_LOOK_UP,
        "the profile names no place to look documents up",
        "a person looks in the ERP and releases or settles the effect",
    ),
    code(
        ANSWER_LOST,
        "the request was sent, its answer was not received",
        "none: it is looked up before anything else",
    ),
    code(
        SERVER_ERROR,
        "the ERP failed while working on the request",
        "none: it is looked up before anything else",
    ),
    code(
        GARBAGE,
        "the answer could not be read",
        "none: it is looked up; if it lasts, something stands between us and the ERP",
    ),
    code(
        ACCEPTED,
        "the ERP took the request and will work on it later",
        "none: it is looked up",
    ),
    code(
        IN_PROGRESS,
        "the ERP is still working on an earlier request with this key",
        "none: it is looked up",
    ),
    code(
        WRONG_DOCUMENT,
        "the ERP said yes, but showed a document without our key",
        "none: it is looked up; if it lasts, `key_at` in the profile is wrong",
    ),
    code(
        DIFFERS,
        "the ERP has a document with our key that says something else",
        "a person compares both; it is never overwritten",
    ),
    code(
        SEVERAL,
        "the ERP has several documents with our key",
        "a person takes back all but one in the ERP",
    ),
    code(
        NOT_VISIBLE,
        "the ERP says it has the document already, but no look-up shows it yet",
        "none: it is looked up again; if it lasts, a place is missing in the profile",
    ),
    code(
        HALF_FINISHED,
        "the draft is there, but was not finished",
        "none: it is looked up and finished",
    ),
];
