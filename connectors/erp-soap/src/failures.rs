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

pub(crate) const NO_WORDS: &str = "erp-soap.no-words";
pub(crate) const NO_INBOUND: &str = "erp-soap.no-inbound";
pub(crate) const SHAPE_FAILED: &str = "erp-soap.shape-failed";
pub(crate) const BAD_SHAPE: &str = "erp-soap.bad-shape";
pub(crate) const REFUSED: &str = "erp-soap.refused";
pub(crate) const PERIOD_CLOSED: &str = "erp-soap.period-closed";
pub(crate) const CUSTOMER_BLOCKED: &str = "erp-soap.customer-blocked";
pub(crate) const UNKNOWN_REFERENCE: &str = "erp-soap.unknown-reference";
pub(crate) const OVER_INVOICE: &str = "erp-soap.over-invoice";
pub(crate) const WRONG_TOTALS: &str = "erp-soap.wrong-totals";
pub(crate) const KEY_CONFLICT: &str = "erp-soap.key-conflict";
pub(crate) const UNAUTHORIZED: &str = "erp-soap.unauthorized";
pub(crate) const FORBIDDEN: &str = "erp-soap.forbidden";
pub(crate) const WRONG_ADDRESS: &str = "erp-soap.wrong-address";
pub(crate) const BAD_CONFIGURATION: &str = "erp-soap.bad-configuration";
pub(crate) const UNREACHABLE: &str = "erp-soap.unreachable";
pub(crate) const BUSY: &str = "erp-soap.busy";
pub(crate) const THROTTLED: &str = "erp-soap.throttled";
pub(crate) const CLOSED: &str = "erp-soap.closed";
pub(crate) const LOOK_UP_FAILED: &str = "erp-soap.look-up-failed";
pub(crate) const NO_LOOK_UP: &str = "erp-soap.no-look-up";
pub(crate) const ANSWER_LOST: &str = "erp-soap.answer-lost";
pub(crate) const SERVER_ERROR: &str = "erp-soap.server-error";
pub(crate) const GARBAGE: &str = "erp-soap.garbage";
pub(crate) const ACCEPTED: &str = "erp-soap.accepted";
pub(crate) const IN_PROGRESS: &str = "erp-soap.in-progress";
pub(crate) const WRONG_DOCUMENT: &str = "erp-soap.wrong-document";
pub(crate) const DIFFERS: &str = "erp-soap.differs";
pub(crate) const SEVERAL: &str = "erp-soap.several";
pub(crate) const NOT_VISIBLE: &str = "erp-soap.not-visible";
pub(crate) const HALF_FINISHED: &str = "erp-soap.half-finished";

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
        "the profile's jq could not make a body of the command, or made one that XML cannot carry",
        "mend the shape in the profile, then replay",
    ),
    code(
        BAD_SHAPE,
        "the ERP does not understand the body",
        "compare the shape with the WSDL: names, order, namespaces; then replay",
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
        "the ERP does not know the customer, item, site, invoice, document or code",
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
        KEY_CONFLICT,
        "the ERP has a document with our key and other content",
        "a person compares both; it is never overwritten",
    ),
    code(
        UNAUTHORIZED,
        "the ERP does not accept the credentials",
        "mend `auth` or `ws_security`, and compare the clocks; after a restart it goes on by itself",
    ),
    code(
        FORBIDDEN,
        "the account may not do this",
        "give the account the right in the ERP; the connector goes on by itself",
    ),
    code(
        WRONG_ADDRESS,
        "the address leads elsewhere, or speaks another SOAP: not found, moved, wrong version or operation",
        "mend `url`, `soap` or the profile's calls; after a restart it goes on by itself",
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
        "the ERP is busy, locked or closed and surely did nothing",
        "none: it is tried again",
    ),
    code(
        THROTTLED,
        "too many requests; nothing was done",
        "none: it is tried again; lower the concurrency if it lasts",
    ),
    code(
        CLOSED,
        "outside of the hours in which this ERP takes documents; nothing was sent",
        "none: it is sent when the window opens",
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
        "the ERP failed while working on the request; a fault does not say that nothing happened",
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
        "the ERP said yes, but spoke of a document without our key",
        "none: it is looked up; if it lasts, `key` in the profile is wrong",
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
        "the document is there or was made, but was not finished",
        "none: it is looked up and finished",
    ),
];
