//! An EDI warehouse and an EDIFACT customer in their folders.

use crate::support::edi::{Mailbox, first, functional, sets, x12};
use crate::support::until;
use simulators::Decimal;
use simulators::edi_partner::{
    Cancelled, Config, Decision, EdiSim, Nature, Quirks, Receipts, Syntax,
};
use simulators::emit::Outcome;
use simulators::faults::{Fault, Preset, Rule};
use simulators::wms::Story;

const WAREHOUSE: &str = "WAREHOUSE";

fn notice(rma: &str) -> String {
    format!(
        "BGN*14*{rma}*20260303*0900*UT*REF-{rma}~N1*RT**91*DC-EAST~\
         BLI*VP*DRILL-18V*3*EA~N9*LI*1~N9*SE*s1~N9*SE*s2~N9*SE*s3~BLI*VP*GLOVE-L*1*CA~N9*LI*2~"
    )
}

async fn receiving(mailbox: &Mailbox, story: Story, receipts: Receipts) -> EdiSim {
    let config = Config {
        story: Some(story),
        receipts,
        ..mailbox.warehouse()
    };
    EdiSim::start(config).await.unwrap()
}

/// Sum of element `n` over the segments of that name.
fn sum(set: &[Vec<String>], id: &str, n: usize) -> i64 {
    let named = set.iter().filter(|segment| segment[0] == id);
    named
        .map(|segment| segment[n].parse::<i64>().unwrap())
        .sum()
}

#[tokio::test]
async fn every_story_is_told_in_944s_that_add_up() {
    let told = [
        (Story::AllGood, 1, 4, 0),
        (Story::InTwoParts, 2, 4, 0),
        (Story::Split, 1, 4, 2),
        (Story::OverReceipt, 1, 5, 0),
        (Story::WrongItem, 1, 4, 1),
    ];
    for (story, files, units, bad) in told {
        let mailbox = Mailbox::new();
        let sim = receiving(&mailbox, story, Receipts::X944).await;
        mailbox.put(
            "n.edi",
            &x12(WAREHOUSE, 1, "AN", &[("180", &notice("RMA-1"))]),
        );
        until("receipts are told", || mailbox.named("944").len() == files).await;
        let (mut received, mut not_good) = (0, 0);
        for name in mailbox.named("944") {
            let text = mailbox.text(&name);
            assert_eq!(first(&text, "GS").split('*').nth(1), Some("RE"));
            let set = &sets(&text)[0];
            assert_eq!(set.last().unwrap()[1], set.len().to_string(), "{story:?}");
            let w17 = &set[1];
            assert_eq!((w17[1].as_str(), w17[4].as_str()), ("C", "RMA-1"));
            assert!(w17[3].len() <= 12);
            assert_eq!(sum(set, "W07", 1), sum(set, "W14", 1), "{story:?}");
            assert_eq!(sum(set, "W13", 1), sum(set, "W07", 1), "{story:?}");
            assert_eq!(sum(set, "W14", 2), 4);
            let spoilt = set.iter().filter(|one| one[0] == "W13" && one[3] != "07");
            assert_eq!(
                spoilt
                    .map(|one| one[1].parse::<i64>().unwrap())
                    .sum::<i64>(),
                sum(set, "W14", 3)
            );
            received += sum(set, "W14", 1);
            not_good += sum(set, "W14", 3);
        }
        assert_eq!((received, not_good), (units, bad), "{story:?}");
        let ledger = sim.ledger();
        let rows = &ledger.stock["RMA-1"];
        assert_eq!(
            Decimal::sum(rows.iter().map(|row| row.received)),
            Decimal::new(units, 0)
        );
        assert_eq!(
            Decimal::sum(rows.iter().map(|row| row.received - row.good)),
            Decimal::new(bad, 0)
        );
        assert_eq!(ledger.notices["RMA-1"].reference, "REF-RMA-1");
        assert_eq!(
            first(&mailbox.text(&mailbox.named("997")[0]), "AK9"),
            "AK9*A*1*1*1"
        );
        sim.shutdown().await;
    }
}

#[tokio::test]
async fn serial_numbers_and_line_numbers_are_repeated() {
    let mailbox = Mailbox::new();
    let sim = receiving(&mailbox, Story::AllGood, Receipts::X944).await;
    mailbox.put(
        "n.edi",
        &x12(WAREHOUSE, 1, "AN", &[("180", &notice("RMA-1"))]),
    );
    until("a receipt is told", || mailbox.named("944").len() == 1).await;
    let text = mailbox.text(&mailbox.named("944")[0]);
    for wanted in [
        "N9*SE*s3~",
        "N9*LI*2~",
        "W07*1*CA**VP*GLOVE-L~",
        "N1*WH**91*DC-EAST~",
    ] {
        assert!(text.contains(wanted), "{wanted} in {text}");
    }
    assert!(!sim.is_idle());
    let number = first(&text, "GS")
        .split('*')
        .nth(6)
        .unwrap()
        .parse()
        .unwrap();
    mailbox.put(
        "a.edi",
        &functional(WAREHOUSE, 2, ("RE", "944", number), &["A"]),
    );
    until("it is accepted", || sim.is_idle()).await;
    assert_eq!(sim.ledger().documents[0].outcome, Outcome::Acknowledged);
    sim.shutdown().await;
}

#[tokio::test]
async fn an_861_parts_good_units_from_questioned_ones() {
    let mailbox = Mailbox::new();
    let sim = receiving(&mailbox, Story::Split, Receipts::X861).await;
    mailbox.put(
        "n.edi",
        &x12(WAREHOUSE, 1, "AN", &[("180", &notice("RMA-1"))]),
    );
    until("a receipt is told", || mailbox.named("861").len() == 1).await;
    let text = mailbox.text(&mailbox.named("861")[0]);
    assert!(
        text.contains("RCD*1*1*EA***2*EA*01~\nLIN*1*VP*DRILL-18V~"),
        "{text}"
    );
    assert!(
        text.contains("RCD*2*1*CA~") && text.contains("REF*QJ*RMA-1~") && text.contains("CTT*2~")
    );
    let set = &sets(&text)[0];
    assert_eq!(set.last().unwrap()[1], set.len().to_string());
    sim.shutdown().await;
}

#[tokio::test]
async fn a_second_notice_is_a_duplicate_and_a_cancellation_counts_while_nothing_came() {
    let mailbox = Mailbox::new();
    let config = Config {
        pace_ms: 60_000,
        story: Some(Story::AllGood),
        ..mailbox.warehouse()
    };
    let sim = EdiSim::start(config).await.unwrap();
    mailbox.put(
        "1.edi",
        &x12(
            WAREHOUSE,
            1,
            "AN",
            &[("180", &notice("RMA-1")), ("180", &notice("RMA-2"))],
        ),
    );
    mailbox.put(
        "2.edi",
        &x12(WAREHOUSE, 2, "AN", &[("180", &notice("RMA-1"))]),
    );
    let off = "BGN*01*RMA-1*20260303*0901*UT~";
    let never = "BGN*01*RMA-9*20260303*0901*UT~";
    mailbox.put(
        "3.edi",
        &x12(WAREHOUSE, 3, "AN", &[("180", off), ("180", never)]),
    );
    until("all is acknowledged", || mailbox.named("997").len() == 3).await;
    let ledger = sim.ledger();
    assert_eq!(ledger.duplicates, ["notice of RMA-1"]);
    assert_eq!(ledger.unknown, ["cancellation of RMA-9"]);
    assert_eq!(ledger.notices["RMA-1"].cancelled, Some(Cancelled::InTime));
    assert_eq!(ledger.notices["RMA-2"].cancelled, None);
    assert!(!ledger.idle, "RMA-2 is still to come");
    sim.shutdown().await;

    let mailbox = Mailbox::new();
    let sim = receiving(&mailbox, Story::AllGood, Receipts::X944).await;
    mailbox.put(
        "1.edi",
        &x12(WAREHOUSE, 1, "AN", &[("180", &notice("RMA-1"))]),
    );
    until("a receipt is told", || mailbox.named("944").len() == 1).await;
    mailbox.put("2.edi", &x12(WAREHOUSE, 2, "AN", &[("180", off)]));
    until("all is acknowledged", || mailbox.named("997").len() == 2).await;
    assert_eq!(
        sim.ledger().notices["RMA-1"].cancelled,
        Some(Cancelled::TooLate)
    );
    sim.shutdown().await;
}

/// Messages to an EDIFACT customer.
fn edifact(number: u64, messages: &[(&str, &str)]) -> String {
    let mut out = format!("UNA:+.? 'UNB+UNOC:3+BACKHAUL:ZZ+CUSTOMER:ZZ+260303:0900+{number}'");
    for (nth, (kind, body)) in messages.iter().enumerate() {
        let count = body.matches('\'').count() + 2;
        let nth = nth + 1;
        out.push_str(&format!(
            "UNH+{nth}+{kind}:D:01B:UN'{body}UNT+{count}+{nth}'"
        ));
    }
    out.push_str(&format!("UNZ+{}+{number}'", messages.len()));
    out
}

fn speaking_edifact(mailbox: &Mailbox, returns: usize) -> Config {
    Config {
        syntax: Syntax::Edifact,
        currency: "EUR".to_owned(),
        returns,
        ..mailbox.customer()
    }
}

#[tokio::test]
async fn a_retann_is_sent_acknowledged_answered_and_credited() {
    let mailbox = Mailbox::new();
    let sim = EdiSim::start(speaking_edifact(&mailbox, 2)).await.unwrap();
    until("a file is there", || mailbox.named("RETANN").len() == 1).await;
    let text = mailbox.text("RETANN-000000001.edi");
    let requests = sim.ledger().requests;
    assert_eq!(text.matches("UNH+").count(), 2);
    for asked in requests.values() {
        assert!(
            text.contains(&format!("BGM+70E::9+{}+9'", asked.id)),
            "{text}"
        );
        let line = &asked.lines[0];
        assert!(text.contains(&format!("PRI+AAA:{}'", line.unit_price)));
        assert!(text.contains(&format!("QTY+47:{}:{}'", line.invoiced, line.uom)));
    }
    // Count the segments of each message as written.
    for message in text.split("UNH+").skip(1) {
        let trailer = message.split("UNT+").nth(1).unwrap();
        let said: usize = trailer.split('+').next().unwrap().parse().unwrap();
        assert_eq!(
            message.split("UNT+").next().unwrap().matches("'\n").count() + 1,
            said
        );
    }
    mailbox.put(
        "1.edi",
        &edifact(1, &[("CONTRL", "UCI+1+CUSTOMER:ZZ+BACKHAUL:ZZ+7'")]),
    );
    until("it is accepted", || sim.is_idle()).await;
    assert_eq!(sim.ledger().accepted().len(), 2);

    let ids: Vec<&String> = requests.keys().collect();
    let line =
        |id: &str, qty: i64| format!("LIN+1++{}:SA'QTY+61:{qty}:EA'", requests[id].lines[0].sku);
    let denied = format!("BGM+71E::9+RMA-2+27'RFF+ALQ:{}'{}", ids[1], line(ids[1], 1));
    let mut all = String::new();
    for one in &requests[ids[0]].lines {
        all.push_str(&format!("LIN+1++{}:SA'QTY+61:{}:EA'", one.sku, one.qty));
    }
    let granted = format!("BGM+71E::9+RMA-1+9'RFF+ALQ:{}'{all}", ids[0]);
    mailbox.put(
        "2.edi",
        &edifact(2, &[("RETINS", &granted), ("RETINS", &denied)]),
    );
    let note = format!(
        "BGM+381+CN-1+9'CUX+2:EUR:4'RFF+ALQ:{}'MOA+77:119,50'",
        ids[0]
    );
    let wrong = "BGM+380+IN-1+9'";
    mailbox.put(
        "3.edi",
        &edifact(3, &[("INVOIC", &note), ("INVOIC", wrong)]),
    );
    until("both are acknowledged", || {
        mailbox.named("CONTRL").len() == 2
    })
    .await;
    let ledger = sim.ledger();
    assert_eq!(ledger.answers[ids[0]].decision, Decision::Authorized);
    assert_eq!(ledger.answers[ids[1]].decision, Decision::Denied);
    assert_eq!(ledger.credits["CN-1"].amount, Decimal::new(11_950, 2));
    assert_eq!(ledger.credits["CN-1"].request.as_ref(), Some(ids[0]));
    let acks: Vec<String> = mailbox
        .named("CONTRL")
        .iter()
        .map(|name| mailbox.text(name))
        .collect();
    assert!(acks[0].contains("UCI+2+BACKHAUL:ZZ+CUSTOMER:ZZ+7'") && !acks[0].contains("UCM"));
    assert!(acks[1].contains("UCM+2+INVOIC+4+12'"), "{}", acks[1]);
    sim.shutdown().await;
}

#[tokio::test]
async fn edifact_quirks_and_a_message_refused_by_name() {
    let mailbox = Mailbox::new();
    let config = Config {
        quirks: Quirks {
            no_una: true,
            decimal_comma: true,
            suffix: String::new(),
            version: Some("D:96A:EN:EAN001".to_owned()),
            ..Quirks::default()
        },
        faults: vec![Rule::once(Fault::Garbage).on("EDI set")],
        ..speaking_edifact(&mailbox, 2)
    };
    let sim = EdiSim::start(config).await.unwrap();
    until("a file is there", || mailbox.files().len() == 1).await;
    let text = mailbox.text("RETANN-000000001.edi");
    assert!(text.starts_with("UNB+UNOC:3+") && text.contains("RETANN:D:96A:EN:EAN001'BGM"));
    assert!(!text.contains("CUX") && !text.contains('\n'));
    assert!(text.contains(','), "a comma in the price");
    mailbox.put(
        "1.edi",
        &edifact(
            1,
            &[(
                "CONTRL",
                "UCI+1+CUSTOMER:ZZ+BACKHAUL:ZZ+7'UCM+1+RETANN:D:96A:EN+4+12'",
            )],
        ),
    );
    until("it is mended", || mailbox.files().len() == 2).await;
    mailbox.put(
        "2.edi",
        &edifact(2, &[("CONTRL", "UCI+2+CUSTOMER:ZZ+BACKHAUL:ZZ+7'")]),
    );
    until("all is accepted", || sim.is_idle()).await;
    assert_eq!(sim.ledger().accepted().len(), 2);
    sim.shutdown().await;
}

/// The other side, reduced to acknowledging whole files by a 997. Of rubbish and of torn envelopes it says nothing.
fn acknowledge_all(
    mailbox: &Mailbox,
    done: &mut std::collections::BTreeSet<String>,
    number: &mut u64,
) {
    for (name, bytes) in mailbox.files() {
        let text = String::from_utf8(bytes).unwrap();
        let control = first(&text, "IEA");
        if !name.starts_with("180") || done.contains(&name) {
            continue;
        }
        let isa = first(&text, "ISA");
        let own: Option<u64> = isa.split('*').nth(13).and_then(|own| own.parse().ok());
        // Half a file, or torn: looked at again; nothing is said of it.
        let Some(own) = own.filter(|own| control.ends_with(&format!("{own:09}"))) else {
            continue;
        };
        *number += 1;
        let verdicts: Vec<&str> = sets(&text)
            .iter()
            .map(|set| {
                let whole = set.last().unwrap()[1] == set.len().to_string();
                let dated = set[1][3] != "20260231";
                let named = set.iter().all(|one| one[0] != "BLI" || !one[2].is_empty());
                if whole && dated && named { "A" } else { "R*5" }
            })
            .collect();
        mailbox.put(
            &format!("{number}.edi"),
            &functional("CUSTOMER", *number, ("AN", "180", own), &verdicts),
        );
        done.insert(name);
    }
}

#[tokio::test]
async fn heavy_weather_loses_and_doubles_no_request() {
    let mailbox = Mailbox::new();
    let config = Config {
        returns: 60,
        ack_within_ms: 400,
        faults: Preset::Heavy.rules(7),
        quirks: Quirks {
            sets_per_group: 4,
            ..Quirks::default()
        },
        ..mailbox.customer()
    };
    let sim = EdiSim::start(config).await.unwrap();
    assert_eq!(sim.ledger().requests.len(), 60);
    let (mut done, mut number) = (std::collections::BTreeSet::new(), 0);
    until("everything is accepted", || {
        acknowledge_all(&mailbox, &mut done, &mut number);
        sim.is_idle()
    })
    .await;
    let ledger = sim.ledger();
    let ids: Vec<&str> = ledger.requests.keys().map(String::as_str).collect();
    assert_eq!(ledger.accepted().into_iter().collect::<Vec<_>>(), ids);
    let mut twice: Vec<&str> = ledger
        .documents
        .iter()
        .filter(|one| one.outcome == Outcome::Acknowledged)
        .map(|one| one.number.as_str())
        .collect();
    twice.sort_unstable();
    assert_eq!(twice, ids, "each accepted once");
    assert!(
        ledger.refused.is_empty() && ledger.unknown.is_empty(),
        "{ledger:?}"
    );
    let counts = sim.faults().counts();
    assert!(
        counts.contains_key(&Fault::Garbage) && counts.len() >= 3,
        "{counts:?}"
    );
    sim.shutdown().await;
}

#[test]
fn a_configuration_is_read_from_words() {
    let text = r#"{"nature": "warehouse", "receipts": "861", "story": "split", "drop": "a", "take": "b",
        "us": {"qualifier": "01", "id": "123"}, "quirks": {"terminator": "\n"},
        "faults": [{"fault": "garbage", "on": "EDI set"}]}"#;
    let config: Config = serde_json::from_str(text).unwrap();
    assert_eq!(
        (config.nature, config.receipts),
        (Nature::Warehouse, Receipts::X861)
    );
    assert_eq!(
        (config.quirks.terminator, config.faults.len()),
        (Some('\n'), 1)
    );
    assert!(serde_json::from_str::<Config>(r#"{"colour": 1}"#).is_err());
    assert_eq!("edifact".parse::<Syntax>().unwrap(), Syntax::Edifact);
    assert!("fax".parse::<Nature>().is_err());
}
