//! Small credits of one invoice, over many returns, through the whole router: together they do not slip under the ladder.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "tests")]

mod support;

use std::sync::Arc;
use std::time::Duration;

use broker::{Broker, Embedded};
use canonical::approval::Verdict;
use canonical::envelope::{Context, Envelope};
use canonical::{
    Condition, DispositionAction, EffectKind, Event, EventData, MessageKey, ReturnName,
};
use router::approve::{self, Answer, Given, Outcome};
use router::{Routes, Running, Sidecar, Tuning, wire};
use store::{Clock, HistoryQuery, SqliteStore, Store};
use support::{Ground, policies, until};
use testkit::facts;
use workflow::Approvers;

/// Returns of one unit each, 100.00 USD, of one invoice line.
const RETURNS: usize = 7;

async fn start(ground: &Ground) -> Running {
    let sidecar = Sidecar {
        broker: Arc::<Embedded>::clone(&ground.broker),
        store: Arc::<SqliteStore>::clone(&ground.store),
        policies: policies(),
        routes: Routes::new(Vec::new()),
        instances: Vec::new(),
        all_connectors: Vec::new(),
        one_session: Vec::new(),
        published: connector::Published::default(),
        tuning: Tuning::default(),
        clock: Clock::default(),
    };
    sidecar.start().await.unwrap()
}

/// One fact of each return, all at once.
async fn tell(ground: &Ground, name: &str, of: impl Fn(&str) -> EventData) {
    let messages = (1..=RETURNS).map(|n| {
        let value = format!("P{n}");
        let event = Event {
            key: MessageKey(format!("{name}-{value}")),
            subject: ReturnName::External {
                system: "portal".to_owned(),
                value: value.clone(),
            },
            occurred_at: Clock::default().now(),
            data: of(&value),
        };
        let context = Context {
            connector: "test".to_owned(),
            correlation_id: String::new(),
            causation_id: String::new(),
            traceparent: String::new(),
            ingested_at: Clock::default().now(),
        };
        let envelope = Envelope::seal(&event, &context).unwrap();
        wire::to_broker(wire::event(&envelope).unwrap()).unwrap()
    });
    let sent = ground.broker.publish(messages.collect()).await;
    assert!(sent.iter().all(Result::is_ok), "{sent:?}");
}

async fn memos(ground: &Ground) -> usize {
    let kind = EffectKind::ErpCreditMemo.word();
    ground
        .store
        .effects_by_kind(kind, "", 100)
        .await
        .unwrap()
        .len()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn many_small_credits_of_one_invoice_are_one_large_one() {
    let ground = Ground::new().await;
    let running = start(&ground).await;
    tell(&ground, "asked", |value| {
        let mut line = facts::line(1, 1);
        let invoiced = line.invoiced.as_mut().unwrap();
        invoiced.amount_minor = 100_000;
        invoiced.taxes.clear();
        let mut request = facts::request(vec![line]);
        request.request_id = value.to_owned();
        facts::asked(request)
    })
    .await;
    tell(&ground, "received", |v| {
        facts::received(&format!("R-{v}"), &[("SKU-1", 1)])
    })
    .await;
    tell(&ground, "inspected", |v| {
        facts::inspected(&format!("I-{v}"), &[("SKU-1", 1, Condition::ANewSealed)])
    })
    .await;
    tell(&ground, "disposed", |v| {
        facts::disposed(
            &format!("D-{v}"),
            &[("SKU-1", 1, DispositionAction::Restock)],
        )
    })
    .await;
    let store: &dyn Store = ground.store.as_ref();
    until("all are decided on", || async {
        memos(&ground).await + store.open_approvals().await.unwrap().len() == RETURNS
    })
    .await;
    assert_eq!(memos(&ground).await, 5, "five times 100 is not above 500");
    let open = approve::open(store).await.unwrap();
    assert_eq!(open.len(), 2);
    let mut compared: Vec<i64> = open
        .iter()
        .map(|case| case.approval.amount.unwrap().compared_minor)
        .collect();
    compared.sort_unstable();
    assert_eq!(compared, [60_000, 70_000]);
    let query = HistoryQuery {
        return_id: String::new(),
        customer: open[0].state.header().customer_account.clone(),
        invoices: vec!["US01|INV-1".to_owned()],
        since: jiff::Timestamp::UNIX_EPOCH,
        no_receipt: None,
    };
    let found = store.history(&[query]).await.unwrap();
    assert_eq!(found[0].rolling, [("US01|INV-1".to_owned(), 70_000)]);

    the_desk_takes_decisions(&ground, &open[0]).await;
    assert!(running.drain().await.whole);
}

/// Refused attempts are on record; of two who decide at once the second is told what happened.
async fn the_desk_takes_decisions(ground: &Ground, case: &approve::Case) {
    let store: &dyn Store = ground.store.as_ref();
    let people = r#"
        tz = "UTC"
        [[person]]
        user = "sue"
        roles = ["returns_supervisor"]
        [[person]]
        user = "sam"
        roles = ["returns_supervisor"]
        [[limit]]
        role = "returns_supervisor"
        currency = "USD"
        activity = "credit"
        to = "5000.00"
    "#;
    let approvers = Approvers::load("people.toml", people).unwrap();
    let answer = |user: &str| Answer {
        user: user.to_owned(),
        on_behalf_of: None,
        role: String::new(),
        verdict: Verdict::Approve,
        reason: String::new(),
        version: None,
        calc_hash: None,
        through: None,
    };
    let give = async |user: &str| {
        let now = Clock::default().now();
        let answer = answer(user);
        let given = approve::give(store, case, Some(&approvers), &answer, now);
        given.await.unwrap()
    };
    let Given::Refused(why) = give("zoe").await else {
        unreachable!("nobody knows zoe")
    };
    let why = why.to_string();
    assert!(why.contains("zoe is not among the approvers"), "{why}");
    // Both looked at the same version: each is let through by the desk, and the router takes the first.
    let (sue, sam) = (give("sue").await, give("sam").await);
    let heard = async |given: &Given| {
        let Given::Taken {
            event_id, after, ..
        } = given
        else {
            unreachable!("{given:?}")
        };
        loop {
            match approve::outcome(store, case, event_id, *after)
                .await
                .unwrap()
            {
                Some(outcome) => return outcome,
                None => tokio::time::sleep(Duration::from_millis(20)).await,
            }
        }
    };
    let outcomes = [heard(&sue).await, heard(&sam).await];
    let why: Vec<&String> = outcomes
        .iter()
        .filter_map(|outcome| match outcome {
            Outcome::Refused(why) => Some(why),
            Outcome::Counts(_) => None,
        })
        .collect();
    assert_eq!(why.len(), 1, "{outcomes:?}");
    assert!(why[0].contains("takes no decisions ("), "{why:?}");
    assert!(why[0].contains("approved as returns_supervisor"), "{why:?}");
    assert_eq!(memos(ground).await, 6);
    let rows = store.audit(case.state.return_id(), 0, 100).await.unwrap();
    let did = |action: &str| rows.iter().filter(|row| row.entry.action == action).count();
    assert_eq!(did("approval.approve"), 2);
    assert_eq!(did("approval.refused"), 2, "zoe, and whoever came second");
}
