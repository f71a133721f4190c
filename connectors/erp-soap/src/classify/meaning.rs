//! From a code to what it means: first what the profile says of it, then what SOAP and WS-Security say.

use connector::Failure;

use super::{Reply, Verdict, throttled};
use crate::failures;
use crate::profile::{Meaning, Profile};
use crate::wire::{Fault, Side};

/// Fault codes of WS-Security 1.1 (12, "Error handling") that mean our credentials.
const SECURITY: &[&str] = &[
    "FailedAuthentication",
    "InvalidSecurity",
    "InvalidSecurityToken",
    "UnsupportedSecurityToken",
    "FailedCheck",
    "SecurityTokenUnavailable",
    "MessageExpired",
];

/// Longest sentence and longest place that are passed on.
const MAX_SENTENCE: usize = 300;
const MAX_PLACE: usize = 100;

/// What was said of an error.
pub(super) struct Said<'a> {
    pub(super) code: &'a str,
    pub(super) message: &'a str,
    /// Field that is wrong, or empty.
    pub(super) place: &'a str,
}

/// What a fault means.
pub(super) fn of_fault(fault: &Fault, profile: &Profile, reply: &Reply) -> Verdict {
    let names = fault.names(&profile.answers.detail_codes);
    let known = names
        .iter()
        .find_map(|name| Some((*name, *profile.answers.codes.get(*name)?)));
    let mut said = Said {
        code: known.map_or(&fault.code, |(name, _)| name),
        message: &fault.message,
        place: fault
            .text(&profile.answers.detail_fields)
            .unwrap_or_default(),
    };
    if let Some((_, meaning)) = known {
        return of(meaning, &said, reply);
    }
    if let Some(security) = names.iter().find(|name| SECURITY.contains(name)) {
        said.code = security;
        return of(Meaning::Unauthorized, &said, reply);
    }
    match fault.side {
        Side::Ours => of(Meaning::Refused, &said, reply),
        // A fault of the server does not say that nothing happened.
        Side::Theirs => of(Meaning::Failed, &said, reply),
        Side::Protocol => Verdict::Failed(Failure::misconfigured(
            failures::WRONG_ADDRESS,
            said.sentence("the service speaks another SOAP", reply),
        )),
    }
}

/// What a code means, with its sentence.
pub(super) fn of(meaning: Meaning, said: &Said<'_>, reply: &Reply) -> Verdict {
    let sentence = |what: &str| said.sentence(what, reply);
    let refused = |code, what: &str| {
        let place: String = said.place.chars().take(MAX_PLACE).collect();
        Verdict::Failed(Failure::rejected(code, sentence(what)).at(place))
    };
    let failure = match meaning {
        Meaning::Duplicate => return Verdict::Duplicate(sentence("the ERP has it already")),
        Meaning::Absent => return Verdict::Absent(sentence("there is no such document")),
        Meaning::KeyConflict => {
            let what = "the ERP has a document with our key and other content";
            return refused(failures::KEY_CONFLICT, what);
        }
        Meaning::PeriodClosed => return refused(failures::PERIOD_CLOSED, "the period is closed"),
        Meaning::CustomerBlocked => {
            return refused(failures::CUSTOMER_BLOCKED, "the customer is blocked");
        }
        Meaning::UnknownReference => {
            let what = "something named in it is not known";
            return refused(failures::UNKNOWN_REFERENCE, what);
        }
        Meaning::OverInvoice => {
            return refused(failures::OVER_INVOICE, "more than the invoice has left");
        }
        Meaning::WrongTotals => {
            return refused(failures::WRONG_TOTALS, "the sums are not accepted");
        }
        Meaning::BadShape => return refused(failures::BAD_SHAPE, "the body was not understood"),
        Meaning::Refused => return refused(failures::REFUSED, "the ERP refused"),
        Meaning::InProgress => Failure::in_doubt(
            failures::IN_PROGRESS,
            sentence("an earlier request with this key is still being worked on"),
        ),
        Meaning::Throttled => throttled(&reply.headers, sentence("too many requests")),
        Meaning::Busy => Failure::unavailable(
            failures::BUSY,
            sentence("the ERP is busy or closed and did nothing"),
        ),
        Meaning::Unauthorized => Failure::misconfigured(
            failures::UNAUTHORIZED,
            sentence("the credentials were not accepted"),
        ),
        Meaning::Forbidden => {
            Failure::misconfigured(failures::FORBIDDEN, sentence("the account may not do this"))
        }
        Meaning::Failed => Failure::in_doubt(
            failures::SERVER_ERROR,
            sentence("the ERP failed while working on it"),
        ),
    };
    Verdict::Failed(failure)
}

impl Said<'_> {
    fn sentence(&self, what: &str, reply: &Reply) -> String {
        let status = reply.status.as_u16();
        let message: String = self.message.trim().chars().take(MAX_SENTENCE).collect();
        match (self.code.is_empty(), message.is_empty()) {
            (true, true) => format!("{what} (HTTP {status})"),
            (false, true) => format!("{what} (HTTP {status}, {})", self.code),
            (true, false) => format!("{what} (HTTP {status}): {message}"),
            (false, false) => format!("{what} (HTTP {status}, {}): {message}", self.code),
        }
    }
}
