//! Taking in: files, interchanges, duplicates, crashes.

use connector::Settlement;

use crate::common::{Site, message};
use crate::support::{masked, next, nothing_comes, settle, take};

#[tokio::test]
async fn a_request_is_taken_acknowledged_and_put_away() {
    let site = Site::new("acme", "");
    site.drop_file("a.edi", &message("customer/basic.edi"));
    let mut built = site.build();
    let decoded = take(&mut built).await;
    assert_eq!(decoded.events.len(), 1);
    assert_eq!(decoded.inbound.origin.reference, "a.edi");
    assert_eq!(site.names("done"), ["a.edi"]);
    assert_eq!(site.names("out"), ["000000001-997.edi"]);
    nothing_comes(&mut built).await;
}

#[tokio::test]
async fn a_file_is_finished_when_all_its_interchanges_are_settled() {
    let site = Site::new("acme", "");
    site.drop_file("two.edi", &message("customer/two-interchanges.edi"));
    let mut built = site.build();
    let (first, second) = (next(&mut built).await, next(&mut built).await);
    assert_eq!(first.inbound.origin.reference, "two.edi#1");
    settle(&mut built, &second).await.unwrap();
    assert_eq!((site.names("work").len(), site.names("done").len()), (1, 0));
    settle(&mut built, &first).await.unwrap();
    assert_eq!(site.names("done"), ["two.edi"]);
    assert_eq!(site.names("out").len(), 2);
}

#[tokio::test]
async fn one_bad_interchange_does_not_keep_its_neighbour_out() {
    let site = Site::new("acme", "");
    site.drop_file("two.edi", &message("customer/two-interchanges-one-bad.edi"));
    let mut built = site.build();
    let (bad, good) = (take(&mut built).await, take(&mut built).await);
    assert_eq!(bad.failures[0].code, "edi-partner.bad-envelope");
    assert_eq!((bad.events.len(), good.events.len()), (0, 1));
    assert_eq!(site.names("done"), ["two.edi"], "a part of it was taken");
    let replies: Vec<String> = site
        .names("out")
        .iter()
        .map(|name| masked(&site, name))
        .collect();
    assert!(
        replies[0].contains("TA1*000000007*260302*1405*R*"),
        "{replies:?}"
    );
    assert!(replies[1].contains("AK9*A*1*1*1"), "{replies:?}");
}

#[tokio::test]
async fn what_cannot_be_read_is_rejected() {
    let site = Site::new("acme", "");
    site.drop_file("x.txt", &message("customer/not-edi.edi"));
    let mut built = site.build();
    let decoded = take(&mut built).await;
    assert_eq!(decoded.failures[0].code, "edi-partner.unreadable");
    assert_eq!(site.names("rejected"), ["x.txt"]);
}

#[tokio::test]
async fn the_same_interchange_again_is_acknowledged_by_the_same_bytes() {
    let site = Site::new("acme", "");
    let bytes = message("customer/basic.edi");
    site.drop_file("a.edi", &bytes);
    let mut built = site.build();
    let first = take(&mut built).await;
    let reply = site.out("000000001-997.edi");
    // The partner has fetched it, lost it, and sends again.
    std::fs::remove_file(site.path("out").join("000000001-997.edi")).unwrap();
    site.drop_file("a-again.edi", &bytes);
    let again = take(&mut built).await;
    assert_eq!(first.events, again.events, "the events have the same keys");
    assert_eq!(site.names("out"), ["000000001-997.edi"]);
    assert_eq!(site.out("000000001-997.edi"), reply);
}

#[tokio::test]
async fn the_same_number_with_other_content_is_refused() {
    let site = Site::new("acme", "");
    site.drop_file("a.edi", &message("customer/basic.edi"));
    let mut built = site.build();
    take(&mut built).await;
    site.drop_file("b.edi", &message("customer/cancel.edi"));
    let decoded = take(&mut built).await;
    assert_eq!(decoded.failures[0].code, "edi-partner.key-conflict");
    assert!(decoded.events.is_empty());
    let reply = masked(&site, "000000002-TA1.edi");
    assert!(reply.contains("*R*025~"), "{reply}");
    assert_eq!(site.names("rejected"), ["b.edi"]);
}

#[tokio::test]
async fn the_same_number_in_edifact_is_refused_by_contrl() {
    let site = Site::new("handel", "");
    site.drop_file("a.edi", &message("edifact/basic.edi"));
    let mut built = site.build();
    take(&mut built).await;
    site.drop_file("b.edi", &message("edifact/latin-1.edi"));
    let decoded = take(&mut built).await;
    assert_eq!(decoded.failures[0].code, "edi-partner.key-conflict");
    let reply = masked(&site, "000000002-CONTRL.edi");
    assert!(reply.contains("+4+26'"), "{reply}");
}

#[tokio::test]
async fn a_crash_between_two_settlements_changes_nothing() {
    let site = Site::new("acme", "");
    site.drop_file("two.edi", &message("customer/two-interchanges.edi"));
    let mut built = site.build();
    let first = next(&mut built).await;
    settle(&mut built, &first).await.unwrap();
    let reply = site.out("000000001-997.edi");
    drop(built);
    let mut built = site.build();
    let (again, second) = (take(&mut built).await, take(&mut built).await);
    assert_eq!(again.events, first.events);
    assert_ne!(second.events, first.events);
    assert_eq!(
        site.names("out"),
        ["000000001-997.edi", "000000002-997.edi"]
    );
    assert_eq!(site.out("000000001-997.edi"), reply);
    assert_eq!(site.names("done"), ["two.edi"]);
}

#[tokio::test]
async fn a_crash_before_any_settlement_loses_nothing() {
    let site = Site::new("acme", "");
    site.drop_file("a.edi", &message("customer/basic.edi"));
    let mut built = site.build();
    next(&mut built).await;
    drop(built);
    let mut built = site.build();
    assert_eq!(take(&mut built).await.events.len(), 1);
    assert_eq!(site.names("done"), ["a.edi"]);
}

#[tokio::test]
async fn what_is_not_durable_comes_again() {
    let site = Site::new("acme", "");
    site.drop_file("a.edi", &message("customer/basic.edi"));
    let mut built = site.build();
    let first = next(&mut built).await;
    let source = built.source.as_mut().unwrap();
    source
        .settle(&first.inbound.origin, Settlement::NotNow)
        .await
        .unwrap();
    assert!(site.names("out").is_empty());
    let again = take(&mut built).await;
    assert_eq!(again.events, first.events);
    assert_ne!(again.inbound.origin.token, first.inbound.origin.token);
    assert_eq!(site.names("done"), ["a.edi"]);
}

#[tokio::test]
async fn a_settlement_that_fails_is_done_at_a_later_look() {
    let site = Site::new("acme", "");
    site.drop_file("a.edi", &message("customer/basic.edi"));
    let mut built = site.build();
    let decoded = next(&mut built).await;
    site.notes.lose(true);
    let failure = settle(&mut built, &decoded).await.unwrap_err();
    assert_eq!(failure.code, "edi-partner.notes-away");
    assert!(site.names("done").is_empty());
    site.notes.lose(false);
    nothing_comes(&mut built).await;
    assert_eq!(site.names("done"), ["a.edi"]);
    assert_eq!(site.names("out"), ["000000001-997.edi"]);
}

#[tokio::test]
async fn nothing_is_lost_while_the_notes_are_away() {
    let site = Site::new("acme", "");
    site.drop_file("a.edi", &message("customer/basic.edi"));
    let mut built = site.build();
    site.notes.lose(true);
    let failure = built.source.as_mut().unwrap().next().await.unwrap_err();
    assert_eq!(failure.code, "edi-partner.notes-away");
    site.notes.lose(false);
    assert_eq!(take(&mut built).await.events.len(), 1);
    assert_eq!(site.names("done"), ["a.edi"]);
}

#[tokio::test]
async fn a_wait_that_is_given_up_loses_no_file() {
    let site = Site::new("acme", "");
    let mut built = site.build();
    for n in 0..20 {
        site.drop_file(&format!("{n:02}.edi"), &message("customer/basic.edi"));
    }
    let mut taken = 0;
    while taken < 20 {
        let source = built.source.as_mut().unwrap();
        let wait = std::time::Duration::from_micros(300);
        if let Ok(inbound) = tokio::time::timeout(wait, source.next()).await {
            let origin = inbound.unwrap().unwrap().origin;
            source.settle(&origin, Settlement::Stored).await.unwrap();
            taken += 1;
        }
    }
    assert_eq!(site.names("done").len(), 20);
}

#[tokio::test]
async fn a_file_beyond_the_limit_is_refused_unread() {
    let mut site = Site::new("acme", "");
    site.settings
        .table
        .insert("max_bytes".into(), toml::Value::Integer(200));
    site.drop_file("a.edi", &message("customer/basic.edi"));
    let decoded = take(&mut site.build()).await;
    assert_eq!(decoded.failures[0].code, "edi-partner.too-large");
    assert_eq!(site.names("rejected"), ["a.edi"]);
}

/// Two gigabytes that take no room on the disk.
#[tokio::test]
async fn a_huge_file_is_read_up_to_the_limit_only() {
    let mut site = Site::new("acme", "");
    site.settings
        .table
        .insert("max_bytes".into(), toml::Value::Integer(1_000_000));
    site.drop_file("a.edi", b"ISA*00*");
    let path = site.path("in/a.edi");
    let file = std::fs::File::options().write(true).open(path).unwrap();
    file.set_len(2 << 30).unwrap();
    drop(file);
    testkit::memory::peak(|| ()).unwrap();
    let decoded = take(&mut site.build()).await;
    assert_eq!(decoded.failures[0].code, "edi-partner.too-large");
    let most = testkit::memory::highest().unwrap();
    assert!(most < 512 * 1024 * 1024, "{most} bytes");
}

#[tokio::test]
async fn two_processes_that_take_up_the_same_file_do_one_thing() {
    let site = Site::new("acme", "");
    site.drop_file("a.edi", &message("customer/basic.edi"));
    let mut one = site.build();
    let first = next(&mut one).await;
    // The other one starts, and takes the claimed file for one that a crash has left.
    let mut other = site.build();
    let second = next(&mut other).await;
    assert_eq!(first.events, second.events);
    settle(&mut one, &first).await.unwrap();
    let reply = site.out("000000001-997.edi");
    settle(&mut other, &second).await.unwrap();
    assert_eq!(site.names("out"), ["000000001-997.edi"]);
    assert_eq!(site.out("000000001-997.edi"), reply);
    assert_eq!(site.names("done"), ["a.edi"]);
    nothing_comes(&mut one).await;
    nothing_comes(&mut other).await;
}
