//! What was invoiced, asked of the ERP when the request does not tell it, and frozen on the lines.
//!
//! Nothing is reserved or authorised before the facts are there: a cap needs the quantity invoiced, money its amounts. What is frozen
//! does not change any more, whatever the ERP says later.
//!
//! In another currency than that of the books the rate of the invoice is asked for as well, if the request does not tell it; it is
//! that of the return. Without one nothing is authorised, as no amount could be compared with those of the policy.

use std::collections::BTreeMap;

use canonical::command::InvoiceQuestion;
use canonical::exception::Severity;
use canonical::invoice::{FactsSource, InvoiceFacts};
use canonical::{CommandData, EffectKind, ExceptionCode, Lifecycle, Ratio};

use crate::credit::{self, Unrated};
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

/// True if a line names an invoice and nobody has told what was invoiced; of a return whose rate nobody has told, nor at which
/// rate.
fn lacks(line: &LineState, unrated: bool) -> bool {
    let is_lacking = match &line.line.invoiced {
        Some(invoiced) => unrated && invoiced.fx_rate == Ratio::ONE,
        None => true,
    };
    line.line.invoice_ref.is_some() && is_lacking
}

/// True if the return is in another currency than the books and nobody has told the rate.
fn is_unrated(work: &Work<'_>) -> bool {
    work.policy()
        .is_some_and(|policy| why_unrated(&work.state, policy).is_some_and(is_not_told))
}

fn why_unrated(state: &ReturnState, policy: &Policy) -> Option<Unrated> {
    credit::rate(&state.header, policy.base_currency).err()
}

const fn is_not_told(unrated: Unrated) -> bool {
    matches!(unrated, Unrated::NotTold { .. })
}

/// The rates that the lines were invoiced at, each once.
fn rates(state: &ReturnState) -> Vec<Ratio> {
    let invoiced = state.lines.iter().filter_map(|line| {
        let invoiced = line.line.invoiced.as_ref()?;
        Some(invoiced.fx_rate).filter(|rate| *rate != Ratio::ONE)
    });
    let across = |a: Ratio, b: Ratio| i128::from(a.num) * i128::from(b.den);
    let mut rates: Vec<Ratio> = Vec::new();
    for rate in invoiced {
        if !rates
            .iter()
            .any(|known| across(*known, rate) == across(rate, *known))
        {
            rates.push(rate);
        }
    }
    rates
}

/// Takes the rate that the lines were invoiced at for the return's, if nobody has told that.
pub(crate) fn take_rate(work: &mut Work<'_>) {
    let books = work.policy().map(|policy| policy.base_currency);
    if let (Some(books), true, [rate]) = (books, is_unrated(work), rates(&work.state).as_slice()) {
        work.state.header.base_currency = books;
        work.state.header.fx_rate = *rate;
    }
}

/// Why the return cannot be decided on for want of a rate, unless the ERP can be asked for it.
pub(crate) fn no_rate(state: &ReturnState, policy: &Policy) -> Option<String> {
    let why = why_unrated(state, policy)?;
    let asks = policy.asks_for_invoices() && is_not_told(why);
    if asks && state.lines.iter().any(|line| lacks(line, true)) {
        return None;
    }
    let books = policy.base_currency;
    let fix = if is_not_told(why) && rates(state).len() > 1 {
        "its lines were invoiced at different rates: ask for those of each invoice in a return of their own".to_owned()
    } else {
        format!(
            "ask for it anew under a new request id with base_currency {books} and the fx_rate of the invoice (baseCurrency and \
             fxRate in a message), or let the policy ask the ERP for it (ask_when_missing under [invoice_facts]) and replay the \
             request"
        )
    };
    Some(format!("{why}, and nothing is converted 1:1: {fix}"))
}

/// The questions that are open, by invoice.
fn questions(state: &ReturnState, unrated: bool) -> BTreeMap<String, InvoiceQuestion> {
    let mut questions = BTreeMap::<String, InvoiceQuestion>::new();
    for line in state.lines.iter().filter(|line| lacks(line, unrated)) {
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
    let questions = questions(&work.state, is_unrated(work));
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
    let (home, unrated) = (work.state.header.currency, is_unrated(work));
    let mut wrong = Vec::new();
    for line in &mut work.state.lines {
        let reference = match &line.line.invoice_ref {
            Some(reference) if reference.document == document && lacks(line, unrated) => {
                reference.clone()
            }
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
            Some(told) if unrated && told.invoiced.fx_rate == Ratio::ONE => wrong.push(format!(
                "the return is in {home}, and the ERP does not show at which rate line {} of invoice {document} was booked",
                told.line
            )),
            Some(told) => {
                if let Some(invoiced) = &mut line.line.invoiced {
                    invoiced.fx_rate = told.invoiced.fx_rate;
                } else {
                    line.line.invoiced = Some(told.invoiced.clone());
                    line.facts = Some(source.clone());
                }
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
    if !work.state.lines.iter().any(|line| lacks(line, unrated)) {
        request::evaluate(work, false);
    }
}

/// The return is withdrawn: what is wrong with its invoices does not matter any more. A question may be on its way and cannot be
/// called back; its answer is of no use then.
pub(crate) fn withdraw(work: &mut Work<'_>) {
    for document in questions(&work.state, true).into_keys() {
        work.cured(ExceptionCode::MasterDataMissing, &about(&document));
    }
}

/// The answer is given again, as by a replay of what was wrong with it: the ERP is asked anew. `false`: nothing is lacking.
pub(crate) fn ask_again(work: &mut Work<'_>) -> bool {
    work.state.lifecycle() == Lifecycle::Requested
        && (work.state.lines.iter()).any(|line| lacks(line, is_unrated(work)))
        && waits(work, true)
}
