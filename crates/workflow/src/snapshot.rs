//! A snapshot feed tells the whole state each time: what is new is derived from the highest told so far.
//!
//! Only what a snapshot explicitly says is taken for a fact: received goods become a receipt, restocked and scrapped ones
//! an inspection and a disposition, with ids that follow from the numbers, so that the same snapshot gives the same
//! facts.

use canonical::disposition::{Allocation, Disposition};
use canonical::exception::Severity;
use canonical::inspection::{Finding, Inspection};
use canonical::receipt::{Receipt, ReceiptLine, Snapshot, SnapshotItem};
use canonical::{
    Condition, DispositionAction, ExceptionCode, InspectionResult, MatchMethod, Qty, ReturnName,
};

use crate::facts::SnapshotMark;
use crate::park::Early;
use crate::plan::{base_uom, to_base};
use crate::step::Verdict;
use crate::work::{Problem, Work};
use crate::{apply, dispose, inspect, receive, request};

/// Takes a snapshot in. Older ones say nothing; a newer one that says less than before is a conflict, and the higher
/// numbers stand. Of two as of the same moment nobody knows which came first: the higher numbers stand without a conflict,
/// in whichever order they come and however often.
pub(crate) fn record(work: &mut Work<'_>, snapshot: &Snapshot) -> Verdict {
    if !work.state.takes_goods() {
        return apply::keep_early(work, Early::Snapshot(snapshot.clone()));
    }
    let mut news = false;
    for item in &snapshot.items {
        news |= take(work, snapshot, item);
    }
    if news {
        Verdict::Applied
    } else {
        Verdict::Duplicate
    }
}

/// What a snapshot says has come so far, as one receipt: what it is called follows from the return that is named, so that
/// the next snapshot of the same return is about the same goods. None: nothing has come.
pub(crate) fn came(snapshot: &Snapshot, named: &ReturnName) -> Option<Receipt> {
    let items = snapshot.items.iter().enumerate();
    let items = items.filter(|(_, item)| item.received.is_positive());
    let lines: Vec<ReceiptLine> = items
        .map(|(n, item)| line((n + 1).to_string(), item, item.received, &item.uom))
        .collect();
    (!lines.is_empty()).then(|| receipt(named.to_string(), snapshot, lines))
}

fn receipt(receipt_id: String, snapshot: &Snapshot, lines: Vec<ReceiptLine>) -> Receipt {
    Receipt {
        receipt_id,
        source: snapshot.source.clone(),
        received_at: snapshot.updated_at,
        reported_at: Some(snapshot.updated_at),
        site: snapshot.site.clone(),
        dock: None,
        lpn: None,
        tracking_no: None,
        carrier: None,
        lines,
    }
}

fn line(receipt_line_id: String, item: &SnapshotItem, qty: Qty, uom: &str) -> ReceiptLine {
    ReceiptLine {
        receipt_line_id,
        sku_scanned: item.sku.clone(),
        qty,
        uom: uom.to_owned(),
        line_no: item.line_no,
        match_method: MatchMethod::Rma,
        serials: Vec::new(),
        lots: Vec::new(),
        expiry: None,
        condition_at_dock: None,
    }
}

/// The record of the warehouse that counts, if it is another one than that of this return: each counts for itself.
fn record_of<'a>(work: &Work<'_>, snapshot: &'a Snapshot) -> Option<&'a str> {
    let name = snapshot.record.as_deref()?;
    let own = name
        .parse::<ReturnName>()
        .ok()
        .and_then(|name| request::reference(&name));
    let is_own = own.is_some_and(|own| request::references(&work.state).contains(&own));
    (!is_own).then_some(name)
}

/// What was told of an item, in base units.
#[derive(Debug, Clone, Copy)]
struct Told {
    received: Qty,
    restocked: Qty,
    scrapped: Qty,
}

fn take(work: &mut Work<'_>, snapshot: &Snapshot, item: &SnapshotItem) -> bool {
    let record = record_of(work, snapshot).map(str::to_owned);
    let known = work.state.snapshots.iter().position(|mark| {
        mark.site == snapshot.site
            && mark.record == record
            && mark.sku == item.sku
            && mark.line_no == item.line_no
    });
    let mark = known
        .and_then(|index| work.state.snapshots.get(index))
        .cloned();
    if mark
        .as_ref()
        .is_some_and(|mark| snapshot.updated_at < mark.updated_at)
    {
        return false;
    }
    let Some((told, uom)) = in_base(work, item) else {
        inexact(work, snapshot, item);
        return false;
    };
    let before = mark.as_ref().map_or(
        Told {
            received: Qty::ZERO,
            restocked: Qty::ZERO,
            scrapped: Qty::ZERO,
        },
        |mark| Told {
            received: mark.received,
            restocked: mark.restocked,
            scrapped: mark.scrapped,
        },
    );
    let fresh = mark
        .as_ref()
        .is_none_or(|mark| mark.updated_at < snapshot.updated_at);
    let less = told.received < before.received
        || told.restocked < before.restocked
        || told.scrapped < before.scrapped;
    if fresh && less {
        conflict(work, snapshot, item, before);
    }
    let grown = received(work, snapshot, item, (before.received, told.received), &uom)
        | disposed(
            work,
            snapshot,
            item,
            (before.restocked, told.restocked),
            &uom,
            &RESTOCKED,
        )
        | disposed(
            work,
            snapshot,
            item,
            (before.scrapped, told.scrapped),
            &uom,
            &SCRAPPED,
        );
    let now = SnapshotMark {
        site: snapshot.site.clone(),
        record,
        sku: item.sku.clone(),
        line_no: item.line_no,
        updated_at: snapshot.updated_at,
        received: told.received.max(before.received),
        restocked: told.restocked.max(before.restocked),
        scrapped: told.scrapped.max(before.scrapped),
    };
    match known.and_then(|index| work.state.snapshots.get_mut(index)) {
        Some(mark) => *mark = now,
        None => work.state.snapshots.push(now),
    }
    grown || fresh
}

/// Base units and their name. Goods of an item that the return has not are counted as told.
fn in_base(work: &Work<'_>, item: &SnapshotItem) -> Option<(Told, String)> {
    let candidates = work.state.candidates(item.line_no, &item.sku);
    let line = candidates
        .first()
        .and_then(|index| work.state.lines.get(*index));
    let Some(line) = line else {
        let told = Told {
            received: item.received,
            restocked: item.restocked,
            scrapped: item.scrapped,
        };
        return Some((told, item.uom.clone()));
    };
    let told = Told {
        received: to_base(&line.line, item.received, &item.uom)?,
        restocked: to_base(&line.line, item.restocked, &item.uom)?,
        scrapped: to_base(&line.line, item.scrapped, &item.uom)?,
    };
    Some((told, base_uom(&line.line).to_owned()))
}

fn received(
    work: &mut Work<'_>,
    snapshot: &Snapshot,
    item: &SnapshotItem,
    (before, told): (Qty, Qty),
    uom: &str,
) -> bool {
    let qty = told.minus_floor(before);
    if !qty.is_positive() {
        return false;
    }
    let lines = vec![line("1".to_owned(), item, qty, uom)];
    let id = id(work, snapshot, item, ("received", before, told));
    let receipt = receipt(id, snapshot, lines);
    receive::record(work, &receipt) == Verdict::Applied
}

/// What a number of a snapshot says about the goods behind it.
struct Meaning {
    word: &'static str,
    result: InspectionResult,
    condition: Condition,
    action: DispositionAction,
}

/// Back in available stock: inspected, good, sellable.
static RESTOCKED: Meaning = Meaning {
    word: "restocked",
    result: InspectionResult::Pass,
    condition: Condition::ANewSealed,
    action: DispositionAction::Restock,
};

/// Scrapped: inspected, bad.
static SCRAPPED: Meaning = Meaning {
    word: "scrapped",
    result: InspectionResult::Fail,
    condition: Condition::DDamaged,
    action: DispositionAction::Scrap,
};

fn disposed(
    work: &mut Work<'_>,
    snapshot: &Snapshot,
    item: &SnapshotItem,
    (before, told): (Qty, Qty),
    uom: &str,
    meaning: &Meaning,
) -> bool {
    let qty = told.minus_floor(before);
    if !qty.is_positive() {
        return false;
    }
    let id = id(work, snapshot, item, (meaning.word, before, told));
    let inspection = Inspection {
        inspection_id: id.clone(),
        version: 1,
        supersedes: None,
        source: snapshot.source.clone(),
        site: snapshot.site.clone(),
        inspector: None,
        started_at: None,
        finalized_at: snapshot.updated_at,
        findings: vec![Finding {
            receipt_id: None,
            receipt_line_id: None,
            line_no: item.line_no,
            sku: item.sku.clone(),
            qty,
            uom: uom.to_owned(),
            serials: Vec::new(),
            result: meaning.result,
            condition: meaning.condition,
            grade: None,
            defect_codes: Vec::new(),
            photos: Vec::new(),
            liability: None,
        }],
    };
    let disposition = Disposition {
        disposition_id: id.clone(),
        inspection_id: Some(id),
        reverses_disposition_id: None,
        source: snapshot.source.clone(),
        site: snapshot.site.clone(),
        decided_at: snapshot.updated_at,
        allocations: vec![Allocation {
            allocation_id: "1".to_owned(),
            line_no: item.line_no,
            sku: item.sku.clone(),
            qty,
            uom: uom.to_owned(),
            code: None,
            action: meaning.action,
            target_stock_status: None,
            target_site: None,
            target_bin: None,
            liability: None,
        }],
    };
    inspect::record(work, &inspection);
    dispose::record(work, &disposition);
    true
}

fn id(
    work: &Work<'_>,
    snapshot: &Snapshot,
    item: &SnapshotItem,
    (word, before, told): (&str, Qty, Qty),
) -> String {
    let line = item.line_no.map_or_else(String::new, |no| format!("{no}-"));
    let of = record_of(work, snapshot).map_or_else(String::new, |name| format!("{name}-"));
    format!("snapshot-{of}{line}{}-{word}-{before}-{told}", item.sku)
}

fn inexact(work: &mut Work<'_>, snapshot: &Snapshot, item: &SnapshotItem) {
    let reason = format!(
        "the snapshot of site {} counts item {} in {}, which is not an exact quantity of base units: \
         correct the unit in the warehouse's crosswalk, then replay",
        snapshot.site, item.sku, item.uom
    );
    work.raise(Problem {
        code: ExceptionCode::UomInexact,
        severity: Severity::Error,
        about: &format!("snapshot/{}/{}", snapshot.site, item.sku),
        reason,
    });
}

fn conflict(work: &mut Work<'_>, snapshot: &Snapshot, item: &SnapshotItem, before: Told) {
    let reason = format!(
        "the snapshot of site {} as of {} says less of item {} than before (received {}, restocked {}, scrapped {}; before \
         {} {} {} base units); the higher numbers stand: ask the warehouse which is right",
        snapshot.site,
        snapshot.updated_at,
        item.sku,
        item.received,
        item.restocked,
        item.scrapped,
        before.received,
        before.restocked,
        before.scrapped
    );
    work.raise(Problem {
        code: ExceptionCode::ReceiptConflict,
        severity: Severity::Error,
        about: &format!(
            "snapshot/{}/{}/{}",
            snapshot.site, item.sku, snapshot.updated_at
        ),
        reason,
    });
}
