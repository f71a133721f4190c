//! Which attempts make a suspect, and what becomes of one that never ends.

use store::SqliteStore;

use super::*;
use crate::outcome::tests::row;
use crate::suspect::TIMES;

fn attempt(fence: u64, ended: bool) -> AttemptRow {
    AttemptRow {
        effect_key: "k".to_owned(),
        fence,
        what: "send".to_owned(),
        begun_at: Timestamp::UNIX_EPOCH,
        ended_at: ended.then_some(Timestamp::UNIX_EPOCH),
        class: String::new(),
        failure_code: String::new(),
        failure_text: String::new(),
    }
}

#[test]
fn only_the_attempt_just_before_tells() {
    for (history, suspect) in [
        (vec![], false),
        (vec![attempt(2, false)], false),
        (vec![attempt(1, false), attempt(2, false)], true),
        (vec![attempt(1, true), attempt(2, false)], false),
        (
            vec![attempt(0, false), attempt(1, true), attempt(2, false)],
            false,
        ),
    ] {
        assert_eq!(ended_with_its_process(&history, 2), suspect, "{history:?}");
    }
}

#[test]
fn what_is_put_aside_is_replayed_by_looking_it_up() {
    let next = poison(&row());
    assert_eq!(next.state, EffectState::Parked);
    assert_eq!(next.exception, Some(ExceptionCode::PoisonMessage));
    assert_eq!(next.tell, Some(EffectResult::Parked));
}

#[tokio::test]
async fn a_first_attempt_needs_no_mark() {
    let dir = tempfile::tempdir().unwrap();
    let store: Arc<dyn Store> = Arc::new(SqliteStore::open(dir.path().join("store.db")).unwrap());
    let alone = Alone::new(&store, "erp", &Clock::default());
    let mut effect = row();
    effect.fence = 1;
    let next = alone.attempt(&effect, async { poison(&row()) }).await;
    assert!(next.is_some());
    let marks = Marks::new(&store, "effects/erp");
    for _ in 0..TIMES {
        assert_eq!(marks.begin(&effect.effect_key).await, Ok(Begun::Go));
    }
}
