//! Moving finished files away.

use mailbox::Fate;

use super::{World, claim};

/// A name that is taken gets a number; nothing is overwritten.
pub(crate) async fn a_taken_name_gets_a_number(world: &World) {
    let mailbox = world.open();
    for n in 1..=9 {
        world.write("in", "returns.csv", format!("{n}").as_bytes());
        let claimed = claim(&*mailbox, "returns.csv").await;
        mailbox.finish(&claimed, Fate::Done).await.unwrap();
    }
    assert_eq!(world.names("done").len(), 9);
    assert_eq!(world.read("done", "returns.csv"), b"1");
    for n in 2..=9 {
        let name = format!("returns.{n}.csv");
        assert_eq!(world.read("done", &name), format!("{n}").as_bytes());
    }
}

/// Finishing twice is no error, and does nothing the second time.
pub(crate) async fn finishing_twice_is_no_error(world: &World) {
    let mailbox = world.open();
    world.write("in", "bad.csv", b"?");
    let claimed = claim(&*mailbox, "bad.csv").await;
    mailbox.finish(&claimed, Fate::Rejected).await.unwrap();
    mailbox.finish(&claimed, Fate::Rejected).await.unwrap();
    mailbox.finish(&claimed, Fate::Done).await.unwrap();
    assert_eq!(world.names("rejected"), ["bad.csv"]);
    assert!(world.names("done").is_empty());
    assert!(mailbox.read(&claimed, 10).await.is_err());
}

/// Two processes that finish files of the same name at the same time lose none.
pub(crate) async fn processes_do_not_overwrite_each_others_files(world: &World) {
    let mailboxes = [world.open(), world.open()];
    let mut claims = Vec::new();
    for n in 0..20 {
        world.write("in", "same.csv", format!("{n:02}").as_bytes());
        claims.push(claim(&*mailboxes[n % 2], "same.csv").await);
    }
    let mut running = Vec::new();
    for (half, mailbox) in mailboxes.into_iter().enumerate() {
        let mine: Vec<_> = claims.iter().skip(half).step_by(2).cloned().collect();
        running.push(tokio::spawn(async move {
            for claimed in mine {
                mailbox.finish(&claimed, Fate::Done).await.unwrap();
            }
        }));
    }
    for half in running {
        half.await.unwrap();
    }
    let mut contents: Vec<Vec<u8>> = world
        .names("done")
        .iter()
        .map(|name| world.read("done", name))
        .collect();
    contents.sort();
    let expected: Vec<Vec<u8>> = (0..20).map(|n| format!("{n:02}").into_bytes()).collect();
    assert_eq!(contents, expected);
}
