//! What a partner's answer to a `POST` means. Pure.
//!
//! - 2xx with a document that carries our key is `Confirmation`. 2xx with anything else is `InDoubt`: something was done.
//! - 409 with a document that carries our key is a duplicate; 409 that says "exists" without showing it is `InDoubt`, so
//!   that it is looked up; any other 409 is `Rejected`.
//! - 408, 500, 502, 504 are `InDoubt`: the partner may have committed before it failed. 503 too, unless the partner
//!   guarantees (`trust_503`) that it then did nothing.
//! - 401, 403 are `Misconfigured`: no request will work. So are 404 and 405 where there ought to be a collection, and
//!   redirections. 404 about one document (a cancellation) with the partner's own error text is `Rejected`: the address
//!   is right, the document is not there.

use canonical::effect::ErpRef;
use connector::mapping::{Json, read};
use connector::{Confirmation, Failure, FailureKind};

use super::client::Answer;
use crate::failures;
use crate::wire;

/// What the answer is judged by.
pub(super) struct Rules<'a> {
    pub(super) what: &'static str,
    pub(super) key: &'a str,
    /// True if the request was about one document that must be there.
    pub(super) about_one: bool,
    pub(super) trust_503: bool,
    pub(super) exists_codes: &'a [String],
}

/// Classifies an answer.
pub(super) fn classify(rules: &Rules<'_>, answer: &Answer) -> Result<Confirmation, Failure> {
    let (status, error) = (answer.status.as_u16(), error(&answer.body));
    let said = said(status, error.as_ref());
    match status {
        200..=299 => confirmed(rules, answer).ok_or_else(|| {
            let what = format!("{said}, but the answer is no {} under our key", rules.what);
            Failure::in_doubt(failures::UNREADABLE_ANSWER, what)
        }),
        300..=399 | 405 => Err(Failure::misconfigured(failures::WRONG_ADDRESS, said)),
        401 | 403 => Err(Failure::misconfigured(failures::CREDENTIALS, said)),
        404 if rules.about_one && error.is_some() => {
            Err(Failure::rejected(failures::REFUSED, said))
        }
        404 => Err(Failure::misconfigured(failures::WRONG_ADDRESS, said)),
        408 => Err(Failure::in_doubt(failures::SERVER_ERROR, said)),
        409 => conflict(rules, answer, error.as_ref(), said),
        429 => {
            let kind = FailureKind::Throttled {
                retry_after: answer.wait,
            };
            Err(Failure::new(kind, failures::THROTTLED, said))
        }
        400..=499 => Err(Failure::rejected(failures::REFUSED, said)),
        503 if rules.trust_503 => Err(match answer.wait {
            Some(wait) => {
                let kind = FailureKind::Throttled {
                    retry_after: Some(wait),
                };
                Failure::new(kind, failures::UNAVAILABLE, said)
            }
            None => Failure::unavailable(failures::UNAVAILABLE, said),
        }),
        _ => Err(Failure::in_doubt(failures::SERVER_ERROR, said)),
    }
}

fn confirmed(rules: &Rules<'_>, answer: &Answer) -> Option<Confirmation> {
    let told = wire::told(&answer.body)?;
    let ours = told.keys.iter().any(|key| key == rules.key);
    ours.then(|| Confirmation {
        document: reference(rules.what, &told),
        duplicate: answer.duplicate,
    })
}

fn conflict(
    rules: &Rules<'_>,
    answer: &Answer,
    error: Option<&PartnerError>,
    said: String,
) -> Result<Confirmation, Failure> {
    if let Some(confirmation) = confirmed(rules, answer) {
        return Ok(Confirmation {
            duplicate: true,
            ..confirmation
        });
    }
    if error.is_some_and(|error| rules.exists_codes.contains(&error.code)) {
        return Err(Failure::in_doubt(failures::ALREADY_THERE, said));
    }
    Err(Failure::rejected(failures::REFUSED, said))
}

/// The document as we keep it.
pub(super) fn reference(what: &str, told: &wire::Told) -> ErpRef {
    ErpRef::new(what, told.id.clone())
}

/// The partner's own error: `{"error": {"code", "message"}}`.
pub(super) struct PartnerError {
    code: String,
    message: String,
}

/// Reads it, if there is one.
pub(super) fn error(body: &[u8]) -> Option<PartnerError> {
    let json = read(body).ok()?;
    let error = json.get("error")?;
    let text = |name: &str| error.get(name).and_then(Json::as_text).map(str::to_owned);
    Some(PartnerError {
        code: text("code")?,
        message: text("message").unwrap_or_default(),
    })
}

/// What the partner said, for people; shortened.
pub(super) fn said(status: u16, error: Option<&PartnerError>) -> String {
    match error {
        Some(error) => {
            let message: String = error.message.chars().take(200).collect();
            format!("the partner answered {status} {}: {message}", error.code)
        }
        None => format!("the partner answered {status}"),
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use reqwest::StatusCode;

    use super::*;

    const DOCUMENT: &str =
        r#"{"asnId":"asn-000001","externalReference":"rt1-k","rmaNumber":"RMA-1"}"#;

    fn verdict(status: u16, body: &str, about_one: bool, trust_503: bool) -> String {
        let answer = Answer {
            status: StatusCode::from_u16(status).unwrap(),
            wait: Some(Duration::from_secs(7)),
            duplicate: false,
            body: body.as_bytes().to_vec(),
        };
        let exists_codes = ["ALREADY_EXISTS".to_owned()];
        let rules = Rules {
            what: "asn",
            key: "rt1-k",
            about_one,
            trust_503,
            exists_codes: &exists_codes,
        };
        match classify(&rules, &answer) {
            Ok(confirmation) => format!(
                "{} duplicate={}",
                confirmation.document.doc_no, confirmation.duplicate
            ),
            Err(failure) => format!("{} {}", failure.kind.name(), failure.code),
        }
    }

    #[test]
    fn every_answer_means_something() {
        let exists = r#"{"error":{"code":"ALREADY_EXISTS","message":"m"}}"#;
        let in_use = r#"{"error":{"code":"RMA_IN_USE","message":"m"}}"#;
        let other = DOCUMENT.replace("rt1-k", "rt1-other");
        for (status, body, expected) in [
            (201, DOCUMENT, "asn-000001 duplicate=false"),
            (200, DOCUMENT, "asn-000001 duplicate=false"),
            (200, other.as_str(), "in-doubt wms-json.unreadable-answer"),
            (200, "<html>", "in-doubt wms-json.unreadable-answer"),
            (200, "", "in-doubt wms-json.unreadable-answer"),
            (204, "", "in-doubt wms-json.unreadable-answer"),
            (
                200,
                r#"{"asnId":"asn-0"#,
                "in-doubt wms-json.unreadable-answer",
            ),
            (302, "", "misconfigured wms-json.wrong-address"),
            (400, "", "rejected wms-json.refused"),
            (401, "", "misconfigured wms-json.credentials"),
            (403, "", "misconfigured wms-json.credentials"),
            (404, "", "misconfigured wms-json.wrong-address"),
            (405, "", "misconfigured wms-json.wrong-address"),
            (408, "", "in-doubt wms-json.server-error"),
            (409, DOCUMENT, "asn-000001 duplicate=true"),
            (409, exists, "in-doubt wms-json.already-there"),
            (409, in_use, "rejected wms-json.refused"),
            (409, "", "rejected wms-json.refused"),
            (422, in_use, "rejected wms-json.refused"),
            (429, "", "throttled wms-json.throttled"),
            (500, "", "in-doubt wms-json.server-error"),
            (502, "", "in-doubt wms-json.server-error"),
            (503, "", "in-doubt wms-json.server-error"),
            (504, "", "in-doubt wms-json.server-error"),
            (599, "", "in-doubt wms-json.server-error"),
        ] {
            assert_eq!(
                verdict(status, body, false, false),
                expected,
                "{status} {body}"
            );
        }
        assert_eq!(
            verdict(404, in_use, true, false),
            "rejected wms-json.refused"
        );
        assert_eq!(
            verdict(404, "", true, false),
            "misconfigured wms-json.wrong-address"
        );
        assert_eq!(
            verdict(503, "", false, true),
            "throttled wms-json.unavailable"
        );
    }
}
