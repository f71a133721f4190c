//! The whole table of answers.

use http::HeaderValue;

use super::*;
use crate::samples;

fn reply(status: u16, headers: &[(&'static str, &'static str)], body: &str) -> Reply {
    let headers = headers.iter().map(|(name, value)| {
        (
            http::HeaderName::from_static(name),
            HeaderValue::from_static(value),
        )
    });
    Reply {
        status: StatusCode::from_u16(status).unwrap(),
        headers: headers.collect(),
        body: body.as_bytes().to_vec(),
    }
}

/// Kind and code of a failure, or the name of the verdict.
fn word(verdict: &Verdict) -> String {
    match verdict {
        Verdict::Failed(failure) => format!("{} {}", failure.kind.name(), failure.code),
        Verdict::LoginNeeded(_) => "login".to_owned(),
        Verdict::Done => "done".to_owned(),
        Verdict::Absent => "absent".to_owned(),
        Verdict::CsrfNeeded => "csrf".to_owned(),
        Verdict::Stale => "stale".to_owned(),
        Verdict::Duplicate { .. } => "duplicate".to_owned(),
    }
}

#[test]
fn the_status_decides_what_no_code_decides() {
    let profile = samples::sim();
    for (status, expected) in [
        (200, "done"),
        (201, "done"),
        (204, "done"),
        (202, "in-doubt erp-rest.accepted"),
        (301, "misconfigured erp-rest.wrong-address"),
        (304, "misconfigured erp-rest.wrong-address"),
        (400, "rejected erp-rest.refused"),
        (401, "login"),
        (403, "misconfigured erp-rest.forbidden"),
        (404, "absent"),
        (405, "misconfigured erp-rest.wrong-address"),
        (408, "in-doubt erp-rest.server-error"),
        (409, "duplicate"),
        (410, "absent"),
        (412, "stale"),
        (413, "rejected erp-rest.refused"),
        (415, "misconfigured erp-rest.wrong-address"),
        (422, "rejected erp-rest.refused"),
        (423, "unavailable erp-rest.busy"),
        (428, "stale"),
        (429, "throttled erp-rest.throttled"),
        (500, "in-doubt erp-rest.server-error"),
        (502, "in-doubt erp-rest.server-error"),
        (503, "in-doubt erp-rest.server-error"),
        (504, "in-doubt erp-rest.server-error"),
        (599, "in-doubt erp-rest.server-error"),
    ] {
        for body in [
            "",
            "<html>oops</html>",
            "{\"error\": {\"code\": \"NOBODY_KNOWS\"}}",
            "[1]",
        ] {
            let verdict = classify(&reply(status, &[], body), &profile);
            assert_eq!(word(&verdict), expected, "{status} {body}");
        }
    }
}

#[test]
fn a_code_of_the_profile_comes_before_the_status() {
    let profile = samples::sim();
    for (status, code, expected) in [
        (422, "PERIOD_CLOSED", "rejected erp-rest.period-closed"),
        (
            422,
            "CUSTOMER_BLOCKED",
            "rejected erp-rest.customer-blocked",
        ),
        (
            422,
            "UNKNOWN_CUSTOMER",
            "rejected erp-rest.unknown-reference",
        ),
        (422, "AMOUNT_OVER_INVOICE", "rejected erp-rest.over-invoice"),
        (422, "WRONG_TOTALS", "rejected erp-rest.wrong-totals"),
        (400, "MALFORMED", "rejected erp-rest.bad-shape"),
        (409, "ALREADY_EXISTS", "duplicate"),
        (
            409,
            "IDEMPOTENCY_IN_PROGRESS",
            "in-doubt erp-rest.in-progress",
        ),
        (422, "IDEMPOTENCY_KEY_REUSED", "duplicate"),
        (412, "ETAG_MISMATCH", "stale"),
        (403, "CSRF_REQUIRED", "csrf"),
        (429, "THROTTLED", "throttled erp-rest.throttled"),
    ] {
        let body = format!("{{\"error\": {{\"code\": \"{code}\", \"target\": \"/x\"}}}}");
        assert_eq!(
            word(&classify(&reply(status, &[], &body), &profile)),
            expected,
            "{code}"
        );
    }
}

#[test]
fn a_repeat_is_a_duplicate_also_when_it_comes_as_400() {
    let text = crate::profile::shipped("netsuite").unwrap();
    let netsuite = crate::profile::read(text, &toml::Table::new()).unwrap();
    let body =
        r#"{"o:errorDetails": [{"o:errorCode": "IDEMPOTENCY_ERROR", "detail": "was used"}]}"#;
    let verdict = classify(&reply(400, &[("location", "/job/1")], body), &netsuite);
    let Verdict::Duplicate { location, message } = verdict else {
        panic!("{verdict:?}")
    };
    assert_eq!(location.as_deref(), Some("/job/1"));
    assert!(message.contains("was used"), "{message}");
}

#[test]
fn a_503_is_harmless_only_where_the_profile_says_so() {
    let mut profile = samples::sim();
    let busy = reply(503, &[("retry-after", "1")], "");
    assert_eq!(
        word(&classify(&busy, &profile)),
        "in-doubt erp-rest.server-error"
    );
    profile.trust_503 = true;
    assert_eq!(
        word(&classify(&busy, &profile)),
        "unavailable erp-rest.busy"
    );
    assert_eq!(
        word(&classify(&reply(502, &[], ""), &profile)),
        "in-doubt erp-rest.server-error"
    );
}

#[test]
fn the_wait_is_read_in_seconds_and_as_a_date() {
    const NOW: (&str, &str) = ("date", "Wed, 21 Oct 2026 07:28:00 GMT");
    let profile = samples::sim();
    for (headers, seconds) in [
        (vec![("retry-after", "7")], Some(7)),
        (vec![("retry-after", " 0 ")], Some(0)),
        (
            vec![("retry-after", "Wed, 21 Oct 2026 07:29:30 GMT"), NOW],
            Some(90),
        ),
        (
            vec![("retry-after", "Wed, 21 Oct 2026 07:27:00 GMT"), NOW],
            Some(0),
        ),
        (vec![("retry-after", "Wed, 21 Oct 2026 07:29:30 GMT")], None),
        (vec![("retry-after", "soon")], None),
        (vec![("retry-after", "-1")], None),
        (vec![], None),
    ] {
        let Verdict::Failed(failure) = classify(&reply(429, &headers, ""), &profile) else {
            panic!()
        };
        let retry_after = seconds.map(Duration::from_secs);
        assert_eq!(
            failure.kind,
            FailureKind::Throttled { retry_after },
            "{headers:?}"
        );
    }
}

#[test]
fn a_failed_look_up_never_leaves_anything_in_doubt() {
    let profile = samples::sim();
    for (status, expected) in [
        (500, "unavailable"),
        (503, "unavailable"),
        (408, "unavailable"),
        (429, "throttled"),
        (400, "misconfigured"),
        (403, "misconfigured"),
    ] {
        let Verdict::Failed(failure) = classify(&reply(status, &[], ""), &profile) else {
            panic!()
        };
        assert_eq!(harmless(failure).kind.name(), expected, "{status}");
    }
}

/// Whole answers as they come over the wire: `testdata/answers/CONDITION.PROFILE.http` becomes `.err`, a line that says kind, code
/// and sentence. `UPDATE_EXPECT=1` writes it.
#[test]
fn every_answer_means_what_its_golden_says() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata/answers");
    let mut compared = 0;
    for entry in std::fs::read_dir(&folder).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_none_or(|ending| ending != "http") {
            continue;
        }
        let stem = path.file_stem().unwrap().to_str().unwrap();
        let text = crate::profile::shipped(stem.split_once('.').unwrap().1).unwrap();
        let profile = crate::profile::read(text, &toml::Table::new()).unwrap();
        let verdict = classify(&parse(&std::fs::read_to_string(&path).unwrap()), &profile);
        let sentence = match &verdict {
            Verdict::Failed(failure) | Verdict::LoginNeeded(failure) => failure.to_string(),
            Verdict::Duplicate { location, message } => format!("{message} {location:?}"),
            Verdict::Done | Verdict::Absent | Verdict::CsrfNeeded | Verdict::Stale => String::new(),
        };
        let found = format!("{}\n{sentence}\n", word(&verdict));
        let golden = path.with_extension("err");
        let expected = std::fs::read_to_string(&golden).unwrap_or_default();
        if found != expected && std::env::var_os("UPDATE_EXPECT").is_some() {
            std::fs::write(&golden, &found).unwrap();
        } else {
            assert_eq!(
                found,
                expected,
                "{}: run again with UPDATE_EXPECT=1",
                golden.display()
            );
        }
        compared += 1;
    }
    assert!(compared >= 5, "{compared}");
}

fn parse(text: &str) -> Reply {
    let (head, body) = text.split_once("\n\n").unwrap();
    let mut lines = head.lines();
    let status = lines
        .next()
        .unwrap()
        .split(' ')
        .nth(1)
        .unwrap()
        .parse()
        .unwrap();
    let headers = lines.map(|line| {
        let (name, value) = line.split_once(": ").unwrap();
        (
            name.parse::<http::HeaderName>().unwrap(),
            value.parse::<HeaderValue>().unwrap(),
        )
    });
    Reply {
        status: StatusCode::from_u16(status).unwrap(),
        headers: headers.collect(),
        body: body.as_bytes().to_vec(),
    }
}
