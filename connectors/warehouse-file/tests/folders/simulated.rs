//! The simulated warehouse in each of its dialects, on a day on which much goes wrong: at its end both have the same stock.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use canonical::{Command, CommandData, EffectKey, Event, EventData, Qty};
use connector::{FailureKind, Found, Inbound};
use simulators::faults::Preset;
use simulators::warehouse_file::{Config, Dialect, FileSim};

use crate::conformance::announcement;
use crate::support::{Place, Running};

/// The layouts of the warehouses that the simulator plays.
const LAYOUTS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../deploy/layouts");

/// Returns played.
const RETURNS: usize = 12;

/// Quantities by RMA and article: received, inspected.
type Stock = BTreeMap<(String, String), (Qty, Qty)>;

fn commands() -> Vec<Command> {
    let returns = (0..RETURNS).map(|number| {
        let mut command = announcement();
        command.rma_number = format!("RMA-{number}");
        command.effect_key = EffectKey::derive(&["announce", &number.to_string()]);
        if let CommandData::AnnounceReturn(data) = &mut command.data {
            for line in &mut data.lines {
                line.qty = Qty::whole(i32::try_from(line.line_no + 2).unwrap());
            }
        }
        command
    });
    returns.collect()
}

#[tokio::test]
async fn caret_rows() {
    play("dc-north", Dialect::Caret, "", Preset::Heavy).await;
}

#[tokio::test]
async fn semicolons() {
    play(
        "lager-sued",
        Dialect::Csv,
        "on_bad_row = \"file\"",
        Preset::Heavy,
    )
    .await;
}

#[tokio::test]
async fn fixed_places() {
    let held = "sequence = { on_gap = \"hold\", gap_patience = \"2s\" }";
    play("dc-host", Dialect::Fixed, held, Preset::Heavy).await;
}

#[tokio::test]
async fn a_day_on_which_nothing_goes_wrong_leaves_nothing_to_people() {
    let refused = play("dc-north", Dialect::Caret, "sequence = {}", Preset::None).await;
    assert_eq!(refused, Vec::<String>::new());
}

/// Plays a day. What reached people.
async fn play(layout: &str, dialect: Dialect, more: &str, weather: Preset) -> Vec<String> {
    let place = Place::new();
    let sim = FileSim::start(Config {
        root: place.folder.path().to_owned(),
        dialect,
        poll_ms: 10,
        pace_ms: 5,
        batch_ms: 40,
        // On a quiet day nothing is read half, not even for an instant.
        in_place: (weather == Preset::None).then_some(false),
        faults: weather.rules(7),
        ..Config::default()
    });
    let sim = sim.await.unwrap();
    let mut running = place.start(&format!(
        "layout = \"{LAYOUTS}/{layout}.toml\"\nacknowledge = true\nasn_acknowledged = {{ pattern = \"*.ack\", within = \"1500ms\" }}\n{more}"
    ));
    let mut open = commands();
    let mut facts: BTreeMap<String, Event> = BTreeMap::new();
    let mut refused = Vec::new();
    let (started, mut quiet) = (Instant::now(), Instant::now());
    while !(open.is_empty() && sim.is_idle() && quiet.elapsed() > Duration::from_millis(2500)) {
        assert!(
            started.elapsed() < Duration::from_secs(90),
            "it does not end: {open:?}"
        );
        let mut waiting = Vec::new();
        for command in open {
            if !is_announced(&running, &command).await {
                waiting.push(command);
            }
        }
        open = waiting;
        let source = running.0.source.as_mut().unwrap();
        let next = tokio::time::timeout(Duration::from_millis(50), source.next());
        if let Ok(inbound) = next.await {
            let inbound = inbound.unwrap().unwrap();
            quiet = Instant::now();
            refused.extend(take(&running, &inbound, &mut facts));
            running.carry(&inbound).await;
        }
    }
    let ledger = sim.ledger();
    assert_eq!(ledger.asns.len(), RETURNS);
    assert_eq!(ledger.duplicates, Vec::<String>::new());
    let theirs: Stock = ledger.stock.iter().fold(Stock::new(), |mut stock, row| {
        let entry = stock.entry((row.rma.clone(), row.sku.clone())).or_default();
        entry.0 = plus(entry.0, row.received.to_string().parse().unwrap());
        entry.1 = plus(entry.1, row.inspected.to_string().parse().unwrap());
        stock
    });
    let theirs: Stock = theirs
        .into_iter()
        .filter(|(_, q)| q.0.is_positive())
        .collect();
    assert_eq!(ours(&facts), theirs);
    sim.shutdown().await;
    refused
}

/// Sends, or looks whether it was taken, as the sidecar does.
async fn is_announced(running: &Running, command: &Command) -> bool {
    match running.find(command).await {
        Ok(Found::Complete(_)) => true,
        Ok(Found::Nothing) => {
            let failure = running.send(command).await.unwrap_err();
            assert_eq!(failure.kind, FailureKind::Unacknowledged);
            false
        }
        Err(failure) if failure.kind == FailureKind::Unacknowledged => false,
        other => panic!("{other:?}"),
    }
}

/// Takes the facts in; the first word of a key stands, and no later one may differ. Gives what is refused.
fn take(running: &Running, inbound: &Inbound, facts: &mut BTreeMap<String, Event>) -> Vec<String> {
    if let Some(failure) = &inbound.refused {
        return vec![failure.to_string()];
    }
    let parts = match running.0.codec.decode(inbound) {
        Ok(parts) => parts,
        Err(failure) => return vec![failure.to_string()],
    };
    let mut refused = Vec::new();
    for part in parts {
        match part {
            Err(failure) => refused.push(failure.to_string()),
            Ok(event) => {
                let key = event.key.to_string();
                let before = facts.entry(key.clone()).or_insert_with(|| event.clone());
                assert_eq!(*before, event, "{key} says two things");
            }
        }
    }
    refused
}

fn plus(a: Qty, b: Qty) -> Qty {
    a.checked_add(b).unwrap()
}

fn ours(facts: &BTreeMap<String, Event>) -> Stock {
    let mut stock = Stock::new();
    for event in facts.values() {
        let rma = event.subject.to_string().replace("ext:rma/", "");
        let entry = |sku: &String| (rma.clone(), sku.clone());
        match &event.data {
            EventData::ReceiptRecorded(receipt) => {
                for line in &receipt.lines {
                    let there = stock.entry(entry(&line.sku_scanned)).or_default();
                    there.0 = plus(there.0, line.qty);
                }
            }
            EventData::ReceiptReversed(reversal) => {
                for line in &reversal.lines {
                    let there = stock.entry(entry(&line.sku)).or_default();
                    there.0 = there.0.checked_sub(line.qty).unwrap();
                }
            }
            EventData::InspectionFinalized(inspection) => {
                for finding in &inspection.findings {
                    let there = stock.entry(entry(&finding.sku)).or_default();
                    there.1 = plus(there.1, finding.qty);
                }
            }
            _ => {}
        }
    }
    stock
}
