//! Counting what was begun and not ended.

use store::SqliteStore;

use super::*;

#[tokio::test]
async fn what_never_ends_is_poison_after_three_times_and_only_that() {
    let dir = tempfile::tempdir().unwrap();
    for round in 0..TIMES {
        // A process that dies: the store is opened anew, and nothing was said of the end.
        let store = SqliteStore::open(dir.path().join("store.db")).unwrap();
        let store: Arc<dyn Store> = Arc::new(store);
        let marks = Marks::new(&store, "events");
        assert_eq!(marks.begin("good").await, Ok(Begun::Go), "{round}");
        marks.ended("good").await;
        assert_eq!(marks.begin("killer").await, Ok(Begun::Go), "{round}");
        store.close().await;
    }
    let store: Arc<dyn Store> = Arc::new(SqliteStore::open(dir.path().join("store.db")).unwrap());
    let marks = Marks::new(&store, "events");
    assert_eq!(marks.begin("killer").await, Ok(Begun::Poison));
    assert_eq!(marks.begin("good").await, Ok(Begun::Go));
    let elsewhere = Marks::new(&store, "intake/a");
    assert_eq!(elsewhere.begin("killer").await, Ok(Begun::Go));
    // Given back by a person, it has its chances again.
    marks.ended("killer").await;
    assert_eq!(marks.begin("killer").await, Ok(Begun::Go));
}

#[test]
fn a_message_is_known_by_its_id_and_its_bytes() {
    assert_eq!(key_of("a", b"x"), key_of("a", b"x"));
    assert_ne!(key_of("a", b"x"), key_of("b", b"x"));
    assert_ne!(key_of("a", b"x"), key_of("a", b"y"));
}
