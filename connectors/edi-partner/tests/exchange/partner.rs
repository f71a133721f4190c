//! Against partners that were written from the standards and from their own description, not from this code: a customer that
//! speaks X12 or EDIFACT, and a 3PL warehouse; in fair weather and in foul.

use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

use canonical::command::{Announcement, AnsweredLine, OrderLine, RequestAnswer, RequestDecision};
use canonical::header::ReturnRequest;
use canonical::{Command, CommandData, EffectKey, EffectKind, Event, EventData, Qty, Reason};
use connector::{Built, FailureKind, Found};
use simulators::edi_partner::{Config, Decision, EdiSim, Quirks, Receipts, Syntax};
use simulators::faults::{Fault, Rule};

use crate::common::{Site, command};
use crate::support::{find, send};

/// What the connector made of its partner so far.
#[derive(Default)]
struct Seen {
    /// Facts by their keys: told twice, they count once.
    facts: BTreeMap<String, Event>,
    /// Codes of what was refused.
    refused: BTreeSet<&'static str>,
    /// Commands that are not done yet.
    open: Vec<Command>,
}

/// A block whose partner is the simulator.
fn site(block: &str, adjust: &str) -> Site {
    let mut site = Site::new(block, adjust);
    let identity = |id: &str| {
        toml::Value::Table(
            [("qualifier", "ZZ"), ("id", id)]
                .map(|(k, v)| (k.to_owned(), v.into()))
                .into_iter()
                .collect(),
        )
    };
    let table = &mut site.settings.table;
    let theirs = if block == "tpl-west" {
        "WAREHOUSE"
    } else {
        "CUSTOMER"
    };
    table.insert("theirs".into(), identity(theirs));
    table.insert("ours".into(), identity("BACKHAUL"));
    for option in ["accounts", "sites", "site"] {
        table.remove(option);
    }
    let mailbox = table["mailbox"].as_table_mut().unwrap();
    mailbox.insert("stable_for".into(), "600ms".into());
    site
}

/// Takes what comes and brings what is open to its end, until `done`.
async fn play(built: &mut Built, seen: &mut Seen, mut done: impl FnMut(&Seen) -> bool) {
    let begun = Instant::now();
    while !done(seen) || !seen.open.is_empty() {
        assert!(
            begun.elapsed() < Duration::from_secs(90),
            "{} open, refused {:?}",
            seen.open.len(),
            seen.refused
        );
        let source = built.source.as_mut().unwrap();
        if let Ok(inbound) = tokio::time::timeout(Duration::from_millis(30), source.next()).await {
            let inbound = inbound.unwrap().unwrap();
            let parts = match &inbound.refused {
                Some(failure) => vec![Err(failure.clone())],
                None => built
                    .codec
                    .decode(&inbound)
                    .unwrap_or_else(|failure| vec![Err(failure)]),
            };
            let mut taken = crate::support::Decoded {
                inbound,
                events: Vec::new(),
                failures: Vec::new(),
            };
            for part in parts {
                match part {
                    Ok(event) => taken.events.push(event),
                    Err(failure) => taken.failures.push(failure),
                }
            }
            crate::support::settle(built, &taken).await.unwrap();
            seen.refused
                .extend(taken.failures.iter().map(|failure| failure.code));
            for event in taken.events {
                if seen.facts.contains_key(event.key.as_str()) {
                    continue;
                }
                if let EventData::ReturnRequested(request) = &event.data {
                    seen.open.extend([answer(request), advice(request)]);
                }
                seen.facts.insert(event.key.as_str().to_owned(), event);
            }
        }
        for command in std::mem::take(&mut seen.open) {
            if !is_done(built, &command).await {
                seen.open.push(command);
            }
        }
    }
}

/// What the router does: looks up, and sends what is not there.
async fn is_done(built: &Built, command: &Command) -> bool {
    match find(built, command).await {
        Ok(Found::Complete(_)) => true,
        Ok(Found::Nothing) => match send(built, command).await {
            Ok(_) => true,
            Err(failure) => {
                assert_eq!(failure.kind, FailureKind::Unacknowledged, "{failure}");
                false
            }
        },
        Ok(other) => panic!("{other:?}"),
        Err(failure) => {
            assert_eq!(failure.kind, FailureKind::Unacknowledged, "{failure}");
            false
        }
    }
}

fn rma(request: &ReturnRequest) -> String {
    request
        .rma_number
        .clone()
        .unwrap_or_else(|| format!("RMA-{}", request.request_id))
}

/// All of it may come back.
fn answer(request: &ReturnRequest) -> Command {
    let lines = request.lines.iter().map(|line| AnsweredLine {
        line_no: line.line_no,
        sku: line.sku.clone(),
        customer_sku: line.customer_sku.clone(),
        qty_requested: line.qty_requested,
        qty_authorized: line.qty_requested,
        uom: line.uom.clone(),
        reason: line.reason,
        invoice_ref: line.invoice_ref.clone(),
    });
    let data = CommandData::AnswerRequest(RequestAnswer {
        system: request.system.clone(),
        request_id: request.request_id.clone(),
        decision: RequestDecision::Authorized,
        denial: None,
        expires_at: None,
        lines: lines.collect(),
    });
    about(request, EffectKind::Edi180, "answer", data)
}

fn net_of_first_line(request: &ReturnRequest) -> i64 {
    let line = request.lines.first().unwrap();
    let invoiced = line.invoiced.as_ref().unwrap();
    invoiced.amount_minor * line.qty_requested.millionths() / invoiced.base_qty.millionths()
}

/// The first line of it is credited at its invoice's price.
fn advice(request: &ReturnRequest) -> Command {
    let line = request.lines.first().unwrap();
    let net = net_of_first_line(request);
    let mut command = command("credit");
    let CommandData::AdviseCredit(advice) = &mut command.data else {
        panic!("not an advice");
    };
    advice.request_id.clone_from(&request.request_id);
    advice.document_no = format!("CM-{}", request.request_id);
    let memo = &mut advice.memo;
    memo.lines.truncate(1);
    memo.lines[0].sku.clone_from(&line.sku);
    memo.lines[0].base_qty = line.qty_requested;
    memo.lines[0].uom.clone_from(&line.uom);
    (memo.lines[0].net_minor, memo.lines[0].tax_minor) = (net, 0);
    memo.calculation.totals.payable_minor = net;
    memo.calculation.ccy = request.currency;
    about(request, EffectKind::Edi812, "advice", command.data)
}

fn about(request: &ReturnRequest, kind: EffectKind, what: &str, data: CommandData) -> Command {
    let base = command("authorized");
    Command {
        effect_key: EffectKey::derive(&[what, &request.request_id]),
        kind,
        rma_number: rma(request),
        legal_entity: request.legal_entity.clone(),
        site: request.return_to_site.clone(),
        customer_account: request.customer_account.clone(),
        data,
        ..base
    }
}

/// What must be so at the end, whatever the weather was.
fn all_is_well(sim: &EdiSim) {
    let ledger = sim.ledger();
    for (what, found) in [
        ("duplicates", &ledger.duplicates),
        ("conflicts", &ledger.conflicts),
        ("unknown", &ledger.unknown),
        ("problems", &ledger.problems),
        ("refused", &ledger.refused),
    ] {
        assert!(found.is_empty(), "{what}: {found:?}");
    }
    assert_eq!(
        ledger.gaps(),
        Vec::<u64>::new(),
        "control numbers have no gaps"
    );
}

/// Every request is answered, and credited to the cent.
fn requests_are_answered(sim: &EdiSim, seen: &Seen) {
    let ledger = sim.ledger();
    assert_eq!(ledger.unanswered(), Vec::<&str>::new());
    for event in seen.facts.values() {
        let EventData::ReturnRequested(request) = &event.data else {
            continue;
        };
        let asked = &ledger.requests[&request.request_id];
        assert_eq!(request.lines.len(), asked.lines.len());
        assert_eq!(
            ledger.answers[&request.request_id].decision,
            Decision::Authorized
        );
        for (line, asked) in request.lines.iter().zip(&asked.lines) {
            assert_eq!(line.sku, asked.sku);
            assert_eq!(line.qty_requested.to_string(), asked.qty.to_string());
            assert_eq!(line.expected_serials, asked.serials);
            let invoice = line.invoice_ref.as_ref().unwrap();
            assert_eq!(
                (&invoice.document, invoice.date),
                (&asked.invoice, asked.invoice_date)
            );
            let net = line.invoiced.as_ref().unwrap().amount_minor;
            let money = canonical::Money::new(net, request.currency);
            assert_eq!(
                money.decimal().parse::<simulators::Decimal>().unwrap(),
                asked.net_amount
            );
        }
        let credit = &ledger.credits[&format!("CM-{}", request.request_id)];
        assert_eq!(credit.request.as_deref(), Some(request.request_id.as_str()));
        let money = canonical::Money::new(net_of_first_line(request), request.currency);
        assert_eq!(credit.amount, money.decimal().parse().unwrap());
        assert_eq!(credit.currency, request.currency.code());
    }
    assert_eq!(
        ledger.requests.len(),
        seen.facts.len(),
        "each request is one fact"
    );
}

fn foul() -> Vec<Rule> {
    vec![
        Rule::once(Fault::Duplicate).on("EDI send"),
        Rule::once(Fault::Garbage).on("EDI send"),
        Rule::once(Fault::Truncate).on("EDI send"),
        Rule::once(Fault::Garbage).on("EDI set"),
        Rule::once(Fault::Garbage).on("EDI envelope"),
        Rule::once(Fault::CommitThenDrop).on("EDI ack"),
        Rule::once(Fault::Duplicate).on("EDI ack"),
        Rule::once(Fault::Garbage).on("EDI ack"),
        Rule::once(Fault::Slow).on("EDI ack"),
    ]
}

async fn customer(block: &str, syntax: Syntax, faults: Vec<Rule>) -> BTreeSet<&'static str> {
    customer_with(block, syntax, faults, Quirks::default()).await
}

async fn customer_with(
    block: &str,
    syntax: Syntax,
    faults: Vec<Rule>,
    quirks: Quirks,
) -> BTreeSet<&'static str> {
    let site = site(block, "ack_expected = { within = \"2s\" }");
    let mut config = Config::customer(&site.folder.path().join("mail"));
    config.syntax = syntax;
    config.returns = 9;
    config.quirks = Quirks {
        sets_per_group: 3,
        ..quirks
    };
    config.ack_within_ms = 3_000;
    config.faults = faults;
    if syntax == Syntax::Edifact {
        "EUR".clone_into(&mut config.currency);
    }
    let sim = EdiSim::start(config).await.unwrap();
    let (mut built, mut seen) = (site.build(), Seen::default());
    let is_over = |seen: &Seen| seen.facts.len() == 9 && sim.is_idle();
    play(&mut built, &mut seen, is_over).await;
    all_is_well(&sim);
    requests_are_answered(&sim, &seen);
    seen.refused
}

#[tokio::test]
async fn a_customer_with_habits_in_x12() {
    let quirks = Quirks {
        element: Some('|'),
        component: Some(':'),
        terminator: Some('\n'),
        suffix: String::new(),
        bom: true,
        no_last_terminator: true,
        interchanges_per_file: 2,
        version: Some("004010VICS".to_owned()),
        isa_version: "00400".to_owned(),
        ..Quirks::default()
    };
    let refused = customer_with("acme", Syntax::X12, Vec::new(), quirks).await;
    assert_eq!(refused, BTreeSet::new());
}

#[tokio::test]
async fn a_customer_with_habits_in_edifact() {
    let quirks = Quirks {
        suffix: "\r\n".to_owned(),
        decimal_comma: true,
        no_last_terminator: true,
        interchanges_per_file: 2,
        version: Some("D:96A:EN:EAN001".to_owned()),
        ..Quirks::default()
    };
    let refused = customer_with("handel", Syntax::Edifact, Vec::new(), quirks).await;
    assert_eq!(refused, BTreeSet::new());
}

#[tokio::test]
async fn a_customer_in_x12() {
    assert_eq!(
        customer("acme", Syntax::X12, Vec::new()).await,
        BTreeSet::new()
    );
}

#[tokio::test]
async fn a_customer_in_edifact() {
    assert_eq!(
        customer("handel", Syntax::Edifact, Vec::new()).await,
        BTreeSet::new()
    );
}

#[tokio::test]
async fn a_customer_in_x12_in_foul_weather() {
    let refused = customer("acme", Syntax::X12, foul()).await;
    expected(&refused);
    assert!(refused.contains("edi-partner.bad-set"), "{refused:?}");
}

#[tokio::test]
async fn a_customer_in_edifact_in_foul_weather() {
    let refused = customer("handel", Syntax::Edifact, foul()).await;
    expected(&refused);
}

/// What foul weather may bring, and nothing else.
fn expected(refused: &BTreeSet<&'static str>) {
    let may: BTreeSet<&str> = [
        "edi-partner.unreadable",
        "edi-partner.bad-set",
        "edi-partner.bad-envelope",
        "edi-partner.bad-value",
        "edi-partner.missing",
        "edi-partner.ack-unsolicited",
        "edi-partner.ack-late",
    ]
    .into();
    let others: Vec<_> = refused.difference(&may).collect();
    assert!(others.is_empty(), "{others:?}");
    assert!(
        refused.contains("edi-partner.ack-unsolicited"),
        "{refused:?}"
    );
}

fn notice(n: usize) -> Command {
    let line = |line_no: u32, sku: &str, qty: i32| OrderLine {
        line_no,
        sku: sku.to_owned(),
        qty: Qty::whole(qty),
        uom: "EA".to_owned(),
        reason: Reason::ExcessStock,
        order: None,
        invoice_ref: None,
        serials: Vec::new(),
    };
    let data = CommandData::AnnounceReturn(Announcement {
        expires_at: None,
        lines: vec![line(1, "DRILL-18V", 4), line(2, "SAW-7", 2)],
    });
    Command {
        effect_key: EffectKey::derive(&["notice", &n.to_string()]),
        kind: EffectKind::WmsRmaAsn,
        rma_number: format!("RMA-W-{n}"),
        data,
        ..command("announcement")
    }
}

async fn warehouse(receipts: Receipts, faults: Vec<Rule>) -> BTreeSet<&'static str> {
    let site = site(
        "tpl-west",
        "ack_expected = { within = \"2s\" }\nopening = \"none\"\nclosing = \"none\"\nreceipt = { inspects = true }",
    );
    let mut config = Config::warehouse(&site.folder.path().join("mail"));
    config.receipts = receipts;
    config.ack_within_ms = 3_000;
    config.faults = faults;
    let sim = EdiSim::start(config).await.unwrap();
    let (mut built, mut seen) = (site.build(), Seen::default());
    seen.open = (0..8).map(notice).collect();
    play(&mut built, &mut seen, |_| {
        sim.ledger().stories.len() == 8 && sim.is_idle()
    })
    .await;
    // What the warehouse has is what we were told, and so is what it found good.
    all_is_well(&sim);
    let ledger = sim.ledger();
    assert_eq!(ledger.stock.len(), 8);
    for (rma, received) in &ledger.stock {
        for item in received {
            let told = told_of(&seen, rma, &item.sku);
            assert_eq!(
                told,
                (item.received.to_string(), item.good.to_string()),
                "{rma} {}",
                item.sku
            );
        }
    }
    seen.refused
}

/// Pieces of an item of a return that were told to be received, and of these found good.
fn told_of(seen: &Seen, rma: &str, sku: &str) -> (String, String) {
    let (mut received, mut good) = (Qty::ZERO, Qty::ZERO);
    let name = format!("rma:US01/{rma}");
    for event in seen
        .facts
        .values()
        .filter(|event| event.subject.to_string() == name)
    {
        match &event.data {
            EventData::ReceiptRecorded(receipt) => {
                for line in receipt.lines.iter().filter(|line| line.sku_scanned == sku) {
                    received = received.checked_add(line.qty).unwrap();
                }
            }
            EventData::InspectionFinalized(inspection) => {
                let passed = inspection
                    .findings
                    .iter()
                    .filter(|f| f.sku == sku && f.result == canonical::InspectionResult::Pass);
                for finding in passed {
                    good = good.checked_add(finding.qty).unwrap();
                }
            }
            _ => {}
        }
    }
    (received.to_string(), good.to_string())
}

#[tokio::test]
async fn a_warehouse_with_944s() {
    assert_eq!(warehouse(Receipts::X944, Vec::new()).await, BTreeSet::new());
}

#[tokio::test]
async fn a_warehouse_with_861s() {
    assert_eq!(warehouse(Receipts::X861, Vec::new()).await, BTreeSet::new());
}

#[tokio::test]
async fn a_warehouse_in_foul_weather() {
    expected(&warehouse(Receipts::X944, foul()).await);
}
