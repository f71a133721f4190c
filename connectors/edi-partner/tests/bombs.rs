//! Interchanges that would take a careless reader down: each is refused within bounds of memory and time.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::print_stdout,
    reason = "tests"
)]

use std::time::{Duration, Instant};

use edi_partner::CONNECTOR;
use testkit::golden::inbound;
use testkit::memory;

mod common;

const MB: usize = 1024 * 1024;
const BOUND: u64 = 500 * MB as u64;
const ISA: &str = "ISA*00*          *00*          *ZZ*A              *ZZ*B              *250131*1200*U*00401*000000905*0*P*>~";
const UNB: &str = "UNB+UNOC:3+A+B+250131:1200+1'";

/// One test, so that nothing else runs beside it in this process.
#[test]
fn bombs_are_refused_within_bounds() {
    let of = |part: &str| part.repeat(16 * MB / part.len());
    let files = [
        ("a segment without an end", format!("{ISA}{}", of("x"))),
        ("the same of EDIFACT", format!("{UNB}{}", of("x"))),
        ("elements without an end", format!("{ISA}GS{}", of("*"))),
        ("segments of nothing", format!("{ISA}{}", of("~"))),
        (
            "sets of nothing",
            format!("{ISA}GS*AN*A*B*1*1*1*X*004010~{}", of("ST*180*1~")),
        ),
        ("messages of nothing", format!("{UNB}{}", of("UNH+1+A'"))),
        ("interchanges of nothing", of(ISA)),
        ("releases", format!("{UNB}{}", of("?"))),
        ("zeros", of("\0")),
    ];
    for instance in ["acme", "handel"] {
        let codec = (CONNECTOR.codec)(&common::block(instance)).unwrap();
        for (what, file) in &files {
            let inbound = inbound(file.clone());
            let began = Instant::now();
            let (good, most) = memory::peak(|| match codec.decode(&inbound) {
                Ok(decoded) => decoded.iter().filter(|part| part.is_ok()).count(),
                Err(_) => 0,
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
