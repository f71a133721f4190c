//! The warehouse of files on bad days: whatever it does to its files, in the end everything was told.

use std::time::{Duration, Instant};

use crate::support;
use crate::support::files::{DIALECTS, Taker, announcement, answer, names, put};
use crate::support::until;
use simulators::faults::{Fault, Preset, Rule};
use simulators::warehouse_file::{Config, Dialect, FileSim, Ledger, Story};

struct Day {
    sim: FileSim,
    taker: Taker,
    dialect: Dialect,
    _root: tempfile::TempDir,
}

impl Day {
    async fn of(dialect: Dialect, answers: bool, faults: Vec<Rule>) -> Self {
        let root = tempfile::tempdir().unwrap();
        let sim = FileSim::start(Config {
            root: root.path().to_owned(),
            dialect,
            poll_ms: 5,
            ack_ms: 1,
            pace_ms: 5,
            batch_ms: 20,
            faults,
            story: Some(Story::AllGood),
            ..Config::default()
        })
        .await
        .unwrap();
        Self {
            taker: Taker::of(&sim, dialect, answers),
            sim,
            dialect,
            _root: root,
        }
    }

    fn announce(&self, number: usize) {
        let (key, rma) = (format!("k{number}"), format!("RMA-{number}"));
        let bytes = announcement(self.dialect, &key, &rma);
        put(self.sim.outbox(), &format!("{key}.asn"), &bytes);
    }

    /// Takes files until the warehouse rests; re-sends what is not answered.
    async fn end(&mut self, returns: usize) -> Ledger {
        let deadline = Instant::now() + support::PATIENCE;
        let mut asked = Instant::now();
        let mut quiet = 0;
        while quiet < 3 {
            assert!(Instant::now() < deadline, "{:?}", self.sim.ledger());
            self.taker.take();
            let unanswered = |number: &usize| {
                let name = format!("k{number}.asn.ack");
                !self.taker.acks.contains(&name)
            };
            let open: Vec<usize> = (0..returns).filter(unanswered).collect();
            if asked.elapsed() > Duration::from_millis(400) {
                asked = Instant::now();
                for number in &open {
                    self.announce(*number);
                }
            }
            let rests = self.sim.is_idle() && names(self.sim.inbox()).is_empty();
            quiet = if rests && open.is_empty() {
                quiet + 1
            } else {
                0
            };
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        let ledger = self.sim.ledger();
        assert_eq!(ledger.asns.len(), returns);
        for row in &ledger.stock {
            let (rma, sku) = (&row.rma, &row.sku);
            assert_eq!(self.taker.received(rma, sku), row.received, "{row:?}");
            assert_eq!(self.taker.decided(rma, sku), row.inspected, "{row:?}");
        }
        ledger
    }
}

async fn with(fault: Fault, dialect: Dialect, answers: bool) -> (Day, Ledger) {
    let rule = Rule::once(fault).on("FILE write").delay_ms(60);
    let mut day = Day::of(dialect, answers, vec![rule]).await;
    day.announce(0);
    let ledger = day.end(1).await;
    assert_eq!(day.sim.faults().counts()[&fault], 1);
    (day, ledger)
}

fn name(number: &str, dialect: Dialect) -> String {
    let ending = match dialect {
        Dialect::Caret => "rtn",
        Dialect::Csv => "csv",
        Dialect::Fixed => "dat",
    };
    format!("RTN{number}.{ending}")
}

#[tokio::test]
async fn a_wrong_trailer_is_corrected_under_the_same_number() {
    for dialect in DIALECTS {
        for answers in [true, false] {
            let (day, ledger) = with(Fault::WrongTotals, dialect, answers).await;
            let (wrong, right) = (name("000001", dialect), name("000001b", dialect));
            assert_eq!(day.taker.came, [wrong.clone(), right.clone()]);
            assert!(day.taker.refused.contains(&wrong));
            assert_eq!(ledger.file(&wrong).unwrap().corrected_by, Some(right));
            assert_eq!(day.taker.sequences, [1]);
        }
    }
}

#[tokio::test]
async fn a_bad_row_is_corrected_under_the_next_number() {
    for dialect in DIALECTS {
        for answers in [true, false] {
            let (day, ledger) = with(Fault::BadRow, dialect, answers).await;
            assert_eq!(day.taker.sequences, [1, 2]);
            assert_eq!(day.taker.refused.len(), 1, "partly");
            let wrong = ledger.file(&name("000001", dialect)).unwrap();
            assert_eq!(wrong.fault, Some(Fault::BadRow));
            assert_eq!(wrong.corrected_by, Some(name("000002", dialect)));
        }
    }
}

#[tokio::test]
async fn a_corrected_file_overlaps_the_first() {
    for dialect in DIALECTS {
        let (day, ledger) = with(Fault::Overlap, dialect, true).await;
        assert_eq!(day.taker.sequences, [1, 2]);
        let rows: Vec<usize> = ledger.files.iter().map(|file| file.rows).collect();
        assert_eq!(rows, [1, 2]);
        assert_eq!(ledger.files[1].row_ids[0], ledger.files[0].row_ids[0]);
        assert!(day.taker.refused.is_empty());
    }
}

#[tokio::test]
async fn half_a_file_becomes_whole_or_comes_whole() {
    for dialect in DIALECTS {
        let (day, _) = with(Fault::Truncate, dialect, false).await;
        let whole = name("000001", dialect);
        let expected = if dialect == Dialect::Csv {
            vec![whole]
        } else {
            // Written in place: the taker took the half away, so the whole came.
            vec![whole.clone(), whole]
        };
        assert_eq!(day.taker.came, expected);
    }
    let rule = Rule::once(Fault::Truncate).on("FILE write").delay_ms(400);
    let day = Day::of(Dialect::Caret, false, vec![rule]).await;
    day.announce(0);
    let path = day.sim.inbox().join("RTN000001.rtn");
    until("half of it is there", || path.exists()).await;
    let half = std::fs::read(&path).unwrap();
    until("all of it is there", || {
        std::fs::read(&path).unwrap().len() > half.len()
    })
    .await;
    let whole = std::fs::read(&path).unwrap();
    assert!(whole.starts_with(&half));
    support::files::read(Dialect::Caret, &whole).unwrap();
}

#[tokio::test]
async fn duplicates_and_rubbish_come_besides() {
    for dialect in DIALECTS {
        let (day, ledger) = with(Fault::Duplicate, dialect, true).await;
        assert_eq!(day.taker.came.len(), 2, "{:?}", day.taker.came);
        assert_eq!(day.taker.sequences, [1, 1]);
        assert_eq!(ledger.files.len(), 1);
        assert!(ledger.unknown_replies.is_empty());

        let (day, ledger) = with(Fault::Garbage, dialect, true).await;
        assert_eq!(day.taker.came.len(), 2);
        let rubbish = day.taker.refused.iter().next().unwrap();
        assert!(rubbish.starts_with("SPOILTaaaaab."), "{rubbish}");
        assert_eq!(ledger.files.len(), 1, "rubbish is not corrected");
        assert!(ledger.unknown_replies.is_empty());
    }
}

#[tokio::test]
async fn a_file_held_back_leaves_a_gap_that_is_filled() {
    let rule = Rule::once(Fault::Reorder).on("FILE write").delay_ms(20_000);
    let mut day = Day::of(Dialect::Caret, true, vec![rule]).await;
    day.announce(0);
    until("a file is held back", || day.sim.ledger().files.len() == 1).await;
    day.announce(1);
    let first = day.sim.inbox().join("RTN000001.rtn");
    let second = day.sim.inbox().join("RTN000002.rtn");
    let written = |path: &std::path::Path| std::fs::metadata(path).and_then(|it| it.modified());
    // Long before the delay is over.
    until("both are there", || first.exists() && second.exists()).await;
    assert!(written(&second).unwrap() < written(&first).unwrap());
    day.end(2).await;

    let (day, _) = with(Fault::Reorder, Dialect::Caret, true).await;
    assert_eq!(day.taker.sequences, [1], "alone, it is only late");
    let (day, _) = with(Fault::Slow, Dialect::Caret, true).await;
    assert_eq!(day.taker.sequences, [1]);
}

#[tokio::test]
async fn answers_come_late_twice_or_only_after_asking_again() {
    let dialect = Dialect::Caret;
    let rule = |fault| vec![Rule::once(fault).on("FILE ack").key("k0")];
    let mut day = Day::of(dialect, true, rule(Fault::Duplicate)).await;
    day.announce(0);
    day.end(1).await;
    assert_eq!(day.taker.acks.len(), 2);

    let mut day = Day::of(dialect, true, rule(Fault::Slow)).await;
    day.announce(0);
    day.end(1).await;
    assert_eq!(day.taker.acks, ["k0.asn.ack"]);

    let mut day = Day::of(dialect, true, rule(Fault::CommitThenDrop)).await;
    day.announce(0);
    until("it is taken", || day.sim.ledger().answers.len() == 1).await;
    assert!(day.sim.ledger().answers[0].withheld);
    let ledger = day.end(1).await;
    assert_eq!(ledger.repeats["k0"], 1, "asked again, known");

    let mut day = Day::of(dialect, true, rule(Fault::DropBefore)).await;
    day.announce(0);
    until("it vanished", || !day.sim.faults().injected().is_empty()).await;
    assert!(day.sim.ledger().asns.is_empty());
    let ledger = day.end(1).await;
    assert!(ledger.repeats.is_empty(), "the first never was");

    let day = Day::of(dialect, true, rule(Fault::Refuse)).await;
    day.announce(0);
    let path = day.sim.inbox().join("k0.asn.ack");
    until("it is answered", || path.exists()).await;
    let told = answer(dialect, &std::fs::read(path).unwrap());
    assert_eq!(told, (false, "SIMULATED_REFUSAL".to_owned()));
    assert!(day.sim.ledger().asns.is_empty());
}

#[tokio::test]
async fn a_heavy_day_ends_with_everything_told() {
    for dialect in DIALECTS {
        let mut day = Day::of(dialect, true, Preset::Heavy.rules(3)).await;
        for number in 0..40 {
            day.announce(number);
            tokio::time::sleep(Duration::from_millis(8)).await;
            day.taker.take();
        }
        let ledger = day.end(40).await;
        assert!(ledger.duplicates.is_empty());
        assert!(ledger.files.len() > 5, "{}", ledger.files.len());
        let injected = day.sim.faults().counts();
        assert!(injected.len() > 4, "{dialect:?} {injected:?}");
    }
}
