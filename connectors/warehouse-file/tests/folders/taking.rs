//! Files come in: claimed, handed over, and never lost or taken twice.

use connector::{Failure, Settlement};
use futures_util::FutureExt as _;

use crate::support::{Place, file};

#[tokio::test]
async fn a_file_is_handed_over_and_moved_to_done() {
    let place = Place::new();
    let mut running = place.start("");
    place.drop_in("a.rtn", &file("K1", &["1^SKU-1^^3"]));
    let inbound = running.next().await;
    assert_eq!(inbound.origin.reference, "a.rtn");
    assert_eq!(inbound.origin.headers["x-file-name"], "a.rtn");
    assert_eq!(inbound.origin.connector, "dc-west");
    assert!(inbound.refused.is_none());
    assert_eq!(running.0.codec.decode(&inbound).unwrap().len(), 1);
    assert_eq!(place.names("done"), Vec::<String>::new());
    running.settle(&inbound, Settlement::Stored).await.unwrap();
    assert_eq!(place.names("done"), ["a.rtn"]);
    assert_eq!(place.names("work"), Vec::<String>::new());
    running.nothing().await;
}

#[tokio::test]
async fn a_refused_file_is_moved_to_rejected() {
    let place = Place::new();
    let mut running = place.start("");
    place.drop_in("a.rtn", "rubbish\n");
    let inbound = running.next().await;
    running.carry(&inbound).await;
    assert_eq!(place.names("rejected"), ["a.rtn"]);
}

#[tokio::test]
async fn what_cannot_be_stored_now_comes_again() {
    let place = Place::new();
    let mut running = place.start("");
    place.drop_in("a.rtn", &file("K1", &["1^SKU-1^^3"]));
    let first = running.next().await;
    running.settle(&first, Settlement::NotNow).await.unwrap();
    let again = running.next().await;
    assert_eq!(again.raw, first.raw);
    assert_eq!(again.origin.reference, "a.rtn");
    running.carry(&again).await;
    running.nothing().await;
}

#[tokio::test]
async fn after_a_crash_claimed_files_come_first() {
    let place = Place::new();
    let mut running = place.start("");
    place.drop_in("b.rtn", &file("K1", &["1^SKU-1^^3"]));
    let lost = running.next().await;
    drop(running);
    place.drop_in("a.rtn", &file("K2", &["1^SKU-1^^3"]));
    let mut running = place.start("");
    let first = running.next().await;
    assert_eq!(first.origin.reference, "b.rtn");
    assert_eq!(first.raw, lost.raw);
    assert_eq!(running.next().await.origin.reference, "a.rtn");
}

#[tokio::test]
async fn several_are_open_at_once_and_settled_in_any_order() {
    let place = Place::new();
    let mut running = place.start("");
    for name in ["a", "b", "c"] {
        place.drop_in(&format!("{name}.rtn"), &file(name, &["1^SKU-1^^3"]));
    }
    let mut open = Vec::new();
    for name in ["a.rtn", "b.rtn", "c.rtn"] {
        open.push(running.next().await);
        assert_eq!(open.last().unwrap().origin.reference, name);
    }
    running.nothing().await;
    for inbound in open.iter().rev() {
        running.carry(inbound).await;
    }
    assert_eq!(place.names("done"), ["a.rtn", "b.rtn", "c.rtn"]);
}

/// The sidecar asks for more without waiting, and drops the wait.
#[tokio::test]
async fn a_wait_that_is_given_up_loses_nothing() {
    let place = Place::new();
    let mut running = place.start("");
    for number in 0..30 {
        let name = format!("{number:02}");
        place.drop_in(&format!("{name}.rtn"), &file(&name, &["1^SKU-1^^3"]));
    }
    let mut seen = Vec::new();
    while seen.len() < 30 {
        let source = running.0.source.as_mut().unwrap();
        for _ in 0..3 {
            if let Some(inbound) = source.next().now_or_never() {
                seen.push(inbound.unwrap().unwrap());
            }
        }
        if seen.len() < 30 {
            seen.push(running.next().await);
        }
    }
    running.nothing().await;
    let mut names: Vec<String> = seen.iter().map(|i| i.origin.reference.clone()).collect();
    names.sort();
    names.dedup();
    assert_eq!(names.len(), 30);
}

#[tokio::test]
async fn a_file_that_is_too_large_is_kept_cut_and_refused() {
    let place = Place::new();
    let mut running = place.start("max_bytes = 20\nacknowledge = true");
    place.drop_in("a.rtn", &file("K1", &["1^SKU-1^^3"]));
    let inbound = running.next().await;
    assert_eq!(inbound.raw.len(), 20);
    let refused = inbound.refused.clone().unwrap();
    assert_eq!(refused.code, "warehouse-file.too-large");
    running.carry(&inbound).await;
    assert_eq!(place.names("rejected"), ["a.rtn"]);
    let answer = place.read("out/a.rtn.ack");
    assert!(
        answer.starts_with("RTNACK^a.rtn^refused^0^0^warehouse-file.too-large^"),
        "{answer}"
    );
}

/// Two gigabytes that take no room on the disk.
#[tokio::test]
async fn a_huge_file_is_read_up_to_the_limit_only() {
    let place = Place::new();
    let mut running = place.start("max_bytes = 1000000");
    place.drop_in("a.rtn", "x");
    let path = place.path("in/a.rtn");
    let file = std::fs::File::options().write(true).open(path).unwrap();
    file.set_len(2 << 30).unwrap();
    drop(file);
    testkit::memory::peak(|| ()).unwrap();
    let inbound = running.next().await;
    assert_eq!(inbound.raw.len(), 1_000_000);
    assert_eq!(inbound.refused.unwrap().code, "warehouse-file.too-large");
    let most = testkit::memory::highest().unwrap();
    assert!(most < 512 * 1024 * 1024, "{most} bytes");
}

#[tokio::test]
async fn only_files_of_the_pattern_are_taken() {
    let place = Place::new();
    let mut running = place.start("pattern = \"RTN*.rtn\"");
    place.drop_in("other.txt", "not for us");
    place.drop_in("rtn1.RTN", &file("K1", &["1^SKU-1^^3"]));
    let inbound = running.next().await;
    assert_eq!(inbound.origin.reference, "rtn1.RTN");
    running.carry(&inbound).await;
    running.nothing().await;
    assert_eq!(place.names("in"), ["other.txt"]);
}

#[tokio::test]
async fn an_identical_file_is_done_without_a_word() {
    let place = Place::new();
    let mut running = place.start("acknowledge = true");
    let content = file("K1", &["1^SKU-1^^3", "2^SKU-2^^1^1^ZZ"]);
    place.drop_in("a.rtn", &content);
    let inbound = running.next().await;
    running.carry(&inbound).await;
    let answer = place.read("out/a.rtn.ack");
    assert!(
        answer.starts_with("RTNACK^a.rtn^partly^1^1^^\n"),
        "{answer}"
    );
    assert!(answer.contains("\nRTNROW^2^K1/1^accepted^^\n"), "{answer}");
    assert!(
        answer.contains("\nRTNROW^3^K1/2^refused^warehouse-file.unmapped-code^line 3, column 7"),
        "{answer}"
    );
    std::fs::remove_file(place.path("out/a.rtn.ack")).unwrap();

    // Again, under the same name; the answer is written again.
    place.drop_in("a.rtn", &content);
    running.nothing().await;
    assert_eq!(place.read("out/a.rtn.ack"), answer);
    assert_eq!(place.names("done").len(), 2);

    // Again, under another name and after a restart.
    let mut running = place.start("acknowledge = true");
    place.drop_in("b.rtn", &content);
    running.nothing().await;
    assert_eq!(
        place.read("out/b.rtn.ack"),
        answer.replace("a.rtn", "b.rtn")
    );
}

#[tokio::test]
async fn a_file_that_was_refused_may_come_again() {
    let place = Place::new();
    let mut running = place.start("");
    for _ in 0..2 {
        place.drop_in("a.rtn", "rubbish\n");
        let inbound = running.next().await;
        running.carry(&inbound).await;
    }
    assert_eq!(place.names("rejected").len(), 2);
}

#[tokio::test]
async fn a_mailbox_that_is_away_is_said_and_outlived() {
    let place = Place::new();
    let mut running = place.start("mailbox.create = false");
    std::fs::rename(place.path("in"), place.path("away")).unwrap();
    let source = running.0.source.as_mut().unwrap();
    let failure: Failure = source.next().await.unwrap_err();
    assert_eq!(failure.code, "warehouse-file.misconfigured");
    std::fs::rename(place.path("away"), place.path("in")).unwrap();
    place.drop_in("a.rtn", &file("K1", &["1^SKU-1^^3"]));
    assert_eq!(running.next().await.origin.reference, "a.rtn");
}
