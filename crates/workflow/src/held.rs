//! What came without a return, as the warehouse counted it: receipts less what was taken back of them, and what snapshots say.

use canonical::Qty;
use canonical::receipt::Receipt;
use jiff::Timestamp;

use crate::park::Early;
use crate::state::ReturnState;

/// Goods of one item, as the warehouse counted them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Held {
    pub(crate) sku: String,
    pub(crate) uom: String,
    pub(crate) qty: Qty,
}

/// What came and was not taken back, by item and unit, in the order in which it came.
pub(crate) fn held(state: &ReturnState) -> Vec<Held> {
    let mut seen = Vec::new();
    let mut goods: Vec<Held> = Vec::new();
    for receipt in receipts(state) {
        let mut of_it: Vec<Held> = Vec::new();
        for line in &receipt.lines {
            let name = (&receipt.site, &receipt.receipt_id, &line.receipt_line_id);
            if !seen.contains(&name) && line.qty.is_positive() {
                seen.push(name);
                add(&mut of_it, &line.sku_scanned, &line.uom, line.qty);
            }
        }
        take_back(state, receipt, &mut of_it);
        for held in of_it {
            add(&mut goods, &held.sku, &held.uom, held.qty);
        }
    }
    for count in counted(state) {
        add(&mut goods, &count.held.sku, &count.held.uom, count.held.qty);
    }
    goods
}

/// What snapshots say has come of an item.
struct Count<'a> {
    site: &'a str,
    line_no: Option<u32>,
    as_of: Timestamp,
    held: Held,
}

/// What snapshots that wait say has come, as they will be taken in: an older one says nothing, and the highest number stands.
fn counted(state: &ReturnState) -> Vec<Count<'_>> {
    let mut counts: Vec<Count<'_>> = Vec::new();
    let snapshots = state.early.iter().filter_map(|early| match early {
        Early::Snapshot(snapshot) => Some(snapshot),
        _ => None,
    });
    for snapshot in snapshots {
        for item in &snapshot.items {
            let known = counts.iter_mut().find(|count| {
                count.site == snapshot.site
                    && count.line_no == item.line_no
                    && count.held.sku == item.sku
            });
            match known {
                Some(count) if snapshot.updated_at < count.as_of => {}
                Some(count) => {
                    count.as_of = snapshot.updated_at;
                    count.held.qty = count.held.qty.max(item.received);
                }
                None => counts.push(Count {
                    site: &snapshot.site,
                    line_no: item.line_no,
                    as_of: snapshot.updated_at,
                    held: Held {
                        sku: item.sku.clone(),
                        uom: item.uom.clone(),
                        qty: item.received,
                    },
                }),
            }
        }
    }
    counts.retain(|count| count.held.qty.is_positive());
    counts
}

fn add(goods: &mut Vec<Held>, sku: &str, uom: &str, qty: Qty) {
    let known = goods
        .iter_mut()
        .find(|held| held.sku == sku && held.uom == uom);
    match known {
        Some(held) => held.qty = held.qty.checked_add(qty).unwrap_or(held.qty),
        None => goods.push(Held {
            sku: sku.to_owned(),
            uom: uom.to_owned(),
            qty,
        }),
    }
}

/// Takes off what the warehouse took back of a receipt. More than it brought cannot be taken back of it.
fn take_back(state: &ReturnState, receipt: &Receipt, goods: &mut [Held]) {
    let reversals = state.early.iter().filter_map(|early| match early {
        Early::Reversal(reversal) => Some(reversal),
        _ => None,
    });
    let of_it = reversals.filter(|reversal| {
        reversal.site == receipt.site && reversal.reverses_receipt_id == receipt.receipt_id
    });
    for reversal in of_it {
        if reversal.lines.is_empty() {
            for held in &mut *goods {
                held.qty = Qty::ZERO;
            }
        }
        for line in &reversal.lines {
            let known = goods
                .iter_mut()
                .find(|held| held.sku == line.sku && held.uom == line.uom);
            if let Some(held) = known.filter(|held| held.qty >= line.qty) {
                held.qty = held.qty.minus_floor(line.qty);
            }
        }
    }
}

/// Receipts that wait.
pub(crate) fn receipts(state: &ReturnState) -> impl Iterator<Item = &Receipt> {
    state.early.iter().filter_map(|early| match early {
        Early::Receipt(receipt) => Some(receipt),
        _ => None,
    })
}

/// How much it is, over all items.
pub(crate) fn sum<'a>(goods: impl Iterator<Item = &'a Held>) -> Qty {
    Qty::from_millionths(goods.map(|held| held.qty.millionths()).sum())
}
