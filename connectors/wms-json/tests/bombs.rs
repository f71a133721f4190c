//! JSON that would take a careless reader down: each is refused within bounds of memory and time.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::print_stdout,
    reason = "tests"
)]

use std::time::{Duration, Instant};

use testkit::golden::inbound;
use testkit::memory;
use wms_json::CONNECTOR;

mod common;

const MB: usize = 1024 * 1024;
const BOUND: u64 = 300 * MB as u64;

/// One test, so that nothing else runs beside it in this process.
#[test]
fn bombs_are_refused_within_bounds() {
    // As long as a message may be at the most.
    let of = |part: &str| part.repeat(MB / part.len() - 2);
    let messages = [
        ("100000 levels of arrays", "[".repeat(100_000)),
        ("100000 levels of objects", "{\"a\":".repeat(100_000)),
        (
            "levels that close",
            format!("{}{}", "[".repeat(100_000), "]".repeat(100_000)),
        ),
        ("many small things", format!("[{}0]", of("0,"))),
        ("many empty objects", format!("[{}{{}}]", of("{},"))),
        ("a long text", format!("\"{}\"", of("x"))),
        ("a text without an end", format!("\"{}", of("x"))),
        ("a long number", of("9")),
        ("a long exponent", format!("1e{}", "9".repeat(100_000))),
        ("escapes", format!("\"{}\"", of("\\u0041"))),
        ("half an escape", format!("\"{}", of("\\ud800"))),
        (
            "one name many times",
            format!("{{{}\"a\":0}}", of("\"a\":0,")),
        ),
        ("beyond the limit", "x".repeat(200 * MB)),
    ];
    for instance in ["wms-east", "tpl-south", "portal"] {
        let codec = (CONNECTOR.codec)(&common::block(instance)).unwrap();
        for (what, message) in &messages {
            let inbound = inbound(message.clone());
            let began = Instant::now();
            let (good, most) = memory::peak(|| match codec.decode(&inbound) {
                Ok(decoded) => decoded.iter().filter(|event| event.is_ok()).count(),
                Err(failure) => {
                    assert!(failure.message.len() < 1_000, "{}", failure.message.len());
                    0
                }
            })
            .unwrap();
            let took = began.elapsed();
            println!("{instance}, {what}: {} MB, {took:?}", most / MB as u64);
            assert_eq!(good, 0, "{instance}, {what}");
            assert!(most < BOUND, "{instance}, {what}: {most} bytes");
            assert!(
                took < Duration::from_mins(1),
                "{instance}, {what}: {took:?}"
            );
        }
    }
}
