//! An SFTP account as a mailbox, against OpenSSH: the server is killed, and comes back.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "tests"
)]

mod suite;

use std::time::Duration;

use mailbox::{Fate, MailboxError, Placed};
use suite::{World, claim, is_hidden, listed, unavailable};
use testkit::sshd::{self, Sshd};
use tokio::time::sleep;

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

/// Killed in the middle of a put: nobody sees half a file, and putting it again makes it whole.
#[tokio::test(flavor = "multi_thread")]
async fn killed_in_the_middle_of_a_put() {
    let Some((world, sshd)) = there().await else {
        return;
    };
    let mailbox = world.open();
    assert!(listed(&*mailbox).await.is_empty());
    let bytes: Vec<u8> = (0..8_000_000_u32).flat_map(u32::to_le_bytes).collect();
    let putting = {
        let (mailbox, bytes) = (mailbox.clone(), bytes.clone());
        tokio::spawn(async move { mailbox.put("large.edi", &bytes).await })
    };
    while world.names("out").is_empty() {
        assert!(!putting.is_finished());
        sleep(Duration::from_millis(1)).await;
    }
    sshd.kill().await.unwrap();
    let message = unavailable(putting.await.unwrap());
    println!("{message}");
    let left = world.names("out");
    assert_eq!(left.len(), 1);
    assert!(is_hidden(&left[0], "large.edi"), "{left:?}");
    let half = world.read("out", &left[0]);
    assert!(half.len() < bytes.len(), "the kill came too late");

    // Down: refused at once, and nothing hangs.
    unavailable(mailbox.put("large.edi", &bytes).await);
    unavailable(mailbox.list().await);

    sshd.restart().await.unwrap();
    assert_eq!(mailbox.put("large.edi", &bytes).await.unwrap(), Placed::New);
    assert_eq!(world.names("out"), ["large.edi"]);
    assert!(world.read("out", "large.edi") == bytes);
    assert_eq!(
        mailbox.put("large.edi", &bytes).await.unwrap(),
        Placed::Already
    );
}

/// Killed while a claimed file is read: it stays claimed, and is read again.
#[tokio::test(flavor = "multi_thread")]
async fn killed_in_the_middle_of_a_read() {
    let Some((world, sshd)) = there().await else {
        return;
    };
    let mailbox = world.open();
    let bytes: Vec<u8> = (0..8_000_000_u32).flat_map(u32::to_le_bytes).collect();
    world.write("in", "large.edi", &bytes);
    let claimed = claim(&*mailbox, "large.edi").await;
    let reading = {
        let (mailbox, claimed) = (mailbox.clone(), claimed.clone());
        tokio::spawn(async move { mailbox.read(&claimed, u64::MAX).await })
    };
    sleep(Duration::from_millis(100)).await;
    assert!(
        !reading.is_finished(),
        "the file is too small for this machine"
    );
    sshd.kill().await.unwrap();
    unavailable(reading.await.unwrap());
    sshd.restart().await.unwrap();
    let found = mailbox.claimed().await.unwrap();
    assert_eq!(found, std::slice::from_ref(&claimed));
    let content = mailbox.read(&claimed, u64::MAX).await.unwrap();
    assert!(content.bytes == bytes);
    mailbox.finish(&claimed, Fate::Done).await.unwrap();
    assert_eq!(world.names("done"), ["large.edi"]);
}

/// Killed while nothing goes on: at most one call finds out, and the next has a new connection.
#[tokio::test(flavor = "multi_thread")]
async fn killed_while_idle() {
    let Some((world, sshd)) = there().await else {
        return;
    };
    let mailbox = world.open();
    world.write("in", "a", b"x");
    for _ in 0..3 {
        assert_eq!(listed(&*mailbox).await, ["a"]);
        sshd.kill().await.unwrap();
        sshd.restart().await.unwrap();
        match mailbox.list().await {
            Ok(_) | Err(MailboxError::Unavailable(_)) => {}
            Err(other) => panic!("{other:?}"),
        }
    }
    assert_eq!(listed(&*mailbox).await, ["a"]);
}

/// One connection serves many calls.
#[tokio::test(flavor = "multi_thread")]
async fn one_connection_is_kept() {
    let Some((world, sshd)) = there().await else {
        return;
    };
    let mailbox = world.open();
    for n in 0..20 {
        mailbox.put(&n.to_string(), b"x").await.unwrap();
        listed(&*mailbox).await;
    }
    let logins = sshd.log().matches("Accepted publickey").count();
    assert_eq!(logins, 1, "{}", sshd.log());
}

/// Names that are not UTF-8 cannot be asked for: they stay, their neighbours are taken, and a probe tells.
#[tokio::test(flavor = "multi_thread")]
async fn names_that_are_not_text_are_told() {
    use std::os::unix::ffi::OsStrExt as _;
    let Some((world, _sshd)) = there().await else {
        return;
    };
    let raw = std::ffi::OsStr::from_bytes(b"R\xfcckgabe.csv");
    world.write("in", "plain.csv", b"x");
    std::fs::write(world.root.join("in").join(raw), b"latin").unwrap();
    let mailbox = world.open();
    assert_eq!(listed(&*mailbox).await, ["plain.csv"]);
    let said = mailbox.probe().await.unwrap();
    assert!(said.contains("not UTF-8: R\u{fffd}ckgabe.csv"), "{said}");
    assert!(world.root.join("in").join(raw).is_file());
}
