//! A partner's office: its memory, and one round of work.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use super::acks::Refusal;
use super::config::{Config, Nature};
use super::document::Document;
use super::edi;
use super::folders::{Errand, Folders};
use super::ledger::Ledger;
use super::outgoing::Outgoing;
use super::paper::{Asked, Received};
use super::{ask, request};
use crate::decimal::Decimal;
use crate::faults::Faults;

/// A partner.
#[derive(Debug)]
pub(super) struct Office {
    config: Config,
    pub(super) faults: Faults,
    state: Mutex<State>,
}

/// What it remembers. Behind one lock held shortly.
#[derive(Debug)]
pub(super) struct State {
    pub(super) out: Outgoing,
    pub(super) ledger: Ledger,
    /// Interchanges that came, by control number.
    pub(super) texts: BTreeMap<u64, String>,
    /// Sets that were refused, by control number of their interchange.
    pub(super) refused: BTreeMap<u64, Vec<Refusal>>,
    /// Whether files wait, as far as was seen.
    unread: bool,
}

impl Office {
    pub(super) fn new(config: Config) -> Self {
        let state = State {
            out: Outgoing::new(&config),
            ledger: Ledger::default(),
            texts: BTreeMap::new(),
            refused: BTreeMap::new(),
            unread: false,
        };
        let office = Self {
            faults: Faults::new(config.faults.iter().cloned()),
            state: Mutex::new(state),
            config,
        };
        if office.config.nature == Nature::Customer {
            office.ask(ask::drawn(&office.config));
        }
        office
    }

    /// Asks for these returns.
    pub(super) fn ask(&self, all: Vec<Asked>) {
        let now = Instant::now();
        let mut state = self.state();
        for asked in all {
            state.out.add(now, request::document(&asked, &self.config));
            state.ledger.requests.insert(asked.id.clone(), asked);
        }
    }

    pub(super) fn config(&self) -> &Config {
        &self.config
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn is_idle(&self) -> bool {
        let state = self.state();
        !state.unread && state.out.is_idle(self.config.expects_acks)
    }

    pub(super) fn ledger(&self) -> Ledger {
        let state = self.state();
        let (documents, interchanges) = state.out.report();
        Ledger {
            documents,
            interchanges,
            idle: !state.unread && state.out.is_idle(self.config.expects_acks),
            ..state.ledger.clone()
        }
    }

    /// One round: takes what came, sends what is due.
    pub(super) async fn round(&self, folders: &mut Folders) {
        let names = match folders.waiting().await {
            Ok(names) => names,
            Err(error) => {
                tracing::warn!(%error, "could not look into the folder");
                return;
            }
        };
        self.state().unread = !names.is_empty();
        for name in names {
            // Somebody else may have moved it: then it was not for us.
            let Ok(bytes) = folders.read(&name).await else {
                continue;
            };
            if let Err(error) = folders.put_away(&name).await {
                tracing::warn!(%error, file = name, "could not take a file");
                continue;
            }
            self.take(&name, &bytes);
        }
        for errand in self.due() {
            if let Err(error) = folders.run(errand).await {
                tracing::warn!(%error, "could not write a file");
            }
        }
        self.state().unread = false;
    }

    fn take(&self, name: &str, bytes: &[u8]) {
        let now = Instant::now();
        let mut state = self.state();
        match edi::read(bytes) {
            Ok(interchanges) => {
                for interchange in interchanges {
                    state.take((&self.config, &self.faults), &interchange, now);
                }
            }
            Err(why) => state.ledger.problems.push(format!("{name}: {why}")),
        }
    }

    fn due(&self) -> Vec<Errand> {
        let now = Instant::now();
        let mut state = self.state();
        let State { out, ledger, .. } = &mut *state;
        out.remind((&self.config, &self.faults), now);
        out.pack((&self.config, &self.faults), now, |document| {
            book_goods(ledger, document);
        });
        out.errands(now)
    }
}

/// A delivery is told for the first time: it has happened.
fn book_goods(ledger: &mut Ledger, document: &mut Document) {
    let goods = std::mem::take(&mut document.goods);
    if goods.is_empty() {
        return;
    }
    let rows = ledger.stock.entry(document.about.clone()).or_default();
    for one in goods {
        let same = |row: &&mut Received| row.line == one.line && row.sku == one.sku;
        match rows.iter_mut().find(same) {
            Some(row) => {
                row.received = row.received + one.received;
                row.good = row.good + one.good;
            }
            None => rows.push(Received {
                announced: Decimal::ZERO,
                ..one
            }),
        }
    }
}
