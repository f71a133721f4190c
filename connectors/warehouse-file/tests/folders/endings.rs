//! A file's end that cannot be written now is written later.

use connector::Settlement;

use crate::support::{Place, file};

#[tokio::test]
async fn a_file_that_cannot_be_moved_is_moved_later() {
    let place = Place::new();
    let mut running = place.start("");
    place.drop_in("a.rtn", &file("K1", &["1^SKU-1^^3"]));
    let inbound = running.next().await;
    std::fs::remove_dir(place.path("done")).unwrap();
    std::fs::write(place.path("done"), "a file where the folder was").unwrap();
    let failure = running
        .settle(&inbound, Settlement::Stored)
        .await
        .unwrap_err();
    assert!(failure.code.starts_with("warehouse-file."), "{failure}");
    std::fs::remove_file(place.path("done")).unwrap();
    std::fs::create_dir(place.path("done")).unwrap();
    running.nothing().await;
    assert_eq!(place.names("done"), ["a.rtn"]);
    assert_eq!(place.names("work"), Vec::<String>::new());
}

#[tokio::test]
async fn a_file_is_not_moved_before_it_is_noted() {
    let place = Place::new();
    let mut running = place.start("acknowledge = true");
    place.drop_in("a.rtn", &file("K1", &["1^SKU-1^^3"]));
    let inbound = running.next().await;
    place.notes.lose(true);
    let failure = running
        .settle(&inbound, Settlement::Stored)
        .await
        .unwrap_err();
    assert_eq!(failure.code, "warehouse-file.notes-lost");
    assert_eq!(place.names("done"), Vec::<String>::new());
    place.notes.lose(false);
    running.nothing().await;
    assert_eq!(place.names("done"), ["a.rtn"]);
    assert_eq!(place.names("out"), ["a.rtn.ack"]);
}

#[tokio::test]
async fn after_a_crash_between_note_and_move_the_file_is_only_moved() {
    let place = Place::new();
    let mut running = place.start("acknowledge = true");
    let content = file("K1", &["1^SKU-1^^3"]);
    place.drop_in("a.rtn", &content);
    let inbound = running.next().await;
    running.carry(&inbound).await;
    drop(running);
    // As if the process had ended just before the move.
    std::fs::rename(place.path("done/a.rtn"), place.path("in/a.rtn")).unwrap();
    let mut running = place.start("acknowledge = true");
    running.nothing().await;
    assert_eq!(place.names("done"), ["a.rtn"]);
}

#[tokio::test]
async fn a_corrected_file_of_the_same_name_has_an_answer_of_its_own() {
    let place = Place::new();
    let mut running = place.start("acknowledge = true");
    for rows in [["1^SKU-1^^3"], ["1^SKU-1^^4"]] {
        place.drop_in("a.rtn", &file("K1", &rows));
        let inbound = running.next().await;
        running.carry(&inbound).await;
    }
    // Both say that one row was taken.
    assert_eq!(place.names("out"), ["a.rtn.ack"]);
    place.drop_in("a.rtn", &file("K1", &["1^SKU-1^^0"]));
    let inbound = running.next().await;
    running.carry(&inbound).await;
    let names = place.names("out");
    assert_eq!(names.len(), 2, "{names:?}");
    let other = names.iter().find(|name| *name != "a.rtn.ack").unwrap();
    assert_eq!(other.len(), "a.rtn.12345678.ack".len(), "{names:?}");
}

/// Twenty identical files, and whoever waits gives up again and again: each is ended once.
#[tokio::test]
async fn known_files_are_ended_once_however_often_a_wait_is_given_up() {
    let place = Place::new();
    let mut running = place.start("acknowledge = true");
    let content = file("K1", &["1^SKU-1^^3"]);
    place.drop_in("a.rtn", &content);
    let inbound = running.next().await;
    running.carry(&inbound).await;
    for number in 0..20 {
        place.drop_in(&format!("copy{number}.rtn"), &content);
    }
    let started = std::time::Instant::now();
    while place.names("done").len() < 21 {
        assert!(
            started.elapsed().as_secs() < 20,
            "{:?}",
            place.names("work")
        );
        let source = running.0.source.as_mut().unwrap();
        let next = tokio::time::timeout(std::time::Duration::from_millis(3), source.next());
        if let Ok(inbound) = next.await {
            panic!("unexpected: {inbound:?}");
        }
    }
    assert_eq!(place.names("out").len(), 21);
    running.nothing().await;
}
