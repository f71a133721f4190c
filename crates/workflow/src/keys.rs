//! Keys of effects, approvals and timers: from what they are about, so that the same thing has the same key for ever.

use canonical::event::TimerKind;
use canonical::key::{short_hash, ulid};
use canonical::{
    BusinessCode, CreditBasis, DispositionAction, EffectKey, MessageKey, Qty, StockStatus,
};
use jiff::Timestamp;

/// A key and its material as text, for people.
pub(crate) type Keyed = (EffectKey, String);

fn keyed(material: &[&str]) -> Keyed {
    (EffectKey::derive(material), material.join("|"))
}

/// Id of the return that a request opens.
pub(crate) fn return_id(requested_at: Timestamp, system: &str, request_id: &str) -> String {
    ulid(requested_at.as_millisecond(), &[system, request_id])
}

/// System of returns that nobody asked for: their goods came.
pub(crate) const UNANNOUNCED: &str = "unannounced";

/// Key of a fact that a return hands over to the one it belongs to.
pub(crate) fn handed_over(from: &str, to: &str, fact: &str) -> MessageKey {
    MessageKey::derive(&["handed-over", from, to, &short_hash(&[fact], 26)])
}

/// RMA number of a return whose request has none: "RMA-" and twelve characters (60 bits) that follow from its id.
/// Letters and the digits 2 to 7 only, so that it can be printed as a barcode and read aloud.
pub(crate) fn rma_number(entity: &str, return_id: &str) -> String {
    format!(
        "RMA-{}",
        short_hash(&[entity, return_id], 12).to_ascii_uppercase()
    )
}

/// The return order of an entity.
pub(crate) fn return_order(return_id: &str, entity: &str) -> Keyed {
    keyed(&[return_id, "RO", entity])
}

/// The change of the return order of an entity, by the revision of the return.
pub(crate) fn return_order_change(return_id: &str, entity: &str, revision: u32) -> Keyed {
    keyed(&[return_id, "RO", entity, "REV", &revision.to_string()])
}

/// The announcement to a site; of a revision if it is above 0.
pub(crate) fn announcement(return_id: &str, site: &str, revision: u32) -> Keyed {
    by_revision(&[return_id, "ASN", site], revision)
}

/// The withdrawal of the announcement of that revision to a site.
pub(crate) fn announcement_cancel(return_id: &str, site: &str, revision: u32) -> Keyed {
    by_revision(&[return_id, "ASN-CANCEL", site], revision)
}

fn by_revision(material: &[&str], revision: u32) -> Keyed {
    let number = revision.to_string();
    let mut material = material.to_vec();
    if revision > 0 {
        material.extend(["REV", &number]);
    }
    keyed(&material)
}

/// What is moved for an allocation of a disposition. `portion` is 1 unless an allocation had to be applied in parts.
pub(crate) struct Movement<'a> {
    pub(crate) disposition_id: &'a str,
    pub(crate) allocation_id: &'a str,
    pub(crate) action: DispositionAction,
    pub(crate) target: StockStatus,
    pub(crate) portion: u32,
}

/// A stock movement.
pub(crate) fn movement(return_id: &str, of: &Movement<'_>) -> Keyed {
    let portion = of.portion.to_string();
    let mut material = vec![
        return_id,
        "ST",
        of.disposition_id,
        of.allocation_id,
        of.action.word(),
        of.target.word(),
    ];
    if of.portion > 1 {
        material.push(&portion);
    }
    keyed(&material)
}

/// A line of a receipt, as its warehouse names it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Arrived<'a> {
    pub(crate) site: &'a str,
    pub(crate) receipt_id: &'a str,
    pub(crate) line_id: &'a str,
}

/// Goods booked into hold when they arrived.
pub(crate) fn goods_receipt(return_id: &str, of: Arrived<'_>) -> Keyed {
    keyed(&[return_id, "GR", of.site, of.receipt_id, of.line_id])
}

/// Goods booked out of hold again, because a reversal took them back.
pub(crate) fn goods_receipt_reversal(return_id: &str, of: Arrived<'_>, reversal_id: &str) -> Keyed {
    keyed(&[
        return_id,
        "GRREV",
        of.site,
        of.receipt_id,
        of.line_id,
        reversal_id,
    ])
}

/// A correction of a memo: by the version of the inspection that it follows. `number` is 1 unless that version led to
/// several, because goods were disposed anew.
pub(crate) fn correction(memo: &EffectKey, inspection_version: u32, number: u32) -> Keyed {
    let (version, number) = (inspection_version.to_string(), number.to_string());
    if number == "1" {
        keyed(&[memo.as_str(), "COR", &version])
    } else {
        keyed(&[memo.as_str(), "COR", &version, &number])
    }
}

/// A memo, or a correction that was one, is taken back.
pub(crate) fn credit_reversal(memo: &EffectKey, number: u32) -> Keyed {
    keyed(&[memo.as_str(), "REV", &number.to_string()])
}

/// The movement that takes back another one.
pub(crate) fn movement_reversal(original: &EffectKey) -> Keyed {
    keyed(&[original.as_str(), "REV"])
}

/// The answer to the request that opened the return: there is one.
pub(crate) fn answer(return_id: &str) -> Keyed {
    keyed(&[return_id, "ANSWER"])
}

/// The advice of a credit memo: by the memo.
pub(crate) fn credit_advice(return_id: &str, memo: &EffectKey) -> Keyed {
    keyed(&[return_id, "CREDIT_ADVICE", memo.as_str()])
}

/// A credit memo: by the units it covers, never by amount, date or attempt. Intervals that touch are joined and sorted
/// first, so that the same units give the same key however they were cut.
pub(crate) fn credit_memo(
    return_id: &str,
    units: &[(String, Qty, Qty)],
    basis: CreditBasis,
    generation: u32,
) -> Keyed {
    let joined: Vec<String> = join_units(units)
        .iter()
        .map(|(line, from, to)| format!("{line}:{from}-{to}"))
        .collect();
    let generation = generation.to_string();
    let mut material = vec![return_id, "CM"];
    material.extend(joined.iter().map(String::as_str));
    material.extend([basis.word(), generation.as_str()]);
    keyed(&material)
}

/// Sorted, with intervals that touch made one.
pub(crate) fn join_units(units: &[(String, Qty, Qty)]) -> Vec<(String, Qty, Qty)> {
    let mut sorted = units.to_vec();
    sorted.sort();
    let mut joined: Vec<(String, Qty, Qty)> = Vec::new();
    for (line, from, to) in sorted {
        match joined.last_mut() {
            Some(last) if last.0 == line && last.2 == from => last.2 = to,
            _ => joined.push((line, from, to)),
        }
    }
    joined
}

/// The question to the ERP about an invoice; `seq` counts from 1 how often it was asked.
pub(crate) fn invoice_facts(return_id: &str, document: &str, seq: usize) -> Keyed {
    keyed(&[return_id, "INV", document, &seq.to_string()])
}

/// The question to the tax engine about a calculation.
pub(crate) fn tax_quote(return_id: &str, calc_hash: &str) -> Keyed {
    keyed(&[return_id, "TQ", calc_hash])
}

/// What the tax engine is told of a memo.
pub(crate) fn tax_commit(memo: &EffectKey) -> Keyed {
    keyed(&[memo.as_str(), "TX"])
}

/// The withdrawal of that.
pub(crate) fn tax_void(memo: &EffectKey) -> Keyed {
    keyed(&[memo.as_str(), "TX", "VOID"])
}

/// The invoice that recovers an advance; `seq` counts from 1 the recoveries of the return.
pub(crate) fn recovery(return_id: &str, advance: &EffectKey, seq: usize) -> Keyed {
    keyed(&[return_id, "RCV", advance.as_str(), &seq.to_string()])
}

/// The reversal of such an invoice; there is one of each.
pub(crate) fn recovery_reversal(recovery: &EffectKey) -> Keyed {
    keyed(&[recovery.as_str(), "REV", "1"])
}

/// Goods sent before the line's goods are back: once per line.
pub(crate) fn replacement_up_front(return_id: &str, line_id: &str) -> Keyed {
    keyed(&[return_id, line_id, "RP", "UP_FRONT"])
}

/// Goods sent because a disposition says so: once per portion of its allocation that meets the line.
pub(crate) fn replacement_by_disposition(return_id: &str, line_id: &str, of: &str) -> Keyed {
    keyed(&[return_id, line_id, "RP", "BY_DISPOSITION", of])
}

/// Goods that a disposition sends to their supplier.
pub(crate) fn supplier_return(return_id: &str, line_id: &str, of: &str, supplier: &str) -> Keyed {
    keyed(&[return_id, line_id, of, supplier, "SR"])
}

/// The claim that goes with them.
pub(crate) fn supplier_claim(return_id: &str, line_id: &str, of: &str, supplier: &str) -> Keyed {
    keyed(&[return_id, line_id, of, supplier, "SC"])
}

/// A message to the customer.
pub(crate) fn notification(
    return_id: &str,
    milestone: BusinessCode,
    seq: u32,
    channel: &str,
    recipient: &str,
) -> Keyed {
    keyed(&[
        return_id,
        milestone.word(),
        &seq.to_string(),
        channel,
        recipient,
    ])
}

/// The approval of a request outside of the policy. Asked anew after an amendment it is another one: `number` counts from 1.
pub(crate) fn exception_approval(return_id: &str, number: usize) -> String {
    if number > 1 {
        return_approval(return_id, &format!("policy_exception/{number}"))
    } else {
        return_approval(return_id, "policy_exception")
    }
}

/// True for the approvals of a request outside of the policy, among so many approvals of its return.
pub(crate) fn is_exception_approval(return_id: &str, id: &str, approvals: usize) -> bool {
    (1..=approvals).any(|number| exception_approval(return_id, number) == id)
}

/// An approval of the return itself.
pub(crate) fn return_approval(return_id: &str, what: &str) -> String {
    format!("APR-{}", short_hash(&[return_id, "RETURN", what], 16))
}

/// An approval of a calculation.
pub(crate) fn calc_approval(return_id: &str, calc_hash: &str) -> String {
    format!("APR-{}", short_hash(&[return_id, "CALC", calc_hash], 16))
}

/// A timer.
pub(crate) fn timer(return_id: &str, kind: TimerKind, of: &str) -> String {
    let kind = match kind {
        TimerKind::Expiry => "EXPIRY",
        TimerKind::OrphanWait => "ORPHAN_WAIT",
        TimerKind::ApprovalSla => "APPROVAL_SLA",
        TimerKind::InspectionWait => "INSPECTION_WAIT",
        TimerKind::TaxQuote => "TAX_QUOTE",
        TimerKind::AdvanceDue => "ADVANCE_DUE",
        TimerKind::IdentifySla => "IDENTIFY_SLA",
    };
    format!("{return_id}|{kind}|{of}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn unit(line: &str, from: i32, to: i32) -> (String, Qty, Qty) {
        (line.to_owned(), Qty::whole(from), Qty::whole(to))
    }

    #[test]
    fn a_memo_is_named_by_its_units_not_by_their_cut() {
        let whole = credit_memo(
            "R",
            &[unit("E|I|1", 0, 10)],
            CreditBasis::ReceivedInspected,
            0,
        );
        let cut = credit_memo(
            "R",
            &[unit("E|I|1", 6, 10), unit("E|I|1", 0, 6)],
            CreditBasis::ReceivedInspected,
            0,
        );
        assert_eq!(whole, cut);
        assert_eq!(whole.1, "R|CM|E|I|1:0-10|RECEIVED_INSPECTED|0");
        let gap = [unit("E|I|1", 0, 6), unit("E|I|1", 7, 10)];
        assert_ne!(
            whole,
            credit_memo("R", &gap, CreditBasis::ReceivedInspected, 0)
        );
    }

    #[test]
    fn a_second_portion_has_its_own_key() {
        let mut of = Movement {
            disposition_id: "D1",
            allocation_id: "1",
            action: DispositionAction::Restock,
            target: StockStatus::Available,
            portion: 1,
        };
        let first = movement("R", &of);
        assert_eq!(first.1, "R|ST|D1|1|RESTOCK|AVAILABLE");
        of.portion = 2;
        assert_ne!(first.0, movement("R", &of).0);
    }
}
