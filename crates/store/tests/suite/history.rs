//! What customers were credited over all returns, and what is decided on it.

use store::*;

use super::Place;
use super::rows::*;

fn credit(return_id: &str, invoice: &str, gross_minor: i64, seconds: i64) -> CreditRow {
    CreditRow {
        return_id: return_id.to_owned(),
        calc_version: 1,
        invoice: invoice.to_owned(),
        entity: "US01".to_owned(),
        customer: "C-1001".to_owned(),
        basis: "RECEIVED_INSPECTED".to_owned(),
        gross_minor,
        at: at(seconds),
        state: CreditState::Open,
    }
}

fn of(rows: Vec<CreditRow>) -> Unit {
    Unit {
        credits: rows,
        ..Unit::default()
    }
}

fn query(return_id: &str, invoices: &[&str], since: i64) -> HistoryQuery {
    HistoryQuery {
        return_id: return_id.to_owned(),
        customer: "C-1001".to_owned(),
        invoices: invoices.iter().map(ToString::to_string).collect(),
        since: at(since),
        no_receipt: None,
    }
}

fn rolling(sums: &[(&str, i64)]) -> HistoryFound {
    HistoryFound {
        rolling: sums
            .iter()
            .map(|(i, sum)| ((*i).to_owned(), *sum))
            .collect(),
        no_receipt: None,
    }
}

pub async fn sums_are_of_other_returns_within_the_window(place: &Place) {
    let store = place.open().await;
    let mut stranger = credit("S", "US01|A", 7_000, 50);
    "C-9".clone_into(&mut stranger.customer);
    let mut gone = credit("G", "US01|A", 900, 50);
    gone.state = CreditState::Gone;
    let mut credited = credit("D", "US01|A", 40, 60);
    credited.state = CreditState::Credited;
    let rows = vec![
        credit("A", "US01|A", 1, 50),
        credit("B", "US01|A", 20, 50),
        credit("B", "US01|B", 300, 50),
        credit("C", "US01|A", 5_000, 49),
        stranger,
        gone,
        credited,
    ];
    assert_eq!(write(&store, of(rows)).await, UnitOutcome::Done);
    let asked = [
        query("A", &["US01|B", "US01|A", "US01|none"], 50),
        query("B", &["US01|A"], 0),
    ];
    let found = store.history(&asked).await.unwrap();
    assert_eq!(
        found,
        [
            rolling(&[("US01|B", 300), ("US01|A", 60), ("US01|none", 0)]),
            rolling(&[("US01|A", 5_041)])
        ]
    );
    // Written again it changes: a credit that was refused counts no more.
    let mut refused = credit("B", "US01|A", 20, 50);
    refused.state = CreditState::Gone;
    assert_eq!(write(&store, of(vec![refused])).await, UnitOutcome::Done);
    let found = store.history(&[query("A", &["US01|A"], 50)]).await.unwrap();
    assert_eq!(found, [rolling(&[("US01|A", 40)])]);
    assert_eq!(store.history(&[]).await.unwrap(), []);
}

pub async fn credits_without_receipt_are_counted_by_return(place: &Place) {
    let store = place.open().await;
    let without = |return_id: &str, invoice: &str, seconds| CreditRow {
        basis: "CREDIT_ONLY".to_owned(),
        ..credit(return_id, invoice, 5, seconds)
    };
    let mut elsewhere = without("E", "DE01|A", 50);
    "DE01".clone_into(&mut elsewhere.entity);
    let rows = vec![
        without("A", "US01|A", 50),
        without("A", "US01|B", 50),
        without("B", "US01|A", 50),
        without("C", "US01|A", 10),
        without("Q", "US01|A", 60),
        credit("D", "US01|A", 5, 50),
        elsewhere,
    ];
    assert_eq!(write(&store, of(rows)).await, UnitOutcome::Done);
    let asked = HistoryQuery {
        no_receipt: Some(("US01".to_owned(), at(20))),
        ..query("Q", &[], 0)
    };
    let found = store.history(&[asked]).await.unwrap();
    assert_eq!(found[0].no_receipt, Some(2), "A and B");
    assert_eq!(found[0].rolling, []);
}

/// A unit that adds a credit, decided on that sum of others.
fn decided(return_id: &str, version: u64, others: i64) -> Unit {
    Unit {
        credits: vec![credit(return_id, "US01|A", 400, 50)],
        history: Some(HistoryRead {
            query: query(return_id, &["US01|A"], 0),
            found: rolling(&[("US01|A", others)]),
        }),
        ..unit(return_id, version)
    }
}

pub async fn what_was_decided_on_an_old_sum_is_stale(place: &Place) {
    let store = place.open().await;
    let first = vec![decided("A", 1, 0), decided("B", 1, 0), decided("C", 1, 400)];
    let commit = store.commit(first, Vec::new()).await.unwrap();
    assert_eq!(
        commit.outcomes,
        [UnitOutcome::Done, UnitOutcome::Stale, UnitOutcome::Done],
        "the second did not know of the first; the third did"
    );
    let gone = store.load(&[Lookup::Id("B".to_owned())]).await.unwrap();
    assert_eq!(gone, [None], "nothing of it was written");
    assert_eq!(write(&store, decided("B", 1, 800)).await, UnitOutcome::Done);
}

/// Many decide at once on the same invoice, each anew until its sum is right: the sums they were decided on are all
/// different, as if they had come one after the other.
pub async fn no_two_decide_on_the_same_sum(place: &Place) {
    let mut tasks = Vec::new();
    for n in 0..6 {
        let store = place.open().await;
        tasks.push(tokio::spawn(async move {
            let id = format!("R{n}");
            loop {
                let asked = query(&id, &["US01|A"], 0);
                let found = store.history(&[asked]).await.unwrap();
                let others = found[0].rolling[0].1;
                let commit = store.commit(vec![decided(&id, 1, others)], Vec::new());
                match commit.await.unwrap().outcomes[0] {
                    UnitOutcome::Done => return others,
                    UnitOutcome::Stale => {}
                    ref other => panic!("{other:?}"),
                }
            }
        }));
    }
    let mut sums = Vec::new();
    for task in tasks {
        sums.push(task.await.unwrap());
    }
    sums.sort_unstable();
    assert_eq!(sums, [0, 400, 800, 1_200, 1_600, 2_000]);
}

pub async fn approvals_are_found_by_id_and_listed_while_open(place: &Place) {
    let store = place.open().await;
    let approval = |id: &str, return_id: &str, is_open| ApprovalRow {
        approval_id: id.to_owned(),
        return_id: return_id.to_owned(),
        is_open,
    };
    let two = Unit {
        approvals: vec![approval("APR-2", "R1", true), approval("APR-1", "R1", true)],
        ..Unit::default()
    };
    let third = Unit {
        approvals: vec![approval("APR-3", "R0", true)],
        ..Unit::default()
    };
    store.commit(vec![two, third], Vec::new()).await.unwrap();
    let closed = Unit {
        approvals: vec![approval("APR-2", "R1", false)],
        ..Unit::default()
    };
    assert_eq!(write(&store, closed).await, UnitOutcome::Done);
    let open = store.open_approvals().await.unwrap();
    assert_eq!(
        open,
        [approval("APR-3", "R0", true), approval("APR-1", "R1", true)]
    );
    let found = store.approval("APR-2").await.unwrap();
    assert_eq!(found, Some(approval("APR-2", "R1", false)));
    assert_eq!(store.approval("APR-9").await.unwrap(), None);
}
