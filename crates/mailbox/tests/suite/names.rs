//! Odd names of files, and the five folders.

use mailbox::Fate;
use toml::{Table, Value};

use super::{World, claim, listed, misconfigured, take};

/// Whatever the partner calls a file, it is taken under a name that can be printed.
pub(crate) async fn odd_names_are_taken(world: &World) {
    let names = [
        "with space.csv",
        "Rückgabe 東京.csv",
        "50%.csv",
        "a%41.csv",
        "'quoted\" `$(x)`.csv",
        "-rf",
        "back\\slash",
        "two\nlines.csv",
        "1-2-3~x",
        "no-ending",
    ];
    for name in names {
        world.write("in", name, name.as_bytes());
    }
    let mailbox = world.open();
    let found = listed(&*mailbox).await;
    assert_eq!(found.len(), names.len());
    assert!(found.contains(&"two%0Alines.csv".to_owned()), "{found:?}");
    let mut contents = Vec::new();
    for name in found {
        assert!(!name.chars().any(char::is_control));
        let claimed = claim(&*mailbox, &name).await;
        assert!(mailbox.claimed().await.unwrap().contains(&claimed));
        let content = mailbox.read(&claimed, 1_000).await.unwrap();
        contents.push(String::from_utf8(content.bytes.to_vec()).unwrap());
        mailbox.finish(&claimed, Fate::Done).await.unwrap();
    }
    contents.sort();
    let mut expected = names;
    expected.sort_unstable();
    assert_eq!(contents, expected);
    assert!(world.names("in").is_empty() && world.names("work").is_empty());
    assert_eq!(world.names("done"), expected);
}

/// A name that leaves no room for a claim stays in the inbox, and its neighbours are taken.
pub(crate) async fn a_name_that_is_too_long_stays(world: &World) {
    let long = "x".repeat(230);
    world.write("in", &long, b"x");
    world.write("in", "short", b"x");
    let mailbox = world.open();
    assert_eq!(listed(&*mailbox).await, ["short"]);
    assert_eq!(mailbox.claim(&long).await.unwrap(), None);
    take(&*mailbox, "short").await;
    assert_eq!(world.names("in"), [long]);
}

/// Folders may have other names, and lie elsewhere.
pub(crate) async fn folders_may_have_other_names(world: &World) {
    let mut folders = Table::new();
    for (option, name) in [
        ("in", "from-them/new"),
        ("work", "from-them/.work"),
        ("done", "from-them/old"),
    ] {
        folders.insert(option.to_owned(), name.into());
    }
    let elsewhere = world.root.join("elsewhere");
    folders.insert("out".to_owned(), elsewhere.display().to_string().into());
    let mailbox = world.open_with(&[("folders", Value::Table(folders))]);
    assert!(listed(&*mailbox).await.is_empty());
    world.write("from-them/new", "a", b"1");
    assert_eq!(take(&*mailbox, "a").await, b"1");
    assert_eq!(world.names("from-them/old"), ["a"]);
    mailbox.put("b", b"2").await.unwrap();
    assert_eq!(world.read("elsewhere", "b"), b"2");
    assert_eq!(world.names("from-them"), [".work", "new", "old"]);
}

/// Probing changes nothing, and tells what it sees.
pub(crate) async fn a_probe_changes_nothing(world: &World) {
    let mailbox = world.open();
    let said = mailbox.probe().await.unwrap();
    assert!(said.contains("will be made"), "{said}");
    assert!(std::fs::read_dir(&world.root).unwrap().next().is_none());
    world.write("in", "a.csv", b"x");
    world.write("in", "b.csv.tmp", b"x");
    let said = mailbox.probe().await.unwrap();
    assert!(said.contains("1 waiting"), "{said}");
    assert_eq!(world.names("in"), ["a.csv", "b.csv.tmp"]);
}

/// Folders that are missing and may not be made are the configuration's fault.
pub(crate) async fn missing_folders_are_told(world: &World) {
    let mailbox = world.open_with(&[("create", false.into())]);
    for message in [
        misconfigured(mailbox.list().await),
        misconfigured(mailbox.claimed().await),
        misconfigured(mailbox.put("a", b"x").await),
        misconfigured(mailbox.probe().await),
    ] {
        assert!(message.contains("no such folder"), "{message}");
    }
    assert!(std::fs::read_dir(&world.root).unwrap().next().is_none());
    for folder in ["in", "work", "done", "rejected", "out"] {
        std::fs::create_dir(world.root.join(folder)).unwrap();
    }
    assert!(listed(&*mailbox).await.is_empty());
    mailbox.put("a", b"x").await.unwrap();
}

/// A file where a folder should be is told, too.
pub(crate) async fn a_file_in_place_of_a_folder_is_told(world: &World) {
    std::fs::write(world.root.join("work"), b"").unwrap();
    let mailbox = world.open();
    let message = misconfigured(mailbox.list().await);
    assert!(message.contains("is not a folder"), "{message}");
}
