//! How an EDI partner misbehaves, and mends what it spoilt.

use std::time::Duration;

use crate::support::edi::{ME, Mailbox, about, answer, asking, first, functional, sets, ta1, x12};
use crate::support::until;
use simulators::edi_partner::{Config, EdiSim};
use simulators::emit::Outcome;
use simulators::faults::{Fault, Rule};

#[tokio::test]
async fn a_spoilt_set_stands_among_good_ones_and_is_mended_when_refused() {
    let mailbox = Mailbox::new();
    let spoilt = Rule::once(Fault::Garbage).on("EDI set").key("PR-1-000003");
    let sim = asking(&mailbox, 0, vec![spoilt]).await;
    let made = simulators::portal::requests(1, 3, &["DC-EAST"]);
    let ids = sim.ask(&made);
    until("a file is there", || mailbox.files().len() == 1).await;
    let position = ids.iter().position(|id| id == "PR-1-000003").unwrap();
    let mut verdicts = vec!["A"; 3];
    verdicts[position] = "R*5";
    mailbox.put("a.edi", &functional(ME, 1, about(1), &verdicts));
    until("it is mended", || mailbox.files().len() == 2).await;
    let mended = mailbox.text("180-000000002.edi");
    assert!(mended.contains("*PR-1-000003*") && !mended.contains("20260231"));
    assert_eq!(
        sets(&mended)[0].last().unwrap()[1],
        sets(&mended)[0].len().to_string()
    );
    mailbox.put("b.edi", &functional(ME, 2, about(2), &["A"]));
    until("all is accepted", || sim.is_idle()).await;
    let ledger = sim.ledger();
    assert_eq!(ledger.accepted().len(), 3);
    let outcomes: Vec<_> = ledger
        .documents
        .iter()
        .filter(|one| one.number == "PR-1-000003")
        .collect();
    assert_eq!(
        (outcomes[0].outcome, outcomes[1].outcome),
        (Outcome::Refused, Outcome::Acknowledged)
    );
    assert!(outcomes[0].flaw.is_some() && outcomes[1].flaw.is_none());
    assert!(ledger.refused.is_empty());
    sim.shutdown().await;
}

#[tokio::test]
async fn a_torn_envelope_comes_again_whole_under_a_new_number() {
    let mailbox = Mailbox::new();
    let sim = asking(
        &mailbox,
        1,
        vec![Rule::once(Fault::Garbage).on("EDI envelope")],
    )
    .await;
    until("a file is there", || mailbox.files().len() == 1).await;
    let torn = mailbox.text("180-000000001.edi");
    assert_ne!(first(&torn, "IEA"), "IEA*1*000000001");
    mailbox.put("a.edi", &ta1(ME, 1, 1, "R", "001"));
    until("it comes again", || mailbox.files().len() == 2).await;
    assert_eq!(
        first(&mailbox.text("180-000000002.edi"), "IEA"),
        "IEA*1*000000002"
    );
    mailbox.put("b.edi", &functional(ME, 2, about(2), &["A"]));
    until("it is accepted", || sim.is_idle()).await;
    assert_eq!(sim.ledger().accepted().len(), 1);
    sim.shutdown().await;
}

#[tokio::test]
async fn a_torn_envelope_comes_again_when_nobody_says_a_word() {
    let mailbox = Mailbox::new();
    let config = Config {
        returns: 1,
        ack_within_ms: 80,
        faults: vec![Rule::once(Fault::Garbage).on("EDI envelope")],
        ..mailbox.customer()
    };
    let sim = EdiSim::start(config).await.unwrap();
    until("it comes again", || {
        mailbox.files().contains_key("180-000000002.edi")
    })
    .await;
    sim.shutdown().await;
}

#[tokio::test]
async fn a_number_used_twice_has_other_content_on_demand() {
    let mailbox = Mailbox::new();
    let rule = Rule::once(Fault::Duplicate).on("EDI number");
    let sim = asking(&mailbox, 0, vec![rule]).await;
    let made = simulators::portal::requests(1, 2, &["DC-EAST"]);
    sim.ask(&made[..1]);
    until("a file is there", || mailbox.files().len() == 1).await;
    mailbox.put("a.edi", &functional(ME, 1, about(1), &["A"]));
    until("it is accepted", || sim.is_idle()).await;
    sim.ask(&made[1..]);
    until("another file is there", || mailbox.files().len() == 2).await;
    let one = mailbox.text("180-000000001.edi");
    let other = mailbox.text(&format!("180-000000001_{}.edi", made[1].id));
    assert_eq!(first(&one, "IEA"), first(&other, "IEA"));
    assert_ne!(one, other);
    mailbox.put("b.edi", &ta1(ME, 2, 1, "R", "025"));
    until("a third file is there", || mailbox.files().len() == 3).await;
    mailbox.put("c.edi", &functional(ME, 3, about(2), &["A"]));
    until("all is settled", || sim.is_idle()).await;
    let ledger = sim.ledger();
    assert_eq!(ledger.accepted().len(), 2, "{ledger:?}");
    assert_eq!(ledger.interchanges[1].flaw, Some("reused-number"));
    sim.shutdown().await;
}

#[tokio::test]
async fn files_come_twice_late_in_halves_and_with_rubbish_besides() {
    let mailbox = Mailbox::new();
    let sim = asking(
        &mailbox,
        1,
        vec![Rule::once(Fault::Duplicate).on("EDI send")],
    )
    .await;
    until("it is there twice", || mailbox.files().len() == 2).await;
    assert_eq!(
        mailbox.text("180-000000001.edi"),
        mailbox.text("180-000000001-copy.edi")
    );
    sim.shutdown().await;

    let mailbox = Mailbox::new();
    let sim = asking(&mailbox, 1, vec![Rule::once(Fault::Garbage).on("EDI send")]).await;
    until("rubbish is there too", || mailbox.files().len() == 2).await;
    assert!(mailbox.files().contains_key("180-000000001.edi"));
    assert_eq!(mailbox.named("noise-").len(), 1);
    sim.shutdown().await;

    let mailbox = Mailbox::new();
    let half = Rule::once(Fault::Truncate).on("EDI send").delay_ms(150);
    let sim = asking(&mailbox, 1, vec![half]).await;
    until("half of it is there", || mailbox.files().len() == 1).await;
    assert!(
        !mailbox.text("180-000000001.edi").contains("IEA"),
        "half a file"
    );
    assert!(!sim.is_idle());
    until("the rest is there", || {
        mailbox.text("180-000000001.edi").contains("IEA")
    })
    .await;
    let text = mailbox.text("180-000000001.edi");
    assert_eq!(
        sets(&text)[0].last().unwrap()[1],
        sets(&text)[0].len().to_string()
    );
    sim.shutdown().await;

    let mailbox = Mailbox::new();
    let late = Rule::once(Fault::Slow).on("EDI send").delay_ms(150);
    let sim = asking(&mailbox, 1, vec![late]).await;
    tokio::time::sleep(Duration::from_millis(60)).await;
    assert!(mailbox.files().is_empty());
    until("it is there", || mailbox.files().len() == 1).await;
    sim.shutdown().await;
}

#[tokio::test]
async fn a_reader_that_moved_half_a_file_away_gets_the_rest_of_it() {
    let mailbox = Mailbox::new();
    let half = Rule::once(Fault::Truncate).on("EDI send").delay_ms(150);
    let sim = asking(&mailbox, 1, vec![half]).await;
    until("half of it is there", || mailbox.files().len() == 1).await;
    let (from, to) = (
        mailbox.folder.path().join("in/180-000000001.edi"),
        mailbox.folder.path().join("moved"),
    );
    std::fs::rename(&from, &to).unwrap();
    until("the rest is there", || {
        std::fs::read_to_string(&to).unwrap().contains("IEA")
    })
    .await;
    assert!(!from.exists(), "no second half of its own");
    sim.shutdown().await;
}

#[tokio::test]
async fn half_a_file_that_was_refused_comes_again_under_a_new_number() {
    let mailbox = Mailbox::new();
    let half = Rule::once(Fault::Truncate).on("EDI send").delay_ms(10);
    let sim = asking(&mailbox, 1, vec![half]).await;
    until("half of it is there", || mailbox.files().len() == 1).await;
    mailbox.put("a.edi", &ta1(ME, 1, 1, "R", "023"));
    until("it comes again", || {
        mailbox.files().contains_key("180-000000002.edi")
    })
    .await;
    mailbox.put("b.edi", &functional(ME, 2, about(2), &["A"]));
    until("it is accepted", || sim.is_idle()).await;
    let ledger = sim.ledger();
    assert_eq!(ledger.interchanges[0].flaw, Some("half-a-file"));
    assert!(ledger.refused.is_empty());
    assert_eq!(ledger.accepted().len(), 1);
    sim.shutdown().await;
}

#[tokio::test]
async fn acknowledgements_are_lost_late_doubled_and_beside_the_point() {
    let text = |id: &str, number| x12(ME, number, "AN", &[("180", &answer(id, "RMA-1", "RA"))]);
    for (fault, files) in [(Fault::Duplicate, 2), (Fault::Garbage, 2), (Fault::Slow, 1)] {
        let mailbox = Mailbox::new();
        let sim = asking(
            &mailbox,
            1,
            vec![Rule::once(fault).on("EDI ack").delay_ms(100)],
        )
        .await;
        let id = sim.ledger().requests.into_keys().next().unwrap();
        mailbox.put("1.edi", &text(&id, 1));
        until("it is acknowledged", || mailbox.named("997").len() == files).await;
        let acks = mailbox.named("997");
        if fault == Fault::Garbage {
            assert_eq!(first(&mailbox.text(&acks[1]), "AK1"), "AK1*AN*888000001");
        }
        if fault == Fault::Duplicate {
            assert_eq!(mailbox.text(&acks[0]), mailbox.text(&acks[1]));
        }
        assert_eq!(sim.ledger().taken[&1].acknowledged, 1);
        sim.shutdown().await;
    }

    // Lost: booked, and acknowledged when it comes again.
    let mailbox = Mailbox::new();
    let sim = asking(
        &mailbox,
        1,
        vec![Rule::once(Fault::CommitThenDrop).on("EDI ack")],
    )
    .await;
    let id = sim.ledger().requests.into_keys().next().unwrap();
    mailbox.put("1.edi", &text(&id, 1));
    until("it is booked", || sim.ledger().answers.len() == 1).await;
    tokio::time::sleep(Duration::from_millis(50)).await;
    assert!(mailbox.named("997").is_empty());
    mailbox.put("1-again.edi", &text(&id, 1));
    until("it is acknowledged", || mailbox.named("997").len() == 1).await;
    assert!(sim.ledger().duplicates.is_empty());
    sim.shutdown().await;

    // Refused once: nothing booked; taken under another number.
    let mailbox = Mailbox::new();
    let sim = asking(&mailbox, 1, vec![Rule::once(Fault::Refuse).on("EDI ack")]).await;
    let id = sim.ledger().requests.into_keys().next().unwrap();
    mailbox.put("1.edi", &text(&id, 1));
    until("it is refused", || mailbox.named("997").len() == 1).await;
    assert_eq!(
        first(&mailbox.text(&mailbox.named("997")[0]), "AK9"),
        "AK9*R*1*1*0"
    );
    assert!(sim.ledger().answers.is_empty());
    mailbox.put("2.edi", &text(&id, 2));
    until("it is accepted", || mailbox.named("997").len() == 2).await;
    let ledger = sim.ledger();
    assert!(
        ledger.answers.contains_key(&id)
            && ledger.duplicates.is_empty()
            && ledger.taken[&1].refused
    );
    sim.shutdown().await;
}
