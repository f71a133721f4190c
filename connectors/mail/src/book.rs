//! Which addresses and which language a customer has.

use std::collections::BTreeMap;

use canonical::crosswalk::Direction;
use connector::{Failure, InForce};
use lettre::message::Mailbox;

use crate::config::{Customer, Options};
use crate::failures;

/// The crosswalk list of addresses: account → address.
const LIST: &str = "address";

/// The address book.
#[derive(Debug)]
pub(crate) struct Book {
    published: BTreeMap<String, String>,
    customers: BTreeMap<String, Customer>,
    language: String,
}

impl Book {
    pub(crate) fn new(options: &Options, published: &InForce) -> Self {
        let published = published.outward(LIST);
        Self {
            published: published
                .map(|(account, address)| (account.clone(), address.clone()))
                .collect(),
            customers: options.customers.clone(),
            language: options.language.clone(),
        }
    }

    /// Where messages to that account go: at least one address.
    pub(crate) fn addresses(&self, account: &str) -> Result<Vec<Mailbox>, Failure> {
        let known = match self.published.get(account) {
            Some(address) => std::slice::from_ref(address),
            None => self
                .customers
                .get(account)
                .map(|customer| customer.to.as_slice())
                .unwrap_or_default(),
        };
        if known.is_empty() {
            let what = format!("no address is known for customer {account:?}");
            let failure = Failure::rejected(failures::NO_ADDRESS, what);
            return Err(failure.lacking(LIST, Direction::Out, account));
        }
        known.iter().map(|text| address(text, account)).collect()
    }

    /// Its language.
    pub(crate) fn language(&self, account: &str) -> &str {
        let customer = self.customers.get(account);
        customer
            .and_then(|customer| customer.language.as_deref())
            .unwrap_or(&self.language)
    }
}

fn address(text: &str, account: &str) -> Result<Mailbox, Failure> {
    text.parse().map_err(|error| {
        let what = format!("{text:?}, of customer {account:?}, is no e-mail address: {error}");
        Failure::rejected(failures::BAD_ADDRESS, what)
    })
}
