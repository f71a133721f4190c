//! The books: every document, behind one lock held shortly.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use jiff::civil::Date;

use super::accounts::Accounts;
use super::answer::{Note, Posting};
use super::document::{Document, Kind};
use super::memo::Memo;
use super::paper::{Paper, Reversal};
use super::trouble::{Code, Trouble};
use super::{Config, Duplicates, rules};
use crate::decimal::Decimal;
use crate::erp::{Customer, Invoice};

/// The books.
#[derive(Debug, Default)]
pub(super) struct Books(Mutex<Pages>);

#[derive(Debug, Default)]
pub(super) struct Pages {
    pub(super) documents: Vec<Document>,
    by_key: HashMap<(Kind, String), Vec<usize>>,
    counts: HashMap<Kind, usize>,
    pub(super) accounts: Accounts,
}

impl Books {
    pub(super) fn new(closed_through: Option<Date>) -> Self {
        let books = Self::default();
        books.close_through(closed_through);
        books
    }

    pub(super) fn pages(&self) -> MutexGuard<'_, Pages> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn register_customer(&self, customer: Customer) {
        self.pages().accounts.register_customer(customer);
    }

    pub(super) fn register_invoice(&self, invoice: Invoice) {
        self.pages().accounts.register_invoice(invoice);
    }

    pub(super) fn close_through(&self, date: Option<Date>) {
        self.pages().accounts.closed_through = date;
    }

    /// Posts a paper, once.
    pub(super) fn post(&self, config: &Config, paper: Paper) -> Result<Posting, Trouble> {
        let mut pages = self.pages();
        let kind = kind_of(&paper);
        if let Some(existing) = pages.existing(config.duplicates, kind, &paper)? {
            return Ok(Posting {
                document: existing.clone(),
                duplicate: true,
                notes: vec![Note::ExistingDocument],
            });
        }
        rules::check(&paper)?;
        let mut notes = Vec::new();
        match &paper {
            Paper::Order(order) => {
                let customer = &order.customer;
                let note = pages
                    .accounts
                    .check_customer(config, customer, "Order/Customer")?;
                notes.extend(note);
            }
            Paper::Movement(movement) => {
                pages.accounts.check_period(movement.posting_date)?;
                pages.accounts.move_stock(movement);
            }
            Paper::Memo(memo) => {
                let customer = &memo.customer;
                let note = pages
                    .accounts
                    .check_customer(config, customer, "Memo/Customer")?;
                notes.extend(note);
                pages.accounts.check_period(memo.posting_date)?;
                notes.extend(pages.accounts.check_invoices(config, memo)?);
                pages.accounts.credit(memo);
            }
            Paper::Reversal(reversal) => {
                let reversal = reversal.clone();
                let document = pages.reverse(&reversal, paper)?;
                return Ok(Posting {
                    document,
                    duplicate: false,
                    notes,
                });
            }
        }
        let document = pages.enter(kind, paper, None);
        Ok(Posting {
            document,
            duplicate: false,
            notes,
        })
    }

    /// The documents with this key that are old enough to be found.
    pub(super) fn find(&self, lag_ms: u64, kind: Kind, key: &str) -> Vec<Document> {
        let lag = Duration::from_millis(lag_ms);
        let pages = self.pages();
        let found = pages.with_key(kind, key);
        found
            .filter(|document| document.is_older_than(lag))
            .cloned()
            .collect()
    }
}

impl Pages {
    fn with_key(&self, kind: Kind, key: &str) -> impl Iterator<Item = &Document> {
        let positions = self.by_key.get(&(kind, key.to_owned()));
        let positions = positions.map(Vec::as_slice).unwrap_or_default();
        positions
            .iter()
            .filter_map(|position| self.documents.get(*position))
    }

    /// The document under the paper's key, if it may be given back; or why the key cannot be used.
    fn existing(
        &self,
        duplicates: Duplicates,
        kind: Kind,
        paper: &Paper,
    ) -> Result<Option<&Document>, Trouble> {
        let key = paper.key();
        if duplicates == Duplicates::None {
            return Ok(None);
        }
        let Some(existing) = self.with_key(kind, key).next() else {
            return Ok(None);
        };
        let number = existing.number.as_str();
        if existing.paper != *paper {
            let message =
                format!("external key {key} was used for other content by document {number}");
            let trouble = Trouble::new(Code::KeyConflict, message);
            return Err(trouble.at("ExternalKey").exists(number));
        }
        if duplicates == Duplicates::Fault {
            let message = format!("document {number} exists for external key {key}");
            let trouble = Trouble::new(Code::DuplicateDocument, message);
            return Err(trouble.at("ExternalKey").exists(number));
        }
        Ok(Some(existing))
    }

    fn enter(&mut self, kind: Kind, paper: Paper, reverses: Option<(String, Memo)>) -> Document {
        let count = self.counts.entry(kind).or_default();
        *count += 1;
        let number = format!("{}{count:08}", kind.word());
        let mut document = Document::new(kind, number, paper);
        document.reverses = reverses;
        let key = (kind, document.key().to_owned());
        let position = self.documents.len();
        self.by_key.entry(key).or_default().push(position);
        self.documents.push(document.clone());
        document
    }

    /// What was taken back of a memo, gross.
    fn taken_back(&self, number: &str) -> Decimal {
        let reversals = self.documents.iter().filter_map(|d| d.reverses.as_ref());
        Decimal::sum(
            reversals
                .filter(|(of, _)| of == number)
                .map(|(_, memo)| memo.gross),
        )
    }

    /// Takes a memo back: the memo is reversed, a document of its own records it. A part that is taken back leaves the memo
    /// posted.
    fn reverse(&mut self, reversal: &Reversal, paper: Paper) -> Result<Document, Trouble> {
        let means = |document: &Document| {
            let by_number = reversal.number.as_ref();
            let by_key = reversal.reverses_key.as_deref();
            document.kind == Kind::CreditMemo
                && by_number.is_none_or(|number| *number == document.number)
                && by_key.is_none_or(|key| key == document.key())
        };
        let position = self.documents.iter().position(means);
        let target = position.and_then(|position| self.documents.get(position));
        let Some((Paper::Memo(memo), target)) = target.map(|target| (&target.paper, target)) else {
            let message = "the credit memo to reverse does not exist";
            return Err(Trouble::new(Code::UnknownDocument, message).at("Reversal/ReversesNumber"));
        };
        if let Some(by) = &target.reversed_by {
            let message = format!("{} was reversed by {by}", target.number);
            return Err(Trouble::new(Code::AlreadyReversed, message).exists(by));
        }
        let date = reversal.posting_date.unwrap_or(memo.posting_date);
        self.accounts.check_period(date)?;
        let mut reverses = (target.number.clone(), memo.clone());
        let before = self.taken_back(&reverses.0);
        let part = reversal.part;
        if part.is_some_and(|[_, _, gross]| reverses.1.gross < before + gross)
            || (part.is_none() && before != Decimal::ZERO)
        {
            let message = format!("{before} of {} is taken back already", reverses.0);
            return Err(Trouble::new(Code::WrongTotals, message).at("Reversal/Gross"));
        }
        match part {
            Some([net, tax, gross]) => {
                self.accounts.uncredit_part(&reverses.1, gross);
                let memo = &mut reverses.1;
                (memo.net, memo.tax, memo.gross) = (net, tax, gross);
                (memo.lines, memo.charges) = (Vec::new(), Vec::new());
            }
            None => self.accounts.uncredit(&reverses.1),
        }
        let document = self.enter(Kind::Reversal, paper, Some(reverses));
        if part.is_none()
            && let Some(target) = position.and_then(|position| self.documents.get_mut(position))
        {
            target.reversed_by = Some(document.number.clone());
        }
        Ok(document)
    }
}

fn kind_of(paper: &Paper) -> Kind {
    match paper {
        Paper::Order(_) => Kind::ReturnOrder,
        Paper::Movement(_) => Kind::StockMovement,
        Paper::Memo(_) => Kind::CreditMemo,
        Paper::Reversal(_) => Kind::Reversal,
    }
}
