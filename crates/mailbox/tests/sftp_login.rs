//! An SFTP account as a mailbox, against OpenSSH: whom we reach, and how we prove who we are.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "tests"
)]

mod suite;

use suite::{World, listed, misconfigured, unavailable};
use testkit::sshd::{self, Sshd};

async fn there() -> Option<(World, Sshd)> {
    if let Err(why) = sshd::available() {
        println!("left out: {why}");
        return None;
    }
    let sshd = Sshd::start().await.unwrap();
    let options = sshd.options().unwrap();
    let root = sshd.folder();
    Some((World { options, root }, sshd))
}

/// Nothing is exchanged with a server whose key is not the pinned one, and its fingerprint is told.
#[tokio::test]
async fn another_host_key_is_told() {
    let Some((world, sshd)) = there().await else {
        return;
    };
    let seen = sshd.fingerprint().unwrap();
    let other = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJdD7y3aLq454yWBdwLWbieU1ebz9/cu7/QEXn9OIeZJ";
    for pin in [other, "SHA256:ldyiXa1JQakitNU5tErauu8DvWQ1dZ7aXu+rm7KQuog"] {
        let mailbox = world.open_with(&[("host_key", pin.into())]);
        let message = misconfigured(mailbox.list().await);
        assert!(message.contains(&seen), "{message}");
        assert!(message.contains("ask the partner"), "{message}");
        misconfigured(mailbox.put("a", b"x").await);
    }
    assert!(world.names("out").is_empty());
    assert!(!sshd.log().contains("Accepted"), "{}", sshd.log());
}

/// Without a pinned key nothing is exchanged either, and the fingerprint to confirm is told.
#[tokio::test]
async fn a_missing_host_key_is_told() {
    let Some((world, sshd)) = there().await else {
        return;
    };
    let mut options = world.options.clone();
    options.remove("host_key");
    let world = World { options, ..world };
    let problems = world.options_with(&[]).check(std::path::Path::new("/"));
    assert_eq!(problems.len(), 1);
    assert_eq!(problems[0].0, "host_key");
    let message = misconfigured(world.open().probe().await);
    assert!(message.contains(&sshd.fingerprint().unwrap()), "{message}");
    assert!(message.contains("`host_key`"), "{message}");
    assert!(!sshd.log().contains("Accepted"), "{}", sshd.log());
}

/// The pin may be the fingerprint.
#[tokio::test]
async fn a_fingerprint_is_enough() {
    let Some((world, sshd)) = there().await else {
        return;
    };
    let print = sshd.fingerprint().unwrap();
    let mailbox = world.open_with(&[("host_key", print.clone().into())]);
    let said = mailbox.probe().await.unwrap();
    let expected = format!("sftp://root@127.0.0.1:{}, host key {print}: ", sshd.port());
    assert!(said.starts_with(&expected), "{said}");
}

/// A key that the server does not know is the configuration's fault.
#[tokio::test]
async fn an_unknown_key_is_told() {
    let Some((world, sshd)) = there().await else {
        return;
    };
    let key = sshd.stranger_key_file().display().to_string();
    let mailbox = world.open_with(&[("key_file", key.into())]);
    let message = misconfigured(mailbox.list().await);
    assert!(message.contains("refuses our key"), "{message}");
}

/// So is a wrong password.
#[tokio::test]
async fn a_wrong_password_is_told() {
    let Some((world, _sshd)) = there().await else {
        return;
    };
    let mut options = world.options.clone();
    options.remove("key_file");
    let world = World { options, ..world };
    let mailbox = world.open_with(&[("password", "not the password".into())]);
    let message = misconfigured(mailbox.list().await);
    assert!(message.contains("refuses our password"), "{message}");
    assert!(!message.contains("not the password"), "{message}");
}

/// A key may have a passphrase.
#[tokio::test]
async fn a_key_with_a_passphrase_is_opened() {
    let Some((world, sshd)) = there().await else {
        return;
    };
    let key = sshd.locked_key_file().display().to_string();
    let locked = [
        ("key_file", key.into()),
        ("passphrase", "open sesame".into()),
    ];
    let mailbox = world.open_with(&locked);
    world.write("in", "a", b"x");
    assert_eq!(listed(&*mailbox).await, ["a"]);

    for (passphrase, what) in [
        (Some("wrong"), "cannot be opened with it"),
        (None, "none is given"),
    ] {
        let mut set = vec![locked[0].clone()];
        set.extend(passphrase.map(|text| ("passphrase", text.into())));
        let options = world.options_with(&set);
        let problems = options.check(std::path::Path::new("/"));
        assert_eq!(problems.len(), 1, "{problems:?}");
        assert_eq!(problems[0].0, "passphrase");
        assert!(problems[0].1.contains(what), "{problems:?}");
        let opened = options.open(std::path::Path::new("/")).map(drop);
        assert!(misconfigured(opened).contains(what));
    }
}

/// A server that is down is not reached, and reached again when it is back.
#[tokio::test]
async fn a_server_that_is_down_passes() {
    let Some((world, sshd)) = there().await else {
        return;
    };
    // Nobody listens there.
    sshd.kill().await.unwrap();
    let mailbox = world.open();
    let message = unavailable(mailbox.list().await);
    assert!(message.contains("no connection"), "{message}");
    sshd.restart().await.unwrap();
    assert!(listed(&*mailbox).await.is_empty());
}

/// A server that accepts and says nothing is waited for as long as configured, not longer.
#[tokio::test]
async fn a_silent_server_is_not_waited_for() {
    let silent = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let Some((world, _sshd)) = there().await else {
        return;
    };
    let port = i64::from(silent.local_addr().unwrap().port());
    let mailbox = world.open_with(&[("port", port.into()), ("connect_timeout", "300ms".into())]);
    let started = std::time::Instant::now();
    let message = unavailable(mailbox.list().await);
    assert!(message.contains("no connection within 300ms"), "{message}");
    assert!(started.elapsed() < std::time::Duration::from_secs(5));
}
