//! Credits before and without goods through the whole router, to an ERP's books: the clock is handed in, nobody waits for
//! weeks.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "tests")]

mod support;

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use broker::Embedded;
use canonical::line::Evidence;
use canonical::{Condition, DispositionAction, EffectKind, Reason, ReturnType};
use connector::{Built, Settings};
use router::{Instance, RetryPolicy, Route, Routes, Running, Sidecar, Tuning};
use simulators::Decimal;
use simulators::erp::{Collection, ErpSim, Profile};
use store::{ReturnFilter, SqliteStore, Store};
use support::target::Target;
use support::{Ground, policies, until};
use testkit::conformance::SilentPorts;
use testkit::facts;
use workflow::ReturnState;

/// Kinds that go elsewhere than to the ERP.
const ELSEWHERE: &[EffectKind] = &[
    EffectKind::WmsRmaAsn,
    EffectKind::WmsRmaCancel,
    EffectKind::Notify,
];

struct House {
    ground: Ground,
    erp: ErpSim,
}

impl House {
    async fn new() -> Self {
        let erp = ErpSim::start(Profile::DraftAndPost.config()).await.unwrap();
        Self {
            ground: Ground::new().await,
            erp,
        }
    }

    fn erp_sink(&self) -> Built {
        let text = format!(
            "base_url = \"{}\"\nprofile = \"sim\"\nauth = {{ kind = \"client-credentials\", token_url = \"/oauth/token\", \
             client_id = \"backhaul\", client_secret = \"s3cret\" }}",
            self.erp.url()
        );
        let settings = Settings {
            instance: "erp".to_owned(),
            table: toml::from_str(&text).unwrap(),
            base_dir: PathBuf::from("."),
            published: connector::Published::default(),
        };
        (erp_rest::CONNECTOR.build)(&settings, &SilentPorts).unwrap()
    }

    async fn start(&self) -> Running {
        let route = |kinds: Vec<EffectKind>, connector: &str| Route {
            kinds,
            entity: None,
            site: None,
            channel: None,
            connector: connector.to_owned(),
        };
        let to_erp = EffectKind::ALL
            .iter()
            .copied()
            .filter(|kind| !ELSEWHERE.contains(kind));
        let instance = |name: &str, built: Built| Instance {
            name: name.to_owned(),
            built,
            retry: RetryPolicy::default(),
            max_in_flight: 4,
            deadline: Duration::from_secs(10),
        };
        let sidecar = Sidecar {
            broker: Arc::<Embedded>::clone(&self.ground.broker),
            store: Arc::<SqliteStore>::clone(&self.ground.store),
            policies: policies(),
            published: connector::Published::default(),
            routes: Routes::new(vec![
                route(to_erp.collect(), "erp"),
                route(ELSEWHERE.to_vec(), "out"),
            ]),
            instances: vec![
                instance("erp", self.erp_sink()),
                instance("out", Target::answering().built()),
            ],
            all_connectors: vec!["erp".to_owned(), "out".to_owned()],
            one_session: Vec::new(),
            tuning: Tuning::default(),
            clock: self.ground.clock(),
        };
        sidecar.start().await.unwrap()
    }

    /// Waits until the return is in that lifecycle.
    async fn until_return(&self, lifecycle: &str) {
        let what = format!("the return is {lifecycle}");
        until(&what, || async {
            let filter = ReturnFilter::default();
            let returns = self.ground.store.returns(&filter).await.unwrap();
            returns
                .first()
                .is_some_and(|row| row.lifecycle == lifecycle)
        })
        .await;
    }

    fn count(&self, collection: Collection) -> usize {
        self.erp.ledger().counts[&collection]
    }

    async fn until_books(&self, collection: Collection, count: usize) {
        let what = format!("{count} {collection} in the books");
        until(&what, || async { self.count(collection) == count }).await;
    }

    /// What the customer owes, as the ERP says it.
    fn owed(&self) -> Decimal {
        let receivables = self.erp.ledger().receivables;
        Decimal::sum(receivables.iter().map(|row| row.balance))
    }
}

fn minor(cents: i64) -> Decimal {
    Decimal::new(cents, 2)
}

#[tokio::test]
async fn scenario_29_an_advance_is_credited_recovered_and_the_recovery_taken_back_in_the_erp() {
    let house = House::new().await;
    let running = house.start().await;
    let mut request = facts::request(vec![facts::line(1, 10)]);
    request.customer_segment = Some("key_account".to_owned());
    request.return_type = ReturnType::AdvanceCredit;
    house.ground.tell(facts::asked(request)).await;
    house.until_books(Collection::CreditMemos, 1).await;
    house.until_return("IN_PROGRESS").await;
    until("the memo is posted", || async {
        house.owed() == minor(-23_815)
    })
    .await;

    house.ground.pass(23 * 24 * 60);
    house.until_books(Collection::RecoveryInvoices, 1).await;
    assert_eq!(house.owed(), Decimal::ZERO);
    let invoice = house.erp.ledger().documents[&Collection::RecoveryInvoices][0].clone();
    assert_eq!(invoice["grossAmount"], "238.15");

    // within the window of a key account the goods come after all
    house
        .ground
        .tell(facts::received("R1", &[("SKU-1", 10)]))
        .await;
    let good = [("SKU-1", 10, Condition::ANewSealed)];
    house.ground.tell(facts::inspected("I1", &good)).await;
    let back = [("SKU-1", 10, DispositionAction::Restock)];
    house.ground.tell(facts::disposed("D1", &back)).await;
    house.until_return("SETTLED").await;
    assert_eq!(house.count(Collection::RecoveryInvoiceCancellations), 1);
    assert_eq!(house.count(Collection::RecoveryInvoices), 1);
    assert_eq!(house.count(Collection::CreditMemos), 1);
    assert_eq!(house.owed(), minor(-23_815));
    assert!(house.erp.ledger().duplicates.is_empty());
    assert!(running.drain().await.whole);
}

#[tokio::test]
async fn scenario_27_a_credit_without_goods_leaves_no_stock_in_the_erp() {
    let house = House::new().await;
    let running = house.start().await;
    let mut line = facts::line(1, 1);
    line.reason = Reason::DamagedInTransit;
    line.evidence.push(Evidence {
        kind: "photo".to_owned(),
        reference: "img-1".to_owned(),
    });
    let mut request = facts::request(vec![line]);
    request.return_type = ReturnType::CreditOnly;
    house.ground.tell(facts::asked(request)).await;
    approve(&house).await;
    house.until_return("SETTLED").await;
    assert_eq!(house.owed(), minor(-2382));
    assert_eq!(house.count(Collection::CreditMemos), 1);
    assert_eq!(house.count(Collection::StockMovements), 0);
    assert!(running.drain().await.whole);
}

/// Somebody approves, if the return waits for it: the example policy caps such credits per customer, and a cap that nobody
/// has counted for asks a person.
async fn approve(house: &House) {
    let filter = ReturnFilter::default();
    let find = || async {
        let returns = house.ground.store.returns(&filter).await.unwrap();
        serde_json::from_str::<ReturnState>(&returns.first()?.state).ok()
    };
    until("the credit is calculated", || async {
        let state = find().await;
        state.is_some_and(|state| !state.credits().is_empty())
    })
    .await;
    let state = find().await.unwrap();
    let open: Vec<_> = state.open_approvals().cloned().collect();
    for approval in open {
        let name = (approval.approval_id.as_str(), approval.calc_hash.as_str());
        let yes = canonical::approval::Verdict::Approve;
        house
            .ground
            .tell(facts::decided(name, "max", "returns_manager", yes))
            .await;
    }
}
