//! A copy keeps the key of the original, and takes its place once.

use canonical::envelope::Context;
use canonical::event::CancelRequest;
use canonical::{Event, EventData, ExceptionCode, MessageKey, ReturnName};
use store::{SqliteStore, Unit};

use super::*;
use crate::report::Report;

fn envelope(key: &str, return_id: &str, reason: &str) -> String {
    let event = Event {
        key: MessageKey(key.to_owned()),
        subject: ReturnName::Id(return_id.to_owned()),
        occurred_at: Timestamp::UNIX_EPOCH,
        data: EventData::CancelRequested(CancelRequest {
            request_id: "C1".to_owned(),
            requested_by: "carol".to_owned(),
            reason: reason.to_owned(),
        }),
    };
    let context = Context {
        connector: "portal".to_owned(),
        correlation_id: String::new(),
        causation_id: String::new(),
        traceparent: String::new(),
        ingested_at: Timestamp::UNIX_EPOCH,
    };
    serde_json::to_string(&Envelope::seal(&event, &context).unwrap()).unwrap()
}

/// An event that the router refused, in a store.
async fn refused() -> (SqliteStore, ExceptionRow) {
    let store = SqliteStore::simulated(store::Clock::default()).unwrap();
    let raw = envelope("portal|C1", "R1", "first").into();
    let row = Report::new("route", ExceptionCode::PoisonMessage).row(
        Timestamp::UNIX_EPOCH,
        String::new(),
        raw,
    );
    let unit = Unit {
        exceptions: vec![row.clone()],
        ..Unit::default()
    };
    store.commit(vec![unit], Vec::new()).await.unwrap();
    (store, row)
}

const HOW: Edit<'_> = Edit {
    who: "ada",
    reason: "a typo",
    codec: None,
};

#[tokio::test]
async fn a_copy_keeps_the_key_and_is_given_once() {
    let (store, row) = refused().await;
    let copy = Bytes::from(envelope("portal|C1", "R1", "mended"));
    let now = Timestamp::UNIX_EPOCH;
    let Edited::Done(done) = edit(&store, &row, &copy, HOW, now).await.unwrap() else {
        panic!("not done")
    };
    assert_eq!(done.events[0].0, "portal|C1");
    let again = edit(&store, &row, &copy, HOW, now).await.unwrap();
    assert!(
        matches!(again, Edited::Not(NoCopy::Refused(_))),
        "{again:?}"
    );
    let outbox = store.unpublished(Timestamp::MAX, 10).await.unwrap();
    assert_eq!(outbox.len(), 1, "one copy");
    let text = std::str::from_utf8(&outbox[0].message.body).unwrap();
    let sent = Envelope::parse(text).unwrap();
    assert!(sent.id.starts_with("portal|C1|replay|"), "{}", sent.id);
    assert!(sent.data.get().contains("mended"));
    assert_eq!(sent.causationid, row.exception_id);
}

#[tokio::test]
async fn another_fact_is_not_a_copy() {
    let (store, row) = refused().await;
    for (what, copy) in [
        ("id", envelope("portal|C2", "R1", "x")),
        ("subject", envelope("portal|C1", "R2", "x")),
    ] {
        let edited = edit(&store, &row, &copy.into(), HOW, Timestamp::UNIX_EPOCH).await;
        let Edited::Not(NoCopy::Refused(why)) = edited.unwrap() else {
            panic!("{what} may not change")
        };
        assert!(why.contains(what), "{why}");
    }
    let broken = edit(
        &store,
        &row,
        &Bytes::from_static(b"{"),
        HOW,
        Timestamp::UNIX_EPOCH,
    )
    .await;
    assert!(matches!(
        broken.unwrap(),
        Edited::Not(NoCopy::Unreadable(_))
    ));
    assert_eq!(store.unpublished(Timestamp::MAX, 10).await.unwrap(), []);
    let open = store.exception(&row.exception_id).await.unwrap().unwrap();
    assert_eq!(open.state, ExceptionState::Open);
}
