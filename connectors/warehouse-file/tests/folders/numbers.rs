//! Numbers of files: gaps and repetitions are told, once each.

use connector::Inbound;

use crate::support::{Place, Running, file};

const ALARM: &str = "sequence = { from = \"name\" }";
const HOLD: &str = "sequence = { from = \"name\", on_gap = \"hold\" }";

fn put(place: &Place, number: u64) {
    let rows = ["1^SKU-1^^3"];
    place.drop_in(
        &format!("RTN{number:04}.rtn"),
        &file(&format!("K{number}"), &rows),
    );
}

async fn carried(running: &mut Running) -> Inbound {
    let inbound = running.next().await;
    running.carry(&inbound).await;
    inbound
}

#[tokio::test]
async fn a_gap_is_told_once_and_may_be_filled() {
    let place = Place::new();
    let mut running = place.start(ALARM);
    put(&place, 7);
    assert!(carried(&mut running).await.refused.is_none());
    put(&place, 10);
    let (file, alarm) = (carried(&mut running).await, carried(&mut running).await);
    assert!(file.refused.is_none());
    let failure = alarm.refused.unwrap();
    assert_eq!(failure.code, "warehouse-file.sequence-gap");
    assert_eq!(
        failure.message,
        "numbers 8 to 9 are missing: RTN0010.rtn has number 10"
    );
    for number in [9, 8, 11] {
        put(&place, number);
        assert!(carried(&mut running).await.refused.is_none());
    }
    running.nothing().await;
    place.start(ALARM).nothing().await;
}

#[tokio::test]
async fn an_alarm_that_was_not_settled_is_raised_again() {
    let place = Place::new();
    let mut running = place.start(ALARM);
    for number in [1, 3] {
        put(&place, number);
        carried(&mut running).await;
    }
    let alarm = running.next().await;
    drop(running);
    let mut running = place.start(ALARM);
    let again = carried(&mut running).await;
    assert_eq!(again.refused, alarm.refused);
    running.nothing().await;
}

#[tokio::test]
async fn files_behind_a_gap_wait_for_it() {
    let place = Place::new();
    let mut running = place.start(HOLD);
    put(&place, 1);
    carried(&mut running).await;
    put(&place, 3);
    running.nothing().await;
    assert_eq!(place.names("work").len(), 1);
    put(&place, 2);
    assert_eq!(carried(&mut running).await.origin.reference, "RTN0002.rtn");
    assert_eq!(carried(&mut running).await.origin.reference, "RTN0003.rtn");
    running.nothing().await;
}

#[tokio::test]
async fn patience_ends() {
    let place = Place::new();
    let options = "sequence = { from = \"name\", on_gap = \"hold\", gap_patience = \"1500ms\" }";
    let mut running = place.start(options);
    put(&place, 1);
    carried(&mut running).await;
    put(&place, 3);
    running.nothing().await;
    let (alarm, file) = (carried(&mut running).await, carried(&mut running).await);
    let both = [alarm.refused.is_some(), file.refused.is_some()];
    assert!(both.contains(&true) && both.contains(&false), "{both:?}");
}

#[tokio::test]
async fn a_number_that_comes_twice_is_told() {
    let place = Place::new();
    let mut running = place.start(ALARM);
    put(&place, 1);
    carried(&mut running).await;
    place.drop_in("RTN0001b.rtn", &file("K1", &["1^SKU-1^^3", "2^SKU-2^^1"]));
    let mut both = [carried(&mut running).await, carried(&mut running).await];
    both.sort_by_key(|inbound| inbound.refused.is_some());
    let [file, alarm] = both;
    assert!(file.refused.is_none());
    assert_eq!(
        alarm.refused.unwrap().code,
        "warehouse-file.sequence-repeat"
    );
}

#[tokio::test]
async fn a_correction_of_a_refused_file_has_its_number() {
    let place = Place::new();
    let mut running = place.start(ALARM);
    place.drop_in("RTN0001.rtn", "rubbish\n");
    carried(&mut running).await;
    assert_eq!(place.names("rejected"), ["RTN0001.rtn"]);
    put(&place, 1);
    assert!(carried(&mut running).await.refused.is_none());
    running.nothing().await;
}

#[tokio::test]
async fn the_number_may_stand_in_the_file() {
    let place = Place::new();
    let mut running = place.start("sequence = {}");
    for number in [4, 6] {
        let content = file(&format!("K{number}"), &["1^SKU-1^^3"]);
        place.drop_in(
            &format!("f{number}.rtn"),
            &format!("{content}RTNEND^2^3^{number}\n"),
        );
        carried(&mut running).await;
    }
    let alarm = carried(&mut running).await.refused.unwrap();
    assert_eq!(alarm.message, "number 5 is missing: f6.rtn has number 6");
}
