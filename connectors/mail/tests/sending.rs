//! Each way in which a conversation can go wrong, and what is known afterwards.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "tests")]

mod common;

use canonical::Command;
use connector::{Confirmation, DuplicateGuard, Failure, FailureKind, Outbound, Settings};
use mail::CONNECTOR;
use simulators::faults::{Fault, Rule};
use simulators::mail::{Config, MailSim};
use testkit::conformance::SilentPorts;

async fn send(settings: &Settings, command: &Command) -> Result<Confirmation, Failure> {
    let built = (CONNECTOR.build)(settings, &SilentPorts).unwrap();
    let body = built.codec.encode(command).unwrap();
    let sink = built.sink.unwrap();
    assert_eq!(sink.guard(), DuplicateGuard::None);
    let outbound = Outbound {
        key: &command.effect_key,
        command,
        body: &body,
    };
    sink.send(outbound).await
}

#[tokio::test]
async fn a_message_arrives_as_it_was_written() {
    let sim = MailSim::start(Config::default()).await.unwrap();
    let command = common::credited("C20020");
    let settings = common::leading_to(sim.addr().port(), None);
    let confirmation = send(&settings, &command).await.unwrap();
    let ledger = sim.ledger();
    assert_eq!(ledger.len(), 1);
    let mail = &ledger[0];
    assert_eq!(mail.from, "returns@example.com");
    assert_eq!(
        mail.to,
        ["retouren@kunde.example", "buchhaltung@kunde.example"]
    );
    let id = format!("<{}>", mail.message_id);
    assert_eq!(confirmation.document.doc_no, id);
    assert!(id.contains(command.effect_key.as_str()));
    let codec = (CONNECTOR.codec)(&settings).unwrap();
    assert_eq!(mail.text.as_bytes(), codec.encode(&command).unwrap());
}

/// Fault, on what, what is known, the code, whether the message was taken.
const WEATHER: &[(Fault, &str, FailureKind, &str, usize)] = &[
    (
        Fault::Unavailable,
        "CONNECT",
        FailureKind::Unavailable,
        "mail.not-now",
        0,
    ),
    (
        Fault::DropBefore,
        "RCPT",
        FailureKind::Unavailable,
        "mail.unreachable",
        0,
    ),
    (
        Fault::Throttle,
        "RCPT",
        FailureKind::Unavailable,
        "mail.not-now",
        0,
    ),
    (
        Fault::Refuse,
        "RCPT",
        FailureKind::Rejected,
        "mail.refused",
        0,
    ),
    (
        Fault::Unavailable,
        "DATA",
        FailureKind::Unavailable,
        "mail.not-now",
        0,
    ),
    (
        Fault::Refuse,
        "DATA",
        FailureKind::Rejected,
        "mail.refused",
        0,
    ),
    (
        Fault::CommitThenDrop,
        "DATA",
        FailureKind::InDoubt,
        "mail.no-answer",
        1,
    ),
    (
        Fault::CommitThenHang,
        "DATA",
        FailureKind::InDoubt,
        "mail.no-answer",
        1,
    ),
    (
        Fault::Garbage,
        "DATA",
        FailureKind::InDoubt,
        "mail.no-answer",
        1,
    ),
];

#[tokio::test]
async fn only_what_was_handed_over_whole_is_in_doubt() {
    for (fault, operation, kind, code, taken) in WEATHER {
        let config = Config {
            faults: vec![Rule::once(*fault).on(*operation)],
            ..Config::default()
        };
        let sim = MailSim::start(config).await.unwrap();
        let settings = common::leading_to(sim.addr().port(), None);
        let command = common::credited("C10010");
        let failure = send(&settings, &command).await.unwrap_err();
        assert_eq!(
            (failure.kind, failure.code),
            (*kind, *code),
            "{fault:?} on {operation}: {failure}"
        );
        assert_eq!(sim.ledger().len(), *taken, "{fault:?} on {operation}");
        assert_eq!(sim.faults().injected().len(), 1, "{fault:?} on {operation}");
    }
}

#[tokio::test]
async fn a_server_that_wants_a_login_or_has_no_tls_is_a_matter_of_configuration() {
    let config = Config {
        login: Some(("returns".to_owned(), "right".to_owned())),
        ..Config::default()
    };
    let sim = MailSim::start(config).await.unwrap();
    let port = sim.addr().port();
    let command = common::credited("C10010");
    let failure = send(&common::leading_to(port, None), &command).await;
    assert_eq!(failure.unwrap_err().code, "mail.credentials");
    let mut private = common::leading_to(port, Some("right"));
    private.table.insert("security".into(), "starttls".into());
    let failure = send(&private, &command).await.unwrap_err();
    assert_eq!(failure.code, "mail.not-private");
    assert_eq!(failure.kind, FailureKind::Misconfigured);
    assert_eq!(sim.ledger(), []);
}
