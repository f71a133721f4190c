//! C3: credits here against credit memos in the ERP, by our key. Pure.

use std::collections::{BTreeMap, BTreeSet};

use canonical::{Currency, Money};
use connector::extract::CreditHeld;

use super::class::{Class, Match};
use super::item::{Compared, Item};
use super::ours::{OurCredit, Standing};
use super::scope::{Listed, Scope};

const C3: Match = Match::C3;

/// Compares the credits of one connector with the memos that it lists.
///
/// - A key is compared when it belongs to the day on either side, or was left open before.
/// - Several live memos under one key: the one that was confirmed counts, the others are a double.
/// - A live memo with no key, or one that nobody here knows, was keyed by hand.
pub fn credits(scope: &Scope, ours: &[OurCredit], theirs: &Listed<'_, CreditHeld>) -> Compared {
    let mut compared = Compared::default();
    let mut held: BTreeMap<&str, Vec<&CreditHeld>> = BTreeMap::new();
    // By number, so that the order of the list says nothing.
    let mut documents: Vec<&CreditHeld> = theirs.documents.iter().collect();
    documents.sort_by_key(|memo| &memo.number);
    for memo in &documents {
        held.entry(memo.key.as_str()).or_default().push(memo);
    }
    let known: BTreeMap<&str, &OurCredit> = ours.iter().map(|c| (c.ours.key.as_str(), c)).collect();
    let of_day: BTreeSet<&str> = theirs
        .documents
        .iter()
        .filter(|memo| memo.posted_on == Some(scope.date))
        .map(|memo| memo.key.as_str())
        .collect();
    for (key, credit) in &known {
        if !scope.holds(C3, &credit.ours) && !of_day.contains(key) {
            continue;
        }
        let memos = held.get(key).map(Vec::as_slice).unwrap_or_default();
        let live: Vec<&CreditHeld> = memos.iter().copied().filter(|m| !m.reversed).collect();
        compared.left += 1;
        compared.right += live.len();
        if !credit.reversed {
            compared.left_sum(credit.currency, credit.gross_minor);
        }
        for memo in &live {
            compared.right_sum(memo.currency, memo.gross_minor.unwrap_or(0));
        }
        let items = one(scope, credit, memos, &live, theirs);
        let absent = |item: &Item| {
            matches!(
                item.class,
                Class::Timing | Class::MissingInErp | Class::ReversalMismatch
            )
        };
        if !items.iter().any(absent) {
            compared.there.push((*key).to_owned());
        }
        compared.found(items);
    }
    if theirs.tells_orphans {
        orphans(scope, &known, theirs.connector, &documents, &mut compared);
    }
    compared
}

/// Live memos that nobody here knows.
fn orphans(
    scope: &Scope,
    known: &BTreeMap<&str, &OurCredit>,
    connector: &str,
    documents: &[&CreditHeld],
    compared: &mut Compared,
) {
    for memo in documents {
        let key = memo.number.clone();
        let of_day = memo.posted_on == Some(scope.date);
        let wanted = of_day || scope.is_open(C3, connector, &key);
        if !wanted || memo.reversed || known.contains_key(memo.key.as_str()) {
            continue;
        }
        let date = memo.posted_on.unwrap_or(scope.date);
        let gross = memo.gross_minor.unwrap_or(0);
        let under = if memo.key.is_empty() {
            String::new()
        } else {
            format!(" under the reference {:?}", memo.key)
        };
        compared.right += 1;
        compared.right_sum(memo.currency, gross);
        let item = Item {
            right: said(memo),
            delta_minor: Some(-gross),
            currency: Some(memo.currency),
            reason: format!(
                "{connector} holds credit memo {}{under}, which no return here asked for: somebody keyed it in. Find out who and \
                 for which return; if the return is credited here too, take one of the two back",
                memo.number
            ),
            ..scope.strange(C3, Class::OrphanInErp, connector, &key, date)
        };
        compared.found(vec![item]);
    }
}

fn one(
    scope: &Scope,
    credit: &OurCredit,
    memos: &[&CreditHeld],
    live: &[&CreditHeld],
    theirs: &Listed<'_, CreditHeld>,
) -> Vec<Item> {
    let ours = &credit.ours;
    let gross = credit.gross_minor;
    let money = |class: Class, delta: i64, right: String, reason: String| Item {
        left: ours_said(credit),
        right,
        delta_minor: Some(delta),
        currency: Some(credit.currency),
        reason,
        ..scope.item(C3, class, ours)
    };
    if credit.reversed || (credit.reversing && live.is_empty()) {
        return match live.first() {
            None => Vec::new(),
            Some(memo) => vec![money(
                Class::ReversalMismatch,
                -memo.gross_minor.unwrap_or(gross),
                said(memo),
                format!(
                    "the reversal of credit memo {} is confirmed here, and {} still holds the memo as valid: take it back there",
                    memo.number, ours.connector
                ),
            )],
        };
    }
    let Some(memo) = counted(ours.document_no.as_deref(), live) else {
        if let Some(memo) = memos.first() {
            let reason = format!(
                "{} holds credit memo {} as taken back, and no reversal was asked for here: find out who took it back, and \
                 reverse the credit here or post it anew",
                ours.connector, memo.number
            );
            return vec![money(Class::ReversalMismatch, gross, said(memo), reason)];
        }
        let class = scope.absent(ours, theirs.complete_to);
        return vec![money(class, gross, String::new(), absence(class, credit))];
    };
    let mut items = doubles(scope, credit, memo, live, theirs);
    if ours.standing != Standing::Confirmed {
        let class = if scope.absent(ours, theirs.complete_to) == Class::Timing {
            Class::Timing
        } else {
            Class::Status
        };
        items.push(Item {
            left: format!("{} ({:?})", ours_said(credit), ours.standing),
            right: said(memo),
            reason: format!(
                "credit memo {} is there, and the effect is not confirmed here: look it up (a replay of its exception does), or \
                 confirm it by hand",
                memo.number
            ),
            ..scope.item(C3, class, ours)
        });
    }
    items.extend(differences(scope, credit, memo));
    items
}

/// The memo that counts: the confirmed one if it is among them, else the one with the lowest number.
fn counted<'a>(document_no: Option<&str>, live: &[&'a CreditHeld]) -> Option<&'a CreditHeld> {
    let confirmed = live.iter().find(|m| Some(m.number.as_str()) == document_no);
    let first = || live.iter().min_by_key(|m| m.number.as_str());
    confirmed.or_else(first).copied()
}

/// Live memos beyond the one that counts: one item, however many.
fn doubles(
    scope: &Scope,
    credit: &OurCredit,
    counted: &CreditHeld,
    live: &[&CreditHeld],
    theirs: &Listed<'_, CreditHeld>,
) -> Vec<Item> {
    let mut extra: Vec<&CreditHeld> = live
        .iter()
        .copied()
        .filter(|memo| memo.number != counted.number)
        .collect();
    // The confirmed one lies on a day that was not asked for: whatever is here came on top of it.
    let elsewhere = credit.ours.document_no.as_deref() != Some(counted.number.as_str())
        && credit.ours.document_no.is_some()
        && !theirs.days.contains(&credit.ours.dated);
    if elsewhere {
        extra.push(counted);
    }
    if extra.is_empty() {
        return Vec::new();
    }
    extra.sort_by_key(|memo| memo.number.as_str());
    let numbers: Vec<&str> = extra.iter().map(|memo| memo.number.as_str()).collect();
    let too_much: i64 = extra.iter().map(|m| m.gross_minor.unwrap_or(0)).sum();
    vec![Item {
        left: ours_said(credit),
        right: numbers.join(", "),
        delta_minor: Some(-too_much),
        currency: Some(credit.currency),
        extra: u32::try_from(extra.len()).unwrap_or(u32::MAX),
        reason: format!(
            "{} holds more than one credit memo for one credit: {} beside {}. The customer is credited twice: take back all \
             but one there, today",
            credit.ours.connector,
            numbers.join(", "),
            credit
                .ours
                .document_no
                .as_deref()
                .unwrap_or(&counted.number)
        ),
        ..scope.item(C3, Class::DuplicateInErp, &credit.ours)
    }]
}

fn absence(class: Class, credit: &OurCredit) -> String {
    let (connector, standing) = (&credit.ours.connector, credit.ours.standing);
    match (class, standing) {
        (Class::Timing, _) => {
            format!("{connector} does not list it yet: looked at again by the next run")
        }
        (_, Standing::Confirmed) => {
            let number = credit.ours.document_no.as_deref().unwrap_or("?");
            format!(
                "{connector} confirmed it as {number} and does not list it: look there whether it was deleted, or posted for \
                 another company"
            )
        }
        (_, Standing::Stopped) => format!(
            "it was approved and {connector} has not taken it: its exception says why; put that right and replay it"
        ),
        (_, Standing::UnderWay | Standing::Unknown) => format!(
            "it was approved and {connector} does not list it: it is looked up, and sent again if it is not there"
        ),
    }
}

fn differences(scope: &Scope, credit: &OurCredit, memo: &CreditHeld) -> Vec<Item> {
    let mut items = Vec::new();
    let mut put = |class: Class, left: String, right: String, delta: Option<i64>, what: &str| {
        items.push(Item {
            reason: format!(
                "{what} of credit memo {} differs: {left} here, {right} there. Correct the wrong side; nothing is posted by itself",
                memo.number
            ),
            left,
            right,
            delta_minor: delta,
            currency: delta.map(|_| credit.currency),
            ..scope.item(C3, class, &credit.ours)
        });
    };
    if memo.currency != credit.currency {
        let text = |c: Currency| c.code().to_owned();
        let delta = Some(credit.gross_minor);
        put(
            Class::CurrencyFx,
            text(credit.currency),
            text(memo.currency),
            delta,
            "the currency",
        );
    } else if let Some((class, delta)) = amounts(credit, memo) {
        for (class, delta) in [(class, delta)].into_iter().chain(tax(credit, memo, class)) {
            let what = if class == Class::AmountTax {
                "the tax"
            } else {
                "the amount"
            };
            put(class, ours_said(credit), said(memo), Some(delta), what);
        }
    }
    if let Some(customer) = &memo.customer
        && !customer.trim().eq_ignore_ascii_case(credit.customer.trim())
    {
        put(
            Class::Customer,
            credit.customer.clone(),
            customer.clone(),
            None,
            "the customer",
        );
    }
    if let Some(posted) = memo.posted_on
        && (posted.year(), posted.month()) != (credit.ours.asked.year(), credit.ours.asked.month())
    {
        let (left, right) = (credit.ours.asked.to_string(), posted.to_string());
        put(Class::Period, left, right, None, "the period");
    }
    if let Some(invoice) = &memo.applied_to
        && !credit.invoices.is_empty()
        && !credit
            .invoices
            .iter()
            .any(|i| i.eq_ignore_ascii_case(invoice))
    {
        let left = credit.invoices.join(", ");
        put(
            Class::Unapplied,
            left,
            invoice.clone(),
            None,
            "the invoice it is applied to",
        );
    }
    items
}

/// How amounts differ, first what weighs most. What the other side does not tell is not compared.
fn amounts(credit: &OurCredit, memo: &CreditHeld) -> Option<(Class, i64)> {
    let delta = |ours: i64, theirs: Option<i64>| theirs.map_or(0, |theirs| ours - theirs);
    let net = delta(credit.net_minor, memo.net_minor);
    let tax = delta(credit.tax_minor, memo.tax_minor);
    let gross = delta(credit.gross_minor, memo.gross_minor);
    if net == 0 && tax == 0 && gross == 0 {
        return None;
    }
    let most = [net, tax, gross].into_iter().max_by_key(|d| d.abs());
    if let Some(most) = most.filter(|most| most.abs() <= 1) {
        return Some((Class::Rounding, most));
    }
    Some(if net != 0 && is_beside(net, &credit.beside) {
        (Class::AmountFeeFreight, net)
    } else if net != 0 {
        (Class::AmountNet, net)
    } else if tax != 0 {
        (Class::AmountTax, tax)
    } else {
        (Class::AmountNet, gross)
    })
}

/// True if the difference is one or several of the amounts beside the goods, left out or taken twice.
fn is_beside(net: i64, beside: &[i64]) -> bool {
    let mut sums = vec![0_i64];
    for amount in beside {
        let with: Vec<i64> = sums.iter().map(|sum| sum.saturating_add(*amount)).collect();
        sums.extend(with);
    }
    sums.iter()
        .any(|sum| sum.saturating_abs() == net.saturating_abs())
}

/// The tax as a second difference, beside one of the net.
fn tax(credit: &OurCredit, memo: &CreditHeld, first: Class) -> Option<(Class, i64)> {
    let delta = credit.tax_minor - memo.tax_minor?;
    let beside = matches!(first, Class::AmountNet | Class::AmountFeeFreight);
    (delta != 0 && beside).then_some((Class::AmountTax, delta))
}

fn ours_said(credit: &OurCredit) -> String {
    Money::new(credit.gross_minor, credit.currency).to_string()
}

fn said(memo: &CreditHeld) -> String {
    let amount = memo
        .gross_minor
        .map_or_else(String::new, |m| Money::new(m, memo.currency).to_string());
    format!("{} {amount}", memo.number)
}
