//! A warehouse that exchanges files over OpenSSH: its server goes away and comes back, the sidecar is killed, and every
//! ledger is compared at the end.

use std::collections::BTreeMap;
use std::time::Duration;

use serde_json::Value;
use simulators::Decimal;
use simulators::erp::Collection;
use simulators::warehouse_file::Outcome;
use simulators::wms::Story;
use testkit::sshd;
use tests::sftp_world::{SITE, SftpWorld, ask};
use tests::until;
use tests::world::until_returns;

const RETURNS: usize = 5;
const PRODUCT: &str = env!("CARGO_BIN_EXE_product");

async fn world(story: Story) -> Option<SftpWorld> {
    if let Err(why) = sshd::available() {
        println!("left out: {why}");
        return None;
    }
    Some(SftpWorld::start(story).await.unwrap())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_dies_and_a_sidecar_that_is_killed_lose_nothing() {
    let Some(world) = world(Story::InTwoParts).await else {
        return;
    };
    let sidecar = world.sidecar(PRODUCT).await.unwrap();
    ask(&sidecar, 1..=2).await.unwrap();
    let arrived = "the first announcement has arrived";
    until(arrived, Duration::from_mins(1), || async {
        (!world.warehouse.ledger().asns.is_empty()).then_some(())
    })
    .await
    .unwrap();

    // The server dies while goods are being received and another return is asked for.
    world.server.kill().await.unwrap();
    ask(&sidecar, [3]).await.unwrap();
    tokio::time::sleep(Duration::from_secs(3)).await;
    world.server.restart().await.unwrap();

    // The sidecar dies while documents are being posted; files are in its work folder, or half acknowledged.
    ask(&sidecar, [4]).await.unwrap();
    until("stock is moving", Duration::from_mins(1), || async {
        let ledger = world.erp.ledger();
        let moved = ledger.documents.get(&Collection::StockMovements);
        moved.filter(|moved| moved.len() >= 2).map(drop)
    })
    .await
    .unwrap();
    sidecar.kill().unwrap();

    let sidecar = world.sidecar(PRODUCT).await.unwrap();
    ask(&sidecar, [5]).await.unwrap();
    let settled = until_returns(&sidecar, "SETTLED", RETURNS).await.unwrap();
    assert_eq!(settled.len(), RETURNS);
    until("all mail is answered", Duration::from_mins(1), || async {
        let ledger = world.warehouse.ledger();
        let answered = ledger.files_that(Outcome::Accepted) == ledger.files.len();
        (ledger.idle && answered && world.names("work").is_empty()).then_some(())
    })
    .await
    .unwrap();

    announcements(&world);
    receipts(&world);
    credits(&world);
    notifications(&world);
    let open = sidecar.ask(&["exception", "list", "--json"]).unwrap();
    assert_eq!(open.as_array().unwrap().len(), 0, "{open:#}");
    let verified = sidecar.command(&["audit", "verify"]).unwrap();
    assert!(
        verified.status.success(),
        "{}",
        String::from_utf8_lossy(&verified.stderr)
    );
    assert!(sidecar.terminate().await.unwrap().success());
}

/// Each return was announced once, whatever happened to the server.
fn announcements(world: &SftpWorld) {
    let ledger = world.warehouse.ledger();
    assert!(ledger.duplicates.is_empty(), "{:?}", ledger.duplicates);
    assert_eq!(ledger.asns.len(), RETURNS, "{:?}", ledger.asns);
    for asn in &ledger.asns {
        assert_eq!(ledger.announced(&asn.external_reference), 1, "{asn:?}");
        assert_eq!(asn.site, SITE);
    }
    let unknown = &ledger.unknown_replies;
    assert!(unknown.is_empty(), "{unknown:?}");
}

/// What the warehouse counted is what the ERP has on its shelves, and every file was taken once.
fn receipts(world: &SftpWorld) {
    let warehouse = world.warehouse.ledger();
    let counted = Decimal::sum(warehouse.stock.iter().map(|row| row.received));
    assert_eq!(counted, Decimal::new(15, 0), "{:?}", warehouse.stock);
    let erp = world.erp.ledger();
    assert!(erp.negative_stock.is_empty(), "{:?}", erp.negative_stock);
    let here = erp.stock.iter().filter(|row| row.site_code == SITE);
    let shelved = Decimal::sum(here.map(|row| row.quantity));
    assert_eq!(shelved, counted, "{:?}", erp.stock);
    let mut files: Vec<String> = warehouse.files.iter().map(|f| f.name.clone()).collect();
    files.sort();
    let mut done = world.names("done");
    done.retain(|name| {
        std::path::Path::new(name)
            .extension()
            .is_some_and(|e| e == "rtn")
    });
    assert_eq!(done, files, "every receipt file is in the archive once");
    assert!(world.names("in").is_empty(), "{:?}", world.names("in"));
    assert!(world.names("rejected").is_empty());
}

/// Two parts make two memos of each return; together they are what was invoiced for the three pieces.
fn credits(world: &SftpWorld) {
    let ledger = world.erp.ledger();
    assert!(ledger.duplicates.is_empty(), "{:?}", ledger.duplicates);
    assert_eq!(ledger.documents[&Collection::ReturnOrders].len(), RETURNS);
    let memos = &ledger.documents[&Collection::CreditMemos];
    assert_eq!(memos.len(), 2 * RETURNS, "{memos:?}");
    let mut net: BTreeMap<&str, Decimal> = BTreeMap::new();
    for memo in memos {
        assert_eq!(memo["status"], "Posted", "{memo}");
        let of = net.entry(text(memo, "rmaNumber")).or_default();
        *of = *of + text(memo, "netAmount").parse().unwrap();
    }
    assert_eq!(net.len(), RETURNS);
    for (rma, net) in net {
        assert_eq!(net, Decimal::new(6600, 2), "{rma}: three pieces of 22.00");
    }
}

/// The customer of each return was told of it; what was sent again after the kill was known by its key.
fn notifications(world: &SftpWorld) {
    let told = world.portal.ledger().notifications;
    let mut keys: Vec<&str> = told.iter().map(|t| text(t, "key")).collect();
    let all = keys.len();
    keys.sort_unstable();
    keys.dedup();
    assert_eq!(keys.len(), all, "{told:?}");
    let mut returns: Vec<&str> = told.iter().map(|t| text(t, "rma")).collect();
    returns.sort_unstable();
    returns.dedup();
    assert_eq!(returns.len(), RETURNS, "{told:?}");
}

fn text<'a>(document: &'a Value, member: &str) -> &'a str {
    document[member].as_str().unwrap()
}
