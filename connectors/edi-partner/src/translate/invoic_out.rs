//! INVOIC that go out as credit notes (381): amounts are positive, for the document's type says which way they go.

use canonical::command::{CreditAdvice, CreditMemoLine};
use canonical::{Command, Money};
use connector::Failure;

use super::out::issued;
use crate::failures;
use crate::partner::Partner;
use crate::wire::outgoing::OutSegment;

pub(super) fn credit_note(
    partner: &Partner,
    command: &Command,
    advice: &CreditAdvice,
) -> Result<Vec<OutSegment>, Failure> {
    let memo = &advice.memo;
    let (net, tax) = totals(advice)?;
    let payable = memo.amount();
    let currency = payable.ccy;
    let amount = |qualifier: &str, minor: i64| moa(partner, qualifier, Money::new(minor, currency));
    let rules = &partner.profile.answer;
    let mut segments = vec![
        OutSegment::new("BGM")
            .text("381")
            .text(&advice.document_no)
            .text("9"),
        dtm(
            "137",
            &issued(partner, command).strftime("%Y%m%d").to_string(),
        ),
        rff("ALQ", &[&advice.request_id]),
    ];
    let mut invoices: Vec<_> = memo
        .lines
        .iter()
        .filter_map(|l| l.invoice_ref.as_ref())
        .collect();
    invoices.dedup_by(|a, b| a.document == b.document);
    if let [only] = invoices.as_slice() {
        segments.push(rff(&rules.invoice, &[&only.document]));
        segments.push(dtm("171", &only.date.strftime("%Y%m%d").to_string()));
    }
    if !rules.key.is_empty() {
        segments.push(rff(&rules.key, &[command.effect_key.as_str()]));
    }
    segments.push(party("BY", partner.their_account(&memo.bill_to)));
    segments.push(party("SU", partner.their_entity(&command.legal_entity)));
    segments.push(OutSegment::new("CUX").composite(["2", currency.code(), "4"]));
    for (line, number) in memo.lines.iter().zip(1_u32..) {
        credited(partner, line, number, &mut segments)?;
        segments.push(amount("203", line.net_minor));
        if let Some(invoice) = &line.invoice_ref {
            segments.push(rff(&rules.invoice, &[&invoice.document, &invoice.line]));
        }
    }
    segments.push(OutSegment::new("UNS").text("S"));
    segments.push(OutSegment::new("CNT").composite(["2", &memo.lines.len().to_string()]));
    for (qualifier, minor) in [
        ("77", payable.minor),
        ("79", net),
        ("125", net),
        ("124", tax),
    ] {
        segments.push(amount(qualifier, minor));
    }
    Ok(segments)
}

/// Net and tax of the lines, if they are what is paid out.
fn totals(advice: &CreditAdvice) -> Result<(i64, i64), Failure> {
    let lines = &advice.memo.lines;
    let sum =
        |part: fn(&CreditMemoLine) -> i64| lines.iter().map(part).try_fold(0_i64, i64::checked_add);
    let (net, tax) = (sum(|line| line.net_minor), sum(|line| line.tax_minor));
    let payable = advice.memo.amount();
    match net.zip(tax) {
        Some((net, tax)) if net.checked_add(tax) == Some(payable.minor) => Ok((net, tax)),
        _ => {
            let what = format!(
                "the lines of memo {} do not add up to the {payable} that it pays out",
                advice.document_no
            );
            Err(Failure::rejected(failures::CONTROL_TOTAL, what))
        }
    }
}

fn credited(
    partner: &Partner,
    line: &CreditMemoLine,
    number: u32,
    segments: &mut Vec<OutSegment>,
) -> Result<(), Failure> {
    let lin = OutSegment::new("LIN").text(number.to_string());
    if line.sku.is_empty() {
        segments.push(lin);
    } else {
        let ours = partner.profile.answer.ours.as_str();
        segments.push(lin.skip(1).composite([line.sku.as_str(), ours]));
    }
    if !line.text.is_empty() {
        let text: String = line.text.chars().take(35).collect();
        segments.push(
            OutSegment::new("IMD")
                .text("F")
                .skip(1)
                .composite(["", "", "", &text]),
        );
    }
    if line.base_qty.is_positive() {
        let uom = partner.codes.uom.theirs(&line.uom, "")?;
        let qty = number_of(partner, &line.base_qty.to_string());
        segments.push(OutSegment::new("QTY").composite(["61", &qty, uom]));
    }
    Ok(())
}

fn moa(partner: &Partner, qualifier: &str, money: Money) -> OutSegment {
    let amount = number_of(partner, &money.decimal());
    OutSegment::new("MOA").composite([qualifier, &amount])
}

/// A number with the decimal mark that the profile writes.
fn number_of(partner: &Partner, text: &str) -> String {
    match partner.profile.separators.decimal {
        Some(',') => text.replace('.', ","),
        _ => text.to_owned(),
    }
}

fn dtm(qualifier: &str, value: &str) -> OutSegment {
    OutSegment::new("DTM").composite([qualifier, value, "102"])
}

fn rff(qualifier: &str, values: &[&str]) -> OutSegment {
    let all = std::iter::once(qualifier).chain(values.iter().copied());
    OutSegment::new("RFF").composite(all)
}

fn party(role: &str, id: &str) -> OutSegment {
    OutSegment::new("NAD").text(role).composite([id, "", "92"])
}
