//! By what returns are looked for, and which of them a period is told by.

use store::{EffectState, EffectWrite, ReturnFilter, SearchTerm, Store, Unit};

use super::Place;
use super::rows::*;

fn term(kind: &str, value: &str) -> SearchTerm {
    SearchTerm {
        kind: kind.to_owned(),
        value: value.to_owned(),
    }
}

async fn found(store: &dyn Store, terms: &[SearchTerm], limit: usize) -> Vec<String> {
    let filter = ReturnFilter {
        terms: terms.to_vec(),
        limit,
        ..ReturnFilter::default()
    };
    let rows = store.returns(&filter).await.unwrap();
    rows.into_iter().map(|row| row.return_id).collect()
}

pub async fn returns_are_found_by_their_terms(place: &Place) {
    let store = place.open().await;
    let with = |id: &str, version, terms: &[SearchTerm]| Unit {
        terms: terms.to_vec(),
        ..unit(id, version)
    };
    let order = term("order", "SO-1");
    write(&store, with("A", 1, &[order.clone(), term("item", "P-1")])).await;
    write(&store, with("B", 1, std::slice::from_ref(&order))).await;
    write(
        &store,
        with("A", 2, &[term("document", "9001"), order.clone()]),
    )
    .await;
    let store = store.as_ref();
    assert_eq!(
        found(store, std::slice::from_ref(&order), 0).await,
        ["A", "B"]
    );
    assert_eq!(found(store, std::slice::from_ref(&order), 1).await, ["A"]);
    assert_eq!(found(store, &[term("order", "so-1")], 0).await, [""; 0]);
    assert_eq!(found(store, &[term("invoice", "SO-1")], 0).await, [""; 0]);
    let both = [order, term("document", "9001")];
    assert_eq!(found(store, &both, 0).await, ["A"]);
    let neither = [term("document", "9001"), term("item", "P-2")];
    assert_eq!(found(store, &neither, 0).await, [""; 0]);
}

/// More have it than are gathered first: the way through the latest gives the same.
pub async fn what_many_are_found_by_is_found_too(place: &Place) {
    let store = place.open().await;
    let portal = term("channel", "PORTAL");
    let units = (0..2_100).map(|n| {
        let mut unit = unit(&format!("R{n:04}"), 1);
        unit.terms.push(portal.clone());
        if n % 1_000 == 7 {
            unit.terms.push(term("customer", "C-7"));
        }
        unit
    });
    store.commit(units.collect(), Vec::new()).await.unwrap();
    let store = store.as_ref();
    assert_eq!(
        found(store, std::slice::from_ref(&portal), 2).await,
        ["R2099", "R2098"]
    );
    assert_eq!(
        found(store, std::slice::from_ref(&portal), 0).await.len(),
        2_100
    );
    let both = [portal, term("customer", "C-7")];
    let expected = ["R2007", "R1007", "R0007"];
    assert_eq!(found(store, &both, 0).await, expected);
}

pub async fn a_period_is_told_by_those_that_live(place: &Place) {
    let store = place.open().await;
    let ended = |id: &str| {
        let mut unit = unit(id, 1);
        let state = unit.state.as_mut().unwrap();
        "R900".clone_into(&mut state.business_code);
        unit
    };
    for id in ["ended", "changed", "owing"] {
        write(&store, ended(id)).await;
    }
    write(&store, unit("open", 1)).await;
    let mut changed = ended("changed");
    let state = changed.state.as_mut().unwrap();
    (state.version, state.updated_at) = (2, at(100));
    write(&store, changed).await;
    let owing = effect("k-1", "owing", EffectState::Ready);
    let plan = Unit {
        effects: vec![EffectWrite::Plan(owing)],
        ..Unit::default()
    };
    write(&store, plan).await;
    let alive = async |since| store.returns_alive(at(since), &["R900"]).await.unwrap();
    assert_eq!(alive(100).await, ["changed", "open", "owing"]);
    assert_eq!(alive(101).await, ["open", "owing"]);
    assert_eq!(alive(1).await, ["changed", "ended", "open", "owing"]);
}

/// A state as it is stored, with something in every place that a return is found by.
const STATE: &str = r#"{"header":{"channel":"EDI"},"lines":[
    {"line":{"sku":"P-1","gtin":"04012345678901","customer_sku":"THEIRS-1","order_ref":{"order":"SO-1"},
             "invoice_ref":{"document":"INV-1"},"expected_serials":["SN-1","SN-2"]}},
    {"line":{"sku":"P-1"}}],
  "receipts":[{"lines":[{"serials":["SN-3"]},{}]},{}],
  "effects":[{"document_no":"9001"},{"document_no":""},{}]}"#;

/// `back`: makes it a store of the schema before.
pub async fn terms_of_before_are_taken_from_the_states(place: &Place, back: impl AsyncFn(String)) {
    let store = place.open().await;
    let mut old = unit("A", 1);
    STATE.clone_into(&mut old.state.as_mut().unwrap().state);
    write(&store, old).await;
    write(&store, unit("B", 1)).await;
    store.close().await;
    let undo = "DROP TABLE return_terms; DROP INDEX effects_stuck; ALTER TABLE effects DROP COLUMN ticket_at;
        ALTER TABLE claims DROP COLUMN facts;
        DELETE FROM schema_version WHERE version >= 8";
    back(undo.to_owned()).await;
    let store = place.open().await;
    let store = store.as_ref();
    let of_one = [
        ("channel", "EDI"),
        ("order", "SO-1"),
        ("invoice", "INV-1"),
        ("item", "P-1"),
        ("item", "04012345678901"),
        ("item", "THEIRS-1"),
        ("serial", "SN-1"),
        ("serial", "SN-2"),
        ("serial", "SN-3"),
        ("document", "9001"),
        ("rma", "RMA-A"),
    ];
    for (kind, value) in of_one {
        assert_eq!(found(store, &[term(kind, value)], 0).await, ["A"], "{kind}");
    }
    let both = found(store, &[term("customer", "C-1001")], 0).await;
    assert_eq!(both, ["B", "A"]);
}
