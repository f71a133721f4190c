//! What a partner takes: acknowledgements of its own documents, and documents that it books and acknowledges.

use std::time::{Duration, Instant};

use super::acks::{self, Refusal, Whole};
use super::config::{Config, Syntax};
use super::edi::{Defect, Interchange, Segment, Set};
use super::ledger::{GotAck, Taken};
use super::office::State;
use super::outgoing::Applied;
use super::understand::understand;
use crate::faults::{Fault, Faults, Injection};

const DEFAULT_DELAY: Duration = Duration::from_millis(250);
/// Numbers that no series of ours reaches.
const NEVER_SENT: u64 = 888_000_000;

/// What can happen to an acknowledgement of ours.
const ACK: &[Fault] = &[
    Fault::Slow,
    Fault::CommitThenDrop,
    Fault::Duplicate,
    Fault::Garbage,
    Fault::Refuse,
];

impl State {
    /// Takes an interchange of the other side.
    pub(super) fn take(
        &mut self,
        (config, faults): (&Config, &Faults),
        interchange: &Interchange,
        now: Instant,
    ) {
        if interchange.receiver != config.us || interchange.sender != config.them {
            let (from, to) = (&interchange.sender.id, &interchange.receiver.id);
            self.ledger.problems.push(format!(
                "an interchange from {from} to {to} is none of ours"
            ));
            return;
        }
        if interchange.test != config.quirks.test {
            self.ledger.problems.push(format!(
                "{}: the test indicator is wrong",
                interchange.control
            ));
        }
        let Ok(control) = interchange.control.parse::<u64>() else {
            self.ledger
                .problems
                .push(format!("{:?} is no control number", interchange.control));
            return;
        };
        let known = self.texts.get(&control);
        let again = known.is_some_and(|text| *text == interchange.text);
        let conflict = known.is_some() && !again;
        if again && let Some(taken) = self.ledger.taken.get_mut(&control) {
            taken.repeats += 1;
        }
        if conflict {
            self.ledger.conflicts.push(interchange.control.clone());
        }
        if known.is_none() {
            self.texts.insert(control, interchange.text.clone());
            let sets = interchange.sets().map(|set| set.kind.clone());
            let taken = Taken {
                sets: sets.collect(),
                repeats: 0,
                acknowledged: 0,
                refused: false,
            };
            self.ledger.taken.insert(control, taken);
        }
        for defect in interchange.defects.iter().filter(|_| !again) {
            self.ledger
                .problems
                .push(format!("{control}: {}", defect.text));
        }
        if !conflict && !again {
            self.take_acks(interchange, now);
        }
        if interchange.sets().any(|set| !acks::is_ack(&set.kind)) {
            self.take_documents(
                (config, faults),
                (interchange, control),
                (again, conflict),
                now,
            );
        }
    }

    fn take_acks(&mut self, interchange: &Interchange, now: Instant) {
        for verdict in acks::verdicts(interchange) {
            let verdict = match verdict {
                Ok(verdict) => verdict,
                Err(defect) => {
                    self.ledger
                        .problems
                        .push(format!("{}: {}", interchange.control, defect.text));
                    continue;
                }
            };
            match self.out.apply(&verdict, now) {
                Applied::Unknown => {
                    let text = format!(
                        "{} of {}, which was never sent",
                        verdict.kind, verdict.control
                    );
                    self.ledger.unknown.push(text);
                }
                Applied::Taken(refused) => self.ledger.refused.extend(refused),
                // A refusal after an acceptance would be a contradiction.
                Applied::Again if verdict.whole == Whole::Refused => {
                    let text = format!(
                        "{} {} of {}, which had ended",
                        verdict.kind, verdict.code, verdict.control
                    );
                    self.ledger.late.push(text);
                }
                Applied::Again => {}
            }
            self.ledger.acks.push(GotAck {
                kind: verdict.kind,
                control: verdict.control,
                code: verdict.code,
                refused_sets: verdict.refused,
            });
        }
    }

    fn take_documents(
        &mut self,
        (config, faults): (&Config, &Faults),
        (interchange, control): (&Interchange, u64),
        (again, conflict): (bool, bool),
        now: Instant,
    ) {
        let injection = faults.draw("EDI ack", &interchange.control, ACK);
        let fault = injection.map(|Injection { fault, .. }| fault);
        let x12 = interchange.syntax == Syntax::X12;
        let whole: Option<&str> = if conflict {
            Some(if x12 { "025" } else { "26" })
        } else {
            interchange.defects.first().map(|defect| defect.code)
        };
        let was_refused = self
            .ledger
            .taken
            .get(&control)
            .is_some_and(|taken| taken.refused);
        let on_demand = fault == Some(Fault::Refuse);
        let mut refused = Vec::new();
        if whole.is_none() && !on_demand && (!again || was_refused) {
            refused = self.book((config, now), interchange, control);
        } else if again && let Some(before) = self.refused.get(&control) {
            refused.clone_from(before);
        }
        if !conflict {
            self.refused.insert(control, refused.clone());
        }
        if !conflict && let Some(taken) = self.ledger.taken.get_mut(&control) {
            taken.refused = whole.is_some() || on_demand;
        }
        if !config.acknowledges || fault == Some(Fault::CommitThenDrop) {
            return;
        }
        let delay = injection.and_then(|injection| injection.delay);
        let due = match fault {
            Some(Fault::Slow) => now + delay.unwrap_or(DEFAULT_DELAY),
            _ => now,
        };
        let (ta1, sets) = answer_of(interchange, whole, on_demand, &refused);
        self.out
            .acknowledge(config, (due, fault == Some(Fault::Duplicate)), ta1, &sets);
        if let Some(taken) = self.ledger.taken.get_mut(&control) {
            taken.acknowledged += 1;
        }
        if fault == Some(Fault::Garbage) {
            let never = NEVER_SENT + control % 1_000_000;
            let set = if x12 {
                acks::unasked_997(never)
            } else {
                acks::unasked_contrl(interchange, never)
            };
            self.out
                .acknowledge(config, (now, false), Vec::new(), &[set]);
        }
    }

    /// Books the documents of an interchange; those that cannot be booked are refused.
    fn book(
        &mut self,
        (config, now): (&Config, Instant),
        interchange: &Interchange,
        control: u64,
    ) -> Vec<Refusal> {
        let mut refused = Vec::new();
        for (position, group) in interchange.groups.iter().enumerate() {
            for defect in &group.defects {
                self.ledger
                    .problems
                    .push(format!("{control}: {}", defect.text));
            }
            for set in group.sets.iter().filter(|set| !acks::is_ack(&set.kind)) {
                let defect = match set.defects.first() {
                    Some(defect) => Err(defect.clone()),
                    None if !group.defects.is_empty() => continue,
                    None => understand(set, control, &config.currency)
                        .and_then(|said| self.enter((config, now), said)),
                };
                if let Err(Defect { code, text }) = defect {
                    self.ledger
                        .problems
                        .push(format!("{control}, {} {}: {text}", set.kind, set.control));
                    refused.push(Refusal {
                        group: position,
                        set: set.control.clone(),
                        code,
                    });
                }
            }
        }
        refused
    }
}

/// The acknowledgement: what stands before the group, and the sets.
fn answer_of(
    interchange: &Interchange,
    whole: Option<&str>,
    all: bool,
    refused: &[Refusal],
) -> (Vec<Segment>, Vec<Set>) {
    match interchange.syntax {
        Syntax::X12 if whole.is_some() => (vec![acks::ta1(interchange, whole)], Vec::new()),
        Syntax::X12 => {
            let asked = interchange.wants_ack.then(|| acks::ta1(interchange, None));
            (
                asked.into_iter().collect(),
                acks::functional(interchange, refused, all),
            )
        }
        Syntax::Edifact => {
            let whole = whole.or_else(|| all.then_some("18"));
            (Vec::new(), vec![acks::contrl(interchange, whole, refused)])
        }
    }
}
