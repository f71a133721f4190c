//! Announcements go out, and the warehouse answers; or does not.

use connector::{FailureKind, Found};

use crate::conformance::{announcement, cancellation};
use crate::support::Place;

const ANSWERED: &str = "asn_acknowledged = { pattern = \"*.ack\", within = \"4h\" }";

fn file_of(command: &canonical::Command) -> String {
    format!("{}.asn", command.effect_key)
}

#[tokio::test]
async fn without_answers_a_written_file_is_enough() {
    let place = Place::new();
    let running = place.start("");
    let command = announcement();
    assert_eq!(running.find(&command).await.unwrap(), Found::Nothing);
    let first = running.send(&command).await.unwrap();
    assert!(!first.duplicate);
    assert_eq!(first.document.doc_no, file_of(&command));
    assert!(running.send(&command).await.unwrap().duplicate);
    // The warehouse takes it away: it is known all the same, and not written again.
    std::fs::remove_file(place.path("out").join(file_of(&command))).unwrap();
    assert!(matches!(
        running.find(&command).await.unwrap(),
        Found::Complete(_)
    ));
    assert!(running.send(&command).await.unwrap().duplicate);
    assert_eq!(place.names("out"), Vec::<String>::new());
    running.send(&cancellation()).await.unwrap();
    assert_eq!(place.names("out").len(), 1);
}

#[tokio::test]
async fn a_file_written_just_before_a_crash_is_found() {
    let place = Place::new();
    let command = announcement();
    place.start("").send(&command).await.unwrap();
    let other = Place {
        notes: std::sync::Arc::default(),
        ..place
    };
    let running = other.start("");
    assert!(matches!(
        running.find(&command).await.unwrap(),
        Found::Complete(_)
    ));
}

#[tokio::test]
async fn another_file_of_that_name_is_a_conflict() {
    let place = Place::new();
    let running = place.start("");
    let command = announcement();
    std::fs::write(place.path("out").join(file_of(&command)), "other").unwrap();
    let found = running.find(&command).await.unwrap();
    assert!(matches!(found, Found::Differs { .. }), "{found:?}");
    let failure = running.send(&command).await.unwrap_err();
    assert_eq!(failure.code, "warehouse-file.key-conflict");
    assert_eq!(place.read(&format!("out/{}", file_of(&command))), "other");
}

#[tokio::test]
async fn a_yes_completes() {
    let place = Place::new();
    let mut running = place.start(ANSWERED);
    let command = announcement();
    let waiting = running.send(&command).await.unwrap_err();
    assert_eq!(waiting.kind, FailureKind::Unacknowledged);
    let waiting = running.find(&command).await.unwrap_err();
    assert_eq!(waiting.kind, FailureKind::Unacknowledged);
    place.drop_in("x.ack", &format!("ASNACK^{}^OK\n", command.effect_key));
    let inbound = running.next().await;
    assert!(inbound.refused.is_none());
    assert_eq!(running.0.codec.decode(&inbound).unwrap(), []);
    running.carry(&inbound).await;
    assert_eq!(place.names("done"), ["x.ack"]);
    assert!(matches!(
        running.find(&command).await.unwrap(),
        Found::Complete(_)
    ));
    assert!(running.send(&command).await.unwrap().duplicate);
}

#[tokio::test]
async fn a_no_is_told_once_and_may_be_sent_anew() {
    let place = Place::new();
    let mut running = place.start(ANSWERED);
    let command = announcement();
    running.send(&command).await.unwrap_err();
    let no = format!("ASNACK^{}^ERROR^E7^unknown item\n", command.effect_key);
    place.drop_in("x.ack", &no);
    let inbound = running.next().await;
    running.carry(&inbound).await;
    let refused = running.find(&command).await.unwrap();
    assert!(
        matches!(&refused, Found::Refused { reason, .. } if reason == "E7: unknown item"),
        "{refused:?}"
    );
    assert_eq!(running.find(&command).await.unwrap(), Found::Nothing);
    // The same answer twice is one answer.
    place.drop_in("x.again.ack", &no);
    let inbound = running.next().await;
    running.carry(&inbound).await;
    assert_eq!(running.find(&command).await.unwrap(), Found::Nothing);
    // A person gives it back: it is written anew, and waits for a new answer.
    let waiting = running.send(&command).await.unwrap_err();
    assert_eq!(waiting.kind, FailureKind::Unacknowledged);
    let waiting = running.find(&command).await.unwrap_err();
    assert_eq!(waiting.kind, FailureKind::Unacknowledged);
    place.drop_in("y.ack", &format!("ASNACK^{}^OK\n", command.effect_key));
    let inbound = running.next().await;
    running.carry(&inbound).await;
    assert!(matches!(
        running.find(&command).await.unwrap(),
        Found::Complete(_)
    ));
}

#[tokio::test]
async fn an_answer_that_is_overdue_makes_it_written_again() {
    let place = Place::new();
    let running = place.start("asn_acknowledged = { pattern = \"*.ack\", within = \"1ms\" }");
    let command = announcement();
    running.send(&command).await.unwrap_err();
    std::fs::remove_file(place.path("out").join(file_of(&command))).unwrap();
    tokio::time::sleep(std::time::Duration::from_millis(5)).await;
    assert_eq!(running.find(&command).await.unwrap(), Found::Nothing);
    running.send(&command).await.unwrap_err();
    assert_eq!(place.names("out"), [file_of(&command)]);
}

#[tokio::test]
async fn an_answer_may_name_the_file_or_nothing() {
    let place = Place::new();
    let mut running = place.start(ANSWERED);
    for (command, answer) in [
        (
            announcement(),
            format!("ASNACK^{}^OK\n", file_of(&announcement())),
        ),
        (cancellation(), "ASNACK^^OK\n".to_owned()),
    ] {
        running.send(&command).await.unwrap_err();
        let file = place
            .names("out")
            .into_iter()
            .find(|name| name.starts_with(command.effect_key.as_str()));
        place.drop_in(&format!("{}.ack", file.unwrap()), &answer);
        let inbound = running.next().await;
        assert!(inbound.refused.is_none(), "{:?}", inbound.refused);
        running.carry(&inbound).await;
        assert!(matches!(
            running.find(&command).await.unwrap(),
            Found::Complete(_)
        ));
    }
}

#[tokio::test]
async fn answers_that_make_no_sense_reach_people() {
    let place = Place::new();
    let mut running = place.start(ANSWERED);
    place.drop_in("a.ack", "ASNACK^rt1-nobody^OK\n");
    let inbound = running.next().await;
    let failure = inbound.refused.clone().unwrap();
    assert_eq!(failure.code, "warehouse-file.ack-unsolicited");
    running.carry(&inbound).await;
    place.drop_in("b.ack", "ASNACK^rt1-nobody^MAYBE\n");
    let inbound = running.next().await;
    let failure = running.0.codec.decode(&inbound).unwrap_err();
    assert_eq!(failure.code, "warehouse-file.ack-unreadable");
    running.carry(&inbound).await;
    assert_eq!(place.names("rejected"), ["a.ack", "b.ack"]);
}
