//! Accounts: customers, invoices, receivables, stock, periods. Checks first, then books; never half.

use std::collections::BTreeMap;

use jiff::civil::Date;

use super::Config;
use super::answer::Note;
use super::memo::Memo;
use super::paper::Movement;
use super::trouble::{Code, Trouble};
use crate::decimal::Decimal;
use crate::erp::{Customer, Invoice};

/// (item, site, status, unit).
pub(super) type StockKey = (String, String, String, String);

/// The accounts.
#[derive(Debug, Default)]
pub(super) struct Accounts {
    customers: BTreeMap<String, Customer>,
    invoices: BTreeMap<String, Invoice>,
    credited: BTreeMap<String, Decimal>,
    pub(super) stock: BTreeMap<StockKey, Decimal>,
    /// By (customer, currency).
    pub(super) receivables: BTreeMap<(String, String), Decimal>,
    pub(super) closed_through: Option<Date>,
}

impl Accounts {
    pub(super) fn register_customer(&mut self, customer: Customer) {
        self.customers.insert(customer.number.clone(), customer);
    }

    pub(super) fn register_invoice(&mut self, invoice: Invoice) {
        if let Some(old) = self.invoices.get(&invoice.number) {
            let (customer, currency) = (&old.customer_number, &old.currency_code);
            owe(&mut self.receivables, customer, currency, -old.gross_amount);
        }
        let (customer, currency) = (&invoice.customer_number, &invoice.currency_code);
        let gross = invoice.gross_amount;
        owe(&mut self.receivables, customer, currency, gross);
        self.invoices.insert(invoice.number.clone(), invoice);
    }

    /// Refuses a blocked or unknown customer, or warns.
    pub(super) fn check_customer(
        &self,
        config: &Config,
        number: &str,
        field: &str,
    ) -> Result<Option<Note>, Trouble> {
        match self.customers.get(number) {
            Some(customer) if customer.blocked => {
                let message = format!("customer {number} is blocked for posting");
                Err(Trouble::new(Code::CustomerBlocked, message).at(field))
            }
            None if config.strict_customers => {
                let message = format!("customer {number} does not exist");
                Err(Trouble::new(Code::UnknownCustomer, message).at(field))
            }
            None if !self.customers.is_empty() => Ok(Some(Note::UnknownCustomer)),
            _ => Ok(None),
        }
    }

    pub(super) fn check_period(&self, date: Date) -> Result<(), Trouble> {
        if self.closed_through.is_some_and(|closed| date <= closed) {
            let message = format!("posting date {date} is not in an open period");
            return Err(Trouble::new(Code::PeriodClosed, message).at("PostingDate"));
        }
        Ok(())
    }

    /// Refuses what is over an invoice's amount, or warns that nobody looked.
    pub(super) fn check_invoices(
        &self,
        config: &Config,
        memo: &Memo,
    ) -> Result<Option<Note>, Trouble> {
        let mut note = None;
        for (number, share) in memo.by_invoice() {
            let Some(invoice) = self.invoices.get(&number) else {
                if config.strict_invoices {
                    let message = format!("invoice {number} does not exist");
                    return Err(Trouble::new(Code::UnknownInvoice, message).at("Memo/Invoice"));
                }
                note = Some(Note::UncheckedInvoice);
                continue;
            };
            let credited = self.credited.get(&number).copied().unwrap_or_default();
            if credited + share > invoice.gross_amount {
                let message = format!(
                    "{credited} of {} on invoice {number} is credited, {share} more is too much",
                    invoice.gross_amount
                );
                return Err(Trouble::new(Code::AmountOverInvoice, message).at("Memo/Gross"));
            }
        }
        Ok(note)
    }

    /// Books a credit memo.
    pub(super) fn credit(&mut self, memo: &Memo) {
        let (customer, currency) = (&memo.customer, &memo.currency);
        owe(&mut self.receivables, customer, currency, -memo.gross);
        for (number, share) in memo.by_invoice() {
            add(self.credited.entry(number).or_default(), share);
        }
    }

    /// Takes a part of a credit memo back, from the first of its invoices on.
    pub(super) fn uncredit_part(&mut self, memo: &Memo, gross: Decimal) {
        let (customer, currency) = (&memo.customer, &memo.currency);
        owe(&mut self.receivables, customer, currency, gross);
        let mut left = gross;
        for (number, share) in memo.by_invoice() {
            let taken = if left < share { left } else { share };
            add(self.credited.entry(number).or_default(), -taken);
            left = left - taken;
        }
    }

    /// Takes a credit memo back.
    pub(super) fn uncredit(&mut self, memo: &Memo) {
        let (customer, currency) = (&memo.customer, &memo.currency);
        owe(&mut self.receivables, customer, currency, memo.gross);
        for (number, share) in memo.by_invoice() {
            add(self.credited.entry(number).or_default(), -share);
        }
    }

    /// Books a stock movement.
    pub(super) fn move_stock(&mut self, movement: &Movement) {
        for line in &movement.lines {
            let key = |status: &String| {
                let (item, unit) = (line.item.clone(), line.unit.clone());
                (item, movement.site.clone(), status.clone(), unit)
            };
            if let Some(status) = &line.from {
                add(self.stock.entry(key(status)).or_default(), -line.quantity);
            }
            if let Some(status) = &line.to {
                add(self.stock.entry(key(status)).or_default(), line.quantity);
            }
        }
    }
}

fn owe(
    receivables: &mut BTreeMap<(String, String), Decimal>,
    customer: &str,
    currency: &str,
    amount: Decimal,
) {
    let key = (customer.to_owned(), currency.to_owned());
    add(receivables.entry(key).or_default(), amount);
}

fn add(total: &mut Decimal, amount: Decimal) {
    *total = *total + amount;
}
