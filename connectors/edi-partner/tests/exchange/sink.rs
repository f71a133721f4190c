//! Sending: numbers, acknowledgements, what is refused, late or overdue.

use std::collections::BTreeSet;

use connector::{FailureKind, Found};

use crate::common::{Site, command, message, numbered};
use crate::support::{find, functional, nothing_comes, send, ta1, take};

const NONE: &str = "ack_expected = \"none\"";

#[tokio::test]
async fn a_document_waits_for_its_acknowledgement() {
    let site = Site::new("acme", "");
    let mut built = site.build();
    let answer = command("authorized");
    assert_eq!(find(&built, &answer).await, Ok(Found::Nothing));
    assert_eq!(
        send(&built, &answer).await.unwrap_err().kind,
        FailureKind::Unacknowledged
    );
    assert_eq!(
        find(&built, &answer).await.unwrap_err().kind,
        FailureKind::Unacknowledged
    );
    let names = site.names("out");
    assert_eq!(names.len(), 1);
    assert!(names[0].starts_with("000000001-180-rt1-"), "{names:?}");
    assert!(site.out(&names[0]).contains("*000000001*0*P*"));

    site.drop_file("997.edi", &functional(1, 1, "A"));
    let decoded = take(&mut built).await;
    assert!(
        decoded.events.is_empty() && decoded.failures.is_empty(),
        "{:?}",
        decoded.failures
    );
    match find(&built, &answer).await.unwrap() {
        Found::Complete(document) => {
            assert_eq!(
                (document.doc_type.as_str(), document.doc_no.as_str()),
                ("180", "000000001")
            );
        }
        other => panic!("{other:?}"),
    }
    assert!(send(&built, &answer).await.unwrap().duplicate);
    assert_eq!(
        site.names("out"),
        names,
        "an acknowledgement is not acknowledged"
    );
}

#[tokio::test]
async fn an_overdue_document_goes_again_under_its_number() {
    let site = Site::new("acme", "ack_expected = { within = \"1ms\" }");
    let mut built = site.build();
    let answer = command("authorized");
    send(&built, &answer).await.unwrap_err();
    let name = site.names("out")[0].clone();
    let first = site.out(&name);
    std::fs::remove_file(site.path("out").join(&name)).unwrap();
    nothing_comes(&mut built).await;
    assert_eq!(find(&built, &answer).await, Ok(Found::Nothing));
    assert_eq!(
        send(&built, &answer).await.unwrap_err().kind,
        FailureKind::Unacknowledged
    );
    assert_eq!(site.names("out"), std::slice::from_ref(&name));
    assert_eq!(site.out(&name), first, "the same number, the same bytes");
}

#[tokio::test]
async fn acknowledgements_that_may_lie_unread_are_not_missing() {
    let site = Site::new("acme", "ack_expected = { within = \"1ms\" }");
    let mut built = site.build();
    let answer = command("authorized");
    send(&built, &answer).await.unwrap_err();
    // More than is taken at once: the acknowledgement may be behind them.
    for n in 0..600 {
        site.drop_file(&format!("{n:03}.edi"), b"rubbish");
    }
    take(&mut built).await;
    let waits = find(&built, &answer).await.unwrap_err();
    assert_eq!(waits.kind, FailureKind::Unacknowledged, "{waits}");
    for _ in 1..600 {
        take(&mut built).await;
    }
    nothing_comes(&mut built).await;
    assert_eq!(find(&built, &answer).await, Ok(Found::Nothing));
}

#[tokio::test]
async fn a_late_acknowledgement_is_taken_and_noted() {
    let site = Site::new("acme", "ack_expected = { within = \"1ms\" }");
    let mut built = site.build();
    let answer = command("authorized");
    send(&built, &answer).await.unwrap_err();
    nothing_comes(&mut built).await;
    site.drop_file("997.edi", &functional(1, 1, "A"));
    let decoded = take(&mut built).await;
    assert_eq!(decoded.failures[0].code, "edi-partner.ack-late");
    assert!(matches!(
        find(&built, &answer).await,
        Ok(Found::Complete(_))
    ));
    // The same again says nothing new.
    site.drop_file("997-again.edi", &functional(2, 1, "A"));
    assert!(take(&mut built).await.failures.is_empty());
}

#[tokio::test]
async fn a_refused_document_is_told_once_and_goes_again_under_another_number() {
    let site = Site::new("acme", "");
    let mut built = site.build();
    let answer = command("authorized");
    send(&built, &answer).await.unwrap_err();
    site.drop_file("997.edi", &functional(1, 1, "R"));
    assert!(
        take(&mut built).await.failures.is_empty(),
        "the sink reports it"
    );
    match find(&built, &answer).await.unwrap() {
        Found::Refused { document, reason } => {
            assert_eq!(document.doc_no, "000000001");
            assert!(reason.contains("segment"), "{reason}");
        }
        other => panic!("{other:?}"),
    }
    assert_eq!(find(&built, &answer).await, Ok(Found::Nothing));
    assert_eq!(
        send(&built, &answer).await.unwrap_err().kind,
        FailureKind::Unacknowledged
    );
    let names = site.names("out");
    assert!(names[1].starts_with("000000002-180-"), "{names:?}");
    site.drop_file("997-2.edi", &functional(2, 2, "A"));
    take(&mut built).await;
    assert!(
        matches!(find(&built, &answer).await, Ok(Found::Complete(d)) if d.doc_no == "000000002")
    );
}

#[tokio::test]
async fn a_ta1_that_refuses_refuses_the_document_and_one_that_accepts_says_nothing() {
    let site = Site::new("acme", "");
    let mut built = site.build();
    let answer = command("authorized");
    send(&built, &answer).await.unwrap_err();
    site.drop_file("a.edi", &ta1(1, 1, "A", "000"));
    assert!(take(&mut built).await.failures.is_empty());
    assert_eq!(
        find(&built, &answer).await.unwrap_err().kind,
        FailureKind::Unacknowledged
    );
    site.drop_file("r.edi", &ta1(2, 1, "R", "025"));
    take(&mut built).await;
    assert!(matches!(
        find(&built, &answer).await,
        Ok(Found::Refused { .. })
    ));
}

#[tokio::test]
async fn what_nobody_waits_for_is_said() {
    let site = Site::new("acme", "");
    let mut built = site.build();
    site.drop_file("997.edi", &functional(1, 77, "A"));
    let decoded = take(&mut built).await;
    assert_eq!(decoded.failures[0].code, "edi-partner.ack-unsolicited");
    assert!(
        decoded.failures[0].message.contains("77"),
        "{}",
        decoded.failures[0]
    );
}

#[tokio::test]
async fn a_partner_may_acknowledge_our_acknowledgement() {
    let site = Site::new("acme", "");
    let mut built = site.build();
    site.drop_file("a.edi", &message("customer/basic.edi"));
    take(&mut built).await;
    site.drop_file("ta1.edi", &ta1(8, 1, "A", "000"));
    assert!(take(&mut built).await.failures.is_empty());
}

#[tokio::test]
async fn numbers_have_no_gaps_and_stay_with_their_documents() {
    let site = Site::new("acme", NONE);
    let mut built = site.build();
    site.drop_file("a.edi", &message("customer/basic.edi"));
    take(&mut built).await;
    let mut documents = Vec::new();
    for n in 0..50 {
        let confirmation = send(&built, &numbered("credit", n)).await.unwrap();
        assert!(!confirmation.duplicate);
        documents.push(confirmation.document.doc_no);
    }
    let numbers: BTreeSet<u64> = documents
        .iter()
        .map(|number| number.parse().unwrap())
        .collect();
    assert_eq!(numbers, (2..=51).collect(), "1 is that of the 997");
    let before: Vec<String> = site
        .names("out")
        .iter()
        .map(|name| site.out(name))
        .collect();
    drop(built);
    let built = site.build();
    for n in (0..50).rev() {
        let confirmation = send(&built, &numbered("credit", n)).await.unwrap();
        assert!(confirmation.duplicate);
        assert_eq!(confirmation.document.doc_no, documents[n]);
    }
    let after: Vec<String> = site
        .names("out")
        .iter()
        .map(|name| site.out(name))
        .collect();
    assert_eq!(before, after);
}

#[tokio::test]
async fn a_crash_after_the_putting_is_found() {
    let site = Site::new("acme", NONE);
    let built = site.build();
    let credit = command("credit");
    // The mailbox has it, and our note was never written to its end.
    send(&built, &credit).await.unwrap();
    let key = format!("{}#0", credit.effect_key);
    let notes: &dyn connector::Notes = site.notes.as_ref();
    let note = notes.get("sent", &key).await.unwrap().unwrap();
    notes
        .put(
            "sent",
            &key,
            &note.replace("\"placed\":true", "\"placed\":false"),
        )
        .await
        .unwrap();
    assert!(matches!(
        find(&built, &credit).await,
        Ok(Found::Complete(_))
    ));
    // And when the partner has fetched it meanwhile, it goes again as the same document.
    let name = site.names("out")[0].clone();
    std::fs::remove_file(site.path("out").join(&name)).unwrap();
    assert_eq!(find(&built, &credit).await, Ok(Found::Nothing));
    send(&built, &credit).await.unwrap();
    assert_eq!(site.names("out"), [name]);
}

#[tokio::test]
async fn without_notes_nothing_is_put() {
    let site = Site::new("acme", "");
    let built = site.build();
    site.notes.lose(true);
    let failure = send(&built, &command("credit")).await.unwrap_err();
    assert_eq!(
        (failure.kind, failure.code),
        (FailureKind::Unavailable, "edi-partner.notes-away")
    );
    site.notes.lose(false);
    assert!(site.names("out").is_empty());
}

#[tokio::test]
async fn a_retins_is_acknowledged_by_contrl() {
    let site = Site::new("handel", "");
    let mut built = site.build();
    for (n, action, is_taken) in [(0, "7", true), (1, "4+29", false)] {
        let answer = numbered("authorized", n);
        send(&built, &answer).await.unwrap_err();
        let number = n + 1;
        let contrl = format!(
            "UNB+UNOC:3+HANDEL:14+BACKHAUL:14+260303:1000+C{number}'UNH+1+CONTRL:D:3:UN'UCI+{number}+BACKHAUL:14+HANDEL:14+{action}'\
             UNT+3+1'UNZ+1+C{number}'"
        );
        site.drop_file(&format!("c{number}.edi"), contrl.as_bytes());
        let decoded = take(&mut built).await;
        assert!(decoded.failures.is_empty(), "{:?}", decoded.failures);
        let found = find(&built, &answer).await.unwrap();
        assert_eq!(matches!(found, Found::Complete(_)), is_taken, "{found:?}");
        assert_eq!(
            matches!(found, Found::Refused { .. }),
            !is_taken,
            "{found:?}"
        );
    }
}

#[tokio::test]
async fn an_acknowledgement_beside_business_keeps_nothing_out() {
    let site = Site::new("acme", "");
    let mut built = site.build();
    let business = String::from_utf8(message("customer/basic.edi")).unwrap();
    let acks = String::from_utf8(functional(9, 77, "A")).unwrap();
    let group = acks
        .split_once("GS*")
        .unwrap()
        .1
        .split_once("IEA")
        .unwrap()
        .0;
    let both = business.replace("IEA*1*", &format!("GS*{group}IEA*2*"));
    site.drop_file("both.edi", both.as_bytes());
    let decoded = take(&mut built).await;
    assert_eq!(decoded.events.len(), 1, "{:?}", decoded.failures);
    assert_eq!(decoded.failures[0].code, "edi-partner.ack-unsolicited");
    let reply = site.out(&site.names("out")[0]);
    assert_eq!(
        reply.matches("ST*997").count(),
        1,
        "only the requests are acknowledged: {reply}"
    );
}

/// A group that is refused in part, without a word of the only set that it has.
#[tokio::test]
async fn a_part_of_one_is_refused() {
    for said in [
        "AK1*AN*1~AK9*P*1*1*0~SE*4*0001~",
        // The set's number without its leading noughts.
        "AK1*AN*1~AK2*180*1~AK5*R*5~AK9*P*1*1*0~SE*6*0001~",
    ] {
        let site = Site::new("acme", "");
        let mut built = site.build();
        let answer = command("authorized");
        send(&built, &answer).await.unwrap_err();
        let plain = String::from_utf8(functional(1, 1, "A")).unwrap();
        let (head, _) = plain.split_once("AK1*").unwrap();
        let (_, tail) = plain.split_once("GE*").unwrap();
        let ack = format!("{head}{said}GE*{tail}");
        site.drop_file("997.edi", ack.as_bytes());
        take(&mut built).await;
        let found = find(&built, &answer).await;
        assert!(matches!(found, Ok(Found::Refused { .. })), "{found:?}");
    }
}

/// Nobody waits for acknowledgements, and one refuses: that is said, also when the process ends before it was stored.
#[tokio::test]
async fn a_refusal_that_was_not_stored_is_said_again() {
    let site = Site::new("acme", NONE);
    let built = site.build();
    send(&built, &command("credit")).await.unwrap();
    site.drop_file("997.edi", &functional(1, 1, "R"));
    for _ in 0..2 {
        let mut built = site.build();
        let decoded = crate::support::next(&mut built).await;
        assert_eq!(decoded.failures[0].code, "edi-partner.ack-unsolicited");
        // The process ends here.
    }
}

#[tokio::test]
async fn what_went_under_a_number_goes_again_unchanged_or_not_at_all() {
    let mut site = Site::new("acme", "ack_expected = { within = \"1ms\" }");
    let answer = command("authorized");
    send(&site.build(), &answer).await.unwrap_err();
    let name = site.names("out")[0].clone();
    std::fs::remove_file(site.path("out").join(&name)).unwrap();
    // The profile is changed while the acknowledgement is overdue.
    let adjust = site.settings.table["adjust"].as_table_mut().unwrap();
    let separators = toml::toml! { line_breaks = true };
    adjust.insert("separators".to_owned(), toml::Value::Table(separators));
    let built = site.build();
    assert_eq!(find(&built, &answer).await, Ok(Found::Nothing));
    let failure = send(&built, &answer).await.unwrap_err();
    assert_eq!(failure.code, "edi-partner.key-conflict", "{failure}");
    assert_eq!(site.names("out"), Vec::<String>::new());
}
