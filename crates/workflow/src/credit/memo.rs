//! The lines of a credit memo: what an ERP prints and posts.

use canonical::calculation::{Calculation, CreditComponent, CreditSlice, CreditTax, Sign};
use canonical::command::{CreditMemoLine, InvoicedLine};
use canonical::header::ReturnHeader;
use canonical::line::ReturnLine;
use canonical::{ComponentType, Qty, Ratio, TaxTreatment};

use super::share::Share;

/// Base unit when the line is in another one: each (UN/ECE Recommendation 20).
pub(super) const EACH: &str = "EA";

/// One line for the goods of each slice, one with negative amounts for each fee and for the return label, and one for its
/// freight, so that nobody has to guess what was taken or given. The sums of net and tax are the calculation's totals exactly. A fee's line carries the tax that the fee takes
/// away: under `reduce_base` that of the smaller base, under `separate_taxable` its own, under `separate_exempt` none. Each tax is told by
/// itself, also one of zero on the goods.
pub fn memo_lines(
    header: &ReturnHeader,
    calculation: &Calculation,
    lines: &[ReturnLine],
) -> Vec<CreditMemoLine> {
    let mut slices = calculation.slices.iter();
    let mut slice: Option<&CreditSlice> = None;
    let mut memo: Vec<CreditMemoLine> = Vec::new();
    let mut tax_lines = calculation.tax_lines.iter();
    for component in &calculation.components {
        if component.kind == ComponentType::Tax {
            if let Some(last) = memo.last_mut() {
                last.tax_minor += signed(component);
                tax(last, calculation, component);
            }
            continue;
        }
        let is_goods = component.kind == ComponentType::Goods;
        if is_goods {
            slice = slices.next();
        }
        let line_no = component.line_no.unwrap_or_default();
        let line = lines.iter().find(|line| line.line_no == line_no);
        let invoiced = line.and_then(|line| line.invoiced.as_ref());
        let taxes = invoiced.map_or(0, |invoiced| invoiced.taxes.len());
        let net_minor = signed(component);
        let base_qty = slice
            .filter(|_| is_goods)
            .map_or(Qty::ZERO, |slice| slice.base_qty);
        memo.push(CreditMemoLine {
            line_no,
            sku: line.map_or_else(String::new, |line| line.sku.clone()),
            base_qty,
            uom: line.map_or_else(|| EACH.to_owned(), base_unit),
            net_minor,
            tax_minor: 0,
            taxes: if is_goods {
                let taxes = tax_lines.by_ref().take(taxes);
                taxes.map(|tax| part(tax, net_minor, 0)).collect()
            } else {
                Vec::new()
            },
            text: text(header, component, base_qty),
            invoice_ref: line.and_then(|line| line.invoice_ref.clone()),
            component: named(component.kind),
        });
    }
    memo
}

/// Adds a tax to its line.
fn tax(line: &mut CreditMemoLine, calculation: &Calculation, component: &CreditComponent) {
    let place = component.tax_line.and_then(|at| usize::try_from(at).ok());
    let Some(tax) = place.and_then(|at| calculation.tax_lines.get(at)) else {
        return;
    };
    let added = part(tax, line.net_minor, signed(component));
    let same = |known: &&mut CreditTax| {
        CreditTax {
            tax_minor: added.tax_minor,
            ..(*known).clone()
        } == added
    };
    match line.taxes.iter_mut().find(same) {
        Some(known) => known.tax_minor += added.tax_minor,
        None => line.taxes.push(added),
    }
}

/// A tax on another amount.
fn part(tax: &CreditTax, taxable_minor: i64, tax_minor: i64) -> CreditTax {
    CreditTax {
        taxable_minor,
        tax_minor,
        ..tax.clone()
    }
}

/// What a line is, where it is neither goods nor a restocking fee.
fn named(kind: ComponentType) -> Option<ComponentType> {
    let is_named = matches!(
        kind,
        ComponentType::OutboundFreight | ComponentType::ReturnLabelFee
    );
    is_named.then_some(kind)
}

/// The invoice lines that the calculation takes from, each once, with everything that was invoiced on them.
pub fn invoiced_lines(calculation: &Calculation, lines: &[ReturnLine]) -> Vec<InvoicedLine> {
    let mut found: Vec<InvoicedLine> = Vec::new();
    for slice in &calculation.slices {
        let line = lines.iter().find(|line| line.line_no == slice.line_no);
        let Some(invoiced) = line.and_then(invoiced_line) else {
            continue;
        };
        if !found
            .iter()
            .any(|it| it.invoice_ref == invoiced.invoice_ref)
        {
            found.push(invoiced);
        }
    }
    found
}

fn invoiced_line(line: &ReturnLine) -> Option<InvoicedLine> {
    let snapshot = line.invoiced.as_ref()?;
    let whole = Share::invoiced(snapshot, Qty::ZERO, snapshot.base_qty)?;
    let gross_minor =
        (whole.taxes.iter()).try_fold(whole.net, |gross, tax| gross.checked_add(tax.amount))?;
    Some(InvoicedLine {
        invoice_ref: line.invoice_ref.clone()?,
        base_qty: snapshot.base_qty,
        gross_minor,
    })
}

fn signed(component: &CreditComponent) -> i64 {
    match component.sign {
        Sign::Credit => component.amount_minor,
        Sign::Charge => -component.amount_minor,
    }
}

pub(super) fn base_unit(line: &ReturnLine) -> String {
    if line.base_per_uom == Ratio::ONE {
        line.uom.clone()
    } else {
        EACH.to_owned()
    }
}

fn text(header: &ReturnHeader, component: &CreditComponent, base_qty: Qty) -> String {
    let (rma, formula) = (&header.rma_number, &component.formula);
    let what = match component.kind {
        ComponentType::OutboundFreight => "freight to the customer",
        ComponentType::ReturnLabelFee => "return label",
        _ => "restocking fee",
    };
    match component.tax_treatment {
        None if component.kind == ComponentType::OutboundFreight => {
            format!("Return {rma}: {what}, {formula}")
        }
        None => format!("Return {rma}: {base_qty} returned, {formula}"),
        Some(TaxTreatment::ReduceBase) => {
            format!("Return {rma}: {what}, {formula}; reduces the taxable base")
        }
        Some(TaxTreatment::SeparateTaxable) => format!("Return {rma}: {what}, {formula}; taxed"),
        Some(TaxTreatment::SeparateExempt) => {
            format!("Return {rma}: {what}, {formula}; without tax")
        }
    }
}
