//! Booking what was understood: answers, credits, notices and cancellations.

use std::time::{Duration, Instant};

use jiff::Timestamp;

use super::config::{Config, Nature};
use super::edi::Defect;
use super::office::State;
use super::paper::{Answer, AskedLine, Cancelled, Credit, Decision, Notice, Received};
use super::understand::Said;
use super::{receipt, story};
use crate::decimal::Decimal;

impl State {
    /// Books a document, unless it is not for such a partner.
    pub(super) fn enter(
        &mut self,
        (config, now): (&Config, Instant),
        said: Said,
    ) -> Result<(), Defect> {
        match (config.nature, said) {
            (Nature::Customer, Said::Answer(request, answer)) => self.answered(&request, answer),
            (Nature::Customer, Said::Credit(credit)) => self.credited(credit),
            (Nature::Warehouse, Said::Notice(notice)) => self.announced(config, notice, now),
            (Nature::Warehouse, Said::Cancellation(rma)) => self.called_off(&rma),
            (Nature::Customer, Said::Notice(_) | Said::Cancellation(_)) => {
                return Err(Defect::new("5", "a customer takes no notices"));
            }
            (Nature::Warehouse, Said::Answer(..) | Said::Credit(_)) => {
                return Err(Defect::new("5", "a warehouse asks for nothing"));
            }
        }
        Ok(())
    }

    fn answered(&mut self, request: &str, mut answer: Answer) {
        let Some(asked) = self.ledger.requests.get(request) else {
            self.ledger.unknown.push(format!("answer to {request}"));
            return;
        };
        if answer.decision == Decision::Pending && !answer.lines.is_empty() {
            answer.decision = from_quantities(&asked.lines, &answer);
        }
        let before = self.ledger.answers.get(request);
        if before.is_some_and(|before| before.decision != Decision::Pending) {
            self.ledger.duplicates.push(format!("answer to {request}"));
            return;
        }
        self.ledger.answers.insert(request.to_owned(), answer);
    }

    fn credited(&mut self, mut credit: Credit) {
        let requests = &self.ledger.requests;
        let by_rma = |rma: &String| {
            let mut answers = self.ledger.answers.iter();
            let answered = answers
                .find(|(_, answer)| answer.rma == *rma)
                .map(|(id, _)| id.clone());
            let proposed = || {
                requests
                    .values()
                    .find(|asked| asked.rma.as_ref() == Some(rma))
            };
            answered.or_else(|| proposed().map(|asked| asked.id.clone()))
        };
        let by_invoice = |invoice: &String| {
            let on = |line: &AskedLine| line.invoice == *invoice;
            let asked = requests.values().find(|asked| asked.lines.iter().any(on));
            asked.map(|asked| asked.id.clone())
        };
        let told = credit
            .request
            .take()
            .filter(|request| requests.contains_key(request));
        let request = told
            .or_else(|| credit.rma.as_ref().and_then(by_rma))
            .or_else(|| credit.invoice.as_ref().and_then(by_invoice));
        if request.is_none() {
            self.ledger.unknown.push(format!("credit {}", credit.memo));
        }
        credit.request = request;
        if self.ledger.credits.contains_key(&credit.memo) {
            self.ledger
                .duplicates
                .push(format!("credit {}", credit.memo));
            return;
        }
        self.ledger.credits.insert(credit.memo.clone(), credit);
    }

    fn announced(&mut self, config: &Config, notice: Notice, now: Instant) {
        let rma = notice.rma.clone();
        if self.ledger.notices.contains_key(&rma) {
            self.ledger.duplicates.push(format!("notice of {rma}"));
            return;
        }
        let expected = notice.lines.iter().map(|line| Received {
            line: Some(line.line),
            sku: line.sku.clone(),
            uom: line.uom.clone(),
            announced: line.qty,
            received: Decimal::ZERO,
            good: Decimal::ZERO,
        });
        self.ledger.stock.insert(rma.clone(), expected.collect());
        let story = config
            .story
            .unwrap_or_else(|| story::drawn(config.seed, &rma));
        self.ledger.stories.insert(rma.clone(), story);
        let mut due = now;
        for (nth, lines) in story::deliveries(story, config.seed, &notice)
            .iter()
            .enumerate()
        {
            due += Duration::from_millis(config.pace_ms);
            let made = (config.seed, Timestamp::now());
            let document = receipt::document(config.receipts, made, &notice, (nth + 1, lines));
            self.out.add(due, document);
        }
        self.ledger.notices.insert(rma, notice);
    }

    fn called_off(&mut self, rma: &str) {
        let came = self
            .ledger
            .stock
            .get(rma)
            .is_some_and(|rows| rows.iter().any(|row| row.received.is_positive()));
        let Some(notice) = self.ledger.notices.get_mut(rma) else {
            self.ledger.unknown.push(format!("cancellation of {rma}"));
            return;
        };
        if came {
            notice.cancelled = notice.cancelled.or(Some(Cancelled::TooLate));
            return;
        }
        notice.cancelled = Some(Cancelled::InTime);
        self.out
            .queue
            .retain(|waiting| waiting.document.about != rma);
    }
}

/// Nothing, a part or all of what was asked for.
fn from_quantities(asked: &[AskedLine], answer: &Answer) -> Decision {
    let wanted = Decimal::sum(asked.iter().map(|line| Decimal::new(line.qty, 0)));
    let may_come = Decimal::sum(answer.lines.iter().map(|line| line.qty));
    if may_come == Decimal::ZERO {
        Decision::Denied
    } else if may_come < wanted {
        Decision::PartlyAuthorized
    } else {
        Decision::Authorized
    }
}
