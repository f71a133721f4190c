//! What a campaign came to.

use std::collections::BTreeMap;
use std::time::Duration;

use serde::Serialize;
use serde_json::Value;

use crate::Where;
use crate::fault::Fault;

/// A fault that was injected from outside.
#[derive(Debug, Serialize)]
pub(crate) struct Struck {
    /// Which.
    pub(crate) fault: Fault,
    /// Seconds until it was undone.
    pub(crate) lasted: f64,
    /// Seconds from then until the next effect was confirmed; none if that was not seen within two minutes.
    pub(crate) recovered: Option<f64>,
}

/// See the module.
#[derive(Debug, Serialize)]
pub(crate) struct Report {
    place: Where,
    sidecars: u16,
    seed: u64,
    seconds: u64,
    returns: u64,
    /// Documents compared with the partners' ledgers.
    documents: u64,
    duplicates: u64,
    losses: u64,
    differing: u64,
    unknown: u64,
    unfinished: Vec<String>,
    /// Sidecars that ended and were started again.
    restarts: u64,
    /// Faults that the partners injected, by name.
    by_partners: Value,
    struck: Vec<Struck>,
}

impl Report {
    pub(crate) fn new(
        place: Where,
        sidecars: u16,
        seed: u64,
        struck: Vec<Struck>,
        elapsed: Duration,
        proof: &Value,
    ) -> Self {
        let sum = |field: &str| {
            let checks = proof["checks"].as_array().into_iter().flatten();
            checks.filter_map(|check| check[field].as_u64()).sum()
        };
        let unfinished = proof["unfinished"].as_array().into_iter().flatten();
        Self {
            place,
            sidecars,
            seed,
            seconds: elapsed.as_secs(),
            returns: proof["returns"].as_u64().unwrap_or(0),
            documents: sum("theirs"),
            duplicates: sum("doubled"),
            losses: sum("lost"),
            differing: sum("differing"),
            unknown: sum("unknown"),
            unfinished: unfinished.map(ToString::to_string).collect(),
            restarts: proof["restarts"].as_u64().unwrap_or(0),
            by_partners: proof["faults"].clone(),
            struck,
        }
    }

    /// For people.
    pub(crate) fn print(&self) {
        println!(
            "{:?}, {} sidecars, seed {}: {} returns in {} s, {} documents in the partners' ledgers",
            self.place, self.sidecars, self.seed, self.returns, self.seconds, self.documents
        );
        println!("faults of the partners: {}", self.by_partners);
        let mut by_kind: BTreeMap<Fault, Vec<&Struck>> = BTreeMap::new();
        for struck in &self.struck {
            by_kind.entry(struck.fault).or_default().push(struck);
        }
        println!("faults from outside: {}", self.struck.len());
        for (fault, struck) in by_kind {
            let mut times: Vec<f64> = struck.iter().filter_map(|s| s.recovered).collect();
            times.sort_by(f64::total_cmp);
            println!(
                "  {:<24} {:>4}  next effect after: median {:.1} s, worst {:.1} s",
                format!("{fault:?}"),
                struck.len(),
                times.get(times.len() / 2).copied().unwrap_or_default(),
                times.last().copied().unwrap_or_default()
            );
        }
        println!("sidecars started again: {}", self.restarts);
        for unfinished in self.unfinished.iter().take(20) {
            println!("  unfinished: {unfinished}");
        }
        println!(
            "{} duplicates, {} lost, {} differing, {} unknown",
            self.duplicates, self.losses, self.differing, self.unknown
        );
    }
}
