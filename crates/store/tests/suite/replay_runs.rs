//! Runs of replays are changed at the revision that was read, by one, with their audit.

use store::{ReplayRunChange, ReplayRunFilter, ReplayRunRow};

use super::Place;
use super::rows::*;

fn change(run_id: &str, revision: u64, is_active: bool) -> ReplayRunChange {
    ReplayRunChange {
        row: ReplayRunRow {
            run_id: run_id.to_owned(),
            body: format!("{{\"step\":{revision}}}"),
            is_active,
            revision,
            started_at: at(1),
            changed_at: at(i64::try_from(revision).unwrap()),
        },
        audit: vec![entry(&format!("replay/{run_id}"), "replay.changed")],
    }
}

pub async fn a_run_is_read_as_written(place: &Place) {
    let store = place.open().await;
    assert_eq!(store.replay_run("01").await.unwrap(), None);
    for (id, revision, is_active) in [("01", 1, true), ("02", 1, true), ("01", 2, false)] {
        let written = store.change_replay_run(change(id, revision, is_active));
        assert!(written.await.unwrap());
    }
    store.close().await;
    let store = place.open().await;
    let (first, second) = (change("01", 2, false).row, change("02", 1, true).row);
    assert_eq!(store.replay_run("01").await.unwrap(), Some(first.clone()));
    let all = ReplayRunFilter::default();
    assert_eq!(
        store.replay_runs(all).await.unwrap(),
        [second.clone(), first]
    );
    let active = ReplayRunFilter {
        is_active: true,
        ..ReplayRunFilter::default()
    };
    assert_eq!(
        store.replay_runs(active).await.unwrap(),
        std::slice::from_ref(&second)
    );
    let latest = ReplayRunFilter {
        limit: 1,
        ..ReplayRunFilter::default()
    };
    assert_eq!(store.replay_runs(latest).await.unwrap(), [second]);
    let earlier = ReplayRunFilter {
        before: Some("02".to_owned()),
        ..ReplayRunFilter::default()
    };
    assert_eq!(store.replay_runs(earlier).await.unwrap().len(), 1);
    assert_eq!(store.audit("replay/01", 0, 9).await.unwrap().len(), 2);
}

pub async fn of_two_changes_of_a_run_one_is_written(place: &Place) {
    let store = place.open().await;
    let mut early = change("01", 2, true);
    assert!(!store.change_replay_run(early.clone()).await.unwrap());
    assert!(
        store
            .change_replay_run(change("01", 1, true))
            .await
            .unwrap()
    );
    assert!(
        !store
            .change_replay_run(change("01", 1, true))
            .await
            .unwrap()
    );
    "{}".clone_into(&mut early.row.body);
    let (one, two) = tokio::join!(
        store.change_replay_run(change("01", 2, true)),
        store.change_replay_run(early)
    );
    assert!(one.unwrap() != two.unwrap());
    assert_eq!(store.replay_run("01").await.unwrap().unwrap().revision, 2);
    assert_eq!(
        store.audit("", 0, 9).await.unwrap().len(),
        2,
        "what was refused is not in the audit"
    );
}
