//! What becomes of a command, byte for byte, and what is refused.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "tests")]

mod common;

use canonical::command::AnnouncementCancel;
use canonical::crosswalk::Direction;
use canonical::{BusinessCode, CommandData};
use connector::{FailureKind, Settings};
use mail::CONNECTOR;

fn encode(settings: &Settings, command: &canonical::Command) -> Result<String, connector::Failure> {
    let codec = (CONNECTOR.codec)(settings).unwrap();
    codec
        .encode(command)
        .map(|bytes| String::from_utf8(bytes).unwrap())
}

/// `CONDITION.command.json` gives `CONDITION.eml`, or `CONDITION.err`. `UPDATE_EXPECT=1` writes what is found.
#[test]
fn each_condition_gives_its_message() {
    let folder = common::home().join("testdata");
    let mut conditions = 0;
    for entry in std::fs::read_dir(&folder).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        let Some(condition) = name.strip_suffix(".command.json") else {
            continue;
        };
        conditions += 1;
        let command = std::fs::read_to_string(folder.join(&name)).unwrap();
        let command = serde_json::from_str(&command).unwrap();
        let (found, kind) = match encode(&common::block(), &command) {
            Ok(text) => (text, "eml"),
            Err(failure) => (format!("{}\n{}\n", failure.code, failure.message), "err"),
        };
        let path = folder.join(format!("{condition}.{kind}"));
        let expected = std::fs::read_to_string(&path).unwrap_or_default();
        if expected != found && std::env::var_os("UPDATE_EXPECT").is_some() {
            std::fs::write(&path, &found).unwrap();
            continue;
        }
        assert_eq!(
            expected, found,
            "{condition}: run again with UPDATE_EXPECT=1"
        );
    }
    assert!(conditions >= 10, "{conditions}");
}

#[test]
fn an_unknown_customer_lacks_an_address_that_can_be_published() {
    let failure = encode(&common::block(), &common::credited("C99999")).unwrap_err();
    assert_eq!(failure.code, "mail.no-address");
    assert_eq!(failure.kind, FailureKind::Rejected);
    let lacks = failure.lacks.unwrap();
    assert_eq!(
        (lacks.list, lacks.direction, lacks.code.as_str()),
        ("address", Direction::Out, "C99999")
    );
    assert!(connector::codes::LISTS.contains(&lacks.list));
}

#[test]
fn no_value_adds_a_header() {
    let values = [
        ("credited", "1 USD"),
        ("rma_number", "X\r\nBcc: thief@example.com"),
    ];
    let command = common::notification(BusinessCode::R540, "C10010", &values);
    let text = encode(&common::block(), &command).unwrap();
    let (headers, _) = text.split_once("\r\n\r\n").unwrap();
    assert!(!headers.contains("\r\nBcc"), "{headers}");
}

#[test]
fn other_commands_are_refused() {
    let mut command = common::credited("C10010");
    command.data = CommandData::CancelAnnouncement(AnnouncementCancel {
        announced_as: command.effect_key.clone(),
        reason: "withdrawn".to_owned(),
    });
    let failure = encode(&common::block(), &command).unwrap_err();
    assert_eq!(failure.code, "mail.cannot-say");
}

/// The house's templates go before those that are built in, and what is wrong in them is found offline.
#[test]
fn own_templates_are_taken_and_checked() {
    let folder = tempfile::tempdir().unwrap();
    let language = folder.path().join("mail/fr");
    std::fs::create_dir_all(&language).unwrap();
    let default = "Subject: Retour {{ rma_number }}\n\nBonjour {{ customer }}.\n";
    std::fs::write(language.join("default.txt"), default).unwrap();
    let mut settings = common::block();
    settings.base_dir = folder.path().to_owned();
    settings.table.insert("language".into(), "fr".into());
    let places = |settings: &Settings| -> Vec<String> {
        let problems = (CONNECTOR.check)(settings);
        problems.into_iter().map(|problem| problem.place).collect()
    };
    assert_eq!(places(&settings), ["connectors.mail.language"]);
    settings.table.insert("templates".into(), "mail".into());
    assert_eq!(places(&settings), Vec::<String>::new());
    let text = encode(&settings, &common::credited("C10010")).unwrap();
    assert!(text.contains("Subject: Retour RMA-1001\r\n"), "{text}");
    assert!(text.ends_with("\r\n\r\nBonjour C10010.\r\n"), "{text}");

    // A value that is not there is said with its line.
    let sparse = "Subject: x\n\nBonjour\n{{ amount }}\n";
    std::fs::write(language.join("R540.txt"), sparse).unwrap();
    let failure = encode(&settings, &common::credited("C10010")).unwrap_err();
    assert_eq!(failure.code, "mail.template-failed");
    assert!(failure.message.contains("fr/R540.txt:4"), "{failure}");

    for (file, text) in [
        ("R540.txt", "Subject: {{ rma_number \n\nx\n"),
        ("R540.txt", "no subject\n\nx\n"),
        ("credited.txt", "Subject: x\n\nx\n"),
    ] {
        std::fs::write(language.join("R540.txt"), "Subject: x\n\nx\n").unwrap();
        std::fs::write(language.join(file), text).unwrap();
        assert_eq!(
            places(&settings),
            ["connectors.mail.templates"],
            "{file}: {text}"
        );
    }
}
