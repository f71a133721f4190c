//! An SFTP account as a mailbox, against OpenSSH: the behaviour of every mailbox.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "tests"
)]

mod suite;

use suite::World;
use testkit::sshd::{self, Sshd};

struct There {
    world: World,
    _sshd: Sshd,
}

async fn there() -> Option<There> {
    if let Err(why) = sshd::available() {
        println!("left out: {why}");
        return None;
    }
    let sshd = Sshd::start().await.unwrap();
    let world = World {
        options: sshd.options().unwrap(),
        root: sshd.folder(),
    };
    Some(There { world, _sshd: sshd })
}

#[tokio::test(flavor = "multi_thread")]
async fn files_come_in_order() {
    if let Some(there) = there().await {
        suite::taking::files_come_in_order(&there.world).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_half_written_file_is_not_read() {
    if let Some(there) = there().await {
        suite::taking::a_half_written_file_is_not_read(&there.world).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn unfinished_names_are_not_listed() {
    if let Some(there) = there().await {
        suite::taking::unfinished_names_are_not_listed(&there.world).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn markers_say_what_is_whole() {
    if let Some(there) = there().await {
        suite::taking::markers_say_what_is_whole(&there.world).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn one_claimer_wins() {
    if let Some(there) = there().await {
        suite::taking::one_claimer_wins(&there.world).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn claimed_files_are_found_after_a_restart() {
    if let Some(there) = there().await {
        suite::taking::claimed_files_are_found_after_a_restart(&there.world).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_abandoned_claim_is_listed_again() {
    if let Some(there) = there().await {
        suite::taking::an_abandoned_claim_is_listed_again(&there.world).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_large_file_is_cut() {
    if let Some(there) = there().await {
        suite::taking::a_large_file_is_cut(&there.world).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn only_plain_files_are_taken() {
    if let Some(there) = there().await {
        suite::taking::only_plain_files_are_taken(&there.world).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_not_there_is_not_claimed() {
    if let Some(there) = there().await {
        suite::taking::what_is_not_there_is_not_claimed(&there.world).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_taken_name_gets_a_number() {
    if let Some(there) = there().await {
        suite::finishing::a_taken_name_gets_a_number(&there.world).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn finishing_twice_is_no_error() {
    if let Some(there) = there().await {
        suite::finishing::finishing_twice_is_no_error(&there.world).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn processes_do_not_overwrite_each_others_files() {
    if let Some(there) = there().await {
        suite::finishing::processes_do_not_overwrite_each_others_files(&there.world).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_again_is_recognised() {
    if let Some(there) = there().await {
        suite::putting::the_same_again_is_recognised(&there.world).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn any_size_is_put_whole() {
    if let Some(there) = there().await {
        suite::putting::any_size_is_put_whole(&there.world).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_file_is_a_conflict() {
    if let Some(there) = there().await {
        suite::putting::what_is_no_file_is_a_conflict(&there.world).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn bad_names_are_refused() {
    if let Some(there) = there().await {
        suite::putting::bad_names_are_refused(&there.world).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_left_over_half_is_made_whole() {
    if let Some(there) = there().await {
        suite::putting::a_left_over_half_is_made_whole(&there.world).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn several_put_the_same_name() {
    if let Some(there) = there().await {
        suite::putting::several_put_the_same_name(&there.world).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn odd_names_are_taken() {
    if let Some(there) = there().await {
        suite::names::odd_names_are_taken(&there.world).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_name_that_is_too_long_stays() {
    if let Some(there) = there().await {
        suite::names::a_name_that_is_too_long_stays(&there.world).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn folders_may_have_other_names() {
    if let Some(there) = there().await {
        suite::names::folders_may_have_other_names(&there.world).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_probe_changes_nothing() {
    if let Some(there) = there().await {
        suite::names::a_probe_changes_nothing(&there.world).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn missing_folders_are_told() {
    if let Some(there) = there().await {
        suite::names::missing_folders_are_told(&there.world).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_in_place_of_a_folder_is_told() {
    if let Some(there) = there().await {
        suite::names::a_file_in_place_of_a_folder_is_told(&there.world).await;
    }
}
