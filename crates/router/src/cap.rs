//! Whether a credit still fits below its invoice when the target shows credits that we did not post. Pure.

use canonical::command::{CreditMemo, CreditMemoLine, InvoicedLine};
use canonical::{Currency, Money, Qty};
use connector::ShownCredit;

/// What is credited of an invoice line by one document of ours, fees left out: they lower what is paid, not what is used up.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Used {
    qty: Qty,
    gross_minor: i64,
}

/// Why a memo may not be sent, for people; none if it fits. `foreign` are the credits against the invoices of the memo that
/// are not ours, `ours` the memos of ours that are posted there or may be, without this one.
///
/// A foreign credit that names no line is held against each line of its invoice: nobody knows which units it took. Units are
/// compared only where the target counts in the memo's own unit; the gross always.
pub(crate) fn exceeded(
    memo: &CreditMemo,
    foreign: &[(String, ShownCredit)],
    ours: &[CreditMemo],
) -> Option<String> {
    memo.invoiced
        .iter()
        .find_map(|line| over(memo, line, foreign, ours))
}

fn over(
    memo: &CreditMemo,
    line: &InvoicedLine,
    foreign: &[(String, ShownCredit)],
    ours: &[CreditMemo],
) -> Option<String> {
    let ccy = memo.calculation.ccy;
    let of_line: Vec<&ShownCredit> = foreign
        .iter()
        .filter(|(invoice, credit)| {
            *invoice == line.invoice_ref.document
                && (credit.invoice_line.as_ref())
                    .is_none_or(|number| is_same_line(number, &line.invoice_ref.line))
        })
        .map(|(_, credit)| credit)
        .collect();
    let first = of_line.first()?;
    let unit = unit_of(memo, line);
    let this = used(memo, line);
    let posted = ours
        .iter()
        .map(|other| used(other, line))
        .fold(Used::default(), |sum, other| Used {
            qty: plus(sum.qty, other.qty),
            gross_minor: sum.gross_minor.saturating_add(other.gross_minor),
        });
    let mut theirs = Used::default();
    for credit in &of_line {
        if credit.gross.ccy != ccy {
            return Some(format!(
                "credit {} against invoice {} is in {}, this one in {ccy}: nobody can say what is left",
                credit.document, line.invoice_ref.document, credit.gross.ccy
            ));
        }
        theirs.gross_minor = theirs.gross_minor.saturating_add(credit.gross.minor);
        if let Some((qty, _)) = (credit.quantity.as_ref()).filter(|(_, of)| Some(of) == unit) {
            theirs.qty = plus(theirs.qty, *qty);
        }
    }
    let units = plus(plus(theirs.qty, posted.qty), this.qty);
    let gross = theirs
        .gross_minor
        .saturating_add(posted.gross_minor)
        .saturating_add(this.gross_minor);
    // A clerk rounds each document by itself, so that all units together may come to a minor unit more for each. Where the
    // units are known and fit, that is no reason to stop.
    let counted =
        |credit: &ShownCredit| (credit.quantity.as_ref()).is_some_and(|(_, of)| Some(of) == unit);
    let rounding = if of_line.iter().copied().all(counted) {
        i64::try_from(of_line.len()).unwrap_or(0)
    } else {
        0
    };
    let fits = units <= line.base_qty && gross <= line.gross_minor.saturating_add(rounding);
    (!fits).then(|| {
        let others = of_line.len() - 1;
        let more = if others == 0 {
            String::new()
        } else {
            format!(" and {others} more")
        };
        format!(
            "invoice {} line {} was invoiced at {} for {}; the target shows credit {}{more} that is not ours, over {} for {}; \
             ours before this one come to {} for {}; this one over {} for {} does not fit any more, and was not sent",
            line.invoice_ref.document,
            line.invoice_ref.line,
            shown(line.gross_minor, ccy),
            line.base_qty,
            first.document,
            shown(theirs.gross_minor, ccy),
            theirs.qty,
            shown(posted.gross_minor, ccy),
            posted.qty,
            shown(this.gross_minor, ccy),
            this.qty,
        )
    })
}

/// Lines are numbers to some targets and texts to others: 000010 and 10 are one.
fn is_same_line(a: &str, b: &str) -> bool {
    let plain = |text: &str| text.trim().trim_start_matches('0').to_owned();
    a.trim() == b.trim() || plain(a) == plain(b)
}

fn used(memo: &CreditMemo, line: &InvoicedLine) -> Used {
    let goods = goods_of(memo, line);
    goods.fold(Used::default(), |sum, goods| Used {
        qty: plus(sum.qty, goods.base_qty),
        gross_minor: sum
            .gross_minor
            .saturating_add(goods.net_minor)
            .saturating_add(goods.tax_minor),
    })
}

fn goods_of<'a>(
    memo: &'a CreditMemo,
    line: &'a InvoicedLine,
) -> impl Iterator<Item = &'a CreditMemoLine> {
    memo.lines.iter().filter(|goods| {
        let of_line = goods.invoice_ref.as_ref().is_some_and(|invoice| {
            invoice.document == line.invoice_ref.document && invoice.line == line.invoice_ref.line
        });
        of_line && goods.base_qty.is_positive()
    })
}

fn unit_of<'a>(memo: &'a CreditMemo, line: &'a InvoicedLine) -> Option<&'a String> {
    goods_of(memo, line).next().map(|goods| &goods.uom)
}

fn plus(a: Qty, b: Qty) -> Qty {
    a.checked_add(b).unwrap_or_else(|| a.max(b))
}

fn shown(minor: i64, ccy: Currency) -> String {
    format!("{} {ccy}", Money::new(minor, ccy).decimal())
}

#[cfg(test)]
pub(crate) mod tests;
