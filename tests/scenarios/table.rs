//! Scenarios as tests, and the table of what came of them.

use std::collections::BTreeMap;
use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use anyhow::Result;
use libtest_mimic::{Failed, Trial};

type Play = Box<dyn FnOnce() -> Pin<Box<dyn Future<Output = Result<()>>>> + Send>;

/// A scenario.
pub(crate) struct Scenario {
    number: u32,
    title: &'static str,
    play: Play,
}

impl Scenario {
    /// The scenario of that number; `title` is a sentence that holds when it passes.
    pub(crate) fn new<F>(
        number: u32,
        title: &'static str,
        play: impl FnOnce() -> F + Send + 'static,
    ) -> Self
    where
        F: Future<Output = Result<()>> + 'static,
    {
        let play: Play = Box::new(|| Box::pin(play()));
        Self {
            number,
            title,
            play,
        }
    }

    /// Its number.
    pub(crate) fn number(&self) -> u32 {
        self.number
    }

    /// As a test that writes its outcome into the table.
    pub(crate) fn trial(self, table: &Table) -> Trial {
        let Self {
            number,
            title,
            play,
        } = self;
        let name = format!("scenario_{number:02}_{}", title.replace([' ', '-'], "_"));
        let name: String = name
            .chars()
            .filter(|c| c.is_ascii_alphanumeric() || *c == '_')
            .collect();
        let table = table.clone();
        Trial::test(name, move || {
            let begin = Instant::now();
            table.note(number, title, "FAILED".to_owned());
            let runtime = tokio::runtime::Builder::new_multi_thread()
                .worker_threads(2)
                .enable_all()
                .build()?;
            let outcome = runtime.block_on(play());
            runtime.shutdown_background();
            outcome.map_err(|error| Failed::from(format!("{error:#}")))?;
            table.note(
                number,
                title,
                format!("ok, {} ms", begin.elapsed().as_millis()),
            );
            Ok(())
        })
    }
}

/// What came of the scenarios that ran, by number and title.
#[derive(Clone, Default)]
pub(crate) struct Table(Arc<Mutex<BTreeMap<(u32, &'static str), String>>>);

impl Table {
    fn note(&self, number: u32, title: &'static str, outcome: String) {
        let mut rows = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        rows.insert((number, title), outcome);
    }
}

impl fmt::Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let rows = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let mut table = comfy_table::Table::new();
        table.load_style(comfy_table::presets::NOTHING);
        table.set_header(["no", "scenario", "outcome"]);
        for ((number, title), outcome) in rows.iter() {
            table.add_row([number.to_string(), (*title).to_owned(), outcome.clone()]);
        }
        write!(f, "{table}")
    }
}
