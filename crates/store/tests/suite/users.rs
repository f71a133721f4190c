//! Users are changed at the revision that was read, by one, with their audit.

use store::{UserChange, UserRow};

use super::Place;
use super::rows::*;

fn change(name: &str, revision: u64, scopes: &[&str]) -> UserChange {
    UserChange {
        row: UserRow {
            name: name.to_owned(),
            password: format!("hash {revision}"),
            scopes: scopes.iter().map(|scope| (*scope).to_owned()).collect(),
            roles: vec!["operator".to_owned()],
            person: "sue".to_owned(),
            is_enabled: revision != 2,
            revision,
            changed_at: at(1),
        },
        audit: entry(&format!("user/{name}"), "user.changed"),
    }
}

pub async fn a_user_is_read_as_written(place: &Place) {
    let store = place.open().await;
    assert_eq!(store.user("ada").await.unwrap(), None);
    assert!(store.users().await.unwrap().is_empty());
    for (name, revision) in [("bob", 1), ("ada", 1), ("ada", 2)] {
        let change = change(name, revision, &["returns:read"]);
        assert!(store.change_user(change).await.unwrap());
    }
    store.close().await;
    let store = place.open().await;
    let (ada, bob) = (
        change("ada", 2, &["returns:read"]),
        change("bob", 1, &["returns:read"]),
    );
    assert_eq!(store.user("ada").await.unwrap(), Some(ada.row.clone()));
    assert_eq!(store.users().await.unwrap(), [ada.row, bob.row]);
    assert_eq!(store.audit("user/ada", 0, 9).await.unwrap().len(), 2);
}

pub async fn of_two_changes_at_a_revision_one_is_written(place: &Place) {
    let store = place.open().await;
    assert!(
        !store.change_user(change("ada", 2, &[])).await.unwrap(),
        "there is nobody yet"
    );
    assert!(store.change_user(change("ada", 1, &[])).await.unwrap());
    assert!(
        !store
            .change_user(change("ada", 1, &["admin"]))
            .await
            .unwrap(),
        "the name is taken"
    );
    assert!(
        !store
            .change_user(change("ada", 3, &["admin"]))
            .await
            .unwrap()
    );
    let (one, two) = tokio::join!(
        store.change_user(change("ada", 2, &["returns:read"])),
        store.change_user(change("ada", 2, &["audit:read"]))
    );
    assert!(one.unwrap() != two.unwrap());
    assert_eq!(store.user("ada").await.unwrap().unwrap().revision, 2);
    assert_eq!(
        store.audit("", 0, 9).await.unwrap().len(),
        2,
        "what was refused is not in the audit"
    );
    store.close().await;
    assert!(store.change_user(change("ada", 3, &[])).await.is_err());
}
