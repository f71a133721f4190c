//! What the ERP's answers mean. Pure: takes status, headers and body, returns a [`Verdict`].

use std::time::Duration;

use connector::{Failure, FailureKind};
use http::header::{DATE, LOCATION, RETRY_AFTER};
use http::{HeaderMap, StatusCode};
use serde_json::Value;

use crate::failures;
use crate::profile::{Meaning, Profile};
use crate::wire;

/// An answer as received.
#[derive(Debug, Clone)]
pub(crate) struct Reply {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Vec<u8>,
}

/// What an answer means.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// Done; the body is still to be read.
    Done,
    /// Nothing is there under this address.
    Absent,
    /// The credentials were not accepted: not applied.
    LoginNeeded(Failure),
    /// A token against forged requests is needed: not applied.
    CsrfNeeded,
    /// The document changed since it was read: not applied.
    Stale,
    /// The ERP has it already: to be verified by a look-up.
    Duplicate {
        /// Where the first one is, if it says.
        location: Option<String>,
        /// Its sentence.
        message: String,
    },
    /// It did not work.
    Failed(Failure),
}

/// Classifies an answer to a request that changes something.
///
/// - What the profile says of the error code counts first; the status alone decides the rest.
/// - 5xx is `InDoubt`: an ERP may commit before its gateway gives up. 503 is `Unavailable` only where the profile says so.
/// - 409 without a known code is a duplicate to be verified: nothing is lost by looking.
/// - Everything else in 4xx was understood and refused.
pub(crate) fn classify(reply: &Reply, profile: &Profile) -> Verdict {
    let status = reply.status.as_u16();
    if matches!(status, 200 | 201 | 203..=299) {
        return Verdict::Done;
    }
    let said = Said::of(reply, profile);
    let refused = |code, what: &str| {
        Verdict::Failed(Failure::rejected(code, said.sentence(what)).at(said.target.clone()))
    };
    if let Some(meaning) = said.meaning {
        return match meaning {
            Meaning::Duplicate => said.duplicate(reply),
            Meaning::InProgress => Verdict::Failed(Failure::in_doubt(
                failures::IN_PROGRESS,
                said.sentence("an earlier request with this key is still being worked on"),
            )),
            Meaning::Stale => Verdict::Stale,
            Meaning::CsrfRequired => Verdict::CsrfNeeded,
            Meaning::Throttled => Verdict::Failed(throttled(reply, &said)),
            Meaning::Busy => Verdict::Failed(Failure::unavailable(
                failures::BUSY,
                said.sentence("the ERP is busy and did nothing"),
            )),
            Meaning::PeriodClosed => refused(failures::PERIOD_CLOSED, "the period is closed"),
            Meaning::CustomerBlocked => {
                refused(failures::CUSTOMER_BLOCKED, "the customer is blocked")
            }
            Meaning::UnknownReference => refused(
                failures::UNKNOWN_REFERENCE,
                "something named in it is not known",
            ),
            Meaning::OverInvoice => {
                refused(failures::OVER_INVOICE, "more than the invoice has left")
            }
            Meaning::WrongTotals => refused(failures::WRONG_TOTALS, "the sums are not accepted"),
            Meaning::BadShape => refused(failures::BAD_SHAPE, "the body was not understood"),
            Meaning::Refused => refused(failures::REFUSED, "the ERP refused"),
            Meaning::Forbidden => Verdict::Failed(Failure::misconfigured(
                failures::FORBIDDEN,
                said.sentence("the account may not do this"),
            )),
        };
    }
    match status {
        202 => Verdict::Failed(Failure::in_doubt(
            failures::ACCEPTED,
            said.sentence("the ERP will work on it later"),
        )),
        401 => Verdict::LoginNeeded(Failure::misconfigured(
            failures::UNAUTHORIZED,
            said.sentence("the credentials were not accepted"),
        )),
        403 if asks_for_csrf(reply, profile) => Verdict::CsrfNeeded,
        403 => Verdict::Failed(Failure::misconfigured(
            failures::FORBIDDEN,
            said.sentence("the account may not do this"),
        )),
        404 | 410 => Verdict::Absent,
        300..=399 | 405 | 406 | 415 => Verdict::Failed(Failure::misconfigured(
            failures::WRONG_ADDRESS,
            said.sentence("the address leads elsewhere"),
        )),
        409 => said.duplicate(reply),
        412 | 428 => Verdict::Stale,
        423 | 425 => Verdict::Failed(Failure::unavailable(
            failures::BUSY,
            said.sentence("the ERP is busy and did nothing"),
        )),
        429 => Verdict::Failed(throttled(reply, &said)),
        400..=499 if status != 408 => refused(failures::REFUSED, "the ERP refused"),
        503 if profile.trust_503 => Verdict::Failed(Failure::unavailable(
            failures::BUSY,
            said.sentence("the ERP is busy and did nothing"),
        )),
        _ => Verdict::Failed(Failure::in_doubt(
            failures::SERVER_ERROR,
            said.sentence("the ERP failed while working on it"),
        )),
    }
}

/// The same answer to a request that only reads: whatever failed, nothing was changed.
pub(crate) fn harmless(failure: Failure) -> Failure {
    match failure.kind {
        FailureKind::Rejected => Failure {
            kind: FailureKind::Misconfigured,
            code: failures::WRONG_ADDRESS,
            ..failure
        },
        FailureKind::InDoubt | FailureKind::Unacknowledged | FailureKind::Malformed => Failure {
            kind: FailureKind::Unavailable,
            code: failures::LOOK_UP_FAILED,
            ..failure
        },
        FailureKind::Unavailable | FailureKind::Throttled { .. } | FailureKind::Misconfigured => {
            failure
        }
    }
}

/// What the body says of an error.
struct Said {
    status: StatusCode,
    code: String,
    message: String,
    target: String,
    meaning: Option<Meaning>,
}

impl Said {
    fn of(reply: &Reply, profile: &Profile) -> Self {
        let body = wire::read(&reply.body).unwrap_or(Value::Null);
        let first = |pointers: &[String]| {
            pointers
                .iter()
                .find_map(|pointer| wire::text_at(&body, pointer))
                .unwrap_or_default()
        };
        let code = first(&profile.answers.code_at);
        Self {
            status: reply.status,
            meaning: profile.answers.codes.get(&code).copied(),
            message: first(&profile.answers.message_at)
                .chars()
                .take(300)
                .collect(),
            target: first(&profile.answers.target_at)
                .chars()
                .take(100)
                .collect(),
            code,
        }
    }

    fn sentence(&self, what: &str) -> String {
        let status = self.status.as_u16();
        match (self.code.is_empty(), self.message.is_empty()) {
            (true, true) => format!("{what} (HTTP {status})"),
            (false, true) => format!("{what} (HTTP {status}, {})", self.code),
            (true, false) => format!("{what} (HTTP {status}): {}", self.message),
            (false, false) => format!("{what} (HTTP {status}, {}): {}", self.code, self.message),
        }
    }

    fn duplicate(&self, reply: &Reply) -> Verdict {
        let location = reply
            .headers
            .get(LOCATION)
            .and_then(|value| value.to_str().ok());
        Verdict::Duplicate {
            location: location.map(str::to_owned),
            message: self.sentence("the ERP has it already"),
        }
    }
}

fn asks_for_csrf(reply: &Reply, profile: &Profile) -> bool {
    profile.csrf.as_ref().is_some_and(|csrf| {
        let value = reply
            .headers
            .get(&csrf.header)
            .and_then(|value| value.to_str().ok());
        value.is_some_and(|value| value.eq_ignore_ascii_case(&csrf.required))
    })
}

fn throttled(reply: &Reply, said: &Said) -> Failure {
    let kind = FailureKind::Throttled {
        retry_after: retry_after(&reply.headers),
    };
    Failure::new(
        kind,
        failures::THROTTLED,
        said.sentence("too many requests"),
    )
}

/// `Retry-After`: seconds, or an HTTP date (RFC 9110, 10.2.3). A date is measured against the answer's own `Date`, so that
/// neither a clock of ours nor a wrong clock of theirs matters.
fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let text = |name| headers.get(name)?.to_str().ok().map(str::trim);
    let wanted = text(RETRY_AFTER)?;
    if let Ok(seconds) = wanted.parse::<u64>() {
        return Some(Duration::from_secs(seconds));
    }
    let instant = |text: &str| {
        jiff::fmt::rfc2822::parse(text)
            .ok()
            .map(|zoned| zoned.timestamp())
    };
    let wait = instant(wanted)?.duration_since(instant(text(DATE)?)?);
    Some(Duration::try_from(wait).unwrap_or(Duration::ZERO))
}

#[cfg(test)]
mod tests;
