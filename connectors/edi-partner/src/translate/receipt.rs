//! Receipts of both sets: what arrived for a return, and what was found of it.

use canonical::disposition::{Allocation, Disposition};
use canonical::inspection::{Finding, Inspection};
use canonical::receipt::{Receipt, ReceiptLine};
use canonical::{Event, EventData, MatchMethod, Qty, ReturnName};
use connector::Failure;
use jiff::Timestamp;

use super::{Told, event};
use crate::profile::Treatment;
use crate::wire::model::Segment;

/// Goods of one line.
pub(super) struct Arrived<'a> {
    /// Line of the document.
    pub(super) line_id: String,
    /// Number of the return, if one is named.
    pub(super) rma: Option<String>,
    /// Line of the return, if one is named.
    pub(super) line_no: Option<u32>,
    pub(super) sku: String,
    pub(super) qty: Qty,
    pub(super) uom: String,
    pub(super) serials: Vec<String>,
    pub(super) lots: Vec<String>,
    /// What was told of parts of it.
    pub(super) found: Vec<Found>,
    /// Its segment.
    pub(super) segment: &'a Segment,
}

/// A condition of some of the goods.
#[derive(Debug, Clone)]
pub(super) struct Found {
    pub(super) code: String,
    pub(super) treatment: Treatment,
    pub(super) qty: Qty,
    pub(super) defects: Vec<String>,
}

/// The document as a whole.
pub(super) struct Document {
    pub(super) number: String,
    pub(super) site: String,
    pub(super) received_at: Timestamp,
    pub(super) tracking_no: Option<String>,
    pub(super) carrier: Option<String>,
}

/// One receipt for each return that the lines belong to, in the order in which these are named; with inspection and
/// disposition if the profile says that this warehouse inspects.
pub(super) fn events(
    told: &Told<'_>,
    document: &Document,
    lines: &[Arrived<'_>],
) -> Result<Vec<Event>, Failure> {
    let mut returns: Vec<Option<&String>> = Vec::new();
    for line in lines {
        if !returns.contains(&line.rma.as_ref()) {
            returns.push(line.rma.as_ref());
        }
    }
    let mut events = Vec::new();
    for rma in &returns {
        let of_return: Vec<&Arrived<'_>> = lines
            .iter()
            .filter(|line| line.rma.as_ref() == *rma)
            .collect();
        // One return: the document's number is the receipt's. Several: each has its own part of it.
        let receipt_id = match (returns.len(), rma) {
            (0 | 1, _) => document.number.clone(),
            (_, Some(rma)) => format!("{}/{rma}", document.number),
            (_, None) => format!("{}/-", document.number),
        };
        let subject = match rma {
            Some(number) => told.rma(number),
            None => told.external("document", &document.number),
        };
        let facts = Facts {
            told,
            document,
            receipt_id,
            subject,
            lines: of_return,
        };
        events.push(facts.receipt());
        if told.partner.profile.receipt.inspects {
            events.extend(facts.inspected()?);
        }
    }
    Ok(events)
}

/// What is told of one return.
struct Facts<'a> {
    told: &'a Told<'a>,
    document: &'a Document,
    receipt_id: String,
    subject: ReturnName,
    lines: Vec<&'a Arrived<'a>>,
}

impl Facts<'_> {
    fn receipt(&self) -> Event {
        let document = self.document;
        let match_method = match (
            &self.subject,
            self.lines.iter().any(|line| line.rma.is_some()),
        ) {
            (_, true) => MatchMethod::Rma,
            (_, false) => MatchMethod::Unmatched,
        };
        let lines = self.lines.iter().map(|line| {
            let goods: Vec<&Found> = line.found.iter().filter(|f| f.treatment.counts).collect();
            let condition_at_dock = match goods.as_slice() {
                [only] if only.qty == line.qty => Some(only.treatment.condition),
                _ => None,
            };
            ReceiptLine {
                receipt_line_id: line.line_id.clone(),
                sku_scanned: line.sku.clone(),
                qty: line.qty,
                uom: line.uom.clone(),
                line_no: line.line_no,
                match_method,
                serials: line.serials.clone(),
                lots: line.lots.clone(),
                expiry: None,
                condition_at_dock,
            }
        });
        let receipt = Receipt {
            receipt_id: self.receipt_id.clone(),
            source: self.told.source(&document.number),
            received_at: document.received_at,
            reported_at: None,
            site: document.site.clone(),
            dock: None,
            lpn: None,
            tracking_no: document.tracking_no.clone(),
            carrier: document.carrier.clone(),
            lines: lines.collect(),
        };
        event(
            &["receipt", &document.site, &self.receipt_id],
            self.subject.clone(),
            document.received_at,
            EventData::ReceiptRecorded(receipt),
        )
    }

    /// Inspection and disposition.
    fn inspected(&self) -> Result<Vec<Event>, Failure> {
        let (mut findings, mut allocations) = (Vec::new(), Vec::new());
        for line in &self.lines {
            for (found, serials) in self.shares(line)? {
                findings.push(self.finding(line, &found, serials));
                allocations.push(Allocation {
                    allocation_id: (allocations.len() + 1).to_string(),
                    line_no: line.line_no,
                    sku: line.sku.clone(),
                    qty: found.qty,
                    uom: line.uom.clone(),
                    code: Some(found.code),
                    action: found.treatment.action,
                    target_stock_status: None,
                    target_site: None,
                    target_bin: None,
                    liability: None,
                });
            }
        }
        let (document, id) = (self.document, self.receipt_id.clone());
        let inspection = Inspection {
            inspection_id: id.clone(),
            version: 1,
            supersedes: None,
            source: self.told.source(&document.number),
            site: document.site.clone(),
            inspector: None,
            started_at: None,
            finalized_at: document.received_at,
            findings,
        };
        let disposition = Disposition {
            disposition_id: id.clone(),
            inspection_id: Some(id.clone()),
            reverses_disposition_id: None,
            source: self.told.source(&document.number),
            site: document.site.clone(),
            decided_at: document.received_at,
            allocations,
        };
        let at = document.received_at;
        Ok(vec![
            event(
                &["inspection", &document.site, &id, "1"],
                self.subject.clone(),
                at,
                EventData::InspectionFinalized(inspection),
            ),
            event(
                &["disposition", &document.site, &id],
                self.subject.clone(),
                at,
                EventData::DispositionDecided(disposition),
            ),
        ])
    }

    /// The goods of a line by condition; those that nothing is told of are as the profile says. Serial numbers are told
    /// only when all goods of the line share one condition: else nobody knows which is which.
    fn shares(&self, line: &Arrived<'_>) -> Result<Vec<(Found, Vec<String>)>, Failure> {
        let told = self.told;
        let mut shares: Vec<Found> = line
            .found
            .iter()
            .filter(|f| f.treatment.counts)
            .cloned()
            .collect();
        let listed = shares
            .iter()
            .try_fold(Qty::ZERO, |sum, found| sum.checked_add(found.qty));
        let listed = listed.unwrap_or(line.qty);
        if listed < line.qty {
            let code = told.partner.profile.receipt.unlisted.clone();
            let at = super::view::place(line.segment, 0);
            let treatment = told.partner.codes.condition.meaning(&code, &at)?;
            let qty = line.qty.minus_floor(listed);
            let defects = Vec::new();
            shares.push(Found {
                code,
                treatment,
                qty,
                defects,
            });
        }
        let serials = match shares.len() {
            1 => line.serials.clone(),
            _ => Vec::new(),
        };
        Ok(shares
            .into_iter()
            .map(|found| (found, serials.clone()))
            .collect())
    }

    fn finding(&self, line: &Arrived<'_>, found: &Found, serials: Vec<String>) -> Finding {
        Finding {
            receipt_id: Some(self.receipt_id.clone()),
            receipt_line_id: Some(line.line_id.clone()),
            line_no: line.line_no,
            sku: line.sku.clone(),
            qty: found.qty,
            uom: line.uom.clone(),
            serials,
            result: found.treatment.result,
            condition: found.treatment.condition,
            grade: None,
            defect_codes: found.defects.clone(),
            photos: Vec::new(),
            liability: None,
        }
    }
}

/// The sum of quantities; none when it does not fit.
pub(super) fn sum(quantities: impl IntoIterator<Item = Qty>) -> Option<Qty> {
    quantities.into_iter().try_fold(Qty::ZERO, Qty::checked_add)
}
