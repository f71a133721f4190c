//! Accounts: customers, invoices, receivables, stock, periods. Checks first, then books; never half.

use std::collections::BTreeMap;

use jiff::civil::Date;

use super::Config;
use super::onward::RecoveryInvoice;
use super::paper::{CreditMemo, Customer, Invoice, StockMovement};
use crate::answer::Refusal;
use crate::decimal::Decimal;

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

    /// An invoice, if there is one of that number.
    pub(super) fn invoice_of(&self, number: &str) -> Option<&Invoice> {
        self.invoices.get(number)
    }

    pub(super) fn register_invoice(&mut self, invoice: Invoice) {
        let (customer, currency) = (&invoice.customer_number, &invoice.currency_code);
        if let Some(old) = self.invoices.get(&invoice.number) {
            let (customer, currency) = (&old.customer_number, &old.currency_code);
            owe(&mut self.receivables, customer, currency, -old.gross_amount);
        }
        owe(
            &mut self.receivables,
            customer,
            currency,
            invoice.gross_amount,
        );
        self.invoices.insert(invoice.number.clone(), invoice);
    }

    pub(super) fn check_customer(&self, number: &str) -> Result<(), Refusal> {
        match self.customers.get(number) {
            Some(customer) if customer.blocked => {
                let message = format!("customer {number} is blocked");
                Err(Refusal::rule("CUSTOMER_BLOCKED", "customerNumber", message))
            }
            None if !self.customers.is_empty() => {
                let message = format!("there is no customer {number}");
                Err(Refusal::rule("UNKNOWN_CUSTOMER", "customerNumber", message))
            }
            _ => Ok(()),
        }
    }

    pub(super) fn check_period(&self, date: Date) -> Result<(), Refusal> {
        if self.closed_through.is_some_and(|closed| date <= closed) {
            let message = format!("posting date {date} is not in an open period");
            return Err(Refusal::rule("PERIOD_CLOSED", "postingDate", message));
        }
        Ok(())
    }

    /// Customer, period and amount cap: everything that can stop a posting.
    pub(super) fn check_posting(
        &self,
        config: &Config,
        memo: &CreditMemo,
        date: Date,
    ) -> Result<(), Refusal> {
        self.check_customer(&memo.customer_number)?;
        self.check_period(date)?;
        for (number, share) in memo.by_invoice() {
            self.check_cap(config, &number, share)?;
        }
        Ok(())
    }

    fn check_cap(&self, config: &Config, number: &str, share: Decimal) -> Result<(), Refusal> {
        let Some(invoice) = self.invoices.get(number) else {
            if config.strict_invoices {
                let message = format!("there is no invoice {number}");
                return Err(Refusal::rule("UNKNOWN_INVOICE", "invoiceNumber", message));
            }
            return Ok(());
        };
        let credited = self.credited.get(number).copied().unwrap_or_default();
        if credited + share > invoice.gross_amount {
            let message = format!(
                "{credited} of {} on invoice {number} is credited, {share} more is too much",
                invoice.gross_amount
            );
            return Err(Refusal::rule(
                "AMOUNT_OVER_INVOICE",
                "invoiceNumber",
                message,
            ));
        }
        Ok(())
    }

    /// Books a posted credit memo.
    pub(super) fn credit(&mut self, memo: &CreditMemo) {
        let (customer, currency) = (&memo.customer_number, &memo.currency_code);
        owe(
            &mut self.receivables,
            customer,
            currency,
            -memo.gross_amount,
        );
        for (number, share) in memo.by_invoice() {
            add(self.credited.entry(number).or_default(), share);
        }
    }

    /// Takes a posted credit memo back.
    pub(super) fn uncredit(&mut self, memo: &CreditMemo) {
        let (customer, currency) = (&memo.customer_number, &memo.currency_code);
        owe(&mut self.receivables, customer, currency, memo.gross_amount);
        for (number, share) in memo.by_invoice() {
            add(self.credited.entry(number).or_default(), -share);
        }
    }

    /// Takes a part of a posted credit memo back, from the first of its invoices on.
    pub(super) fn uncredit_part(&mut self, memo: &CreditMemo, gross: Decimal) {
        let (customer, currency) = (&memo.customer_number, &memo.currency_code);
        owe(&mut self.receivables, customer, currency, gross);
        let mut left = gross;
        for (number, share) in memo.by_invoice() {
            let taken = if left < share { left } else { share };
            add(self.credited.entry(number).or_default(), -taken);
            left = left - taken;
        }
    }

    /// Books an invoice that recovers an advance, or takes it out again.
    pub(super) fn invoice(&mut self, invoice: &RecoveryInvoice, is_reversal: bool) {
        let (customer, currency) = (&invoice.customer_number, &invoice.currency_code);
        let gross = if is_reversal {
            -invoice.gross_amount
        } else {
            invoice.gross_amount
        };
        owe(&mut self.receivables, customer, currency, gross);
    }

    /// Books a stock movement.
    pub(super) fn move_stock(&mut self, movement: &StockMovement) {
        for line in &movement.lines {
            let key = |status: &String| {
                let (item, unit) = (line.item_number.clone(), line.unit_of_measure_code.clone());
                (item, movement.site_code.clone(), status.clone(), unit)
            };
            if let Some(status) = &line.from_status {
                add(self.stock.entry(key(status)).or_default(), -line.quantity);
            }
            if let Some(status) = &line.to_status {
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
    let balance = receivables
        .entry((customer.to_owned(), currency.to_owned()))
        .or_default();
    add(balance, amount);
}

fn add(total: &mut Decimal, amount: Decimal) {
    *total = *total + amount;
}
