//! Things that must hinder nobody: files that are taken away, gaps with many files behind them, answers that are quick.

use connector::{Found, Settlement};

use crate::conformance::announcement;
use crate::support::{Place, file};

const HOLD: &str = "sequence = { from = \"name\", on_gap = \"hold\" }";
const ANSWERED: &str = "asn_acknowledged = { pattern = \"*.ack\", within = \"4h\" }";

fn numbered(place: &Place, number: u64) {
    let content = file(&format!("K{number}"), &["1^SKU-1^^3"]);
    place.drop_in(&format!("RTN{number:04}.rtn"), &content);
}

/// Another process has ended it, or a person has moved it: there is nothing to end, and the next file is taken.
#[tokio::test]
async fn a_file_that_is_gone_before_its_end_keeps_nobody_out() {
    let place = Place::new();
    let mut running = place.start("acknowledge = true");
    place.drop_in("a.rtn", &file("K1", &["1^SKU-1^^3"]));
    let inbound = running.next().await;
    let work = place.names("work").remove(0);
    std::fs::remove_file(place.path("work").join(work)).unwrap();
    running.settle(&inbound, Settlement::Stored).await.unwrap();
    place.drop_in("b.rtn", &file("K2", &["1^SKU-1^^3"]));
    let next = running.next().await;
    assert_eq!(next.origin.reference, "b.rtn");
    running.carry(&next).await;
    assert_eq!(place.names("done"), ["b.rtn"]);
    running.nothing().await;
}

/// Two processes over one mailbox and the same notes.
#[tokio::test]
async fn two_processes_end_a_file_once_and_go_on() {
    let place = Place::new();
    let mut one = place.start("acknowledge = true");
    place.drop_in("a.rtn", &file("K1", &["1^SKU-1^^3"]));
    let of_one = one.next().await;
    // The other starts meanwhile, and takes up what seems to be left.
    let mut other = place.start("acknowledge = true");
    let of_other = other.next().await;
    one.carry(&of_one).await;
    other.carry(&of_other).await;
    assert_eq!(place.names("done"), ["a.rtn"]);
    assert_eq!(place.names("out"), ["a.rtn.ack"]);
    // While one works on a file, the other leaves it alone.
    place.drop_in("b.rtn", &file("K2", &["1^SKU-1^^3"]));
    let of_one = one.next().await;
    other.nothing().await;
    one.carry(&of_one).await;
    place.drop_in("c.rtn", &file("K3", &["1^SKU-1^^3"]));
    let of_other = other.next().await;
    assert_eq!(of_other.origin.reference, "c.rtn");
}

/// More files wait behind the gap than are claimed in one look: the one that fills it is claimed all the same.
#[tokio::test]
async fn a_gap_is_filled_however_many_files_wait_behind_it() {
    let place = Place::new();
    let mut running = place.start(HOLD);
    numbered(&place, 1);
    let first = running.next().await;
    running.carry(&first).await;
    for number in 3..=30 {
        numbered(&place, number);
    }
    running.nothing().await;
    numbered(&place, 2);
    for number in 2..=30 {
        let inbound = running.next().await;
        assert_eq!(inbound.origin.reference, format!("RTN{number:04}.rtn"));
        running.carry(&inbound).await;
    }
    running.nothing().await;
    assert_eq!(place.names("done").len(), 30);
}

/// What cannot be ended is said, and new files are taken meanwhile.
#[tokio::test]
async fn an_end_that_fails_keeps_no_new_file_out() {
    let place = Place::new();
    let mut running = place.start("acknowledge = true");
    place.drop_in("a.rtn", &file("K1", &["1^SKU-1^^3"]));
    let inbound = running.next().await;
    std::fs::remove_dir(place.path("out")).unwrap();
    std::fs::write(place.path("out"), "a file where the folder was").unwrap();
    let source = running.0.source.as_mut().unwrap();
    let stored = source.settle(&inbound.origin, Settlement::Stored).await;
    stored.unwrap_err();
    place.drop_in("b.rtn", &file("K2", &["1^SKU-1^^3"]));
    let mut taken = None;
    for _ in 0..5 {
        if let Ok(Some(inbound)) = source.next().await {
            taken = Some(inbound);
            break;
        }
    }
    assert_eq!(taken.expect("nothing came").origin.reference, "b.rtn");
}

/// A warehouse that answers before we are told that the file was written.
#[tokio::test]
async fn an_answer_may_come_before_the_file_is_noted() {
    let place = Place::new();
    let mut running = place.start(ANSWERED);
    let command = announcement();
    running.send(&command).await.unwrap_err();
    // As if the process had ended before the file was noted as written.
    let notes: &dyn connector::Notes = place.notes.as_ref();
    let key = command.effect_key.as_str();
    notes.put("sent", key, "").await.unwrap();
    let file = format!("{key}.asn");
    std::fs::remove_file(place.path("out").join(&file)).unwrap();
    place.drop_in("x.ack", &format!("ASNACK^{file}^OK\n"));
    let inbound = running.next().await;
    assert!(inbound.refused.is_none(), "{:?}", inbound.refused);
    running.carry(&inbound).await;
    let found = running.find(&command).await.unwrap();
    assert!(matches!(found, Found::Complete(_)), "{found:?}");
    // Nor is it written a second time.
    assert!(running.send(&command).await.unwrap().duplicate);
    assert_eq!(place.names("out"), Vec::<String>::new());
}
