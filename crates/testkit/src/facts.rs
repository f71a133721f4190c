//! Facts as partners tell them: requests, receipts, inspections, dispositions.
#![allow(clippy::unwrap_used, reason = "constants")]

use canonical::approval::{ApprovalDecided, Decision, Verdict};
use canonical::disposition::{Allocation, Disposition};
use canonical::event::{
    CancelRequest, CreditReversalRequest, HoldChange, SupplierAnswer, TimerFired, TimerKind,
};
use canonical::header::ReturnRequest;
use canonical::inspection::{Finding, Inspection};
use canonical::invoice::{InvoiceRef, InvoicedSnapshot, InvoicedTax};
use canonical::line::ReturnLine;
use canonical::receipt::{
    FactSource, Receipt, ReceiptLine, ReceiptReversal, ReversalLine, Snapshot, SnapshotItem,
};
use canonical::{
    Condition, Currency, DispositionAction, EventData, HoldFlag, InspectionResult, MatchMethod,
    Qty, Ratio, Reason, ReturnType, Semantics, TrackingMode,
};
use jiff::Timestamp;

/// An instant.
pub fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

/// Told by a warehouse, as a difference.
pub fn source() -> FactSource {
    FactSource {
        adapter: "wms".to_owned(),
        message_id: None,
        doc_no: None,
        doc_line: None,
        seq: None,
        semantics: Semantics::Delta,
    }
}

/// A line of so many pieces of SKU-`line_no`, invoiced at 22.00 USD plus 8.25 % each, 10 pieces on invoice INV-1.
pub fn line(line_no: u32, qty: i32) -> ReturnLine {
    ReturnLine {
        line_no,
        line_id: format!("L{line_no}"),
        parent_line_id: None,
        order_ref: None,
        invoice_ref: Some(InvoiceRef {
            document: "INV-1".to_owned(),
            line: line_no.to_string(),
            date: jiff::civil::date(2026, 4, 20),
            tz: None,
        }),
        sku: format!("SKU-{line_no}"),
        gtin: None,
        customer_sku: None,
        qty_requested: Qty::whole(qty),
        qty_authorized: Qty::ZERO,
        uom: "EA".to_owned(),
        base_per_uom: Ratio::ONE,
        reason: Reason::WrongItemShipped,
        customer_note: None,
        tracking_mode: TrackingMode::None,
        expected_serials: Vec::new(),
        expected_lots: Vec::new(),
        invoiced: Some(InvoicedSnapshot {
            base_qty: Qty::whole(10),
            ccy: Currency::USD,
            amount_minor: 22_000,
            discount_minor: 0,
            price_includes_tax: false,
            taxes: vec![InvoicedTax {
                jurisdiction: "US-IL".to_owned(),
                tax_type: "SALES".to_owned(),
                category: None,
                rate: "8.25".parse().unwrap(),
                amount_minor: 1815,
            }],
            freight_minor: 0,
            cost_minor: None,
            fx_rate: Ratio::ONE,
            document_axis: None,
        }),
        claimed_unit_price: None,
        supplier_return: None,
        replacement: None,
        evidence: Vec::new(),
    }
}

/// A request of customer C-100 for these lines.
pub fn request(lines: Vec<ReturnLine>) -> ReturnRequest {
    ReturnRequest {
        system: "portal".to_owned(),
        request_id: "P1".to_owned(),
        rma_number: None,
        return_type: ReturnType::Physical,
        legal_entity: "US01".to_owned(),
        channel: "portal".to_owned(),
        customer_segment: None,
        customer_account: "C-100".to_owned(),
        bill_to: None,
        ship_from: None,
        currency: Currency::USD,
        base_currency: None,
        fx_rate: Ratio::ONE,
        requested_at: at("2026-05-01T09:00:00Z"),
        tz: "America/Chicago".to_owned(),
        return_to_site: "WH1".to_owned(),
        requested_by: Some("carol".to_owned()),
        external_refs: Vec::new(),
        lines,
    }
}

/// That request as a fact.
pub fn asked(request: ReturnRequest) -> EventData {
    EventData::ReturnRequested(Box::new(request))
}

/// A receipt of (item, pieces); its lines are numbered from 1.
pub fn receipt(id: &str, goods: &[(&str, i32)]) -> Receipt {
    Receipt {
        receipt_id: id.to_owned(),
        source: source(),
        received_at: at("2026-05-05T12:00:00Z"),
        reported_at: None,
        site: "WH1".to_owned(),
        dock: None,
        lpn: None,
        tracking_no: None,
        carrier: None,
        lines: goods
            .iter()
            .enumerate()
            .map(|(index, (sku, qty))| ReceiptLine {
                receipt_line_id: (index + 1).to_string(),
                sku_scanned: (*sku).to_owned(),
                qty: Qty::whole(*qty),
                uom: "EA".to_owned(),
                line_no: None,
                match_method: MatchMethod::Rma,
                serials: Vec::new(),
                lots: Vec::new(),
                expiry: None,
                condition_at_dock: None,
            })
            .collect(),
    }
}

/// That receipt as a fact.
pub fn received(id: &str, goods: &[(&str, i32)]) -> EventData {
    EventData::ReceiptRecorded(receipt(id, goods))
}

/// A receipt is taken back whole.
pub fn reversed(receipt_id: &str) -> EventData {
    EventData::ReceiptReversed(ReceiptReversal {
        reversal_id: format!("REV-{receipt_id}"),
        reverses_receipt_id: receipt_id.to_owned(),
        site: "WH1".to_owned(),
        source: source(),
        reversed_at: at("2026-05-05T15:00:00Z"),
        lines: Vec::new(),
    })
}

/// So many pieces of an item of a receipt are taken back.
pub fn taken_back(id: &str, receipt_id: &str, goods: &[(&str, i32)]) -> EventData {
    let lines = goods.iter().map(|(sku, qty)| ReversalLine {
        sku: (*sku).to_owned(),
        qty: Qty::whole(*qty),
        uom: "EA".to_owned(),
        line_no: None,
        serials: Vec::new(),
    });
    EventData::ReceiptReversed(ReceiptReversal {
        reversal_id: id.to_owned(),
        reverses_receipt_id: receipt_id.to_owned(),
        site: "WH1".to_owned(),
        source: source(),
        reversed_at: at("2026-05-05T15:00:00Z"),
        lines: lines.collect(),
    })
}

/// An inspection that found (item, pieces, condition); A and B pass, the rest fails.
pub fn inspection(id: &str, found: &[(&str, i32, Condition)]) -> Inspection {
    Inspection {
        inspection_id: id.to_owned(),
        version: 1,
        supersedes: None,
        source: source(),
        site: "WH1".to_owned(),
        inspector: Some("ivan".to_owned()),
        started_at: None,
        finalized_at: at("2026-05-06T12:00:00Z"),
        findings: found
            .iter()
            .map(|(sku, qty, condition)| Finding {
                receipt_id: None,
                receipt_line_id: None,
                line_no: None,
                sku: (*sku).to_owned(),
                qty: Qty::whole(*qty),
                uom: "EA".to_owned(),
                serials: Vec::new(),
                result: if *condition <= Condition::BOpened {
                    InspectionResult::Pass
                } else {
                    InspectionResult::Fail
                },
                condition: *condition,
                grade: None,
                defect_codes: Vec::new(),
                photos: Vec::new(),
                liability: None,
            })
            .collect(),
    }
}

/// That inspection as a fact.
pub fn inspected(id: &str, found: &[(&str, i32, Condition)]) -> EventData {
    EventData::InspectionFinalized(inspection(id, found))
}

/// A disposition of (item, pieces, action); its allocations are numbered from 1.
pub fn disposition(id: &str, goods: &[(&str, i32, DispositionAction)]) -> Disposition {
    Disposition {
        disposition_id: id.to_owned(),
        inspection_id: None,
        reverses_disposition_id: None,
        source: source(),
        site: "WH1".to_owned(),
        decided_at: at("2026-05-06T13:00:00Z"),
        allocations: goods
            .iter()
            .enumerate()
            .map(|(index, (sku, qty, action))| Allocation {
                allocation_id: (index + 1).to_string(),
                line_no: None,
                sku: (*sku).to_owned(),
                qty: Qty::whole(*qty),
                uom: "EA".to_owned(),
                code: None,
                action: *action,
                target_stock_status: None,
                target_site: None,
                target_bin: None,
                liability: None,
            })
            .collect(),
    }
}

/// That disposition as a fact.
pub fn disposed(id: &str, goods: &[(&str, i32, DispositionAction)]) -> EventData {
    EventData::DispositionDecided(disposition(id, goods))
}

/// A snapshot of (item, received, restocked, scrapped).
pub fn snapshot(updated_at: &str, items: &[(&str, i32, i32, i32)]) -> EventData {
    EventData::SnapshotReported(Snapshot {
        site: "WH1".to_owned(),
        source: source(),
        updated_at: at(updated_at),
        record: None,
        items: items
            .iter()
            .map(|(sku, received, restocked, scrapped)| SnapshotItem {
                sku: (*sku).to_owned(),
                line_no: None,
                uom: "EA".to_owned(),
                received: Qty::whole(*received),
                restocked: Qty::whole(*restocked),
                scrapped: Qty::whole(*scrapped),
            })
            .collect(),
    })
}

/// The customer withdraws the return.
pub fn cancelled() -> EventData {
    EventData::CancelRequested(CancelRequest {
        request_id: "C1".to_owned(),
        requested_by: "carol".to_owned(),
        reason: "changed my mind".to_owned(),
    })
}

/// A hold is set or lifted at an instant.
pub fn held(flag: HoldFlag, held: bool, at_text: &str) -> EventData {
    EventData::HoldChanged(HoldChange {
        flag,
        held,
        changed_at: at(at_text),
        changed_by: "fiona".to_owned(),
        reason: "seen".to_owned(),
    })
}

/// A credit memo is to be taken back.
pub fn uncredit(id: &str, memo: &str, credit_again: bool) -> EventData {
    EventData::CreditReversalRequested(CreditReversalRequest {
        request_id: id.to_owned(),
        memo: memo.to_owned(),
        credit_again,
        requested_by: "fiona".to_owned(),
        reason: "wrong".to_owned(),
    })
}

/// A timer rings.
pub fn fired(kind: TimerKind, of: &str, due_at: Timestamp) -> EventData {
    EventData::TimerFired(TimerFired {
        kind,
        of: of.to_owned(),
        due_at,
    })
}

/// The supplier of a line names its RMA number.
pub fn supplier_rma(supplier: &str, rma: &str) -> EventData {
    EventData::SupplierAnswered(SupplierAnswer {
        line_no: None,
        supplier: supplier.to_owned(),
        supplier_rma: Some(rma.to_owned()),
        credit: None,
        amount: None,
        qty: None,
        answered_at: at("2026-05-08T10:00:00Z"),
    })
}

/// Somebody decides on an approval (id, hash of the calculation).
pub fn decided(approval: (&str, &str), user: &str, role: &str, verdict: Verdict) -> EventData {
    EventData::ApprovalDecided(ApprovalDecided {
        approval_id: approval.0.to_owned(),
        calc_hash: approval.1.to_owned(),
        version: None,
        decision: Decision {
            user: user.to_owned(),
            role: role.to_owned(),
            on_behalf_of: None,
            decision: verdict,
            reason: match verdict {
                Verdict::Approve => "seen".to_owned(),
                Verdict::Reject => "NOT_DEFECTIVE: seen".to_owned(),
            },
            ts: at("2026-05-07T10:00:00Z"),
        },
    })
}
