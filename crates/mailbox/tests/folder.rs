//! A folder of this machine as a mailbox: the behaviour of every mailbox, and what only folders have.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "tests"
)]

mod suite;

use std::os::unix::ffi::OsStrExt as _;
use std::path::Path;

use suite::{World, claim, listed, misconfigured};
use tempfile::TempDir;
use toml::{Table, Value};

struct Here {
    world: World,
    _dir: TempDir,
}

fn here() -> Here {
    let dir = tempfile::tempdir().unwrap();
    let root = dir.path().to_owned();
    let mut options = Table::new();
    options.insert("kind".to_owned(), "folder".into());
    options.insert("path".to_owned(), root.display().to_string().into());
    options.insert("stable_for".to_owned(), "0s".into());
    let world = World { options, root };
    Here { world, _dir: dir }
}

#[tokio::test(flavor = "multi_thread")]
async fn files_come_in_order() {
    suite::taking::files_come_in_order(&here().world).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_half_written_file_is_not_read() {
    suite::taking::a_half_written_file_is_not_read(&here().world).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn unfinished_names_are_not_listed() {
    suite::taking::unfinished_names_are_not_listed(&here().world).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn markers_say_what_is_whole() {
    suite::taking::markers_say_what_is_whole(&here().world).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn one_claimer_wins() {
    suite::taking::one_claimer_wins(&here().world).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn claimed_files_are_found_after_a_restart() {
    suite::taking::claimed_files_are_found_after_a_restart(&here().world).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_abandoned_claim_is_listed_again() {
    suite::taking::an_abandoned_claim_is_listed_again(&here().world).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_large_file_is_cut() {
    suite::taking::a_large_file_is_cut(&here().world).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn only_plain_files_are_taken() {
    suite::taking::only_plain_files_are_taken(&here().world).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_not_there_is_not_claimed() {
    suite::taking::what_is_not_there_is_not_claimed(&here().world).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_taken_name_gets_a_number() {
    suite::finishing::a_taken_name_gets_a_number(&here().world).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn finishing_twice_is_no_error() {
    suite::finishing::finishing_twice_is_no_error(&here().world).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn processes_do_not_overwrite_each_others_files() {
    suite::finishing::processes_do_not_overwrite_each_others_files(&here().world).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_again_is_recognised() {
    suite::putting::the_same_again_is_recognised(&here().world).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn any_size_is_put_whole() {
    suite::putting::any_size_is_put_whole(&here().world).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_file_is_a_conflict() {
    suite::putting::what_is_no_file_is_a_conflict(&here().world).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn bad_names_are_refused() {
    suite::putting::bad_names_are_refused(&here().world).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_left_over_half_is_made_whole() {
    suite::putting::a_left_over_half_is_made_whole(&here().world).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn several_put_the_same_name() {
    suite::putting::several_put_the_same_name(&here().world).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn odd_names_are_taken() {
    suite::names::odd_names_are_taken(&here().world).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_name_that_is_too_long_stays() {
    suite::names::a_name_that_is_too_long_stays(&here().world).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn folders_may_have_other_names() {
    suite::names::folders_may_have_other_names(&here().world).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_probe_changes_nothing() {
    suite::names::a_probe_changes_nothing(&here().world).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn missing_folders_are_told() {
    suite::names::missing_folders_are_told(&here().world).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_in_place_of_a_folder_is_told() {
    suite::names::a_file_in_place_of_a_folder_is_told(&here().world).await;
}

/// A name that is not UTF-8 is shown with its odd bytes as `%XX`, and found again by that.
#[tokio::test]
async fn names_that_are_not_text_are_taken() {
    let here = here();
    let world = &here.world;
    let raw = std::ffi::OsStr::from_bytes(b"R\xfcckgabe.csv");
    std::fs::create_dir(world.root.join("in")).unwrap();
    std::fs::write(world.root.join("in").join(raw), b"latin").unwrap();
    let mailbox = world.open();
    assert_eq!(listed(&*mailbox).await, ["R%FCckgabe.csv"]);
    let claimed = claim(&*mailbox, "R%FCckgabe.csv").await;
    let found = mailbox.claimed().await.unwrap();
    assert_eq!(found, std::slice::from_ref(&claimed));
    assert_eq!(mailbox.read(&claimed, 9).await.unwrap().bytes, "latin");
    let done = mailbox.finish(&claimed, mailbox::Fate::Done).await;
    done.unwrap();
    assert!(world.root.join("done").join(raw).is_file());
}

/// Files are claimed by renaming, and that works within one file system only.
#[tokio::test]
async fn another_file_system_is_told() {
    use std::os::unix::fs::MetadataExt as _;
    let here = here();
    let world = &here.world;
    let Ok(other) = tempfile::tempdir_in("/dev/shm") else {
        println!("left out: there is no /dev/shm");
        return;
    };
    let device = |path: &Path| path.metadata().unwrap().dev();
    if device(other.path()) == device(&world.root) {
        println!("left out: /dev/shm lies on the same file system");
        return;
    }
    let mut folders = Table::new();
    let work = other.path().display().to_string();
    folders.insert("work".to_owned(), work.clone().into());
    let mailbox = world.open_with(&[("folders", Value::Table(folders))]);
    world.write("in", "a", b"x");
    for message in [
        misconfigured(mailbox.list().await),
        misconfigured(mailbox.claim("a").await),
    ] {
        assert!(message.starts_with(&work), "{message}");
        assert!(message.contains("another file system"), "{message}");
    }
    let probed = misconfigured(mailbox.probe().await);
    assert!(probed.contains("no such folder") || probed.contains("another file system"));
    assert_eq!(world.names("in"), ["a"]);
}
