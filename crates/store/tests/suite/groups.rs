//! Writes that wait share a transaction; reading waits for none.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use store::{Lookup, PostgresStore, SqliteStore, Store, UnitOutcome};

use super::Place;
use super::rows::*;

/// A handle of the concrete type, which counts its transactions.
enum Counted {
    Sqlite(SqliteStore),
    Postgres(PostgresStore),
}

impl Counted {
    async fn open(place: &Place) -> Self {
        match place.url.strip_prefix("sqlite:") {
            Some(path) => Self::Sqlite(SqliteStore::open(path).unwrap()),
            None => Self::Postgres(PostgresStore::connect(&place.url).await.unwrap()),
        }
    }

    fn store(&self) -> &dyn Store {
        match self {
            Self::Sqlite(store) => store,
            Self::Postgres(store) => store,
        }
    }

    fn transactions(&self) -> u64 {
        match self {
            Self::Sqlite(store) => store.transactions(),
            Self::Postgres(store) => store.transactions(),
        }
    }
}

pub async fn waiting_writes_share_a_transaction(place: &Place) {
    let counted = Arc::new(Counted::open(place).await);
    let writes = (0..200).map(|n| {
        let counted = Arc::clone(&counted);
        tokio::spawn(async move {
            let units = vec![unit(&format!("R{n}"), 1)];
            counted
                .store()
                .commit(units, Vec::new())
                .await
                .unwrap()
                .outcomes
        })
    });
    for write in writes.collect::<Vec<_>>() {
        assert_eq!(write.await.unwrap(), [UnitOutcome::Done]);
    }
    let transactions = counted.transactions();
    assert!(
        (1..100).contains(&transactions),
        "200 writes took {transactions} transactions"
    );
    counted
        .store()
        .commit(vec![unit("A", 1)], Vec::new())
        .await
        .unwrap();
    counted
        .store()
        .commit(vec![unit("A", 2)], Vec::new())
        .await
        .unwrap();
    assert_eq!(
        counted.transactions(),
        transactions + 2,
        "one by one when nothing waits"
    );
}

pub async fn reading_goes_on_while_writing(place: &Place) {
    let store = place.open().await;
    write(&store, unit("A", 1)).await;
    let writing = Arc::new(AtomicBool::new(true));
    let writer = tokio::spawn({
        let (store, writing) = (store.clone(), Arc::clone(&writing));
        async move {
            let units = (0..20_000).map(|n| unit(&format!("R{n}"), 1)).collect();
            let commit = store.commit(units, Vec::new()).await.unwrap();
            writing.store(false, Ordering::SeqCst);
            commit.outcomes.len()
        }
    });
    let mut during = 0;
    let lookups = [Lookup::Id("A".to_owned()), Lookup::Id("R0".to_owned())];
    loop {
        let found = store.load(&lookups).await.unwrap();
        assert_eq!(found[0], Some(state("A", 1)));
        if !writing.load(Ordering::SeqCst) {
            break;
        }
        // Not committed before the read began, or committed just now: never half of it.
        during += usize::from(found[1].is_none());
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    assert_eq!(writer.await.unwrap(), 20_000);
    assert!(during > 5, "only {during} reads while a long write went on");
}
