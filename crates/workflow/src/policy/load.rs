//! From a policy file to a sound policy, or to everything that is wrong with it.

use std::cmp::Reverse;
use std::collections::BTreeSet;

use canonical::{Currency, Qty, TaxTreatment};
use toml::Spanned;

use super::document::{CreditPercent, Document, RestockingFee, Window};
use super::expression::Question;
use super::reader::Reader;
use super::rule::{Rule, ties};
use super::set::Problem;
use super::{Fee, Policy, blind, freight, ladder, live, tolerance, without_goods};

/// Reads one file.
pub(super) fn policy(file: &str, text: &str) -> Result<Policy, Vec<Problem>> {
    let mut reader = Reader::new(file, text);
    let document: Document = match toml::from_str(text) {
        Ok(document) => document,
        Err(error) => {
            let place = error
                .span()
                .map_or_else(|| file.to_owned(), |span| reader.place(&span));
            let fix = "correct this place; keys that are not known are refused";
            reader.problem(&place, error.message().trim().replace('\n', ", "), fix);
            return Err(reader.problems);
        }
    };
    match read(&mut reader, document) {
        Some(policy) if reader.problems.is_empty() => Ok(policy),
        _ => Err(reader.problems),
    }
}

/// `None` only after a problem.
fn read(reader: &mut Reader<'_>, document: Document) -> Option<Policy> {
    rule_ids(reader, &document);
    let currency = reader.currency(&document.base_currency);
    let zone = reader.zone(&document.tz);
    let from = zone
        .as_ref()
        .and_then(|zone| reader.instant(&document.effective_from, zone));
    let to = match (&document.effective_to, &zone) {
        (Some(to), Some(zone)) => reader.instant(to, zone),
        _ => None,
    };
    if let (Some(written), Some(from), Some(to)) = (&document.effective_to, from, to)
        && to <= from
    {
        let place = reader.place(&written.span());
        let what = format!("effective_to {to} is not after effective_from {from}");
        reader.problem(
            &place,
            what,
            "it is the first instant at which the policy no longer holds",
        );
    }

    let place = reader.place(&document.over_receipt.span());
    let over = document.over_receipt.into_inner();
    let over_percent = reader.percent(&place, "percent", &over.percent);
    let over_qty = reader.quantity(&place, "base_qty", &over.base_qty);

    let closed_until = live::closed_until(reader, document.posting.closed_until.as_ref());
    let accounts = live::accounts(reader, document.account, zone.as_ref());

    let window = rules(reader, document.window, window_rule);
    let credit_percent = rules(reader, document.credit_percent, credit_percent_rule);
    // Without a currency its amounts cannot be read; that is a problem of its own by now.
    let currency = currency?;
    let restocking_fee = rules(reader, document.restocking_fee, |reader, rule| {
        restocking_fee_rule(reader, rule, currency)
    });
    let outbound_freight = rules(reader, document.outbound_freight, freight::freight_rule);
    let return_label = rules(reader, document.return_label, |reader, rule| {
        freight::label_rule(reader, rule, currency)
    });
    let price_tolerance = tolerance::read(
        reader,
        "price",
        document.tolerances.price.as_ref(),
        currency,
    );
    let tax_tolerance = tolerance::read(reader, "tax", document.tolerances.tax.as_ref(), currency);
    let approval = ladder::read(reader, document.approval, currency);
    let aggregate_days = document.aggregate_window.map(|window| window.days);
    if let Some(days) = &aggregate_days
        && !(1..=36_500).contains(days.get_ref())
    {
        let place = reader.place(&days.span());
        let fix = "write at least 1, or leave aggregate_window out: each credit stands alone then";
        reader.problem(&place, "days is not within 1 and 36500".to_owned(), fix);
    }
    let decrease = document.approval_decrease_tolerance.map(|written| {
        let place = reader.place(&written.span());
        let key = "approval_decrease_tolerance";
        reader.amount(&place, key, written.get_ref(), currency)
    });
    let approval_hours = document.approval_calendar.map(|written| {
        let place = reader.place(&written.span());
        written.get_ref().read().map_err(|what| {
            let fix = "write days = [\"mon\", \"fri\"], from = 08:00:00, to = 17:00:00";
            reader.problem(&place, format!("approval_calendar: {what}"), fix);
        })
    });
    let no_receipt =
        without_goods::no_receipt(reader, document.no_receipt_credit, currency, &approval);
    let advance_credit = without_goods::advance(reader, document.advance_credit, currency);
    let advance_replacement =
        without_goods::advance(reader, document.advance_replacement, currency);

    let blind = blind::read(reader, document.blind_return);

    Some(Policy {
        version: document.version,
        entity: document.entity,
        base_currency: currency,
        tz: document.tz.into_inner(),
        effective_from: from?,
        effective_to: to,
        grace_days: document.grace_days,
        orphan_wait_hours: document.orphan_wait_hours,
        inspection_wait_hours: document.inspection_wait_hours,
        approval_sla_hours: document.approval_sla_hours,
        granularity: document.credit_granularity,
        inventory_posting: document.inventory_posting,
        over_receipt_percent: over_percent?,
        over_receipt_base_qty: over_qty?,
        answered_channels: document.documents.answer,
        advised_channels: document.documents.credit_advice,
        closed_until,
        recalled_lots: document.recall.lots,
        accounts,
        price_tolerance,
        tax_tolerance,
        asks_for_invoices: document.invoice_facts.ask_when_missing,
        tax_engine_wait_hours: document
            .tax_engine
            .map(|engine| engine.into_inner().wait_hours),
        no_receipt,
        advance_credit,
        advance_replacement,
        blind,
        vendor_credit: document.vendor_return.customer_credit,
        window,
        credit_percent,
        restocking_fee,
        outbound_freight,
        return_label,
        approval,
        aggregate_days: aggregate_days.map(Spanned::into_inner),
        decrease_minor: decrease.flatten(),
        approval_hours: approval_hours.and_then(Result::ok),
        escalation: document.escalation.into_iter().collect(),
    })
}

/// Every rule has a name of its own, since it stands in calculations and approvals.
fn rule_ids(reader: &mut Reader<'_>, document: &Document) {
    let ids = (document.window.iter().map(|r| (r.span(), &r.get_ref().id)))
        .chain((document.credit_percent.iter()).map(|r| (r.span(), &r.get_ref().id)))
        .chain((document.restocking_fee.iter()).map(|r| (r.span(), &r.get_ref().id)))
        .chain((document.outbound_freight.iter()).map(|r| (r.span(), &r.get_ref().id)))
        .chain((document.return_label.iter()).map(|r| (r.span(), &r.get_ref().id)))
        .chain(
            document
                .approval
                .iter()
                .map(|r| (r.span(), &r.get_ref().id)),
        );
    let mut seen = BTreeSet::new();
    for (span, id) in ids {
        let place = reader.place(&span);
        if id.trim().is_empty() {
            reader.problem(&place, "a rule has no id".to_owned(), "give it a name");
        } else if !seen.insert(id) {
            let what = format!("rule id {id:?} is used twice");
            reader.problem(&place, what, "give every rule a name of its own");
        }
    }
}

/// Reads rules of one kind, each with its place, and refuses ties among them. The most specific comes first.
fn rules<D, T>(
    reader: &mut Reader<'_>,
    written: Vec<Spanned<D>>,
    read: impl Fn(&mut Reader<'_>, Spanned<D>) -> Option<(String, Rule<T>)>,
) -> Vec<Rule<T>> {
    let (places, mut rules): (Vec<String>, Vec<Rule<T>>) = written
        .into_iter()
        .filter_map(|rule| read(reader, rule))
        .unzip();
    for (a, b) in ties(&rules) {
        if let (Some(first), Some(second), Some(place)) =
            (rules.get(a), rules.get(b), places.get(b))
        {
            let what = format!(
                "rules {:?} and {:?} can answer the same facts, and neither is more specific",
                first.id, second.id
            );
            reader.problem(place, what, "narrow or remove one of them");
        }
    }
    rules.sort_by_key(|rule| Reverse(rule.when.specificity()));
    rules
}

fn window_rule(reader: &mut Reader<'_>, rule: Spanned<Window>) -> Option<(String, Rule<u32>)> {
    let place = reader.rule_place(&rule.span(), &rule.get_ref().id);
    let rule = rule.into_inner();
    let when = reader.selector(&place, rule.when, Question::Window)?;
    if !(when.action.is_empty() && when.condition.is_empty() && when.liability.is_empty()) {
        let what =
            "the window is asked for before there is an action, condition or liability".to_owned();
        reader.problem(
            &place,
            what,
            "select by customer, segment, channel, item or reason",
        );
    }
    let rule = Rule {
        id: rule.id,
        when,
        value: rule.days,
    };
    Some((place, rule))
}

fn credit_percent_rule(
    reader: &mut Reader<'_>,
    rule: Spanned<CreditPercent>,
) -> Option<(String, Rule<Qty>)> {
    let place = reader.rule_place(&rule.span(), &rule.get_ref().id);
    let rule = rule.into_inner();
    let percent = reader.percent(&place, "percent", &rule.percent);
    let when = reader.selector(&place, rule.when, Question::CreditPercent)?;
    let rule = Rule {
        id: rule.id,
        when,
        value: percent?,
    };
    Some((place, rule))
}

fn restocking_fee_rule(
    reader: &mut Reader<'_>,
    rule: Spanned<RestockingFee>,
    currency: Currency,
) -> Option<(String, Rule<Fee>)> {
    let place = reader.rule_place(&rule.span(), &rule.get_ref().id);
    let rule = rule.into_inner();
    let mut bound = |key, written| match written {
        Some(decimal) => reader.amount(&place, key, &decimal, currency),
        None => None,
    };
    let min_minor = bound("min", rule.min);
    let max_minor = bound("max", rule.max);
    let percent = reader.percent(&place, "percent", &rule.percent);
    let when = reader.selector(&place, rule.when, Question::RestockingFee);
    let percent = percent?;
    if percent.is_zero() && (min_minor, max_minor) != (None, None) {
        let what = "a fee of 0 percent has a min or a max".to_owned();
        reader.problem(
            &place,
            what,
            "leave min and max out: 0 percent is no fee at all",
        );
    }
    if percent.is_positive() && rule.tax_treatment.is_none() {
        let words: Vec<&str> = TaxTreatment::ALL.iter().map(|t| t.word()).collect();
        let what = "the fee does not say how it meets the tax".to_owned();
        reader.problem(
            &place,
            what,
            format!("set tax_treatment to one of {}", words.join(", ")),
        );
    }
    if let (Some(min), Some(max)) = (min_minor, max_minor)
        && max < min
    {
        let what = "the fee's max is less than its min".to_owned();
        reader.problem(&place, what, "exchange them");
    }
    let fee = Fee {
        percent,
        min_minor,
        max_minor,
        tax_treatment: rule.tax_treatment.unwrap_or(TaxTreatment::ReduceBase),
    };
    let rule = Rule {
        id: rule.id,
        when: when?,
        value: fee,
    };
    Some((place, rule))
}
