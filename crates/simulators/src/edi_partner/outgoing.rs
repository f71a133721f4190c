//! What a partner sends: documents packed into interchanges, sent again until they are acknowledged, mended when they were
//! spoilt on purpose.

use std::time::{Duration, Instant};

use super::acks::{Verdict, Whole};
use super::config::{Config, Syntax};
use super::consignment::{Consignment, Parcel, Torn};
use super::document::{Document, Flaw};
use super::edi::{self, Marks, Set, Spoilt};
use super::folders::Errand;
use super::ledger::{SentDocument, SentInterchange};
use super::writing::{envelope, set_control};
use crate::draw;
use crate::emit::Outcome;
use crate::faults::{Fault, Faults};

/// How often the wait for an acknowledgement doubles, at the most.
const DOUBLED_AT_MOST: u32 = 6;
const LARGEST_NUMBER: u64 = 999_999_999;

/// Everything that goes out.
#[derive(Debug)]
pub(super) struct Outgoing {
    next_number: u64,
    pub(super) queue: Vec<Waiting>,
    pub(super) consignments: Vec<Consignment>,
    pub(super) planned: Vec<Planned>,
}

/// A document that waits for its time.
#[derive(Debug)]
pub(super) struct Waiting {
    pub(super) due: Instant,
    pub(super) document: Document,
}

/// A file, or a part of one, that is to be written at a certain time.
#[derive(Debug)]
pub(super) struct Planned {
    pub(super) due: Instant,
    pub(super) errand: Errand,
}

/// What became of an acknowledgement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Applied {
    /// It is about something that was never sent.
    Unknown,
    /// It says how an interchange ended; documents that were right but refused are named.
    Taken(Vec<String>),
    /// That interchange had ended before.
    Again,
}

impl Outgoing {
    pub(super) fn new(config: &Config) -> Self {
        Self {
            next_number: config.first_number.max(1),
            queue: Vec::new(),
            consignments: Vec::new(),
            planned: Vec::new(),
        }
    }

    /// Sends a document when its time has come.
    pub(super) fn add(&mut self, due: Instant, document: Document) {
        self.queue.push(Waiting { due, document });
    }

    pub(super) fn is_idle(&self, expects_acks: bool) -> bool {
        let open = |one: &Consignment| one.outcome == Outcome::Pending;
        let waits = expects_acks && self.consignments.iter().any(open);
        self.queue.is_empty() && self.planned.is_empty() && !waits
    }

    /// Documents whose time has come, packed. They are given to `told` before, once each.
    pub(super) fn pack(
        &mut self,
        (config, faults): (&Config, &Faults),
        now: Instant,
        mut told: impl FnMut(&mut Document),
    ) {
        let waiting = std::mem::take(&mut self.queue);
        let (due, later): (Vec<_>, Vec<_>) = waiting.into_iter().partition(|one| one.due <= now);
        self.queue = later;
        let mut documents: Vec<Document> = due.into_iter().map(|one| one.document).collect();
        documents.iter_mut().for_each(&mut told);
        let mut files: Vec<Vec<usize>> = Vec::new();
        for chunk in documents.chunks(config.quirks.sets_per_group.max(1)) {
            let position = self.consign((config, faults), chunk, now);
            match files.last_mut() {
                Some(file) if file.len() < config.quirks.interchanges_per_file => {
                    file.push(position);
                }
                _ => files.push(vec![position]),
            }
        }
        for file in files {
            self.dispatch((config, faults), &file, now);
        }
    }

    /// Makes an interchange of some documents; its position.
    fn consign(
        &mut self,
        (config, faults): (&Config, &Faults),
        documents: &[Document],
        now: Instant,
    ) -> usize {
        let seed = config.seed;
        let first = documents
            .first()
            .map_or("", |document| document.number.as_str());
        // Only of one that has ended: so nobody mistakes whom an acknowledgement means.
        let accepted = |one: &&Consignment| one.outcome == Outcome::Acknowledged;
        let mut latest = self.consignments.iter().rev();
        let last = latest.find(accepted).map(|one| one.number);
        let reused = last.filter(|_| {
            let fault = faults.draw("EDI number", first, &[Fault::Duplicate]);
            fault.is_some()
        });
        let torn = match reused {
            Some(_) => Some(Torn::ReusedNumber),
            None if faults
                .draw("EDI envelope", first, &[Fault::Garbage])
                .is_some() =>
            {
                let kinds = [Spoilt::OtherNumber, Spoilt::NoTrailer];
                let drawn = draw::pick(seed, &["envelope", first], &kinds).copied();
                drawn.map(Torn::Envelope)
            }
            None => None,
        };
        let parcel = |(nth, document): (usize, &Document)| {
            let spoilt = torn.is_none()
                && faults
                    .draw("EDI set", &document.number, &[Fault::Garbage])
                    .is_some();
            let drawn = || draw::pick(seed, &["flaw", &document.number], &Flaw::ALL).copied();
            Parcel {
                document: document.clone(),
                control: set_control(config.syntax, nth + 1),
                flaw: if spoilt { drawn() } else { None },
                outcome: Outcome::Pending,
            }
        };
        let parcels: Vec<Parcel> = documents.iter().enumerate().map(parcel).collect();
        let sets: Vec<Set> = parcels
            .iter()
            .map(|parcel| parcel.document.set(parcel.control.clone(), parcel.flaw))
            .collect();
        let number = reused.unwrap_or_else(|| self.number());
        let wants_ack = config.syntax == Syntax::Edifact || config.ask_ta1;
        let spoilt = match torn {
            Some(Torn::Envelope(spoilt)) => Some(spoilt),
            _ => None,
        };
        let envelope = envelope(config, number, wants_ack, Vec::new());
        let text = edi::write(
            &envelope,
            &Marks::of(config.syntax, &config.quirks),
            &sets,
            spoilt,
        );
        self.consignments.push(Consignment {
            number,
            parcels,
            text,
            attempts: 0,
            sent_at: now,
            flaw: torn,
            in_halves: false,
            outcome: Outcome::Pending,
        });
        self.consignments.len() - 1
    }

    /// The next number of the series.
    pub(super) fn number(&mut self) -> u64 {
        let number = self.next_number;
        self.next_number = if number >= LARGEST_NUMBER {
            1
        } else {
            number + 1
        };
        number
    }

    /// Plans the sending again of what was not acknowledged in time.
    pub(super) fn remind(&mut self, (config, faults): (&Config, &Faults), now: Instant) {
        if !config.expects_acks {
            return;
        }
        let overdue: Vec<usize> = self
            .consignments
            .iter()
            .enumerate()
            .filter(|(_, one)| {
                one.outcome == Outcome::Pending
                    && now.duration_since(one.sent_at) >= patience(config, one.attempts)
            })
            .map(|(position, _)| position)
            .collect();
        for position in overdue {
            let Some(one) = self.consignments.get_mut(position) else {
                continue;
            };
            if one.flaw.is_some() {
                // Nothing will ever be said of it, perhaps: the same, written correctly.
                one.outcome = Outcome::Refused;
                for parcel in &mut one.parcels {
                    parcel.outcome = Outcome::Refused;
                    self.queue.push(Waiting {
                        due: now,
                        document: parcel.document.clone(),
                    });
                }
            } else if one.attempts >= config.max_attempts {
                one.outcome = Outcome::Abandoned;
                for parcel in &mut one.parcels {
                    parcel.outcome = Outcome::Abandoned;
                }
                tracing::warn!(control = one.number, "gave an interchange up");
            } else {
                self.dispatch((config, faults), &[position], now);
            }
        }
    }

    /// The errands whose time has come, in the order in which they were planned.
    pub(super) fn errands(&mut self, now: Instant) -> Vec<Errand> {
        let planned = std::mem::take(&mut self.planned);
        let (due, later): (Vec<_>, Vec<_>) = planned.into_iter().partition(|one| one.due <= now);
        self.planned = later;
        due.into_iter().map(|one| one.errand).collect()
    }

    /// The interchange that is meant: the first open one with that number, but of a number used twice it is the later one
    /// that is refused.
    fn meant(&self, verdict: &Verdict) -> Option<usize> {
        let all = self.consignments.iter().enumerate();
        let mut same = all.filter(|(_, one)| one.number == verdict.control);
        let mut open = same
            .clone()
            .filter(|(_, one)| one.outcome == Outcome::Pending);
        let chosen = match verdict.whole {
            Whole::Refused => open.next_back(),
            Whole::Received | Whole::Accepted => open.next(),
        };
        chosen
            .or_else(|| same.next_back())
            .map(|(position, _)| position)
    }

    /// Takes an acknowledgement of something of ours.
    pub(super) fn apply(&mut self, verdict: &Verdict, now: Instant) -> Applied {
        let Some(position) = self.meant(verdict) else {
            return Applied::Unknown;
        };
        let Some(one) = self.consignments.get_mut(position) else {
            return Applied::Unknown;
        };
        if matches!(one.outcome, Outcome::Acknowledged | Outcome::Refused) {
            return Applied::Again;
        }
        if verdict.whole == Whole::Received {
            return Applied::Taken(Vec::new());
        }
        if verdict.whole == Whole::Refused && one.in_halves && one.flaw.is_none() {
            one.flaw = Some(Torn::Halved);
        }
        let mut wronged = Vec::new();
        let mut accepted = false;
        for parcel in &mut one.parcels {
            let refused =
                verdict.whole == Whole::Refused || verdict.refused.contains(&parcel.control);
            if !refused {
                parcel.outcome = Outcome::Acknowledged;
                accepted = true;
                continue;
            }
            parcel.outcome = Outcome::Refused;
            if parcel.flaw.is_some() || one.flaw.is_some() {
                self.queue.push(Waiting {
                    due: now,
                    document: parcel.document.clone(),
                });
            } else {
                let (kind, number) = (parcel.document.kind, &parcel.document.number);
                wronged.push(format!(
                    "{kind} {number} under {}: {} {}",
                    verdict.control, verdict.kind, verdict.code
                ));
            }
        }
        one.outcome = if accepted {
            Outcome::Acknowledged
        } else {
            Outcome::Refused
        };
        Applied::Taken(wronged)
    }

    /// Everything that was sent, for the ledger.
    pub(super) fn report(&self) -> (Vec<SentDocument>, Vec<SentInterchange>) {
        let documents = self.consignments.iter().flat_map(Consignment::documents);
        let interchanges = self.consignments.iter().map(Consignment::interchange);
        (documents.collect(), interchanges.collect())
    }
}

/// The wait doubles with each time: whoever is behind is not buried in repetitions.
fn patience(config: &Config, attempts: u32) -> Duration {
    let doubled = attempts.saturating_sub(1).min(DOUBLED_AT_MOST);
    Duration::from_millis(config.ack_within_ms) * 2_u32.pow(doubled)
}
