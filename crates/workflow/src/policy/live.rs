//! What counts from now on, whatever a return was authorised under: closed periods, accounts that were merged or closed,
//! recalled lots.

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use toml::Spanned;
use toml::value::Datetime;

use super::Policy;
use super::document::AccountChange;
use super::reader::Reader;

/// What became of an account, and when.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Account {
    number: String,
    from: Timestamp,
    /// The account that took its place; none: it is closed.
    into: Option<String>,
}

/// The last day of the closed periods.
pub(super) fn closed_until(
    reader: &mut Reader<'_>,
    written: Option<&Spanned<Datetime>>,
) -> Option<Date> {
    let written = written?;
    let text = written.get_ref().to_string();
    let date = text
        .parse::<Date>()
        .ok()
        .filter(|_| written.get_ref().time.is_none());
    if date.is_none() {
        let place = reader.place(&written.span());
        let what = format!("closed_until {text} is not a day");
        reader.problem(
            &place,
            what,
            "write the last closed day, such as 2026-04-30",
        );
    }
    date
}

/// What became of accounts. Each changes once, and none comes back to itself.
pub(super) fn accounts(
    reader: &mut Reader<'_>,
    written: Vec<Spanned<AccountChange>>,
    zone: Option<&TimeZone>,
) -> Vec<Account> {
    let mut accounts: Vec<Account> = Vec::new();
    for change in written {
        let place = reader.place(&change.span());
        let change = change.into_inner();
        let from = zone.and_then(|zone| reader.instant(&change.from, zone));
        if change.merged_into.is_some() == change.closed {
            let what = format!(
                "account {:?} is neither merged nor closed, or both",
                change.account
            );
            reader.problem(
                &place,
                what,
                "write merged_into = \"C-200\", or closed = true",
            );
        } else if accounts.iter().any(|known| known.number == change.account) {
            let what = format!("account {:?} changes twice", change.account);
            reader.problem(&place, what, "write its last change only");
        } else if change
            .merged_into
            .as_ref()
            .is_some_and(|into| ends_in(&accounts, into, &change.account))
        {
            let what = format!(
                "account {:?} is merged into itself, by way of others",
                change.account
            );
            reader.problem(&place, what, "one account of them must be left");
        } else if let Some(from) = from {
            accounts.push(Account {
                number: change.account,
                from,
                into: change.merged_into,
            });
        }
    }
    accounts
}

/// True if `account` was merged, in one or several steps, into `end`.
fn ends_in(accounts: &[Account], account: &str, end: &str) -> bool {
    let mut here = account;
    for _ in 0..=accounts.len() {
        if here == end {
            return true;
        }
        let next = accounts.iter().find(|known| known.number == here);
        match next.and_then(|known| known.into.as_deref()) {
            Some(into) => here = into,
            None => return false,
        }
    }
    false
}

impl Policy {
    /// The first day, from `day` on, that is not in a closed period.
    pub fn first_open(&self, day: Date) -> Date {
        match self.closed_until {
            Some(closed) if day <= closed => closed.tomorrow().unwrap_or(day),
            _ => day,
        }
    }

    /// The account that takes the place of `account` at an instant, and whether it is closed then.
    pub fn account_at(&self, account: &str, at: Timestamp) -> (String, bool) {
        let mut here = account;
        for _ in 0..=self.accounts.len() {
            let mut changes = self.accounts.iter();
            let change = changes.find(|change| change.number == here && change.from <= at);
            match change.map(|change| change.into.as_deref()) {
                Some(Some(into)) => here = into,
                Some(None) => return (here.to_owned(), true),
                None => break,
            }
        }
        (here.to_owned(), false)
    }

    /// True if the lot is recalled.
    pub fn is_recalled(&self, lot: &str) -> bool {
        self.recalled_lots.iter().any(|recalled| recalled == lot)
    }
}
