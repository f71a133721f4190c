//! Effects are planned once, released, cancelled and given back only where that is safe.

use store::{
    EffectState, EffectWrite, ExceptionState, OutboxMessage, Reopening, Unit, UnitOutcome,
};

use super::Place;
use super::rows::*;

fn change(effects: Vec<EffectWrite>) -> Unit {
    Unit {
        effects,
        ..Unit::default()
    }
}

pub async fn plan_again_changes_nothing(place: &Place) {
    let store = place.open().await;
    plan(&store, effect("E", "A", EffectState::Planned)).await;
    plan(&store, effect("E", "B", EffectState::Ready)).await;
    let stored = store.effect("E").await.unwrap();
    assert_eq!(stored, Some(effect("E", "A", EffectState::Planned)));
}

pub async fn release_and_cancel_mind_the_state(place: &Place) {
    let store = place.open().await;
    for state in EffectState::ALL {
        for what in ["release", "cancel"] {
            plan(
                &store,
                effect(&format!("{what} {}", state.word()), "A", state),
            )
            .await;
        }
    }
    let releases = EffectState::ALL.map(|s| EffectWrite::Release(format!("release {}", s.word())));
    let cancels = EffectState::ALL.map(|s| EffectWrite::Cancel(format!("cancel {}", s.word())));
    assert_eq!(
        write(&store, change(releases.to_vec())).await,
        UnitOutcome::Done
    );
    assert_eq!(
        write(&store, change(cancels.to_vec())).await,
        UnitOutcome::Done
    );
    for state in EffectState::ALL {
        let released = state_of(&store, &format!("release {}", state.word())).await;
        let ready = if state == EffectState::Planned {
            EffectState::Ready
        } else {
            state
        };
        assert_eq!(released, ready, "release {state:?}");
        let cancelled = state_of(&store, &format!("cancel {}", state.word())).await;
        let end = match state {
            EffectState::Planned
            | EffectState::Ready
            | EffectState::Rejected
            | EffectState::Parked => EffectState::Cancelled,
            other => other,
        };
        assert_eq!(cancelled, end, "cancel {state:?}");
    }
    let chain = vec![
        EffectWrite::Plan(effect("new", "A", EffectState::Planned)),
        EffectWrite::Release("new".to_owned()),
        EffectWrite::Release("missing".to_owned()),
    ];
    assert_eq!(write(&store, change(chain)).await, UnitOutcome::Done);
    assert_eq!(state_of(&store, "new").await, EffectState::Ready);
}

pub async fn in_doubt_is_not_cancelled(place: &Place) {
    let store = place.open().await;
    let classes = [
        ("doubt", "UNKNOWN"),
        ("handed-over", "HANDED-OVER"),
        ("sure", "RETRYABLE"),
    ];
    for (key, class) in classes {
        plan(&store, effect(key, "A", EffectState::Ready)).await;
        let row = send(&store, ask(key, "w1", 10, 40)).await;
        assert!(settle(&store, outcome(&row, EffectState::Parked, class, 12)).await);
    }
    let cancels = ["doubt", "handed-over", "sure"].map(|key| EffectWrite::Cancel(key.to_owned()));
    assert_eq!(
        write(&store, change(cancels.to_vec())).await,
        UnitOutcome::Done
    );
    assert_eq!(state_of(&store, "doubt").await, EffectState::Parked);
    assert_eq!(state_of(&store, "handed-over").await, EffectState::Parked);
    assert_eq!(state_of(&store, "sure").await, EffectState::Cancelled);
}

pub async fn stalled_lists_what_should_move(place: &Place) {
    let store = place.open().await;
    for (key, state) in EffectState::ALL.map(|state| (state.word(), state)) {
        let mut row = effect(key, "A", state);
        row.updated_at = at(1);
        if state == EffectState::InFlight {
            row.lease_until = Some(at(0));
        }
        plan(&store, row).await;
    }
    let mut later = effect("waits", "A", EffectState::Ready);
    later.not_before = Some(at(50));
    plan(&store, later).await;
    let keys = |rows: Vec<store::EffectRow>| -> Vec<String> {
        rows.into_iter().map(|row| row.effect_key).collect()
    };
    let mut found = keys(store.stalled(at(50), None, 10).await.unwrap());
    assert_eq!(
        found.first().map(String::as_str),
        Some("IN_FLIGHT"),
        "the oldest"
    );
    found.sort();
    assert_eq!(found, ["IN_FLIGHT", "READY", "UNKNOWN"]);
    assert_eq!(
        keys(store.stalled(at(51), None, 10).await.unwrap())
            .last()
            .unwrap(),
        "waits"
    );
    let page = store.stalled(at(51), None, 2).await.unwrap();
    let last = page
        .last()
        .map(|row| (row.stands_since(), row.effect_key.clone()));
    let rest = store.stalled(at(51), last, 10).await.unwrap();
    let mut all = keys([page, rest].concat());
    assert_eq!(all.pop().as_deref(), Some("waits"));
    all.sort();
    assert_eq!(
        all,
        ["IN_FLIGHT", "READY", "UNKNOWN"],
        "page by page, each once"
    );
    // A lease that runs is not stalled.
    assert!(matches!(
        lease(&store, ask("UNKNOWN", "w", 2, 99)).await,
        store::Lease::Verify(_)
    ));
    assert!(!keys(store.stalled(at(51), None, 10).await.unwrap()).contains(&"UNKNOWN".to_owned()));
}

pub async fn a_further_message_is_given_by_one(place: &Place) {
    let (one, other) = (place.open().await, place.open().await);
    let stands = || vec![("E".to_owned(), at(1))];
    let mut row = effect("E", "A", EffectState::Ready);
    row.updated_at = at(1);
    plan(&one, row).await;
    let claim = async |store: &std::sync::Arc<dyn store::Store>, standing, now, again| {
        let claimed = store.claim_tickets(standing, at(now), at(again)).await;
        claimed.unwrap().len()
    };
    let elsewhere = vec![("E".to_owned(), at(2)), ("none".to_owned(), at(1))];
    assert_eq!(claim(&one, elsewhere, 50, 0).await, 0, "it stands since 1");
    assert_eq!(claim(&one, stands(), 50, 0).await, 1);
    assert_eq!(
        claim(&other, stands(), 51, 0).await,
        0,
        "somebody was first"
    );
    let row = other.effect("E").await.unwrap().unwrap();
    assert_eq!(row.told_again_at(), Some(at(50)));
    assert_eq!(
        claim(&other, stands(), 90, 50).await,
        1,
        "that was long ago"
    );
    // It moves, and stands since 99.
    assert!(matches!(
        lease(&one, ask("E", "w", 95, 99)).await,
        store::Lease::Send(_)
    ));
    let row = other.effect("E").await.unwrap().unwrap();
    assert_eq!(row.told_again_at(), None);
    assert_eq!(claim(&other, stands(), 200, 0).await, 0);
    let stands = vec![("E".to_owned(), row.stands_since())];
    assert_eq!(claim(&other, stands, 200, 0).await, 1);
}

pub async fn reopen_minds_what_was_sent(place: &Place) {
    let store = place.open().await;
    plan(&store, effect("unsent", "A", EffectState::Parked)).await;
    plan(&store, effect("sent", "A", EffectState::Ready)).await;
    let row = send(&store, ask("sent", "w1", 10, 40)).await;
    let mut end = outcome(&row, EffectState::Rejected, "REJECTED", 12);
    (end.tries, end.misses, end.not_before) = (4, 2, Some(at(99)));
    assert!(settle(&store, end).await);
    for (key, state) in [
        ("unsent", EffectState::Ready),
        ("sent", EffectState::Unknown),
    ] {
        let audit = entry(key, "REOPENED");
        let reopened = store
            .reopen(Reopening {
                audit,
                ..reopening(key, vec![message(key)])
            })
            .await
            .unwrap();
        assert_eq!(reopened, Some(state));
        let stored = store.effect(key).await.unwrap().unwrap();
        assert_eq!((stored.state, stored.tries, stored.misses), (state, 0, 0));
        assert_eq!((stored.not_before, stored.updated_at), (None, at(20)));
        assert_eq!(store.audit(key, 0, 10).await.unwrap().len(), 1);
    }
    assert_eq!(
        store
            .unpublished(jiff::Timestamp::MAX, 10)
            .await
            .unwrap()
            .len(),
        2
    );
}

fn reopening(key: &str, outbox: Vec<OutboxMessage>) -> Reopening {
    Reopening {
        effect_key: key.to_owned(),
        connector: "elsewhere".to_owned(),
        document: None,
        exception: None,
        now: at(20),
        outbox,
        audit: entry("E", "x"),
    }
}

/// The exception goes with its effect: a second press finds it closed and moves nothing.
pub async fn reopen_settles_its_exception_once(place: &Place) {
    let store = place.open().await;
    plan(&store, effect("E", "A", EffectState::Parked)).await;
    let row = exception("effect|E");
    let id = row.exception_id.clone();
    let unit = Unit {
        exceptions: vec![row],
        ..Unit::default()
    };
    store.commit(vec![unit], Vec::new()).await.unwrap();
    let asked = Reopening {
        exception: Some((id.clone(), "replayed".to_owned())),
        ..reopening("E", Vec::new())
    };
    assert_eq!(
        store.reopen(asked.clone()).await.unwrap(),
        Some(EffectState::Ready)
    );
    assert_eq!(
        store.effect("E").await.unwrap().unwrap().connector,
        "elsewhere"
    );
    let closed = store.exception(&id).await.unwrap().unwrap();
    assert_eq!(
        (closed.state, closed.resolution.as_str()),
        (ExceptionState::Replayed, "replayed")
    );

    plan(&store, effect("F", "A", EffectState::Parked)).await;
    let again = Reopening {
        effect_key: "F".to_owned(),
        ..asked
    };
    assert_eq!(store.reopen(again).await.unwrap(), None);
    assert_eq!(
        store.effect("F").await.unwrap().unwrap().state,
        EffectState::Parked
    );
}

pub async fn reopen_refuses_other_states(place: &Place) {
    let store = place.open().await;
    for state in EffectState::ALL {
        plan(&store, effect(state.word(), "A", state)).await;
        let outbox = vec![message("m")];
        let reopened = store.reopen(reopening(state.word(), outbox)).await.unwrap();
        let given_back = [
            EffectState::Rejected,
            EffectState::Ambiguous,
            EffectState::Parked,
        ]
        .contains(&state);
        assert_eq!(reopened.is_some(), given_back, "{state:?}");
    }
    let missing = store.reopen(reopening("?", Vec::new())).await.unwrap();
    assert_eq!(missing, None);
    assert_eq!(
        store
            .unpublished(jiff::Timestamp::MAX, 10)
            .await
            .unwrap()
            .len(),
        3
    );
    assert_eq!(store.audit("", 0, 10).await.unwrap().len(), 3);
}

pub async fn lists_by_return_and_kind(place: &Place) {
    let store = place.open().await;
    for (key, id, created) in [("c", "A", 3), ("a", "A", 5), ("b", "B", 1), ("d", "A", 4)] {
        let mut row = effect(key, id, EffectState::Ready);
        row.created_at = at(created);
        if key == "d" {
            "ERP_STOCK".clone_into(&mut row.kind);
        }
        plan(&store, row).await;
    }
    let keys = |rows: Vec<store::EffectRow>| -> String {
        rows.into_iter().map(|row| row.effect_key).collect()
    };
    assert_eq!(keys(store.effects_of("A").await.unwrap()), "cda");
    assert_eq!(
        keys(
            store
                .effects_by_kind("ERP_CREDIT_MEMO", "", 2)
                .await
                .unwrap()
        ),
        "ab"
    );
    assert_eq!(
        keys(
            store
                .effects_by_kind("ERP_CREDIT_MEMO", "b", 2)
                .await
                .unwrap()
        ),
        "c"
    );
}

/// What a person has seen in the target is confirmed in one step, with the messages that tell it; what was never sent is not.
pub async fn a_document_that_is_there_confirms(place: &Place) {
    let store = place.open().await;
    plan(&store, effect("sent", "A", EffectState::Ready)).await;
    let row = send(&store, ask("sent", "w1", 10, 40)).await;
    let end = outcome(&row, EffectState::Ambiguous, "UNKNOWN", 12);
    assert!(settle(&store, end).await);
    plan(&store, effect("unsent", "A", EffectState::Parked)).await;
    let there = |key: &str| Reopening {
        document: Some("{}".to_owned()),
        ..reopening(key, vec![message(key)])
    };
    assert_eq!(store.reopen(there("unsent")).await.unwrap(), None);
    let confirmed = store.reopen(there("sent")).await.unwrap();
    assert_eq!(confirmed, Some(EffectState::Confirmed));
    let stored = store.effect("sent").await.unwrap().unwrap();
    assert_eq!(stored.document.as_deref(), Some("{}"));
    assert_eq!(
        (stored.failure_code.as_str(), stored.failure_text.as_str()),
        ("", "")
    );
    assert_eq!(
        store.reopen(there("sent")).await.unwrap(),
        None,
        "it is confirmed"
    );
    assert_eq!(store.outbox_len().await.unwrap(), 1);
}
