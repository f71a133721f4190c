//! Lists finished documents of business days, for the daily proof.

use canonical::{Currency, Money, Qty, StockStatus};
use connector::extract::{CreditHeld, MovementHeld};
use connector::{Extract, ExtractAsk, Extractable, Extracted, Failure};
use serde_json::Value;

use crate::classify::Verdict;
use crate::exchange::Exchange;
use crate::failures;
use crate::interface::Interface;
use crate::lookup::fill;
use crate::profile::{Compare, Listing, Operation, Profile};
use crate::wire::{self, date_at, text_at};

/// Operations that list documents of a kind, with their names.
fn listings(
    profile: &Profile,
    what: Extractable,
) -> impl Iterator<Item = (&'static str, &Operation, &Listing)> {
    let wanted: &'static [&'static str] = match what {
        Extractable::CreditMemos => &["credit-memo"],
        Extractable::StockMovements => &["stock-movement", "receipt", "transfer", "scrap", "issue"],
        Extractable::Receipts => &[],
    };
    let all = profile.operations.all();
    all.filter(|(name, _)| wanted.contains(name))
        .filter_map(|(name, operation)| Some((name, operation, operation.extract.as_ref()?)))
}

/// What the profile can list.
pub(crate) fn possible(profile: &Profile) -> Vec<Extractable> {
    [Extractable::CreditMemos, Extractable::StockMovements]
        .into_iter()
        .filter(|what| listings(profile, *what).next().is_some())
        .collect()
}

/// A page. Its mark is the operation and the address: the lists of several operations follow one another.
pub(crate) async fn page(
    exchange: &Exchange,
    interface: &Interface,
    ask: &ExtractAsk,
) -> Result<Extract, Failure> {
    let profile = &interface.profile;
    let mark = ask.page.as_deref().and_then(|mark| mark.split_once('|'));
    let mut left = listings(profile, ask.what)
        .skip_while(|(name, ..)| mark.is_some_and(|(wanted, _)| wanted != *name));
    let Some((name, operation, listing)) = left.next() else {
        let message = format!("the profile {} lists no {}", profile.name, ask.what.name());
        return Err(Failure::rejected(connector::extract::NO_EXTRACT, message));
    };
    let (from, to) = (ask.from.to_string(), ask.to.to_string());
    let mut values = interface.vars();
    values.push("from", &from);
    values.push("to", &to);
    let elsewhere =
        |address: &str| unreadable(name, &format!("the next page lies elsewhere: {address:?}"));
    let url = match mark.map(|(_, address)| address).filter(|a| !a.is_empty()) {
        Some(address) => exchange.theirs(address).ok_or_else(|| elsewhere(address))?,
        None => exchange.ours(&fill(&listing.path, &values)?)?,
    };
    let (reply, verdict) = exchange.read(url).await?;
    if verdict != Verdict::Done {
        let message = format!("the list of {name} gives {verdict:?}");
        return Err(Failure::misconfigured(failures::WRONG_ADDRESS, message));
    }
    let body = wire::read(&reply.body).map_err(|error| unreadable(name, &error))?;
    let list = body.pointer(&listing.list_at).and_then(Value::as_array);
    let list =
        list.ok_or_else(|| unreadable(name, &format!("no list at {:?}", listing.list_at)))?;
    let mut documents = Vec::new();
    for value in list {
        let status = operation
            .status_at
            .as_ref()
            .and_then(|at| text_at(value, at));
        let is_in = |words: &[String]| status.as_ref().is_some_and(|s| words.contains(s));
        if is_in(&operation.half) {
            continue;
        }
        let reversed = is_in(&operation.reversed);
        let document = match ask.what {
            Extractable::CreditMemos => {
                credit(operation, listing, value, reversed).map(Extracted::Credit)
            }
            Extractable::StockMovements | Extractable::Receipts => {
                movement(operation, listing, value, reversed).map(Extracted::Movement)
            }
        };
        documents.push(document.map_err(|what| unreadable(name, &what))?);
    }
    let address = listing.next_at.as_ref().and_then(|at| text_at(&body, at));
    let next = address.map(|address| format!("{name}|{address}"));
    Ok(Extract {
        documents,
        next: next.or_else(|| left.next().map(|(name, ..)| format!("{name}|"))),
        behind: listing.behind.unsigned_abs(),
    })
}

fn unreadable(name: &str, what: &str) -> Failure {
    let message = format!("the list of {name} cannot be read: {what}");
    Failure::unavailable(failures::LOOK_UP_FAILED, message)
}

/// Number and key. A document of somebody else has no key of ours, and may have none at all.
fn named(operation: &Operation, value: &Value) -> Result<(String, String), String> {
    let id = text_at(value, &operation.id_at)
        .ok_or_else(|| format!("a document has no id at {:?}", operation.id_at))?;
    let number = operation
        .number_at
        .as_ref()
        .and_then(|at| text_at(value, at));
    let key = text_at(value, &operation.key_at).unwrap_or_default();
    // Some ERPs write their reference fields in capitals; our keys are written small.
    Ok((number.unwrap_or(id), key.trim().to_ascii_lowercase()))
}

fn credit(
    operation: &Operation,
    listing: &Listing,
    value: &Value,
    reversed: bool,
) -> Result<CreditHeld, String> {
    let (number, key) = named(operation, value)?;
    let compare = &operation.compare;
    let text = |at: &Option<String>| at.as_ref().and_then(|at| text_at(value, at));
    let code = text(&compare.currency).or_else(|| compare.home_currency.clone());
    let currency: Currency = code
        .as_deref()
        .unwrap_or_default()
        .parse()
        .map_err(|_| format!("{number} has the currency {code:?}"))?;
    let amount = |at: &Option<String>| money(value, at.as_deref(), currency, compare, &number);
    Ok(CreditHeld {
        customer: text(&compare.customer),
        currency,
        net_minor: amount(&compare.net)?,
        tax_minor: amount(&compare.tax)?,
        gross_minor: amount(&compare.gross)?,
        posted_on: posted_on(operation, value),
        applied_to: text(&listing.applied_to),
        open_minor: amount(&listing.open)?,
        reversed,
        key,
        number,
    })
}

/// An amount as a magnitude. Nothing where the profile names no place; an empty place is zero.
fn money(
    value: &Value,
    at: Option<&str>,
    currency: Currency,
    compare: &Compare,
    number: &str,
) -> Result<Option<i64>, String> {
    let Some(at) = at else { return Ok(None) };
    let text = text_at(value, at).unwrap_or_else(|| "0".to_owned());
    let wrong = || format!("{number} has the amount {text:?} at {at:?}");
    let amount = Money::parse(&text, currency).map_err(|_| wrong())?;
    let amount = if compare.negative {
        amount.negated().map_err(|_| wrong())?
    } else {
        amount
    };
    Ok(Some(amount.minor))
}

fn movement(
    operation: &Operation,
    listing: &Listing,
    value: &Value,
    reversed: bool,
) -> Result<MovementHeld, String> {
    let (number, key) = named(operation, value)?;
    let compare = &operation.compare;
    let text = |at: &Option<String>| at.as_ref().and_then(|at| text_at(value, at));
    let quantity = text(&compare.quantity).unwrap_or_else(|| "0".to_owned());
    let qty: Qty = quantity
        .parse()
        .map_err(|_| format!("{number} has the quantity {quantity:?}"))?;
    // A status that is not told is "not in our books" only where the profile says where it would stand.
    let status = |at: &Option<String>| -> Option<StockStatus> {
        match at.as_ref().map(|at| text_at(value, at)) {
            None => None,
            Some(None) => Some(StockStatus::None),
            Some(Some(word)) => listing.statuses.get(&word).copied(),
        }
    };
    Ok(MovementHeld {
        sku: text(&compare.item).unwrap_or_default(),
        qty,
        uom: text(&listing.uom),
        site: text(&listing.site),
        from_status: status(&listing.from_status),
        to_status: status(&listing.to_status),
        posted_on: posted_on(operation, value),
        reversed,
        key,
        number,
    })
}

fn posted_on(operation: &Operation, value: &Value) -> Option<jiff::civil::Date> {
    let at = operation.posting_date_at.as_ref()?;
    date_at(value, at)?.get(..10)?.parse().ok()
}
