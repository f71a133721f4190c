//! Files that would take a careless reader down: each is refused, or read, within bounds of memory and time.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::print_stdout,
    reason = "tests"
)]

use std::path::PathBuf;
use std::time::{Duration, Instant};

use connector::Settings;
use testkit::golden::inbound;
use testkit::memory;
use warehouse_file::CONNECTOR;

const MB: usize = 1024 * 1024;
/// What a file of that size may cost while it is read, with all its events and refusals.
const BOUND: u64 = 400 * MB as u64;

/// One test, so that nothing else runs beside it in this process.
#[test]
fn bombs_are_refused_within_bounds() {
    let options = [
        ("caret", ""),
        ("semicolons", "layout = \"csv-returns\"\nsite = \"DC-WEST\""),
        ("fixed", "layout = \"fixed-returns\"\nentity = \"US01\""),
    ];
    let of = |part: &str| part.repeat(16 * MB / part.len());
    let files = [
        ("an endless line", of("x")),
        ("an endless row", of("^;")),
        ("line ends", of("\n")),
        ("rows of nothing", of("a\n")),
        ("quotes", of("\"")),
        ("quotes that open", of("\"a\n")),
        ("zeros", of("\0")),
    ];
    for (layout, options) in options {
        let settings = Settings {
            instance: "dc-west".to_owned(),
            table: options.parse().unwrap(),
            base_dir: PathBuf::from("."),
            published: connector::Published::default(),
        };
        let codec = (CONNECTOR.codec)(&settings).unwrap();
        for (what, file) in &files {
            let inbound = inbound(file.clone());
            let began = Instant::now();
            let (good, most) = memory::peak(|| match codec.decode(&inbound) {
                Ok(decoded) => decoded.iter().filter(|row| row.is_ok()).count(),
                Err(failure) => {
                    assert!(failure.message.len() < 1_000, "{}", failure.message.len());
                    0
                }
            })
            .unwrap();
            let took = began.elapsed();
            println!("{layout}, {what}: {} MB, {took:?}", most / MB as u64);
            assert_eq!(good, 0, "{layout}, {what}");
            assert!(most < BOUND, "{layout}, {what}: {most} bytes");
            assert!(took < Duration::from_mins(1), "{layout}, {what}: {took:?}");
        }
    }
}
