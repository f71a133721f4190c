//! 812s that go out: what was credited, line by line, in amounts with two implied decimals.

use canonical::Command;
use canonical::command::{CreditAdvice, CreditMemoLine};
use canonical::{Currency, Qty};
use connector::Failure;

use super::out::{issued, quantity, reference};
use super::values::n2;
use crate::failures;
use crate::partner::Partner;
use crate::profile::Books;
use crate::wire::outgoing::OutSegment;

/// The advice. Amounts of lines are gross: net and tax; BCD04 is their sum by their signs, or nothing is written.
pub(super) fn advice(
    partner: &Partner,
    command: &Command,
    advice: &CreditAdvice,
) -> Result<Vec<OutSegment>, Failure> {
    let memo = &advice.memo;
    let currency = memo.calculation.ccy;
    let payable = memo.amount();
    let mut sum = 0_i64;
    for line in &memo.lines {
        let gross = gross(line)?;
        sum = sum.checked_add(gross).ok_or_else(too_large)?;
    }
    if sum != payable.minor {
        let what = format!(
            "the lines of memo {} add up to {sum} minor units, it pays out {}: an 812 cannot say both",
            advice.document_no, payable.minor
        );
        return Err(Failure::rejected(failures::CONTROL_TOTAL, what));
    }
    let rules = &partner.profile.answer;
    let mut segments = vec![
        bcd(partner, command, advice)?,
        OutSegment::new("CUR").text("SE").text(currency.code()),
    ];
    segments.extend(reference(&rules.rma, &command.rma_number));
    segments.extend(reference("CL", &advice.document_no));
    segments.extend(reference("OD", &advice.request_id));
    segments.extend(reference(&rules.key, command.effect_key.as_str()));
    segments.push(
        OutSegment::new("N1")
            .text("BT")
            .skip(1)
            .text(&rules.site_id)
            .text(partner.their_account(&memo.bill_to)),
    );
    for line in &memo.lines {
        adjusted(partner, advice, line, &mut segments)?;
    }
    Ok(segments)
}

fn bcd(partner: &Partner, command: &Command, advice: &CreditAdvice) -> Result<OutSegment, Failure> {
    let memo = &advice.memo;
    let payable = memo.amount();
    let rules = &partner.profile;
    let mut invoices: Vec<_> = memo
        .lines
        .iter()
        .filter_map(|l| l.invoice_ref.as_ref())
        .collect();
    invoices.dedup_by(|a, b| a.document == b.document && a.date == b.date);
    let (date, invoice) = match invoices.as_slice() {
        [only] => (
            only.date.strftime("%Y%m%d").to_string(),
            only.document.as_str(),
        ),
        // None, or several: each line names its own.
        _ => (String::new(), ""),
    };
    let reference = rules.answer.rma.as_str();
    Ok(OutSegment::new("BCD")
        .text(issued(partner, command).strftime("%Y%m%d").to_string())
        .text(&advice.document_no)
        .text(&rules.advice.handling)
        .text(amount(payable.minor, payable.ccy)?)
        .text(letter(rules.advice.books, true))
        .text(date)
        .text(invoice)
        .skip(3)
        .text("00")
        .text("CR")
        .text(reference)
        .text(if reference.is_empty() {
            ""
        } else {
            command.rma_number.as_str()
        }))
}

fn adjusted(
    partner: &Partner,
    advice: &CreditAdvice,
    line: &CreditMemoLine,
    segments: &mut Vec<OutSegment>,
) -> Result<(), Failure> {
    let memo = &advice.memo;
    let currency = memo.calculation.ccy;
    let gross = gross(line)?;
    let word = memo.reason.word();
    let code = match (gross < 0, partner.codes.adjustment.known(word)) {
        (true, _) => partner.profile.advice.charge.clone(),
        (false, Some(code)) => code.clone(),
        (false, None) => partner.codes.adjustment.meaning(word, "reason")?,
    };
    let is_goods = line.base_qty.is_positive();
    let mut cdd = OutSegment::new("CDD")
        .text(code)
        .text(letter(partner.profile.advice.books, gross >= 0))
        .text(line.line_no.to_string())
        .text(amount(
            gross.checked_abs().ok_or_else(too_large)?,
            currency,
        )?)
        .text(if is_goods { "Y" } else { "N" });
    // A quantity wants its unit price beside it: said when the price is exact.
    if let Some(price) = unit_price(line, currency) {
        let uom = partner.codes.uom.theirs(&line.uom, "")?;
        cdd = cdd
            .skip(1)
            .text(quantity(line.base_qty))
            .text(uom)
            .skip(1)
            .text("NET")
            .text(price);
    }
    segments.push(cdd);
    if !line.sku.is_empty() {
        segments.push(
            OutSegment::new("LIN")
                .text(line.line_no.to_string())
                .text(&partner.profile.answer.ours)
                .text(&line.sku),
        );
    }
    if let Some(invoice) = &line.invoice_ref {
        let rules = &partner.profile.answer;
        let date = invoice.date.strftime("%Y%m%d").to_string();
        segments
            .extend(reference(&rules.invoice, &invoice.document).map(|n9| n9.skip(1).text(date)));
    }
    Ok(())
}

/// Whose letter it is: in our books a credit memo is a credit, in the partner's a debit.
const fn letter(books: Books, to_the_partner: bool) -> &'static str {
    match (books, to_the_partner) {
        (Books::Ours, true) | (Books::Theirs, false) => "C",
        (Books::Ours, false) | (Books::Theirs, true) => "D",
    }
}

fn gross(line: &CreditMemoLine) -> Result<i64, Failure> {
    line.net_minor
        .checked_add(line.tax_minor)
        .ok_or_else(too_large)
}

fn too_large() -> Failure {
    Failure::rejected(failures::INEXACT_AMOUNT, "the amount is out of range")
}

fn amount(minor: i64, currency: Currency) -> Result<String, Failure> {
    n2(minor, currency).ok_or_else(|| {
        let shown = canonical::Money::new(minor, currency);
        let what =
            format!("{shown} cannot be said with the two decimals of an 812; nothing is rounded");
        Failure::rejected(failures::INEXACT_AMOUNT, what)
    })
}

/// Net price of one unit, if it is exact to six places.
fn unit_price(line: &CreditMemoLine, currency: Currency) -> Option<String> {
    if !line.base_qty.is_positive() || line.net_minor <= 0 {
        return None;
    }
    let unit = i128::from(Qty::UNIT);
    let numerator = i128::from(line.net_minor) * unit * unit;
    let scale = 10_i128.checked_pow(currency.exponent())?;
    let denominator = i128::from(line.base_qty.millionths()) * scale;
    if numerator % denominator != 0 {
        return None;
    }
    let price = i64::try_from(numerator / denominator).ok()?;
    Some(Qty::from_millionths(price).to_string())
}
