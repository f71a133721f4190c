//! What the ERP's answers mean. Pure: takes status, headers and body, returns a [`Verdict`].
//!
//! The status comes first: what a proxy says in HTML is not read as a fault. Then the fault, then the result lines.

use std::time::Duration;

use connector::{Failure, FailureKind};
use http::header::{CONTENT_TYPE, DATE, RETRY_AFTER};
use http::{HeaderMap, StatusCode};

use crate::failures;
use crate::profile::Profile;
use crate::wire::{Answer, Element, read};

mod meaning;
mod results;

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
    /// Done: the element in its body.
    Done(Element),
    /// There is no such document.
    Absent(String),
    /// The ERP has it already: to be verified by a look-up. Its sentence.
    Duplicate(String),
    /// It did not work.
    Failed(Failure),
}

/// Classifies an answer to a request that changes something. `key` is ours.
pub(crate) fn classify(reply: &Reply, profile: &Profile, key: &str) -> Verdict {
    if let Some(failure) = by_status(reply, profile) {
        return Verdict::Failed(failure);
    }
    let content_type = header(&reply.headers, &CONTENT_TYPE).unwrap_or_default();
    let status = reply.status;
    match read(&reply.body, content_type) {
        Ok(Answer::Fault(fault)) => meaning::of_fault(&fault, profile, reply),
        Ok(Answer::Said(element)) if status.is_success() => {
            match results::judge(&element, profile, key, reply) {
                Some(verdict) => verdict,
                None => Verdict::Done(element),
            }
        }
        Ok(Answer::Said(element)) => {
            let what = format!("a {} without a fault", element.name);
            Verdict::Failed(broken(status, &what))
        }
        Err(what) if status.is_success() => Verdict::Failed(Failure::in_doubt(
            failures::GARBAGE,
            format!("the answer could not be read: {what}"),
        )),
        Err(what) => Verdict::Failed(broken(status, &what)),
    }
}

/// A status that says an error, and a body that is no fault.
fn broken(status: StatusCode, what: &str) -> Failure {
    let status = status.as_u16();
    if status < 500 && status != 408 {
        let message = format!("the request was refused (HTTP {status}, no fault: {what})");
        Failure::rejected(failures::BAD_SHAPE, message)
    } else {
        let message =
            format!("the ERP failed while working on it (HTTP {status}, no fault: {what})");
        Failure::in_doubt(failures::SERVER_ERROR, message)
    }
}

/// What the status alone decides: nothing for 2xx, and for errors that a fault may explain.
fn by_status(reply: &Reply, profile: &Profile) -> Option<Failure> {
    let status = reply.status.as_u16();
    let said = |what: &str| format!("{what} (HTTP {status})");
    match status {
        200 | 201 | 203..=299 => None,
        202 => Some(Failure::in_doubt(
            failures::ACCEPTED,
            said("the ERP will work on it later"),
        )),
        401 | 407 => Some(Failure::misconfigured(
            failures::UNAUTHORIZED,
            said("the credentials were not accepted"),
        )),
        403 => Some(Failure::misconfigured(
            failures::FORBIDDEN,
            said("the account may not do this"),
        )),
        300..=399 | 404 | 405 | 406 | 410 | 415 | 426 => Some(Failure::misconfigured(
            failures::WRONG_ADDRESS,
            said("the address leads elsewhere, or wants another version of SOAP"),
        )),
        429 => Some(throttled(&reply.headers, said("too many requests"))),
        503 if profile.trust_503 => match retry_after(&reply.headers) {
            None => Some(Failure::unavailable(
                failures::BUSY,
                said("the ERP is busy and did nothing"),
            )),
            Some(_) => Some(throttled(
                &reply.headers,
                said("the ERP is busy and did nothing"),
            )),
        },
        400..=500 => None,
        _ => Some(Failure::in_doubt(
            failures::SERVER_ERROR,
            said("the ERP, or something in front of it, failed"),
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
        FailureKind::InDoubt | FailureKind::Malformed | FailureKind::Unacknowledged => Failure {
            kind: FailureKind::Unavailable,
            code: failures::LOOK_UP_FAILED,
            ..failure
        },
        FailureKind::Unavailable | FailureKind::Throttled { .. } | FailureKind::Misconfigured => {
            failure
        }
    }
}

/// The partner asks to wait.
fn throttled(headers: &HeaderMap, message: String) -> Failure {
    let kind = FailureKind::Throttled {
        retry_after: retry_after(headers),
    };
    Failure::new(kind, failures::THROTTLED, message)
}

/// `Retry-After`: seconds, or an HTTP date (RFC 9110, 10.2.3). A date is measured against the answer's own `Date`, so that
/// neither a clock of ours nor a wrong clock of theirs matters.
fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let wanted = header(headers, &RETRY_AFTER)?;
    if let Ok(seconds) = wanted.parse::<u64>() {
        return Some(Duration::from_secs(seconds));
    }
    let instant = |text: &str| {
        jiff::fmt::rfc2822::parse(text)
            .ok()
            .map(|zoned| zoned.timestamp())
    };
    let wait = instant(wanted)?.duration_since(instant(header(headers, &DATE)?)?);
    Some(Duration::try_from(wait).unwrap_or(Duration::ZERO))
}

fn header<'h>(headers: &'h HeaderMap, name: &http::HeaderName) -> Option<&'h str> {
    headers.get(name)?.to_str().ok().map(str::trim)
}

#[cfg(test)]
mod tests;
