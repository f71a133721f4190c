//! Taking files from the inbox.

use std::fs::OpenOptions;
use std::io::Write as _;
use std::process::Command;
use std::time::{Duration, Instant};

use mailbox::Fate;
use tokio::time::{sleep, timeout};

use super::{World, claim, listed, take};

/// 200 files are listed in the order of their names, and each is read as it was written.
pub(crate) async fn files_come_in_order(world: &World) {
    let names: Vec<String> = (0..200).map(|n| format!("orders-{n:03}.csv")).collect();
    for name in names.iter().rev() {
        world.write("in", name, name.as_bytes());
    }
    let mailbox = world.open();
    assert_eq!(listed(&*mailbox).await, names);
    for name in &names {
        assert_eq!(take(&*mailbox, name).await, name.as_bytes());
    }
    assert_eq!(world.names("done"), names);
    assert!(listed(&*mailbox).await.is_empty());
    assert!(world.names("work").is_empty());
}

/// A file that grows between two looks is not listed, and neither is one that just came.
pub(crate) async fn a_half_written_file_is_not_read(world: &World) {
    const STABLE: Duration = Duration::from_millis(400);
    let mailbox = world.open_with(&[("stable_for", "400ms".into())]);
    world.write("in", "slow.edi", b"ISA*00*");
    world.write("in", "whole.edi", b"ISA*00*");
    assert!(listed(&*mailbox).await.is_empty());
    sleep(STABLE).await;
    let path = world.path("in", "slow.edi");
    let mut file = OpenOptions::new().append(true).open(path).unwrap();
    file.write_all(b"the rest").unwrap();
    assert_eq!(listed(&*mailbox).await, ["whole.edi"]);
    sleep(STABLE).await;
    assert_eq!(listed(&*mailbox).await, ["slow.edi", "whole.edi"]);
    assert_eq!(take(&*mailbox, "slow.edi").await, b"ISA*00*the rest");
    // The next of the same name is a new file, and looked at anew.
    world.write("in", "slow.edi", b"ISA*00*");
    assert_eq!(listed(&*mailbox).await, ["whole.edi"]);
}

/// Names for files that somebody is writing are never listed.
pub(crate) async fn unfinished_names_are_not_listed(world: &World) {
    for name in [
        ".a.edi",
        "a.edi.TMP",
        "a.edi.part",
        "a.edi.filepart",
        "a.edi",
    ] {
        world.write("in", name, b"x");
    }
    assert_eq!(listed(&*world.open()).await, ["a.edi"]);
}

/// With markers, only marked files are listed; the marker goes with the claim.
pub(crate) async fn markers_say_what_is_whole(world: &World) {
    let with_marker = [("done_marker", ".done".into()), ("stable_for", "1h".into())];
    let mailbox = world.open_with(&with_marker);
    world.write("in", "a.csv", b"a");
    world.write("in", "b.csv", b"b");
    assert!(listed(&*mailbox).await.is_empty());
    world.write("in", "a.csv.done", b"");
    assert_eq!(listed(&*mailbox).await, ["a.csv"]);
    claim(&*mailbox, "a.csv").await;
    assert_eq!(world.names("in"), ["b.csv"]);

    // A run that ended between claim and marker: the next one cleans up, and leaves a new file's marker alone.
    world.write("in", "a.csv.done", b"");
    world.write("in", "b.csv.done", b"");
    let mailbox = world.open_with(&with_marker);
    assert_eq!(mailbox.claimed().await.unwrap().len(), 1);
    assert_eq!(world.names("in"), ["b.csv", "b.csv.done"]);
}

/// Of several that claim the same file one gets it: processes, and tasks of one process.
pub(crate) async fn one_claimer_wins(world: &World) {
    let names: Vec<String> = (0..30).map(|n| format!("{n:02}")).collect();
    for name in &names {
        world.write("in", name, name.as_bytes());
    }
    let mailboxes = [world.open(), world.open()];
    let mut running = Vec::new();
    for racer in 0..4 {
        let mailbox = mailboxes[racer % 2].clone();
        let names = names.clone();
        running.push(tokio::spawn(async move {
            let mut won = Vec::new();
            for name in names {
                if let Some(claimed) = mailbox.claim(&name).await.unwrap() {
                    let content = mailbox.read(&claimed, 10).await.unwrap();
                    assert_eq!(content.bytes, name.as_bytes());
                    won.push(name);
                }
            }
            won
        }));
    }
    let mut won = Vec::new();
    for racer in running {
        won.extend(racer.await.unwrap());
    }
    won.sort();
    assert_eq!(won, names);
    assert!(world.names("in").is_empty());
    assert_eq!(world.names("work").len(), 30);
}

/// What was claimed and not finished is found again by the next run, under its own name.
pub(crate) async fn claimed_files_are_found_after_a_restart(world: &World) {
    world.write("in", "a~b.csv", b"1");
    world.write("in", "c.csv", b"2");
    let mailbox = world.open();
    let first = claim(&*mailbox, "a~b.csv").await;
    let second = claim(&*mailbox, "c.csv").await;
    drop(mailbox);

    // The same name comes again meanwhile, and a person puts a file among the claimed ones.
    world.write("in", "c.csv", b"another");
    world.write("work", "by-hand.csv", b"3");
    let mailbox = world.open();
    let found = mailbox.claimed().await.unwrap();
    let names: Vec<&str> = found.iter().map(|claimed| claimed.name.as_str()).collect();
    assert_eq!(names, ["a~b.csv", "by-hand.csv", "c.csv"]);
    assert!(found.contains(&first) && found.contains(&second));
    for claimed in &found {
        mailbox.finish(claimed, Fate::Done).await.unwrap();
    }
    assert!(mailbox.claimed().await.unwrap().is_empty());
    assert_eq!(world.read("done", "c.csv"), b"2");
    assert_eq!(take(&*mailbox, "c.csv").await, b"another");
    assert_eq!(world.read("done", "c.2.csv"), b"another");
}

/// A claim that nobody waited for is not lost: the file is listed again, and can be claimed.
pub(crate) async fn an_abandoned_claim_is_listed_again(world: &World) {
    let mailbox = world.open();
    for round in 0..60 {
        let name = format!("{round}.csv");
        world.write("in", &name, name.as_bytes());
        let patience = Duration::from_micros(round * 25);
        let claimed = timeout(patience, mailbox.claim(&name)).await;
        if let Ok(claimed) = claimed {
            assert!(claimed.unwrap().is_some());
            continue;
        }
        // What was broken off may still be going on, and the disk may be slow.
        let until = Instant::now() + Duration::from_secs(20);
        let mut claimed = None;
        while claimed.is_none() {
            assert!(Instant::now() < until, "{name} is lost");
            if listed(&*mailbox).await.contains(&name) {
                claimed = mailbox.claim(&name).await.unwrap();
            }
        }
        let content = mailbox.read(&claimed.unwrap(), 100).await.unwrap();
        assert_eq!(content.bytes, name.as_bytes());
    }
    assert!(listed(&*mailbox).await.is_empty());
    assert_eq!(mailbox.claimed().await.unwrap().len(), 60);
}

/// A large file is cut, and its size is told.
pub(crate) async fn a_large_file_is_cut(world: &World) {
    let bytes: Vec<u8> = (0..3_000_000_u32).flat_map(u32::to_le_bytes).collect();
    world.write("in", "large.csv", &bytes);
    let mailbox = world.open();
    let entries = mailbox.list().await.unwrap();
    assert_eq!(entries[0].size, 12_000_000);
    let claimed = claim(&*mailbox, "large.csv").await;
    for max in [0, 1, 65_536, 1_000_001, 11_999_999] {
        let content = mailbox.read(&claimed, max).await.unwrap();
        assert!(content.is_cut());
        assert_eq!(content.size, 12_000_000);
        assert_eq!(content.bytes, bytes[..usize::try_from(max).unwrap()]);
    }
    for max in [12_000_000, u64::MAX] {
        let content = mailbox.read(&claimed, max).await.unwrap();
        assert!(!content.is_cut());
        assert!(content.bytes == bytes);
        assert_eq!(
            content.modified.as_second(),
            entries[0].modified.as_second()
        );
    }
}

/// Links, folders and pipes are neither listed nor claimed, and stay.
pub(crate) async fn only_plain_files_are_taken(world: &World) {
    world.write("in", "plain", b"x");
    world.write("secret", "passwords", b"x");
    std::fs::create_dir(world.path("in", "folder")).unwrap();
    std::os::unix::fs::symlink(world.path("secret", "passwords"), world.path("in", "link"))
        .unwrap();
    let pipe = world.path("in", "pipe");
    assert!(Command::new("mkfifo").arg(pipe).status().unwrap().success());
    let mailbox = world.open();
    assert_eq!(listed(&*mailbox).await, ["plain"]);
    for name in ["folder", "link", "pipe"] {
        assert_eq!(mailbox.claim(name).await.unwrap(), None, "{name}");
    }
    assert_eq!(world.names("in"), ["folder", "link", "pipe", "plain"]);
}

/// A file that is not there, or never can be, is not claimed.
pub(crate) async fn what_is_not_there_is_not_claimed(world: &World) {
    world.write("secret", "passwords", b"x");
    let mailbox = world.open();
    for name in [
        "gone.csv",
        "",
        ".",
        "..",
        "../secret/passwords",
        ".hidden",
        "a\0b",
    ] {
        assert_eq!(mailbox.claim(name).await.unwrap(), None, "{name}");
    }
    assert_eq!(world.names("secret"), ["passwords"]);
}
