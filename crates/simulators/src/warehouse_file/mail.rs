//! What is found in the folder: orders, which are answered, and replies to receipt files.

use std::time::Duration;

use super::jobs::Job;
use super::ledger::{Answered, GotReply, Outcome};
use super::order::{Answer, Order, Verdict};
use super::state::{Cure, State};
use super::{Yard, dialect};
use crate::faults::{Fault, Injection};

const LATE: Duration = Duration::from_millis(250);

impl Yard {
    /// Reads one file.
    pub(super) fn read(&self, state: &mut State, name: &str, bytes: &[u8]) {
        if name.to_ascii_lowercase().ends_with(".ack") {
            self.read_reply(state, name, bytes);
        } else {
            self.read_orders(state, name, bytes);
        }
    }

    fn read_orders(&self, state: &mut State, name: &str, bytes: &[u8]) {
        let orders = match dialect::orders(self.config.dialect, bytes) {
            Ok(orders) => orders,
            Err(why) => {
                tracing::debug!(file = name, why, "orders that cannot be read");
                let answer = Answer {
                    key: self.unreadable_key(name),
                    rma: String::new(),
                    refused: Some(("UNREADABLE", why)),
                };
                self.answer(state, name, &[answer], None);
                return;
            }
        };
        let key = orders.first().map(Order::key).unwrap_or_default();
        let injection = self.faults.draw("FILE ack", key, Fault::ANSWERING);
        let fault = injection.map(|injection| injection.fault);
        if fault == Some(Fault::DropBefore) {
            return;
        }
        let refuse_all = fault == Some(Fault::Refuse);
        let answers: Vec<Answer> = orders
            .iter()
            .map(|order| self.carry_out(state, order, refuse_all))
            .collect();
        self.answer(state, name, &answers, injection);
    }

    /// What stands for the key of a file that cannot be read: its name, where there is room.
    fn unreadable_key(&self, name: &str) -> String {
        match self.config.dialect {
            super::Dialect::Caret => name.replace('^', " "),
            super::Dialect::Csv => name.to_owned(),
            super::Dialect::Fixed => String::new(),
        }
    }

    fn carry_out(&self, state: &mut State, order: &Order, refuse: bool) -> Answer {
        let no = |code: &'static str, text: String| Answer {
            key: order.key().to_owned(),
            rma: order.rma().to_owned(),
            refused: Some((code, text)),
        };
        if refuse {
            return no("SIMULATED_REFUSAL", "refused on demand".to_owned());
        }
        if let Some(why) = dialect::no_room(self.config.dialect, order) {
            return no("TOO_LONG", why);
        }
        let received = state.receive(order);
        if let Some(rma) = received.to_play.filter(|_| self.config.autoplay) {
            state.begin(&self.config, &rma);
        }
        received.answer
    }

    /// Writes the answer down, and says when it is put into the folder.
    fn answer(
        &self,
        state: &mut State,
        file: &str,
        answers: &[Answer],
        injection: Option<Injection>,
    ) {
        let fault = injection.map(|injection| injection.fault);
        let withheld = fault == Some(Fault::CommitThenDrop);
        for answer in answers {
            state.answers.push(Answered {
                key: answer.key.clone(),
                file: file.to_owned(),
                accepted: answer.refused.is_none(),
                code: answer.refused.as_ref().map(|(code, _)| *code),
                withheld,
            });
        }
        if withheld {
            return;
        }
        let bytes = dialect::answers(self.config.dialect, answers);
        let usual = Duration::from_millis(self.config.ack_ms);
        let late = injection.and_then(|injection| injection.delay);
        let mut put = |name: String, delay: Duration| {
            let bytes = bytes.clone();
            state.jobs.after(delay, Job::Put { name, bytes });
        };
        match fault {
            Some(Fault::Slow) => put(format!("{file}.ack"), late.unwrap_or(LATE)),
            Some(Fault::Duplicate) => {
                put(format!("{file}.ack"), usual);
                put(format!("{file}.again.ack"), late.unwrap_or(usual));
            }
            _ => put(format!("{file}.ack"), usual),
        }
    }

    fn read_reply(&self, state: &mut State, name: &str, bytes: &[u8]) {
        let text = String::from_utf8_lossy(bytes).into_owned();
        let reply = match dialect::reply(self.config.dialect, bytes) {
            Ok(reply) => reply,
            Err(why) => {
                tracing::debug!(file = name, why, "a reply that cannot be read");
                state.unknown_replies.push(name.to_owned());
                return;
            }
        };
        let outcome = match reply.verdict {
            Verdict::Accepted => Outcome::Accepted,
            Verdict::Partly => Outcome::Partly,
            Verdict::Refused => Outcome::Refused,
        };
        let Some(position) = state.file_named(&reply.file) else {
            if !state.rubbish.contains(&reply.file) {
                state.unknown_replies.push(name.to_owned());
            }
            return;
        };
        let file = reply.file;
        state.replies.push(GotReply {
            file,
            outcome,
            text,
        });
        self.settle(state, position, outcome);
    }

    /// A receipt file was answered.
    fn settle(&self, state: &mut State, position: usize, outcome: Outcome) {
        let Some(file) = state.files.get_mut(position) else {
            return;
        };
        // Taken is taken: a copy that is refused changes nothing.
        if file.sent.outcome == Outcome::Accepted {
            return;
        }
        file.sent.outcome = outcome;
        let may_correct = file.corrections < self.config.max_corrections;
        let cure = match outcome {
            Outcome::Refused => Some(file.wrong.unwrap_or(Cure::SameNumber)),
            Outcome::Partly => Some(Cure::NextNumber),
            Outcome::Accepted | Outcome::Unanswered => None,
        };
        if let Some(cure) = cure.filter(|_| may_correct) {
            self.correct(state, position, cure);
        }
    }
}
