//! An EDI customer in its folders: what it asks for, what it takes, how it acknowledges.

use crate::support::edi::{
    ME, Mailbox, about, answer, asking, first, functional, segments, sets, x12,
};
use crate::support::until;
use simulators::Decimal;
use simulators::edi_partner::{Config, Decision, EdiSim, Quirks};
use simulators::emit::Outcome;

fn advice(memo: &str, rma: &str, cents: u32, lines: &[u32]) -> String {
    let mut body = format!("BCD*20260304*{memo}*L*{cents}*C~CUR*SE*USD~N9*QJ*{rma}~");
    for cents in lines {
        body.push_str(&format!("CDD*72*C**{cents}*Y**1*EA~"));
    }
    body
}

#[tokio::test]
async fn requests_are_written_with_exact_prices_and_no_gap_in_the_numbers() {
    let mailbox = Mailbox::new();
    let config = Config {
        returns: 7,
        quirks: Quirks {
            sets_per_group: 3,
            ..Quirks::default()
        },
        ..mailbox.customer()
    };
    let sim = EdiSim::start(config).await.unwrap();
    until("three files are there", || mailbox.files().len() == 3).await;
    let requests = sim.ledger().requests;
    assert_eq!(requests.len(), 7);
    let mut seen = 0;
    for (number, count) in [(1, 3), (2, 3), (3, 1)] {
        let text = mailbox.text(&format!("180-{number:09}.edi"));
        assert_eq!(
            text.lines().next().unwrap().len(),
            106,
            "ISA has a fixed width"
        );
        assert_eq!(first(&text, "IEA"), format!("IEA*1*{number:09}"));
        assert_eq!(first(&text, "GE"), format!("GE*{count}*{number}"));
        for set in sets(&text) {
            assert_eq!(set.last().unwrap()[1], set.len().to_string(), "SE01");
            let of = |id: &str| {
                set.iter()
                    .filter(|segment| segment[0] == id)
                    .cloned()
                    .collect::<Vec<_>>()
            };
            let asked = &requests[&of("BGN")[0][2]];
            assert_eq!(of("BGN")[0][1], "13");
            let by = of("N1").into_iter().find(|n1| n1[1] == "BY").unwrap();
            assert_eq!(
                (by[3].as_str(), by[4].as_str()),
                ("91", asked.account.as_str())
            );
            assert_eq!(of("BLI").len(), asked.lines.len());
            for (bli, (qty, line)) in of("BLI").iter().zip(of("QTY").iter().zip(&asked.lines)) {
                let times: usize = qty[2].parse().unwrap();
                let price: Decimal = bli[6].parse().unwrap();
                let total = Decimal::sum(std::iter::repeat_n(price, times));
                assert_eq!(total, line.net_amount, "{bli:?} {qty:?}");
                assert!(["EA", "CA"].contains(&bli[4].as_str()), "a case is CA");
                assert!(bli[3].parse::<usize>().unwrap() <= times);
            }
            seen += 1;
        }
    }
    assert_eq!(seen, 7);
    assert!(!sim.is_idle(), "nothing is acknowledged yet");
    for (number, verdicts) in [(1, vec!["A"; 3]), (2, vec!["A"; 3]), (3, vec!["A"])] {
        mailbox.put(
            &format!("a{number}.edi"),
            &functional(ME, number, about(number), &verdicts),
        );
    }
    until("all is acknowledged", || sim.is_idle()).await;
    let ledger = sim.ledger();
    assert_eq!(ledger.accepted().len(), 7);
    assert_eq!(ledger.acks.len(), 3);
    assert_eq!(ledger.unanswered().len(), 7);
    assert!(
        ledger.problems.is_empty() && ledger.unknown.is_empty(),
        "{ledger:?}"
    );
    assert_eq!(mailbox.named("997").len(), 0, "a 997 is never acknowledged");
    sim.shutdown().await;
}

#[tokio::test]
async fn quirks_change_how_a_file_looks_and_nothing_else() {
    let mailbox = Mailbox::new();
    let config = Config {
        returns: 4,
        buyer_items: true,
        ask_ta1: true,
        quirks: Quirks {
            element: Some('|'),
            component: Some('^'),
            terminator: Some('\n'),
            bom: true,
            no_last_terminator: true,
            interchanges_per_file: 2,
            sets_per_group: 1,
            version: Some("004010VICS".to_owned()),
            isa_version: "00501".to_owned(),
            test: true,
            ..Quirks::default()
        },
        ..mailbox.customer()
    };
    let sim = EdiSim::start(config).await.unwrap();
    until("two files are there", || mailbox.files().len() == 2).await;
    let text = mailbox.text("180-000000001.edi");
    assert!(text.starts_with("\u{feff}ISA|00|") && !text.ends_with('\n'));
    assert!(!text.contains("\n\n"));
    let all = segments(&text, '\n', '|');
    let of = |id: &str| {
        all.iter()
            .filter(|segment| segment[0] == id)
            .cloned()
            .collect::<Vec<_>>()
    };
    assert_eq!(
        (of("ISA").len(), of("IEA").len(), of("ST").len()),
        (2, 2, 2)
    );
    assert_eq!(of("ISA")[1][13], "000000002");
    assert_eq!(
        (
            of("ISA")[0][12].as_str(),
            of("ISA")[0][14].as_str(),
            of("ISA")[0][15].as_str()
        ),
        ("00501", "1", "T")
    );
    assert_eq!(of("GS")[0][8], "004010VICS");
    assert_eq!(of("BLI")[0][8], "IN");
    sim.shutdown().await;
}

#[tokio::test]
async fn what_is_not_acknowledged_is_sent_again_the_same_and_given_up_at_last() {
    let mailbox = Mailbox::new();
    let config = Config {
        returns: 1,
        ack_within_ms: 60,
        max_attempts: 3,
        ..mailbox.customer()
    };
    let sim = EdiSim::start(config).await.unwrap();
    until("it gives up", || sim.is_idle()).await;
    let files = mailbox.files();
    assert_eq!(
        files.keys().collect::<Vec<_>>(),
        [
            "180-000000001-2.edi",
            "180-000000001-3.edi",
            "180-000000001.edi"
        ]
    );
    let mut bytes = files.values().collect::<Vec<_>>();
    bytes.dedup();
    assert_eq!(bytes.len(), 1, "the same bytes each time");
    let ledger = sim.ledger();
    assert_eq!(
        (
            ledger.interchanges[0].attempts,
            ledger.interchanges[0].outcome
        ),
        (3, Outcome::Abandoned)
    );
    sim.shutdown().await;
}

#[tokio::test]
async fn answers_and_credits_are_booked_once_and_acknowledged() {
    let mailbox = Mailbox::new();
    let sim = asking(&mailbox, 3, vec![]).await;
    let ids: Vec<String> = sim.ledger().requests.into_keys().collect();
    let answers = [
        ("180", answer(&ids[0], "RMA-1", "RA")),
        (
            "180",
            answer(&ids[1], "RMA-2", "RD*  *RT").replace("  ", ""),
        ),
        ("180", answer(&ids[2], "RMA-3", "PA")),
    ];
    let answers: Vec<(&str, &str)> = answers
        .iter()
        .map(|(kind, body)| (*kind, body.as_str()))
        .collect();
    mailbox.put("1.edi", &x12(ME, 1, "AN", &answers));
    mailbox.put(
        "2.edi",
        &x12(
            ME,
            2,
            "CD",
            &[("812", &advice("CM-1", "RMA-1", 12_999, &[10_000, 2_999]))],
        ),
    );
    until("both are acknowledged", || mailbox.named("997").len() == 2).await;
    let ledger = sim.ledger();
    let decisions: Vec<Decision> = ids.iter().map(|id| ledger.answers[id].decision).collect();
    assert_eq!(
        decisions,
        [
            Decision::Authorized,
            Decision::Denied,
            Decision::PartlyAuthorized
        ]
    );
    assert_eq!(ledger.answers[&ids[0]].lines[0].qty, Decimal::new(2, 0));
    assert_eq!(ledger.answers[&ids[1]].lines[0].qty, Decimal::ZERO);
    assert_eq!(ledger.answers[&ids[1]].denial.as_deref(), Some("RT"));
    let credit = ledger.credits_for("RMA-1")[0];
    assert_eq!(
        (credit.amount, credit.currency.as_str()),
        (Decimal::new(12_999, 2), "USD")
    );
    assert_eq!(credit.request.as_ref(), Some(&ids[0]));
    assert!(ledger.unanswered().is_empty() && ledger.gaps().is_empty());
    let ack = mailbox.text(&mailbox.named("997")[0]);
    assert_eq!(first(&ack, "AK1"), "AK1*AN*1");
    assert_eq!(first(&ack, "AK9"), "AK9*A*3*3*3");

    // The same interchange again: acknowledged, not booked. The same document under another number: a duplicate.
    mailbox.put("1-again.edi", &x12(ME, 1, "AN", &answers));
    mailbox.put("4.edi", &x12(ME, 4, "AN", &answers[..1]));
    // The same number with other content: refused.
    mailbox.put(
        "5.edi",
        &x12(ME, 2, "CD", &[("812", &advice("CM-2", "RMA-1", 1, &[1]))]),
    );
    // Of something nobody asked for.
    mailbox.put(
        "6.edi",
        &x12(ME, 6, "AN", &[("180", &answer("PR-NONE", "RMA-9", "RA"))]),
    );
    until("all are acknowledged", || {
        mailbox.named("997").len() + mailbox.named("TA1").len() == 6
    })
    .await;
    let ledger = sim.ledger();
    assert_eq!(ledger.taken[&1].repeats, 1);
    assert_eq!(ledger.duplicates, [format!("answer to {}", ids[0])]);
    assert_eq!(ledger.conflicts, ["000000002"]);
    assert_eq!(ledger.unknown, ["answer to PR-NONE"]);
    assert_eq!(ledger.credits.len(), 1);
    assert_eq!(ledger.gaps(), [3, 5]);
    let refusal = mailbox.text(&mailbox.named("TA1")[0]);
    assert_eq!(first(&refusal, "TA1"), "TA1*000000002*260303*0900*R*025");
    sim.shutdown().await;
}

#[tokio::test]
async fn a_set_that_does_not_add_up_is_refused_and_its_neighbours_are_not() {
    let mailbox = Mailbox::new();
    let sim = asking(&mailbox, 1, vec![]).await;
    let id = sim.ledger().requests.into_keys().next().unwrap();
    mailbox.put(
        "1.edi",
        &x12(ME, 1, "AN", &[("180", &answer(&id, "RMA-1", "RA"))]),
    );
    let wrong = advice("CM-2", "RMA-1", 500, &[400, 99]);
    let good = advice("CM-1", "RMA-1", 100, &[100]);
    mailbox.put(
        "2.edi",
        &x12(ME, 2, "CD", &[("812", &good), ("812", &wrong)]),
    );
    mailbox.put(
        "3.edi",
        &x12(ME, 3, "CD", &[("812", &good)]).replace("IEA*1*000000003", "IEA*1*000000004"),
    );
    until("all are acknowledged", || {
        mailbox.named("997").len() == 2 && mailbox.named("TA1").len() == 1
    })
    .await;
    let acks = mailbox.named("997");
    let ack = mailbox.text(acks.last().unwrap());
    assert_eq!(first(&ack, "AK9"), "AK9*P*2*2*1");
    assert!(ack.contains("AK2*812*0002~\nAK5*R*5~"), "{ack}");
    assert_eq!(
        first(&mailbox.text(&mailbox.named("TA1")[0]), "TA1"),
        "TA1*000000003*260303*0900*R*001"
    );
    let ledger = sim.ledger();
    assert_eq!(ledger.credits.keys().collect::<Vec<_>>(), ["CM-1"]);
    assert_eq!(ledger.problems.len(), 2, "{:?}", ledger.problems);
    sim.shutdown().await;
}

#[tokio::test]
async fn a_document_that_was_right_but_refused_is_noted_and_not_repeated() {
    let mailbox = Mailbox::new();
    let sim = asking(&mailbox, 2, vec![]).await;
    until("a file is there", || mailbox.files().len() == 1).await;
    mailbox.put("a.edi", &functional(ME, 1, about(1), &["A", "R*5"]));
    mailbox.put("b.edi", &functional(ME, 2, about(77), &["A"]));
    until("it is settled", || {
        sim.is_idle() && sim.ledger().acks.len() == 2
    })
    .await;
    let ledger = sim.ledger();
    assert_eq!(ledger.refused.len(), 1, "{ledger:?}");
    assert_eq!(ledger.unknown, ["997 of 77, which was never sent"]);
    assert_eq!(mailbox.files().len(), 1);
    sim.shutdown().await;
}

#[tokio::test]
async fn files_that_are_being_written_are_left_alone_and_rubbish_is_noted() {
    let mailbox = Mailbox::new();
    let sim = asking(&mailbox, 0, vec![]).await;
    let out = mailbox.folder.path().join("out");
    std::fs::write(out.join(".x.edi"), "no").unwrap();
    std::fs::write(out.join("x.edi.part"), "no").unwrap();
    mailbox.put("x.edi", "Dear customer");
    until("the rubbish is noted", || sim.ledger().problems.len() == 1).await;
    assert!(out.join(".x.edi").exists() && out.join("x.edi.part").exists());
    assert!(!out.join("x.edi").exists());
    sim.shutdown().await;
}
