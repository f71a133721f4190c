//! How files leave: with whatever fault is due.

use std::time::{Duration, Instant};

use super::config::Config;
use super::edi::{self, Marks, Segment, Set};
use super::folders::{Errand, How};
use super::outgoing::{Outgoing, Planned};
use super::writing::{envelope, file};
use crate::draw;
use crate::faults::{Fault, Faults, Injection};

const DEFAULT_DELAY: Duration = Duration::from_millis(250);

impl Outgoing {
    /// Plans the file that holds these interchanges, with whatever fault is due.
    pub(super) fn dispatch(
        &mut self,
        (config, faults): (&Config, &Faults),
        positions: &[usize],
        now: Instant,
    ) {
        let mut text = String::new();
        let mut name = None;
        for position in positions {
            let Some(one) = self.consignments.get_mut(*position) else {
                continue;
            };
            one.attempts += 1;
            one.sent_at = now;
            text.push_str(&one.text);
            name.get_or_insert_with(|| one.file_name());
        }
        let Some((name, control)) = name else { return };
        let bytes = file(config, &text);
        let injection = faults.draw(
            "EDI send",
            &control,
            &[
                Fault::Duplicate,
                Fault::Garbage,
                Fault::Truncate,
                Fault::Slow,
            ],
        );
        let whole = |name: String, bytes: &[u8]| Errand {
            name,
            bytes: bytes.to_vec(),
            how: How::Whole,
        };
        let Some(Injection { fault, delay }) = injection else {
            return self.plan(now, whole(format!("{name}.edi"), &bytes));
        };
        let later = now + delay.unwrap_or(DEFAULT_DELAY);
        match fault {
            Fault::Duplicate => {
                self.plan(now, whole(format!("{name}.edi"), &bytes));
                self.plan(now, whole(format!("{name}-copy.edi"), &bytes));
            }
            Fault::Garbage => {
                let kinds = [
                    "Dear partner, please find our returns attached.\n",
                    "ISA*00*          *00*    ",
                    "UNB+UNOC:3+CUSTO",
                ];
                let rubbish = draw::pick(config.seed, &["rubbish", &name], &kinds)
                    .copied()
                    .unwrap_or_default();
                self.plan(now, whole(format!("noise-{name}.edi"), rubbish.as_bytes()));
                self.plan(now, whole(format!("{name}.edi"), &bytes));
            }
            Fault::Truncate => {
                for position in positions {
                    if let Some(one) = self.consignments.get_mut(*position) {
                        one.in_halves = true;
                    }
                }
                let (first, rest) = bytes.split_at(bytes.len() / 2);
                let name = format!("{name}.edi");
                let part = |bytes: &[u8], how| Errand {
                    name: name.clone(),
                    bytes: bytes.to_vec(),
                    how,
                };
                self.plan(now, part(first, How::FirstHalf));
                self.plan(later, part(rest, How::Rest));
            }
            _ => self.plan(later, whole(format!("{name}.edi"), &bytes)),
        }
    }

    fn plan(&mut self, due: Instant, errand: Errand) {
        self.planned.push(Planned { due, errand });
    }

    /// Plans an acknowledgement, under a number of its own.
    pub(super) fn acknowledge(
        &mut self,
        config: &Config,
        (due, twice): (Instant, bool),
        ta1: Vec<Segment>,
        sets: &[Set],
    ) {
        let number = self.number();
        let kind = sets.first().map_or("TA1", |set| set.kind.as_str());
        let name = format!("{kind}-{number:09}");
        let envelope = envelope(config, number, false, ta1);
        let text = edi::write(
            &envelope,
            &Marks::of(config.syntax, &config.quirks),
            sets,
            None,
        );
        let bytes = file(config, &text);
        let errand = |name: String| Errand {
            name,
            bytes: bytes.clone(),
            how: How::Whole,
        };
        self.plan(due, errand(format!("{name}.edi")));
        if twice {
            self.plan(due, errand(format!("{name}-copy.edi")));
        }
    }
}
