//! Putting files into the outbox.

use mailbox::{MailboxError, Placed};

use super::{World, is_hidden, misconfigured};

/// The same again is recognised, something else is refused, and what is there is told.
pub(crate) async fn the_same_again_is_recognised(world: &World) {
    let mailbox = world.open();
    assert_eq!(mailbox.placed("asn.edi").await.unwrap(), None);
    assert_eq!(
        mailbox.put("asn.edi", b"ST*856").await.unwrap(),
        Placed::New
    );
    assert_eq!(
        mailbox.put("asn.edi", b"ST*856").await.unwrap(),
        Placed::Already
    );
    for other in [&b"ST*180"[..], b"", b"ST*856 and more"] {
        let conflict = mailbox.put("asn.edi", other).await;
        let expected = MailboxError::Conflict {
            name: "asn.edi".to_owned(),
        };
        assert_eq!(conflict, Err(expected));
    }
    assert_eq!(mailbox.placed("asn.edi").await.unwrap().unwrap(), "ST*856");
    assert_eq!(world.names("out"), ["asn.edi"]);

    // The partner takes it away.
    std::fs::remove_file(world.path("out", "asn.edi")).unwrap();
    assert_eq!(mailbox.placed("asn.edi").await.unwrap(), None);
    assert_eq!(
        mailbox.put("asn.edi", b"ST*856").await.unwrap(),
        Placed::New
    );
}

/// Empty files, large ones, and several in a row.
pub(crate) async fn any_size_is_put_whole(world: &World) {
    let mailbox = world.open();
    let large: Vec<u8> = (0..1_000_003_u32).map(|n| n.to_le_bytes()[0]).collect();
    assert_eq!(mailbox.put("empty", b"").await.unwrap(), Placed::New);
    assert_eq!(mailbox.put("empty", b"").await.unwrap(), Placed::Already);
    assert_eq!(mailbox.put("large", &large).await.unwrap(), Placed::New);
    assert_eq!(mailbox.put("large", &large).await.unwrap(), Placed::Already);
    assert!(world.read("out", "large") == large);
    assert!(mailbox.placed("large").await.unwrap().unwrap() == large);
    assert_eq!(world.names("out"), ["empty", "large"]);
}

/// A folder or a link of that name is a conflict.
pub(crate) async fn what_is_no_file_is_a_conflict(world: &World) {
    let mailbox = world.open();
    world.write("out", "target", b"x");
    std::fs::create_dir(world.path("out", "folder")).unwrap();
    std::os::unix::fs::symlink("target", world.path("out", "link")).unwrap();
    for name in ["folder", "link"] {
        let result = mailbox.put(name, b"x").await;
        assert!(
            matches!(result, Err(MailboxError::Conflict { .. })),
            "{result:?}"
        );
    }
    assert_eq!(world.read("out", "target"), b"x");
}

/// Names that the partner would not take, or that lead elsewhere, are refused.
pub(crate) async fn bad_names_are_refused(world: &World) {
    let mailbox = world.open();
    for name in [
        "",
        ".",
        "..",
        "../in/a",
        "a/b",
        ".a",
        "a.tmp",
        "a.part",
        "a.filepart",
    ] {
        let message = misconfigured(mailbox.put(name, b"x").await);
        assert!(message.starts_with(&format!("{name:?} ")), "{message}");
        misconfigured(mailbox.placed(name).await);
    }
    misconfigured(mailbox.put(&"x".repeat(252), b"x").await);
    assert!(world.names("out").is_empty());
    let longest = "x".repeat(231);
    assert_eq!(mailbox.put(&longest, b"x").await.unwrap(), Placed::New);
    assert_eq!(world.names("out"), [longest]);
}

/// A run that ended in the middle left half a file: the next one makes it whole.
pub(crate) async fn a_left_over_half_is_made_whole(world: &World) {
    let mailbox = world.open();
    let bytes = vec![b'x'; 100_000];
    mailbox.put("a.edi", &bytes).await.unwrap();
    // The hidden name is the same for the same bytes: found by watching, not by knowing how it is made.
    std::fs::remove_file(world.path("out", "a.edi")).unwrap();
    let seen = hidden_name(world, &bytes).await;
    for left in [b"xxx".to_vec(), vec![b'y'; 200_000]] {
        world.write("out", &seen, &left);
        let mut placed = mailbox.put("a.edi", &bytes).await;
        if placed.is_err() {
            // Larger than it should be: refused once, and cleaned up.
            placed = mailbox.put("a.edi", &bytes).await;
        }
        assert_eq!(placed.unwrap(), Placed::New);
        assert!(world.read("out", "a.edi") == bytes);
        assert_eq!(world.names("out"), ["a.edi"]);
        std::fs::remove_file(world.path("out", "a.edi")).unwrap();
    }
}

/// The hidden name under which those bytes are written: watches a put until it is seen.
async fn hidden_name(world: &World, bytes: &[u8]) -> String {
    for _ in 0..200 {
        let mailbox = world.open();
        let bytes = bytes.to_vec();
        let putting = tokio::spawn(async move { mailbox.put("a.edi", &bytes).await });
        let mut seen = None;
        while !putting.is_finished() {
            seen = seen.or_else(|| {
                world
                    .names("out")
                    .into_iter()
                    .find(|name| name.starts_with('.'))
            });
            tokio::task::yield_now().await;
        }
        putting.await.unwrap().unwrap();
        std::fs::remove_file(world.path("out", "a.edi")).unwrap();
        if let Some(seen) = seen {
            assert!(is_hidden(&seen, "a.edi"), "{seen}");
            return seen;
        }
    }
    panic!("no put was ever seen in the middle");
}

/// Several that put the same name at the same time: one file, whole, and everybody knows what became of his.
pub(crate) async fn several_put_the_same_name(world: &World) {
    for round in 0..15 {
        let name = format!("{round}.edi");
        let mut running = Vec::new();
        for writer in 0..4_u8 {
            let mailbox = world.open();
            let name = name.clone();
            let bytes = vec![b'0' + writer / 2; 50_000];
            running.push((
                bytes.clone(),
                tokio::spawn(async move { mailbox.put(&name, &bytes).await }),
            ));
        }
        let mut results = Vec::new();
        for (bytes, result) in running {
            results.push((bytes, result.await.unwrap()));
        }
        let there = world.read("out", &name);
        let mut new = 0;
        for (bytes, result) in results {
            match result {
                Ok(placed) => {
                    assert!(there == bytes);
                    new += usize::from(placed == Placed::New);
                }
                Err(MailboxError::Conflict { .. }) => assert!(there != bytes),
                Err(other) => panic!("{other:?}"),
            }
        }
        assert_eq!(new, 1);
    }
    assert_eq!(world.names("out").len(), 15);
}
