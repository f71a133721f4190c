//! What connectors remember.

use store::NoteName;

use super::Place;

fn name(owner: &str, space: &str, key: &str) -> NoteName {
    NoteName {
        owner: owner.to_owned(),
        space: space.to_owned(),
        key: key.to_owned(),
    }
}

pub async fn numbers_belong_to_their_key(place: &Place) {
    let (one, two) = (place.open().await, place.open().await);
    let draws = (0..40).map(|n| {
        let store = if n % 2 == 0 { one.clone() } else { two.clone() };
        // Each of ten keys is asked for four times.
        let key = format!("document-{}", n % 10);
        tokio::spawn(async move {
            let number = store.numbered("edi/out", &key).await.unwrap();
            (key, number)
        })
    });
    let mut given = std::collections::BTreeMap::new();
    for draw in draws.collect::<Vec<_>>() {
        let (key, number) = draw.await.unwrap();
        assert_eq!(*given.entry(key).or_insert(number), number);
    }
    let mut numbers: Vec<u64> = given.into_values().collect();
    numbers.sort_unstable();
    assert_eq!(numbers, (1..=10).collect::<Vec<u64>>(), "gapless");
    assert_eq!(one.numbered("edi/other", "document-3").await.unwrap(), 1);
}

pub async fn a_note_is_claimed_by_one(place: &Place) {
    let (one, two) = (place.open().await, place.open().await);
    let claims = (0..8).map(|n| {
        let store = if n % 2 == 0 { one.clone() } else { two.clone() };
        let value = format!("claimant-{n}");
        let name = name("edi", "seen", "ISA-1");
        tokio::spawn(async move { (store.claim_note(name, value.clone()).await.unwrap(), value) })
    });
    let mut winners = Vec::new();
    let mut told = Vec::new();
    for claim in claims.collect::<Vec<_>>() {
        match claim.await.unwrap() {
            (None, value) => winners.push(value),
            (Some(there), _) => told.push(there),
        }
    }
    assert_eq!(winners.len(), 1);
    assert!(told.iter().all(|there| *there == winners[0]));
    let kept = one.note(&name("edi", "seen", "ISA-1")).await.unwrap();
    assert_eq!(kept.as_ref(), Some(&winners[0]));
}

pub async fn notes_are_listed_by_owner_and_space(place: &Place) {
    let store = place.open().await;
    for (owner, space, key) in [
        ("edi", "waiting", "b"),
        ("edi", "waiting", "B"),
        ("edi", "waiting", "a"),
        ("edi", "seen", "c"),
        ("other", "waiting", "d"),
    ] {
        let name = name(owner, space, key);
        store.put_note(name, format!("first {key}")).await.unwrap();
    }
    let again = name("edi", "waiting", "a");
    store.put_note(again, "second a".to_owned()).await.unwrap();
    let all = store.notes(&name("edi", "waiting", ""), 10).await.unwrap();
    let expected = [("B", "first B"), ("a", "second a"), ("b", "first b")];
    let expected = expected.map(|(key, value)| (key.to_owned(), value.to_owned()));
    assert_eq!(all, expected, "in the order of the keys' bytes");
    let page = store.notes(&name("edi", "waiting", "B"), 1).await.unwrap();
    assert_eq!(page, expected[1..2]);
    assert_eq!(
        store.note(&name("edi", "waiting", "z")).await.unwrap(),
        None
    );
}

pub async fn a_dropped_note_is_gone_alone(place: &Place) {
    let store = place.open().await;
    for key in ["a", "b"] {
        store
            .put_note(name("router", "begun", key), "1".to_owned())
            .await
            .unwrap();
    }
    store.drop_note(name("router", "begun", "a")).await.unwrap();
    store
        .drop_note(name("router", "begun", "never there"))
        .await
        .unwrap();
    store.close().await;
    let store = place.open().await;
    assert_eq!(
        store.note(&name("router", "begun", "a")).await.unwrap(),
        None
    );
    let left = store.note(&name("router", "begun", "b")).await.unwrap();
    assert_eq!(left.as_deref(), Some("1"));
    let again = store.claim_note(name("router", "begun", "a"), "2".to_owned());
    assert_eq!(again.await.unwrap(), None, "its name is free");
}

pub async fn notes_outlive_the_process(place: &Place) {
    let store = place.open().await;
    assert_eq!(store.numbered("edi/out", "k").await.unwrap(), 1);
    let kept = name("edi", "sent", "k");
    store
        .put_note(kept.clone(), "yes".to_owned())
        .await
        .unwrap();
    store.close().await;
    let store = place.open().await;
    assert_eq!(store.note(&kept).await.unwrap().as_deref(), Some("yes"));
    assert_eq!(store.numbered("edi/out", "k").await.unwrap(), 1);
    assert_eq!(store.numbered("edi/out", "l").await.unwrap(), 2);
}
