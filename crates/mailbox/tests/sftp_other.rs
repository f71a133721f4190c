//! An SFTP account as a mailbox, against a server that is not OpenSSH: other manners, and faults in the middle of a rename.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "tests"
)]

mod other_server;
mod suite;

use mailbox::{Fate, MailboxError, Placed};
use other_server::{Fault, Manners, OtherServer};
use suite::{World, claim, listed, misconfigured, take, unavailable};
use tempfile::TempDir;

struct There {
    world: World,
    server: OtherServer,
    _dir: TempDir,
}

fn there(manners: Manners) -> There {
    let dir = tempfile::tempdir().unwrap();
    let server = OtherServer::start(dir.path(), manners);
    let world = World {
        options: server.options(),
        root: dir.path().to_owned(),
    };
    There {
        world,
        server,
        _dir: dir,
    }
}

fn in_doubt<T: std::fmt::Debug>(result: Result<T, MailboxError>) -> String {
    match result {
        Err(MailboxError::InDoubt(message)) => message,
        other => panic!("{other:?}"),
    }
}

/// A password leads in, asked for by either way; a wrong one is told.
#[tokio::test(flavor = "multi_thread")]
async fn a_password_leads_in() {
    for asks in [false, true] {
        let there = there(Manners {
            asks,
            ..Manners::default()
        });
        there.world.write("in", "a", b"x");
        assert_eq!(listed(&*there.world.open()).await, ["a"]);
        let wrong = there
            .world
            .open_with(&[("password", "battery staple".into())]);
        let message = misconfigured(wrong.list().await);
        assert!(message.contains("refuses our password"), "{message}");
    }
}

/// The whole suite's manners, with a server that reads in small pieces and knows no extensions.
#[tokio::test(flavor = "multi_thread")]
async fn it_needs_no_extensions() {
    suite::taking::files_come_in_order(&there(Manners::default()).world).await;
    suite::putting::any_size_is_put_whole(&there(Manners::default()).world).await;
    suite::putting::the_same_again_is_recognised(&there(Manners::default()).world).await;
}

/// A server that renames over what is there does not make us overwrite anything.
#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_overwritten_even_if_the_server_would() {
    let overwrites = || {
        there(Manners {
            overwrites: true,
            ..Manners::default()
        })
    };
    suite::putting::the_same_again_is_recognised(&overwrites().world).await;
    suite::finishing::a_taken_name_gets_a_number(&overwrites().world).await;
    suite::finishing::finishing_twice_is_no_error(&overwrites().world).await;
    suite::taking::claimed_files_are_found_after_a_restart(&overwrites().world).await;
}

/// A server that tells no kinds has nothing but files in its folders.
#[tokio::test(flavor = "multi_thread")]
async fn kinds_need_not_be_told() {
    let there = there(Manners {
        tells_no_kind: true,
        ..Manners::default()
    });
    there.world.write("in", "a.csv", b"x");
    let mailbox = there.world.open();
    assert_eq!(listed(&*mailbox).await, ["a.csv"]);
    assert_eq!(take(&*mailbox, "a.csv").await, b"x");
    mailbox.put("b.csv", b"y").await.unwrap();
    assert_eq!(there.world.read("out", "b.csv"), b"y");
}

/// The connection breaks while a file is being put: in doubt, and putting it again tells.
#[tokio::test(flavor = "multi_thread")]
async fn a_put_in_doubt_is_put_once() {
    for (fault, then) in [
        (Fault::CutBeforeRename, Placed::New),
        (Fault::CutAfterRename, Placed::Already),
        (Fault::SilentAfterRename, Placed::Already),
    ] {
        let there = there(Manners::default());
        let mailbox = there.world.open_with(&[("timeout", "400ms".into())]);
        there.server.order(fault);
        let message = in_doubt(mailbox.put("asn.edi", b"ST*856").await);
        assert!(
            message.starts_with("out/asn.edi: while it was being put "),
            "{message}"
        );
        assert_eq!(there.server.ordered(), 0);
        let found = mailbox.placed("asn.edi").await.unwrap().is_some();
        assert_eq!(found, then == Placed::Already);
        assert_eq!(mailbox.put("asn.edi", b"ST*856").await.unwrap(), then);
        assert_eq!(there.world.names("out"), ["asn.edi"]);
        assert_eq!(there.world.read("out", "asn.edi"), b"ST*856");
    }
}

/// The connection breaks while a file is being claimed: it is listed again, wherever it is, and can be claimed.
#[tokio::test(flavor = "multi_thread")]
async fn a_claim_in_doubt_is_not_lost() {
    for fault in [
        Fault::CutBeforeRename,
        Fault::CutAfterRename,
        Fault::SilentAfterRename,
    ] {
        let there = there(Manners::default());
        let mailbox = there.world.open_with(&[("timeout", "400ms".into())]);
        there.world.write("in", "a.csv", b"x");
        there.world.write("in", "b.csv", b"y");
        there.server.order(fault);
        in_doubt(mailbox.claim("a.csv").await);
        assert_eq!(there.server.ordered(), 0);
        assert_eq!(listed(&*mailbox).await, ["a.csv", "b.csv"], "{fault:?}");
        assert_eq!(take(&*mailbox, "a.csv").await, b"x");
        assert_eq!(listed(&*mailbox).await, ["b.csv"]);
        assert_eq!(there.world.names("done"), ["a.csv"]);
        assert!(there.world.names("work").is_empty());
    }
}

/// The connection breaks while a file is being finished: finishing it again does the rest.
#[tokio::test(flavor = "multi_thread")]
async fn a_finish_in_doubt_is_done_once() {
    for fault in [Fault::CutBeforeRename, Fault::CutAfterRename] {
        let there = there(Manners::default());
        let mailbox = there.world.open();
        there.world.write("in", "a.csv", b"x");
        let claimed = claim(&*mailbox, "a.csv").await;
        there.server.order(fault);
        in_doubt(mailbox.finish(&claimed, Fate::Rejected).await);
        mailbox.finish(&claimed, Fate::Rejected).await.unwrap();
        assert_eq!(there.world.names("rejected"), ["a.csv"]);
        assert!(there.world.names("work").is_empty());
    }
}

/// A full disk passes: nothing appears, and later it does.
#[tokio::test(flavor = "multi_thread")]
async fn a_full_disk_passes() {
    let there = there(Manners::default());
    let mailbox = there.world.open();
    there.server.order(Fault::FullAtWrite);
    unavailable(mailbox.put("a.edi", b"ISA").await);
    assert_eq!(mailbox.placed("a.edi").await.unwrap(), None);
    assert_eq!(mailbox.put("a.edi", b"ISA").await.unwrap(), Placed::New);
    assert_eq!(there.world.names("out"), ["a.edi"]);
}

/// Missing rights are the configuration's fault, and the file stays where it is.
#[tokio::test(flavor = "multi_thread")]
async fn missing_rights_are_told() {
    let there = there(Manners::default());
    let mailbox = there.world.open();
    there.world.write("in", "a.csv", b"x");
    there.server.order(Fault::DeniedRename);
    let message = misconfigured(mailbox.claim("a.csv").await);
    assert!(
        message.starts_with("in/a.csv: the file cannot be claimed"),
        "{message}"
    );
    assert_eq!(there.world.names("in"), ["a.csv"]);
    there.server.order(Fault::DeniedRename);
    misconfigured(mailbox.put("b.csv", b"y").await);
    assert!(there.world.names("out").is_empty());
    assert_eq!(take(&*mailbox, "a.csv").await, b"x");
}

/// A connection that is given up is closed, whatever state it is in; so is that of a mailbox that is given up.
#[tokio::test(flavor = "multi_thread")]
async fn no_connection_is_left_behind() {
    let there = there(Manners::default());
    let mailbox = there.world.open_with(&[("timeout", "100ms".into())]);
    for n in 0..5 {
        there.server.order(Fault::SilentAfterRename);
        in_doubt(mailbox.put(&n.to_string(), b"x").await);
    }
    assert!(listed(&*mailbox).await.is_empty());
    until_open(&there.server, 1).await;
    drop(mailbox);
    until_open(&there.server, 0).await;
}

async fn until_open(server: &OtherServer, count: usize) {
    for _ in 0..500 {
        if server.open() == count {
            return;
        }
        tokio::time::sleep(std::time::Duration::from_millis(10)).await;
    }
    panic!("{} connections are open, not {count}", server.open());
}
