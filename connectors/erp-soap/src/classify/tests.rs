//! The whole table of answers.

use http::HeaderValue;

use super::*;
use crate::samples;

const KEY: &str = "rt1-xdshrpoietqlyvbtztyknmxu2a";

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
        Verdict::Done(_) => "done".to_owned(),
        Verdict::Absent(_) => "absent".to_owned(),
        Verdict::Duplicate(_) => "duplicate".to_owned(),
    }
}

fn envelope(inside: &str) -> String {
    format!(
        "<s:Envelope xmlns:s=\"http://schemas.xmlsoap.org/soap/envelope/\"><s:Body>{inside}</s:Body></s:Envelope>"
    )
}

fn fault(code: &str) -> String {
    envelope(&format!(
        "<s:Fault><faultcode>s:{code}</faultcode><faultstring>why</faultstring></s:Fault>"
    ))
}

#[test]
fn the_status_comes_before_the_body() {
    let profile = samples::profile("sim");
    let bodies = [
        String::new(),
        "<html><body>oops".to_owned(),
        fault("Server.Whatever"),
        fault("Client.PeriodClosed"),
        envelope("<PostCreditMemoResponse/>"),
    ];
    for (status, expected) in [
        (202, "in-doubt erp-soap.accepted"),
        (301, "misconfigured erp-soap.wrong-address"),
        (302, "misconfigured erp-soap.wrong-address"),
        (401, "misconfigured erp-soap.unauthorized"),
        (403, "misconfigured erp-soap.forbidden"),
        (404, "misconfigured erp-soap.wrong-address"),
        (405, "misconfigured erp-soap.wrong-address"),
        (415, "misconfigured erp-soap.wrong-address"),
        (429, "throttled erp-soap.throttled"),
        (501, "in-doubt erp-soap.server-error"),
        (502, "in-doubt erp-soap.server-error"),
        (503, "in-doubt erp-soap.server-error"),
        (504, "in-doubt erp-soap.server-error"),
        (599, "in-doubt erp-soap.server-error"),
    ] {
        for body in &bodies {
            let verdict = classify(&reply(status, &[], body), &profile, KEY);
            assert_eq!(word(&verdict), expected, "{status} {body}");
        }
    }
}

#[test]
fn a_body_that_is_no_answer_means_what_its_status_leaves_open() {
    let profile = samples::profile("sim");
    let cut = envelope("<PostCreditMemoResponse/>");
    let cut = cut.get(..cut.len() / 2).unwrap();
    for body in ["", "<html><h1>500</h1>", "{}", cut] {
        for (status, expected) in [
            (200, "in-doubt erp-soap.garbage"),
            (400, "rejected erp-soap.bad-shape"),
            (408, "in-doubt erp-soap.server-error"),
            (413, "rejected erp-soap.bad-shape"),
            (500, "in-doubt erp-soap.server-error"),
        ] {
            let verdict = classify(&reply(status, &[], body), &profile, KEY);
            assert_eq!(word(&verdict), expected, "{status} {body}");
        }
    }
    let said = envelope("<PostCreditMemoResponse/>");
    for (status, expected) in [(200, "done"), (500, "in-doubt erp-soap.server-error")] {
        let verdict = classify(&reply(status, &[], &said), &profile, KEY);
        assert_eq!(word(&verdict), expected);
    }
}

#[test]
fn a_fault_means_what_the_profile_says_and_else_whose_fault_it_was() {
    let profile = samples::profile("legacy-erp");
    for (code, expected) in [
        (
            "Client.UnknownCustomer",
            "rejected erp-soap.unknown-reference",
        ),
        (
            "Client.CustomerBlocked",
            "rejected erp-soap.customer-blocked",
        ),
        ("Client.TotalMismatch", "rejected erp-soap.wrong-totals"),
        ("Client.KeyConflict", "rejected erp-soap.key-conflict"),
        ("Client.DuplicateDocument", "duplicate"),
        ("Server.PeriodClosed", "rejected erp-soap.period-closed"),
        ("Server.Busy", "unavailable erp-soap.busy"),
        (
            "Client.SchemaValidationError",
            "rejected erp-soap.bad-shape",
        ),
        ("Client.NeverHeardOf", "rejected erp-soap.refused"),
        ("Client", "rejected erp-soap.refused"),
        ("Server.Internal", "in-doubt erp-soap.server-error"),
        ("Server", "in-doubt erp-soap.server-error"),
        ("", "in-doubt erp-soap.server-error"),
        (
            "Client.FailedAuthentication",
            "misconfigured erp-soap.unauthorized",
        ),
        (
            "InvalidSecurityToken",
            "misconfigured erp-soap.unauthorized",
        ),
        ("MustUnderstand", "misconfigured erp-soap.wrong-address"),
        ("VersionMismatch", "misconfigured erp-soap.wrong-address"),
    ] {
        // Some send a fault with 200, some a client's with 400.
        for status in [500, 200, 400] {
            let verdict = classify(&reply(status, &[], &fault(code)), &profile, KEY);
            assert_eq!(word(&verdict), expected, "{status} {code}");
        }
    }
}

fn lines(inside: &str) -> String {
    envelope(&format!(
        "<PostResponse><Result><RETURN>{inside}</RETURN></Result></PostResponse>"
    ))
}

fn line(kind: &str, code: &str) -> String {
    format!(
        "<item><TYPE>{kind}</TYPE><CODE>{code}</CODE><MESSAGE>m</MESSAGE><FIELD>F</FIELD></item>"
    )
}

#[test]
fn a_line_of_type_e_or_a_is_a_refusal_and_no_other() {
    let profile = samples::profile("sim");
    for (inside, expected) in [
        (line("S", "POSTED"), "done"),
        (line("W", "PERIOD_CLOSED"), "done"),
        (line("I", "WHATEVER"), "done"),
        (String::new(), "done"),
        (
            line("E", "PERIOD_CLOSED"),
            "rejected erp-soap.period-closed",
        ),
        (line("A", "WHATEVER"), "rejected erp-soap.refused"),
        (
            line("W", "X") + &line("E", "GENERAL") + &line("E", "CUSTOMER_BLOCKED"),
            "rejected erp-soap.customer-blocked",
        ),
    ] {
        let verdict = classify(&reply(200, &[], &lines(&inside)), &profile, KEY);
        assert_eq!(word(&verdict), expected, "{inside}");
        if let Verdict::Failed(failure) = verdict {
            assert_eq!(failure.place, "F");
        }
    }
}

#[test]
fn in_a_batch_the_line_of_our_document_decides() {
    let mut profile = samples::profile("sim");
    profile.answers.results.as_mut().unwrap().key = Some("KEY".to_owned());
    let line = |kind: &str, key: &str| {
        format!("<item><TYPE>{kind}</TYPE><CODE>PERIOD_CLOSED</CODE><KEY>{key}</KEY></item>")
    };
    for (inside, expected) in [
        (line("S", KEY) + &line("E", "rt1-other"), "done"),
        (
            line("E", KEY) + &line("S", "rt1-other"),
            "rejected erp-soap.period-closed",
        ),
        (line("S", "rt1-other"), "in-doubt erp-soap.wrong-document"),
        (line("E", "rt1-other"), "in-doubt erp-soap.wrong-document"),
    ] {
        let verdict = classify(&reply(200, &[], &lines(&inside)), &profile, KEY);
        assert_eq!(word(&verdict), expected, "{inside}");
    }
}

#[test]
fn a_503_is_harmless_only_where_the_profile_says_so() {
    let mut profile = samples::profile("sim");
    let busy = reply(503, &[], "");
    assert_eq!(
        word(&classify(&busy, &profile, KEY)),
        "in-doubt erp-soap.server-error"
    );
    profile.trust_503 = true;
    assert_eq!(
        word(&classify(&busy, &profile, KEY)),
        "unavailable erp-soap.busy"
    );
    let closed = reply(503, &[("retry-after", "60")], "");
    let Verdict::Failed(failure) = classify(&closed, &profile, KEY) else {
        panic!()
    };
    let retry_after = Some(Duration::from_mins(1));
    assert_eq!(failure.kind, FailureKind::Throttled { retry_after });
    assert_eq!(
        word(&classify(&reply(502, &[], ""), &profile, KEY)),
        "in-doubt erp-soap.server-error"
    );
}

#[test]
fn the_wait_is_read_in_seconds_and_as_a_date() {
    const NOW: (&str, &str) = ("date", "Wed, 21 Oct 2026 07:28:00 GMT");
    let profile = samples::profile("sim");
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
        (vec![("retry-after", "soon")], None),
        (vec![], None),
    ] {
        let Verdict::Failed(failure) = classify(&reply(429, &headers, ""), &profile, KEY) else {
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
    let profile = samples::profile("sim");
    for (status, body, expected) in [
        (500, String::new(), "unavailable"),
        (500, fault("Server.Internal"), "unavailable"),
        (500, fault("Client.Whatever"), "misconfigured"),
        (503, String::new(), "unavailable"),
        (200, String::new(), "unavailable"),
        (429, String::new(), "throttled"),
        (400, String::new(), "misconfigured"),
        (403, String::new(), "misconfigured"),
    ] {
        let Verdict::Failed(failure) = classify(&reply(status, &[], &body), &profile, KEY) else {
            panic!()
        };
        assert_eq!(harmless(failure).kind.name(), expected, "{status} {body}");
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
        let profile = samples::profile(stem.split_once('.').unwrap().1);
        let verdict = classify(&parse(&std::fs::read(&path).unwrap()), &profile, KEY);
        let sentence = match &verdict {
            Verdict::Failed(failure) => failure.to_string(),
            Verdict::Duplicate(message) | Verdict::Absent(message) => message.clone(),
            Verdict::Done(element) => element.name.clone(),
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
    assert!(compared >= 10, "{compared}");
}

/// No part of an answer is taken for the whole, and no damage makes anything panic.
#[test]
fn a_damaged_answer_is_never_a_yes() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata/answers");
    for name in [
        "warning-in-200.sim",
        "attachment.legacy-erp",
        "bapi-done.sap-bapi",
        "key-conflict-12.sim",
    ] {
        let bytes = std::fs::read(folder.join(format!("{name}.http"))).unwrap();
        let profile = samples::profile(name.split_once('.').unwrap().1);
        let whole = parse(&bytes);
        // Behind its last mark an answer may lose line ends, and an answer in parts the parts that are not read.
        let end = whole
            .body
            .windows(11)
            .rposition(|mark| mark == b"v:Envelope>" || mark == b"p:Envelope>")
            .unwrap();
        for length in 0..=end {
            let mut cut = whole.clone();
            cut.body.truncate(length);
            let verdict = classify(&cut, &profile, KEY);
            assert!(
                matches!(&verdict, Verdict::Failed(failure) if failure.kind == FailureKind::InDoubt),
                "{name} {length}: {verdict:?}"
            );
        }
        for at in 0..whole.body.len() {
            for byte in [0, b'<', b'&', b'\"', 0xff] {
                let mut damaged = whole.clone();
                damaged.body[at] = byte;
                // Whatever it means: it says so.
                let _ = word(&classify(&damaged, &profile, KEY));
            }
        }
    }
}

/// Head in ASCII, an empty line, and the body byte for byte.
fn parse(bytes: &[u8]) -> Reply {
    let end = bytes.windows(2).position(|two| two == b"\n\n").unwrap();
    let (head, body) = (str::from_utf8(&bytes[..end]).unwrap(), &bytes[end + 2..]);
    let mut lines = head.lines();
    let status = lines.next().unwrap().split(' ').nth(1).unwrap();
    let headers = lines.map(|line| {
        let (name, value) = line.split_once(": ").unwrap();
        (
            name.parse::<http::HeaderName>().unwrap(),
            value.parse::<HeaderValue>().unwrap(),
        )
    });
    Reply {
        status: StatusCode::from_u16(status.parse().unwrap()).unwrap(),
        headers: headers.collect(),
        body: body.to_vec(),
    }
}
