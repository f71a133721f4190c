//! An outcome counts only from whoever holds the lease.

use store::{EffectState, Lease};

use super::Place;
use super::rows::*;

pub async fn outcome_is_written_with_what_follows(place: &Place) {
    let store = place.open().await;
    plan(&store, effect("E", "A", EffectState::Ready)).await;
    let row = send(&store, ask("E", "w1", 10, 40)).await;
    let mut end = outcome(&row, EffectState::Confirmed, "OK", 12);
    end.document = Some(r#"{"id":"CM-1"}"#.to_owned());
    end.outbox = vec![message("m1"), message("m2")];
    end.exception = Some(exception("late"));
    end.audit = Some(entry("A", "CREDITED"));
    let (batch, settled) = store.settle(vec![end], Vec::new()).await.unwrap();
    assert_eq!(settled, [true]);
    let stored = store.effect("E").await.unwrap().unwrap();
    assert_eq!(stored.state, EffectState::Confirmed);
    assert_eq!(stored.document.as_deref(), Some(r#"{"id":"CM-1"}"#));
    assert_eq!(
        (stored.owner.as_str(), stored.lease_until, stored.updated_at),
        ("", None, at(12))
    );
    let attempts = store.attempts("E").await.unwrap();
    assert_eq!(
        (attempts[0].class.as_str(), attempts[0].ended_at),
        ("OK", Some(at(12)))
    );
    let outbox = store.unpublished(jiff::Timestamp::MAX, 10).await.unwrap();
    let ids: Vec<_> = outbox
        .iter()
        .map(|o| (o.batch, o.message.id.as_str()))
        .collect();
    assert_eq!(ids, [(batch, "m1"), (batch, "m2")]);
    assert!(store.exception("X-late").await.unwrap().is_some());
    assert_eq!(store.audit("A", 0, 10).await.unwrap().len(), 1);
    let next = lease(&store, ask("E", "w1", 13, 40)).await;
    assert_eq!(next, Lease::Settled(EffectState::Confirmed));
}

pub async fn old_fence_is_refused(place: &Place) {
    let store = place.open().await;
    plan(&store, effect("E", "A", EffectState::Ready)).await;
    let first = send(&store, ask("E", "w1", 10, 40)).await;
    let mut retry = outcome(&first, EffectState::Ready, "RETRYABLE", 12);
    (retry.tries, retry.not_before, retry.failure_code) = (1, Some(at(17)), "erp.503".to_owned());
    assert!(settle(&store, retry).await);
    assert_eq!(
        lease(&store, ask("E", "w1", 16, 40)).await,
        Lease::Early(at(17))
    );
    let second = send(&store, ask("E", "w1", 17, 60)).await;
    assert_eq!((second.attempts, second.fence, second.tries), (2, 2, 1));
    let mut late = outcome(&first, EffectState::Confirmed, "OK", 18);
    late.outbox = vec![message("late")];
    late.audit = Some(entry("A", "late"));
    assert!(!settle(&store, late).await);
    assert_eq!(state_of(&store, "E").await, EffectState::InFlight);
    assert_eq!(
        store.unpublished(jiff::Timestamp::MAX, 10).await.unwrap(),
        []
    );
    assert_eq!(store.audit("", 0, 10).await.unwrap(), []);
}

pub async fn second_outcome_is_refused(place: &Place) {
    let store = place.open().await;
    plan(&store, effect("E", "A", EffectState::Ready)).await;
    let row = send(&store, ask("E", "w1", 10, 40)).await;
    let end = outcome(&row, EffectState::Unknown, "UNKNOWN", 12);
    let other = outcome(&row, EffectState::Ready, "RETRYABLE", 12);
    let (batch, settled) = store
        .settle(vec![end, other.clone()], Vec::new())
        .await
        .unwrap();
    assert_eq!((batch, settled), (0, vec![true, false]));
    assert!(!settle(&store, other).await);
    assert_eq!(state_of(&store, "E").await, EffectState::Unknown);
}

pub async fn late_outcome_of_a_lost_lease_is_refused(place: &Place) {
    let store = place.open().await;
    plan(&store, effect("E", "A", EffectState::Ready)).await;
    let lost = send(&store, ask("E", "w1", 10, 40)).await;
    assert!(matches!(
        lease(&store, ask("E", "w2", 50, 80)).await,
        Lease::Verify(_)
    ));
    assert!(!settle(&store, outcome(&lost, EffectState::Confirmed, "OK", 55)).await);
    assert_eq!(state_of(&store, "E").await, EffectState::Unknown);
}

pub async fn outcome_after_expiry_is_taken_while_nobody_else_came(place: &Place) {
    let store = place.open().await;
    plan(&store, effect("E", "A", EffectState::Ready)).await;
    let slow = send(&store, ask("E", "w1", 10, 40)).await;
    assert!(settle(&store, outcome(&slow, EffectState::Confirmed, "OK", 90)).await);
    assert_eq!(state_of(&store, "E").await, EffectState::Confirmed);
}
