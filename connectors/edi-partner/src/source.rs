//! Takes files out of the partner's mailbox, interchange by interchange, and acknowledges them.
//!
//! - A file is claimed, read, parted into its interchanges, and finished when all of these are settled.
//! - What was claimed by an earlier run and not finished comes again: events are known by their keys, and an acknowledgement
//!   that is written again has the same number and the same bytes.

mod acks;
mod desk;
mod reply;
mod round;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, VecDeque};
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::time::{Duration, Instant};

use async_trait::async_trait;
use connector::{Failure, Inbound, Origin, Settlement, Source};
use jiff::Timestamp;
use mailbox::{Claimed, Fate, Mailbox};
use tokio::time::{Interval, MissedTickBehavior};

use crate::away::failed;
use crate::caught_up::CaughtUp;
use crate::config::Options;
use crate::failures;
use crate::ledger::Ledger;
use crate::partner::Partner;
use desk::Desk;
use round::{Piece, Round};

/// Interchanges that may be open at once; above that no further file is claimed.
const MOST_OPEN: usize = 500;
/// How often it is looked for files that were claimed and not finished by a process that is no more.
const LOOK_BACK: Duration = Duration::from_mins(5);

type Running = Pin<Box<dyn Future<Output = Round> + Send>>;

/// The way in of one block.
pub(crate) struct EdiSource {
    desk: Arc<Desk>,
    poll: Duration,
    ticks: Option<Interval>,
    /// A look at the mailbox that is under way: kept, for the wait for it may be cancelled at any time.
    running: Option<Running>,
    /// Claimed by us, and not handed over yet.
    claimed: Vec<Claimed>,
    /// When what an earlier run, or a look that failed, has left was looked for. None: to be done at the next look.
    looked_back: Option<Instant>,
    /// What went wrong in a look that was brought to its end while something else was done: to be said.
    failure: Option<Failure>,
    ready: VecDeque<Inbound>,
    open: BTreeMap<u64, Open>,
    files: BTreeMap<Claimed, File>,
    /// Settlements that failed, to be done again.
    unsettled: VecDeque<(u64, bool)>,
    /// To be handed over again.
    again: Vec<u64>,
    next_token: u64,
}

/// An interchange that was handed over.
struct Open {
    file: Claimed,
    reference: String,
    piece: Piece,
}

/// A file that is being worked on.
#[derive(Debug, Default)]
struct File {
    open: usize,
    taken: usize,
}

impl EdiSource {
    pub(crate) fn new(
        instance: &str,
        options: &Options,
        partner: Arc<Partner>,
        mailbox: Arc<dyn Mailbox>,
        ledger: Ledger,
        caught_up: Arc<CaughtUp>,
    ) -> Result<Self, Failure> {
        let poll = Duration::try_from(options.poll).map_err(|_| {
            Failure::misconfigured(failures::BAD_CONFIGURATION, "`poll` is not above zero")
        })?;
        Ok(Self {
            desk: Arc::new(Desk {
                instance: instance.to_owned(),
                partner,
                mailbox,
                ledger,
                caught_up,
                max_bytes: options.max_bytes,
            }),
            poll,
            ticks: None,
            running: None,
            claimed: Vec::new(),
            looked_back: None,
            failure: None,
            ready: VecDeque::new(),
            open: BTreeMap::new(),
            files: BTreeMap::new(),
            unsettled: VecDeque::new(),
            again: Vec::new(),
            next_token: 1,
        })
    }

    async fn tick(&mut self) {
        let poll = self.poll;
        let ticks = self.ticks.get_or_insert_with(|| {
            let mut ticks = tokio::time::interval(poll);
            ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
            ticks
        });
        ticks.tick().await;
    }

    /// Hands over again what could not be made durable.
    fn offer_again(&mut self) {
        for token in std::mem::take(&mut self.again) {
            if let Some(open) = self.open.remove(&token) {
                let inbound = self.inbound(open);
                self.ready.push_back(inbound);
            }
        }
    }

    fn inbound(&mut self, open: Open) -> Inbound {
        let token = self.next_token;
        self.next_token += 1;
        let inbound = Inbound {
            origin: Origin {
                connector: self.desk.instance.clone(),
                channel: "mailbox".to_owned(),
                reference: open.reference.clone(),
                received_at: Timestamp::now(),
                headers: open.piece.headers.clone(),
                token,
            },
            raw: open.piece.raw.clone(),
            refused: open.piece.refused.clone(),
        };
        self.open.insert(token, open);
        inbound
    }

    fn begin(&mut self) -> Running {
        let room = MOST_OPEN.saturating_sub(self.open.len());
        let look = round::Look {
            mine: self.claimed.clone(),
            known: self.files.keys().cloned().collect(),
            looks_back: self.looked_back.is_none_or(|at| at.elapsed() >= LOOK_BACK),
            room,
        };
        Box::pin(round::run(Arc::clone(&self.desk), look))
    }

    /// Waits for a look that is under way. It may have the mailbox to itself, and goes on only while it is waited for: who
    /// wants the mailbox for something else would wait for ever.
    async fn bring_to_its_end(&mut self) {
        if let Some(running) = &mut self.running {
            let round = running.as_mut().await;
            self.running = None;
            if let Err(failure) = self.end(round) {
                self.failure = Some(failure);
            }
        }
    }

    /// Takes over what a look at the mailbox brought.
    fn end(&mut self, round: Round) -> Result<(), Failure> {
        // What was claimed and cannot be read may be gone: it is looked for again.
        if round.failure.is_some() && !round.claimed.is_empty() {
            self.looked_back = None;
        } else if round.looked_back {
            self.looked_back = Some(Instant::now());
        }
        self.claimed = round.claimed;
        for (file, pieces) in round.taken {
            let many = pieces.len() > 1;
            let state = self.files.entry(file.clone()).or_default();
            state.open += pieces.len();
            for (n, piece) in pieces.into_iter().enumerate() {
                let reference = if many {
                    format!("{}#{}", file.name, n + 1)
                } else {
                    file.name.clone()
                };
                let open = Open {
                    file: file.clone(),
                    reference,
                    piece,
                };
                let inbound = self.inbound(open);
                self.ready.push_back(inbound);
            }
        }
        round.failure.map_or(Ok(()), Err)
    }

    /// Acknowledges an interchange, and finishes its file if it was the last one. Every step may be done twice: it is done
    /// from the beginning when it was not done to the end.
    async fn conclude(&mut self, token: u64, parked: bool) -> Result<(), Failure> {
        let Some(open) = self.open.get(&token) else {
            return Ok(());
        };
        reply::reply(&self.desk, &open.piece).await?;
        let file = open.file.clone();
        let taken = usize::from(!parked);
        if let Some(state) = self.files.get(&file)
            && state.open <= 1
        {
            let fate = if state.taken + taken > 0 {
                Fate::Done
            } else {
                Fate::Rejected
            };
            self.desk
                .mailbox
                .finish(&file, fate)
                .await
                .map_err(failed)?;
            self.files.remove(&file);
        } else if let Some(state) = self.files.get_mut(&file) {
            state.open -= 1;
            state.taken += taken;
        }
        self.open.remove(&token);
        Ok(())
    }

    /// Settlements that failed before.
    async fn conclude_again(&mut self) {
        for _ in 0..self.unsettled.len() {
            let Some((token, parked)) = self.unsettled.front().copied() else {
                return;
            };
            if let Err(failure) = self.conclude(token, parked).await {
                let connector = self.desk.instance.as_str();
                tracing::warn!(
                    connector.name = connector,
                    failure.code = failure.code,
                    "{failure}"
                );
                // One that cannot be ended keeps no other from its end: the next time another comes first.
                self.unsettled.rotate_left(1);
                return;
            }
            self.unsettled.pop_front();
        }
    }
}

#[async_trait]
impl Source for EdiSource {
    async fn next(&mut self) -> Result<Option<Inbound>, Failure> {
        loop {
            if let Some(inbound) = self.ready.pop_front() {
                return Ok(Some(inbound));
            }
            if let Some(failure) = self.failure.take() {
                return Err(failure);
            }
            if self.running.is_none() {
                // Claimed files that the last look had no room for are read at once.
                if self.claimed.is_empty() || self.looked_back.is_none() {
                    self.tick().await;
                }
                self.running = Some(self.begin());
                self.offer_again();
                self.conclude_again().await;
            }
            if let Some(running) = &mut self.running {
                let round = running.as_mut().await;
                self.running = None;
                self.end(round)?;
            }
        }
    }

    async fn settle(&mut self, origin: &Origin, how: Settlement) -> Result<(), Failure> {
        let token = origin.token;
        if !self.open.contains_key(&token) {
            return Ok(());
        }
        let parked = match how {
            Settlement::Stored => false,
            Settlement::Parked(_) => true,
            Settlement::NotNow => {
                self.again.push(token);
                return Ok(());
            }
        };
        self.bring_to_its_end().await;
        let concluded = self.conclude(token, parked).await;
        if concluded.is_err() {
            self.unsettled.push_back((token, parked));
        }
        concluded
    }

    fn unfinished(&self) -> Vec<String> {
        let claims = self.files.keys().chain(&self.claimed);
        claims.map(|claimed| claimed.name.clone()).collect()
    }
}
