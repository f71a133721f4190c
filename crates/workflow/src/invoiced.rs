//! What was invoiced, asked of the ERP when the request does not tell it, and frozen on the lines.
//!
//! Nothing is reserved or authorised before the facts are there: a cap needs the quantity invoiced, money its amounts. What is frozen
//! does not change any more, whatever the ERP says later.

use std::collections::BTreeMap;

use canonical::command::InvoiceQuestion;
use canonical::exception::Severity;
use canonical::invoice::{FactsSource, InvoiceFacts};
use canonical::{CommandData, EffectKind, ExceptionCode, Lifecycle};

use crate::money_state::EffectState;
use crate::policy::Policy;
use crate::state::{LineState, ReturnState};
use crate::work::{Problem, Work};
use crate::{keys, plan, request};

/// What the exceptions about an invoice are about: each invoice has its own, so that the answer to one does not close what is wrong with
/// another.
fn about(document: &str) -> String {
    format!("invoice/{document}")
}

/// True if a line names an invoice and nobody has told what was invoiced.
fn lacks(line: &LineState) -> bool {
    line.line.invoice_ref.is_some() && line.line.invoiced.is_none()
}

/// The questions that are open, by invoice.
fn questions(state: &ReturnState) -> BTreeMap<String, InvoiceQuestion> {
    let mut questions = BTreeMap::<String, InvoiceQuestion>::new();
    for line in state.lines.iter().filter(|line| lacks(line)) {
        let Some(reference) = &line.line.invoice_ref else {
            continue;
        };
        let question = questions
            .entry(reference.document.clone())
            .or_insert_with(|| InvoiceQuestion {
                document: reference.document.clone(),
                date: reference.date,
                ccy: state.header.currency,
                lines: Vec::new(),
            });
        if !question.lines.contains(&reference.line) {
            question.lines.push(reference.line.clone());
        }
    }
    questions
}

/// True if the return has to wait for the ERP's answer; asks, if it was not asked. With `anew` it is asked again although it has
/// answered.
pub(crate) fn waits(work: &mut Work<'_>, anew: bool) -> bool {
    if !work.policy().is_some_and(Policy::asks_for_invoices) {
        return false;
    }
    let questions = questions(&work.state);
    let waits = !questions.is_empty();
    for (document, question) in questions {
        let asked: Vec<EffectState> = work
            .state
            .effects
            .iter()
            .filter(|effect| effect.kind == EffectKind::InvoiceFacts && effect.of == document)
            .map(|effect| effect.state)
            .collect();
        let is_answered = asked.iter().all(|state| *state == EffectState::Confirmed);
        let is_due = asked.is_empty() || (anew && is_answered);
        if !is_due {
            continue;
        }
        let keyed = keys::invoice_facts(work.state.return_id(), &document, asked.len() + 1);
        let data = CommandData::ReadInvoice(question);
        let kind = EffectKind::InvoiceFacts;
        plan::effect(work, keyed, kind, &document, Vec::new(), data);
    }
    waits
}

/// The ERP has answered: what is lacking is frozen, and the request is decided when nothing is lacking any more.
pub(crate) fn answered(work: &mut Work<'_>, document: &str, facts: Option<&InvoiceFacts>) {
    if work.state.lifecycle() != Lifecycle::Requested {
        return;
    }
    let empty = InvoiceFacts {
        document: document.to_owned(),
        lines: Vec::new(),
    };
    let facts = facts.unwrap_or(&empty);
    let source = FactsSource {
        document: document.to_owned(),
        hash: facts.hash(),
        known_at: work.given.now,
    };
    let home = work.state.header.currency;
    let mut wrong = Vec::new();
    for line in &mut work.state.lines {
        let reference = match &line.line.invoice_ref {
            Some(reference) if reference.document == document && lacks(line) => reference.clone(),
            _ => continue,
        };
        let no = line.line.line_no;
        let mut told = facts
            .lines
            .iter()
            .filter(|told| told.line == reference.line);
        match told.next() {
            Some(_) if told.next().is_some() => wrong.push(format!(
                "line {no} goes back to line {} of invoice {document}, which the ERP shows more than once",
                reference.line
            )),
            None => wrong.push(format!(
                "line {no} goes back to line {} of invoice {document}, which the ERP does not show",
                reference.line
            )),
            Some(told) if !told.sku.is_empty() && told.sku != line.line.sku => {
                wrong.push(format!(
                    "line {no} returns item {}, and line {} of invoice {document} is of item {}",
                    line.line.sku, told.line, told.sku
                ));
            }
            Some(told) if told.invoiced.ccy != home => wrong.push(format!(
                "the return is in {home}, and line {} of invoice {document} is in {}",
                told.line, told.invoiced.ccy
            )),
            Some(told) => {
                line.line.invoiced = Some(told.invoiced.clone());
                line.facts = Some(source.clone());
            }
        }
    }
    if wrong.is_empty() {
        work.cured(ExceptionCode::MasterDataMissing, &about(document));
    } else {
        let reason = format!(
            "{}: correct it in the ERP and replay this, which asks again, or withdraw the return and have it asked for with the \
             right invoice line",
            wrong.join("; ")
        );
        work.raise_until_cured(Problem {
            code: ExceptionCode::MasterDataMissing,
            severity: Severity::Error,
            about: &about(document),
            reason,
        });
        return;
    }
    if !work.state.lines.iter().any(lacks) {
        request::evaluate(work, false);
    }
}

/// The return is withdrawn: what is wrong with its invoices does not matter any more. A question may be on its way and cannot be
/// called back; its answer is of no use then.
pub(crate) fn withdraw(work: &mut Work<'_>) {
    for document in questions(&work.state).into_keys() {
        work.cured(ExceptionCode::MasterDataMissing, &about(&document));
    }
}

/// The answer is given again, as by a replay of what was wrong with it: the ERP is asked anew. `false`: nothing is lacking.
pub(crate) fn ask_again(work: &mut Work<'_>) -> bool {
    work.state.lifecycle() == Lifecycle::Requested
        && work.state.lines.iter().any(lacks)
        && waits(work, true)
}
