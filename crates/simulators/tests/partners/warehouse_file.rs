//! The warehouse of files: orders and answers, receipt files in every dialect, replies.

use std::time::{Duration, Instant};

use crate::support;
use crate::support::files::{
    DIALECTS, Taker, announcement, answer, cancellation, names, put, read, reply,
};
use crate::support::until;
use simulators::Decimal;
use simulators::warehouse_file::{Config, Dialect, FileSim, Outcome, Story};
use simulators::wms::AsnStatus;

fn fast(root: &tempfile::TempDir, dialect: Dialect) -> Config {
    Config {
        root: root.path().to_owned(),
        dialect,
        poll_ms: 5,
        ack_ms: 1,
        pace_ms: 5,
        batch_ms: 20,
        ..Config::default()
    }
}

async fn started(config: Config) -> FileSim {
    FileSim::start(config).await.unwrap()
}

/// Takes files until the warehouse rests and nothing is left.
async fn take_all(sim: &FileSim, taker: &mut Taker) {
    let deadline = Instant::now() + support::PATIENCE;
    let mut quiet = 0;
    while quiet < 3 {
        assert!(Instant::now() < deadline, "never rests: {:?}", sim.ledger());
        taker.take();
        quiet = if sim.is_idle() && names(sim.inbox()).is_empty() {
            quiet + 1
        } else {
            0
        };
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

/// The reader and the warehouse know the same stock.
fn assert_same(sim: &FileSim, taker: &Taker) {
    for row in sim.ledger().stock {
        let (rma, sku) = (&row.rma, &row.sku);
        assert_eq!(taker.received(rma, sku), row.received, "{row:?}");
        assert_eq!(taker.decided(rma, sku), row.inspected, "{row:?}");
    }
}

#[tokio::test]
async fn every_story_in_every_dialect_tells_the_whole_stock() {
    for dialect in DIALECTS {
        for story in Story::ALL {
            let root = tempfile::tempdir().unwrap();
            let sim = started(Config {
                story: Some(story),
                ..fast(&root, dialect)
            })
            .await;
            let mut taker = Taker::of(&sim, dialect, true);
            put(
                sim.outbox(),
                "k1.asn",
                &announcement(dialect, "k1", "RMA-1"),
            );
            take_all(&sim, &mut taker).await;
            let ledger = sim.ledger();
            assert_eq!(ledger.announced("k1"), 1);
            assert_eq!(ledger.asns[0].status, AsnStatus::Completed);
            assert_eq!(taker.acks, ["k1.asn.ack"]);
            let expected = if story == Story::OverReceipt { 6 } else { 5 };
            assert_eq!(ledger.received("RMA-1")["EA"], Decimal::new(expected, 0));
            assert_same(&sim, &taker);
            assert!(taker.refused.is_empty(), "{dialect:?} {story:?}");
            assert_eq!(ledger.files_that(Outcome::Accepted), ledger.files.len());
            let two = [Story::InTwoParts, Story::InspectionFirst, Story::Reversed];
            let files = taker.came.len();
            assert!(files == 1 || two.contains(&story), "{story:?}: {files}");
            sim.shutdown().await;
        }
    }
}

#[tokio::test]
async fn a_caret_file_is_as_the_wire_says() {
    let root = tempfile::tempdir().unwrap();
    let sim = started(Config {
        story: Some(Story::DamagedLine),
        zone: "America/Chicago".into(),
        ..fast(&root, Dialect::Caret)
    })
    .await;
    let bytes = announcement(Dialect::Caret, "k1", "RMA-1");
    put(sim.outbox(), "k1.asn", &bytes);
    until("a file is there", || names(sim.inbox()).len() == 2).await;
    assert_eq!(names(sim.inbox()), ["RTN000001.rtn", "k1.asn.ack"]);
    let ack = std::fs::read_to_string(sim.inbox().join("k1.asn.ack")).unwrap();
    assert_eq!(ack, "ASNACK^k1^RMA-1^A^^\n");
    let text = std::fs::read_to_string(sim.inbox().join("RTN000001.rtn")).unwrap();
    let lines: Vec<&str> = text.lines().collect();
    assert!(
        lines[0].starts_with("RTNHDR^RMA-1.1^DC-EAST^RMA-1^RST^20"),
        "{text}"
    );
    assert_eq!(lines.last(), Some(&"RTNEND^1^2^5"));
    assert!(text.contains("^DMG^SCR^F^"), "{text}");
    let file = read(Dialect::Caret, text.as_bytes()).unwrap();
    let drill = file.rows.iter().find(|row| row.sku == "DRILL").unwrap();
    assert_eq!(drill.serials, ["s1", "s2", "s3"]);
    assert_eq!(drill.id, "RMA-1.1/1");
    assert_eq!(names(root.path()), ["in", "out", "taken"]);
}

#[tokio::test]
async fn returns_that_come_together_share_a_file() {
    let root = tempfile::tempdir().unwrap();
    let sim = started(Config {
        story: Some(Story::AllGood),
        batch_ms: 300,
        ..fast(&root, Dialect::Csv)
    })
    .await;
    let mut taker = Taker::of(&sim, Dialect::Csv, true);
    for number in 0..5 {
        let (key, rma) = (format!("k{number}"), format!("RMA-{number}"));
        let bytes = announcement(Dialect::Csv, &key, &rma);
        put(sim.outbox(), &format!("{key}.asn"), &bytes);
    }
    take_all(&sim, &mut taker).await;
    assert_same(&sim, &taker);
    assert_eq!(taker.rows.len(), 10);
    assert!(taker.came.len() < 5, "{:?}", taker.came);
}

#[tokio::test]
async fn orders_are_answered_each_in_its_way() {
    for dialect in DIALECTS {
        let root = tempfile::tempdir().unwrap();
        let sim = started(Config {
            autoplay: false,
            ..fast(&root, dialect)
        })
        .await;
        let ask = async |name: &str, bytes: &[u8]| {
            put(sim.outbox(), name, bytes);
            let path = sim.inbox().join(format!("{name}.ack"));
            until("it is answered", || path.exists() && sim.is_idle()).await;
            let bytes = std::fs::read(&path).unwrap();
            std::fs::remove_file(path).unwrap();
            answer(dialect, &bytes)
        };
        let yes = (true, String::new());
        let no = |code: &str| (false, code.to_owned());
        let k1 = announcement(dialect, "k1", "RMA-1");
        assert_eq!(ask("k1.asn", &k1).await, yes);
        assert_eq!(ask("k1.asn", &k1).await, yes, "known");
        assert_eq!(sim.ledger().repeats["k1"], 1);
        let other = announcement(dialect, "k2", "RMA-1");
        assert_eq!(ask("k2.asn", &other).await, no("RMA_IN_USE"));
        assert_eq!(ask("x.asn", b"what is this?").await, no("UNREADABLE"));
        let unknown = cancellation(dialect, "c0", "nobody", "RMA-9");
        assert_eq!(ask("c0.can", &unknown).await, no("UNKNOWN_ASN"));
        let cancel = cancellation(dialect, "c1", "k1", "RMA-1");
        assert_eq!(ask("c1.can", &cancel).await, yes);
        assert_eq!(ask("c1.can", &cancel).await, yes, "known");
        let again = cancellation(dialect, "c2", "k1", "RMA-1");
        assert_eq!(ask("c2.can", &again).await, no("ALREADY_CANCELLED"));
        assert!(!sim.play("RMA-1"), "called off");
        let late = announcement(dialect, "k3", "RMA-3");
        assert_eq!(ask("k3.asn", &late).await, yes);
        assert!(sim.play("RMA-3"));
        until("it is played", || sim.is_idle()).await;
        let too_late = cancellation(dialect, "c3", "k3", "RMA-3");
        assert_eq!(ask("c3.can", &too_late).await, no("ALREADY_RECEIVED"));
        let ledger = sim.ledger();
        assert!(ledger.duplicates.is_empty());
        assert_eq!(ledger.asns.len(), 2);
        assert_eq!(ledger.asns[0].status, AsnStatus::Cancelled);
    }
}

#[tokio::test]
async fn a_wrong_trailer_or_a_value_without_room_is_refused() {
    let root = tempfile::tempdir().unwrap();
    let sim = started(fast(&root, Dialect::Fixed)).await;
    let code = async |name: &str, bytes: &[u8]| {
        put(sim.outbox(), name, bytes);
        let path = sim.inbox().join(format!("{name}.ack"));
        until("it is answered", || path.exists() && sim.is_idle()).await;
        answer(Dialect::Fixed, &std::fs::read(&path).unwrap()).1
    };
    let long = announcement(Dialect::Fixed, "k1", "R");
    let long = String::from_utf8(long).unwrap();
    let article = long.replace(
        &format!("{:<30}", "DRILL"),
        &format!("{:<30}", "D".repeat(30)),
    );
    assert_eq!(code("long.asn", article.as_bytes()).await, "TOO_LONG");
    let wrong = long.replace("000000000005000", "000000000006000");
    assert_eq!(code("wrong.asn", wrong.as_bytes()).await, "UNREADABLE");
    assert!(sim.ledger().asns.is_empty());
}

#[tokio::test]
async fn what_is_refused_comes_again_right_and_not_for_ever() {
    for dialect in DIALECTS {
        let root = tempfile::tempdir().unwrap();
        let sim = started(Config {
            story: Some(Story::AllGood),
            max_corrections: 2,
            ..fast(&root, dialect)
        })
        .await;
        put(
            sim.outbox(),
            "k1.asn",
            &announcement(dialect, "k1", "RMA-1"),
        );
        let ending = match dialect {
            Dialect::Caret => "rtn",
            Dialect::Csv => "csv",
            Dialect::Fixed => "dat",
        };
        let mut first = Vec::new();
        for version in ["", "b", "c"] {
            let name = format!("RTN000001{version}.{ending}");
            let path = sim.inbox().join(&name);
            until("the file comes", || path.exists() && sim.is_idle()).await;
            let bytes = std::fs::read(path).unwrap();
            read(dialect, &bytes).unwrap();
            if version.is_empty() {
                first.clone_from(&bytes);
            }
            assert_eq!(bytes, first, "the same again");
            put(
                sim.outbox(),
                &format!("{name}.ack"),
                &reply(dialect, &name, "REFUSED"),
            );
        }
        until("the last no is read", || {
            sim.ledger().replies.len() == 3 && sim.is_idle()
        })
        .await;
        let ledger = sim.ledger();
        assert_eq!(ledger.files.len(), 3, "given up");
        assert_eq!(ledger.files_that(Outcome::Refused), 3);
        let name = format!("RTN000001.{ending}");
        let corrected_by = format!("RTN000001b.{ending}");
        assert_eq!(ledger.file(&name).unwrap().corrected_by, Some(corrected_by));
        put(
            sim.outbox(),
            "x.ack",
            &reply(dialect, "NOBODY.rtn", "accepted"),
        );
        put(sim.outbox(), "y.ack", b"?");
        until("strange mail is read", || {
            sim.ledger().unknown_replies.len() == 2
        })
        .await;
    }
}

#[tokio::test]
async fn what_is_partly_refused_comes_again_under_the_next_number() {
    let root = tempfile::tempdir().unwrap();
    let sim = started(Config {
        story: Some(Story::AllGood),
        ..fast(&root, Dialect::Caret)
    })
    .await;
    let bytes = announcement(Dialect::Caret, "k1", "RMA-1");
    put(sim.outbox(), "k1.asn", &bytes);
    until("the file comes", || {
        sim.inbox().join("RTN000001.rtn").exists()
    })
    .await;
    let partly = reply(Dialect::Caret, "RTN000001.rtn", "partly");
    put(sim.outbox(), "1.ack", &partly);
    put(sim.outbox(), "2.ack", &partly);
    let next = sim.inbox().join("RTN000002.rtn");
    until("it comes again", || {
        next.exists() && sim.ledger().replies.len() == 2
    })
    .await;
    let file = read(Dialect::Caret, &std::fs::read(next).unwrap()).unwrap();
    assert_eq!((file.sequence, file.rows.len()), (2, 2));
    assert_eq!(sim.ledger().files.len(), 2, "one correction for one file");
}

#[tokio::test]
async fn what_nobody_answers_comes_again_when_so_configured() {
    let root = tempfile::tempdir().unwrap();
    let sim = started(Config {
        story: Some(Story::AllGood),
        resend_ms: Some(50),
        ..fast(&root, Dialect::Fixed)
    })
    .await;
    put(
        sim.outbox(),
        "k1.asn",
        &announcement(Dialect::Fixed, "k1", "R"),
    );
    let path = sim.inbox().join("RTN000001.dat");
    for _ in 0..3 {
        until("it comes", || path.exists()).await;
        std::fs::remove_file(&path).ok();
    }
    let yes = reply(Dialect::Fixed, "RTN000001.dat", "accepted");
    put(sim.outbox(), "1.ack", &yes);
    until("it is answered", || {
        sim.ledger().files_that(Outcome::Accepted) == 1
    })
    .await;
    assert!(sim.ledger().files[0].sent >= 3);
}

#[tokio::test]
async fn run_until_cancelled_and_configured_by_text() {
    let root = tempfile::tempdir().unwrap();
    let text = serde_json::json!({
        "root": root.path(), "dialect": "csv", "poll_ms": 5, "story": "all-good",
        "in_folder": "from-us", "out_folder": "to-us"
    });
    let config: Config = serde_json::from_value(text).unwrap();
    let cancel = tokio_util::sync::CancellationToken::new();
    let task = tokio::spawn(simulators::warehouse_file::run(config, cancel.clone()));
    let (to_us, from_us) = (root.path().join("to-us"), root.path().join("from-us"));
    until("the folders are there", || {
        to_us.exists() && from_us.exists()
    })
    .await;
    put(&to_us, "k.asn", &announcement(Dialect::Csv, "k", "R"));
    until("it is played", || from_us.join("RTN000001.csv").exists()).await;
    cancel.cancel();
    task.await.unwrap().unwrap();
    assert_eq!("fixed".parse::<Dialect>().unwrap(), Dialect::Fixed);
    let odd = Config {
        zone: "Nowhere/At-All".into(),
        ..fast(&root, Dialect::Csv)
    };
    assert!(FileSim::start(odd).await.is_err());
}
