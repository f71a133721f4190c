//! Returns are found by the names that partners give them; a name is given once.

use store::{Lookup, Unit, UnitOutcome};

use super::Place;
use super::rows::*;

fn named(return_id: &str, version: u64, names: &[&str]) -> Unit {
    Unit {
        references: names.iter().map(|value| name(value)).collect(),
        ..unit(return_id, version)
    }
}

pub async fn loads_by_id_and_by_name(place: &Place) {
    let store = place.open().await;
    let units = vec![named("A", 1, &["1", "one"]), named("B", 1, &["2"])];
    store.commit(units, Vec::new()).await.unwrap();
    let (a, b) = (Some(state("A", 1)), Some(state("B", 1)));
    let lookups = [
        Lookup::Reference(name("one")),
        Lookup::Id("B".to_owned()),
        Lookup::Reference(name("3")),
        Lookup::Id("C".to_owned()),
        Lookup::Reference(name("1")),
        Lookup::Id("B".to_owned()),
    ];
    assert_eq!(
        store.load(&lookups).await.unwrap(),
        [a.clone(), b.clone(), None, None, a, b]
    );
    assert_eq!(store.load(&[]).await.unwrap(), []);
}

pub async fn taken_names_are_refused(place: &Place) {
    let store = place.open().await;
    let units = vec![
        named("A", 1, &["1"]),
        named("B", 1, &["2", "1"]),
        named("C", 1, &["2"]),
    ];
    let commit = store.commit(units, Vec::new()).await.unwrap();
    let taken = UnitOutcome::Taken {
        reference: name("1"),
        return_id: "A".to_owned(),
    };
    assert_eq!(
        commit.outcomes,
        [UnitOutcome::Done, taken, UnitOutcome::Done]
    );
    let found = store.load(&[Lookup::Reference(name("2"))]).await.unwrap();
    assert_eq!(found, [Some(state("C", 1))]);
}

pub async fn own_name_again_changes_nothing(place: &Place) {
    let store = place.open().await;
    assert_eq!(
        write(&store, named("A", 1, &["1"])).await,
        UnitOutcome::Done
    );
    assert_eq!(
        write(&store, named("A", 2, &["1", "one"])).await,
        UnitOutcome::Done
    );
    let found = store.load(&[Lookup::Reference(name("one"))]).await.unwrap();
    assert_eq!(found, [Some(state("A", 2))]);
}

pub async fn a_name_needs_a_return(place: &Place) {
    let store = place.open().await;
    let nameless = Unit {
        references: vec![name("1")],
        ..Unit::default()
    };
    let outcome = write(&store, nameless).await;
    assert!(matches!(outcome, UnitOutcome::Failed(_)), "{outcome:?}");
}
