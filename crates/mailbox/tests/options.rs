//! Options of a mailbox: what may be written, and what is said of what may not.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "tests"
)]

use std::path::Path;

use mailbox::{MailboxError, Options};
use serde::Deserialize as _;
use toml::Table;

const PIN: &str =
    "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJdD7y3aLq454yWBdwLWbieU1ebz9/cu7/QEXn9OIeZJ";

fn read(text: &str) -> Result<Options, toml::de::Error> {
    let table: Table = toml::from_str(text).unwrap();
    Options::deserialize(table["mailbox"].clone())
}

fn places(text: &str) -> Vec<String> {
    let problems = read(text).unwrap().check(Path::new("/nowhere"));
    for (place, what, fix) in &problems {
        assert!(!place.is_empty() && !what.is_empty() && !fix.is_empty());
    }
    problems.into_iter().map(|(place, ..)| place).collect()
}

#[test]
fn the_shortest_options_are_enough() {
    assert!(places("mailbox = { kind = \"folder\", path = \"exchange\" }").is_empty());
    let sftp = format!(
        "mailbox = {{ kind = \"sftp\", host = \"h\", user = \"u\", password = \"p\", host_key = \"{PIN} comment\" }}"
    );
    assert!(places(&sftp).is_empty());
    assert!(read(&sftp).unwrap().open(Path::new("/nowhere")).is_ok());
}

#[test]
fn all_options_are_read() {
    let text = format!(
        "[mailbox]\nkind = \"sftp\"\nhost = \"127.0.0.1\"\nport = 2222\nuser = \"u\"\nhost_key = \"{PIN}\"\n\
         key_file = \"k\"\npassphrase = \"s3cret\"\npath = \"/box\"\ncreate = false\nstable_for = \"1m\"\n\
         done_marker = \".ok\"\nconnect_timeout = \"3s\"\ntimeout = \"4s\"\n\
         folders = {{ in = \"a\", work = \"b\", done = \"c\", rejected = \"d\", out = \"e\" }}"
    );
    let options = read(&text).unwrap();
    assert!(!format!("{options:?}").contains("s3cret"));
    // A key that is not there is not missed by a check, and cannot be opened.
    assert!(places(&text).is_empty());
    let opened = options.open(Path::new("/nowhere")).map(drop);
    assert!(
        matches!(&opened, Err(MailboxError::Misconfigured(m)) if m.contains("/nowhere/k")),
        "{opened:?}"
    );
}

#[test]
fn unknown_options_are_refused_by_name() {
    for text in [
        "mailbox = { kind = \"folder\", path = \"x\", pathh = 1 }",
        "mailbox = { kind = \"folder\", path = \"x\", folders = { pathh = \"\" } }",
        "mailbox = { kind = \"sftp\", host = \"h\", user = \"u\", pathh = 1 }",
    ] {
        let error = read(text).unwrap_err().to_string();
        assert!(error.contains("pathh"), "{error}");
    }
    let error = read("mailbox = { kind = \"ftp\" }")
        .unwrap_err()
        .to_string();
    assert!(
        error.contains("folder") && error.contains("sftp"),
        "{error}"
    );
}

#[test]
fn everything_wrong_is_said_at_once() {
    let folder = "mailbox = { kind = \"folder\", path = \"\", stable_for = \"-1s\", done_marker = \"done\", \
                  folders = { in = \"x\", work = \"x/\", done = \"\" } }";
    let expected = [
        "path",
        "folders.work",
        "folders.done",
        "stable_for",
        "done_marker",
    ];
    assert_eq!(places(folder), expected);
    let opened = read(folder).unwrap().open(Path::new("/nowhere")).map(drop);
    assert!(matches!(opened, Err(MailboxError::Misconfigured(_))));

    let sftp = "mailbox = { kind = \"sftp\", host = \"sftp://h\", port = 0, user = \"\", host_key = \"AAAA\", \
                passphrase = \"\", timeout = \"0s\", connect_timeout = \"-1s\", done_marker = \".part\" }";
    let expected = [
        "host",
        "port",
        "user",
        "host_key",
        "key_file",
        "passphrase",
        "passphrase",
        "done_marker",
        "connect_timeout",
        "timeout",
    ];
    assert_eq!(places(sftp), expected);
}

#[test]
fn one_way_to_log_in_is_enough() {
    let both = format!(
        "mailbox = {{ kind = \"sftp\", host = \"h\", user = \"u\", host_key = \"{PIN}\", password = \"p\", key_file = \"k\" }}"
    );
    assert_eq!(places(&both), ["password"]);
}

#[test]
fn bad_pins_are_refused() {
    for pin in [
        "SHA256:short",
        "MD5:16:27:ac:a5:76:28:2d:36:63:1b:56:4d:eb:df:a6:48",
        "ssh-ed25519",
        "ssh-ed25519 AAAA",
        "ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAAAQQC7",
        "",
    ] {
        let text = format!(
            "mailbox = {{ kind = \"sftp\", host = \"h\", user = \"u\", password = \"p\", host_key = \"{pin}\" }}"
        );
        assert_eq!(places(&text), ["host_key"], "{pin}");
        let opened = read(&text).unwrap().open(Path::new("/nowhere")).map(drop);
        assert!(
            matches!(opened, Err(MailboxError::Misconfigured(_))),
            "{pin}"
        );
    }
}

#[test]
fn a_public_key_is_not_a_private_one() {
    let dir = tempfile::tempdir().unwrap();
    std::fs::write(dir.path().join("k.pub"), PIN).unwrap();
    let text = format!(
        "mailbox = {{ kind = \"sftp\", host = \"h\", user = \"u\", key_file = \"k.pub\", host_key = \"{PIN}\" }}"
    );
    let problems = read(&text).unwrap().check(dir.path());
    assert_eq!(problems.len(), 1);
    assert_eq!(problems[0].0, "key_file");
    assert!(
        problems[0].1.contains("is not a private key"),
        "{problems:?}"
    );
    assert!(problems[0].2.contains(".pub"), "{problems:?}");
}

#[test]
fn the_schema_takes_the_kind() {
    let schema = schemars::schema_for!(Options).to_value();
    for variant in schema["oneOf"].as_array().unwrap() {
        assert!(variant["properties"]["kind"]["const"].is_string());
        assert_eq!(variant["additionalProperties"], false);
    }
}
